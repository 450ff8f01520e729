"""The Erlang formulas: a week's requirement, whole and fractional with its binding limit."""

from __future__ import annotations

import statistics

import numpy as np

from benches.registry import Result, bench, seconds
from wfm.queueing import ErlangA, ErlangC


@bench
def requirement(smoke: bool) -> list[Result]:
    """500 intervals by Erlang C and Erlang A, two targets."""
    volume = np.linspace(5, 400, 500)
    targets = {"service_level": 0.8, "answer_within": 20, "max_occupancy": 0.9}
    results = []
    for name, queue in (
        ("Erlang C", ErlangC(volume=volume, handling_time=180, interval=1800)),
        ("Erlang A", ErlangA(volume=volume, handling_time=180, patience=120, interval=1800)),
    ):
        found = queue.requirement(**targets)
        kept = queue.measures(found.whole, answer_within=20).service_level() >= 0.8 - 1e-12
        assert np.all(kept)
        times = [seconds(lambda queue=queue: queue.requirement(**targets)) for _ in range(1 if smoke else 9)]
        results.append(Result("requirement", f"{name}, 500 intervals", 1e3 * statistics.median(times), "ms"))
    return results
