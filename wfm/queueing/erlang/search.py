"""The least agents that meet a target, as compiled functions: whole by exact evaluation, fractional by root finding."""

from __future__ import annotations

import math

from wfm.jit import inner_kernel, kernel
from wfm.queueing.erlang.kernels import figures, log_loss

# Targets, by their place in a row of limits; NaN stands for a target that is not set.
SERVICE_LEVEL, MAX_OCCUPANCY, MAX_ABANDONMENT, MAX_SPEED_OF_ANSWER, STABILITY, MAX_BLOCKING = range(6)
# Service levels, by their place in measures.definitions.DEFINITIONS.
OF_OFFERED, OF_ANSWERED, EXCLUDING_ABANDONED_WITHIN, EXCLUDING_SHORT, ABANDONED_WITHIN_COUNTED = range(5)

SLACK = 1e-12  # a target that is missed by rounding alone is met: 125 agents carry 100 erlang at 80 %
ROOT_WIDTH = 1e-11
BEYOND = 1e15  # no target that can be met needs as many agents


@inner_kernel
def service_level_of(definition, found, short):  # type: ignore[no-untyped-def]
    """The service level from the figures of one queue; NaN without a denominator."""
    if definition == ABANDONED_WITHIN_COUNTED:
        return found[1] + found[2]
    denominator = 1.0
    if definition == OF_ANSWERED:
        denominator = found[5]
    elif definition == EXCLUDING_ABANDONED_WITHIN:
        denominator = 1.0 - found[2]
    elif definition == EXCLUDING_SHORT:
        denominator = 1.0 - short
    return found[1] / denominator if denominator > 0.0 else math.nan


@inner_kernel
def margin(target, limit, definition, agents, system):  # type: ignore[no-untyped-def]
    """By how much `agents` meet the target: positive or zero where they do, NaN where it has no meaning."""
    load, theta, lines, balking, within, short = system
    if target == STABILITY:
        return agents - load * (1.0 - balking)
    if target == MAX_BLOCKING:
        return limit - log_loss(agents, load)
    needs_waits = target == SERVICE_LEVEL
    found = figures(agents, load, theta, lines, balking, within if needs_waits else 0.0)
    if target == SERVICE_LEVEL:
        short_abandons = 0.0
        if definition == EXCLUDING_SHORT and short > 0.0:
            short_abandons = figures(agents, load, theta, lines, balking, short)[2]
        return service_level_of(definition, found, short_abandons) - limit
    if target == MAX_OCCUPANCY:
        return limit - min(1.0, load * found[5] / agents if agents > 0.0 else 1.0)
    if target == MAX_ABANDONMENT:
        return limit - found[3]
    return limit - found[7] / found[5] if found[5] > 0.0 else -math.inf


@inner_kernel
def is_met(target, limit, definition, agents, system):  # type: ignore[no-untyped-def]
    """Whether `agents` meet the target, rounding aside; a queue at its own load is never stable."""
    if target == STABILITY:
        return margin(target, limit, definition, agents, system) > 0.0
    return margin(target, limit, definition, agents, system) >= -SLACK * abs(limit)


@inner_kernel
def first_met(target, limit, definition, start, system):  # type: ignore[no-untyped-def]
    """The first number from start up to the lines that meets the target, tried one by one; infinity where none does."""
    at = start
    while at < system[2] + 1.0:
        if is_met(target, limit, definition, at, system):
            return at
        at += 1.0
    return math.inf


@inner_kernel
def least_whole(target, limit, definition, start, system):  # type: ignore[no-untyped-def]
    """The least whole number >= start that meets the target; infinity where none does.

    Ratios to the answered, or to those who stay, may be good with hardly any agents, worse with a few and good again
    with many. The start is therefore tried first; above it the last change from missed to met is looked for, outwards
    from the load. Where lines are limited too, such ratios may rise and fall again: every number is tried.
    """
    if target == STABILITY:
        return max(start, math.floor(system[0] * (1.0 - system[3])) + 1.0)
    if is_met(target, limit, definition, start, system):
        return start
    lines = system[2]  # agents beyond the lines change nothing
    ratio = target == MAX_SPEED_OF_ANSWER or (target == SERVICE_LEVEL and definition != OF_OFFERED)
    if ratio and math.isfinite(lines):
        return first_met(target, limit, definition, start + 1.0, system)
    missed, met = start, math.inf
    step = max(1.0, math.floor(math.sqrt(system[0]) / 4.0))
    at = max(start + 1.0, math.floor(system[0]))
    while math.isinf(met):  # upwards until the target is met
        if is_met(target, limit, definition, at, system):
            met = at
        elif at >= BEYOND or (target != MAX_OCCUPANCY and at >= lines):
            return math.inf
        else:
            missed = at
            at += step
            step *= 2.0
    while missed == start and met - start > 1.0:  # downwards until it is missed
        at = max(start + 1.0, met - step)
        if not is_met(target, limit, definition, at, system):
            missed = at
        else:
            met = at
            step *= 2.0
        if at == start + 1.0:
            break
    while met - missed > 1.0:
        at = math.floor(0.5 * (missed + met))
        if is_met(target, limit, definition, at, system):
            met = at
        else:
            missed = at
    return met


