"""The rows of an interval export: what each column is, totals or averages, and the contacts of every interval."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.files.aliases import COLUMNS, recognise
from wfm.files.clock import AmbiguousError, UnreadableError, read_moments, zone_of
from wfm.files.grid import EMPTY_CELLS, Grid, Table, parse_number, read_grid, read_table, table_below
from wfm.files.tables import Report

SECONDS = ("aht", "handle_time", "talk", "wrap", "asa", "wait", "abandon_wait")
PLAIN = ("offered", "handled", "abandoned", "agents")
NO_NUMBERS = (*EMPTY_CELLS, "NULL", "null", "N/A", "n/a")


LONGEST_HANDLING = 4 * 3600.0  # seconds; a longer mean is in milliseconds
TOTAL_WORDS = re.compile(r"(grand )?(total|totals|sum|summe|gesamt|average|avg)\b", re.IGNORECASE)
LONGEST_AVERAGE = 3600.0  # seconds; an "average" handling time above this is a total


@dataclass
class Cell:
    """What one queue did in one interval: contacts, seconds, agents."""

    offered: float = 0.0
    handled: float = 0.0
    abandoned: float = 0.0
    talk: float = 0.0
    wrap: float = 0.0
    wait: float = 0.0
    agents: float = 0.0


@dataclass
class Export:
    """An export as it was read."""

    found: dict[str, int]
    table: Table
    queues: dict[str, dict[datetime, Cell]] = field(default_factory=dict)
    interval: float = 0.0
    sentences: list[str] = field(default_factory=list)


def read_export(path: Path) -> Export:
    """Read an export: every row added to its queue and interval.

    Raises:
        InputError: what is missing or unreadable.
    """
    grid = read_grid(path)
    if _looks_headless(grid):
        table = _headless(path.name, grid)
    else:
        table = read_table(path, [alias for aliases in COLUMNS.values() for alias in aliases])
    found = recognise(table.header)
    faults: list[Fault] = []
    header = ", ".join(one for one in table.header if one)
    if "offered" not in found:
        faults.append(fault(table.name, f"has no column of offered contacts; its columns are {header}"))
    if not {"aht", "handle_time", "talk"} & set(found):
        faults.append(
            fault(table.name, f"has no column of handling times (AHT, handle time or talk); its columns are {header}")
        )
    if "start" not in found and not {"date", "time"} <= set(found):
        faults.append(fault(table.name, f"has no columns of date and time; its columns are {header}"))
    if faults:
        raise InputError(faults, str(path))
    export = Export(found, table)
    used = {name: table.header[index] for name, index in found.items()}
    export.sentences.append(
        "columns: " + ", ".join(f"{name.replace('_', ' ')} = '{head}'" for name, head in used.items())
    )
    if table.encoding:
        export.sentences.append(f"the text is not Unicode; it is read as {table.encoding}")
    if table.decimal_comma:
        export.sentences.append("numbers are read with decimal commas")
    _leave_out(export)
    moments = _moments(export, path)
    _fill(export, moments, path)
    _read_milliseconds(export)
    _find_interval(export, path)
    return export


def _leave_out(export: Export) -> None:
    """Take out rows of totals, and rows that stand twice."""
    found, table = export.found, export.table
    keys = [found[name] for name in ("start", "date", "time") if name in found]

    def is_total(row: tuple[str, ...]) -> bool:
        named = any(TOTAL_WORDS.match(cell.strip()) for cell in row)
        return named and any(not any(one.isdigit() for one in row[key]) for key in keys)

    lines = [(place, row) for place, row in zip(table.numbers, table.rows, strict=True) if not is_total(row)]
    once = {row: place for place, row in reversed(lines)}
    kept = [(place, row) for place, row in lines if once[row] == place]
    totals, twice = len(table.rows) - len(lines), len(lines) - len(kept)
    if totals:
        export.sentences.append(f"rows of totals left out: {totals}")
    if twice:
        export.sentences.append(f"rows that stand there twice, alike in every cell, counted once: {twice}")
    if totals or twice:
        rows, numbers = tuple(row for _, row in kept), tuple(place for place, _ in kept)
        export.table = replace(table, rows=rows, numbers=numbers)


def _read_milliseconds(export: Export) -> None:
    """Some systems export milliseconds: nobody handles a contact for hours on average."""
    cells = [cell for cells in export.queues.values() for cell in cells.values()]
    handled = sum(cell.handled for cell in cells)
    if handled == 0 or sum(cell.talk + cell.wrap for cell in cells) / handled <= LONGEST_HANDLING:
        return
    for cell in cells:
        cell.talk, cell.wrap, cell.wait = cell.talk / 1000, cell.wrap / 1000, cell.wait / 1000
    export.sentences.append("check: handling times of many hours; all durations are read as milliseconds")


def _looks_headless(grid: Grid) -> bool:
    first = next((line for line in grid.lines if any(cell.strip() for cell in line)), ("",))
    return re.fullmatch(r"\d{8}( \d{1,2}:\d{2}(:\d{2})?)?", first[0].strip()) is not None


def _headless(name: str, grid: Grid) -> Table:
    """A table without a header: date and time, volume, average talk, average wrap."""
    width = max(len(line) for line in grid.lines)
    names = ["start"] if " " in grid.lines[0][0].strip() else ["date", "time"]
    names = [*names, "offered", "talk", "wrap"]
    return table_below(name, grid, (*names, *[""] * (width - len(names)))[:width], 0)


def _moments(export: Export, path: Path) -> list[datetime]:
    found, rows = export.found, export.table.rows
    if not rows:
        raise InputError([fault(export.table.name, "has no rows under its header")], str(path))
    if "date" in found and "time" in found:
        days, clocks = [row[found["date"]] for row in rows], [row[found["time"]] for row in rows]
        # An interval may be spelled "07:00 - 07:30"; it starts at its first time.
        times: list[str] | None = [re.split(r"\s*[-–]\s*", clock.strip())[0] for clock in clocks]
    else:
        days, times = [row[found["start"]] for row in rows], None
        days = [re.split(r"/(?=\d{4}-)", day)[0] for day in days]
        zones = {zone_of(day) for day in days} - {""}
        if zones:
            export.sentences.append(
                f"times carry the zone {', '.join(sorted(zones)).replace('Z', 'UTC')}; they are taken as they stand, "
                "as local times: move them if your agents' clocks show others"
            )
    try:
        return read_moments(days, times)
    except UnreadableError as error:
        where = export.table.row_name(error.row)
        raise InputError(
            [fault(where, "must be a date and time that all rows spell alike", error.text)], str(path)
        ) from None
    except AmbiguousError as error:
        rule = f"can be read as {' or '.join(error.formats)}; write the dates as 2026-01-31"
        raise InputError([fault("date", rule, days[0])], str(path)) from None


def _fill(export: Export, moments: Sequence[datetime], path: Path) -> None:
    """Add every row to its queue and interval."""
    found, table = export.found, export.table
    faults: list[Fault] = []
    report = Report(faults)
    is_total = _durations_are_totals(export)
    doubled = blank = 0
    for index, (row, moment) in enumerate(zip(table.rows, moments, strict=True)):
        queue = row[found["queue"]].strip() if "queue" in found else "contacts"
        cells = export.queues.setdefault(queue or "contacts", {})
        doubled += moment in cells
        numbers = {
            name: _number(row[at], name, index, table, report) for name, at in found.items() if name in SECONDS + PLAIN
        }
        blank += numbers.get("offered") is None and bool(numbers.get("handled"))
        _add(cells.setdefault(moment, Cell()), numbers, is_total)
    report.finish()
    if faults:
        raise InputError(faults, str(path))
    if blank:
        export.sentences.append(f"rows without offered contacts, taken as handled and abandoned: {blank}")
    if doubled:
        export.sentences.append(f"{doubled} rows repeat a queue and interval; their contacts were added up")
    apart = sum(
        cell.offered - cell.handled - cell.abandoned for cells in export.queues.values() for cell in cells.values()
    )
    if {"handled", "abandoned"} <= set(found) and abs(apart) >= 1:
        export.sentences.append(
            f"offered less handled and abandoned leaves {apart:,.0f} contacts "
            "(transfers, short calls, or contacts that were booked elsewhere)"
        )


def _number(text: str, name: str, index: int, table: Table, report: Report) -> float | None:
    if text.strip() in NO_NUMBERS:
        return None
    try:
        value = parse_number(text, "s" if name in SECONDS else None, table.decimal_comma)
    except ValueError:
        report.add(name, f"{table.row_name(index)}, {name.replace('_', ' ')}", "must be a number", text)
        return None
    if value < 0:
        report.add(
            f"{name} negative", f"{table.row_name(index)}, {name.replace('_', ' ')}", "must be at least 0", value
        )
    return value


def _add(cell: Cell, numbers: dict[str, float | None], is_total: bool) -> None:
    """Averages become seconds in total, so that intervals can be added up."""
    abandoned, handled = numbers.get("abandoned") or 0.0, numbers.get("handled")
    offered = numbers.get("offered")
    if offered is None:
        offered = (handled or 0.0) + abandoned
    handled = max(offered - abandoned, 0.0) if handled is None else handled
    cell.offered += offered
    cell.handled += handled
    cell.abandoned += abandoned
    cell.agents += numbers.get("agents") or 0.0
    times = 1.0 if is_total else handled
    if numbers.get("aht") is not None:
        cell.talk += (numbers["aht"] or 0.0) * handled
    elif numbers.get("talk") is not None:
        cell.talk += (numbers["talk"] or 0.0) * times
        cell.wrap += (numbers.get("wrap") or 0.0) * times
    else:
        cell.talk += (numbers.get("handle_time") or 0.0) * times
    if numbers.get("wait") is not None:
        cell.wait += numbers["wait"] or 0.0
    else:
        cell.wait += (numbers.get("asa") or 0.0) * handled + (numbers.get("abandon_wait") or 0.0) * abandoned


def _durations_are_totals(export: Export) -> bool:
    """Whether handling times are totals of an interval: their column's name says so, or they grow with the contacts."""
    name = next(one for one in ("aht", "talk", "handle_time") if one in export.found)
    head = export.table.header[export.found[name]]
    if name == "aht" or re.search(r"avg|average|mean", head, re.IGNORECASE):
        return False
    if re.search(r"(?i:total|sum)|^t[A-Z]", head):
        is_total, why = True, ", as its name says"
    else:
        is_total, why = _grows_with_contacts(export, name), ", by its size"
    kind = "seconds in total, so AHT = total / handled" if is_total else "an average per contact"
    export.sentences.append(f"'{head}' is read as {kind}{why}")
    return is_total


