"""An interval export of a contact-centre system, turned into a commented scenario; what was understood is said."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from wfm.errors import Fault, InputError, OutputError, fault
from wfm.files.aliases import COLUMNS, recognise
from wfm.files.clock import AmbiguousError, UnreadableError, read_moments, zone_of
from wfm.files.grid import Grid, Table, parse_number, read_grid, read_table, table_below
from wfm.files.plans import FORMULA_MARKS
from wfm.files.tables import Report
from wfm.files.whole import make_folder, write_whole
from wfm.model.horizon import WEEKDAYS

FEWEST_ABANDONED = 20  # below that an estimate of patience says little
LONGEST_AVERAGE = 3600.0  # seconds; an "average" handle time above this is a total


@dataclass(frozen=True)
class Understood:
    """The scenario that was written, and what was understood of the export, in sentences."""

    path: Path
    sentences: tuple[str, ...]


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


def init(path: str | Path, out: str | Path | None = None) -> Understood:
    """Turn an interval export into a scenario folder.

    Args:
        path: CSV or workbook: queue, date and time, offered, AHT or total handle time, and more where present.
        out: the folder; absent: beside the export, named after it. An existing scenario is never overwritten.

    Raises:
        InputError: what is missing or unreadable in the export.
        OutputError: the folder cannot be written, or holds a scenario already.
    """
    path = Path(path)
    export = _read(path)
    folder = Path(out) if out is not None else path.with_suffix("")
    scenario = folder / "scenario.toml"
    if scenario.exists():
        raise OutputError(f"{scenario}: is there already; it is not overwritten. Name another folder with --out")
    days = _days(export)
    opening = _opening(export, days)
    intervals = _write_intervals(export, days, opening)
    text = _scenario(export, path, days, opening)
    make_folder(folder)
    write_whole(folder / "intervals.csv", intervals)
    write_whole(scenario, text)
    return Understood(scenario, tuple(export.sentences))


# ---- reading


def _read(path: Path) -> Export:
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
    moments = _moments(export, path)
    _fill(export, moments, path)
    _find_interval(export, path)
    return export


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
                f"times carry the zone {', '.join(sorted(zones))}; they are taken as they stand, as local"
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
    is_total = _handle_time_is_total(export)
    doubled = 0
    for index, (row, moment) in enumerate(zip(table.rows, moments, strict=True)):
        queue = row[found["queue"]].strip() if "queue" in found else "contacts"
        cells = export.queues.setdefault(queue or "contacts", {})
        doubled += moment in cells
        numbers = {
            name: _number(row[at], name, index, table, report) for name, at in found.items() if name in SECONDS + PLAIN
        }
        _add(cells.setdefault(moment, Cell()), numbers, is_total)
    report.finish()
    if faults:
        raise InputError(faults, str(path))
    if doubled:
        export.sentences.append(f"{doubled} rows repeat a queue and interval; their contacts were added up")
    apart = sum(
        cell.offered - cell.handled - cell.abandoned for cells in export.queues.values() for cell in cells.values()
    )
    if {"handled", "abandoned"} <= set(found) and abs(apart) >= 1:
        export.sentences.append(
            f"offered less handled and abandoned leaves {apart:,.0f} contacts (transfers, short calls, or booked elsewhere)"
        )


SECONDS = ("aht", "handle_time", "talk", "wrap", "asa", "wait", "abandon_wait")
PLAIN = ("offered", "handled", "abandoned", "agents")


def _number(text: str, name: str, index: int, table: Table, report: Report) -> float | None:
    if not text.strip() or text.strip() in ("-", "–", "NULL", "null", "N/A"):
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
    offered, abandoned = numbers.get("offered") or 0.0, numbers.get("abandoned") or 0.0
    handled = numbers.get("handled")
    handled = max(offered - abandoned, 0.0) if handled is None else handled
    cell.offered += offered
    cell.handled += handled
    cell.abandoned += abandoned
    cell.agents += numbers.get("agents") or 0.0
    wrap = (numbers.get("wrap") or 0.0) * handled
    if numbers.get("talk") is not None:
        cell.talk += (numbers["talk"] or 0.0) * handled
        cell.wrap += wrap
    elif numbers.get("aht") is not None:
        cell.talk += (numbers["aht"] or 0.0) * handled
    else:
        cell.talk += (numbers.get("handle_time") or 0.0) * (1 if is_total else handled)
    if numbers.get("wait") is not None:
        cell.wait += numbers["wait"] or 0.0
    else:
        cell.wait += (numbers.get("asa") or 0.0) * handled + (numbers.get("abandon_wait") or 0.0) * abandoned


def _handle_time_is_total(export: Export) -> bool:
    """Whether a column called handle time holds totals: its name says so, or its size does."""
    found, table = export.found, export.table
    if "handle_time" not in found or {"aht", "talk"} & set(found):
        return False
    head = table.header[found["handle_time"]]
    if re.search(r"total|sum|seconds", head, re.IGNORECASE):
        export.sentences.append(f"'{head}' is read as seconds in total; AHT = total / handled")
        return True
    values = []
    for row in table.rows:
        try:
            values.append(parse_number(row[found["handle_time"]], "s", table.decimal_comma))
        except ValueError:
            continue
    is_total = bool(values) and sorted(values)[len(values) // 2] > LONGEST_AVERAGE
    export.sentences.append(
        f"'{head}' is read as {'seconds in total, by its size' if is_total else 'an average per contact'}"
    )
    return is_total


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


# ---- understanding


def _days(export: Export) -> list[datetime]:
    """Midnight of every day from the first to the last."""
    starts = [start for cells in export.queues.values() for start in cells]
    first = datetime.combine(min(starts).date(), time())
    return [first + timedelta(days=day) for day in range((max(starts).date() - first.date()).days + 1)]


def _opening(export: Export, days: Sequence[datetime]) -> dict[str, str]:
    """Hours by weekday: from the first to the last interval that ever had a contact on that weekday."""
    hours: dict[int, tuple[float, float]] = {}
    for cells in export.queues.values():
        for start, cell in cells.items():
            if cell.offered > 0:
                seconds = float(start.hour * 3600 + start.minute * 60 + start.second)
                low, high = hours.get(start.weekday(), (seconds, seconds))
                hours[start.weekday()] = min(low, seconds), max(high, seconds)
    windows = {day: f"{_clock(low)}-{_clock(high + export.interval)}" for day, (low, high) in sorted(hours.items())}
    opening: dict[str, str] = {}
    run: list[int] = []
    for day in [*sorted(windows), -1]:
        if run and (day != run[-1] + 1 or windows[day] != windows[run[0]]):
            name = WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
            opening[name] = windows[run[0]]
            run = []
        run.append(day)
    export.sentences.append(
        f"{len(days)} days from {days[0]:%a %Y-%m-%d}, intervals of {export.interval / 60:g} minutes, "
        f"{len(export.queues)} queues; open {', '.join(f'{day} {hours}' for day, hours in opening.items())} "
        "(from the first to the last interval with contacts)"
    )
    return opening


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"


def _write_intervals(export: Export, days: Sequence[datetime], opening: dict[str, str]) -> str:
    """The cleaned table: one row per queue and open interval."""
    from wfm.model.horizon import parse_opening

    windows = parse_opening(opening)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    has_agents = "agents" in export.found
    writer.writerow(["Queue", "Interval start", "Offered", *(["Agents"] if has_agents else [])])
    missing = left_out = 0.0
    for queue, cells in export.queues.items():
        kept = set()
        for day in days:
            for low, high in windows[day.weekday()]:
                for step in range(round((high - low) * 60 / export.interval)):
                    start = day + timedelta(minutes=low, seconds=step * export.interval)
                    missing += start not in cells
                    kept.add(start)
                    cell = cells.get(start, Cell())
                    row = [_safe(queue), f"{start:%Y-%m-%d %H:%M}", _plain(cell.offered)]
                    writer.writerow([*row, *([_plain(cell.agents)] if has_agents else [])])
        left_out += sum(cell.offered for start, cell in cells.items() if start not in kept)
    if missing:
        export.sentences.append(
            f"{missing:,.0f} open intervals have no row; they are taken as intervals without contacts"
        )
    return text.getvalue()


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _safe(name: str) -> str:
    """A queue's name that no spreadsheet takes for a formula."""
    return f" {name}" if name.startswith(FORMULA_MARKS) else name


