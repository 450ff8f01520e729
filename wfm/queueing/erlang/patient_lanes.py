"""The queue with patience and endless lines, for many queues side by side: `kernels`, several times as fast.

LANES queues go through the states in step, four states a pass, in loops over the lanes that the compiler turns into
vector instructions. The sums are those of `kernels.queue_law` and `kernels.ends_within`, of positive terms only, and go
on until what is left out is below NEGLIGIBLE in every lane; a lane that ends early goes on adding what changes nothing.
Only rounding differs, in the last digits, and `suits` leaves out whatever needs more care: no agents, limited lines,
queues so overloaded that their short queues have no probability that a double can tell.

State of the lanes, one row of LANES numbers each:

    AGENTS, LOAD, THETA, STAYING (1 - balking)      the queues, as in `kernels`
    TERM, WAIT                                      probability of the state; mean wait of who is answered from there
    FEWER, SCALE, INVERSE, LEFT                     see `kernels.states_below`; 1 / load, agents that are left
    BUSY, QUEUED, LENGTH, WAITED                    sums over the states with all busy
    AT_0                                            probability of all busy and nobody in queue
    PLACE, QUEUE, BEHIND, PASSING                   probability of J, of a queue, of longer ones: `kernels.ends_within`
    DEBT                                            how many times PLACE stands for 1e-200 of itself
    ANSWERABLE, ABANDONABLE, MASS, ANSWERED, ABANDONED      its sums
"""

from __future__ import annotations

import math

import numpy as np

from wfm.jit import inner_kernel, kernel
from wfm.queueing.erlang.endless_lanes import in_order_of_load
from wfm.queueing.erlang.kernels import FARTHEST, gamma_fraction, lowest_queue, states_below
from wfm.queueing.erlang.search import MAX_ABANDONMENT, MAX_OCCUPANCY, MAX_SPEED_OF_ANSWER, SERVICE_LEVEL, SLACK

LANES = 16
NEGLIGIBLE = 1e-18  # what is left out of a sum, relative to it
IN_DOUBT = 1e-11  # of a fraction; the lanes err by less than 1e-12
MOST = 1e9  # agents
LARGEST = 1e50  # beyond it products of four overflow
LEAP = 1e200
LOG_LEAP = math.log(LEAP)

(
    AGENTS,
    LOAD,
    THETA,
    STAYING,
    TERM,
    WAIT,
    BUSY,
    QUEUED,
    LENGTH,
    WAITED,
    AT_0,
    PLACE,
    QUEUE,
    BEHIND,
    PASSING,
    DEBT,
    MEAN,
    LEAVE,
    ANSWERABLE,
    ABANDONABLE,
    MASS,
    ANSWERED,
    ABANDONED,
    FREE,
    FEWER,
    SCALE,
    INVERSE,
    LEFT,
) = range(0, 28 * LANES, LANES)
SIZE = 28 * LANES


@inner_kernel
def suits(agents, load, theta, lines, balking):  # type: ignore[no-untyped-def]
    """Whether a queue can go through the lanes; `place_in_lane` may still send an overloaded one away."""
    moderate = agents < LARGEST and load < LARGEST and 1.0 / LARGEST < theta < LARGEST and load > 1.0 / LARGEST
    return moderate and agents > 1.0 / LARGEST and lines == math.inf and balking < 1.0


@inner_kernel
def place_in_lane(state, lane, agents, load, theta, balking):  # type: ignore[no-untyped-def]
    """Start a lane with nobody in queue; False, and an empty lane, where such states are too rare to tell."""
    joining = load * (1.0 - balking)
    at_0 = 1.0
    if joining > agents:
        _, low, at_0 = lowest_queue(agents, joining, theta, math.inf)
        if low > 0.0 or at_0 <= FARTHEST:
            return False
    state[AGENTS + lane] = agents
    state[LOAD + lane] = load
    state[THETA + lane] = theta
    state[STAYING + lane] = 1.0 - balking
    state[AT_0 + lane] = at_0
    return True


@inner_kernel
def inverses(a, b, c, d):  # type: ignore[no-untyped-def]
    """1/a, 1/b, 1/c and 1/d by one division."""
    ab, cd = a * b, c * d
    both = 1.0 / (ab * cd)
    of_ab, of_cd = both * cd, both * ab
    return of_ab * b, of_ab * a, of_cd * d, of_cd * c


