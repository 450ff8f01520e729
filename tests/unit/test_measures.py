"""Are measures what their definitions say, on counts small enough to check by hand?"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wfm.measures.counts import COUNTS, IN_TIME, TIMES
from wfm.measures.definitions import COLUMNS, DEFINITIONS, RATIOS, Ratio, Sum, pairs_of
from wfm.measures.fold import check_conservation
from wfm.measures.prediction import Prediction
from wfm.measures.sample import Kept, Sample, exact_sample
from wfm.measures.tally import Tally
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Target
from wfm.model.horizon import Horizon

SECOND = 1_000_000  # microseconds


def row(**counts: int) -> np.ndarray:
    """The counts of one type and interval, times in seconds; what ends in no other way is answered."""
    found = np.zeros(len(COUNTS), np.int64)
    ends = sum(counts.get(name, 0) for name in ("answered", "abandoned", "blocked", "dropped", "unfinished"))
    counts["answered"] = counts.get("answered", 0) + counts.get("offered", 0) - ends
    for name, value in counts.items():
        found[COUNTS.index(name)] = value * (SECOND if COUNTS.index(name) in IN_TIME else 1)
    return found


BUSY_HOUR = {
    "offered": 100,
    "answered": 80,
    "answered_within": 60,
    "abandoned": 12,
    "abandoned_within": 5,
    "short_abandoned": 4,
    "blocked": 5,
    "dropped": 2,
    "unfinished": 1,
    "wait_of_answered": 1200,
    "wait_of_unanswered": 700,
}


def predicted(
    targets: list[Target],
    counts: list[Any],
    times: list[Any] | None = None,
    start: datetime = datetime(2026, 1, 5, 8),
    interval: float = 1800.0,
) -> Prediction:
    """A prediction from counts[replication][type][interval] and, in seconds, times[replication][type][interval]."""
    given_counts = np.array(counts, dtype=np.int64)
    replications, types, intervals, _ = given_counts.shape
    assert types == len(targets)
    center = ContactCenter(
        Horizon(start, interval, intervals),
        {f"type {k}": ContactType(10, handling=60.0, target=target) for k, target in enumerate(targets)},
        {f"group {k}": AgentGroup(skills=(f"type {k}",), agents=1) for k in range(types)},
    )
    tally = Tally(center)
    given_times = np.zeros((replications, types, intervals + 1, len(TIMES)), np.int64)
    if times is not None:
        given_times[:] = np.array(times, dtype=np.int64) * SECOND
    add(tally, given_counts, given_times)
    return Prediction(
        center, center.plan, "simulation", tally.contact_sample(), tally.time_sample(), tally.kept(),
        np.zeros((types, intervals), np.bool_), replications, 1, tally.totals.table(), tally.time_totals.table(),
    )  # fmt: skip


def add(tally: Tally, counts: np.ndarray, times: np.ndarray) -> None:
    """Fold some replications and add them up."""
    part = tally.empty_part(len(counts), percentiles=False)
    tally.fold(part, 0, counts, times, np.zeros((*counts.shape[:2], 0), np.int64))
    tally.add(part, len(counts))


# ---- definitions


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("answered_of_offered", 60 / 100),
        ("answered_of_answered", 60 / 80),
        ("excluding_abandoned_within", 60 / (100 - 5)),
        ("excluding_short_abandons", 60 / (100 - 4)),
        ("abandoned_within_counted", (60 + 5) / 100),
    ],
)
def test_service_level(definition, expected):
    counts = [[[row(**BUSY_HOUR)]]]
    prediction = predicted([Target(0.8, definition=definition)], counts)
    measures = prediction.contact_types["type 0"]
    assert measures.service_level.mean == pytest.approx(expected, rel=1e-15)
    assert measures.service_levels[definition].mean == pytest.approx(expected, rel=1e-15)
    assert set(measures.service_levels) == set(DEFINITIONS)
    assert prediction.total.service_level.mean == pytest.approx(expected, rel=1e-15)


def test_other_measures_of_contacts():
    measures = predicted([Target()], [[[row(**BUSY_HOUR)]]]).total
    assert measures.abandonment.mean == pytest.approx(12 / 100)
    assert measures.average_speed_of_answer.mean == pytest.approx(1200 / 80)
    assert measures.mean_wait.mean == pytest.approx((1200 + 700) / (100 - 5))
    amounts = {"offered": 100, "answered": 80, "abandoned": 12, "blocked": 5, "dropped": 2, "unfinished": 1}
    assert {name: getattr(measures, name).mean for name in amounts} == amounts


def test_a_formula_has_the_same_definitions_without_a_spread():
    sums = np.append(row(**BUSY_HOUR).astype(float), [60, 100])
    sums[[COUNTS.index("wait_of_answered"), COUNTS.index("wait_of_unanswered")]] /= SECOND
    sample = exact_sample(sums)
    assert sample.ratio(RATIOS["service_level"]).mean == 0.6
    assert sample.ratio(RATIOS["average_speed_of_answer"]).mean == 15
    assert math.isnan(sample.ratio(RATIOS["service_level"]).half_width)
    assert math.isnan(sample.amount("offered").half_width)


def test_measures_are_nan_without_a_denominator():
    measures = predicted([Target(0.8)], [[[row()]], [[row()]]]).total
    assert measures.offered.mean == 0
    for name in RATIOS:
        assert math.isnan(getattr(measures, name).mean)
        assert math.isnan(getattr(measures, name).half_width)
    for level in measures.service_levels.values():
        assert math.isnan(level.mean)
    assert math.isnan(measures.days_met.mean)


def test_only_the_measures_without_a_denominator_are_nan():
    """Everybody abandons: nobody's speed of answer, but a service level of zero."""
    lost = row(offered=3, abandoned=3, wait_of_unanswered=30)
    measures = predicted([Target(0.8)], [[[lost, row(offered=1, answered=1)]]]).total.by_interval
    assert math.isnan(measures.average_speed_of_answer.mean[0])
    assert measures.service_level.mean[0] == 0
    assert measures.mean_wait.mean[0] == 10
    assert measures.average_speed_of_answer.mean[1] == 0


