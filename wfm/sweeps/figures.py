"""The figures of a case: what a prediction and a requirement say of it, and how far that is from the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.comparison.compare import same_days
from wfm.measures.definitions import COLUMNS, OCCUPANCY, RATIOS, TIME_PAIRS, TIMES, Sum
from wfm.measures.prediction import Prediction
from wfm.measures.sample import Estimate, Sample, student_quantile
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.staffing import Requirement

if TYPE_CHECKING:
    import polars

MEASURES = ("service_level", "abandonment", "average_speed_of_answer", "mean_wait")
CONTACTS = ("offered", "answered", "abandoned", "blocked")
PREDICTED = (
    *(f"{name}{part}" for name in MEASURES for part in ("", "_half_width", "_change", "_change_half_width")),
    *CONTACTS, "days_met", "days_met_half_width", "target_probability", "occupancy", "occupancy_half_width",
    "net_hours", "paid_hours", "fte", "cost", "cost_half_width", "cost_change", "cost_change_half_width",
    "cost_per_contact", "replications", "overloaded",
)  # fmt: skip
COMPARED = ("required_hours", "required_peak", "required_cost")
REQUIRED = (
    "required_net_hours", "required_hours", "required_hours_unrounded", "required_peak", "required_fte",
    "required_cost", "required_cost_unrounded", *(f"{name}_change" for name in COMPARED),
)  # fmt: skip
KINDS = {"replications": "Int64", "overloaded": "Boolean"}  # of columns that do not hold float64
SLACK = 1e-12  # a target that is missed by rounding alone is met

Columns = dict[str, np.ndarray]
"""Columns by name, float64[rows]: a row for each contact type, the last one for all together; NaN: no figure."""


@dataclass(frozen=True, eq=False)
class CaseFigures:
    """The rows of one case: of which contact types, what is known of them, and why something is not."""

    number: int
    contact_types: tuple[str, ...]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    fault: str | None = None


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a difference: a prediction, and what each of its sample units adds to it.

    values: float64[measures, rows]; residuals: float64[units, measures, rows], of mean 0; money: float64[units], of
    overtime per replication, less its mean. A formula has no units.
    """

    seen: Prediction
    values: np.ndarray
    residuals: np.ndarray
    money: np.ndarray

    @classmethod
    def of(cls, seen: Prediction) -> Side:
        """The side that a prediction is on; by the arithmetic of `wfm.comparison.compare.ratio_difference`."""
        rows = len(seen.center.contact_types) + 1
        if seen.totals is None or seen.time_totals is None:
            values = [np.asarray(seen.contacts[:, -1].ratio(RATIOS[name]).mean) for name in MEASURES]
            return cls(seen, np.array(values), np.zeros((0, len(MEASURES), rows)), np.zeros(0))
        totals = seen.totals if seen.totals.shape[1] == rows else seen.totals[:, [0, 0]]
        values, residuals = [], []
        for name in MEASURES:
            top, bottom = (_added(totals, terms) for terms in RATIOS[name])
            below = np.where(bottom.sum(axis=0) > 0, bottom.sum(axis=0), np.nan)
            values.append(top.sum(axis=0) / below)
            residuals.append((top - values[-1] * bottom) / (below / len(bottom)))
        money = seen.time_totals[..., TIMES.index("overtime")] @ rates_of(seen.center) / 3600
        per_unit = seen.contacts.n * seen.contacts.per_unit / len(money)
        return cls(seen, np.array(values), np.stack(residuals, axis=1), (money - money.mean()) / per_unit)

    def less(self, base: Side) -> dict[str, Estimate]:
        """The changes of MEASURES and cost from a baseline: paired where both saw the same days, else independent."""
        paired, (mine, theirs) = same_days(base.seen, self.seen), rows_in_common(self.seen.center, base.seen.center)
        confidence = base.seen.center.experiment.confidence
        values, half_widths = np.full(self.values.shape, np.nan), np.full(self.values.shape, np.nan)
        with np.errstate(invalid="ignore"):  # an infinite wait less an infinite one is nothing that is known
            values[:, mine] = self.values[:, mine] - base.values[:, theirs]
        half_widths[:, mine] = _half_width(
            self.residuals[..., mine], base.residuals[..., theirs], confidence, paired=paired
        )
        found = {name: Estimate(values[m], half_widths[m]) for m, name in enumerate(MEASURES)}
        money = _half_width(self.money, base.money, confidence, paired=paired)
        found["cost"] = Estimate(float(self.seen.cost.mean) - float(base.seen.cost.mean), float(money))
        return found


