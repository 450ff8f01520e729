"""Scenarios of a budget: which are compared, with what, and what is said of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import numpy as np
import pytest

from wfm.budgeting.budget import budget
from wfm.budgeting.known import Known
from wfm.budgeting.scenarios import side_by_side
from wfm.errors import InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Cohort, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.varied import budget_varied
from wfm.model.center import Target
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Change, Scenario

LEAN = Scenario("Lean", (Change("contact_types.*.volume", "factor", 0.5), Change("money.pay_growth", "value", 0.0)))
GROWTH = Scenario("Growth", (Change("contact_types.*.volume", "factor", 2.5),))
YEAR = Budget(
    Calendar(date(2027, 1, 1), 3),
    {"calls": Demand(300, 10_000, patience=120, target=Target(service_level=0.8), opening={"Mon-Fri": "08:00-18:00"})},
    {"north": Team(["calls"], 40, people=10, pay_per_hour=15)},
    scenarios=(LEAN, GROWTH),
)


def test_the_budget_itself_comes_first_and_then_the_scenarios_in_order() -> None:
    assert side_by_side(YEAR).names == ("base", "Lean", "Growth")
    assert side_by_side(YEAR, ["growth", "lean", "Growth"]).names == ("base", "Growth", "Lean")
    assert side_by_side(YEAR, ["base"]).names == ("base",)
    assert side_by_side(replace(YEAR, scenarios=())).names == ("base",)


def test_each_scenario_is_the_budget_with_its_changes() -> None:
    found = side_by_side(YEAR)
    for name, changes in (("base", ()), ("Lean", LEAN.changes), ("Growth", GROWTH.changes)):
        alone = budget(budget_varied(YEAR, changes))
        np.testing.assert_array_equal(found.results[name].ladder.fte, alone.ladder.fte)
        np.testing.assert_array_equal(found.results[name].service.service_level, alone.service.service_level)
        assert found.results[name].total_cost == alone.total_cost


def test_groups_with_nothing_to_change_are_said() -> None:
    north = replace(YEAR.agent_groups["north"], skills={"calls": 0.9}, pool="calls",
                    shrinkage=PeriodShrinkage(planned={"holiday": 0.1}))  # fmt: skip
    new = Team({"calls": 0.1}, 40, people=1, pay_per_hour=15, pool="calls")
    fitter = Scenario("Fitter", (Change("agent_groups.*.shrinkage", "addition", -0.01),))
    base, row = side_by_side(replace(YEAR, agent_groups={"north": north, "new": new}, scenarios=(fitter,))).rows
    assert row.verdict.endswith("; nothing to change at agent_groups.new.shrinkage")
    assert "nothing to change" not in base.verdict
    assert row.changes["required_fte"] < 0


def test_changes_are_from_the_first_row() -> None:
    first, *others = side_by_side(YEAR).rows
    assert set(first.changes.values()) == {0.0}
    for row in others:
        for measure, value in asdict(row.summary).items():
            assert row.changes[measure] == value - getattr(first.summary, measure)


def test_a_scenario_may_be_the_base_itself() -> None:
    own = replace(YEAR, scenarios=(GROWTH, Scenario("base", (Change("contact_types.*.aht", "factor", 0.9),))))
    found = side_by_side(own)
    assert found.names == ("base", "Growth")
    assert found.results["base"].demand.aht[0, 0] == 270


def test_the_verdict_says_who_is_missing_what_is_missed_and_what_it_costs() -> None:
    dearer = Scenario("Dearer", (Change("agent_groups.*.pay_per_hour", "factor", 1.1),))
    base, lean, growth, paid = side_by_side(replace(YEAR, scenarios=(LEAN, GROWTH, dearer))).rows
    assert lean.verdict == "people enough in every month; every promise kept"
    most = max(float(gap) for gap in -side_by_side(YEAR).results["Growth"].headcount.gap[0])
    assert growth.verdict.startswith(f"people missing in 3 of 3 months, most {most:.1f} FTE (north, 2027-0")
    assert "promises missed in 3 of 3 months" in growth.verdict
    assert paid.verdict.endswith("costs 10.0 % more than base")
    assert "than base" not in base.verdict + lean.verdict + growth.verdict


def test_known_requirements_are_used_again() -> None:
    known = Known()
    side_by_side(YEAR, known=known)
    before = len(known.required)
    side_by_side(YEAR, known=known)
    assert before == len(known.required) == 3 * 3


def test_a_name_that_there_is_not_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'Growth'") as caught:
        side_by_side(YEAR, ["grwth", "q"])
    assert len(caught.value.faults) == 2


def test_faults_say_whose_they_are() -> None:
    two = replace(
        YEAR,
        contact_types={**YEAR.contact_types, "mail": Demand(300, 100, channel="email")},
        agent_groups={**YEAR.agent_groups, "south": Team(["mail"], 40, people=(Cohort(5),), max_occupancy=0.9)},
        transfers=(Transfer(date(2027, 2, 1), "south", "north", 4),),
    )
    fewer = Scenario("Fewer", (Change("agent_groups.south.people", "value", 3),))
    unfit = Scenario("Unfit", (Change("contact_types.calls.ahd", "factor", 2),))
    with pytest.raises(InputError) as caught:
        side_by_side(replace(two, scenarios=(fewer,)))
    assert [one.where for one in caught.value.faults] == ["scenarios.'Fewer'.transfers[0].heads"]
    with pytest.raises(InputError) as caught:
        side_by_side(replace(two, scenarios=(fewer, unfit)))
    assert [one.where for one in caught.value.faults] == ["scenarios.'Unfit'.contact_types.calls.ahd"]


def test_a_plan_of_agents_has_no_place_in_a_budget(textbook_plan: StaffingPlan) -> None:
    with pytest.raises(InputError, match="people of a budget stand in its agent groups"):
        side_by_side(replace(YEAR, scenarios=(Scenario("Plan", (), textbook_plan),)))


@pytest.fixture
def textbook_plan() -> StaffingPlan:
    import wfm

    return StaffingPlan(wfm.load(wfm.example("textbook")), [[1.0] * 20])
