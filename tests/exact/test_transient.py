"""Does the time-varying queue equal exact values, itself in other intervals, and the queue that it tends to?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import poisson

from wfm.queueing import ErlangA, MtMstM
from wfm.queueing.over_time.transient import IntervalFigures

TABLE = json.loads((Path(__file__).parent / "tables" / "transient.json").read_text(encoding="utf-8"))
CONTACTS = [one.name for one in fields(IntervalFigures) if one.name not in ("busy_after", "interval")]
ENDS = ("answered", "abandoned", "blocked", "dropped", "unfinished")
checked = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"case-{i}") for i, case in enumerate(TABLE["cases"], 1)])
def test_the_reference_values(case: dict[str, Any]) -> None:
    patience = np.inf if case["patience"] is None else case["patience"]
    queue = MtMstM(case["volume"], case["handling_time"], patience, case["interval"], discipline=case["discipline"])
    figures = queue.figures(case["agents"], case["answer_within"])
    measures, day = figures.measures(), figures.total()
    found = {
        "offered": figures.offered,
        "answered_at_once": figures.answered_at_once / figures.offered,
        "mean_busy": figures.busy / figures.interval,
        "abandonments": figures.abandonments,
    }
    for name, expected in case["by_interval"].items():
        values = found[name] if name in found else getattr(measures, name)
        assert values == pytest.approx(np.array(expected), rel=TABLE["relative_tolerance"], abs=1e-12), name
    for name, expected in case["day"].items():
        if name not in found:
            assert getattr(day, name) == pytest.approx(expected, rel=TABLE["relative_tolerance"], abs=1e-12), name


@pytest.mark.parametrize("discipline", ["exhaustive", "preemptive"])
def test_patience_as_long_as_handling_makes_the_number_present_poisson_whatever_the_staffing(discipline: str) -> None:
    # Everybody leaves at the same rate, waiting or not: the number present is that of an infinite-server queue.
    volume, interval, mean = np.array([20.0, 45.0, 60.0, 30.0, 10.0]), 1800.0, 240.0
    agents = np.array([4, 6, 9, 3, 2])
    figures = MtMstM(volume, mean, mean, interval, discipline=discipline).figures(agents)  # type: ignore[arg-type]
    load = 0.0
    for i, rate in enumerate(volume / interval):
        limit = rate * mean

        def present_at(t: float, load: float = load, limit: float = limit) -> float:
            return limit + (load - limit) * np.exp(-t / mean)

        def someone_free(t: float, free: int = agents[i] - 1, at: Callable[[float], float] = present_at) -> float:
            return float(poisson.cdf(free, at(t)))

        at_once = sum(
            quad(someone_free, low, high, epsabs=0, epsrel=1e-12)[0]
            for low, high in pairwise([0.0, 60.0, 300.0, interval])
        )
        assert figures.answered_at_once[i] == pytest.approx(rate * at_once, rel=1e-10)
        present = rate * mean * interval + (load - rate * mean) * mean * -np.expm1(-interval / mean)
        assert figures.busy[i] + figures.queued[i] == pytest.approx(present, rel=1e-11)
        load = present_at(interval)


@checked
@given(
    st.floats(5, 60), st.floats(60, 600), st.floats(20, 900), st.integers(1, 20), st.floats(0, 0.5), st.floats(0, 60)
)
def test_a_queue_that_does_not_change_becomes_erlang_a(volume, handling_time, patience, agents, balking, within):
    queue = MtMstM(np.full(6, 8 * volume), handling_time, patience, 14400.0, balking=balking)
    last = queue.figures(agents, within, short_abandon=5.0).measures()
    exact = ErlangA(8 * volume, handling_time, patience, 14400.0, balking=balking).measures(agents, within, 5.0)
    for name in ("wait_probability", "answered_within", "abandoned_within", "short_abandoned", "abandonment",
                 "mean_wait", "average_speed_of_answer", "mean_queue", "occupancy"):  # fmt: skip
        expected = getattr(exact, name)
        if name == "wait_probability":  # here whoever does not get an agent at once, balking included
            expected = expected + balking * expected / (1 - balking)
        assert getattr(last, name)[4] == pytest.approx(expected, rel=1e-8, abs=1e-10), name


def test_limited_lines_become_erlang_a_with_lines() -> None:
    last = MtMstM(np.full(3, 800.0), 180, 120, 14400.0, lines=13).figures(9, 20).measures()
    exact = ErlangA(800, 180, 120, 14400.0, lines=13).measures(9, 20)
    for name in ("blocking", "answered_within", "abandonment", "mean_queue", "occupancy"):
        assert getattr(last, name)[1] == pytest.approx(getattr(exact, name), rel=1e-9), name


queues = st.fixed_dictionaries(
    {
        "volume": st.lists(st.floats(0, 60), min_size=4, max_size=4),
        "handling_time": st.floats(60, 900),
        "patience": st.sampled_from([np.inf, 40.0, 300.0]),
        "balking": st.sampled_from([0.0, 0.2]),
        "lines": st.sampled_from([None, 12]),
        "discipline": st.sampled_from(["exhaustive", "preemptive"]),
        "after_close": st.sampled_from(["serve", "drop", "carry"]),
    }
)
staffings = st.lists(st.integers(0, 9), min_size=4, max_size=4)
openings = st.lists(st.booleans(), min_size=4, max_size=4)
thresholds = st.sampled_from([(0.0, 0.0), (20.0, 5.0), (700.0, 0.0)])


@checked
@given(queues, staffings, openings, thresholds)
def test_halving_the_intervals_changes_nothing(queue, agents, is_open, within):
    whole = MtMstM(**queue, interval=600.0, is_open=is_open)
    halves = replace(whole, volume=np.repeat(queue["volume"], 2) / 2, interval=300.0, is_open=np.repeat(is_open, 2))
    one, two = whole.figures(agents, *within), halves.figures(np.repeat(agents, 2), *within)
    for name in CONTACTS:
        together = getattr(two, name).reshape(-1, 2).sum(axis=1)
        assert getattr(one, name) == pytest.approx(together, rel=1e-8, abs=1e-9), name
    assert one.busy_after == pytest.approx(two.busy_after, rel=1e-8, abs=1e-9)


@checked
@given(queues, staffings, openings, thresholds)
def test_every_contact_ends_once_and_waits_are_the_time_in_queue(queue, agents, is_open, within):
    figures = MtMstM(**queue, interval=900.0, is_open=is_open).figures(agents, *within)
    ended = sum(getattr(figures, name) for name in ENDS)
    assert ended == pytest.approx(figures.offered, rel=1e-10, abs=1e-11)
    assert (figures.answered_within <= figures.answered + 1e-10).all()
    assert (figures.abandoned_within <= figures.abandoned + 1e-10).all()
    if queue["discipline"] == "exhaustive" and queue["after_close"] != "serve":
        # With "preemptive" contacts wait again, with "serve" some wait beyond the horizon.
        waits = figures.wait_of_answered.sum() + figures.wait_of_unanswered.sum()
        assert waits == pytest.approx(figures.queued.sum(), rel=1e-9, abs=1e-9)
        balked = queue["balking"] > 0
        assert balked or figures.abandonments.sum() == pytest.approx(figures.abandoned.sum(), rel=1e-9, abs=1e-10)
        handled = figures.busy.sum() + figures.busy_after
        assert handled == pytest.approx(figures.answered.sum() * queue["handling_time"], rel=1e-9, abs=1e-9)


def test_day_factors_mix_whole_days_where_nobody_waits_over_midnight() -> None:
    queue = MtMstM([30.0, 40.0, 0.0, 30.0, 40.0, 0.0], 300.0, 120.0, 7200.0)
    agents = [4, 6, 6, 4, 6, 6]
    factors, weights = (0.8, 1.3), (0.6, 0.4)
    mixed = queue.figures(agents, day_starts=[0, 3], factors=factors, weights=weights)
    each = [replace(queue, volume=factor * np.array(queue.volume)).figures(agents) for factor in factors]
    for name in CONTACTS:
        expected = sum(weight * getattr(one, name) for one, weight in zip(each, weights, strict=True))
        assert getattr(mixed, name) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


def test_a_thousand_agents_and_an_hour_of_overload_without_patience() -> None:
    figures = MtMstM([6000.0, 12000.0, 3000.0], 300.0, np.inf, 3600.0).figures(900, 20)
    assert figures.answered == pytest.approx(figures.offered, rel=1e-10)
    # The overload is a fluid: in the second hour 12000 - 10800 contacts more come than can be handled.
    assert figures.queued[2] > 0
    assert figures.measures().mean_wait[0] < 1e-6
