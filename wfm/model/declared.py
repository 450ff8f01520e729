"""How every noun of the model is declared: once, with bounds, as a frozen dataclass.

A field's annotation carries its unit and its bounds (`annotated_types`); `wfm.files` reads the same annotations. A
value built in Python is held to them in `__post_init__`, and so is one that was read from a file.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from wfm.errors import Fault, InputError, fault, nearest


@dataclass(frozen=True)
class Unit:
    """What a number counts: "s" (a file may write "30min") or "share" (a file may write "30%")."""

    name: str


D = TypeVar("D", bound="Declared")

Seconds = Annotated[float, Unit("s"), Ge(0)]
PositiveSeconds = Annotated[float, Unit("s"), Gt(0)]
Share = Annotated[float, Unit("share"), Ge(0), Le(1)]
ShareBelowOne = Annotated[float, Unit("share"), Ge(0), Lt(1)]
OpenShare = Annotated[float, Unit("share"), Gt(0), Lt(1)]
PositiveShare = Annotated[float, Unit("share"), Gt(0), Le(1)]
NonNegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(0)]
PositiveCount = Annotated[int, Ge(1)]
Replications = Annotated[int, Ge(1), Lt(2**31)]
Seed = Annotated[int, Ge(0), Lt(2**63)]

KIND = "must be"  # begins every rule about the kind of a value, as against its size

# One value for the whole horizon, or one per interval.
VolumePerInterval = NonNegative | tuple[NonNegative, ...]
AgentsPerInterval = NonNegative | tuple[NonNegative, ...]
SecondsPerInterval = Seconds | tuple[Seconds, ...]
PositiveSecondsPerInterval = PositiveSeconds | tuple[PositiveSeconds, ...]
PositivePerInterval = Positive | tuple[Positive, ...]
NonNegativePerInterval = NonNegative | tuple[NonNegative, ...]
SharePerInterval = ShareBelowOne | tuple[ShareBelowOne, ...]


class Declared:
    """Base of the model's frozen dataclasses: fields are held to their annotations, vectors become tuples.

    Files and Python come through this one door, so that both are told the same faults in the same words.
    """

    def __post_init__(self) -> None:
        self.prepare()
        self._hold_to(declared_hints(type(self)))

    def prepare(self) -> None:
        """Bring short spellings of a field into its declared form."""

    def _hold_to(self, hints: Mapping[str, Any]) -> None:
        for name, hint in hints.items():
            _freeze(self, name, hint)
        faults = [one for name, hint in hints.items() for one in faults_of(name, getattr(self, name), hint)]
        # Rules across fields may take their kinds for granted.
        if not any(one.rule.startswith(KIND) for one in faults):
            faults.extend(self.rules())
        if faults:
            raise InputError(faults, type(self).__name__)

    def rules(self) -> Iterator[Fault]:
        """Faults that need more than one field to be seen."""
        return iter(())


def changed(value: D, /, **given: Any) -> D:
    """The same value with some fields changed; only those, and the rules across fields, are looked at again.

    Raises:
        InputError: what is given is not what the fields' annotations say, or breaks a rule across fields.
    """
    hints = declared_hints(type(value))
    made = object.__new__(type(value))
    # Fields alone: what was worked out from them must be worked out again.
    vars(made).update({name: given[name] if name in given else vars(value)[name] for name in hints})
    made.prepare()
    made._hold_to({name: hints[name] for name in given})
    return made


def declared_hints(cls: type) -> dict[str, Any]:
    """The annotation of each field, in order, with its unit and bounds."""
    return _hints_of(f"{cls.__module__}.{cls.__qualname__}", cls)


@cache
def _hints_of(name: str, cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {one.name: hints[one.name] for one in fields(cls)}


@cache
def per_interval_number(hint: Any) -> Any | None:
    """The annotation of one number when a field holds one or a vector of them, else None."""
    for option in _options(hint):
        if get_origin(option) is tuple and get_args(option)[-1] is Ellipsis:
            number = get_args(option)[0]
            if number in _options(hint):
                return number
    return None


def exact(number: float) -> Fraction:
    """The decimal number that was written, not its nearest binary fraction."""
    return Fraction(repr(float(number)))


def is_vector(value: object) -> bool:
    """Whether a value holds one number per interval."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, str)


def bounds_in_words(hint: Any) -> str:
    """The bounds of a number's annotation as a planner reads them, such as 'at least 0 and below 1'."""
    words = {Ge: "at least", Gt: "above", Le: "at most", Lt: "below"}
    found = []
    for mark in _marks(hint):
        for kind, word in words.items():
            if isinstance(mark, kind):
                found.append(f"{word} {_bound(getattr(mark, kind.__name__.lower()))}")
    return " and ".join(found)


def _bound(value: float) -> str:
    """A bound as it is written: 2^63 says more than 9.22e+18."""
    return f"2^{int(value).bit_length() - 1}" if value >= 2**31 and int(value).bit_count() == 1 else f"{value:g}"


def unit_of(hint: Any) -> str | None:
    """The unit declared for a number, looking through optional and vector forms."""
    for option in _options(hint):
        inner = get_args(option)[0] if get_origin(option) is tuple else option
        for mark in _marks(inner):
            if isinstance(mark, Unit):
                return mark.name
    return None


