"""How a run is shared out among threads, and what it would hold in memory, told before it starts."""

from __future__ import annotations

import math
from typing import NamedTuple

from wfm.errors import InputError, fault
from wfm.measures.counts import BINS, COUNTS, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.measures.fold import BLOCK, BY_BLOCK, shapes
from wfm.measures.tally import MOST_TOTALS
from wfm.model.center import ContactCenter

MOST_BYTES = 8 << 30
BOOKS_AT_ONCE = 2 << 20  # bytes that a thread fills before it folds them: they are still in its cache
PARTS_AT_ONCE = 8 << 20  # bytes of sums that a thread fills before it hands them over
CONTACTS_AT_ONCE = 100_000  # about five milliseconds of work
MOST_PRODUCTS = 2.0**62  # of whole numbers, the squares of contacts by their wait
NUMBER = 8  # bytes


class Shares(NamedTuple):
    """How a run is shared out.

    chunk: replications that are simulated and then folded at once, a part or a multiple of 16; task: replications that
    a thread does before it hands over their sums, a multiple of 16; threads: how many may work within the bound.
    """

    chunk: int
    task: int
    threads: int


def shares_of(center: ContactCenter, size: int, threads: int, *, percentiles: bool) -> Shares:
    """How a run is shared out among at most so many threads; size: replications in a sample unit.

    Raises:
        InputError: one thread alone would hold more than 8 GiB.
    """
    types, groups, intervals = len(center.contact_types), len(center.agent_groups), center.horizon.intervals
    cells = intervals + center.horizon.number_of_days + 1
    of = shapes(types, groups, cells, percentiles=percentiles)
    book = NUMBER * (types * intervals * len(COUNTS) + groups * (intervals + 1) * len(TIMES))
    book += NUMBER * types * BINS * percentiles
    block, waits = NUMBER * sum(math.prod(of[name]) for name in BY_BLOCK), NUMBER * math.prod(of["waits"])
    blocks = max(1, int(min(PARTS_AT_ONCE // block, CONTACTS_AT_ONCE / (BLOCK * contacts_of(center)))))
    if book * BLOCK > BOOKS_AT_ONCE and size == 1:
        chunk = 1 << max(0, (BOOKS_AT_ONCE // book).bit_length() - 1)  # 1, 2, 4 or 8: divides a block
    else:
        chunk = BLOCK * max(1, min(blocks, BOOKS_AT_ONCE // (BLOCK * book)))
    task = BLOCK * blocks
    # A thread's books and its part, and two parts that wait to be added; the sums, and copies of them with the total.
    a_thread = chunk * book + 3 * (task // BLOCK * block + waits)
    totals = NUMBER * 2 * MOST_TOTALS * ((types + 1) * len(COLUMNS) + groups * len(TIMES))
    fixed = 3 * (block + waits) + totals
    if fixed + a_thread > MOST_BYTES:
        rule = (
            f"with {types:,} contact types and {groups:,} agent groups would take {(fixed + a_thread) / 2**30:.1f} GiB "
            f"of memory, and {MOST_BYTES >> 30} GiB is the bound; simulate a shorter horizon, longer intervals, or "
            "fewer contact_types at once"
        )
        raise InputError([fault("horizon.intervals", rule, intervals)], center.title)
    return Shares(chunk, task, max(1, min(threads, (MOST_BYTES - fixed) // a_thread)))


def check_percentiles(center: ContactCenter, size: int, replications: int) -> None:
    """Raise InputError where whole numbers cannot hold the squares of contacts by their wait."""
    if (2 * size * contacts_of(center)) ** 2 * (replications / size) > MOST_PRODUCTS:
        rule = "cannot be kept for so many contacts; leave them out, or simulate fewer replications"
        raise InputError([fault("percentiles", rule, True)], center.title)


def contacts_of(center: ContactCenter) -> float:
    """Contacts expected per replication, at least 1."""
    return max(1.0, sum(float(center.volume(name).sum()) for name in center.contact_types))
