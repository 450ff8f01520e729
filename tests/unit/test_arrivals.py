"""Arrivals of one interval: do they come in order of time, and at one instant in the order in which they were drawn?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.jit import kernel
from wfm.simulation.arrivals import _sort, room_for_arrivals

START, END = 1800.0, 3600.0
SHARES = st.floats(0.0, 1.0, exclude_max=True) | st.sampled_from([0.0, 0.25, 0.5, 0.999])


@kernel
def put_in_order(arrivals, size, start, end):  # type: ignore[no-untyped-def]
    _sort(arrivals, size, start, end)


@given(st.lists(SHARES, min_size=1, max_size=80))
def test_order_of_arrivals_is_a_stable_sort(shares):
    times = np.minimum(START + np.array(shares) * (END - START), np.nextafter(END, START))
    assert order_of(times) == np.argsort(times, kind="stable").tolist()


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_arrivals_that_share_one_bucket_are_in_order_too(size):
    """All within a thousandth of a second, backwards, and the last of the interval."""
    times = END - 1e-6 * np.arange(1, size + 1)
    assert order_of(times) == list(range(size))[::-1]


def order_of(times: np.ndarray) -> list[int]:
    arrivals = room_for_arrivals(len(times))
    arrivals.time[:] = times
    put_in_order(arrivals, len(times), START, END)
    order: list[int] = arrivals.order.tolist()
    assert arrivals.sorted_time.tolist() == sorted(times)
    return order
