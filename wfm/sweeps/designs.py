"""Designs: which levels of the variations meet in which case, each case found without the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

import numpy as np

from wfm.model.declared import counts
from wfm.model.paths import hint_of
from wfm.model.variation import Variation

Design = Literal["one_at_a_time", "grid", "latin_hypercube", "sobol", "scenarios"]
DESIGNS: tuple[Design, ...] = get_args(Design)
GRID, SOBOL, SCENARIOS = "grid", "sobol", "scenarios"
SAMPLED = ("latin_hypercube", SOBOL)


def number_of_cases(design: str, variations: Sequence[Variation], samples: int | None) -> int:
    """How many cases a design has, without the baseline and the named scenarios.

    >>> lines, agents = Variation("routing.lines", (50, 60, 70)), Variation("agent_groups.*.agents", (8, 9))
    >>> number_of_cases("grid", [lines, agents], None)
    6
    """
    if design in SAMPLED:
        return samples or 0
    sizes = [len(one.levels) for one in variations]
    return (math.prod(sizes) if sizes else 0) if design == GRID else sum(sizes)


def indices(design: str, variations: Sequence[Variation], case: int) -> list[int]:
    """Which level each variation has in a case of `one_at_a_time` or `grid`, counted from 0; -1: as in the base.

    >>> one, other = Variation("routing.lines", (50, 60, 70)), Variation("agent_groups.*.agents", (8, 9))
    >>> indices("grid", [one, other], 1), indices("one_at_a_time", [one, other], 3)
    ([0, 1], [-1, 0])
    """
    found = [-1] * len(variations)
    if design == GRID:
        # The last variation changes fastest.
        for at in range(len(variations) - 1, -1, -1):
            case, found[at] = divmod(case, len(variations[at].levels))
        return found
    for at, variation in enumerate(variations):
        if case < len(variation.levels):
            found[at] = case
            return found
        case -= len(variation.levels)
    raise IndexError("there is no such case")


def cases_with(design: str, variations: Sequence[Variation], place: int, level: int) -> np.ndarray:
    """int64[...]: the cases of `one_at_a_time` or `grid`, counted from 0, in which one variation has a level."""
    sizes = [len(one.levels) for one in variations]
    if design != GRID:
        return np.array([sum(sizes[:place]) + level])
    numbers = np.arange(math.prod(sizes))
    return np.flatnonzero(numbers // math.prod(sizes[place + 1 :]) % sizes[place] == level)


def sampled(design: str, variations: tuple[Variation, ...], samples: int, seed: int) -> np.ndarray:
    """float64[samples, variations]: levels drawn evenly between the lowest and the highest of each variation.

    Latin hypercube (McKay, Beckman and Conover 1979) or scrambled Sobol' points (Owen 1998), by `scipy.stats.qmc`;
    of keys that hold whole numbers each number has the same share. The same seed gives the same levels.

    >>> bool((np.diff(np.sort(sampled("latin_hypercube", (Variation("x.y", (0, 4)),), 4, 1)[:, 0] // 1)) == 1).all())
    True
    """
    from scipy.stats import qmc

    engine = (qmc.Sobol if design == SOBOL else qmc.LatinHypercube)(len(variations), seed=seed)
    low = np.array([min(one.levels) for one in variations], np.float64)
    high = np.array([max(one.levels) for one in variations], np.float64)
    whole = np.array([holds_whole_numbers(one.path) for one in variations])
    points = engine.random(samples)
    return np.where(whole, np.floor(low + points * (high - low + 1)), low + points * (high - low))


@cache
def holds_whole_numbers(path: str) -> bool:
    """Whether a key holds whole numbers alone, such as lines.

    >>> holds_whole_numbers("routing.lines"), holds_whole_numbers("agent_groups.*.agents")
    (True, False)
    """
    hint = hint_of(path)
    return hint is not None and counts(hint)
