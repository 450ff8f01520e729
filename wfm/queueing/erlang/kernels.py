"""The birth-death chain behind every Erlang formula, as compiled scalar functions.

Time is counted in mean handling times, so that an agent serves at rate 1:

    load      offered load [erlang]                 theta     handling time / mean patience; 0: nobody abandons
    agents    real number >= 0                      lines     contacts that fit in at once, infinite: no limit
    balking   share that leaves rather than wait    within    threshold / handling time

Let k contacts be in queue. They end their wait at rate agents + k theta, and new ones join at rate
load (1 - balking) times the share that finds a free line, `admitted`. States are summed relative to the most likely
queue length, upwards, and no sum has a negative term: nothing overflows and nothing cancels.
"""

from __future__ import annotations

import math

from wfm.jit import kernel

NEGLIGIBLE = 1e-22  # a term this small beside its sum changes no digit of it
FARTHEST = 1e-290  # as far below the most likely state as a double can usefully tell
ENORMOUS = 1e200
VANISHING = 1e-150  # erlang; no contact in any history of the world meets another
MANY = 1000.0  # agents; with ten times the load, B is below e^-1000


@kernel
def gamma_fraction(f, load):  # type: ignore[no-untyped-def]
    """f e^load load^-f Gamma(f, load) for 0 <= f < 1: the states below a fraction f of an agent, relative to it."""
    if f == 0.0:
        return 0.0
    if load < 1.5:  # series of the lower incomplete gamma function
        term, series, k = 1.0, 1.0, 1
        while term > 1e-17 * series:
            term *= load / (f + k)
            series += term
            k += 1
        return max(0.0, math.exp(load + math.lgamma(f + 1.0) - f * math.log(load)) - series)
    b = load + 1.0 - f  # continued fraction of the upper one, by Lentz's rule
    c = 1e300
    d = 1.0 / b
    fraction = d
    for i in range(1, 400):
        factor = -i * (i - f)
        b += 2.0
        d = 1.0 / (b + factor * d)
        c = b + factor / c
        fraction *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return f * fraction


@kernel
def states_below(agents, load):  # type: ignore[no-untyped-def]
    """P(fewer than all busy) / P(all busy, none in queue) as (mantissa, log of the scale): 1/B - 1 of Erlang B."""
    if agents > MANY and agents > 10.0 * load:  # all are never busy at once, B is the Poisson probability of it
        return 1.0, math.lgamma(agents + 1.0) + load - agents * math.log(load)
    term, total, log_scale, x = 1.0, 0.0, 0.0, agents
    while x >= 1.0:
        term *= x / load
        total += term
        if x < load and term < 1e-18 * total:
            return total, log_scale
        if total > ENORMOUS:
            log_scale += math.log(total)
            term /= total
            total = 1.0
        x -= 1.0
    if x > 0.0:
        total += term * gamma_fraction(x, load)
    return total, log_scale


@kernel
def log_loss(agents, load):  # type: ignore[no-untyped-def]
    """log B(agents, load), the logarithm of Erlang's loss formula; load > 0."""
    below, log_scale = states_below(agents, load)
    return -(log_scale + math.log(below + math.exp(-log_scale)))


@kernel
def admitted(k, places):  # type: ignore[no-untyped-def]
    """Share of contacts that find a free line when k are in queue; a fractional last place admits that fraction."""
    return min(1.0, max(0.0, places - k))


@kernel
def harmonic(k, agents, theta):  # type: ignore[no-untyped-def]
    """Sum over j = 1..k of 1 / (agents + j theta): mean wait of a contact that is answered behind k - 1 others."""
    if theta == 0.0:
        return k / agents
    total = 0.0
    first = min(k, 1000)
    for j in range(1, int(first) + 1):
        total += 1.0 / (agents + j * theta)
    if k > first:  # midpoint rule, with its first correction
        low, high = agents + (first + 0.5) * theta, agents + (k + 0.5) * theta
        total += math.log(high / low) / theta - theta / 24.0 * (1.0 / (low * low) - 1.0 / (high * high))
    return total


