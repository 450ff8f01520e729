"""What is always true of changing rates, their offered loads and the rules, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from wfm.errors import InputError
from wfm.model.laws import (
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from wfm.queueing import UNREACHABLE, ErlangA, ErlangC
from wfm.queueing.over_time.arrivals import Curve, Sinusoid, Steps
from wfm.queueing.over_time.durations import passed, passed_over_time, smoothing, survival
from wfm.queueing.over_time.offered_load import offered_load
from wfm.queueing.over_time.period_staffing import (
    RULES,
    PeriodQueues,
    agents_for_wait_probability,
    interval_loads,
    period_loads,
)
from wfm.queueing.whole_search import least_whole_of_each

LAWS: list[Law] = [
    Exponential(300.0),
    Exponential(300.0, at_zero=0.2),
    Lognormal(300.0, 1.2),
    Gamma(300.0, 0.6),
    Gamma(300.0, 2.0),
    Erlang(300.0, 3),
    Weibull(300.0, 0.7),
    Weibull(300.0, 2.0),
    Uniform(100.0, 700.0),
    Deterministic(300.0),
    Hyperexponential((0.3, 0.7), (600.0, 150.0)),
    Empirical((20.0, 300.0, 300.0, 900.0, 1500.0)),
]
every_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.law}-{law.scv_by_interval(1)[0]:.2g}")
checked = settings(max_examples=60, deadline=None, derandomize=True)
volumes = st.lists(st.floats(0, 500), min_size=1, max_size=8).map(np.array)


@every_law
def test_integrals_of_a_law_are_those_of_its_survival(law):
    standard = law.standard_by_interval(1)[0]
    unit = law.mean_by_interval(1)[0] / law.scale_by_interval(1)[0] / (1 - law.at_zero)
    bends = [x for x in (1e-4, 1e-2, 1 / 7, 1.0, *standard.shape) if x < 2.5 * unit]
    for age in (0.0, 0.3 * unit, 2.5 * unit):
        inside = sorted(x for x in bends if 0 < x < age)
        area = quad(lambda u: float(survival(standard, np.array(u))), 0, age, points=inside, limit=200)[0]
        assert passed(standard, np.array(age)) == pytest.approx(area, rel=1e-7, abs=1e-12)
        twice = quad(lambda u: float(passed(standard, np.array(u))), 0, age, points=inside, limit=200)[0]
        assert passed_over_time(standard, np.array(age)) == pytest.approx(twice, rel=1e-7, abs=1e-12)
    assert passed(standard, np.array(1e9 * unit)) == pytest.approx(unit, rel=1e-9)


@every_law
def test_a_slow_swing_is_followed_at_the_mean_residual_handling(law):
    """As the frequency falls, the load lags by E[S^2] / (2 E[S]) and loses nothing of its swing."""
    standard, present = law.standard_by_interval(1)[0], 1 - law.at_zero
    unit = law.mean_by_interval(1)[0] / law.scale_by_interval(1)[0] / present
    frequency = 1e-4 / unit
    residual = unit * (law.scv_by_interval(1)[0] + 1) * present / 2
    smoothed = smoothing(standard, frequency) / unit
    assert abs(smoothed) == pytest.approx(1.0, abs=1e-6)
    assert -np.angle(smoothed) / frequency == pytest.approx(residual, rel=1e-5)


@every_law
def test_a_sinusoid_and_the_same_curve_have_the_same_load(law):
    wave = Sinusoid(mean=200, swing=0.7, period=7200, lag=100)
    curve = Curve(lambda t: 200 * (1 + 0.7 * np.sin(2 * math.pi * (t - 100) / 7200)))
    times = np.array([0.0, 1000.0, 4000.0])
    assert offered_load(curve, law).at(times) == pytest.approx(offered_load(wave, law).at(times), rel=1e-7)


@every_law
def test_a_load_of_steps_is_the_integral_of_its_definition(law):
    volume, interval = np.array([60.0, 20.0, 0.0, 110.0]), 900.0
    standard, scale = law.standard_by_interval(1)[0], law.scale_by_interval(1)[0]
    load = offered_load(Steps(volume, interval), law)
    for time in (450.0, 900.0, 2000.0, 4000.0):
        ages = np.arange(0.025, time, 0.05)
        rate = np.append(volume, 0.0)[((time - ages) // interval).astype(int)] / interval
        busy = np.sum(rate * survival(standard, ages / scale)) * 0.05 * (1 - law.at_zero)
        assert load.at(time) == pytest.approx(busy, rel=1e-4)


@checked
@given(volumes, st.sampled_from(LAWS))
def test_the_average_lies_below_the_maximum_and_all_contacts_are_handled(volume, law):
    load = offered_load(Steps(volume, 900.0), law)
    starts = np.arange(volume.size + 1) * 900.0
    average, most = load.average(starts, starts + 900), load.maximum(starts, starts + 900)
    assert (average <= most * (1 + 1e-9) + 1e-9).all()
    assert (load.at(starts) <= most + 1e-9).all()
    dense = np.max(load.at(np.linspace(starts, starts + 900, 301)), axis=0)
    assert (dense <= most * (1 + 1e-9) + 1e-9).all()
    done = load.average(0.0, 1e9) * 1e9
    assert done == pytest.approx(volume.sum() * law.mean_by_interval(1)[0], rel=1e-5, abs=1e-6)


@checked
@given(volumes, st.sampled_from(RULES))
def test_a_load_doubles_with_the_volume(volume, rule):
    once, twice = (interval_loads(factor * volume, 400.0, 900.0, rule) for factor in (1, 2))
    assert twice == pytest.approx(2 * once, rel=1e-12)


def test_handling_that_changes_from_interval_to_interval_stays_with_its_contacts():
    load = offered_load(Steps([10.0, 10.0], 100.0), Deterministic((150.0, 20.0)))
    assert load.at([50, 100, 140, 200, 249, 251]) == pytest.approx([5, 10, 12, 7, 0.1, 0], abs=1e-9)


def test_steps_know_their_averages_maxima_and_that_they_never_rise():
    steps = Steps([60, 120, 90], interval=1800)
    assert steps.at([-1, 0, 1799, 1800, 5399, 5400]).tolist() == [0, 60, 60, 120, 90, 0]
    assert steps.average([-1800, 0, 900], [1800, 5400, 2700]).tolist() == [30, 90, 90]
    assert steps.maximum([-1800, 0, 900, 6000], [0, 1800, 2700, 7000]).tolist() == [0, 60, 120, 0]
    assert not steps.rises([0, 900], [1800, 2700]).any()


def test_the_mix_rule_takes_the_average_only_where_the_rate_rises_throughout():
    wave = Sinusoid(mean=100, swing=0.5, period=14_400)
    starts = np.array([-3600.0, 0.0, 3600.0, 3000.0])
    assert wave.rises(starts, starts + 3600).tolist() == [True, True, False, False]
    average, most, mix = (
        period_loads(wave, 300, starts, starts + 3600, f"sipp_{kind}") for kind in ("average", "maximum", "mix")
    )
    assert mix.tolist() == [average[0], average[1], most[2], most[3]]
    assert not Sinusoid(mean=100, swing=0.0, period=14_400).rises(0, 100)


def test_a_lag_looks_one_handling_time_back():
    loads = interval_loads([60, 120, 90], handling_time=600, interval=1800, rule="lag_average")
    assert loads == pytest.approx([20 * 2 / 3, 20 / 3 + 40 * 2 / 3, 40 / 3 + 30 * 2 / 3], rel=1e-12)
    most = interval_loads([60, 120, 90], handling_time=600, interval=1800, rule="lag_maximum")
    assert most.tolist() == [20, 40, 40]


def test_nothing_offered_has_no_load_and_needs_nobody():
    for rule in RULES:
        assert interval_loads([0, 0], [0, 300], 900, rule).tolist() == [0, 0]
    assert agents_for_wait_probability(ErlangC([0, 200], [0, 180]), 0.2).tolist() == [0, 14]
    assert agents_for_wait_probability(ErlangC(0, 180), 0.2) == 0
    assert offered_load(Steps([5.0], 900.0), Deterministic(0.0)).at(100.0) == 0.0
    assert offered_load(Sinusoid(5.0, 0.5, 900.0), Deterministic(0.0)).at(100.0) == 0.0
    assert offered_load(Steps([], 900.0), 300.0).at(100.0) == 0.0
    assert interval_loads([], 300.0).shape == (0,)


@checked
@given(st.floats(0.01, 5000), st.floats(0.001, 0.99))
def test_the_least_agents_for_a_wait_probability_are_the_least(load, limit):
    queue = ErlangC(load, 3600)
    agents = agents_for_wait_probability(queue, limit)
    assert queue.measures(agents).wait_probability <= limit * (1 + 1e-9)
    assert agents == 1 or queue.measures(agents - 1).wait_probability > limit * (1 - 1e-9)


def test_patience_lets_fewer_agents_keep_a_wait_probability():
    patient = agents_for_wait_probability(ErlangA([200, 2e6], 180, 60), [[0.2], [0.5]])
    endless = agents_for_wait_probability(ErlangC([200, 2e6], 180), [[0.2], [0.5]])
    assert patient.shape == (2, 2)
    assert (patient <= endless).all()


def test_the_search_says_when_no_number_is_enough():
    found = least_whole_of_each(lambda agents: agents >= np.array([7.0, 1e12]), np.array([50.0, 1.0]), most=1000.0)
    assert found.tolist() == [7, UNREACHABLE]


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: Steps([1, -1], 900), ["volume[1]"]),
        (lambda: Steps(5.0, 900), ["volume"]),
        (lambda: Steps([1.0], 0), ["interval"]),
        (lambda: Sinusoid(-1, 2, 0), ["mean", "swing", "period"]),
        (lambda: Curve(lambda t: t - 5.0).at([1.0]), ["value[0]"]),
        (lambda: Curve(lambda t: 5.0).at([1.0, 2.0]), ["value"]),
        (lambda: Steps([1.0]).average(5, 5), ["ends"]),
        (lambda: Steps([1.0]).average([1, 2], [3, 4, 5]), ["ends"]),
        (lambda: offered_load(Steps([1.0]), Never()), ["handling"]),
        (lambda: offered_load(Steps([1.0, 2.0, 3.0]), Exponential((1.0, 2.0))), ["handling"]),
        (lambda: offered_load(Sinusoid(1, 0, 1), Exponential((1.0, 2.0))), ["handling"]),
        (lambda: interval_loads([1, 2], [1, 2, 3]), ["handling_time"]),
        (lambda: interval_loads([1, 2], [1, 0]), ["handling_time"]),
        (lambda: interval_loads([1, 2], 300, rule="sipp_mean"), ["rule"]),
        (lambda: PeriodQueues([-1.0], 0), ["loads[0]", "handling_time"]),
        (lambda: agents_for_wait_probability(ErlangC(10, 180), 1.0), ["max_wait_probability"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [fault.where for fault in caught.value.faults] == where
