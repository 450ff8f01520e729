"""What the time-varying queue refuses, what it answers where there is nothing to do, and what it is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import wfm
from wfm.errors import InputError, NotModelled
from wfm.formulas.day_factors import quadrature
from wfm.formulas.transient import roundings
from wfm.queueing import MtMstM


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: MtMstM([10, -1], 180), ["volume[1]"]),
        (lambda: MtMstM([10, 20], [180, 0]), ["handling_time[1]"]),
        (lambda: MtMstM([10, 20], 180, patience=-5), ["patience"]),
        (lambda: MtMstM([10, 20], "long", balking=1.5), ["handling_time", "balking"]),
        (lambda: MtMstM([10, 20], 180, interval=0, lines=2.5), ["interval", "lines"]),
        (lambda: MtMstM([10, 20], 180, interval=[1, 2]), ["interval"]),
        (lambda: MtMstM([[10, 20]], 180), ["volume"]),
        (lambda: MtMstM([10, 20], [180, 180, 180]), ["shapes"]),
        (
            lambda: MtMstM([-1], 180, discipline="polite", after_close="maybe"),
            ["discipline", "after_close", "volume[0]"],
        ),
        (lambda: MtMstM([10, 20], 180).figures([3, 2.5]), ["agents[1]"]),
        (lambda: MtMstM([10, 20], 180).figures([3, 2, 1]), ["shapes"]),
        (lambda: MtMstM([10, 20], 180).figures(3, -1, np.nan), ["answer_within", "short_abandon"]),
        (lambda: MtMstM([10, 20], 180).figures(3, [20, 30]), ["answer_within"]),
        (lambda: MtMstM([10, 20], 180).figures([[3, 2]]), ["agents"]),
        (lambda: MtMstM([10, 20], 180).figures(10**9), ["agents"]),
        (lambda: MtMstM([10, 20], 180, is_open="no"), ["is_open"]),
        (lambda: MtMstM([10, 20], 180, is_open=0.5), ["is_open"]),
        (lambda: MtMstM([10, 20], 180).figures(3, day_starts=[]), ["day_starts"]),
        (lambda: MtMstM([10, 20], 180).figures(3, day_starts=[0, 0.5]), ["day_starts"]),
        (lambda: MtMstM([10, 20], 180).figures(3, factors=[1, 2], weights=[1.0]), ["weights"]),
        (lambda: MtMstM([10, 20], 180).figures(3, factors=[1, 2], weights=[0.5, 0.6]), ["weights"]),
        (lambda: MtMstM([10, 20], 180).figures(3, day_starts=[1]), ["day_starts"]),
        (lambda: MtMstM([10, 20], 180).figures(3, day_starts=[0, 2]), ["day_starts"]),
    ],
)
def test_nonsense_is_refused_by_name(ask, where):
    with pytest.raises(InputError) as caught:
        ask()
    assert [one.where for one in caught.value.faults] == where


def test_nothing_offered_is_answered_at_once():
    measures = MtMstM([0, 0], 180, 120).figures(0).total()
    assert measures.service_level() == 1
    assert (measures.abandonment, measures.mean_wait, measures.occupancy) == (0, 0, 0)


def test_without_agents_everybody_hangs_up_or_waits_for_ever():
    assert MtMstM([20, 10], 180, 120).figures(0).total().abandonment == pytest.approx(1, rel=1e-12)
    endless = MtMstM([20, 10], 180).figures(0)
    assert endless.unfinished == pytest.approx([20, 10], rel=1e-12)
    # Who comes at a random moment of the first half waits three quarters of the two intervals on average.
    assert endless.wait_of_unanswered == pytest.approx([20 * 5400, 10 * 1800], rel=1e-9)


def test_no_patience_is_balking():
    impatient = MtMstM([40, 50], 180, 0.0, 1800).figures([3, 4], 20, 5)
    balking = MtMstM([40, 50], 180, np.inf, 1800, balking=1.0).figures([3, 4], 20, 5)
    for name in ("answered", "abandoned", "abandoned_within", "short_abandoned", "busy"):
        assert np.array_equal(getattr(impatient, name), getattr(balking, name)), name
    assert not impatient.queued.any()


@pytest.mark.parametrize(
    "law",
    [wfm.Gamma(cv=0.3), wfm.Lognormal(cv=0.5), wfm.Uniform(0.4, 1.6), wfm.Weibull(1.0, 2.0), wfm.Exponential(1.0),
     wfm.Hyperexponential((0.5, 0.5), (0.8, 1.2)), wfm.Gamma(mean=1.25, cv=0.2, at_zero=0.2)],
    ids=lambda law: law.law,
)  # fmt: skip
def test_the_rule_of_a_day_factor_has_its_mean_and_variance(law):
    factors, weights = quadrature([law], 9)
    assert len(factors) == 9
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert weights @ factors == pytest.approx(1, rel=1e-9)
    assert weights @ factors**2 == pytest.approx(1 + law.scv_by_interval(1)[0], rel=1e-8)


def test_the_rule_of_two_factors_is_that_of_their_product():
    factors, weights = quadrature([wfm.Gamma(cv=0.2), wfm.Lognormal(cv=0.1)], 10)
    assert weights @ factors**2 == pytest.approx(1.04 * 1.01, rel=1e-9)
    # E[X^3] of a gamma law is (1 + cv^2)(1 + 2 cv^2), of a lognormal one (1 + cv^2)^3.
    assert weights @ factors**3 == pytest.approx(1.04 * 1.08 * 1.01**3, rel=1e-9)


def test_a_law_of_few_values_is_taken_as_it_is():
    factors, weights = quadrature([wfm.Empirical((0.5, 1.0, 1.0, 1.5))], 9)
    assert factors.tolist() == [0.5, 1.0, 1.5]
    assert weights.tolist() == [0.25, 0.5, 0.25]


def test_roundings_keep_the_mean_of_every_interval():
    net = np.array([2.0, 3.25, 4.5, 5.9, 7.999999999999])
    rounded = list(roundings(net, "random"))
    assert sum(weight for _, weight in rounded) == pytest.approx(1)
    assert sum(weight * agents for agents, weight in rounded) == pytest.approx(net, abs=1e-9)
    assert [agents.tolist() for agents, _ in roundings(net, "up")] == [[2, 4, 5, 6, 8]]
    assert [agents.tolist() for agents, _ in roundings(net, "nearest")] == [[2, 3, 5, 6, 8]]


def test_a_fall_that_would_take_minutes_is_refused_by_name():
    center = wfm.load(wfm.example("textbook"))
    agents = np.full(20, 2000.0)
    agents[7] = 0
    with pytest.raises(NotModelled, match=r"fall from 2000 to 0 at 2026-01-05 11:30.*simulation"):
        wfm.predict(center, wfm.StaffingPlan(center, agents), method="transient")


def test_lines_shared_by_types_are_refused_by_name():
    center = wfm.load(wfm.example("lines"))
    for ask in (wfm.predict, wfm.staff):
        with pytest.raises(NotModelled, match="transient"):
            ask(center, method="transient")


def test_an_unknown_discipline_is_refused():
    with pytest.raises(InputError, match="preemptive"):
        wfm.Transient(discipline="preemptiv")  # type: ignore[arg-type]


def test_fractions_near_one_another_share_a_draw_and_keep_their_hours():
    net = 3 + np.linspace(0.05, 0.95, 40)
    rounded = list(roundings(net, "random"))
    assert len(rounded) <= 9
    mean = sum(weight * agents for agents, weight in rounded)
    assert mean.sum() == pytest.approx(net.sum())
    assert np.abs(mean - net).max() < 0.1


def test_fractions_of_agents_over_midnight_are_refused_by_name():
    center = wfm.ContactCenter(
        horizon=wfm.Horizon(datetime(2026, 1, 5, 22), 1800.0, 8),
        contact_types={"calls": wfm.ContactType(volume=20.0, handling=300.0)},
        agent_groups={"team": wfm.AgentGroup(skills=["calls"], agents=4.5)},
    )
    with pytest.raises(NotModelled, match="midnight"):
        wfm.predict(center, method="transient")
    whole = replace(center, experiment=wfm.Experiment(rounding="up"))
    assert wfm.predict(whole, method="transient").total.offered.mean == pytest.approx(160)


def test_a_plan_with_a_slip_of_the_pen_is_refused_before_it_hangs():
    center = wfm.load(wfm.example("textbook"))
    with pytest.raises(NotModelled, match=r"very long.*simulation"):
        wfm.predict(center, wfm.StaffingPlan(center, np.full(20, 1_000_000.0)), method="transient")


@pytest.mark.parametrize(("contact_type", "interval"), [("nope", 0), ("calls", 99), ("calls", -1), ("calls", 1.5)])
def test_an_explanation_of_nothing_is_refused(contact_type, interval):
    with pytest.raises(InputError):
        wfm.explain(wfm.load(wfm.example("textbook")), contact_type, interval, "transient")