def predicted(side: Side, base: Side) -> Columns:
    """The columns of PREDICTED of one prediction, with the changes from the baseline."""
    seen, changes = side.seen, side.less(base)
    horizon, rows = seen.contacts[:, -1], len(seen.center.contact_types) + 1
    found = measures_of(horizon)
    for name in MEASURES:
        found |= _both(f"{name}_change", changes[name])
    if seen.kept is not None:
        found |= _both("days_met", seen.kept[:, -1].share())
    degrees = None if horizon.products is None else horizon.n - (1 if horizon.known is None or horizon.n < 3 else 2)
    found["target_probability"] = target_probability(
        found["service_level"], found["service_level_half_width"], levels_of(seen.center), horizon.confidence, degrees
    )
    answered = float(found["answered"][-1])
    together: dict[str, Any] = {
        **_both("occupancy", _occupancy(seen)),
        **hours_of(seen.plan),
        **_both("cost", seen.cost),
        **_both("cost_change", changes["cost"]),
        "cost_per_contact": float(seen.cost.mean) / answered if answered > 0 else np.nan,
        "replications": seen.replications,
        "overloaded": seen.overloaded.any(),
    }
    return found | {name: in_last_row(value, rows) for name, value in together.items()}


def measures_of(horizon: Sample) -> Columns:
    """MEASURES with their half-widths, and CONTACTS, of the cells of a sample."""
    found: Columns = {}
    for name in MEASURES:
        found |= _both(name, horizon.ratio(RATIOS[name]))
    if horizon.known is None:
        replications = horizon.n * horizon.per_unit
        return found | {name: horizon.sums[..., COLUMNS.index(name)] / replications for name in CONTACTS}
    return found | {name: np.asarray(horizon.amount(name).mean) for name in CONTACTS}


def target_probability(
    level: np.ndarray, half_width: np.ndarray, wanted: np.ndarray, confidence: float, degrees: int | None
) -> np.ndarray:
    """float64[..., rows]: how sure it is that the promised service level is kept on average.

    Student's law about the mean, as its interval has it, so that a promise at the lower end of a 95 % interval is kept
    with 97.5 %; a level without spread keeps it or not. In the last row: of the promise that is least sure.

    Args:
        level, half_width: float64[..., rows]; wanted: float64[types], NaN: no promise.
        confidence, degrees: of the intervals; None: a formula, whose levels are sure.
    """
    from scipy.special import stdtr

    seen = level[..., :-1]
    sure = np.where(seen >= wanted * (1 - SLACK), 1.0, 0.0)
    if degrees is not None:
        error = half_width[..., :-1] / student_quantile(confidence, degrees)
        has_spread = error > 0
        away = np.divide(seen - wanted, error, out=np.zeros_like(seen), where=has_spread)
        sure = np.where(has_spread, stdtr(degrees, away), np.where(np.isnan(error), np.nan, sure))
    own = np.where(np.isnan(seen) | np.isnan(wanted), np.nan, sure)
    least = np.min(np.where(np.isnan(own), np.inf, own), axis=-1, keepdims=True)
    return np.concatenate([own, np.where(np.isinf(least), np.nan, least)], axis=-1)


def required(found: Requirement) -> Columns:
    """The columns of REQUIRED of one requirement, but for the changes."""
    center, plan, hour = found.center, found.plan, found.center.horizon.interval / 3600
    paid, peak, unrounded = plan.paid_hours, plan.whole_gross, found.unrounded_gross.sum(axis=1) * hour
    weeks = max(1.0, center.horizon.number_of_days / 7)
    contracts = [_or_nan(group.contract_hours) for group in center.agent_groups.values()]
    by_group = {
        "required_net_hours": found.whole.sum(axis=1) * hour,
        "required_hours": paid,
        "required_hours_unrounded": unrounded,
        "required_fte": paid / np.array(contracts) / weeks,
        "required_cost": paid * rates_of(center),
        "required_cost_unrounded": unrounded * rates_of(center),
    }
    # Each type has one group, and each group one type: no formula has words for others.
    groups = list(center.agent_groups)
    places = [groups.index(center.group_of(name)) for name in center.contact_types]
    columns = {name: np.append(values[places], values.sum()) for name, values in by_group.items()}
    columns["required_peak"] = np.append(peak.max(axis=1)[places], peak.sum(axis=0).max())
    return columns


def required_changes(columns: Columns, base: Columns, places: tuple[Rows, Rows]) -> Columns:
    """What a requirement takes more than the baseline's; places: as `rows_in_common` has them."""
    mine, theirs = places
    found = {}
    for name in COMPARED:
        found[f"{name}_change"] = np.full(len(columns[name]), np.nan)
        found[f"{name}_change"][mine] = columns[name][mine] - base[name][theirs]
    return found


