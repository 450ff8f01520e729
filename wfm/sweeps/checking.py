"""What is wrong with the levels of a sweep, before any case is asked: which cases, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.errors import Fault, InputError
from wfm.model.levels import is_number, level_in_words
from wfm.model.paths import places, split, unit_at
from wfm.model.plan import StaffingPlan, check_reserves
from wfm.model.variation import Change, Variation
from wfm.sweeps.designs import GRID, SAMPLED, cases_with
from wfm.sweeps.words import cases_in_words

if TYPE_CHECKING:
    from wfm.sweeps.sweep import Sweep

MOST_LOOKED_AT = 2000  # cases that are built to be looked at; beyond them a case at fault is found when it is asked
MOST_NAMED = 3


def faults_of_cases(sweep: Sweep) -> Iterator[Fault]:
    """Every level that is at fault alone, every scenario, and cases whose levels are at fault together."""
    bad = np.zeros(1 + sweep.designed, np.bool_)
    for place, variation in enumerate(sweep.variations):
        yield from _of_variation(sweep, place, variation, bad)
    if sweep.design in (*SAMPLED, GRID) and sweep.designed <= MOST_LOOKED_AT and _may_clash(sweep.variations):
        yield from _of_cases_together(sweep, bad)
    for scenario in sweep.scenarios:
        for one in _of_changes(sweep, scenario.changes, scenario.plan):
            yield _within(f"scenarios.'{scenario.name}'", "", one)


def _of_variation(sweep: Sweep, place: int, variation: Variation, bad: np.ndarray) -> Iterator[Fault]:
    """Levels of one variation at fault, those with one fault together; their cases are marked as bad."""
    where = f"vary.'{variation.path}'"
    try:
        places(sweep.center, variation.path, adding=variation.how == "value")
    except InputError as error:
        bad[1:] = True
        yield from (Fault(where, one.rule, one.value, one.has_value) for one in error.faults)
        return
    found: dict[tuple[str, str], list[tuple[Any, Fault, np.ndarray]]] = {}
    for level, cases in _levels(sweep, place, variation):
        for one in _of_changes(sweep, [variation.change(level)]):
            bad[cases] = True
            found.setdefault((one.where, one.rule), []).append((level, one, cases))
    for same in found.values():
        levels = [_shown(variation, level) for level, _, _ in same]
        named = "level " if len(levels) == 1 else "levels "
        if sweep.design in SAMPLED:
            named += " to ".join(dict.fromkeys((levels[0], levels[-1])))
        else:
            named += _listed(levels)
        cases = np.unique(np.concatenate([cases for _, _, cases in same]))
        yield _within(where, f"{named} ({_cases(cases, len(sweep) - 1)})", same[0][1])


def _levels(sweep: Sweep, place: int, variation: Variation) -> Iterator[tuple[Any, np.ndarray]]:
    """The levels of a variation, each with the numbers of its cases."""
    if sweep.design not in SAMPLED:
        for index, level in enumerate(variation.levels):
            yield level, 1 + cases_with(sweep.design, sweep.variations, place, index)
        return
    drawn = sweep.drawn[:, place]
    # Levels between two that are valid are valid: where there are many, the outermost are enough.
    chosen = np.unique(drawn) if len(drawn) <= MOST_LOOKED_AT else np.array([drawn.min(), drawn.max()])
    for level in chosen.tolist():
        yield level, 1 + np.flatnonzero(drawn == level)


def _of_cases_together(sweep: Sweep, bad: np.ndarray) -> Iterator[Fault]:
    """Cases whose levels are valid one by one and not together, those with one fault together."""
    found: dict[tuple[str, str], tuple[Fault, list[int]]] = {}
    for number in np.flatnonzero(~bad[1:]) + 1:
        for one in _of_changes(sweep, sweep.case(int(number)).changes):
            found.setdefault((one.where, one.rule), (one, []))[1].append(int(number))
    for one, cases in found.values():
        yield _within(_cases(np.array(cases), len(sweep) - 1), "", one)


def _of_changes(sweep: Sweep, changes: Sequence[Change], plan: StaffingPlan | None = None) -> list[Fault]:
    """What the model says of a base with some changes."""
    try:
        _, varied = sweep.base.varied(changes, plan)
        if "predict" in sweep.ask:
            check_reserves(varied)
    except InputError as error:
        return [_with_sign(changes, one) for one in error.faults]
    return []


def _with_sign(changes: Sequence[Change], one: Fault) -> Fault:
    """The fault of a negative value, with how less of something is written: a number that is no text has no sign."""
    for change in changes:
        is_negative = change.how == "value" and is_number(change.level) and change.level < 0
        if is_negative and split(change.path)[-1] in one.where:
            rule = f"{one.rule}; write '{change.level:g}' as a text for {-change.level:g} less"
            return Fault(one.where, rule, one.value, one.has_value)
    return one


def _may_clash(variations: Sequence[Variation]) -> bool:
    """Whether two variations reach into one part of a centre; otherwise what is valid alone is valid together."""
    parts = [split(one.path)[:2] for one in variations]
    return any(
        one[0] == other[0] and (one[1:] == other[1:] or "*" in (*one[1:], *other[1:]))
        for at, one in enumerate(parts)
        for other in parts[:at]
    )


def _within(where: str, level: str, one: Fault) -> Fault:
    rule = f"{level}: {one.where}: {one.rule}" if level else f"{one.where}: {one.rule}"
    return Fault(where, rule, one.value, one.has_value)


def _shown(variation: Variation, level: Any) -> str:
    """A level as it is written."""
    if variation.how == "factor" and isinstance(level, int | float):
        return f"*{level:g}"
    return level_in_words(variation.how, level, unit_at(variation.path)).removeprefix("= ")


def _listed(words: list[str]) -> str:
    return ", ".join(words[:MOST_NAMED]) + (f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else "")


def _cases(numbers: np.ndarray, of: int) -> str:
    return f"{cases_in_words(numbers.tolist(), MOST_NAMED)} of {of}"
