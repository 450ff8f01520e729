"""What came in a period: a table with a row per contact type and agent group, joined to the budget by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path

from wfm.errors import Fault, InputError, fault, nearest
from wfm.files.budgets.periods import days_of
from wfm.files.grid import EMPTY_CELLS, Line, Table, parse_number, read_table
from wfm.model.budget.actual import Actual, ActualGroup, ActualType
from wfm.model.budget.budget import Budget
from wfm.model.declared import Declared, declared_hints, faults_of, unit_of

NAME, PERIOD = "name", "period"
KINDS: dict[str, type[Declared]] = {"contact type": ActualType, "agent group": ActualGroup}
FIGURES = {one.name: kind for kind, cls in KINDS.items() for one in fields(cls)}  # type: ignore[arg-type]
COLUMNS = (PERIOD, NAME, *FIGURES)

Figures = dict[str, dict[str, float]]  # by contact type or agent group


@dataclass(frozen=True)
class Row:
    """A row of the table: where it stands, its period, the name of what it tells of, and its cells by their columns."""

    where: str
    period: int
    name: str
    cells: Mapping[str, str]


def load_actual(path: str | PathLike[str], budget: Budget, period: str | None = None) -> Actual:
    """Read what came in a period.

    Args:
        path: a CSV file or a workbook, with columns `period`, `name` (a contact type or an agent group) and any of
            volume, aht, shrinkage, attrition, pay_per_hour, schedule_fit, heads, paid_hours and cost. An empty cell is
            as budgeted.
        budget: what it is set against.
        period: which one, such as "2027-03"; needed where the table holds several.

    Raises:
        InputError: with every fault: row and column, value, rule, and the nearest valid name.

    >>> import wfm
    >>> home = wfm.example("budget_year")
    >>> load_actual(home.with_name("march.csv"), wfm.load_budget(home)).types["calls"].aht
    341.0
    """
    path = Path(path)
    table = read_table(path, COLUMNS)
    faults: list[Fault] = []
    columns = dict(_columns(table.header, faults))
    rows = [] if faults else list(_rows(table, columns, budget, faults))
    chosen = _chosen_period(rows, budget, period, table, faults) if not faults else None
    by_period: dict[int, dict[str, Figures]] = {row.period: {kind: {} for kind in KINDS} for row in rows}
    for row in rows:
        if chosen is None or row.period == chosen:
            _read_row(row, table, budget, by_period[row.period], faults)
    if faults or chosen is None:
        raise InputError(faults, str(path))
    read = by_period[chosen]
    if not any(found for figures in read.values() for found in figures.values()):
        raise InputError([fault(table.name, f"has no figure of {budget.calendar.names[chosen]}")], str(path))
    types = {name: ActualType(**found) for name, found in read["contact type"].items()}
    return Actual(chosen, types, {name: ActualGroup(**found) for name, found in read["agent group"].items()})


def _columns(header: Line, faults: list[Fault]) -> Iterator[tuple[str, int]]:
    """Which column holds what; capitals, and spaces for underscores, do not count."""
    found = set[str]()
    for at, cell in enumerate(header):
        name = "_".join(cell.strip().casefold().replace("-", " ").split())
        if name and name not in COLUMNS:
            faults.append(fault(f"column '{cell}'", f"is not a figure; {nearest(name, COLUMNS)}"))
        elif name in found:
            faults.append(fault(f"column '{cell}'", "is there twice"))
        elif name:
            found.add(name)
            yield name, at
    for name, what in ((PERIOD, "such as 2027-03"), (NAME, "a contact type or an agent group")):
        if name not in found:
            faults.append(fault(f"column '{name}'", f"is missing; {what}"))


def _rows(table: Table, columns: Mapping[str, int], budget: Budget, faults: list[Fault]) -> Iterator[Row]:
    """The rows whose period is one of the budget."""
    calendar, texts = budget.calendar, [cells[columns[PERIOD]] for cells in table.rows]
    if not texts:
        faults.append(fault(table.name, "has no rows under its header"))
    for index, day in enumerate(days_of(texts, calendar)):
        where, at = table.row_name(index), None if day is None else calendar.of(day)
        if day is None:
            rule = f"must be a {calendar.period} of the budget, such as {calendar.names[0]}"
            faults.append(fault(f"{where}, column '{PERIOD}'", rule, texts[index]))
        elif at is None:
            rule = f"lies outside the budget, {calendar.names[0]} to {calendar.names[-1]}"
            faults.append(fault(f"{where}, column '{PERIOD}'", rule, texts[index]))
        else:
            cells = {name: table.rows[index][column] for name, column in columns.items() if name in FIGURES}
            yield Row(where, at, table.rows[index][columns[NAME]].strip(), cells)


def _chosen_period(
    rows: Sequence[Row], budget: Budget, asked: str | None, table: Table, faults: list[Fault]
) -> int | None:
    """Index of the period that is asked for, or of the only one."""
    names = budget.calendar.names
    there = [names[at] for at in sorted({row.period for row in rows})]
    if asked is None and len(there) > 1:
        rule = f"tells of several: {', '.join(there)}; say which, such as --period {there[-1]}"
        faults.append(fault(f"{table.name}, column '{PERIOD}'", rule))
        return None
    chosen = there[0] if asked is None else asked
    if chosen not in there:
        faults.append(fault("period", f"is not in {table.name}; {nearest(chosen, there)}", chosen))
        return None
    return names.index(chosen)


def _read_row(row: Row, table: Table, budget: Budget, read: dict[str, Figures], faults: list[Fault]) -> None:
    """The figures of a row, with those of its contact type or agent group; a name may be both."""
    types, groups = budget.contact_types, budget.agent_groups
    kinds = [kind for kind, names in zip(KINDS, (types.keys(), groups.keys()), strict=True) if row.name in names]
    if not kinds:
        rule = f"is neither a contact type nor an agent group; {nearest(row.name, [*types, *groups])}"
        faults.append(fault(f"{row.where}, column '{NAME}'", rule, row.name))
        return
    for kind in kinds:
        read[kind].setdefault(row.name, {})
    for column, text in row.cells.items():
        kind, where = FIGURES[column], f"{row.where}, column '{column}'"
        if text.strip() in EMPTY_CELLS:
            continue
        if kind not in kinds:
            other = f"{'an' if kind[0] == 'a' else 'a'} {kind}"
            faults.append(fault(where, f"is of {other}; {row.name} is none: leave it empty", text))
        elif column in read[kind][row.name]:
            faults.append(fault(where, f"is there twice for {row.name}", text))
        else:
            value = _number(text, column, where, table, faults)
            if value is not None:
                read[kind][row.name][column] = value


def _number(text: str, column: str, where: str, table: Table, faults: list[Fault]) -> float | None:
    hint = declared_hints(KINDS[FIGURES[column]])[column]
    try:
        value = parse_number(text, unit_of(hint), table.decimal_comma)
    except ValueError as error:
        faults.append(fault(where, str(error), text))
        return None
    found = list(faults_of(where, value, hint))
    faults.extend(found)
    return None if found else value
