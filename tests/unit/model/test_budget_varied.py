"""What changes make of a budget, which of it stays the same object, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.files.budgets.reading import FORMAT
from wfm.files.budgets.writing import as_raw
from wfm.files.variations import read_change, read_variation
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Cohort, HiringClass, Outsourcing, Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Money
from wfm.model.budget.varied import BUDGET, budget_varied, in_part, left_out
from wfm.model.center import Target
from wfm.model.paths import all_paths, hint_of, is_numeric_at, joined, places, unit_at
from wfm.model.shrinkage import WHAT_IF
from wfm.model.variation import Change, Scenario

TARGET = Target(service_level=0.8)
CALLS = Demand(aht=300, volume=(5000, 5200, 4800), patience=180, target=TARGET)
CHAT = Demand(aht=480, last_year=1200, season=(1, 2, 3), growth=0.1, target=TARGET, deflection=(0.1, 0.1, 0.2))
NORTH = Team(
    ["calls"], 37.5,
    shrinkage=PeriodShrinkage(planned={"holiday": (0.1, 0.2, 0.1)}, unplanned={"sickness": 0.05}),
    attrition={"0-3": 0.06, "3+": 0.02}, people=40, pay_per_hour=14.0, max_occupancy=0.8,
)  # fmt: skip
SOUTH = Team(["chat"], 37.5, people=(Cohort(20, 12),), outsourcing=Outsourcing(25, 100))
YEAR = Budget(Calendar(date(2027, 1, 1), 3), {"calls": CALLS, "chat": CHAT}, {"north": NORTH, "south": SOUTH})


def varied(path: str, how: Any, level: Any, base: Budget = YEAR) -> Budget:
    return budget_varied(base, [Change(BUDGET.short_forms.get(path, path), how, level)])


def faults(*changes: Change) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        budget_varied(YEAR, changes)
    return {one.where: one.rule for one in caught.value.faults}


def test_a_factor_on_volume_changes_what_is_given_of_it() -> None:
    found = varied("volume", "factor", 1.1)
    assert found.contact_types["calls"].volume == (5500.0, 5720.0, 5280.0)
    assert (found.contact_types["chat"].last_year, found.contact_types["chat"].volume) == (1320.0, None)
    assert (found.contact_types["chat"].season, found.contact_types["chat"].growth) == ((1.0, 2.0, 3.0), 0.1)


def test_of_many_groups_those_without_shrinkage_have_none_to_lose() -> None:
    less = Change("agent_groups.*.shrinkage", "addition", -0.01)
    found = budget_varied(YEAR, [less])
    assert found.agent_groups["south"] is SOUTH
    assert found.agent_groups["north"].shrinkage.total(3) == pytest.approx([0.14, 0.24, 0.14])
    assert left_out(YEAR, [less]) == ["agent_groups.south.shrinkage"]
    given = Change("agent_groups.south.shrinkage", "value", 0.1)
    assert left_out(YEAR, [given, less]) == []
    assert list(faults(Change("agent_groups.south.shrinkage", "addition", -0.01))) == ["agent_groups.south.shrinkage"]


def test_a_factor_by_period_shares_out_the_year_first() -> None:
    found = varied("volume", "factor", (1.0, 1.0, 2.0)).contact_types
    assert (found["chat"].last_year, found["chat"].season) == ((200.0, 400.0, 1200.0), None)
    assert found["calls"].volume == (5000.0, 5200.0, 9600.0)


def test_a_volume_stands_in_place_of_last_year() -> None:
    found = varied("contact_types.chat.volume", "value", (400, 500, 600)).contact_types["chat"]
    assert (found.volume, found.last_year, found.season, found.growth) == ((400.0, 500.0, 600.0), None, None, 0.0)
    assert "only a factor" in faults(Change("contact_types.*.volume", "addition", 10))["contact_types.chat.volume"]


def test_shrinkage_is_scaled_in_proportion_in_every_period() -> None:
    found = varied("shrinkage", "addition", 0.05).agent_groups
    assert found["north"].shrinkage.total(3) == pytest.approx([0.2, 0.3, 0.2], abs=1e-12)
    holiday, sickness = found["north"].shrinkage.planned["holiday"], found["north"].shrinkage.unplanned["sickness"]
    assert [a / b for a, b in zip(holiday, sickness, strict=True)] == pytest.approx([2, 4, 2], rel=1e-9)
    assert found["south"].shrinkage.planned == {WHAT_IF: 0.05}


def test_shrinkage_alike_in_all_periods_stays_one_number() -> None:
    flat = PeriodShrinkage(planned={"holiday": 0.1}, unplanned={"sickness": 0.1})
    base = budget_varied(YEAR, [Change("agent_groups.north.shrinkage", "value", flat)])
    found = varied("agent_groups.north.shrinkage", "factor", 1.5, base).agent_groups["north"].shrinkage
    assert (found.planned, found.unplanned) == ({"holiday": 0.15}, {"sickness": 0.15})


@pytest.mark.parametrize(("how", "level"), [("factor", (1.0, 1.0, 1.2)), ("addition", (0.0, 0.0, 0.03))])
def test_a_period_whose_shrinkage_does_not_change_keeps_its_very_shares(how: Any, level: tuple[float, ...]) -> None:
    odd = PeriodShrinkage(planned={"holiday": (1 / 30, 0.1, 0.1)}, unplanned={"sickness": 1 / 70})
    base = budget_varied(YEAR, [Change("agent_groups.north.shrinkage", "value", odd)])
    found = varied("agent_groups.north.shrinkage", how, level, base).agent_groups["north"].shrinkage
    assert (found.planned["holiday"][:2], found.unplanned["sickness"][:2]) == ((1 / 30, 0.1), (1 / 70, 1 / 70))
    assert found.total(3)[2] > odd.total(3)[2]


def test_attrition_changes_by_every_rate() -> None:
    assert varied("attrition", "factor", 1.5).agent_groups["north"].attrition == {"0-3": 0.09, "3+": 0.03}
    assert varied("attrition", "addition", -0.01).agent_groups["north"].attrition == {"0-3": 0.05, "3+": 0.01}
    assert varied("attrition", "value", 0.04).agent_groups["south"].attrition == {"0+": 0.04}


def test_what_is_absent_stays_so_behind_a_star_and_is_refused_where_it_is_absent_everywhere() -> None:
    found = varied("pay", "factor", 1.03).agent_groups
    assert (found["north"].pay_per_hour, found["south"]) == (14.42, SOUTH)
    assert found["south"] is SOUTH
    assert "is absent" in faults(Change("agent_groups.south.attrition", "factor", 1.1))["agent_groups.south.attrition"]


@pytest.mark.parametrize(
    ("path", "level", "read"),
    [
        ("agent_groups.north.classes", [HiringClass(date(2027, 2, 1), 6)], lambda b: b.agent_groups["north"].classes),
        ("agent_groups.*.pool", "all", lambda b: b.agent_groups["south"].pool),
        ("agent_groups.south.people", 30, lambda b: b.agent_groups["south"].people),
        ("contact_types.calls.deflection", 0.2, lambda b: b.contact_types["calls"].deflection),
        ("agent_groups.south.outsourcing.committed_hours", (0, 0, 50),
         lambda b: b.agent_groups["south"].outsourcing.committed_hours),
        ("agent_groups.south.outsourcing", None, lambda b: b.agent_groups["south"].outsourcing),
        ("money.price_growth", 0.02, lambda b: b.money.price_growth),
    ],
)  # fmt: skip
def test_any_key_can_be_set(path: str, level: Any, read: Any) -> None:
    alike = budget_varied(YEAR, [Change("agent_groups.north.max_occupancy", "value", None),
                                 Change("contact_types.*.patience", "value", 90)])  # fmt: skip
    found = read(varied(path, "value", level, alike))
    wanted = tuple(level) if isinstance(level, list) else level
    assert found == ((Cohort(30),) if path.endswith("people") else wanted)


def test_a_change_without_effect_gives_the_same_budget() -> None:
    assert budget_varied(YEAR, []) is YEAR
    assert budget_varied(YEAR, [Change("contact_types.*.aht", "factor", 1.0)]).digest == YEAR.digest


def test_later_changes_start_from_earlier_ones() -> None:
    changes = [Change("contact_types.calls.aht", "value", 200), Change("contact_types.*.aht", "factor", 1.1)]
    assert budget_varied(YEAR, changes).contact_types["calls"].aht == 220.0


def test_all_faults_are_told_at_once_and_in_words_of_a_budget() -> None:
    found = faults(
        Change("calendar.periods", "value", 4),
        Change("vary", "value", 4),
        Change("agent_groups.*.shrinkages", "factor", 1.1),
        Change("contact_types.calls.aht", "factor", (1.0, 1.1)),
        Change("agent_groups.north.max_occupancy", "factor", 2),
        Change("transfers", "value", [4]),
        Change("q", "value", 1),
    )
    assert "their periods are set side by side" in found["calendar.periods"]
    assert "not a part of it" in found["vary"]
    assert "'agent_groups.*.shrinkage'" in found["agent_groups.*.shrinkages"]
    assert "must hold 3 values, one per period" in found["contact_types.calls.aht"]
    assert "at most 1" in found["agent_groups.north.max_occupancy"]
    assert "Transfer" in found["transfers"]
    assert found["q"].startswith("matches nothing; 'q' is not a part of a budget; there are: contact_types,")


def test_parts_that_no_longer_fit_together_are_refused() -> None:
    assert "one patience" in faults(Change("agent_groups.*.pool", "value", "all"))["agent_groups.north.pool"]


def test_every_path_of_a_budget_leads_somewhere_and_each_short_form_is_one() -> None:
    paths = all_paths(YEAR, BUDGET)
    for path in [one for one in paths if one not in BUDGET.short_forms]:
        assert hint_of(path, BUDGET) is not None
        assert places(YEAR, path, root=BUDGET)
    for path in BUDGET.short_forms.values():
        assert is_numeric_at(path, BUDGET)


@pytest.mark.parametrize(
    ("path", "unit"),
    [("aht", "s"), ("patience", "s"), ("shrinkage", "share"), ("attrition", "share"), ("occupancy", "share"),
     ("volume", None), ("pay", None)],
)  # fmt: skip
def test_short_forms_have_the_units_that_planners_write(path: str, unit: str | None) -> None:
    assert unit_at(BUDGET.short_forms[path], BUDGET) == unit


@pytest.mark.parametrize(
    ("path", "text", "change"),
    [
        ("volume", "-4%", Change("contact_types.*.volume", "factor", 0.96)),
        ("aht", "-20s", Change("contact_types.*.aht", "addition", -20.0)),
        ("shrinkage", "+3pt", Change("agent_groups.*.shrinkage", "addition", 0.03)),
        ("attrition", "*1.25", Change("agent_groups.*.attrition", "factor", 1.25)),
        ("attrition", "4%", Change("agent_groups.*.attrition", "value", 0.04)),
        ("pay", "+3%", Change("agent_groups.*.pay_per_hour", "factor", 1.03)),
        ("contact_types.calls.deflection", "20%", Change("contact_types.calls.deflection", "value", 0.2)),
        ("agent_groups.*.pool", "all", Change("agent_groups.*.pool", "value", "all")),
        ("agent_groups.north.overtime", ["3%", 0.02, 0],
         Change("agent_groups.north.overtime", "value", (0.03, 0.02, 0))),
        ("agent_groups.north.classes", "[{ start = 2027-02-01, heads = 6 }]",
         Change("agent_groups.north.classes", "value", (HiringClass(date(2027, 2, 1), 6),))),
        ("agent_groups.north.classes", [], Change("agent_groups.north.classes", "value", ())),
        ("volume", "*[1, 1.1, 1.2]", Change("contact_types.*.volume", "factor", (1, 1.1, 1.2))),
    ],
)  # fmt: skip
def test_changes_are_read_as_in_a_sweep(path: str, text: Any, change: Change) -> None:
    assert read_change(path, text, YEAR, file_format=FORMAT) == change


def test_variations_are_read_as_in_a_sweep_and_told_in_words_of_a_budget() -> None:
    found = read_variation("pay", "±3%", YEAR, file_format=FORMAT)
    assert [found.in_words(level, BUDGET) for level in found.levels] == ["pay −3 %", "pay +3 %"]
    assert Change("agent_groups.*.attrition", "addition", 0.01).in_words(BUDGET) == "attrition +1 pt"
    with pytest.raises(InputError, match="could be points"):
        read_variation("attrition", "±25%", YEAR, file_format=FORMAT)


@given(
    st.sampled_from(["factor", "addition"]),
    st.one_of(st.floats(-1e6, 1e6), st.lists(st.floats(0, 1e3), min_size=3, max_size=3).map(tuple)),
    st.sampled_from(["volume", "aht", "shrinkage", "attrition", "pay"]),
)
def test_a_change_that_is_written_reads_back_to_the_same_bits(how: Any, level: Any, path: str) -> None:
    change = Change(BUDGET.short_forms[path], how, level)
    ((_, written),) = as_raw(replace(YEAR, scenarios=(Scenario("Other", (change,)),)))["scenarios"]["Other"].items()
    assert read_change(path, written, YEAR, file_format=FORMAT) == change


# ---- changes that come about in part

CHANGES = [
    Change("contact_types.*.aht", "factor", 0.9),
    Change("contact_types.calls.aht", "addition", -15),
    Change("contact_types.*.deflection", "value", 0.3),
    Change("agent_groups.north.shrinkage", "value", 0.35),
    Change("agent_groups.north.attrition", "value", 0.01),
    Change("money.pay_growth", "value", 0.03),
]


def test_all_of_a_change_is_the_change_and_none_of_it_is_none() -> None:
    assert in_part(YEAR, CHANGES, 1.0) == CHANGES
    assert in_part(YEAR, CHANGES, 0.0) == []


def test_half_of_a_change_lies_half_way() -> None:
    found = budget_varied(YEAR, in_part(YEAR, CHANGES, 0.5))
    assert found.contact_types["calls"].aht == 300 * 0.95 - 7.5
    assert found.contact_types["calls"].deflection == 0.15
    assert found.contact_types["chat"].deflection == pytest.approx((0.2, 0.2, 0.25), abs=1e-15)
    assert found.agent_groups["north"].shrinkage.total(3) == pytest.approx([0.25, 0.3, 0.25], abs=1e-12)
    assert found.agent_groups["north"].attrition == {"0-3": 0.035, "3+": 0.015}
    assert found.money == Money(pay_growth=0.015)


def test_what_is_no_number_comes_about_as_a_whole() -> None:
    pooled = Change("agent_groups.*.pool", "value", "all")
    fewest = Change("agent_groups.north.min_agents", "value", 3)
    patience = Change("contact_types.chat.patience", "value", 90)
    first = Change("agent_groups.south.attrition", "value", 0.03)
    assert in_part(YEAR, [pooled, fewest, patience, first], 0.25) == [pooled, fewest, patience, first]


def test_paths_with_dots_in_names_are_quoted_in_parts() -> None:
    dotted = Budget(YEAR.calendar, {"A.B": CALLS}, {"north": Team(["A.B"], 37.5)})
    (part,) = in_part(dotted, [Change('contact_types."A.B".aht', "value", 200)], 0.5)
    assert (part.path, part.level) == (joined(["contact_types", "A.B", "aht"]), 250.0)
