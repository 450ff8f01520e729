"""What is always true of redials, their limits, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing import UNREACHABLE, ErlangA
from wfm.queueing.erlang.redials import ErlangX

shares = st.floats(0, 0.95)
checked = settings(max_examples=100, deadline=None, derandomize=True)
queues = st.tuples(st.floats(0.1, 2000), st.floats(20, 900), st.floats(5, 3600))
staffing = st.floats(0.3, 2.0)
limited = st.none() | st.integers(1, 60)


@checked
@given(queues, staffing, shares, shares, shares, limited, st.floats(0, 0.9))
def test_attempts_are_first_ones_redials_and_repeats(queue, share, abandoned, blocked, repeats, lines, balking):
    volume, handling_time, patience = queue
    agents = 0.5 + share * volume * handling_time / 3600
    m = ErlangX(volume, handling_time, patience, abandoned, blocked, repeats, lines=lines, balking=balking).measures(
        agents
    )
    back = abandoned * m.abandonment + blocked * m.blocking + repeats * m.answered
    assert m.attempts == pytest.approx(volume + back * m.attempts, rel=1e-9)
    plain = ErlangA(m.attempts, handling_time, patience, lines=lines, balking=balking).measures(agents)
    assert (m.abandonment, m.service_level()) == (plain.abandonment, plain.service_level())
    customers = volume + repeats * m.answered * m.attempts
    assert m.lost == pytest.approx(1 - m.answered * m.attempts / customers, rel=1e-6, abs=1e-9)


@checked
@given(queues, staffing, shares, shares)
def test_more_redials_make_more_attempts_and_lose_fewer_customers(queue, share, some, more):
    volume, handling_time, patience = queue
    agents = 0.5 + share * volume * handling_time / 3600
    m = ErlangX(volume, handling_time, patience, np.sort([some, more])).measures(agents)
    assert m.attempts[0] <= m.attempts[1] * (1 + 1e-12)
    assert m.lost[0] >= m.lost[1] * (1 - 1e-9) - 1e-15


def test_without_redials_it_is_erlang_a():
    plain, redials = (queue(200, 180, 120).measures([8, 12, 12.5], 20, 5) for queue in (ErlangA, ErlangX))
    assert redials.attempts.tolist() == [200, 200, 200]
    assert redials.lost == pytest.approx(plain.abandonment, rel=1e-12)
    assert (
        redials.service_level("excluding_short_abandons").tolist()
        == plain.service_level("excluding_short_abandons").tolist()
    )


def test_who_always_redials_is_answered_in_the_end_or_redials_for_ever():
    m = ErlangX(200, 180, 120, redial_after_abandonment=1.0).measures([9, 10, 11, 14], answer_within=20)
    assert np.isinf(m.attempts).tolist() == [True, True, False, False]
    assert m.lost == pytest.approx([0.1, 0, 0, 0], abs=1e-12)
    assert m.abandonment[:2].tolist() == [1, 1]
    assert m.answered[:2].tolist() == m.service_level()[:2].tolist() == [0, 0]
    assert m.mean_wait[:2].tolist() == [120, 120]
    assert m.abandoned_within[0] == pytest.approx(-math.expm1(-1 / 6))
    assert np.isinf(m.average_speed_of_answer[:2]).all()
    assert m.occupancy[:2].tolist() == [1, 1]


def test_limits_are_what_a_redial_share_just_below_one_tends_to():
    for arguments in ({}, {"lines": 13, "balking": 0.2}, {"balking": 0.3}, {"lines": 9}):
        queue = {"volume": 200, "handling_time": 180, "patience": 120, **arguments}
        near, at = (
            ErlangX(redial_after_abandonment=share, redial_after_blocking=share, **queue).measures(8, 20, 5)
            for share in (1 - 1e-7, 1.0)
        )
        assert np.isinf(at.attempts)
        for name in ("wait_probability", "answered_within", "abandoned_within", "short_abandoned", "abandonment",
                     "blocking", "answered", "occupancy", "lost"):  # fmt: skip
            assert getattr(at, name) == pytest.approx(getattr(near, name), abs=1e-5), (arguments, name)
        if np.isfinite(at.mean_queue):
            assert at.mean_queue == pytest.approx(near.mean_queue, abs=1e-4)


def test_blocked_redials_for_ever_leave_agents_busy_and_the_others_lost():
    m = ErlangX(200, 180, math.inf, redial_after_blocking=1.0, lines=8).measures([8, 16])
    assert np.isinf(m.attempts).all()
    assert m.blocking.tolist() == [1, 1]
    assert m.lost == pytest.approx([0.2, 0.2])
    assert m.occupancy.tolist() == [1, 0.5]
    assert np.isnan(m.mean_wait).all()


def test_nothing_offered_brings_no_redials():
    m = ErlangX([0, 0], [0, 180], 60, 1.0, 1.0).measures([0, 3])
    assert m.attempts.tolist() == m.lost.tolist() == m.occupancy.tolist() == [0, 0]
    assert ErlangX(0, 180, 60, 0.5).required_agents(service_level=0.8) == 0


def test_without_agents_every_attempt_is_lost():
    m = ErlangX(200, 180, 120, [0.5, 1.0]).measures(0)
    assert m.attempts == pytest.approx([400, math.inf])
    assert m.lost.tolist() == [1, 1]


def test_a_hundred_thousand_agents():
    m = ErlangX(2e6, 180, 120, [0.5, 1.0]).measures([99_000, 99_000])
    assert m.attempts[0] * (1 - 0.5 * m.abandonment[0]) == pytest.approx(2e6, rel=1e-12)
    assert np.isinf(m.attempts[1])


@checked
@given(queues, st.sampled_from([0.0, 0.4, 0.9, 1.0]), st.floats(0.3, 0.95), st.floats(0.5, 0.95))
def test_the_requirement_is_the_least_that_meets_every_target(queue, redials, level, occupancy):
    erlang_x = ErlangX(*queue, redial_after_abandonment=redials)
    agents = erlang_x.required_agents(service_level=level, max_occupancy=occupancy)

    def met(number: int, slack: float) -> bool:
        m = erlang_x.measures(number)
        return bool(m.service_level() >= level + slack and m.occupancy <= occupancy - slack)

    assert met(agents, -1e-9)
    assert agents == 1 or not met(agents - 1, 1e-9)


def test_without_redials_it_needs_what_erlang_a_needs():
    volume = np.array([5.0, 200.0, 4000.0])
    targets = {"service_level": 0.85, "answer_within": 15, "max_abandonment": 0.03, "max_average_speed_of_answer": 8}
    expected = ErlangA(volume, 200, 90).required_agents(**targets)
    assert ErlangX(volume, 200, 90).required_agents(**targets).tolist() == expected.tolist()


def test_too_few_lines_put_a_target_out_of_reach():
    queue = ErlangX(200, 180, 120, 0.5, 0.5, lines=8)
    assert queue.required_agents(service_level=0.9) == UNREACHABLE
    assert queue.required_agents(max_lost=0.01) == UNREACHABLE
    carried = 8 * queue.measures(8).occupancy  # agents beyond the lines change nothing else
    assert queue.required_agents(max_occupancy=0.3) == math.ceil(carried / 0.3)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (
            lambda: ErlangX(-1, 180, 60, 1.5, -0.1, 1.0),
            ["volume", "redial_after_abandonment", "redial_after_blocking", "repeat_probability"],
        ),
        (lambda: ErlangX([1, 2], 180, 60, [0, 0, 0]), ["shapes"]),
        (lambda: ErlangX(10, 0, 60), ["handling_time"]),
        (lambda: ErlangX(10, 180, 60).measures(-1), ["agents"]),
        (lambda: ErlangX(10, 180, 60).required_agents(), ["targets"]),
        (lambda: ErlangX(10, 180, 60).required_agents(service_level=1.0), ["service_level"]),
        (lambda: ErlangX(10, 180, 60).required_agents(service_level=0.8, definition="sl"), ["definition"]),
        (lambda: ErlangX(10, 180, 60).required_agents(max_lost=0), ["max_lost"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == where
