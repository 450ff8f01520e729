"""From what a formula expects of each interval to a Prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wfm.measures.counts import QUEUE_TIME, TIMES
from wfm.measures.definitions import COLUMNS, DEFINITIONS
from wfm.measures.prediction import Prediction
from wfm.measures.sample import exact_sample
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan


def columns(values: Mapping[str, np.ndarray], definition: str) -> np.ndarray:
    """float64[intervals, COLUMNS]: counts by name, and what a definition of the service level makes of them."""
    kept = dict(values)
    for name, terms in zip(("promise_kept", "promise_of"), DEFINITIONS[definition], strict=True):
        kept[name] = sum(kept[one] for one in terms.plus) - sum((kept[one] for one in terms.minus), 0.0)  # type: ignore[assignment]
    nothing = np.zeros_like(kept["offered"])
    return np.column_stack([kept.get(name, nothing) for name in COLUMNS])


def expected_prediction(
    center: ContactCenter,
    plan: StaffingPlan,
    method: str,
    contacts: np.ndarray,
    times: np.ndarray,
    overloaded: np.ndarray | None = None,
    run: Mapping[str, Any] | None = None,
) -> Prediction:
    """A Prediction without spread.

    contacts: float64[types, intervals, COLUMNS]; times: float64[groups, intervals + 1, TIMES], seconds, the last row
    after the horizon's end: it belongs to the last day and the whole; overloaded: bool[types, intervals].
    """
    days, intervals = center.horizon.days, center.horizon.intervals
    # Time in queue counts while the type is open, and in the total while any type is.
    is_open = np.array([center.is_open(name) for name in center.contact_types])
    queue_time = np.where(is_open.any(axis=0), contacts[..., QUEUE_TIME].sum(axis=0), 0.0)
    contacts = contacts.copy()
    contacts[~is_open, QUEUE_TIME] = 0.0
    cells = intervals + center.horizon.number_of_days + 1
    folded = np.zeros((len(contacts) + 1, cells, len(COLUMNS)))
    folded_times = np.zeros((len(times), cells, len(TIMES)))
    for into, of in ((folded[:-1], contacts), (folded_times, times)):
        into[:, :intervals] = of[:, :intervals]
        for day in range(center.horizon.number_of_days):
            into[:, intervals + day] = of[:, :intervals][:, days == day].sum(axis=1)
        into[:, -2] += of[:, intervals:].sum(axis=1)
        into[:, -1] = of.sum(axis=1)
    folded[-1] = folded[:-1].sum(axis=0)
    folded[-1, :intervals, QUEUE_TIME] = queue_time
    for day in range(center.horizon.number_of_days):
        folded[-1, intervals + day, QUEUE_TIME] = queue_time[days == day].sum()
    folded[-1, -1, QUEUE_TIME] = queue_time.sum()
    if overloaded is None:
        overloaded = np.zeros(contacts.shape[:2], np.bool_)
    return Prediction(
        center, plan, method, exact_sample(folded), exact_sample(folded_times, TIMES), None, overloaded, run=run or {}
    )
