"""How every noun of the model is declared: once, with bounds, as a frozen dataclass.

A field's annotation carries its unit and its bounds (`annotated_types`); `wfm.files` reads the same annotations. A value
built in Python is held to them in `__post_init__`, and so is one that was read from a file.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, get_args, get_origin

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from wfm.errors import Fault, InputError, fault


@dataclass(frozen=True)
class Unit:
    """What a number counts: "s" (a file may write "30min"), "share" (a file may write "30%"), or words for the manual."""

    name: str


Seconds = Annotated[float, Unit("s"), Ge(0)]
PositiveSeconds = Annotated[float, Unit("s"), Gt(0)]
Share = Annotated[float, Unit("share"), Ge(0), Le(1)]
ShareBelowOne = Annotated[float, Unit("share"), Ge(0), Lt(1)]
PositiveShare = Annotated[float, Unit("share"), Gt(0), Le(1)]
NonNegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(0)]
PositiveCount = Annotated[int, Ge(1)]

# One value for the whole horizon, or one per interval.
VolumePerInterval = NonNegative | tuple[NonNegative, ...]
AgentsPerInterval = NonNegative | tuple[NonNegative, ...]
SecondsPerInterval = Seconds | tuple[Seconds, ...]
PositiveSecondsPerInterval = PositiveSeconds | tuple[PositiveSeconds, ...]
PositivePerInterval = Positive | tuple[Positive, ...]
NonNegativePerInterval = NonNegative | tuple[NonNegative, ...]
SharePerInterval = ShareBelowOne | tuple[ShareBelowOne, ...]


class Declared:
    """Base of the model's frozen dataclasses: bounds are checked, vectors become tuples, rules across fields are asked."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "arbitrary_types_allowed": True,
    }

    def __post_init__(self) -> None:
        for name, hint in declared_hints(type(self)).items():
            _freeze(self, name, hint)
        faults = [*_bound_faults(self), *self.rules()]
        if faults:
            raise InputError(faults, type(self).__name__)

    def rules(self) -> Iterator[Fault]:
        """Faults that need more than one field to be seen."""
        return iter(())


@cache
def declared_hints(cls: type) -> dict[str, Any]:
    """The annotation of each field, in order, with its unit and bounds."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {one.name: hints[one.name] for one in fields(cls)}  # type: ignore[arg-type]


def per_interval_number(hint: Any) -> Any | None:
    """The annotation of one number when a field holds one or a vector of them, else None."""
    for option in _options(hint):
        if get_origin(option) is tuple and get_args(option)[-1] is Ellipsis:
            number = get_args(option)[0]
            if number in _options(hint):
                return number
    return None


def is_vector(value: object) -> bool:
    """Whether a value holds one number per interval."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)


def bounds_in_words(hint: Any) -> str:
    """The bounds of a number's annotation as a planner reads them, such as 'at least 0 and below 1'."""
    words = {Ge: "at least", Gt: "above", Le: "at most", Lt: "below"}
    found = []
    for mark in _marks(hint):
        for kind, word in words.items():
            if isinstance(mark, kind):
                found.append(f"{word} {getattr(mark, kind.__name__.lower()):g}")
    return " and ".join(found)


def unit_of(hint: Any) -> str | None:
    """The unit declared for a number, looking through optional and vector forms."""
    for option in _options(hint):
        inner = get_args(option)[0] if get_origin(option) is tuple else option
        for mark in _marks(inner):
            if isinstance(mark, Unit):
                return mark.name
    return None


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (typing.Union, UnionType) else (hint,)


def _marks(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _freeze(instance: Any, name: str, hint: Any) -> None:
    """Lists and arrays become tuples of plain floats, so that a value can be hashed and never changes."""
    value = getattr(instance, name)
    if is_vector(value) and per_interval_number(hint) is not None:
        object.__setattr__(instance, name, tuple(float(one) for one in value))
    elif isinstance(value, list):
        object.__setattr__(instance, name, tuple(value))


def _bound_faults(instance: Any) -> Iterator[Fault]:
    for name, hint in declared_hints(type(instance)).items():
        yield from _number_faults(name, getattr(instance, name), hint)


def _number_faults(where: str, value: Any, hint: Any) -> Iterator[Fault]:
    if isinstance(value, Mapping):
        item = get_args(hint)[1] if get_args(hint) else Any
        for key, one in value.items():
            yield from _number_faults(f"{where}.{key}", one, item)
        return
    number = per_interval_number(hint)
    if number is not None and isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _number_faults(f"{where}[{index}]", one, number)
        return
    for option in _options(hint):
        marks = _marks(option)
        if marks and isinstance(value, int | float | np.number) and not isinstance(value, bool):
            if not math.isfinite(value):
                yield fault(where, "must be a finite number", value)
            elif not all(_within(value, mark) for mark in marks):
                yield fault(where, f"must be {bounds_in_words(option)}", value)
            return
        if marks and isinstance(value, str) and get_args(option)[0] in (float, int) and len(_options(hint)) == 1:
            yield fault(where, "must be a number", value)


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
