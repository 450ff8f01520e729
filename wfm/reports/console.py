"""Writing on a terminal: sentences and tables; NO_COLOR, pipes and narrow windows are respected."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

Row = Sequence[str]
WIDTH_WHEN_PIPED = 160
NARROW = 110  # columns below which tables leave out what is least asked for
LEFT = ("contact type", "day", "interval", "method", "binds", "binds most often", "agent group", "how it ended")
SHORTEST_NAME = 8
GAP = 2  # between columns


def say(text: str) -> None:
    """A sentence, which may hold marks such as [bold]; user text in it goes through `safe`."""
    _console().print(text, soft_wrap=True)


def safe(text: str) -> str:
    """User text in which brackets are brackets, and no control character moves the cursor."""
    from rich.markup import escape

    return escape("".join(one if one.isprintable() else "?" for one in text))


def room() -> int:
    """Characters in a line."""
    return int(_console().width)


def is_narrow() -> bool:
    """Whether tables have to be brief."""
    return room() < NARROW


def table(heads: Sequence[str], rows: Sequence[Row]) -> None:
    """A table without columns that hold nothing; where room is short, heads and names are folded, not figures."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not rows:
        return
    kept = [j for j in range(len(heads)) if any(row[j] for row in rows)]
    is_name = [position == 0 or heads[j] in LEFT for position, j in enumerate(kept)]
    console = _console()
    widths = _widths([heads[j] for j in kept], [[row[j] for j in kept] for row in rows], is_name, console.width)
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for place, (j, name) in enumerate(zip(kept, is_name, strict=True)):
        width = None if widths is None else widths[place]
        head = heads[j] if width is None else "\n".join(wrap(heads[j], width))
        drawn.add_column(head, justify="left" if name else "right", overflow="fold", width=width)
    for row in rows:
        drawn.add_row(*(row[j] for j in kept))
    console.print(drawn)
    console.print()


def _widths(heads: Sequence[str], rows: Sequence[Row], is_name: Sequence[bool], width: int) -> list[int] | None:
    """Characters for each column; None where even folded names leave no room for the figures."""
    for unfolded in (True, False):
        found = [
            max(len(head) if unfolded else max(len(word) for word in head.split(" ")), *(len(row[j]) for row in rows))
            for j, head in enumerate(heads)
        ]
        over = sum(found) + GAP * (len(found) - 1) - width
        while over > 0 and not unfolded:
            longest = max((j for j, name in enumerate(is_name) if name), key=lambda j: found[j])
            if found[longest] <= SHORTEST_NAME:
                break
            found[longest] -= 1
            over -= 1
        if over <= 0:
            return found
    return None


def _console() -> Any:
    from rich.console import Console

    # A pipe has no width; tables must not be cut to a guess of 80 columns.
    return Console(width=None if sys.stdout.isatty() else WIDTH_WHEN_PIPED, highlight=False, emoji=False)
