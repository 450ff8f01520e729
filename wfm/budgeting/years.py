"""Drawn years: how volume, AHT, shrinkage and attrition may turn out, and who then leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wfm.model.budget.budget import Budget
from wfm.model.budget.plans import Doubt

BLOCK = 250  # years that are drawn and worked out together
MOST_SHRINKAGE = 0.95
# Each cause has numbers of its own, so that more or less doubt about one moves no other.
VOLUME, VOLUME_BY_PERIOD, AHT, ABSENCE, ATTRITION, LEAVING = range(6)
SHARED = 0  # the place of what all contact types have in common; their own follow


@dataclass(frozen=True, eq=False)
class Years:
    """Years that are drawn together.

    Args:
        volume: float64[draws, types, periods], factors of mean 1 on the contacts that reach agents.
        aht: float64[draws, types, 1], factors of mean 1.
        shrinkage: float64[draws, groups, periods], in [0, 0.95].
        attrition: float64[draws, groups], factors of mean 1 on the rates.
        leaving: where the numbers for who leaves come from, by group.
    """

    volume: np.ndarray
    aht: np.ndarray
    shrinkage: np.ndarray
    attrition: np.ndarray
    leaving: tuple[np.random.Generator, ...]

    def leavers(self, group: int, _period: int, heads: np.ndarray, rate: float) -> np.ndarray:
        """How many of so many heads leave in each year, where each leaves with that rate and alone.

        The part of a head stays or leaves as one.
        """
        rates = np.minimum(rate * self.attrition[:, group], 1.0)
        numbers, whole = self.leaving[group], np.floor(heads)
        gone = numbers.binomial(whole.astype(np.int64), rates)
        return np.asarray(gone + (heads - whole) * (numbers.random(len(rates)) < rates))


def years_of(budget: Budget, doubt: Doubt, block: int) -> Years:
    """The years of a block, counted from 0: the first years are the same, however many are drawn.

    Volume, AHT and attrition are lognormal with mean 1, shrinkage is normal and held to [0, 0.95]. `volume_together` is
    the correlation of the errors of any two contact types, those of all periods alike and those of each period's own.
    """
    draws = min(BLOCK, doubt.draws - block * BLOCK)
    types, groups, periods = len(budget.contact_types), len(budget.agent_groups), budget.calendar.periods

    def normal(cause: int, place: int, columns: int = 1) -> np.ndarray:
        return _numbers(doubt.seed, cause, place, block).standard_normal((columns, BLOCK)).T[:draws]

    def of_types(cause: int, deviation: float, columns: int) -> np.ndarray:
        shared = _share_in_common(deviation, doubt.volume_together)
        common = math.sqrt(shared) * normal(cause, SHARED, columns)
        own = [math.sqrt(1 - shared) * normal(cause, 1 + k, columns) for k in range(types)]
        return lognormal(np.stack([common + one for one in own], axis=1), deviation)

    alike, by_period = of_types(VOLUME, doubt.volume, 1), of_types(VOLUME_BY_PERIOD, doubt.volume_by_period, periods)
    budgeted = np.array([team.shrinkage.total(periods) for team in budget.agent_groups.values()])
    points = np.stack([normal(ABSENCE, k, periods) for k in range(groups)], axis=1)
    return Years(
        volume=alike * by_period,
        aht=lognormal(np.stack([normal(AHT, k) for k in range(types)], axis=1), doubt.aht),
        shrinkage=np.clip(budgeted + doubt.absence * points, 0.0, np.maximum(budgeted, MOST_SHRINKAGE)),
        attrition=lognormal(np.hstack([normal(ATTRITION, k) for k in range(groups)]), doubt.attrition),
        leaving=tuple(_numbers(doubt.seed, LEAVING, k, block) for k in range(groups)),
    )


def blocks_of(budget: Budget, doubt: Doubt) -> Iterator[Years]:
    """All years that are drawn, block by block."""
    for block in range(math.ceil(doubt.draws / BLOCK)):
        yield years_of(budget, doubt, block)


def lognormal(normal: np.ndarray, deviation: float) -> np.ndarray:
    """Factors of mean 1 with that standard deviation, from normal numbers.

    >>> lognormal(np.array([-1.0, 0.0, 1.0]), 0.1).round(4)
    array([0.9006, 0.995 , 1.0994])
    """
    variance = math.log1p(deviation**2)
    return np.asarray(np.exp(math.sqrt(variance) * normal - variance / 2))


def _share_in_common(deviation: float, correlation: float) -> float:
    """Correlation of the logarithms of two such factors whose own correlation is given."""
    if deviation == 0:
        return correlation
    return math.log1p(correlation * deviation**2) / math.log1p(deviation**2)


def _numbers(seed: int, cause: int, place: int, block: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, cause, place, block))))
