"""The Prediction: what customers and agents will experience, whichever method made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.measures.counts import TIMES
from wfm.measures.definitions import AMOUNTS, DEFINITIONS, RATIOS, Ratio, Sum
from wfm.measures.sample import Estimate, Kept, Sample
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan

if TYPE_CHECKING:
    import polars

METHOD_NAMES = {
    "erlang-c": "Erlang C",
    "erlang-a": "Erlang A",
    "transient": "transient",
    "simulation": "simulation",
}
OCCUPANCY = Ratio(Sum(("busy",)), Sum(("staffed",)))


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of contacts; each an Estimate of floats (a whole horizon) or of arrays (intervals or days).

    offered, answered, abandoned, blocked, dropped, unfinished: contacts per replication.
    service_level: by each type's own definition; service_levels: by every definition; fractions.
    abandonment: fraction of offered. average_speed_of_answer, mean_wait: seconds.
    days_met: share of replicated days (in an interval: of replicated intervals) that keep the target.
    """

    offered: Estimate
    answered: Estimate
    abandoned: Estimate
    blocked: Estimate
    dropped: Estimate
    unfinished: Estimate
    service_level: Estimate
    abandonment: Estimate
    average_speed_of_answer: Estimate
    mean_wait: Estimate
    days_met: Estimate
    service_levels: Mapping[str, Estimate]


@dataclass(frozen=True, eq=False)
class ContactMeasures(Measures):
    """Measures over the horizon, and the same by interval and by day."""

    by_interval: Measures
    by_day: Measures


@dataclass(frozen=True, eq=False)
class TimeMeasures:
    """What agents experience: occupancy = busy / (busy + ready) of agents on duty; hours per replication."""

    occupancy: Estimate
    busy_hours: Estimate
    staffed_hours: Estimate


@dataclass(frozen=True, eq=False)
class GroupMeasures(TimeMeasures):
    """Measures over the horizon, and the same by interval and by day."""

    by_interval: TimeMeasures
    by_day: TimeMeasures


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """What happens to a centre under a plan, as one method says.

    Args:
        center, plan: what was asked about.
        method: "erlang-c", "erlang-a", "transient" or "simulation".
        contacts: counts per type (the total last) and cell: intervals, then days, then the horizon.
        times: busy and staffed seconds per agent group and cell.
        kept: targets met per type (the total last) and cell.
        overloaded: bool[types, intervals], where the method has no answer but a queue that grows for ever.
        replications, seed: of a simulation; 0 and None for a formula.
        totals, time_totals: per replication, for paired comparisons; None for a formula.
        run: how it was made (engine, threads, seconds, versions); nothing else depends on it.
    """

    center: ContactCenter
    plan: StaffingPlan
    method: str
    contacts: Sample
    times: Sample
    kept: Kept | None
    overloaded: np.ndarray
    replications: int = 0
    seed: int | None = None
    totals: np.ndarray | None = None
    time_totals: np.ndarray | None = None
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Plan and method, as tables call it."""
        return f"{self.plan.name}, {METHOD_NAMES[self.method]}"

    def __repr__(self) -> str:
        level = self.total.service_level
        return f"Prediction({self.name!r}, service level {level.mean:.4f} ± {level.half_width:.4f})"

    @cached_property
    def contact_types(self) -> dict[str, ContactMeasures]:
        return {name: self._contact_measures(k) for k, name in enumerate(self.center.contact_types)}

    @cached_property
    def total(self) -> ContactMeasures:
        """Over all contact types, each contact judged by its own type's target."""
        return self._contact_measures(len(self.center.contact_types))

    @cached_property
    def agent_groups(self) -> dict[str, GroupMeasures]:
        return {name: self._group_measures(g) for g, name in enumerate(self.center.agent_groups)}

    def to_polars(self) -> polars.DataFrame:
        """A tidy table: one row per contact type and interval, each measure with its half-width."""
        import polars

        starts = list(self.center.horizon.starts)
        rows = []
        for name, measured in self.contact_types.items():
            columns: dict[str, Any] = {"contact_type": [name] * len(starts), "start": starts}
            for measure in (*AMOUNTS, *RATIOS, "days_met"):
                estimate = getattr(measured.by_interval, measure)
                columns[measure] = estimate.mean
                columns[f"{measure}_half_width"] = estimate.half_width
            rows.append(polars.DataFrame(columns))
        return polars.concat(rows).with_columns(polars.lit(self.method).alias("method"))

    def _cells(self) -> tuple[slice, slice, int]:
        intervals, days = self.center.horizon.intervals, self.center.horizon.number_of_days
        return slice(0, intervals), slice(intervals, intervals + days), intervals + days

    def _contact_measures(self, row: int) -> ContactMeasures:
        intervals, days, whole = self._cells()
        return ContactMeasures(
            **self._measured(row, whole),
            by_interval=Measures(**self._measured(row, intervals)),
            by_day=Measures(**self._measured(row, days)),
        )

    def _measured(self, row: int, cell: int | slice) -> dict[str, Any]:
        sample = self.contacts[row, cell]
        levels = {name: sample.ratio(definition) for name, definition in DEFINITIONS.items()}
        return {
            **{name: sample.amount(name) for name in AMOUNTS},
            **{name: sample.ratio(ratio) for name, ratio in RATIOS.items()},
            "days_met": self._days_met(row, cell),
            "service_levels": levels,
        }

    def _days_met(self, row: int, cell: int | slice) -> Estimate:
        if self.kept is None:
            nothing = np.full(np.shape(self.contacts.sums[row, cell, 0]), np.nan)
            return Estimate(nothing, nothing) if nothing.ndim else Estimate(np.nan, np.nan)
        kept = self.kept
        return Kept(kept.met[row, cell], kept.judged[row, cell], kept.replications, kept.confidence).share()

    def _group_measures(self, row: int) -> GroupMeasures:
        intervals, days, whole = self._cells()
        return GroupMeasures(
            **self._timed(row, whole),
            by_interval=TimeMeasures(**self._timed(row, intervals)),
            by_day=TimeMeasures(**self._timed(row, days)),
        )

    def _timed(self, row: int, cell: int | slice) -> dict[str, Estimate]:
        sample = self.times[row, cell]
        busy, staffed = (sample.amount(name) for name in TIMES)
        return {
            "occupancy": sample.ratio(OCCUPANCY),
            "busy_hours": Estimate(busy.mean / 3600, busy.half_width / 3600),
            "staffed_hours": Estimate(staffed.mean / 3600, staffed.half_width / 3600),
        }
