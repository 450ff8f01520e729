"""Small centres made by chance, with hard staffing and every feature now and then, on which the engines must agree.

Even numbers have continuous times. Odd numbers live on a coarse grid of times, so that many things happen at the same
instant: after lowering, each cell of a quantile table keeps one value, a multiple of a half, a quarter or an eighth;
scales, delays, speeds and mean gaps are such that every time is exact in binary.

Every third centre is plain: one group for each type, and nothing that couples them, so that the recursion is tested
too. All others have any number of types and groups, and skills between them as chance has it.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from wfm.measures.counts import ANSWERED
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Skill, Target
from wfm.model.horizon import Horizon, Opening
from wfm.model.laws import (
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from wfm.model.plan import StaffingPlan, check_reserves
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import compiled, reference
from wfm.simulation.ledger import Books, Log
from wfm.simulation.lowering import World, lower

CENTERS = range(500)
GRID_CENTERS = range(1, 500, 2)
PLAIN_CENTERS = range(0, 500, 3)
OFTEN = 0.4
COARSE = 16  # on the grid, mean gaps and mean durations are multiples of this part of an interval
SEED = 20260105


class Dice:
    """Choices for one centre."""

    def __init__(self, number: int) -> None:
        self.rng = np.random.default_rng([SEED, number])

    def happens(self, probability: float = OFTEN) -> bool:
        return bool(self.rng.random() < probability)

    def one_of(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))


class Grid(NamedTuple):
    """Times of a grid centre are multiples of `step` [s], before speeds; variates are multiples of 1 / finest."""

    step: float
    finest: int


def is_on_grid(number: int) -> bool:
    return number % 2 == 1


def is_plain(number: int) -> bool:
    return number % 3 == 0


@cache
def generated(number: int) -> tuple[ContactCenter, StaffingPlan, World]:
    """The centre of this number, its plan, and both lowered."""
    dice = Dice(number)
    plain, finest = is_plain(number), dice.one_of((2, 4, 8))
    horizon = _horizon(dice, on_grid=is_on_grid(number))
    grid = Grid(horizon.interval / COARSE / finest, finest) if is_on_grid(number) else None
    names = [f"type {k}" for k in range(dice.one_of((1, 1, 2, 3) if plain else (1, 2, 3, 3, 4)))]
    load = dice.one_of((0.2, 0.4, 0.8))
    types = {name: _contact_type(dice, horizon, len(names), grid, load) for name in names}
    groups = _plain_groups(dice, names, horizon, grid) if plain else _groups(dice, types, horizon, grid)
    center = ContactCenter(
        horizon,
        types,
        groups,
        routing=_routing(dice, plain=plain),
        experiment=Experiment(seed=number, rounding=dice.one_of(("random", "up", "nearest"))),
    )
    plan = center.plan
    assert plan is not None
    check_reserves(plan)
    world = lower(center, plan, center.experiment, strata=16 if dice.happens() else 1)
    return center, plan, world if grid is None else on_time_grid(world, finest)


def on_time_grid(world: World, finest: int) -> World:
    """Every standard variate becomes a multiple of 1 / finest."""
    coefficients = np.zeros_like(world.tables.coefficients)
    coefficients[:, :, 0] = np.round(world.tables.coefficients[:, :, 0] * finest) / finest
    return world._replace(tables=world.tables._replace(coefficients=coefficients))


# ---- the centre


def _horizon(dice: Dice, *, on_grid: bool) -> Horizon:
    interval = dice.one_of((900.0, 1800.0, 7200.0, 14400.0, 21600.0))
    per_day = int(86400 / interval)
    start = datetime(2026, 1, 5) + timedelta(seconds=interval * int(dice.one_of(range(per_day))))
    length = Horizon(start, interval, int(dice.rng.integers(4, 17)))
    return Horizon(
        start,
        interval,
        length.intervals,
        opening=_opening(dice, length) if dice.happens(0.3) else None,
        after_close=dice.one_of(("serve", "drop", "carry")),
        day_factor=_day_factor(dice, on_grid=on_grid) if dice.happens() else None,
    )


def _opening(dice: Dice, horizon: Horizon) -> Opening:
    """One or two windows, the same every day or another on Mondays, somewhere inside the horizon."""
    minutes = int(horizon.interval / 60)
    while True:
        hours = {days: _windows(dice, minutes) for days in dice.one_of((("Mon-Sun",), ("Mon", "Tue-Sun"), ("Mon",)))}
        if horizon.open_intervals(hours).any():
            return hours


def _windows(dice: Dice, minutes: int) -> str:
    edges = np.arange(0, 1441, minutes)
    chosen = np.sort(dice.rng.choice(edges, 4 if dice.happens() and len(edges) > 4 else 2, replace=False))
    clock = [f"{edge // 60:02d}:{edge % 60:02d}" for edge in chosen]
    return ", ".join(f"{low}-{high}" for low, high in zip(clock[::2], clock[1::2], strict=True))


def _day_factor(dice: Dice, *, on_grid: bool) -> Law:
    """On the grid a power of two, so that mean gaps stay exact."""
    if on_grid:
        return Empirical((0.5, 0.5, 2.0))
    return dice.one_of((Gamma(1.0, 0.4), Lognormal(1.0, 0.7), Gamma(1.0, 0.8), Empirical((0.5, 0.5, 2.0))))


def _routing(dice: Dice, *, plain: bool) -> Routing:
    """In a plain centre choices there are none, so that whatever is asked for must not matter."""
    return Routing(
        contact_selection=dice.one_of(
            ("rank", "rank", "priority", "longest_waiting", "weighted_wait", "weighted_wait")
        ),
        agent_selection=dice.one_of(("rank", "specialist_first", "least_occupied")),
        agent_tie=dice.one_of(("longest_idle", "longest_idle", "random")),
        lines=dice.one_of((1, 2, 3, 4, 6, 9, 14)) if not plain and dice.happens() else None,
    )


# ---- contact types


def _contact_type(dice: Dice, horizon: Horizon, types: int, grid: Grid | None, load: float) -> ContactType:
    volumes = (0, 1, 2, 4, 8, 16) if grid else (0, 0.5, 1.3, 2.7, 5.4, 11.2)
    volume = [dice.one_of(volumes) / (2 if types > 2 else 1) for _ in range(horizon.intervals)]
    has_work = dice.happens()
    work = {
        "talk": _duration(dice, horizon, grid, 0.6 * load),
        "after_contact_work": _duration(dice, horizon, grid, 0.2 * load) if has_work else None,
    }
    handling = {"handling": _duration(dice, horizon, grid, 0.8 * load)}
    return ContactType(
        volume=tuple(volume),
        **(work if has_work or dice.happens(0.5) else handling),
        patience=_patience(dice, horizon, grid),
        balking=dice.between(0.1, 0.5) if dice.happens(0.3) else 0.0,
        day_factor=_day_factor(dice, on_grid=grid is not None) if dice.happens() else None,
        opening=_opening(dice, horizon) if dice.happens(0.3) else None,
        after_close=dice.one_of(("serve", "drop", "carry")) if dice.happens(0.6) else None,
        target=Target(
            answer_within=_time(dice, horizon, grid, 0.2),
            short_abandon=_time(dice, horizon, grid, 0.2) if dice.happens() else 0.0,
        ),
        priority=dice.one_of((1, 1, 2, 3)),
        weight=dice.one_of((0.5, 1.0, 2.0, 3.0)) if grid or dice.happens(0.5) else dice.between(0.2, 5.0),
    )


def _time(dice: Dice, horizon: Horizon, grid: Grid | None, share: float) -> float:
    """A time of about this share of an interval."""
    if grid is None:
        return dice.between(0.0, 2 * share * horizon.interval)
    return grid.step * int(dice.rng.integers(0, int(2 * share * horizon.interval / grid.step) + 2))


def _scale(dice: Dice, horizon: Horizon, grid: Grid | None, share: float) -> float:
    """A mean duration of about this share of an interval; on the grid every variate is then a multiple of the step."""
    if grid is None:
        return dice.between(0.2 * share, 2 * share) * horizon.interval
    return grid.step * grid.finest * int(dice.rng.integers(1, max(2, int(2 * share * COARSE)) + 1))


def _duration(dice: Dice, horizon: Horizon, grid: Grid | None, share: float) -> Law:
    mean: Any = _scale(dice, horizon, grid, share)
    if dice.happens(0.2):  # another mean in each interval
        return Exponential(tuple(_scale(dice, horizon, grid, share) for _ in range(horizon.intervals)))
    zeros = 0.25 if dice.happens(0.15) else 0.0
    laws: list[Law] = [
        Exponential(mean, zeros),
        Lognormal(mean, dice.between(0.2, 1.5), zeros),
        Gamma(mean, dice.between(0.3, 1.5), zeros),
        Erlang(mean, int(dice.rng.integers(1, 5)), zeros),
        Weibull(mean, dice.between(0.6, 3.0), zeros),
        Deterministic(mean, zeros),
        Uniform(mean / 2, mean * 2, zeros),
    ]
    if grid is None:
        laws += [Hyperexponential((0.25, 0.75), (mean * 2.5, mean / 2), zeros)]
        laws += [Empirical(tuple(dice.between(0, 2 * mean) for _ in range(7)), zeros)]
    else:
        laws += [Empirical(tuple(grid.step * int(dice.rng.integers(0, 2 * mean / grid.step)) for _ in range(7)), zeros)]
    return dice.one_of(laws)


def _patience(dice: Dice, horizon: Horizon, grid: Grid | None) -> Law | None:
    mean = _scale(dice, horizon, grid, 0.6)
    zeros = dice.between(0.05, 0.4) if dice.happens(0.3) else 0.0
    return dice.one_of(
        (
            None,
            Never(zeros),
            Deterministic(mean, zeros),
            Deterministic(mean),
            Exponential(mean, zeros),
            Exponential(mean),
            Exponential(tuple(_scale(dice, horizon, grid, 0.6) for _ in range(horizon.intervals))),
            Lognormal(mean, 1.0, zeros),
            Weibull(mean, 0.7, zeros),
            Empirical((mean / 2, mean, mean * 2), weights=(0.25, 0.25, 0.25)),  # a quarter never hang up
        )
    )


# ---- agent groups


def _plain_groups(dice: Dice, names: list[str], horizon: Horizon, grid: Grid | None) -> dict[str, AgentGroup]:
    """One for each type, in another order."""
    speeds = dice.happens()
    return {
        f"group of {name}": _agent_group(
            dice, {name: Skill(speed=_speed(dice, grid) if speeds else 1.0)}, _agents(dice, horizon.intervals)
        )
        for name in reversed(names)
    }


def _groups(dice: Dice, types: dict[str, ContactType], horizon: Horizon, grid: Grid | None) -> dict[str, AgentGroup]:
    """One to four; every type has a group, and every group a type."""
    has = dice.rng.random((len(types), dice.one_of((1, 2, 3, 4)))) < 0.75
    for row in has:
        row[int(dice.rng.integers(row.size))] |= not row.any()
    for column in has.T:
        column[int(dice.rng.integers(column.size))] |= not column.any()
    ranks = dice.one_of(((1,), (1, 2), (1, 1, 2, 3)))
    contact_ranks, speeds, delays, reserves = (dice.happens() for _ in range(4))
    groups = {}
    for g, able in enumerate(has.T):
        mine = [name for name, with_skill in zip(types, able, strict=True) if with_skill]
        is_open = np.any([horizon.open_intervals(types[name].opening) for name in mine], axis=0)
        agents = _agents(dice, horizon.intervals) * is_open
        skills = {
            name: Skill(
                rank=dice.one_of(ranks),
                contact_rank=dice.one_of((1, 2, 3)) if contact_ranks and dice.happens(0.6) else None,
                speed=_speed(dice, grid) if speeds and dice.happens(0.7) else 1.0,
                after=_delay(dice, horizon, grid, types[name].patience) if delays and dice.happens(0.6) else 0.0,
                reserve=_reserve(dice, agents) if reserves and dice.happens(0.6) else 0,
            )
            for name in mine
        }
        groups[f"group {g}"] = _agent_group(dice, skills, agents)
    return groups


def _speed(dice: Dice, grid: Grid | None) -> float:
    return dice.one_of((0.5, 1.0, 2.0)) if grid else dice.between(0.4, 2.5)


def _delay(dice: Dice, horizon: Horizon, grid: Grid | None, patience: Law | None) -> float:
    """Often as long as everybody's patience, or as an interval."""
    if isinstance(patience, Deterministic) and dice.happens(0.5):
        return float(patience.value)  # type: ignore[arg-type]
    if dice.happens(0.25):
        return horizon.interval * dice.one_of((0.25, 0.5, 1.0))
    return _scale(dice, horizon, grid, 0.2) if dice.happens(0.6) else _time(dice, horizon, grid, 0.2)


