"""A budget file: TOML or a workbook, by the end of its name, to a Budget."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from wfm.errors import InputError, fault
from wfm.files.budgets.reading import read_budget
from wfm.files.scenario import read_toml
from wfm.model.budget.budget import Budget

WORKBOOKS = (".xlsx", ".xlsm")
TABLES = (".csv", ".tsv", ".txt", ".xls", ".ods")


def load_budget(path: str | PathLike[str]) -> Budget:
    """Read a budget.

    Args:
        path: a TOML file, whose tables stand in its folder; or a workbook, .xlsx.

    Raises:
        InputError: with every fault: key, row or cell, value, rule, and the nearest valid name.

    >>> import wfm
    >>> wfm.load_budget(wfm.example("budget_year")).calendar.periods
    12
    """
    if not isinstance(path, str | PathLike):
        raise InputError([fault("path", "must be the path of a budget file", path)])
    path = Path(path)
    if path.suffix.lower() in TABLES and path.is_file():
        rule = "must be a TOML file or an .xlsx workbook; `wfm init --budget year.xlsx` makes one to fill in"
        raise InputError([fault("BUDGET", rule)], str(path))
    if path.suffix.lower() in WORKBOOKS:
        from wfm.files.budgets.workbook_file import raw_of

        raw, where = raw_of(path)
        return read_budget(raw, path, where)
    raw = read_toml(path, "BUDGET")
    if "horizon" in raw and "calendar" not in raw:
        raise InputError([fault("BUDGET", "is a scenario, by its [horizon]; `wfm plan` works it out")], str(path))
    return read_budget(raw, path)
