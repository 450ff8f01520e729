"""Are the inverses inverses: does the returned volume, handling time or threshold keep the targets, and no more do?"""

from __future__ import annotations

import doctest
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing import DEFINITIONS, ErlangA, ErlangB, ErlangC, goal_seek
from wfm.queueing.goal_seek import largest_volume, longest_handling_time, shortest_answer_within

agents = st.floats(1, 200)
handling_times = st.floats(20, 900)
patiences = st.floats(5, 3600)
thresholds = st.floats(0, 300)
shares = st.floats(0.02, 0.98)
checked = settings(max_examples=60, deadline=None, derandomize=True)
MORE = 1 + 1e-9


def room(queue, agents: float, within: float, targets: dict) -> float:
    """By how much the worst target is kept, straight from the measures."""
    measures = queue.measures(agents, within)
    found = [math.inf if math.isfinite(measures.mean_wait) else -math.inf]
    if "service_level" in targets:
        found.append(
            measures.service_level(targets.get("definition", "answered_of_offered")) - targets["service_level"]
        )
    for limit, value in (
        ("max_occupancy", measures.occupancy),
        ("max_abandonment", measures.abandonment),
        ("max_average_speed_of_answer", measures.average_speed_of_answer),
    ):
        if limit in targets:
            found.append(targets[limit] - value)
    return min(found)


@checked
@given(agents, handling_times, patiences, thresholds, shares, shares, st.sampled_from(list(DEFINITIONS)))
def test_the_largest_volume_keeps_every_target_and_more_misses_one(n, handling, patience, within, level, busy, name):
    queue = ErlangA(0, handling, patience)
    targets = {"service_level": level, "max_occupancy": busy, "definition": name}
    volume = largest_volume(queue, n, answer_within=within, **targets)
    assert 0 < volume < math.inf
    assert room(replace(queue, volume=volume), n, within, targets) >= 0
    assert room(replace(queue, volume=volume * MORE), n, within, targets) < 1e-13


@checked
@given(agents, handling_times, patiences, st.floats(0.01, 2), shares)
def test_abandonment_and_speed_of_answer_bound_the_volume(n, handling, patience, part, share):
    queue = ErlangA(0, handling, patience)
    for targets in ({"max_abandonment": share}, {"max_average_speed_of_answer": part * patience}):
        volume = largest_volume(queue, n, **targets)
        assert room(replace(queue, volume=volume), n, 0, targets) >= 0
        assert room(replace(queue, volume=volume * MORE), n, 0, targets) < 1e-12 * max(targets.values())


@checked
@given(agents, handling_times, thresholds, shares)
def test_erlang_c_is_inverted_in_volume_and_in_handling_time(n, handling, within, level):
    queue = ErlangC(0, handling)
    volume = largest_volume(queue, n, service_level=level, answer_within=within)
    assert volume * handling / 3600 < n
    assert room(replace(queue, volume=volume), n, within, {"service_level": level}) >= 0
    assert room(replace(queue, volume=volume * MORE), n, within, {"service_level": level}) < 1e-13
    longest = longest_handling_time(replace(queue, volume=volume), n, service_level=level, answer_within=within)
    assert longest == pytest.approx(handling, rel=1e-11)


@checked
@given(st.integers(1, 200), handling_times, patiences, thresholds, shares)
def test_the_requirement_of_the_largest_volume_is_the_agents(n, handling, patience, within, level):
    for queue in (ErlangA(0, handling, patience), ErlangC(0, handling)):
        volume = largest_volume(queue, n, service_level=level, answer_within=within)
        offered = replace(queue, volume=volume * np.array([1.0, 1.0 + 1e-6]))
        assert offered.required_agents(service_level=level, answer_within=within)[0] <= n
        assert offered.required_agents(service_level=level, answer_within=within)[1] >= n + 1


