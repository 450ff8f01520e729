"""The whole answer for one centre: what is required, what customers will get, how sure it is, and why methods part.

`wfm plan`, `wfm demo`, the page and the workbook show this value and compute nothing of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np

from wfm.comparison import Comparison, Reconciliation, compare, reconcile
from wfm.errors import NotModelled
from wfm.formulas.stationary import FORMULAS
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter, digest_of
from wfm.model.plan import StaffingPlan
from wfm.prediction import predict
from wfm.simulation.run import Simulation
from wfm.staffing import Requirement, requirement

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Spell:
    """Successive intervals of one contact type whose simulated service level misses its target beyond doubt.

    Args:
        contact_type: name; start, end: local times; first, last: indices of its intervals.
        service_level: over the spell, fraction; lost: contacts not served as promised beyond what the target allows.
    """

    contact_type: str
    start: datetime
    end: datetime
    first: int
    last: int
    service_level: float
    lost: float


@dataclass(frozen=True, eq=False)
class Answer:
    """One plan, seen by every method that has words for the centre.

    Args:
        center: the centre.
        method: the method that made the plan.
        requirements: by formula, for those that have words for this centre; `method` is among them.
        plan: whole net agents of `requirements[method]`.
        predictions: of the plan, by method: the formulas that answer, `method` if it is another, and "simulation".
        given: the scenario's own agents, or None; given_predictions: of them, by method.
        comparison: the plan against the given agents by simulation, or None.
        reconciliation: why the formulas and the simulation of the plan differ.
    """

    center: ContactCenter
    method: str
    requirements: Mapping[str, Requirement]
    plan: StaffingPlan
    predictions: Mapping[str, Prediction]
    given: StaffingPlan | None
    given_predictions: Mapping[str, Prediction]
    comparison: Comparison | None
    reconciliation: Reconciliation

    @property
    def requirement(self) -> Requirement:
        """The requirement that the plan keeps."""
        return self.requirements[self.method]

    @property
    def simulated(self) -> Prediction:
        return self.predictions["simulation"]

    @property
    def worst(self) -> list[Spell]:
        """Spells that miss the target under the plan, by simulation, the most contacts lost first."""
        return worst_spells(self.simulated)

    @property
    def promises(self) -> list[str]:
        """Whether the plan keeps each contact type's service level, by simulation, in a sentence each."""
        return promises_in_words(self.simulated)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the answer rests on: the same provenance, the same figures."""
        return {
            "center": self.center.digest,
            "plan": self.plan.digest,
            "experiment": digest_of(self.center.experiment),
            "method": self.method,
            "replications": self.simulated.replications,
            "seed": self.simulated.seed,
            "engine": self.simulated.run["engine"],
            "wfm": version("wfm-engine"),
        }


def answer(
    center: ContactCenter,
    method: str = "erlang-a",
    simulation: Simulation | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Plan a centre by a formula, and predict the plan and the scenario's own agents by every method.

    Args:
        method: "erlang-a", "erlang-c" or "transient".
        simulation: how to simulate; absent: as the scenario's experiment says.
        progress: told (what, done, replications) while simulations run.

    >>> import wfm
    >>> found = wfm.answer(wfm.load(wfm.example("textbook")), simulation=wfm.Simulation(replications=20))
    >>> sorted(found.predictions)
    ['erlang-a', 'erlang-c', 'simulation']
    """
    simulation = simulation or Simulation()
    requirements = {method: requirement(center, method)}
    for other in FORMULAS:
        if other != method:
            try:
                requirements[other] = requirement(center, other)
            except NotModelled:
                continue

    def told(what: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, of: progress(what, done, of)

    def by_every_method(plan: StaffingPlan, what: str) -> dict[str, Prediction]:
        found: dict[str, Prediction] = {}
        for formula in dict.fromkeys((*FORMULAS, method)):
            try:
                found[formula] = predict(center, plan, formula)
            except NotModelled:
                continue
        found["simulation"] = predict(center, plan, simulation, told(what))
        return found

    plan, given = requirements[method].plan, center.plan
    predictions = by_every_method(plan, "simulating the plan")
    given_predictions: dict[str, Prediction] = {}
    comparison = None
    if given is not None:
        given = given.renamed("scenario's agents")
        given_predictions = by_every_method(given, "simulating the scenario's own agents")
        comparison = compare([given_predictions["simulation"], predictions["simulation"]])
    reconciliation = reconcile(predictions["simulation"], told("finding out why the methods part"))
    return Answer(center, method, requirements, plan, predictions, given, given_predictions, comparison, reconciliation)


def promises_in_words(prediction: Prediction) -> list[str]:
    """A sentence for each contact type that promises a service level."""
    return [
        promise_in_words(prediction, name)
        for name, described in prediction.center.contact_types.items()
        if described.target.service_level is not None
    ]


def promise_in_words(prediction: Prediction, name: str) -> str:
    """Whether a contact type's service level is kept over the whole horizon, and how many intervals miss it."""
    target, seen = prediction.center.contact_types[name].target, prediction.contact_types[name]
    wanted, level = 100 * float(target.service_level or 0), 100 * float(seen.service_level.mean)
    if np.isnan(level):
        return f"{name}: no contacts to judge the promise by."
    half_width = float(np.nan_to_num(100 * seen.service_level.half_width))
    verdict = "too close to call" if abs(level - wanted) <= half_width else "kept" if level >= wanted else "missed"
    missed = _missed(prediction, name, float(target.service_level or 0))
    offered = np.asarray(seen.by_interval.offered.mean) > 0
    each = f"; {int(missed.sum())} of {int(offered.sum())} intervals miss it beyond doubt"
    if target.per == "day" or not _can_judge(prediction):
        each = ""
    return (
        f"{name}: promise {verdict} overall, {level:.1f} ± {half_width:.1f} % against {wanted:.4g} % "
        f"by simulation{each}."
    )


def _can_judge(prediction: Prediction) -> bool:
    """Whether single intervals can be judged: by a formula, or by more than one replication."""
    return prediction.replications != 1


def _missed(prediction: Prediction, name: str, wanted: float) -> np.ndarray:
    """bool[intervals]: where even the upper end of the service level is below what is wanted; formulas are sure."""
    level = prediction.contact_types[name].by_interval.service_level
    doubt = level.half_width if prediction.replications else np.zeros_like(level.mean)
    return np.asarray(level.mean + doubt < wanted)  # a simulation without an interval (NaN) leaves every doubt


def worst_spells(prediction: Prediction) -> list[Spell]:
    """Spells that miss their service level beyond doubt, the most contacts lost first."""
    spells = []
    for name, described in prediction.center.contact_types.items():
        wanted = described.target.service_level
        if wanted is None:
            continue
        seen = prediction.contact_types[name].by_interval
        level, offered = np.asarray(seen.service_level.mean), np.asarray(seen.offered.mean)
        lost = np.where(np.isnan(level), 0.0, (wanted - np.nan_to_num(level)) * offered)
        for first, last in _runs(_missed(prediction, name, wanted)):
            spells.append(_spell(prediction, name, first, last, level, offered, lost))
    return sorted(spells, key=lambda spell: -spell.lost)


def _runs(missed: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missed.astype(np.int8), [0]])))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _spell(
    prediction: Prediction, name: str, first: int, last: int, level: np.ndarray, offered: np.ndarray, lost: np.ndarray
) -> Spell:
    horizon, cells = prediction.center.horizon, slice(first, last + 1)
    end = horizon.starts[last] + timedelta(seconds=horizon.interval)
    over = float(np.sum(level[cells] * offered[cells]) / np.sum(offered[cells]))
    return Spell(name, horizon.starts[first], end, first, last, over, float(lost[cells].sum()))
