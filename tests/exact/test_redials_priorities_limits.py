"""Do redials, priorities and the limits for many agents equal the exact tables and what they must tend to?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfm.queueing import ErlangA, ErlangB, ErlangC
from wfm.queueing.erlang.redials import ErlangX
from wfm.queueing.priorities import PriorityQueue
from wfm.queueing.square_root import garnett, halfin_whitt, square_root_staffing

TABLES = Path(__file__).parent / "tables"


def cases(table: str) -> list[Any]:
    """Every case of a table, with the table's tolerance."""
    content = json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))
    tolerance = content["relative_tolerance"]
    return [pytest.param(case, tolerance, id=f"{table}-{i}") for i, case in enumerate(content["cases"], 1)]


@pytest.mark.parametrize(("case", "tolerance"), cases("erlang_a_redial"))
def test_redials(case, tolerance):
    queue = ErlangX(case["volume"], case["handling_time"], case["patience"], case["redial_after_abandonment"])
    measures = queue.measures(case["agents"], case["answer_within"])
    for name, expected in case["expected"].items():
        assert getattr(measures, name) == pytest.approx(expected, rel=tolerance), name


@pytest.mark.parametrize(("case", "tolerance"), cases("priority_nonpreemptive"))
def test_priorities(case, tolerance):
    measures = PriorityQueue(case["volume"], case["handling_time"]).measures(case["agents"])
    for name, expected in case["expected"].items():
        assert getattr(measures, name) == pytest.approx(expected, rel=tolerance), name


@pytest.mark.parametrize(("case", "tolerance"), cases("qed_formulas"))
def test_limits(case, tolerance):
    expected = case["expected"]
    if case["limit"] == "halfin_whitt":
        assert halfin_whitt(case["beta"]) == pytest.approx(expected["wait_probability"], rel=tolerance)
        return
    limit = garnett(case["beta"], case["impatience"])
    assert limit.wait_probability == pytest.approx(expected["wait_probability"], rel=tolerance)
    assert limit.scaled_abandonment == pytest.approx(expected["scaled_abandonment"], rel=tolerance)


def test_the_extended_erlang_b_keeps_its_balance():
    lines = np.array([5, 12, 40])
    queue = ErlangX(600, 60, np.inf, redial_after_blocking=0.7, lines=lines)
    attempts = queue.measures(lines).attempts
    blocked = ErlangB(attempts, 60).blocking(lines)
    assert attempts == pytest.approx(600 + 0.7 * blocked * attempts, rel=1e-12)


def test_redials_with_one_agent_and_no_queue_by_hand():
    """a = 1/2 + a B / 2 with B = a / (1 + a), that is a^2 + a = 1: the golden ratio."""
    measures = ErlangX(30, 60, np.inf, redial_after_blocking=0.5, lines=1).measures(1)
    assert measures.attempts == pytest.approx(60 * (math.sqrt(5) - 1) / 2, rel=1e-12)


def test_repeats_are_a_geometric_sum_where_nobody_is_lost():
    measures = ErlangX(80, 180, np.inf, repeat_probability=0.2).measures(8, answer_within=30)
    plain = ErlangC(100, 180).measures(8, answer_within=30)
    assert measures.attempts == pytest.approx(100, rel=1e-12)
    assert measures.service_level() == pytest.approx(plain.service_level(), rel=1e-12)


def test_the_highest_class_waits_an_exponential_time():
    queue = PriorityQueue([100, 60, 40], 180)
    measures = queue.measures(12, answer_within=[20, 20, 20])
    all_waits = ErlangC(200, 180).measures(12).wait_probability
    late = all_waits * math.exp(-(12 / 180 - 100 / 3600) * 20)
    assert measures.answered_within[0] == pytest.approx(1 - late, abs=1e-12)


def test_lower_classes_wait_until_a_random_walk_comes_down():
    """The wait behind j contacts ends when j + 1 more have ended than higher ones have come: summed state by state."""
    volume, seconds, agents, within = np.array([120.0, 70.0]), 180.0, 12.0, 45.0
    measures = PriorityQueue(volume, seconds).measures(agents, answer_within=within)
    ending, arriving = agents / seconds, volume / 3600
    ratio = arriving.sum() / ending
    size = 400
    walk = (1 - ratio) * ratio ** np.arange(size)  # how many more must end before this one is served, less 1
    clock = ending + arriving[0]
    weight, still = math.exp(-clock * within), 0.0
    for step in range(200):
        still += weight * walk.sum()
        up, down = walk * arriving[0] / clock, walk * ending / clock
        walk = np.zeros(size)
        walk[1:] += up[:-1]
        walk[:-1] += down[1:]
        weight *= clock * within / (step + 1)
    expected = 1 - measures.wait_probability * still
    assert measures.answered_within[1] == pytest.approx(expected, abs=1e-11)


def test_an_overloaded_lower_class_keeps_all_agents_busy_and_no_more():
    """One class below a class that never stops: each higher contact waits for an agent, then for those ahead."""
    measures = PriorityQueue([100, 200], 180).measures(12, answer_within=20)
    assert measures.wait_probability == measures.occupancy == 1.0
    assert measures.mean_wait[0] == pytest.approx(1 / (12 / 180 - 100 / 3600), rel=1e-12)
    assert measures.answered_within[0] == pytest.approx(-math.expm1(-(12 / 180 - 100 / 3600) * 20), abs=1e-12)
    assert (measures.mean_wait[1], measures.mean_queue[1], measures.answered_within[1]) == (math.inf, math.inf, 0.0)


def test_large_queues_are_near_their_limits():
    """The error of these limits is of the order of 1 / sqrt(agents)."""
    load = np.array([1e3, 1e5])
    agents = square_root_staffing(load, 0.8)
    patient, limit = ErlangA(load, 3600, 1800).measures(agents), garnett(0.8, 2.0)
    scaled = patient.abandonment / patient.wait_probability * np.sqrt(agents)
    for exact, limiting in (
        (ErlangC(load, 3600).measures(agents).wait_probability, halfin_whitt(0.8)),
        (patient.wait_probability, limit.wait_probability),
        (scaled, limit.scaled_abandonment),
    ):
        assert (np.abs(exact / limiting - 1) < 1 / np.sqrt(load)).all()
