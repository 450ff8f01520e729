"""Is a gap filled by committed hours first, then by the cheaper of overtime and outsourcing, up to their limits?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payrolls import budget_of, ladder_needing, team_of

from wfm.budgeting.filling import filled, fillers_of
from wfm.budgeting.headcount import headcount_of, staff_of
from wfm.budgeting.result import HeadcountFigures
from wfm.model.budget.people import Outsourcing
from wfm.model.budget.plans import Money


def found_of(required: Any, shrinkage: float = 0.0, schedule_fit: float = 1.0, **given: Any) -> HeadcountFigures:
    """One group of 10 people whose overtime is 10 % of their hours at most, in one month of 31 days."""
    team = team_of(**{"people": 10, "pay_per_hour": 20, "overtime": 0.1, "overtime_pay": 1.5, **given})
    asked = budget_of({"a": team}, 1)
    return headcount_of(asked, staff_of(asked), ladder_needing(asked, required, shrinkage, schedule_fit))


HOURS = 40 * 31 / 7  # paid hours of one FTE


@pytest.mark.parametrize(
    ("price", "required", "overtime", "outsourced"),
    [
        (31.0, 10.4, 0.4, 0.0),  # overtime costs 30
        (31.0, 13.0, 1.0, 2.0),
        (29.0, 10.4, 0.0, 0.4),
        (29.0, 13.5, 0.5, 3.0),
        (29.0, 15.0, 1.0, 3.0),  # both at their limits; one is missing
        (30.0, 10.4, 0.4, 0.0),  # the same price: overtime
        (30.0, 9.0, 0.0, 0.0),
    ],
)
def test_the_cheaper_comes_first(price, required, overtime, outsourced):
    found = found_of(required, outsourcing=Outsourcing(price, most_hours=3 * HOURS))
    assert found.overtime_fte[0, 0] == pytest.approx(overtime)
    assert found.outsourced_fte[0, 0] == pytest.approx(outsourced)
    assert found.overtime_hours[0, 0] == pytest.approx(overtime * HOURS)
    assert found.gap[0, 0] == pytest.approx(10 + overtime + outsourced - required)


def test_committed_hours_are_there_though_nobody_needs_them():
    bought = Outsourcing(50, committed_hours=2 * HOURS)
    assert found_of(9, outsourcing=bought).gap == pytest.approx(3)
    needed = found_of(12.5, outsourcing=bought)
    assert (needed.overtime_fte, needed.outsourced_fte) == (pytest.approx(0.5), pytest.approx(2))
    # Without a limit they fill all that is missing.
    assert found_of(40, outsourcing=bought).gap == pytest.approx(0)


def test_an_hour_on_the_line_stands_for_more_paid_hours():
    # With 20 % shrinkage and a fit of 0.9, an FTE leaves 72 % of its hours on the line.
    found = found_of(13, 0.2, 0.9, outsourcing=Outsourcing(20, most_hours=1000))
    assert found.outsourced_hours == pytest.approx(found.outsourced_fte * HOURS * 0.72)
    # An FTE of it costs 14.40 an hour, and one of overtime 30: it comes first.
    assert found.outsourced_fte == pytest.approx(3)
    assert found_of(13, 0.2, 0.9, outsourcing=Outsourcing(41, most_hours=1000)).overtime_fte == pytest.approx(0)
    assert found_of(13, 0.2, 0.9, outsourcing=Outsourcing(42, most_hours=1000)).overtime_fte == pytest.approx(1)


def test_who_is_in_training_works_no_overtime():
    asked = budget_of({"a": team_of(people=10, overtime=0.1, overtime_pay=1.5)}, 1)
    staff = staff_of(asked)
    half = type(staff)(**{**vars(staff), "in_training": staff.heads / 2})
    assert headcount_of(asked, half, ladder_needing(asked, 20)).overtime_fte == pytest.approx(0.5)


def test_growth_of_pay_and_prices_turns_the_order():
    team = team_of(people=10, pay_per_hour=20, overtime=0.5, overtime_pay=1.5, outsourcing=Outsourcing(31))
    asked = budget_of({"a": team}, 3, money=Money(pay_growth=0.05, growth_month=3))
    found = headcount_of(asked, staff_of(asked), ladder_needing(asked, 12))
    assert found.overtime_fte[0] == pytest.approx([2, 2, 0])
    assert found.outsourced_fte[0] == pytest.approx([0, 0, 2])


def test_overtime_of_unknown_pay_comes_first():
    found = found_of(13, pay_per_hour=None, outsourcing=Outsourcing(0.01))
    assert (found.overtime_fte, found.outsourced_fte) == (pytest.approx(1), pytest.approx(2))


@given(
    required=st.floats(0, 60), overtime=st.floats(0, 0.5), price=st.floats(0, 90), committed=st.floats(0, 10),
    more=st.floats(0, 20), shrinkage=st.floats(0, 0.6), fit=st.floats(0.3, 1),
)  # fmt: skip
def test_no_other_mix_within_the_limits_is_cheaper(required, overtime, price, committed, more, shrinkage, fit):
    on_the_line = HOURS * (1 - shrinkage) * fit
    bought = Outsourcing(price, committed * on_the_line, (committed + more) * on_the_line)
    team = team_of(people=10, pay_per_hour=20, overtime=overtime, overtime_pay=1.5, outsourcing=bought)
    asked = budget_of({"a": team}, 1)
    ladder = ladder_needing(asked, required, shrinkage, fit)
    fillers, found = fillers_of(asked, ladder), headcount_of(asked, staff_of(asked), ladder)
    assert fillers.committed == pytest.approx(committed)

    def cost(overtime_fte, bought_fte):
        hours = fillers.on_the_line[0, 0]
        return hours * (overtime_fte * fillers.overtime_price[0, 0] + bought_fte * fillers.outsourcing_price[0, 0])

    mine = cost(found.overtime_fte[0, 0], found.outsourced_fte[0, 0] - committed)
    missing = max(required - 10 - committed, 0)
    most_overtime = 10 * overtime
    filled = min(missing, most_overtime + more)
    assert found.fte[0, 0] == pytest.approx(10 + committed + filled)
    for part in np.linspace(0, 1, 11):
        extra = part * most_overtime
        if 0 <= filled - extra <= more:
            assert mine <= cost(extra, filled - extra) + 1e-6


def pool_of(required: list[float], schedule_fit: Any = (1.0, 1.0), **others: Any) -> HeadcountFigures:
    """Two groups of 10 that answer one queue: a with overtime at 30 an hour, b at 33; others: of group b."""
    given = {"people": 10, "pool": "p", "overtime": 0.1, "overtime_pay": 1.5}
    groups = {
        "a": team_of("calls", pay_per_hour=20, **given),
        "b": team_of("more", **{"pay_per_hour": 22, **given, **others}),
    }
    asked = budget_of(groups, 1)
    fit = np.array(schedule_fit)[:, None]
    return headcount_of(asked, staff_of(asked), ladder_needing(asked, np.array(required)[:, None], 0.0, fit))


@pytest.mark.parametrize(
    ("required", "overtime", "missing"),
    [
        ([11, 9], [0, 0], [0, 0]),  # what b has over helps a
        ([11.5, 9], [0.5, 0], [0, 0]),  # a's overtime costs less
        ([8, 12.4], [0.4, 0], [0, 0]),  # also where b is short
        ([11, 11.5], [1, 1], [0, 0.5]),  # a misses nobody then
        ([12, 12], [1, 1], [1, 1]),
        ([13, 9.5], [1, 1], [0.5, 0]),  # 3 less 1 of overtime, 0.5 of b and 1 of its overtime
        ([8, 9], [0, 0], [0, 0]),
    ],
)
def test_groups_of_a_pool_help_each_other(required, overtime, missing):
    found = pool_of(required)
    assert found.overtime_fte[:, 0] == pytest.approx(overtime)
    assert found.missing[:, 0] == pytest.approx(missing)
    assert found.gap[:, 0] == pytest.approx(10 + np.array(overtime) - required)


def test_the_cheapest_hour_on_the_line_of_a_pool_comes_first():
    # An FTE of b leaves half its hours on the line: overtime there costs 66 for an hour on the line, a's 30.
    bought = Outsourcing(40, most_hours=HOURS)
    found = pool_of([12, 10], (1.0, 0.5), outsourcing=bought)
    assert found.overtime_fte[:, 0] == pytest.approx([1, 0])
    # The hour that a still misses is bought by b, where it stands for two.
    assert found.outsourced_fte[:, 0] == pytest.approx([0, 2])
    assert found.missing == pytest.approx(0)
    dear = pool_of([12, 10], (1.0, 0.5), outsourcing=Outsourcing(67, most_hours=HOURS))
    assert dear.overtime_fte[:, 0] == pytest.approx([1, 1])
    assert dear.outsourced_hours[:, 0] == pytest.approx([0, HOURS / 2])


def test_the_same_price_in_a_pool_is_taken_in_the_order_of_the_groups():
    bought = {"outsourcing": Outsourcing(30, most_hours=HOURS), "pay_per_hour": 20}
    found = pool_of([13.5, 10], **bought)
    assert (found.overtime_fte[:, 0], found.outsourced_fte[:, 0]) == (pytest.approx([1, 1]), pytest.approx([0, 1]))
    assert found.missing[:, 0] == pytest.approx([0.5, 0])


def test_committed_hours_of_one_group_help_the_others_of_its_pool():
    found = pool_of([11, 10], outsourcing=Outsourcing(50, committed_hours=HOURS))
    assert found.overtime_fte == pytest.approx(0)
    assert found.missing == pytest.approx(0)


def test_draws_are_filled_like_budgets_one_by_one():
    groups = {name: team_of(name, people=10, pool="p", overtime=0.1, overtime_pay=1.5, pay_per_hour=pay,
                            outsourcing=Outsourcing(28 + pay / 10, 50, 300))
              for name, pay in (("a", 20), ("b", 21))}  # fmt: skip
    asked = budget_of({**groups, "c": team_of("c", people=4, overtime=0.2, overtime_pay=2, pay_per_hour=19)}, 2)
    draw = np.random.default_rng(5)
    shrinkage = draw.uniform(0, 0.5, (40, 3, 2))
    at_work, missing = draw.uniform(3, 9, shrinkage.shape), draw.uniform(-3, 8, shrinkage.shape)
    ladder = ladder_needing(asked, 1)
    together = filled(fillers_of(asked, replace(ladder, shrinkage=shrinkage)), missing, at_work)
    for one in range(40):
        fillers = fillers_of(asked, replace(ladder, shrinkage=shrinkage[one]))
        for all_of_it, alone in zip(together, filled(fillers, missing[one], at_work[one]), strict=True):
            assert np.array_equal(all_of_it[one], alone)
