"""The least plan by the exact time-varying queue: what one interval leaves waiting, the next one has to answer.

Intervals are staffed in their order, each with the least agents that keep its targets, given those before it. Then
agents are added where a fall in staffing left contacts of the interval before unanswered, and taken off wherever the
targets can spare one, until no agent can be taken off any interval without a target being missed. Targets over the day
begin with the plan of Erlang A, and agents are added where they win most.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from wfm.errors import InputError, fault
from wfm.formulas.course import BUSY, STAFFED, Course, Interval
from wfm.formulas.stationary import queue_of
from wfm.formulas.transient import Transient, days_of, queue_over_time
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

    def lack_over(self, day: int, rows: np.ndarray) -> float:
        """By how much a day misses its limits, each in its own bound's unit."""
        row = rows[(self.days == day) & self.is_busy].sum(axis=0)
        lacks = (limit.lack(row, limit.bound) / row[limit.size] / limit.bound for limit in self.over_day.values())
        return sum(max(0.0, lack) for lack in lacks)

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
    course = Course(
        queue_over_time(center, contact_type, method), described.target, days_of(center, contact_type), fewest
    )
    for i in range(course.intervals):
        course.take([_least(course, promises, i, int(max(guess[i], fewest[i])), int(fewest[i]), most)])
    if promises.over_day:
        for day in np.unique(days).tolist():
            _add_where_it_wins_most(course, promises, day, most)
    for i in np.flatnonzero(is_busy).tolist():
        _add_until_kept(course, promises, i, most)
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
    own = course.alone_with(i, agents)
    if not promises.missed_in(own):
        course.take([own])
        return
    while True:
        agents += 1
        if agents > most:
            missed = promises.missed_in(own)
            raise InputError([fault(f"target.{missed}", f"cannot be kept with at most {most} agents or lines")])
        own = course.alone_with(i, agents)
        if not promises.missed_in(own):
            course.take(list(course.with_agents(i, agents)), agents)
            return


def _add_where_it_wins_most(course: Course, promises: Promises, day: int, most: int) -> None:
    """Add agents to a day, one by one, where each takes most off what its limits lack."""
    chosen = np.flatnonzero((promises.days == day) & promises.is_busy)
    if not chosen.size:
        return
    while promises.missed_over(day, course.rows):
        lack = promises.lack_over(day, course.rows)
        best, best_found = lack, None
        for i in chosen.tolist():
            found = list(course.with_agents(i, int(course.agents[i]) + 1))
            rows = course.rows.copy()
            for one in found:
                rows[one.index] = one.row
            left = promises.lack_over(day, rows)
            if left < best:
                best, best_found = left, found
        if best_found is None:
            name = promises.missed_over(day, course.rows)
            raise InputError([fault(f"target.{name}", "cannot be kept over the day with any number of agents")])
        course.take(best_found, int(course.agents[best_found[0].index]) + 1)


def _take_off(course: Course, promises: Promises, fewest: np.ndarray) -> np.ndarray:
    """Take agents off wherever no target is missed by it; str[intervals], the limit that forces each last agent."""
    binding = np.full(course.intervals, "none", dtype="<U32")
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
            elif agents > fewest[i]:
                course.take(found, agents - 1)
                settled = False
    return binding
