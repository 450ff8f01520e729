"""The exact time-varying queue: a day's prediction, a week's staffing, and what it costs to compile it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import datetime

import numpy as np

import wfm
from benches import workloads
from benches.registry import Result, bench, seconds
from wfm.queueing import MtMstM

COMPILE = "from wfm.queueing import MtMstM; MtMstM([10, 20, 5], 300, 120, 1800).figures([3, 5, 2])"


@bench
def transient_day(smoke: bool) -> list[Result]:
    """W2's day by transient: 48 half hours, up to 57 agents, 20 s service level and all waits per interval."""
    center = workloads.w2()
    queue = MtMstM(
        center.volume("calls"), center.contact_types["calls"].handling_time(48), 180.0, center.horizon.interval
    )
    assert center.plan is not None
    agents = center.plan.net[0]
    _assert_poisson(replace(queue, patience=queue.handling_time), agents)
    times = [seconds(lambda: queue.figures(agents)) for _ in range(1 if smoke else 21)]
    return [Result("transient_day", "48 intervals, 57 agents", 1e3 * statistics.median(times), "ms", "below 50")]


@bench
def transient_week(smoke: bool) -> list[Result]:
    """The least plan of a week of half hours, 336 intervals of up to 60 agents; no target is missed by it."""
    days = 1 if smoke else 7
    day = workloads.w2()
    center = wfm.ContactCenter(
        horizon=wfm.Horizon(datetime(2026, 1, 5), 1800.0, 48 * days),
        contact_types={"calls": replace(day.contact_types["calls"], volume=tuple(np.tile(day.volume("calls"), days)),
                                        handling=300.0)},
        agent_groups={"team": wfm.AgentGroup(skills=["calls"])},
    )  # fmt: skip
    plans = []
    times = [seconds(lambda: plans.append(wfm.staff(center, method="transient"))) for _ in range(1 if smoke else 3)]
    level = wfm.predict(center, plans[0], method="transient").total.by_interval.service_level.mean
    assert np.min(level) >= 0.8 - 1e-11
    return [Result("transient_week", f"{48 * days} intervals staffed", statistics.median(times), "s", "below 10")]


@bench
def transient_compile(smoke: bool) -> list[Result]:
    """The first prediction by transient on a machine that has never compiled it, as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder} if not smoke else dict(os.environ)
        first, again = (
            seconds(lambda: subprocess.run([sys.executable, "-c", COMPILE], check=True, env=environment))
            for _ in range(2)
        )
    results = [Result("transient_compile", "first prediction, compiled before", again, "s")]
    return results if smoke else [Result("transient_compile", "first prediction on a machine", first, "s"), *results]


def _assert_poisson(queue: MtMstM, agents: np.ndarray) -> None:
    """With patience as long as handling the number present is Poisson, whatever the staffing."""
    figures, mean = queue.figures(agents), float(np.mean(queue.handling_time))
    rates = np.asarray(queue.volume) / queue.interval
    load = 0.0
    for i, rate in enumerate(rates):
        present = rate * mean * queue.interval + (load - rate * mean) * mean * -np.expm1(-queue.interval / mean)
        assert abs(figures.busy[i] + figures.queued[i] - present) < 1e-9 * present + 1e-9
        load = rate * mean + (load - rate * mean) * np.exp(-queue.interval / mean)
