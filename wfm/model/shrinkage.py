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
from functools import cached_property
from typing import Literal

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.model.declared import Declared, ShareBelowOne, changed, exact, faults_of

WHAT_IF = "what-if"  # the category of shrinkage where a centre has none
DECIMALS = 12  # of a scaled share
BISECTIONS = 60  # halvings after which a double has no more digits


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

    @cached_property
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
        cells, present = np.ceil(np.asarray(net, dtype=np.float64)), 1 - self.total
        of, people = present.denominator, present.numerator  # whole numbers of any length: -(-a // b) is ceil(a / b)
        return np.array([-(-int(one) * of // people) for one in cells.flat], dtype=np.int64).reshape(cells.shape)

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

    def scaled_to(self, total: float) -> Shrinkage:
        """The same categories in proportion, so that all of it comes to a total; without any, a planned "what-if".

        The total is met exactly where the shares can be written with a dozen decimals. Where they cannot, it is missed
        from below by less than the last digit of a share: a whole gross is never a person too many for that.

        Raises:
            InputError: the total is below 0, or 1 and more.

        >>> Shrinkage(planned={"breaks": 0.08, "training": 0.12}).scaled_to(0.25).planned
        {'breaks': 0.1, 'training': 0.15}
        """
        faults = list(faults_of("total", total, ShareBelowOne))
        if faults:
            raise InputError(faults)
        wanted, shares = exact(total), self.categories
        if not any(shares.values()):
            return changed(self, planned={**self.planned, WHAT_IF: float(total)})
        factor = self._factor_to(float(total))
        scaled = {name: round(share * factor, DECIMALS) for name, share in shares.items()}
        # The largest takes what the roundings of the others leave.
        largest = max(scaled, key=lambda name: scaled[name])
        others = self._combined({name: share for name, share in scaled.items() if name != largest})
        rest = wanted - others if self.combine == "sum" else 1 - (1 - wanted) / (1 - others)
        scaled[largest] = _not_above(rest)
        return changed(
            self,
            planned={name: scaled[name] for name in self.planned},
            unplanned={name: scaled[name] for name in self.unplanned},
        )

    def _factor_to(self, total: float) -> float:
        """What every category is multiplied by so that together they come to a total."""
        if self.combine == "sum":
            return total / float(self.total)
        low, high = 0.0, 1 / max(self.categories.values())
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            left = math.prod(1 - middle * share for share in self.categories.values())
            low, high = (middle, high) if 1 - left < total else (low, middle)
        return low

    def _combined(self, shares: dict[str, float]) -> Fraction:
        if self.combine == "sum":
            return sum((exact(share) for share in shares.values()), Fraction(0))
        return 1 - math.prod((1 - exact(share) for share in shares.values()), start=Fraction(1))


def _not_above(wanted: Fraction) -> float:
    """The largest share that is written with a number not above the wanted one."""
    share = max(float(wanted), 0.0)
    return math.nextafter(share, 0.0) if exact(share) > wanted and share > 0 else share


def _out_of_range(shares: dict[str, float]) -> Iterator[str]:
    return (name for name, share in shares.items() if not 0 <= share < 1)
