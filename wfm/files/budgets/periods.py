"""Columns of a table joined to the periods of a budget by their names, and profiles joined by weekday and time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from wfm.errors import Fault, nearest
from wfm.files.clock import AmbiguousError, UnreadableError, clock_name, read_moments, read_time
from wfm.files.grid import EMPTY_CELLS
from wfm.files.tables import Report, TableReference, cell_number, timed_rows
from wfm.model.budget.periods import DAY, Calendar
from wfm.model.declared import NonNegative, changed
from wfm.model.horizon import WEEKDAYS, weekdays_in

MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %y", "%B %y")
A_YEAR_OF_WEEKS = timedelta(weeks=52)
LAST_YEAR = ("last_year", "last_year_open_days")  # keys whose numbers are of the year before
EVERY_DAY = f"{WEEKDAYS[0]}-{WEEKDAYS[-1]}"  # the key of a profile that is for all weekdays


def read_period_column(
    reference: TableReference, calendar: Calendar, number: object, faults: list[Fault]
) -> tuple[float, ...] | None:
    """One number per period, joined by the periods' names; None where the table is at fault.

    Last year's numbers may stand beside the months of last year.

    Args:
        reference: the table, its column, and `time`, the column with the periods.
        calendar: the periods.
        number: the annotation of one number, with its unit and bounds.
        faults: is added to.
    """
    before = len(faults)
    found = timed_rows(reference, f"a table is joined by its {calendar.period}s, never by row", faults)
    if found is None:
        return None
    table, columns, rows, cells = found
    places = [f"{reference.key}: {table.row_name(index)}" for index, _ in rows]
    is_of_last_year = reference.key.rpartition(".")[2] in LAST_YEAR
    of = calendar_of_cells(cells, calendar, reference.date_format) if is_of_last_year else calendar
    joined = join_periods(cells, places, of, faults, f"{reference.key}: {table.name}", reference.date_format)
    report = Report(faults)
    values = {
        period: cell_number(rows[at][1][columns[reference.column]], number, reference, table, rows[at][0], report)
        for period, at in joined.items()
    }
    report.finish()
    return None if len(faults) > before else tuple(float(values[period] or 0) for period in range(calendar.periods))


def calendar_of_cells(cells: Sequence[str], calendar: Calendar, date_format: str | None = None) -> Calendar:
    """The budget's own calendar, or that of the year before where the first cell is of a day before the budget."""
    days = [day for day in days_of(cells, calendar, date_format) if day is not None]
    if not days or days[0] >= calendar.start:
        return calendar
    first = calendar.start - A_YEAR_OF_WEEKS if calendar.period == "week" else _a_year_before(calendar.start)
    return changed(calendar, start=first)


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1)


def join_periods(
    cells: Sequence[str],
    places: Sequence[str],
    calendar: Calendar,
    faults: list[Fault],
    table: str,
    date_format: str | None = None,
) -> dict[int, int]:
    """The row of each period; periods that are missing, there twice, out of order or outside are faults.

    Args:
        cells: what names the period in each row: 2027-03, Mar 2027, 03/2027, or a date in it.
        places: where each row stands, in the words of a fault.
        calendar: the periods.
        faults: is added to.
        table: where the table stands, in the words of a fault.
        date_format: of dates that can be read in two ways.

    >>> told = []
    >>> join_periods(["Jan 2027", "2027-03"], ["row 2", "row 3"], Calendar(date(2027, 1, 1), 3), told, "year.csv")
    {0: 0, 2: 1}
    >>> print(told[0])
    year.csv: has no row for 2027-02
    """
    report, joined, last = Report(faults), dict[int, int](), -1
    such_as = f"must be a {calendar.period}, such as {calendar.names[0]}"
    for at, (cell, place, day) in enumerate(zip(cells, places, days_of(cells, calendar, date_format), strict=True)):
        period = None if day is None else calendar.of(day)
        if day is None:
            report.add("unreadable", place, such_as, cell)
        elif period is None:
            rule = f"lies outside the budget, {calendar.names[0]} to {calendar.names[-1]}"
            report.add("outside", place, rule, cell)
        elif period in joined:
            rule = f"is the same {calendar.period} as in {places[joined[period]].rpartition(', ')[2]}"
            report.add("twice", place, rule, cell)
        else:
            if period < last:
                rule = f"comes after {calendar.names[last]}; the {calendar.period}s must follow one another"
                report.add("order", place, rule, cell)
            joined[period], last = at, max(period, last)
    if not joined:
        report.explain("outside", f"none of its {calendar.period}s is one of the budget")
    for period, name in enumerate(calendar.names if joined else ()):
        if period not in joined:
            report.add("missing", table, f"has no row for {name}")
    report.finish()
    return joined