@inner_kernel
def below(s):  # type: ignore[no-untyped-def]
    """Fill FEWER and SCALE with the mantissa and log of the scale of `kernels.states_below` for each lane."""
    for i in range(LANES):
        agents, load = s[AGENTS + i], s[LOAD + i]
        height = agents * math.log(agents / load) - (agents - load) if agents > load else 0.0
        s[SCALE + i] = 0.0 if height < 400.0 else 1.0  # where sums may overflow, scales are needed
        s[INVERSE + i] = 1.0 / load
        s[LEFT + i] = agents if height < 400.0 else 0.0
        s[FEWER + i] = 0.0
        s[TERM + i] = 1.0
    going = True
    while going:
        unfinished = 0
        for i in range(LANES):
            load, inverse, x, term, total = s[LOAD + i], s[INVERSE + i], s[LEFT + i], s[TERM + i], s[FEWER + i]
            # Near the load x / load is 1 + (x - load) / load: the rounding of 1 / load would add up over many x.
            above, near = x - load, x - 4.0 >= 0.5 * load
            one = 1.0 + above * inverse if near else x * inverse
            second = 1.0 + (above - 1.0) * inverse if near else (x - 1.0) * inverse
            third = 1.0 + (above - 2.0) * inverse if near else (x - 2.0) * inverse
            fourth = 1.0 + (above - 3.0) * inverse if near else (x - 3.0) * inverse
            two = one * second
            three, four = two * third, two * (third * fourth)
            more = (x >= 4.0) & ((x >= load) | (term * x > NEGLIGIBLE * (load - x) * total))
            s[FEWER + i] = total + term * ((one + two) + (three + four)) if more else total
            s[TERM + i] = term * four if more else term
            s[LEFT + i] = x - 4.0 if more else x
            unfinished += 1 if more else 0
        going = unfinished > 0
    for i in range(LANES):
        if s[SCALE + i] > 0.0:
            s[FEWER + i], s[SCALE + i] = states_below(s[AGENTS + i], s[LOAD + i])
        elif s[LEFT + i] < 4.0:
            x, term = s[LEFT + i], s[TERM + i]
            while x >= 1.0:
                term *= x / s[LOAD + i]
                s[FEWER + i] += term
                x -= 1.0
            if x > 0.0:
                s[FEWER + i] += term * gamma_fraction(x, s[LOAD + i])


@inner_kernel
def laws(s):  # type: ignore[no-untyped-def]
    """Fill BUSY, QUEUED, LENGTH, WAITED, FREE and AT_0 with what `kernels.queue_law` returns for each lane."""
    below(s)
    for i in range(LANES):
        first = 1.0 / (s[AGENTS + i] + s[THETA + i])
        s[BUSY + i] = s[AT_0 + i]
        s[QUEUED + i] = 0.0
        s[LENGTH + i] = 0.0
        s[WAIT + i] = first
        s[WAITED + i] = s[AT_0 + i] * first * first
        s[TERM + i] = s[AT_0 + i] * (s[LOAD + i] * s[STAYING + i] * first)
    k, going = 1.0, True
    while going:
        unfinished = 0
        for i in range(LANES):
            agents, theta, term, wait = s[AGENTS + i], s[THETA + i], s[TERM + i], s[WAIT + i]
            joining = s[LOAD + i] * s[STAYING + i]
            # Each sum by itself: steps of theta from the one before would add up their rounding over many k.
            a, b, c, d = inverses(
                agents + (k + 1.0) * theta,
                agents + (k + 2.0) * theta,
                agents + (k + 3.0) * theta,
                agents + (k + 4.0) * theta,
            )
            ratio = joining * a
            two = ratio * (joining * b)
            three = two * (joining * c)
            at_1, at_2, at_3 = term * ratio, term * two, term * three
            together = (term + at_1) + (at_2 + at_3)
            queued = s[QUEUED + i] + together
            length = s[LENGTH + i] + (k * together + ((at_1 + 2.0 * at_2) + 3.0 * at_3))
            ab = a + b
            waits = (term * a) * (wait + a) + (at_1 * b) * (wait + ab)
            waits += (at_2 * c) * (wait + (ab + c)) + (at_3 * d) * (wait + (ab + (c + d)))
            last = joining * d
            term *= three * last
            left = 1.0 - last
            s[QUEUED + i] = queued
            s[LENGTH + i] = length
            s[WAITED + i] += waits
            s[WAIT + i] = wait + (ab + (c + d))
            s[TERM + i] = term
            over = (left > 0.0) & (term * ((k + 4.0) * left + 1.0) <= NEGLIGIBLE * left * left * queued)
            unfinished += 0 if over else 1
        k += 4.0
        going = unfinished > 0
    for i in range(LANES):
        s[BUSY + i] += s[QUEUED + i]
        scale, free = 1.0 / s[BUSY + i], 0.0
        if s[FEWER + i] > 0.0:
            odds = s[BUSY + i] / s[AT_0 + i] / s[FEWER + i] * math.exp(-s[SCALE + i])
            free = 1.0 / (1.0 + odds)
            scale *= odds * free if odds < 1.0 / FARTHEST else 1.0
        s[FREE + i] = free
        s[AT_0 + i] *= scale
        s[BUSY + i] *= scale
        s[QUEUED + i] *= scale
        s[LENGTH + i] *= scale
        s[WAITED + i] *= scale * s[AGENTS + i]


