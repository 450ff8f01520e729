"""Does a budget cost what its rates say, line by line, as pay and prices grow?"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from payrolls import YEAR, budget_of, ladder_needing, team_of

from wfm.budgeting.headcount import headcount_of, staff_of
from wfm.budgeting.money import indices_of, money_of
from wfm.budgeting.result import GROUP_LINES, LINES, DemandFigures, MoneyFigures, ServiceFigures
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Contract, HiringClass, Outsourcing, Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import Money
from wfm.model.center import Target

NONE = math.nan


def costs_of(asked: Budget, required: Any, service_level: Any = 1.0, deflected: Any = 0.0) -> MoneyFigures:
    """What a budget costs at a given requirement, service level and number of deflected contacts."""
    shape = (len(asked.contact_types), asked.calendar.periods)
    rows = {"service_level": np.broadcast_to(service_level, shape), "deflected": np.broadcast_to(deflected, shape)}
    others = np.zeros(shape)
    demand = DemandFigures(**{name: rows.get(name, others) for name in DemandFigures.__dataclass_fields__})
    service = ServiceFigures(**{name: rows.get(name, others) for name in ServiceFigures.__dataclass_fields__})
    ladder = ladder_needing(asked, required)
    return money_of(asked, demand, ladder, headcount_of(asked, staff_of(asked), ladder), service)


def test_every_line_of_a_group():
    team = team_of(
        people=10, contracts={"full": Contract(40, 0.5), "half": Contract(20, 0.5)}, classes=[HiringClass(YEAR, 4)],
        training_weeks=2, pay_per_hour=20, on_cost=0.25, overtime=0.5, overtime_pay=1.5, hiring_cost=1000,
        training_cost=50, tools=30, outsourcing=Outsourcing(40, committed_hours=10, most_hours=20),
    )  # fmt: skip
    money = costs_of(budget_of({"a": team}, 1), 50)
    hours = 40 * 31 / 7
    # 14 heads are 10.5 FTE; those who work are 10 + 4 x 17 / 31 heads.
    pay, overtime = 10.5 * hours * 20, 0.5 * (10 + 4 * 17 / 31) * 0.75 * hours * 30
    expected = {
        "pay": pay,
        "overtime": overtime,
        "on_cost": 0.25 * (pay + overtime),
        "outsourcing": 800,
        "hiring": 4000,
        "training": 4 * 2 * 50,
        "tools": 14 * 30,
    }
    assert {name: float(money.by_group[name][0, 0]) for name in GROUP_LINES} == pytest.approx(expected)
    assert money.total == pytest.approx([sum(expected.values())])
    assert money.of_groups.sum() == pytest.approx(sum(expected.values()))


def test_tools_are_paid_by_the_month_and_pay_by_the_day():
    team = team_of(people=10, pay_per_hour=20, tools=30)
    weeks, months = costs_of(budget_of({"a": team}, 52, "week"), 0), costs_of(budget_of({"a": team}, 12), 0)
    assert weeks.line("tools").sum() == pytest.approx(months.line("tools").sum() * 364 / 365.25)
    assert weeks.line("pay").sum() == pytest.approx(months.line("pay").sum() * 364 / 365)


def test_committed_hours_are_paid_though_nobody_needs_them():
    team = team_of(people=10, pay_per_hour=20, outsourcing=Outsourcing(40, committed_hours=100))
    assert costs_of(budget_of({"a": team}, 1), 0).line("outsourcing") == pytest.approx([4000])


@pytest.mark.parametrize(
    ("start", "periods", "period", "month", "years"),
    [
        (date(2027, 1, 1), 14, "month", 1, [0] * 12 + [1, 1]),
        (date(2027, 1, 1), 14, "month", 4, [0] * 3 + [1] * 11),
        (date(2027, 4, 1), 14, "month", 4, [0] * 12 + [1, 1]),
        (date(2027, 11, 1), 4, "month", 1, [0, 0, 1, 1]),
        (date(2027, 3, 22), 4, "week", 4, [0, 0, 1, 1]),  # 29 March is not April yet
        (date(2027, 4, 5), 54, "week", 4, [0] * 52 + [1, 1]),
    ],
)
def test_growth_begins_with_its_month(start, periods, period, month, years):
    types = {"calls": Demand(aht=240, volume=1000)}
    money = Money(pay_growth=0.05, price_growth=-0.02, growth_month=month)
    pay, prices = indices_of(Budget(Calendar(start, periods, period), types, {"a": team_of()}, money=money))
    assert pay == pytest.approx(1.05 ** np.array(years))
    assert prices == pytest.approx(0.98 ** np.array(years))


def test_pay_grows_with_pay_and_all_else_with_prices():
    team = team_of(
        people=10, classes=[HiringClass(date(2027, month, 1), 2) for month in (1, 2)], training_weeks=1,
        pay_per_hour=20, on_cost=0.25, hiring_cost=1000, training_cost=50, tools=30,
        outsourcing=Outsourcing(40, committed_hours=10),
    )  # fmt: skip
    still = budget_of({"a": team}, 2)
    grows = budget_of({"a": team}, 2, money=Money(pay_growth=0.1, price_growth=0.03, growth_month=2))
    before, after = costs_of(still, 0, deflected=100), costs_of(grows, 0, deflected=100)
    for name in LINES:
        factor = 1.1 if name in ("pay", "on_cost", "overtime") else 1.03
        assert after.line(name) == pytest.approx(before.line(name) * [1, factor]), name


def test_deflected_contacts_cost_their_price():
    types = {"calls": Demand(aht=240, volume=1000, deflection=0.3, deflection_cost=0.8)}
    asked = Budget(Calendar(YEAR, 1), types, {"a": team_of(pay_per_hour=20)})
    assert costs_of(asked, 0, deflected=300).line("self_service") == pytest.approx([240])


@pytest.mark.parametrize(("level", "owed"), [(0.8, 0), (0.79, 500), (0.7, 500), (0.69, 2000), (0.3, 2000), (NONE, 0)])
def test_the_lowest_missed_level_is_owed(level, owed):
    promise = Demand(
        aht=240, volume=1000, target=Target(service_level=0.8), credits=[Credit(0.8, 500), Credit(0.7, 2000)]
    )
    asked = Budget(Calendar(YEAR, 1), {"calls": promise}, {"a": team_of(pay_per_hour=20)})
    assert costs_of(asked, 0, level).line("credits") == pytest.approx([owed])


def test_pay_that_is_not_given_is_not_nothing():
    groups: dict[str, Team] = {"a": team_of("a", people=5, tools=30), "b": team_of("b", people=5, pay_per_hour=20)}
    money = costs_of(budget_of(groups, 1), 0)
    assert math.isnan(money.by_group["pay"][0, 0])
    assert money.by_group["tools"][0, 0] == pytest.approx(150)
    assert money.by_group["pay"][1, 0] > 0
    assert math.isnan(money.total[0])


def test_nobody_costs_nothing_at_a_rate_that_is_not_given():
    bought = team_of(outsourcing=Outsourcing(40))
    assert costs_of(budget_of({"a": bought}, 1), 2).total == pytest.approx([2 * 40 * 31 / 7 * 40])
