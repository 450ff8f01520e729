"""Writing on a terminal: sentences and tables; NO_COLOR, pipes and narrow windows are respected."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

Row = Sequence[str]
WIDTH_WHEN_PIPED = 160
NARROW = 110  # columns below which tables leave out what is least asked for
LEFT = ("day", "interval", "method", "binds", "binds most often", "agent group", "outcome", "how it ended")
SHORTEST_NAME = 8


def say(text: str) -> None:
    """A sentence, which may hold marks such as [bold]; user text in it goes through `safe`."""
    _console().print(text, soft_wrap=True)


def safe(text: str) -> str:
    """User text in which brackets are brackets, and no control character moves the cursor."""
    from rich.markup import escape

    return escape("".join(one if one.isprintable() else "?" for one in text))


def is_narrow() -> bool:
    """Whether tables have to be brief."""
    return bool(_console().width < NARROW)


def table(heads: Sequence[str], rows: Sequence[Row]) -> None:
    """A table without columns that hold nothing; where room is short, names are folded, not figures."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not rows:
        return
    kept = [j for j in range(len(heads)) if any(row[j] for row in rows)]
    is_name = [position == 0 or heads[j] in LEFT for position, j in enumerate(kept)]
    whole = [max(*(len(word) for word in heads[j].split(" ")), *(len(row[j]) for row in rows)) for j in kept]
    least = [min(width, SHORTEST_NAME) if name else width for width, name in zip(whole, is_name, strict=True)]
    console = _console()
    fits = sum(least) + 2 * len(kept) <= console.width
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for j, name, width in zip(kept, is_name, least, strict=True):
        drawn.add_column(
            heads[j], justify="left" if name else "right", overflow="fold", min_width=width if fits else None
        )
    for row in rows:
        drawn.add_row(*(row[j] for j in kept))
    console.print(drawn)


def _console() -> Any:
    from rich.console import Console

    # A pipe has no width; tables must not be cut to a guess of 80 columns.
    return Console(width=None if sys.stdout.isatty() else WIDTH_WHEN_PIPED, highlight=False, emoji=False)