@inner_kernel
def ends(s, within):  # type: ignore[no-untyped-def]
    """Fill ANSWERED and ABANDONED with what `kernels.ends_within` returns for each lane and its threshold."""
    for i in range(LANES):
        agents, theta = s[AGENTS + i], s[THETA + i]
        leave = -math.expm1(-theta * within[i])
        fall = within[i] * (agents + theta)
        debt = math.floor(fall / LOG_LEAP)
        s[LEAVE + i] = leave
        s[MEAN + i] = agents * (leave / theta)
        s[DEBT + i] = debt
        s[PLACE + i] = math.exp(debt * LOG_LEAP - fall)
        s[QUEUE + i] = s[AT_0 + i] * s[STAYING + i]
        s[BEHIND + i] = s[BUSY + i] * s[STAYING + i]
        s[PASSING + i] = 1.0
        s[ANSWERABLE + i] = 0.0
        s[ABANDONABLE + i] = 0.0
        s[MASS + i] = 0.0
        s[ANSWERED + i] = 0.0
        s[ABANDONED + i] = 0.0
    j, going = 0.0, True
    while going:
        of_1, of_2, of_3, of_4 = inverses(j + 1.0, j + 2.0, j + 3.0, j + 4.0)
        unfinished = 0
        for i in range(LANES):
            agents, theta, leave, mean = s[AGENTS + i], s[THETA + i], s[LEAVE + i], s[MEAN + i]
            joining, debt, place = s[LOAD + i] * s[STAYING + i], s[DEBT + i], s[PLACE + i]
            a, b, c, d = inverses(
                agents + (j + 1.0) * theta,
                agents + (j + 2.0) * theta,
                agents + (j + 3.0) * theta,
                agents + (j + 4.0) * theta,
            )
            sums = (
                s[QUEUE + i],
                s[BEHIND + i],
                s[PASSING + i],
                s[ANSWERABLE + i],
                s[ABANDONABLE + i],
                s[MASS + i],
                s[ANSWERED + i],
                s[ABANDONED + i],
            )
            seen = 1.0 if debt == 0.0 else 0.0
            sums = one_ahead(sums, place * seen, a, agents, joining, theta)
            place *= mean * of_1 + leave
            sums = one_ahead(sums, place * seen, b, agents, joining, theta)
            place *= mean * of_2 + leave
            sums = one_ahead(sums, place * seen, c, agents, joining, theta)
            place *= mean * of_3 + leave
            sums = one_ahead(sums, place * seen, d, agents, joining, theta)
            ratio = mean * of_4 + leave
            place *= ratio
            queue, behind, passing, answerable, abandonable, mass, answered, abandoned = sums
            all_open, left = s[BUSY + i] * s[STAYING + i], 1.0 - joining * d
            waiting = queue > NEGLIGIBLE * left * all_open
            above = (not waiting) & (mass < 0.5)  # the rest of J lies above every queue there is
            rest = 1.0 - mass if above else 0.0
            least = min(answered, abandoned if leave > 0.0 else 1.0)
            rare = (place == 0.0) | ((ratio < 1.0) & (place * all_open <= (1.0 - ratio) * NEGLIGIBLE * least))
            leap = (debt > 0.0) & (place > 1.0)
            s[QUEUE + i] = queue
            s[BEHIND + i] = behind
            s[PASSING + i] = passing
            s[ANSWERABLE + i] = answerable
            s[ABANDONABLE + i] = abandonable
            s[MASS + i] = mass + rest
            s[ANSWERED + i] = answered + rest * answerable
            s[ABANDONED + i] = abandoned + rest * abandonable
            s[DEBT + i] = 0.0 if above else (debt - 1.0 if leap else debt)
            s[PLACE + i] = 0.0 if above else (place * (1.0 / LEAP) if leap else place)
            unfinished += 0 if above | (rare & (debt == 0.0)) else 1
        j += 4.0
        going = unfinished > 0
    for i in range(LANES):
        mass = s[MASS + i] if s[MASS + i] > 0.5 else 1.0
        s[ANSWERED + i] /= mass
        s[ABANDONED + i] /= mass