def faults_of(where: str, value: Any, hint: Any) -> Iterator[Fault]:
    """What keeps a value from being what its annotation says."""
    options = _options(hint)
    if value is None and type(None) in options:
        return
    number = per_interval_number(hint)
    if number is not None and isinstance(value, tuple) and not value:
        yield fault(where, f"{KIND} a number, or one per interval; the list is empty")
        return
    if number is not None and isinstance(value, tuple):
        if _all_within(value, number):
            return
        for index, one in enumerate(value):
            yield from faults_of(f"{where}[{index}]", one, number)
        return
    option = options[0]
    kind = get_args(option)[0] if get_origin(option) is Annotated else option
    if kind in (float, int):
        yield from _number_faults(where, value, option, kind)
    elif get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = " | ".join(map(str, get_args(kind)))
            hint_word = f"; {nearest(value, get_args(kind))}" if isinstance(value, str) else ""
            yield fault(where, f"{KIND} {choices}{hint_word if 'did you mean' in hint_word else ''}", value)
    elif get_origin(kind) is dict:
        if not isinstance(value, Mapping):
            yield fault(where, f"{KIND} a table", value)
        else:
            for key, one in value.items():
                yield from faults_of(f"{where}.{key}", one, get_args(kind)[1])
    elif get_origin(kind) is tuple:
        if not isinstance(value, tuple):
            yield fault(where, f"{KIND} a list", value)
        else:
            for index, one in enumerate(value):
                yield from faults_of(f"{where}[{index}]", one, get_args(kind)[0])
    elif not isinstance(value, kind):
        yield fault(where, f"{KIND} {_called(kind)}", value)


def _all_within(values: tuple[Any, ...], number: Any) -> bool:
    """Whether all are floats within the bounds of one number: the usual case, looked at as a whole."""
    if not values or not all(type(one) is float for one in values):
        return False
    low, high = min(values), max(values)
    # A NaN may hide from min and max, not from the sum.
    return math.isfinite(sum(values)) and all(_within(end, mark) for end in (low, high) for mark in _marks(number))


def _number_faults(where: str, value: Any, hint: Any, kind: type) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        yield fault(where, f"{KIND} a number", value)
    elif not _is_finite(value):
        yield fault(where, f"{KIND} a finite number", value)
    elif kind is int and value != int(value):
        yield fault(where, f"{KIND} a whole number", value)
    elif not all(_within(float(value), mark) for mark in _marks(hint)):
        yield fault(where, f"must be {bounds_in_words(hint)}{_percent_asked(float(value), hint)}", value)


def _percent_asked(value: float, hint: Any) -> str:
    """A question, where a number that is no share would be one as a percentage: 30 may mean 30 %, or be a slip."""
    share = value / 100
    if unit_of(hint) != "share" or abs(value) <= 1 or not all(_within(share, mark) for mark in _marks(hint)):
        return ""
    return f"; is it {value:g} %? write '{value:g}%' or {share:g}"


def _is_finite(value: Any) -> bool:
    """Whether a value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


@cache
def counts(hint: Any) -> bool:
    """Whether a field holds a whole number."""
    return any((get_args(one) or (one,))[0] is int for one in _options(hint))


def _called(kind: type) -> str:
    """What a planner calls a kind of value."""
    return {
        "str": "text",
        "datetime": "a date and time without quotes, such as 2026-01-05T08:00:00",
        "Law": "a law, such as { law = 'lognormal', mean = 180, cv = 1 }, or its mean",
    }.get(kind.__name__, f"a {kind.__name__}")


@cache
def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (typing.Union, UnionType) else (hint,)


@cache
def _marks(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _freeze(instance: Any, name: str, hint: Any) -> None:
    """Lists and arrays become tuples of plain floats, so that a value can be hashed and never changes."""
    value = getattr(instance, name)
    if type(value) is tuple and all(type(one) is float for one in value):
        return
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
        object.__setattr__(instance, name, value)
    if is_vector(value) and per_interval_number(hint) is not None:
        object.__setattr__(instance, name, _as_tuple(value))
    elif isinstance(value, Mapping) and any(is_vector(one) for one in value.values()):
        frozen = {key: _as_tuple(one) if is_vector(one) else one for key, one in value.items()}
        object.__setattr__(instance, name, frozen)
    elif isinstance(value, list):
        object.__setattr__(instance, name, tuple(value))
    elif isinstance(value, Mapping) and any(isinstance(one, list | np.ndarray) for one in value.values()):
        object.__setattr__(instance, name, {key: _frozen(one) for key, one in value.items()})
    elif _is_finite(value) and not isinstance(value, int) and counts(hint) and value == value // 1:
        object.__setattr__(instance, name, int(value))


def _as_tuple(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(float(one) if _is_finite(one) else one for one in values)


def _frozen(value: Any) -> Any:
    """What stands in a table, a list or an array as a tuple."""
    return tuple(value.tolist() if isinstance(value, np.ndarray) else value) if is_vector(value) else value


def _within(value: float, mark: Any) -> bool:
    match mark:
        case Ge(ge=low):
            return bool(value >= low)  # type: ignore[operator]
        case Gt(gt=low):
            return bool(value > low)  # type: ignore[operator]
        case Le(le=high):
            return bool(value <= high)  # type: ignore[operator]
        case Lt(lt=high):
            return bool(value < high)  # type: ignore[operator]
    return True
