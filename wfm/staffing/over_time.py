"""The least plan by the exact time-varying queue: what one interval leaves waiting, the next one has to answer.

Intervals are staffed in their order, each with the least agents that keep its targets, given those before it. Then
agents are added where a fall in staffing left contacts of the interval before unanswered, and taken off wherever the
targets can spare one. Targets over the day begin with the plan of Erlang A; agents are added where they win most and
taken off where they are missed least. In the end no agent can be taken off any interval without a target being missed.

Whether another distribution of fewer agents would do is looked at by adding one and taking others off in turn. That is
no proof: over a day a plan of one agent less may exist.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from wfm.errors import InputError, fault
from wfm.formulas.course import BUSY, STAFFED, Course, Interval
from wfm.formulas.stationary import queue_of
from wfm.formulas.transient import Transient, check_work, days_of, queue_over_time
from wfm.measures.definitions import COLUMNS
from wfm.model.center import MOST_AGENTS, ContactCenter
from wfm.staffing.day import required_over_days
from wfm.staffing.limits import limits_of, required

SLACK = 1e-12  # a target that is missed by rounding alone is met
PROMISE_KEPT, PROMISE_OF, OFFERED, ANSWERED, ABANDONED, WAITED = (
    COLUMNS.index(name)
    for name in ("promise_kept", "promise_of", "offered", "answered", "abandoned", "wait_of_answered")
)


@dataclass(frozen=True)
class Limit:
    """One limit: by how much rows of expected counts miss it, and what that is measured against."""

    bound: float
    lack: Callable[[np.ndarray, float], float]
    size: int

    def is_missed(self, row: np.ndarray) -> bool:
        return self.lack(row, self.bound) > SLACK * max(1.0, self.bound) * row[self.size]


LACKS: dict[str, tuple[Callable[[np.ndarray, float], float], int]] = {
    "service_level": (lambda row, bound: bound * row[PROMISE_OF] - row[PROMISE_KEPT], PROMISE_OF),
    "max_abandonment": (lambda row, bound: row[ABANDONED] - bound * row[OFFERED], OFFERED),
    "max_average_speed_of_answer": (lambda row, bound: row[WAITED] - bound * row[ANSWERED], ANSWERED),
    "max_occupancy": (lambda row, bound: row[BUSY] - bound * row[STAFFED], STAFFED),
}


class Promises:
    """The limits of one contact type, those kept in every interval and those kept over each day.

    Args:
        in_interval, over_day: limits by name; days: int64[intervals]; is_busy: bool[intervals], where contacts are
        expected: only those are judged.
    """

    def __init__(self, limits: dict[str, float], per: str, days: np.ndarray, is_busy: np.ndarray) -> None:
        known = {name: Limit(bound, *LACKS[name]) for name, bound in limits.items()}
        # An occupancy limit protects agents in every interval, whatever customers are promised over the day.
        over_day = {name for name in known if per == "day" and name != "max_occupancy"}
        self.in_interval = {name: limit for name, limit in known.items() if name not in over_day}
        self.over_day = {name: limit for name, limit in known.items() if name in over_day}
        self.days, self.is_busy = days, is_busy

    def missed_in(self, one: Interval) -> str | None:
        """The first limit that an interval misses by itself."""
        if not self.is_busy[one.index]:
            return None
        return next((name for name, limit in self.in_interval.items() if limit.is_missed(one.row)), None)

    def missed_over(self, day: int, rows: np.ndarray) -> str | None:
        """The first limit that a day misses."""
        row = rows[(self.days == day) & self.is_busy].sum(axis=0)
        return next((name for name, limit in self.over_day.items() if limit.is_missed(row)), None)

    def lack_over(self, day: int, rows: np.ndarray, found: list[Interval]) -> float:
        """By how much a day misses its limits with some intervals changed, as a share; below 0: to spare."""
        rows = rows.copy()
        for one in found:
            rows[one.index] = one.row
        row = rows[(self.days == day) & self.is_busy].sum(axis=0)
        return max(limit.lack(row, limit.bound) / row[limit.size] / limit.bound for limit in self.over_day.values())

    def missed_with(
        self, rows: np.ndarray, found: Generator[Interval, None, None]
    ) -> tuple[str | None, list[Interval]]:
        """The first limit that is missed with intervals changed in `rows`, and the intervals that were looked at."""
        looked: list[Interval] = []
        with closing(found):
            for one in found:
                looked.append(one)
                missed = self.missed_in(one)
                if missed:
                    return missed, looked
        if self.over_day:
            rows = rows.copy()
            for one in looked:
                rows[one.index] = one.row
            for day in {int(self.days[one.index]) for one in looked}:
                missed = self.missed_over(day, rows)
                if missed:
                    return missed, looked
        return None, looked


def required_over_time(
    center: ContactCenter, contact_type: str, method: Transient
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole and fractional agents and the binding limit of each interval; the fractional ones are the whole ones."""
    described, group = center.contact_types[contact_type], center.agent_groups[center.group_of(contact_type)]
    queue, days, limits = queue_of(center, contact_type), center.horizon.days, limits_of(center, contact_type)
    is_busy = queue.volume > 0
    promises = Promises(limits, described.target.per, days, is_busy)
    fewest = np.where(center.is_open(contact_type), np.maximum(group.min_agents, is_busy), 0)
    most = MOST_AGENTS if queue.lines is None else queue.lines
    if described.target.per == "day":
        guess = required_over_days(queue, days, "erlang-a", limits, described.target)[0]
    else:
        guess = np.zeros(len(days), np.int64)
        guess[is_busy] = np.minimum(required(queue.erlang("erlang-a", is_busy), limits, described.target).whole, most)
    check_work(center, contact_type, np.maximum(guess, fewest))
    course = Course(
        queue_over_time(center, contact_type, method), described.target, days_of(center, contact_type), fewest
    )
    for i in range(course.intervals):
        course.take([_least(course, promises, i, int(max(guess[i], fewest[i])), int(fewest[i]), most)])
    course.run()  # so far each interval was looked at as if its staffing stayed for ever after
    for i in np.flatnonzero(is_busy).tolist():
        _add_until_kept(course, promises, i, most)
    if promises.over_day:
        for day in np.unique(days[is_busy]).tolist():
            _staff_day(course, promises, day, fewest)
    binding = _take_off(course, promises, fewest)
    return course.agents.copy(), course.agents.astype(np.float64), binding


