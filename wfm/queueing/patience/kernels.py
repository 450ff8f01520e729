"""The M/M/n+G queue as compiled scalar functions: agents, a queue, and patience of any law.

The offered wait is the wait of a contact that would never hang up. While every agent is busy its density is
proportional to e^phi(x), where phi'(x) = inflow times the share that would still wait after x, less outflow. phi is
concave, so it is swept from its peak outwards, to the left and to the right, and every integral is a sum of positive
terms relative to the peak: nothing overflows and nothing cancels.

Time is counted in units of the law's scale (`survival.SurvivalTable`):

    inflow    contacts that join the queue per unit of time      within    threshold
    outflow   contacts that busy agents finish per unit of time

Francois Baccelli and Gerard Hebuterne, "On queues with impatient customers" (1981).
"""

from __future__ import annotations

import math

import numpy as np

from wfm.jit import kernel
from wfm.queueing.erlang.kernels import states_below
from wfm.queueing.patience.survival import TERMS


def _antiderivatives() -> np.ndarray:
    """Row k, column j: the integral up to node j of the polynomial that is 1 at node k and 0 at the others."""
    from numpy.polynomial import legendre

    degree = np.arange(NODES)
    projection = (2 * degree[:, None] + 1) * legendre.legvander(2.0 * NODE - 1.0, NODES - 1).T * WEIGHT
    rising = legendre.legint(np.eye(NODES), lbnd=-1, axis=1) / 2.0
    return np.ascontiguousarray((legendre.legvander(2.0 * NODE - 1.0, NODES) @ rising.T @ projection).T)


NODES = 16
NODE, WEIGHT = (part / 2.0 for part in np.polynomial.legendre.leggauss(NODES))
NODE += 0.5
ANTIDERIVATIVE = _antiderivatives()

MOMENT = np.array([1.0 / (math.factorial(k) * (k + 2)) for k in range(14)])  # the integral of u e^(z u) by powers of z

STEEPEST_PANEL = 8.0  # the most that phi falls within one panel, so that 16 nodes give it to the last digit
NEGLIGIBLE = 1e-17
LOWEST = -700.0  # as far below the peak as a double can tell
FALLEN = -39.0  # log of the above
MERGED = 1e-15  # cells that end sooner than this share of the time in which phi changes by 1 are one

# Integrals of e^phi times: 1, the share gone, the share left, the time until hanging up or x, x, and x times that left.
MASS, GONE, LEFT, WAITED, OFFERED, ANSWERED_WAIT = range(6)
EARLY, LATE = range(2)  # up to the threshold and beyond it


@kernel
def share(table, cell, place):  # type: ignore[no-untyped-def]
    """The shares gone and left at a place in [0, 1] of a cell."""
    value = table.coefficients[cell, 0]
    if not table.flat[cell]:
        value = 0.0
        for k in range(TERMS - 1, -1, -1):
            value = value * place + table.coefficients[cell, k]
    if table.left_is_small[cell]:
        return 1.0 - value, value
    return value, 1.0 - value


@kernel
def share_at(table, cell, x):  # type: ignore[no-untyped-def]
    """The shares gone and left at time x, taken from the given cell; before the cell as at its start."""
    if table.flat[cell]:
        return share(table, cell, 0.0)
    start = table.edges[cell]
    return share(table, cell, min(1.0, max(0.0, (x - start) / (table.edges[cell + 1] - start))))


@kernel
def gone_by(table, x, counts_now):  # type: ignore[no-untyped-def]
    """The share whose patience ends before x, or with `counts_now` no later than x."""
    if counts_now:
        cell = np.searchsorted(table.edges, x, side="right") - 1
    else:
        cell = max(0, np.searchsorted(table.edges, x, side="left") - 1)
    return share_at(table, cell, x)[0]


@kernel
def slope(table, cell, x, inflow, outflow):  # type: ignore[no-untyped-def]
    """phi'(x); the two forms keep digits where few have hung up and where few are left."""
    gone, left = share_at(table, cell, x)
    return inflow * left - outflow if table.left_is_small[cell] else inflow - outflow - inflow * gone


