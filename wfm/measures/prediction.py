"""The Prediction: what customers and agents will experience, whichever method made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.measures.definitions import AMOUNTS, DEFINITIONS, OCCUPANCY, RATIOS, TIMES
from wfm.measures.sample import Estimate, Kept, Sample, VarianceReduction
from wfm.measures.waits import Waits
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


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of contacts; each an Estimate of floats (a whole horizon) or of arrays (intervals or days).

    offered, answered, abandoned, blocked, dropped, unfinished: contacts per replication.
    service_level: by each type's own definition; service_levels: by every definition; fractions.
    abandonment: fraction of offered. average_speed_of_answer, mean_wait: seconds.
    best_rank_share: fraction of answered that a group of the type's best rank took.
    mean_queue: contacts waiting, on average over the time that is open.
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
    best_rank_share: Estimate
    mean_queue: Estimate
    days_met: Estimate
    service_levels: Mapping[str, Estimate]


@dataclass(frozen=True, eq=False)
class ContactMeasures(Measures):
    """Measures over the horizon, and the same by interval and by day.

    wait_percentiles: by percent (50, 80, 90, 95, 99), the wait that so many of the answered do not exceed, seconds;
    None for a formula, and where the simulation was not asked for them.
    """

    by_interval: Measures
    by_day: Measures
    wait_percentiles: Mapping[int, Estimate] | None = None


@dataclass(frozen=True, eq=False)
class TimeMeasures:
    """What agents experience, and cost; hours and money per replication.

    occupancy: busy / (busy + ready) of agents on duty. overtime_hours: of agents beyond the number on duty, who finish
    late or stay after closing. cost: paid hours of the plan and overtime, at the group's rate; NaN without a rate.
    """

    occupancy: Estimate
    busy_hours: Estimate
    staffed_hours: Estimate
    overtime_hours: Estimate
    cost: Estimate


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
        totals, time_totals: per sample unit, for paired comparisons; None for a formula.
        run: how it was made (engine, threads, seconds, versions); nothing else depends on it.
        waits: of answered contacts, where they were kept.
        plain: the total over the horizon as independent replications would have it, where variance was reduced.
        strata: of each day factor; 1 where they are not stratified.
        rule: name of the routing rule of one's own that was simulated; None: the scenario's.
        batches: of one stationary run, where its batches are the sample.
        until_reached: whether the wanted half-width was reached; None where none was wanted.
        counted: bool[intervals], which count in days and horizon; None: all. A stationary run leaves its warm-up out.
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
    waits: Waits | None = None
    plain: Sample | None = None
    strata: int = 1
    batches: int | None = None
    rule: str | None = None
    until_reached: bool | None = None
    counted: np.ndarray | None = None

    @property
    def name(self) -> str:
        """Plan and method, as tables call it."""
        return f"{self.plan.name}, {METHOD_NAMES[self.method]}{f' with {self.rule}' if self.rule else ''}"

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

    @cached_property
    def cost(self) -> Estimate:
        """Money per replication for all groups: paid hours of the plan and overtime; NaN where a group has no rate."""
        rates = np.array([np.nan if rate is None else rate for rate in self._rates])
        paid = float(self._paid_hours[:, -1] @ rates)
        sums = self.times.sums[:, -1, TIMES.index("overtime")]
        if self.time_totals is None:
            return Estimate(paid + float(sums @ rates) / 3600, np.nan)
        # Groups stay late on the same days: the spread is that of the money of all of them together.
        money = self.time_totals[..., TIMES.index("overtime")] @ rates / 3600
        rows, replications = len(money), self.times.n * self.times.per_unit
        sample = Sample(
            rows, np.array([money.sum()]), np.array([money @ money]), ("money",), ((0, 0),), self.times.confidence,
            replications / rows,
        )  # fmt: skip
        overtime = sample.amount("money")
        return Estimate(paid + float(overtime.mean), float(overtime.half_width))

    @property
    def variance_reduction(self) -> VarianceReduction | None:
        """What the control variate or the strata are worth; None where neither was asked for."""
        if self.plain is None:
            return None
        ratio = RATIOS["service_level"]
        reduced = self.contacts[-1, -1].ratio(ratio).half_width
        return VarianceReduction(float(self.plain.ratio(ratio).half_width), float(reduced))

    def to_polars(self) -> polars.DataFrame:
        """A tidy table: one row per contact type and interval, each measure with its half-width."""
        import polars

        starts = list(self.center.horizon.starts)
        rows = []
        for name, measured in self.contact_types.items():
            columns: dict[str, Any] = {"contact_type": [name] * len(starts), "start": starts}
            for measure in (*AMOUNTS, *RATIOS, "mean_queue", "days_met"):
                estimate = getattr(measured.by_interval, measure)
                columns[measure] = estimate.mean
                columns[f"{measure}_half_width"] = estimate.half_width
            rows.append(polars.DataFrame(columns))
        return polars.concat(rows).with_columns(polars.lit(self.method).alias("method"))

    def _cells(self) -> tuple[slice, slice, int]:
        intervals, days = self.center.horizon.intervals, self.center.horizon.number_of_days
        return slice(0, intervals), slice(intervals, intervals + days), intervals + days

    @cached_property
    def _counted(self) -> np.ndarray:
        return np.ones(self.center.horizon.intervals, np.bool_) if self.counted is None else self.counted

    def _by_cell(self, by_interval: np.ndarray) -> np.ndarray:
        """float64[rows, cells]: what is known of each interval, added up over days and the horizon."""
        counted = np.where(self._counted, by_interval, 0.0)
        days = np.zeros((len(counted), self.center.horizon.number_of_days))
        np.add.at(days.T, self.center.horizon.days, counted.T)
        return np.hstack([counted, days, days.sum(axis=1, keepdims=True)])

    @cached_property
    def _open_seconds(self) -> np.ndarray:
        is_open = np.array([self.center.is_open(name) for name in self.center.contact_types])
        return self._by_cell(np.vstack([is_open, is_open.any(axis=0)]) * self.center.horizon.interval)

    @cached_property
    def _paid_hours(self) -> np.ndarray:
        return self._by_cell(self.plan.gross * self.center.horizon.interval / 3600)

    @property
    def _rates(self) -> list[float | None]:
        return [group.cost_per_hour for group in self.center.agent_groups.values()]

    def _contact_measures(self, row: int) -> ContactMeasures:
        intervals, days, whole = self._cells()
        return ContactMeasures(
            **self._measured(row, whole),
            by_interval=Measures(**self._measured(row, intervals)),
            by_day=Measures(**self._measured(row, days)),
            wait_percentiles=None if self.waits is None else self.waits.percentiles(row),
        )

    def _measured(self, row: int, cell: int | slice) -> dict[str, Any]:
        sample = self.contacts[row, cell]
        levels = {name: sample.ratio(definition) for name, definition in DEFINITIONS.items()}
        seconds = self._open_seconds[row, cell]
        per_second = np.divide(1.0, seconds, out=np.full_like(seconds, np.nan), where=seconds > 0)
        return {
            **{name: sample.amount(name) for name in AMOUNTS},
            **{name: sample.ratio(ratio) for name, ratio in RATIOS.items()},
            "mean_queue": sample.amount("queue_time") * per_second,
            "days_met": self._days_met(row, cell),
            "service_levels": levels,
        }

    def _days_met(self, row: int, cell: int | slice) -> Estimate:
        if self.kept is None:
            nothing = np.full(np.shape(self.contacts.sums[row, cell, 0]), np.nan)
            return Estimate(nothing, nothing) if nothing.ndim else Estimate(np.nan, np.nan)
        return self.kept[row, cell].share()

    def _group_measures(self, row: int) -> GroupMeasures:
        intervals, days, whole = self._cells()
        return GroupMeasures(
            **self._timed(row, whole),
            by_interval=TimeMeasures(**self._timed(row, intervals)),
            by_day=TimeMeasures(**self._timed(row, days)),
        )

    def _timed(self, row: int, cell: int | slice) -> dict[str, Estimate]:
        sample, rate = self.times[row, cell], self._rates[row]
        hours = {f"{name}_hours": sample.amount(name) * (1 / 3600) for name in TIMES}
        rate = np.nan if rate is None else rate
        overtime = hours["overtime_hours"]
        cost = Estimate(self._paid_hours[row, cell] + overtime.mean, overtime.half_width) * rate
        return {"occupancy": sample.ratio(OCCUPANCY), **hours, "cost": cost}
