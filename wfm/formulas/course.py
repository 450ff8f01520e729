"""The course of a queue over a horizon, under a staffing that is changed in one interval after another.

A change in one interval moves that interval, the last contacts of those before, and those after it until the chain has
forgotten the change. Only these are worked out again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from wfm.formulas.transient import Days, counts_of
from wfm.measures.definitions import COLUMNS
from wfm.model.center import Target
from wfm.queueing.over_time.transient import (
    MtMstM,
    empty_system,
    interval_figures,
    mixed_system,
    on_duty,
    run_interval,
    sum_of,
)

FORGOTTEN = 1e-11  # a difference of the chain's law, or of expected contacts, that counts as none
BUSY, STAFFED = len(COLUMNS), len(COLUMNS) + 1

Systems = list[Any]  # where the chain is, for each factor of the day


@dataclass(frozen=True, eq=False)
class Interval:
    """One interval as it would be: float64[COLUMNS, then BUSY, STAFFED], and where the chain is after it."""

    index: int
    row: np.ndarray
    after: Systems


class Course:
    """What is expected of every interval of one queue.

    Args:
        queue, target, days: what is staffed.
        agents: int64[intervals], the staffing; closed intervals are set to 0.

    Attributes:
        agents: the present staffing; `rows`: float64[intervals, COLUMNS, then BUSY, STAFFED], what it brings.
    """

    def __init__(self, queue: MtMstM, target: Target, days: Days, agents: np.ndarray) -> None:
        self.queue, self.definition, self.days = queue, target.definition, days
        self.table = queue.timetable(agents, target.answer_within, target.short_abandon)
        self.intervals = len(self.table.is_open)
        self.agents = np.array(self.table.agents[:-1])
        self.day_ends = np.append(days.day_starts[1:], self.intervals) - 1
        self.rows = np.zeros((self.intervals, len(COLUMNS) + 2))
        self.before = [[empty_system()] * len(days.factors)]

    def run(self) -> None:
        """Work out every interval under the present staffing."""
        for i in range(self.intervals):
            self.take([self._interval(i, self.before[i])])

    def alone_with(self, i: int, agents: int) -> Interval:
        """Interval i with so many agents in it."""
        with closing(self.with_agents(i, agents)) as found:
            return next(found)

    def with_agents(self, i: int, agents: int) -> Generator[Interval, None, None]:
        """What changes with so many agents in interval i: that interval first, then those before and after it.

        The present staffing is in force again when the generator is exhausted or closed.
        """
        present = int(self.agents[i])
        self.staff(slice(i, i + 1), agents)
        try:
            own = self._interval(i, self.before[i])
            yield own
            yield from self._earlier(i)
            yield from self._later(own)
        finally:
            self.staff(slice(i, i + 1), present)

    def from_now_on(self, i: int, agents: int) -> Interval:
        """Interval i with so many agents, who stay for ever after. Intervals are `take`n in their order."""
        self.staff(slice(i, None), agents)
        return self._interval(i, self.before[i])

    def take(self, found: list[Interval], agents: int | None = None) -> None:
        """Make intervals that were looked at the present course, the first of them with so many agents."""
        if agents is not None:
            self.staff(slice(found[0].index, found[0].index + 1), agents)
        for one in found:
            self.rows[one.index] = one.row
            if one.index >= found[0].index:
                self.before[one.index + 1 : one.index + 2] = [one.after]

    def copied(self) -> tuple[np.ndarray, np.ndarray, list[Systems]]:
        """The present course, to be restored if what is tried next is no better."""
        return self.agents.copy(), self.rows.copy(), list(self.before)

    def restore(self, copied: tuple[np.ndarray, np.ndarray, list[Systems]]) -> None:
        """Make a copied course the present one."""
        self.agents, self.rows, self.before = copied
        self._put_on_duty()

    def staff(self, where: slice, agents: int) -> None:
        """Set the staffing of some intervals, without looking at what it brings."""
        self.agents[where] = agents
        self._put_on_duty()

    def _put_on_duty(self) -> None:
        self.table.agents[:] = on_duty(self.agents, self.table.is_open, self.queue.after_close)

    def _earlier(self, i: int) -> Iterator[Interval]:
        """The intervals before i whose contacts still wait in i."""
        for j in range(i - 1, -1, -1):
            one = self._interval(j, self.before[j])
            if np.abs(one.row - self.rows[j]).max() <= FORGOTTEN:
                return
            yield one

    def _later(self, own: Interval) -> Iterator[Interval]:
        """The intervals after `own` until the chain is where it would have been anyway."""
        systems = own.after
        for j in range(own.index + 1, self.intervals):
            if all(_distance(new, old) <= FORGOTTEN for new, old in zip(systems, self.before[j], strict=True)):
                return
            one = self._interval(j, systems)
            yield one
            systems = one.after

    def _interval(self, i: int, systems: Systems) -> Interval:
        found = [
            run_interval(self.table, system, i, factor)
            for system, factor in zip(systems, self.days.factors.tolist(), strict=True)
        ]
        row = self._row(self.days.weights @ np.array([row for row, _ in found]))
        after = [system for _, system in found]
        if i in self.day_ends:
            after = [mixed_system(after, self.days.weights)] * len(after)
        return Interval(i, row, after)

    def _row(self, figures: np.ndarray) -> np.ndarray:
        named = interval_figures(figures[None], float(self.queue.interval))
        counts = counts_of(named, self.definition)[0]
        return np.concatenate([counts, named.busy, named.staffed])


def _distance(one: Any, other: Any) -> float:
    return float(np.abs(sum_of(one.level, -other.level)).sum() + np.abs(sum_of(one.excess, -other.excess)).sum())
