"""What changes do, one at a time and per unit: the effects of a tornado, and the power of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.measures.sample import Estimate, student_quantile
from wfm.model.levels import level_in_words
from wfm.model.paths import unit_at
from wfm.sweeps.designs import SAMPLED
from wfm.sweeps.steps import unit_of

if TYPE_CHECKING:
    from wfm.sweeps.result import SweepResult

# Measures whose change from the baseline is told, in their own units (fractions, seconds, hours, agents, money).
CHANGES = (
    "service_level", "abandonment", "average_speed_of_answer", "mean_wait", "paid_hours", "cost",
    "required_hours", "required_peak", "required_cost",
)  # fmt: skip
# Whole agents come in stairs, on which a small step does nothing or too much: per unit, fractional ones count.
PER_UNIT = (
    "service_level", "abandonment", "average_speed_of_answer", "mean_wait", "paid_hours", "cost",
    "required_hours_unrounded", "required_cost_unrounded",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Effect:
    """What one change alone (a level of a variation), or a named scenario, does.

    Args:
        case: its case; words: "volume +10 %", or the scenario's name.
        variation: which variation; None for a named scenario. level: the variation's level.
        label: what tables call the variation, or the scenario.
        changes: by measure, case less baseline with its half-width (NaN where a formula says it); only those that the
            case has.
    """

    case: int
    words: str
    label: str
    variation: int | None
    level: Any
    changes: Mapping[str, Estimate]

    def change(self, measure: str) -> Estimate:
        """The change of a measure; NaN where it has none."""
        return self.changes.get(measure, Estimate(np.nan, np.nan))

    def is_noise(self, measure: str) -> bool:
        """Whether a change that is not exactly nothing cannot be told from nothing."""
        change = float(self.change(measure).mean)
        return bool(np.isfinite(change)) and change != 0 and not self.is_told_apart(measure)

    def is_told_apart(self, measure: str) -> bool:
        """Whether the change is more than noise: its interval leaves 0 out; without an interval, it is not 0."""
        change = self.change(measure)
        width = 0.0 if np.isnan(change.half_width) else float(change.half_width)
        return bool(abs(float(change.mean)) > width)


@dataclass(frozen=True, eq=False)
class Power:
    """What one unit more of an input does ("power of one").

    Args:
        label: the input, "volume"; variation: its place in the sweep. unit: the step, "+1 %", "+1 s", "+1 pt" or "+1".
        changes: by measure, the change for that step, with its half-width.
        elasticities: by measure, % of change for 1 % more of the input; empty where the input is nowhere above 0.
        swings: by measure, the change from the lowest to the highest level, the baseline among them; by regression, at
            that rate over all that was drawn.
        cases: from which cases. average_from: the levels whose slopes were averaged, in words ("-10 % and +10 %"); ""
            where a case has that very step, which then is told as it is.
        by_regression: whether by least squares over all cases, or from this input's own.
    """

    label: str
    variation: int
    unit: str
    changes: Mapping[str, Estimate]
    elasticities: Mapping[str, Estimate]
    swings: Mapping[str, Estimate]
    cases: tuple[int, ...]
    average_from: str
    by_regression: bool


def effects_of(result: SweepResult, measure: str, contact_type: str | None) -> list[Effect]:
    """See `SweepResult.effects`."""
    sweep = result.sweep
    found: list[list[Effect]] = []
    for place, variation in enumerate(sweep.variations):
        levels = {case: sweep.case(case).levels[place] for case in alone(result, place)}
        found.append(
            [
                Effect(case, variation.in_words(level), result.titles[place], place, level,
                       _changes(result, case, contact_type))
                for case, level in levels.items()
            ]
        )  # fmt: skip
    for case in range(1 + sweep.designed, len(sweep)):
        name = sweep.case(case).name
        found.append([Effect(case, name, name, None, None, _changes(result, case, contact_type))])
    return by_swing(found, measure)


def by_swing(found: Sequence[Sequence[Effect]], measure: str) -> list[Effect]:
    """The effects of several inputs, those of the input with the largest swing first, as a tornado has them."""
    swings = [_swing([float(one.change(measure).mean) for one in effects]) for effects in found]
    return [one for at in np.argsort(-np.array(swings), kind="stable") for one in found[at]]


def _swing(changes: list[float]) -> float:
    """From the lowest to the highest, the baseline among them; -1 where there is none."""
    known = [one for one in changes if not np.isnan(one)]
    return max(0.0, *known) - min(0.0, *known) if known else -1.0


def alone(result: SweepResult, place: int) -> list[int]:
    """Cases in which one variation is changed and all others are as in the base, in their order; all have figures."""
    if result.sweep.design in SAMPLED:
        return []
    others = [one for one in range(len(result.sweep.variations)) if one != place]
    return [
        case
        for case, levels in result.levels.items()
        if result.has_figures(case)
        and not is_neutral(result, place, levels[place])
        and all(is_neutral(result, other, levels[other]) for other in others)
    ]


def is_neutral(result: SweepResult, place: int, level: Any) -> bool:
    """Whether a level of a variation is the base."""
    return level is None or result.step(place, level) == 0


def _changes(
    result: SweepResult, case: int, contact_type: str | None, measures: Sequence[str] = CHANGES
) -> dict[str, Estimate]:
    changes = {measure: result.change(case, measure, contact_type) for measure in measures}
    return {measure: change for measure, change in changes.items() if not np.isnan(change.mean)}


def powers_of(result: SweepResult, contact_type: str | None) -> list[Power]:
    """See `SweepResult.powers`."""
    if result.sweep.design in SAMPLED:
        return _by_regression(result, contact_type)
    found = []
    for place in range(len(result.sweep.variations)):
        cases = _nearest(result, place)
        if cases:
            changes = {case: _changes(result, case, contact_type, PER_UNIT) for case in cases}
            slopes = [
                {name: _times(change, 1 / step) for name, change in changes[case].items()}
                for case, step in cases.items()
            ]
            shared = [name for name in PER_UNIT if all(name in one for one in slopes)]
            rates = {name: _mean([one[name] for one in slopes]) for name in shared}
            swings = _swings(result, contact_type, place)
            levels = [] if _is_unit(result, place, cases) else [_bare_level(result, place, case) for case in cases]
            found.append(_power(result, contact_type, place, rates, swings, tuple(cases), " and ".join(levels)))
    return found


def _nearest(result: SweepResult, place: int) -> dict[int, float]:
    """The case with a step of one unit; or those with the smallest, one up and one down where both are as small."""
    steps = {case: result.step(place, result.levels[case][place]) for case in alone(result, place)}
    steps = {case: step for case, step in steps.items() if not np.isnan(step)}
    if not steps:
        return {}
    very = {case: step for case, step in steps.items() if _is_unit(result, place, {case: step})}
    least = min(map(abs, steps.values()))
    return very or {case: step for case, step in steps.items() if abs(step) <= least * (1 + 1e-9)}


def _is_unit(result: SweepResult, place: int, cases: Mapping[int, float]) -> bool:
    """Whether these cases are the one whose step is a unit."""
    unit = unit_of(result.sweep.variations[place])[0]
    return [isclose(step, unit, rel_tol=1e-9) for step in cases.values()] == [True]


def _bare_level(result: SweepResult, place: int, case: int) -> str:
    variation = result.sweep.variations[place]
    return level_in_words(variation.how, result.levels[case][place], unit_at(variation.path))


def _swings(result: SweepResult, contact_type: str | None, place: int) -> dict[str, Estimate]:
    """From the lowest to the highest level of one variation; the baseline is a level, from which nothing changes."""
    steps = {0: 0.0} | {case: result.step(place, result.levels[case][place]) for case in alone(result, place)}
    known = {case: step for case, step in steps.items() if not np.isnan(step)}
    none = dict.fromkeys(PER_UNIT, Estimate(0.0, 0.0))
    low, high = (
        _changes(result, case, contact_type, PER_UNIT) if case else none
        for case in (min(known, key=known.__getitem__), max(known, key=known.__getitem__))
    )
    # Each is paired with the baseline; of one another they are at most so much less sure.
    return {
        name: Estimate(float(high[name].mean - low[name].mean), float(high[name].half_width + low[name].half_width))
        for name in PER_UNIT
        if name in low and name in high
    }


def _mean(slopes: list[Estimate]) -> Estimate:
    """Of a step up and one down: what bends in between falls out. Adding up their errors is never too little."""
    return Estimate(float(np.mean([one.mean for one in slopes])), float(np.mean([one.half_width for one in slopes])))


def _power(
    result: SweepResult, contact_type: str | None, place: int, rates: Mapping[str, Estimate],
    swings: Mapping[str, Estimate], cases: tuple[int, ...], average_from: str, *, by_regression: bool = False,
) -> Power:  # fmt: skip
    """rates: change of each measure for a whole step of 1 in the variation's levels."""
    variation = result.sweep.variations[place]
    unit, words = unit_of(variation)
    relative = 1.0 if variation.how == "factor" else 1 / result.sizes[place] if result.sizes[place] > 0 else np.nan
    elasticities = {}
    for name, rate in rates.items():
        base = float(result.values(name, contact_type)[0])
        if base != 0 and np.isfinite(base * relative):
            elasticities[name] = _times(rate, 1 / (relative * base))
    changes = {name: _times(rate, unit) for name, rate in rates.items()}
    return Power(result.titles[place], place, words, changes, elasticities, swings, cases, average_from, by_regression)


