"""The least whole agents by Erlang C, for many loads side by side: what `search` finds, many times as fast.

With G(n) = 1/B(n) - 1 of Erlang's loss formula, G(n) = (1 + G(n-1)) n / load, and for n above the load

    P(wait > T) = n e^(-(n - load) T) / D,    ASA = n / ((n - load) D),    D = n + (n - load) G(n),

so one pass of the recursion upwards finds the first n that keeps both; an occupancy limit is a division. LANES queues
of nearly the same load take the pass in step, in loops that the compiler turns into vector instructions.

Why it is exact: a start 8.5 standard deviations below the load is forgotten when the load is reached (its error is
multiplied by e^-36), every step adds positive numbers, and both targets only get easier with n. Where a number of
agents comes within CLOSE of a target, so that rounding might decide, the row is left to `search`.
"""

from __future__ import annotations

import math

import numpy as np

from wfm.jit import inner_kernel, kernel
from wfm.queueing.erlang.search import MAX_BLOCKING, MAX_OCCUPANCY, MAX_SPEED_OF_ANSWER, SERVICE_LEVEL, SLACK

LANES = 64
REACH = 8.5  # standard deviations
CLOSE = 1e-10  # relative; the recursion itself errs by less than 1e-12
ROUNDING = 1e-14  # absolute, of a fraction computed as 1 - x
BUCKETS = 8192
NOT_ASKED = 1e100  # a limit that nothing exceeds

LARGEST = 1e12  # erlang; a pass for more takes minutes, and no centre offers it

LOAD, INVERSE, WITHIN, MAY_MISS, DO_MISS, MAY_WAIT, DO_WAIT, G, LATE, STEP, FOUND, SURE = range(0, 12 * LANES, LANES)
SIZE = 12 * LANES


@kernel
def in_order_of_load(system, order):  # type: ignore[no-untyped-def]
    """Fill `order` (m,) with the rows of `system` (m, 6), roughly from the least load to the greatest, by counting."""
    greatest = 1e-200
    for i in range(order.size):
        greatest = max(greatest, min(system[i, 0], LARGEST))
    scale = (BUCKETS - 1) / greatest
    first = np.zeros(BUCKETS + 1, dtype=np.int64)
    for i in range(order.size):
        first[int(min(system[i, 0], LARGEST) * scale) + 1] += 1
    for bucket in range(BUCKETS):
        first[bucket + 1] += first[bucket]
    for i in range(order.size):
        bucket = int(min(system[i, 0], LARGEST) * scale)
        order[first[bucket]] = i
        first[bucket] += 1


@inner_kernel
def least_for_occupancy(load, limit):  # type: ignore[no-untyped-def]
    """The least whole agents above the load that `search` finds busy no more than the limit."""
    n = max(math.floor(load) + 1.0, math.ceil(load / (limit * (1.0 + SLACK))) - 1.0)
    while limit - load / n < -SLACK * limit:
        n += 1.0
    return n


@inner_kernel
def pass_upwards(s, count):  # type: ignore[no-untyped-def]
    """Fill FOUND with the first n that may meet both targets, and SURE with whether it does beyond doubt."""
    lowest = s[LOAD]
    for i in range(count, LANES):  # lanes that are left repeat the first
        for row in (LOAD, INVERSE, WITHIN, MAY_MISS, DO_MISS, MAY_WAIT, DO_WAIT):
            s[row + i] = s[row]
    for i in range(LANES):
        lowest = min(lowest, s[LOAD + i])
    below = max(0.0, math.floor(lowest - REACH * math.sqrt(lowest)))
    n = math.floor(lowest)
    for i in range(LANES):
        s[G + i] = below / (s[LOAD + i] - below)
        late = s[WITHIN + i] * (s[LOAD + i] - n)
        s[LATE + i] = math.exp(min(late, 700.0))
        s[STEP + i] = s[STEP + i - 1] if i > 0 and s[WITHIN + i] == s[WITHIN + i - 1] else math.exp(-s[WITHIN + i])
        s[SURE + i] = 0.0
        s[FOUND + i] = 0.0 if late < 600.0 else 1.0  # such a lane is in doubt
    k = below
    while k < n:
        k += 1.0
        for i in range(LANES):
            s[G + i] = (1.0 + s[G + i]) * (k * s[INVERSE + i])
    going = True
    while going:
        n += 1.0
        unfinished = 0
        for i in range(LANES):
            load = s[LOAD + i]
            g = (1.0 + s[G + i]) * (n * s[INVERSE + i])
            late = s[LATE + i] * s[STEP + i]
            free, found = n - load, s[FOUND + i]
            d = n + free * g
            may = (free > 0.0) & (n * late <= s[MAY_MISS + i] * d) & (n <= s[MAY_WAIT + i] * (free * d))
            does = (n * late <= s[DO_MISS + i] * d) & (n <= s[DO_WAIT + i] * (free * d))
            first = may & (found == 0.0)
            s[G + i] = g
            s[LATE + i] = late
            s[SURE + i] = 1.0 if first & does else s[SURE + i]
            found = n if first else found
            s[FOUND + i] = found
            unfinished += 1 if found == 0.0 else 0
        going = unfinished > 0


