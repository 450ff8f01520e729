"""One replication alone, as it happened: who waited, who was busy, and what became of each contact."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wfm.measures.counts import BUSY, COUNTS
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.simulation.contact_log import LogOne, rows_of, table
from wfm.simulation.days import replication_key, staffing
from wfm.simulation.ledger import IS_ANSWERED, Books, Log
from wfm.simulation.lowering import World

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class Steps:
    """A whole number that changes at instants.

    Args:
        times: float64[n], seconds from the horizon's start, ascending, each once.
        values: int64[n], what holds from each time on, until the next; before the first it is 0.

    >>> waiting = Steps.of(starts=np.array([1.0, 2.0]), ends=np.array([5.0, 3.0]))
    >>> waiting.times.tolist(), waiting.values.tolist()
    ([1.0, 2.0, 3.0, 5.0], [1, 2, 1, 0])
    >>> waiting.most(np.array([0.0, 1.5, 2.5, 6.0])).tolist()
    [1, 2, 2]
    >>> waiting.mean(np.array([0.0, 1.0, 5.0])).tolist()
    [0.0, 1.25]
    """

    times: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, starts: np.ndarray, ends: np.ndarray) -> Steps:
        """How many spans hold at each time; each span holds from its start up to, not with, its end."""
        times, place = np.unique(np.concatenate([starts, ends]), return_inverse=True)
        changes = np.bincount(place, weights=np.repeat([1.0, -1.0], [len(starts), len(ends)]), minlength=len(times))
        matters = changes != 0
        return cls(times[matters], np.cumsum(changes[matters]).astype(np.int64))

    def at(self, time: np.ndarray) -> np.ndarray:
        """int64: what holds at each time."""
        place = np.searchsorted(self.times, time, side="right")
        return np.concatenate([[0], self.values])[place]

    def most(self, edges: np.ndarray) -> np.ndarray:
        """int64[len(edges) - 1]: the largest value between successive edges, the first of each two included."""
        both = np.union1d(self.times, edges)
        values = self.at(both)
        return np.maximum.reduceat(values[:-1], np.searchsorted(both, edges[:-1])) if len(both) > 1 else values[:0]

    def mean(self, edges: np.ndarray) -> np.ndarray:
        """float64[len(edges) - 1]: the time average between successive edges."""
        both = np.union1d(self.times, edges)
        area = np.concatenate([[0.0], np.cumsum(self.at(both)[:-1] * np.diff(both))])
        found: np.ndarray = np.diff(area[np.searchsorted(both, edges)]) / np.diff(edges)
        return found


@dataclass(frozen=True, eq=False, repr=False)
class Replay:
    """One replication of a centre under a plan.

    Args:
        center, plan, replication, seed: what was simulated; the first replication of a seed is 0.
        log: every contact, as arrays; `contacts` is the same as a table.
        books: what was counted, of this replication alone.
        on_duty: int64[groups, intervals], agents on duty, absence and rounding drawn.
        waiting: contacts that wait, over time, by contact type.
        busy: agents who are busy, over time, by agent group.
    """

    center: ContactCenter
    plan: StaffingPlan
    replication: int
    seed: int
    world: World = field(repr=False)
    log: Log
    books: Books
    on_duty: np.ndarray

    def __repr__(self) -> str:
        return f"Replay(replication {self.replication} of seed {self.seed}, {len(self.log.arrival):,} contacts)"

    @cached_property
    def contacts(self) -> polars.DataFrame:
        """The contact log: one row per contact, in order of arrival."""
        return table(self.center, [rows_of(self.center, self.world, self.replication, self.log)])

    @cached_property
    def waiting(self) -> dict[str, Steps]:
        types = enumerate(self.center.contact_types)
        return {name: self.waiting_among(self.log.contact_type == k) for k, name in types}

    @cached_property
    def all_waiting(self) -> Steps:
        """Contacts of all types that wait, over time."""
        return self.waiting_among(np.ones(len(self.log.arrival), np.bool_))

    @cached_property
    def busy(self) -> dict[str, Steps]:
        groups = enumerate(self.center.agent_groups)
        return {name: self.busy_among(self.log.agent_group == g) for g, name in groups}

    @cached_property
    def wait(self) -> np.ndarray:
        """float64[contacts]: seconds until the answer, or until the contact was lost."""
        return self.log.decided - self.log.arrival

    @cached_property
    def interval(self) -> np.ndarray:
        """int64[contacts]: index of the interval of arrival."""
        return np.searchsorted(self.center.horizon.edges, self.log.arrival, side="right") - 1

    def counted(self, name: str) -> np.ndarray:
        """int64[types, intervals]: contacts by interval of arrival; `name` is one of `wfm.measures.counts.COUNTS`."""
        found: np.ndarray = self.books.counts[0, :, :, COUNTS.index(name)]
        return found

    @cached_property
    def longest_wait(self) -> np.ndarray:
        """float64[intervals]: the longest wait of a contact that arrives in each, seconds; NaN where none arrives."""
        longest = np.full(self.center.horizon.intervals, np.nan)
        np.fmax.at(longest, self.interval, self.wait)
        return longest

    @cached_property
    def longest_queue(self) -> np.ndarray:
        """int64[intervals]: the most contacts of all types that wait at once."""
        return self.all_waiting.most(self.center.horizon.edges)

    @cached_property
    def mean_busy(self) -> np.ndarray:
        """float64[groups, intervals]: agents who are busy, time average; those beyond the number on duty count too."""
        found: np.ndarray = self.books.times[0, :, :-1, BUSY] / 1e6 / self.center.horizon.interval
        return found

    def worst(self, most: int = 10, among: np.ndarray | None = None) -> np.ndarray:
        """int64[at most `most`]: rows of the contacts that waited longest, the longest first; none that did not wait.

        among: bool[contacts], the contacts that are looked at; absent: all.
        """
        looked_at = self.wait > 0 if among is None else (self.wait > 0) & among
        rows = np.flatnonzero(looked_at)
        found: np.ndarray = rows[np.argsort(-self.wait[rows], kind="stable")][:most]
        return found

    def answered_late(self) -> np.ndarray:
        """bool[contacts]: whether a contact was answered, but not within its type's threshold."""
        within = self.world.answer_within[self.log.contact_type]
        found: np.ndarray = (self.log.outcome == IS_ANSWERED) & (self.log.decided > self.log.arrival + within)
        return found

    def busy_among(self, chosen: np.ndarray) -> Steps:
        """Agents who are busy with chosen contacts, over time; chosen: bool[contacts], all of them answered."""
        return Steps.of(self.log.decided[chosen], self.log.freed[chosen])

    def waiting_among(self, chosen: np.ndarray) -> Steps:
        """How many of some contacts wait, over time; chosen: bool[contacts]."""
        waits = chosen & (self.log.decided > self.log.arrival)
        return Steps.of(self.log.arrival[waits], self.log.decided[waits])


def replay_of(
    log_one: LogOne,
    center: ContactCenter,
    plan: StaffingPlan,
    world: World,
    seed: int,
    replication: int,
) -> Replay:
    """Simulate one replication by an engine's `run_logged`, and keep all of it."""
    books, log = log_one(world, seed, replication)
    levels = np.empty((len(center.agent_groups), center.horizon.intervals + 1), np.int64)
    staffing(world, np.uint64(replication_key(seed, replication)), levels)
    on_duty = np.where(world.on_duty, levels[:, :-1], 0)
    return Replay(center, plan, replication, seed, world, log, books, on_duty)
