"""A budget's workbook to the tables that a TOML file would give, and to the cell that each path stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Any, get_args

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files.budgets.cell_values import shown, text_of, value_of
from wfm.files.budgets.cells import Cell, Cells, read_cells
from wfm.files.budgets.periods import join_periods
from wfm.files.budgets.reading import BudgetReader, read_budget
from wfm.files.budgets.sheets import (
    ALL,
    EMPTY,
    MEANING,
    PERIOD,
    SHEETS,
    TIME,
    UNIT,
    WEEKDAY,
    WEIGHT,
    Key,
    Sheet,
    cell_name,
)
from wfm.files.clock import clock_name, read_time
from wfm.files.tables import Report
from wfm.model.budget.periods import Calendar
from wfm.model.budget.varied import BUDGET
from wfm.model.budget.week import typical_week
from wfm.model.horizon import WEEKDAYS, weekdays_in
from wfm.model.paths import ANY, hint_of

Raw = dict[str, Any]
Where = Callable[[str], str]
Line = dict[int, Cell]  # the cells of a row by column

NOTES = (UNIT, EMPTY)  # columns for people, as the last one is
LAST_STEP = re.compile(r"[.\[][^.\[]*$|^[^.\[]*$")


def raw_of(path: Path) -> tuple[Raw, Where]:
    """The tables of a workbook's sheets of inputs, and what names the cell of a path.

    Other sheets are not looked at. Formulas count as the values that are stored with them.

    Args:
        path: an .xlsx file.

    Raises:
        InputError: no workbook, or sheets that are not laid out as they were written: every fault, those of the figures
            among them.
    """
    names = [sheet.name for sheet in SHEETS]
    found, there = read_cells(path, names)
    missing = [name for name in names if name not in found]
    if missing:
        others = [name for name in there if name not in names]  # one of them may be it, under another name
        rule = "is not in the workbook; "
        copied = "wfm init --budget writes one to copy"
        faults = [fault(f"sheet {name}", rule + (nearest(name, others) if others else copied)) for name in missing]
        raise InputError(faults, str(path))
    reader = _Reader(found)
    raw = reader.read()
    if reader.faults:
        raise InputError(_with_those_of_figures(reader, raw, path), str(path))
    return raw, reader.where


def _with_those_of_figures(reader: _Reader, raw: Raw, path: Path) -> Iterable[Fault]:
    """All faults at once; of one cell that could not be read at all, nothing more is said."""
    if any(page.head is None for page in reader.pages):
        return reader.faults  # what is missing then is not missing
    places = {one.where for one in reader.faults}
    found = reader.faults_of_no_owner()
    try:
        read_budget(raw, path, reader.where)
    except InputError as error:
        found += error.faults
    return [*reader.faults, *(one for one in found if one.where.partition(" (")[0] not in places)]


class _Page:
    """The cells of one sheet, its headings and the rows below them."""

    def __init__(self, sheet: Sheet, cells: Cells) -> None:
        self.sheet = sheet
        self.first = (*sheet.fixed, *sheet.names)[0]
        heads = (row for row, column in sorted(cells) if column == 0 and text_of(cells[row, 0]) == self.first)
        self.head = next(heads, None)
        # Headings by column. A thing may be called as one of the sheet's own headings, which come first and last.
        self.columns = {column: text_of(cell) for (row, column), cell in sorted(cells.items()) if row == self.head}
        self.own = {name: column for column, name in reversed(self.columns.items()) if name in sheet.fixed}
        meaning = [column for column, name in self.columns.items() if name == MEANING][-1:]
        notes = {*meaning, *(self.own[name] for name in NOTES if name in self.own)}
        self.others = {column: name for column, name in self.columns.items()
                       if column not in (*notes, *self.own.values())}  # fmt: skip
        self.lines: dict[int, Line] = {}  # rows below the headings, without the notes for people
        for (row, column), cell in sorted(cells.items()):
            if self.head is not None and row > self.head and column not in notes:
                self.lines.setdefault(row, {})[column] = cell

    def place(self, row: int | None, column: int) -> str:
        return f"{self.sheet.name}!{cell_name(row or 0, column)}"

    def column(self, heading: str) -> int:
        """The column of one of the sheet's own headings; the first where someone took it away."""
        return self.own.get(heading, 0)


