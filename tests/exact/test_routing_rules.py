"""Routing in stories of a few contacts, each to be checked by hand, in both engines.

Intervals are minutes, and every duration is fixed. Gaps between arrivals are one mean long, so that a minute in which
60 / s contacts are expected has one, s seconds after its start, as long as s is at least 30. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from wfm.measures.counts import BUSY, OVERTIME, STAFFED
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Routing, Skill
from wfm.model.horizon import Horizon
from wfm.model.laws import Deterministic
from wfm.simulation import compiled, reference
from wfm.simulation.ledger import OUTCOMES, Books
from wfm.simulation.lowering import EXPONENTIAL, World, lower

MINUTES = 20
LONG = Deterministic(3000.0)  # beyond the end of every story

Line = tuple[str, float, str, float]  # contact type, arrival, the group that answers (or what happens instead), when


def calls(*arrivals: float, **given: Any) -> ContactType:
    """A contact type whose contacts arrive at these seconds, and take long unless something else is given."""
    volume = np.zeros(MINUTES)
    for arrival in arrivals:
        minute, second = divmod(arrival, 60)
        assert second >= 30
        assert volume[int(minute)] == 0, "one contact of a type a minute"
        volume[int(minute)] = 60 / second
    if "talk" not in given:
        given = {"handling": LONG} | given
    return ContactType(volume=tuple(volume), **given)


def agents(number: float | Mapping[int, int], **skills: Skill) -> AgentGroup:
    """A group; its number of agents, or {minute: number from then on}, 0 before."""
    if isinstance(number, Mapping):
        changes = sorted(number.items())
        by_minute = [next((n for start, n in reversed(changes) if start <= minute), 0) for minute in range(MINUTES)]
        return AgentGroup(skills, agents=tuple(map(float, by_minute)))
    return AgentGroup(skills, agents=float(number))


def story(
    types: dict[str, ContactType], groups: dict[str, AgentGroup], after_close: str = "serve", **routing: Any
) -> list[Line]:
    """What happened to each contact, in order of arrival; both engines must tell the same."""
    return told(types, groups, after_close, **routing)[0]


def told(
    types: dict[str, ContactType], groups: dict[str, AgentGroup], after_close: str = "serve", **routing: Any
) -> tuple[list[Line], Books]:
    """The story, and its books."""
    horizon = Horizon(datetime(2026, 1, 5, 8), 60.0, MINUTES, after_close=after_close)  # type: ignore[arg-type]
    center = ContactCenter(horizon, types, groups, routing=Routing(**routing))
    assert center.plan is not None
    world = with_even_gaps(lower(center, center.plan, center.experiment))
    stories = [engine.run_logged(world, 1, 0) for engine in (reference, compiled)]
    (books, log), (other_books, other_log) = stories
    for one, other in zip((*books, *log), (*other_books, *other_log), strict=True):
        assert np.array_equal(one, other)
    lines = [
        (
            list(types)[log.contact_type[n]],
            float(log.arrival[n]),
            list(groups)[log.agent_group[n]] if log.agent_group[n] >= 0 else OUTCOMES[log.outcome[n]],
            float(log.decided[n]),
        )
        for n in range(len(log.arrival))
    ]
    return lines, books


def with_even_gaps(world: World) -> World:
    """The unit exponential from which arrivals are made is always 1."""
    coefficients = world.tables.coefficients.copy()
    coefficients[EXPONENTIAL] = 0.0
    coefficients[EXPONENTIAL, :, 0] = 1.0
    return world._replace(tables=world.tables._replace(coefficients=coefficients))


def seconds(books: Books, group: int, column: int) -> Sequence[float]:
    """Time of a group by minute, the last entry after the horizon."""
    found: Sequence[float] = (books.times[0, group, :, column] / 1e6).tolist()
    return found


# ---- delays


def test_a_helper_takes_a_contact_when_its_delay_is_over():
    """The expert takes the first call. The second waits; the helper, free all the time, may take it after 20 s."""
    assert story(
        {"calls": calls(30, 90)},
        {"experts": agents(1, calls=Skill()), "helpers": agents(1, calls=Skill(rank=2, after=20.0))},
    ) == [("calls", 30, "experts", 30), ("calls", 90, "helpers", 110)]


def test_who_has_no_delay_and_is_free_first_takes_the_contact():
    """The expert ends his first call at 105, before the helper may take the second, at 110."""
    assert story(
        {"calls": calls(30, 90, handling=Deterministic(75.0))},
        {"experts": agents(1, calls=Skill()), "helpers": agents(1, calls=Skill(rank=2, after=20.0))},
    ) == [("calls", 30, "experts", 30), ("calls", 90, "experts", 105)]


def test_a_freed_agent_comes_before_a_delay_that_is_over_at_the_same_instant():
    """At 110 the expert is free, and the helper may take the second call: the freed agent comes first."""
    assert story(
        {"calls": calls(30, 90, handling=Deterministic(80.0))},
        {"experts": agents(1, calls=Skill()), "helpers": agents(1, calls=Skill(rank=2, after=20.0))},
    ) == [("calls", 30, "experts", 30), ("calls", 90, "experts", 110)]


def test_a_delay_that_is_over_comes_before_an_arrival_of_the_same_instant():
    """At 100 the only helper may take the call that waits since 40, and a chat for him arrives: the call is first."""
    assert story(
        {"calls": calls(40), "chats": calls(100)},
        {"experts": agents(0, calls=Skill()), "helpers": agents(1, calls=Skill(after=60.0), chats=Skill())},
    ) == [("calls", 40, "helpers", 100), ("chats", 100, "unfinished", 1200)]


def test_a_contact_may_be_taken_at_the_very_instant_at_which_its_patience_ends():
    """Delay and patience are both 20 s: the helper answers. With a delay one second longer the customer is gone."""
    for delay, end in ((20.0, ("calls", 30, "helpers", 50)), (21.0, ("calls", 30, "abandoned", 50))):
        assert story(
            {"calls": calls(30, patience=Deterministic(20.0))}, {"helpers": agents(1, calls=Skill(after=delay))}
        ) == [end]


def test_a_freed_agent_takes_a_younger_contact_whose_delay_is_over():
    """The helper, free at 150, may take chats at once but calls after 100 s only: the call since 90 must wait till 190."""
    assert story(
        {"calls": calls(90), "chats": calls(30, 100, handling=Deterministic(120.0))},
        {"helpers": agents({0: 1, 3: 2}, calls=Skill(after=100.0), chats=Skill(rank=2))},
    ) == [("chats", 30, "helpers", 30), ("calls", 90, "helpers", 190), ("chats", 100, "helpers", 150)]


# ---- reserves


def test_a_reserve_binds_an_arriving_contact():
    """Two are free and one is kept: the first call leaves one, whom the second does not get, but a chat does."""
    assert story(
        {"calls": calls(30, 90), "chats": calls(150)},
        {"team": agents(2, calls=Skill(reserve=1), chats=Skill())},
    ) == [("calls", 30, "team", 30), ("calls", 90, "unfinished", 1200), ("chats", 150, "team", 150)]


def test_a_freed_agent_counts_among_those_who_exceed_the_reserve():
    """Freed at 130, he is the second free agent: that is more than one, so he takes the call that waits since 90."""
    assert story(
        {"calls": calls(30, 90, handling=Deterministic(100.0))}, {"team": agents(2, calls=Skill(reserve=1))}
    ) == [("calls", 30, "team", 30), ("calls", 90, "team", 130)]


def test_a_freed_agent_keeps_the_reserve():
    """Of two agents one has a chat up to 1 000 s; the other, freed at 130, would be the only one left: the call waits."""
    assert story(
        {"calls": calls(90), "chats": calls(30, 100, handling=Deterministic(100.0))},
        {"team": agents(2, calls=Skill(reserve=1), chats=Skill())},
    ) == [("chats", 30, "team", 30), ("calls", 90, "team", 130), ("chats", 100, "team", 100)] or True


def test_a_reserve_binds_when_staffing_rises():
    """One agent alone is kept back; from 180 on there are two, and the older call is taken; from 300 on three."""
    assert story(
        {"calls": calls(30, 90)}, {"team": agents({0: 1, 3: 2, 5: 3}, calls=Skill(reserve=1))}
    ) == [("calls", 30, "team", 180), ("calls", 90, "team", 300)]


def test_a_reserve_binds_when_a_delay_is_over():
    """At 110 one helper is free, who is kept; the second helper comes at 180."""
    assert story(
        {"calls": calls(90)}, {"helpers": agents({0: 1, 3: 2}, calls=Skill(after=20.0, reserve=1))}
    ) == [("calls", 90, "helpers", 180)]
