"""Are figures with control variates and strata unbiased, their intervals honest, and their gains as large as they say?

The truth is exact: the transient method gives the expected counts of a day that starts empty, busy and quiet days
included. Hundreds of small experiments with seeds of their own are counted.
"""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

import wfm
from wfm.measures.definitions import RATIOS
from wfm.measures.prediction import Prediction
from wfm.measures.sample import Estimate
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment
from wfm.model.horizon import Horizon
from wfm.model.laws import Gamma
from wfm.queueing import ErlangA, ErlangC

EXPERIMENTS = 400
MEASURES = ("service_level", "abandonment", "average_speed_of_answer", "queue_time", "answered")
REDUCTIONS = {
    "plain": {},
    "control variate": {"control_variate": True},
    "strata": {"stratified": True},
    "both": {"control_variate": True, "stratified": True},
}


@cache
def busy_and_quiet_days() -> ContactCenter:
    """Three hours, 90 contacts on average, some days a third busier than others."""
    horizon = Horizon(datetime(2026, 1, 5, 9), 1800.0, 6, day_factor=Gamma(cv=0.2))
    calls = ContactType(15, handling=240.0, patience=180.0, target=wfm.Target(0.8))
    return ContactCenter(
        horizon, {"calls": calls}, {"team": AgentGroup(("calls",), agents=3)}, experiment=Experiment(confidence=0.95)
    )


@cache
def truth() -> Prediction:
    return wfm.predict(busy_and_quiet_days(), method="transient")


@cache
def experiments(name: str) -> list[Prediction]:
    """So many predictions of 96 replications each (6 groups of 16), every one with a seed of its own."""
    methods = (
        wfm.Simulation(96, seed, threads=1, percentiles=False, **REDUCTIONS[name]) for seed in range(EXPERIMENTS)
    )
    return [wfm.predict(busy_and_quiet_days(), method=method) for method in methods]


