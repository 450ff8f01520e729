"""What an initiative is worth, held against sums by hand: e-mail needs hours in proportion to its work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.budgeting.budget import budget
from wfm.budgeting.returns import Return, returns
from wfm.errors import InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Contract, Outsourcing, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Initiative, Money
from wfm.model.budget.varied import budget_varied
from wfm.model.center import Target
from wfm.model.variation import Change

VOLUME, AHT = "contact_types.*.volume", "contact_types.*.aht"
DAYS = np.array([31, 28, 31, 30])
MAIL = Demand(aht=360, volume=8000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
TEAM = Team(["mail"], 40, max_occupancy=0.8, people=30, pay_per_hour=15)
YEAR = Budget(Calendar(date(2027, 1, 1), 4), {"mail": MAIL}, {"agents": TEAM})
PAID = 8000 * 360 / 3600 / 0.8 * 15  # money of a month: 800 hours of work, at 80 %
CALLS = Demand(300, 10_000, patience=120, target=Target(service_level=0.8), opening={"Mon-Fri": "08:00-18:00"})


def worth(*changes: Change, base: Budget = YEAR, **given: Any) -> Return:
    (found,) = returns(replace(base, initiatives={"bot": Initiative(changes, **given)}))
    return found


def of_team(**given: Any) -> Budget:
    return replace(YEAR, agent_groups={"agents": replace(TEAM, **given)})


LESS = Change(VOLUME, "factor", 0.9)


def test_what_is_no_longer_required_is_saved() -> None:
    found = worth(LESS, one_off=2000, per_month=100).expected
    assert found.savings == pytest.approx([0.1 * PAID] * 4, rel=1e-12)
    assert found.saved_fte == pytest.approx(100 / (40 * DAYS / 7), rel=1e-12)
    assert found.costs.tolist() == [2100, 100, 100, 100]
    assert (found.cost, found.saving) == (2400, pytest.approx(0.4 * PAID))
    assert found.net == pytest.approx(0.4 * PAID - 2400)
    assert found.cumulative[-1] == pytest.approx(found.net)


def test_an_fte_costs_its_on_cost_and_tools_and_grows_with_pay_and_prices() -> None:
    money = Money(pay_growth=0.05, price_growth=0.02, growth_month=3)
    dear = replace(of_team(on_cost=0.25, tools=150), money=money)
    fte = 100 / (40 * DAYS / 7)
    pay, price = np.array([1, 1, 1.05, 1.05]), np.array([1, 1, 1.02, 1.02])
    assert worth(LESS, base=dear).expected.savings == pytest.approx(0.1 * PAID * 1.25 * pay + fte * 150 * price)


def test_those_who_leave_are_replaced() -> None:
    """10 % leave in a month; each costs 500 and two weeks of 100 to train, and those weeks and half a week of ramp."""
    leaving = of_team(attrition=0.1, hiring_cost=500, training_cost=100, training_weeks=2, ramp=(0.75, 0.75))
    each = 500 + 200 + 2.5 * 40 * 15
    fte = 100 / (40 * DAYS / 7)
    assert worth(LESS, base=leaving).expected.savings == pytest.approx(0.1 * PAID + fte * 0.1 * each)
    staying = Change("agent_groups.*.attrition", "factor", 0.5)
    assert worth(staying, base=leaving).expected.savings == pytest.approx(10 * fte * 0.05 * each)


def test_heads_with_part_time_contracts_cost_their_tools_and_training_each() -> None:
    half = of_team(tools=150, contracts={"half": Contract(20, 1)}, attrition=0.1, hiring_cost=500, training_weeks=2)
    fte = 100 / (40 * DAYS / 7)
    each = 150 + 0.1 * (500 + 2 * 20 * 15)
    assert worth(LESS, base=half).expected.savings == pytest.approx(0.1 * PAID + 2 * fte * each)


def test_committed_outsourcing_takes_its_part_of_the_requirement() -> None:
    """160 hours on the line replace 200 paid ones where 20 % are shrinkage."""
    base = of_team(shrinkage=PeriodShrinkage(planned={"all": 0.2}))
    found = worth(Change("agent_groups.agents.outsourcing", "value", Outsourcing(10, committed_hours=160)), base=base)
    assert found.expected.savings == pytest.approx([200 * 15 - 160 * 10] * 4)
    too_much = Change("agent_groups.agents.outsourcing", "value", Outsourcing(10, committed_hours=10_000))
    assert worth(too_much, base=base).expected.savings == pytest.approx([PAID / 0.8 - 10_000 * 10] * 4)


def test_self_service_is_paid_for() -> None:
    changes = (
        Change("contact_types.*.deflection", "value", 0.1),
        Change("contact_types.*.deflection_cost", "value", 0.5),
    )
    assert worth(*changes).expected.savings == pytest.approx([0.1 * PAID - 800 * 0.5] * 4)


def test_a_change_counts_from_its_start_for_the_share_of_the_days() -> None:
    found = worth(LESS, one_off=50, per_month=90, start=date(2027, 2, 15)).expected
    share = np.array([0, 0.5, 1, 1])
    assert found.savings == pytest.approx(0.1 * PAID * share)
    assert found.costs.tolist() == [0, 95, 90, 90]
    assert worth(LESS, per_month=90, start=date(2026, 7, 1)).expected.costs.tolist() == [90] * 4


def test_weeks_cost_their_part_of_a_month() -> None:
    weeks = replace(YEAR, calendar=Calendar(date(2027, 1, 4), 4, "week"))
    assert worth(LESS, per_month=100, base=weeks).expected.costs == pytest.approx([100 * 7 * 12 / 365.25] * 4)


def test_a_cross_skilled_pool_may_start_within_the_budget() -> None:
    """Two groups of half the calls each, as one queue from February on."""
    halves = {name: Team({"calls": 0.5}, 40, people=10, pay_per_hour=15) for name in ("north", "south")}
    two = Budget(YEAR.calendar, {"calls": CALLS}, halves)
    found = worth(Change("agent_groups.*.pool", "value", "all"), base=two, start=date(2027, 2, 1), one_off=1)
    pooled = budget(budget_varied(two, [Change("agent_groups.*.pool", "value", "all")]))
    fewer = (budget(two).ladder.fte - pooled.ladder.fte).sum(axis=0)
    assert fewer.min() > 0
    assert found.expected.saved_fte == pytest.approx([0, *fewer[1:]])


def test_money_of_later_is_worth_less() -> None:
    dear = replace(YEAR, money=Money(discount_rate=0.1))
    found = worth(LESS, one_off=2000, base=dear).expected
    assert found.present_value == pytest.approx(0.1 * PAID * sum(1.1 ** (-k / 12) for k in range(4)) - 2000)
    weeks = replace(dear, calendar=Calendar(date(2027, 1, 4), 4, "week"))
    weekly = worth(LESS, base=weeks).expected
    months = np.arange(4) * 7 * 12 / 365.25
    assert weekly.present_value == pytest.approx(0.1 * PAID * (1.1 ** (-months / 12)).sum())


@pytest.mark.parametrize(
    ("one_off", "start", "period"),
    [
        (0, None, "2027-01"),
        (0.05 * PAID, None, "2027-01"),
        (0.15 * PAID, None, "2027-02"),
        (0.35 * PAID, None, "2027-04"),
        (0.45 * PAID, None, None),
        (0.05 * PAID, date(2027, 3, 1), "2027-03"),
        (0.25 * PAID, date(2027, 3, 1), None),
    ],
)
def test_it_pays_back_in_the_period_at_whose_end_all_is_back(one_off: float, start: date | None, period: Any) -> None:
    assert worth(LESS, one_off=one_off, start=start).expected.payback_period == period


def test_what_is_back_and_lost_again_is_not_paid_back_before_it_stays() -> None:
    found = worth(Change(VOLUME, "factor", (0.5, 1.4, 0.6, 0.9)), one_off=0.3 * PAID)
    assert found.expected.cumulative == pytest.approx(PAID * np.array([0.2, -0.2, 0.2, 0.3]))
    assert found.expected.payback_period == "2027-03"


def test_the_range_is_that_of_its_effects() -> None:
    found = worth(LESS, Change(AHT, "addition", -36), effect=(0.5, 1, 2))
    saved = [1 - (1 - 0.1 * effect) ** 2 for effect in (0.5, 1, 2)]
    assert [one.savings[0] for one in (found.low, found.expected, found.high)] == pytest.approx(
        [PAID * one for one in saved]
    )
    assert [one.effect for one in (found.low, found.expected, found.high)] == [0.5, 1, 2]


@pytest.mark.parametrize("rate", [0.0, 0.08])
def test_the_break_even_effect_is_cost_over_saving_where_both_are_in_proportion(rate: float) -> None:
    found = worth(LESS, one_off=3000, per_month=200, base=replace(YEAR, money=Money(discount_rate=rate)))
    worths = (1 + rate) ** (-np.arange(4) / 12)
    paid = 3000 + 200 * worths.sum()
    assert found.break_even == pytest.approx(paid / (0.1 * PAID * worths.sum()), abs=1e-5)


def test_with_its_break_even_effect_a_change_of_calls_is_worth_nothing() -> None:
    two = Budget(YEAR.calendar, {"calls": CALLS}, {"north": Team(["calls"], 40, people=10, pay_per_hour=15)})
    found = worth(Change(AHT, "factor", 0.8), one_off=5000, base=two)
    assert found.break_even is not None
    with_it = budget(budget_varied(two, [Change(AHT, "factor", 1 - 0.2 * found.break_even)]))
    fewer = budget(two).ladder.unrounded_net_hours - with_it.ladder.unrounded_net_hours
    assert fewer.sum() * 15 == pytest.approx(5000, abs=0.1)


def test_no_break_even_where_nothing_up_to_ten_times_pays_or_the_shares_end_before() -> None:
    assert worth(LESS, one_off=5 * PAID).break_even is None
    assert worth(Change(VOLUME, "factor", 1.1), one_off=10).break_even is None
    contained = Change("contact_types.*.deflection", "value", 0.4)
    assert worth(contained, one_off=0.99 * 4 * PAID).break_even == pytest.approx(0.99 / 0.4, abs=1e-4)
    assert worth(contained, one_off=1.01 * 4 * PAID).break_even is None


def test_what_comes_about_as_a_whole_has_no_break_even_effect() -> None:
    found = worth(Change("contact_types.mail.holidays", "value", "open"), one_off=10)
    assert (found.break_even, found.low.net) == (None, found.high.net)
    assert found.told.endswith("it comes about as a whole or not at all.")


def test_all_of_a_change_need_not_be_possible_where_only_a_part_is_counted_on() -> None:
    """Of 60 % contained, 80 points more cannot be; a quarter of them can, and half of them at most."""
    half = replace(YEAR, contact_types={"mail": replace(MAIL, deflection=0.5, containment=0.6)})
    more = Change("contact_types.mail.containment", "addition", 0.8)
    found = worth(more, base=half, one_off=0.1 * 4 * PAID, effect=[0.1, 0.25, 0.4])
    assert found.expected.saving == pytest.approx(0.5 * 0.2 * 4 * PAID, rel=1e-9)
    assert found.break_even == pytest.approx(0.25, abs=1e-4)
    assert worth(more, base=half, one_off=0.21 * 4 * PAID, effect=[0.1, 0.25, 0.4]).break_even is None


def test_effects_that_the_people_do_not_allow_are_not_looked_at() -> None:
    """A transfer of 29 of 30 people fits up to 1.7 times the attrition, at which it saves nothing yet."""
    two = replace(
        of_team(attrition=0.02),
        contact_types={"mail": MAIL, "letters": MAIL},
        agent_groups={"agents": replace(TEAM, attrition={"0+": 0.02}), "others": replace(TEAM, skills=("letters",))},
        transfers=(Transfer(date(2027, 1, 1), "agents", "others", 29),),
    )
    assert worth(Change("agent_groups.agents.attrition", "factor", 1.5), one_off=10, base=two).break_even is None


def test_what_costs_nothing_pays_from_the_start() -> None:
    assert worth(LESS).break_even == 0.0
    assert worth(Change(VOLUME, "factor", 1.1)).break_even is None


def test_what_is_not_paid_has_no_money_and_says_so() -> None:
    unpaid = replace(
        YEAR,
        contact_types={"mail": MAIL, "letters": MAIL},
        agent_groups={"agents": TEAM, "others": replace(TEAM, skills=("letters",), pay_per_hour=None)},
    )
    found = worth(LESS, one_off=10, base=unpaid)
    assert np.isnan(found.expected.net)
    assert (found.expected.payback_period, found.break_even) == (None, None)
    assert "what they cost is not known, as there is no pay_per_hour of others" in found.told
    own = worth(Change("contact_types.mail.volume", "factor", 0.9), one_off=10, base=unpaid)
    assert own.expected.savings == pytest.approx([0.1 * PAID] * 4)


def test_the_answer_is_told_in_a_sentence() -> None:
    pounds = replace(YEAR, money=Money(currency="£"))
    told = worth(LESS, one_off=2000, effect=(0.5, 1, 1), base=pounds).told
    assert told == (
        "bot: saves £6,000 for £2,000; pays back in 2027-02; present value £4,000 (£1,000 to £4,000); "
        "it pays from 33 % of its effect on."
    )
    told = worth(LESS, one_off=5 * PAID).told
    assert "does not pay back in the budget; present value −" in told
    assert " to " not in told


def test_where_a_change_has_nothing_to_change_is_told() -> None:
    new = replace(TEAM, skills={"letters": 1.0})
    with_holidays = replace(TEAM, shrinkage=PeriodShrinkage(planned={"holiday": 0.1}))
    both = replace(
        YEAR, contact_types={"mail": MAIL, "letters": MAIL}, agent_groups={"agents": with_holidays, "new": new}
    )
    found = worth(Change("agent_groups.*.shrinkage", "addition", -0.02), base=both)
    assert found.told.endswith("of its effect on. It has nothing to change at agent_groups.new.shrinkage.")
    assert found.expected.saving > 0


def test_faults_of_all_initiatives_are_told_at_once() -> None:
    over = Initiative((Change("contact_types.*.deflection", "value", 0.8),), effect=(0.5, 1, 1.5))
    lost = Initiative((Change("contact_types.calls.aht", "factor", 0.9),))
    with pytest.raises(InputError) as caught:
        returns(replace(YEAR, initiatives={"over": over, "lost": lost}))
    assert [one.where for one in caught.value.faults] == [
        "initiatives.over.contact_types.mail.deflection",
        "initiatives.lost.contact_types.calls.aht",
    ]
    with pytest.raises(InputError, match=r"initiatives\.late\.start"):
        replace(YEAR, initiatives={"late": Initiative((LESS,), start=date(2027, 5, 1))})


def test_a_budget_without_initiatives_has_no_returns() -> None:
    assert returns(YEAR) == ()


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 1), st.lists(st.floats(0, 2), min_size=3, max_size=3).map(sorted), st.floats(0, 9000))
def test_more_effect_of_a_saving_is_never_worth_less(factor: float, effect: list[float], one_off: float) -> None:
    found = worth(Change(VOLUME, "factor", factor), effect=tuple(effect), one_off=one_off)
    values = [one.present_value for one in (found.low, found.expected, found.high)]
    assert values == sorted(values)
    assert found.high.net == pytest.approx(found.high.saving - found.high.cost, abs=1e-6)
