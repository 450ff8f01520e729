"""Tables as people have them: CSV of any dialect, or a sheet; a column joined to the horizon by date and time.

Understood without being told: `,` `;` tab and `|`, decimal commas, thousands, a byte order mark, CRLF, title lines above
the header. Never by the order of rows, and nothing is guessed in silence.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files import spelling
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments, zone_of
from wfm.model.horizon import Horizon

DELIMITERS = ",;\t|"
MOST_FAULTS = 5  # of one kind in one table
HEADER_WITHIN = 30  # title lines that may stand above a header
WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")


@dataclass(frozen=True)
class Table:
    """A header and its rows of text; `first_row` is the line or sheet row of the first of them."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_row: int
    decimal_comma: bool = False

    def column(self, name: str) -> int | None:
        """Index of a column by its name; capitals and outer spaces do not count."""
        names = [one.casefold() for one in self.header]
        return names.index(name.strip().casefold()) if name.strip().casefold() in names else None

    def row_name(self, index: int) -> str:
        return f"{self.name}, row {self.first_row + index}"


@dataclass(frozen=True)
class TableReference:
    """Where a vector stands: { file, column, time, date, where, sheet, date_format }."""

    folder: Path
    key: str
    file: str
    column: str
    time: str | None = None
    date: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    date_format: str | None = None

    def read(self, faults: list[Fault]) -> Table | None:
        """The table, or None with a fault."""
        path = (self.folder / self.file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            faults.append(fault(f"{self.key}.file", "must stand in the scenario's folder", self.file))
            return None
        wanted = [one for one in (self.column, self.time, self.date, *self.where) if one]
        try:
            return read_table(path, wanted, self.sheet)
        except InputError as error:
            faults.extend(Fault(f"{self.key}.file", one.rule, self.file) for one in error.faults)
            return None

    def sample(self, faults: list[Fault]) -> list[float] | None:
        """All numbers of the column, in the order of the rows: for a law that is a recorded sample."""
        table = self.read(faults)
        columns = None if table is None else _find_columns(self, table, faults)
        if table is None or columns is None:
            return None
        values = []
        report = Report(faults)
        for index, cells in _chosen_rows(self, table):
            text = cells[columns[self.column]]
            if text.strip():
                values.append(_number(text, "s", table, index, self.column, report))
        report.finish()
        return [value for value in values if value is not None]


def read_column(
    reference: TableReference,
    horizon: Horizon,
    is_open: np.ndarray | None,
    unit: str | None,
    positive: bool,
    faults: list[Fault],
) -> list[float] | None:
    """One number per interval of the horizon, joined by date and time; None where the table is at fault.

    Closed intervals may be missing; they get 0, or the largest value where the numbers must be `positive`: what stands
    there is never used. An open interval that is missing is a fault.
    """
    table = reference.read(faults)
    if table is None:
        return None
    before = len(faults)
    if reference.time is None:
        faults.append(fault(f"{reference.key}.time", "is missing; a table is joined by date and time, never by row"))
        return None
    columns = _find_columns(reference, table, faults)
    if columns is None:
        return None
    rows = _chosen_rows(reference, table)
    if not rows:
        wanted = ", ".join(f"{key} = {value}" for key, value in reference.where.items())
        found = _values_of(table, reference)
        faults.append(fault(f"{reference.key}.where", f"no row of {table.name} has {wanted or 'data'}{found}"))
        return None
    moments = _moments(reference, table, columns, rows, horizon, faults)
    if moments is None:
        return None
    values = np.full(horizon.intervals, np.nan)
    seen: dict[int, int] = {}
    report = Report(faults)
    for (index, cells), moment in zip(rows, moments, strict=True):
        interval = _interval_of(moment, horizon)
        where = table.row_name(index)
        if interval is None:
            report.add("outside", where, _outside_rule(horizon), f"{moment:%Y-%m-%d %H:%M}")
        elif interval % 1:
            rule = (
                f"must start on an interval's edge, every {horizon.interval / 60:g} minutes from {horizon.start:%H:%M}"
            )
            report.add("grid", where, rule, f"{moment:%Y-%m-%d %H:%M}")
        elif int(interval) in seen:
            rule = f"is the same interval as row {table.first_row + seen[int(interval)]}"
            report.add("duplicate", where, rule, f"{moment:%Y-%m-%d %H:%M}")
        else:
            seen[int(interval)] = index
            number = _number(cells[columns[reference.column]], unit, table, index, reference.column, report)
            values[int(interval)] = np.nan if number is None else number
    for interval in range(horizon.intervals):
        if interval not in seen and (is_open is None or is_open[interval]):
            report.add(
                "missing", table.name, "has no row for an open interval", f"{horizon.starts[interval]:%Y-%m-%d %H:%M}"
            )
    report.finish()
    if len(faults) > before:
        return None
    return np.nan_to_num(values, nan=float(np.nanmax(values)) if positive else 0.0).tolist()  # type: ignore[no-any-return]


# ---- reading


def read_table(path: Path, wanted: Sequence[str] = (), sheet: str | None = None) -> Table:
    """A table with its header found: the first row that holds the wanted columns, or the first that looks like one.

    Raises:
        InputError: no such file, a folder, not a table.
    """
    if path.is_dir():
        raise InputError([fault("file", "must be a file; this is a folder")], str(path))
    if not path.exists():
        beside = [one.name for one in path.parent.glob(f"*{path.suffix}")] if path.parent.is_dir() else []
        rule = f"there is no such file; {nearest(path.name, beside)}" if beside else "there is no such file"
        raise InputError([fault("file", rule)], str(path))
    try:
        if path.suffix.lower() in WORKBOOKS:
            lines, comma = _sheet_lines(path, sheet), False
        else:
            lines, comma = _csv_lines(_text(path))
    except OSError as error:
        raise InputError([fault("file", f"cannot be read ({error.strerror})")], str(path)) from None
    start = find_header(lines, wanted)
    if start is None:
        raise InputError([fault("file", "holds no table")], str(path))
    header = tuple(cell.strip() for cell in lines[start])
    rows = [tuple((*line, *[""] * (len(header) - len(line)))[: len(header)]) for line in lines[start + 1 :]]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    # Empty lines at the end are no rows; one inside would move the row numbers, so it is kept out by position.
    return Table(path.name, header, tuple(filled), start + 2, comma)


def find_header(lines: Sequence[Sequence[str]], wanted: Sequence[str]) -> int | None:
    """Index of the header: the row with most of the wanted names, or else the first row of several texts."""
    names = {one.strip().casefold() for one in wanted}
    scores = [sum(cell.strip().casefold() in names for cell in line) for line in lines[:HEADER_WITHIN]]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    for index, line in enumerate(lines[:HEADER_WITHIN]):
        cells = [cell for cell in line if cell.strip()]
        if len(cells) > 1 and not any(re.fullmatch(r"[-\d.,:%]+", cell.strip()) for cell in cells):
            return index
    return None


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([fault("file", "is not text; a CSV file or a workbook is needed")], str(path))


def _csv_lines(text: str) -> tuple[list[list[str]], bool]:
    """Lines of cells, and whether numbers have decimal commas."""
    sample = [line for line in text.splitlines() if line.strip()][:50]
    counts = {mark: sum(line.count(mark) > 0 for line in sample) for mark in DELIMITERS}
    # A comma may be a decimal mark inside a table of another delimiter, so it wins only alone.
    best = max(";\t|", key=lambda mark: (counts[mark], sum(line.count(mark) for line in sample)))
    delimiter = best if counts[best] > len(sample) / 2 else ","
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    cells = [cell.strip() for line in lines[:500] for cell in line]
    comma = delimiter != "," and any(re.fullmatch(r"-?\d+,\d+", cell) for cell in cells)
    return lines, comma


def _sheet_lines(path: Path, sheet: str | None) -> list[list[str]]:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise InputError([fault("sheet", f"is not in the workbook; {nearest(sheet, names)}", sheet)], str(path))
        frame = book.load_sheet(sheet if sheet is not None else 0, header_row=None).to_polars()
    except fastexcel.FastExcelError as error:
        raise InputError(
            [fault("file", f"is not a workbook that can be read ({str(error).splitlines()[0]})")], str(path)
        ) from None
    return [[_cell(value) for value in row] for row in frame.iter_rows()]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


# ---- columns and rows


def _find_columns(reference: TableReference, table: Table, faults: list[Fault]) -> dict[str, int] | None:
    columns: dict[str, int] = {}
    keys = {"column": reference.column, "time": reference.time, "date": reference.date}
    wanted = [(f"{reference.key}.{key}", name) for key, name in keys.items() if name]
    wanted += [(f"{reference.key}.where", name) for name in reference.where]
    for where, name in wanted:
        found = table.column(name)
        if found is None:
            faults.append(fault(where, f"{table.name} has no such column; {nearest(name, table.header)}", name))
        else:
            columns[name] = found
    return columns if len(columns) == len({name for _, name in wanted}) else None


def _chosen_rows(reference: TableReference, table: Table) -> list[tuple[int, tuple[str, ...]]]:
    tests = [(table.column(name), value.strip()) for name, value in reference.where.items()]
    return [
        (index, cells)
        for index, cells in enumerate(table.rows)
        if all(column is not None and cells[column].strip() == value for column, value in tests)
    ]


def _values_of(table: Table, reference: TableReference) -> str:
    for name, value in reference.where.items():
        column = table.column(name)
        if column is not None:
            values = sorted({row[column].strip() for row in table.rows})
            if value not in values:
                return f"; {name}: {nearest(value, values)}"
    return ""


def _moments(
    reference: TableReference,
    table: Table,
    columns: Mapping[str, int],
    rows: Sequence[tuple[int, tuple[str, ...]]],
    horizon: Horizon,
    faults: list[Fault],
) -> list[datetime] | None:
    assert reference.time is not None
    clock = [cells[columns[reference.time]] for _, cells in rows]
    days = clock if reference.date is None else [cells[columns[reference.date]] for _, cells in rows]
    zones = {zone_of(text) for text in days}
    if len(zones) > 1:
        rule = "mixes time zones: a horizon has local times without shifts; convert the table to one"
        faults.append(fault(f"{reference.key}.time", rule, ", ".join(sorted(zones))))
        return None
    times = None if reference.date is None else clock
    try:
        if reference.date is None and all(":" in text and len(text.strip()) <= 11 for text in days):
            if horizon.number_of_days > 1:
                rule = "holds clock times only, and the horizon has several days; name the date column with `date`"
                faults.append(fault(f"{reference.key}.time", rule, days[0]))
                return None
            days, times = [f"{horizon.start:%Y-%m-%d}"] * len(days), days
        return read_moments(days, times, reference.date_format, in_horizon(horizon))
    except UnreadableError as error:
        where = table.row_name(rows[error.row][0])
        faults.append(fault(where, "must be a date and time that all rows spell alike", error.text))
    except AmbiguousError as error:
        rule = f"can be read as {' or '.join(error.formats)}; say which with `date_format`"
        faults.append(fault(f"{reference.key}.date_format", rule, days[0]))
    return None


def _interval_of(moment: datetime, horizon: Horizon) -> float | None:
    """Index of the interval that starts then, with a fraction off the grid; None outside the horizon."""
    interval = (moment - horizon.start).total_seconds() / horizon.interval
    return interval if 0 <= interval < horizon.intervals else None


def _outside_rule(horizon: Horizon) -> str:
    end = horizon.start + timedelta(seconds=horizon.interval * horizon.intervals)
    return f"lies outside the horizon, {horizon.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def _number(text: str, unit: str | None, table: Table, index: int, column: str, report: Report) -> float | None:
    try:
        return parse_number(text, unit, table.decimal_comma)
    except ValueError:
        rule = "must be a number" if text.strip() else "is empty; a number is needed"
        report.add("number", f"{table.row_name(index)}, {column}", rule, text)
        return None


def parse_number(text: str, unit: str | None = None, decimal_comma: bool = False) -> float:
    """A number as tables spell it; with a unit also "3:20" or "30%".

    Raises:
        ValueError: it is none.

    >>> parse_number("1,234.5"), parse_number("1.234,5", decimal_comma=True), parse_number("3:20", "s")
    (1234.5, 1234.5, 200.0)
    """
    plain = text.strip().replace(" ", "").replace("\u202f", "").replace(" ", "")
    if decimal_comma:
        plain = plain.replace(".", "").replace(",", ".") if re.fullmatch(r"-?[\d.]+,\d+", plain) else plain
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        value = float(plain)
    except ValueError:
        if unit == "s":
            return spelling.duration(text)
        if unit == "share":
            return spelling.share(plain)
        raise
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


class Report:
    """Faults of a table, a few of each kind, with a count of the rest."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.counts: dict[str, int] = {}
        self.last: dict[str, Fault] = {}

    def add(self, kind: str, where: str, rule: str, value: object) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        one = fault(where, rule, value)
        if self.counts[kind] <= MOST_FAULTS:
            self.faults.append(one)
        self.last[kind] = one

    def finish(self) -> None:
        for kind, count in self.counts.items():
            if count > MOST_FAULTS:
                last = self.last[kind]
                rest = count - MOST_FAULTS
                self.faults.append(
                    fault(last.where, f"and {rest} more like this, the last here: {last.rule}", last.value)
                )
