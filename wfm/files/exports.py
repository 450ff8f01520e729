"""An interval export of a contact-centre system, turned into a commented scenario; what was understood is said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from os import PathLike
from pathlib import Path

from wfm.errors import InputError, OutputError, fault
from wfm.files.clock import clock_name
from wfm.files.export_rows import Cell, Export, read_export
from wfm.files.plans import FORMULA_MARKS
from wfm.files.whole import make_folder, write_whole
from wfm.model.horizon import WEEKDAYS, parse_opening

FEWEST_ABANDONED = 20  # below that an estimate of patience says little
SHORTEST_AVERAGE = 10.0  # seconds; an AHT below this may be minutes


@dataclass(frozen=True)
class Understood:
    """The scenario that was written, and what was understood of the export, in sentences."""

    path: Path
    sentences: tuple[str, ...]


def init(path: str | PathLike[str], out: str | PathLike[str] | None = None) -> Understood:
    """Turn an interval export into a scenario folder.

    Args:
        path: CSV or workbook: queue, date and time, offered, AHT or total handle time, and more where present.
        out: the folder; absent: beside the export, named after it. An existing scenario is never overwritten.

    Raises:
        InputError: what is missing or unreadable in the export.
        OutputError: the folder cannot be written, or holds a scenario already.
    """
    path = Path(path)
    export = read_export(path)
    folder = Path(out) if out is not None else path.with_suffix("")
    scenario = folder / "scenario.toml"
    for there in (scenario, folder / "intervals.csv"):
        if there.exists():
            raise OutputError(f"{there}: is there already; it is not overwritten. Name another folder with --out")
    days = _days(export)
    opening = _opening(export, days)
    intervals = _write_intervals(export, days, opening)
    text = _scenario(export, path, days, opening)
    make_folder(folder)
    write_whole(folder / "intervals.csv", intervals)
    write_whole(scenario, text)
    return Understood(scenario, tuple(export.sentences))


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
    windows = {
        day: f"{clock_name(low)}-{clock_name(high + export.interval)}" for day, (low, high) in sorted(hours.items())
    }
    opening: dict[str, str] = {}
    run: list[int] = []
    for day in [*sorted(windows), -1]:
        if run and (day != run[-1] + 1 or windows[day] != windows[run[0]]):
            name = WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
            opening[name] = windows[run[0]]
            run = []
        run.append(day)
    export.sentences.append(
        f"{_count(len(days), 'day')} from {days[0]:%a %Y-%m-%d}, intervals of {export.interval / 60:g} minutes, "
        f"{_count(len(export.queues), 'queue')}; open {', '.join(f'{day} {hours}' for day, hours in opening.items())} "
        "(from the first to the last interval with contacts)"
    )
    return opening


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _write_intervals(export: Export, days: Sequence[datetime], opening: dict[str, str]) -> str:
    """The cleaned table: one row per queue and open interval."""
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
        f"title = {_quoted(path.stem)}             # check: what reports call it",
        "",
        "[horizon]",
        f"start = {days[0]:%Y-%m-%dT%H:%M:%S}",
        f'interval = "{export.interval / 60:g}min"',
        f"intervals = {per_day * len(days)}                # {_count(len(days), 'day')}",
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
    if talk + wrap < SHORTEST_AVERAGE:
        export.sentences.append(f"{queue}: an AHT of {talk + wrap:.3g} seconds is short; are they minutes?")
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
    # Those who hung up are the impatient ones: their waits alone give a patience that is far too short.
    has_waits = {"asa", "wait"} & set(export.found) and total.wait > 0
    if not has_waits or total.abandoned <= 0:
        why = "the export has no waits of answered contacts" if not has_waits else "nobody abandoned"
        export.sentences.append(f"{queue}: patience is not known ({why}), so nobody hangs up in this scenario")
        return [f"# patience = 120                  # check: not known, {why}; without it nobody hangs up"]
    patience = total.wait / total.abandoned
    few = f"; {total.abandoned:,.0f} abandoned contacts are few" if total.abandoned < FEWEST_ABANDONED else ""
    missing = (
        ""
        if "abandon_wait" in export.found or "wait" in export.found
        else "; without the waits of abandoned contacts, so too short"
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
        "# shrinkage = { planned = { breaks = 0.10, training = 0.05 }, unplanned = { sickness = 0.05 } }",
    ]
    return lines


def _column(queue: str, column: str) -> str:
    where = f"{{ Queue = {_quoted(queue)} }}"
    return f'{{ file = "intervals.csv", column = "{column}", time = "Interval start", where = {where} }}'


def _quoted(text: str) -> str:
    """A TOML string or key."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)
