"""Plans, methods or scenarios side by side, with paired differences where they saw the same simulated days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wfm.errors import InputError, fault
from wfm.measures.definitions import COLUMNS, RATIOS, Ratio
from wfm.measures.prediction import METHOD_NAMES, Prediction
from wfm.measures.sample import Estimate, student_quantile
from wfm.model.center import ContactCenter

COMPARED = ("service_level", "abandonment", "average_speed_of_answer")


@dataclass(frozen=True, eq=False)
class Difference:
    """How far a prediction lies from its baseline.

    Args:
        measures: an Estimate (prediction less baseline) for service_level, abandonment, average_speed_of_answer, over
            all contact types.
        contact_types: the same for each contact type that both have, by name.
        paired: whether both saw the same simulated days, so that the days' luck cancels.
        paid_hours, cost: prediction less baseline; cost None where a group has no price.
    """

    baseline: Prediction
    prediction: Prediction
    measures: dict[str, Estimate]
    contact_types: dict[str, dict[str, Estimate]]
    paired: bool
    paid_hours: float
    cost: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Predictions side by side; each but the first has its difference from a baseline.

    The baseline is the first prediction by the same method, or the first of all when there is none before.
    """

    predictions: tuple[Prediction, ...]
    differences: tuple[Difference | None, ...]

    @property
    def verdicts(self) -> list[str]:
        """One sentence for each difference: better, worse, or cannot be told apart."""
        return [verdict(one) for one in self.differences if one is not None]


def compare(predictions: Sequence[Prediction]) -> Comparison:
    """Set predictions side by side: of plans, of methods, or of centres over the same intervals.

    Centres may differ in anything but their intervals: skills, groups, routing, volumes. Simulations with the same
    seed, replications and contact types saw the same customers; their differences are paired by replication.

    Raises:
        InputError: no prediction, or predictions of other intervals.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> plans = [wfm.staff(center, method=method) for method in ("erlang-a", "erlang-c")]
    >>> seen = [wfm.predict(center, plan, method=wfm.Simulation(replications=50, seed=1)) for plan in plans]
    >>> wfm.compare(seen).differences[1].measures["service_level"].mean > 0
    True
    """
    if not isinstance(predictions, Sequence):
        raise InputError([fault("predictions", "must be a list of predictions", type(predictions).__name__)])
    if not predictions:
        raise InputError([fault("predictions", "there are none to compare")])
    _check_comparable(predictions)
    found: list[Difference | None] = [None]
    for j in range(1, len(predictions)):
        same = [one for one in predictions[:j] if one.method == predictions[j].method]
        found.append(difference(same[0] if same else predictions[0], predictions[j]))
    return Comparison(tuple(predictions), tuple(found))


def _check_comparable(predictions: Sequence[Prediction]) -> None:
    faults = [
        fault(f"predictions[{j}]", "must be a Prediction", one)
        for j, one in enumerate(predictions)
        if not isinstance(one, Prediction)
    ]
    if not faults:
        horizons = [_horizon_in_words(one.center) for one in predictions]
        faults = [
            fault(f"predictions[{j}]", f"is of {one}, and cannot be compared with the first, of {horizons[0]}")
            for j, one in enumerate(horizons)
            if one != horizons[0]
        ]
    if faults:
        raise InputError(faults)


def _horizon_in_words(center: ContactCenter) -> str:
    of = center.horizon
    return f"{of.intervals} intervals of {of.interval / 60:g} min from {of.start:%Y-%m-%d %H:%M}"


def difference(baseline: Prediction, prediction: Prediction) -> Difference:
    """One prediction less another."""
    costs = baseline.plan.cost, prediction.plan.cost
    both = [name for name in baseline.center.contact_types if name in prediction.center.contact_types]
    return Difference(
        baseline,
        prediction,
        {name: ratio_difference(baseline, prediction, RATIOS[name]) for name in COMPARED},
        {one: {name: ratio_difference(baseline, prediction, RATIOS[name], one) for name in COMPARED} for one in both},
        same_days(baseline, prediction),
        float(prediction.plan.paid_hours.sum() - baseline.plan.paid_hours.sum()),
        None if costs[0] is None or costs[1] is None else costs[1] - costs[0],
    )


