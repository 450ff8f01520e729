"""What a budget comes to in a few figures: all of it, one period or one group; what is short and what is missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.model.budget.budget import queues_of

if TYPE_CHECKING:
    import polars

    from wfm.budgeting.result import BudgetResult

SHORT = 0.005  # share of the requirement: what is missing below it is within the rounding of a plan

# What a ladder's steps are called beside the people who are there, whose heads and FTE are others.
RENAMED = {"fte": "required_fte", "heads": "required_heads", "payroll_heads": "required_payroll_heads"}


@dataclass(frozen=True)
class Summary:
    """A budget, or a period or a group of it, in a few figures.

    Args:
        offered: contacts that reach agents; answered: of these, or worked if e-mail; resolved: of these, settled.
        contained: contacts that self-service or a bot settled; 0 for a group.
        required_fte, fte, gap: means over the days; gap is fte less required_fte.
        heads: on the payroll, mean over the days.
        cost: money; of a group, its own lines, without self-service and credits.
        cost_per_contact: cost / answered. cost_per_resolved: cost / (resolved + contained). NaN without any.
        service_level: of the contact types with a promise, sums over sums; NaN without any.
        abandonment: of those that wait in a queue; occupancy: of all agents who work; sums over sums.
    """

    offered: float
    answered: float
    resolved: float
    contained: float
    required_fte: float
    fte: float
    gap: float
    heads: float
    cost: float
    cost_per_contact: float
    cost_per_resolved: float
    service_level: float
    abandonment: float
    occupancy: float


class Shortage(NamedTuple):
    """A period, by its index, in which a group misses people: FTE of what its queue misses, above 0."""

    group: str
    period: int
    fte: float


class Missed(NamedTuple):
    """A period, by its index, in which a contact type is predicted below the service level that is promised."""

    contact_type: str
    period: int
    service_level: float
    target: float


def summary(result: BudgetResult, period: int | None = None, group: str | None = None) -> Summary:
    """A budget in a few figures.

    Args:
        result: what it comes to.
        period: index of one; absent: all.
        group: name of one; absent: all. Contacts and service are those of its parts of the contact types.

    Raises:
        InputError: no such period or group.
    """
    budget, service, demand = result.budget, result.service, result.demand
    days = _chosen(result, period)
    weights, rows = _parts(result, group)
    answered = _total(weights * service.answered, days)
    resolved = _total(weights * service.resolved, days)
    contained = 0.0 if group is not None else _total(demand.contained, days)
    required, there, heads = (
        float((part[rows].sum(axis=0) @ days) / days.sum())
        for part in (result.ladder.fte, result.headcount.fte, result.headcount.heads)
    )
    money = result.money.total if group is None else result.money.of_groups[rows].sum(axis=0)
    cost = _total(money, days)
    promised = np.isfinite(service.target) & (service.promise_of > 0)
    live = np.array([[one.is_live] for one in budget.contact_types.values()]) & (demand.offered > 0)
    return Summary(
        offered=_total(weights * demand.offered, days),
        answered=answered,
        resolved=resolved,
        contained=contained,
        required_fte=required,
        fte=there,
        gap=there - required,
        heads=heads,
        cost=cost,
        cost_per_contact=_over(cost, answered),
        cost_per_resolved=_over(cost, resolved + contained),
        service_level=_ratio(service.service_level, service.promise_of, weights * promised, days),
        abandonment=_ratio(service.abandonment, demand.offered, weights * live, days),
        occupancy=_over(_total(weights * service.busy_hours, days), _total(weights * service.staffed_hours, days)),
    )


def _chosen(result: BudgetResult, period: int | None) -> np.ndarray:
    """float64[periods]: the days of the periods that count, 0 for the others."""
    calendar = result.budget.calendar
    days = calendar.days.astype(np.float64)
    if period is None:
        return days
    if not 0 <= period < calendar.periods:
        raise InputError([fault("period", f"must be an index from 0 to {calendar.periods - 1}", period)])
    return np.where(np.arange(calendar.periods) == period, days, 0.0)


def _parts(result: BudgetResult, group: str | None) -> tuple[np.ndarray, list[int]]:
    """float64[types, 1], the part of each contact type that counts, and the rows of the groups that do."""
    groups, types = result.budget.agent_groups, result.budget.contact_types
    if group is None:
        return np.ones((len(types), 1)), list(range(len(groups)))
    if group not in groups:
        raise InputError([fault("group", f"is not an agent group; {nearest(group, groups)}", group)])
    return np.array([[groups[group].skills.get(name, 0.0)] for name in types]), [list(groups).index(group)]


def _total(amounts: np.ndarray, days: np.ndarray) -> float:
    """All that falls into the periods that count."""
    return float(amounts[..., days > 0].sum())


def _ratio(shares: np.ndarray, amounts: np.ndarray, weights: np.ndarray, days: np.ndarray) -> float:
    """A share of several amounts together, without those that have no weight."""
    of = np.where(weights > 0, weights * amounts, 0.0)
    return _over(_total(np.where(of > 0, shares * of, 0.0), days), _total(of, days))


def _over(amount: float, by: float) -> float:
    return amount / by if by > 0 else np.nan


def shortages(result: BudgetResult) -> list[Shortage]:
    """The periods in which a group and its queue miss more than 0.5 % of what they require, worst first."""
    missing, required, groups = result.headcount.missing, result.ladder.fte, list(result.budget.agent_groups)
    found = []
    for names in queues_of(result.budget.agent_groups).values():
        rows = [groups.index(name) for name in names]
        of_queue = missing[rows].sum(axis=0) > SHORT * required[rows].sum(axis=0)
        for row, period in np.argwhere((missing[rows] > SHORT * required[rows]) & of_queue):
            found.append(Shortage(names[row], int(period), float(missing[rows[row], period])))
    return sorted(found, key=lambda one: -one.fte)


def missed(result: BudgetResult) -> list[Missed]:
    """The periods in which a promised service level is predicted to be missed, in the order of the contact types."""
    level, target = result.service.service_level, result.service.target
    with np.errstate(invalid="ignore"):
        below = np.argwhere(level < target - 1e-9)
    types = list(result.budget.contact_types)
    return [Missed(types[k], int(t), float(level[k, t]), float(target[k, t])) for k, t in below]


def by_group(result: BudgetResult) -> polars.DataFrame:
    """A tidy table, a row per agent group and period: the ladder's steps, the people, the lines of money."""
    columns = {RENAMED.get(name, name): values for name, values in _arrays(result.ladder)}
    columns |= dict(_arrays(result.headcount)) | dict(result.money.by_group) | {"cost": result.money.of_groups}
    return _table(result, "group", list(result.budget.agent_groups), columns)


def by_type(result: BudgetResult) -> polars.DataFrame:
    """A tidy table, a row per contact type and period: demand, service, the lines of money."""
    columns = dict(_arrays(result.demand)) | dict(_arrays(result.service)) | dict(result.money.by_type)
    return _table(result, "contact_type", list(result.budget.contact_types), columns)


def _arrays(figures: Any) -> list[tuple[str, np.ndarray]]:
    return [(name, values) for name, values in vars(figures).items() if isinstance(values, np.ndarray)]


def _table(result: BudgetResult, kind: str, names: list[str], columns: dict[str, np.ndarray]) -> polars.DataFrame:
    import polars

    calendar = result.budget.calendar
    heads = {
        kind: np.repeat(names, calendar.periods),
        "period": np.tile(calendar.names, len(names)),
        "start": list(calendar.edges[:-1]) * len(names),
    }
    return polars.DataFrame({**heads, **{name: values.ravel() for name, values in columns.items()}})