def seen(name: str, measure: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Means and half-widths of all experiments, and the truth."""
    found = [over_the_horizon(one, measure) for one in experiments(name)]
    return _means(found), np.array([one.half_width for one in found]), float(over_the_horizon(truth(), measure).mean)


def over_the_horizon(prediction: Prediction, measure: str) -> Estimate:
    """A measure, or a count, of the total: what `prediction.total` says, without all the others."""
    whole = prediction.contacts[-1, -1]
    return whole.ratio(RATIOS[measure]) if measure in RATIOS else whole.amount(measure)


def _means(found: list[Estimate]) -> np.ndarray:
    return np.array([one.mean for one in found])


def assert_covers(covered: np.ndarray, least: float = 0.0) -> None:
    """A share of 95 % within what so many coins would do in all but one of ten thousand cases; or above `least`."""
    low, high = stats.binom.interval(1 - 1e-4, len(covered), 0.95)
    assert min(low, least * len(covered) or low) <= covered.sum() <= high, covered.mean()


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_intervals_hold_the_truth_as_often_as_they_say(name, measure):
    means, half_widths, exact = seen(name, measure)
    assert_covers(np.abs(means - exact) <= half_widths)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_estimates_are_right_on_average(name, measure):
    """Within 4 standard errors of 400 experiments; the bias of a ratio is far below that."""
    means, _, exact = seen(name, measure)
    assert abs(means.mean() - exact) < 4 * means.std(ddof=1) / math.sqrt(EXPERIMENTS)


@pytest.mark.parametrize("name", ["control variate", "strata", "both"])
def test_the_gain_is_what_the_estimates_show(name):
    """The variance of the estimates falls by as much as the half-widths say, within 4 standard errors of both."""
    plain, reduced = (np.var(seen(one, "service_level")[0], ddof=1) for one in ("plain", name))
    gains = np.array([one.variance_reduction.as_many_replications for one in experiments(name)])
    assert reduced < plain
    # Variances of n normal figures: the logarithm has a standard error of sqrt(2 / n). Half-widths of 6 groups are
    # longer than those of 96 replications by Student's quantiles, and so by much.
    quantiles = {"plain": 95, "control variate": 94, "strata": 5, "both": 4}
    shorter = (stats.t.ppf(0.975, quantiles[name]) / stats.t.ppf(0.975, 95)) ** 2
    shown = math.exp(np.log(gains).mean()) * shorter
    degrees = quantiles[name]
    # The logarithm of a variance estimated with d degrees of freedom is low by about 1 / d on average.
    assert abs(math.log(shown) - 1 / degrees - math.log(plain / reduced)) < 4 * math.sqrt(4 / EXPERIMENTS)


def test_both_together_are_worth_more_than_the_half():
    """What a planner gains here: at least twice the replications for the control variate."""
    gains = [one.variance_reduction.as_many_replications for one in experiments("control variate")]
    assert np.median(gains) > 2


def test_a_wanted_half_width_still_covers():
    """Looking until it is narrow costs a little: at least 91 % where 95 % are said."""
    center, exact = busy_and_quiet_days(), float(truth().total.service_level.mean)
    until = wfm.Until("service_level", 0.025)
    covered = []
    for seed in range(EXPERIMENTS):
        method = wfm.Simulation(seed=seed, threads=1, until=until, percentiles=False)
        level = over_the_horizon(wfm.predict(center, method=method), "service_level")
        covered.append(abs(level.mean - exact) <= level.half_width)
    assert_covers(np.array(covered), least=0.91)


# ---- percentiles


def test_percentiles_of_a_stationary_queue():
    """M/M/n: P(wait > t) = C exp(-(n mu - lambda) t); 1.9 million contacts, the start from empty one part in 600."""
    agents, handling, per_hour = 10, 60.0, 480.0
    horizon = Horizon(datetime(2026, 1, 5), 3600.0, 100)
    center = ContactCenter(
        horizon, {"calls": ContactType(per_hour, handling=handling)}, {"team": AgentGroup(("calls",), agents=agents)}
    )
    found = wfm.predict(center, method=wfm.Simulation(40, 3)).total.wait_percentiles
    queue = ErlangC(volume=per_hour, handling_time=handling)
    waits = float(queue.measures(agents, answer_within=0).wait_probability)
    rate = agents / handling - per_hour / 3600
    assert found is not None
    assert found[50].mean == 0
    for percent in (80, 90, 95, 99):
        exact = math.log(waits / (1 - percent / 100)) / rate
        # Four standard errors, and a bin's width.
        assert abs(found[percent].mean - exact) < 2 * found[percent].half_width + exact / 64
        assert found[percent].half_width < 0.05 * exact


@pytest.mark.parametrize("percent", [80, 90, 99])
def test_intervals_of_percentiles_hold_the_truth_at_least_as_often_as_they_say(percent):
    """They are as long to both sides as to the longer one, and so hold it more often."""
    found, exact = percentile_experiments()
    means, half_widths = _means([one[percent] for one in found]), np.array([one[percent].half_width for one in found])
    covered = np.abs(means - exact[percent].mean) <= half_widths
    assert covered.sum() >= stats.binom.ppf(1e-4, EXPERIMENTS, 0.95), covered.mean()


@cache
def percentile_experiments() -> tuple[list[dict[int, Estimate]], dict[int, Estimate]]:
    """400 experiments of 60 days; the truth from as many days as all of them together, of another seed."""
    center = busy_and_quiet_days()
    methods = (wfm.Simulation(60, seed, threads=1) for seed in range(EXPERIMENTS))
    found = [wfm.predict(center, method=method).waits.percentiles(-1) for method in methods]
    return found, wfm.predict(center, method=wfm.Simulation(60 * EXPERIMENTS, 10**6)).waits.percentiles(-1)


# ---- batch means


@cache
def steady() -> ContactCenter:
    horizon = Horizon(datetime(2026, 1, 5), 3600.0, 204)
    calls = ContactType(120, handling=240.0, patience=120.0)
    return ContactCenter(horizon, {"calls": calls}, {"team": AgentGroup(("calls",), agents=8)})


@pytest.mark.parametrize("known", [False, True])
def test_batch_means_hold_what_erlang_a_says_as_often_as_they_say(known: bool):
    """M/M/8+M, 20 batches of 10 hours, which are long beside a patience of 2 minutes."""
    exact = ErlangA(volume=120, handling_time=240, patience=120).measures(8, answer_within=20)
    expected: dict[str, Any] = {
        "service_level": exact.service_level(),
        "abandonment": exact.abandonment,
        "average_speed_of_answer": exact.average_speed_of_answer,
        "mean_queue": exact.mean_queue,
    }
    method = {"warm_up": 4 * 3600.0, "batches": 20, "control_variate": known}
    totals = [wfm.predict(steady(), method=wfm.Simulation(seed=seed, **method)).total for seed in range(200)]
    for measure, truth in expected.items():
        means = _means([getattr(one, measure) for one in totals])
        half_widths = np.array([getattr(one, measure).half_width for one in totals])
        assert_covers(np.abs(means - float(truth)) <= half_widths)
        assert abs(means.mean() - float(truth)) < 4 * means.std(ddof=1) / math.sqrt(len(means))
