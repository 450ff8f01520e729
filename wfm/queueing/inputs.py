"""Checks of arguments, and the arrays that the kernels take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import Fault, InputError, fault

Rule = tuple[str, Callable[[NDArray[np.float64]], NDArray[np.bool_]]]

NOT_NEGATIVE: Rule = ("must be a finite number of at least 0", lambda x: np.isfinite(x) & (x >= 0))
POSITIVE: Rule = ("must be a finite number greater than 0", lambda x: np.isfinite(x) & (x > 0))
NOT_NEGATIVE_OR_ENDLESS: Rule = ("must be at least 0 (infinity is allowed)", lambda x: x >= 0)
SHARE: Rule = ("must be a fraction from 0 to 1", lambda x: (x >= 0) & (x <= 1))
OPEN_SHARE: Rule = ("must be a fraction greater than 0 and less than 1", lambda x: (x > 0) & (x < 1))
WHOLE: Rule = (
    "must be a whole number of at least 0; this queue has no law for a fraction of an agent",
    lambda x: np.isfinite(x) & (x >= 0) & (x == np.floor(x)),
)
POSITIVE_SHARE: Rule = ("must be a fraction greater than 0 and at most 1", lambda x: (x > 0) & (x <= 1))


def checked(values: dict[str, tuple[ArrayLike, Rule]]) -> dict[str, NDArray[np.float64]]:
    """Each argument as a float64 array; raises InputError with every argument that breaks its rule."""
    arrays: dict[str, NDArray[np.float64]] = {}
    faults: list[Fault] = []
    for name, (value, (rule, holds)) in values.items():
        try:
            # Durations and dates of NumPy would be taken as bare numbers, and masks would be forgotten.
            if np.asarray(value).dtype.kind not in "iufO" or np.ma.isMaskedArray(value):
                raise TypeError
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            faults.append(fault(name, "must be a number or an array of numbers", value))
            continue
        arrays[name] = array
        kept = holds(array)
        if not kept.all():
            faults.append(fault(name + _place(~kept), rule, float(array[~kept].flat[0])))
    if faults:
        raise InputError(faults)
    return arrays


TARGET_RULES: dict[str, Rule] = {
    "service_level": OPEN_SHARE,
    "max_occupancy": POSITIVE_SHARE,
    "max_abandonment": POSITIVE_SHARE,
    "max_average_speed_of_answer": POSITIVE,
    "max_blocking": POSITIVE_SHARE,
    "max_lost": POSITIVE_SHARE,
}


def checked_targets(
    targets: dict[str, ArrayLike | None], thresholds: dict[str, ArrayLike]
) -> dict[str, NDArray[np.float64]]:
    """The targets that are not None and the thresholds in seconds, checked; raises InputError where none is asked."""
    asked = {name: (value, TARGET_RULES[name]) for name, value in targets.items() if value is not None}
    if not asked:
        raise InputError([fault("targets", "must hold at least one of " + ", ".join(targets))])
    return checked(asked | {name: (value, NOT_NEGATIVE) for name, value in thresholds.items()})


def _place(broken: NDArray[np.bool_]) -> str:
    return "" if broken.ndim == 0 else str([int(axis[0]) for axis in np.nonzero(broken)])


def broadcast(arrays: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """The arrays, read-only and of one shape; raises InputError with every shape where they do not fit together."""
    try:
        shaped = np.broadcast_arrays(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.ndim)
        raise InputError([fault("shapes", f"must broadcast to one another: {shapes}")]) from None
    return dict(zip(arrays, shaped, strict=True))


def table(*columns: Any, shape: tuple[int, ...] = ()) -> NDArray[np.float64]:
    """Arrays that broadcast to one another and to `shape`, as the columns of a contiguous table (m, columns)."""
    filled = np.empty((*np.broadcast_shapes(shape, *map(np.shape, columns)), len(columns)))
    for i, column in enumerate(columns):
        filled[..., i] = column
    return filled.reshape(-1, len(columns))
