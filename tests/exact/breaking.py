"""Rules of the engines, broken on purpose: how each is registered, and on which generated centres it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from generated import arrays, by_compiled, generated, replication_of, same

from wfm.model.center import ContactCenter
from wfm.simulation import reference
from wfm.simulation.lowering import World

Patch = pytest.MonkeyPatch
Break = Callable[[Patch], object]
Edit = Callable[[ContactCenter, World], World]

# By the rule that then holds instead.
BROKEN: dict[str, Break] = {}  # how the reference engine is changed
EDITED: dict[str, Edit] = {}  # how the arrays that it reads are changed


def differing(numbers: Iterable[int], edit: Edit = lambda _, world: world) -> Iterator[int]:
    """The centres on which the reference engine, as it is now, differs from the compiled one as it should be."""
    for number in numbers:
        center, _, world = generated(number)
        run = reference.run_logged(edit(center, world), number, replication_of(number))
        if not same(arrays(run), arrays(by_compiled(number))):
            yield number


def breaks(rule: str) -> Callable[[Break], Break]:
    """Register a change of the reference engine under the rule that then holds instead."""

    def register(change: Break) -> Break:
        BROKEN[rule] = change
        return change

    return register


def edits(rule: str) -> Callable[[Edit], Edit]:
    """Register a change of the arrays that the reference engine reads."""

    def register(change: Edit) -> Edit:
        EDITED[rule] = change
        return change

    return register
