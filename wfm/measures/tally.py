"""Folding replications, in their order, into sums: the bits do not depend on threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wfm.jit import kernel
from wfm.measures.counts import (
    ABANDONED,
    ANSWERED,
    COUNTS,
    OFFERED,
    TIMES,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
)
from wfm.measures.definitions import COLUMNS, DEFINITIONS
from wfm.measures.sample import Kept, Sample
from wfm.model.center import ContactCenter

KEPT, OF = len(COUNTS), len(COUNTS) + 1
SLACK = 1e-12  # a target met exactly is met: 0.56 * 100 is 56.00000000000001


@dataclass(eq=False)
class Tally:
    """Running sums over replications. The cells are the intervals, then the days, then the whole horizon.

    sums: float64[types + 1, cells, columns], the last row the total over types; products: the same, columns twice;
    time_sums, time_products: per agent group; met, judged: int64[types + 1, cells];
    totals, time_totals: per replication over the horizon, for paired comparisons.
    """

    center: ContactCenter
    replications: int
    confidence: float

    def __post_init__(self) -> None:
        types, groups = len(self.center.contact_types), len(self.center.agent_groups)
        self.intervals, self.days = self.center.horizon.intervals, self.center.horizon.number_of_days
        cells = self.intervals + self.days + 1
        self.sums = np.zeros((types + 1, cells, len(COLUMNS)))
        self.products = np.zeros((types + 1, cells, len(COLUMNS), len(COLUMNS)))
        self.time_sums = np.zeros((groups, cells, len(TIMES)))
        self.time_products = np.zeros((groups, cells, len(TIMES), len(TIMES)))
        self.met = np.zeros((types + 1, cells), np.int64)
        self.judged = np.zeros((types + 1, cells), np.int64)
        self.totals = np.zeros((self.replications, types + 1, len(COLUMNS)))
        self.time_totals = np.zeros((self.replications, groups, len(TIMES)))
        self.promise = promise_signs(self.center)
        self.limits = _limits(self.center)
        self.done = 0

    def add(self, counts: np.ndarray, times: np.ndarray) -> None:
        """Fold the next replications: int64[replications, types, intervals, COUNTS] and [..., intervals + 1, TIMES]."""
        block = slice(self.done, self.done + len(counts))
        fold_counts(
            counts, self.center.horizon.days, self.promise, self.limits, self.sums, self.products, self.met,
            self.judged, self.totals[block],
        )  # fmt: skip
        fold_times(times, self.center.horizon.days, self.time_sums, self.time_products, self.time_totals[block])
        self.done += len(counts)

    def contact_sample(self) -> Sample:
        return Sample(self.done, self.sums, self.products, COLUMNS, self.confidence)

    def time_sample(self) -> Sample:
        return Sample(self.done, self.time_sums, self.time_products, TIMES, self.confidence)

    def kept(self) -> Kept:
        """Targets kept, the horizon's cell pooled over its days."""
        days = slice(self.intervals, self.intervals + self.days)
        self.met[:, -1], self.judged[:, -1] = self.met[:, days].sum(axis=1), self.judged[:, days].sum(axis=1)
        return Kept(self.met, self.judged, self.done, self.confidence)


def promise_signs(center: ContactCenter) -> np.ndarray:
    """int64[types, 2, COUNTS]: which counts each type's own definition adds (1) and takes off (-1), above and below."""
    signs = np.zeros((len(center.contact_types), 2, len(COUNTS)), np.int64)
    for k, contact_type in enumerate(center.contact_types.values()):
        for side, terms in enumerate(DEFINITIONS[contact_type.target.definition]):
            for name in terms.plus:
                signs[k, side, COUNTS.index(name)] += 1
            for name in terms.minus:
                signs[k, side, COUNTS.index(name)] -= 1
    return signs


def _limits(center: ContactCenter) -> np.ndarray:
    """float64[types, 3]: least service level, largest abandonment and average speed of answer; NaN where absent."""
    targets = [contact_type.target for contact_type in center.contact_types.values()]
    wanted = [(t.service_level, t.max_abandonment, t.max_average_speed_of_answer) for t in targets]
    return np.array(wanted, dtype=np.float64)


@kernel
def fold_counts(counts, days, promise, limits, sums, products, met, judged, totals):  # type: ignore[no-untyped-def]
    """Add each replication to the sums, products and verdicts of its intervals, days and horizon."""
    replications, types, intervals, n_counts = counts.shape
    cells, columns = sums.shape[1], sums.shape[2]
    table = np.empty((types + 1, cells, columns))
    for r in range(replications):
        table[:] = 0.0
        for k in range(types):
            for i in range(intervals):
                for m in range(n_counts):
                    x = np.float64(counts[r, k, i, m])
                    if m in (WAIT_OF_ANSWERED, WAIT_OF_UNANSWERED):
                        x *= 1e-6
                    if x != 0.0:
                        table[k, i, m] = x
                        table[k, intervals + days[i], m] += x
                        table[k, cells - 1, m] += x
            for cell in range(cells):
                for m in range(n_counts):
                    table[k, cell, KEPT] += promise[k, 0, m] * table[k, cell, m]
                    table[k, cell, OF] += promise[k, 1, m] * table[k, cell, m]
                for m in range(columns):
                    table[types, cell, m] += table[k, cell, m]
        for cell in range(cells):
            any_judged, all_met = False, True
            for k in range(types):
                if table[k, cell, OFFERED] > 0.0 and not np.all(np.isnan(limits[k])):
                    good = meets(table[k, cell], limits[k])
                    judged[k, cell] += 1
                    met[k, cell] += good
                    any_judged, all_met = True, all_met and good
            judged[types, cell] += any_judged
            met[types, cell] += any_judged and all_met
        for k in range(types + 1):
            for cell in range(cells):
                for a in range(columns):
                    x = table[k, cell, a]
                    if x != 0.0:
                        sums[k, cell, a] += x
                        for b in range(columns):
                            products[k, cell, a, b] += x * table[k, cell, b]
            for a in range(columns):
                totals[r, k, a] = table[k, cells - 1, a]


@kernel
def meets(row, limits):  # type: ignore[no-untyped-def]
    """Whether the counts of a cell keep every limit of a target; a limit that is NaN is not there."""
    if row[KEPT] < limits[0] * row[OF] * (1 - SLACK):
        return False
    if row[ABANDONED] > limits[1] * row[OFFERED] * (1 + SLACK):
        return False
    return not row[WAIT_OF_ANSWERED] > limits[2] * row[ANSWERED] * (1 + SLACK)


@kernel
def fold_times(times, days, sums, products, totals):  # type: ignore[no-untyped-def]
    """The same for busy and staffed seconds; time after the horizon's end belongs to the last day."""
    replications, groups, intervals = times.shape[0], times.shape[1], times.shape[2] - 1
    cells, columns = sums.shape[1], sums.shape[2]
    table = np.empty((cells, columns))
    for r in range(replications):
        for g in range(groups):
            table[:] = 0.0
            for i in range(intervals + 1):
                for m in range(columns):
                    x = times[r, g, i, m] * 1e-6
                    if i < intervals:
                        table[i, m] = x
                    table[intervals + days[min(i, intervals - 1)], m] += x
                    table[cells - 1, m] += x
            for cell in range(cells):
                for a in range(columns):
                    sums[g, cell, a] += table[cell, a]
                    for b in range(columns):
                        products[g, cell, a, b] += table[cell, a] * table[cell, b]
            for a in range(columns):
                totals[r, g, a] = table[cells - 1, a]