@kernel
def lowest_queue(agents, joining, theta, places):  # type: ignore[no-untyped-def]
    """The most likely queue length, the shortest one worth counting, and its probability relative to the former."""
    mode = 0.0
    if joining > agents:
        mode = math.inf if math.isinf(places) else max(0.0, math.ceil(places) - 1.0)
        if theta > 0.0:
            mode = min(mode, float(math.floor((joining - agents) / theta)))
    k, relative = mode, 1.0
    while k > 0.0 and relative > FARTHEST:
        relative *= (agents + k * theta) / (joining * admitted(k - 1.0, places))
        k -= 1.0
    return mode, k, relative


@kernel
def queue_law(agents, load, theta, places, balking):  # type: ignore[no-untyped-def]
    """Where the chain spends its time, for a queue that has a stationary law.

    Returns `low` (shortest queue counted), `at_low` (probability of all busy and `low` in queue), and the probabilities
    of: a free agent, all busy and room to wait, all busy and no line free, all busy and someone in queue; then the mean
    queue, and the mean wait of the answered times their share of all joining contacts.
    """
    joining = load * (1.0 - balking)
    mode, low, at_low = lowest_queue(agents, joining, theta, places)
    k, term = low, at_low
    busy, open_, full, queued, length, waited = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    wait_of_answered = harmonic(low, agents, theta) if low > 0.0 else 0.0
    while True:
        share = admitted(k, places)
        busy += term
        open_ += term * share
        full += term * (1.0 - share)
        length += term * k
        if k > 0.0:
            queued += term
        leaving = agents + (k + 1.0) * theta
        if share > 0.0 and leaving > 0.0:
            wait_of_answered += 1.0 / leaving
            waited += term * share * agents / leaving * wait_of_answered
        if joining * share == 0.0 or (k > mode and term < NEGLIGIBLE * busy):
            break
        term *= joining * share / leaving
        k += 1.0
    while math.isfinite(places) and joining * share > 0.0 and term > 0.0:  # the rare states up to the last line
        term *= joining * share / (agents + (k + 1.0) * theta)
        k += 1.0
        share = admitted(k, places)
        full += term * (1.0 - share)
    below, log_scale = states_below(agents, load)
    free = 0.0
    scale = 1.0 / busy
    if low == 0.0 and below > 0.0:
        odds = busy / at_low / below * math.exp(-log_scale)
        free = 1.0 / (1.0 + odds)
        scale = odds / (1.0 + odds) / busy
    return low, at_low * scale, free, open_ * scale, full * scale, queued * scale, length * scale, waited * scale


@kernel
def ends_within(within, agents, load, theta, places, balking, low, at_low, open_):  # type: ignore[no-untyped-def]
    """Fractions of offered that wait and are answered within the threshold, and that wait and abandon within it.

    Behind k others, P(answered within) = agents / (agents + (k+1) theta) x P(J > k), where J is negative binomial (how
    many would leave a queue that never empties; Poisson where nobody abandons), and P(abandoned within) is the sum over
    i <= k of theta agents / ((agents + i theta)(agents + (i+1) theta)) x P(J > i). Both sums are turned around to run
    over J.
    """
    if within <= 0.0 or open_ <= 0.0 or balking >= 1.0:
        return 0.0, 0.0
    joining = load * (1.0 - balking)
    x = -math.expm1(-theta * within)
    mean = agents * (x / theta if theta > 0.0 else within)
    term, log_scale = 1.0, -within * (agents + theta)
    weight = math.exp(log_scale)
    j, queue, behind = 0.0, at_low, open_ * (1.0 - balking)
    all_open = behind
    answerable, abandonable, answered, abandoned, mass = 0.0, 0.0, 0.0, 0.0, 0.0
    waiting = True
    while True:
        here = term * weight
        mass += here
        answered += here * answerable
        abandoned += here * abandonable
        ratio = (mean + x * (1.0 + j)) / (j + 1.0)
        if ratio < 1.0 and here * all_open <= NEGLIGIBLE * (1.0 - ratio) * min(answered, abandoned if x > 0.0 else 1.0):
            break
        if not waiting and mass < 0.5:  # the rest of J lies above every queue there is
            answered += (1.0 - mass) * answerable
            abandoned += (1.0 - mass) * abandonable
            mass = 1.0
            break
        if ratio < 1.0 and here == 0.0:
            break
        if waiting:
            leaving = agents + (j + 1.0) * theta
            passing = 1.0 if j == 0.0 else agents / (agents + j * theta)
            abandonable += behind * passing * theta / leaving
            if j >= low:
                share = admitted(j, places)
                joined = queue * share * (1.0 - balking)
                answerable += joined * agents / leaving
                behind = max(0.0, behind - joined)
                queue *= joining * share / leaving
                waiting = queue > 0.0 and (queue > NEGLIGIBLE * all_open or joining > leaving)
        term *= ratio
        j += 1.0
        if term > ENORMOUS:
            log_scale += math.log(term)
            term = 1.0
            weight = math.exp(log_scale)
    mass = mass if mass > 0.5 else 1.0
    return answered / mass, abandoned / mass