def _least(course: Course, promises: Promises, i: int, guess: int, fewest: int, most: int) -> Interval:
    """Interval i with the least agents that keep its own limits, if they stayed for ever after."""
    if not promises.is_busy[i] or not promises.in_interval:
        return course.from_now_on(i, guess if promises.is_busy[i] else fewest)
    agents, one = guess, course.from_now_on(i, guess)
    while promises.missed_in(one) and agents < most:
        agents += 1
        one = course.from_now_on(i, agents)
    if agents > guess or promises.over_day:  # one agent less was looked at on the way up, or may serve the day
        return one
    while agents > fewest:
        less = course.from_now_on(i, agents - 1)
        if promises.missed_in(less):
            course.staff(slice(i, None), agents)
            break
        agents, one = agents - 1, less
    return one


def _add_until_kept(course: Course, promises: Promises, i: int, most: int) -> None:
    """Add agents to interval i until it keeps its own limits under the staffing that really follows."""
    agents = int(course.agents[i])
    own = Interval(i, course.rows[i], [])
    while missed := promises.missed_in(own):
        agents += 1
        if agents > most:
            raise InputError([fault(f"target.{missed}", f"cannot be kept with at most {most} agents or lines")])
        own = course.alone_with(i, agents)
    if agents > course.agents[i]:
        course.take(list(course.with_agents(i, agents)), agents)


