"""What customers get from the people who are there: the required agents of every interval x coverage, predicted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from wfm.budgeting.known import Known
from wfm.budgeting.requirement import Required, RequiredQueue, parts_of
from wfm.budgeting.result import DemandFigures, HeadcountFigures, Ladder, ServiceFigures
from wfm.budgeting.weeks import Week
from wfm.measures.counts import BUSY, STAFFED, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.model.budget.budget import Budget
from wfm.model.budget.week import DAYS

PROMISE_KEPT, PROMISE_OF, OFFERED, ANSWERED, ABANDONED, WAITED = (
    COLUMNS.index(name)
    for name in ("promise_kept", "promise_of", "offered", "answered", "abandoned", "wait_of_answered")
)
NO_LIMIT = ("none", "closed")  # what binds where there are no contacts


def service_of(
    budget: Budget,
    demand: DemandFigures,
    required: Required,
    ladder: Ladder,
    headcount: HeadcountFigures,
    predict_by: object,
    known: Known | None = None,
) -> ServiceFigures:
    """What customers get, by contact type and period, and what they would with exactly the required agents.

    Contact types that wait in one queue get the same service. One that is answered in several queues gets theirs by its
    parts of the contacts.
    """
    known = Known() if known is None else known
    known.predict(asked_of(budget, required, ladder, headcount), predict_by)
    coverage = coverage_of(budget, required, ladder, headcount)
    contacts, times = _counted(budget, demand, required, coverage, predict_by, known)
    wanted, meant = _counted(budget, demand, required, [np.ones_like(one) for one in coverage], predict_by, known)
    calendar, types = budget.calendar, list(budget.contact_types.values())
    waits = np.array([[one.is_live] for one in types])
    levels = [one.target.service_level for one in types]
    waited = np.where(waits, _over(contacts, WAITED, ANSWERED), np.nan)
    answered = _answered(budget, demand, contacts, times, np.isinf(waited))
    return ServiceFigures(
        coverage=_coverage_by_type(budget, demand, required, coverage),
        service_level=_over(contacts, PROMISE_KEPT, PROMISE_OF),
        abandonment=np.where(waits, _over(contacts, ABANDONED, OFFERED), np.nan),
        average_speed_of_answer=waited,
        occupancy=_over(times, BUSY, STAFFED),
        busy_hours=times[:, :, BUSY] / 3600,
        staffed_hours=times[:, :, STAFFED] / 3600,
        answered=answered,
        resolved=answered * np.array([calendar.spread(one.first_contact_resolution) for one in types]),
        promise_of=contacts[:, :, PROMISE_OF],
        required_service_level=_over(wanted, PROMISE_KEPT, PROMISE_OF),
        required_occupancy=_over(meant, BUSY, STAFFED),
        required_abandonment=np.where(waits, _over(wanted, ABANDONED, OFFERED), np.nan),
        target=np.array([calendar.spread(np.nan if level is None else level) for level in levels]),
        binding=_binding(budget, demand, required),
    )


def _answered(
    budget: Budget, demand: DemandFigures, contacts: np.ndarray, times: np.ndarray, overloaded: np.ndarray
) -> np.ndarray:
    """float64[types, periods]: contacts answered; where a queue grows for ever, those whom there is time for."""
    answered = demand.offered * np.nan_to_num(_over(contacts, ANSWERED, OFFERED))
    paces = np.array([[one.pace] for one in budget.contact_types.values()])
    worked = times[:, :, BUSY] / (demand.aht / paces)
    return np.where(overloaded, np.minimum(worked, answered), answered)


def asked_of(
    budget: Budget, required: Required, ladder: Ladder, headcount: HeadcountFigures
) -> list[tuple[Week, np.ndarray]]:
    """The weeks that are predicted, each with its agents: those who are there, and those who are required."""
    asked = []
    for one, coverage in zip(required.queues, coverage_of(budget, required, ladder, headcount), strict=True):
        for weeks, requirements, share in zip(one.weeks, one.requirements, coverage, strict=False):
            for week, requirement in zip(weeks, requirements, strict=True):
                asked += [(week, _agents(requirement.whole, share)), (week, _agents(requirement.whole, 1.0))]
    return asked


def coverage_of(budget: Budget, required: Required, ladder: Ladder, headcount: HeadcountFigures) -> list[np.ndarray]:
    """float64[..., periods] of each queue: net hours on the line there, over those required; 1 where none are."""
    on_the_line = headcount.fte * ladder.fte_hours * ladder.schedule_fit * (1 - ladder.shrinkage)
    names, found = list(budget.agent_groups), []
    for one in required.queues:
        there = on_the_line[..., [names.index(group) for group in one.queue.groups], :].sum(axis=-2)
        found.append(np.divide(there, one.net_hours, out=np.ones_like(there), where=one.net_hours > 0))
    return found


def _coverage_by_type(
    budget: Budget, demand: DemandFigures, required: Required, coverage: Sequence[np.ndarray]
) -> np.ndarray:
    """float64[types, periods]: that of the type's queue; of several, by its parts of their required hours."""
    there, wanted = np.zeros((2, len(budget.contact_types), budget.calendar.periods))
    for one, share in zip(required.queues, coverage, strict=True):
        hours = parts_of(one.queue.taken(demand.workload_hours)) * one.net_hours
        there[one.queue.rows] += hours * share
        wanted[one.queue.rows] += hours
    return np.divide(there, wanted, out=np.ones_like(there), where=wanted > 0)


