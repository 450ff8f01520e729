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
POSITIVE_SHARE: Rule = ("must be a fraction greater than 0 and at most 1", lambda x: (x > 0) & (x <= 1))


def checked(values: dict[str, tuple[ArrayLike, Rule]]) -> dict[str, NDArray[np.float64]]:
    """Each argument as a float64 array; raises InputError with every argument that breaks its rule."""
    arrays: dict[str, NDArray[np.float64]] = {}
    faults: list[Fault] = []
    for name, (value, (rule, holds)) in values.items():
        try:
            if np.asarray(value).dtype.kind in "USb":
                raise TypeError
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            faults.append(fault(name, "must be a number or an array of numbers", value))
            continue
        broken = ~holds(array)
        if broken.any():
            faults.append(fault(name + _place(broken), rule, float(array[broken].flat[0])))
        arrays[name] = array
    if faults:
        raise InputError(faults)
    return arrays


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


def table(*columns: Any) -> NDArray[np.float64]:
    """Arrays of one shape as the contiguous columns of a table (m, number of columns)."""
    return np.ascontiguousarray(np.stack([np.ravel(column) for column in columns], axis=1), dtype=np.float64)
