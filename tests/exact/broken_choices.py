"""Broken on purpose: who is chosen, delays and reserves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from breaking import BROKEN, Break, Patch, breaks, edits

from wfm.model.center import ContactCenter
from wfm.simulation import reference, rules
from wfm.simulation.keys import TALK, uniform
from wfm.simulation.lowering import FAR, RANDOM_TIE, WEIGHTED_WAIT, World, lower
from wfm.simulation.reference import Centre
from wfm.simulation.rules import Contact, Group, RoutingRule

# ---- the group for a contact

choose_group = RoutingRule.choose_group


@breaks("among groups idle since the same instant the last in the file")
def _(patch: Patch) -> None:
    def choose(self: RoutingRule, contact: Contact, groups: list[Group]) -> Group | None:
        by_idle = self.centre.world.routes.agent_tie != RANDOM_TIE
        return choose_group(self, contact, groups[::-1] if by_idle else groups)

    patch.setattr(RoutingRule, "choose_group", choose)


@breaks("a random tie counts agents from the end of the file")
def _(patch: Patch) -> None:
    drawn = rules.drawn
    patch.setattr(rules, "drawn", lambda groups, u: drawn(groups[::-1], u))


@breaks("a random tie counts groups, not agents")
def _(patch: Patch) -> None:
    patch.setattr(rules, "drawn", lambda groups, u: groups[int(u * len(groups))])


@breaks("a random tie uses the variate of the talk")
def _(patch: Patch) -> None:
    patch.setattr(Contact, "uniform", property(lambda contact: float(uniform(contact.key, TALK))))


@breaks("longest_idle picks the group whose longest idle agent is idle for the shortest time")
def _(patch: Patch) -> None:
    def choose(self: RoutingRule, contact: Contact, groups: list[Group]) -> Group | None:
        for one in groups:
            one.idle_since = deque(-since for since in one.idle_since)
        chosen = choose_group(self, contact, groups)
        for one in groups:
            one.idle_since = deque(-since for since in one.idle_since)
        return chosen

    patch.setattr(RoutingRule, "choose_group", choose)


@breaks("of a group the agent idle for the shortest time is taken")
def _(patch: Patch) -> None:
    class LastFirst(deque[float]):
        def popleft(self) -> float:
            return self.pop()

    class OtherGroup(Group):
        def __init__(self, number: int, name: str) -> None:
            super().__init__(number, name, idle_since=LastFirst())

    patch.setattr(reference, "Group", OtherGroup)


@breaks("least_occupied by the number busy, not by the share")
def _(patch: Patch) -> None:
    patch.setattr(rules, "is_less_occupied", lambda one, other: one.busy < other.busy)


@breaks("least_occupied by the number free")
def _(patch: Patch) -> None:
    patch.setattr(rules, "is_less_occupied", lambda one, other: one.free > other.free)


@breaks("the most occupied group is chosen")
def _(patch: Patch) -> None:
    less = rules.is_less_occupied
    patch.setattr(rules, "is_less_occupied", lambda one, other: less(other, one))


def routes_of(center: ContactCenter, **routing: Any) -> Any:
    """The routes of a centre, with something changed in [routing]."""
    changed = replace(center, routing=replace(center.routing, **routing))
    assert center.plan is not None
    return lower(changed, center.plan, center.experiment).routes


def with_level(world: World, level: np.ndarray) -> World:
    return world._replace(routes=world.routes._replace(level=level))


@edits("rank does not count for an arriving contact")
def _(center: ContactCenter, world: World) -> World:
    return world if center.routing.agent_selection != "rank" else with_level(world, np.zeros_like(world.routes.level))


@edits("contact_rank counts for an arriving contact too")
def _(center: ContactCenter, world: World) -> World:
    if center.routing.agent_selection != "rank" or center.routing.contact_selection != "rank":
        return world
    return with_level(world, world.routes.score)


@edits("specialist_first is by rank alone")
def _(center: ContactCenter, world: World) -> World:
    is_by_rank = center.routing.agent_selection != "specialist_first"
    return world if is_by_rank else with_level(world, routes_of(center, agent_selection="rank").level)


@edits("among equal specialists rank does not count")
def _(center: ContactCenter, world: World) -> World:
    is_by_rank = center.routing.agent_selection != "specialist_first"
    return world if is_by_rank else with_level(world, world.routes.level // FAR)


@edits("the group with the most skills first")
def _(center: ContactCenter, world: World) -> World:
    return with_level(world, -(world.routes.level // FAR) * FAR + world.routes.level % FAR)


# ---- the contact for an agent


def with_contacts_in_order(key: Callable[[Any, Group, Contact, float], Any]) -> Break:
    """key(routes, group, contact, now): the smallest is taken."""

    def choose(self: RoutingRule, group: Group, contacts: list[Contact]) -> Contact:
        return min(contacts, key=lambda one: key(self.centre.world.routes, group, one, self.centre.now))

    return lambda patch: patch.setattr(RoutingRule, "choose_contact", choose)


def merit(routes: Any, group: Group, contact: Contact, now: float) -> float:
    """What is compared before arrival and number; smaller first."""
    if routes.contact_selection == WEIGHTED_WAIT:
        return float(-(routes.weight[contact.kind] * (now - contact.arrival)))
    return float(routes.score[contact.kind, group.number])


BROKEN["among equal contacts the one who came last"] = with_contacts_in_order(
    lambda routes, group, one, now: (merit(routes, group, one, now), -one.number)
)
BROKEN["among equal contacts that came at one instant the one with the larger number"] = with_contacts_in_order(
    lambda routes, group, one, now: (merit(routes, group, one, now), one.arrival, -one.number)
)
BROKEN["equal weighted waits in reversed order"] = with_contacts_in_order(
    lambda routes, group, one, now: (
        merit(routes, group, one, now),
        -one.number if routes.contact_selection == WEIGHTED_WAIT else one.number,
    )
)


@breaks("of a type the contact who came last is taken first")
def _(patch: Patch) -> None:
    def contact_for(self: Centre, group: Group) -> Contact | None:
        newest = [queue.waiting[-1] for queue in self.queues if queue.waiting and not queue.is_held]
        able = [contact for contact in newest if self.may_take(group, contact)]
        return self.rule.choose_contact(group, able) if able else None

    patch.setattr(Centre, "contact_for", contact_for)


@edits("contact_rank does not count")
def _(center: ContactCenter, world: World) -> World:
    groups = {
        name: replace(group, skills={of: replace(skill, contact_rank=None) for of, skill in group.skills.items()})
        for name, group in center.agent_groups.items()
    }
    return with_score(world, routes_of(replace(center, agent_groups=groups)).score)


def with_score(world: World, score: np.ndarray) -> World:
    return world._replace(routes=world.routes._replace(score=score))


@edits("rank does not count for a freed agent")
def _(center: ContactCenter, world: World) -> World:
    return world if center.routing.contact_selection != "rank" else with_score(world, np.zeros_like(world.routes.score))


@edits("priority does not count")
def _(center: ContactCenter, world: World) -> World:
    is_other = center.routing.contact_selection != "priority"
    return world if is_other else with_score(world, np.zeros_like(world.routes.score))


@edits("longest_waiting looks at ranks")
def _(center: ContactCenter, world: World) -> World:
    is_other = center.routing.contact_selection != "longest_waiting"
    return world if is_other else with_score(world, routes_of(center, contact_selection="rank").score)


@edits("every second of waiting counts alike")
def _(center: ContactCenter, world: World) -> World:
    return world._replace(routes=world.routes._replace(weight=np.ones_like(world.routes.weight)))


# ---- delays and reserves


def is_over(centre: Centre, group: Group, contact: Contact) -> bool:
    """Whether the delay of this group is over for this contact."""
    return bool(contact.arrival + centre.world.routes.after[contact.kind, group.number] <= centre.now)


def has_skill(centre: Centre, group: Group, contact: Contact) -> bool:
    return bool(centre.world.routes.after[contact.kind, group.number] < np.inf)


def reserve(centre: Centre, group: Group, contact: Contact) -> int:
    return int(centre.world.routes.reserve[contact.kind, group.number])


May = Callable[[Centre, Group, Contact], bool]


def with_condition(for_a_contact: May | None = None, for_an_agent: May | None = None) -> Break:
    """Other conditions of who may take whom: when a contact looks for a group, and when a free agent for a contact."""
    as_it_is = Centre.may_take

    def group_for(self: Centre, contact: Contact) -> Group | None:
        able = [group for group in self.groups if (for_a_contact or as_it_is)(self, group, contact)]
        return self.rule.choose_group(contact, able) if able else None

    def contact_for(self: Centre, group: Group) -> Contact | None:
        oldest = [queue.waiting[0] for queue in self.queues if queue.waiting and not queue.is_held]
        able = [contact for contact in oldest if (for_an_agent or as_it_is)(self, group, contact)]
        return self.rule.choose_contact(group, able) if able else None

    def change(patch: Patch) -> None:
        patch.setattr(Centre, "group_for", group_for)
        patch.setattr(Centre, "contact_for", contact_for)

    return change


BROKEN["a reserve is kept only from the last agent on"] = with_condition(
    lambda self, group, one: is_over(self, group, one) and 0 < group.free >= reserve(self, group, one),
    lambda self, group, one: is_over(self, group, one) and group.free >= reserve(self, group, one),
)
BROKEN["a reserve does not bind an arriving contact"] = with_condition(
    for_a_contact=lambda self, group, one: is_over(self, group, one) and group.free > 0
)
BROKEN["a reserve does not bind a freed agent"] = with_condition(for_an_agent=is_over)
BROKEN["a reserve does not bind a contact whose delay is over"] = with_condition(
    for_a_contact=lambda self, group, one: (
        is_over(self, group, one) and group.free > (reserve(self, group, one) if one.arrival == self.now else 0)
    )
)
BROKEN["a reserve does not bind when staffing changes"] = with_condition(
    for_an_agent=lambda self, group, one: (
        is_over(self, group, one) and group.free > (0 if self.now in self.world.edges else reserve(self, group, one))
    )
)
BROKEN["a reserve does not count the agent who chooses"] = with_condition(
    for_an_agent=lambda self, group, one: (
        is_over(self, group, one) and (group.free - 1 > reserve(self, group, one) or reserve(self, group, one) == 0)
    )
)
BROKEN["a delay does not bind an arriving contact"] = with_condition(
    for_a_contact=lambda self, group, one: has_skill(self, group, one) and group.free > reserve(self, group, one)
)
BROKEN["a delay does not bind a freed agent"] = with_condition(
    for_an_agent=lambda self, group, one: has_skill(self, group, one) and group.free > reserve(self, group, one)
)


@breaks("a delay is over only after its last instant")
def _(patch: Patch) -> None:
    may_take = Centre.may_take

    def after_it(self: Centre, group: Group, contact: Contact) -> bool:
        after = self.world.routes.after[contact.kind, group.number]
        return may_take(self, group, contact) and bool(after == 0 or contact.arrival + after < self.now)

    patch.setattr(Centre, "may_take", after_it)


@breaks("a contact does not look again when a delay is over")
def _(patch: Patch) -> None:
    patch.setattr(Centre, "look_again", lambda self, contact: None)


@breaks("a contact looks again although its type is closed")
def _(patch: Patch) -> None:
    look_again = Centre.look_again

    def look(self: Centre, contact: Contact) -> None:
        queue = self.queues[contact.kind]
        was_held, queue.is_held = queue.is_held, False
        look_again(self, contact)
        queue.is_held = was_held

    patch.setattr(Centre, "look_again", look)
