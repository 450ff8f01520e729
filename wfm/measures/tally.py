"""Running sums over replications, from parts that are added in their order: the bits do not depend on threads."""

from __future__ import annotations

import numpy as np

from wfm.measures.definitions import COLUMNS, CONTACT_PAIRS, TIME_PAIRS, TIMES, Pairs
from wfm.measures.fold import BLOCK, BY_BLOCK, Part, Rules, empty_part, fold, in_seconds, rules_of
from wfm.measures.sample import Kept, Sample
from wfm.measures.waits import Waits
from wfm.model.center import ContactCenter

MOST_TOTALS = 4096  # rows kept for paired comparisons; beyond it neighbours are added up


class Tally:
    """Running sums over replications, in sample units of `size` replications (`wfm.measures.fold` says of what).

    Parts are filled by `fold`, on any thread, and added by `add`, in the order of their replications.

    Args:
        center: whose books they are.
        size: replications in a sample unit, 1 or 16.
        known: offered contacts are taken as a control variate.
    """

    def __init__(self, center: ContactCenter, size: int = 1, *, known: bool = False) -> None:
        self.center, self.size, self.confidence = center, size, center.experiment.confidence
        self.rules: Rules = rules_of(center)
        self.known = known_offered(center) if known else None
        self.replications = 0
        self.part: Part | None = None
        self.totals, self.time_totals = Totals(COLUMNS), Totals(TIMES)

    def empty_part(self, replications: int, *, percentiles: bool) -> Part:
        """Room for the sums of the next replications."""
        types, groups = len(self.center.contact_types), len(self.center.agent_groups)
        cells = self.center.horizon.intervals + self.center.horizon.number_of_days + 1
        return empty_part(types, groups, cells, replications, self.size, percentiles=percentiles)

    def fold(self, part: Part, first: int, counts: np.ndarray, times: np.ndarray, waits: np.ndarray) -> None:
        """Add books to a part, from its place `first` on; changes nothing here, so that any thread may do it."""
        fold(part, first, counts, times, waits, self.rules, self.size)

    def add(self, part: Part, replications: int) -> None:
        """Add a part of so many replications, the next ones; all but the very last part hold whole blocks."""
        assert self.replications % BLOCK == 0
        blocks = [{name: getattr(part, name)[b] for name in BY_BLOCK} for b in range(len(part.sums))]
        if self.part is None:
            # 0 + x is x: the first block need not be added to anything.
            self.part = part._replace(**blocks.pop(0))
        else:
            np.add(self.part.waits, part.waits, out=self.part.waits)
        for block in blocks:
            for name, values in block.items():
                total = getattr(self.part, name)
                np.add(total, values, out=total)
        self.totals.append(part.totals)
        self.time_totals.append(part.time_totals)
        self.replications += replications

    @property
    def units(self) -> int:
        return self.replications // self.size

    def contact_sample(self) -> Sample:
        """Counts per type, the total last, and cell."""
        part = self._filled()
        sums, products = self._with_total(part.sums), self._with_total(part.products)
        return sample_in_seconds(
            self.units, sums, products, COLUMNS, CONTACT_PAIRS, self.confidence, self.size, self.known
        )

    def time_sample(self) -> Sample:
        """Seconds per agent group and cell."""
        part = self._filled()
        return sample_in_seconds(
            self.units, part.time_sums, part.time_products, TIMES, TIME_PAIRS, self.confidence, self.size
        )

    def plain_sample(self) -> Sample:
        """The total over the horizon as if replications were independent and nothing were known of the offered."""
        part = self._filled()
        products = part.products[-1, -1] if self.size == 1 else part.plain
        return sample_in_seconds(
            self.replications, part.sums[-1, -1], products, COLUMNS, CONTACT_PAIRS, self.confidence
        )

    def kept(self) -> Kept:
        """Targets kept, the horizon's cell pooled over its days."""
        part, intervals = self._filled(), self.center.horizon.intervals
        met, judged = self._with_total(part.met).copy(), self._with_total(part.judged).copy()
        met[:, -1], judged[:, -1] = met[:, intervals:-1].sum(axis=1), judged[:, intervals:-1].sum(axis=1)
        return Kept(met, judged, self.replications, self.confidence)

    def waits(self) -> Waits | None:
        """Waits of answered contacts, where the engine kept them."""
        part = self._filled()
        return Waits(self.units, self._with_total(part.waits), self.confidence) if part.waits.shape[2] > 0 else None

    def _filled(self) -> Part:
        assert self.part is not None
        return self.part

    def _with_total(self, rows: np.ndarray) -> np.ndarray:
        """A row per type and the total; one type is its own total."""
        return rows if len(rows) > 1 else rows[[0, 0]]


class Totals:
    """Rows of totals over the horizon, one per sample unit, or the sums of 2, 4, 8 ... neighbours when there are many.

    Sums of neighbours are sample units as well. What is kept depends on how many rows there were, not on how they came:
    times are whole microseconds, so that sums are exact.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns, self.number, self.together = columns, 0, 1
        self.rows = np.zeros((0, 0))

    def append(self, new: np.ndarray) -> None:
        """Take the next rows."""
        if self.number == 0:
            self.rows = np.zeros((MOST_TOTALS, *new.shape[1:]))
        while self.number + len(new) > MOST_TOTALS * self.together:
            half = MOST_TOTALS // 2
            self.rows[:half], self.rows[half:] = self.rows[0::2] + self.rows[1::2], 0.0
            self.together *= 2
        if self.together == 1:
            self.rows[self.number : self.number + len(new)] = new
        else:
            places, firsts = np.unique((self.number + np.arange(len(new))) // self.together, return_index=True)
            self.rows[places] += np.add.reduceat(new, firsts, axis=0)
        self.number += len(new)

    def table(self) -> np.ndarray:
        """float64[rows, ..., columns]: what is kept, in contacts and seconds."""
        used = -(-self.number // self.together)
        return np.asarray(self.rows[:used] * in_seconds(self.columns))


def sample_in_seconds(
    n: int,
    sums: np.ndarray,
    products: np.ndarray,
    columns: tuple[str, ...],
    pairs: Pairs,
    confidence: float,
    per_unit: float = 1.0,
    known: np.ndarray | None = None,
) -> Sample:
    """A sample from what was folded, whose times are in microseconds."""
    scale, (one, other) = in_seconds(columns), np.array(pairs).T
    return Sample(n, sums * scale, products * (scale[one] * scale[other]), columns, pairs, confidence, per_unit, known)


def known_offered(center: ContactCenter) -> np.ndarray:
    """float64[types + 1, cells]: contacts expected per replication, the total last."""
    volume = np.array([center.volume(name) for name in center.contact_types])
    horizon = center.horizon
    days = np.zeros((len(volume), horizon.number_of_days))
    np.add.at(days.T, horizon.days, volume.T)
    by_cell = np.hstack([volume, days, volume.sum(axis=1, keepdims=True)])
    return np.vstack([by_cell, by_cell.sum(axis=0)])
