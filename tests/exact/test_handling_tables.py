"""Are queues whose handling times are not exponential exact where they say so, and elsewhere as near as they say?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfm.queueing import ErlangA, ErlangB, ErlangC
from wfm.queueing.handling.general_handling import MG1, GGn, MGn
from wfm.queueing.handling.mdn import MDn
from wfm.queueing.handling.whitt import MGnG

TABLES = Path(__file__).parent / "tables"


def cases(table: str) -> list[dict[str, Any]]:
    return json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", cases("mdn"))
def test_constant_handling(case):
    queue = MDn(case["volume"], case["handling_time"])
    for key, expected in case["expected"].items():
        name, _, threshold = key.partition("@")
        found = getattr(queue.measures(case["agents"], float(threshold or 20)), name)
        assert found == pytest.approx(expected, rel=1e-9), key


@pytest.mark.parametrize("load", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_constant_handling_with_one_agent_follows_erlangs_series(load):
    for within in (0.0, 0.3, 1.0, 2.5, 4.0):  # in handling times; the series alternates, so that later ones lose digits
        series = sum(
            (load * (j - within)) ** j / math.factorial(j) * math.exp(load * (within - j))
            for j in range(math.floor(within) + 1)
        )
        found = MDn(volume=load, handling_time=100, interval=100).measures(1, answer_within=100 * within)
        assert found.answered_within == pytest.approx((1 - load) * series, rel=1e-11)


@pytest.mark.parametrize("agents", [1, 2, 7, 40, 300, 1000])
@pytest.mark.parametrize("occupancy", [0.6, 0.9, 0.99])
def test_mean_queue_with_constant_handling_follows_from_the_zeros_inside_the_unit_circle(agents, occupancy):
    """Of z^agents = e^(load (z - 1)), as for a bus stop where `agents` leave at once (Frank Downton, 1955)."""
    load = agents * occupancy
    turns = np.exp(2j * math.pi * np.arange(1, agents) / agents)
    zeros = turns * math.exp(-occupancy)
    for _ in range(60):  # Newton's method for each of z = turn e^(occupancy (z - 1))
        image = turns * np.exp(occupancy * (zeros - 1))
        zeros -= (zeros - image) / (1 - occupancy * image)
    curvature = load * load - 2 * agents * load + agents * (agents - 1)
    present = math.fsum((1 / (1 - zeros)).real) - curvature / (2 * (agents - load))
    found = MDn(volume=load, handling_time=1, interval=1).measures(agents)
    assert found.mean_queue == pytest.approx(present - load, rel=1e-7, abs=1e-10 * load)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (4, 2.0), (12, 10.0), (30, 29.0)])
def test_the_law_of_constant_handling_stays_as_it_is_from_one_handling_time_to_the_next(agents, load):
    """Built by stepping the number present from an empty centre until nothing changes."""
    size = 1500
    arrivals = [math.exp(-load)]
    for j in range(1, size):
        arrivals.append(arrivals[-1] * load / j)
    present = np.array(arrivals)
    transform = np.fft.rfft(arrivals, 2 * size)
    for _ in range(3000):
        waiting = np.zeros(size)
        waiting[0] = present[: agents + 1].sum()
        waiting[1 : size - agents] = present[agents + 1 :]
        present = np.fft.irfft(np.fft.rfft(waiting, 2 * size) * transform, 2 * size)[:size]
    found = MDn(volume=load, handling_time=1, interval=1).measures(agents)
    assert found.wait_probability == pytest.approx(1 - present[:agents].sum(), rel=1e-9)
    assert found.mean_queue == pytest.approx(np.arange(size - agents) @ present[agents:], rel=1e-9)


def test_constant_handling_in_light_traffic_with_one_agent_is_pollaczek_and_khinchine():
    load = np.array([1e-300, 1e-250, 1e-100, 1e-15, 1e-12, 1e-8, 1e-6, 1e-4, 0.01, 0.1, 0.2, 0.22, 0.25, 0.3, 0.9])
    found = MDn(volume=load, handling_time=1, interval=1).measures(1, answer_within=0)
    assert found.mean_wait == pytest.approx(load / 2 / (1 - load), rel=1e-13, abs=0)
    assert found.wait_probability == pytest.approx(load, rel=1e-13, abs=0)


@pytest.mark.parametrize("agents", [1, 2, 3, 7, 20, 60])
@pytest.mark.parametrize("occupancy", [1e-100, 1e-8, 1e-6, 1e-4, 0.01, 0.1, 0.3])
def test_constant_handling_in_light_traffic_is_spitzers_series(agents, occupancy):
    """The mean highest point of a walk: sum over k of E[(arrivals in k handling times - k agents)+] / k."""
    load, wait = agents * occupancy, 0.0
    for k in range(1, 80):  # each term is divided by the load before it can underflow
        mean, taken = k * load, k * agents
        mass = math.exp(taken * math.log(mean) - mean - math.lgamma(taken + 1)) if occupancy > 1e-3 else 0.0
        if mass == 0.0:
            mass = math.exp(-mean) * math.prod(mean / i for i in range(1, taken + 1))
        if mass < 1e-30 * wait:
            break
        for m in range(1, 200):
            wait += m * mass / (taken + m)
            mass *= mean / (taken + m)
    found = MDn(volume=load, handling_time=1, interval=1).measures(agents).mean_wait
    assert found == pytest.approx(wait, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("case", cases("mg1_and_loss"))
def test_one_agent_and_loss(case):
    if "agents" in case:
        found = ErlangB(case["volume"], case["handling_time"]).blocking(case["agents"])
        assert found == pytest.approx(case["expected"]["blocking"], rel=1e-9)
        return
    queue = MG1(case["volume"], case["handling_time"], case["handling_scv"])
    for name, expected in case["expected"].items():
        assert getattr(queue, name) == pytest.approx(expected, rel=1e-12), name


@pytest.mark.parametrize("agents", [1, 12, 150])
def test_kimura_joins_constant_and_exponential_handling_and_one_agent(agents):
    volume, rounding = agents * 17.0, 1 + 1e-12
    steady, medium, random = (MGn(volume, 180, scv).measures(agents, 20) for scv in (0, 0.5, 1))
    constant, exponential = MDn(volume, 180).measures(agents, 20), ErlangC(volume, 180).measures(agents, 20)
    for name in ("wait_probability", "answered_within", "mean_wait", "mean_queue"):
        assert getattr(steady, name) == pytest.approx(getattr(constant, name), rel=1e-12)
        assert getattr(random, name) == pytest.approx(getattr(exponential, name), rel=1e-12)
        low, high = sorted((getattr(steady, name), getattr(random, name)))
        assert low / rounding <= getattr(medium, name) <= high * rounding
    scv = np.array([0, 0.3, 1, 2.5])
    alone = MGn(17, 180, scv).measures(1)
    assert alone.mean_wait == pytest.approx(MG1(17, 180, scv).mean_wait, rel=1e-12)
    assert alone.wait_probability == pytest.approx(0.85, rel=1e-12)


def test_allen_and_cunneen_is_erlang_c_for_random_arrivals_and_exponential_handling():
    found, expected = GGn(200, 180, 1).measures([11, 12.5], 20), ErlangC(200, 180).measures([11, 12.5], 20)
    assert found.answered_within == pytest.approx(expected.answered_within, rel=1e-13)
    assert found.mean_wait == pytest.approx(expected.mean_wait, rel=1e-13)
    assert GGn(17, 180, 2.5).measures(1).mean_wait == pytest.approx(MG1(17, 180, 2.5).mean_wait, rel=1e-12)


@pytest.mark.parametrize("lines", [None, 14, 7.5])
@pytest.mark.parametrize("balking", [0.0, 0.15])
@pytest.mark.parametrize("patience", [20.0, 120.0, 2000.0])
def test_whitt_with_exponential_patience_is_erlang_a(patience, balking, lines):
    agents = np.array([0, 5, 9.5, 12, 20])[:, None]
    law = {"law": "exponential", "mean": patience, "at_zero": balking}
    found = MGnG([2, 200, 260], 180, law, lines=lines).measures(agents, 20, short_abandon=5)
    expected = ErlangA([2, 200, 260], 180, patience, lines=lines, balking=balking).measures(agents, 20, short_abandon=5)
    for name, value in vars(expected).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-11, abs=1e-15, nan_ok=True), name


@pytest.mark.filterwarnings("error")
def test_whitt_with_exponential_patience_is_erlang_a_in_overload_and_with_long_patience():
    rng = np.random.default_rng(20261125)
    load, time = 10 ** rng.uniform(-2, np.log10(3000), 60), 10 ** rng.uniform(0, 3.5, 60)
    patience = np.minimum(10 ** rng.uniform(0, 7, 60), 1e5 * time / load)
    agents, within = np.round(load * rng.uniform(0.3, 1.5, 60)), time * rng.uniform(0, 3, 60)
    volume = np.append(load / time * 3600, [7320, 90_000, 200])
    queue = (volume, np.append(time, [300, 60, 180]), np.append(patience, [3600, 300, 1e7]))
    asked = (np.append(agents, [336, 828, 9]), np.append(within, [20, 20, 20]), 5)
    found, expected = MGnG(*queue).measures(*asked), ErlangA(*queue).measures(*asked)
    for name, value in vars(expected).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-11, abs=1e-15), name


@pytest.mark.parametrize("within", [250.0, 1000.0, 2000.0, 2500.0, 1e5])
def test_whitt_with_a_threshold_about_as_long_as_the_longest_wait_is_erlang_a(within):
    queue = (3600 * 26, 1, 1000)
    found, expected = (kind(*queue).measures(10, within) for kind in (MGnG, ErlangA))
    assert found.answered_within == pytest.approx(expected.answered_within, rel=1e-11, abs=1e-15)
    assert found.abandoned_within == pytest.approx(expected.abandoned_within, rel=1e-11)


@pytest.mark.parametrize("shape", [0.7, 1.8])
def test_whitt_equals_its_chain_solved_as_a_matrix(shape):
    """The stationary law as a null vector, the wait of a contact in each place as a matrix exponential."""
    from scipy.linalg import expm

    agents, places, load, within = 4, 9, 4.4, 0.3
    scale = 0.6 / math.gamma(1 + 1 / shape)
    leaving = np.array([load * (k / load / scale) ** shape for k in range(places + 1)])
    states = agents + places + 1
    rates = np.diag(np.full(states - 1, load), 1)
    rates += np.diag([min(k, agents) + leaving[max(0, k - agents)] for k in range(1, states)], -1)
    flow = rates - np.diag(rates.sum(axis=1))
    law = np.linalg.lstsq(np.vstack([flow.T, np.ones(states)]), np.append(np.zeros(states), 1.0), rcond=None)[0]
    behind = law[agents : agents + places]
    wait = np.zeros((places + 2, places + 2))  # the last two states: answered, abandoned
    for ahead in range(places):
        wait[ahead, ahead - 1 if ahead else places] = agents + leaving[ahead]
        wait[ahead, places + 1] = leaving[ahead + 1] - leaving[ahead]
        wait[ahead, ahead] = -agents - leaving[ahead + 1]
    ended = np.append(behind, [0.0, 0.0]) @ expm(within * wait)
    at_last = np.append(behind, [0.0, 0.0]) @ expm(200 * wait)
    patience = {"law": "weibull", "mean": 60, "shape": shape}
    found = MGnG(volume=load, handling_time=100, patience=patience, interval=100, lines=agents + places).measures(
        agents, answer_within=100 * within
    )
    assert found.wait_probability == pytest.approx(behind.sum(), rel=1e-10)
    assert found.answered_within == pytest.approx(law[:agents].sum() + ended[places], rel=1e-10)
    assert found.abandoned_within == pytest.approx(ended[places + 1], rel=1e-9)
    assert found.abandonment == pytest.approx(at_last[places + 1], rel=1e-9)
    assert found.answered == pytest.approx(law[:agents].sum() + at_last[places], rel=1e-10)


@pytest.mark.parametrize("case", [case for case in cases("phase_type_service") if case["patience"] is None])
def test_queues_without_abandonment_are_as_near_as_they_say(case):
    arguments = (case["volume"], case["handling_time"], case["handling_scv"])
    expected = case["expected"]
    for queue, below, above in ((MGn(*arguments), -0.03, 0.02), (GGn(*arguments), 0.03, 0.09)):
        found = queue.measures(case["agents"])
        assert below <= found.mean_wait / expected["mean_wait"] - 1 <= above
        assert -0.007 <= found.wait_probability - expected["wait_probability"] <= -0.004
        assert found.occupancy == pytest.approx(expected["occupancy"], rel=1e-9)
    assert found.abandonment == expected["abandonment"] == 0


@pytest.mark.parametrize("case", [case for case in cases("phase_type_service") if case["patience"] is not None])
def test_whitt_is_as_near_as_it_says_with_exponential_patience(case):
    expected = case["expected"]
    found = MGnG(case["volume"], case["handling_time"], case["patience"]).measures(case["agents"])
    assert -0.015 <= found.wait_probability - expected["wait_probability"] <= 0.007
    assert -0.004 <= found.abandonment - expected["abandonment"] <= 0.005
    assert -0.04 <= found.mean_wait / expected["mean_wait"] - 1 <= 0.06
    assert -0.005 <= found.occupancy - expected["occupancy"] <= 0.004


@pytest.mark.parametrize("case", cases("sim_single_skill"))
def test_whitt_is_as_near_as_it_says_with_any_handling_and_patience(case):
    threshold = next(float(key.partition("@")[2]) for key in case["expected"] if "@" in key)
    expected = {key.partition("@")[0]: value for key, value in case["expected"].items()}
    found = MGnG(case["volume"], case["handling_time"], case["patience"]).measures(case["agents"], threshold)
    constant = case["handling"]["law"] == "deterministic"
    assert abs(found.answered_within - expected["answered_within"]) <= (0.074 if constant else 0.045)
    assert -0.004 <= found.abandonment - expected["abandonment"] <= (0.019 if constant else 0.013)
    assert -0.12 <= found.mean_wait / expected["mean_wait"] - 1 <= (0.3 if constant else 0.25)
    speed = found.average_speed_of_answer / expected["average_speed_of_answer"] - 1
    assert -0.07 <= speed <= (0.28 if constant else 0.18)
