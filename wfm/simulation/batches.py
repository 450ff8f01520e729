"""Batch means: one long run of a centre whose rates do not change, cut into equal batches that are the sample.

A warm-up is left out, in which the centre fills up from empty. The batches are nearly independent where they are long
beside the time in which the queue forgets (Law, "Simulation Modeling and Analysis", 2015, chapter 9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.measures.definitions import COLUMNS, CONTACT_PAIRS, TIME_PAIRS, TIMES
from wfm.measures.fold import Part, empty_part, fold, rules_of
from wfm.measures.sample import Kept
from wfm.measures.tally import Totals, sample_in_seconds
from wfm.model.center import ContactCenter
from wfm.model.laws import Law, spread
from wfm.model.plan import StaffingPlan

FEWEST, USUAL = 10, 20
INTERVAL = "by interval, and batch means need a centre whose rates do not change"


@dataclass(frozen=True)
class Cut:
    """How a run is cut: intervals of warm-up, then batches of so many intervals each."""

    warm_up: int
    batches: int
    length: int


def cut_of(center: ContactCenter, warm_up: float, batches: int) -> Cut:
    """How the horizon is cut; InputError where it cannot be. The warm-up is as long as wanted, or a little longer."""
    interval, intervals = center.horizon.interval, center.horizon.intervals
    skipped = round(warm_up / interval)
    if abs(warm_up - skipped * interval) > 1e-6:
        raise InputError([fault("warm_up", f"must be a multiple of the interval, {interval:g} seconds", warm_up)])
    left = intervals - skipped
    if left < batches:
        rule = f"must leave at least {batches} of the {intervals} intervals, one for each batch"
        raise InputError([fault("warm_up", rule, warm_up)])
    # What is left over by equal batches makes the warm-up longer.
    return Cut(skipped + left % batches, batches, left // batches)


def stationary_faults(center: ContactCenter, plan: StaffingPlan) -> Iterator[Fault]:
    """What changes over the horizon, or from day to day, in a centre that should be stationary."""
    intervals = center.horizon.intervals
    if center.horizon.opening is not None:
        yield fault("horizon.opening", "closes the centre, and batch means need one that is always open")
    if center.horizon.day_factor is not None:
        yield fault("horizon.day_factor", "makes days differ, and batch means need a centre whose rates do not change")
    for name, one in center.contact_types.items():
        where = f"contact_types.{name}"
        if one.opening is not None:
            yield fault(f"{where}.opening", "closes the contact type, and batch means need one that is always open")
        if one.day_factor is not None:
            yield fault(f"{where}.day_factor", "makes days differ, and batch means need rates that do not change")
        if _changes(spread(one.volume, intervals)):
            yield fault(f"{where}.volume", f"changes {INTERVAL}")
        for key in ("handling", "talk", "after_contact_work", "patience"):
            law = getattr(one, key)
            if law is not None and _law_changes(law, intervals):
                yield fault(f"{where}.{key}", f"changes {INTERVAL}")
    for row, (name, group) in enumerate(center.agent_groups.items()):
        if _changes(plan.net[row]):
            yield fault(f"agent_groups.{name}.agents", f"change {INTERVAL}")
        if group.shrinkage.absence > 0:
            rule = "is drawn for each day, and batch means need a centre whose days are alike"
            yield fault(f"agent_groups.{name}.shrinkage.random", rule, list(group.shrinkage.random))
        elif center.experiment.rounding == "random" and np.any(plan.net[row] != np.round(plan.net[row])):
            rule = "must be whole: a fraction is rounded anew for each day, and batch means need days that are alike"
            yield fault(f"agent_groups.{name}.agents", rule, float(plan.net[row, 0]))


def batch_samples(center: ContactCenter, books: Any, cut: Cut, known: np.ndarray | None) -> dict[str, Any]:
    """The fields of a Prediction that one run of a stationary centre gives.

    books: of one replication (`wfm.simulation.ledger.Books`); known: float64[types + 1, cells], offered contacts to be
    used as a control variate, or None. Only the horizon has a spread: an interval was seen once.
    """
    counts, times = books.counts.copy(), books.times.copy()
    counts[:, :, : cut.warm_up] = 0
    times[:, :, : cut.warm_up] = 0
    times[:, :, -1] = 0  # what is finished after the end is no part of a run without end
    whole, pieces = _folded_whole(center, counts, times), _folded_pieces(center, counts, times, cut)
    confidence, n = center.experiment.confidence, cut.batches
    contacts = _horizon_alone(whole.products[0], pieces.products)
    rows = [0, 0] if len(contacts) == 1 else slice(None)  # one type is its own total
    offered = None
    if known is not None:
        offered = np.full_like(known, np.nan)
        offered[:, -1] = known[:, cut.warm_up : center.horizon.intervals].sum(axis=1)
    sample = sample_in_seconds(
        n, whole.sums[0][rows], contacts[rows], COLUMNS, CONTACT_PAIRS, confidence, 1 / n, offered
    )
    spent = sample_in_seconds(
        n, whole.time_sums[0], _horizon_alone(whole.time_products[0], pieces.time_products), TIMES, TIME_PAIRS,
        confidence, 1 / n,
    )  # fmt: skip
    intervals = center.horizon.intervals
    met, judged = whole.met[0][rows], whole.judged[0][rows]
    met[:, -1], judged[:, -1] = met[:, intervals:-1].sum(axis=1), judged[:, intervals:-1].sum(axis=1)
    totals, time_totals = Totals(COLUMNS), Totals(TIMES)
    totals.append(pieces.totals[:, rows])
    time_totals.append(pieces.time_totals)
    return {
        "contacts": sample,
        "times": spent,
        "kept": Kept(met, judged, 1, confidence),
        "totals": totals.table(),
        "time_totals": time_totals.table(),
        "plain": None if known is None else replace(sample, known=None)[-1, -1],
        "batches": n,
        "counted": np.arange(intervals) >= cut.warm_up,
    }


def _folded_whole(center: ContactCenter, counts: np.ndarray, times: np.ndarray) -> Part:
    cells = center.horizon.intervals + center.horizon.number_of_days + 1
    part = empty_part(counts.shape[1], times.shape[1], cells, 1, 1, percentiles=False)
    fold(part, 0, counts, times, _no_waits(counts), rules_of(center))
    return part


def _folded_pieces(center: ContactCenter, counts: np.ndarray, times: np.ndarray, cut: Cut) -> Part:
    """Each batch as if it were a replication of a shorter horizon of one day."""
    rules = rules_of(center)
    rules = rules._replace(days=np.zeros(cut.length, np.int64), is_open=rules.is_open[:, : cut.length].copy())
    pieces, piece_times = _batches(counts[0], cut), _batches(times[0, :, :-1], cut)
    nothing_after = np.zeros_like(piece_times[:, :, :1])
    part = empty_part(counts.shape[1], times.shape[1], cut.length + 2, cut.batches, 1, percentiles=False)
    fold(part, 0, pieces, np.concatenate([piece_times, nothing_after], axis=2), _no_waits(pieces), rules)
    return part


def _batches(by_interval: np.ndarray, cut: Cut) -> np.ndarray:
    """int64[batches, rows, length, columns] of int64[rows, intervals, columns]."""
    rows, _, columns = by_interval.shape
    pieces = by_interval[:, cut.warm_up :].reshape(rows, cut.batches, cut.length, columns)
    return np.ascontiguousarray(pieces.transpose(1, 0, 2, 3))


def _horizon_alone(products: np.ndarray, by_batch: np.ndarray) -> np.ndarray:
    """Products over batches in the horizon's cell; none in the others."""
    found = np.full_like(products, np.nan)
    found[:, -1] = by_batch[:, :, -1].sum(axis=0)
    return found


def _no_waits(counts: np.ndarray) -> np.ndarray:
    return np.zeros((*counts.shape[:2], 0), np.int64)


def _changes(values: np.ndarray) -> bool:
    return bool(np.any(values != values[0]))


def _law_changes(law: Law, intervals: int) -> bool:
    standards = law.standard_by_interval(intervals)
    shares, scales = spread(law.at_zero, intervals), law.scale_by_interval(intervals)
    return _changes(scales) or _changes(shares) or any(one != standards[0] for one in standards)
