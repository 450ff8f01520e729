"""The simulation engines: nanoseconds per contact, against a hand-written C++ event loop and against each other.

Counts per interval are on, percentiles and log off, unless a bench is about them. The yardstick is a program of its
own: WFM_YARDSTICK names its binary, which is called as `BINARY W1|W2|W3 blk-wheel REPLICATIONS` and prints `ns=...` per
contact. Without it the ratios to it are left out.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

import numpy as np

import wfm
from benches import workloads
from benches.registry import Result, bench, in_turn, median_ratio, seconds
from wfm.queueing import ErlangA
from wfm.recording import predict_and_log
from wfm.simulation.run import Engine


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
    return _against_yardstick("W1", center, 1, "at most 0.9", smoke)


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
    return _against_yardstick("W2", center, replications, "at most 0.9", smoke)


@bench
def w3(smoke: bool) -> list[Result]:
    """Two hundred days of 6000 calls that are routed by skill."""
    center = workloads.w3()
    replications = 10 if smoke else 200
    seen = _simulate(center, replications)
    if not smoke:
        # Three codes agree on .9022 +- .0006 and .0266.
        assert abs(seen.total.service_level.mean - 0.9022) < 0.0006 + 1.5 * seen.total.service_level.half_width
        assert abs(seen.total.abandonment.mean - 0.0266) < 0.0003 + 1.5 * seen.total.abandonment.half_width
    return _against_yardstick("W3", center, replications, "at most 1.2", smoke)


@bench
def large(smoke: bool) -> list[Result]:
    """A centre of 50 types, 60 groups and 1,000 agents, a contact against one of W3."""
    many, few, replications = workloads.large(), workloads.w3(), 2 if smoke else 40
    contacts = {id(one): float(_simulate(one, 2).total.offered.mean) * replications for one in (many, few)}
    figures = in_turn(
        1 if smoke else 7,
        *(
            lambda one=one: 1e9 * seconds(lambda: _simulate(one, replications)) / contacts[id(one)]
            for one in (many, few)
        ),
    )
    return [
        Result("large", "50 types, 60 groups, 1,000 agents", statistics.median(figures[0]), "ns/contact"),
        Result("large", "a contact / a contact of W3", median_ratio(*figures), "x", "at most 3"),
    ]


@bench
def extras(smoke: bool) -> list[Result]:
    """What percentiles, and the log of every contact as a table, cost more, on W3."""
    center, replications = workloads.w3(), 5 if smoke else 160
    contacts = float(_simulate(center, replications).total.offered.mean) * replications
    plain, percentiles, log = in_turn(
        1 if smoke else 7,
        lambda: 1e9 * seconds(lambda: _simulate(center, replications)) / contacts,
        lambda: 1e9 * seconds(lambda: _simulate(center, replications, percentiles=True)) / contacts,
        lambda: 1e9 * seconds(lambda: predict_and_log(center, None, _method(replications))) / contacts,
    )
    return [
        Result(
            "extras",
            "percentiles, more",
            statistics.median(b - a for a, b in zip(plain, percentiles, strict=True)),
            "ns/contact",
        ),
        Result(
            "extras",
            "log, more",
            statistics.median(b - a for a, b in zip(plain, log, strict=True)),
            "ns/contact",
            "at most 40",
        ),
    ]


@bench
def engines(smoke: bool) -> list[Result]:
    """The compiled engine against the readable one; the same counts."""
    results = []
    for name, center in (("W2", workloads.w2()), ("W3", workloads.w3())):
        replications = 1 if smoke else 2
        fast = _simulate(center, replications)
        slow = _simulate(center, replications, engine="reference")
        assert np.array_equal(fast.contacts.products, slow.contacts.products)
        many = 20 if smoke else 300
        compiled, reference = in_turn(
            1 if smoke else 3,
            lambda center=center, many=many: seconds(lambda: _simulate(center, many)) / many,
            lambda center=center: seconds(lambda: _simulate(center, 1, engine="reference")),
        )
        ratio = median_ratio(reference, compiled)
        results.append(Result("engines", f"SimPy engine / compiled engine, {name}", ratio, "x", "at least 100"))
    return results


@bench
def threads(smoke: bool) -> list[Result]:
    """Two threads against one; the same bits."""
    results = []
    for name, center, replications in (("W2", workloads.w2(), 2000), ("W3", workloads.w3(), 800)):
        many = 64 if smoke else replications
        one, two = _simulate(center, many), _simulate(center, many, threads=2)
        assert np.array_equal(one.contacts.products, two.contacts.products)
        slow, fast = in_turn(
            1 if smoke else 7,
            lambda center=center, many=many: seconds(lambda: _simulate(center, many)),
            lambda center=center, many=many: seconds(lambda: _simulate(center, many, threads=2)),
        )
        results.append(
            Result("threads", f"one thread / two threads, {name}", median_ratio(slow, fast), "x", "at least 1.85")
        )
    return results


@bench
def memory(smoke: bool) -> list[Result]:
    """How much more memory 20 times as many replications take, each run in a process of its own."""
    few, many = (_peak_memory(20 if smoke else replications) for replications in (5_000, 100_000))
    return [Result("memory", "100,000 replications more than 5,000", many - few, "MiB", "about 0")]


@bench
def first_call(smoke: bool) -> list[Result]:
    """The first simulation of a process, kernels compiled before; and with nothing compiled yet."""
    results = []
    for kernel, name in (("recursion", "w2_day"), ("events", "w3")):
        with tempfile.TemporaryDirectory() as folder:
            cold = None if smoke else _first_call(name, {"NUMBA_CACHE_DIR": folder})
            warm = [_first_call(name, {} if smoke else {"NUMBA_CACHE_DIR": folder}) for _ in range(1 if smoke else 5)]
        if cold is not None:
            results.append(Result("first_call", f"{kernel}, not yet compiled", cold, "s", "below 10"))
        results.append(Result("first_call", f"{kernel}, compiled before", statistics.median(warm), "s", "below 0.6"))
    return results


def _first_call(name: str, environment: dict[str, str]) -> float:
    """Seconds from `import wfm` done to the first prediction, in a new process."""
    program = (
        "import time, wfm; center = wfm.load(wfm.example({name!r})); began = time.perf_counter();"
        "wfm.predict(center, method=wfm.Simulation(2, threads=1, percentiles=False));"
        "print(time.perf_counter() - began)"
    )
    return float(_printed(program.format(name=name), environment))


def _peak_memory(replications: int) -> float:
    """Peak memory of a process that simulates so many replications of a small centre, MiB."""
    program = (
        "import resource, wfm; center = wfm.load(wfm.example('two_queues'));"
        "wfm.predict(center, method=wfm.Simulation({replications}, threads=2));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    return float(_printed(program.format(replications=replications), {}))


def _printed(program: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment).stdout


def _method(
    replications: int, threads: int = 1, engine: Engine = "compiled", *, percentiles: bool = False
) -> wfm.Simulation:
    return wfm.Simulation(replications, 1, engine, threads, percentiles=percentiles)


def _simulate(
    center: wfm.ContactCenter,
    replications: int,
    threads: int = 1,
    engine: Engine = "compiled",
    *,
    percentiles: bool = False,
) -> wfm.Prediction:
    return wfm.predict(center, method=_method(replications, threads, engine, percentiles=percentiles))


def _against_yardstick(name: str, center: wfm.ContactCenter, replications: int, goal: str, smoke: bool) -> list[Result]:
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
        Result(name, "ours / yardstick", median_ratio(figures, yardstick), "x", goal),
    ]


def _yardstick(binary: str, name: str, replications: int) -> float:
    command = [binary, name, "blk-wheel", str(replications)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"ns=([\d.]+)", printed)
    assert found, printed
    return float(found.group(1))