def same_days(one: Prediction, other: Prediction) -> bool:
    """Whether two simulations share their random numbers: the same customers, whoever serves them."""
    return one.totals is not None and other.totals is not None and not _unlike(one, other)


def _unlike(one: Prediction, other: Prediction) -> list[str]:
    """What keeps two simulations from having seen the same days."""
    differs = {
        "contact types": set(one.center.contact_types) != set(other.center.contact_types),
        "seeds": one.seed != other.seed,
        "replications": one.replications != other.replications,
        "strata": one.strata != other.strata,
        "batches": one.batches != other.batches or not _counts_the_same(one, other),
    }
    return [word for word, differ in differs.items() if differ]


def _counts_the_same(one: Prediction, other: Prediction) -> bool:
    """Whether the same intervals count, after the same warm-up."""
    everything = np.ones(one.center.horizon.intervals, np.bool_)
    counted = [everything if given.counted is None else given.counted for given in (one, other)]
    return np.array_equal(counted[0], counted[1])


def ratio_difference(
    baseline: Prediction, prediction: Prediction, ratio: Ratio, contact_type: str | None = None
) -> Estimate:
    """Difference of two ratios of totals, of one contact type or over all.

    The interval is of paired residuals where both saw the same days, of independent ones elsewhere.
    """
    sides = [_ratio_and_residuals(one, ratio, contact_type) for one in (prediction, baseline)]
    (value, residuals), (base_value, base_residuals) = sides
    change = value - base_value
    if residuals is None and base_residuals is None:
        return Estimate(change, np.nan)
    confidence = baseline.center.experiment.confidence
    if same_days(baseline, prediction):
        assert residuals is not None
        assert base_residuals is not None
        error, n = _standard_error(residuals - base_residuals), len(residuals)
    else:
        noisy = [one for one in (residuals, base_residuals) if one is not None]
        error, n = float(np.sqrt(sum(_standard_error(one) ** 2 for one in noisy))), min(map(len, noisy))
    half_width = student_quantile(confidence, n - 1) * error if n > 1 else np.nan
    return Estimate(change, half_width)


def _ratio_and_residuals(
    prediction: Prediction, ratio: Ratio, contact_type: str | None
) -> tuple[float, np.ndarray | None]:
    row = -1 if contact_type is None else list(prediction.center.contact_types).index(contact_type)
    if prediction.totals is None:
        return float(prediction.contacts[row, -1].ratio(ratio).mean), None
    rows = prediction.totals[:, row]
    top, bottom = (
        sum(rows[:, COLUMNS.index(name)] for name in terms.plus)
        - sum((rows[:, COLUMNS.index(name)] for name in terms.minus), np.zeros(len(rows)))
        for terms in ratio
    )
    if not bottom.sum() > 0:
        return np.nan, np.full(len(rows), np.nan)
    value = top.sum() / bottom.sum()
    return float(value), (top - value * bottom) / bottom.mean()


def _standard_error(residuals: np.ndarray) -> float:
    n = len(residuals)
    return float(np.sqrt(np.sum(residuals**2) / (n - 1) / n)) if n > 1 else np.nan


