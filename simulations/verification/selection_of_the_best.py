"""How often the selection picks the best of ten, and what it saves, where that is hardest.

Nine of ten lie exactly the indifference below the best, so that every wrong choice is one, and none is easy: first with
normal observations that share their luck more or less, fed to the bare procedure; then with plans of a short morning in
ten separate queues, each of which gives an agent more to another queue for an hour, and one of them for ten minutes
longer. Then the cheapest of ten plans that keeps a promise is looked for. Truth about the queues comes from the exact
queue over time (`wfm.Transient`). `--quick` makes 8 trials of each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime

import numpy as np

import wfm
from wfm.sweeps.goals import Goal
from wfm.sweeps.screening import FIRST, Screening, looks
from wfm.sweeps.selecting import select

TRIALS = 8 if "--quick" in sys.argv else 400
CASES, CONFIDENCE = 10, 0.95
QUEUES = [f"queue {number}" for number in range(CASES)]
LEAD = 0.3  # of the best normal mean, in standard deviations of one observation
Trial = tuple[bool, int, int]  # whether the best was picked; replications of all cases; as many of each as of the best


def normal_trials(shared: float) -> Iterator[Trial]:
    """Observations of variance 1, of which so large a share is common to all cases."""
    rng = np.random.default_rng(round(100 * shared))
    for trial in range(TRIALS):
        best = trial % CASES
        means = np.where(np.arange(CASES) == best, LEAD, 0.0)

        def observed(n: int, means: np.ndarray = means) -> np.ndarray:
            luck, own = rng.normal(size=(n, 1)), rng.normal(size=(n, CASES))
            return means + np.sqrt(shared) * luck + np.sqrt(1 - shared) * own

        first = observed(FIRST)
        sums, done, spent = first.sum(axis=0), FIRST, FIRST * CASES
        race = Screening(first - first.mean(axis=0), LEAD, CONFIDENCE)
        for replications in looks(1_000_000):
            more = replications - done
            sums, done, spent = sums + observed(more).sum(axis=0), replications, spent + more * len(race.open)
            race.look(replications, sums / replications)
            if race.decided:
                break
        yield race.open == [best], spent, done * CASES


def morning(agents: np.ndarray) -> wfm.ContactCenter:
    """Two hours of ten queues alike, each with a team of its own; agents: of each team and ten minutes."""
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 600.0, 12),
        {
            name: wfm.ContactType(5.0, handling=180.0, patience=120.0, target=wfm.Target(answer_within=20.0))
            for name in QUEUES
        },
        {
            name: wfm.AgentGroup(skills=[name], agents=tuple(map(float, row)))
            for name, row in zip(QUEUES, agents, strict=True)
        },
    )


def plans(best: int) -> list[wfm.StaffingPlan]:
    """One more agent in another queue each, for an hour; the best has him for ten minutes longer."""
    found = []
    for number in range(CASES):
        agents = np.full((CASES, 12), 2.0)
        agents[number, : 7 if number == best else 6] += 1
        found.append(wfm.StaffingPlan(morning(agents), agents, f"plan {number}"))
    return found


def simulated_trials() -> Iterator[Trial]:
    """Which plan has the best service level of all queues together?"""
    lead = np.diff([exact(plans(1)[number]) for number in (0, 1)])[0]
    for trial in range(TRIALS):
        ten = plans(trial % CASES)
        yield picked(ten, trial % CASES, seed=1000 + trial, objective="service_level", indifference=float(lead))


def exact(plan: wfm.StaffingPlan) -> float:
    """The service level of all queues together."""
    return float(wfm.predict(plan.center, plan, method="transient").total.service_level.mean)


def office(promise: float | None) -> wfm.ContactCenter:
    """Four hours of one queue whose staff has a price."""
    target = wfm.Target(service_level=promise, answer_within=20.0)
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 8),
        {"calls": wfm.ContactType(60.0, handling=180.0, patience=120.0, target=target)},
        {"team": wfm.AgentGroup(skills=["calls"], agents=6, cost_per_hour=20.0)},
    )


def staffed(promise: float | None) -> list[wfm.StaffingPlan]:
    """From 36 to 45 agents over the eight half hours together, one half hour after another gets one more."""
    center = office(promise)
    rows = [[4 + (36 + number - 32 > half) + (36 + number - 40 > half) for half in range(8)] for number in range(CASES)]
    return [wfm.StaffingPlan(center, np.array(row, float), f"{sum(row)} half hours") for row in rows]


def promised_trials() -> Iterator[Trial]:
    """Which is the cheapest that keeps the promise? It is kept by half a point, and missed by as much by the next."""
    levels = [exact(plan) for plan in staffed(None)]
    best = CASES // 2
    promise = (levels[best - 1] + levels[best]) / 2
    for trial in range(TRIALS):
        yield picked(staffed(promise), best, seed=5000 + trial, objective="cost", indifference=None)


def picked(ten: list[wfm.StaffingPlan], best: int, *, seed: int, objective: str, indifference: float | None) -> Trial:
    """What a selection among plans came to."""
    others = tuple(wfm.Scenario(plan.name, (), plan) for plan in ten[1:])
    sweep = wfm.Sweep(
        ten[0].center, ten[0], scenarios=others, design="scenarios", ask=("predict",),
        method=wfm.Simulation(seed=seed),
    )  # fmt: skip
    found, _ = select(sweep, Goal.of(sweep, objective, indifference))
    return found.best == best and len(found.open) == 1, found.replications, found.equally_many


def line(name: str, trials: Iterator[Trial]) -> None:
    right, spent, equally = (np.array(column) for column in zip(*trials, strict=True))
    print(f"{name:44s}{right.sum():5d} of {TRIALS}{spent.mean():12,.0f}{equally.mean():14,.0f}", flush=True)


def main() -> None:
    print(
        f"how often the best of ten is picked, at a nominal {CONFIDENCE:.0%}; mean replications, of all cases together"
    )
    print()
    print(f"{'':44s}{'picked':>12s}{'replications':>14s}{'equally many':>14s}")
    line("normal, nothing in common", normal_trials(0.0))
    line("normal, a third of the luck in common", normal_trials(1 / 3))
    line("normal, two thirds in common", normal_trials(2 / 3))
    line("an agent more for ten minutes longer", simulated_trials())
    line("the cheapest that keeps its promise", promised_trials())


if __name__ == "__main__":
    main()
