"""Simulating until an interval is as narrow as wanted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wfm.errors import InputError, fault, nearest
from wfm.measures.definitions import RATIOS
from wfm.measures.sample import Estimate, Sample
from wfm.model.center import ContactCenter

MEASURES = (*RATIOS, "offered")
SHARES = tuple(name for name, ratio in RATIOS.items() if ratio.is_share)
MOST = 100_000  # replications, where no number is given
UNITS = {"": "as a bare number", "%": "in % of the mean", "pt": "in pt (points)", "s": "in s"}
FIRST = 32  # replications; then twice as many, and so on
SPELLING = re.compile(r"(.+?)\s*(?:\+-|\+/-|±)\s*([^\s%a-z]+)\s*([%a-z]*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Until:
    """Stop when the half-width of a measure over the horizon is at most so much.

    Looked at after 32, 64, 128 ... replications: looking seldom keeps the interval honest, since a sample that stops on
    its own half-width stops too early a little more often than too late (Glynn and Whitt, "The asymptotic validity of
    sequential stopping rules for stochastic simulations", 1992).

    Args:
        measure: service_level, abandonment, average_speed_of_answer, mean_wait, best_rank_share or offered.
        half_width: in the measure's own unit (0.005 is half a point of service level; seconds), above 0.
        contact_type: whose; absent: over all types.
        relative: the half-width is a share of the mean.

    >>> Until("service_level", 0.005) == Until.parse("service_level +- 0.5pt")
    True
    """

    measure: str
    half_width: float
    contact_type: str | None = None
    relative: bool = False

    def __post_init__(self) -> None:
        faults = []
        if self.measure not in MEASURES:
            rule = f"is not one to wait for; {nearest(str(self.measure), MEASURES)}"
            faults.append(fault("until.measure", rule, self.measure))
        number = self.half_width
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
            faults.append(fault("until.half_width", "must be a number above 0", number))
        if faults:
            raise InputError(faults)

    @classmethod
    def parse(cls, text: str) -> Until:
        """Read "service_level +- 0.5pt", "sales.mean_wait ± 1s" or "abandonment +- 5%".

        pt: percentage points, of a share; s: seconds; %: of the mean. Contacts and seconds may do without a unit; a
        bare 1 for a share might be meant as a point.

        >>> Until.parse("sales.average_speed_of_answer ± 2%")
        Until(measure='average_speed_of_answer', half_width=0.02, contact_type='sales', relative=True)
        """
        found = SPELLING.fullmatch(str(text).strip())
        if found is None:
            raise InputError([fault("until", "must read like 'service_level +- 0.5pt'", text)])
        name, number, unit = found.groups()
        contact_type, _, measure = name.strip().rpartition(".")
        if measure not in MEASURES:
            rule = f"names a measure that is not one to wait for; {nearest(measure, MEASURES)}"
            raise InputError([fault("until", rule, text)])
        units = {"pt": 0.01, "%": 0.01} if measure in SHARES else {"": 1.0, "%": 0.01}
        if measure not in SHARES and measure != "offered":
            units["s"] = 1.0
        if unit.lower() not in units:
            rule = f"must give the half-width of {measure} {' or '.join(UNITS[one] for one in units)}"
            raise InputError([fault("until", rule, text)])
        try:
            width = float(number.replace(",", ".")) * units[unit.lower()]
        except ValueError:
            raise InputError([fault("until", "must have a number after ±", text)]) from None
        return cls(measure, width, contact_type or None, unit == "%")

    def check(self, center: ContactCenter) -> None:
        """Raise InputError where the centre has no such contact type."""
        if self.contact_type is not None and self.contact_type not in center.contact_types:
            rule = f"is no contact type; {nearest(self.contact_type, center.contact_types)}"
            raise InputError([fault("until.contact_type", rule, self.contact_type)])

    def reached(self, counted: Sample, center: ContactCenter) -> bool:
        """Whether the interval is narrow enough; never where the measure has no value or no interval."""
        row = -1 if self.contact_type is None else list(center.contact_types).index(self.contact_type)
        seen = self.estimate(counted[row, -1])
        wanted = self.half_width * (abs(float(seen.mean)) if self.relative else 1.0)
        return bool(seen.half_width <= wanted)

    def estimate(self, horizon: Sample) -> Estimate:
        """The measure of a cell."""
        return horizon.amount("offered") if self.measure == "offered" else horizon.ratio(RATIOS[self.measure])


def looks(most: int) -> Iterator[int]:
    """After how many replications to look: 32, 64, 128 ... and at last after the most.

    >>> list(looks(100))
    [32, 64, 100]
    """
    replications = FIRST
    while replications < most:
        yield replications
        replications *= 2
    yield most
