"""budget.xlsx, the results: formulas give what the engine says and answer when an input changes; names stay names."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from office import differences, formulas, needs_office, openpyxl, profile_in, recalculated, values

import wfm
from wfm.budgeting.answer import BudgetAnswer, answer_budget
from wfm.budgeting.budget import budget
from wfm.model.budget.actual import Actual, ActualGroup, ActualType
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, Contract, HiringClass, Outsourcing, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.model.declared import changed
from wfm.model.variation import Change, Scenario
from wfm.reports.budgets.workbook.build import built

HOURS = {"Mon-Fri": "08:00-18:00"}
RESULTS = ["Summary", "Months", "Headcount", "Money"]
ASKED = ["Scenarios", "Sensitivity", "Cheapest plan", "Risk", "Return", "Variance"]
# Worked out at every change, or known to one program alone.
REFUSED = re.compile(r"\b(OFFSET|INDIRECT|NOW|TODAY|RAND|RANDBETWEEN|CELL|INFO)\(|_xl|\[")
LABEL, ONE, ALL, FIRST = 1, 3, 4, 5  # columns, counted from 1


def small_budget() -> Budget:
    """Four months over a new year, three channels, two groups of one queue: every line of every sheet has a figure."""
    calls = Demand(
        aht=(300.0, 310.0, 290.0, 305.0), last_year=200_000.0, growth=0.03, season=(1.0, 1.5, 0.9, 1.1),
        last_year_open_days=(22.0, 21.0, 20.0, 21.0), patience=120, target=wfm.Target(0.8, 20.0), opening=HOURS,
        deflection=(0.1, 0.1, 0.12, 0.12), containment=0.6, deflection_cost=0.5, first_contact_resolution=0.75,
        returning=0.6, counted_at=0.7, credits=(Credit(0.8, 1000.0), Credit(0.5, 5000.0)),
    )  # fmt: skip
    chat = Demand(aht=400, volume=(9000.0, 9500.0, 9000.0, 8800.0), channel="chat", pace=1.8, patience=90,
                  target=wfm.Target(0.8, 60.0), opening=HOURS)  # fmt: skip
    north = Team(
        {"calls": 0.6}, contract_hours=37.5, pool="calls", schedule_fit=(0.93, 0.94, 0.92, 0.93),
        shrinkage=PeriodShrinkage(combine="compound", planned={"holiday": (0.1, 0.12, 0.08, 0.1)},
                                  unplanned={"sickness": 0.05}),
        contracts={"full": Contract(37.5, 0.7), "part": Contract(20, 0.3)}, people=(Cohort(19, 20), Cohort(2, 1)),
        attrition={"0-3": 0.08, "3+": 0.02}, lead_weeks=1, training_weeks=3, ramp=(0.5, 0.8),
        classes=(HiringClass(date(2027, 10, 18), 3), HiringClass(date(2027, 11, 15), 2)), overtime=0.05,
        overtime_pay=1.5, outsourcing=Outsourcing(32.0, 50.0, 400.0), pay_per_hour=16.0, on_cost=0.25,
        hiring_cost=1200, training_cost=150, tools=90,
    )  # fmt: skip
    south = Team({"calls": 0.4}, contract_hours=40, pool="calls", people=18, attrition=0.03, pay_per_hour=15.0,
                 shrinkage=PeriodShrinkage(planned={"breaks": 0.1}, unplanned={"sickness": 0.1}), on_cost=0.2,
                 training_weeks=1)  # fmt: skip
    return Budget(
        title="Small",
        calendar=Calendar(date(2027, 11, 1), 4),
        contact_types={
            "calls": calls,
            "chat": chat,
            "mail": Demand(aht=360, volume=10_000, channel="email", opening=HOURS),
        },
        agent_groups={
            "north": north,
            "south": south,
            "chatters": Team(["chat"], contract_hours=40, people=12, pay_per_hour=14.0),
            "desk": Team(["mail"], contract_hours=40, max_occupancy=0.85, people=8, pay_per_hour=14.0),
        },
        transfers=(
            Transfer(date(2027, 11, 10), "south", "north", 2, 1),
            Transfer(date(2028, 1, 5), "desk", "south", 1),
        ),
        money=Money("GBP", 0.04, 0.03, 1, 0.08),
        hiring=HiringRules(short_cost=80_000),
        doubt=Doubt(volume=0.05, aht=0.02, absence=0.01, draws=100),
        scenarios=(Scenario("Lean", (Change("contact_types.*.aht", "factor", 0.9),)),),
        initiatives={"bot": Initiative((Change("contact_types.calls.aht", "factor", 0.9),), one_off=9000.0)},
    )


def weekly_budget() -> Budget:
    """Weeks, names that a spreadsheet would take for formulas, a group without pay, a month without contacts."""
    calls = Demand(aht=240, volume=(3000.0, 0.0, 2500.0), opening=HOURS, target=wfm.Target(0.8, 20.0))
    team = Team(["=1+1"], contract_hours=40, people=9.5, attrition=0.02)
    return Budget(Calendar(date(2027, 3, 1), 3, "week"), {"=1+1": calls}, {"@x <b>": team}, title="=HYPERLINK(1)")


def everything() -> BudgetAnswer:
    came = Actual(1, {"calls": ActualType(volume=60_000, aht=320)}, {"north": ActualGroup(shrinkage=0.2, cost=90_000)})
    return answer_budget(small_budget(), actual=came, cheapest=True, risk=True, returns=True)


def write(answer: BudgetAnswer, path: Path) -> Path:
    path.write_bytes(built(answer))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[BudgetAnswer, Path]:
    answer = everything()
    return answer, write(answer, tmp_path_factory.mktemp("small") / "budget.xlsx")


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> tuple[BudgetAnswer, Path]:
    answer = answer_budget(weekly_budget(), "erlang-c")
    return answer, write(answer, tmp_path_factory.mktemp("weekly") / "budget.xlsx")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return profile_in(tmp_path_factory.mktemp("office"))


def line(path: Path, sheet_name: str, block: str, label: str) -> list[object]:
    """The cells of a line of a block, from the column that holds one figure for all periods on."""
    sheet = openpyxl.load_workbook(path, data_only=True)[sheet_name]
    rows = [sheet.cell(row, LABEL).value for row in range(1, sheet.max_row + 1)]
    row = rows.index(label, rows.index(block)) + 1
    return [sheet.cell(row, column).value for column in range(ONE, sheet.max_column + 1)]


def periods(path: Path, sheet_name: str, block: str, label: str) -> list[object]:
    return line(path, sheet_name, block, label)[FIRST - ONE :]


class TestStoredValues:
    def test_the_sheets_stand_before_those_of_the_inputs(self, small: tuple[BudgetAnswer, Path]) -> None:
        names = openpyxl.load_workbook(small[1]).sheetnames
        assert names[: len(RESULTS) + len(ASKED) + 1] == [*RESULTS, *ASKED, "Assumptions"]
        assert "Contact types" in names

    def test_what_was_not_asked_has_no_sheet(self, weekly: tuple[BudgetAnswer, Path]) -> None:
        names = openpyxl.load_workbook(weekly[1]).sheetnames
        assert names[: len(RESULTS) + 2] == [*RESULTS, "Sensitivity", "Assumptions"]

    def test_there_are_no_macros(self, small: tuple[BudgetAnswer, Path]) -> None:
        with zipfile.ZipFile(small[1]) as parts:
            assert not [name for name in parts.namelist() if "vba" in name.lower()]

    def test_formulas_are_those_that_every_program_knows(self, small: tuple[BudgetAnswer, Path]) -> None:
        found = formulas(small[1])
        assert len(found) > 1000
        assert not [formula for formula in found.values() if REFUSED.search(formula)]

    def test_the_same_answer_gives_the_same_bytes(self, small: tuple[BudgetAnswer, Path]) -> None:
        assert built(small[0]) == small[1].read_bytes()

    @pytest.mark.parametrize(
        ("sheet", "label", "figures", "name"),
        [
            ("Months", "Gross hours", "ladder", "gross_hours"),
            ("Months", "Required FTE", "ladder", "fte"),
            ("Months", "Required heads on the payroll", "ladder", "payroll_heads"),
            ("Headcount", "Effective FTE", "headcount", "effective_fte"),
            ("Headcount", "Outsourced [FTE]", "headcount", "outsourced_fte"),
            ("Headcount", "FTE there", "headcount", "fte"),
        ],
    )
    def test_lines_of_groups(
        self, small: tuple[BudgetAnswer, Path], sheet: str, label: str, figures: str, name: str
    ) -> None:
        answer, path = small
        wanted = getattr(getattr(answer.result, figures), name)
        for g, group in enumerate(answer.result.budget.agent_groups):
            np.testing.assert_array_equal(periods(path, sheet, group, label), wanted[g])

    def test_demand_and_money(self, small: tuple[BudgetAnswer, Path]) -> None:
        answer, path = small
        result = answer.result
        np.testing.assert_array_equal(periods(path, "Months", "calls", "Offered contacts"), result.demand.offered[0])
        np.testing.assert_array_equal(periods(path, "Money", "All of it", "Cost in all"), result.money.total)
        assert line(path, "Money", "All of it", "Cost in all")[ALL - ONE] == result.total_cost
        assert line(path, "Money", "All of it", "Cost per contact")[ALL - ONE] == answer.whole.cost_per_contact

    def test_heads_follow_from_one_period_to_the_next(self, small: tuple[BudgetAnswer, Path]) -> None:
        answer, path = small
        asked = answer.result.budget
        first = periods(path, "Headcount", "south", "Heads when the period begins")[0]
        assert first == pytest.approx(asked.agent_groups["south"].people[0].heads)
        # Nothing happens in the last period after its first day: its mean is what it ends with.
        for g, group in enumerate(asked.agent_groups):
            last = periods(path, "Headcount", group, "Heads when the period ends")[-1]
            assert last == pytest.approx(answer.result.headcount.heads[g, -1])

    def test_the_answer_stands_in_the_summary(self, small: tuple[BudgetAnswer, Path]) -> None:
        from wfm.reports.budgets import told

        texts = {value for (sheet, _), value in values(small[1]).items() if sheet == "Summary"}
        assert set(told.in_short(small[0])) <= texts

    def test_the_cheapest_plan_adds_up(self, small: tuple[BudgetAnswer, Path]) -> None:
        answer, path = small
        assert answer.cheapest is not None
        assert answer.cheapest.decisions
        sheet = openpyxl.load_workbook(path, data_only=True)["Cheapest plan"]
        shown = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True) if row[0]}
        assert shown["All"][2] == sum(one.heads for one in answer.cheapest.decisions)
        assert shown["Cost: cheapest plan"][0] == answer.cheapest.result.total_cost

    def test_the_parts_of_a_variance_add_up(self, small: tuple[BudgetAnswer, Path]) -> None:
        answer, path = small
        assert answer.variance is not None
        sheet = openpyxl.load_workbook(path, data_only=True)["Variance"]
        rows = [row for row in sheet.iter_rows(values_only=True) if row[0] == "Required FTE"]
        assert len(rows) == len(answer.result.budget.agent_groups) + 1
        for _, _, budgeted, *parts, explained, _, _ in (row[: 6 + len(answer.variance.causes)] for row in rows):
            assert sum(parts) == pytest.approx(explained - budgeted, abs=1e-9)

    def test_it_is_charted(self, small: tuple[BudgetAnswer, Path]) -> None:
        with zipfile.ZipFile(small[1]) as parts:
            chart = parts.read("xl/charts/chart1.xml").decode()
        assert "<c:barChart>" in chart
        assert "<c:lineChart>" in chart


class TestInputs:
    def test_what_is_given_is_read_from_the_input_sheets(self, small: tuple[BudgetAnswer, Path]) -> None:
        found = formulas(small[1])
        for text in ("'Contacts by period'!", "'Agent groups'!", "Shrinkage!", "Budget!", "Credits!"):
            assert [where for where, formula in found.items() if where[0] in RESULTS and text in formula], text

    def test_the_whole_workbook_reads_back_as_the_budget(self, small: tuple[BudgetAnswer, Path]) -> None:
        assert wfm.load_budget(small[1]).digest == small[0].result.budget.digest

    def test_a_default_is_a_figure_with_its_name(self, small: tuple[BudgetAnswer, Path]) -> None:
        assert line(small[1], "Months", "chat", "Tried by self-service or a bot")[0] == 0
        sheet = openpyxl.load_workbook(small[1])["Months"]
        rows = [sheet.cell(row, LABEL).value for row in range(1, sheet.max_row + 1)]
        row = rows.index("Tried by self-service or a bot", rows.index("chat")) + 1
        assert sheet.cell(row, ONE).data_type == "n"
        assert sheet.cell(row, LABEL + 1).value == "the default: not given"

    def test_every_input_of_the_arithmetic_is_linked(self, small: tuple[BudgetAnswer, Path]) -> None:
        texts = [value for (sheet, _), value in values(small[1]).items() if sheet in RESULTS]
        assert texts.count("as given") > 40
        assert "as given, not linked" not in texts


class TestNames:
    def test_names_are_text(self, weekly: tuple[BudgetAnswer, Path]) -> None:
        assert not [one for one in formulas(weekly[1]).values() if "HYPERLINK" in one or "1+1" in one or "@x" in one]
        assert openpyxl.load_workbook(weekly[1])["Summary"]["A1"].data_type == "s"

    def test_without_pay_money_is_a_dash(self, weekly: tuple[BudgetAnswer, Path]) -> None:
        assert periods(weekly[1], "Money", "@x <b>", "Pay") == ["–"] * 3
        assert line(weekly[1], "Money", "All of it", "Cost in all")[ALL - ONE] == "–"


@needs_office
class TestRecalculated:
    def test_every_formula_gives_its_stored_value(self, small: tuple[BudgetAnswer, Path], office: Path) -> None:
        assert list(differences(small[1], recalculated(small[1], office))) == []

    def test_weeks_and_nasty_names_too(self, weekly: tuple[BudgetAnswer, Path], office: Path) -> None:
        assert list(differences(weekly[1], recalculated(weekly[1], office))) == []

    def test_the_shipped_example(self, office: Path, tmp_path: Path) -> None:
        answer = answer_budget(wfm.load_budget(wfm.example("budget_year")), risk=True, returns=True)
        path = write(answer, tmp_path / "budget.xlsx")
        assert len(formulas(path)) > 2000
        assert list(differences(path, recalculated(path, office))) == []

    def test_a_false_stored_value_is_seen(self, small: tuple[BudgetAnswer, Path], office: Path, tmp_path: Path) -> None:
        """The control: were nothing recalculated, the false value would come back and nothing would differ."""
        false = tmp_path / "budget.xlsx"
        with zipfile.ZipFile(small[1]) as parts, zipfile.ZipFile(false, "w") as copy:
            for name in parts.namelist():
                text = parts.read(name)
                if name == "xl/worksheets/sheet2.xml":
                    text = re.sub(rb"(=?SUM\([^<]*\)</f><v>)[^<]*", rb"\g<1>1.5", text, count=1)
                copy.writestr(name, text)
        assert len(list(differences(false, recalculated(false, office)))) == 1

    def test_change_pay_and_the_workbook_costs_what_the_engine_says(
        self, small: tuple[BudgetAnswer, Path], office: Path, tmp_path: Path
    ) -> None:
        answer, path = small
        asked = answer.result.budget
        dearer = changed(asked.agent_groups["south"], pay_per_hour=17.25, on_cost=0.3)
        wanted = budget(changed(asked, agent_groups={**asked.agent_groups, "south": dearer}))
        book = openpyxl.load_workbook(path)
        for key, value in (("pay_per_hour", 17.25), ("on_cost", 0.3)):
            cell(book["Agent groups"], key, "south").value = value
        changed_path = tmp_path / "budget.xlsx"
        book.save(changed_path)
        after = recalculated(changed_path, office)
        assert line(after, "Money", "All of it", "Cost in all")[ALL - ONE] == pytest.approx(wanted.total_cost, rel=1e-9)
        found = openpyxl.load_workbook(after, data_only=True)["Summary"]
        shown = {row[0]: row[1] for row in found.iter_rows(values_only=True)}
        assert shown["Cost [GBP]"] == pytest.approx(wanted.total_cost, rel=1e-9)

    def test_change_contract_hours_and_the_workbook_requires_what_the_engine_says(
        self, small: tuple[BudgetAnswer, Path], office: Path, tmp_path: Path
    ) -> None:
        answer, path = small
        asked = answer.result.budget
        longer = changed(asked.agent_groups["south"], contract_hours=36.0)
        wanted = budget(changed(asked, agent_groups={**asked.agent_groups, "south": longer}))
        book = openpyxl.load_workbook(path)
        cell(book["Agent groups"], "contract_hours", "south").value = 36
        changed_path = tmp_path / "budget.xlsx"
        book.save(changed_path)
        after = recalculated(changed_path, office)
        found = periods(after, "Months", "south", "Required FTE")
        np.testing.assert_allclose(found, wanted.ladder.fte[1], rtol=1e-9)


def cell(sheet: object, key: str, thing: str) -> object:
    """The input cell of a key, in the column of a thing."""
    rows = [[one.value for one in row] for row in sheet.iter_rows()]  # type: ignore[attr-defined]
    heading = next(at for at, row in enumerate(rows) if row[0] == "Key")
    row = next(at for at, one in enumerate(rows) if one[0] == key)
    return sheet.cell(row + 1, rows[heading].index(thing) + 1)  # type: ignore[attr-defined]