def _reserve(dice: Dice, agents: np.ndarray) -> int:
    """Below the largest number of agents."""
    return int(dice.rng.integers(0, max(1, min(3, np.ceil(agents.max())))))


def _agent_group(dice: Dice, skills: dict[str, Skill], agents: np.ndarray) -> AgentGroup:
    shares = {"sickness": dice.between(0.05, 0.4)}
    absent = Shrinkage(unplanned=shares, random=("sickness",)) if dice.happens() else Shrinkage()
    return AgentGroup(skills, agents=tuple(agents), shrinkage=absent)


def _agents(dice: Dice, intervals: int) -> np.ndarray:
    """Rises, falls and nobody at all; now and then a fractional number."""
    most = dice.one_of((1, 2, 3, 5))
    agents = dice.rng.integers(0, most + 1, intervals).astype(np.float64)
    agents[dice.rng.random(intervals) < 0.15] = 0
    return agents + (dice.rng.random(intervals).round(2) if dice.happens() else 0)


# ---- what the tests ask of a run


Run = tuple[np.ndarray, ...]
Engine = Literal["compiled", "reference"]


def replication_of(number: int) -> int:
    """Which replication of a centre is compared: not always the first."""
    return number % 37


@cache
def by_reference(number: int) -> tuple[Books, Log]:
    """Books and log, by the reference engine."""
    return reference.run_logged(generated(number)[2], number, replication_of(number))


@cache
def by_compiled(number: int) -> tuple[Books, Log]:
    return compiled.run_logged(generated(number)[2], number, replication_of(number))


def arrays(run: tuple[Books, Log]) -> Run:
    """Counts, times, waits and the columns of the log."""
    books, log = run
    return *books, *log


def same(one: Run, other: Run) -> bool:
    """Bit for bit, the sign of zero and the type included."""
    return all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one, other, strict=True)
    )


def digest(run: tuple[Books, Log]) -> str:
    return hashlib.sha256(b"".join(one.tobytes() for one in arrays(run))).hexdigest()[:16]


def print_digests(numbers: list[int]) -> None:
    """One line a centre: its number, how many were answered, and a digest of either engine's run."""
    with np.errstate(over="ignore"):  # plain Python warns where 64-bit keys wrap around
        for number in numbers:
            answered = by_compiled(number)[0].counts[..., ANSWERED].sum()
            print(number, answered, digest(by_compiled(number)), digest(by_reference(number)))


if __name__ == "__main__":
    print_digests([int(number) for number in sys.argv[1:]])
