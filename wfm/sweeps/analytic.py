"""The figures of many cases by a formula, worked out in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wfm.formulas.many import Expected, Staffed, expected
from wfm.formulas.stationary import Formula, queue_of
from wfm.measures.definitions import OCCUPANCY, TIMES
from wfm.measures.sample import exact_sample
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.sweeps.figures import (
    MEASURES,
    Columns,
    hours_of,
    levels_of,
    measures_of,
    rates_of,
    rows_in_common,
    target_probability,
)

World = tuple[ContactCenter, StaffingPlan]


class Known(NamedTuple):
    """The baseline, as far as it is known: its centre and its columns."""

    center: ContactCenter
    columns: Columns


def predicted_by_formula(worlds: Sequence[World], formula: Formula, base: Known | None) -> list[Columns]:
    """What `wfm.sweeps.figures.predicted` has for each world; the formula must answer for all of them.

    base: None where the one world is the baseline itself.
    """
    found = expected([one for world in worlds for one in _staffed(*world)], formula)
    starts = np.cumsum([0, *(len(center.contact_types) for center, _ in worlds)])
    alike: dict[tuple[str, ...], list[int]] = {}
    for i, (center, _) in enumerate(worlds):
        alike.setdefault(tuple(center.contact_types), []).append(i)
    columns: dict[int, Columns] = {}
    for names, places in alike.items():
        rows = starts[places][:, None] + np.arange(len(names))
        ours = _columns([worlds[i] for i in places], Expected(*(part[rows] for part in found)), base)
        columns |= {i: {name: values[j] for name, values in ours.items()} for j, i in enumerate(places)}
    return [columns[i] for i in range(len(worlds))]


def _staffed(center: ContactCenter, plan: StaffingPlan) -> list[Staffed]:
    groups = list(center.agent_groups)
    return [
        Staffed(queue_of(center, name), described.target, plan.net[groups.index(center.group_of(name))])
        for name, described in center.contact_types.items()
    ]


def _columns(worlds: Sequence[World], found: Expected, base: Known | None) -> Columns:
    """float64[cases, rows] by name, of centres with the same contact types."""
    sums = np.concatenate([found.contacts, found.contacts.sum(axis=1, keepdims=True)], axis=1)
    columns = measures_of(exact_sample(sums))
    wanted = np.array([levels_of(center) for center, _ in worlds])
    columns["target_probability"] = target_probability(
        columns["service_level"], columns["service_level_half_width"], wanted, np.nan, None
    )
    hours = [hours_of(plan) for _, plan in worlds]
    together: dict[str, Any] = {name: np.array([one[name] for one in hours]) for name in hours[0]}
    cost = np.array([float(plan.paid_hours @ rates_of(center)) for center, plan in worlds])
    answered = columns["answered"][:, -1]
    together |= {
        "occupancy": exact_sample(found.times.sum(axis=1), TIMES).ratio(OCCUPANCY).mean,
        "cost": cost,
        "cost_per_contact": np.divide(cost, answered, out=np.full_like(cost, np.nan), where=answered > 0),
        "replications": np.zeros(len(worlds)),
        "overloaded": found.overloaded.any(axis=1).astype(np.float64),
    }
    for name, values in together.items():
        column = np.full(sums.shape[:2], np.nan)
        column[:, -1] = values
        columns[name] = column
    mine, theirs = rows_in_common(worlds[0][0], worlds[0][0] if base is None else base.center)
    for name in (*MEASURES, "cost"):
        before = columns[name][0] if base is None else base.columns[name]
        change = np.full(sums.shape[:2], np.nan)
        with np.errstate(invalid="ignore"):  # an infinite wait less an infinite one is nothing that is known
            change[:, mine] = columns[name][:, mine] - before[theirs]
        columns[f"{name}_change"] = change
    return columns
