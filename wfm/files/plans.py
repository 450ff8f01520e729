"""A staffing plan as a CSV file: what is written is read back, unchanged or edited in a spreadsheet."""

from __future__ import annotations

import csv
import io
from os import PathLike
from pathlib import Path

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments
from wfm.files.grid import Table, parse_number, read_table
from wfm.files.tables import Report
from wfm.files.whole import write_whole
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan

HEADER = ("date", "time", "agent group", "net", "gross")
NUMBERS = ("net", "gross")
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "'")


def write_plan(plan: StaffingPlan, path: str | PathLike[str]) -> Path:
    """Write date, time, agent group, net and gross: one row per group and open interval.

    Net is written as it is, with its fraction if it has one; gross is the whole gross. A group whose name a spreadsheet
    would take for a formula is written with an apostrophe before it, which `read_plan` takes off.

    Raises:
        OutputError: it cannot be written; nothing is left half-written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row, group in enumerate(plan.groups):
        is_open = plan.center.on_duty(group)
        for interval in np.flatnonzero(is_open):
            start = plan.center.horizon.starts[interval]
            net = float(plan.net[row, interval])
            shown = int(net) if net == int(net) else repr(net)
            gross = int(plan.whole_gross[row, interval])
            writer.writerow(
                [f"{start:%Y-%m-%d}", f"{start:%H:%M:%S}"[: 8 if start.second else 5], _quoted(group), shown, gross]
            )
    written = text.getvalue()
    # Spreadsheets take a file without this mark for the local alphabet, and spoil the names.
    return write_whole(path, written if written.isascii() else "\ufeff" + written)


def read_plan(path: str | PathLike[str], center: ContactCenter) -> StaffingPlan:
    """Read a plan. Net counts; gross is worked out again, and read only where there is no net column.

    Raises:
        InputError: with every fault: unknown group, missing, doubled or foreign interval, text for a number.
    """
    path = Path(path)
    faults: list[Fault] = []
    table = read_table(path, HEADER)
    columns = _columns(table, faults)
    if faults:
        raise InputError(faults, str(path))
    given = _cells(table, columns, center, faults)
    if faults:
        raise InputError(faults, str(path))
    if "net" not in columns:
        groups = center.agent_groups.values()
        given = np.array([group.shrinkage.net(row) for group, row in zip(groups, given, strict=True)])
    return StaffingPlan(center, given, path.stem)


def plan_notes(path: str | PathLike[str], center: ContactCenter) -> list[str]:
    """What a reader of the plan file should know: rows whose gross is not what their net needs."""
    table = read_table(Path(path), HEADER)
    columns = _columns(table, [])
    plan = read_plan(path, center)
    found = [f"{path}: the text is not Unicode; it is read as {table.encoding}"] if table.encoding else []
    if "net" not in columns:
        return [*found, f"{path}: there is no net column; net is worked out from gross"]
    if "gross" not in columns:
        return found
    faults: list[Fault] = []
    written = _cells(table, {**columns, "net": columns["gross"]}, center, faults)
    if faults:
        return [*found, f"{path}: gross cannot be read; net is used and gross worked out from it"]
    is_open = np.array([center.on_duty(group) for group in plan.groups])
    apart = int(np.sum((written != plan.whole_gross) & is_open))
    if apart:
        found.append(
            f"{path}: {apart} rows hold another gross than their net needs; net is used and gross worked out from it"
        )
    return found


def _columns(table: Table, faults: list[Fault]) -> dict[str, int]:
    found = {name: index for name in HEADER if (index := table.column(name)) is not None}
    for name in HEADER[:3]:
        if name not in found:
            faults.append(fault(table.name, f"has no column '{name}'; {nearest(name, table.header)}"))
    if not set(NUMBERS) & set(found):
        faults.append(fault(table.name, "has no column 'net' (nor 'gross')"))
    return found


def _cells(table: Table, columns: dict[str, int], center: ContactCenter, faults: list[Fault]) -> np.ndarray:
    """float64[groups, intervals] of the plan's numbers."""
    horizon, groups = center.horizon, list(center.agent_groups)
    values = np.full((len(groups), horizon.intervals), np.nan)
    report = Report(faults)
    rows = table.rows
    if not rows:
        faults.append(fault(table.name, "has no rows"))
        return values
    try:
        days, clocks = ([row[columns[name]] for row in rows] for name in ("date", "time"))
        moments = read_moments(days, clocks, None, in_horizon(horizon))
    except UnreadableError as error:
        faults.append(fault(table.row_name(error.row), "must be a date and time that all rows spell alike", error.text))
        return values
    except AmbiguousError as error:
        faults.append(
            fault(table.name, f"its dates can be read as {' or '.join(error.formats)}; write them as 2026-01-31")
        )
        return values
    number = columns.get("net", columns.get("gross", 0))
    for index, (row, moment) in enumerate(zip(rows, moments, strict=True)):
        where, group = table.row_name(index), _group(row[columns["agent group"]], groups)
        interval = (moment - horizon.start).total_seconds() / horizon.interval
        if group not in groups:
            report.add("group", where, f"names no agent group; {nearest(group, groups)}", group)
        elif interval % 1 or not 0 <= interval < horizon.intervals:
            report.add("interval", where, "is not an interval of the scenario", f"{moment:%Y-%m-%d %H:%M}")
        elif not np.isnan(values[groups.index(group), int(interval)]):
            report.add("twice", where, f"gives '{group}' a second time for this interval", f"{moment:%Y-%m-%d %H:%M}")
        else:
            values[groups.index(group), int(interval)] = _agents(row[number], where, table, report)
    _fill_closed(values, center, table, report)
    report.finish()
    return values


def _group(text: str, groups: list[str]) -> str:
    name = _unquoted(text)
    return name if name in groups else _unquoted(text.strip())


def _agents(text: str, where: str, table: Table, report: Report) -> float:
    # Where no number of the table tells, the mark is a decimal one: spreadsheets write no thousands marks unasked.
    decimal_comma = "," in text if table.decimal_comma is None else table.decimal_comma
    try:
        value = parse_number(text, None, decimal_comma)
    except ValueError:
        report.add("number", where, "must be a number of agents", text)
        return 0.0
    if value < 0:
        report.add("negative", where, "must be at least 0", value)
        return 0.0
    return value


def _fill_closed(values: np.ndarray, center: ContactCenter, table: Table, report: Report) -> None:
    for row, group in enumerate(center.agent_groups):
        is_open = center.on_duty(group)
        for interval in np.flatnonzero(np.isnan(values[row])):
            if is_open[interval]:
                at = f"{center.horizon.starts[interval]:%Y-%m-%d %H:%M}"
                report.add("missing", table.name, f"has no row of '{group}' for an open interval", at)
            values[row, interval] = 0.0


def _quoted(name: str) -> str:
    return f"'{name}" if name.startswith(FORMULA_MARKS) else name


def _unquoted(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_MARKS) else text