def verdict(found: Difference) -> str:
    """One sentence: is the service better, worse, or is the difference noise; and what it costs."""
    new, old = found.prediction, found.baseline
    change = found.measures["service_level"]
    points, half = 100 * float(change.mean), 100 * float(change.half_width)
    same_world = new.center.digest == old.center.digest and new.rule == old.rule
    same_plan = new.plan.digest == old.plan.digest and same_world
    if same_plan and new.method != old.method:
        return _verdict_of_methods(new, old, points, half)
    names, cost = _names(new, old), "" if same_plan else price(found.paid_hours, found.cost)
    if same_plan and not _unpaired(found):
        return f"{names[0]} and {names[1]} are the same plan."
    if _unpaired(found):
        cost += f" (not on the same days: other {' and '.join(_unlike(new, old))})"
    exact = new.totals is None and old.totals is None
    sure = f"by {METHOD_NAMES[new.method]}" if exact else "one replication cannot say how sure"
    return sentence(names, change, cost, new.replications or old.replications, sure)


def sentence(names: tuple[str, str], change: Estimate, cost: str, replications: int, sure: str) -> str:
    """The verdict on a change of service level, from the second to the first of two names.

    cost: what it costs, in words that follow on. replications: how many were seen. sure: how sure the change is where
    it has no interval.
    """
    points, half = 100 * float(change.mean), 100 * float(change.half_width)
    if np.isnan(points):
        return f"{names[0]} and {names[1]}: there are no contacts to judge the service by."
    if np.isnan(half):
        return f"{names[0]}: service level {_signed(points)} points against {names[1]} ({sure}){cost}."
    # Where every day is the same in both, the half-width is 0, and a difference of 0 is no difference.
    if abs(points) <= half or points == 0:
        return (
            f"{names[0]} and {names[1]} cannot be told apart with {replications} replications: "
            f"service level {_signed(points)} ± {half:.1f} points{cost}."
        )
    word = "better" if points > 0 else "worse"
    return f"{names[0]} is {word} than {names[1]}: service level {_signed(points)} ± {half:.1f} points{cost}."


def _names(new: Prediction, old: Prediction) -> tuple[str, str]:
    """What a sentence calls two predictions: their plans, their centres where the plans' names are one, the method."""
    names = [one.plan.name for one in (new, old)]
    if names[0] == names[1] and new.center.title != old.center.title:
        names = [one.center.title for one in (new, old)]
    if names[0] == names[1] and new.rule != old.rule:
        rules = [one.rule or "the scenario's rule" for one in (new, old)]
        names = [f"{name}, {rule}" for name, rule in zip(names, rules, strict=True)]
    if new.method != old.method:
        names = [f"{name} by {METHOD_NAMES[one.method]}" for name, one in zip(names, (new, old), strict=True)]
    return names[0], names[1]


def _verdict_of_methods(new: Prediction, old: Prediction, points: float, half: float) -> str:
    """Methods are not better or worse than one another: one expects more of the same plan, or less."""
    names = METHOD_NAMES[new.method], METHOD_NAMES[old.method]
    if np.isnan(points):
        return f"{names[0]} and {names[1]}: there are no contacts to judge the service by."
    if not np.isnan(half) and abs(points) <= half:
        return (
            f"{new.plan.name}: {names[0]} and {names[1]} cannot be told apart ({_signed(points)} ± {half:.1f} points)."
        )
    around = "" if np.isnan(half) else f" ± {half:.1f}"
    word = "higher" if points > 0 else "lower"
    return (
        f"{new.plan.name}: {names[0]} sees a {word} service level than {names[1]}, by {abs(points):.1f}{around} points."
    )


def _unpaired(found: Difference) -> bool:
    """Whether both are simulated, but on other days."""
    return found.prediction.totals is not None and found.baseline.totals is not None and not found.paired


def price(paid_hours: float, cost: float | None) -> str:
    """What a change costs, as a sentence goes on."""
    money = f", {_signed(cost, 0)} in cost" if cost is not None else ""
    return f", {_signed(paid_hours)} paid hours{money}"


def _signed(value: float, digits: int = 1) -> str:
    """A change with its sign, as tables write it; what rounds to nothing is no fall."""
    return f"{round(value, digits) + 0.0:+,.{digits}f}".replace("-", "−")
