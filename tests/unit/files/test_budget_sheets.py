"""The sheets of a budget: every key has its place, any budget reads back as the same one, cells keep their kinds."""

from __future__ import annotations

import zipfile
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.files.budgets.budget_file import load_budget
from wfm.files.budgets.cells import Broken, read_cells
from wfm.files.budgets.sheets import SHEETS
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, Contract, HiringClass, Outsourcing, Site, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.model.budget.varied import BUDGET
from wfm.model.center import Target
from wfm.model.variation import Change, Scenario, Variation
from wfm.reports.budgets.workbook import write_budget_workbook
from wfm.reports.budgets.workbook.inputs import write_inputs
from wfm.reports.workbook.layout import Book

PERIODS = 3
NAMES = ["calls", "=1+1", "Key", "2027", "a.b", "it's", "-5", "günstig & <gut>"]
# The last has more digits than some spreadsheets keep.
SHARES = [0.05, 0.125, 0.3, 1 / 3]
NUMBERS = [0.0, 1.0, 7.5, 1234.0, 123456.789, 0.1 + 0.2, 1e-7, 2e15]


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def per_period(values: list[float]) -> st.SearchStrategy[Any]:
    """One number for all periods, or one for each."""
    one = some(values)
    return one | st.tuples(*[one] * PERIODS)


def or_nothing(**given: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=given)


