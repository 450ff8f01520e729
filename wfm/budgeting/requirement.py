"""The net hours that a budget requires: a typical week of every queue and period, asked of the engine together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from wfm.budgeting.known import Known
from wfm.budgeting.result import DemandFigures
from wfm.budgeting.weeks import TYPE, Queue, Weeks, open_hours, queues_in, weeks_of
from wfm.errors import InputError, WfmError, fault
from wfm.model.budget.budget import Budget
from wfm.model.center import MOST_CONTACTS
from wfm.staffing.requirement import Requirement

ROUNDING = 1e-9  # agents


@dataclass(frozen=True, eq=False)
class RequiredQueue:
    """What a queue requires.

    Args:
        queue: its name, groups and contact types.
        net_hours, unrounded_net_hours: float64[periods], as in `Ladder`. peak_net: float64[periods].
        weeks: of each period, its typical weeks; none of e-mail, whose work waits for hours.
        requirements: of each of these weeks.
    """

    queue: Queue
    net_hours: np.ndarray
    unrounded_net_hours: np.ndarray
    peak_net: np.ndarray
    weeks: Weeks
    requirements: tuple[tuple[Requirement, ...], ...]


@dataclass(frozen=True, eq=False)
class Required:
    """What a budget requires; float64[groups, periods] each, as in `Ladder`.

    Args:
        queues: the same by queue.
        method: of the requirement.
    """

    workload_hours: np.ndarray
    net_hours: np.ndarray
    unrounded_net_hours: np.ndarray
    peak_net: np.ndarray
    queues: tuple[RequiredQueue, ...]
    method: object


def required_of(budget: Budget, demand: DemandFigures, method: object, known: Known | None = None) -> Required:
    """What a budget requires, by a method of `wfm.requirement`."""
    return requirements_of([budget], [demand], method, known)[0]


def requirements_of(
    budgets: Sequence[Budget], demands: Sequence[DemandFigures], method: object, known: Known | None = None
) -> list[Required]:
    """What each of many budgets requires; weeks that are not known yet are asked of the engine in one call.

    Raises:
        InputError: a promise that is missing or cannot be kept, by its contact type and period.
    """
    known = Known() if known is None else known
    asked = []
    for budget, demand in zip(budgets, demands, strict=True):
        check_promises(budget)
        asked.append([(queue, weeks_of(budget, demand, queue)) for queue in queues_in(budget)])
        for queue, weeks in asked[-1]:
            _check_size(budget, queue, weeks)
    known.require(
        [week for queues in asked for queue, weeks in queues if queue.is_live for week in chain(*weeks)], method
    )
    return [
        _added_up(budget, demand, queues, method, known)
        for budget, demand, queues in zip(budgets, demands, asked, strict=True)
    ]


def _check_size(budget: Budget, queue: Queue, weeks: Weeks) -> None:
    """Refuse weeks of more contacts than a centre may have."""
    for name, of_period in zip(budget.calendar.names, weeks, strict=True):
        contacts = sum(float(week.volume.sum()) for week in of_period)
        if contacts > MOST_CONTACTS:
            rule = f"has more than {MOST_CONTACTS:,} contacts in a week of {name}"
            raise InputError([fault(f"contact_types.{queue.types[0]}", rule, round(contacts))], budget.title)


def check_promises(budget: Budget) -> None:
    """Refuse queues for which no limit says how many agents are enough."""
    faults = []
    for queue in queues_in(budget):
        name = queue.types[0]
        target = budget.contact_types[name].target
        limits = target.service_level, target.max_abandonment, target.max_average_speed_of_answer, queue.max_occupancy
        if queue.is_live and all(limit is None for limit in limits):
            rule = "is missing; a requirement needs a target, or a max_occupancy of its agent group"
            faults.append(fault(f"contact_types.{name}.target", rule))
    if faults:
        raise InputError(faults, budget.title)


def _added_up(
    budget: Budget,
    demand: DemandFigures,
    queues: Sequence[tuple[Queue, Weeks]],
    method: object,
    known: Known,
) -> Required:
    """The hours of a budget's groups, from the weeks of its queues."""
    names = list(budget.agent_groups)
    work, net, unrounded, peak = np.zeros((4, len(names), budget.calendar.periods))
    found = []
    for queue, weeks in queues:
        one = _by_engine(budget, queue, weeks, method, known) if queue.is_live else _by_work(demand, queue, weeks)
        found.append(one)
        shares = queue.shares @ demand.workload_hours[queue.rows]
        for group, share, part in zip(queue.groups, shares, parts_of(shares, queue.min_agents), strict=True):
            row = names.index(group)
            work[row], net[row], unrounded[row] = share, part * one.net_hours, part * one.unrounded_net_hours
            peak[row] = np.ceil(part * one.peak_net - ROUNDING)
    return Required(work, net, unrounded, peak, tuple(found), method)


def parts_of(amounts: np.ndarray, otherwise: np.ndarray | None = None) -> np.ndarray:
    """float64[rows, periods]: the part of each row in all of them; where there is nothing, of weights, or alike.

    Args:
        amounts: float64[rows, periods], such as the work of each group of a queue.
        otherwise: float64[rows], weights where there is nothing, such as `min_agents`.

    >>> parts_of(np.array([[30.0, 0.0], [10.0, 0.0]]))
    array([[0.75, 0.5 ],
           [0.25, 0.5 ]])
    """
    if otherwise is None or not otherwise.any():
        otherwise = np.ones(len(amounts))
    weights = np.where(amounts.sum(axis=0) > 0, amounts, otherwise[:, None])
    return np.asarray(weights / weights.sum(axis=0))


def _by_engine(budget: Budget, queue: Queue, weeks: Weeks, method: object, known: Known) -> RequiredQueue:
    """Hours of a queue in which customers wait: those of all its days."""
    hours, names = budget.calendar.interval / 3600, budget.calendar.names
    found = tuple(
        tuple(_requirement(budget, queue, known.requirement(week, method), name) for week in of_period)
        for name, of_period in zip(names, weeks, strict=True)
    )
    net, unrounded, peak = np.zeros((3, budget.calendar.periods))
    for period, of_period in enumerate(weeks):
        for week, one in zip(of_period, found[period], strict=True):
            net[period] += week.over_days(one.whole[0]) * hours
            unrounded[period] += week.over_days(one.unrounded[0]) * hours
            peak[period] = max(peak[period], float(one.whole[0].max()))
    return RequiredQueue(queue, net, unrounded, peak, weeks, found)


def _requirement(budget: Budget, queue: Queue, found: Requirement | WfmError, period: str) -> Requirement:
    """What was found; what is at fault with it is told by contact type and period."""
    if isinstance(found, Requirement):
        return found
    if not isinstance(found, InputError):
        raise found
    faults = []
    for one in found.faults:
        where = f"contact_types.{queue.types[0]}.{one.where.removeprefix(f'contact_types.{TYPE}.')}"
        faults.append(replace(one, where=where, rule=f"{one.rule}, in {period}"))
    raise InputError(faults, budget.title)


def _by_work(demand: DemandFigures, queue: Queue, weeks: Weeks) -> RequiredQueue:
    """Hours of e-mail: its work over the occupancy that is allowed, and its fewest agents while it is open."""
    is_open = open_hours(weeks)
    net = np.maximum(queue.hours_by_work(demand.workload_hours), queue.min_agents.sum() * is_open)
    peak = np.ceil(np.divide(net, is_open, out=np.zeros_like(net), where=is_open > 0) - ROUNDING)
    return RequiredQueue(queue, net, net, peak, (), ())
