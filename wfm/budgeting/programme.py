"""An integer programme: the least cost and its bound, or by how much its rules must be broken at least."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

NO_GAP = 1e-9
STOPPED = 1  # scipy.optimize.milp: time ran out
TO_TELL = 1e-6  # of a rule's scale: less is rounding


@dataclass(frozen=True, eq=False)
class Row:
    """A sum of variables that may be at most so much.

    Args:
        at: int64[terms], the variables. times: float64[terms], what each is multiplied by.
        most: upper limit of the sum.
        scale: what a breach is measured against, in the row's own unit; 0 where it cannot be broken.
    """

    at: np.ndarray
    times: np.ndarray
    most: float
    scale: float = 0.0


@dataclass(frozen=True, eq=False)
class Programme:
    """The least cost of variables that keep every row.

    Args:
        cost: float64[variables], money for one. upper: float64[variables]; the lower bound of all is 0.
        whole: bool[variables], those that are whole numbers.
        rows: what must be kept. cuts: what follows from them for whole numbers; they shorten the search.
    """

    cost: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    rows: tuple[Row, ...]
    cuts: tuple[Row, ...] = ()


@dataclass(frozen=True, eq=False)
class Solved:
    """What was found.

    Args:
        values: float64[variables]; None where nothing that keeps the rows was found.
        cost: of the values. bound: no values that keep the rows cost less.
        seconds: it took. is_stopped: time ran out.
    """

    values: np.ndarray | None
    cost: float
    bound: float
    seconds: float
    is_stopped: bool


def solve(programme: Programme, gap: float, seconds: float, sunk: float = 0.0) -> Solved:
    """The least cost, to within a share of it, or the best that was found in the time.

    Args:
        gap: how far above the least the cost may be, as a share of the cost and what is sunk.
        seconds: time for it. sunk: money that is spent whatever the variables are; it is in no figure of the answer.

    >>> pairs = Row(np.array([0]), np.array([-2.0]), -5.0)  # twice the first must be at least 5
    >>> one = Programme(np.array([10.0]), np.array([9.0]), np.array([True]), (pairs,))
    >>> solve(one, 0.0, 10.0).cost
    30.0
    """
    programme = replace(programme, rows=programme.rows + programme.cuts)
    matrix = _matrix(programme.rows, len(programme.cost))
    relaxed = _solved(replace(programme, whole=np.zeros_like(programme.whole)), matrix, gap, seconds)
    if relaxed.values is None or not programme.whole.any():
        return relaxed
    # The solver's gap is of the cost alone. The cost is not known yet; it is taken to be at most twice the relaxed one.
    decided = 2 * relaxed.cost
    of_cost = gap * (sunk + decided) / decided if decided > 0 else gap
    return _solved(programme, matrix, of_cost, seconds - relaxed.seconds)


def least_breach(programme: Programme, seconds: float) -> np.ndarray | None:
    """float64[rows]: by how much rows must be broken at least, where no values keep them all.

    It is the least sum of the breaches, each over its row's scale. None: nothing was found in the time.
    """
    from scipy.sparse import csc_array, hstack

    scales = np.array([one.scale for one in programme.rows])
    broken = np.flatnonzero(scales > 0)
    slack = csc_array((-np.ones(len(broken)), (broken, np.arange(len(broken)))), (len(scales), len(broken)))
    wider = Programme(
        np.concatenate([0 * programme.cost, 1 / scales[broken]]),
        np.concatenate([programme.upper, np.full(len(broken), np.inf)]),
        np.concatenate([programme.whole, np.zeros(len(broken), bool)]),
        programme.rows,
    )
    matrix = hstack([_matrix(programme.rows, len(programme.cost)), slack])
    found = _solved(wider, matrix, NO_GAP, seconds).values
    if found is None:
        return None
    breaches = np.zeros(len(scales))
    breaches[broken] = found[len(programme.cost) :]
    return np.where(breaches > TO_TELL * scales, breaches, 0.0)


def _solved(programme: Programme, matrix: Any, gap: float, seconds: float) -> Solved:
    from scipy.optimize import Bounds, LinearConstraint, milp

    begun = perf_counter()
    with _silent():
        found = milp(
            programme.cost, integrality=programme.whole.astype(np.int64), bounds=Bounds(0, programme.upper),
            constraints=LinearConstraint(matrix, ub=[one.most for one in programme.rows]),
            options={"mip_rel_gap": gap, "time_limit": max(seconds, 0.1)},
        )  # fmt: skip
    took = perf_counter() - begun
    if found.x is None:
        return Solved(None, np.inf, -np.inf, took, found.status == STOPPED)
    bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
    values = np.where(programme.whole, np.round(found.x), np.maximum(found.x, 0))
    return Solved(values, float(found.fun), float(bound), took, found.status == STOPPED)


def _matrix(rows: tuple[Row, ...], variables: int) -> Any:
    """float64[rows, variables], sparse."""
    from scipy.sparse import csr_array

    ends = np.cumsum([0, *(len(one.at) for one in rows)])
    at = np.concatenate([np.zeros(0, np.int64), *(one.at for one in rows)])
    times = np.concatenate([np.zeros(0), *(one.times for one in rows)])
    return csr_array((times, at, ends), shape=(len(rows), variables))


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on standard output: the solver writes remarks there past Python, and JSON must stand alone."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
