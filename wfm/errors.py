"""What can go wrong, in a planner's words.

WfmError                    everything below; the command line prints it and exits with 2
  InputError                a file, key, cell or argument is at fault: carries every fault found
  NotModelled               a method does not model what this centre does, and names one that does
  OutputError               a result could not be written; nothing was left half-written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_NAMED = 8  # names in a hint


class WfmError(ValueError):
    """Base of every error that is the input's or the environment's fault, never ours."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, and the rule that it breaks."""

    where: str
    rule: str
    value: object = None
    has_value: bool = True

    def __str__(self) -> str:
        found = f" (found {_shown(self.value)})" if self.has_value else ""
        return f"{self.where}: {self.rule}{found}"


def fault(where: str, rule: str, *value: object) -> Fault:
    """A fault with the value that was found, or without one when there is none to show."""
    return Fault(where, rule, value[0] if value else None, bool(value))


class InputError(WfmError):
    """All faults of one input at once, each with its place, value and rule."""

    def __init__(self, faults: Iterable[Fault], source: str = "") -> None:
        self.faults = tuple(faults)
        self.source = source
        head = f"{source}: " if source else ""
        if len(self.faults) == 1:
            message = f"{head}{self.faults[0]}"
        else:
            message = f"{head}{len(self.faults)} faults\n" + "\n".join(f"  {one}" for one in self.faults)
        super().__init__(message)


class NotModelled(WfmError):
    """The chosen method does not model something that this centre does."""


class OutputError(WfmError):
    """A result could not be written."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint that names the valid word most like `name`, or lists them all when none is alike.

    >>> nearest("handeling", ["handling", "patience"])
    "did you mean 'handling'?"
    """
    words = [str(word) for word in valid]
    # Capitals, hyphens and underscores are no difference: 'ErlangA' means 'erlang-a'.
    plain = {_letters(word): word for word in reversed(words)}
    close = difflib.get_close_matches(_letters(name), plain, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{plain[close[0]]}'?"
    return "there are: " + ", ".join(words) if words else "there are none"


def nearest_of_many(name: str, valid: Sequence[str]) -> str:
    """As `nearest`, where there may be hundreds of names: not all of them are listed.

    >>> nearest_of_many("x", [f"queue {number}" for number in range(100)])[-28:].strip()
    'queue 6, queue 7 and 92 more'
    """
    hint = nearest(name, valid)
    if hint.startswith("did") or len(valid) <= MOST_NAMED:
        return hint
    return f"{nearest(name, valid[:MOST_NAMED])} and {len(valid) - MOST_NAMED} more"


def _letters(name: object) -> str:
    return "".join(one for one in str(name).casefold() if one.isalnum()) or str(name)


def check_kind(where: str, value: object, kind: type, hint: str = "") -> None:
    """Raise InputError unless a value is of a kind; the hint says what to write instead."""
    if not isinstance(value, kind):
        raise InputError([fault(where, f"must be a {kind.__name__}{hint and '; ' + hint}", type(value).__name__)])


def _shown(value: object, longest: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 3] + "..."