@inner_kernel
def suits(system, limits, row):  # type: ignore[no-untyped-def]
    """Whether a row is Erlang C, asked for nothing but service level, occupancy, speed of answer and stability."""
    plain = system[row, 1] == 0.0 and system[row, 2] == math.inf and system[row, 3] == 0.0
    return plain and 0.0 < system[row, 0] < LARGEST and math.isnan(limits[0, MAX_BLOCKING])


@inner_kernel
def enter(s, lane, system, limits, row):  # type: ignore[no-untyped-def]
    """Put a row into a lane, with its targets as far as it may and does miss them."""
    own = min(row, limits.shape[0] - 1)
    load, level, wait = system[row, 0], limits[own, SERVICE_LEVEL], limits[own, MAX_SPEED_OF_ANSWER]
    missed = NOT_ASKED if math.isnan(level) else (1.0 - level) + SLACK * level
    wait = NOT_ASKED if math.isnan(wait) else wait * (1.0 + SLACK)
    s[LOAD + lane] = load
    s[INVERSE + lane] = 1.0 / load
    s[WITHIN + lane] = system[row, 4]
    s[MAY_MISS + lane] = missed * (1.0 + CLOSE) + ROUNDING
    s[DO_MISS + lane] = missed * (1.0 - CLOSE) - ROUNDING
    s[MAY_WAIT + lane] = wait * (1.0 + CLOSE)
    s[DO_WAIT + lane] = wait * (1.0 - CLOSE)


@kernel
def least_agents(system, limits, order, whole):  # type: ignore[no-untyped-def]
    """Fill `whole` (m,) with the least whole agents that meet every target, NaN where `search` must decide.

    `system` (m, 6) as in `kernels.all_figures`; `limits` as in `search`, NaN: not asked; `order` (m,): the rows,
    roughly by load. Other queues than Erlang C are left to others.
    """
    s, rows = np.ones(SIZE), np.zeros(LANES, dtype=np.int64)
    at, count, reach = 0, 0, 0.0
    while at < order.size or count > 0:
        row = order[at] if at < order.size else -1
        if row >= 0 and not suits(system, limits, row):
            whole[row] = 0.0 if system[row, 0] <= 0.0 else math.nan
            at += 1
        elif row >= 0 and count < LANES and (count == 0 or abs(system[row, 0] - s[LOAD]) <= reach):
            enter(s, count, system, limits, row)
            rows[count] = row
            reach = 16.0 + REACH * math.sqrt(s[LOAD])
            count += 1
            at += 1
        else:
            pass_upwards(s, count)
            for lane in range(count):
                row, found = rows[lane], s[FOUND + lane]
                occupancy = limits[min(row, limits.shape[0] - 1), MAX_OCCUPANCY]
                if not math.isnan(occupancy):
                    found = max(found, least_for_occupancy(system[row, 0], occupancy))
                whole[row] = found if s[SURE + lane] > 0.0 else math.nan
            count = 0