# ---- sums over types, days and replications


def test_the_total_judges_each_contact_by_its_own_type():
    """Sums of numerators over sums of denominators, each type with its own definition."""
    targets = [Target(0.8, 20.0), Target(0.5, 600.0, definition="excluding_abandoned_within")]
    counts = [[[row(offered=10, answered=9, answered_within=8, abandoned=1)], [row(**BUSY_HOUR)]]]
    total = predicted(targets, counts).total
    assert total.service_level.mean == pytest.approx((8 + 60) / (10 + 100 - 5))
    assert total.service_levels["answered_of_offered"].mean == pytest.approx((8 + 60) / (10 + 100))
    assert total.abandonment.mean == pytest.approx(13 / 110)
    assert total.offered.mean == 110


def test_a_day_is_a_sum_over_a_sum():
    """Not the mean of its intervals' percentages. Three half hours before midnight, one after."""
    good, bad = row(offered=10, answered=10, answered_within=10), row(offered=90, answered=90, answered_within=45)
    prediction = predicted([Target()], [[[good, bad, good, bad]]], start=datetime(2026, 1, 5, 22, 30))
    measures = prediction.contact_types["type 0"]
    assert measures.by_interval.service_level.mean == pytest.approx([1, 0.5, 1, 0.5])
    assert measures.by_day.service_level.mean == pytest.approx([65 / 110, 0.5])
    assert measures.service_level.mean == pytest.approx(110 / 200)
    assert measures.by_day.offered.mean.tolist() == [110, 90]


def test_replications_are_summed_before_they_are_divided():
    counts = [[[row(offered=10, answered_within=10)]], [[row(offered=90, answered_within=45)]]]
    prediction = predicted([Target()], counts)
    assert prediction.total.service_level.mean == pytest.approx(55 / 100)
    assert prediction.total.offered.mean == 50
    assert prediction.totals[:, 0, COLUMNS.index("offered")].tolist() == [10, 90]


# ---- agents' time


def test_occupancy_is_busy_over_staffed():
    """What is finished after the horizon belongs to the whole and to the last day, and to no interval."""
    times = [[[[900, 1800, 0], [1800, 3600, 0], [100, 100, 100]]]]
    group = predicted([Target()], [[[row(), row()]]], times).agent_groups["group 0"]
    assert group.occupancy.mean == pytest.approx(2800 / 5500)
    assert group.busy_hours.mean == pytest.approx(2800 / 3600)
    assert group.staffed_hours.mean == pytest.approx(5500 / 3600)
    assert group.overtime_hours.mean == pytest.approx(100 / 3600)
    assert group.by_interval.overtime_hours.mean.tolist() == [0, 0]
    assert group.by_day.overtime_hours.mean == pytest.approx([100 / 3600])
    assert group.by_interval.occupancy.mean == pytest.approx([0.5, 0.5])
    assert group.by_day.busy_hours.mean == pytest.approx([2800 / 3600])


