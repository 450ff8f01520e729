"""Rules of routing: the small choices, and rules of the user's own in the reference engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest

from wfm.errors import InputError
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Routing, Skill
from wfm.model.horizon import Horizon
from wfm.simulation import reference
from wfm.simulation.ledger import Log
from wfm.simulation.lowering import World, lower
from wfm.simulation.rules import Contact, Group, RoutingRule, drawn, is_less_occupied


def group(name: str, *, free: int, busy: int = 0) -> Group:
    return Group(0, name, on_duty=free + busy, busy=busy, idle_since=deque([0.0] * free))


def test_a_random_tie_counts_free_agents_in_file_order():
    """Of 1 + 3 free agents each has a quarter of (0, 1)."""
    groups = [group("east", free=1), group("west", free=3)]
    names = [drawn(groups, u).name for u in (2.0**-53, 0.249, 0.251, 0.5, 0.75, 1 - 2.0**-53)]
    assert names == ["east", "east", "west", "west", "west", "west"]


@pytest.mark.parametrize("free", [1, 2, 3, 5, 7, 1000, 10**6 - 1])
def test_the_largest_uniform_still_points_at_an_agent(free):
    assert drawn([group("east", free=free)], 1 - 2.0**-53).name == "east"


def test_occupancy_is_compared_as_shares():
    third, two_sixths, half = group("a", free=2, busy=1), group("b", free=4, busy=2), group("c", free=1, busy=1)
    assert is_less_occupied(third, half)
    assert not is_less_occupied(half, third)
    assert not is_less_occupied(third, two_sixths)
    assert not is_less_occupied(two_sixths, third)


# ---- rules of the user's own


def center() -> ContactCenter:
    """Two types and two groups, each with both skills, that are busy most of the time."""
    return ContactCenter(
        Horizon(datetime(2026, 1, 5, 8), 1800.0, 6),
        {"sales": ContactType(30, handling=200.0, patience=200.0), "support": ContactType(20, handling=300.0)},
        {
            "east": AgentGroup({"sales": Skill(rank=1), "support": Skill(rank=2)}, agents=4),
            "west": AgentGroup({"sales": Skill(rank=2), "support": Skill(rank=1)}, agents=4),
        },
        routing=Routing(agent_tie="longest_idle"),
    )


@pytest.fixture(scope="module")
def world() -> World:
    centre = center()
    assert centre.plan is not None
    return lower(centre, centre.plan, centre.experiment)


def log_of(world: World, rule: type[RoutingRule]) -> Log:
    return reference.run_logged(world, 1, 0, rule)[1]


class AsTheScenario(RoutingRule):
    def choose_group(self, contact: Contact, groups: Sequence[Group]) -> Group | None:
        return super().choose_group(contact, groups)


class OnlyEast(RoutingRule):
    """Nobody in the west takes anything, on arrival or later."""

    def choose_group(self, contact: Contact, groups: Sequence[Group]) -> Group | None:
        return next((one for one in groups if one.number == 0), None)

    def choose_contact(self, group: Group, contacts: Sequence[Contact]) -> Contact | None:
        return super().choose_contact(group, contacts) if group.number == 0 else None


class ShortestQueueFirst(RoutingRule):
    """A freed agent helps the type in which fewer wait, and looks at what the centre tells."""

    def choose_contact(self, group: Group, contacts: Sequence[Contact]) -> Contact | None:
        assert all(one.arrival <= self.centre.now for one in contacts)
        assert all(one is self.centre.queues[one.kind].waiting[0] for one in contacts)
        return min(contacts, key=lambda one: (len(self.centre.queues[one.kind].waiting), one.number))


def test_a_rule_that_asks_the_scenario_changes_nothing(world):
    for one, other in zip(log_of(world, RoutingRule), log_of(world, AsTheScenario), strict=True):
        assert one.tobytes() == other.tobytes()


def test_a_rule_may_leave_a_contact_waiting_though_an_agent_is_free(world):
    log = log_of(world, OnlyEast)
    assert set(log.agent_group.tolist()) == {-1, 0}
    assert np.any(log_of(world, RoutingRule).agent_group == 1)


def test_a_rule_moves_no_arrival(world):
    usual, other = log_of(world, RoutingRule), log_of(world, ShortestQueueFirst)
    assert usual.arrival.tobytes() == other.arrival.tobytes()
    assert usual.decided.tobytes() != other.decided.tobytes()


def test_a_rule_that_returns_a_stranger_is_told_so(world):
    class Strangers(RoutingRule):
        def choose_group(self, contact: Contact, groups: Sequence[Group]) -> Group | None:
            return group("nobody's", free=1)

    with pytest.raises(InputError, match=r"rule\.choose_group"):
        log_of(world, Strangers)

    class WrongContact(RoutingRule):
        def choose_contact(self, group: Group, contacts: Sequence[Contact]) -> Contact | None:
            return Contact(0, "sales", 0, np.uint64(1), 0.0)

    with pytest.raises(InputError, match=r"rule\.choose_contact"):
        log_of(world, WrongContact)
