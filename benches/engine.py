"""The simulation engines: nanoseconds per contact, against a hand-written C++ event loop and against each other.

The yardstick is a program of its own: WFM_YARDSTICK names its binary, which is called as
`BINARY W1|W2 blk-wheel REPLICATIONS` and prints `ns=...` per contact. Without it the ratios to it are left out.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
from collections.abc import Callable

import numpy as np

import wfm
from benches import workloads
from benches.registry import Result, bench, in_turn, median_ratio, seconds
from wfm.queueing import ErlangA


@bench
def w1(smoke: bool) -> list[Result]:
    """A million calls in one stationary queue, counts per interval on."""
    center = workloads.w1(20 if smoke else 1667)
    if not smoke:
        seen = _simulate(center, 20)
        exact = ErlangA(volume=600, handling_time=300, patience=180).measures(52, answer_within=20)
        for estimate, truth in (
            (seen.total.service_level, exact.service_level()),
            (seen.total.abandonment, exact.abandonment),
            (seen.total.average_speed_of_answer, exact.average_speed_of_answer),
        ):
            assert abs(estimate.mean - truth) < 3 / 2 * estimate.half_width, (estimate, truth)
    return _against_yardstick("W1", center, 1, smoke)


@bench
def w2(smoke: bool) -> list[Result]:
    """A thousand days of 5000 calls, counts per half hour on."""
    center = workloads.w2()
    replications = 20 if smoke else 1000
    seen = _simulate(center, replications)
    if not smoke:
        # Five codes agree on .9189 +- .0005 and .0206.
        assert abs(seen.total.service_level.mean - 0.9189) < 0.0005 + 1.5 * seen.total.service_level.half_width
        assert abs(seen.total.abandonment.mean - 0.0206) < 0.0003 + 1.5 * seen.total.abandonment.half_width
    return _against_yardstick("W2", center, replications, smoke)


@bench
def engines(smoke: bool) -> list[Result]:
    """The compiled engine against the readable one; the same counts."""
    center = workloads.w2()
    replications = 1 if smoke else 3
    fast = _simulate(center, replications)
    slow = _simulate(center, replications, engine="reference")
    assert np.array_equal(fast.contacts.products, slow.contacts.products)
    many = 20 if smoke else 500
    compiled, reference = in_turn(
        1 if smoke else 3,
        lambda: seconds(lambda: _simulate(center, many)) / many,
        lambda: seconds(lambda: _simulate(center, 1, engine="reference")),
    )
    return [Result("engines", "SimPy engine / compiled engine", median_ratio(reference, compiled), "x", "at least 100")]


@bench
def threads(smoke: bool) -> list[Result]:
    """Two threads against one; the same bits."""
    center, replications = workloads.w2(), 64 if smoke else 2000
    one, two = _simulate(center, replications), _simulate(center, replications, threads=2)
    assert np.array_equal(one.contacts.products, two.contacts.products)
    slow, fast = in_turn(
        1 if smoke else 5,
        lambda: seconds(lambda: _simulate(center, replications)),
        lambda: seconds(lambda: _simulate(center, replications, threads=2)),
    )
    return [Result("threads", "one thread / two threads", median_ratio(slow, fast), "x", "at least 1.7")]


def _simulate(
    center: wfm.ContactCenter, replications: int, threads: int = 1, engine: str = "compiled"
) -> wfm.Prediction:
    return wfm.predict(center, method=wfm.Simulation(replications, 1, engine, threads))


def _against_yardstick(name: str, center: wfm.ContactCenter, replications: int, smoke: bool) -> list[Result]:
    contacts = float(_simulate(center, replications).total.offered.mean) * replications
    ours: Callable[[], float] = lambda: 1e9 * seconds(lambda: _simulate(center, replications)) / contacts  # noqa: E731
    binary = os.environ.get("WFM_YARDSTICK")
    rounds = 1 if smoke else 9
    if not binary:
        (figures,) = in_turn(rounds, ours)
        return [Result(name, "whole simulation, one thread", statistics.median(figures), "ns/contact")]
    figures, yardstick = in_turn(rounds, ours, lambda: _yardstick(binary, name, 1 if name == "W1" else replications))
    return [
        Result(name, "whole simulation, one thread", statistics.median(figures), "ns/contact"),
        Result(name, "C++ yardstick", statistics.median(yardstick), "ns/contact"),
        Result(name, "ours / yardstick", median_ratio(figures, yardstick), "x", "at most 1.3"),
    ]


def _yardstick(binary: str, name: str, replications: int) -> float:
    command = [binary, name, "blk-wheel", str(replications)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"ns=([\d.]+)", printed)
    assert found, printed
    return float(found.group(1))
