"""What a cell of a budget's workbook means, by the key that it stands at."""

from __future__ import annotations

import re
import tomllib
from datetime import date, time
from typing import Any, Literal, get_origin

from wfm.errors import Fault, fault
from wfm.files.budgets.cells import Broken, Cell
from wfm.files.budgets.sheets import LEVEL, Key
from wfm.files.grid import parse_number
from wfm.model.declared import counts, unit_of

WHOLE = re.compile(r"[+-]?\d+")
EXACT = 2**53  # below it every whole number is a float
NEW_VALUE = re.compile(r"to\s+(\S.*)")
NO_LEVEL = (
    "must be a text, as a spreadsheet makes 0.1 of +10%: format the cell as text, and write +10% or -15s or +5pt for a "
    "change, *1.1 for a factor, 'to 300' or 'to 30%' for the new value"
)


def value_of(cell: Cell, key: Key, place: str, faults: list[Fault]) -> Any:
    """A cell's value in the form that a TOML file would have it; what is not of its kind stays as it is.

    Args:
        cell: what it holds.
        key: that it stands at.
        place: the cell's name, for faults.
        faults: is added to where it cannot be read at all.
    """
    if isinstance(cell, Broken):
        faults.append(fault(place, cell.why, *([cell.shown] if cell.shown else [])))
        return cell.shown
    if key.hint == LEVEL:
        if not isinstance(cell, str):
            faults.append(fault(place, NO_LEVEL, shown(cell)))
            return text_of(cell)
        return _level(cell)
    if key.hint is str and isinstance(cell, str):
        return cell  # as it was written, with its spaces
    if key.hint is str or get_origin(key.hint) is Literal:
        return text_of(cell)
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell
    if not isinstance(cell, str):
        return cell
    return _date(cell) if key.hint is date else _number(cell, key)


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return text.strip()


def _number(text: str, key: Key) -> float | int | str:
    """The number that a text spells; the text where it spells none."""
    if counts(key.hint) and WHOLE.fullmatch(text.strip()):
        return int(text)
    try:
        return parse_number(text, unit_of(key.hint), decimal_comma=None)
    except ValueError:
        return text.strip()


def _level(text: str) -> Any:
    """A level as a TOML file has it: a list in brackets, a new value after 'to', else the text.

    >>> _level("+10%"), _level("to -5"), _level("to 30%"), _level("[1, 2.5]")
    ('+10%', -5, '30%', [1, 2.5])
    """
    text = text.strip()
    new = NEW_VALUE.fullmatch(text)
    if not (new or text.startswith("[")):
        return text
    plain = new.group(1) if new else text
    try:
        return tomllib.loads(f"level = {plain}")["level"]
    except tomllib.TOMLDecodeError:
        return plain


def text_of(cell: Cell) -> str:
    """What a cell shows, as text without outer spaces.

    >>> text_of(2027.0), text_of(" calls ")
    ('2027', 'calls')
    """
    if isinstance(cell, Broken):
        return cell.shown
    if isinstance(cell, date | time):
        return cell.isoformat()
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell).strip()


def shown(cell: Cell) -> object:
    """A cell's value as faults show it."""
    return cell if isinstance(cell, float | str | bool) else text_of(cell)
