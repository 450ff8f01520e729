"""Small centres made by chance, with hard staffing and every feature now and then, on which the engines must agree.

Even numbers have continuous times. Odd numbers live on a coarse grid of times, so that many things happen at the same
instant: after lowering, each cell of a quantile table keeps one value, a multiple of a half, a quarter or an eighth;
scales and mean gaps are such multiples of the interval that every time is exact in binary.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from wfm.measures.counts import ANSWERED
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Target
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
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import compiled, reference
from wfm.simulation.lowering import World, lower

CENTERS = range(300)
GRID_CENTERS = range(1, 300, 2)
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


def is_on_grid(number: int) -> bool:
    return number % 2 == 1


@cache
def generated(number: int) -> tuple[ContactCenter, StaffingPlan, World]:
    """The centre of this number, its plan, and both lowered."""
    dice, on_grid = Dice(number), is_on_grid(number)
    horizon = _horizon(dice, on_grid)
    names = [f"type {k}" for k in range(dice.one_of((1, 1, 2, 3)))]
    finest = dice.one_of((2, 4, 8))
    step = horizon.interval / COARSE / finest if on_grid else None
    types = {name: _contact_type(dice, horizon, len(names), step, finest) for name in names}
    groups = {f"group of {name}": _agent_group(dice, name) for name in reversed(names)}
    center = ContactCenter(
        horizon,
        types,
        groups,
        routing=Routing(dice.one_of((1, 2, 3, 4, 6, 9))) if dice.happens() else Routing(),
        experiment=Experiment(seed=number, rounding=dice.one_of(("random", "up", "nearest"))),
    )
    plan = StaffingPlan(center, np.array([_agents(dice, horizon.intervals) for _ in groups]))
    world = lower(center, plan, center.experiment)
    return center, plan, on_time_grid(world, finest) if on_grid else world


def on_time_grid(world: World, finest: int) -> World:
    """Every standard variate becomes a multiple of 1 / finest."""
    coefficients = np.zeros_like(world.tables.coefficients)
    coefficients[:, :, 0] = np.round(world.tables.coefficients[:, :, 0] * finest) / finest
    return world._replace(tables=world.tables._replace(coefficients=coefficients))


def _horizon(dice: Dice, on_grid: bool) -> Horizon:
    interval = dice.one_of((900.0, 1800.0, 7200.0, 14400.0, 21600.0))
    per_day = int(86400 / interval)
    start = datetime(2026, 1, 5) + timedelta(seconds=interval * int(dice.one_of(range(per_day))))
    length = Horizon(start, interval, int(dice.rng.integers(4, 13)))
    return Horizon(
        start,
        interval,
        length.intervals,
        opening=_opening(dice, length) if dice.happens() else None,
        after_close=dice.one_of(("serve", "drop", "carry")),
        day_factor=_day_factor(dice) if dice.happens() and not on_grid else None,
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


def _contact_type(dice: Dice, horizon: Horizon, types: int, step: float | None, finest: int) -> ContactType:
    volumes = (0, 1, 2, 4, 8, 16) if step is not None else (0, 0.5, 1.3, 2.7, 5.4, 11.2)
    volume = [dice.one_of(volumes) / (2 if types > 1 else 1) for _ in range(horizon.intervals)]
    has_work = dice.happens()
    work = {
        "talk": _duration(dice, horizon, step, finest, 0.6),
        "after_contact_work": _duration(dice, horizon, step, finest, 0.2) if has_work else None,
    }
    handling = {"handling": _duration(dice, horizon, step, finest, 0.8)}
    return ContactType(
        volume=tuple(volume),
        **(work if has_work or dice.happens(0.5) else handling),
        patience=_patience(dice, horizon, step, finest),
        balking=dice.between(0.1, 0.7) if dice.happens() else 0.0,
        day_factor=_day_factor(dice) if dice.happens() and step is None else None,
        opening=_opening(dice, horizon) if dice.happens() else None,
        after_close=dice.one_of(("serve", "drop", "carry")) if dice.happens(0.6) else None,
        target=Target(
            answer_within=_time(dice, horizon, step, 0.2),
            short_abandon=_time(dice, horizon, step, 0.2) if dice.happens() else 0.0,
        ),
    )


def _time(dice: Dice, horizon: Horizon, step: float | None, share: float) -> float:
    """A time of about this share of an interval."""
    if step is None:
        return dice.between(0.0, 2 * share * horizon.interval)
    return step * int(dice.rng.integers(0, int(2 * share * horizon.interval / step) + 2))


def _scale(dice: Dice, horizon: Horizon, step: float | None, finest: int, share: float) -> float:
    """A mean duration of about this share of an interval; on the grid every variate is then a multiple of the step."""
    if step is None:
        return dice.between(0.2 * share, 2 * share) * horizon.interval
    return step * finest * int(dice.rng.integers(1, max(2, int(2 * share * COARSE)) + 1))


def _duration(dice: Dice, horizon: Horizon, step: float | None, finest: int, share: float) -> Law:
    mean: Any = _scale(dice, horizon, step, finest, share)
    if dice.happens(0.2):  # another mean in each interval
        return Exponential(tuple(_scale(dice, horizon, step, finest, share) for _ in range(horizon.intervals)))
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
    if step is None:
        laws += [Hyperexponential((0.25, 0.75), (mean * 2.5, mean / 2), zeros)]
        laws += [Empirical(tuple(dice.between(0, 2 * mean) for _ in range(7)), zeros)]
    else:
        laws += [Empirical(tuple(step * int(dice.rng.integers(0, 2 * mean / step)) for _ in range(7)), zeros)]
    return dice.one_of(laws)


def _patience(dice: Dice, horizon: Horizon, step: float | None, finest: int) -> Law | None:
    mean = _scale(dice, horizon, step, finest, 0.4)
    zeros = dice.between(0.05, 0.5) if dice.happens() else 0.0
    return dice.one_of(
        (
            None,
            Never(zeros),
            Deterministic(mean, zeros),
            Exponential(mean, zeros),
            Exponential(mean),
            Lognormal(mean, 1.0, zeros),
            Weibull(mean, 0.7, zeros),
        )
    )


def _day_factor(dice: Dice) -> Law:
    return dice.one_of((Gamma(1.0, 0.4), Lognormal(1.0, 0.7), Gamma(1.0, 0.8)))


def _agent_group(dice: Dice, name: str) -> AgentGroup:
    shares = {"sickness": dice.between(0.05, 0.4)}
    absent = Shrinkage(unplanned=shares, random=("sickness",)) if dice.happens() else Shrinkage()
    return AgentGroup(skills=(name,), shrinkage=absent)  # type: ignore[arg-type]


def _agents(dice: Dice, intervals: int) -> np.ndarray:
    """Rises, falls and nobody at all; now and then a fractional number."""
    most = dice.one_of((1, 2, 3, 5))
    agents = dice.rng.integers(0, most + 1, intervals).astype(np.float64)
    agents[dice.rng.random(intervals) < 0.15] = 0
    return agents + (dice.rng.random(intervals).round(2) if dice.happens() else 0)


# ---- what the tests ask of a run


def replication_of(number: int) -> int:
    """Which replication of a centre is compared: not always the first."""
    return number % 5


@cache
def by_reference(number: int) -> tuple[np.ndarray, ...]:
    """Counts, times and the columns of the log, by the reference engine."""
    return arrays(reference.run_logged(generated(number)[2], number, replication_of(number)))


@cache
def by_compiled(number: int) -> tuple[np.ndarray, ...]:
    return arrays(compiled.run_logged(generated(number)[2], number, replication_of(number)))


def arrays(run: Any) -> tuple[np.ndarray, ...]:
    counts, times, log = run
    return counts, times, *log


def same(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> bool:
    """Bit for bit, the sign of zero and the type included."""
    return all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one, other, strict=True)
    )


def digest(run: tuple[np.ndarray, ...]) -> str:
    return hashlib.sha256(b"".join(one.tobytes() for one in run)).hexdigest()[:16]


def print_digests(numbers: list[int]) -> None:
    """One line a centre: its number, how many were answered, and a digest of either engine's run."""
    with np.errstate(over="ignore"):  # plain Python warns where 64-bit keys wrap around
        for number in numbers:
            counts = by_compiled(number)[0]
            print(number, counts[..., ANSWERED].sum(), digest(by_compiled(number)), digest(by_reference(number)))


if __name__ == "__main__":
    print_digests([int(number) for number in sys.argv[1:]])
