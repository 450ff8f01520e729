"""What is always true of queues whose handling times are not exponential, what they refuse, and their limits."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing import DEFINITIONS, UNREACHABLE, ErlangC
from wfm.queueing.erlang.redials import ErlangX
from wfm.queueing.goal_seek import largest_volume, longest_handling_time
from wfm.queueing.handling.general_handling import MG1, GGn, MGn
from wfm.queueing.handling.mdn import MDn
from wfm.queueing.handling.whitt import MGnG

handling_times = st.floats(20, 900)
occupancies = st.floats(0.05, 0.999)
thresholds = st.floats(0, 3000)
scvs = st.floats(0, 5)
means = st.floats(5, 2000)
patiences = st.one_of(
    st.builds(lambda mean, shape: {"law": "weibull", "mean": mean, "shape": shape}, means, st.floats(0.4, 4)),
    st.builds(lambda mean, cv: {"law": "lognormal", "mean": mean, "cv": cv}, means, st.floats(0.2, 3)),
    st.builds(lambda mean, cv: {"law": "gamma", "mean": mean, "cv": cv}, means, st.floats(0.3, 2)),
    st.builds(lambda low, width: {"law": "uniform", "low": low, "high": low + width}, st.floats(0, 99), means),
    st.builds(lambda value, b: {"law": "deterministic", "value": value, "at_zero": b}, means, st.floats(0, 0.5)),
    st.builds(lambda short: {"law": "empirical", "sample": (0, short, 60, 300)}, st.floats(1, 59)),
    st.just({"law": "hyperexponential", "probs": (0.3, 0.7), "means": (10, 300)}),
)
lines = st.none() | st.floats(0, 150)
checked = settings(max_examples=60, deadline=None, derandomize=True)
ROUNDING = 1e-11


def volume_of(agents: float, occupancy: float, handling_time: float) -> float:
    return agents * occupancy * 3600 / handling_time


@checked
@given(st.integers(1, 400), occupancies, handling_times, thresholds)
def test_steady_handling_waits_less_than_random_handling_and_at_least_half_as_long(agents, occupancy, time, within):
    volume = volume_of(agents, occupancy, time)
    steady, random = MDn(volume, time).measures(agents, within), ErlangC(volume, time).measures(agents, within)
    assert random.mean_wait / 2 * (1 - ROUNDING) - 1e-300 <= steady.mean_wait <= random.mean_wait * (1 + ROUNDING)
    assert steady.wait_probability <= random.wait_probability * (1 + ROUNDING)
    assert steady.mean_queue == pytest.approx(volume / 3600 * steady.mean_wait, rel=1e-12)


@checked
@given(st.integers(1, 400), occupancies, handling_times, scvs)
def test_a_longer_threshold_answers_more_and_none_is_no_wait(agents, occupancy, time, scv):
    volume = volume_of(agents, occupancy, time)
    for queue in (MDn(volume, time), MGn(volume, time, scv), GGn(volume, time, scv)):
        within = np.sort([0, 1, 20, time - 1e-6, time, time + 1e-6, 5 * time, 1e9])
        found = queue.measures(agents, within)
        assert found.answered_within[0] == pytest.approx(1 - found.wait_probability[0], abs=ROUNDING)
        assert np.all(np.diff(found.answered_within) >= -ROUNDING)
        assert found.answered_within[-1] == pytest.approx(1, abs=1e-6)
        assert all(np.all(found.service_level(one) == found.answered_within) for one in DEFINITIONS)


@checked
@given(st.integers(1, 300), occupancies, handling_times, thresholds, scvs)
def test_more_agents_and_steadier_handling_never_lengthen_waits(agents, occupancy, time, within, scv):
    volume = volume_of(agents, occupancy, time)
    for queue in (MDn(volume, time), MGn(volume, time, scv), GGn(volume, time, scv)):
        few, many = (queue.measures(number, within) for number in (agents, agents + 1))
        assert many.answered_within >= few.answered_within - ROUNDING
        assert many.mean_wait <= few.mean_wait * (1 + ROUNDING)
        assert many.wait_probability <= few.wait_probability * (1 + ROUNDING)
    for kind in (MGn, GGn):
        waits = kind(volume, time, [scv, scv + 0.1]).measures(agents).mean_wait
        assert waits[0] <= waits[1] * (1 + ROUNDING)


def test_heavy_and_light_traffic_lose_no_digits():
    agents = np.array([1, 10, 1000, 100_000])
    heavy = MDn(volume=agents * (1 - 1e-9), handling_time=3600).measures(agents)
    assert heavy.mean_wait == pytest.approx(3600 / agents / 2e-9, rel=1e-4)
    light = MDn(volume=agents * 0.05, handling_time=3600).measures(agents[:2, None])
    assert np.all(light.answered_within <= 1)
    tail = MDn(volume=10, handling_time=3600).measures(100)  # almost surely a hundred who came within the hour
    poisson = math.exp(-10 + 100 * math.log(10) - math.lgamma(101))
    assert tail.wait_probability == pytest.approx(poisson * (1 + 10 / 101 + 100 / (101 * 102)), rel=2e-3)


@pytest.mark.parametrize("kind", [MDn, lambda *load: MGn(*load, 2), lambda *load: GGn(*load, 2)])
def test_overload_and_emptiness_are_answers(kind):
    crowded = kind(200, 180).measures([0, 5, 10], 1e9)
    expected = ErlangC(200, 180).measures([0, 5, 10], 20)
    for name in (
        "wait_probability",
        "answered_within",
        "mean_wait",
        "average_speed_of_answer",
        "mean_queue",
        "occupancy",
    ):
        assert np.array_equal(getattr(crowded, name), getattr(expected, name)), name
    empty = kind(0, 0).measures([0, 3])
    assert np.array_equal(empty.service_level(), [1, 1])
    assert np.array_equal(empty.mean_wait + empty.wait_probability + empty.occupancy, [0, 0])
    assert kind(0, 180).required_agents(service_level=0.8) == 0


def test_one_agent_in_overload_and_without_contacts():
    queue = MG1(volume=[0, 10, 20, 30], handling_time=180, handling_scv=1.5)
    assert queue.wait_probability.tolist() == [0, 0.5, 1, 1]
    assert queue.mean_wait.tolist() == [0, 225, math.inf, math.inf]
    assert queue.mean_queue.tolist() == [0, 0.625, math.inf, math.inf]
    assert queue.offered_load[1] == 0.5


@pytest.mark.parametrize("level", [0.5, 0.8, 0.99])
@pytest.mark.parametrize("load", [0.3, 10, 95])
def test_the_requirement_is_the_least_that_meets_every_target(load, level):
    targets = {"service_level": level, "max_occupancy": 0.9, "max_average_speed_of_answer": 15}
    for queue in (MDn(load, 3600), MGn(load, 3600, 1.7), GGn(load, 3600, 1.7), MGnG(load, 3600, 100)):
        found = queue.required_agents(**targets, answer_within=20)
        assert isinstance(found, int)
        numbers = np.arange(max(found - 1, 1), found + 1)
        m = queue.measures(numbers, 20)
        met = (m.service_level() >= level) & (m.occupancy <= 0.9) & (m.average_speed_of_answer <= 15)
        assert met.tolist() == ([True] if found == 1 else [False, True])
    assert MDn(load, 3600).required_agents(max_occupancy=1) == math.floor(load) + 1


def test_almost_no_load_is_answered_and_goals_are_sought_from_there():
    assert MDn(1e-100, 300).measures(1).mean_wait == pytest.approx(1e-100 * 300 / 3600 * 150, rel=1e-13)
    assert MDn(5e-324, 300).measures([1, 2, 100]).service_level().tolist() == [1, 1, 1]
    for agents in (1, 2):
        volume = largest_volume(MDn(1, 180), agents, service_level=0.8)
        below, above = (MDn(volume * share, 180).measures(agents).service_level() for share in (1, 1 + 1e-9))
        assert above < 0.8 <= below
    longest = longest_handling_time(MDn(10, 1), 1, max_average_speed_of_answer=60)
    assert MDn(10, longest).measures(1).mean_wait == pytest.approx(60, rel=1e-11)


KINDS = {
    "MDn": lambda: MDn(200, 180),
    "MGn": lambda: MGn(200, 180, 1.5),
    "GGn": lambda: GGn(200, 180, 1.5),
    "MGnG": lambda: MGnG(200, 180, 120),
    "ErlangX": lambda: ErlangX(200, 180, 120, 0.3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_all_queues_take_the_same_targets(kind, definition):
    queue = KINDS[kind]()
    targets = {"answer_within": 20, "definition": definition, "short_abandon": 5, "max_occupancy": 0.85}
    found = queue.required_agents(service_level=0.8, max_abandonment=0.05, max_average_speed_of_answer=30, **targets)
    measures = queue.measures([found - 1, found], 20, short_abandon=5)
    met = (measures.service_level(definition) >= 0.8) & (measures.occupancy <= 0.85)
    met &= (measures.abandonment <= 0.05) & (measures.average_speed_of_answer <= 30)
    assert met.tolist() == [False, True]
    assert queue.required_agents(service_level=0.8, max_abandonment=None, whole=True, **targets) <= found
    if kind in ("MDn", "MGn", "GGn"):
        assert queue.required_agents(max_abandonment=1e-6) == 11
        assert measures.short_abandoned.tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["MDn", "MGn", "MGnG", "ErlangX"])
def test_queues_of_whole_agents_refuse_fractional_answers_with_all_other_faults(kind):
    with pytest.raises(InputError) as caught:
        KINDS[kind]().required_agents(service_level=2, definition="sl", max_abandonment=-1, whole=False)
    assert [fault.where for fault in caught.value.faults] == ["whole", "definition", "service_level", "max_abandonment"]
    assert "must be true: this queue is staffed in whole agents" in str(caught.value)


def test_allen_and_cunneen_report_all_faults_and_answer_in_fractions():
    queue = KINDS["GGn"]()
    with pytest.raises(InputError) as caught:
        queue.measures(-1, -2, -3)
    assert [fault.where for fault in caught.value.faults] == ["agents", "answer_within", "short_abandon"]
    with pytest.raises(InputError) as caught:
        queue.required_agents(service_level=2, answer_within=-1, max_occupancy=0, max_average_speed_of_answer=0)
    wrong = ["service_level", "max_occupancy", "max_average_speed_of_answer", "answer_within"]
    assert [fault.where for fault in caught.value.faults] == wrong
    real = queue.required_agents(service_level=0.8, whole=False)
    assert queue.measures(real).service_level() == pytest.approx(0.8, abs=1e-9)


def test_a_threshold_beyond_any_wait_is_fast():
    queue = MGnG(10_800_000, 1, {"law": "weibull", "mean": 100, "shape": 0.7})
    started = time.perf_counter()
    late = queue.measures(300, 1e5)
    assert time.perf_counter() - started < 5
    assert (late.answered_within, late.abandoned_within) == (late.answered, late.abandonment)


def test_arrays_broadcast():
    queue = MGn(volume=[100, 200, 300], handling_time=180, handling_scv=[[0.0], [2.0]])
    assert queue.measures(20, answer_within=20).mean_wait.shape == (2, 3)
    assert queue.required_agents(service_level=[0.8, 0.9, 0.95]).shape == (2, 3)
    assert isinstance(MDn(100, 180).measures(20).mean_wait, float)
    patient = MGnG([100, 200], 180, patience=[[60], [120], [math.inf]])
    assert patient.measures([10, 15]).abandonment.shape == (3, 2)
    assert patient.required_agents(max_abandonment=0.05).shape == (3, 2)


@checked
@given(st.floats(0, 120), st.floats(0.1, 2), handling_times, patiences, st.floats(0, 600), lines)
def test_whitt_conserves_contacts_and_fractions_are_fractions(agents, share, time, patience, within, lines):
    queue = MGnG(volume_of(agents + 0.5, share, time), time, patience, lines=lines)
    m = queue.measures(agents, within, short_abandon=within / 2)
    assert m.answered + m.abandonment + m.blocking == pytest.approx(1, abs=ROUNDING)
    assert 0 <= m.short_abandoned <= m.abandoned_within + ROUNDING
    assert m.abandoned_within <= m.abandonment + ROUNDING
    assert 0 <= m.answered_within <= m.answered + ROUNDING
    joined = queue.offered_load / time * (1 - m.blocking)
    assert m.mean_queue == pytest.approx(joined * m.mean_wait if joined > 0 else 0, rel=1e-6, abs=ROUNDING)
    assert m.occupancy == pytest.approx(min(1, queue.offered_load * m.answered / agents) if agents else 1, abs=1e-9)
    late = queue.measures(agents, [1e7, 1e7 + 1])
    assert late.answered_within == pytest.approx(late.answered, abs=ROUNDING)
    assert late.abandoned_within == pytest.approx(late.abandonment, abs=ROUNDING)


@checked
@given(st.floats(1, 120), st.floats(0.1, 2), handling_times, patiences, st.floats(0, 600))
def test_with_whitt_more_agents_never_lower_the_service_level(agents, share, time, patience, within):
    queue = MGnG(volume_of(agents, share, time), time, patience)
    few, many = (queue.measures(number, within) for number in (agents, agents + 1))
    assert many.answered_within >= few.answered_within - ROUNDING
    assert many.abandonment <= few.abandonment + ROUNDING
    assert many.mean_wait <= few.mean_wait * (1 + ROUNDING) + ROUNDING


def test_whitt_without_patience_or_with_endless_patience():
    queue = MGnG(200, 180, [0, math.inf, 1e12])
    expected = ErlangC(200, 180).measures(12, 20)
    found = queue.measures(12, 20)
    assert found.mean_wait == pytest.approx([0, expected.mean_wait, expected.mean_wait])
    assert queue.measures(9).average_speed_of_answer.tolist() == [0, math.inf, math.inf]
    assert MGnG(200, 180, {"law": "never", "at_zero": 0.2}).measures(9).abandonment > 0
    assert MGnG(200, 180, 60, lines=3).required_agents(service_level=0.9) == UNREACHABLE
    with pytest.raises(InputError, match="patience: must be shorter"):
        MGnG(200_000, 180, {"law": "weibull", "mean": 1e7, "shape": 2}).measures(10)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: MDn(-1, 180), "volume: must be a finite number of at least 0"),
        (lambda: MDn(1, 0), "handling_time: must be greater than 0 where contacts are offered"),
        (lambda: MDn(1, 180, interval=0), "interval: must be a finite number greater than 0"),
        (lambda: MDn(1, 180).measures(1.5), "agents: must be a whole number of at least 0; this queue has no law"),
        (lambda: MGn(1, 180, 1).measures([1, 2.5]), r"agents\[1\]: must be a whole number"),
        (lambda: MDn(1, 180).measures(2, -1), "answer_within: must be a finite number of at least 0"),
        (lambda: MDn(1, 180).required_agents(), "targets: must hold at least one of service_level, max_occupancy"),
        (lambda: MDn(1, 180).required_agents(service_level=1), "service_level: must be a fraction"),
        (lambda: MG1(math.nan, 180, -1), "2 faults"),
        (lambda: GGn(1, 180, 1, arrival_scv=-1), "arrival_scv: must be a finite number of at least 0"),
        (lambda: GGn([1, 2], 180, [1, 2, 3]), "shapes: must broadcast"),
        (lambda: MGnG(-1, 180, {"law": "weibul"}, lines=-1), "3 faults"),
        (lambda: MGnG([1, 2], 180, 60, lines=[1, 2, 3]), "shapes: must broadcast"),
        (lambda: MGnG(1, 180, 60).required_agents(max_abandonment=0), "max_abandonment: must be a fraction"),
    ],
)
def test_nonsense_is_refused_by_name(ask, told):
    with pytest.raises(InputError, match=told):
        ask()
