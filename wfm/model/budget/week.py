"""The typical week of a contact type: when it is open, what each weekday weighs, how a day spreads over intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import TypeVar

import numpy as np

from wfm.errors import Fault, fault
from wfm.model.budget.demand import Demand
from wfm.model.budget.periods import DAY
from wfm.model.horizon import WEEKDAYS, Horizon, opening_faults, weekdays_in

A_MONDAY = datetime(2024, 1, 1)  # any: weeks of all budgets are alike, so that one that is known serves them all
DAYS = len(WEEKDAYS)

V = TypeVar("V")


@cache
def typical_week(interval: float) -> Horizon:
    """Monday to Sunday, in intervals of so many seconds."""
    return Horizon(start=A_MONDAY, interval=interval, intervals=DAYS * round(DAY / interval))


def open_intervals(demand: Demand, interval: float) -> np.ndarray:
    """bool[7, intervals of a day]: when a contact type is open, from Monday.

    >>> open_intervals(Demand(aht=60, volume=1, opening={"Mon-Fri": "08:00-20:00"}), 3600.0).sum(axis=1)
    array([12, 12, 12, 12, 12,  0,  0])
    """
    return np.asarray(typical_week(interval).open_intervals(demand.opening)).reshape(DAYS, -1)


def weekday_weights(demand: Demand, interval: float) -> np.ndarray:
    """float64[7]: what a day weighs among the open days of its period; 0 where its weekday has no opening hours."""
    is_open = open_intervals(demand, interval)
    if demand.weekdays:
        given = _by_weekday(demand.weekdays)
        weights = np.array([given.get(day, 0.0) for day in range(DAYS)])
    else:
        weights = np.where(is_open, _profile(demand, interval), 0.0).sum(axis=1) if demand.profile else np.ones(DAYS)
    return np.where(is_open.any(axis=1), weights, 0.0)


def spread_within_days(demand: Demand, interval: float) -> np.ndarray:
    """float64[7, intervals of a day]: shares of a day's contacts; each row adds up to 1, or to 0 where it is closed."""
    weights = np.where(open_intervals(demand, interval), _profile(demand, interval), 0.0)
    totals = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)


def _profile(demand: Demand, interval: float) -> np.ndarray:
    """float64[7, intervals of a day]: the weights as given; 1 each where none are."""
    shape = (DAYS, round(DAY / interval))
    if not demand.profile:
        return np.ones(shape)
    found = np.zeros(shape)
    for day, weights in _by_weekday(demand.profile).items():
        found[day] = weights
    return found


def _by_weekday(values: Mapping[str, V]) -> dict[int, V]:
    """What is given for 'Mon-Fri' and the like, by weekday, 0 for Monday."""
    return {day: value for days, value in values.items() for day in weekdays_in(days)}


def week_faults(demand: Demand, interval: float, where: str) -> Iterator[Fault]:
    """Opening hours, weekdays and profiles of a contact type that do not fit one another or the intervals."""
    if demand.opening is not None:
        faults = list(opening_faults(demand.opening, typical_week(interval), f"{where}.opening"))
        yield from faults
        if faults:
            return
    is_open = open_intervals(demand, interval)
    open_days = [day for day in range(DAYS) if is_open[day].any()]
    for name, values in (("weekdays", demand.weekdays), ("profile", demand.profile)):
        faults = list(_weekday_faults(values, open_days, f"{where}.{name}"))
        yield from faults
        if faults or not values:
            continue
        if name == "profile":
            yield from _profile_faults(demand, interval, is_open, f"{where}.profile")
        elif not weekday_weights(demand, interval).any():
            yield fault(f"{where}.weekdays", "must have a weight above 0 on an open weekday", dict(demand.weekdays))


def _weekday_faults(values: Mapping[str, object], open_days: list[int], where: str) -> Iterator[Fault]:
    """Names that are no weekdays, weekdays that are named twice, and open ones that are not named."""
    if not values:
        return
    named: list[int] = []
    for days in values:
        try:
            named.extend(weekdays_in(days))
        except ValueError as error:
            yield fault(f"{where}.{days}", str(error), days)
            return
    twice = [WEEKDAYS[day] for day in sorted(set(named)) if named.count(day) > 1]
    if twice:
        yield fault(where, "must name a weekday once", ", ".join(twice))
    missing = [WEEKDAYS[day] for day in open_days if day not in named]
    if missing:
        yield fault(where, f"says nothing of {', '.join(missing)}, which is open; 0 is a weight too")


def _profile_faults(demand: Demand, interval: float, is_open: np.ndarray, where: str) -> Iterator[Fault]:
    """Profiles that do not hold one weight per interval of a day, or none above 0 while it is open."""
    intervals = is_open.shape[1]
    for days, weights in demand.profile.items():
        if len(weights) != intervals:
            rule = f"must hold {intervals} weights, one per interval of a day; it holds {len(weights)}"
            yield fault(f"{where}.{days}", rule)
            continue
        for day in weekdays_in(days):
            if is_open[day].any() and not np.any(np.array(weights)[is_open[day]]):
                yield fault(f"{where}.{days}", f"has no weight above 0 while it is open on {WEEKDAYS[day]}")
                break
