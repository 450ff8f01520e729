"""Cells of inputs: how a key's values look, what may be typed there, and what holds where nothing is."""

from __future__ import annotations

from dataclasses import MISSING
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt

from wfm.files.budgets.sheets import LEVEL, Key
from wfm.model.declared import counts, unit_of
from wfm.reports.workbook.layout import Page

# What a number without a unit of its own counts, by the end of its key.
COUNTED = {
    "contacts": ("volume", "last_year"),
    "days": ("_days",),
    "heads": ("heads",),
    "hours": ("hours",),
    "weeks": ("_weeks",),
    "months": ("tenure",),
    "money": ("_cost", "per_hour", "tools", "amount", "one_off", "per_month", "_money"),
}
DIGITS = 15  # that every spreadsheet keeps of a number


def unit(key: Key) -> str:
    """What stands in a key's cells, in a word or two."""
    if key.hint == LEVEL:
        return "change"
    if get_origin(key.hint) is Literal:
        return "choice"
    if key.hint in (date, str):
        return "date" if key.hint is date else "text"
    if counts(key.hint):
        return "whole number"
    said = {"s": "seconds", "share": "share"}.get(unit_of(key.hint) or "")
    return said or next((unit for unit, ends in COUNTED.items() if key.path.endswith(ends)), "number")


def default(key: Key) -> str:
    """What holds where nothing is given, as a cell shows it."""
    if key.default is MISSING:
        return "needed"
    if isinstance(key.default, tuple):
        return ", ".join(_shown(one, key) for one in key.default)
    return "" if key.default is None else _shown(key.default, key)


def _shown(value: Any, key: Key) -> str:
    if isinstance(value, str):
        return value
    return f"{100 * value:g}%" if unit_of(key.hint) == "share" else f"{value:g}"


def look(key: Key, value: Any = None) -> str:
    """The number format of a key's cell."""
    if key.hint is date:
        return "date"
    if key.hint in (str, LEVEL) or get_origin(key.hint) is Literal:
        return "kept text"
    if unit_of(key.hint) == "share":
        return "share"
    is_whole = isinstance(value, int | float) and float(value).is_integer()
    return "count" if is_whole and not key.path.endswith("seed") else "general"  # a seed counts nothing


def is_plain(value: Any) -> bool:
    """Whether every spreadsheet keeps a number to its last bit.

    >>> is_plain(0.29), is_plain(1 / 3)
    (True, False)
    """
    return float(f"{value:.{DIGITS}g}") == value


def put(page: Page, row: int, column: int, value: Any, key: Key) -> bool:
    """A value in its cell; answers whether formulas can read it. Numbers that would lose digits are text."""
    if isinstance(value, int | float) and not is_plain(value):
        page.put_at(row, column, repr(value), "input", "general")
        return False
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    page.put_at(row, column, value, "input", look(key, value))
    return True


def blank(page: Page, rows: tuple[int, int], columns: tuple[int, int], key: Key) -> None:
    """Empty cells of a key, which take what is within its bounds only; rows and columns are the first and last."""
    for row in range(rows[0], rows[1] + 1):
        for column in range(columns[0], columns[1] + 1):
            page.put_at(row, column, None, "input", look(key, 0))
    if get_origin(key.hint) is Literal:
        choices = {"validate": "list", "source": list(get_args(key.hint)), "ignore_blank": True}
        page.sheet.data_validation(rows[0], columns[0], rows[1], columns[1], choices)
        return
    # Where a number has no lowest, the reader alone checks.
    marks: tuple[Any, ...] = get_args(key.hint)[1:]
    lows: list[Any] = [mark.ge if isinstance(mark, Ge) else mark.gt for mark in marks if isinstance(mark, Ge | Gt)]
    highs: list[Any] = [mark.le if isinstance(mark, Le) else mark.lt for mark in marks if isinstance(mark, Le | Lt)]
    if lows:
        is_share = unit_of(key.hint) == "share"
        page.allow(rows, columns, lows[0], highs[0] if highs else None, counts(key.hint), is_share)
