"""Writing on a terminal: sentences and tables; NO_COLOR, pipes and narrow windows are respected."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

Row = Sequence[str]
WIDTH_WHEN_PIPED = 160
NARROW = 110  # columns below which tables leave out what is least asked for
LEFT = (
    "contact type", "day", "interval", "method", "binds", "binds most often", "agent group", "how it ended", "what",
    "state", "design", "varied",
)  # fmt: skip
SHORTEST_NAME = 8
ROOM_FOR_NAMES = 20  # as far as names are folded before a column is left out: a level stays whole
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


def table(heads: Sequence[str], rows: Sequence[Row], spare: Sequence[int] = ()) -> list[int]:
    """A table without columns that hold nothing; where room is short, heads and names are folded, not figures.

    Args:
        spare: columns that may be left out where there is no room for all, those first that are least asked for.

    Returns:
        The columns that were left out for want of room.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not rows:
        return []
    kept = [j for j in range(len(heads)) if any(row[j] for row in rows)]
    console, spared = _console(), list[int]()
    while True:
        is_name = [position == 0 or heads[j] in LEFT for position, j in enumerate(kept)]
        left = [j for j in spare if j in kept]
        widths = _widths(
            [heads[j] for j in kept], [[row[j] for j in kept] for row in rows], is_name, console.width,
            ROOM_FOR_NAMES if left else SHORTEST_NAME,
        )  # fmt: skip
        if widths is not None or not left:
            break
        spared.append(left[0])
        kept.remove(left[0])
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for place, (j, name) in enumerate(zip(kept, is_name, strict=True)):
        width = None if widths is None else widths[place]
        head = "\n".join(wrap(heads[j], width or 1, break_long_words=False))
        # A figure that goes on in the next line would be read as another figure.
        overflow: Any = "fold" if name else "ellipsis"
        justify: Any = "left" if name else "right"
        drawn.add_column(head, justify=justify, overflow=overflow, width=width, no_wrap=not name)
    for row in rows:
        drawn.add_row(*(row[j] for j in kept))
    console.print(drawn)
    console.print()
    return spared


def _widths(
    heads: Sequence[str], rows: Sequence[Row], is_name: Sequence[bool], width: int, shortest: int = SHORTEST_NAME
) -> list[int] | None:
    """Characters for each column; None where even folded names leave no room for the figures."""
    for unfolded in (True, False):
        found = [
            max(len(head) if unfolded else max(len(word) for word in head.split(" ")), *(len(row[j]) for row in rows))
            for j, head in enumerate(heads)
        ]
        over = sum(found) + GAP * (len(found) - 1) - width
        while over > 0 and not unfolded:
            longest = max((j for j, name in enumerate(is_name) if name), key=lambda j: found[j])
            if found[longest] <= shortest:
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
