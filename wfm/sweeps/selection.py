"""The Selection: which case is best, how sure that is, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wfm.measures.sample import Estimate
from wfm.sweeps.words import NAMES, lead_in_words, some_of, value_in_words, width_in_words

LeftOut = Literal["", "beaten", "close", "same", "promise", "fault"]
Ended = Literal["one_left", "indifference", "replications", "time", "formula", "nobody"]


@dataclass(frozen=True)
class Standing:
    """How a case fared in a selection.

    Args:
        case, name: which. replications: how many it got.
        value, half_width: its objective, from its own replications; NaN where there is none.
        left_out: "" while it is best or open; "beaten" (by case `by`), "close" (within the indifference of `by`, and
            worse on average), "same" (as `by`, on every day), "promise" (does not keep it), "fault" (has no figures).
        reason: the same in words.
    """

    case: int
    name: str
    replications: int
    value: float
    half_width: float
    left_out: LeftOut = ""
    by: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Selection:
    """Which case is best, and how sure that is.

    Args:
        objective: what is wanted: a measure over all contact types, "sales.mean_wait" of one, or "cost".
        indifference: a difference that does not matter, in the objective's unit.
        confidence: that the best is chosen, where it leads by the indifference.
        best: its case; None where no case keeps its promises, or none is known to keep them. open: cases that may still
            be the best, best on average first; the best alone once it is decided.
        standings: of every case, in their order.
        ended: why no more replications were made: one case is left; the others are within the indifference; the most
            replications are made; the time is up; a formula has no luck in it; nobody keeps the promises.
        lead: of the best before the next of those that are open; NaN half-width where nothing is left to chance.
    """

    objective: str
    indifference: float
    confidence: float
    best: int | None
    open: tuple[int, ...]
    standings: tuple[Standing, ...]
    ended: Ended
    lead: Estimate | None = None

    @property
    def replications(self) -> int:
        """Of all cases together."""
        return sum(one.replications for one in self.standings)

    @property
    def equally_many(self) -> int:
        """What all cases would have taken with as many replications as the one that got most."""
        return len(self.standings) * max(one.replications for one in self.standings)

    @property
    def measure(self) -> str:
        return self.objective.rpartition(".")[2]

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        near = width_in_words(self.measure, self.indifference)
        if self.ended == "nobody":
            return f"None of {len(self.standings)} cases keeps its promises."
        if self.best is None or self.ended in ("time", "replications"):
            return self._undecided()
        best = self.standings[self.best]
        value = f"{_name(self.objective)} {value_in_words(self.measure, best.value)}"
        if self.ended == "formula":
            return f"{best.name} is the best of {len(self.standings)}: {value}."
        close = [one.name for one in self.standings if one.left_out == "close" and one.by == self.best]
        beside = f", with {some_of(close)} within {near}" if close else ""
        sure = f"{self.confidence * 100:g} % sure if it leads by {near} or more"
        return f"{best.name} is the best of {len(self.standings)}: {value}{beside} ({sure}; {self._effort})."

    def _undecided(self) -> str:
        names = some_of([self.standings[case].name for case in self.open])
        most = max(self.standings[case].replications for case in self.open)
        if len(self.open) == 1:
            return f"Whether {names} keeps its promises cannot be told with {most:,} replications."
        if self.best is None or self.lead is None:
            return f"{names} cannot be told apart with {most:,} replications; on average none keeps its promises."
        best, lead = self.standings[self.best].name, lead_in_words(self.measure, self.lead)
        if self.lead.mean <= self.lead.half_width:
            return (
                f"{names} cannot be told apart with {most:,} replications; on average {best} is best, by {lead} "
                f"({self._effort})."
            )
        others = some_of([self.standings[case].name for case in self.open if case != self.best])
        return (
            f"{best} leads by {lead} after {most:,} replications, but is not yet {self.confidence * 100:g} % sure to "
            f"be better than {others} ({self._effort})."
        )

    @property
    def _effort(self) -> str:
        saved = self.equally_many - self.replications
        return f"{self.replications:,} replications in all" + (f", not {self.equally_many:,}" if saved else "")


def _name(objective: str) -> str:
    contact_type, _, measure = objective.rpartition(".")
    return NAMES[measure] + (f" of {contact_type}" if contact_type else "")