def _staff_day(course: Course, promises: Promises, day: int, fewest: np.ndarray) -> None:
    """Staff a day whose limits are kept over the day as a whole.

    Agents are added where they win most and taken off where they are missed least. Then one more is added, and others
    are taken off in turn, for as long as that needs fewer agents in all.
    """
    _add_where_it_wins_most(course, promises, day)
    _take_off_where_least_missed(course, promises, day, fewest)
    while True:
        before, agents = course.copied(), course.agents.sum()
        _add_where_it_wins_most(course, promises, day, at_least=1)
        _take_off_where_least_missed(course, promises, day, fewest)
        if course.agents.sum() >= agents:
            course.restore(before)
            return


def _add_where_it_wins_most(course: Course, promises: Promises, day: int, at_least: int = 0) -> None:
    """Add agents to a day, one by one, each where it takes most off what the limits lack, until they are kept."""

    def lack_with_one_more(i: int) -> tuple[float, list[Interval]]:
        found = list(course.with_agents(i, int(course.agents[i]) + 1))
        return promises.lack_over(day, course.rows, found), found

    chosen = np.flatnonzero((promises.days == day) & promises.is_busy).tolist()
    queue: list[tuple[float, int]] = []
    while at_least > 0 or promises.missed_over(day, course.rows):
        present = promises.lack_over(day, course.rows, [])
        if not queue:
            queue = [(lack_with_one_more(i)[0] - present, i) for i in chosen]
            heapify(queue)
        # What an agent wins somewhere hardly changes with agents elsewhere: only the best is looked at again.
        _, i = heappop(queue)
        lack, found = lack_with_one_more(i)
        won = lack - present
        if queue and won > queue[0][0]:
            heappush(queue, (won, i))
            continue
        if won >= 0 and promises.missed_over(day, course.rows):
            name = promises.missed_over(day, course.rows)
            raise InputError([fault(f"target.{name}", "cannot be kept over the day with any number of agents")])
        course.take(found, int(course.agents[i]) + 1)
        at_least -= 1
        heappush(queue, (won, i))


def _take_off_where_least_missed(course: Course, promises: Promises, day: int, fewest: np.ndarray) -> None:
    """Take agents off a day, one by one, each where the limits suffer least, while all of them are kept."""

    def with_one_less(i: int) -> tuple[str | None, list[Interval]]:
        return promises.missed_with(course.rows, course.with_agents(i, int(course.agents[i]) - 1))

    chosen = np.flatnonzero((promises.days == day) & promises.is_busy & (course.agents > fewest)).tolist()
    queue = []
    for i in chosen:
        missed, found = with_one_less(i)
        if not missed:
            queue.append((promises.lack_over(day, course.rows, found), i))
    heapify(queue)
    while queue:
        _, i = heappop(queue)
        missed, found = with_one_less(i)
        if missed:
            continue
        lack = promises.lack_over(day, course.rows, found)
        if queue and lack > queue[0][0]:
            heappush(queue, (lack, i))
            continue
        course.take(found, int(course.agents[i]) - 1)
        if course.agents[i] > fewest[i]:
            heappush(queue, (lack, i))


def _take_off(course: Course, promises: Promises, fewest: np.ndarray) -> np.ndarray:
    """Take agents off wherever no target is missed by it; str[intervals], the limit that forces each last agent."""
    # Where contacts are expected, somebody is there, even if no limit asks for it.
    binding = np.where(promises.is_busy, "min_agents", "none").astype("<U32")
    settled = False
    while not settled:
        settled = True
        for i in reversed(np.flatnonzero(promises.is_busy).tolist()):
            agents = int(course.agents[i])
            if agents == 0:
                continue
            missed, found = promises.missed_with(course.rows, course.with_agents(i, agents - 1))
            if missed:
                binding[i] = missed
            elif agents <= fewest[i]:
                binding[i] = "min_agents"
            else:
                course.take(found, agents - 1)
                settled = False
    return binding
