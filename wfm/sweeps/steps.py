"""How large an input is, so that what its changes do can be told per unit and per percent of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wfm.errors import InputError
from wfm.model.center import ContactCenter
from wfm.model.declared import is_vector
from wfm.model.laws import Law, spread
from wfm.model.levels import is_number
from wfm.model.paths import Keys, is_aht, is_row, places, unit_at
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage
from wfm.model.variation import Variation


def size_of(center: ContactCenter, plan: StaffingPlan, path: str) -> float:
    """What a path names, on average: over contacts, or over paid hours of groups; NaN where it is no number.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> size_of(center, wfm.staff(center, method="erlang-a"), "contact_types.*.aht")
    180.0
    """
    try:
        found = places(center, path)
    except InputError:
        return np.nan
    values = np.array([_by_interval(center, plan, one.keys) for one in found])
    weights = np.array([_weights(center, plan, one.keys) for one in found])
    counts = (weights > 0) & ~np.isinf(values)  # customers who never hang up have no mean patience
    if np.isnan(values).any() or not counts.any():
        return np.nan
    return float(np.sum(values[counts] * weights[counts]) / np.sum(weights[counts]))


def unit_of(variation: Variation) -> tuple[float, str]:
    """One unit of a variation's levels, and its words: one percent, second or point more, or simply one."""
    if variation.how == "factor":
        return 0.01, "+1 %"
    unit = unit_at(variation.path)
    return {"share": (0.01, "+1 pt"), "s": (1.0, "+1 s")}.get(unit or "", (1.0, "+1"))


def step_of(variation: Variation, level: Any, base: float) -> float:
    """How far a level is from the base, a factor as a share; base: the input's size, for values. NaN: no number."""
    if level is None:
        return 0.0
    if not is_number(level):
        return np.nan
    neutral = {"factor": 1.0, "addition": 0.0, "value": base}[variation.how]
    return 0.0 if math.isclose(level, neutral, rel_tol=1e-12) else float(level) - neutral  # a size is a mean, rounded


def _by_interval(center: ContactCenter, plan: StaffingPlan, keys: Keys) -> np.ndarray:
    """float64[intervals] of one place; NaN where it is no number."""
    intervals = center.horizon.intervals
    if is_row(keys):
        rows = plan.net if keys[2] == "agents" else plan.gross
        return np.asarray(rows[list(center.agent_groups).index(keys[1])])
    if is_aht(keys):
        return center.contact_types[keys[1]].handling_time(intervals)
    if len(keys) == 3 and keys[0] == "contact_types" and keys[2] == "patience":
        return center.contact_types[keys[1]].mean_patience(intervals)
    value: Any = center
    for key in keys:
        value = value[key] if isinstance(value, Mapping) else getattr(value, key)
    if isinstance(value, Law):
        return value.mean_by_interval(intervals)
    if isinstance(value, Shrinkage):
        return np.full(intervals, float(value.total))
    if is_vector(value) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return np.asarray(spread(value, intervals), dtype=np.float64)
    return np.full(intervals, np.nan)


def _weights(center: ContactCenter, plan: StaffingPlan, keys: Keys) -> np.ndarray:
    """float64[intervals]: for how many contacts or people a place counts; rates per interval count while it is open."""
    if keys[0] == "contact_types" and keys[1] in center.contact_types:
        return center.is_open(keys[1]) * 1.0 if keys[-1] == "volume" else center.volume(keys[1])
    if keys[0] == "agent_groups" and keys[1] in center.agent_groups:
        people = plan.gross[list(center.agent_groups).index(keys[1])]
        return (people > 0) * 1.0 if is_row(keys) else people
    return np.ones(center.horizon.intervals)
