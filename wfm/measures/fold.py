"""Folding: from the books of replications to sums and products per cell, in the threads that simulate them.

Replications are folded in blocks of 16, each block into sums of its own, which are added up in their order: the bits do
not depend on how many threads there are, nor on how many blocks a thread takes at once. A sample unit is one
replication, or a whole block where day factors are stratified. The cells are the intervals, then the days, then the
whole horizon; the rows are the contact types and then their total, or the one type alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import inner_kernel, kernel
from wfm.measures.counts import (
    ABANDONED,
    ANSWERED,
    BINS,
    BINS_PER_DOUBLING,
    BLOCKED,
    COUNTS,
    DROPPED,
    IN_TIME,
    OFFERED,
    QUEUE_TIME,
    UNFINISHED,
    WAIT_OF_ANSWERED,
)
from wfm.measures.definitions import COLUMNS, CONTACT_PAIRS, DEFINITIONS, TIME_PAIRS, TIMES
from wfm.model.center import ContactCenter

BLOCK = 16  # replications
KEPT, OF = len(COUNTS), len(COUNTS) + 1
SLACK = 1e-12  # a target met exactly is met: 0.56 * 100 is 56.00000000000001
BY_WAIT, SQUARES, CROSSES = range(3)
NOT_JUDGED, MISSED, ALL_MET = range(3)


class Rules(NamedTuple):
    """What folding must know of a centre.

    days: int64[intervals]; is_open: bool[types + 1, intervals], the last row whether any type is.
    promise: int64[types, 2, COUNTS], which counts each type's own definition adds (1) and takes off (-1), above and
    below; limits: float64[types, 3], least service level, largest abandonment and average speed of answer
    [microseconds], NaN where absent; pairs, time_pairs: int64[..., 2].
    """

    days: np.ndarray
    is_open: np.ndarray
    promise: np.ndarray
    limits: np.ndarray
    pairs: np.ndarray
    time_pairs: np.ndarray


class Part(NamedTuple):
    """What some blocks add up to.

    sums: float64[blocks, rows, cells, COLUMNS]; products: float64[blocks, rows, cells, pairs].
    met, judged: int64[blocks, rows, cells]; time_sums, time_products: float64[blocks, groups, cells, ...].
    plain: float64[blocks, pairs], products of single replications, of the total over the horizon.
    waits: int64[rows, 3, BINS], over all blocks, since whole numbers add up in any order; per bin the contacts, and by
    how much the squares of the contacts answered by then, and their products with the answered, grow in it.
    totals: float64[units, rows, COLUMNS]; time_totals: float64[units, groups, TIMES], over the horizon.
    """

    sums: np.ndarray
    products: np.ndarray
    met: np.ndarray
    judged: np.ndarray
    time_sums: np.ndarray
    time_products: np.ndarray
    plain: np.ndarray
    waits: np.ndarray
    totals: np.ndarray
    time_totals: np.ndarray


BY_BLOCK = ("sums", "products", "met", "judged", "time_sums", "time_products", "plain")


def rules_of(center: ContactCenter) -> Rules:
    """The rules by which a centre's books are folded."""
    is_open = np.array([center.is_open(name) for name in center.contact_types])
    targets = [contact_type.target for contact_type in center.contact_types.values()]
    wanted = [(t.service_level, t.max_abandonment, t.max_average_speed_of_answer) for t in targets]
    return Rules(
        days=center.horizon.days,
        is_open=np.vstack([is_open, is_open.any(axis=0)]),
        promise=_promise_signs(center),
        limits=np.array(wanted, dtype=np.float64) * [1.0, 1.0, 1e6],
        pairs=np.array(CONTACT_PAIRS),
        time_pairs=np.array(TIME_PAIRS),
    )


