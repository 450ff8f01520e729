"""Do offered loads and the rules for planning periods equal the exact tables, and one another where they must?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfm.model.laws import Deterministic, Exponential, Lognormal
from wfm.queueing import ErlangC
from wfm.queueing.over_time.arrivals import Curve, Sinusoid, Steps
from wfm.queueing.over_time.offered_load import offered_load
from wfm.queueing.over_time.period_staffing import (
    PeriodQueues,
    agents_for_wait_probability,
    interval_loads,
    period_loads,
)

TABLES = Path(__file__).parent / "tables"
KINDS = {"exponential": Exponential, "deterministic": Deterministic, "lognormal": Lognormal}


def cases(table: str) -> list[Any]:
    """Every case of a table, with the table's tolerance."""
    content = json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))
    tolerance = content["relative_tolerance"]
    return [pytest.param(case, tolerance, id=f"{table}-{i}") for i, case in enumerate(content["cases"], 1)]


def curve_of(wave: Sinusoid) -> Curve:
    """The same rate as a function that tells nothing of itself."""
    return Curve(lambda times: wave.mean * (1 + wave.swing * np.sin(2 * math.pi * times / wave.period)))


@pytest.mark.parametrize(("case", "tolerance"), cases("offered_load"))
def test_offered_load(case, tolerance):
    kind = Steps if "volume" in case["arrivals"] else Sinusoid
    handling = KINDS[case["handling"]["law"]](**case["handling"])
    load = offered_load(kind(**case["arrivals"]), handling)
    assert load.at(case["at"]) == pytest.approx(case["expected"], rel=tolerance)


@pytest.mark.parametrize("as_curve", [False, True])
@pytest.mark.parametrize(("case", "tolerance"), cases("time_varying_staffing"))
def test_agents_of_every_period_by_every_rule(case, tolerance, as_curve):
    assert tolerance == 0
    wave = Sinusoid(**case["arrivals"])
    arrivals = curve_of(wave) if as_curve else wave
    starts = np.arange(0.0, wave.period, case["planning_period"])
    for rule, expected in case["expected"].items():
        loads = period_loads(arrivals, case["handling_time"], starts, starts + case["planning_period"], rule)
        queues = PeriodQueues(loads, case["handling_time"]).erlang_c()
        assert agents_for_wait_probability(queues, case["max_wait_probability"]).tolist() == expected, rule


def test_a_constant_rate_has_the_stationary_load_once_it_has_run_long_enough():
    steps = Steps(np.full(40, 50.0), interval=1800)
    for handling in (300.0, Lognormal(300.0, 0.8), Deterministic(300.0)):
        load = offered_load(steps, handling)
        assert load.at(72_000 - 1e-6) == pytest.approx(50 * 300 / 1800, rel=1e-7)
        assert load.average(68_400, 72_000) == pytest.approx(50 * 300 / 1800, rel=1e-7)


def test_exponential_loads_follow_their_differential_equation():
    volume, seconds, interval = np.array([60.0, 0.0, 240.0, 30.0]), 900.0, 1800.0
    load, busy = offered_load(Steps(volume, interval), seconds), 0.0
    for place, expected_volume in enumerate(volume):
        full = expected_volume * seconds / interval
        left = math.exp(-interval / seconds)
        mean = full + (busy - full) * (1 - left) * seconds / interval
        assert load.average(place * interval, (place + 1) * interval) == pytest.approx(mean, rel=1e-12)
        assert load.maximum(place * interval, (place + 1) * interval) == pytest.approx(
            max(busy, full + (busy - full) * left), rel=1e-12
        )
        busy = full + (busy - full) * left
        assert load.at((place + 1) * interval) == pytest.approx(busy, rel=1e-12)


def test_a_load_of_fixed_handling_peaks_between_the_ends_of_an_interval():
    load = offered_load(Steps([90.0, 0.0], interval=900), Deterministic(1000.0))
    assert load.at([450, 900, 950, 1000, 1450, 1900]) == pytest.approx([45, 90, 90, 90, 45, 0], abs=1e-9)
    late = offered_load(Steps([0.0, 90.0, 60.0, 0.0], interval=900), Deterministic(1000.0))
    assert late.maximum(1800, 2700) == pytest.approx(90 + 60 * 100 / 900, rel=1e-12), "100 s into the interval"


def test_steps_of_many_intervals_tend_to_the_sinusoid_that_they_cut():
    wave, width = Sinusoid(mean=100, swing=0.5, period=28_800), 60.0
    edges = np.arange(0, 10 * 28_800 + 1, width)
    steps = Steps(np.asarray(wave.average(edges[:-1], edges[1:])) * width / 3600, interval=width)
    steepest = wave.mean / 3600 * wave.swing * 2 * math.pi / wave.period
    times = edges[-480::60]
    for handling in (600.0, Lognormal(600.0, 1.0), Deterministic(900.0)):
        exact = offered_load(wave, handling).at(times)
        assert offered_load(steps, handling).at(times) == pytest.approx(exact, abs=width**2 / 12 * steepest)


def test_centre_intervals_by_the_mean_rate_need_what_erlang_c_says():
    volume = [50.0, 0.0, 120.0]
    loads = interval_loads(volume, handling_time=[240.0, 0.0, 300.0], interval=1800, rule="sipp_average")
    queues = PeriodQueues(loads, [240.0, 240.0, 300.0]).erlang_c()
    plain = ErlangC(volume, [240.0, 240.0, 300.0], 1800)
    assert queues.required_agents(service_level=0.8).tolist() == plain.required_agents(service_level=0.8).tolist()