class _Reader:
    """Reads the sheets of one workbook and collects what is wrong with how they are laid out."""

    def __init__(self, found: Mapping[str, Cells]) -> None:
        self.pages = [_Page(sheet, found[sheet.name]) for sheet in SHEETS]
        self.faults: list[Fault] = []
        self.raw: Raw = {}
        self.places: dict[str, str] = {}  # the cell of each path, of empty ones too
        self.filled: set[str] = set()  # cells that hold something
        self.of_no_owner: list[tuple[str, Any, Raw]] = []  # rows whose owner is not known: path, what one is, the row
        self.calendar: Calendar | None = None

    def where(self, path: str) -> str:
        """The cell of a path: its own, or that of the first thing below it, or of what it is part of.

        Where nothing stands in a cell of its own, the path is told beside it.
        """
        asked = _plain(path)
        if self.places.get(asked) in self.filled:
            return self.places[asked]
        while asked:
            below = (place for one, place in self.places.items() if one.startswith((f"{asked}.", f"{asked}[")))
            if place := self.places.get(asked) or next(below, ""):
                return f"{place} ({path})"
            asked = LAST_STEP.sub("", asked)
        return path

    def read(self) -> Raw:
        """The tables; what is at fault in them is left out, or has a harmless value in its place."""
        for page in self.pages:
            if page.head is None:
                rule = f"has no row of headings that begins with '{page.first}' in its first column"
                self.faults.append(fault(f"sheet {page.sheet.name}", rule))
                continue
            {"columns": self._columns, "periods": self._by_period, "profile": self._profile, "rows": self._rows}[
                page.sheet.layout
            ](page)
            if page.sheet is SHEETS[0]:
                self.calendar = _calendar(self.raw)
        return self.raw

    def faults_of_no_owner(self) -> list[Fault]:
        """What else is wrong in rows whose owner is at fault already."""
        alone = BudgetReader(Path())
        for path, kind, row in self.of_no_owner:
            alone.part(kind, row, path)
        return [Fault(self.where(one.where), one.rule, one.value, one.has_value) for one in alone.faults]

    # ---- layouts

    def _columns(self, page: _Page) -> None:
        """A row for each key, a column for each thing."""
        sheet, things = page.sheet, self._things(page)
        self._note(sheet.part, page.place(page.head, 0))
        if not sheet.only:
            tables = self.raw.setdefault(sheet.part, {}) if things else {}
            for column, thing in things.items():
                tables[thing] = {}
                self._note(sheet.path(thing, ""), page.place(page.head, column))
        for row, line in page.lines.items():
            name, key = self._key(page, row, line, things)
            if key is None:
                continue
            for column, thing in things.items():
                path, place = sheet.path(thing, name), page.place(row, column)
                if column in line:
                    self._give(sheet, thing, key, name, self._value(line[column], key, place), place)
                else:
                    self._note(path, place)

    def _by_period(self, page: _Page) -> None:
        """Rows for each key: one number for all periods, or one for each."""
        things, at, unjoined = self._things(page), page.column(PERIOD), list[Fault]()
        rows: dict[str, dict[int, str]] = {}  # by key: the period of each row
        for row, line in page.lines.items():
            name, key = self._key(page, row, line, things)
            if key is not None:
                rows.setdefault(name, {})[row] = text_of(line.get(at, ""))
        for column, thing in things.items():
            given = [row for row, line in page.lines.items() if column in line]
            for name in dict.fromkeys([*(text_of(page.lines[row].get(0, "")) for row in given), *rows]):
                if name in rows:
                    self._periods_of(page, column, thing, name, rows[name], unjoined)
        # A period that is wrong at all keys is told of the first of them.
        told: dict[tuple[str, str], Fault] = {}
        for one in unjoined:
            told.setdefault((one.rule, str(one.value)), one)
        self.faults += told.values()

    def _periods_of(
        self, page: _Page, column: int, thing: str, name: str, rows: dict[int, str], unjoined: list[Fault]
    ) -> None:
        """One key of one thing: one number, one per period, or nothing."""
        sheet, key = page.sheet, page.sheet.key(name)
        assert key is not None
        path = sheet.path(thing, name)
        whole = [row for row, period in rows.items() if period.casefold().startswith(ALL)]
        here = {row: page.lines[row][column] for row in rows if column in page.lines[row]}
        for row in whole:
            if row in here:
                place = page.place(row, column)
                self._give(sheet, thing, key, name, self._value(here.pop(row), key, place), place)
            self._note(path, page.place(row, column))
        if not here:
            return
        if self._known(sheet, thing, key, name):
            rule = "stands beside one number for all; give one for all periods, or one for each"
            self.faults.append(fault(page.place(min(here), column), rule, shown(here[min(here)])))
            return
        filled = {rows[row] for row in here}
        periods = rows.values() if self.calendar is None else self.calendar.names
        empty = {
            rows[row]: row for row in rows if rows[row] in periods and rows[row] not in filled and row not in whole
        }
        chosen = sorted([*here, *empty.values()])
        report = Report(self.faults)
        for row in empty.values():
            report.add("empty", page.place(row, column), "is empty; the other periods have a number")
        report.finish()
        values = {row: self._value(cell, key, page.place(row, column)) for row, cell in here.items()}
        filler = next(iter(values.values()))
        joined = dict(enumerate(range(len(chosen))))
        if self.calendar is not None:
            places = [page.place(row, page.column(PERIOD)) for row in chosen]
            joined = join_periods([rows[row] for row in chosen], places, self.calendar, unjoined, places[0])
        found = []
        for period in range(self.calendar.periods if self.calendar is not None else len(chosen)):
            row = chosen[joined[period]] if period in joined else chosen[0]
            found.append(values.get(row, filler))
            self.places[_plain(f"{path}[{period}]")] = page.place(row, column)
        self._give(sheet, thing, key, name, found, page.place(chosen[0], column))

    def _profile(self, page: _Page) -> None:
        """Rows for each name of weekdays and time: the weights of a day's intervals."""
        things, interval = self._things(page), self.calendar.interval if self.calendar is not None else 0.0
        rows: dict[str, dict[int, int]] = {}  # by name of weekdays: the interval of each row
        report, columns = Report(self.faults), (page.column(WEEKDAY), page.column(TIME))
        for row, line in page.lines.items():
            days, clock = text_of(line.get(columns[0], "")), line.get(columns[1], "")
            at = _seconds(clock) / interval if interval else 0.0
            is_readable = _days(days) is not None and at % 1 == 0
            if not interval or not (is_readable or any(column in line for column in things)):
                continue
            if _days(days) is None:
                report.add("day", page.place(row, columns[0]), f"is not a weekday; {nearest(days, WEEKDAYS)}", days)
            elif not is_readable:
                rule = f"must be the start of an interval, every {interval / 60:g} minutes from 00:00"
                report.add("time", page.place(row, columns[1]), rule, shown(clock))
            else:
                rows.setdefault(days, {})[row] = int(at)
        for column, thing in things.items():
            given = (text_of(line.get(columns[0], "")) for line in page.lines.values() if column in line)
            for days in dict.fromkeys(given):
                if days in rows:
                    self._weights(page, column, thing, days, rows[days], report)
        report.finish()

    def _weights(self, page: _Page, column: int, thing: str, days: str, rows: dict[int, int], report: Report) -> None:
        """The weights of one contact type on some weekdays; 0 in closed intervals that are empty."""
        assert self.calendar is not None
        path = f"profile.{days}"
        here = {row: page.lines[row][column] for row in rows if column in page.lines[row]}
        found: dict[int, Any] = {}
        for row, cell in here.items():
            place, one = page.place(row, column), _plain(page.sheet.path(thing, f"{path}[{rows[row]}]"))
            if rows[row] in found:
                report.add("twice", place, f"is the same interval as {self.places[one]}", shown(cell))
            found[rows[row]] = self._value(cell, WEIGHT, place)
            self.places[one] = place
        if not here:
            return
        needed = _open(self.raw[page.sheet.part][thing].get("opening"), days, self.calendar.interval)
        for at, is_open in enumerate(needed):
            if at not in found and is_open and not {"day", "time"} & report.counts.keys():
                row = next((row for row, one in rows.items() if one == at), min(here))
                clock = f"{days} {clock_name(at * self.calendar.interval)}"
                report.add("empty", page.place(row, column), "has no weight for an open interval; 0 is one too", clock)
        weights = [found.get(at, 0.0) for at in range(len(needed))]
        _put(self.raw[page.sheet.part][thing], ["profile", days], weights)
        self._note(page.sheet.path(thing, path), page.place(min(here), column))

    def _rows(self, page: _Page) -> None:
        """A row for each thing of a list, with its owner before it where it has one."""
        sheet, first = page.sheet, len(page.sheet.fixed)
        keys = {}
        for column, name in page.others.items():
            if key := sheet.key(name):
                keys[column] = key
            else:
                rule = f"is not a column of this sheet; {nearest(name, sheet.names)}"
                self.faults.append(fault(page.place(page.head, column), rule, name))
        self._unnamed(page)
        for row, line in page.lines.items():
            if not any(column in page.columns for column in line):
                continue
            owner, owners = text_of(line.get(0, "")) if first else "", self.raw.get(sheet.part, {})
            is_owned = not first or self._is_there(sheet, owner, page.place(row, 0), owners)
            table = (owners[owner] if first else self.raw) if is_owned else {}
            items = table.setdefault(sheet.field, [])
            item = sheet.path(owner, f"{sheet.field}[{len(items) if is_owned else f'row {row + 1}'}]")
            self._note(item, page.place(row, 0))
            for column, key in keys.items():
                self._note(f"{item}.{key.path}", page.place(row, column))
            items.append(
                {
                    key.path: self._value(line[column], key, page.place(row, column))
                    for column, key in keys.items()
                    if column in line
                }
            )
            if not is_owned:
                kind = get_args(hint_of(sheet.path(ANY, sheet.field), BUDGET))[0]
                self.of_no_owner.append((item, kind, items[0]))

    # ---- names

    def _things(self, page: _Page) -> dict[int, str]:
        """What the columns stand for; those of a sheet that names things for the first time define them."""
        sheet, found = page.sheet, dict[int, str]()
        defines = sheet.layout == "columns"
        for column, name in page.others.items():
            place = page.place(page.head, column)
            has_values = any(column in line for line in page.lines.values())
            if name in found.values():
                self.faults.append(fault(place, "is the name of another column too", name))
            elif sheet.only and name != sheet.only:
                self.faults.append(fault(place, f"is not a column of this sheet; {nearest(name, [sheet.only])}", name))
            elif defines or (has_values and self._is_there(sheet, name, place, self.raw.get(sheet.part, {}))):
                found[column] = name
            elif name in self.raw.get(sheet.part, {}):
                found[column] = name  # an empty column of a thing that is there: where its missing keys are told
        self._unnamed(page)
        return found

    def _is_there(self, sheet: Sheet, name: str, place: str, there: Iterable[str]) -> bool:
        """Whether a name is one of those that another sheet gives; if not, that is told."""
        if name not in there:
            rule = f"is no {sheet.owner} of the workbook; {nearest(name, there)}"
            self.faults.append(fault(place, rule, name) if name else fault(place, f"is empty; name the {sheet.owner}"))
        return name in there

    def _unnamed(self, page: _Page) -> None:
        """Columns of values without a heading, each told once."""
        first: dict[int, int] = {}
        for row, line in page.lines.items():
            for column in line:
                if column not in page.columns:
                    first.setdefault(column, row)
        for column, row in first.items():
            rule = "stands in a column that has no name; name it in the row of headings"
            self.faults.append(fault(page.place(row, column), rule, shown(page.lines[row][column])))

    def _key(self, page: _Page, row: int, line: Line, things: Mapping[int, str]) -> tuple[str, Key | None]:
        """The key that a row is for; none where the row holds no values, or is at fault."""
        name = text_of(line.get(0, ""))
        key = page.sheet.key(name)
        if key is None and any(column in line for column in things):
            rule = (
                f"is not a key of this sheet; {nearest(name, page.sheet.names)}" if name else "is empty; name the key"
            )
            self.faults.append(fault(page.place(row, 0), rule, *([name] if name else [])))
        return name, key

    # ---- values

    def _value(self, cell: Cell, key: Key, place: str) -> Any:
        """What a cell holds, in the form that a TOML file would have it."""
        self.filled.add(place)
        return value_of(cell, key, place, self.faults)

    def _give(self, sheet: Sheet, thing: str, key: Key, name: str, value: Any, place: str) -> None:
        """Put a value where its path leads; a list gets one more."""
        path, steps = sheet.path(thing, name), key.steps(name)
        table = self._table(sheet, thing)
        if key.form == "list":
            values = _put(table, steps, [], keep=True)
            self.places[_plain(f"{path}[{len(values)}]")] = place
            self.places.setdefault(_plain(path), place)
            values.append(value)
        elif self._known(sheet, thing, key, name):
            self.faults.append(fault(place, f"is given twice, here and in {self.where(path)}"))
        else:
            _put(table, steps, value)
            self.places[_plain(path)] = place

    def _known(self, sheet: Sheet, thing: str, key: Key, name: str) -> bool:
        """Whether a path has its value already."""
        table: Any = self._table(sheet, thing)
        for step in key.steps(name):
            if step not in table:
                return False
            table = table[step]
        return True

    def _table(self, sheet: Sheet, thing: str) -> Raw:
        """The table that the keys of a thing stand in."""
        if not sheet.part:
            return self.raw
        part: Raw = self.raw.setdefault(sheet.part, {})
        return part if sheet.only else part[thing]

    def _note(self, path: str, place: str) -> None:
        """The cell that a path has, or would have."""
        self.places.setdefault(_plain(path.removesuffix(".")), place)


