"""The reference engine, in SimPy: where what happens in a centre is defined first, to be read.

It is slow and obvious. Every rule stands once, in the order in which things happen at one instant (smaller rank first):

    1  staffing changes; then free agents take waiting contacts
    2  a customer leaves, his line is free; after-contact work starts
    3  an agent is freed: leaves if too many are on duty, else takes the oldest waiting contact, else is idle
    5  a contact arrives: blocked? answered? balks? joins the queue
    6  patience ends: the contact abandons
    8  closing: contacts that wait are dropped, or carried, or served by those who stay
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappush
from typing import Any

import numpy as np
import simpy

from wfm.measures.counts import COUNTS, TIMES
from wfm.simulation.days import day_factors, replication_key, staffing
from wfm.simulation.keys import AFTER_CONTACT_WORK, BALKING, GAP, PATIENCE, TALK, child, uniform
from wfm.simulation.ledger import OUTCOMES, Log
from wfm.simulation.lowering import CARRY, DROP, EXPONENTIAL, World
from wfm.simulation.quantiles import draw, quantile

STAFFING, LEAVES, FREED, ARRIVES, GIVES_UP, CLOSES = 1, 2, 3, 5, 6, 8


class Calendar(simpy.Environment):
    """SimPy's event queue, with events at absolute times and in an order that does not depend on insertion."""

    def at(self, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        """Do something at an absolute time. Ties go by rank, then by number."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: action())
        heappush(self._queue, (time, rank, number, event))  # type: ignore[misc]


@dataclass(eq=False)
class Contact:
    """One contact on its way."""

    kind: int
    interval: int
    key: np.uint64
    arrival: float
    number: int = 0
    outcome: str = ""
    decided: float = 0.0
    left: float = 0.0
    freed: float = 0.0


@dataclass(eq=False)
class Queue:
    """Contacts of one type that wait, and the group that serves them."""

    kind: int
    waiting: deque[Contact] = field(default_factory=deque)
    on_duty: int = 0
    busy: int = 0
    booked_until: int = 0


class Centre:
    """One replication of a centre."""

    def __init__(self, world: World, seed: int, replication: int) -> None:
        types, intervals = world.volume.shape
        self.world = world
        self.calendar = Calendar()
        self.queues = [Queue(kind) for kind in range(types)]
        self.free_lines = world.lines
        self.counts = np.zeros((types, intervals, len(COUNTS)), np.int64)
        self.times = np.zeros((types, intervals + 1, len(TIMES)), np.int64)
        key = np.uint64(replication_key(seed, replication))
        self.levels = np.empty((types, intervals + 1), np.int64)
        staffing(world, key, self.levels)
        factors = np.empty((types, int(world.day[-1]) + 1))
        day_factors(world, key, factors)
        self.contacts = self.arrivals(key, factors)

    def run(self) -> None:
        world, at = self.world, self.calendar.at
        for i, edge in enumerate(world.edges):
            at(float(edge), STAFFING, i, lambda i=i: self.change_staffing(i))  # type: ignore[misc]
        for number, contact in enumerate(self.contacts):
            contact.number = number
            at(contact.arrival, ARRIVES, number, lambda contact=contact: self.arrive(contact))  # type: ignore[misc]
        for queue in self.queues:
            for time in self.closings(queue):
                at(time, CLOSES, queue.kind, lambda queue=queue: self.close(queue))  # type: ignore[misc]
        self.calendar.run()
        for queue in self.queues:
            self.give_up_on_all(queue, "unfinished", float(world.edges[-1]))
            self.book_time(queue)

    # ---- what happens

    def change_staffing(self, i: int) -> None:
        for queue in self.queues:
            self.book_time(queue)
            queue.on_duty = int(self.levels[queue.kind, i])
        for queue in self.queues:
            while queue.waiting and queue.busy < queue.on_duty:
                self.answer(queue.waiting.popleft())

    def arrive(self, contact: Contact) -> None:
        queue = self.queues[contact.kind]
        self.count(contact, "offered")
        if self.free_lines == 0:
            self.end(contact, "blocked")
        elif queue.busy < queue.on_duty:
            self.free_lines -= 1
            self.answer(contact)
        else:
            patience = self.patience(contact)
            if patience <= 0:
                self.abandon(contact)
                return
            self.free_lines -= 1
            queue.waiting.append(contact)
            deadline = contact.arrival + patience
            if deadline < np.inf:
                self.calendar.at(deadline, GIVES_UP, contact.number, lambda: self.lose_patience(contact))

    def answer(self, contact: Contact) -> None:
        world, queue, now = self.world, self.queues[contact.kind], self.now
        self.book_time(queue)
        queue.busy += 1
        self.count(contact, "answered")
        self.count(contact, "answered_within", now <= contact.arrival + world.answer_within[contact.kind])
        self.count(contact, "wait_of_answered", microseconds(now) - microseconds(contact.arrival))
        contact.outcome, contact.decided = "answered", now
        contact.left = now + self.variate(world.talk, contact, TALK)
        self.calendar.at(contact.left, LEAVES, contact.number, lambda: self.leave(contact))

    def leave(self, contact: Contact) -> None:
        self.free_lines += 1
        contact.freed = self.now
        if self.world.has_after_contact_work[contact.kind]:
            contact.freed = self.now + self.variate(self.world.after_contact_work, contact, AFTER_CONTACT_WORK)
        self.calendar.at(contact.freed, FREED, contact.number, lambda: self.free_agent(contact))

    def free_agent(self, contact: Contact) -> None:
        queue = self.queues[contact.kind]
        self.book_time(queue)
        queue.busy -= 1
        if queue.waiting and queue.busy < queue.on_duty:
            self.answer(queue.waiting.popleft())

    def lose_patience(self, contact: Contact) -> None:
        if contact.outcome == "":
            self.free_lines += 1
            self.queues[contact.kind].waiting.remove(contact)
            self.abandon(contact)

    def abandon(self, contact: Contact) -> None:
        world, now = self.world, self.now
        self.count(contact, "abandoned_within", now <= contact.arrival + world.answer_within[contact.kind])
        self.count(contact, "short_abandoned", now < contact.arrival + world.short_abandon[contact.kind])
        self.count(contact, "wait_of_unanswered", microseconds(now) - microseconds(contact.arrival))
        self.end(contact, "abandoned")

    def close(self, queue: Queue) -> None:
        outcome = "dropped" if self.world.after_close[queue.kind] == DROP else "unfinished"
        self.give_up_on_all(queue, outcome, self.now)

    def give_up_on_all(self, queue: Queue, outcome: str, now: float) -> None:
        while queue.waiting:
            contact = queue.waiting.popleft()
            self.free_lines += 1
            self.count(contact, "wait_of_unanswered", microseconds(now) - microseconds(contact.arrival))
            self.end(contact, outcome, now)

    # ---- what is drawn

    def arrivals(self, key: np.uint64, factors: np.ndarray) -> list[Contact]:
        """First attempts, merged by time, then contact type in file order, then number."""
        world = self.world
        contacts = []
        for kind, interval in np.ndindex(*world.volume.shape):
            mean_count = world.volume[kind, interval] * factors[kind, world.day[interval]]
            if mean_count <= 0:
                continue
            start, end = world.edges[interval], world.edges[interval + 1]
            mean_gap = (end - start) / mean_count
            interval_key = key_of(key_of(key, world.type_key[kind]), interval)
            total, number = 0.0, 0
            while True:
                contact_key = key_of(interval_key, number)
                total += quantile(world.tables, EXPONENTIAL, uniform(contact_key, GAP))
                arrival = start + total * mean_gap
                if arrival >= end:
                    break
                contacts.append(Contact(kind, interval, contact_key, float(arrival)))
                number += 1
        return sorted(contacts, key=lambda contact: contact.arrival)

    def patience(self, contact: Contact) -> float:
        """How long this customer will wait; 0 if he balks."""
        balking = self.world.balking[contact.kind]
        if balking > 0 and uniform(contact.key, BALKING) < balking:
            return 0.0
        return self.variate(self.world.patience, contact, PATIENCE)

    def variate(self, law, contact: Contact, purpose: np.uint64) -> float:  # type: ignore[no-untyped-def]
        return float(draw(law, self.world.tables, contact.kind, contact.interval, uniform(contact.key, purpose)))

    def closings(self, queue: Queue) -> list[float]:
        """When waiting contacts are given up on: at each closing if dropped, at the horizon's end if carried."""
        world = self.world
        if world.after_close[queue.kind] == DROP:
            return sorted({float(time) for time in world.close[queue.kind][world.is_open[queue.kind]]})
        return [float(world.edges[-1])] if world.after_close[queue.kind] == CARRY else []

    # ---- the books

    @property
    def now(self) -> float:
        return float(self.calendar.now)

    def count(self, contact: Contact, name: str, amount: int = 1) -> None:
        self.counts[contact.kind, contact.interval, COUNTS.index(name)] += amount

    def end(self, contact: Contact, outcome: str, now: float | None = None) -> None:
        self.count(contact, outcome)
        contact.outcome = outcome
        contact.decided = contact.left = contact.freed = self.now if now is None else now

    def book_time(self, queue: Queue) -> None:
        """Book the time since the last change: busy agents, and staffed ones; those who finish late count on both."""
        edges, last = self.world.edges_us, len(self.world.edges_us) - 1
        until = microseconds(self.now)
        while queue.booked_until < until:
            i = int(np.searchsorted(edges, queue.booked_until, side="right")) - 1
            upto = until if i >= last else min(until, int(edges[i + 1]))
            is_open = i < last and self.world.is_open[queue.kind, i]
            present = max(queue.on_duty, queue.busy) if is_open else queue.busy
            self.times[queue.kind, i] += np.array([queue.busy, present]) * (upto - queue.booked_until)
            queue.booked_until = upto


def key_of(parent: np.uint64, index: Any) -> np.uint64:
    """The child's key, as the unsigned number that compiled functions must be given."""
    return np.uint64(child(parent, np.uint64(index)))


def microseconds(time: float) -> int:
    """A time rounded once to whole microseconds."""
    return int(time * 1e6 + 0.5)


def run(world: World, seed: int, first: int, replications: int) -> tuple[np.ndarray, np.ndarray]:
    """As `wfm.simulation.compiled.run`."""
    done = [_run_one(world, seed, first + r) for r in range(replications)]
    return np.array([centre.counts for centre in done]), np.array([centre.times for centre in done])


def run_logged(world: World, seed: int, replication: int) -> tuple[np.ndarray, np.ndarray, Log]:
    """As `wfm.simulation.compiled.run_logged`."""
    centre = _run_one(world, seed, replication)
    rows = [(c.kind, c.arrival, OUTCOMES.index(c.outcome), c.decided, c.left, c.freed) for c in centre.contacts]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    kinds = (np.int64, np.float64, np.int64, np.float64, np.float64, np.float64)
    return centre.counts, centre.times, Log(*(np.array(c, dtype=d) for c, d in zip(columns, kinds, strict=True)))


def _run_one(world: World, seed: int, replication: int) -> Centre:
    centre = Centre(world, seed, replication)
    with np.errstate(over="ignore"):
        centre.run()
    return centre
