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
    types: dict[str, ContactType], groups: dict[str, AgentGroup], after_close: str = "carry", **routing: Any
) -> list[Line]:
    """What happened to each contact, in order of arrival; both engines must tell the same."""
    return told(types, groups, after_close, **routing)[0]


def told(
    types: dict[str, ContactType], groups: dict[str, AgentGroup], after_close: str = "carry", **routing: Any
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
    """The helper, free at 150, takes the chat since 100: he may take the call since 90 only after 100 s, at 190."""
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
    """One agent has a long case; the other, freed at 130, is the only one left: the call waits on, a chat does not."""
    assert story(
        {"calls": calls(90), "cases": calls(30), "chats": calls(40, 150, handling=Deterministic(90.0))},
        {"team": agents(2, calls=Skill(reserve=1), cases=Skill(), chats=Skill())},
    ) == [
        ("cases", 30, "team", 30),
        ("chats", 40, "team", 40),
        ("calls", 90, "unfinished", 1200),
        ("chats", 150, "team", 150),
    ]


def test_a_reserve_binds_when_staffing_rises():
    """One agent alone is kept back; from 180 on there are two, and the older call is taken; from 300 on three."""
    assert story({"calls": calls(30, 90)}, {"team": agents({0: 1, 3: 2, 5: 3}, calls=Skill(reserve=1))}) == [
        ("calls", 30, "team", 180),
        ("calls", 90, "team", 300),
    ]


def test_a_reserve_binds_when_a_delay_is_over():
    """At 110 one helper is free, who is kept; the second helper comes at 180."""
    assert story({"calls": calls(90)}, {"helpers": agents({0: 1, 3: 2}, calls=Skill(after=20.0, reserve=1))}) == [
        ("calls", 90, "helpers", 180)
    ]


# ---- which group


def test_the_group_of_the_better_rank_comes_first_though_the_other_is_idle_for_longer():
    """Seconds are there from the start, firsts only from 60 on."""
    assert story(
        {"calls": calls(90, 150)},
        {"seconds": agents(2, calls=Skill(rank=2)), "firsts": agents({1: 1}, calls=Skill(rank=1))},
    ) == [("calls", 90, "firsts", 90), ("calls", 150, "seconds", 150)]


def test_among_equal_groups_the_agent_idle_for_the_longest_time():
    """Both are idle from 0: the first of the file. Then the west, idle since 0; then the east, idle since 130."""
    assert story(
        {"calls": calls(30, 90, 210, handling=Deterministic(100.0))},
        {"east": agents(1, calls=Skill()), "west": agents(1, calls=Skill())},
    ) == [("calls", 30, "east", 30), ("calls", 90, "west", 90), ("calls", 210, "east", 210)]


def test_when_staffing_falls_the_agent_idle_for_the_shortest_time_leaves():
    """One of the east is idle since 0, one since 60, as in the west. One leaves at 120; who stays is idle since 0."""
    assert story(
        {"calls": calls(150)},
        {"west": agents({1: 1}, calls=Skill()), "east": agents({0: 1, 1: 2, 2: 1}, calls=Skill())},
    ) == [("calls", 150, "east", 150)]


def test_specialist_first_takes_the_group_with_the_fewest_skills_then_the_better_rank():
    """The expert has one skill and rank 3; the two others have two skills, and ranks 2 and 1."""
    groups = {
        "both": agents(1, calls=Skill(rank=2), chats=Skill()),
        "all": agents(1, calls=Skill(rank=1), chats=Skill()),
        "experts": agents(1, calls=Skill(rank=3)),
    }
    types = {"calls": calls(30, 90, 150), "chats": calls()}
    assert [line[2] for line in story(types, groups, agent_selection="specialist_first")] == ["experts", "all", "both"]
    assert [line[2] for line in story(types, groups, agent_selection="rank")] == ["all", "both", "experts"]


def test_least_occupied_compares_shares_not_numbers():
    """Once the west has 1 of 2 busy, the east is below it with 0, 1 and 2 of 5, but not with 3 of 5."""
    assert [
        line[2]
        for line in story(
            {"calls": calls(30, 90, 150, 210, 270)},
            {"west": agents(2, calls=Skill()), "east": agents(5, calls=Skill())},
            agent_selection="least_occupied",
        )
    ] == ["west", "east", "east", "east", "west"]


def test_equal_shares_tie_exactly():
    """1 of 3 and 2 of 6 are equal: idle times decide, since 0 in the west and since 60 in the east, as for 0 and 0."""
    groups = {"east": agents({1: 6}, calls=Skill()), "west": agents(3, calls=Skill())}
    answered = story({"calls": calls(90, 150, 210, 270, 330)}, groups, agent_selection="least_occupied")
    assert [line[2] for line in answered] == ["west", "east", "east", "west", "east"]


# ---- which contact


WAITING = {"calls": (30, 90), "chats": (40, 100)}


def test_a_freed_agent_takes_by_rank_and_contact_rank_stands_in_its_place():
    """Chats have the better rank. With contact ranks it is the calls. Each takes 60 s; the agent comes at 120."""
    types = {name: calls(*times, handling=Deterministic(60.0)) for name, times in WAITING.items()}
    by_rank = {"team": agents({2: 1}, calls=Skill(rank=2), chats=Skill(rank=1))}
    assert story(types, by_rank) == [
        ("calls", 30, "team", 240),
        ("chats", 40, "team", 120),
        ("calls", 90, "team", 300),
        ("chats", 100, "team", 180),
    ]
    turned = {"team": agents({2: 1}, calls=Skill(rank=2, contact_rank=1), chats=Skill(rank=1, contact_rank=2))}
    assert [when for *_, when in story(types, turned)] == [120, 240, 180, 300]


def test_contact_rank_does_not_count_for_an_arriving_contact():
    """The west has the better rank for calls and the worse contact rank; the call goes west."""
    assert story(
        {"calls": calls(30), "chats": calls()},
        {
            "east": agents(1, calls=Skill(rank=2, contact_rank=1), chats=Skill()),
            "west": agents(1, calls=Skill(rank=1, contact_rank=2), chats=Skill()),
        },
    ) == [("calls", 30, "west", 30)]


@pytest.mark.parametrize(
    ("selection", "times"),
    [
        pytest.param("priority", [120, 240, 180, 300], id="priority 1 before 2, whatever the ranks"),
        pytest.param("longest_waiting", [120, 180, 240, 300], id="in order of arrival, whatever the ranks"),
        pytest.param("rank", [240, 120, 300, 180], id="rank 1 before 2, whatever the priorities"),
    ],
)
def test_what_a_freed_agent_looks_at(selection, times):
    """Calls have priority 1 and rank 2, chats priority 2 and rank 1."""
    types = {
        name: calls(*times, handling=Deterministic(60.0), priority=priority)
        for priority, (name, times) in enumerate(WAITING.items(), 1)
    }
    groups = {"team": agents({2: 1}, calls=Skill(rank=2), chats=Skill(rank=1))}
    assert [when for *_, when in story(types, groups, contact_selection=selection)] == times


def test_weighted_wait_takes_the_largest_product_of_weight_and_wait():
    """Chats weigh three times as much as calls.

    At 120: the call since 30 has 90, the chat since 100 has 3 x 20 = 60: the call. At 180: the call since 90 has 90,
    the chat 3 x 80 = 240: the chat.
    """
    assert story(
        {
            "calls": calls(30, 90, handling=Deterministic(60.0), weight=1.0),
            "chats": calls(100, handling=Deterministic(60.0), weight=3.0),
        },
        {"team": agents({2: 1}, calls=Skill(), chats=Skill())},
        contact_selection="weighted_wait",
    ) == [("calls", 30, "team", 120), ("calls", 90, "team", 240), ("chats", 100, "team", 180)]


def test_equal_products_go_by_arrival():
    """At 120 the call since 30 has 90, and so has the chat since 90, 3 x 30: the call came first."""
    assert story(
        {"chats": calls(90, weight=3.0), "calls": calls(30)},
        {"team": agents({2: 1}, calls=Skill(), chats=Skill())},
        contact_selection="weighted_wait",
    ) == [("calls", 30, "team", 120), ("chats", 90, "unfinished", 1200)]


def test_contacts_that_arrive_at_one_instant_go_in_file_order():
    """Both arrive at 30 and are equal otherwise: the first of the file is taken at 60."""
    for first, second in (("calls", "chats"), ("chats", "calls")):
        assert story({first: calls(30), second: calls(30)}, {"team": agents({1: 1}, calls=Skill(), chats=Skill())}) == [
            (first, 30, "team", 60),
            (second, 30, "unfinished", 1200),
        ]


def test_who_gives_up_is_passed_over():
    """At 120 the older call has given up, at 100; the younger is taken."""
    assert story({"calls": calls(30, 90, patience=Deterministic(70.0))}, {"team": agents({2: 1}, calls=Skill())}) == [
        ("calls", 30, "abandoned", 100),
        ("calls", 90, "team", 120),
    ]


# ---- speed, lines


def test_speed_divides_talk_and_after_contact_work():
    """The fast group needs 30 + 15 s in place of 60 + 30: free again at 75, so that it takes the call that waits."""
    types = {"calls": calls(30, 90, 150, talk=Deterministic(60.0), after_contact_work=Deterministic(30.0))}
    fast = {"fast": agents(1, calls=Skill(speed=2.0))}
    slow = {"slow": agents(1, calls=Skill(speed=0.5))}
    assert [when for *_, when in story(types, fast)] == [30, 90, 150]
    assert [when for *_, when in story(types, slow)] == [30, 210, 390]


def test_a_line_is_free_when_the_talk_ends_though_the_agent_is_not():
    """One line. The talk ends at 80; at 90 a call gets the line and waits for the agent, who works on until 180.

    At 150 the line is taken by the one who waits: blocked.
    """
    assert story(
        {"calls": calls(30, 90, 150, talk=Deterministic(50.0), after_contact_work=Deterministic(100.0))},
        {"team": agents(1, calls=Skill())},
        lines=1,
    ) == [("calls", 30, "team", 30), ("calls", 90, "team", 180), ("calls", 150, "blocked", 150)]


def test_a_line_is_free_before_a_contact_of_the_same_instant_arrives():
    """The talk ends at 90, when the next call comes."""
    types = {"calls": calls(30, 90, handling=Deterministic(60.0))}
    assert story(types, {"team": agents(2, calls=Skill())}, lines=1)[1] == ("calls", 90, "team", 90)


def test_a_caller_who_hangs_up_gives_his_line_back_though_no_agent_came():
    """The one line is held by the caller of 30 until 80; the caller of 90 gets it."""
    assert story(
        {"calls": calls(30, 90, patience=Deterministic(50.0))}, {"team": agents({10: 1}, calls=Skill())}, lines=1
    ) == [("calls", 30, "abandoned", 80), ("calls", 90, "abandoned", 140)]


# ---- closing


OPEN_5 = {"Mon": "08:00-08:05"}
OPEN_8 = {"Mon": "08:00-08:08"}
TWICE = {"Mon": "08:00-08:05, 08:10-08:15"}


def test_types_that_share_a_group_close_each_by_its_own_rule():
    """All close at 300, when the agent is busy until 330. He stays for the call, which is served to the end.

    The chat is dropped at closing, the mail waits for its next opening, at 600. So he leaves at 390, after the call.
    """
    types = {
        "calls": calls(280, handling=Deterministic(60.0), opening=OPEN_5, after_close="serve"),
        "chats": calls(230, handling=Deterministic(60.0), opening=OPEN_5, after_close="drop"),
        "mails": calls(210, 650, handling=Deterministic(60.0), opening=TWICE, after_close="carry"),
        "cases": calls(30, handling=Deterministic(300.0), opening=OPEN_5),
    }
    lines, books = told(types, {"team": agents(1, calls=Skill(rank=9), chats=Skill(), mails=Skill(), cases=Skill())})
    assert lines == [
        ("cases", 30, "team", 30),
        ("mails", 210, "team", 600),
        ("chats", 230, "dropped", 300),
        ("calls", 280, "team", 330),
        ("mails", 650, "team", 660),
    ]
    busy = seconds(books, 0, BUSY)
    assert busy[:8] == [30, 60, 60, 60, 60, 60, 30, 0]
    assert seconds(books, 0, OVERTIME)[4:8] == [0, 60, 30, 0]
    assert seconds(books, 0, STAFFED)[4:8] == [60, 60, 30, 0]


def test_a_group_still_open_for_another_type_does_not_take_what_is_carried():
    """Mails close at 300, calls at 480. The agent, free at 330, is on duty, but the mail waits for its next opening.

    That is at 600; but he has taken the call of 350, and is free at 650.
    """
    types = {
        "mails": calls(90, opening=TWICE, after_close="carry"),
        "calls": calls(30, 350, handling=Deterministic(300.0), opening=OPEN_8, after_close="drop"),
    }
    lines, _ = told(types, {"team": agents(1, mails=Skill(), calls=Skill())})
    assert lines == [("calls", 30, "team", 30), ("mails", 90, "team", 650), ("calls", 350, "team", 350)]


def test_a_group_still_open_for_another_type_goes_on_with_what_is_served_to_the_end():
    """Calls close at 300 but are served: by an agent on duty for mails until 720, so this is no overtime."""
    types = {
        "calls": calls(30, 90, handling=Deterministic(300.0), opening=OPEN_5, after_close="serve"),
        "mails": calls(opening={"Mon": "08:00-08:12"}, after_close="carry"),
    }
    lines, books = told(types, {"team": agents(1, calls=Skill(), mails=Skill())})
    assert lines == [("calls", 30, "team", 30), ("calls", 90, "team", 330)]
    assert sum(seconds(books, 0, BUSY)) == 600
    assert sum(seconds(books, 0, OVERTIME)) == 0


def test_who_finishes_after_closing_is_in_overtime():
    """Closed from 300 on; the call of 270 lasts until 370. The idle colleague is not staffed any more."""
    types = {"calls": calls(270, handling=Deterministic(100.0), opening=OPEN_5, after_close="drop")}
    _, books = told(types, {"team": agents(2, calls=Skill())})
    assert seconds(books, 0, BUSY)[4:8] == [30, 60, 10, 0]
    assert seconds(books, 0, OVERTIME)[4:8] == [0, 60, 10, 0]
    assert seconds(books, 0, STAFFED)[4:8] == [120, 60, 10, 0]


def test_who_is_one_too_many_is_in_overtime_until_he_is_wanted_again():
    """Two are busy from 40 and 90 on, for long; from 120 to 240 only one is on duty."""
    types = {"calls": calls(40, 90, handling=Deterministic(400.0))}
    _, books = told(types, {"team": agents({0: 2, 2: 1, 4: 2}, calls=Skill())})
    assert seconds(books, 0, BUSY)[:6] == [20, 90, 120, 120, 120, 120]
    assert seconds(books, 0, OVERTIME)[:6] == [0, 0, 60, 60, 0, 0]
    assert seconds(books, 0, STAFFED)[:6] == [120, 120, 120, 120, 120, 120]


def test_who_stayed_after_closing_comes_anew_at_the_next_opening():
    """From 300 to 600 the west is away, the east stays for calls; both come at 600: the first of the file is taken."""
    types = {
        "chats": calls(630, opening=TWICE, after_close="drop"),
        "calls": calls(opening=TWICE, after_close="serve"),
    }
    groups = {"west": agents(1, chats=Skill()), "east": agents(1, chats=Skill(), calls=Skill())}
    assert story(types, groups) == [("chats", 630, "west", 630)]


def test_a_delay_goes_on_after_closing_for_who_is_served_to_the_end():
    """The call of 270 may be taken by the helper at 320, after closing: he has stayed for it."""
    types = {"calls": calls(270, opening=OPEN_5, after_close="serve")}
    assert story(types, {"helpers": agents(1, calls=Skill(after=50.0))}) == [("calls", 270, "helpers", 320)]