def _counted(
    budget: Budget,
    demand: DemandFigures,
    required: Required,
    coverage: Sequence[np.ndarray],
    method: object,
    known: Known,
) -> tuple[np.ndarray, np.ndarray]:
    """Contacts, float64[types, periods, COLUMNS], and seconds, float64[types, periods, TIMES], at a coverage."""
    shape = len(budget.contact_types), budget.calendar.periods
    contacts, times = np.zeros((*shape, len(COLUMNS))), np.zeros((*shape, len(TIMES)))
    for one, share in zip(required.queues, coverage, strict=True):
        offered, work = one.queue.taken(demand.offered), one.queue.taken(demand.workload_hours)
        if one.queue.is_live:
            seen = [_seen(one, period, share[period], known, method) for period in range(shape[1])]
            counted, spent = (np.array(part) for part in zip(*seen, strict=True))
        else:
            counted, spent = _worked(one, offered.sum(axis=0), work.sum(axis=0), share)
        contacts[one.queue.rows] += _shared(parts_of(offered), counted)
        times[one.queue.rows] += _shared(parts_of(work), spent)
    return contacts, times


def _seen(one: RequiredQueue, period: int, share: float, known: Known, method: object) -> tuple[np.ndarray, np.ndarray]:
    """Contacts and seconds of a queue in a period, over all its days."""
    contacts, times = np.zeros(len(COLUMNS)), np.zeros(len(TIMES))
    for week, requirement in zip(one.weeks[period], one.requirements[period], strict=True):
        served = known.prediction(week, _agents(requirement.whole, share), method)
        happens = week.days > 0
        contacts += (week.days[happens, None] * served.contacts[happens]).sum(axis=0)
        times += (week.days[happens, None] * served.times[happens]).sum(axis=0)
    return contacts, times


def _agents(whole: np.ndarray, share: float) -> np.ndarray:
    """float64[intervals]: the required agents of a week's one group x coverage."""
    return np.asarray(whole[0] * float(share))


def _worked(
    one: RequiredQueue, offered: np.ndarray, work: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contacts and seconds of e-mail in each period: what there are no hours for is not worked."""
    contacts, times = np.zeros((len(offered), len(COLUMNS))), np.zeros((len(offered), len(TIMES)))
    done = np.minimum(1.0, share)
    contacts[:, OFFERED], contacts[:, ANSWERED] = offered, offered * done
    times[:, BUSY], times[:, STAFFED] = 3600 * work * done, 3600 * one.net_hours * share
    return contacts, times


def _binding(budget: Budget, demand: DemandFigures, required: Required) -> np.ndarray:
    """str[types, periods]: the limit that forces the last agent in most intervals of all queues that answer a type."""
    periods = range(budget.calendar.periods)
    votes: dict[str, list[Counter[str]]] = {name: [Counter() for _ in periods] for name in budget.contact_types}
    for one in required.queues:
        by_period = _limits(one) if one.queue.is_live else _limits_of_work(one, demand)
        for name in one.queue.types:
            for period in periods:
                votes[name][period] += by_period[period]
    return np.array([[_commonest(vote) for vote in row] for row in votes.values()])


def _limits(one: RequiredQueue) -> list[Counter[str]]:
    """In how many intervals of each period each limit forces the last agent."""
    found = []
    for weeks, requirements in zip(one.weeks, one.requirements, strict=True):
        votes: Counter[str] = Counter()
        for week, requirement in zip(weeks, requirements, strict=True):
            of_days = requirement.binding[0].reshape(DAYS, -1).tolist()
            for names, often in zip(of_days, week.days.tolist(), strict=True):
                for name, number in Counter(names).items():
                    votes[name] += often * number
        found.append(votes)
    return found


def _limits_of_work(one: RequiredQueue, demand: DemandFigures) -> list[Counter[str]]:
    """What sets the hours of e-mail: the occupancy that is allowed, or the fewest agents."""
    by_work = one.queue.hours_by_work(demand.workload_hours)
    names = np.where(one.net_hours > by_work, "min_agents", np.where(by_work > 0, "max_occupancy", "none"))
    return [Counter([str(name)]) for name in names]


def _commonest(votes: Counter[str]) -> str:
    """The limit that binds most often; "none" where no interval has contacts."""
    limits = {name: number for name, number in votes.items() if name not in NO_LIMIT and number > 0}
    return max(limits, key=lambda name: limits[name], default="none")


def _shared(parts: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """float64[types, periods, columns]: amounts of each period by parts; no part of an infinite wait is no wait."""
    shape = (*parts.shape, amounts.shape[1])
    return np.multiply(
        parts[:, :, None], amounts, out=np.zeros(shape), where=np.broadcast_to(parts[:, :, None] > 0, shape)
    )


def _over(counts: np.ndarray, above: int, below: int) -> np.ndarray:
    """One count over another; NaN without a denominator."""
    top, bottom = counts[:, :, above], counts[:, :, below]
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
