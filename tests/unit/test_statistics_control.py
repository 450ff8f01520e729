"""Does a control variate do what a regression on the contacts offered does?"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from scipy import stats

from wfm.measures.definitions import Ratio, Sum, pairs_of
from wfm.measures.sample import Sample, VarianceReduction
from wfm.measures.tally import known_offered
from wfm.model.center import AgentGroup, ContactCenter, ContactType
from wfm.model.horizon import Horizon
from wfm.simulation.run import Simulation, simulate

COLUMNS = ("offered", "answered", "good", "wait_of_answered")
GOOD = Ratio(Sum(("good",)), Sum(("offered",), ("answered",)))
SPEED = Ratio(Sum(("wait_of_answered",)), Sum(("answered",)))


def rows_of(n: int, seed: int = 1) -> np.ndarray:
    """float64[n, COLUMNS] in which the more is offered, the less of it is good."""
    rng = np.random.default_rng(seed)
    offered = rng.poisson(200, n).astype(float)
    answered = np.round(0.4 * offered + rng.normal(0, 3, n))
    good = np.round(200 - 0.5 * offered + rng.normal(0, 5, n))
    return np.column_stack([offered, answered, good, 10 * answered + 3 * (offered - 200) + rng.normal(0, 9, n)])


def sample_of(rows: np.ndarray, **more: Any) -> Sample:
    pairs = pairs_of(COLUMNS, [GOOD, SPEED], "offered")
    products = np.array([rows[:, i] @ rows[:, j] for i, j in pairs])
    return Sample(len(rows), rows.sum(axis=0), products, COLUMNS, pairs, 0.95, **more)


def regressed(residuals: np.ndarray, apart: np.ndarray) -> tuple[float, float]:
    """Intercept of an ordinary regression on the control less its known mean, and its half-width."""
    design = np.column_stack([np.ones(len(apart)), apart])
    (intercept, slope), *_ = np.linalg.lstsq(design, residuals, rcond=None)
    left = residuals - intercept - slope * apart
    variance = left @ left / (len(apart) - 2)
    error = math.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
    return float(intercept), float(stats.t.ppf(0.975, len(apart) - 2)) * error


@pytest.mark.parametrize("n", [3, 12, 200])
def test_an_amount_is_the_intercept_of_a_regression(n):
    rows = rows_of(n)
    seen = sample_of(rows, known=np.asarray(201.0)).amount("answered")
    intercept, half_width = regressed(rows[:, 1], rows[:, 0] - 201)
    assert seen.mean == pytest.approx(intercept, rel=1e-9)
    assert seen.half_width == pytest.approx(half_width, rel=1e-6)


@pytest.mark.parametrize("ratio", [GOOD, SPEED], ids=["share", "time"])
@pytest.mark.parametrize("n", [3, 12, 200])
def test_a_ratio_is_set_right_by_a_regression_of_its_residuals(ratio, n):
    rows = rows_of(n, seed=2)
    top = rows[:, COLUMNS.index(ratio.numerator.plus[0])]
    bottom = rows[:, 1] if ratio is SPEED else rows[:, 0] - rows[:, 1]
    seen = sample_of(rows, known=np.asarray(201.0)).ratio(ratio)
    value = top.sum() / bottom.sum()
    change, half_width = regressed((top - value * bottom) / bottom.mean(), rows[:, 0] - 201)
    assert seen.mean == pytest.approx(value + change, rel=1e-9)
    assert seen.half_width == pytest.approx(half_width, rel=1e-6)


def test_what_is_known_has_no_half_width():
    seen = sample_of(rows_of(20), known=np.asarray(201.0)).amount("offered")
    assert seen.mean == pytest.approx(201, rel=1e-14)
    assert seen.half_width == 0


def test_units_of_several_replications_are_the_same_regression():
    """16 replications to a unit: means per replication, the regression over units."""
    rows = rows_of(12)
    whole = sample_of(rows, known=np.asarray(201.0)).amount("answered")
    unit = sample_of(rows, known=np.asarray(201.0 / 16), per_unit=16.0).amount("answered")
    assert unit.mean == pytest.approx(whole.mean / 16, rel=1e-12)
    assert unit.half_width == pytest.approx(whole.half_width / 16, rel=1e-9)


@pytest.mark.parametrize("known", [201.0, np.nan])
def test_where_offered_does_not_vary_nothing_changes(known):
    rows = rows_of(20)
    rows[:, 0] = 200
    plain, controlled = sample_of(rows), sample_of(rows, known=np.asarray(known))
    for one, other in (
        (plain.amount("good"), controlled.amount("good")),
        (plain.ratio(SPEED), controlled.ratio(SPEED)),
    ):
        assert (one.mean, one.half_width) == (other.mean, other.half_width)


def test_two_replications_are_too_few_for_a_regression():
    plain, controlled = sample_of(rows_of(2)), sample_of(rows_of(2), known=np.asarray(201.0))
    assert plain.ratio(SPEED).mean == controlled.ratio(SPEED).mean
    assert plain.ratio(SPEED).half_width == controlled.ratio(SPEED).half_width


def test_a_share_stays_a_share_and_an_amount_at_least_0():
    """A correction beyond what can be is cut off: all but one contact are good, and much more is expected."""
    offered = np.arange(90.0, 110.0)
    rows = np.column_stack([offered, offered / 2, offered / 2 + np.linspace(-0.4, -0.1, 20), offered])
    seen = sample_of(rows, known=np.asarray(400.0))
    assert sample_of(rows).ratio(GOOD).mean < 1
    assert seen.ratio(GOOD).mean == 1
    assert sample_of(rows, known=np.asarray(-400.0)).amount("answered").mean == 0


def test_the_gain_is_in_replications():
    assert VarianceReduction(0.6, 0.3).as_many_replications == pytest.approx(4)
    assert math.isnan(VarianceReduction(0.0, 0.0).as_many_replications)


# ---- in a simulation


def center_of(opening: str = "08:00-12:00") -> ContactCenter:
    horizon = Horizon(datetime(2026, 1, 5, 8), 1800.0, 10, opening={"Mon-Sun": opening})
    types = {name: ContactType(volume, handling=120.0, patience=90.0) for name, volume in (("a", 20), ("b", 30))}
    groups = {f"group {name}": AgentGroup(skills=(name,), agents=3) for name in types}
    return ContactCenter(horizon, types, groups)


def test_offered_is_what_the_forecast_says():
    center = center_of()
    seen = simulate(center, center.plan, Simulation(50, control_variate=True))
    assert known_offered(center)[:, -1].tolist() == [160, 240, 400]
    for name, expected in (("a", 160), ("b", 240)):
        measures = seen.contact_types[name]
        assert measures.offered.mean == pytest.approx(expected)
        assert measures.offered.half_width == 0
        assert measures.by_interval.offered.mean == pytest.approx([expected / 8] * 8 + [0] * 2)
        assert measures.by_day.offered.mean == pytest.approx([expected])
    assert seen.total.offered.mean == pytest.approx(400)


def test_contacts_still_add_up():
    """The correction is linear: the ends of contacts add up to what is known to be offered."""
    center = center_of()
    total = simulate(center, center.plan, Simulation(50, control_variate=True)).total
    ends = (total.answered, total.abandoned, total.blocked, total.dropped, total.unfinished)
    assert sum(float(one.mean) for one in ends) == pytest.approx(400, rel=1e-9)


def test_the_gain_is_measured_on_the_same_replications():
    center = center_of()
    plain = simulate(center, center.plan, Simulation(50))
    seen = simulate(center, center.plan, Simulation(50, control_variate=True))
    assert plain.variance_reduction is None
    assert seen.variance_reduction.without == plain.total.service_level.half_width
    assert seen.variance_reduction.reduced == seen.total.service_level.half_width
    assert seen.totals.tobytes() == plain.totals.tobytes()
    # What has no forecast is left as it is.
    assert seen.agent_groups["group a"].occupancy.mean == plain.agent_groups["group a"].occupancy.mean
