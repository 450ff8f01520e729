"""What a replication's days are like before the first contact arrives: how busy, and who is at work."""

from __future__ import annotations

import numpy as np

from wfm.jit import bare_kernel, kernel
from wfm.simulation.keys import ABSENCE, DAY_FACTOR, ROUNDING, STRATUM, child, uniform
from wfm.simulation.lowering import RANDOM, SERVE, UP
from wfm.simulation.quantiles import draw

ROOT = np.uint64(0)


@kernel
def replication_key(seed, replication):  # type: ignore[no-untyped-def]
    """uint64 key of one replication of one seed."""
    return child(child(ROOT, np.uint64(seed)), np.uint64(replication))


@kernel
def day_factors(world, seed, replication, key, factors):  # type: ignore[no-untyped-def]
    """Fill float64[types, days]: how much busier than average each day is, the horizon's factor times the type's.

    With strata, each of so many successive replications draws each factor from another stratum of equal probability:
    together they are a Latin hypercube over all factors (McKay, Beckman and Conover 1979). `key`: the replication's.
    """
    fill_day_factors(world.factor, world.tables, world.day_key, world.strata, seed, replication, key, factors)


@bare_kernel
def fill_day_factors(law, tables, day_keys, strata, seed, replication, key, factors):  # type: ignore[no-untyped-def]
    """The same, without the rest of the world."""
    types, days = factors.shape
    for day in range(days):
        common = _factor(law, tables, day_keys, strata, seed, replication, key, types, day)
        for k in range(types):
            own = _factor(law, tables, day_keys, strata, seed, replication, key, k, day)
            factors[k, day] = common * own


@bare_kernel
def _factor(law, tables, day_keys, strata, seed, replication, key, k, day):  # type: ignore[no-untyped-def]
    u = uniform(child(child(key, day_keys[k]), np.uint64(day)), DAY_FACTOR)
    if strata > 1:
        u = _in_stratum(u, _stratum(strata, seed, replication, day_keys[k], day), strata)
    return draw(law, tables, k, np.int64(0), u)


@bare_kernel
def _stratum(strata, seed, replication, day_key, day):  # type: ignore[no-untyped-def]
    """The replication's place in its group's random permutation of the strata, one for each factor and day.

    The places of equally many random words, by size, are a random permutation: nothing needs to be kept.
    """
    seeds = child(child(ROOT, np.uint64(seed)), STRATUM)
    group = child(child(child(seeds, np.uint64(replication // strata)), day_key), np.uint64(day))
    own = np.uint64(replication % strata)
    word, place = child(group, own), 0
    for other in range(strata):
        place += child(group, np.uint64(other)) < word
    return place


@bare_kernel
def _in_stratum(u, stratum, strata):  # type: ignore[no-untyped-def]
    """(stratum + u) / strata on the grid of odd multiples of 2^-53; strata: a power of 2, so that no bit is rounded."""
    steps = np.floor((u * 2.0**52 - 0.5) / strata)
    return (stratum * (2.0**52 / strata) + steps + 0.5) * 2.0**-52


@kernel
def staffing(world, key, levels):  # type: ignore[no-untyped-def]
    """Fill int64[groups, intervals + 1]: agents on duty, the last entry after the horizon.

    Row j of a group is on duty while j <= rows of the interval and he is not absent that day. After closing, agents of
    a group with a type that is served to the end stay on duty until the next opening: no contact arrives, so only those
    who still have contacts to take are at work, and idle ones are not counted as staffed.
    """
    fill_levels(
        world.on_duty, world.rows, world.absence, world.stays, world.group_key, world.day, world.rounding, key, levels
    )


@bare_kernel
def fill_levels(on_duty, rows, absence, stays, group_key, day, rounding, key, levels):  # type: ignore[no-untyped-def]
    """The same, without the rest of the world."""
    groups, intervals = rows.shape
    for g in range(groups):
        group = child(key, group_key[g])
        for i in range(intervals):
            if on_duty[g, i]:
                day_key = child(group, np.uint64(day[i]))
                levels[g, i] = _present(absence[g], day_key, _whole(rounding, day_key, rows[g, i]))
            else:
                levels[g, i] = levels[g, i - 1] if stays[g] and i > 0 else np.int64(0)
        levels[g, intervals] = levels[g, intervals - 1] if stays[g] else np.int64(0)


@bare_kernel
def _whole(rounding, day_key, rows):  # type: ignore[no-untyped-def]
    """People of a fractional plan: one uniform per group and day decides all its intervals."""
    below = np.floor(rows)
    if rounding == RANDOM:
        return np.int64(below) + np.int64(uniform(day_key, ROUNDING) < rows - below)
    if rounding == UP:
        return np.int64(np.ceil(rows))
    return np.int64(np.floor(rows + 0.5))


@bare_kernel
def _present(absence, day_key, rows):  # type: ignore[no-untyped-def]
    if absence == 0.0:
        return rows
    present = 0
    for row in range(rows):
        present += uniform(child(day_key, np.uint64(row)), ABSENCE) >= absence
    return present


@kernel
def held(after_close, is_open, i):  # type: ignore[no-untyped-def]
    """Whether contacts of a type wait without being taken in interval i: it is closed, and not served to the end."""
    return after_close != SERVE and (i >= is_open.size or not is_open[i])