@kernel
def figures(agents, load, theta, lines, balking, within):  # type: ignore[no-untyped-def]
    """Eight figures of one queue, as fractions of offered unless said otherwise.

    Waits, answered within, abandoned within, abandoned, blocked, answered, mean queue [contacts], and the mean wait of
    answered contacts times their fraction [handling times].
    """
    if load <= 0.0 or (load <= VANISHING and agents >= 1.0):
        return 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0
    serving = min(agents, lines)
    places = max(0.0, lines - serving)
    joining = load * (1.0 - balking)
    if theta == 0.0 and math.isinf(places):
        return endless_patience(serving, load, balking, within)
    if serving == 0.0 and theta == 0.0 and joining > 0.0 and places > 0.0:  # those in queue never leave it
        return 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, lines, 0.0
    low, at_low, free, open_, full, queued, length, waited = queue_law(serving, load, theta, places, balking)
    answered_late, abandoned_late = ends_within(within, serving, load, theta, places, balking, low, at_low, open_)
    answered = min(1.0, free + serving / load * queued)
    abandoned = min(1.0, balking * open_ + theta * length / load)
    return (
        open_ * (1.0 - balking),
        min(answered, free + answered_late),
        min(abandoned, balking * open_ + abandoned_late),
        abandoned,
        full,
        answered,
        length,
        waited * (1.0 - balking),
    )


@kernel
def endless_patience(agents, load, balking, within):  # type: ignore[no-untyped-def]
    """Erlang C in closed form; where the queue grows for ever, its limits."""
    joining = load * (1.0 - balking)
    if joining >= agents and joining > 0.0:
        return 1.0 - balking, 0.0, balking, balking, 0.0, 1.0 - balking, math.inf, math.inf
    busy = 1.0
    if agents > 0.0:
        below, log_scale = states_below(agents, load)
        weight = math.exp(-log_scale)
        busy = weight / (weight + (1.0 - joining / agents) * below)
    waits = busy * (1.0 - balking)
    delay = 1.0 / (agents - joining) if joining > 0.0 else 0.0
    answered_late = -waits * math.expm1(-(agents - joining) * within)
    return (
        waits,
        1.0 - busy + answered_late,
        balking * busy,
        balking * busy,
        0.0,
        1.0 - balking * busy,
        joining * busy * delay,
        waits * delay,
    )


@kernel
def all_figures(agents, system, out):  # type: ignore[no-untyped-def]
    """Fill the columns of `out` (9, m) that are NaN: the eight `figures`, then the fraction of short abandonments.

    `agents` (m,); `system` (m, 6): load, theta, lines, balking, within, short-abandon limit.
    """
    for i in range(agents.size):
        if not math.isnan(out[0, i]):
            continue
        n, load, theta = float(agents[i]), float(system[i, 0]), float(system[i, 1])
        lines, balking, short = float(system[i, 2]), float(system[i, 3]), float(system[i, 5])
        found = figures(n, load, theta, lines, balking, float(system[i, 4]))
        for row in range(8):
            out[row, i] = found[row]
        out[8, i] = 0.0
        if short > 0.0:
            out[8, i] = figures(n, load, theta, lines, balking, short)[2]


@kernel
def all_log_loss(agents, load, out):  # type: ignore[no-untyped-def]
    """Fill `out` (m,) with log B(agents, load); minus infinity where nothing is offered."""
    for i in range(agents.size):
        out[i] = log_loss(float(agents[i]), float(load[i])) if load[i] > 0.0 else -math.inf