def test_nobody_on_duty_has_no_occupancy():
    group = predicted([Target()], [[[row()]]] * 2).agent_groups["group 0"]
    assert math.isnan(group.occupancy.mean)
    assert group.staffed_hours.mean == 0


# ---- confidence intervals

# Answered within and offered per replication; ratio, standard error and half-width at 95 % in exact fractions.
RATIO_TABLE = [
    (
        [433, 445, 450, 358, 316],
        [506, 512, 554, 358, 871],
        (0.7147447340235629, 0.1374942929599526, 0.38174535668129184),
    ),
    (
        [373, 403, 425, 409, 382, 454, 371, 426, 407, 458, 438, 381, 383, 422, 446, 427, 430, 381, 348, 367],
        [415, 413, 564, 456, 402, 659, 396, 505, 462, 536, 491, 413, 383, 434, 582, 605, 503, 389, 359, 391],
        (0.868882239794828, 0.023260863218018513, 0.048685546241614204),
    ),
    (
        [440, 421, 389, 411, 447, 393, 385, 438],
        [583, 716, 420, 457, 630, 414, 477, 587],
        (0.7759103641456583, 0.04522858365670772, 0.10694860577984411),
    ),
]


@pytest.mark.parametrize(("within", "offered", "expected"), RATIO_TABLE, ids=["5", "20", "8 replications"])
def test_half_width_of_a_ratio_by_the_delta_method(within, offered, expected):
    value, error, half_width = expected
    counts = [[[row(offered=n, answered_within=k)]] for k, n in zip(within, offered, strict=True)]
    estimate = predicted([Target()], counts).total.service_level
    assert estimate.mean == pytest.approx(value, rel=1e-12)
    assert estimate.half_width == pytest.approx(half_width, rel=1e-9)
    assert estimate.half_width == pytest.approx(stats.t.ppf(0.975, len(within) - 1) * error, rel=1e-9)


def sample_of(rows: np.ndarray, columns: tuple[str, ...], *ratios: Ratio, **more: Any) -> Sample:
    """The sample of one cell from float64[units, columns]."""
    pairs = pairs_of(columns, ratios, "offered" if "offered" in columns else None)
    products = np.array([rows[:, i] @ rows[:, j] for i, j in pairs])
    return Sample(len(rows), rows.sum(axis=0), products, columns, pairs, 0.9, **more)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(31, 120)), min_size=2, max_size=30))
def test_half_width_of_a_ratio_of_sums_and_differences(rows):
    """(answered within + abandoned within) over (offered - short): the same as on the two combined columns."""
    counts = np.array(rows, dtype=np.float64)
    top, bottom = counts[:, 0] + counts[:, 1], counts[:, 2] - counts[:, 1]
    ratio = Ratio(Sum(("a", "b")), Sum(("c",), ("b",)))
    estimate = sample_of(counts, ("a", "b", "c"), ratio).ratio(ratio)
    value = top.sum() / bottom.sum()
    error = np.std(top - value * bottom, ddof=1) / math.sqrt(len(rows)) / bottom.mean()
    assert estimate.mean == pytest.approx(value)
    assert estimate.half_width == pytest.approx(stats.t.ppf(0.95, len(rows) - 1) * error, rel=1e-6, abs=1e-6)


def test_half_width_of_a_mean():
    offered = [10, 14, 9, 11, 20]
    estimate = predicted([Target()], [[[row(offered=n)]] for n in offered]).total.offered
    interval = stats.t.interval(0.95, 4, np.mean(offered), stats.sem(offered))
    assert estimate.mean == pytest.approx(np.mean(offered))
    assert estimate.half_width == pytest.approx((interval[1] - interval[0]) / 2, rel=1e-9)


def test_one_replication_has_no_half_width():
    times = [[[[900, 1800, 0], [0, 0, 0]]]]
    prediction = predicted([Target(0.8)], [[[row(**BUSY_HOUR)]]], times)
    measures, group = prediction.total, prediction.agent_groups["group 0"]
    for estimate in (
        *(getattr(measures, name) for name in (*RATIOS, "offered", "days_met")),
        *(group.occupancy, group.busy_hours, group.staffed_hours),
    ):
        assert math.isfinite(estimate.mean)
        assert math.isnan(estimate.half_width)


