"""The exact time-varying queue applied to a centre: what is left of one interval is where the next one starts.

Exact where handling times and patience are exponential. What it leaves out: other laws (their means are taken, those of
the interval that passes), random absence (its mean is taken). Day factors are integrated by quadrature, and so is the
one draw that rounds a fractional plan for a day.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from time import perf_counter
from typing import get_args

import numpy as np

from wfm.errors import InputError, NotModelled, fault, nearest
from wfm.formulas.day_factors import quadrature
from wfm.formulas.expected import columns, expected_prediction
from wfm.formulas.stationary import check_modelled, queue_of
from wfm.measures.counts import COUNTS, TIMES
from wfm.measures.definitions import COLUMNS
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter
from wfm.model.laws import Law
from wfm.model.plan import StaffingPlan
from wfm.queueing.over_time.transient import Discipline, IntervalFigures, MtMstM

MOST_ROUNDINGS = 8  # of a fractional plan; more of them are told apart no further
MOST_FACTORS = 64
NOBODY = 1e-9  # agents; the last contact of an evening is never quite sure to have ended
MOST_WORK = 3e11  # steps of one state each, about a nanosecond long
LARGEST_FALL = 400_000  # agents who leave x agents there were: beyond it an interval takes minutes


@dataclass(frozen=True)
class Transient:
    """Prediction by the exact Mt/M/st+M queue.

    Args:
        discipline: exhaustive (default): where staffing falls, agents finish the contact in hand, as the simulation
            has it; preemptive: contacts in hand of agents who leave return to the head of the queue.

    >>> Transient().discipline
    'exhaustive'
    """

    discipline: Discipline = "exhaustive"

    def __post_init__(self) -> None:
        if self.discipline not in get_args(Discipline):
            rule = f"is not known; {nearest(str(self.discipline), get_args(Discipline))}"
            raise InputError([fault("discipline", rule, self.discipline)])


@dataclass(frozen=True, eq=False)
class Days:
    """When days begin, and how busy they may be.

    day_starts: int64[days], first interval of each; factors, weights: float64[m], a quadrature of the day factor.
    """

    day_starts: np.ndarray
    factors: np.ndarray
    weights: np.ndarray


def predict_by_transient(center: ContactCenter, plan: StaffingPlan, method: Transient) -> Prediction:
    """Expected counts of each interval, the queue carried over, and the measures that follow from them."""
    check_modelled(center, "transient")
    began = perf_counter()
    intervals = center.horizon.intervals
    contacts = np.zeros((len(center.contact_types), intervals, len(COLUMNS)))
    times = np.zeros((len(center.agent_groups), intervals + 1, len(TIMES)))
    for name in center.contact_types:
        net = plan.net[plan.groups.index(center.group_of(name))]
        _check_falls(center, name, net)
        _check_midnights(center, name, net)
        check_work(center, name, net)
    parts = [
        (k, plan.groups.index(center.group_of(name)), name, agents, weight)
        for k, name in enumerate(center.contact_types)
        for agents, weight in roundings(plan.net[plan.groups.index(center.group_of(name))], center.experiment.rounding)
    ]

    def figures_of(part: tuple[int, int, str, np.ndarray, float]) -> IntervalFigures:
        *_, name, agents, _ = part
        target, days = center.contact_types[name].target, days_of(center, name)
        return queue_over_time(center, name, method).figures(
            agents, target.answer_within, target.short_abandon,
            day_starts=days.day_starts, factors=days.factors, weights=days.weights,
        )  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (k, group, name, agents, weight), figures in zip(parts, pool.map(figures_of, parts), strict=True):
            contacts[k] += weight * counts_of(figures, center.contact_types[name].target.definition)
            times[group] += weight * times_of(figures, agents)
    run = {
        "discipline": method.discipline,
        "seconds": perf_counter() - began,
        "versions": {package: version(package) for package in ("wfm-engine", "numpy", "numba", "scipy")},
    }
    return expected_prediction(center, plan, "transient", contacts, times, run=run)


def queue_over_time(center: ContactCenter, contact_type: str, method: Transient) -> MtMstM:
    """A contact type's queue over the whole horizon, by its means."""
    queue = queue_of(center, contact_type)
    return MtMstM(
        volume=queue.volume,
        handling_time=queue.handling_time,
        patience=queue.patience,
        interval=queue.interval,
        balking=queue.balking,
        lines=queue.lines,
        discipline=method.discipline,
        after_close=center.after_close(contact_type),
        is_open=center.is_open(contact_type),
    )


def days_of(center: ContactCenter, contact_type: str) -> Days:
    """The days of the horizon as a contact type meets them."""
    laws = [
        law for law in (center.horizon.day_factor, center.contact_types[contact_type].day_factor) if law is not None
    ]
    starts = np.flatnonzero(np.diff(center.horizon.days, prepend=-1))
    queue = queue_of(center, contact_type)
    load = float(np.max(queue.volume * queue.handling_time / queue.interval))
    return Days(starts, *quadrature(laws, _enough_factors(laws, load)))


