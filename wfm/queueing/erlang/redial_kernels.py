"""How many attempts there are when some customers dial again, as compiled functions.

Time is counted in mean handling times and contacts in erlang, as in `kernels`. Customers leave the circle of attempts
by giving up or with their matter settled. As attempts grow, more of each leave; the number of attempts at which as many
leave as come is found between bounds.
"""

from __future__ import annotations

import math

from wfm.jit import kernel
from wfm.queueing.erlang.kernels import figures

MOST = 1e10  # erlang; attempts beyond count as infinite
WIDTH = 4e-16
HALVED = 3  # each so many steps the bounds are halved, whatever their ends say


@kernel
def leaving(attempts, agents, theta, lines, balking, after_abandonment, after_blocking, repeats):  # type: ignore[no-untyped-def]
    """Customers who leave for good per handling time, with so many attempts [erlang]: a sum of positive terms."""
    found = figures(agents, attempts, theta, lines, balking, 0.0)
    given_up = (1.0 - after_abandonment) * found[3] + (1.0 - after_blocking) * found[4]
    return attempts * (given_up + (1.0 - repeats) * found[5])


@kernel
def most_leaving(agents, theta, lines, balking, after_abandonment, after_blocking, repeats):  # type: ignore[no-untyped-def]
    """The limit of `leaving` as attempts grow without bound; all agents are busy then, and all waiting places full."""
    serving = min(agents, lines)
    settled = (1.0 - repeats) * serving
    if math.isinf(lines) or (balking >= 1.0 and agents < lines):  # who is not served abandons, if ever
        waits_for_ever = theta == 0.0 and balking < 1.0
        return math.inf if after_abandonment < 1.0 or waits_for_ever else settled
    if after_blocking < 1.0:
        return math.inf
    places = float(math.ceil(lines - serving))
    if places == 0.0:
        return settled
    abandoned = theta * places  # whoever leaves makes room for one who joins; others balked meanwhile
    abandoned += balking / (1.0 - balking) * (serving + theta * places)
    return settled + (1.0 - after_abandonment) * abandoned


@kernel
def attempts_of(first, agents, theta, lines, balking, after_abandonment, after_blocking, repeats):  # type: ignore[no-untyped-def]
    """Attempts [erlang] at which as many customers leave as make first attempts; infinity where none are enough."""
    if first <= 0.0 or (after_abandonment == 0.0 and after_blocking == 0.0 and repeats == 0.0):
        return first
    if first >= most_leaving(agents, theta, lines, balking, after_abandonment, after_blocking, repeats):
        return math.inf
    low, high = first, first
    at_low = leaving(low, agents, theta, lines, balking, after_abandonment, after_blocking, repeats) - first
    at_high = at_low
    while at_high < 0.0:
        if high > MOST:
            return math.inf
        low, at_low = high, at_high
        high *= 2.0
        at_high = leaving(high, agents, theta, lines, balking, after_abandonment, after_blocking, repeats) - first
    for step in range(1, 200):
        if high - low <= WIDTH * high or at_high <= 0.0:
            break
        x = 0.5 * (low + high)
        if step % HALVED != 0 and at_high > at_low:
            x = min(high, max(low, high - at_high * (high - low) / (at_high - at_low)))
        if x in (low, high):
            x = 0.5 * (low + high)
        at = leaving(x, agents, theta, lines, balking, after_abandonment, after_blocking, repeats) - first
        if at < 0.0:
            low, at_low = x, at
        else:
            high, at_high = x, at
    return high


@kernel
def all_attempts(agents, system, back, out):  # type: ignore[no-untyped-def]
    """Fill `out` (m,) with attempts [erlang].

    `agents` (m,); `system` (m, 6) as in `kernels.all_figures`, its load that of first attempts; `back` (m, 3): shares
    that redial after abandonment, after blocking, and that come back after service.
    """
    for i in range(agents.size):
        out[i] = attempts_of(
            float(system[i, 0]),
            float(agents[i]),
            float(system[i, 1]),
            float(system[i, 2]),
            float(system[i, 3]),
            float(back[i, 0]),
            float(back[i, 1]),
            float(back[i, 2]),
        )
