"""Which days of a budget a contact type is open: weekdays with hours, less public holidays and closed days."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.model.budget.demand import Demand
from wfm.model.budget.periods import Calendar
from wfm.model.budget.week import DAYS, open_intervals


class Days(NamedTuple):
    """The calendar days of a budget, one after the other.

    period: int64[days], index of the period. weekday: int64[days], 0 for Monday. holiday: bool[days], public holidays
    that are not opened. closed: bool[days], further closed days.
    """

    period: np.ndarray
    weekday: np.ndarray
    holiday: np.ndarray
    closed: np.ndarray


@lru_cache(maxsize=16)
def days_of(calendar: Calendar) -> Days:
    """The days of a calendar.

    Raises:
        InputError: its holidays are of a country or subdivision that is not known.

    >>> days_of(Calendar(start=date(2027, 1, 1), periods=12, holidays="GB-ENG")).holiday.sum()
    np.int64(10)
    """
    length = int(calendar.days.sum())
    dates = [calendar.start + timedelta(days=i) for i in range(length)]
    holidays, closed = public_holidays(calendar) - set(calendar.opened), set(calendar.closed)
    return Days(
        np.repeat(np.arange(calendar.periods), calendar.days),
        (calendar.start.weekday() + np.arange(length)) % DAYS,
        np.array([day in holidays for day in dates], np.bool_),
        np.array([day in closed for day in dates], np.bool_),
    )


def public_holidays(calendar: Calendar) -> set[date]:
    """Public holidays in the years of a calendar, days in lieu of those at weekends among them."""
    if not calendar.holidays:
        return set()
    import holidays

    country, _, subdivision = calendar.holidays.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        rule = "is not a country whose holidays are known; write its two letters, such as 'GB' or 'DE'"
        raise InputError([fault("calendar.holidays", rule, calendar.holidays)])
    if subdivision and subdivision not in known[country]:
        rule = f"is not a subdivision whose holidays are known; {nearest(subdivision, known[country])}"
        raise InputError([fault("calendar.holidays", rule, calendar.holidays)])
    years = range(calendar.edges[0].year, calendar.edges[-1].year + 1)
    return set(holidays.country_holidays(country, subdiv=subdivision or None, years=years))


def is_open_on(calendar: Calendar, demand: Demand) -> np.ndarray:
    """bool[days]: the days on which a contact type is open."""
    days = days_of(calendar)
    has_hours = np.asarray(open_intervals(demand, calendar.interval).any(axis=1))
    closed = days.closed | days.holiday if demand.holidays == "closed" else days.closed
    return np.asarray(has_hours[days.weekday] & ~closed)


def open_weekdays(calendar: Calendar, demand: Demand) -> np.ndarray:
    """int64[periods, 7]: how many Mondays to Sundays of each period a contact type is open.

    >>> january = Calendar(start=date(2027, 1, 1), periods=1, holidays="GB")
    >>> open_weekdays(january, Demand(aht=60, volume=1, opening={"Mon-Fri": "08:00-20:00"}))
    array([[4, 4, 4, 4, 4, 0, 0]])
    """
    days, found = days_of(calendar), np.zeros((calendar.periods, DAYS), np.int64)
    is_open = is_open_on(calendar, demand)
    np.add.at(found, (days.period[is_open], days.weekday[is_open]), 1)
    return found
