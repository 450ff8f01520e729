"""What a budget costs, line by line: pay, overtime, outsourcing, hiring, training, tools, self-service, credits."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from wfm.budgeting.result import DemandFigures, HeadcountFigures, Ladder, MoneyFigures, ServiceFigures
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Credit
from wfm.model.budget.periods import MONTHS_A_YEAR, Calendar


class OnPayroll(Protocol):
    """What the money of people is worked out from; float64[groups, periods] each."""

    @property
    def heads(self) -> np.ndarray: ...
    @property
    def joined(self) -> np.ndarray: ...
    @property
    def trained_weeks(self) -> np.ndarray: ...


def money_of(
    budget: Budget, demand: DemandFigures, ladder: Ladder, headcount: HeadcountFigures, service: ServiceFigures
) -> MoneyFigures:
    """What a budget costs, in the money of each period.

    Pay is for all on the payroll, in training too. Outsourced hours are those used, the committed ones at least. A
    credit is owed for each period whose predicted service level is below one of its levels; it is a sum that was agreed
    on, so prices do not move it. Where people of a group are paid and `pay_per_hour` is absent, its money is NaN.
    """
    by_group = people_money(budget, ladder.fte_hours, headcount, headcount.overtime_hours, headcount.outsourced_hours)
    types = budget.contact_types.values()
    owed = [credits_of(one.credits, row) for one, row in zip(types, service.service_level, strict=True)]
    by_type = {"self_service": self_service_of(budget, demand), "credits": np.array(owed)}
    return MoneyFigures(by_group, by_type, *indices_of(budget))


def self_service_of(budget: Budget, demand: DemandFigures) -> np.ndarray:
    """float64[types, periods]: money for contacts that try self-service or a bot."""
    tried = np.array([[one.deflection_cost] for one in budget.contact_types.values()])
    return np.asarray(demand.deflected * tried * indices_of(budget)[1])


def people_money(
    budget: Budget, fte_hours: np.ndarray, people: OnPayroll, overtime_hours: np.ndarray, outsourced_hours: np.ndarray
) -> dict[str, np.ndarray]:
    """float64[groups, periods] of each of GROUP_LINES: linear in the people and in the hours.

    Args:
        fte_hours: float64[groups, periods], paid hours of one FTE in the period.
        people: on the payroll. overtime_hours: paid. outsourced_hours: on the line, bought.
    """
    teams = list(budget.agent_groups.values())
    _, prices = indices_of(budget)
    overtime_price, outsourcing_price = prices_of(budget)
    fte_per_head, on_cost, hiring, training, tools = np.array(
        [(one.fte_per_head, one.on_cost, one.hiring_cost, one.training_cost, one.tools) for one in teams]
    ).T[..., None]
    pay = _times(people.heads * fte_per_head * fte_hours, pay_rates(budget))
    overtime = _times(overtime_hours, overtime_price / (1 + on_cost))
    return {
        "pay": pay,
        "on_cost": on_cost * (pay + overtime),
        "overtime": overtime,
        "outsourcing": outsourced_hours * outsourcing_price,
        "hiring": people.joined * hiring * prices,
        "training": people.trained_weeks * training * prices,
        "tools": people.heads * tools * budget.calendar.months * prices,
    }


def pay_rates(budget: Budget) -> np.ndarray:
    """float64[groups, periods]: money per paid hour; NaN where it is not given."""
    rates = [math.nan if one.pay_per_hour is None else one.pay_per_hour for one in budget.agent_groups.values()]
    return np.array(rates)[:, None] * indices_of(budget)[0]


def prices_of(budget: Budget) -> tuple[np.ndarray, np.ndarray]:
    """float64[groups, periods] each: money per hour of overtime, on-cost in it, and per outsourced hour on the line.

    NaN for overtime where pay is not given or no overtime is paid; outsourcing is 0 where none can be bought.
    """
    teams = list(budget.agent_groups.values())
    extra = [math.nan if one.overtime_pay is None else one.overtime_pay * (1 + one.on_cost) for one in teams]
    bought = [0.0 if one.outsourcing is None else one.outsourcing.price_per_hour for one in teams]
    return pay_rates(budget) * np.array(extra)[:, None], np.array(bought)[:, None] * indices_of(budget)[1]


def indices_of(budget: Budget) -> tuple[np.ndarray, np.ndarray]:
    """float64[periods] each: pay, and prices, over those of the first period."""
    money = budget.money
    years = growths_of(budget.calendar, money.growth_month)
    return (1 + money.pay_growth) ** years, (1 + money.price_growth) ** years


def growths_of(calendar: Calendar, month: int) -> np.ndarray:
    """int64[periods]: how often the month of growth has begun since the month of the first period."""
    counted = np.array([MONTHS_A_YEAR * day.year + day.month - month for day in calendar.edges[:-1]])
    return counted // MONTHS_A_YEAR - counted[0] // MONTHS_A_YEAR


def _times(hours: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Hours x rate; no hours cost nothing, whatever the rate."""
    return np.where(hours == 0, 0.0, hours * rate)


def credits_of(owed: tuple[Credit, ...], service_level: np.ndarray) -> np.ndarray:
    """float64[..., periods]: the credit with the lowest level that is missed; none where there was no contact."""
    money = np.zeros_like(service_level)
    for one in sorted(owed, key=lambda one: -one.below):
        money = np.where(service_level < one.below, one.amount, money)
    return money