@checked
@given(st.floats(0.5, 300), st.floats(1e-12, 0.9))
def test_blocking_bounds_the_volume_of_lines(lines, blocking):
    volume = largest_volume(ErlangB(0, 120), lines, max_blocking=blocking)
    assert ErlangB(volume, 120).blocking(lines) <= blocking * (1 + 1e-13)
    assert ErlangB(volume * MORE, 120).blocking(lines) > blocking


@checked
@given(st.floats(0.1, 1000), handling_times, patiences, agents, shares)
def test_the_shortest_threshold_reaches_the_level_and_a_shorter_one_does_not(volume, handling, patience, n, level):
    for queue in (ErlangA(volume, handling, patience), ErlangC(volume, handling)):
        within = shortest_answer_within(queue, n, level)
        if math.isinf(within):
            assert queue.measures(n, 1e9 * handling).service_level() < level
        else:
            assert queue.measures(n, within).service_level() >= level
            assert within == 0 or queue.measures(n, within / MORE).service_level() < level + 1e-15


def test_arrays_broadcast_and_scalars_are_floats():
    queue = ErlangA(0, [180, 300, 400], patience=120)
    found = largest_volume(queue, [[10], [12]], service_level=0.8)
    assert found.shape == (2, 3)
    alone = largest_volume(ErlangA(0, 300, 120), 12, service_level=0.8)
    assert type(alone) is float
    assert found[1, 1] == pytest.approx(alone, rel=1e-12)
    assert longest_handling_time(ErlangA([100, 200], 1, [[60], [90]]), 12, service_level=0.8).shape == (2, 2)
    assert shortest_answer_within(ErlangA([100, 200], 180, [[60], [90]]), 12, 0.8).shape == (2, 2)
    assert largest_volume(ErlangA(0, 180, np.full(200, 120.0)), 10, service_level=0.8).shape == (200,)


def test_nothing_and_anything_are_answers():
    assert largest_volume(ErlangC(0, 180), 0, service_level=0.8) == 0.0
    assert largest_volume(ErlangA(0, 180, 120), 0, max_abandonment=0.05) == 0.0
    assert largest_volume(ErlangA(0, 180, 120), 5, max_occupancy=1) == math.inf
    assert largest_volume(ErlangA(0, 180, 120, lines=15), 12, max_average_speed_of_answer=600) == math.inf
    assert longest_handling_time(ErlangC([0, 100], 180), 5, service_level=0.8)[0] == math.inf
    assert shortest_answer_within(ErlangC(100, 180), 5, 0.8) == math.inf
    assert shortest_answer_within(ErlangC(100, 180), 50, 0.8) == 0.0


def test_stability_bounds_the_volume_where_nobody_hangs_up():
    volume = largest_volume(ErlangC(0, 180), 13, max_occupancy=1)
    assert volume == pytest.approx(260, rel=1e-12)
    assert math.isfinite(ErlangC(volume, 180).measures(13).mean_wait)


def test_an_occupancy_limit_is_a_division():
    assert largest_volume(ErlangC(0, 180), [10, 20], max_occupancy=0.8) == pytest.approx([160, 320], rel=1e-12)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: largest_volume(ErlangC(0, 180), -1, service_level=0.8), "agents"),
        (lambda: largest_volume(ErlangC(0, 180), 5), "targets"),
        (lambda: largest_volume(ErlangC(0, 180), 5, service_level=1), "service_level"),
        (lambda: largest_volume(ErlangC(0, 180), 5, service_level=0.8, definition="sl"), "definition"),
        (lambda: largest_volume(ErlangC(0, 180), [5, 6], service_level=[0.8] * 3), "shapes"),
        (lambda: longest_handling_time(ErlangC(10, 180), 5, max_occupancy=0), "max_occupancy"),
        (lambda: shortest_answer_within(ErlangC(10, 180), 5, 0), "service_level"),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == [where]


def test_docstring_examples():
    failed, tried = doctest.testmod(goal_seek)
    assert (failed, tried > 0) == (0, True)
