"""What a replication's days are like before the first contact arrives: how busy, and who is at work."""

from __future__ import annotations

import numpy as np

from wfm.jit import inner_kernel, kernel
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
    types, days = factors.shape
    for day in range(days):
        common = _factor(world, seed, replication, key, types, day)
        for k in range(types):
            factors[k, day] = common * _factor(world, seed, replication, key, k, day)


@inner_kernel
def _factor(world, seed, replication, key, k, day):  # type: ignore[no-untyped-def]
    day_key = child(child(key, world.day_key[k]), np.uint64(day))
    u = uniform(day_key, DAY_FACTOR)
    if world.strata > 1:
        u = _in_stratum(u, _stratum(world, seed, replication, k, day), world.strata)
    return draw(world.factor, world.tables, k, np.int64(0), u)


@inner_kernel
def _stratum(world, seed, replication, k, day):  # type: ignore[no-untyped-def]
    """The replication's place in its group's random permutation of the strata, one for each factor and day.

    The places of equally many random words, by size, are a random permutation: nothing needs to be kept.
    """
    seeds = child(child(ROOT, np.uint64(seed)), STRATUM)
    group = child(child(child(seeds, np.uint64(replication // world.strata)), world.day_key[k]), np.uint64(day))
    own = np.uint64(replication % world.strata)
    word, place = child(group, own), 0
    for other in range(world.strata):
        place += child(group, np.uint64(other)) < word
    return place


@inner_kernel
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
    groups, intervals = world.rows.shape
    for g in range(groups):
        group = child(key, world.group_key[g])
        for i in range(intervals):
            if world.on_duty[g, i]:
                day_key = child(group, np.uint64(world.day[i]))
                levels[g, i] = _present(world, day_key, g, _whole(world, day_key, world.rows[g, i]))
            else:
                levels[g, i] = _after_closing(world, g, levels, i)
        levels[g, intervals] = _after_closing(world, g, levels, intervals)


@inner_kernel
def _whole(world, day_key, rows):  # type: ignore[no-untyped-def]
    """People of a fractional plan: one uniform per group and day decides all its intervals."""
    below = np.floor(rows)
    if world.rounding == RANDOM:
        return np.int64(below) + np.int64(uniform(day_key, ROUNDING) < rows - below)
    if world.rounding == UP:
        return np.int64(np.ceil(rows))
    return np.int64(np.floor(rows + 0.5))


@inner_kernel
def _present(world, day_key, g, rows):  # type: ignore[no-untyped-def]
    if world.absence[g] == 0.0:
        return rows
    present = 0
    for row in range(rows):
        present += uniform(child(day_key, np.uint64(row)), ABSENCE) >= world.absence[g]
    return present


@inner_kernel
def _after_closing(world, g, levels, i):  # type: ignore[no-untyped-def]
    return levels[g, i - 1] if world.stays[g] and i > 0 else np.int64(0)


@kernel
def held(world, k, i):  # type: ignore[no-untyped-def]
    """Whether contacts of type k wait without being taken in interval i: it is closed, and not served to the end."""
    return world.after_close[k] != SERVE and (i >= world.day.size or not world.is_open[k, i])
