"""Broken on purpose: the order of events at one instant, staffing, closing, lines, laws and the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from breaking import BROKEN, Break, Patch, breaks, edits

from wfm.model.center import ContactCenter
from wfm.simulation import reference
from wfm.simulation.lowering import World
from wfm.simulation.reference import ARRIVES, CLOSES, FREED, LEAVES, OVERFLOWS, STAFFING, Calendar, Centre
from wfm.simulation.rules import Contact, Group

# ---- the order of events at one instant

ORDERS: dict[str, dict[int, float]] = {
    "staffing changes after an agent is freed": {STAFFING: 3.5},
    "staffing changes after a delay is over": {STAFFING: 4.5},
    "staffing changes after a contact arrives": {STAFFING: 5.5},
    "staffing changes after patience ends": {STAFFING: 6.5},
    "a customer leaves after an agent is freed": {LEAVES: 3.5},
    "a customer leaves after a contact arrives": {LEAVES: 5.5},
    "an agent is freed after a delay is over": {FREED: 4.5},
    "an agent is freed after a contact arrives": {FREED: 5.5},
    "an agent is freed after patience ends": {FREED: 6.5},
    "a delay is over after a contact arrives": {OVERFLOWS: 5.5},
    "a delay is over after patience ends": {OVERFLOWS: 6.5},
    "a contact arrives before an agent is freed": {ARRIVES: 2.5},
    "a contact arrives after patience ends": {ARRIVES: 6.5},
    "closing before a contact arrives": {CLOSES: 4.5},
    "closing before patience ends": {CLOSES: 5.5},
    "everything the other way round": {rank: -rank for rank in (1, 2, 3, 4, 5, 6, 8)},
}

at = Calendar.at


def with_order(ranks: dict[int, float]) -> Break:
    def at_other_rank(self: Calendar, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        at(self, time, ranks.get(rank, rank), number, action)  # type: ignore[arg-type]

    return lambda patch: patch.setattr(Calendar, "at", at_other_rank)


BROKEN |= {rule: with_order(ranks) for rule, ranks in ORDERS.items()}


def with_reversed_numbers(of: int) -> Break:
    def at_reversed(self: Calendar, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        at(self, time, rank, -number if rank == of else number, action)

    return lambda patch: patch.setattr(Calendar, "at", at_reversed)


BROKEN["contacts that arrive at one instant in reversed order"] = with_reversed_numbers(ARRIVES)
BROKEN["agents freed at one instant in reversed order"] = with_reversed_numbers(FREED)
BROKEN["delays over at one instant in reversed order"] = with_reversed_numbers(OVERFLOWS)


@breaks("events at one instant in order of insertion")
def _(patch: Patch) -> None:
    inserted = iter(range(10**9))
    patch.setattr(Calendar, "at", lambda self, time, rank, number, action: at(self, time, 0, next(inserted), action))


def with_arrivals_in_order(key: Callable[[int, Contact], Any]) -> Break:
    drawn = Centre.arrivals

    def arrivals(self: Centre, replication: np.uint64, factors: np.ndarray) -> list[Contact]:
        return [
            contact for _, contact in sorted(enumerate(drawn(self, replication, factors)), key=lambda one: key(*one))
        ]

    return lambda patch: patch.setattr(Centre, "arrivals", arrivals)


BROKEN["arrivals merge with the last type of the file first"] = with_arrivals_in_order(
    lambda place, contact: (contact.arrival, -contact.kind, place)
)
BROKEN["arrivals of a type at one instant, the last drawn first"] = with_arrivals_in_order(
    lambda place, contact: (contact.arrival, contact.kind, -place)
)


# ---- staffing


@breaks("when staffing falls the agents idle for the longest time leave first")
def _(patch: Patch) -> None:
    set_on_duty = Group.set_on_duty

    def set_other(self: Group, agents: int, now: float, *, opens: bool = False) -> None:
        while self.free > max(0, agents - self.busy):
            self.idle_since.popleft()
        set_on_duty(self, agents, now, opens=opens)

    patch.setattr(Group, "set_on_duty", set_other)


@breaks("who is busy when staffing falls leaves although it has risen again")
def _(patch: Patch) -> None:
    free_agent, set_on_duty = Centre.free_agent, Group.set_on_duty
    leaving: dict[Group, int] = {}

    def set_other(self: Group, agents: int, now: float, *, opens: bool = False) -> None:
        leaving[self] = max(leaving.get(self, 0), self.busy - agents, 0)
        set_on_duty(self, agents + leaving[self], now, opens=opens)
        self.on_duty = agents

    def free_other(self: Centre, done: Contact) -> None:
        group = self.groups[done.agent_group]
        if leaving[group] == 0:
            free_agent(self, done)
        else:
            self.book_time(group)
            group.busy -= 1
            leaving[group] -= 1

    patch.setattr(Group, "set_on_duty", set_other)
    patch.setattr(Centre, "free_agent", free_other)


def with_takers(takers: Callable[[list[Group]], list[Group]], most: int = 10**9) -> Break:
    """Another order of groups when staffing rises, and at most so many contacts for each."""

    change = Centre.change_staffing

    def change_staffing(self: Centre, i: int) -> None:
        self.contact_for = lambda group: None  # type: ignore[method-assign]
        change(self, i)
        del self.contact_for
        for group in takers(self.groups):
            taken = 0
            while group.free and taken < most and (contact := self.contact_for(group)):
                group.idle_since.popleft()
                self.answer_waiting(contact, group)
                taken += 1

    return lambda patch: patch.setattr(Centre, "change_staffing", change_staffing)


BROKEN["when staffing rises the last group of the file takes first"] = with_takers(lambda groups: groups[::-1])
BROKEN["when staffing rises each group takes one contact"] = with_takers(lambda groups: groups, most=1)
BROKEN["when staffing rises nobody takes a waiting contact"] = with_takers(lambda groups: [])


# ---- closing


@breaks("what is carried or dropped is taken although it is closed")
def _(patch: Patch) -> None:
    patch.setattr(reference, "held", lambda *_: False)


@breaks("who stayed after closing is idle since then when his group opens")
def _(patch: Patch) -> None:
    set_on_duty = Group.set_on_duty
    patch.setattr(Group, "set_on_duty", lambda self, agents, now, opens=False: set_on_duty(self, agents, now))


@edits("nobody stays after closing")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(stays=np.zeros_like(world.stays))


@edits("a group stays only if all its types are served to the end")
def _(center: ContactCenter, world: World) -> World:
    stays = [
        all(center.after_close(name) == "serve" for name in group.skills) for group in center.agent_groups.values()
    ]
    return world._replace(stays=np.array(stays))


@edits("types are carried and dropped by the rule of the first type of the file")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(after_close=np.full_like(world.after_close, world.after_close[0]))


# ---- lines, balking, patience, speed, laws


@breaks("an agent is looked for before a line")
def _(patch: Patch) -> None:
    arrive = Centre.arrive

    def without_line(self: Centre, contact: Contact) -> None:
        lines, self.free_lines = self.free_lines, 1
        served = self.group_for(contact) is not None
        self.free_lines = max(lines, 1) if served else lines
        arrive(self, contact)
        self.free_lines -= served and lines == 0

    patch.setattr(Centre, "arrive", without_line)


@breaks("a line is held to the end of after-contact work")
def _(patch: Patch) -> None:
    leave, free_agent = Centre.leave, Centre.free_agent

    def leave_with_line(self: Centre, contact: Contact) -> None:
        leave(self, contact)
        self.free_lines -= 1

    def free_with_line(self: Centre, done: Contact) -> None:
        self.free_lines += 1
        free_agent(self, done)

    patch.setattr(Centre, "leave", leave_with_line)
    patch.setattr(Centre, "free_agent", free_with_line)


@breaks("who hangs up keeps his line until an agent looks for a contact")
def _(patch: Patch) -> None:
    lose_patience, contact_for = Centre.lose_patience, Centre.contact_for
    unnoticed: dict[Centre, int] = {}

    def lose(self: Centre, contact: Contact) -> None:
        before = self.free_lines
        lose_patience(self, contact)
        unnoticed[self] = unnoticed.get(self, 0) + self.free_lines - before
        self.free_lines = before

    def look(self: Centre, group: Group) -> Contact | None:
        self.free_lines += unnoticed.pop(self, 0)
        return contact_for(self, group)

    patch.setattr(Centre, "lose_patience", lose)
    patch.setattr(Centre, "contact_for", look)


@breaks("customers balk before they know whether they must wait")
def _(patch: Patch) -> None:
    arrive = Centre.arrive

    def balk_first(self: Centre, contact: Contact) -> None:
        if self.free_lines > 0 and self.patience(contact) <= 0:
            self.count(contact, "offered")
            self.abandon(contact)
        else:
            arrive(self, contact)

    patch.setattr(Centre, "arrive", balk_first)


@breaks("speed counts for the talk alone")
def _(patch: Patch) -> None:
    handling = Centre.handling

    def at_one_speed(self: Centre, law: Any, contact: Contact, purpose: np.uint64) -> float:
        pace = float(self.world.routes.pace[contact.kind, contact.agent_group])
        return handling(self, law, contact, purpose) / (pace if law is self.world.after_contact_work else 1.0)

    patch.setattr(Centre, "handling", at_one_speed)


@edits("speed multiplies the handling time")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(routes=world.routes._replace(pace=1 / world.routes.pace))


@breaks("handling by the law of the interval of the answer")
def _(patch: Patch) -> None:
    handling = Centre.handling

    def by_now(self: Centre, law: Any, contact: Contact, purpose: np.uint64) -> float:
        edges, arrived = self.world.edges, contact.interval
        contact.interval = min(int(np.searchsorted(edges, self.now, side="right")) - 1, len(edges) - 2)
        found = handling(self, law, contact, purpose)
        contact.interval = arrived
        return found

    patch.setattr(Centre, "handling", by_now)


# ---- the books


@breaks("time in queue is booked in the interval of arrival")
def _(patch: Patch) -> None:
    def book_queue(self: Centre, contact: Contact, now: float) -> None:
        self.count(contact, "queue_time", reference.microseconds(now) - reference.microseconds(contact.arrival))

    patch.setattr(Centre, "book_queue", book_queue)


@edits("every group of the best level is a best group")
def _(center: ContactCenter, world: World) -> World:
    level = np.where(world.routes.after < np.inf, world.routes.level, np.iinfo(np.int64).max)
    return world._replace(routes=world.routes._replace(is_best=level == level.min(axis=1, keepdims=True)))


@edits("answered at the threshold no longer counts as within")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(answer_within=world.answer_within - 1e-6)


@edits("abandoned at the limit counts as short")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(short_abandon=world.short_abandon + 1e-6)
