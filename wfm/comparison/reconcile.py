"""Why the methods part: one assumption given up at a time, from Erlang C to the full simulation of the same plan.

The simulated steps see the same random numbers, so that each change is a paired difference, and the changes add up to
the whole distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wfm.comparison.compare import ratio_difference
from wfm.errors import NotModelled
from wfm.measures.definitions import RATIOS
from wfm.measures.prediction import Prediction
from wfm.measures.sample import Estimate
from wfm.model.center import ContactCenter, ContactType
from wfm.model.laws import Exponential, Never
from wfm.model.plan import StaffingPlan
from wfm.prediction import predict
from wfm.simulation.run import Simulation

CARRIED_OVER = "contacts are carried over from one interval to the next"
HANG_UP = "customers hang up"
ABSENCE = "absence is drawn person by person"
BUSY_DAYS = "some days are busier than others"


@dataclass(frozen=True, eq=False)
class Step:
    """One assumption given up.

    Args:
        cause: what is taken into account from this step on; nothing for the first.
        prediction: with this and all causes before it.
        change: of the service level against the step before; None for the first.
    """

    cause: str
    prediction: Prediction
    change: Estimate | None


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """From the simplest method to the full simulation of one plan."""

    steps: tuple[Step, ...]

    @property
    def largest(self) -> list[Step]:
        """The steps that change the service level beyond doubt, largest first."""
        seen = [step for step in self.steps if step.change is not None and _beyond_doubt(step.change)]
        return sorted(seen, key=lambda step: -abs(float(step.change.mean)))  # type: ignore[union-attr]


def reconcile(simulated: Prediction, progress: Callable[[int, int], None] | None = None) -> Reconciliation:
    """Explain how far the formulas are from a simulation.

    Args:
        simulated: a prediction by simulation; its centre, plan, seed and replications are used.
        progress: told (done, replications) of each simulated step.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> seen = wfm.predict(center, wfm.staff(center), method=wfm.Simulation(replications=20))
    >>> [step.prediction.method for step in wfm.reconcile(seen).steps]
    ['erlang-c', 'erlang-a', 'simulation']
    """
    center, plan = simulated.center, simulated.plan
    steps: list[Step] = []

    def take(cause: str, prediction: Prediction) -> None:
        before = steps[-1].prediction if steps else None
        change = None if before is None else ratio_difference(before, prediction, RATIOS["service_level"])
        steps.append(Step(cause if steps else "", prediction, change))

    for cause, formula in (("", "erlang-c"), (HANG_UP, "erlang-a")):
        if formula == "erlang-a" and steps and not _anyone_hangs_up(center):
            continue
        try:
            take(cause, predict(center, plan, formula))
        except NotModelled:
            continue
    method = Simulation(simulated.replications, simulated.seed, simulated.run["engine"], simulated.run["threads"])
    # Each simplification that changes this centre; they are taken back in this order.
    named = {_other_laws(center): _exponential_laws, **SIMPLIFICATIONS}
    present = [(cause, simpler) for cause, simpler in named.items() if simpler(center) != center]
    causes = [CARRIED_OVER, *(cause for cause, _ in present)]
    for step, cause in enumerate(causes):
        world = center
        for _, simpler in present[step:]:
            world = simpler(world)
        if world == center:
            take(cause, simulated)
        else:
            take(cause, predict(world, StaffingPlan(world, plan.net, plan.name), method, progress))
    return Reconciliation(tuple(steps))


def _exponential_laws(center: ContactCenter) -> ContactCenter:
    return _with_types(center, lambda one: _exponential(one, center.horizon.intervals))


def _exponential(one: ContactType, intervals: int) -> ContactType:
    """The same contact type as the formulas see it: by its means."""
    if _is_exponential(one):
        return one
    means = one.mean_patience(intervals)
    # Patience without end or of no length at all is what it is for the formulas too.
    if np.all((means > 0) & np.isfinite(means)):
        patience = Exponential(tuple(means), at_zero=tuple(one.balking_share(intervals)))
        one = replace(one, patience=patience, balking=0.0)
    return replace(one, handling=Exponential(tuple(one.handling_time(intervals))), talk=None, after_contact_work=None)


def _is_exponential(one: ContactType) -> bool:
    plain_handling = isinstance(one.handling, Exponential) and not np.any(one.handling.at_zero)
    return plain_handling and (one.patience is None or isinstance(one.patience, Exponential | Never))


def _other_laws(center: ContactCenter) -> str:
    """What is not exponential in this centre: talk and after-contact work together are not, even if each is."""
    types = center.contact_types.values()
    handling = any(not isinstance(one.handling, Exponential) or np.any(one.handling.at_zero) for one in types)
    patience = any(one.patience is not None and not isinstance(one.patience, Exponential | Never) for one in types)
    if handling and patience:
        return "handling times and patience are not exponential"
    return "handling times as a whole are not exponential" if handling else "patience is not exponential"


def _nobody_absent(center: ContactCenter) -> ContactCenter:
    groups = {
        name: replace(group, shrinkage=replace(group.shrinkage, random=()))
        for name, group in center.agent_groups.items()
    }
    return replace(center, agent_groups=groups)


def _equal_days(center: ContactCenter) -> ContactCenter:
    center = _with_types(center, lambda one: replace(one, day_factor=None))
    return replace(center, horizon=replace(center.horizon, day_factor=None))


SIMPLIFICATIONS: dict[str, Callable[[ContactCenter], ContactCenter]] = {
    ABSENCE: _nobody_absent,
    BUSY_DAYS: _equal_days,
}


def _with_types(center: ContactCenter, change: Callable[[ContactType], ContactType]) -> ContactCenter:
    return replace(center, contact_types={name: change(one) for name, one in center.contact_types.items()})


def _anyone_hangs_up(center: ContactCenter) -> bool:
    return any(
        np.isfinite(one.mean_patience(center.horizon.intervals)).any() or one.balking > 0
        for one in center.contact_types.values()
    )


def _beyond_doubt(change: Estimate) -> bool:
    half = float(change.half_width)
    return abs(float(change.mean)) > (0.0 if np.isnan(half) else half) and abs(float(change.mean)) >= 0.0005