def _enough_factors(laws: list[Law], load: float) -> int:
    """How many factors to tell apart: service turns from good to bad within about 1 / sqrt(load) of a day's volume."""
    spread = math.sqrt(sum(float(law.scv_by_interval(1)[0]) for law in laws))
    return min(MOST_FACTORS, 6 + math.ceil(6 * spread * math.sqrt(load)))


def _check_falls(center: ContactCenter, contact_type: str, net: np.ndarray) -> None:
    """Refuse a fall in staffing so large that following every agent who still finishes a contact would take minutes."""
    work = (net[:-1] - net[1:]) * net[:-1]
    i = int(np.argmax(np.where(center.volume(contact_type)[1:] > 0, work, 0.0))) if len(net) > 1 else 0
    if len(net) > 1 and work[i] > LARGEST_FALL and center.volume(contact_type)[i + 1] > 0:
        when = f"{center.horizon.starts[i + 1]:%Y-%m-%d %H:%M}"
        raise NotModelled(
            f"transient would take minutes where agents fall from {net[i]:g} to {net[i + 1]:g} at {when} with contacts "
            "still coming; use --method simulation"
        )


def _check_midnights(center: ContactCenter, contact_type: str, net: np.ndarray) -> None:
    """Refuse fractional plans where contacts may wait over midnight: each day draws its rounding anew."""
    fractional = center.experiment.rounding == "random" and (np.abs(net - np.round(net)) > 1e-9).any()
    midnight = np.flatnonzero(np.diff(center.horizon.days))
    is_open = center.is_open(contact_type)
    waits = (is_open[midnight] & is_open[midnight + 1]) | (center.after_close(contact_type) == "carry")
    if fractional and waits.any():
        raise NotModelled(
            f"transient has no words for fractions of agents where '{contact_type}' may wait over midnight: "
            'every day rounds anew; set [experiment] rounding = "up" or "nearest", or use --method simulation'
        )


def check_work(center: ContactCenter, contact_type: str, agents: np.ndarray) -> None:
    """Refuse a prediction that would take many minutes: events times states, over the intervals and the day factors."""
    queue, interval = queue_of(center, contact_type), center.horizon.interval
    finite = np.isfinite(queue.patience) & (queue.patience > 0)
    leaving = np.where(finite, 40 / np.where(finite, queue.patience, 1.0), 0.0)
    rate = queue.volume / interval + np.asarray(agents) / queue.handling_time + leaving
    work = float(np.sum(rate * interval * (np.asarray(agents) + 60))) * len(days_of(center, contact_type).factors)
    if work > MOST_WORK:
        raise NotModelled(
            f"transient would take very long for '{contact_type}' ({float(np.max(agents)):,.0f} agents at most, "
            f"{float(queue.volume.sum()):,.0f} contacts); use --method simulation"
        )


def roundings(net: np.ndarray, rule: str) -> Iterator[tuple[np.ndarray, float]]:
    """Whole agents and their weight, as the simulation rounds a fractional plan: one draw for a whole day."""
    whole = np.round(net)
    net = np.where(np.abs(net - whole) <= 1e-9, whole, net)
    below, part = np.floor(net), net - np.floor(net)
    if rule == "up":
        yield np.ceil(net), 1.0
    elif rule == "nearest":
        yield np.floor(net + 0.5), 1.0
    else:
        part = _alike(part)
        for low, high in pairwise(np.unique(np.concatenate([[0.0, 1.0], part]))):
            yield below + (part > (low + high) / 2), float(high - low)


def _alike(parts: np.ndarray) -> np.ndarray:
    """Fractions of agents told apart no further than MOST_ROUNDINGS allows: those near one another take their mean."""
    fractions = np.sort(parts[parts > 0])
    if len(np.unique(fractions)) < MOST_ROUNDINGS:
        return parts
    alike = np.zeros_like(parts)
    edges = [0.0, *(group[-1] for group in np.array_split(fractions, MOST_ROUNDINGS - 1))]
    for low, high in pairwise(edges):
        chosen = (parts > low) & (parts <= high)
        if chosen.any():
            alike[chosen] = parts[chosen].mean()
    return alike


def counts_of(figures: IntervalFigures, definition: str) -> np.ndarray:
    """float64[intervals, COLUMNS]: what is expected of each interval, by a type with one group, the best there is."""
    others = {"answered_by_best": "answered", "queue_time": "queued"}
    return columns({name: getattr(figures, others.get(name, name)) for name in COUNTS}, definition)


def times_of(figures: IntervalFigures, agents: np.ndarray) -> np.ndarray:
    """float64[intervals + 1, TIMES]: busy, staffed and overtime seconds, the last after the horizon's end.

    agents: float64[intervals], on duty, 0 where closed.
    """
    overtime = figures.staffed - agents * figures.interval
    inside = np.column_stack([figures.busy, figures.staffed, overtime])
    inside[inside < NOBODY * figures.interval] = 0.0
    return np.vstack([inside, [figures.busy_after] * len(TIMES)])
