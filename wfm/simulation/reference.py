"""The reference engine, in SimPy: where what happens in a centre is defined first, to be read.

It is slow and obvious. Every rule stands once, in the order in which things happen at one instant (smaller rank first):

    1  staffing changes; then free agents, groups in file order, take waiting contacts
    2  a customer leaves, his line is free; after-contact work starts
    3  an agent is freed: leaves if too many are on duty, else takes a waiting contact, else is idle
    4  an overflow delay is over: the contact looks for an agent again
    5  a contact arrives: blocked? answered? balks? joins the queue
    6  patience ends: the contact abandons
    8  closing: contacts that wait are dropped, or carried, or served by those who stay

Who is chosen among several is in `wfm.simulation.rules`, and may be a rule of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any

import numpy as np
import simpy

from wfm.errors import InputError, fault
from wfm.measures.counts import COUNTS
from wfm.measures.waits import bin_of
from wfm.simulation.days import day_factors, held, replication_key, staffing
from wfm.simulation.keys import AFTER_CONTACT_WORK, BALKING, GAP, PATIENCE, TALK, child, uniform
from wfm.simulation.ledger import OUTCOMES, Books, Log, empty_books
from wfm.simulation.lowering import CARRY, DROP, EXPONENTIAL, World
from wfm.simulation.quantiles import draw, quantile
from wfm.simulation.rules import Contact, Group, Queue, RoutingRule

STAFFING, LEAVES, FREED, OVERFLOWS, ARRIVES, GIVES_UP, CLOSES = 1, 2, 3, 4, 5, 6, 8

Rule = Callable[["Centre"], RoutingRule]
Names = tuple[tuple[str, ...], tuple[str, ...]]


class Calendar(simpy.Environment):
    """SimPy's event queue, with events at absolute times and in an order that does not depend on insertion."""

    def at(self, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        """Do something at an absolute time. Ties go by rank, then by number."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: action())
        heappush(self._queue, (time, rank, number, event))  # type: ignore[misc]


class Centre:
    """One replication of a centre: its clock, queues and groups, and what happens to them."""

    def __init__(
        self, world: World, seed: int, replication: int, rule: Rule = RoutingRule, names: Names | None = None
    ) -> None:
        types, intervals = world.volume.shape
        type_names, group_names = names or (
            tuple(f"type {k + 1}" for k in range(types)),
            tuple(f"group {g + 1}" for g in range(len(world.rows))),
        )
        self.world = world
        self.calendar = Calendar()
        self.queues = [Queue(kind, name) for kind, name in enumerate(type_names)]
        self.groups = [Group(number, name) for number, name in enumerate(group_names)]
        self.rule = rule(self)
        self.free_lines = world.routes.lines
        self.books = Books(*(part[0] for part in empty_books(world, 1, percentiles=True)))
        key = np.uint64(replication_key(seed, replication))
        self.levels = np.empty((len(world.rows), intervals + 1), np.int64)
        staffing(world, key, self.levels)
        factors = np.empty((types, int(world.day[-1]) + 1))
        day_factors(world, seed, replication, key, factors)
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
        for group in self.groups:
            self.book_time(group)

    # ---- what happens

    def change_staffing(self, i: int) -> None:
        for group in self.groups:
            self.book_time(group)
            on_duty = np.append(self.world.on_duty[group.number], False)
            opens = bool(on_duty[i] and not on_duty[max(i - 1, 0)])
            group.set_on_duty(int(self.levels[group.number, i]), self.now, opens=opens)
        for queue in self.queues:
            queue.is_held = bool(held(self.world.after_close[queue.kind], self.world.is_open[queue.kind], i))
        for group in self.groups:
            while group.free and (contact := self.contact_for(group)):
                group.idle_since.popleft()
                self.answer_waiting(contact, group)

    def arrive(self, contact: Contact) -> None:
        self.count(contact, "offered")
        if self.free_lines == 0:
            self.end(contact, "blocked")
        elif group := self.group_for(contact):
            self.free_lines -= 1
            group.idle_since.popleft()
            self.answer(contact, group)
        else:
            patience = self.patience(contact)
            if patience <= 0:
                self.abandon(contact)
            else:
                self.free_lines -= 1
                self.join(contact, patience)

    def join(self, contact: Contact, patience: float) -> None:
        at, delays = self.calendar.at, self.world.routes.delays[contact.kind]
        self.queues[contact.kind].waiting.append(contact)
        deadline = contact.arrival + patience
        if deadline < np.inf:
            at(deadline, GIVES_UP, contact.number, lambda: self.lose_patience(contact))
        for index, delay in enumerate(delays[delays < np.inf]):
            number = contact.number * len(delays) + index
            at(contact.arrival + delay, OVERFLOWS, number, lambda: self.look_again(contact))

    def look_again(self, contact: Contact) -> None:
        if contact.outcome == "" and not self.queues[contact.kind].is_held:
            group = self.group_for(contact)
            if group is not None:
                group.idle_since.popleft()
                self.answer_waiting(contact, group)

    def answer_waiting(self, contact: Contact, group: Group) -> None:
        self.queues[contact.kind].waiting.remove(contact)
        self.answer(contact, group)

    def answer(self, contact: Contact, group: Group) -> None:
        world, now = self.world, self.now
        self.book_time(group)
        group.busy += 1
        wait = microseconds(now) - microseconds(contact.arrival)
        self.count(contact, "answered")
        self.count(contact, "answered_within", now <= contact.arrival + world.answer_within[contact.kind])
        self.count(contact, "answered_by_best", world.routes.is_best[contact.kind, group.number])
        self.count(contact, "wait_of_answered", wait)
        self.books.waits[contact.kind, bin_of(np.int64(wait))] += 1
        self.book_queue(contact, now)
        contact.outcome, contact.agent_group, contact.decided = "answered", group.number, now
        contact.left = now + self.handling(world.talk, contact, TALK)
        self.calendar.at(contact.left, LEAVES, contact.number, lambda: self.leave(contact))

    def leave(self, contact: Contact) -> None:
        self.free_lines += 1
        contact.freed = self.now
        if self.world.has_after_contact_work[contact.kind]:
            contact.freed = self.now + self.handling(self.world.after_contact_work, contact, AFTER_CONTACT_WORK)
        self.calendar.at(contact.freed, FREED, contact.number, lambda: self.free_agent(contact))

    def free_agent(self, done: Contact) -> None:
        group = self.groups[done.agent_group]
        self.book_time(group)
        group.busy -= 1
        if group.busy < group.on_duty:
            group.idle_since.append(self.now)
            contact = self.contact_for(group)
            if contact is not None:
                group.idle_since.pop()
                self.answer_waiting(contact, group)

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

    # ---- who may be chosen

    def group_for(self, contact: Contact) -> Group | None:
        """Who takes a contact now, if anyone: the rule's choice among the groups with a free agent for it."""
        able = [group for group in self.groups if self.may_take(group, contact)]
        chosen = self.rule.choose_group(contact, able) if able else None
        return _one_of(chosen, able, "choose_group", "one of the groups that it is given, or None")

    def contact_for(self, group: Group) -> Contact | None:
        """Whom a free agent takes now, if anyone: the rule's choice among the oldest of each type."""
        oldest = [queue.waiting[0] for queue in self.queues if queue.waiting and not queue.is_held]
        able = [contact for contact in oldest if self.may_take(group, contact)]
        chosen = self.rule.choose_contact(group, able) if able else None
        return _one_of(chosen, able, "choose_contact", "one of the contacts that it is given, or None")

    def may_take(self, group: Group, contact: Contact) -> bool:
        """Skill and delay, and a free agent beyond the reserve."""
        routes, pair = self.world.routes, (contact.kind, group.number)
        return bool(contact.arrival + routes.after[pair] <= self.now and group.free > routes.reserve[pair])

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
                contacts.append(Contact(kind, self.queues[kind].name, interval, contact_key, float(arrival)))
                number += 1
        return sorted(contacts, key=lambda contact: contact.arrival)

    def patience(self, contact: Contact) -> float:
        """How long this customer will wait; 0 if he balks."""
        balking = self.world.balking[contact.kind]
        if balking > 0 and uniform(contact.key, BALKING) < balking:
            return 0.0
        return self.variate(self.world.patience, contact, PATIENCE)

    def handling(self, law: Any, contact: Contact, purpose: np.uint64) -> float:
        """Talk or after-contact work, at the speed of the group that took the contact."""
        return self.variate(law, contact, purpose) * float(self.world.routes.pace[contact.kind, contact.agent_group])

    def variate(self, law: Any, contact: Contact, purpose: np.uint64) -> float:
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
        """Seconds from the horizon's start."""
        return float(self.calendar.now)

    def count(self, contact: Contact, name: str, amount: int = 1) -> None:
        self.books.counts[contact.kind, contact.interval, COUNTS.index(name)] += amount

    def end(self, contact: Contact, outcome: str, now: float | None = None) -> None:
        now = self.now if now is None else now
        self.count(contact, outcome)
        self.book_queue(contact, now)
        contact.outcome = outcome
        contact.decided = contact.left = contact.freed = now

    def book_queue(self, contact: Contact, now: float) -> None:
        """Book a wait in the intervals in which it passed."""
        edges = self.world.edges_us
        inside = np.minimum(microseconds(now), edges[1:]) - np.maximum(microseconds(contact.arrival), edges[:-1])
        self.books.counts[contact.kind, :, COUNTS.index("queue_time")] += np.maximum(inside, 0)

    def book_time(self, group: Group) -> None:
        """Book the time since the last change; those who finish late, or stay after closing, are in overtime."""
        edges, last = self.world.edges_us, len(self.world.edges_us) - 1
        until = microseconds(self.now)
        while group.booked_until < until:
            i = int(np.searchsorted(edges, group.booked_until, side="right")) - 1
            upto = until if i >= last else min(until, int(edges[i + 1]))
            on_duty = group.on_duty if i < last and self.world.on_duty[group.number, i] else 0
            agents = np.array([group.busy, max(on_duty, group.busy), max(0, group.busy - on_duty)])
            self.books.times[group.number, i] += agents * (upto - group.booked_until)
            group.booked_until = upto


def _one_of(chosen: Any, able: list[Any], method: str, rule: str) -> Any:
    if chosen is not None and not any(chosen is one for one in able):
        raise InputError([fault(f"rule.{method}", f"must return {rule}", chosen)])
    return chosen


def key_of(parent: np.uint64, index: Any) -> np.uint64:
    """The child's key, as the unsigned number that compiled functions must be given."""
    return np.uint64(child(parent, np.uint64(index)))


def microseconds(time: float) -> int:
    """A time rounded once to whole microseconds."""
    return int(time * 1e6 + 0.5)


def run(
    world: World,
    seed: int,
    first: int,
    replications: int,
    percentiles: bool = True,
    rule: Rule = RoutingRule,
    names: Names | None = None,
) -> Books:
    """As `wfm.simulation.compiled.run`, also with a rule of the user's own."""
    books = empty_books(world, replications, percentiles=percentiles)
    for r in range(replications):
        done = _run_one(world, seed, first + r, rule, names).books
        for part, one in zip(books, done, strict=True):
            part[r] = one[..., : part.shape[-1]]
    return books


def run_logged(
    world: World, seed: int, replication: int, rule: Rule = RoutingRule, names: Names | None = None
) -> tuple[Books, Log]:
    """As `wfm.simulation.compiled.run_logged`."""
    centre = _run_one(world, seed, replication, rule, names)
    rows = [
        (c.kind, c.agent_group, c.arrival, OUTCOMES.index(c.outcome), c.decided, c.left, c.freed)
        for c in centre.contacts
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    kinds = (np.int64, np.int64, np.float64, np.int64, np.float64, np.float64, np.float64)
    books = Books(*(part[np.newaxis] for part in centre.books))
    return books, Log(*(np.array(c, dtype=d) for c, d in zip(columns, kinds, strict=True)))


def _run_one(world: World, seed: int, replication: int, rule: Rule, names: Names | None) -> Centre:
    centre = Centre(world, seed, replication, rule, names)
    with np.errstate(over="ignore"):
        centre.run()
    return centre