@kernel
def peak(table, first, inflow, outflow):  # type: ignore[no-untyped-def]
    """Where phi is largest, and the cell that begins or goes on there."""
    cell = first
    if inflow > 0.0:
        fewer = np.searchsorted(table.left_at_end[::-1], outflow / inflow, side="left")
        cell = min(table.flat.size - 1, max(first, table.flat.size - fewer))
    low = table.edges[cell] if cell > first else 0.0
    if table.flat[cell] or slope(table, cell, low, inflow, outflow) <= 0.0:
        return cell, low
    start, high = low, table.edges[cell + 1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        if slope(table, cell, middle, inflow, outflow) > 0.0:
            low = middle
        else:
            high = middle
        if high - low <= 1e-6 * (low - start):  # near enough: nothing depends on the exact place
            break
    return cell, low


@kernel
def survived_by(table, cell, x):  # type: ignore[no-untyped-def]
    """The integral of the share left from 0 to x, in the given cell or before it."""
    start = table.edges[cell]
    if x <= start:
        return min(x, table.integral[cell])
    if table.flat[cell]:
        return table.integral[cell] + share(table, cell, 0.0)[1] * (x - start)
    place, total = (x - start) / (table.edges[cell + 1] - start), 0.0
    for j in range(NODES):
        total += WEIGHT[j] * share(table, cell, place * NODE[j])[1]
    return table.integral[cell] + total * (x - start)


@kernel
def flat_moments(falling, length):  # type: ignore[no-untyped-def]
    """Integrals over 0..length of e^(-falling u) and of u e^(-falling u), falling >= 0."""
    if math.isinf(length):
        return 1.0 / falling, 1.0 / (falling * falling)
    z = falling * length
    last = math.exp(-z)
    if z > 0.5:
        first = -math.expm1(-z) / z
        return length * first, length * length * (first - last) / z
    second = 0.0
    for k in range(MOMENT.size - 1, -1, -1):
        second = MOMENT[k] - z * second
    return length * (last + z * second), length * length * second


@kernel
def add_flat_panel(table, cell, near, step, survived, level, inflow, outflow, sums):  # type: ignore[no-untyped-def]
    """Add the integrals over near..near + step, where nobody hangs up; phi there and the integral of the share left."""
    gone, left = share(table, cell, 0.0)
    rise = slope(table, cell, near, inflow, outflow) * (1.0 if step > 0.0 else -1.0)
    whole, moment = flat_moments(max(0.0, -rise), abs(step))
    weight = math.exp(level)
    whole *= weight
    moment *= weight if step > 0.0 else -weight
    sums[MASS] += whole
    sums[GONE] += gone * whole
    sums[LEFT] += left * whole
    sums[WAITED] += survived * whole + left * moment
    sums[OFFERED] += near * whole + moment
    sums[ANSWERED_WAIT] += left * (near * whole + moment)
    return level + rise * abs(step), survived + left * step if left > 0.0 else survived


@kernel
def add_panel(table, cell, near, step, survived, level, inflow, outflow, sums, room):  # type: ignore[no-untyped-def]
    """The same where contacts hang up, by Gauss-Legendre quadrature; room: float64[3, NODES]."""
    place, value, risen = room[0], room[1], room[2]
    start = table.edges[cell]
    width = table.edges[cell + 1] - start
    for j in range(NODES):
        place[j] = min(1.0, max(0.0, (near + step * NODE[j] - start) / width))
        value[j] = 0.0
    for k in range(TERMS - 1, -1, -1):
        coefficient = table.coefficients[cell, k]
        for j in range(NODES):
            value[j] = value[j] * place[j] + coefficient
    risen[:] = 0.0
    whole = 0.0
    for k in range(NODES):
        whole += WEIGHT[k] * value[k]
        for j in range(NODES):
            risen[j] += ANTIDERIVATIVE[k, j] * value[k]
    small = table.left_is_small[cell]
    for j in range(NODES):
        x = near + step * NODE[j]
        if small:
            gone, left, since = 1.0 - value[j], value[j], risen[j]
            rise = inflow * risen[j] - outflow * NODE[j]
        else:
            gone, left, since = value[j], 1.0 - value[j], NODE[j] - risen[j]
            rise = (inflow - outflow) * NODE[j] - inflow * risen[j]
        weight = WEIGHT[j] * abs(step) * math.exp(level + step * rise)
        sums[MASS] += weight
        sums[GONE] += weight * gone
        sums[LEFT] += weight * left
        sums[WAITED] += weight * (survived + step * since)
        sums[OFFERED] += weight * x
        sums[ANSWERED_WAIT] += weight * x * left
    if small:
        return level + step * (inflow * whole - outflow), survived + step * whole
    return level + step * (inflow - outflow - inflow * whole), survived + step * (1.0 - whole)


@kernel
def sweep(table, first, cell, x, ahead, survived, within, inflow, outflow, sums, room):  # type: ignore[no-untyped-def]
    """Add the integrals from the peak x to the right (ahead 1) or to the left (ahead -1) to sums: float64[2, 6].

    Returns phi at the end, relative to the peak. To the right it ends where all that follows is negligible.
    """
    level = 0.0
    while first <= cell < table.flat.size and level > LOWEST:
        end = table.edges[cell + 1] if ahead > 0.0 else (table.edges[cell] if cell > first else 0.0)
        part = EARLY if x < within or (x == within and ahead < 0.0) else LATE
        stop = end
        if ahead * (within - x) > 0.0 and ahead * (end - within) > 0.0:
            stop = within
        step = stop - x
        if step != 0.0:
            if table.flat[cell]:
                level, survived = add_flat_panel(table, cell, x, step, survived, level, inflow, outflow, sums[part])
            else:
                while abs(slope(table, cell, x + step, inflow, outflow) * step) > STEEPEST_PANEL:
                    step *= 0.5
                    stop = x + step
                level, survived = add_panel(table, cell, x, step, survived, level, inflow, outflow, sums[part], room)
        x = stop
        if x == end:
            cell += int(ahead)
        if ahead > 0.0 and x >= within and level < FALLEN and cell < table.flat.size:
            falling = -slope(table, cell, x, inflow, outflow)
            rest = math.exp(level) / falling if falling > 0.0 else math.inf
            if rest <= NEGLIGIBLE * min(sums[LATE, MASS], sums[EARLY, GONE] + sums[LATE, GONE]):
                break
    return level


@kernel
def patience_figures(agents, load, joining, balking, scale, within, counts_now, table):  # type: ignore[no-untyped-def]
    """Ten figures of one queue, as fractions of offered unless said otherwise.

    Waits, answered within, abandoned within, abandoned, answered, mean wait, mean wait of answered contacts times their
    fraction, offered wait positive, mean offered wait, offered wait beyond the threshold; waits in units of the scale.
    Load in erlang, scale in handling times, joining and balking shares of those that find every agent busy.
    """
    if load <= 0.0:
        return 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    inflow, outflow = load * joining * scale, agents * scale
    left_at_once = share(table, 0, 0.0)[1]
    gone_within = gone_by(table, within, counts_now)
    endless = table.left_at_end[-1]
    if outflow == 0.0 or slope(table, table.flat.size - 1, math.inf, inflow, outflow) >= 0.0:  # waits grow for ever
        waited = math.inf if joining * endless > 0.0 else joining * table.integral[-1]
        return (
            joining * left_at_once,
            0.0,
            balking + joining * gone_within,
            balking + joining * (1.0 - endless),
            joining * endless,
            waited,
            math.inf,
            1.0,
            math.inf,
            1.0,
        )
    first = np.searchsorted(table.edges, MERGED * min(1.0, 1.0 / (inflow + outflow)), side="right") - 1
    cell, top = peak(table, first, inflow, outflow)
    sums, room, level = np.zeros((2, 6)), np.empty((3, NODES)), 0.0
    survived = survived_by(table, cell, top)
    sweep(table, first, cell, top, 1.0, survived, within, inflow, outflow, sums, room)
    if top > 0.0:
        before = cell if top > table.edges[cell] or cell == first else cell - 1
        level = sweep(table, first, before, top, -1.0, survived, within, inflow, outflow, sums, room)
    early, late = sums[EARLY], sums[LATE]
    below, log_scale = states_below(agents, load)
    lift = log_scale + level
    free, weight = below * math.exp(min(0.0, lift)), outflow * math.exp(-max(0.0, lift))
    total = free + weight * (early[MASS] + late[MASS])
    free, weight = free / total, weight / total
    busy, beyond = min(1.0, weight * (early[MASS] + late[MASS])), min(1.0, weight * late[MASS])
    abandoned = balking * busy + joining * weight * (early[GONE] + late[GONE])
    return (
        joining * left_at_once * busy,
        min(1.0, free + joining * weight * early[LEFT]),
        min(abandoned, balking * busy + joining * (weight * early[GONE] + gone_within * beyond)),
        min(1.0, abandoned),
        min(1.0, free + joining * weight * (early[LEFT] + late[LEFT])),
        joining * weight * (early[WAITED] + late[WAITED]),
        joining * weight * (early[ANSWERED_WAIT] + late[ANSWERED_WAIT]),
        busy,
        weight * (early[OFFERED] + late[OFFERED]),
        beyond,
    )


@kernel
def all_patience_figures(agents, system, table, out):  # type: ignore[no-untyped-def]
    """Fill `out` (11, m): the ten `patience_figures`, then the fraction that abandons before the short-abandon limit.

    `agents` (m,); `system` (m, 6): load, joining, balking, scale, threshold, short-abandon limit.
    """
    for i in range(agents.size):
        n, load, joining, balking = float(agents[i]), float(system[i, 0]), float(system[i, 1]), float(system[i, 2])
        scale, within, short = float(system[i, 3]), float(system[i, 4]), float(system[i, 5])
        found = patience_figures(n, load, joining, balking, scale, within, True, table)
        for row in range(10):
            out[row, i] = found[row]
        out[10, i] = 0.0
        if short > 0.0:
            out[10, i] = patience_figures(n, load, joining, balking, scale, short, False, table)[2]
