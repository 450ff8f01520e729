"""The horizon: which intervals there are, which calendar day each belongs to, and when a centre is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

import numpy as np

from wfm.errors import Fault, fault, nearest
from wfm.model.declared import Declared, PositiveCount, PositiveSeconds
from wfm.model.laws import Law

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS = {"Mon-Sun": "00:00-24:00"}
AfterClose = Literal["serve", "drop", "carry"]
Opening = Mapping[str, str]
MOST_INTERVALS = 366 * 24 * 60
SHORTEST_INTERVAL = 1.0  # seconds
LONGEST_INTERVAL = 31 * 86400.0  # seconds
YEAR = 365 * 86400.0  # seconds
LAST_YEAR = 9999


@dataclass(frozen=True)
class Horizon(Declared):
    """The intervals that are planned and simulated.

    Args:
        start: local date and time of the first interval.
        interval: length of an interval, seconds.
        intervals: how many, at least 1; they may span days.
        opening: hours by weekday, such as {"Mon-Fri": "07:00-21:00"}; absent: always open.
        after_close: what happens to contacts that wait at closing: serve (default), drop or carry.
        day_factor: random busyness of each day, a law of mean 1 shared by all contact types.
    """

    start: datetime
    interval: PositiveSeconds
    intervals: PositiveCount
    opening: dict[str, str] | None = None
    after_close: AfterClose = "serve"
    day_factor: Law | None = None

    def rules(self) -> Iterator[Fault]:
        if self.intervals > MOST_INTERVALS:
            yield fault("intervals", f"must be at most {MOST_INTERVALS:,}, which is a year of minutes", self.intervals)
        elif not SHORTEST_INTERVAL <= self.interval <= LONGEST_INTERVAL:
            yield fault("interval", "must be at least 1 second and at most 31 days", self.interval)
        elif self.start.year + self.interval * self.intervals / YEAR >= LAST_YEAR:
            yield fault("start", f"must lead to an end before the year {LAST_YEAR}", self.start.isoformat())
        elif self.start.tzinfo is not None:
            yield fault("start", "must be a local time without a zone", self.start.isoformat())
        elif self.opening is not None:
            yield from opening_faults(self.opening, self, "opening")

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """Local date and time at which each interval starts."""
        return tuple(self.start + timedelta(seconds=i * self.interval) for i in range(self.intervals))

    @cached_property
    def edges(self) -> np.ndarray:
        """float64[intervals + 1]: seconds from the start at which intervals begin and the last one ends."""
        return np.arange(self.intervals + 1) * np.float64(self.interval)

    @cached_property
    def days(self) -> np.ndarray:
        """int64[intervals]: index of the calendar day of each interval, 0 for the first."""
        first = self.start.date()
        return np.array([(moment.date() - first).days for moment in self.starts], dtype=np.int64)

    @property
    def number_of_days(self) -> int:
        return int(self.days[-1]) + 1

    @cached_property
    def dates(self) -> tuple[datetime, ...]:
        """Midnight of each calendar day of the horizon."""
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        return tuple(midnight + timedelta(days=day) for day in range(self.number_of_days))

    def open_intervals(self, opening: Opening | None = None) -> np.ndarray:
        """bool[intervals], read-only: open or closed, by the given hours or else by the horizon's own."""
        hours = opening if opening is not None else self.opening
        hours = ALWAYS if hours is None else hours
        key = str(hours)
        if key not in self._known_hours:
            windows = parse_opening(hours)
            found = [any(low <= _minutes(at) < high for low, high in windows[at.weekday()]) for at in self.starts]
            is_open = np.array(found, dtype=np.bool_)
            is_open.setflags(write=False)
            self._known_hours[key] = is_open
        return self._known_hours[key]

    @cached_property
    def _known_hours(self) -> dict[str, np.ndarray]:
        """Hours that were asked for; working them out takes longer than all else in a small change of a centre."""
        return {}


def parse_opening(opening: Opening) -> list[list[tuple[float, float]]]:
    """Opening windows in minutes after midnight, for each weekday from Monday.

    >>> parse_opening({"Mon-Tue": "08:00-12:00, 13:00-17:00"})[1]
    [(480.0, 720.0), (780.0, 1020.0)]
    """
    windows: list[list[tuple[float, float]]] = [[] for _ in WEEKDAYS]
    for days, hours in opening.items():
        for day in weekdays_in(days):
            windows[day].extend(_windows(hours))
    return windows


def opening_faults(opening: Opening, horizon: Horizon, where: str) -> Iterator[Fault]:
    """What is wrong with opening hours: unknown days, unreadable hours, edges inside an interval, never open."""
    unreadable = list(unreadable_opening(opening, where))
    if unreadable:
        yield from unreadable
        return
    length = horizon.interval / 60
    offset = _minutes(horizon.start) % length
    for days, hours in opening.items():
        for edge in (edge for window in _windows(hours) for edge in window):
            if abs((edge - offset + length / 2) % length - length / 2) > 1e-9:
                rule = (
                    f"must open and close on an interval's edge (every {length:g} minutes from {horizon.start:%H:%M})"
                )
                yield fault(f"{where}.{days}", rule, hours)
                break
    if not horizon.open_intervals(opening).any():
        yield fault(where, "leaves no interval of the horizon open", dict(opening))


def unreadable_opening(opening: Opening, where: str) -> Iterator[Fault]:
    """Days and hours that cannot be read, whatever the horizon is."""
    for days, hours in opening.items():
        for read, text in ((weekdays_in, days), (_windows, hours)):
            try:
                read(text)
            except ValueError as error:
                yield fault(f"{where}.{days}", str(error), text)


def weekdays_in(text: str) -> list[int]:
    """The weekdays that a text names, 0 for Monday.

    Raises:
        ValueError: it names something else, in the words of a rule.

    >>> weekdays_in("Mon-Wed, Sat")
    [0, 1, 2, 5]
    """
    days: list[int] = []
    for part in str(text).split(","):
        ends = [_weekday(name) for name in part.strip().split("-")]
        if len(ends) > 2:
            raise ValueError("must be a weekday or a range of weekdays, such as 'Mon-Fri'")
        first, last = ends[0], ends[-1]
        days.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
    return days


def _weekday(name: str) -> int:
    short = name.strip()[:3].title()
    if short not in WEEKDAYS:
        raise ValueError(f"is not a weekday; {nearest(name.strip(), WEEKDAYS)}")
    return WEEKDAYS.index(short)


def _windows(text: str) -> list[tuple[float, float]]:
    windows = []
    for part in str(text).split(","):
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", part)
        if not found:
            raise ValueError("must be hours such as '07:00-21:00'")
        h1, m1, h2, m2 = map(int, found.groups())
        low, high = h1 * 60 + m1, h2 * 60 + m2
        if not low < high <= 24 * 60 or m1 > 59 or m2 > 59:
            raise ValueError(
                "must open before it closes, at 24:00 at the latest (a night is two windows, such as "
                "'00:00-07:00, 21:00-24:00')"
            )
        windows.append((float(low), float(high)))
    return windows


def _minutes(moment: datetime) -> float:
    return moment.hour * 60 + moment.minute + moment.second / 60 + moment.microsecond / 6e7
