"""What is always true of the fluid centre, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing.over_time.fluid import Fluid, clearing_time

days = st.lists(st.tuples(st.floats(0, 300), st.integers(0, 20)), min_size=1, max_size=8)
checked = settings(max_examples=100, deadline=None, derandomize=True)


@checked
@given(days, st.floats(20, 900), st.just(math.inf) | st.floats(5, 3600), st.floats(0, 60))
def test_what_flows_in_flows_out_or_stays(day, handling_time, patience, content):
    volume, agents = (np.array(column, dtype=float) for column in zip(*day, strict=True))
    flow = Fluid(volume, handling_time, patience, 1800.0, content).measures(agents)
    before = np.append(content, flow.content[:-1])
    assert before + volume == pytest.approx(flow.content + flow.answered + flow.abandoned, rel=1e-9, abs=1e-9)
    assert (flow.answered <= agents * 1800 / handling_time * (1 + 1e-12) + 1e-9).all()
    assert ((flow.occupancy >= 0) & (flow.occupancy <= 1)).all()


@checked
@given(days, st.floats(20, 900), st.just(math.inf) | st.floats(5, 3600))
def test_an_interval_is_the_sum_of_its_halves(day, handling_time, patience):
    volume, agents = (np.array(column, dtype=float) for column in zip(*day, strict=True))
    whole = Fluid(volume, handling_time, patience, 1800.0, 7.0).measures(agents)
    halves = Fluid(np.repeat(volume / 2, 2), handling_time, patience, 900.0, 7.0).measures(np.repeat(agents, 2))
    assert halves.content[1::2] == pytest.approx(whole.content, rel=1e-9, abs=1e-9)
    assert halves.answered.reshape(-1, 2).sum(axis=1) == pytest.approx(whole.answered, rel=1e-9, abs=1e-9)
    assert halves.mean_queue.reshape(-1, 2).mean(axis=1) == pytest.approx(whole.mean_queue, rel=1e-9, abs=1e-9)


def test_patience_as_long_as_handling_makes_the_content_blind_to_agents():
    """x' = rate - x / 180 then, above the agents as below."""
    volume = np.array([100.0, 300.0, 0.0, 50.0])
    few, many = (Fluid(volume, 180, 180, 900).measures(agents).content for agents in (3.0, 500.0))
    assert few == pytest.approx(many, rel=1e-12)
    left, expected, busy = math.exp(-900 / 180), [], 0.0
    for full in volume * 180 / 900:
        busy = full + (busy - full) * left
        expected.append(busy)
    assert few == pytest.approx(expected, rel=1e-12)


def test_overload_without_abandonment_grows_along_a_line():
    flow = Fluid([600.0], 180, interval=3600, content=20).measures(20)
    assert flow.queue == pytest.approx([600 - 400])
    assert flow.mean_queue == pytest.approx([100])
    assert flow.mean_wait == pytest.approx([600])
    assert flow.occupancy.tolist() == [1]


def test_overload_with_abandonment_tends_to_its_balance():
    flow = Fluid(np.full(50, 600.0), 180, 120).measures(20)
    assert flow.queue[-1] == pytest.approx((600 - 400) / 3600 * 120)
    assert flow.abandoned[-1] == pytest.approx(200)


def test_the_clearing_time_is_when_the_fluid_queue_is_gone():
    for patience in (math.inf, 300.0):
        seconds = clearing_time(30, 12, 200, 180, patience)
        steps = np.array([seconds * 0.999, seconds])
        for until, expected in zip(steps, (True, False), strict=True):
            flow = Fluid([200 / 3600 * until], 180, patience, until, content=42).measures(12)
            assert (flow.queue[0] > 1e-9) == expected


def test_a_backlog_that_never_clears_and_one_that_is_not_there():
    assert clearing_time([0, 5, 5, 5], 10, 200, 180, [60, 60, math.inf, 0]).tolist() == [0, math.inf, math.inf, 0]
    assert clearing_time(5, 0, 0, 180) == math.inf


def test_nothing_flows_through_an_empty_centre():
    flow = Fluid(np.zeros((2, 3)), 180).measures([0, 1, 2])
    assert flow.content.shape == (2, 3)
    assert not flow.occupancy.any()
    assert np.isnan(flow.mean_wait).all()
    assert Fluid([], 180).measures(3).content.shape == (0,)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: Fluid([1, -2], 0, 0), ["volume[1]", "handling_time", "patience"]),
        (lambda: Fluid(5, 180), ["volume"]),
        (lambda: Fluid([5, 5], [180, 180, 180]), ["shapes"]),
        (lambda: Fluid([5.0], 180, interval=[1, 2]), ["interval"]),
        (lambda: Fluid([5.0], 180, content=[1, 2]).measures(1), ["content"]),
        (lambda: Fluid([5.0], 180).measures(-1), ["agents"]),
        (lambda: clearing_time(-1, 1, 1, 1), ["backlog"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == where
