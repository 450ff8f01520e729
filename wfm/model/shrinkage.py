"""Shrinkage: from the people who are scheduled to the agents who handle or are ready, and back, exactly.

Net is agents handling or ready; gross is people scheduled so that net remain: net / (1 - shrinkage). Whole gross is
ceil(whole net / (1 - shrinkage)) in exact fractions: 9 net at 55 % are 20 people, although 9 / (1 - 0.55) is
20.000000000000004 in floating point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from wfm.errors import Fault, fault, nearest
from wfm.model.declared import Declared, ShareBelowOne


@dataclass(frozen=True)
class Shrinkage(Declared):
    """Why scheduled people are not all at work, by category.

    Args:
        base: what the shares are taken of, paid or scheduled hours; printed wherever shrinkage is.
        combine: sum (default) adds the shares; compound multiplies what each leaves.
        planned: share by category that is known when the schedule is made, such as breaks or training.
        unplanned: share by category that is not, such as sickness.
        random: categories that a simulation draws per person and day; formulas take their mean.
    """

    base: Literal["paid", "scheduled"] = "scheduled"
    combine: Literal["sum", "compound"] = "sum"
    planned: dict[str, ShareBelowOne] = field(default_factory=dict)
    unplanned: dict[str, ShareBelowOne] = field(default_factory=dict)
    random: tuple[str, ...] = ()

    def rules(self) -> Iterator[Fault]:
        for name in sorted(set(self.planned) & set(self.unplanned)):
            yield fault("planned", "has a category that unplanned has too", name)
        for name in self.random:
            if name not in self.categories:
                yield fault("random", f"names no category; {nearest(name, self.categories)}", name)
        if not any(True for _ in _out_of_range(self.categories)) and self.total >= 1:
            yield fault("planned, unplanned", "must leave some working time: together below 1", float(self.total))

    @property
    def categories(self) -> dict[str, float]:
        """Share of every category, planned first."""
        return {**self.planned, **self.unplanned}

    @property
    def total(self) -> Fraction:
        """Whole shrinkage, exactly, in [0, 1)."""
        return self._combined(self.categories)

    @property
    def absence(self) -> float:
        """Probability that a person who is expected is absent for a day: the random part of shrinkage."""
        fixed = self._combined({name: share for name, share in self.categories.items() if name not in self.random})
        return float(1 - (1 - self.total) / (1 - fixed))

    def gross(self, net: np.ndarray) -> np.ndarray:
        """Fractional gross: what hours, FTE and money are counted in."""
        return net / float(1 - self.total)

    def whole_gross(self, net: np.ndarray) -> np.ndarray:
        """int64: people to schedule, ceil(whole net / (1 - shrinkage)), exactly.

        >>> Shrinkage(planned={"all": 0.55}).whole_gross(np.array([9.0]))
        array([20])
        """
        present = 1 - self.total
        cells = np.asarray(net, dtype=np.float64)
        return np.array([math.ceil(math.ceil(one) / present) for one in cells.flat], dtype=np.int64).reshape(
            cells.shape
        )

    def net(self, gross: np.ndarray) -> np.ndarray:
        """Agents handling or ready that remain of scheduled people."""
        return np.asarray(gross, dtype=np.float64) * float(1 - self.total)

    def waterfall(self) -> list[tuple[str, float]]:
        """Each category's part of the gross people, in order; the parts add up to `total`."""
        parts, left = [], Fraction(1)
        for name, share in self.categories.items():
            part = exact(share) * (left if self.combine == "compound" else 1)
            left -= part
            parts.append((name, float(part)))
        return parts

    def _combined(self, shares: dict[str, float]) -> Fraction:
        if self.combine == "sum":
            return sum((exact(share) for share in shares.values()), Fraction(0))
        return 1 - math.prod((1 - exact(share) for share in shares.values()), start=Fraction(1))


def exact(number: float) -> Fraction:
    """The decimal number that was written, not its nearest binary fraction."""
    return Fraction(repr(float(number)))


def _out_of_range(shares: dict[str, float]) -> Iterator[str]:
    return (name for name, share in shares.items() if not 0 <= share < 1)
