"""Does our simulation agree with what other tools have published of their own example centres?

Each figure is a mean that was printed with its standard deviation or interval; ours has its own error. They differ by
less than 4.2 standard errors of the difference, which 39 checks of a right simulation pass 999 times of 1000, and by
half a digit where little was printed.

SSJ: P. L'Ecuyer, "SSJ User's Guide: overview and examples", Universite de Montreal, CallCenter (10,000 days) and
CallEv (1000 days, busier and quieter ones). ContactCenters: E. Buist and P. L'Ecuyer, "ContactCenters Simulation
Library User's Guide: examples of simulation programs", March 2014, SimpleMSK and Bank.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

import wfm
from wfm.measures.definitions import COLUMNS, Ratio, Sum

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FARTHEST = 4.2  # standard errors
Z95, Z90 = 1.96, 1.645
SSJ_CALLS = 1660  # expected a day: what SSJ divides by


def simulated(center: wfm.ContactCenter, replications: int) -> wfm.Prediction:
    return wfm.predict(center, center.plan, wfm.Simulation(replications=replications, seed=1))


@pytest.fixture(scope="module")
def call_center() -> wfm.Prediction:
    return simulated(wfm.load(SCENARIOS / "published_call_center.toml"), 4000)


@pytest.fixture(scope="module")
def erratic_call_center() -> wfm.Prediction:
    center = wfm.load(SCENARIOS / "published_call_center.toml")
    erratic = wfm.Gamma(cv=1 / sqrt(10))  # both parameters 10
    return simulated(replace(center, horizon=replace(center.horizon, day_factor=erratic)), 4000)


@pytest.fixture(scope="module")
def three_types() -> wfm.Prediction:
    return simulated(wfm.load(SCENARIOS / "published_three_types.toml"), 2000)


@pytest.fixture(scope="module")
def bank() -> wfm.Prediction:
    return simulated(wfm.load(SCENARIOS / "published_bank.toml"), 4000)


def per_replication(seen: wfm.Prediction, *columns: str, row: int = -1) -> tuple[float, float]:
    """Mean of counts that are added up, and its standard error."""
    assert seen.totals is not None
    found = sum(seen.totals[:, row, COLUMNS.index(name)] for name in columns)
    return float(np.mean(found)), float(np.std(found, ddof=1) / sqrt(len(found)))


def agrees(ours: tuple[float, float], theirs: float, their_error: float, half_a_digit: float = 0.0) -> None:
    mean, error = ours
    apart = max(0.0, abs(mean - theirs) - half_a_digit)
    assert apart <= FARTHEST * sqrt(error**2 + their_error**2), f"{mean} ± {error} against {theirs} ± {their_error}"


def ratio_agrees(ours: wfm.Estimate, theirs: float, their_error: float, half_a_digit: float = 0.0) -> None:
    agrees((float(ours.mean), float(ours.half_width) / Z95), theirs, their_error, half_a_digit)


# ---- SSJ


@pytest.mark.parametrize(
    ("center", "columns", "mean", "deviation", "days", "half_a_digit"),
    [
        ("call_center", ("offered",), 1660.366 / SSJ_CALLS, 93.620 / SSJ_CALLS, 10_000, 0.0),
        ("call_center", ("wait_of_answered", "wait_of_unanswered"), 4.713, 1.997, 10_000, 0.0005),
        ("call_center", ("answered_within", "abandoned_within"), 0.925, 0.040, 10_000, 0.0005),
        ("call_center", ("abandoned",), 0.020, 0.0067, 10_000, 0.0005),
        ("erratic_call_center", ("offered",), 1639.507 / SSJ_CALLS, 513.189 / SSJ_CALLS, 1000, 0.0),
        ("erratic_call_center", ("wait_of_answered", "wait_of_unanswered"), 11.834, 34.078, 1000, 0.0005),
        ("erratic_call_center", ("answered_within", "abandoned_within"), 0.853, 0.169, 1000, 0.0005),
        ("erratic_call_center", ("abandoned",), 0.0342, 0.0608, 1000, 0.00005),
    ],
)
def test_the_call_center_of_ssj(
    center: str,
    columns: tuple[str, ...],
    mean: float,
    deviation: float,
    days: int,
    half_a_digit: float,
    request: pytest.FixtureRequest,
) -> None:
    """Gamma day factor, patience with an atom at zero, staffing by the hour; every figure over 1660 calls."""
    found, error = per_replication(request.getfixturevalue(center), *columns)
    agrees((found / SSJ_CALLS, error / SSJ_CALLS), mean, deviation / sqrt(days), half_a_digit)


# ---- ContactCenters: three types, two groups


@pytest.mark.parametrize(
    ("column", "mean", "deviation"), [("answered", 4297.305, 437.605), ("abandoned", 910.335, 551.164)]
)
def test_answered_and_abandoned_of_three_types(
    three_types: wfm.Prediction, column: str, mean: float, deviation: float
) -> None:
    agrees(per_replication(three_types, column), mean, deviation / sqrt(1000))


def test_the_service_level_of_three_types(three_types: wfm.Prediction) -> None:
    ratio_agrees(three_types.total.service_level, 0.501, (0.509 - 0.494) / 2 / Z95, 0.0005)


@pytest.mark.parametrize(
    ("kind", "period", "mean", "deviation"),
    [
        (0, 0, 170.154, 93.722),
        (0, 1, 599.334, 83.392),
        (0, 2, 15.490, 27.520),
        (1, 0, 262.936, 134.377),
        (1, 1, 511.648, 86.571),
        (1, 2, 34.697, 55.230),
        (2, 0, 259.806, 155.150),
        (2, 1, 613.732, 99.046),
        (2, 2, 24.888, 44.327),
    ],
)
def test_contacts_answered_in_time_of_three_types(
    three_types: wfm.Prediction, kind: int, period: int, mean: float, deviation: float
) -> None:
    """Overflow to a second group, and first come first served across types, in each period."""
    found = three_types.contacts[kind, period].amount("answered_within")
    agrees((float(found.mean), float(found.half_width) / Z95), mean, deviation / sqrt(1000))


# ---- ContactCenters: a bank; weeks of five independent days


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("savings", 99.172, 99.295), ("checking", 99.431, 99.491), ("balance", 97.237, 97.365)],
)
def test_the_service_level_of_the_bank(bank: wfm.Prediction, name: str, low: float, high: float) -> None:
    ratio_agrees(bank.contact_types[name].service_level * 100, (low + high) / 2, (high - low) / 2 / Z95, 0.0005)


@pytest.mark.parametrize(
    ("column", "row", "mean", "deviation"),
    [
        ("offered", 0, 99.819, 10.045),
        ("offered", 1, 1000.146, 31.172),
        ("offered", 2, 2502.340, 50.017),
        ("blocked", 0, 0.069, 0.276),
        ("blocked", 1, 0.756, 1.172),
        ("blocked", 2, 1.826, 2.245),
        ("abandoned", 0, 0.017, 0.129),
        ("abandoned", 1, 0.161, 0.501),
        ("abandoned", 2, 5.357, 5.133),
        ("dropped", 1, 0.006, 0.077),
        ("dropped", 2, 0.017, 0.157),
    ],
)
def test_what_becomes_of_the_banks_contacts(
    bank: wfm.Prediction, column: str, row: int, mean: float, deviation: float
) -> None:
    found, error = per_replication(bank, column, row=row)
    agrees((5 * found, 5 * error), mean, deviation / sqrt(1000), 0.0005)


@pytest.mark.parametrize(("row", "mean", "deviation"), [(0, 0.024, 0.020), (1, 0.028, 0.014), (2, 0.036, 0.014)])
def test_the_waits_of_the_bank(bank: wfm.Prediction, row: int, mean: float, deviation: float) -> None:
    """Minutes that the answered waited, over all who arrived."""
    waited = Ratio(Sum(("wait_of_answered",)), Sum(("offered",)))
    ratio_agrees(bank.contacts[row, -1].ratio(waited) * (1 / 60), mean, deviation / sqrt(1000), 0.0005)


@pytest.mark.parametrize(
    ("group", "mean", "deviation"),
    [("savings_specialists", 25.353, 1.160), ("checking_specialists", 43.093, 1.270)],
)
def test_the_occupancy_of_the_bank(bank: wfm.Prediction, group: str, mean: float, deviation: float) -> None:
    """Speed by skill, a random tie, and a freed agent who takes his own type first."""
    ratio_agrees(bank.agent_groups[group].occupancy * 100, mean, deviation / sqrt(1000), 0.0005)


def test_the_bank_would_be_seen_to_differ_if_specialists_were_not_faster(bank: wfm.Prediction) -> None:
    """A negative control: the published figures tell this centre from one without its specialists."""
    groups = {
        name: replace(group, skills={one: replace(how, speed=1.0) for one, how in group.skills.items()})
        for name, group in bank.center.agent_groups.items()
    }
    plain = simulated(replace(bank.center, agent_groups=groups), 1000)
    with pytest.raises(AssertionError, match="against"):
        ratio_agrees(plain.agent_groups["checking_specialists"].occupancy * 100, 43.093, 1.270 / sqrt(1000))