@inner_kernel
def least_real(target, limit, definition, whole, system):  # type: ignore[no-untyped-def]
    """The least real number in (whole - 1, whole] that meets the target, by Chandrupatla's method.

    Tirupathi Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives" (1997).
    """
    if target == STABILITY:
        return min(whole, system[0] * (1.0 - system[3]))
    near, far = whole, whole - 1.0
    at_near = margin(target, limit, definition, near, system)
    if at_near <= 0.0:
        return whole
    at_far = margin(target, limit, definition, far, system)
    if at_far >= 0.0:
        return far
    old, at_old = far, at_far
    share = 0.5
    for _ in range(100):
        x = near + share * (far - near)
        at = margin(target, limit, definition, x, system)
        if (at >= 0.0) == (at_near >= 0.0):
            old, at_old = near, at_near
        else:
            old, at_old, far, at_far = far, at_far, near, at_near
        near, at_near = x, at
        width = ROOT_WIDTH * max(1.0, whole) / abs(far - near)
        if width > 0.5 or at == 0.0:
            break
        share = 0.5
        if math.isfinite(at_far) and math.isfinite(at_old) and math.isfinite(at) and at_old not in (at, at_far):
            part = (near - far) / (old - far)
            height = (at - at_far) / (at_old - at_far)
            if height * height < part and (1.0 - height) * (1.0 - height) < 1.0 - part:
                share = at / (at_far - at) * at_old / (at_far - at_old)
                share += (old - near) / (far - near) * at / (at_old - at) * at_far / (at_old - at_far)
                share = min(1.0 - width, max(width, share))
    return near if at_near >= 0.0 else far


@inner_kernel
def queue_of(system, i):  # type: ignore[no-untyped-def]
    """Row i of `system` as the tuple that `margin` takes."""
    load, theta, lines = float(system[i, 0]), float(system[i, 1]), float(system[i, 2])
    return load, theta, lines, float(system[i, 3]), float(system[i, 4]), float(system[i, 5])


@inner_kernel
def limit_of(target, limits, i, row):  # type: ignore[no-untyped-def]
    """The limit of a target for row i, NaN where it is not asked; waits that could grow for ever ask for stability."""
    if target == STABILITY:
        return 0.0 if row[1] == 0.0 and math.isinf(row[2]) and math.isnan(limits[0, MAX_BLOCKING]) else math.nan
    return float(limits[min(i, limits.shape[0] - 1), target])


@inner_kernel
def least_for_all(limits, definition, i, row):  # type: ignore[no-untyped-def]
    """The least whole number that meets every target of row i; infinity where none does."""
    found, settled = 1.0, False
    while not settled and found < math.inf:  # targets that are not monotone may push one another upwards
        settled = True
        for target in range(6):
            limit = limit_of(target, limits, i, row)
            if not math.isnan(limit):
                least = least_whole(target, limit, definition, found, row)
                settled = settled and least == found
                found = least
    return found


@kernel
def all_whole(system, limits, definition, whole):  # type: ignore[no-untyped-def]
    """Fill the rows of `whole` (m,) that are NaN with the least whole agents, as `all_requirements` does."""
    for i in range(whole.size):
        if math.isnan(whole[i]):
            whole[i] = least_for_all(limits, definition, i, queue_of(system, i)) if system[i, 0] > 0.0 else 0.0


@kernel
def all_requirements(system, limits, definition, whole, fractional, binding):  # type: ignore[no-untyped-def]
    """Fill `whole`, `fractional` (m,) and `binding` (m,) with the least agents that meet every target that is set.

    `system` (m, 6) as in `kernels.all_figures`; `limits` (m, 6), or (1, 6) for all rows, a column for each target.
    Infinite: out of reach. `binding` holds the column of the target with the greatest fractional requirement, -1 where
    nothing is offered.
    """
    for i in range(whole.size):
        whole[i], fractional[i], binding[i] = 0.0, 0.0, -1
        if system[i, 0] <= 0.0:
            continue
        row = queue_of(system, i)
        found = least_for_all(limits, definition, i, row)
        whole[i] = found
        for target in range(6):
            limit = limit_of(target, limits, i, row)
            if math.isnan(limit):
                continue
            own = found
            if math.isinf(found) or is_met(target, limit, definition, found - 1.0, row):
                own = least_whole(target, limit, definition, 1.0, row)
            real = least_real(target, limit, definition, own, row) if own < math.inf else own
            if binding[i] < 0 or real > fractional[i]:
                fractional[i], binding[i] = real, target
