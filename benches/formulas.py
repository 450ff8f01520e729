"""The Erlang formulas: a year's requirement, a week's with its binding limit, measures, and time to compile them."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benches.registry import Result, bench, in_turn, median_ratio, seconds
from wfm.queueing import ErlangA, ErlangC

YEAR = 35040  # quarter hours
HANDLING, PATIENCE, WITHIN, LEVEL = 300.0, 180.0, 20.0, 0.8
W5_GOALS = {10: 0.6, 100: 1.0, 1000: 2.0, 10_000: 5.0}  # microseconds per evaluation


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


@bench
def w4(smoke: bool) -> list[Result]:
    """The least agents for 80/20 by Erlang C in every quarter hour of a year, against the recursion of textbooks."""
    load = _year(smoke)
    volume = load * 3600.0 / HANDLING

    def ours() -> Any:
        queue = ErlangC(volume=volume, handling_time=HANDLING)
        return queue.required_agents(service_level=LEVEL, answer_within=WITHIN)

    assert np.array_equal(ours(), _textbook(load, WITHIN / HANDLING, LEVEL))
    times, textbook = in_turn(
        1 if smoke else 15,
        lambda: seconds(ours),
        lambda: seconds(lambda: _textbook(load, WITHIN / HANDLING, LEVEL)),
    )
    return [
        Result("w4", f"Erlang C, {load.size} intervals", 1e3 * statistics.median(times), "ms", "below 5"),
        Result("w4", "ours / compiled textbook recursion", median_ratio(times, textbook), "x", "below 0.12"),
    ]


@bench
def w4_patience(smoke: bool) -> list[Result]:
    """The same year with patience."""
    load = _year(smoke)
    queue = ErlangA(volume=load * 3600.0 / HANDLING, handling_time=HANDLING, patience=PATIENCE)

    def ours() -> Any:
        return queue.required_agents(service_level=LEVEL, answer_within=WITHIN)

    found = ours()
    for i in range(0, load.size, max(1, load.size // 200)):
        assert _by_beta_functions(found[i], load[i])[0] >= LEVEL - 1e-12
        assert found[i] == 1 or _by_beta_functions(found[i] - 1, load[i])[0] < LEVEL
    times = [seconds(ours) for _ in range(1 if smoke else 9)]
    return [
        Result("w4_patience", f"Erlang A, {load.size} intervals", 1e3 * statistics.median(times), "ms", "below 100")
    ]


@bench
def w5(smoke: bool) -> list[Result]:
    """All measures by Erlang A at 98 % load, 2000 evaluations a call."""
    count, results = 100 if smoke else 2000, []
    for agents, goal in W5_GOALS.items():
        load = np.full(count, 0.98 * agents)
        queue = ErlangA(volume=load * 3600.0 / HANDLING, handling_time=HANDLING, patience=PATIENCE)

        def ours(queue: ErlangA = queue, agents: int = agents) -> Any:
            return queue.measures(agents, answer_within=WITHIN)

        seen = ours()
        for figure, exact in zip(
            (seen.service_level(), seen.abandonment, seen.mean_wait), _by_beta_functions(agents, load[0]), strict=True
        ):
            assert np.allclose(figure, exact, rtol=1e-12, atol=0.0), (agents, figure[0], exact)
        times = [seconds(ours) for _ in range(1 if smoke else 15)]
        each = 1e6 * statistics.median(times) / count
        results.append(Result("w5", f"Erlang A, {agents} agents", each, "us", f"below {goal:g}"))
    return results


@bench
def compile(smoke: bool) -> list[Result]:
    """The first answers on a machine, kernels not yet compiled: a process of its own with an empty cache."""
    program = (
        "import time; began = time.perf_counter()\n"
        "from wfm.queueing import ErlangA, ErlangB, ErlangC\n"
        "queue = ErlangC(100, 180, 1800)\n"
        "assert queue.required_agents(service_level=0.8) == 14; print(time.perf_counter() - began)\n"
        "assert ErlangA(200, 180, 120).measures(12).answered > 0.9\n"
        "assert ErlangA(200, 180, 120).required_agents(service_level=0.8) == 12; print(time.perf_counter() - began)\n"
        "assert queue.requirement(service_level=0.8, max_occupancy=0.85).whole == 14\n"
        "assert ErlangB(600, 60).required_agents(0.01) == 18; print(time.perf_counter() - began)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ if smoke else os.environ | {"NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", program]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()
    steps = ("whole agents by Erlang C", "and by Erlang A, with measures", "and fractions, limits, Erlang B")
    return [Result("compile", step, float(time), "s") for step, time in zip(steps, printed, strict=True)]


def _year(smoke: bool) -> NDArray[np.float64]:
    """A year of loads [erlang], shuffled."""
    return np.random.default_rng(1).permutation(np.linspace(0.5, 400.0, 500 if smoke else YEAR))


@njit
def _textbook(load, within, level):  # type: ignore[no-untyped-def]
    """Erlang's recursion from no agents upwards until the service level is reached, one load after the other."""
    found = np.zeros(load.size, dtype=np.int64)
    for i in range(load.size):
        a, inverse, n, reached = load[i], 1.0, 0, False
        while not reached:
            n += 1
            inverse = 1.0 + inverse * n / a
            if n > a:
                waits = n / (n + (n - a) * (inverse - 1.0))
                reached = 1.0 - waits * math.exp(-(n - a) * within) >= level
        found[i] = n
    return found


def _by_beta_functions(agents: int, load: float) -> tuple[float, float, float]:
    """Service level, abandonment and mean wait [s] from the stationary law and the incomplete beta function.

    With k contacts ahead, the share of them still there after t is such that e^(-theta t) has a beta law: Avishai
    Mandelbaum and Sergey Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007).
    """
    from scipy.special import betainc

    theta = HANDLING / PATIENCE
    queue = np.arange(1, 4000)
    below = np.cumsum(np.log(np.arange(agents, 0.0, -1.0) / load))[::-1]  # relative to all busy and nobody in queue
    above = np.cumsum(np.log(load / (agents + queue * theta)))
    law = np.exp(np.concatenate([below, [0.0], above]) - max(0.0, below.max(), above.max()))
    law /= law.sum()
    ahead, c = np.arange(queue.size + 1), agents / theta
    gone = -math.expm1(-theta * WITHIN / HANDLING)
    waits = law[agents:] * (c / (c + ahead + 1.0)) * betainc(ahead + 1.0, c + 1.0, gone)
    abandonment = theta * float(law[agents:] @ ahead) / load
    return float(law[:agents].sum() + waits.sum()), abandonment, abandonment * PATIENCE
