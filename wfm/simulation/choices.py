"""The two choices of routing in compiled code: what `wfm.simulation.rules.RoutingRule` says, without its objects."""

from __future__ import annotations

import numpy as np

from wfm.jit import bare_kernel, lowest_bit_finder, woven_kernel
from wfm.simulation.agents import longest_idle_since
from wfm.simulation.booking import book_abandoned
from wfm.simulation.keys import ROUTE, uniform
from wfm.simulation.ledger import INDEX, NOBODY
from wfm.simulation.lowering import LEAST_OCCUPIED, RANDOM_TIE, WEIGHTED_WAIT
from wfm.simulation.waiting import GONE, NONE, drop_oldest

ONE = np.uint64(1)
lowest_bit = lowest_bit_finder()


@woven_kernel
def group_for(routes, agents, k, key, arrival, now):  # type: ignore[no-untyped-def]
    """The group that takes a contact of type k now, or NOBODY."""
    if not routes.is_plain[k]:
        return _group_at_large(routes, agents, k, key, arrival, now)
    for level in range(routes.sets.shape[1]):
        able = agents.with_free[0] & routes.sets[k, level]
        if able:
            best = np.int64(lowest_bit(able)) & INDEX
            able &= able - ONE
            if able:
                since = longest_idle_since(agents, best)
                while able:
                    g = np.int64(lowest_bit(able)) & INDEX
                    able &= able - ONE
                    idle_since = longest_idle_since(agents, g)
                    if idle_since < since:
                        best, since = g, idle_since
            return best
    return NOBODY


@woven_kernel
def contact_for(routes, agents, waiting, lines, page, is_held, g, now):  # type: ignore[no-untyped-def]
    """The type whose oldest contact a free agent of group g takes now, or NONE; he is then the first in its list."""
    if not waiting.some[0] & routes.wanted[g]:
        return NONE
    weighted = routes.contact_selection == WEIGHTED_WAIT
    best, number, score, weight = NONE, np.int64(0), np.int64(0), 0.0
    for j in range(routes.skills.shape[1]):
        k = routes.skills[g, j]
        if k == NONE or (best != NONE and not weighted and routes.score[k, g] != score):
            break
        k &= INDEX
        if waiting.oldest[k] == NONE or is_held[k] or not oldest_is_alive(waiting, lines, page, k, now):
            continue
        place = waiting.oldest[k] & INDEX
        if not _may_take(routes, k, g, agents.free[g], waiting.arrival[place], now):
            continue
        its_weight = routes.weight[k] * (now - waiting.arrival[place]) if weighted else 0.0
        if (
            best == NONE
            or (weighted and its_weight > weight)
            or (its_weight == weight and waiting.number[place] < number)
        ):
            best, number, score, weight = k, waiting.number[place], routes.score[k, g], its_weight
    return best


@woven_kernel
def oldest_is_alive(waiting, lines, page, k, now):  # type: ignore[no-untyped-def]
    """Whether anyone of type k still waits; those before him who have gone or given up are taken out on the way."""
    while waiting.oldest[k] != NONE:
        place = waiting.oldest[k] & INDEX
        if waiting.number[place] != GONE:
            if waiting.deadline[place] >= now:
                return True
            book_abandoned(
                page, k, waiting.interval[place], waiting.number[place], waiting.arrival[place],
                waiting.deadline[place],
            )  # fmt: skip
            lines.free[0] += 1
        drop_oldest(waiting, k)
    return False


@woven_kernel
def _may_take(routes, k, g, free, arrival, now):  # type: ignore[no-untyped-def]
    """Whether the delay is over and agents are free beyond the reserve."""
    return free > routes.reserve[k, g] and arrival + routes.after[k, g] <= now


@bare_kernel
def _group_at_large(routes, agents, k, key, arrival, now):  # type: ignore[no-untyped-def]
    """The same for any selection and tie: first the best, then among its equals."""
    best = NOBODY
    for j in range(routes.choices.shape[1]):
        g = routes.choices[k, j]
        if g == NOBODY:
            break
        if _may_take(routes, k, g, agents.free[g], arrival, now) and (
            best == NOBODY or _is_better(routes, agents, k, g, best)
        ):
            best = g
    if best == NOBODY:
        return NOBODY
    longest, since, free = NOBODY, np.inf, np.int64(0)
    for j in range(routes.choices.shape[1]):
        g = routes.choices[k, j]
        if g == NOBODY:
            break
        if _may_take(routes, k, g, agents.free[g], arrival, now) and not _is_better(routes, agents, k, best, g):
            free += agents.free[g]
            if longest == NOBODY or longest_idle_since(agents, g) < since:
                longest, since = g, longest_idle_since(agents, g)
    if routes.agent_tie != RANDOM_TIE:
        return longest
    drawn = np.int64(uniform(key, ROUTE) * free)
    for j in range(routes.choices.shape[1]):
        g = routes.choices[k, j]
        if _may_take(routes, k, g, agents.free[g], arrival, now) and not _is_better(routes, agents, k, best, g):
            if drawn < agents.free[g]:
                return g
            drawn -= agents.free[g]
    return longest


@bare_kernel
def _is_better(routes, agents, k, g, other):  # type: ignore[no-untyped-def]
    """Whether group g is chosen before another, whatever their agents' idle times."""
    if routes.agent_selection == LEAST_OCCUPIED:
        return agents.busy[g] * agents.on_duty[other] < agents.busy[other] * agents.on_duty[g]
    return routes.level[k, g] < routes.level[k, other]