# ---- writing


def _scenario(export: Export, path: Path, days: Sequence[datetime], opening: dict[str, str]) -> str:
    per_day = round(24 * 3600 / export.interval)
    hours = ", ".join(f'"{day}" = "{window}"' for day, window in opening.items())
    parts = [
        f"# Made by `wfm init` from {_comment(path.name)}. Look at each line that says `check`.",
        f"title = {_quoted(path.stem)}",
        "",
        "[horizon]",
        f"start = {days[0]:%Y-%m-%dT%H:%M:%S}",
        f'interval = "{export.interval / 60:g}min"',
        f"intervals = {per_day * len(days)}                # {len(days)} days",
        f"opening = {{ {hours} }}     # check: from the first to the last interval with contacts",
        'after_close = "serve"             # check: serve | drop | carry, for who waits at closing',
    ]
    for queue, cells in export.queues.items():
        parts += _queue(export, queue, list(cells.values()))
    for queue in export.queues:
        parts += _group(export, queue)
    parts += ["", "[experiment]", "replications = 200", "seed = 1", ""]
    return "\n".join(parts)


def _queue(export: Export, queue: str, cells: list[Cell]) -> list[str]:
    total = Cell(**{name: sum(getattr(cell, name) for cell in cells) for name in vars(cells[0])})
    lines = [
        "",
        f"[contact_types.{_quoted(queue)}]",
        f"volume = {_column(queue, 'Offered')}     # {total.offered:,.0f} contacts",
    ]
    if total.handled <= 0 or total.talk <= 0:
        raise InputError([fault(f"queue '{queue}'", "has no handled contacts to take a handling time from")])
    talk, wrap = total.talk / total.handled, total.wrap / total.handled
    if wrap > 0:
        lines.append(
            f"talk = {talk:.6g}                     # seconds: mean over {total.handled:,.0f} handled contacts"
        )
        lines.append(
            f"after_contact_work = {wrap:.6g}       # seconds; only the means are known, so both laws are exponential"
        )
    else:
        lines.append(
            f"handling = {talk:.6g}                 # seconds: AHT over {total.handled:,.0f} handled contacts; only the"
        )
        lines.append("                                  # mean is known, so the law is exponential")
    lines += _patience(export, queue, total)
    lines.append('target = "80/20"                  # check: your promise; of offered, in every interval')
    return lines