@pytest.mark.parametrize(("met", "judged"), [(0, 30), (30, 30), (7, 30), (199, 200), (1, 2)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_half_width_of_a_share_is_wilsons(met, judged, confidence):
    exact = stats.binomtest(met, judged).proportion_ci(confidence, method="wilson")
    share = Kept(np.array(met), np.array(judged), judged, confidence).share()
    assert share.mean == pytest.approx(met / judged)
    assert share.half_width == pytest.approx((exact.high - exact.low) / 2, rel=1e-9)


# ---- targets kept


def verdicts(target: Target, *counts: np.ndarray) -> list[float]:
    """Share of replications in which the target is kept in each interval."""
    return predicted([target], [[list(counts)]]).contact_types["type 0"].by_interval.days_met.mean.tolist()


def test_a_target_is_kept_at_its_very_limit():
    at, below = row(offered=10, answered=10, answered_within=8), row(offered=10, answered=10, answered_within=7)
    assert verdicts(Target(0.8), at, below) == [1, 0]
    assert verdicts(Target(max_abandonment=0.1), row(offered=10, abandoned=1), row(offered=10, abandoned=2)) == [1, 0]
    assert verdicts(Target(0.56), row(offered=100, answered=100, answered_within=56)) == [1]
    slow = [row(offered=2, answered=2, wait_of_answered=seconds) for seconds in (60, 61)]
    assert verdicts(Target(max_average_speed_of_answer=30.0), *slow) == [1, 0]


def test_every_limit_of_a_target_binds():
    target = Target(0.8, max_abandonment=0.1)
    fast, lost = row(offered=10, answered=9, answered_within=9, abandoned=1), row(offered=10, answered=8, abandoned=2)
    lost[COUNTS.index("answered_within")] = 8
    assert verdicts(target, fast, lost) == [1, 0]


def test_an_interval_without_contacts_is_not_judged():
    prediction = predicted([Target(0.8)], [[[row()]], [[row(offered=1, answered=1, answered_within=1)]]])
    assert prediction.kept.judged[0, 0] == 1
    assert prediction.contact_types["type 0"].by_interval.days_met.mean[0] == 1


def test_a_type_without_a_target_is_not_judged():
    good = row(offered=10, answered=10, answered_within=9)
    bad = row(offered=10, answered=10)
    prediction = predicted([Target(0.8), Target()], [[[good], [bad]]] * 3)
    assert prediction.contact_types["type 0"].days_met.mean == 1
    assert math.isnan(prediction.contact_types["type 1"].days_met.mean)
    assert prediction.total.days_met.mean == 1


def test_the_total_keeps_the_target_when_every_type_does():
    good, bad = row(offered=10, answered=10, answered_within=9), row(offered=10, answered=10)
    prediction = predicted([Target(0.8), Target(0.8)], [[[good], [good]], [[good], [bad]], [[bad], [bad]]])
    assert prediction.contact_types["type 0"].days_met.mean == pytest.approx(2 / 3)
    assert prediction.total.days_met.mean == pytest.approx(1 / 3)


def test_days_met_pools_the_days_of_the_horizon():
    """Two days in each of two replications; a day's counts are judged together."""
    good, bad = row(offered=10, answered=10, answered_within=9), row(offered=10, answered=10, answered_within=7)
    counts = [[[good, bad, good, good]], [[bad, bad, good, bad]]]
    prediction = predicted([Target(0.8)], counts, start=datetime(2026, 1, 5, 23))
    measures = prediction.contact_types["type 0"]
    assert measures.by_day.days_met.mean.tolist() == [0.5, 1]
    assert measures.days_met.mean == pytest.approx(3 / 4)
    wilson = stats.binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert measures.days_met.half_width == pytest.approx((wilson.high - wilson.low) / 2, rel=1e-9)


# ---- the table, and conservation


def test_the_table_has_a_row_per_type_and_interval():
    prediction = predicted([Target(0.8), Target()], [[[row(**BUSY_HOUR), row()], [row(), row(offered=1)]]])
    table = prediction.to_polars()
    assert table["contact_type"].to_list() == ["type 0", "type 0", "type 1", "type 1"]
    assert table["offered"].to_list() == [100, 0, 0, 1]
    assert table["service_level"][0] == pytest.approx(0.6)


def test_lost_contacts_are_noticed():
    counts = np.zeros((2, 1, 3, len(COUNTS)), np.int64)
    counts[:] = row(offered=2, answered=1, blocked=1)
    check_conservation(counts)
    counts[1, 0, 2, COUNTS.index("blocked")] = 0
    with pytest.raises(AssertionError, match=r"\(1, 0, 2\)"):
        check_conservation(counts)
