"""Levels: one value, factor or addition, what it makes of what stands there, and its words."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, get_args, get_origin

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.model.declared import Declared, ShareBelowOne, counts, exact, faults_of, is_vector
from wfm.model.laws import Law, Never
from wfm.model.paths import is_law, kind_of
from wfm.model.shrinkage import Shrinkage

How = Literal["value", "factor", "addition"]
A = {"value": "a value", "factor": "a factor", "addition": "an addition"}


def is_number(level: object) -> bool:
    """Whether a level is one finite number."""
    # Of a whole number too large for a float, math.isfinite cannot be asked.
    return isinstance(level, int | float) and not isinstance(level, bool) and abs(level) <= sys.float_info.max


def is_numeric(level: object) -> bool:
    """Whether a level is one finite number, or one per interval."""
    if isinstance(level, tuple) and all(type(one) is float for one in level):
        return math.isfinite(sum(level))
    return is_number(level) or (isinstance(level, tuple) and all(is_number(one) for one in level))


def is_absent(current: object, how: How) -> bool:
    """Whether there is nothing that a factor or an addition could change; patience that never ends is none."""
    return how != "value" and (current is None or isinstance(current, Never))


def changed_by(current: Any, how: How, level: Any, hint: Any, where: str, each: str = "interval") -> Any:
    """What a level makes of what stands somewhere.

    Args:
        current: number, vector, law, shrinkage or another value of a centre; None where nothing is.
        how, level: the change. A number in place of a law is its mean, in place of shrinkage its total.
        hint: the annotation of what stands there.
        where: its path, for faults. each: what a vector has one number for.

    Raises:
        InputError: the level cannot be so, or leaves the valid domain.

    >>> changed_by(60, "factor", 1.1, int, "routing.lines")
    66
    """
    if isinstance(current, Law) and not isinstance(current, Never) and is_numeric(level):
        change = {"value": current.with_mean, "factor": current.scaled, "addition": current.moved}[how]
        try:
            return change(np.asarray(level, np.float64) if is_vector(level) else level)
        except InputError as error:
            raise InputError(under(where, error)) from None
    if isinstance(current, Shrinkage) and is_number(level):
        total = arithmetic(float(current.total), how, level)
        _raise(faults_of(where, total, ShareBelowOne))
        return current.scaled_to(total)
    if how == "value":
        found = level
        if _is_part(hint) and not (is_law(hint) and is_numeric(level)):
            _raise(faults_of(where, level, hint))
    elif not is_numeric(current):
        named = "is a table; vary one of its keys" if isinstance(current, Declared | Mapping) else "is no number"
        raise InputError([fault(where, f"{named}; {A[how]} needs a number to change")])
    else:
        if isinstance(current, tuple):
            check_length(len(current), level, where, each)
        found = arithmetic(current, how, level)
    return _whole(where, found) if counts(hint) and is_number(found) else found


def arithmetic(current: Any, how: How, level: Any) -> Any:
    """A number or a vector with a level; decimals as they are written, so that 1.1 x 100 is 110.

    >>> arithmetic(100, "factor", 1.1), arithmetic((50.0, 90.0), "factor", 1.1)
    (110.0, (55.0, 99.0))
    """
    if how == "value":
        return level
    if isinstance(current, tuple) or is_vector(level):
        rows = np.asarray(current, np.float64), np.asarray(level, np.float64)
        if how == "factor":
            return _decimals(rows[0] * rows[1], rows[1] == 1, rows[0])
        return _decimals(rows[0] + rows[1], rows[1] == 0, rows[0])
    one, other = exact(current), exact(level)
    return float(one * other if how == "factor" else one + other)


def _decimals(found: np.ndarray, is_same: np.ndarray, before: np.ndarray) -> tuple[float, ...]:
    """The decimals that were meant: 50 x 1.1 is 55, not 55.00000000000001; what is not changed stays as it was."""
    decimals = np.array([float(f"{one:.15g}") for one in found.tolist()])
    return tuple(np.where(is_same, before, decimals).tolist())


def _is_part(hint: Any) -> bool:
    """Whether a table, or a list of tables, stands there in a file."""
    kind = kind_of(hint)
    if get_origin(kind) is tuple:
        return _is_part(get_args(kind)[0])
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Declared))


def _whole(where: str, number: Any) -> int:
    if number != int(number):
        raise InputError([fault(where, f"must be a whole number; the nearest is {round(number)}", number)])
    return int(number)


def check_length(length: int, level: Any, where: str, each: str = "interval") -> None:
    """Raise InputError where a level for each interval, or period, has not as many as there are of them."""
    if isinstance(level, tuple) and length != len(level):
        raise InputError([fault(where, f"must hold {length} values, one per {each}; it holds {len(level)}")])


def _raise(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise InputError(found)


def under(where: str, error: InputError) -> list[Fault]:
    """The faults of a part, each with the path of the part before its own."""
    return [Fault(f"{where}.{one.where}", one.rule, one.value, one.has_value) for one in error.faults]


# ---- words


def level_in_words(how: How, level: Any, unit: str | None) -> str:
    """A level as tables show it.

    Args:
        how: value, factor or addition.
        level: in the model's units.
        unit: of numbers: "s", "share" or None.

    >>> level_in_words("factor", 1.1, None), level_in_words("addition", 0.05, "share"), level_in_words("value", 90, "s")
    ('+10 %', '+5 pt', '= 90 s')
    """
    if how == "factor" and is_number(level):
        return f"{_signed((exact(level) - 1) * 100)} %"
    if how == "addition" and is_number(level):
        shown, words = (exact(level) * 100, " pt") if unit == "share" else (level, " s" if unit == "s" else "")
        return f"{_signed(shown)}{words}"
    sign = {"value": "=", "factor": "*", "addition": "+"}[how]
    return f"{sign} {_value_in_words(level, unit)}"


def _signed(number: Any) -> str:
    # In words, both signs stand before a nought.
    return f"{float(number):+.6g}".replace("-", "−") if number else "±0"


def _value_in_words(level: Any, unit: str | None) -> str:
    if is_number(level):
        return f"{float(exact(level) * 100):.6g} %" if unit == "share" else f"{level:.6g}{' s' if unit == 's' else ''}"
    if level is None or (is_vector(level) and not len(level)):
        return "none"
    if isinstance(level, Declared):
        told = {one.name: getattr(level, one.name) for one in fields(level)}  # type: ignore[arg-type]
        usual = {one.name: _usual(one) for one in fields(level)}  # type: ignore[arg-type]
        return _table({name: one for name, one in told.items() if one != usual[name] or name == "law"})
    if isinstance(level, Mapping):
        return _table(level)
    if is_vector(level):
        return (
            f"{len(level)} values, mean {np.mean(level):.6g}"
            if is_numeric(tuple(level))
            else ", ".join(map(str, level))
        )
    return str(level)


def _usual(field: Field[Any]) -> Any:
    """What stands in a field that is left out."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _table(values: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{name} = {_value_in_words(one, None)}" for name, one in values.items()) + " }"