@inner_kernel
def one_ahead(sums, here, inverse, agents, joining, theta):  # type: ignore[no-untyped-def]
    """The sums of `ends` one contact on: P(J = j) is `here`, and behind j others the queue ends at rate 1 / inverse."""
    queue, behind, passing, answerable, abandonable, mass, answered, abandoned = sums
    passed = agents * inverse
    return (
        queue * (joining * inverse),
        max(0.0, behind - queue),
        passed,
        answerable + queue * passed,
        abandonable + behind * (passing * (theta * inverse)),
        mass + here,
        answered + here * answerable,
        abandoned + here * abandonable,
    )


@inner_kernel
def fill_figures(s, lane, out, at):  # type: ignore[no-untyped-def]
    """The eight figures of a lane, as `kernels.figures` has them, to column `at` of out."""
    load, staying = s[LOAD + lane], s[STAYING + lane]
    free, open_, length = s[FREE + lane], s[BUSY + lane], s[LENGTH + lane]
    balked = (1.0 - staying) * open_
    answered = min(1.0, free + s[AGENTS + lane] / load * s[QUEUED + lane])
    abandoned = min(1.0, balked + s[THETA + lane] * length / load)
    out[0, at] = open_ * staying
    out[1, at] = min(answered, free + s[ANSWERED + lane])
    out[2, at] = min(abandoned, balked + s[ABANDONED + lane])
    out[3, at] = abandoned
    out[4, at] = 0.0
    out[5, at] = answered
    out[6, at] = length
    out[7, at] = s[WAITED + lane] * staying


@inner_kernel
def flush(state, rows, count, system, thresholds, out):  # type: ignore[no-untyped-def]
    """Run the first `count` lanes and fill the columns `rows` of out (9, m); lanes that are left repeat the first."""
    for lane in range(count, LANES):
        rows[lane] = rows[0]
        for row in range(AT_0 + 1):
            if row % LANES == 0:
                state[row + lane] = state[row]
    laws(state)
    any_short = False
    for lane in range(LANES):
        thresholds[lane] = system[rows[lane], 4]
        any_short = any_short or system[rows[lane], 5] > 0.0
    ends(state, thresholds)
    for lane in range(LANES):
        fill_figures(state, lane, out, rows[lane])
        out[8, rows[lane]] = 0.0
        thresholds[lane] = system[rows[lane], 5]
    if any_short:
        ends(state, thresholds)
        for lane in range(LANES):
            balked = (1.0 - state[STAYING + lane]) * state[BUSY + lane]
            if thresholds[lane] > 0.0:
                out[8, rows[lane]] = min(out[3, rows[lane]], balked + state[ABANDONED + lane])


@kernel
def many_figures(agents, system, out):  # type: ignore[no-untyped-def]
    """Fill `out` (9, m) as `kernels.all_figures` does, and with NaN where a queue does not suit the lanes."""
    order = np.empty(agents.size, dtype=np.int64)
    in_order_of_load(system, order)
    state, thresholds = np.zeros(SIZE), np.zeros(LANES)
    rows = np.zeros(LANES, dtype=np.int64)
    count = 0
    for i in order:
        n, load, theta, balking = agents[i], system[i, 0], system[i, 1], system[i, 3]
        out[0, i] = math.nan
        if suits(n, load, theta, system[i, 2], balking) and place_in_lane(state, count, n, load, theta, balking):
            rows[count] = i
            count += 1
        if count == LANES:
            flush(state, rows, count, system, thresholds, out)
            count = 0
    if count > 0:
        flush(state, rows, count, system, thresholds, out)


