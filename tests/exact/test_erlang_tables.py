"""Do the Erlang formulas equal the exact tables and the published golden figures?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from wfm.queueing import ErlangA, ErlangB, ErlangC

TABLES = Path(__file__).parent / "tables"


def cases(table: str) -> list[Any]:
    """Every case of a table, with the table's tolerance."""
    content = json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))
    tolerance = content["relative_tolerance"]
    return [pytest.param(case, tolerance, id=f"{table}-{i}") for i, case in enumerate(content["cases"], 1)]


@pytest.mark.parametrize(("case", "tolerance"), cases("erlang_b"))
def test_blocking(case, tolerance):
    queue = ErlangB(volume=case["load"], handling_time=3600.0)
    expected = case["expected"]
    assert queue.blocking(case["agents"]) == pytest.approx(expected["blocking"], rel=tolerance, abs=0)
    log10 = queue.log_blocking(case["agents"]) / math.log(10.0)
    assert log10 == pytest.approx(expected["log10_blocking"], rel=tolerance, abs=0)


@pytest.mark.parametrize(("case", "tolerance"), cases("erlang_c") + cases("erlang_c_fractional"))
def test_erlang_c(case, tolerance):
    queue = ErlangC(case["volume"], case["handling_time"])
    assert_measures(queue, case, tolerance)


@pytest.mark.parametrize(
    ("case", "tolerance"), cases("erlang_a") + cases("erlang_a_fractional") + cases("finite_lines")
)
def test_erlang_a(case, tolerance):
    patience = math.inf if case["patience"] is None else case["patience"]
    queue = ErlangA(case["volume"], case["handling_time"], patience, lines=case.get("lines"))
    assert_measures(queue, case, tolerance)


def test_erlang_a_side_by_side():
    every = [case.values for case in cases("erlang_a") + cases("erlang_a_fractional")] * 3
    named = {name: [case[name] for case, _ in every] for name in ("volume", "handling_time", "patience", "agents")}
    queue = ErlangA(named["volume"], named["handling_time"], named["patience"])
    for i, (case, tolerance) in enumerate(every):
        for key, expected in case["expected"].items():
            name, _, threshold = key.partition("@")
            if name in ("answered_within", "abandonment", "mean_wait", "average_speed_of_answer", "wait_probability"):
                measures = queue.measures(named["agents"], float(threshold or 20))
                assert getattr(measures, name)[i] == pytest.approx(expected, rel=tolerance), (i, key)


def assert_measures(queue: ErlangA | ErlangC, case: dict[str, Any], tolerance: float) -> None:
    """Every expected measure of a case: `name`, `name@threshold` or `service_level:definition@threshold`."""
    for key, expected in case["expected"].items():
        name, _, threshold = key.partition("@")
        measures = queue.measures(case["agents"], float(threshold or 20))
        if name == "offered_load":
            found = queue.offered_load
        elif name.startswith("service_level:"):
            found = measures.service_level(name.removeprefix("service_level:"))
        else:
            found = getattr(measures, name)
        assert found == pytest.approx(float(expected), rel=tolerance, abs=1e-300), key


@pytest.mark.parametrize(("case", "tolerance"), cases("required_agents_erlang_c") + cases("required_agents_erlang_a"))
def test_required_agents(case, tolerance):
    queue: ErlangA | ErlangC = ErlangC(case["volume"], case["handling_time"])
    if "patience" in case:
        queue = ErlangA(case["volume"], case["handling_time"], case["patience"])
    assert queue.required_agents(**case["targets"]) == case["whole"]
    found = queue.requirement(**case["targets"])
    assert found.whole == case["whole"]
    assert found.fractional <= found.whole <= found.fractional + 1


def test_eighty_twenty_of_a_hundred_contacts_per_half_hour():
    queue = ErlangC(volume=100, handling_time=180, interval=1800)
    found = queue.requirement(service_level=0.8, answer_within=20)
    measures = queue.measures(14, answer_within=20)
    assert (found.whole, round(found.fractional, 2), found.binding) == (14, 13.04, "service_level")
    assert round(measures.service_level(), 3) == 0.888
    assert round(measures.average_speed_of_answer, 1) == 7.8
    assert round(measures.occupancy, 3) == 0.714


def test_an_occupancy_limit_forces_two_more_agents():
    queue = ErlangC(volume=1000, handling_time=120)
    assert queue.required_agents(service_level=0.8, answer_within=20) == 38
    capped = queue.requirement(service_level=0.8, answer_within=20, max_occupancy=0.85)
    assert (capped.whole, capped.binding) == (40, "max_occupancy")


def test_patience_saves_agents_until_the_occupancy_limit_binds():
    volume, handling_time, interval = 200, 300, 1800
    assert ErlangC(volume, handling_time, interval).required_agents(service_level=0.8) == 39
    patient = ErlangA(volume, handling_time, [60, 120, 300], interval)
    assert patient.required_agents(service_level=0.8).tolist() == [33, 35, 37]
    capped = ErlangA(volume, handling_time, 120, interval).requirement(service_level=0.8, max_occupancy=0.85)
    assert (capped.whole, capped.binding) == (39, "max_occupancy")


def test_a_load_exactly_at_the_occupancy_limit_needs_no_agent_more():
    found = ErlangC(volume=1800, handling_time=200).requirement(max_occupancy=0.8)
    assert (found.whole, found.fractional) == (125, 125.0)


def test_patience_as_long_as_handling_makes_the_number_present_poisson():
    measures = ErlangA(volume=200, handling_time=180, patience=180).measures(10)
    expected = 1.0 - sum(math.exp(-10.0) * 10.0**k / math.factorial(k) for k in range(10))
    assert measures.wait_probability == pytest.approx(expected, rel=1e-13)


def test_balking_is_patience_that_ends_at_once():
    measures = ErlangA(volume=200, handling_time=180, patience=120, balking=0.1).measures(10, answer_within=20)
    assert measures.wait_probability == pytest.approx(0.40736158820035096, rel=1e-9)
    assert measures.abandonment == pytest.approx(0.14954747505773247, rel=1e-12)
    assert measures.answered_within == pytest.approx(0.674780119255883, rel=1e-12)
    assert measures.abandoned_within == pytest.approx(0.09717119632675074, rel=1e-12)
    assert measures.mean_wait == pytest.approx(12.51420916425655, rel=1e-12)
    assert measures.average_speed_of_answer == pytest.approx(11.395815877542692, rel=1e-12)
