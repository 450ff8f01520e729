"""Do the few figures follow from the many: sums, means over days, sums over sums; what is short, what is missed?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars
import pytest

import wfm
from wfm.budgeting.result import GROUP_LINES, BudgetResult
from wfm.budgeting.summary import Missed, Shortage
from wfm.errors import InputError
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Team
from wfm.model.budget.periods import Calendar
from wfm.model.declared import changed

HALF = Calendar(date(2027, 1, 1), periods=6, holidays="GB-ENG")
HOURS = {"Mon-Fri": "08:00-18:00"}
BUSY = [4000, 4500, 5200, 4800, 0, 4000]


def live(volume, **given) -> Demand:
    told = {"aht": 300, "volume": volume, "patience": 120, "opening": HOURS, "target": wfm.Target(service_level=0.8)}
    return Demand(**{**told, **given})


def team(skills: dict[str, float], people: float, **given) -> Team:
    return Team(skills=skills, contract_hours=40, people=people, pay_per_hour=15.0, attrition=0.03, **given)


@pytest.fixture(scope="module")
def result() -> BudgetResult:
    of_answered = wfm.Target(service_level=0.85, answer_within=30, definition="answered_of_answered")
    types = {
        "calls": live(BUSY, first_contact_resolution=0.8, returning=0.5, credits=[Credit(0.8, 500.0)]),
        "sales": live(3000, aht=420, target=of_answered, deflection=0.3, containment=0.5, deflection_cost=0.2),
        "chat": live(2500, aht=500, channel="chat", pace=1.8, target=wfm.Target(max_abandonment=0.1)),
        "mail": Demand(aht=400, volume=1500, channel="email", opening=HOURS, first_contact_resolution=0.9),
    }
    groups = {
        "north": team({"calls": 0.6}, 7, pool="voice"),
        "south": team({"calls": 0.4}, 5, pool="voice"),
        "chatters": team({"chat": 1.0}, 4),
        "mailers": team({"mail": 1.0}, 1.1, max_occupancy=0.85),
        "sellers": team({"sales": 1.0}, 4.0),
    }
    return wfm.budget(wfm.Budget(HALF, types, groups))


def test_contacts_and_money_are_sums(result: BudgetResult) -> None:
    found = result.summary()
    assert found.offered == pytest.approx(result.demand.offered.sum())
    assert found.answered == pytest.approx(result.service.answered.sum())
    assert found.resolved == pytest.approx(result.service.resolved.sum())
    assert found.contained == pytest.approx(6 * 3000 * 0.15)
    assert found.cost == pytest.approx(result.total_cost)
    assert found.cost_per_contact == pytest.approx(found.cost / found.answered)
    assert found.cost_per_resolved == pytest.approx(found.cost / (found.resolved + found.contained))


def test_people_are_means_over_the_days(result: BudgetResult) -> None:
    found, days = result.summary(), HALF.days / HALF.days.sum()
    assert found.required_fte == pytest.approx(result.ladder.fte.sum(axis=0) @ days)
    assert found.fte == pytest.approx(result.headcount.fte.sum(axis=0) @ days)
    assert found.heads == pytest.approx(result.headcount.heads.sum(axis=0) @ days)
    assert found.gap == pytest.approx(found.fte - found.required_fte)


def test_service_is_sums_over_sums_of_those_with_a_promise(result: BudgetResult) -> None:
    service, found = result.service, result.summary()
    # Calls are judged of those offered, sales of those answered; chat and mail have no promise of a level.
    calls = service.service_level[0] * result.demand.offered[0]
    sales = service.service_level[1] * service.answered[1]
    judged = result.demand.offered[0].sum() + service.answered[1].sum()
    assert found.service_level == pytest.approx((np.nansum(calls) + sales.sum()) / judged)
    waiting = result.demand.offered[:3].sum()
    assert found.abandonment == pytest.approx(1 - service.answered[:3].sum() / waiting)


def test_occupancy_is_busy_over_staffed_hours(result: BudgetResult) -> None:
    on_the_line = result.headcount.fte * result.ladder.fte_hours
    busy = result.service.answered * result.demand.aht / np.array([[1], [1], [1.8], [1]]) / 3600
    # Agents of e-mail are busy for as long as there is work; May has no calls, and the others sit idle.
    busy_hours = busy.sum()
    staffed = on_the_line.sum() - on_the_line[:2, 4].sum()
    assert result.summary().occupancy == pytest.approx(busy_hours / staffed, rel=1e-6)


def test_occupancy_is_that_of_the_queue_where_hours_differ() -> None:
    """Calls by day and a few long ones by night, in one queue: its agents are busy for so long, and on duty so long."""
    night = live(300, aht=900, opening={"Mon-Fri": "18:00-24:00"})
    asked = wfm.Budget(HALF, {"day": live(BUSY), "night": night}, {"all": team({"day": 1.0, "night": 1.0}, 9)})
    found = wfm.budget(asked)
    on_the_line = found.headcount.fte * found.ladder.fte_hours
    # Without shrinkage a group is on the line for all of its hours.
    assert found.service.staffed_hours.sum(axis=0) == pytest.approx(on_the_line[0])
    assert found.summary().occupancy == pytest.approx(found.service.busy_hours.sum() / on_the_line.sum())
    months = [found.summary(period).occupancy for period in range(6)]
    assert months == pytest.approx(found.service.occupancy[1])


def test_periods_add_up_to_the_whole(result: BudgetResult) -> None:
    whole, parts = result.summary(), [result.summary(period) for period in range(6)]
    for name in ("offered", "answered", "resolved", "contained", "cost"):
        assert sum(getattr(one, name) for one in parts) == pytest.approx(getattr(whole, name))
    for name in ("required_fte", "fte", "gap", "heads"):
        means = [getattr(one, name) for one in parts]
        assert np.average(means, weights=HALF.days) == pytest.approx(getattr(whole, name))
    march = parts[2]
    assert march.required_fte == pytest.approx(result.ladder.fte[:, 2].sum())


def test_groups_add_up_to_the_whole(result: BudgetResult) -> None:
    whole, parts = result.summary(), [result.summary(group=name) for name in result.budget.agent_groups]
    for name in ("offered", "answered", "resolved", "required_fte", "fte", "gap", "heads"):
        assert sum(getattr(one, name) for one in parts) == pytest.approx(getattr(whole, name))
    of_types = result.money.line("self_service").sum() + result.money.line("credits").sum()
    assert of_types > 0
    assert sum(one.cost for one in parts) == pytest.approx(whole.cost - of_types)
    assert all(one.contained == 0 for one in parts)
    north, south = parts[:2]
    assert north.service_level == pytest.approx(south.service_level)
    assert north.offered == pytest.approx(1.5 * south.offered)
    assert np.isnan(result.summary(group="mailers").service_level)


def test_shortages_are_worst_first_and_above_rounding(result: BudgetResult) -> None:
    found = result.shortages
    assert found
    assert [one.fte for one in found] == sorted((one.fte for one in found), reverse=True)
    names = list(result.budget.agent_groups)
    for one in found:
        of = names.index(one.group), one.period
        assert one.fte == result.headcount.missing[of]
        assert one.fte > 0.005 * result.ladder.fte[of]
    told = {(one.group, one.period) for one in found}
    for row, period in np.ndindex(result.headcount.gap.shape):
        # North and south answer one queue; the others are by themselves.
        if row > 1 and result.headcount.gap[row, period] < -0.005 * result.ladder.fte[row, period]:
            assert (names[row], period) in told
    assert isinstance(found[0], Shortage)


def test_a_gap_within_the_rounding_is_no_shortage(result: BudgetResult) -> None:
    headcount = replace(result.headcount, missing=0.004 * result.ladder.fte)
    assert replace(result, headcount=headcount).shortages == []


def test_whom_the_others_of_a_pool_make_up_for_is_not_missing(result: BudgetResult) -> None:
    """Those whom one group has over answer the contacts of the other."""
    groups = dict(result.budget.agent_groups)
    moved = {"north": changed(groups["north"], people=4.5), "south": changed(groups["south"], people=1.2)}
    found = wfm.budget(changed(result.budget, agent_groups={**groups, **moved}))
    short = found.headcount.gap[1] < -0.005 * found.ladder.fte[1]
    covered = found.service.coverage[0] >= 1 - 1e-9
    assert (short & covered).any()
    told = {one.period for one in found.shortages if one.group in ("north", "south")}
    assert told == set(np.flatnonzero(found.service.coverage[0] < 0.995))
    # What a queue misses is told in full, of those of its groups that have too few.
    hours = found.ladder.fte_hours * (1 - found.ladder.shrinkage) * found.ladder.schedule_fit
    of_queue = np.maximum(-(found.headcount.gap * hours)[:2].sum(axis=0), 0)
    assert (found.headcount.missing * hours)[:2].sum(axis=0) == pytest.approx(of_queue)
    assert np.all(found.headcount.missing[:2] <= np.maximum(-found.headcount.gap[:2], 0) + 1e-12)


def test_a_group_that_is_short_in_a_pool_that_is_not_is_no_shortage(result: BudgetResult) -> None:
    missing = np.zeros_like(result.ladder.fte)
    missing[1] = 0.006 * result.ladder.fte[1]  # 0.24 % of the pool's
    headcount = replace(result.headcount, missing=missing)
    assert replace(result, headcount=headcount).shortages == []
    missing[0] = 0.0045 * result.ladder.fte[0]  # 0.51 % of the pool's with it
    open_periods = set(np.flatnonzero(result.ladder.fte[0] > 0))
    assert {(one.group, one.period) for one in replace(result, headcount=headcount).shortages} == {
        ("south", period) for period in open_periods
    }


def test_missed_promises_name_type_period_and_both_levels(result: BudgetResult) -> None:
    level = np.full_like(result.service.service_level, np.nan)
    level[0], level[1] = [0.81, 0.8, 0.79, 0.5, np.nan, 0.9], 0.95
    found = replace(result, service=replace(result.service, service_level=level)).missed
    assert found == [Missed("calls", 2, 0.79, 0.8), Missed("calls", 3, 0.5, 0.8)]


def test_tables_hold_a_row_per_group_or_type_and_period(result: BudgetResult) -> None:
    groups, types = result.to_polars(), result.types_to_polars()
    assert groups.height == 5 * 6
    assert types.height == 4 * 6
    south = groups.filter(polars.col("group") == "south")
    assert south["period"].to_list() == list(HALF.names)
    assert south["start"].to_list() == list(HALF.edges[:-1])
    assert south["required_fte"].to_list() == result.ladder.fte[1].tolist()
    assert south["heads"].to_list() == result.headcount.heads[1].tolist()
    assert south["required_heads"].to_list() == result.ladder.heads[1].tolist()
    lines = groups.select(polars.sum_horizontal(GROUP_LINES)).to_series().sum()
    assert lines == pytest.approx(groups["cost"].sum())
    sales = types.filter(polars.col("contact_type") == "sales")
    assert sales["service_level"].to_list() == result.service.service_level[1].tolist()
    assert sales["self_service"].sum() == pytest.approx(6 * 3000 * 0.3 * 0.2)


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"period": 6}, "period: must be an index from 0 to 5"), ({"group": "nort"}, "did you mean 'north'")],
)
def test_no_such_period_or_group(result: BudgetResult, asked: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        result.summary(**asked)


def test_without_a_rate_of_pay_money_is_not_known() -> None:
    unpaid = Team(skills=["calls"], contract_hours=40, people=5)
    found = wfm.budget(wfm.Budget(HALF, {"calls": live(BUSY)}, {"all": unpaid})).summary()
    assert np.isnan(found.cost)
    assert np.isnan(found.cost_per_contact)
    assert np.isfinite(found.required_fte)
