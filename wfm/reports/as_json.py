"""Results as plain values for JSON: NaN is null, an infinite wait is null with the mark "overloaded"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from wfm.answering import Answer
from wfm.comparison import Comparison
from wfm.measures.definitions import AMOUNTS, RATIOS
from wfm.measures.prediction import ContactMeasures, GroupMeasures, Measures, Prediction, TimeMeasures
from wfm.measures.sample import Estimate
from wfm.model.plan import StaffingPlan
from wfm.simulation.ledger import OUTCOMES
from wfm.simulation.replay import Replay
from wfm.staffing import Explanation, Requirement

Plain = dict[str, Any]
TIMES = ("occupancy", "busy_hours", "staffed_hours", "overtime_hours", "cost")


def prediction(seen: Prediction) -> Plain:
    """Everything that a prediction holds; all but `run` depends on the inputs and the seed alone."""
    horizon = seen.center.horizon
    return {
        "title": seen.center.title,
        "method": seen.method,
        "replications": seen.replications,
        "seed": seen.seed,
        "provenance": {"center": seen.center.digest, "plan": seen.plan.digest},
        "contact_types": {name: _contacts(one) for name, one in seen.contact_types.items()},
        "agent_groups": {name: _times(one) for name, one in seen.agent_groups.items()},
        "total": _contacts(seen.total),
        "cost": estimate(seen.cost),
        "variance_reduction": _variance_reduction(seen),
        "until_reached": seen.until_reached,
        "batches": seen.batches,
        "warm_up": None if seen.counted is None else float((~seen.counted).sum()) * horizon.interval,
        "intervals": [start.isoformat() for start in horizon.starts],
        "days": [date.date().isoformat() for date in horizon.dates],
        "run": dict(seen.run),
    }


def plan(staffing: StaffingPlan) -> Plain:
    """A plan by group, with hours and money from the fractional gross."""
    return {
        "name": staffing.name,
        "digest": staffing.digest,
        "agent_groups": {
            name: {"net": staffing.net[row].tolist(), "gross": staffing.whole_gross[row].tolist()}
            for row, name in enumerate(staffing.groups)
        },
        "peak_net": int(staffing.whole_net.sum(axis=0).max()),
        "peak_gross": int(staffing.whole_gross.sum(axis=0).max()),
        "paid_hours": float(staffing.paid_hours.sum()),
        "fte": staffing.fte,
        "cost": staffing.cost,
    }


def requirement(needed: Requirement) -> Plain:
    """A requirement by group: whole and fractional (null where there is none), net and gross, and what binds."""
    whole, hours = needed.plan, needed.unrounded_gross.sum(axis=1) * needed.center.horizon.interval / 3600
    return {
        name: {
            "net_whole": needed.whole[row].tolist(),
            "net_fractional": _numbers(needed.unrounded[row]),
            "gross_whole": whole.whole_gross[row].tolist(),
            "gross_fractional": _numbers(needed.unrounded_gross[row]),
            "binding": needed.binding[row].tolist(),
            "paid_hours": float(whole.paid_hours[row]),
            "paid_hours_unrounded": _number(hours[row]),
        }
        for row, name in enumerate(whole.groups)
    }


def answer(found: Answer) -> Plain:
    """What `wfm plan --json` prints."""
    return {
        "title": found.center.title,
        "method": found.method,
        "provenance": found.provenance,
        "requirement": {method: requirement(needed) for method, needed in found.requirements.items()},
        "plan": plan(found.plan),
        "predictions": {method: prediction(seen) for method, seen in found.predictions.items()},
        "given": None if found.given is None else plan(found.given),
        "given_predictions": {method: prediction(seen) for method, seen in found.given_predictions.items()},
        "comparison": None if found.comparison is None else comparison(found.comparison),
        "reconciliation": [
            {
                "cause": step.cause,
                "method": step.prediction.method,
                "service_level": estimate(step.prediction.total.service_level),
                "change": None if step.change is None else estimate(step.change),
            }
            for step in found.reconciliation.steps
        ],
        "worst": [
            {
                "contact_type": spell.contact_type,
                "start": spell.start.isoformat(),
                "end": spell.end.isoformat(),
                "service_level": spell.service_level,
                "contacts_lost": spell.lost,
            }
            for spell in found.worst
        ],
    }


def comparison(found: Comparison) -> Plain:
    """Predictions side by side, with each difference and its sentence.

    `seed` and `replications` are those of the simulations; null where nothing is simulated, or where they are not one.
    """
    rows = []
    for seen, apart in zip(found.predictions, found.differences, strict=True):
        row: Plain = {
            "plan": seen.plan.name,
            "method": seen.method,
            "paid_hours": float(seen.plan.paid_hours.sum()),
            "peak_net": int(seen.plan.whole_net.sum(axis=0).max()),
            "cost": seen.plan.cost,
            "total": _measures(seen.total),
            "difference": None,
        }
        if apart is not None:
            row["difference"] = {
                "baseline": {"plan": apart.baseline.plan.name, "method": apart.baseline.method},
                "paired": apart.paired,
                "paid_hours": apart.paid_hours,
                "cost": apart.cost,
                **{name: estimate(value) for name, value in apart.measures.items()},
                "contact_types": {
                    name: {measure: estimate(value) for measure, value in measures.items()}
                    for name, measures in apart.contact_types.items()
                },
            }
        rows.append(row)
    simulated = [seen for seen in found.predictions if seen.replications]
    return {
        "rows": rows,
        "verdicts": found.verdicts,
        "seed": _only({seen.seed for seen in simulated}),
        "replications": _only({seen.replications for seen in simulated}),
    }


def replay(found: Replay, pictures: Sequence[str] = ()) -> Plain:
    """One replication as it happened, by interval, with its longest waits and where its pictures are."""
    center = found.center
    return {
        "title": center.title,
        "replication": found.replication,
        "seed": found.seed,
        "provenance": {"center": center.digest, "plan": found.plan.digest},
        "intervals": [start.isoformat() for start in center.horizon.starts],
        "by_interval": {
            **{name: found.counted(name).sum(axis=0).tolist() for name in AMOUNTS},
            "longest_queue": found.longest_queue.tolist(),
            "longest_wait": _numbers(found.longest_wait),
        },
        "agent_groups": {
            name: {"busy": found.mean_busy[g].tolist(), "on_duty": found.on_duty[g].tolist()}
            for g, name in enumerate(center.agent_groups)
        },
        "longest_waits": [_contact(found, row) for row in found.worst().tolist()],
        "pictures": list(pictures),
    }


def _contact(found: Replay, row: int) -> Plain:
    log, center = found.log, found.center
    group = int(log.agent_group[row])
    arrival = center.horizon.start + timedelta(seconds=float(log.arrival[row]))
    return {
        "contact_type": list(center.contact_types)[log.contact_type[row]],
        "arrival": arrival.isoformat(timespec="microseconds"),
        "wait": float(found.wait[row]),
        "outcome": OUTCOMES[log.outcome[row]],
        "agent_group": list(center.agent_groups)[group] if group >= 0 else None,
    }


def explanation(found: Explanation) -> Plain:
    """One requirement, step by step."""
    return {
        "contact_type": found.contact_type,
        "agent_group": found.agent_group,
        "start": found.start.isoformat(),
        "method": found.requirement.method,
        "volume": found.volume,
        "handling_time": found.handling_time,
        "patience": _number(found.patience),
        "offered_load": found.offered_load,
        "limits": found.limits,
        "binding": found.binding,
        "net_whole": found.whole,
        "net_fractional": _number(found.fractional),
        "shrinkage": found.shrinkage,
        "gross_whole": found.whole_gross,
        "gross_fractional": _number(found.fractional_gross),
        "given": found.given,
        "candidates": [
            {
                "agents": one.agents,
                "gross": one.gross,
                "service_level": one.service_level,
                "average_speed_of_answer": _number(one.average_speed_of_answer),
                "abandonment": one.abandonment,
                "occupancy": one.occupancy,
                "kept": one.kept,
            }
            for one in found.candidates
        ],
    }


def estimate(value: Estimate) -> Any:
    """{"mean", "half_width"}; for arrays a list of them."""
    if np.ndim(value.mean) == 0:
        return _one(float(value.mean), float(value.half_width))
    pairs = zip(np.asarray(value.mean).tolist(), np.asarray(value.half_width).tolist(), strict=True)
    return [_one(mean, half_width) for mean, half_width in pairs]


def _variance_reduction(seen: Prediction) -> Plain | None:
    gained = seen.variance_reduction
    if gained is None:
        return None
    return {
        "half_width": _number(gained.reduced),
        "half_width_without": _number(gained.without),
        "as_many_replications": _number(gained.as_many_replications),
    }


def _contacts(seen: ContactMeasures) -> Plain:
    waits = seen.wait_percentiles
    return {
        **_measures(seen),
        "wait_percentiles": None if waits is None else {str(percent): estimate(one) for percent, one in waits.items()},
        "by_interval": _measures(seen.by_interval),
        "by_day": _measures(seen.by_day),
    }


def _measures(seen: Measures) -> Plain:
    found = {name: estimate(getattr(seen, name)) for name in (*AMOUNTS, *RATIOS, "mean_queue", "days_met")}
    return {**found, "service_levels": {name: estimate(level) for name, level in seen.service_levels.items()}}


def _times(seen: GroupMeasures) -> Plain:
    return {**_timed(seen), "by_interval": _timed(seen.by_interval), "by_day": _timed(seen.by_day)}


def _timed(seen: TimeMeasures) -> Plain:
    return {name: estimate(getattr(seen, name)) for name in TIMES}


def _one(mean: float, half_width: float) -> Mapping[str, Any]:
    plain: Plain = {"mean": _number(mean), "half_width": _number(half_width)}
    return {**plain, "overloaded": True} if np.isinf(mean) else plain


def _only(values: set[int] | set[int | None]) -> int | None:
    """The one value that all share."""
    return next(iter(values)) if len(values) == 1 else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _numbers(values: np.ndarray) -> list[float | None]:
    return [_number(value) for value in values.tolist()]
