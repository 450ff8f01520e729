"""The months or weeks of a budget, and numbers that change from one to the next."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from wfm.errors import Fault, InputError, fault
from wfm.model.declared import (
    Declared,
    NonNegative,
    PositiveCount,
    PositiveSeconds,
    PositiveShare,
    Share,
    ShareBelowOne,
    Unit,
    declared_hints,
    per_interval_number,
)
from wfm.model.shrinkage import Shrinkage

# A change of a year or a period, such as growth: -5 % is -0.05. At most double, so that 4 for 4 % is seen.
Rise = Annotated[float, Unit("share"), Gt(-1), Le(1)]
Markup = Annotated[float, Unit("share"), Ge(0), Le(1)]

# One number for all periods, or one per period.
NumberPerPeriod = NonNegative | tuple[NonNegative, ...]
SecondsPerPeriod = PositiveSeconds | tuple[PositiveSeconds, ...]
SharePerPeriod = Share | tuple[Share, ...]
ShareBelowOnePerPeriod = ShareBelowOne | tuple[ShareBelowOne, ...]
PositiveSharePerPeriod = PositiveShare | tuple[PositiveShare, ...]
RisePerPeriod = Rise | tuple[Rise, ...]

DAY = 86400.0  # seconds
DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365.25
MOST_PERIODS = 520
FIRST_YEAR, LAST_YEAR = 1990, 2100
HOLIDAYS = re.compile(r"[A-Z]{2}(-[A-Za-z0-9]{1,3})?")


@dataclass(frozen=True)
class Calendar(Declared):
    """The periods that are budgeted, and the days on which nobody works.

    Args:
        start: first day of the first period; the first of a month where periods are months.
        periods: how many, at least 1.
        period: month (default) or week.
        interval: length of the intervals that requirements are worked out for, seconds; must divide a day.
        holidays: whose public holidays are closed days, a country such as "GB", or with its subdivision "GB-ENG";
            absent: none.
        closed: further closed days.
        opened: public holidays that are open days all the same.
    """

    start: date
    periods: PositiveCount = 12
    period: Literal["month", "week"] = "month"
    interval: PositiveSeconds = 1800.0
    holidays: str = ""
    closed: tuple[date, ...] = ()
    opened: tuple[date, ...] = ()

    def rules(self) -> Iterator[Fault]:
        if isinstance(self.start, datetime):
            yield fault("start", "must be a date without a time, such as 2027-01-01", self.start.isoformat())
            return
        if self.period == "month" and self.start.day != 1:
            yield fault("start", "must be the first of a month", self.start.isoformat())
        if not FIRST_YEAR <= self.start.year <= LAST_YEAR:
            yield fault("start", f"must be a year from {FIRST_YEAR} to {LAST_YEAR}", self.start.isoformat())
        if self.periods > MOST_PERIODS:
            yield fault("periods", f"must be at most {MOST_PERIODS}", self.periods)
        if DAY % self.interval or not 60 <= self.interval <= DAY:
            yield fault("interval", "must be a whole part of a day and at least a minute, such as 30min", self.interval)
        if self.holidays and not HOLIDAYS.fullmatch(self.holidays):
            yield fault("holidays", "must be a country such as 'GB', or with a subdivision 'GB-ENG'", self.holidays)

    @cached_property
    def edges(self) -> tuple[date, ...]:
        """First day of each period, and the day after the last one."""
        if self.period == "week":
            return tuple(self.start + timedelta(weeks=i) for i in range(self.periods + 1))
        months = [self.start.month - 1 + i for i in range(self.periods + 1)]
        return tuple(date(self.start.year + i // MONTHS_A_YEAR, i % MONTHS_A_YEAR + 1, 1) for i in months)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each period is called: "2027-03", or the first day of a week, "2027-03-01"."""
        return tuple(f"{day:%Y-%m}" if self.period == "month" else day.isoformat() for day in self.edges[:-1])

    @cached_property
    def days(self) -> np.ndarray:
        """int64[periods]: calendar days of each period."""
        return np.array([(b - a).days for a, b in zip(self.edges, self.edges[1:], strict=False)], dtype=np.int64)

    @property
    def weeks(self) -> np.ndarray:
        """float64[periods]: weeks of each period, days / 7; what contract hours are counted over."""
        return self.days / DAYS_A_WEEK

    @property
    def months(self) -> np.ndarray:
        """float64[periods]: months of each period: 1, or a week's part of a month."""
        if self.period == "month":
            return np.ones(self.periods)
        return self.days * (MONTHS_A_YEAR / DAYS_A_YEAR)

    def of(self, day: date) -> int | None:
        """Index of the period that a day is in; None outside."""
        if not self.edges[0] <= day < self.edges[-1]:
            return None
        return sum(edge <= day for edge in self.edges) - 1

    def spread(self, value: float | tuple[float, ...]) -> np.ndarray:
        """float64[periods] of one number for all periods, or of one per period."""
        return np.broadcast_to(np.asarray(value, np.float64), self.periods).copy()


