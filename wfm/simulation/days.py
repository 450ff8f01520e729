"""What a replication's days are like before the first contact arrives: how busy, and who is at work."""

from __future__ import annotations

import numpy as np

from wfm.jit import inner_kernel, kernel
from wfm.simulation.keys import ABSENCE, DAY_FACTOR, ROUNDING, child, uniform
from wfm.simulation.lowering import RANDOM, SERVE, UP
from wfm.simulation.quantiles import draw

ROOT = np.uint64(0)


@kernel
def replication_key(seed, replication):  # type: ignore[no-untyped-def]
    """uint64 key of one replication of one seed."""
    return child(child(ROOT, np.uint64(seed)), np.uint64(replication))


@kernel
def day_factors(world, key, factors):  # type: ignore[no-untyped-def]
    """Fill float64[types, days]: how much busier than average each day is, the horizon's factor times the type's."""
    types, days = factors.shape
    for day in range(days):
        common = _factor(world, key, types, day)
        for k in range(types):
            factors[k, day] = common * _factor(world, key, k, day)


@inner_kernel
def _factor(world, key, k, day):  # type: ignore[no-untyped-def]
    day_key = child(child(key, world.day_key[k]), np.uint64(day))
    return draw(world.factor, world.tables, k, np.int64(0), uniform(day_key, DAY_FACTOR))


@kernel
def staffing(world, key, levels):  # type: ignore[no-untyped-def]
    """Fill int64[types, intervals + 1]: agents on duty, the last entry after the horizon.

    Row j of a group is on duty while j <= rows of the interval and he is not absent that day. After closing, agents of
    a type that is served to the end stay on duty until the next opening: no contact arrives, so only those who still
    have contacts to take are at work, and idle ones are not counted as staffed.
    """
    types, intervals = world.rows.shape
    for k in range(types):
        group = child(key, world.group_key[k])
        for i in range(intervals):
            if world.is_open[k, i]:
                day_key = child(group, np.uint64(world.day[i]))
                levels[k, i] = _present(world, day_key, k, _whole(world, day_key, world.rows[k, i]))
            else:
                levels[k, i] = _after_closing(world, k, levels, i)
        levels[k, intervals] = _after_closing(world, k, levels, intervals)


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
def _present(world, day_key, k, rows):  # type: ignore[no-untyped-def]
    if world.absence[k] == 0.0:
        return rows
    present = 0
    for row in range(rows):
        present += uniform(child(day_key, np.uint64(row)), ABSENCE) >= world.absence[k]
    return present


@inner_kernel
def _after_closing(world, k, levels, i):  # type: ignore[no-untyped-def]
    return levels[k, i - 1] if world.after_close[k] == SERVE and i > 0 else np.int64(0)