def _times(rate: Estimate, factor: float) -> Estimate:
    return Estimate(float(rate.mean) * factor, float(rate.half_width) * abs(factor))


def _by_regression(result: SweepResult, contact_type: str | None) -> list[Power]:
    """Least squares of each measure's change on the steps of all variations, over the cases that have figures."""
    places = range(len(result.sweep.variations))
    cases = [case for case in result.levels if case > 0 and result.has_figures(case)]
    steps = np.array([[result.step(place, result.levels[case][place]) for place in places] for case in cases])
    design = np.column_stack([np.ones(len(cases)), steps])
    degrees, replications = len(cases) - design.shape[1], result.baseline["replications"]
    if degrees < 1 or not np.isfinite(design).all():
        return []
    inverse = np.linalg.pinv(design.T @ design)
    fewest = degrees if replications is None or replications < 2 else min(degrees, int(replications) - 1)
    quantile = student_quantile(result.sweep.center.experiment.confidence, fewest)
    rates: list[dict[str, Estimate]] = [{} for _ in places]
    for name in PER_UNIT:
        found = [result.change(case, name, contact_type) for case in cases]
        changes = np.array([one.mean for one in found])
        if np.isnan(changes).any():
            continue
        slopes = inverse @ (design.T @ changes)
        spread = np.sum((changes - design @ slopes) ** 2) / degrees
        of_days = _spread_of_days(result, steps, np.array([one.half_width for one in found]))
        widths = quantile * np.sqrt(spread * np.diag(inverse) + np.append(0.0, of_days))
        for place in places:
            rates[place][name] = Estimate(float(slopes[place + 1]), float(widths[place + 1]))
    ranges = [max(one.levels) - min(one.levels) for one in result.sweep.variations]
    return [
        _power(result, contact_type, place, rates[place],
               {name: _times(rate, ranges[place]) for name, rate in rates[place].items()}, tuple(cases), "all cases",
               by_regression=True)
        for place in places
    ]  # fmt: skip


def _spread_of_days(result: SweepResult, steps: np.ndarray, half_widths: np.ndarray) -> np.ndarray:
    """float64[variations]: variance of each slope by the luck of the days; all share it, so it leaves no residual.

    A change that is steps x slopes has the variance sum of steps^2 x variances of slopes: these are fitted to the
    changes' squared standard errors.
    """
    replications = result.baseline["replications"]
    if replications is None or replications < 2 or np.isnan(half_widths).any():
        return np.zeros(steps.shape[1])
    from scipy.optimize import nnls

    quantile = student_quantile(result.sweep.center.experiment.confidence, int(replications) - 1)
    design = np.column_stack([np.ones(len(steps)), steps**2])
    scales = design.max(axis=0)
    fitted, _ = nnls(design / scales, (half_widths / quantile) ** 2)
    return np.asarray((fitted / scales)[1:])
