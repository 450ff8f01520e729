"""Does the selection pick the best as often as it says, where that is hardest?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from wfm.sweeps.screening import FIRST, Screening, looks

CASES, LEAD, TRIALS, CONFIDENCE = 10, 0.4, 400, 0.95
FEWEST = int(binom.ppf(0.01, TRIALS, CONFIDENCE))  # a procedure that keeps its promise picks fewer once in a hundred


def race(rng: np.random.Generator, means: np.ndarray, spread: np.ndarray, shared: float) -> tuple[list[int], int, int]:
    """Who is left, the replications of all, and as many of each as of the one that got most."""

    def observed(n: int) -> np.ndarray:
        luck, own = rng.normal(size=(n, 1)), rng.normal(size=(n, len(means)))
        return means + spread * (np.sqrt(shared) * luck + np.sqrt(1 - shared) * own)

    first = observed(FIRST)
    found = Screening(first - first.mean(axis=0), LEAD, CONFIDENCE)
    sums, done, spent = first.sum(axis=0), FIRST, FIRST * len(means)
    for replications in looks(1_000_000):
        more = replications - done
        sums, done, spent = sums + observed(more).sum(axis=0), replications, spent + more * len(found.open)
        found.look(replications, sums / replications)
        if found.decided:
            break
    return found.open, spent, done * len(means)


@pytest.mark.parametrize(("shared", "unequal"), [(0.0, 1.0), (0.6, 1.0), (0.3, 2.0)])
def test_the_best_of_ten_is_picked_where_all_others_lie_the_indifference_below(shared: float, unequal: float) -> None:
    rng = np.random.default_rng(1)
    right, spent, equally = 0, 0, 0
    for trial in range(TRIALS):
        best = trial % CASES
        spread = np.where(np.arange(CASES) % 2 == 0, 1.0, unequal)
        left, used, all_of_them = race(rng, np.where(np.arange(CASES) == best, LEAD, 0.0), spread, shared)
        right, spent, equally = right + (left == [best]), spent + used, equally + all_of_them
    assert right >= FEWEST
    assert spent < equally


def test_a_clear_case_is_told_at_the_first_look_and_a_tie_ends() -> None:
    rng = np.random.default_rng(2)
    left, spent, _ = race(rng, np.array([0.0, 20.0, 0.0]), np.ones(3), 0.0)
    assert (left, spent) == ([1], 3 * FIRST)
    left, _, _ = race(rng, np.zeros(3), np.ones(3), 0.0)
    assert len(left) == 1


def test_the_cheapest_that_keeps_its_limit_is_picked() -> None:
    """Costs are known; of ten service levels, the fourth is the first that is kept, by twice the tolerance."""
    rng = np.random.default_rng(3)
    over = np.where(np.arange(CASES) < 3, -1.0, 1.0)  # in units of what does not matter
    right = 0
    for _ in range(TRIALS):
        seen = over + 3 * rng.normal(size=(FIRST, CASES))
        margins, sums = seen - seen.mean(axis=0), seen.sum(axis=0)
        found, done = Screening(np.zeros((FIRST, CASES)), 0.5, CONFIDENCE, margins[:, :, np.newaxis]), FIRST
        for replications in looks(1_000_000):
            sums = sums + (over + 3 * rng.normal(size=(replications - done, CASES))).sum(axis=0)
            done = replications
            found.look(replications, -np.arange(CASES, dtype=float), (sums / replications)[:, np.newaxis])
            if found.decided:
                break
        right += found.open == [3]
    assert right >= FEWEST


def test_nobody_is_best_where_nobody_keeps_the_limit() -> None:
    rng = np.random.default_rng(4)
    seen = rng.normal(size=(FIRST, 2)) - 50
    found = Screening(np.zeros((FIRST, 2)), 0.5, CONFIDENCE, (seen - seen.mean(axis=0))[:, :, np.newaxis])
    found.look(FIRST, np.array([0.0, 1.0]), seen.mean(axis=0)[:, np.newaxis])
    assert found.open == []
    assert {out.why for out in found.out.values()} == {"promise"}


def test_of_cases_that_are_exactly_equal_the_first_stays() -> None:
    residuals = np.repeat(np.random.default_rng(5).normal(size=(FIRST, 1)), 3, axis=1)
    found = Screening(residuals - residuals.mean(), 0.5, CONFIDENCE)
    found.look(FIRST, np.array([1.0, 1.0, 0.8]))
    assert found.open == [0]
    assert {case: out.why for case, out in found.out.items()} == {1: "close", 2: "beaten"}
