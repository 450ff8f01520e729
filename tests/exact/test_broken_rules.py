"""Would the comparison of the engines see a difference? Each rule is broken on purpose, and must be seen to be broken.

The reference engine is changed, one rule at a time, and must then differ from the compiled engine on a generated centre
of the coarse grid. `python tests/exact/test_broken_rules.py` says for each rule on how many of the 250: from a few to
most; for one that hardly any shows, more centres are made until one does.

Rules that no centre can show, for a reason that can be proved:

- Order of a staffing change against the end of a talk: the one does not look at lines, the other only gives one back.
- Numbers of those who hang up, of talks that end, and of types that close at one instant: each such event changes its
  own contact or queue alone, and gives lines back, in any order. (Agents are freed in an order of their own.)
- All groups are set before any takes a contact: what a free agent takes depends on his own group and the queues alone.
  The three are broken together in `test_what_cannot_be_seen_is_not_seen`.
- Order of a closing against a staffing change, an agent freed or a delay over: it cannot be turned round without being
  turned round against an arrival too; what is dropped or carried is held from that staffing change on, so nobody takes
  it.
- After a delay the contact looks at all groups open to it, not at the new one alone: a free agent of another would have
  taken it before (`test_no_agent_is_idle_while_a_contact_waits_that_he_may_take`).
- least_occupied as a quotient in place of whole products: a correctly rounded quotient of small whole numbers orders
  them just as well; whole numbers are the simpler promise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generated import CENTERS, GRID_CENTERS, arrays, by_compiled, generated, replication_of, same

from wfm.model.center import ContactCenter
from wfm.simulation import reference, rules
from wfm.simulation.keys import TALK, uniform
from wfm.simulation.lowering import FAR, RANDOM_TIE, WEIGHTED_WAIT, World, lower
from wfm.simulation.reference import ARRIVES, CLOSES, FREED, GIVES_UP, LEAVES, OVERFLOWS, STAFFING, Calendar, Centre
from wfm.simulation.rules import Contact, Group, RoutingRule

Patch = pytest.MonkeyPatch
Break = Callable[[Patch], object]
Edit = Callable[[ContactCenter, World], World]

BROKEN: dict[str, Break] = {}  # how the reference engine is changed
EDITED: dict[str, Edit] = {}  # how the arrays that it reads are changed


MANY_GRID_CENTERS = range(1, 4000, 2)  # those of the equality tests first, then others, until one shows it


def differing(numbers: Iterable[int], edit: Edit = lambda _, world: world) -> Iterator[int]:
    """The centres on which the reference engine, as it is now, differs from the compiled one as it should be."""
    for number in numbers:
        center, _, world = generated(number)
        run = reference.run_logged(edit(center, world), number, replication_of(number))
        if not same(arrays(run), arrays(by_compiled(number))):
            yield number


def breaks(rule: str) -> Callable[[Break], Break]:
    """Register a change of the reference engine under the rule that then holds instead."""

    def register(change: Break) -> Break:
        BROKEN[rule] = change
        return change

    return register


def edits(rule: str) -> Callable[[Edit], Edit]:
    """Register a change of the arrays that the reference engine reads."""

    def register(change: Edit) -> Edit:
        EDITED[rule] = change
        return change

    return register


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


# ---- staffing


@breaks("when staffing falls the agents idle for the longest time leave first")
def _(patch: Patch) -> None:
    def set_on_duty(self: Group, agents: int, now: float) -> None:
        self.on_duty = agents
        free = max(0, agents - self.busy)
        while self.free > free:
            self.idle_since.popleft()
        while self.free < free:
            self.idle_since.append(now)

    patch.setattr(Group, "set_on_duty", set_on_duty)


@breaks("who is busy when staffing falls leaves although it has risen again")
def _(patch: Patch) -> None:
    free_agent, set_on_duty = Centre.free_agent, Group.set_on_duty
    leaving: dict[Group, int] = {}

    def set_other(self: Group, agents: int, now: float) -> None:
        leaving[self] = max(leaving.get(self, 0), self.busy - agents, 0)
        set_on_duty(self, agents + leaving[self], now)
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

    def change_staffing(self: Centre, i: int) -> None:
        for group in self.groups:
            self.book_time(group)
            group.set_on_duty(int(self.levels[group.number, i]), self.now)
        for queue in self.queues:
            queue.is_held = bool(reference.held(self.world, queue.kind, i))
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
    patch.setattr(reference, "held", lambda world, kind, i: False)


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


# ---- each is seen


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_seen(rule, monkeypatch):
    BROKEN[rule](monkeypatch)
    assert any(True for _ in differing(MANY_GRID_CENTERS))


@pytest.mark.parametrize("rule", EDITED)
def test_a_broken_reading_of_the_scenario_is_seen(rule):
    assert any(True for _ in differing(MANY_GRID_CENTERS, EDITED[rule]))


def test_continuous_times_do_not_show_a_broken_order(monkeypatch):
    """Why the grid is needed: without ties the order at one instant does not matter."""
    BROKEN["an agent is freed after patience ends"](monkeypatch)
    assert list(differing(number for number in CENTERS if number not in GRID_CENTERS)) == []


def test_what_cannot_be_seen_is_not_seen(monkeypatch):
    """The claims above: talks end before staffing changes, numbers are reversed, groups are set one after another."""

    def at_unseen(self: Calendar, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        is_reversed = rank in (LEAVES, GIVES_UP, CLOSES)
        at(self, time, 0.5 if rank == LEAVES else rank, -number if is_reversed else number, action)  # type: ignore[arg-type]

    def change_staffing(self: Centre, i: int) -> None:
        for queue in self.queues:
            queue.is_held = bool(reference.held(self.world, queue.kind, i))
        for group in self.groups:
            self.book_time(group)
            group.set_on_duty(int(self.levels[group.number, i]), self.now)
            while group.free and (contact := self.contact_for(group)):
                group.idle_since.popleft()
                self.answer_waiting(contact, group)

    monkeypatch.setattr(Calendar, "at", at_unseen)
    monkeypatch.setattr(Centre, "change_staffing", change_staffing)
    assert list(differing(CENTERS)) == []


# ---- nobody idle who may work


def idle_while_one_waits(number: int) -> list[float]:
    """When, in a generated centre, all events of an instant are over, a contact waits, and a free agent may take it."""
    centre = reference.Centre(generated(number)[2], number, replication_of(number))
    calendar, step, found = centre.calendar, centre.calendar.step, []

    def look_after_each_instant() -> None:
        step()
        if calendar.peek() > centre.now and any(group.free and centre.contact_for(group) for group in centre.groups):
            found.append(centre.now)

    calendar.step = look_after_each_instant  # type: ignore[method-assign]
    with np.errstate(over="ignore"):
        centre.run()
    return found


@pytest.mark.parametrize("first", range(0, len(CENTERS), 50))
def test_no_agent_is_idle_while_a_contact_waits_that_he_may_take(first):
    assert {number: idle for number in CENTERS[first : first + 50] if (idle := idle_while_one_waits(number))} == {}


def test_an_idle_agent_would_be_seen(monkeypatch):
    BROKEN["when staffing rises nobody takes a waiting contact"](monkeypatch)
    assert any(idle_while_one_waits(number) for number in CENTERS)


if __name__ == "__main__":
    for rule, change in BROKEN.items():
        with pytest.MonkeyPatch.context() as patch:
            change(patch)
            print(f"{sum(1 for _ in differing(GRID_CENTERS)):4d}  {rule}", flush=True)
    for rule, edit in EDITED.items():
        print(f"{sum(1 for _ in differing(GRID_CENTERS, edit)):4d}  {rule}", flush=True)
