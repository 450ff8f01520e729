"""Cases seen together: the grid of two variations, service over staff, and the frontier of price and service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wfm.model.paths import ROWS, is_row, split
from wfm.sweeps.effects import alone, is_neutral

if TYPE_CHECKING:
    from wfm.sweeps.result import SweepResult


@dataclass(frozen=True, eq=False)
class Grid:
    """A measure over two variations, the others as in the base or as near to it as they come.

    Args:
        measure: its name in the table. x, y: places of the variations in the sweep; labels and words of their levels.
        values, half_widths: float64[y, x], NaN where there is none. cases: int64[y, x].
        baseline: (row, column) of the cell that is the base unchanged; None where no cell is.
        others: the levels of the other variations, in words.
    """

    measure: str
    x: int
    y: int
    x_label: str
    y_label: str
    x_levels: tuple[Any, ...]
    y_levels: tuple[Any, ...]
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    values: np.ndarray
    half_widths: np.ndarray
    cases: np.ndarray
    baseline: tuple[int, int] | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    """Service level over staff, by rising paid hours; all arrays float64[points].

    Args:
        variation: which one is of agents; words: of each point ("agents +1"). cases: int64[points].
        net_hours, paid_hours: per replication of the horizon. service_level, half_width: fractions.
        target: the service level that is promised, where it is one and the same for all types asked of; else None.
    """

    variation: int
    words: tuple[str, ...]
    cases: np.ndarray
    net_hours: np.ndarray
    paid_hours: np.ndarray
    service_level: np.ndarray
    half_width: np.ndarray
    target: float | None


@dataclass(frozen=True, eq=False)
class Point:
    """One case of a frontier.

    is_best: no other case has at least its service level for at most its price, and one of them better.
    near: on the frontier, but cannot be told apart from the next cheaper case on it.
    """

    case: int
    name: str
    price: float
    service_level: float
    half_width: float
    is_best: bool
    near: bool


@dataclass(frozen=True, eq=False)
class Frontier:
    """Cases by price against service level, cheapest first.

    price: "cost", or "paid_hours" where a group has no price.
    """

    price: Literal["cost", "paid_hours"]
    points: tuple[Point, ...]

    @property
    def best(self) -> tuple[Point, ...]:
        """The points on the frontier."""
        return tuple(one for one in self.points if one.is_best)


def grid_of(result: SweepResult, measure: str, contact_type: str | None) -> Grid | None:
    """See `SweepResult.grid`."""
    sweep = result.sweep
    crossed = [place for place, one in enumerate(sweep.variations) if len(one.levels) > 1]
    if sweep.design != "grid" or len(crossed) < 2:
        return None
    x, y = crossed[:2]
    variations = sweep.variations
    held = {place: _nearest_to_base(result, place) for place in range(len(variations)) if place not in (x, y)}
    cases = np.full((len(variations[y].levels), len(variations[x].levels)), -1)
    # The last variation changes fastest.
    sizes = [len(one.levels) for one in variations]
    for row, column in np.ndindex(cases.shape):
        at = [{x: column, y: row, **held}[place] for place in range(len(variations))]
        cases[row, column] = 1 + int(np.ravel_multi_index(at, sizes))
    base = [
        (row, column)
        for row, column in np.ndindex(cases.shape)
        if all(
            is_neutral(result, place, sweep.case(int(cases[row, column])).levels[place]) for place in range(len(sizes))
        )
    ]
    half = f"{measure}_half_width"
    values = result.values(measure, contact_type)
    widths = result.values(half, contact_type) if half in result.table.columns else np.full(len(sweep), np.nan)
    words = [tuple(one.in_words(level) for level in one.levels) for one in variations]
    return Grid(
        measure, x, y, result.titles[x], result.titles[y], variations[x].levels, variations[y].levels,
        words[x], words[y], values[cases], widths[cases], cases, base[0] if base else None,
        tuple(words[place][at] for place, at in held.items()),
    )  # fmt: skip


def _nearest_to_base(result: SweepResult, place: int) -> int:
    """Which level of a variation changes least; the first where that cannot be told."""
    steps = np.abs([result.step(place, level) for level in result.sweep.variations[place].levels])
    return 0 if np.isnan(steps).all() else int(np.nanargmin(steps))


def curve_of(result: SweepResult, contact_type: str | None) -> Curve | None:
    """See `SweepResult.curve`."""
    sweep = result.sweep
    staff = [place for place, one in enumerate(sweep.variations) if is_row(split(one.path))]
    levels = result.values("service_level", contact_type)
    if not staff or np.isnan(levels[0]):
        return None
    cases = [0, *(case for case in alone(result, staff[0]) if not np.isnan(levels[case]))]
    hours = result.values("paid_hours")
    cases.sort(key=lambda case: hours[case])
    targets = {
        one.target.service_level for name, one in sweep.center.contact_types.items() if contact_type in (None, name)
    }
    return Curve(
        staff[0],
        tuple(sweep.case(case).name for case in cases),
        np.array(cases),
        result.values("net_hours")[cases],
        hours[cases],
        levels[cases],
        result.values("service_level_half_width", contact_type)[cases],
        targets.pop() if len(targets) == 1 else None,
    )


def decided(result: SweepResult) -> list[int]:
    """The baseline, and the cases that differ from it only in what one decides; more demand is no choice."""
    sweep = result.sweep
    given = [place for place, one in enumerate(sweep.variations) if not is_decision(one.path)]
    chosen = [case for case, levels in result.levels.items() if all(is_neutral(result, at, levels[at]) for at in given)]
    named = enumerate(sweep.scenarios, 1 + sweep.designed)
    return chosen + [case for case, one in named if all(is_decision(change.path) for change in one.changes)]


def is_decision(path: str) -> bool:
    """Whether a path names what one decides: agents, skills, whole groups or routing; not how fast people work.

    >>> is_decision("agent_groups.*.agents"), is_decision("agent_groups.*.shrinkage"), is_decision("horizon.opening")
    (True, False, False)
    """
    keys = split(path)
    if keys[0] == "agent_groups":
        return len(keys) == 2 or (keys[2] in (*ROWS, "skills") and keys[-1] != "speed")
    return keys[0] == "routing"


def frontier_of(result: SweepResult) -> Frontier | None:
    """See `SweepResult.frontier`."""
    price: Literal["cost", "paid_hours"] = "paid_hours" if result.baseline["cost"] is None else "cost"
    prices, levels, widths = (result.values(name) for name in (price, "service_level", "service_level_half_width"))
    changes = result.values("service_level_change_half_width")
    known = [case for case in decided(result) if not np.isnan(prices[case] + levels[case])]
    hours = result.values("paid_hours")
    if len({hours[case] for case in known}) < 2:
        return None  # one plan for all cases, and nothing to choose; costs then differ by overtime alone
    points: list[Point] = []
    last: Point | None = None  # the next cheaper on the frontier
    for case in sorted(known, key=lambda case: (prices[case], -levels[case])):
        is_best = last is None or bool(levels[case] > last.service_level)
        # Both are known against the baseline; of one another they are at most so much less sure.
        unsure = np.nan_to_num(changes[case]) + (0.0 if last is None else np.nan_to_num(changes[last.case]))
        near = is_best and last is not None and bool(levels[case] - last.service_level <= unsure)
        name = result.sweep.case(case).name
        points.append(Point(case, name, float(prices[case]), float(levels[case]), float(widths[case]), is_best, near))
        last = points[-1] if is_best else last
    return Frontier(price, tuple(points))
