"""A column of a table joined to the horizon by date and time: never by row, and nothing is guessed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest, nearest_of_many
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments, read_time, zone_of
from wfm.files.grid import EMPTY_CELLS, Line, Table, parse_number, read_table
from wfm.model.declared import Seconds, faults_of, unit_of
from wfm.model.horizon import Horizon

MOST_FAULTS = 5  # of one kind in one table
SAMPLE = Seconds  # what a recorded sample holds
ANY = float  # what may stand in a closed interval


@dataclass(frozen=True)
class TableReference:
    """Where a vector stands: { file, column, time, date, where, sheet, date_format }, and `weekday` of a profile."""

    folder: Path
    key: str
    file: str
    column: str
    time: str | None = None
    date: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    date_format: str | None = None
    weekday: str | None = None

    def read(self, faults: list[Fault]) -> Table | None:
        """The table, or None with a fault."""
        try:
            path = (self.folder / self.file).resolve()
        except ValueError:  # a name that no file can have
            faults.append(fault(f"{self.key}.file", "is not a file name", self.file))
            return None
        if not path.is_relative_to(self.folder.resolve()):
            faults.append(fault(f"{self.key}.file", "must stand in the folder of the file that names it", self.file))
            return None
        wanted = [one for one in (self.column, self.time, self.date, self.weekday, *self.where) if one]
        try:
            return read_table(path, wanted, self.sheet)
        except InputError as error:
            faults.extend(Fault(f"{self.key}.{one.where}", one.rule, self.file) for one in error.faults)
            return None

    def sample(self, faults: list[Fault]) -> list[float] | None:
        """All numbers of the column, in the order of the rows: for a law that is a recorded sample."""
        table = self.read(faults)
        columns = None if table is None else find_columns(self, table, faults)
        if table is None or columns is None:
            return None
        report = Report(faults)
        values = [
            cell_number(cells[columns[self.column]], SAMPLE, self, table, index, report)
            for index, cells in chosen_rows(self, table)
            if cells[columns[self.column]].strip() not in EMPTY_CELLS
        ]
        report.finish()
        return [value for value in values if value is not None]


def read_column(
    reference: TableReference, horizon: Horizon, is_open: np.ndarray | None, number: Any, faults: list[Fault]
) -> list[float] | None:
    """One number per interval of the horizon, joined by date and time; None where the table is at fault.

    Args:
        reference: the table and its columns.
        horizon: the intervals.
        is_open: bool[intervals]; an open interval that is missing is a fault, a closed one may be missing or empty.
        number: the annotation of one number, with its unit and bounds.
        faults: is added to.
    """
    before = len(faults)
    found = timed_rows(reference, "a table is joined by date and time, never by row", faults)
    if found is None:
        return None
    table, columns, rows, _ = found
    moments = _moments(reference, table, columns, rows, horizon, faults)
    if moments is None or _another_length(moments, reference, table, horizon, faults):
        return None
    needed = np.ones(horizon.intervals, dtype=np.bool_) if is_open is None else is_open
    report = Report(faults)
    joined = _join(moments, rows, table, horizon, needed, report)
    values = np.full(horizon.intervals, np.nan)
    for interval, (index, cells) in joined.items():
        text = cells[columns[reference.column]]
        value = None
        if needed[interval] or text.strip() not in EMPTY_CELLS:
            value = cell_number(text, number if needed[interval] else ANY, reference, table, index, report)
        values[interval] = np.nan if value is None else value
    report.finish()
    if len(faults) > before:
        return None
    return _filled(values, number)


def _join(
    moments: Sequence[datetime],
    rows: Sequence[tuple[int, Line]],
    table: Table,
    horizon: Horizon,
    needed: np.ndarray,
    report: Report,
) -> dict[int, tuple[int, Line]]:
    """The row of each interval; rows that belong to none, or to one that has its row already, are faults."""
    joined: dict[int, tuple[int, Line]] = {}
    outside, doubled = [], []
    for (index, cells), moment in zip(rows, moments, strict=True):
        interval, where = _interval_of(moment, horizon), table.row_name(index)
        if interval is None:
            outside.append(index)
            report.add("outside", where, _outside_rule(horizon), _at(moment))
        elif interval % 1:
            every = f"every {horizon.interval / 60:g} minutes from {horizon.start:%H:%M}"
            report.add("grid", where, f"must start on an interval's edge, {every}", _at(moment))
        elif int(interval) in joined:
            doubled.append(moment)
            other = table.numbers[joined[int(interval)][0]]
            report.add("duplicate", where, f"is the same interval as row {other}", _at(moment))
        else:
            joined[int(interval)] = index, cells
    starts = [horizon.starts[one] for one in np.flatnonzero(needed)]
    missing = [horizon.starts[one] for one in np.flatnonzero(needed) if int(one) not in joined]
    for moment in missing:
        report.add("missing", table.name, "has no row for an open interval", _at(moment))
    report.explain("duplicate", _clock_change(doubled, horizon) or _several_kinds(len(doubled), len(joined), table))
    report.explain("missing", _clock_change(missing, horizon) or _moved(moments, missing, starts))
    return joined


def _clock_change(moments: Sequence[datetime], horizon: Horizon) -> str:
    """Words for an hour of one night that is there twice, or not at all."""
    hour = len(moments) * horizon.interval == 3600
    night = bool(moments) and min(moments).hour < 4 and max(moments) - min(moments) < timedelta(hours=1)
    return "it looks like a change of the clocks; a horizon has local times without one" if hour and night else ""


def _several_kinds(doubled: int, joined: int, table: Table) -> str:
    """Words for a table with a row per interval and something else, such as a queue."""
    if doubled < joined:
        return ""
    for index, name in enumerate(table.header):
        values = sorted({row[index].strip() for row in table.rows})
        if 1 < len(values) <= len(table.rows) / 2 and not any(map(_is_number_or_time, values)):
            return f"name the rows that are meant, such as where = {{ {name!r} = {values[0]!r} }}"
    return ""


def _moved(moments: Sequence[datetime], missing: Sequence[datetime], needed: Sequence[datetime]) -> str:
    """Words for a table that would fit if all its times were moved by an hour or two."""
    if not missing:
        return ""
    for hours in (1, -1, 2, -2):
        moved = {one - timedelta(hours=hours) for one in moments}
        if moved.issuperset(needed):
            return (
                f"its times look {abs(hours)} h too {'late' if hours > 0 else 'early'}: they begin {_at(min(moments))}"
            )
    return ""


def _another_length(
    moments: Sequence[datetime], reference: TableReference, table: Table, horizon: Horizon, faults: list[Fault]
) -> bool:
    """Whether the table's intervals have another length than the horizon's, which is told once."""
    steps = Counter((b - a).total_seconds() for a, b in pairwise(sorted(set(moments))))
    if not steps:
        return False
    usual = steps.most_common(1)[0][0]
    if usual == horizon.interval or (usual > horizon.interval and steps[horizon.interval]) or len(moments) < 3:
        return False
    rule = f"has a row every {usual / 60:g} minutes; the horizon's intervals have {horizon.interval / 60:g}"
    faults.append(fault(f"{reference.key}.file", f"{table.name} {rule}"))
    return True


def _filled(values: np.ndarray, number: Any) -> list[float]:
    """Closed intervals without a number get 0, or the largest one where 0 is none: what stands there is never used."""
    zero_is_one = not list(faults_of("", 0.0, number))
    known = {value for value in values.tolist() if not np.isnan(value)}
    fits = {value for value in known if not list(faults_of("", value, number))}
    filler = 0.0 if zero_is_one or not fits else max(fits)
    return [value if value in fits else filler for value in values.tolist()]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


# ---- columns and rows


class TimedRows(NamedTuple):
    """The rows of a table that are meant, to be joined by their times.

    table: that they stand in. columns: index of each named column. rows: each with its index. times: what stands in the
    column of times, of each row.
    """

    table: Table
    columns: dict[str, int]
    rows: list[tuple[int, Line]]
    times: list[str]


def timed_rows(reference: TableReference, joined_by: str, faults: list[Fault]) -> TimedRows | None:
    """The rows that are meant; None where a table, a column or any row of it is missing, which are faults.

    Args:
        joined_by: why a column of times is needed, for the fault that none is named.
    """
    table = reference.read(faults)
    if table is None:
        return None
    if reference.time is None:
        faults.append(fault(f"{reference.key}.time", f"is missing; {joined_by}"))
    columns = find_columns(reference, table, faults)
    rows = None if columns is None or reference.time is None else some_rows(reference, table, faults)
    if columns is None or reference.time is None or rows is None:
        return None
    return TimedRows(table, columns, rows, [cells[columns[reference.time]] for _, cells in rows])


def find_columns(reference: TableReference, table: Table, faults: list[Fault]) -> dict[str, int] | None:
    """Index of each column that is named, by its name; None where one is not there."""
    columns: dict[str, int] = {}
    keys = {key: getattr(reference, key) for key in ("column", "time", "date", "weekday")}
    wanted = [(f"{reference.key}.{key}", name) for key, name in keys.items() if name is not None]
    wanted += [(f"{reference.key}.where", name) for name in reference.where]
    for where, name in wanted:
        found = table.column(name)
        if found is None:
            faults.append(fault(where, f"{table.name} has no such column; {nearest(name, table.header)}", name))
        else:
            columns[name] = found
    return columns if len(columns) == len({name for _, name in wanted}) else None


def chosen_rows(reference: TableReference, table: Table) -> list[tuple[int, Line]]:
    """The rows that `where` chooses, each with its index."""
    tests = [(table.column(name), value.strip()) for name, value in reference.where.items()]
    return [
        (index, cells)
        for index, cells in enumerate(table.rows)
        if all(column is not None and cells[column].strip() == value for column, value in tests)
    ]


def some_rows(reference: TableReference, table: Table, faults: list[Fault]) -> list[tuple[int, Line]] | None:
    """The rows that are meant; that there are none is a fault."""
    rows = chosen_rows(reference, table)
    if rows:
        return rows
    wanted = ", ".join(f"{key} = {value}" for key, value in reference.where.items())
    if table.rows:
        rule = f"no row of {table.name} has {wanted}{_values_of(table, reference)}"
        faults.append(fault(f"{reference.key}.where", rule))
    else:
        faults.append(fault(f"{reference.key}.file", f"{table.name} has no rows under its header"))
    return None


def _values_of(table: Table, reference: TableReference) -> str:
    for name, value in reference.where.items():
        column = table.column(name)
        if column is not None:
            values = sorted({row[column].strip() for row in table.rows})
            if value not in values:
                return f"; {name}: {nearest_of_many(value, values)}"
    return ""


def _moments(
    reference: TableReference,
    table: Table,
    columns: Mapping[str, int],
    rows: Sequence[tuple[int, Line]],
    horizon: Horizon,
    faults: list[Fault],
) -> list[datetime] | None:
    assert reference.time is not None
    clock = [cells[columns[reference.time]] for _, cells in rows]
    days = clock if reference.date is None else [cells[columns[reference.date]] for _, cells in rows]
    zones = sorted({zone_of(text) for text in days} - {""})
    if zones:
        rule = f"{table.name} has times with a zone ({', '.join(zones)}); write local times, without a zone"
        faults.append(fault(f"{reference.key}.time", rule, next(text for text in days if zone_of(text))))
        return None
    times = None if reference.date is None else clock
    try:
        if reference.date is None and all(read_time(text) is not None for text in days):
            if horizon.number_of_days > 1:
                rule = "holds clock times only, and the horizon has several days; name the date column with `date`"
                faults.append(fault(f"{reference.key}.time", rule, days[0]))
                return None
            days, times = [f"{horizon.start:%Y-%m-%d}"] * len(days), days
        return read_moments(days, times, reference.date_format, in_horizon(horizon))
    except UnreadableError as error:
        where = table.row_name(rows[error.row][0])
        faults.append(fault(where, "must be a date and time, spelled as in the other rows", error.text))
    except AmbiguousError as error:
        rule = f"can be read as {' or '.join(error.formats)}; say which with `date_format`"
        faults.append(fault(f"{reference.key}.date_format", rule, days[0]))
    return None


def _is_number_or_time(text: str) -> bool:
    return any(one.isdigit() for one in text)


def _interval_of(moment: datetime, horizon: Horizon) -> float | None:
    """Index of the interval that starts then, with a fraction off the grid; None outside the horizon."""
    interval = (moment - horizon.start).total_seconds() / horizon.interval
    return interval if 0 <= interval < horizon.intervals else None


def _outside_rule(horizon: Horizon) -> str:
    end = horizon.start + timedelta(seconds=horizon.interval * horizon.intervals)
    return f"lies outside the horizon, {horizon.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def cell_number(
    text: str, number: Any, reference: TableReference, table: Table, index: int, report: Report
) -> float | None:
    """The number of a cell within its bounds; None with a fault."""
    where = f"{reference.key}: {table.row_name(index)}, column '{reference.column}'"
    if text.strip() in EMPTY_CELLS:
        report.add("empty", where, "is empty; a number is needed")
        return None
    try:
        value = parse_number(text, unit_of(number), table.decimal_comma)
    except ValueError as error:
        report.add("number", where, str(error), text)
        return None
    for one in faults_of("", value, number):
        report.add("bounds", where, one.rule, text)
        return None
    return value


class Report:
    """Faults of a table, a few of each kind, with a count of the rest."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.counts: dict[str, int] = {}
        self.last: dict[str, Fault] = {}
        self.whys: dict[str, str] = {}

    def add(self, kind: str, where: str, rule: str, *value: object) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        one = fault(where, rule, *value)
        if self.counts[kind] <= MOST_FAULTS:
            self.faults.append(one)
        self.last[kind] = one

    def explain(self, kind: str, why: str) -> None:
        """Say, with the first fault of a kind, what all of them look like."""
        if why and kind in self.last:
            self.whys[kind] = why

    def finish(self) -> None:
        """Tell how many there are more than were told, and what they look like."""
        for kind, count in self.counts.items():
            last = self.last[kind]
            if count > MOST_FAULTS:
                rest = count - MOST_FAULTS
                rule = f"and {rest} more like this, the last here: {last.rule}"
                self.faults.append(Fault(last.where, rule, last.value, last.has_value))
            if kind in self.whys:
                self.faults.append(fault(last.where.partition(", row")[0], self.whys[kind]))
