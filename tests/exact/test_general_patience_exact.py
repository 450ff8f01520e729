"""Does the queue with patience of any law equal exact figures, direct integration, and the queues that it contains?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

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
from wfm.queueing import ErlangA, ErlangB, ErlangC
from wfm.queueing.patience.mmn_g import MMnG

TABLE = json.loads((Path(__file__).parent / "tables" / "mmn_g.json").read_text(encoding="utf-8"))
SHARED = (
    "wait_probability", "answered_within", "abandoned_within", "short_abandoned", "abandonment", "blocking", "answered",
    "mean_wait", "average_speed_of_answer", "mean_queue", "occupancy",
)  # fmt: skip


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["patience"]["law"])
def test_reference_values(case):
    queue = MMnG(case["volume"], case["handling_time"], case["patience"])
    for key, expected in case["expected"].items():
        name, _, threshold = key.partition("@")
        measures: Any = queue.measures(case["agents"], float(threshold or 20))
        if name == "offered_load":
            found = queue.offered_load
        elif name.startswith("service_level:"):
            found = measures.service_level(name.removeprefix("service_level:"))
        else:
            found = getattr(measures, name)
        assert found == pytest.approx(float(expected), rel=TABLE["relative_tolerance"], abs=1e-300), key


def assert_same(found: Any, expected: Any, tolerance: float) -> None:
    for name in SHARED:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), tolerance, 1e-250, err_msg=name)


@pytest.mark.parametrize("load", [1e-3, 0.5, 10, 200, 10_000])
def test_exponential_patience_is_erlang_a(load):
    """Fractional and whole agents, from a tenth of the load to five times it, patience from none to without end."""
    agents = load * np.array([0.0, 0.1, 0.5, 0.95, 1, 1.04, 1.5, 5])
    agents = np.concatenate([agents, np.floor(agents)])[:, None, None, None]
    patience = np.array([0, 1e-2, 10, 180, 3600, 1e5, math.inf])[:, None, None]
    numbers = {"volume": load * 20, "handling_time": 180.0, "balking": np.array([0, 0.2, 1])[:, None]}
    asked = {"answer_within": np.array([0, 0.5, 20, 300]), "short_abandon": 5}
    found = MMnG(patience=patience, **numbers).measures(agents, **asked)
    assert_same(found, ErlangA(patience=patience, **numbers).measures(agents, **asked), 1e-11)


@pytest.mark.parametrize("patience", [Never(), math.inf, Deterministic(1e9), Uniform(1e9, 2e9), Erlang(1e12, 50)])
def test_patience_without_end_is_erlang_c(patience):
    agents = np.array([11, 12.5, 30])
    found = MMnG(200, 180, patience).measures(agents)
    assert_same(found, ErlangC(200, 180).measures(agents), 1e-12)


def test_an_overload_of_contacts_that_never_hang_up_has_the_limits_of_erlang_c():
    agents = np.array([0, 5, 10])
    found = MMnG(200, 180, Never()).measures(agents)
    assert_same(found, ErlangC(200, 180).measures(agents), 1e-15)
    assert found.mean_offered_wait.tolist() == [math.inf] * 3


@pytest.mark.parametrize("patience", [0, Deterministic(0), Empirical((0.0, 0.0)), {"law": "deterministic", "value": 0}])
def test_no_patience_is_erlang_b(patience):
    agents = np.array([0, 0.3, 1, 9, 14.5])
    found = MMnG(200, 180, patience).measures(agents)
    blocked = ErlangB(200, 180).blocking(agents)
    assert found.abandonment == pytest.approx(blocked, rel=1e-13)
    assert found.offered_wait_probability == pytest.approx(blocked, rel=1e-13)
    assert found.wait_probability.tolist() == found.mean_wait.tolist() == [0] * 5


def lognormal(mean: float, cv: float) -> Any:
    sigma = math.sqrt(math.log1p(cv * cv))
    return stats.lognorm(sigma, scale=mean * math.exp(-sigma * sigma / 2))


LAWS: list[tuple[Law, Any]] = [
    (Exponential(120), stats.expon(scale=120)),
    (Lognormal(120, 0.3), lognormal(120, 0.3)),
    (Lognormal(120, 2.0), lognormal(120, 2.0)),
    (Gamma(100, 1.6), stats.gamma(1 / 2.56, scale=256)),
    (Gamma(100, 0.4), stats.gamma(6.25, scale=16)),
    (Erlang(90, 3), stats.gamma(3, scale=30)),
    (Weibull(120, 0.6), stats.weibull_min(0.6, scale=120 / math.gamma(1 + 1 / 0.6))),
    (Weibull(120, 4.0), stats.weibull_min(4.0, scale=120 / math.gamma(1.25))),
    (Uniform(15, 75), stats.uniform(15, 60)),
]


@pytest.mark.parametrize("agents", [5, 10.5, 15])
@pytest.mark.parametrize(("law", "exact"), LAWS, ids=lambda one: getattr(one, "law", ""))
def test_direct_integration(law, exact, agents):
    """The density of the offered wait, as it stands in the papers, by the trapezoidal rule."""
    rate, handling, within, balking = 200 / 3600, 180.0, 20.0, 0.1
    load, mu = rate * handling, 1 / handling
    log_state = -load + agents * math.log(load) - special.gammaln(agents + 1)
    blocked = math.exp(log_state) / special.gammaincc(agents + 1, load)
    s = np.linspace(0, 1, 400_001)
    x, stretch = 5120 * s**4, 4 * 5120 * s**3  # 20 seconds stand on the grid
    left = (1 - balking) * exact.sf(x)
    waited = integrate.cumulative_trapezoid(left * stretch, s, initial=0)
    density = np.exp(rate * waited - agents * mu * x) * stretch
    below = (1 / blocked - 1) / (agents * mu)
    early = x <= within

    def mean_of(values: Any, part: Any = slice(None)) -> float:
        return float(integrate.trapezoid((values * density)[part], s[part]))

    total = below + mean_of(1.0)
    late = mean_of(1.0) - mean_of(1.0, early)
    answered = below + mean_of(left)
    expected = {
        "offered_wait_probability": mean_of(1.0) / total,
        "offered_wait_beyond": late / total,
        "mean_offered_wait": mean_of(x) / total,
        "answered_within": (below + mean_of(left, early)) / total,
        "abandoned_within": (mean_of(1 - left, early) + (1 - left[x == within][0]) * late) / total,
        "abandonment": mean_of(1 - left) / total,
        "mean_wait": mean_of(waited) / total,
        "average_speed_of_answer": mean_of(x * left) / answered,
    }
    found = MMnG(200, 180, law, balking=balking).measures(agents, within)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-8), name


def test_a_survival_curve_with_a_rest_that_never_hangs_up():
    """Three steps at 10, 20 and 60 s, by the integrals of e^(slope x) over each of four pieces."""
    sample, weights, agents = (20.0, 10.0, 60.0), (0.2, 0.1, 0.3), 6
    rate, capacity = 200 / 3600, agents / 180
    edges, left = [0.0, 10.0, 20.0, 60.0, math.inf], [1.0, 0.9, 0.7, 0.4]
    level, mass = 0.0, []
    for start, end, share in zip(edges, edges[1:], left, strict=False):
        slope = rate * share - capacity
        rise = math.exp(level + slope * (end - start)) if end < math.inf else 0.0
        mass.append((rise - math.exp(level)) / slope)
        level += slope * (end - start)
    below = (1 / ErlangB(200, 180).blocking(agents) - 1) / capacity
    total = below + sum(mass)
    found = MMnG(200, 180, Empirical(sample, weights=weights)).measures(agents, answer_within=20)
    assert found.offered_wait_probability == pytest.approx(sum(mass) / total, rel=1e-13)
    assert found.offered_wait_beyond == pytest.approx((mass[2] + mass[3]) / total, rel=1e-13)
    assert found.answered_within == pytest.approx((below + mass[0] + 0.9 * mass[1]) / total, rel=1e-13)
    # Who hangs up at 20 s exactly has abandoned within 20 s.
    within = 0.1 * mass[1] + 0.3 * (mass[2] + mass[3])
    assert found.abandoned_within == pytest.approx(within / total, rel=1e-13)
    assert found.abandonment == pytest.approx((0.1 * mass[1] + 0.3 * mass[2] + 0.6 * mass[3]) / total, rel=1e-13)


def test_those_who_never_hang_up_can_overload_a_centre():
    """A load of 10 of which 40 % never hang up needs more than 4 agents."""
    found = MMnG(200, 180, Empirical((30.0,), weights=(0.6,))).measures([4, 4.001], answer_within=20)
    assert (found.abandonment[0], found.answered[0], found.answered_within[0]) == (0.6, 0.4, 0.0)
    assert found.mean_offered_wait[0] == found.average_speed_of_answer[0] == found.mean_queue[0] == math.inf
    assert found.occupancy[0] == found.offered_wait_beyond[0] == 1.0
    assert found.abandonment[1] == pytest.approx(0.6, rel=1e-3)
    assert math.isfinite(found.mean_offered_wait[1])


def test_the_same_law_under_another_name():
    agents = np.array([3, 8, 10, 12.5, 20])
    pairs = [
        (Erlang(90, 3), Gamma(90, 1 / math.sqrt(3))),
        (Erlang(90, 1), Exponential(90)),
        (Weibull(90, 1.0), Exponential(90)),
        (Hyperexponential((0.3, 0.7), (90, 90)), Exponential(90)),
        (Gamma(90, 0.0), Deterministic(90)),
        (Empirical((90.0, 90.0)), Deterministic(90)),
        (Empirical((10.0, 40.0, 40.0, 90.0)), Empirical((90.0, 10.0, 40.0), weights=(0.25, 0.25, 0.5))),
        (Exponential(90, at_zero=0.2), Exponential(90)),
    ]
    for one, other in pairs:
        balking = one.at_zero if isinstance(one.at_zero, float) else 0.0
        found = MMnG(200, 180, one).measures(agents, 20, 5)
        assert_same(found, MMnG(200, 180, other, balking=balking).measures(agents, 20, 5), 1e-11)


def test_many_steps_come_near_a_smooth_law():
    law = stats.gamma(2, scale=45)
    steps = Empirical(tuple(law.ppf((np.arange(4000) + 0.5) / 4000)))
    found, smooth = (MMnG(2000, 180, one).measures([80, 100, 110], 20) for one in (steps, Erlang(90, 2)))
    assert_same(found, smooth, 2e-3)
