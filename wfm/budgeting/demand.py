"""From what is budgeted of a contact type to what reaches agents: deflection, repeats, open days."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wfm.budgeting.calendar import open_weekdays
from wfm.budgeting.result import DemandFigures
from wfm.errors import Fault, InputError, fault
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.periods import Calendar
from wfm.model.budget.week import weekday_weights


def demand_of(budget: Budget) -> DemandFigures:
    """What reaches agents, by contact type and period.

    A contact that reaches an agent fails to settle its matter with 1 - f, f its first-contact resolution, and then
    comes again with r: in all, 1 / (1 - r(1 - f)) contacts for each. Where the volume was counted with repeats at a
    resolution c, those are taken out first.

    Raises:
        InputError: contacts in a period without an open day, this year or last; every such period is named.
    """
    calendar = budget.calendar
    rows = []
    for demand in budget.contact_types.values():
        open_days = open_weekdays(calendar, demand).sum(axis=1)
        volume = _volume(demand, calendar, open_days)
        deflected = volume * calendar.spread(demand.deflection)
        contained = deflected * calendar.spread(demand.containment)
        reaching = volume - contained
        offered = reaching * contacts_per_matter(demand, calendar)
        aht = calendar.spread(demand.aht)
        work = offered * aht / demand.pace / 3600
        rows.append((open_days, volume, deflected, contained, offered - reaching, offered, aht, work))
    found = DemandFigures(*(np.array(part) for part in zip(*rows, strict=True)))
    faults = list(_faults(budget, found))
    if faults:
        raise InputError(faults, budget.title)
    return found


def _volume(demand: Demand, calendar: Calendar, open_days: np.ndarray) -> np.ndarray:
    """float64[periods]: contacts as budgeted, given or grown from last year."""
    if demand.volume is not None:
        return calendar.spread(demand.volume)
    assert demand.last_year is not None
    volume = calendar.spread(demand.last_year) * (1 + calendar.spread(demand.growth))
    if demand.season is not None:
        weights = calendar.spread(demand.season)
        volume = volume * weights / weights.sum()
    if demand.last_year_open_days is not None:
        before = calendar.spread(demand.last_year_open_days)
        volume = volume * np.divide(open_days, before, out=np.zeros(calendar.periods), where=before > 0)
    return volume


def contacts_per_matter(demand: Demand, calendar: Calendar) -> np.ndarray:
    """float64[periods]: contacts that reach agents for each that is budgeted and not contained."""
    returning = demand.returning
    factor = 1 / (1 - returning * (1 - calendar.spread(demand.first_contact_resolution)))
    return factor if demand.counted_at is None else factor * (1 - returning * (1 - demand.counted_at))


def _faults(budget: Budget, found: DemandFigures) -> Iterator[Fault]:
    """Contacts in periods in which they have no day to come on, this year or last."""
    calendar = budget.calendar
    for k, (name, demand) in enumerate(budget.contact_types.items()):
        if demand.last_year is not None and demand.last_year_open_days is not None:
            came = calendar.spread(demand.last_year) * calendar.spread(1.0 if demand.season is None else demand.season)
            for period in np.flatnonzero((came > 0) & (calendar.spread(demand.last_year_open_days) == 0)):
                rule = f"must be above 0 in {calendar.names[period]}, as last_year has contacts"
                yield fault(f"contact_types.{name}.last_year_open_days", rule, 0)
        weights = open_weekdays(calendar, demand) @ weekday_weights(demand, calendar.interval)
        for period in np.flatnonzero((found.offered[k] > 0) & (weights <= 0)):
            why = "no open day" if found.open_days[k, period] == 0 else "no open day with a weight above 0"
            rule = f"has contacts but {why} in {calendar.names[period]}"
            yield fault(f"contact_types.{name}", rule, round(float(found.volume[k, period]), 2))


def contacts_of_a_day(budget: Budget, demand: DemandFigures, name: str) -> np.ndarray:
    """float64[periods, 7]: contacts of a type that reach agents on one open Monday to Sunday of each period.

    Those of all open days of a period add up to `demand.offered`.
    """
    declared, calendar = budget.contact_types[name], budget.calendar
    weights = weekday_weights(declared, calendar.interval)
    totals = open_weekdays(calendar, declared) @ weights
    per_weight = np.divide(
        demand.offered[list(budget.contact_types).index(name)], totals, out=np.zeros(len(totals)), where=totals > 0
    )
    return np.asarray(np.outer(per_weight, weights))
