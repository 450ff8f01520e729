"""Sweeps: many worlds against the engine's own rate, formulas in one call, threads, a cluster, and memory.

The worlds are of the bell-shaped day of 5000 contacts, its volume varied a little, so that all cost about the same.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

import wfm
from benches import workloads
from benches.registry import Result, bench, in_turn, median_ratio, seconds
from wfm.sweeps.sweep import Ask

DAYS = 100


@bench
def sweep_analytic(smoke: bool) -> list[Result]:
    """A thousand days by Erlang A in one call, predicted and staffed, against one day after the other."""
    days, rounds = (40, 1) if smoke else (1000, 5)
    results = []
    asks: list[tuple[Ask, Callable[[wfm.ContactCenter, wfm.StaffingPlan], object]]] = [
        ("predict", lambda center, plan: wfm.predict(center, plan, "erlang-a").total.service_level.mean),
        ("staff", lambda center, plan: wfm.requirement(center, "erlang-a").plan.paid_hours.sum()),
    ]
    for ask, alone in asks:
        asked = _worlds(days, ask=(ask,), method="erlang-a")
        column = {"predict": "service_level", "staff": "required_hours"}[ask]
        whole = wfm.sweep(asked).table
        together = whole.filter(whole["contact_type"].is_null())[column]
        for case in range(0, days, days // 8):
            assert together[case] == alone(*asked.world(case)), (ask, case)
        some = range(1, days, 10)
        swept, one_by_one = in_turn(
            rounds,
            lambda asked=asked: seconds(lambda: wfm.sweep(asked)) / days,
            lambda asked=asked, alone=alone, some=some: (
                seconds(lambda: [alone(*asked.world(case)) for case in some]) / len(some)
            ),
        )
        took = days * statistics.median(swept)
        results.append(Result("sweep_analytic", f"{days} days, {ask}", took, "s", "below 1"))
        results.append(Result("sweep_analytic", f"one call / one by one, {ask}", median_ratio(swept, one_by_one), "x"))
    return results


@bench
def sweep_simulated(smoke: bool) -> list[Result]:
    """A thousand worlds of a hundred days each, a hundred worlds in turn with one long run of the engine."""
    worlds, rounds = (4, 1) if smoke else (100, 10)
    asked = _worlds(worlds)
    center, days = asked.center, DAYS * (worlds + 1)
    found = wfm.sweep(_worlds(3), threads=1).table
    for case in (0, 3):
        seen = wfm.predict(*_worlds(3).world(case), _simulation(DAYS))
        row = found.filter((found["case"] == case) & found["contact_type"].is_null())
        assert row["service_level"][0] == seen.total.service_level.mean
    swept, engine = in_turn(
        rounds,
        lambda: seconds(lambda: wfm.sweep(asked, threads=1)),
        lambda: seconds(lambda: wfm.predict(center, center.plan, _simulation(days))),
    )
    contacts = days * sum(float(center.volume(name).sum()) for name in center.contact_types)
    ratio = median_ratio(swept, engine)
    return [
        Result("sweep_simulated", f"{worlds} worlds x {DAYS} days", statistics.median(swept), "s"),
        Result("sweep_simulated", "of a contact in a sweep", 1e9 * statistics.median(swept) / contacts, "ns"),
        Result("sweep_simulated", "sweep / engine alone", ratio, "x", "at most 1.1"),
    ]


@bench
def sweep_threads(smoke: bool) -> list[Result]:
    """Two threads against one."""
    results = []
    for name, asked in (
        ("simulated", _worlds(4 if smoke else 100)),
        ("predicted by a formula", _worlds(40 if smoke else 4000, ask=("predict",), method="erlang-a")),
        ("staffed by a formula", _worlds(40 if smoke else 2000, ask=("staff",), method="erlang-a")),
    ):
        one, two = (wfm.sweep(asked, threads=threads).table for threads in (1, 2))
        assert one.equals(two)
        serial, together = in_turn(
            1 if smoke else 7,
            lambda asked=asked: seconds(lambda: wfm.sweep(asked, threads=1)),
            lambda asked=asked: seconds(lambda: wfm.sweep(asked, threads=2)),
        )
        goal = "at least 1.8" if name == "simulated" else "at least 1"
        results.append(Result("sweep_threads", f"one / two threads, {name}", median_ratio(serial, together), "x", goal))
    return results


@bench
def sweep_cluster(smoke: bool) -> list[Result]:
    """Two dask workers against one."""
    try:
        from distributed import LocalCluster
    except ImportError:
        return []
    from wfm.sweeps.clusters import Cluster

    asked = _worlds(4 if smoke else 100)
    with ExitStack() as stack:
        clusters = [
            stack.enter_context(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0"))
            for workers in (1, 2)
        ]
        one, two = (stack.enter_context(Cluster(local.scheduler_address)) for local in clusters)
        expected = wfm.sweep(asked).table
        for executor in (one, two):
            assert wfm.sweep(asked, executor=executor).table.equals(expected)
        serial, together = in_turn(
            1 if smoke else 7,
            lambda: seconds(lambda: wfm.sweep(asked, executor=one)),
            lambda: seconds(lambda: wfm.sweep(asked, executor=two)),
        )
    ratio = median_ratio(serial, together)
    return [Result("sweep_cluster", "one / two dask workers", ratio, "x", "at least 1.6")]


@bench
def sweep_memory(smoke: bool) -> list[Result]:
    """The memory that a hundred thousand cases by a formula take, each in a process of its own."""
    program = (
        "import re, sys, time; from benches.sweeps import grid; import wfm\n"
        "cases = int(sys.argv[1]); asked = grid(cases); began = time.perf_counter()\n"
        "table = wfm.sweep(asked).table\n"
        "assert table['case'].n_unique() == cases + 1 and table['fault'].null_count() == len(table)\n"
        # Its own peak; that of resource.getrusage begins with its parent's.
        "peak = re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read()).group(1)\n"
        "print(time.perf_counter() - began, int(peak) / 1024)\n"
    )
    results = []
    for cases in (100, 400) if smoke else (1000, 100_000):
        command = [sys.executable, "-c", program, str(cases)]
        took, peak = map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
        goal = "below 1024" if cases == 100_000 else ""
        results.append(Result("sweep_memory", f"{cases} cases, peak", peak, "MiB", goal))
        results.append(Result("sweep_memory", f"{cases} cases", took, "s"))
    return results


def grid(cases: int) -> wfm.Sweep:
    """Volume crossed with handling time, by Erlang A; a square number of cases, or ten times one."""
    side = int(np.sqrt(cases))
    while cases % side:
        side -= 1
    axes = [("contact_types.*.volume", side), ("contact_types.*.aht", cases // side)]
    variations = [wfm.Variation(path, tuple(np.linspace(0.8, 1.2, levels).tolist()), "factor") for path, levels in axes]
    return wfm.Sweep(_center(), variations=variations, design="grid", ask=("predict",), method="erlang-a")


def _worlds(number: int, ask: tuple[Ask, ...] = ("predict",), method: object = "simulation") -> wfm.Sweep:
    levels = tuple(np.linspace(0.98, 1.02, number).tolist())
    return wfm.Sweep(
        _center(), variations=[wfm.Variation("contact_types.*.volume", levels, "factor")], ask=ask, method=method
    )


def _center() -> wfm.ContactCenter:
    center = workloads.w2()
    return replace(center, experiment=replace(center.experiment, replications=DAYS))


def _simulation(days: int) -> wfm.Simulation:
    return wfm.Simulation(replications=days, threads=1, percentiles=False)