@dataclass(frozen=True)
class PeriodShrinkage(Declared):
    """Why scheduled people are not all at work, by category and period.

    Args:
        base: what the shares are taken of, paid (default, as hours that are paid make FTE) or scheduled hours.
        combine: sum (default) adds the shares; compound multiplies what each leaves.
        planned: share by category, one or one per period, known when the budget is made, such as holiday or training.
        unplanned: share by category that is not, such as sickness.
    """

    base: Literal["paid", "scheduled"] = "paid"
    combine: Literal["sum", "compound"] = "sum"
    planned: dict[str, ShareBelowOnePerPeriod] = field(default_factory=dict)
    unplanned: dict[str, ShareBelowOnePerPeriod] = field(default_factory=dict)

    def rules(self) -> Iterator[Fault]:
        lengths = {len(one) for one in self._categories.values() if isinstance(one, tuple)}
        for period in range(max(lengths, default=1) if len(lengths) <= 1 else 0):
            try:
                self.at(period)
            except InputError as error:
                yield from error.faults
                return

    @property
    def _categories(self) -> dict[str, Any]:
        return {**self.planned, **self.unplanned}

    @property
    def is_any(self) -> bool:
        """Whether there is any in any period."""
        return any(np.any(one) for one in self._categories.values())

    def at(self, period: int) -> Shrinkage:
        """The shrinkage of one period."""
        if period not in self._by_period:
            shares = self._at(self.planned, period), self._at(self.unplanned, period)
            self._by_period[period] = Shrinkage(self.base, self.combine, *shares)
        return self._by_period[period]

    @cached_property
    def _by_period(self) -> dict[int, Shrinkage]:
        """Those that were asked for; each works out its total, exactly, once."""
        return {}

    def total(self, periods: int) -> np.ndarray:
        """float64[periods]: all of it, in [0, 1)."""
        return np.array([float(self.at(period).total) for period in range(periods)])

    @staticmethod
    def _at(shares: Mapping[str, Any], period: int) -> dict[str, float]:
        return {name: one[period] if isinstance(one, tuple) else one for name, one in shares.items()}


def length_faults(part: Any, periods: int, where: str) -> Iterator[Fault]:
    """Numbers of a declared value that are neither one for all periods nor one per period."""
    for name, hint in declared_hints(type(part)).items():
        yield from _length_faults(getattr(part, name), hint, periods, f"{where}.{name}")


def _length_faults(value: Any, hint: Any, periods: int, where: str) -> Iterator[Fault]:
    if isinstance(value, Declared):
        yield from length_faults(value, periods, where)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _length_faults(one, hint, periods, f"{where}.{name}")
    elif isinstance(value, tuple) and _is_per_period(hint) and len(value) != periods:
        yield fault(where, f"must hold {periods} values, one per period; it holds {len(value)}")


def _is_per_period(hint: Any) -> bool:
    """Whether a field, or what a table of it holds, is one number per period."""
    inner = typing.get_args(hint)[1] if typing.get_origin(hint) is dict else hint
    return per_interval_number(inner) is not None