@inner_kernel
def is_monotone(limits, of_offered, row):  # type: ignore[no-untyped-def]
    """Whether all targets of a row get easier with every agent: ratios to others than the offered may not."""
    own = min(row, limits.shape[0] - 1)
    plain = of_offered or math.isnan(limits[own, SERVICE_LEVEL])
    return plain and math.isnan(limits[own, MAX_SPEED_OF_ANSWER])


@inner_kernel
def verdict(s, lane, limits, row):  # type: ignore[no-untyped-def]
    """1.0 where the lane meets all targets of its row, -1.0 where it misses one, 0.0 where rounding might decide."""
    row = min(row, limits.shape[0] - 1)
    agents, load, free = s[AGENTS + lane], s[LOAD + lane], s[FREE + lane]
    answered = min(1.0, free + agents / load * s[QUEUED + lane])
    abandoned = min(1.0, s[THETA + lane] * s[LENGTH + lane] / load)
    room = min(answered, free + s[ANSWERED + lane]) - limits[row, SERVICE_LEVEL]
    found = 1.0
    for target in (SERVICE_LEVEL, MAX_OCCUPANCY, MAX_ABANDONMENT):
        if target == MAX_OCCUPANCY:
            room = limits[row, target] - min(1.0, load * answered / agents)
        elif target == MAX_ABANDONMENT:
            room = limits[row, target] - abandoned
        if room < -SLACK - IN_DOUBT:
            return -1.0
        if room < -SLACK + IN_DOUBT:
            found = 0.0
    return found


@kernel
def least_agents(system, limits, of_offered, order, whole):  # type: ignore[no-untyped-def]
    """Fill the rows of `whole` (m,) that are NaN with the least whole agents that meet every target.

    `system` (m, 6) as in `kernels.all_figures`; `limits` as in `search`, NaN: not asked. `of_offered`: whether the
    service level is of offered contacts. `order` (m,): rows, roughly by load, so that the answer for one row is the
    first guess for the next. Every answer n was seen to meet the targets and n - 1 to miss one. A row stays NaN, for
    `search` to decide, where a target does not get easier with every agent, or comes within IN_DOUBT of its limit.
    """
    state, within = np.ones(SIZE), np.zeros(LANES)
    rows, at = np.full(LANES, -1, dtype=np.int64), np.zeros(LANES)
    missed, met, step = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    following, spare, ends_matter = 0, 0.0, False
    while True:
        busy = -1
        for lane in range(LANES):
            while rows[lane] < 0 and following < order.size:
                row = order[following]
                following += 1
                load = system[row, 0]
                suited = math.isnan(whole[row]) and is_monotone(limits, of_offered, row) and system[row, 3] == 0.0
                if suited and suits(1.0, load, system[row, 1], system[row, 2], 0.0):
                    rows[lane], within[lane] = row, system[row, 4]
                    missed[lane], met[lane], step[lane] = 0.0, math.inf, 1.0
                    at[lane] = max(1.0, math.ceil(load + spare * math.sqrt(load)))
            row = rows[lane]
            if row >= 0:
                if place_in_lane(state, lane, at[lane], system[row, 0], system[row, 1], 0.0):
                    busy = lane
                    ends_matter = ends_matter or not math.isnan(limits[min(row, limits.shape[0] - 1), SERVICE_LEVEL])
                else:
                    rows[lane] = -1
        if busy < 0 and following >= order.size:
            return
        if busy < 0:
            continue
        for lane in range(LANES):
            if rows[lane] < 0:
                for part in range(AGENTS, PLACE, LANES):
                    state[part + lane] = state[part + busy]
                within[lane] = within[busy]
        laws(state)
        if ends_matter:
            ends(state, within)
        for lane in range(LANES):
            row, n = rows[lane], at[lane]
            if row < 0:
                continue
            found = verdict(state, lane, limits, row)
            if found > 0.0:
                met[lane] = n
            elif found < 0.0:
                missed[lane] = n
            if found == 0.0 or n > MOST:
                rows[lane] = -1
            elif met[lane] - missed[lane] == 1.0:
                whole[row] = met[lane]
                rows[lane] = -1
                load = system[row, 0]
                spare += 0.1 * ((met[lane] - 0.5 - load) / math.sqrt(load) - spare)
            elif math.isinf(met[lane]):
                at[lane] = n + step[lane]
                step[lane] *= 2.0
            elif missed[lane] == 0.0 and found > 0.0:
                at[lane] = max(1.0, n - step[lane])
                step[lane] *= 2.0
            else:
                at[lane] = math.floor(0.5 * (missed[lane] + met[lane]))
