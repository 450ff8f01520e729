"""The two choices of routing: the group for a contact, and the contact for an agent.

The engine finds out who may be chosen at all: skills, free agents, delays, reserves, opening hours. A rule chooses
among them. `RoutingRule` is the scenario's own rule; a rule of your own inherits from it, changes one choice or both,
and runs in the reference engine: `wfm.Simulation(engine="reference", rule=YourRule)`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wfm.simulation.keys import ROUTE, uniform
from wfm.simulation.lowering import LEAST_OCCUPIED, RANDOM_TIE, WEIGHTED_WAIT

if TYPE_CHECKING:
    from wfm.simulation.reference import Centre


@dataclass(eq=False)
class Contact:
    """One contact on its way.

    Args:
        kind: index of its contact type; contact_type: the type's name.
        arrival: seconds from the horizon's start. number: its place in the order of arrivals.
        uniform: one random number in (0, 1) of its own, for routing at random.
    """

    kind: int
    contact_type: str
    interval: int
    key: np.uint64
    arrival: float
    number: int = 0
    outcome: str = ""
    agent_group: int = -1
    decided: float = 0.0
    left: float = 0.0
    freed: float = 0.0

    @property
    def uniform(self) -> float:
        return float(uniform(self.key, ROUTE))


@dataclass(eq=False)
class Queue:
    """Contacts of one type that wait, in order of arrival; `is_held` after a closing that does not serve them."""

    kind: int
    name: str
    waiting: deque[Contact] = field(default_factory=deque)
    is_held: bool = False


@dataclass(eq=False)
class Group:
    """Exchangeable agents.

    Args:
        number: place in the file; name: the group's.
        on_duty, busy: agents. idle_since: when each free agent became free, the longest idle first.
    """

    number: int
    name: str
    on_duty: int = 0
    busy: int = 0
    idle_since: deque[float] = field(default_factory=deque)
    booked_until: int = 0

    @property
    def free(self) -> int:
        return len(self.idle_since)

    def set_on_duty(self, agents: int, now: float, *, opens: bool = False) -> None:
        """When the number falls, agents idle for the shortest time leave first, then busy ones as they finish.

        When the group opens, all who are free come on duty now.
        """
        self.on_duty = agents
        if opens:
            self.idle_since.clear()
        free = max(0, agents - self.busy)
        while self.free > free:
            self.idle_since.pop()
        while self.free < free:
            self.idle_since.append(now)


class RoutingRule:
    """The scenario's own rule: `contact_selection`, `agent_selection` and `agent_tie` of its [routing].

    One is made for each replication. `self.centre` tells the rest: `now` [s], `groups`, `queues`, `world`.
    """

    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    def choose_group(self, contact: Contact, groups: Sequence[Group]) -> Group | None:
        """The group that takes a contact, out of those with a free agent for it, in file order; None: it waits."""
        routes = self.centre.world.routes
        if routes.agent_selection == LEAST_OCCUPIED:
            equal = [one for one in groups if not any(is_less_occupied(other, one) for other in groups)]
        else:
            level = routes.level[contact.kind]
            best = min(level[one.number] for one in groups)
            equal = [one for one in groups if level[one.number] == best]
        if routes.agent_tie == RANDOM_TIE:
            return drawn(equal, contact.uniform)
        return min(equal, key=lambda one: one.idle_since[0])

    def choose_contact(self, group: Group, contacts: Sequence[Contact]) -> Contact | None:
        """The contact that a free agent takes, out of the oldest of each type that he may take; None: he stays idle."""
        routes, now = self.centre.world.routes, self.centre.now
        if routes.contact_selection == WEIGHTED_WAIT:
            return min(contacts, key=lambda one: (-(routes.weight[one.kind] * (now - one.arrival)), one.number))
        return min(contacts, key=lambda one: (routes.score[one.kind, group.number], one.number))


def is_less_occupied(one: Group, other: Group) -> bool:
    """Whether busy / on duty of one is below that of the other, compared as whole numbers."""
    return one.busy * other.on_duty < other.busy * one.on_duty


def drawn(groups: Sequence[Group], u: float) -> Group:
    """The group of the free agent that u in (0, 1) points at, agents counted in file order."""
    place = int(u * sum(one.free for one in groups))
    for one in groups:
        if place < one.free:
            return one
        place -= one.free
    raise AssertionError("u is below 1")
