"""The fully sequential selection of Kim and Nelson, numbers in and decisions out: who may still be the best?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

FIRST = 32  # replications of the first look; the spread is estimated from them
STEP = 16  # replications
GROWTH = 8  # then an eighth more each time

LeftOut = Literal["beaten", "close", "promise"]


@dataclass(frozen=True)
class Out:
    """Why a case is out, and after how many replications.

    why: "beaten" by a case that is better; "close": within the indifference of that case, and worse on average;
    "promise": a limit is not kept. by: the case, or which limit.
    """

    why: LeftOut
    by: int
    replications: int


class Screening:
    """Which of k cases has the largest mean, among those whose means keep some limits.

    After a first look at `first` replications of each case, and after any more, whoever is behind another by more than

        max(0, indifference / 2 * (h2 * variance / indifference^2 / replications - 1))

    is out, where variance is that of the paired difference over the first replications (Kim and Nelson, "A fully
    sequential procedure for indifference-zone selection in simulation", 2001). The best, if it leads by the
    indifference, is chosen with the wanted confidence, whatever the cases have in common: common random numbers make
    the differences narrow, and so the procedure short. The limit shrinks to 0: an end is certain.

    The proof bounds a Brownian motion that is watched all the time; looking at some instants alone errs no more often
    (Jennison, Johnstone and Turnbull, "Asymptotically optimal procedures for sequential adaptive selection of the best
    of several normal means", 1982), so replications may come in rounds that grow.

    Limits are kept or not by the same race of each case against a number that is known (Batur and Kim, "Finding
    feasible systems in the presence of constraints on multiple performance measures", 2010). Only who surely keeps his
    limits puts others out. One half of the error is then for the limits, the other for the best.

    Args:
        residuals: float64[first, cases], observations about their mean.
        indifference: a difference of means that does not matter, above 0.
        confidence: that the best is chosen.
        margins: float64[first, cases, limits], observations of what is limited about their mean, in units of what does
            not matter of it.

    >>> rng = np.random.default_rng(1)
    >>> days = rng.normal(size=(3000, 1)) + rng.normal(size=(3000, 3)) + [0.0, 0.5, 1.0]
    >>> race = Screening(days[:32] - days[:32].mean(axis=0), indifference=0.5, confidence=0.95)
    >>> for replications in looks(3000):
    ...     race.look(replications, days[:replications].mean(axis=0))
    ...     if race.decided:
    ...         break
    >>> race.open, race.out[0].why
    ([2], 'beaten')
    """

    def __init__(
        self,
        residuals: np.ndarray,
        indifference: float,
        confidence: float,
        margins: np.ndarray | None = None,
    ) -> None:
        first, cases = residuals.shape
        self.residuals, self.indifference = residuals, indifference
        self.margins = np.zeros((first, cases, 0)) if margins is None else margins
        limits = self.margins.shape[2]
        share = (1 - confidence) / (2 if limits else 1)
        self.h2 = _h2(share / max(1, cases - 1), first)
        # The best must pass each of its limits, and each of the others must fail one that it does not keep.
        self.h2_of_limits = _h2(share / max(1, cases - 1 + limits), first)
        self.open: list[int] = list(range(cases))
        self.out: dict[int, Out] = {}
        self.keeps = np.zeros((cases, limits), np.int64)  # 1: kept; -1: not; 0: open

    @property
    def decided(self) -> bool:
        """Whether nobody is left to compare."""
        return not self.open or (len(self.open) == 1 and self._is_sound(self.open[0]))

    def look(self, replications: int, means: np.ndarray, over: np.ndarray | None = None) -> None:
        """Leave out whoever is surely not the best.

        means: float64[cases], larger is better; over: float64[cases, limits], mean less limit in the same units, at
        least 0 where it is kept. Those who are out already may have any number.
        """
        if over is not None:
            self._judge_limits(replications, over)
        sound = np.array([one for one in self.open if self._is_sound(one)], np.int64)
        found = {one: self._beaten(one, sound, replications, means) for one in self.open}
        for case, out in found.items():
            if out is not None:
                self._leave_out(case, out)

    def _is_sound(self, case: int) -> bool:
        return bool(np.all(self.keeps[case] > 0))

    def _judge_limits(self, replications: int, over: np.ndarray) -> None:
        for case in list(self.open):
            variances = self.margins[:, case].var(axis=0, ddof=1)
            width = _width(variances, replications, 1.0, self.h2_of_limits)
            undecided = self.keeps[case] == 0
            self.keeps[case][undecided & (over[case] >= width)] = 1
            self.keeps[case][undecided & (over[case] < -width)] = -1
            if np.any(self.keeps[case] < 0):
                self._leave_out(case, Out("promise", int(np.argmin(self.keeps[case])), replications))

    def _beaten(self, case: int, others: np.ndarray, replications: int, means: np.ndarray) -> Out | None:
        """By which other it is, if by any: by the one that is ahead the most."""
        others = others[others != case]
        if not len(others):
            return None
        variances = (self.residuals[:, others] - self.residuals[:, [case]]).var(axis=0, ddof=1)
        width = _width(variances, replications, self.indifference, self.h2)
        ahead = means[others] - means[case]
        # Of cases that are exactly equal the first one stays.
        puts_out = (ahead > width) | ((ahead == 0) & (width == 0) & (others < case))
        if not puts_out.any():
            return None
        most = int(np.argmax(np.where(puts_out, ahead, -np.inf)))
        is_close = width[most] == 0 and ahead[most] < self.indifference and (variances[most] > 0 or ahead[most] == 0)
        return Out("close" if is_close else "beaten", int(others[most]), replications)

    def _leave_out(self, case: int, out: Out) -> None:
        self.open.remove(case)
        self.out[case] = out


def looks(most: int, first: int = FIRST) -> Iterator[int]:
    """After how many replications to look: 32, 48, 64 ... 128, 144 ... 256, 288 ..., and at last after the most.

    >>> list(looks(100))
    [32, 48, 64, 80, 96, 100]
    """
    replications = first
    while replications < most:
        yield replications
        replications += STEP * max(1, replications // (GROWTH * STEP))
    yield most


def _h2(error: float, first: int) -> float:
    """The constant of the limit, for one comparison of that error, with the spread from the first replications."""
    return float(((2 * error) ** (-2 / (first - 1)) - 1) * (first - 1))


def _width(variances: np.ndarray, replications: int, indifference: float, h2: float) -> np.ndarray:
    """By how much a mean must be ahead; 0 at the end."""
    widths: np.ndarray = indifference / 2 * (h2 * variances / (indifference**2 * replications) - 1)
    return np.maximum(0.0, widths)
