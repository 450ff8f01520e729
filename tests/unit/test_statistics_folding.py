"""Do partial sums add up to the same bits however they are cut, and are the newer measures what they say?"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from wfm.errors import InputError
from wfm.measures.counts import COUNTS, TIMES
from wfm.measures.definitions import COLUMNS, TIME_PAIRS
from wfm.measures.fold import fold_blocks
from wfm.measures.prediction import Prediction
from wfm.measures.tally import MOST_TOTALS, Tally, Totals
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Skill, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Gamma
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import bounds
from wfm.simulation.run import Simulation, simulate

SECOND = 1_000_000  # microseconds
TALLIED = ("sums", "products", "met", "judged", "time_sums", "time_products", "plain", "waits")


def two_days() -> ContactCenter:
    """Two types that share agents over two days; the second is open in the evening of the first day alone."""
    horizon = Horizon(datetime(2026, 1, 5, 22), 1800.0, 6, day_factor=Gamma(cv=0.2))
    return ContactCenter(
        horizon,
        {
            "sales": ContactType(20, handling=120.0, patience=60.0, target=Target(0.8)),
            "support": ContactType(10, handling=240.0, target=Target(0.7, 60.0), opening={"Mon": "22:00-24:00"}),
        },
        {
            "experts": AgentGroup({"sales": Skill(), "support": Skill()}, agents=2, cost_per_hour=30.0),
            "starters": AgentGroup(
                {"sales": Skill(rank=2)}, agents=1, cost_per_hour=20.0, shrinkage=Shrinkage(planned={"breaks": 0.2})
            ),
        },
        experiment=Experiment(replications=40, seed=3),
    )


def made_up(replications: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Books of that centre, contacts conserved, times in microseconds."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 40, (replications, 2, 6, len(COUNTS)))
    ends = ["answered", "abandoned", "blocked", "dropped", "unfinished"]
    counts[..., 0] = counts[..., [COUNTS.index(name) for name in ends]].sum(axis=-1)
    for name in ("wait_of_answered", "wait_of_unanswered", "queue_time"):
        counts[..., COUNTS.index(name)] *= 777_777
    times = rng.integers(0, 10**10, (replications, 2, 7, len(TIMES)))
    waits = rng.integers(0, 3, (replications, 2, 2561))
    # Every answered contact stands in one bin.
    waits[..., 0] += counts[..., COUNTS.index("answered")].sum(axis=-1) - waits.sum(axis=-1)
    return counts, times, waits


def tallied(books: tuple[np.ndarray, ...], cuts: list[int], chunk: int, size: int = 1) -> Tally:
    """Fold the books in parts that end at the cuts, so many replications at a time."""
    tally = Tally(two_days(), size)
    for first, last in zip([0, *cuts[:-1]], cuts, strict=True):
        part = tally.empty_part(last - first, percentiles=True)
        for start in range(first, last, chunk):
            piece = slice(start, min(start + chunk, last))
            tally.fold(part, start - first, *(np.ascontiguousarray(one[piece]) for one in books))
        tally.add(part, last - first)
    return tally


def assert_same_bits(one: Tally, other: Tally) -> None:
    assert one.part is not None
    assert other.part is not None
    for name in TALLIED:
        assert np.array_equal(getattr(one.part, name), getattr(other.part, name)), name
    assert one.totals.table().tobytes() == other.totals.table().tobytes()
    assert one.time_totals.table().tobytes() == other.time_totals.table().tobytes()


@pytest.mark.parametrize("size", [1, 16])
def test_parts_of_any_size_add_up_to_the_same_bits(size):
    """One part of 80 replications, parts that grow as a run is doubled, and one block at a time."""
    books = made_up(80)
    whole = tallied(books, [80], 80, size)
    assert_same_bits(whole, tallied(books, [16, 32, 64, 80], 16, size))
    assert_same_bits(whole, tallied(books, [16, 32, 48, 64, 80], 16 if size == 16 else 4, size))


def test_a_last_block_may_be_shorter():
    books = made_up(37)
    assert_same_bits(tallied(books, [37], 37), tallied(books, [32, 37], 2))


def test_another_order_of_blocks_is_noticed():
    """The negative control: sums of products are rounded, so that another order gives other bits."""
    books = made_up(80)
    turned = tuple(np.concatenate([one[16:], one[:16]]) for one in books)
    one, other = tallied(books, [80], 80), tallied(turned, [80], 80)
    assert not np.array_equal(one.part.products, other.part.products)
    np.testing.assert_allclose(one.part.products, other.part.products, rtol=1e-12)


def test_strata_of_16_are_folded_as_one_unit():
    counts, times, waits = made_up(48)
    units = tuple(one.reshape(3, 16, *one.shape[1:]).sum(axis=1) for one in (counts, times, waits))
    strata, sums = tallied((counts, times, waits), [48], 48, 16), tallied(units, [3], 3)
    for name in ("sums", "products", "time_sums", "time_products"):
        # Sums over a block differ in how blocks are added up, not in what.
        np.testing.assert_allclose(getattr(strata.part, name), getattr(sums.part, name), rtol=1e-12)
    assert np.array_equal(strata.part.waits, sums.part.waits)
    assert np.array_equal(strata.totals.table(), sums.totals.table())
    assert strata.units == 3
    # Targets are judged by replication, and so is the spread without strata.
    single = tallied((counts, times, waits), [48], 48)
    assert np.array_equal(strata.part.met, single.part.met)
    np.testing.assert_allclose(strata.part.plain, single.part.products[-1, -1], rtol=1e-12)


def test_the_fold_is_compiled_once():
    tallied(made_up(16), [16], 16)
    simulate(two_days(), two_days().plan, Simulation(2, percentiles=False))
    assert len(fold_blocks.signatures) == 1


# ---- totals for paired comparison


@pytest.mark.parametrize("number", [MOST_TOTALS, MOST_TOTALS + 1, 5 * MOST_TOTALS - 3])
def test_many_totals_become_sums_of_neighbours(number):
    rows = np.random.default_rng(2).integers(0, 10**9, (number, 2, len(TIMES))).astype(float)
    totals = Totals(TIMES)
    for start in range(0, number, 1000):
        totals.append(rows[start : start + 1000])
    together = 2 ** max(0, math.ceil(math.log2(number / MOST_TOTALS)))
    padded = np.concatenate([rows, np.zeros((-number % together, *rows.shape[1:]))])
    expected = padded.reshape(-1, together, *rows.shape[1:]).sum(axis=1) * 1e-6
    assert np.array_equal(totals.table(), expected)
    assert len(expected) <= MOST_TOTALS


def test_threads_and_tasks_do_not_change_a_bit(monkeypatch):
    center = two_days()
    alone = simulate(center, center.plan, Simulation(80, threads=1))
    monkeypatch.setattr(bounds, "CONTACTS_AT_ONCE", 1)
    monkeypatch.setattr(bounds, "BOOKS_AT_ONCE", 1)
    together = simulate(center, center.plan, Simulation(80, threads=3))
    assert alone.run["threads"] == 1
    assert together.run["threads"] == 3
    for one, other in (
        (alone.contacts.sums, together.contacts.sums),
        (alone.contacts.products, together.contacts.products),
        (alone.times.products, together.times.products),
        (alone.totals, together.totals),
        (alone.waits.by_wait, together.waits.by_wait),
        (alone.kept.met, together.kept.met),
    ):
        assert one.tobytes() == other.tobytes()


# ---- measures


def predicted(counts: np.ndarray, times: np.ndarray) -> Prediction:
    """A prediction from the books of two_days()."""
    center = two_days()
    tally = Tally(center)
    part = tally.empty_part(len(counts), percentiles=False)
    tally.fold(part, 0, counts, times, np.zeros((len(counts), 2, 0), np.int64))
    tally.add(part, len(counts))
    return Prediction(
        center, center.plan, "simulation", tally.contact_sample(), tally.time_sample(), tally.kept(),
        np.zeros((2, 6), np.bool_), len(counts), 1, tally.totals.table(), tally.time_totals.table(),
    )  # fmt: skip


def test_mean_queue_is_time_in_queue_over_open_time():
    """Support is open in four of six half hours, sales in all; what waits where it is closed counts in the total."""
    counts = np.zeros((1, 2, 6, len(COUNTS)), np.int64)
    counts[0, 0, :, COUNTS.index("queue_time")] = np.array([1800, 3600, 0, 900, 1800, 0]) * SECOND
    counts[0, 1, :, COUNTS.index("queue_time")] = np.array([0, 900, 900, 0, 360, 0]) * SECOND
    seen = predicted(counts, np.zeros((1, 2, 7, len(TIMES)), np.int64))
    sales, support = seen.contact_types["sales"], seen.contact_types["support"]
    assert sales.by_interval.mean_queue.mean == pytest.approx([1, 2, 0, 0.5, 1, 0])
    assert support.by_interval.mean_queue.mean == pytest.approx([0, 0.5, 0.5, 0, np.nan, np.nan], nan_ok=True)
    assert seen.total.by_interval.mean_queue.mean == pytest.approx([1, 2.5, 0.5, 0.5, 1.2, 0])
    assert sales.by_day.mean_queue.mean == pytest.approx([3.5 / 4, 0.5])
    assert support.by_day.mean_queue.mean == pytest.approx([0.25, np.nan], nan_ok=True)
    assert sales.mean_queue.mean == pytest.approx(4.5 / 6)
    assert support.mean_queue.mean == pytest.approx(0.25)
    assert seen.total.mean_queue.mean == pytest.approx(5.7 / 6)


def test_the_share_of_the_best_rank_is_of_answered():
    counts = np.zeros((1, 2, 6, len(COUNTS)), np.int64)
    counts[0, 0, 0, [COUNTS.index(name) for name in ("offered", "answered", "answered_by_best")]] = 10, 10, 4
    counts[0, 1, 0, [COUNTS.index(name) for name in ("offered", "answered", "answered_by_best")]] = 30, 30, 30
    seen = predicted(counts, np.zeros((1, 2, 7, len(TIMES)), np.int64))
    assert seen.contact_types["sales"].best_rank_share.mean == pytest.approx(0.4)
    assert seen.total.best_rank_share.mean == pytest.approx(34 / 40)


def test_cost_is_paid_hours_and_overtime():
    """2 experts for 3 hours at 30; 1 starter net, 1.25 gross, at 20; overtime of 0 and of 2 hours."""
    times = np.zeros((2, 2, 7, len(TIMES)), np.int64)
    times[1, 0, 0, TIMES.index("overtime")] = 1800 * SECOND
    times[1, 0, 6, TIMES.index("overtime")] = 3600 * SECOND
    times[1, 1, 6, TIMES.index("overtime")] = 1800 * SECOND
    seen = predicted(np.zeros((2, 2, 6, len(COUNTS)), np.int64), times)
    experts, starters = seen.agent_groups["experts"], seen.agent_groups["starters"]
    assert experts.cost.mean == pytest.approx(2 * 3 * 30 + 0.75 * 30)
    assert experts.by_interval.cost.mean == pytest.approx([30 + 7.5, 30, 30, 30, 30, 30])
    assert experts.by_day.cost.mean == pytest.approx([4 * 30 + 7.5, 2 * 30 + 15])
    assert starters.cost.mean == pytest.approx(1.25 * 3 * 20 + 0.25 * 20)
    assert seen.cost.mean == pytest.approx(experts.cost.mean + starters.cost.mean)
    # Both groups stay late on the same day: the spread of the sum is the sum of the spreads.
    assert seen.cost.half_width == pytest.approx(experts.cost.half_width + starters.cost.half_width)
    assert seen.plan.cost == pytest.approx(2 * 3 * 30 + 1.25 * 3 * 20)


def test_there_is_no_cost_without_a_rate():
    center = two_days()
    groups = {**center.agent_groups, "starters": replace(center.agent_groups["starters"], cost_per_hour=None)}
    center = replace(center, agent_groups=groups)
    seen = simulate(center, center.plan, Simulation(4))
    assert math.isnan(seen.agent_groups["starters"].cost.mean)
    assert math.isfinite(seen.agent_groups["experts"].cost.mean)
    assert math.isnan(seen.cost.mean)


def test_products_of_times_are_kept_for_occupancy():
    assert {(TIMES[one], TIMES[other]) for one, other in TIME_PAIRS} >= {("busy", "staffed"), ("staffed", "staffed")}
    assert len(COLUMNS) == len(COUNTS) + 2


# ---- memory


def test_a_run_that_would_not_fit_is_refused_before_it_starts():
    horizon = Horizon(datetime(2026, 1, 1), 60.0, 366 * 24 * 60)
    types = {f"type {k}": ContactType(1, handling=60.0) for k in range(20)}
    groups = {f"group {k}": AgentGroup(skills=(f"type {k}",), agents=1) for k in range(20)}
    center = ContactCenter(horizon, types, groups)
    with pytest.raises(InputError, match=r"horizon\.intervals: with 20 contact types .* GiB of memory"):
        simulate(center, center.plan, Simulation(1))


def test_fewer_threads_work_where_all_would_not_fit(monkeypatch):
    center = two_days()
    wide = bounds.shares_of(center, 1, 64, percentiles=True)
    assert wide.threads == 64
    fixed = 31 << 20  # what 4096 totals and the sums take, roughly
    monkeypatch.setattr(bounds, "MOST_BYTES", fixed + (20 << 20))
    assert 1 <= bounds.shares_of(center, 1, 64, percentiles=True).threads < 64
