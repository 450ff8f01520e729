"""Budget against actual: what each cause did to required FTE, people and money, in parts that add up exactly."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wfm.budgeting.budget import budgets
from wfm.budgeting.demand import demand_of
from wfm.budgeting.headcount import Staff, staff_of
from wfm.budgeting.known import Known
from wfm.budgeting.money import indices_of
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.words import money
from wfm.errors import Fault, InputError, fault, nearest
from wfm.model.budget.actual import Actual
from wfm.model.budget.budget import Budget
from wfm.model.budget.varied import budget_varied
from wfm.model.paths import joined
from wfm.model.variation import Change

# What may come otherwise than budgeted, in the order in which it is told, and what it is called.
CAUSES = {
    "volume": "volume", "aht": "AHT", "shrinkage": "shrinkage", "schedule_fit": "schedule fit",
    "attrition": "attrition", "pay": "pay",
}  # fmt: skip
MEASURES = {
    "required_fte": "required FTE", "heads": "heads on the payroll", "paid_hours": "paid hours", "cost": "cost",
}  # fmt: skip
RECORDED = ("heads", "paid_hours", "cost")  # measures that have an actual figure of their own
DIGITS = {"required_fte": 1, "heads": 1, "paid_hours": 0, "cost": 0}


@dataclass(frozen=True, eq=False)
class VarianceRow:
    """One figure of a period, from its budget to what came.

    Args:
        measure: required_fte; heads, on the payroll, mean of the period; paid_hours, of the payroll and overtime; cost.
        group: agent group; None for all of them together, and for `cost` what belongs to no group as well.
        budgeted: as budgeted.
        parts: what each cause changed; they add up to explained - budgeted. Only causes that were recorded.
        explained: what the budget would have been, had it known what was recorded of the causes.
        actual: what was recorded of the figure itself; None where it was not.
        unexplained: actual - explained; None without an actual figure.
    """

    measure: str
    group: str | None
    budgeted: float
    parts: Mapping[str, float]
    explained: float
    actual: float | None = None

    @property
    def unexplained(self) -> float | None:
        return None if self.actual is None else self.actual - self.explained


@dataclass(frozen=True, eq=False)
class Variance:
    """Budget against actual of one period.

    Args:
        period: its index.
        causes: those that were recorded, of volume, aht, shrinkage, schedule_fit, attrition and pay.
        rows: by measure, each group and then all of them.
        told: the same in sentences, and what was left out.
    """

    period: int
    causes: tuple[str, ...]
    rows: tuple[VarianceRow, ...]
    told: tuple[str, ...]

    def row(self, measure: str, group: str | None = None) -> VarianceRow:
        """The row of a measure, of a group or of all; KeyError where it is left out."""
        for one in self.rows:
            if (one.measure, one.group) == (measure, group):
                return one
        raise KeyError(f"{measure} of {group or 'all groups'} is left out")


def variance(budget: Budget, actual: Actual, method: object = "erlang-a", known: Known | None = None) -> Variance:
    """Budget against actual of one period, split into its causes.

    A cause's part is its Shapley value (1953): what it changes when it comes after some of the others, averaged over
    all orders in which they can come. So no order is chosen, the parts add up, and what two causes do only together is
    shared by them. For each set of causes the budget is worked out anew, requirement and all.

    Recorded volume is contacts that reached agents; all that is budgeted of the type in the period is scaled by it.
    Recorded attrition is the share of those who were there before that left in the period; of each tenure it leaves
    the budgeted part, scaled. What was recorded of some types or groups only is as budgeted for the others.

    Args:
        budget: what was budgeted.
        actual: what came.
        method: of the requirement.
        known: requirements of calls before.

    Raises:
        InputError: a name that is not in the budget, or a figure that the budget has nothing to set against.

    >>> import wfm
    >>> from wfm.model.budget.actual import Actual, ActualType
    >>> budget = wfm.load_budget(wfm.example("budget_year"))
    >>> found = variance(budget, Actual(2, {"calls": ActualType(volume=60_000, aht=330)}))
    >>> row = found.row("required_fte")
    >>> found.causes, abs(sum(row.parts.values()) - (row.explained - row.budgeted)) < 1e-9
    (('volume', 'aht'), True)
    """
    faults = list(_faults(budget, actual))
    if faults:
        raise InputError(faults, "actual")
    changes, planned, came = _changes(budget, actual), staff_of(budget), _people_that_came(budget, actual)
    causes = [cause for cause in CAUSES if changes[cause] or (cause == "attrition" and came is not None)]
    asked, staffs = [budget], [planned]
    for cause in causes:
        # Bit i of the place says whether cause i is among those that came.
        asked += [budget_varied(one, changes[cause]) if changes[cause] else one for one in asked]
        staffs += staffs if came is None or cause != "attrition" else [came] * len(staffs)
    results = budgets(asked, method, known=known, staffs=staffs)
    values = np.array([_figures(one, actual.period) for one in results])
    rows = tuple(_rows(budget, actual, causes, values, results[-1]))
    return Variance(actual.period, tuple(causes), rows, tuple(_told(budget, actual, rows)))


def shapley(values: np.ndarray) -> np.ndarray:
    """float64[causes, ...]: the part of each cause in the change from none to all of them; the parts add up to it.

    Args:
        values: float64[2^causes, ...]; bit i of the place says whether cause i is among those that came.

    >>> price, volume = np.array([10.0, 12.0]), np.array([100.0, 110.0])
    >>> shapley(np.array([price[0] * volume[0], price[1] * volume[0], price[0] * volume[1], price[1] * volume[1]]))
    array([210., 110.])
    """
    causes = len(values).bit_length() - 1
    places = np.arange(len(values))
    size = np.array([int(place).bit_count() for place in places])
    orders = np.array([math.factorial(one) * math.factorial(max(causes - one - 1, 0)) for one in size])
    parts = np.zeros((causes, *values.shape[1:]))
    for cause in range(causes):
        before = places[places >> cause & 1 == 0]
        weights = orders[before] / math.factorial(causes)
        parts[cause] = np.tensordot(weights, values[before | 1 << cause] - values[before], axes=1)
    if causes:
        # The largest part takes what the others' roundings leave.
        rest = values[-1] - values[0] - parts.sum(axis=0)
        largest = np.abs(parts).argmax(axis=0)[None]
        np.put_along_axis(parts, largest, np.take_along_axis(parts, largest, axis=0) + rest, axis=0)
    return parts


def _faults(budget: Budget, actual: Actual) -> Iterator[Fault]:
    """Names and figures that the budget has nothing to set against."""
    calendar = budget.calendar
    if not 0 <= actual.period < calendar.periods:
        rule = f"must be a period of the budget, {calendar.names[0]} to {calendar.names[-1]}"
        yield fault("period", rule, actual.period)
        return
    offered = dict(zip(budget.contact_types, demand_of(budget).offered[:, actual.period], strict=True))
    for name, one in actual.types.items():
        if name not in offered:
            yield fault(name, f"is no contact type of the budget; {nearest(name, offered)}", name)
        elif one.volume and not offered[name]:
            rule = f"has nothing to be set against; none is budgeted in {calendar.names[actual.period]}"
            yield fault(f"{name}.volume", rule, one.volume)
    for name, group in actual.groups.items():
        if name not in budget.agent_groups:
            yield fault(name, f"is no agent group of the budget; {nearest(name, budget.agent_groups)}", name)
        elif group.pay_per_hour is not None and budget.agent_groups[name].pay_per_hour is None:
            yield fault(f"{name}.pay_per_hour", "has nothing to be set against; none is budgeted", group.pay_per_hour)


def _changes(budget: Budget, actual: Actual) -> dict[str, list[Change]]:
    """What each cause changes in the period; none for attrition, which changes people and no value of the budget."""
    calendar, period = budget.calendar, actual.period
    found: dict[str, list[Change]] = {cause: [] for cause in CAUSES}

    def change(cause: str, keys: tuple[str, str, str], now: float | None, before: np.ndarray) -> None:
        if now is not None:
            level = before.tolist()
            level[period] = now
            found[cause].append(Change(joined(keys), "factor" if cause == "volume" else "value", tuple(level)))

    offered = dict(zip(budget.contact_types, demand_of(budget).offered[:, period], strict=True))
    for name, one in actual.types.items():
        factor = one.volume / offered[name] if one.volume is not None and offered[name] else None
        change("volume", ("contact_types", name, "volume"), factor, np.ones(calendar.periods))
        change("aht", ("contact_types", name, "aht"), one.aht, calendar.spread(budget.contact_types[name].aht))
    for name, group in actual.groups.items():
        team, keys = budget.agent_groups[name], ("agent_groups", name)
        change("shrinkage", (*keys, "shrinkage"), group.shrinkage, team.shrinkage.total(calendar.periods))
        change("schedule_fit", (*keys, "schedule_fit"), group.schedule_fit, calendar.spread(team.schedule_fit))
        if group.pay_per_hour is not None:
            # The budget has one rate, in the pay of its first period.
            level = group.pay_per_hour / float(indices_of(budget)[0][period])
            found["pay"].append(Change(joined((*keys, "pay_per_hour")), "value", level))
    return found


def _people_that_came(budget: Budget, actual: Actual) -> Staff | None:
    """The people of the budget, had it known the attrition of the period; None where none was recorded."""
    given = [(list(budget.agent_groups).index(name), one.attrition) for name, one in actual.groups.items()]
    rates = {group: rate for group, rate in given if rate is not None}
    if not rates:
        return None
    there, stay = np.zeros(len(budget.agent_groups)), np.zeros(len(budget.agent_groups))

    def counted(group: int, period: int, heads: np.ndarray, rate: float) -> np.ndarray:
        if period == actual.period:
            there[group] += heads
            stay[group] += heads * (1 - rate)
        return heads * rate

    def that_came(group: int, period: int, heads: np.ndarray, rate: float) -> np.ndarray:
        if period == actual.period and group in rates and stay[group] > 0:
            rate = 1 - (1 - rate) * (1 - rates[group]) * there[group] / stay[group]
        return heads * rate

    staff_of(budget, counted)
    return staff_of(budget, that_came)


def _figures(result: BudgetResult, period: int) -> np.ndarray:
    """float64[MEASURES, groups and all]: what is set side by side, in one period."""
    ladder, headcount, money = result.ladder, result.headcount, result.money
    paid = headcount.heads * ladder.fte_per_head * ladder.fte_hours + headcount.overtime_hours
    by_group = np.array([one[:, period] for one in (ladder.fte, headcount.heads, paid, money.of_groups)])
    together = by_group.sum(axis=1)
    together[list(MEASURES).index("cost")] = money.total[period]  # with what belongs to no group
    return np.column_stack([by_group, together])


def _rows(
    budget: Budget, actual: Actual, causes: Sequence[str], values: np.ndarray, last: BudgetResult
) -> Iterator[VarianceRow]:
    """A row of each measure and group, and of all groups; without what has no figure."""
    parts = shapley(values)
    names: list[str | None] = [*budget.agent_groups, None]
    of_no_group = float(last.money.total[actual.period] - last.money.of_groups[:, actual.period].sum())
    for i, measure in enumerate(MEASURES):
        for k, name in enumerate(names):
            if np.isnan(values[:, i, k]).any():
                continue
            recorded = _recorded(actual, measure, budget.agent_groups if name is None else [name])
            if recorded is not None and name is None and measure == "cost":
                recorded += of_no_group
            of_causes = {cause: float(parts[at, i, k]) for at, cause in enumerate(causes)}
            yield VarianceRow(measure, name, float(values[0, i, k]), of_causes, float(values[-1, i, k]), recorded)


def _recorded(actual: Actual, measure: str, groups: Collection[str]) -> float | None:
    """What was recorded of a measure for some groups together; None unless it was for each of them."""
    if measure not in RECORDED:
        return None
    found = [getattr(actual.groups[name], measure) for name in groups if name in actual.groups]
    known = [one for one in found if one is not None]
    return float(sum(known)) if len(known) == len(groups) else None


def _told(budget: Budget, actual: Actual, rows: Sequence[VarianceRow]) -> Iterator[str]:
    """The rows of all groups in sentences, and what they leave out."""
    together = {one.measure: one for one in rows if one.group is None}
    for one in together.values():
        yield f"{budget.calendar.names[actual.period]}, {_in_words(one, budget.money.currency)}."
    if "cost" not in together:
        without = [name for name, team in budget.agent_groups.items() if team.pay_per_hour is None]
        yield f"Cost is left out where {', '.join(without)} counts in: there is no pay_per_hour."
    elif together["cost"].actual is not None and _has_money_of_no_group(budget):
        yield "Self-service and credits are not recorded; the actual cost has them as the causes explain them."


def _in_words(row: VarianceRow, currency: str) -> str:
    """A row in a clause."""
    digits = DIGITS[row.measure]
    unit = currency if row.measure == "cost" else ""

    def told(amount: float, signed: bool = False) -> str:
        return money(amount, unit, digits, signed)

    words = f"{MEASURES[row.measure]}: {told(row.budgeted)} budgeted"
    parts = [f"{CAUSES[cause]} {told(part, signed=True)}" for cause, part in row.parts.items() if round(part, digits)]
    if parts:
        words += f", {told(row.explained)} with what came ({', '.join(parts)})"
    else:
        words += ", which no cause changed"
    if row.actual is None or row.unexplained is None:
        return words
    return f"{words}; {told(row.actual)} recorded, {told(row.unexplained, signed=True)} unexplained"


def _has_money_of_no_group(budget: Budget) -> bool:
    return any(one.deflection_cost or one.credits for one in budget.contact_types.values())