def _patience(export: Export, queue: str, total: Cell) -> list[str]:
    knows = total.wait > 0 and total.abandoned > 0
    if not knows:
        why = "the export has no waits" if total.wait <= 0 else "nobody abandoned"
        export.sentences.append(f"{queue}: patience is not known ({why}), so nobody hangs up in this scenario")
        return [f"# patience = 120                  # check: not known, {why}; without it nobody hangs up"]
    patience = total.wait / total.abandoned
    few = f"; {total.abandoned:,.0f} abandoned contacts are few" if total.abandoned < FEWEST_ABANDONED else ""
    missing = (
        ""
        if "abandon_wait" in export.found or "wait" in export.found
        else "; waits of abandoned contacts were not given"
    )
    export.sentences.append(
        f"{queue}: patience {patience:,.0f} s is an estimate, all waiting / abandoned = "
        f"{total.wait:,.0f} s / {total.abandoned:,.0f}{few}{missing}"
    )
    return [f"patience = {patience:.6g}                 # an estimate: all waiting / abandoned{few}{missing}"]


def _group(export: Export, queue: str) -> list[str]:
    name = f"{queue} team"
    lines = ["", f"[agent_groups.{_quoted(name)}]", f"skills = [{_quoted(queue)}]"]
    if "agents" in export.found:
        lines.append(f"agents = {_column(queue, 'Agents')}     # check: net, handling or ready")
    lines += [
        "# cost_per_hour = 25              # money per paid hour",
        "# contract_hours = 40             # a week, for FTE",
        "# max_occupancy = 0.85",
        '# shrinkage = { base = "paid", planned = { breaks = 0.10, training = 0.05 }, unplanned = { sickness = 0.05 } }',
    ]
    return lines


def _column(queue: str, column: str) -> str:
    return f'{{ file = "intervals.csv", column = "{column}", time = "Interval start", where = {{ Queue = {_quoted(queue)} }} }}'


def _quoted(text: str) -> str:
    """A TOML string or key."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)
