"""How a planner writes what is varied: `±10%`, `+30s`, `+5pt`, `*0.9:1.1:9`, `10,20,30`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from wfm.errors import InputError, fault
from wfm.files import spelling
from wfm.files.scenario import read_value
from wfm.model.declared import Declared
from wfm.model.levels import How
from wfm.model.paths import CENTER, Root, hint_of, is_numeric_at, kind_of, unit_at
from wfm.model.variation import Change, Variation

MOST_LEVELS = 100_000  # of one variation
NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
RANGE = re.compile(r"([^:,]+):([^:,]+):([^:,]+)")
TWO_ENDS = re.compile(r"[^:,]+:[^:,]+")
CLOCK = re.compile(r"(?:±|\+/-|\+-|[+-])?\d*:\d{1,2}")  # minutes and seconds, such as 3:20
HOWS: dict[str, How] = {"*": "factor", "+": "addition"}  # the sign before a list of them
PLUS_MINUS = ("±", "+/-", "+-")
ANY_UNIT = "any"  # of a path that no centre has; that it matches nothing is said when a centre is at hand
SIGNED = "a sign makes a change, such as '+10%', '-15s', '+5pt' or '±10%'"
UNSIGNED = "no sign a value, such as '200', '80%' or '10,20,30'; * a factor, such as '*1.1' or '*0.9:1.1:9'"
HOW_TO_WRITE = f"{SIGNED}; {UNSIGNED}"


class Format(NamedTuple):
    """The format whose paths are varied: what they start from, and how a file of it has a value at one.

    read: a path, a value, what is varied and the folder of its tables, to the value in the model's form.
    """

    root: Root
    read: Callable[[str, Any, Any, Path], Any]


SCENARIO = Format(CENTER, read_value)


class _Unreadable(ValueError):
    """A text that is no level, with what is wrong with it."""


def read_variation(
    path: str,
    levels: Any,
    base: Declared | None = None,
    folder: Path = Path(),
    drawn: bool = False,
    file_format: Format = SCENARIO,
) -> Variation:
    """A path, or its short form, with its levels.

    Args:
        path: `contact_types.*.volume` and the like, or volume, aht, shrinkage, patience, agents.
        levels: a text (docs/sweeps.md), one value, or a list of texts and values.
        base: the centre or budget that is varied, which values by interval need.
        folder: where files of tables stand.
        drawn: cases are drawn between the lowest and the highest level: a range is its two ends, and needs no number of
            levels.
        file_format: that of what is varied, a scenario or a budget.

    Raises:
        InputError: a text that is no level, with how to write one; a value that a scenario file could not hold there.

    >>> read_variation("volume", "±10%").levels
    (0.9, 1.1)
    >>> read_variation("contact_types.*.aht", "+-30:+60:4").levels
    (-30.0, 0.0, 30.0, 60.0)
    >>> read_variation("volume", "-10%:+10%", drawn=True).levels
    (0.9, 1.1)
    """
    where, path = path, file_format.root.short_forms.get(path, path)
    given = levels if isinstance(levels, list) else [levels]
    found = [one for level in given for one in _read(where, path, level, base, folder, file_format, drawn)]
    hows = {how for how, _ in found}
    if len(hows) > 1:
        raise InputError([fault(where, f"mixes {' and '.join(f'{how}s' for how in sorted(hows))}; {SIGNED}", levels)])
    if not found:
        raise InputError([fault(where, f"has no level; {HOW_TO_WRITE}", levels)])
    return Variation(path, tuple(level for _, level in found), hows.pop(), file_format.root.label(path) or "")


def read_change(
    path: str, level: Any, base: Declared | None = None, folder: Path = Path(), file_format: Format = SCENARIO
) -> Change:
    """A path, or its short form, with its one level; a list is a value by interval, or by period of a budget.

    Raises:
        InputError: as for `read_variation`, or more than one level.

    >>> read_change("shrinkage", "+5pt").level
    0.05
    """
    where, path = path, file_format.root.short_forms.get(path, path)
    found = _read(where, path, level, base, folder, file_format)
    if len(found) != 1:
        raise InputError([fault(where, "must be one level in a scenario", level)])
    return Change(path, *found[0])


def _read(
    where: str, path: str, level: Any, base: Declared | None, folder: Path, file_format: Format, drawn: bool = False
) -> list[tuple[How, Any]]:
    """The levels of a text, each with what it is; or the one level that a value is."""
    if not isinstance(level, str):
        return [("value", level if isinstance(level, Declared) else file_format.read(path, level, base, folder))]
    if level.lstrip().startswith("["):
        return [("value", file_format.read(path, _listed(where, level.strip()), base, folder))]
    if level.lstrip().startswith("{"):
        return [("value", file_format.read(path, one, base, folder)) for one in _tables(where, level)]
    # Editors and phones write the typographic minus.
    text = level.strip().replace("\u2212", "-")
    hint = hint_of(path, file_format.root)
    if hint is not None and not is_numeric_at(path, file_format.root):
        return [("value", file_format.read(path, one.strip(), base, folder)) for one in _texts(level, hint)]
    if text[1:2] == "[" and text[0] in HOWS:
        return [(HOWS[text[0]], tuple(_listed(where, text[1:])))]
    unit = ANY_UNIT if hint is None else unit_at(path, file_format.root)
    try:
        if text[:1] in ("*", "×"):
            # As of a share: a factor may be written as 110 %.
            parts = [_counted(part.strip(), "share", drawn) for part in text[1:].split(",")]
            return [("factor", one) for part in parts for one in _numbers(part, "share")]
        return [one for part in text.split(",") for one in _part(_counted(part.strip(), unit, drawn), unit)]
    except _Unreadable as error:
        raise InputError([fault(where, f"{error}", level)]) from None


def _texts(text: str, hint: Any) -> list[str]:
    """Texts between commas, where a comma is no part of one, as it is in opening hours."""
    return [text] if kind_of(hint) is str else text.split(",")


def _tables(where: str, text: str) -> list[Any]:
    """The table, or the tables between commas, of a text in TOML."""
    rule = "must be a table as a scenario file has it, such as { rank = 2 } or { law = 'gamma', mean = 90, cv = 2 }"
    return _from_toml(where, text, f"[{text}]", rule)


def _listed(where: str, text: str) -> list[Any]:
    """The list of a text in TOML."""
    return _from_toml(where, text, text, "must be a list as a file has it, such as [1.0, 1.1, 1.2]")


def _from_toml(where: str, shown: str, text: str, rule: str) -> list[Any]:
    try:
        (found,) = tomllib.loads(f"levels = {text}").values()
        return list(found)
    except (ValueError, RecursionError):  # of TOML, or because there is more in it than these
        raise InputError([fault(where, rule, shown)]) from None


def _counted(text: str, unit: str | None, drawn: bool) -> str:
    """A range with its number of levels: where cases are drawn between its ends, they alone are its levels."""
    if not TWO_ENDS.fullmatch(text):
        return text
    if unit in ("s", ANY_UNIT) and CLOCK.fullmatch(text):
        if not drawn:
            return text
        ends = ":".join(f"{end}s" for end in text.split(":"))
        raise _Unreadable(f"could be minutes and seconds, or a range from one to the other; write '{ends}' for a range")
    if drawn:
        return f"{text}:2"
    _part(f"{text}:2", unit)  # what else is wrong with it is told first
    rule = f"must say how many levels a range has, such as '{text}:5'"
    raise _Unreadable(f"{rule}; only latin_hypercube and sobol, which draw between its ends, need no number")


def _part(text: str, unit: str | None) -> list[tuple[How, Any]]:
    """The levels of one text between commas."""
    is_range = RANGE.fullmatch(text)
    sign = next((one for one in PLUS_MINUS if text.startswith(one)), "")
    if sign and not is_range:
        how, size = _change(text[len(sign) :], unit)
        if size == 0:
            raise _Unreadable("changes nothing: both levels are the base; say how much more and less, such as '±10%'")
        middle = 1 if how == "factor" else 0
        return [(how, float(middle - size)), (how, float(middle + size))]
    if is_range and (sign or any(end.strip()[:1] in ("+", "-") for end in is_range.groups()[:2])):
        low, high, count = (part.strip() for part in is_range.groups())
        # A leading + marks a range of changes, whatever the sign of its lower end is.
        ends = [_signed(end, unit) for end in (low[1:] if low.startswith("+-") else low, high)]
        if ends[0][0] != ends[1][0]:
            raise _Unreadable("must be from one kind of change to the same, such as '-10%:+10%:5' or '-30s:+60s:4'")
        return [(ends[0][0], one) for one in _between(ends[0][1], ends[1][1], count)]
    if text[:1] in ("+", "-"):
        how, size = _signed(text, unit)
        return [(how, float(size))]
    if is_range:
        return [("value", one) for one in _numbers(text, unit)]
    return [("value", float(_value(text, unit)))]


def _signed(text: str, unit: str | None) -> tuple[How, Fraction]:
    """A change with its sign; a factor is told apart from an addition by its percent sign."""
    how, size = _change(text.lstrip("+-"), unit)
    size = -size if text.startswith("-") else size
    return how, 1 + size if how == "factor" else size


def _change(text: str, unit: str | None) -> tuple[How, Fraction]:
    """What a change without its sign is, and how large."""
    text = text.strip()
    if text.endswith("%"):
        if unit == "share":
            rule = "could be points or a part of the share; write points, such as '+5pt', or a factor, such as '*1.05'"
            raise _Unreadable(rule)
        return "factor", _number(text[:-1]) / 100
    if text.endswith("pt"):
        if unit not in ("share", ANY_UNIT):
            raise _Unreadable("has points, which belong to shares such as shrinkage; write '+10%' for a factor")
        return "addition", _number(text[:-2]) / 100
    if unit in ("s", ANY_UNIT):
        try:
            return "addition", Fraction(repr(spelling.duration(text)))
        except ValueError:
            if unit == "s":
                raise _Unreadable(f"{spelling.DURATION_RULE}; {HOW_TO_WRITE}") from None
    return "addition", _number(text)


def _numbers(text: str, unit: str | None) -> list[float]:
    """One number, or a range of them from low to high."""
    is_range = RANGE.fullmatch(text.strip())
    if not is_range:
        return [float(_value(text, unit))]
    low, high, count = is_range.groups()
    return _between(_value(low, unit), _value(high, unit), count)


def _between(low: Fraction, high: Fraction, count: str) -> list[float]:
    """So many numbers from low to high, both ends among them, in decimals: the middle of 0.9 and 1.1 is 1."""
    if not re.fullmatch(r"\s*\d+\s*", count) or not 2 <= int(count) <= MOST_LEVELS:
        rule = f"must say how many levels, from 2 to {MOST_LEVELS:,}, at the end of a range, such as '*0.9:1.1:9'"
        raise _Unreadable(rule)
    steps = int(count) - 1
    return [float(low + (high - low) * step / steps) for step in range(steps + 1)]


def _value(text: str, unit: str | None) -> Fraction:
    """A number in the model's unit; only factors can have a minus here."""
    text = text.strip()
    if text.startswith("-"):
        return -_value(text[1:], unit)
    if text.endswith("%"):
        if unit == "s":
            raise _Unreadable(f"{spelling.DURATION_RULE}; {HOW_TO_WRITE}")
        if unit is None:
            raise _Unreadable(f"must be a number; {HOW_TO_WRITE}")
        return _number(text[:-1]) / 100
    if unit == "s" or (unit == ANY_UNIT and not NUMBER.fullmatch(text)):
        try:
            return Fraction(repr(spelling.duration(text)))
        except ValueError:
            raise _Unreadable(f"{spelling.DURATION_RULE}; {HOW_TO_WRITE}") from None
    return _number(text)


def _number(text: str) -> Fraction:
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise _Unreadable(f"must be a number; {HOW_TO_WRITE}")
    return Fraction(text)