def hours_of(plan: StaffingPlan) -> dict[str, float]:
    """Net and paid hours of a plan over the horizon, and its full-time equivalents."""
    net = float(plan.net.sum()) * plan.center.horizon.interval / 3600
    return {"net_hours": net, "paid_hours": float(plan.paid_hours.sum()), "fte": _or_nan(plan.fte)}


def rates_of(center: ContactCenter) -> np.ndarray:
    """float64[groups]: money per paid hour; NaN where none is given."""
    return np.array([_or_nan(group.cost_per_hour) for group in center.agent_groups.values()])


def levels_of(center: ContactCenter) -> np.ndarray:
    """float64[types]: the service levels that are promised; NaN where none is."""
    return np.array([_or_nan(one.target.service_level) for one in center.contact_types.values()])


Rows = list[int] | slice


def rows_in_common(center: ContactCenter, base: ContactCenter) -> tuple[Rows, Rows]:
    """The rows of contact types that both have, and the last, in each."""
    names, before = list(center.contact_types), list(base.contact_types)
    if names == before:
        return slice(None), slice(None)
    both = [name for name in names if name in base.contact_types]
    return [*map(names.index, both), -1], [*map(before.index, both), -1]


def in_last_row(value: float, rows: int) -> np.ndarray:
    """A figure of all types together as a column."""
    column = np.full(rows, np.nan)
    column[-1] = value
    return column


def table_of(cases: Sequence[CaseFigures]) -> polars.DataFrame:
    """The figures of some cases as a table: one row per case and contact type, null for all types together.

    Columns: case, contact_type, PREDICTED, REQUIRED, fault; a figure that is not known is null.
    """
    import polars

    rows = [len(one.contact_types) + 1 for one in cases]
    nothing = [np.full(count, np.nan) for count in rows]
    columns = {
        name: np.concatenate(
            [one.columns.get(name, none) for one, none in zip(cases, nothing, strict=True)], dtype=np.float64
        )
        for name in (*PREDICTED, *REQUIRED)
    }
    figures = polars.DataFrame(columns, nan_to_null=True).cast({n: getattr(polars, kind) for n, kind in KINDS.items()})
    kept = [
        polars.Series("case", np.repeat([one.number for one in cases], rows), polars.Int64),
        polars.Series("contact_type", [name for one in cases for name in (*one.contact_types, None)], polars.String),
    ]
    faults = [text for one in cases for text in (*[None] * len(one.contact_types), one.fault)]
    return polars.DataFrame([*kept, *figures.get_columns(), polars.Series("fault", faults, polars.String)])


def _added(totals: np.ndarray, terms: Sum) -> np.ndarray:
    """float64[units, rows]: a sum of counts, some of them taken off."""
    plus = sum(totals[..., COLUMNS.index(name)] for name in terms.plus)
    return np.asarray(plus - sum((totals[..., COLUMNS.index(name)] for name in terms.minus), 0.0))


def _half_width(own: np.ndarray, of_base: np.ndarray, confidence: float, *, paired: bool) -> np.ndarray:
    """Of the difference of two means, from residuals of mean 0 in their first axis."""
    units = min(len(own), len(of_base))
    if units < 2:
        return np.full(own.shape[1:], np.nan)
    if paired:
        error = _standard_error(own - of_base)
    else:
        error = np.sqrt(_standard_error(own) ** 2 + _standard_error(of_base) ** 2)
    return student_quantile(confidence, units - 1) * error


def _standard_error(residuals: np.ndarray) -> np.ndarray:
    n = len(residuals)
    return np.asarray(np.sqrt(np.sum(residuals**2, axis=0) / (n - 1) / n))


def _occupancy(seen: Prediction) -> Estimate:
    """Of all groups together: their busy seconds over their staffed ones."""
    sums, n = seen.times.sums[:, -1].sum(axis=0), seen.times.n
    products = None
    if seen.time_totals is not None:
        units = seen.time_totals.sum(axis=1)
        n = len(units)
        products = np.array([units[:, one] @ units[:, other] for one, other in TIME_PAIRS])
        sums = units.sum(axis=0)
    return Sample(n, sums, products, TIMES, TIME_PAIRS, seen.times.confidence).ratio(OCCUPANCY)


def _both(name: str, estimate: Estimate) -> dict[str, np.ndarray]:
    return {name: np.asarray(estimate.mean), f"{name}_half_width": np.asarray(estimate.half_width)}


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else float(value)