def _grows_with_contacts(export: Export, name: str) -> bool:
    """Averages of an interval vary less than its totals do: the reading that varies least is meant."""
    found, table = export.found, export.table
    contacts = found.get("handled", found["offered"])
    pairs = []
    for row in table.rows:
        try:
            seconds = parse_number(row[found[name]], "s", table.decimal_comma)
            number = parse_number(row[contacts], None, table.decimal_comma)
        except ValueError:
            continue
        if number > 0 and seconds > 0:
            pairs.append((seconds, number))
    if not pairs:
        return False
    seconds_of, contacts_of = np.array(pairs).T
    as_total, as_average = seconds_of / contacts_of, seconds_of
    if contacts_of.std() == 0:
        return bool(np.median(as_average) > LONGEST_AVERAGE)
    return bool(as_total.std() / as_total.mean() < as_average.std() / as_average.mean())


def _find_interval(export: Export, path: Path) -> None:
    """The interval is the most frequent distance between successive rows of a queue."""
    gaps: Counter[float] = Counter()
    for cells in export.queues.values():
        starts = sorted(cells)
        gaps.update((b - a).total_seconds() for a, b in pairwise(starts))
    short = Counter({gap: count for gap, count in gaps.items() if gap < 24 * 3600})
    if not short:
        raise InputError(
            [fault(export.table.name, "holds one interval a day at most; intervals of a day are needed")], str(path)
        )
    export.interval = min(gap for gap, count in short.items() if count >= max(short.values()) / 2)
    faults: list[Fault] = []
    for queue, cells in export.queues.items():
        for start in sorted(cells):
            if (start.hour * 3600 + start.minute * 60 + start.second) % export.interval:
                rule = f"does not start on a mark of {export.interval / 60:g} minutes, the interval of most rows"
                faults.append(fault(f"{export.table.name}, {queue}", rule, f"{start:%Y-%m-%d %H:%M}"))
    if faults:
        raise InputError(faults[:5], str(path))