def days_of(cells: Sequence[str], calendar: Calendar, date_format: str | None = None) -> list[date | None]:
    """A day in the period that each cell names; None where it names none.

    >>> days_of(["Mar 2027", "2027-04-30", "May"], Calendar(date(2027, 1, 1)))
    [datetime.date(2027, 3, 1), datetime.date(2027, 4, 30), None]
    """
    found = [_day(cell, calendar) for cell in cells]
    others = [at for at, day in enumerate(found) if day is None]
    if others:
        edges = frozenset(calendar.edges[:-1])
        try:
            moments = read_moments([cells[at] for at in others], None, date_format, lambda one: one.date() in edges)
        except (AmbiguousError, UnreadableError):
            return found
        for at, moment in zip(others, moments, strict=True):
            found[at] = moment.date()
    return found


def _day(cell: str, calendar: Calendar) -> date | None:
    """The day of a cell that can be read in one way: a month with its year, or a date that begins with the year."""
    text = re.sub(r"[ T]0?0:00(:00(\.0+)?)?$", "", cell.strip())
    for form in ("%Y-%m-%d", *(MONTHS if calendar.period == "month" else ())):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            pass
    return None


def read_profile(
    reference: TableReference, calendar: Calendar, is_open: np.ndarray | None, faults: list[Fault]
) -> dict[str, tuple[float, ...]] | None:
    """Weights of the intervals of a day by weekday, joined by weekday and time; None where the table is at fault.

    Args:
        reference: the table; without `weekday` its times are for all of them.
        calendar: whose intervals they are.
        is_open: bool[7, intervals of a day]; an open interval that is missing is a fault, a closed one has weight 0.
        faults: is added to.
    """
    before = len(faults)
    opened = timed_rows(reference, "a profile is joined by weekday and time", faults)
    if opened is None:
        return None
    table, columns, rows, times = opened
    report, intervals = Report(faults), round(DAY / calendar.interval)
    found: dict[str, dict[int, float | None]] = {}
    for (index, cells), text in zip(rows, times, strict=True):
        days = EVERY_DAY if reference.weekday is None else cells[columns[reference.weekday]].strip()
        place = f"{reference.key}: {table.row_name(index)}"
        interval = _interval(text, calendar.interval)
        if _is_weekday(days, place, report) and _is_edge(interval, text, place, calendar, report):
            row = found.setdefault(days, {})
            if int(interval) in row:
                report.add("twice", place, f"is there twice, {days} {text.strip()}", text)
            cell = cells[columns[reference.column]]
            is_number = cell.strip() not in EMPTY_CELLS or _needed(is_open, days, int(interval))
            row[int(interval)] = cell_number(cell, NonNegative, reference, table, index, report) if is_number else 0.0
    for days, row in found.items():
        for interval in range(intervals):
            if interval not in row and _needed(is_open, days, interval):
                at = f"{days} {clock_name(interval * calendar.interval)}"
                report.add("missing", f"{reference.key}: {table.name}", "has no row for an open interval", at)
    report.finish()
    if len(faults) > before:
        return None
    return {days: tuple(float(row.get(at) or 0) for at in range(intervals)) for days, row in found.items()}


def _is_weekday(days: str, place: str, report: Report) -> bool:
    try:
        weekdays_in(days)
    except ValueError:
        report.add("weekday", place, f"is not a weekday; {nearest(days, WEEKDAYS)}", days)
        return False
    return True


def _interval(text: str, length: float) -> float:
    """Index of the interval of a day that starts then, with a fraction off its edges; NaN where it is no time."""
    clock = read_time(text)
    return np.nan if clock is None else (clock.hour * 3600 + clock.minute * 60 + clock.second) / length


def _is_edge(interval: float, text: str, place: str, calendar: Calendar, report: Report) -> bool:
    if np.isnan(interval):
        report.add("time", place, "must be a time of day, such as 08:00", text)
    elif interval % 1:
        rule = f"must start on an interval's edge, every {calendar.interval / 60:g} minutes from 00:00"
        report.add("grid", place, rule, text)
    return not (np.isnan(interval) or interval % 1)


def _needed(is_open: np.ndarray | None, days: str, interval: int) -> bool:
    return is_open is not None and bool(is_open[weekdays_in(days), interval].any())