def shapes(types: int, groups: int, cells: int, *, percentiles: bool) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a part, without the number of its blocks or units."""
    rows = types + 1 if types > 1 else 1
    return {
        "sums": (rows, cells, len(COLUMNS)),
        "products": (rows, cells, len(CONTACT_PAIRS)),
        "met": (rows, cells),
        "judged": (rows, cells),
        "time_sums": (groups, cells, len(TIMES)),
        "time_products": (groups, cells, len(TIME_PAIRS)),
        "plain": (len(CONTACT_PAIRS),),
        "waits": (rows, 3, BINS if percentiles else 0),
        "totals": (rows, len(COLUMNS)),
        "time_totals": (groups, len(TIMES)),
    }


def empty_part(types: int, groups: int, cells: int, replications: int, size: int, *, percentiles: bool) -> Part:
    """Room for the sums of so many replications, in units of `size`."""
    of = shapes(types, groups, cells, percentiles=percentiles)
    blocks, units = -(-replications // BLOCK), replications // size
    leading = {**dict.fromkeys(BY_BLOCK, (blocks,)), "waits": (), "totals": (units,), "time_totals": (units,)}
    whole = ("met", "judged", "waits")
    return Part(**{n: np.zeros(leading[n] + of[n], np.int64 if n in whole else np.float64) for n in of})


def fold(
    part: Part, first: int, counts: np.ndarray, times: np.ndarray, waits: np.ndarray, rules: Rules, size: int = 1
) -> None:
    """Add the books (`wfm.simulation.ledger.Books`) of successive replications to a part, from its place `first` on.

    size: replications in a sample unit; the books hold whole units.

    Raises AssertionError where contacts were lost or made up: a defect of an engine.
    """
    if not fold_blocks(counts, times, waits, rules, size, first, part):
        check_conservation(counts)


def in_seconds(columns: tuple[str, ...]) -> np.ndarray:
    """float64[columns]: what sums are multiplied by: times are folded in microseconds."""
    in_time = {*TIMES, *(COUNTS[column] for column in IN_TIME)}
    return np.array([1e-6 if name in in_time else 1.0 for name in columns])


def check_conservation(counts: np.ndarray) -> None:
    """offered = answered + abandoned + blocked + dropped + unfinished, in every replication, type and interval."""
    ended = counts[..., [ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED]].sum(axis=-1)
    if not np.array_equal(ended, counts[..., OFFERED]):
        where = tuple(int(index) for index in np.argwhere(ended != counts[..., OFFERED])[0])
        raise AssertionError(f"contacts were lost or made up at (replication, type, interval) {where}")


def _promise_signs(center: ContactCenter) -> np.ndarray:
    signs = np.zeros((len(center.contact_types), 2, len(COUNTS)), np.int64)
    for k, contact_type in enumerate(center.contact_types.values()):
        for side, terms in enumerate(DEFINITIONS[contact_type.target.definition]):
            for name in terms.plus:
                signs[k, side, COUNTS.index(name)] += 1
            for name in terms.minus:
                signs[k, side, COUNTS.index(name)] -= 1
    return signs


@kernel
def fold_blocks(counts, times, waits, rules, size, place, part):  # type: ignore[no-untyped-def]
    """Add each sample unit to the sums of its block; False where contacts were lost or made up."""
    types, groups = counts.shape[1], times.shape[1]
    rows, cells, columns = part.sums.shape[1], part.sums.shape[2], part.sums.shape[3]
    table, unit, total = np.empty((cells, columns)), np.empty((cells, columns)), np.empty((cells, columns))
    single = np.empty((size, columns))  # the total over the horizon, of each replication of a unit
    verdict = np.empty((size, cells), np.int64)  # on each cell of the total
    spent = np.empty((cells, times.shape[3]))
    by_wait = np.zeros(waits.shape[2], np.int64)
    conserved = True
    for first in range(0, counts.shape[0], size):
        block, u = (place + first) // BLOCK, (place + first) // size
        clear(total)
        clear(single)
        for j in range(size):
            for cell in range(cells):
                verdict[j, cell] = NOT_JUDGED
        for k in range(types):
            clear(unit)
            for j in range(size):
                queued = total[cells - 1, QUEUE_TIME]
                conserved &= tabulate(counts, first + j, k, rules, table, total)
                judge(table, rules.limits, k, verdict, j, part.judged, part.met, block)
                for cell in range(cells):
                    for m in range(columns):
                        unit[cell, m] += table[cell, m]
                for m in range(columns):
                    if m != QUEUE_TIME:
                        single[j, m] += table[cells - 1, m]
                single[j, QUEUE_TIME] += total[cells - 1, QUEUE_TIME] - queued
            add(unit, rules.pairs, part.sums, part.products, block, k)
            for m in range(columns):
                part.totals[u, k, m] = unit[cells - 1, m]
            if rows > types:
                for cell in range(cells):
                    for m in range(columns):
                        if m != QUEUE_TIME:
                            total[cell, m] += unit[cell, m]
        if rows > types:
            add(total, rules.pairs, part.sums, part.products, block, types)
            for m in range(columns):
                part.totals[u, types, m] = total[cells - 1, m]
            for j in range(size):
                for cell in range(cells):
                    part.judged[block, types, cell] += verdict[j, cell] != NOT_JUDGED
                    part.met[block, types, cell] += verdict[j, cell] == ALL_MET
        if size > 1:
            for j in range(size):
                for p in range(rules.pairs.shape[0]):
                    part.plain[block, p] += single[j, rules.pairs[p, 0]] * single[j, rules.pairs[p, 1]]
        for g in range(groups):
            clear(spent)
            for j in range(size):
                add_times(times, first + j, g, rules.days, spent)
            add(spent, rules.time_pairs, part.time_sums, part.time_products, block, g)
            for m in range(spent.shape[1]):
                part.time_totals[u, g, m] = spent[cells - 1, m]
        if by_wait.size > 0:
            fold_waits(waits, first, size, by_wait, part.totals, u, part.waits)
    return conserved


@inner_kernel
def clear(table):  # type: ignore[no-untyped-def]
    """Make every entry 0."""
    for row in range(table.shape[0]):
        for m in range(table.shape[1]):
            table[row, m] = 0.0


@inner_kernel
def tabulate(counts, r, k, rules, table, total):  # type: ignore[no-untyped-def]
    """Fill replication r's table of type k; False where contacts were lost or made up.

    Time in queue counts while the type is open, and in the total while any type is.
    """
    intervals, whole = counts.shape[2], table.shape[0] - 1
    conserved = True
    clear(table)
    for i in range(intervals):
        day = intervals + rules.days[i]
        for m in range(QUEUE_TIME):
            x = np.float64(counts[r, k, i, m])
            table[i, m] = x
            table[day, m] += x
        ended = table[i, ANSWERED] + table[i, ABANDONED] + table[i, BLOCKED] + table[i, DROPPED] + table[i, UNFINISHED]
        conserved &= table[i, OFFERED] == ended
        x = np.float64(counts[r, k, i, QUEUE_TIME])
        if rules.is_open[k, i]:
            table[i, QUEUE_TIME] = x
            table[day, QUEUE_TIME] += x
        if rules.is_open[rules.is_open.shape[0] - 1, i]:
            total[i, QUEUE_TIME] += x
            total[day, QUEUE_TIME] += x
            total[whole, QUEUE_TIME] += x
    for day in range(intervals, whole):
        for m in range(QUEUE_TIME + 1):
            table[whole, m] += table[day, m]
    for m in range(QUEUE_TIME):
        above, below = rules.promise[k, 0, m], rules.promise[k, 1, m]
        if above != 0 or below != 0:
            for cell in range(whole + 1):
                table[cell, KEPT] += above * table[cell, m]
                table[cell, OF] += below * table[cell, m]
    return conserved


@inner_kernel
def judge(table, limits, k, verdict, j, judged, met, block):  # type: ignore[no-untyped-def]
    """Whether each cell keeps every limit of the type's target; and with those of the types before.

    A limit whose measure has no denominator in the cell (nobody was answered, say) has nothing to judge by.
    """
    for cell in range(table.shape[0]):
        if (
            (not np.isnan(limits[k, 0]) and table[cell, OF] > 0.0)
            or (not np.isnan(limits[k, 1]) and table[cell, OFFERED] > 0.0)
            or (not np.isnan(limits[k, 2]) and table[cell, ANSWERED] > 0.0)
        ):
            good = meets(table, cell, limits, k)
            judged[block, k, cell] += 1
            met[block, k, cell] += good
            verdict[j, cell] = ALL_MET if good and verdict[j, cell] != MISSED else MISSED


@inner_kernel
def meets(table, cell, limits, k):  # type: ignore[no-untyped-def]
    """Whether the counts of a cell keep every limit of a target; a limit that is NaN is not there."""
    if table[cell, KEPT] < limits[k, 0] * table[cell, OF] * (1 - SLACK):
        return False
    if table[cell, ABANDONED] > limits[k, 1] * table[cell, OFFERED] * (1 + SLACK):
        return False
    return not table[cell, WAIT_OF_ANSWERED] > limits[k, 2] * table[cell, ANSWERED] * (1 + SLACK)


@inner_kernel
def add(table, pairs, sums, products, block, row):  # type: ignore[no-untyped-def]
    """Add the table of a unit to the sums and products of a row."""
    for cell in range(table.shape[0]):
        for m in range(table.shape[1]):
            sums[block, row, cell, m] += table[cell, m]
        for p in range(pairs.shape[0]):
            products[block, row, cell, p] += table[cell, pairs[p, 0]] * table[cell, pairs[p, 1]]


@inner_kernel
def add_times(times, r, g, days, spent):  # type: ignore[no-untyped-def]
    """Add the time of a group in replication r; what passes after the horizon belongs to the last day and the whole."""
    intervals, whole = days.size, spent.shape[0] - 1
    for i in range(intervals + 1):
        day = intervals + days[min(i, intervals - 1)]
        for m in range(spent.shape[1]):
            x = np.float64(times[r, g, i, m])
            if i < intervals:
                spent[i, m] += x
            spent[day, m] += x
            spent[whole, m] += x


@inner_kernel
def fold_waits(waits, first, size, by_wait, totals, u, into):  # type: ignore[no-untyped-def]
    """Add the waits of `size` replications, type by type and over all; by_wait: all 0, and left so."""
    types, bins = waits.shape[1], waits.shape[2]
    several = into.shape[0] > types
    for k in range(types):
        answered, before = np.int64(totals[u, k, ANSWERED]), np.int64(0)
        for low in range(0, bins, BINS_PER_DOUBLING):
            high = min(low + BINS_PER_DOUBLING, bins)
            seen = np.int64(0)  # most doublings hold nobody: looked through without a branch
            for j in range(first, first + size):
                for b in range(low, high):
                    seen |= waits[j, k, b]
            if seen != 0:
                for b in range(low, high):
                    here = np.int64(0)
                    for j in range(first, first + size):
                        here += waits[j, k, b]
                    if here > 0:
                        before = add_bin(into, k, b, here, before, answered)
                        if several:
                            by_wait[b] += here
    if several:
        answered, before = np.int64(totals[u, types, ANSWERED]), np.int64(0)
        for b in range(bins):
            if by_wait[b] > 0:
                before = add_bin(into, types, b, by_wait[b], before, answered)
                by_wait[b] = 0


@inner_kernel
def add_bin(into, row, b, here, before, answered):  # type: ignore[no-untyped-def]
    """Add `here` contacts of a unit, `before` of which waited less; returns how many waited at most so long."""
    into[row, BY_WAIT, b] += here
    into[row, SQUARES, b] += here * (2 * before + here)
    into[row, CROSSES, b] += here * answered
    return before + here
