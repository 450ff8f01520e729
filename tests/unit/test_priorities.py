"""What is always true of classes with priorities, their limits, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing import ErlangC
from wfm.queueing.priorities import PriorityQueue

checked = settings(max_examples=100, deadline=None, derandomize=True)
classes = st.lists(st.floats(0.5, 500), min_size=1, max_size=5).map(np.array)


@checked
@given(classes, st.floats(20, 900), st.floats(1.01, 2.0), st.floats(0, 300))
def test_classes_share_the_waits_of_the_whole_queue(volume, handling_time, share, within):
    agents = share * volume.sum() * handling_time / 3600
    m = PriorityQueue(volume, handling_time).measures(agents, within)
    whole = ErlangC(volume.sum(), handling_time).measures(agents, within)
    assert m.wait_probability == whole.wait_probability
    assert m.mean_queue.sum() == pytest.approx(whole.mean_queue, rel=1e-9)
    assert (np.diff(m.mean_wait) >= -1e-12).all()
    assert (np.diff(m.answered_within) <= 1e-10).all()
    assert (m.answered_within >= 1 - m.wait_probability - 1e-12).all()
    assert volume.size > 1 or m.answered_within[0] == pytest.approx(whole.answered_within, abs=1e-11)


@checked
@given(classes, st.floats(0.05, 3.0))
def test_lower_classes_change_nothing_above_them_but_whether_agents_are_free(volume, share):
    agents = share * volume.sum() * 180 / 3600
    alone = PriorityQueue(volume, 180).measures(agents)
    above = PriorityQueue(np.append(volume, 1e9), 180).measures(agents)
    assert above.wait_probability == 1
    waiting = np.isfinite(alone.mean_wait) & (alone.mean_wait > 1e-250)
    conditional = alone.mean_wait[waiting] / alone.wait_probability
    assert above.mean_wait[:-1][waiting] == pytest.approx(conditional, rel=1e-9)
    assert np.isinf(above.mean_wait[-1])


def test_service_levels_average_to_waits():
    """The mean wait is the integral of the fraction that still waits."""
    queue, times = PriorityQueue([100, 60, 60], 180), np.linspace(0, 6000, 60_001)
    late = 1 - queue.measures(14, times[:, None]).answered_within
    assert np.trapezoid(late, times, axis=0) == pytest.approx(queue.measures(14).mean_wait, rel=1e-4)


def test_nobody_offered_and_nobody_there():
    empty = PriorityQueue([0, 0], 0).measures(0)
    assert (empty.wait_probability, empty.occupancy) == (0, 0)
    assert empty.mean_wait.tolist() == empty.mean_queue.tolist() == [0, 0]
    assert empty.answered_within.tolist() == [1, 1]
    closed = PriorityQueue([0, 5], 180).measures(0)
    assert closed.mean_queue.tolist() == [0, np.inf]
    assert closed.answered_within.tolist() == [0, 0]


def test_an_empty_class_would_wait_like_any_other():
    m = PriorityQueue([100, 0, 100], 180).measures(12)
    assert m.mean_wait[0] < m.mean_wait[1] < m.mean_wait[2]
    assert m.mean_queue[1] == 0


def test_thresholds_of_nothing_and_of_ages():
    m = PriorityQueue([100, 80], 180).measures(12, answer_within=[[0, 0], [1e7, 1e7], [1e-9, 1e-9]])
    assert m.answered_within[0] == pytest.approx(1 - m.wait_probability, abs=1e-15)
    assert m.answered_within[1].tolist() == pytest.approx([1, 1], abs=1e-11)
    assert m.answered_within[2] == pytest.approx(m.answered_within[0], abs=1e-9)


def test_a_hundred_thousand_agents_and_a_table_of_queues():
    m = PriorityQueue([[1e6, 9e5], [1e6, 1.1e6]], 180).measures([100_000, 100_000])
    assert m.mean_wait.shape == m.answered_within.shape == (2, 2)
    assert m.wait_probability.shape == (2,)
    assert m.mean_wait[1, 0] == pytest.approx(180 / 50_000)
    assert np.isinf(m.mean_wait[1, 1])


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: PriorityQueue(5, 180), ["volume"]),
        (lambda: PriorityQueue([], 180), ["volume"]),
        (lambda: PriorityQueue([5, -1], 180), ["volume[1]"]),
        (lambda: PriorityQueue([5, 1], 0), ["handling_time"]),
        (lambda: PriorityQueue([5, 1], 180).measures(-1, np.nan), ["agents", "answer_within"]),
        (lambda: PriorityQueue([5, 1], 180).measures(3, [1, 2, 3]), ["shapes"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == where