def named(values: st.SearchStrategy[Any], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """A table whose order is part of what it says."""
    return st.lists(some(names), unique=True, max_size=3).flatmap(
        lambda chosen: st.fixed_dictionaries(dict.fromkeys(chosen, values))
    )


PROFILES = {"Sat": tuple(map(float, range(24))), "Mon-Fri": (1 / 3,) * 24}
DEMANDS = st.builds(
    lambda volume, **given: {"aht": 300.0, **volume, **given},
    some([{"volume": 1000.0}, {"volume": (10.0, 1 / 3, 0.0)}, {"last_year": 120.0, "season": (1.0, 0.7, 2.0)}]),
    aht=per_period([300.0, 50.5, 100 / 3]), deflection=per_period(SHARES), containment=per_period(SHARES),
    first_contact_resolution=per_period(SHARES), returning=some(SHARES), counted_at=some([None, 0.7]),
    opening=some([{"Mon-Fri": "08:00-20:00", "Sat": "09:00-13:00"}, {"Sat": "10:00-12:00", "Mon-Fri": "08:00-18:00"}]),
    weekdays=some([{}, {"Mon": 1.2, "Tue-Fri": 1.0, "Sat": 0.0}, {"Sat": 1.0, "Mon-Fri": 1 / 3}]),
    profile=some([{}, *({day: PROFILES[day] for day in days} for days in (["Sat", "Mon-Fri"], ["Mon-Fri", "Sat"]))]),
    deflection_cost=some(NUMBERS), credits=some([(), (Credit(0.8, 100.0), Credit(2 / 3, 0.1 + 0.2))]),
)  # fmt: skip
TEAMS = or_nothing(
    site=some(["north", ""]), max_occupancy=some(SHARES), min_agents=some([0, 3]),
    schedule_fit=per_period([0.9, 1 / 3]), overtime=per_period(SHARES[:3]),
    contracts=some([{"full": Contract(37.5, 0.6), "a.b": Contract(20.0, 0.4)}]),
    people=some([(Cohort(12.0), Cohort(1 / 3, 4.0)), 40]), attrition=some([{"0-3": 0.08, "3+": 0.02}, 0.015]),
    lead_weeks=some(NUMBERS[:3]), ramp=some([(0.5,), (1 / 3, 0.75, 0.9)]),
    classes=some([(HiringClass(date(2027, 2, 1), 5.0), HiringClass(date(2026, 12, 7), 2.5))]),
    outsourcing=some([Outsourcing(25.0), Outsourcing(0.1 + 0.2, (1.0, 2.0, 3.0), 300.0)]),
    pay_per_hour=some(NUMBERS), on_cost=some(SHARES), hiring_cost=some(NUMBERS), tools=some(NUMBERS),
    shrinkage=st.builds(
        PeriodShrinkage, some(["paid", "scheduled"]), some(["sum", "compound"]),
        named(per_period([0.05, 0.01, 1 / 30]), ["holiday", "training", "a.b", "all months"]),
        named(per_period([0.04, 0.02]), ["sickness", "lateness"]),
    ),
)  # fmt: skip
CHANGES = (
    Change("contact_types.*.aht", "factor", 0.97), Change("agent_groups.group 0.lead_weeks", "addition", 0.5),
    Change("agent_groups.group 0.pay_per_hour", "value", 15.0),
    Change("agent_groups.group 0.schedule_fit", "value", (0.9, 1 / 3, 1.0)),
    Change("agent_groups.group 0.people", "value", ()),
)  # fmt: skip
BOT = Change("contact_types.*.aht", "addition", -20.0)
TORNADO = tuple(
    Variation(path, levels, how, BUDGET.label(path) or "")
    for path, levels, how in (
        ("contact_types.*.aht", (0.9, 1.1), "factor"), ("agent_groups.*.pay_per_hour", (10.0, 12.5), "value"),
        ("agent_groups.group 0.on_cost", (0.001, 0.1), "addition"), ("money.pay_growth", (-0.02, 1 / 3), "value"),
    )
)  # fmt: skip
ASKED = or_nothing(
    money=st.builds(Money, some(["£", ""]), some(SHARES), growth_month=some([1, 4])),
    hiring=st.builds(HiringRules, some([1, 4]), no_classes=some([(), ("2027-02",)]),
                     decided_from=some([None, date(2026, 11, 1)]), short_cost=some([None, *NUMBERS])),
    doubt=some([Doubt(), Doubt(0.05, seed=2**62 + 1), None]),
    description=some(["", "Two\nlines", "=SUM(A1)"]), title=some(["Year", "2027"]),
    scenarios=some([(), (Scenario("lean", CHANGES[:3]), Scenario("growth", CHANGES[1:]))]),
    vary=some([(), TORNADO[:2], TORNADO[2:]]),
    initiatives=st.fixed_dictionaries({"a bot": st.builds(
        Initiative, st.just((BOT,)), some([None, date(2027, 2, 1)]), some(NUMBERS),
        effect=some([(1.0, 1.0, 1.0), (1 / 3, 1.0, 1.2)]),
    )}),
)  # fmt: skip


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    """Budgets of all keys, each there or not, in any order, with names that a spreadsheet could take for others."""
    names = draw(st.lists(some(NAMES), min_size=1, max_size=3, unique=True))
    target = draw(
        some([Target(0.8), Target(0.8, 25.5), Target(2 / 3, 30.0, "answered_of_answered", max_abandonment=0.05)])
    )
    types = {name: Demand(**draw(DEMANDS), target=target, patience=120.0) for name in names}
    groups = {
        f"group {at}": Team({name: 1.0}, 37.5, overtime_pay=1.5, **draw(TEAMS))
        for at, name in enumerate(draw(st.permutations(names)))
    }
    moves = (Transfer(date(2027, 2, 1), "group 0", "group 1", 2.0, 1.5),) if len(groups) > 1 else ()
    return Budget(
        Calendar(date(2027, 1, 1), PERIODS, interval=3600.0, closed=(date(2027, 1, 4),)), types, groups,
        sites={"north": Site(50), "=south": Site()}, transfers=moves, **draw(ASKED),
    )  # fmt: skip


def read_back(budget: Budget) -> Budget:
    with TemporaryDirectory() as folder:
        path = Path(folder, "year.xlsx")
        path.write_bytes(write_budget_workbook(budget))
        return load_budget(path)


@settings(max_examples=40)
@given(budgets())
def test_any_budget_reads_back_as_the_same_one(budget: Budget) -> None:
    assert read_back(budget).digest == budget.digest


def test_every_key_of_a_budget_has_its_place() -> None:
    placed = {part for sheet in SHEETS for key in sheet.keys for part in key.path.split(".")}
    placed |= {"profile", *(sheet.field for sheet in SHEETS), *(sheet.part for sheet in SHEETS)}
    for declared in (Budget, Calendar, Demand, Target, Credit, Team, PeriodShrinkage, Contract, Cohort, HiringClass,
                     Outsourcing, Transfer, Site, Money, HiringRules, Doubt, Initiative):  # fmt: skip
        missing = [one.name for one in fields(declared) if one.name not in placed]
        assert not missing, (declared, missing)


def test_names_in_different_orders_keep_their_orders() -> None:
    """Three groups whose skills, in no common order, need a key twice."""
    shares = {"a": 1 / 2, "b": 1 / 4, "c": 1 / 4}
    orders = ("abc", "cab", "bca")
    budget = Budget(
        Calendar(date(2027, 1, 1), PERIODS),
        {name: Demand(300.0, 1000.0) for name in shares},
        {order: Team(dict.fromkeys(order, 1 / 3), 37.5) for order in orders},
    )
    again = read_back(budget)
    assert [list(team.skills) for team in again.agent_groups.values()] == [list(order) for order in orders]
    assert again.digest == budget.digest


def test_addresses_are_those_of_the_cells() -> None:
    budget = Budget(
        Calendar(date(2027, 1, 1), PERIODS),
        {"calls": Demand((300.0, 310.0, 320.0), 1000.0, pace=1.0, returning=1 / 3)},
        {"a 'team'": Team(["calls"], 37.5, pay_per_hour=15.25, ramp=(0.5, 0.75))},
    )
    book = Book()
    inputs = write_inputs(book, budget)
    with TemporaryDirectory() as folder:
        path = Path(folder, "year.xlsx")
        path.write_bytes(book.finished())
        found, _ = read_cells(path, [sheet.name for sheet in SHEETS])

    def at(path: str, period: int | None = None) -> Any:
        where = inputs.address(path, period)
        assert where is not None
        sheet, _, cell = where.rpartition("!")
        _, letter, row = cell.split("$")
        return found[sheet.strip("'")][int(row) - 1, ord(letter) - ord("A")]

    assert [at("contact_types.calls.aht", period) for period in range(3)] == [300.0, 310.0, 320.0]
    assert [at("contact_types.calls.volume", period) for period in range(3)] == [1000.0] * 3
    assert at("agent_groups.a 'team'.pay_per_hour") == 15.25
    assert at("agent_groups.a 'team'.ramp[1]") == 0.75
    assert at("calendar.start") == date(2027, 1, 1)
    # A default, a number that only a text keeps whole, and one that there is per period but not for all.
    assert inputs.address("contact_types.calls.pace") is None
    assert inputs.address("contact_types.calls.returning") is None
    assert inputs.address("contact_types.calls.aht") is None


# ---- cells


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cells") / "kinds.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Kinds")
    day, clock, percent = (
        book.add_format({"num_format": code}) for code in ("yyyy\\-mm\\-dd", "[hh]:mm", '0.0" days"')
    )
    sheet.write_number("B3", 0.29)
    sheet.write_string("B4", " 0.29 ")
    sheet.write_datetime("B5", date(2027, 3, 1), day)
    sheet.write_datetime("B6", time(8, 30), clock)
    sheet.write_number("B7", 0.5, percent)
    sheet.write_boolean("B8", True)
    sheet.write_formula("B9", "=1/0", None, "#DIV/0!")
    sheet.write_formula("B10", "=B3*2", None, 0.58)
    sheet.write_rich_string("B11", "two ", day, "parts")
    sheet.write_string("B12", "   ")
    book.add_worksheet("Other")
    book.close()
    return path


def test_cells_keep_their_kinds(kinds: Path) -> None:
    found, names = read_cells(kinds, ["kinds", "absent"])
    assert names == ["Kinds", "Other"]
    assert found["kinds"] == {
        (2, 1): 0.29, (3, 1): " 0.29 ", (4, 1): date(2027, 3, 1), (5, 1): time(8, 30), (6, 1): 0.5, (7, 1): True,
        (8, 1): Broken("holds an error", "#DIV/0!"), (9, 1): 0.58, (10, 1): "two parts",
    }  # fmt: skip


def test_a_formula_without_a_value_is_not_an_empty_cell(kinds: Path, tmp_path: Path) -> None:
    """As programs leave it that write formulas and work nothing out."""
    path = tmp_path / "unknown.xlsx"
    with zipfile.ZipFile(kinds) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>0.58</v>", b""))
    broken = read_cells(path, ["Kinds"])[0]["Kinds"][9, 1]
    assert isinstance(broken, Broken)
    assert "not stored" in broken.why


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("Key;Value\n")
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as file:
        file.writestr("mimetype", "nothing")
    for name, rule in (("text.xlsx", "not a workbook"), ("other.xlsx", "not a workbook"), ("txt.xlsx", "text.xlsx"),
                       (".", "folder")):  # fmt: skip
        with pytest.raises(InputError, match=rule):
            read_cells(tmp_path / name, ["Budget"])
