"""What is always true of the Erlang queues, what they refuse, and their limits."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.queueing import DEFINITIONS, UNREACHABLE, ErlangA, ErlangB, ErlangC, Measures

volumes = st.floats(0.1, 3000)
handling_times = st.floats(20, 900)
patiences = st.floats(5, 3600)
queues = st.tuples(volumes, handling_times, patiences)
limited = st.tuples(st.none() | st.integers(1, 60), st.floats(0, 0.9))  # lines, balking
staffing = st.floats(0.3, 2.0)  # agents relative to the load
thresholds = st.floats(0, 300)
shares = st.floats(0.05, 0.99)
checked = settings(max_examples=150, deadline=None, derandomize=True)
ROUNDING = 1e-11


def staffed(volume: float, handling_time: float, share: float) -> float:
    return 0.5 + share * volume * handling_time / 3600


@checked
@given(queues, staffing, thresholds, st.floats(0.01, 5))
def test_more_agents_never_lower_the_service_level(queue, share, within, more):
    volume, handling_time, patience = queue
    agents = staffed(volume, handling_time, share)
    measures = ErlangA(volume, handling_time, patience).measures([agents, agents + more], within)
    few, many = measures.service_level()
    assert many >= few - ROUNDING
    assert measures.abandonment[1] <= measures.abandonment[0] + ROUNDING
    assert measures.occupancy[1] <= measures.occupancy[0] + ROUNDING
    assert measures.mean_wait[1] <= measures.mean_wait[0] * (1 + ROUNDING) + ROUNDING


@checked
@given(volumes, handling_times, patiences, staffing)
def test_erlang_a_waits_more_often_than_b_blocks_and_less_often_than_c_waits(volume, handling_time, patience, share):
    agents = staffed(volume, handling_time, share)
    blocked = ErlangB(volume, handling_time).blocking(agents)
    waits = ErlangA(volume, handling_time, patience).measures(agents).wait_probability
    longest = ErlangC(volume, handling_time).measures(agents).wait_probability
    assert blocked <= waits * (1 + ROUNDING)
    assert waits <= longest * (1 + ROUNDING)


@checked
@given(volumes, handling_times, st.floats(1.02, 2.0))
def test_erlang_a_becomes_c_as_patience_grows_and_b_as_it_vanishes(volume, handling_time, share):
    agents = staffed(volume, handling_time, share)
    endless = ErlangC(volume, handling_time).measures(agents, 20)
    patient = ErlangA(volume, handling_time, [1e8, 1e14, math.inf]).measures(agents, 20)
    assert patient.service_level() == pytest.approx(endless.service_level(), rel=1e-3)
    assert patient.service_level()[1:] == pytest.approx(endless.service_level(), rel=1e-12)
    hasty = ErlangA(volume, handling_time, [1e-9, 0.0]).measures(agents, 20)
    assert hasty.abandonment == pytest.approx(ErlangB(volume, handling_time).blocking(agents), rel=1e-6)


@checked
@given(queues, staffing, thresholds, st.floats(0, 0.9), st.integers(0, 200))
def test_contacts_are_conserved_and_fractions_are_fractions(queue, share, within, balking, places):
    volume, handling_time, patience = queue
    agents = staffed(volume, handling_time, share)
    lines = math.ceil(agents) + places
    m = ErlangA(volume, handling_time, patience, lines=lines, balking=balking).measures(
        agents, within, short_abandon=within / 2
    )
    assert m.answered + m.abandonment + m.blocking == pytest.approx(1.0, abs=1e-12)
    assert 0 <= m.short_abandoned <= m.abandoned_within <= m.abandonment <= 1
    assert 0 <= m.answered_within <= m.answered <= 1
    assert m.mean_queue == pytest.approx(volume / 3600 * m.mean_wait * (1 - m.blocking), rel=1e-9, abs=1e-12)
    assert all(0 <= m.service_level(definition) <= 1 + 1e-12 for definition in DEFINITIONS)


@checked
@given(queues, thresholds, shares, shares, st.sampled_from(list(DEFINITIONS)))
def test_the_requirement_is_the_least_that_meets_every_target(queue, within, level, occupancy, definition):
    queue = ErlangA(*queue)
    targets = {"service_level": level, "answer_within": within, "definition": definition, "max_occupancy": occupancy}
    found = queue.requirement(**targets)
    assert found.fractional <= found.whole <= found.fractional + 1 + 1e-9
    assert found.whole >= 1

    def met(agents: float) -> bool:
        m = queue.measures(agents, within)
        return bool(m.service_level(definition) >= level - 1e-9 and m.occupancy <= occupancy + 1e-9)

    assert met(found.whole)
    assert met(found.fractional + 1e-7) or found.fractional == 0
    assert found.whole == 1 or not all_met_exactly(queue, found.whole - 1, targets)


def all_met_exactly(queue: ErlangA, agents: float, targets: dict) -> bool:
    m = queue.measures(agents, targets["answer_within"])
    return bool(
        m.service_level(targets["definition"]) >= targets["service_level"] + 1e-9
        and m.occupancy <= targets["max_occupancy"] - 1e-9
    )


@checked
@given(queues, thresholds, shares, st.sampled_from(list(DEFINITIONS)), limited)
def test_the_requirement_equals_a_search_from_one_agent_upwards(queue, within, level, definition, limits):
    volume, handling_time, patience = queue
    lines, balking = limits
    queue = ErlangA(volume / 50, handling_time, patience, lines=lines, balking=balking)
    levels = queue.measures(np.arange(1, 200), within, short_abandon=5).service_level(definition)
    assume(np.nanmin(np.abs(levels - level)) > 1e-9)
    met = np.nonzero(levels >= level)[0]
    expected = 1 + int(met[0]) if met.size else UNREACHABLE
    targets = {"service_level": level, "answer_within": within, "definition": definition, "short_abandon": 5}
    assert queue.required_agents(**targets) == expected


MEASURES = [one.name for one in fields(Measures)]


def many(seed: int, count: int = 150) -> tuple[dict, dict]:
    """Arguments and staffing of many different queues: light and overloaded ones, hasty and endless patience."""
    rng = np.random.default_rng(seed)
    queue = {
        "volume": 10 ** rng.uniform(-1, 3.5, count) * rng.integers(0, 8, count).clip(0, 1),
        "handling_time": rng.uniform(20, 900, count),
        "patience": rng.choice([0.0, math.inf, *10 ** rng.uniform(-1, 4, 12)], count),
        "balking": rng.choice([0.0, 0.0, 0.3, 1.0], count),
        "lines": rng.choice([math.inf, math.inf, math.inf, 40.0], count),
    }
    load = queue["volume"] * queue["handling_time"] / 3600
    staffed = {
        "agents": np.maximum(0, np.round(load + rng.normal(0, 3, count) * np.sqrt(load), rng.integers(0, 2))),
        "answer_within": rng.choice([0.0, 5.0, 20.0, 600.0], count),
        "short_abandon": rng.choice([0.0, 5.0], count),
    }
    return queue, staffed


@pytest.mark.parametrize("seed", range(20))
def test_many_queues_side_by_side_get_what_a_few_get(seed):
    queue, staffed = many(seed)
    together = ErlangA(**queue).measures(**staffed)
    for few in (slice(0, 50), slice(50, 100), slice(100, 150)):
        own = {name: value[few] for name, value in queue.items()}
        alone = ErlangA(**own).measures(**{name: value[few] for name, value in staffed.items()})
        for name in MEASURES:
            assert getattr(together, name)[few] == pytest.approx(getattr(alone, name), rel=1e-12, abs=0, nan_ok=True), (
                name
            )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("definition", ["answered_of_offered", "answered_of_answered"])
def test_whole_agents_found_side_by_side_are_those_of_the_search(seed, definition):
    rng = np.random.default_rng(seed)
    queue, staffed = many(seed)
    targets = {"service_level": rng.uniform(0.05, 0.99, 150), "answer_within": staffed["answer_within"]}
    targets["definition"] = definition
    if seed % 2:
        targets["max_occupancy"] = rng.choice([0.7, 0.85, 1.0])
    if seed % 3 == 0:
        targets["max_average_speed_of_answer"] = rng.uniform(0.5, 300, 150)
    callers = {"volume": queue["volume"], "handling_time": queue["handling_time"]}
    if seed % 4 == 0:  # so that the occupancy limit is met exactly
        callers = {"volume": 7 * rng.integers(0, 200, 150), "handling_time": 360}
    patient = ErlangC(**callers)
    assert np.array_equal(patient.required_agents(**targets), patient.requirement(**targets).whole)
    impatient = ErlangA(**callers, patience=queue["patience"])
    assert np.array_equal(impatient.required_agents(**targets), impatient.requirement(**targets).whole)
    if definition == "answered_of_offered" and seed % 3:
        assert np.array_equal(
            impatient.required_agents(**targets, max_abandonment=0.05),
            impatient.requirement(**targets, max_abandonment=0.05).whole,
        )


def test_huge_and_tiny_loads_take_the_same_agents_side_by_side():
    queue = ErlangC(volume=[1e-12, 0, 1e-3, 1e3, 1e5, 1.2e6, 1.2e6], handling_time=300)
    for targets in ({"service_level": 0.8}, {"max_average_speed_of_answer": 1e-6}, {"max_occupancy": 0.5}):
        assert np.array_equal(queue.required_agents(**targets), queue.requirement(**targets).whole)
    assert ErlangC(1.2e6, 300).required_agents(service_level=0.8) > 100_000


def test_a_target_missed_by_rounding_alone_is_met_side_by_side():
    volume = np.linspace(0.5, 0.95, 100) * 50 * 12
    for queue in (ErlangC(volume, 300), ErlangA(volume, 300, 120)):
        level = queue.measures(50).service_level()
        level, offered = level[level < 1 - 1e-6], replace(queue, volume=volume[level < 1 - 1e-6])
        for change, agents in ((1e-13, 50), (-1e-9, 50), (1e-9, 51)):
            assert np.all(offered.required_agents(service_level=level + change) == agents)


def test_arguments_are_left_as_they_were():
    waits = np.full(3, 20.0)
    ErlangC([100.0, 200.0, 300.0], 180).required_agents(max_average_speed_of_answer=waits)
    assert waits.tolist() == [20.0] * 3


@checked
@given(volumes, handling_times, staffing, st.floats(0.01, 5))
def test_more_agents_never_raise_blocking_or_waits(volume, handling_time, share, more):
    agents = staffed(volume, handling_time, share)
    few, many = ErlangB(volume, handling_time).blocking([agents, agents + more])
    assert many <= few * (1 + ROUNDING)
    measures = ErlangC(volume, handling_time).measures([agents, agents + more])
    assert measures.wait_probability[1] <= measures.wait_probability[0] * (1 + ROUNDING)
    assert measures.average_speed_of_answer[1] <= measures.average_speed_of_answer[0] * (1 + ROUNDING)


@checked
@given(handling_times, patiences, st.integers(1, 100))
def test_as_the_load_vanishes_nobody_waits(handling_time, patience, agents):
    for queue in (ErlangA(1e-9, handling_time, patience), ErlangC(1e-9, handling_time)):
        measures = queue.measures(agents, 0)
        assert measures.service_level() == pytest.approx(1, abs=1e-6)
        assert measures.occupancy == pytest.approx(0, abs=1e-6)
        assert queue.required_agents(service_level=0.99, answer_within=0) == 1


@checked
@given(volumes, handling_times, st.floats(0.001, 0.9))
def test_lines_for_a_blocking_target_are_the_least(volume, handling_time, blocking):
    queue = ErlangB(volume, handling_time)
    whole, real = queue.required_agents(blocking), queue.required_agents(blocking, whole=False)
    assert queue.blocking(whole) <= blocking * (1 + 1e-9)
    assert whole == 1 or queue.blocking(whole - 1) > blocking * (1 - 1e-9)
    assert real <= whole <= real + 1 + 1e-9


def test_fractional_agents_join_whole_ones_without_a_step():
    queue = ErlangA(200, 180, 120, lines=14)
    measures = queue.measures([11 - 1e-9, 11, 11 + 1e-9], 20)
    for name in ("wait_probability", "answered_within", "blocking", "abandonment", "occupancy"):
        assert np.ptp(getattr(measures, name)) < 1e-8


def test_scalars_give_floats_and_arrays_give_arrays():
    queue = ErlangA(volume=[100, 200, 300], handling_time=180, patience=120)
    measures = queue.measures(np.arange(10, 14)[:, None], answer_within=20)
    assert measures.mean_wait.shape == measures.service_level().shape == measures.occupancy.shape == (4, 3)
    found = queue.requirement(service_level=[[0.8], [0.9]], max_occupancy=0.9)
    assert found.whole.shape == found.fractional.shape == found.binding.shape == (2, 3)
    assert found.whole.dtype == np.int64
    alone = ErlangA(200, 180, 120).requirement(service_level=0.8)
    assert [type(x) for x in (alone.whole, alone.fractional, alone.binding)] == [int, float, str]
    assert type(ErlangA(200, 180, 120).measures(12).service_level("answered_of_answered")) is float
    assert type(ErlangA(200, 180, 120).offered_load) is float
    assert ErlangA([], 180, 120).requirement(service_level=0.8).whole.shape == (0,)


def test_nothing_offered_needs_nobody_and_serves_everybody():
    for queue in (ErlangC(0, 180), ErlangA(0, 0, 120)):
        found = queue.requirement(service_level=0.8)
        assert (found.whole, found.fractional, found.binding) == (0, 0.0, "none")
        measures = queue.measures([0, 3])
        assert measures.service_level().tolist() == [1, 1]
        assert measures.occupancy.tolist() == measures.average_speed_of_answer.tolist() == [0, 0]
    assert ErlangB(0, 180).blocking(0) == 0.0
    assert ErlangB(0, 180).required_agents(0.01) == 0


def test_an_overloaded_erlang_c_has_limits_and_no_warnings():
    measures = ErlangC(200, 180).measures([0, 5, 10])
    assert measures.wait_probability.tolist() == measures.occupancy.tolist() == [1, 1, 1]
    assert measures.answered_within.tolist() == measures.service_level().tolist() == [0, 0, 0]
    assert np.isinf(measures.average_speed_of_answer).all()
    assert np.isinf(measures.mean_queue).all()


def test_without_agents_everybody_abandons_or_is_blocked():
    measures = ErlangA(200, 180, [120, math.inf], lines=[math.inf, 5]).measures(0, answer_within=20)
    assert measures.abandonment.tolist() == [1, 0]
    assert measures.blocking.tolist() == [0, 1]
    assert measures.mean_wait[0] == pytest.approx(120)
    assert measures.abandoned_within[0] == pytest.approx(1 - math.exp(-1 / 6))
    assert ErlangB(200, 180).blocking(0) == 1.0


def test_stability_binds_where_no_other_target_asks_for_more():
    found = ErlangC(200, 180).requirement(max_occupancy=1)
    assert (found.whole, found.fractional, found.binding) == (11, 10.0, "stability")


def test_abandonment_and_speed_of_answer_bind_by_name():
    queue = ErlangA(200, 180, 120)
    assert queue.requirement(service_level=0.5, max_abandonment=0.01).binding == "max_abandonment"
    strict = queue.requirement(service_level=0.5, max_average_speed_of_answer=0.5)
    assert strict.binding == "max_average_speed_of_answer"
    assert queue.measures(strict.fractional).average_speed_of_answer == pytest.approx(0.5, rel=1e-8)


def test_too_few_lines_put_a_target_out_of_reach():
    found = ErlangA(200, 180, 120, lines=8).requirement(service_level=0.8)
    assert (found.whole, found.fractional, found.binding) == (UNREACHABLE, math.inf, "service_level")


def test_short_abandons_leave_the_denominator():
    queue = ErlangA(200, 180, 120)
    m = queue.measures(10, answer_within=20, short_abandon=5)
    assert m.short_abandoned == queue.measures(10, answer_within=5).abandoned_within
    assert m.service_level("excluding_short_abandons") == m.answered_within / (1 - m.short_abandoned)


def test_deep_tails_do_not_underflow():
    queue = ErlangB(volume=3600, handling_time=10)
    assert queue.blocking(5000) == 0.0
    assert queue.log_blocking(5000) == pytest.approx(5000 * math.log(10) - 10 - math.lgamma(5001), rel=1e-12)
    assert ErlangA(3600, 10, 60).measures(5000).service_level() == 1.0


def test_every_fault_is_named_with_its_value():
    with pytest.raises(InputError) as caught:
        ErlangA(volume=-1, handling_time=math.nan, patience=[60, -2], balking=1.5)
    places = [fault.where for fault in caught.value.faults]
    assert places == ["volume", "handling_time", "patience[1]", "balking"]
    assert "-2.0" in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: ErlangC("many", 180), "volume"),
        (lambda: ErlangC(10, 0), "handling_time"),
        (lambda: ErlangC(10, 180, 0), "interval"),
        (lambda: ErlangC([1, 2], [1, 2, 3]), "shapes"),
        (lambda: ErlangA(10, 180, 60).measures(-1), "agents"),
        (lambda: ErlangA(10, 180, 60).measures([1, 2], [1, 2, 3]), "shapes"),
        (lambda: ErlangA(10, 180, 60).measures(3).service_level("answered_of_all"), "definition"),
        (lambda: ErlangA(10, 180, 60).requirement(), "targets"),
        (lambda: ErlangA(10, 180, 60).required_agents(service_level=1.0), "service_level"),
        (lambda: ErlangA(10, 180, 60).required_agents(service_level=0.8, definition="sl"), "definition"),
        (lambda: ErlangA(10, 180, 60).required_agents(max_occupancy=1.2), "max_occupancy"),
        (lambda: ErlangB(10, 180).required_agents(0.0), "max_blocking"),
        (lambda: ErlangB(10, 180).measures(-3), "agents"),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == [where]


def run_python(program: str, **variables: str) -> str:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True).stdout


def test_importing_the_room_loads_no_compiler():
    assert run_python("import sys, wfm.queueing; print('numba' in sys.modules)").strip() == "False"


def test_kernels_give_the_same_answers_uncompiled():
    program = (
        "from wfm.queueing import ErlangA, ErlangB, ErlangC\n"
        "a = ErlangA([200, 0, 500], 180, [120, 60, float('inf')], lines=[float('inf'), 5, 40])\n"
        "m = a.measures([8, 0, 30.5], 20, 5)\n"
        "print(m.service_level().tolist(), m.abandonment.tolist(), m.average_speed_of_answer.tolist())\n"
        "print(ErlangA(200, 180, [120, 5]).requirement(service_level=0.8, max_occupancy=0.85,\n"
        "    max_abandonment=0.1, max_average_speed_of_answer=10, definition='answered_of_answered'))\n"
        "print(ErlangC(100, 180, 1800).requirement(service_level=0.8), ErlangC(200, 180).measures([0, 10, 14]))\n"
        "print(ErlangB(100, 180).log_blocking([0, 2.5, 900]).tolist(), ErlangB(100, 180).required_agents(0.01))\n"
        "print(ErlangC([100, 3], 180).required_agents(service_level=0.8).tolist())\n"
        "print(ErlangA([100, 3], 180, 120).required_agents(service_level=0.8, max_occupancy=0.9).tolist())\n"
        "m = ErlangA([100] * 64, 180, 120, balking=0.1).measures(5.5, 20, 5)\n"
        "print(m.service_level().tolist(), m.abandonment.tolist(), m.short_abandoned.tolist())\n"
    )
    plain = run_python(program, NUMBA_DISABLE_JIT="1")
    compiled = run_python(program, NUMBA_DISABLE_JIT="0")
    words = re.compile(r"[\w.+-]+")
    for one, other in zip(words.findall(plain), words.findall(compiled), strict=True):
        if one != other:
            assert float(one) == pytest.approx(float(other), rel=1e-9, abs=1e-12)


def test_blocking_too_rare_for_the_other_figures_is_still_exact():
    # One agent, eight lines, patience of a second against handling of an hour: hardly ever is a line taken but one.
    load, theta = 0.3, 3600.0
    states = [1.0, load]
    for waiting in range(1, 8):
        states.append(states[-1] * load / (1.0 + waiting * theta))
    measures = ErlangA(0.3, 3600, patience=1, lines=8).measures(1)
    assert measures.blocking == pytest.approx(states[-1] / math.fsum(states), rel=1e-12, abs=0)


def test_far_more_agents_than_load_are_answered_at_once():
    assert ErlangB(200, 180).blocking(1e11) == 0
    assert ErlangC(200, 180).measures(1e12).service_level() == 1
    # log B of many agents is that of the Poisson probability of all being busy.
    agents, load = 3000.0, 10.0
    expected = agents * math.log(load) - load - math.lgamma(agents + 1)
    assert ErlangB(200, 180).log_blocking(agents) == pytest.approx(expected, rel=1e-14)
    assert ErlangB(200, 180).log_blocking(900.0) == pytest.approx(
        900.0 * math.log(load) - load - math.lgamma(901.0), rel=1e-13
    )


@pytest.mark.parametrize("limit", [1e-2, 1e-4, 1e-6])
def test_small_limits_are_kept_as_exactly_as_large_ones(limit):
    assert ErlangC(200, 180).required_agents(max_occupancy=limit) == round(10 / limit)


def test_every_queue_takes_the_same_targets():
    targets = {
        "service_level": 0.8, "answer_within": 20, "definition": "excluding_short_abandons", "short_abandon": 5,
        "max_occupancy": 0.85, "max_abandonment": None, "max_average_speed_of_answer": None, "whole": True,
    }  # fmt: skip
    assert ErlangC(200, 180).required_agents(**targets) == 14
    assert ErlangA(200, 180, 120).required_agents(**targets) == 12
    assert ErlangC(200, 180).required_agents(**(targets | {"max_abandonment": 0.05})) == 14


@pytest.mark.parametrize(
    "odd",
    [np.timedelta64(5, "m"), np.datetime64("2026-01-05"), np.ma.masked_array([20.0], [True]), 1j, 10**400, None, "20"],
    ids=str,
)
def test_what_is_no_number_is_refused(odd):
    with pytest.raises(InputError, match="answer_within"):
        ErlangC(200, 180).measures(12, answer_within=odd)