def _put(table: Raw, steps: Sequence[str], value: Any, keep: bool = False) -> Any:
    """Set what stands at the end of some steps; answers what stands there."""
    for step in steps[:-1]:
        table = table.setdefault(step, {})
    if not keep or steps[-1] not in table:
        table[steps[-1]] = value
    return table[steps[-1]]


def _plain(path: str) -> str:
    """A path without the quotes that a TOML file has around the paths of changes."""
    return path.replace("'", "")


def _calendar(raw: Raw) -> Calendar | None:
    """The periods that the workbook says it has; None where that is at fault, which is told with the figures."""
    return BudgetReader(Path()).part(Calendar, raw.get("calendar"), "calendar")


def _days(text: str) -> list[int] | None:
    try:
        return weekdays_in(text)
    except ValueError:
        return None


def _seconds(clock: Cell) -> float:
    """Seconds after midnight of a time; NaN where it is none."""
    found = clock if isinstance(clock, time) else read_time(text_of(clock))
    return float("nan") if found is None else found.hour * 3600.0 + found.minute * 60 + found.second


def _open(opening: Any, days: str, interval: float) -> Sequence[bool]:
    """bool[intervals of a day]: whether it is open on any of some weekdays; always where the hours are at fault."""
    week = typical_week(interval)
    try:
        is_open = week.open_intervals(opening).reshape(len(WEEKDAYS), -1)
    except (ValueError, AttributeError):
        is_open = week.open_intervals().reshape(len(WEEKDAYS), -1)
    found: list[bool] = np.any(is_open[weekdays_in(days)], axis=0).tolist()
    return found
