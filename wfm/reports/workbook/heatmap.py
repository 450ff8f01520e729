"""The sheet Heat map: time of day by day, orange where there are too few, blue where there are more than needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import numpy as np

from wfm.answering import Answer
from wfm.model.horizon import WEEKDAYS
from wfm.reports import words
from wfm.reports.workbook.layout import Book, Page

NAME = "Heat map"
# Orange to blue through white is told apart by every common kind of colour vision, and in print by its sign.
UNDER, EVEN, OVER = "#E08214", "#FFFFFF", "#5B9BD5"
MOST_DATES = 14
NARROWEST = 45.0  # characters that a heading needs


@dataclass(frozen=True)
class Grid:
    """One heat map: float64[times, days]; NaN where closed."""

    heading: str
    number: str
    cells: np.ndarray


@dataclass(frozen=True)
class Axes:
    """Where each interval stands: row by time of day, column by date or, over long horizons, by weekday."""

    times: list[time]
    days: list[str]
    row: np.ndarray
    column: np.ndarray

    def spread(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The weighted mean of the values that fall in each cell; NaN where there is none."""
        total, weight = np.zeros((2, len(self.times), len(self.days)))
        some = ~np.isnan(values)
        np.add.at(total, (self.row[some], self.column[some]), values[some] * weights[some])
        np.add.at(weight, (self.row[some], self.column[some]), weights[some])
        return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)


def write_heat_map(book: Book, answer: Answer) -> None:
    """One block per contact type."""
    axes = axes_of(answer)
    two = answer.given is not None
    cells = [max(9.0, NARROWEST / len(axes.days))] * len(axes.days)
    widths = [9.0, *cells, 3.0, *cells] if two else [9.0, *cells]
    page = book.page(NAME, widths)
    page.title(
        "Heat map",
        "Orange: too few. White: as needed. Blue: more than needed. All cells are values of the run, to one digit.",
    )
    if len(axes.days) < answer.center.horizon.number_of_days:
        page.paragraph("The horizon has several weeks: each cell is the mean over its weekday.", "note")
    breaks = []
    for k, name in enumerate(answer.center.contact_types):
        if k:
            breaks.append(page.row)
        for column in range(len(widths)):
            page.put(column, name if column == 0 else None, "section")
        page.row += 1
        _block(page, axes, grids_of(answer, axes, name))
        page.row += 1
    page.sheet.set_h_pagebreaks(breaks)
    page.sheet.freeze_panes(2, 1)


def axes_of(answer: Answer) -> Axes:
    horizon = answer.center.horizon
    times = sorted({start.time() for start in horizon.starts})
    row = np.array([times.index(start.time()) for start in horizon.starts])
    if horizon.number_of_days <= MOST_DATES:
        return Axes(times, [f"{date:%a}\n{date:%d %b}" for date in horizon.dates], row, horizon.days)
    present = sorted({start.weekday() for start in horizon.starts})
    column = np.array([present.index(start.weekday()) for start in horizon.starts])
    return Axes(times, [WEEKDAYS[day] for day in present], row, column)


def grids_of(answer: Answer, axes: Axes, name: str) -> list[Grid]:
    """The scenario's agents against the requirement where it gives any, and the service that the plan will get."""
    center = answer.center
    group = list(center.agent_groups).index(center.group_of(name))
    is_open, equal = center.is_open(name), np.ones(center.horizon.intervals)
    grids = []
    if answer.given is not None:
        over = np.where(is_open, answer.requirement.over(answer.given)[group], np.nan)
        heading = f"Scenario's net agents over (+) or under (-) the {words.METHODS[answer.method]} requirement"
        grids.append(Grid(heading, "point", axes.spread(over, equal)))
    level = np.asarray(answer.simulated.contact_types[name].by_interval.service_level.mean)
    target = center.contact_types[name].target.service_level
    if target is not None:
        # Weighted by the contacts that it is counted of: over several weeks, contacts over contacts.
        of = answer.simulated.contacts[list(center.contact_types).index(name), : center.horizon.intervals]
        judged = np.asarray(of.amount("promise_of").mean)
        heading = (
            f"Simulated service level of the plan, points over (+) or under (-) the target of {words.share(target)}"
        )
        grids.append(Grid(heading, "point", axes.spread(np.where(is_open, 100 * (level - target), np.nan), judged)))
    elif not grids:
        over = np.where(is_open, answer.requirement.over(answer.plan)[group], np.nan)
        grids.append(
            Grid("Net agents of the plan over (+) or under (-) the requirement", "point", axes.spread(over, equal))
        )
    return grids


def _block(page: Page, axes: Axes, grids: list[Grid]) -> None:
    """Grids side by side, with the times at which any of them has a figure."""
    shown = [row for row in range(len(axes.times)) if any(not np.isnan(grid.cells[row]).all() for grid in grids)]
    days = len(axes.days)
    lefts = [1 + place * (days + 1) for place in range(len(grids))]
    for left, grid in zip(lefts, grids, strict=True):
        page.merged(left, left + days - 1, grid.heading, "strong")
    page.sheet.set_row(page.row, 30)
    page.row += 1
    page.sheet.set_row(page.row, 30)
    page.put(0, "Start", "head left")
    for left in lefts:
        for day, heading in enumerate(axes.days):
            page.put(left + day, heading, "head", "centred")
    page.row += 1
    first = page.row
    for row in shown:
        page.put(0, axes.times[row], "label", "time")
        for left, grid in zip(lefts, grids, strict=True):
            for day in range(days):
                value = float(grid.cells[row, day])
                page.put(left + day, None if np.isnan(value) else round(value, 1) + 0.0, "heat", grid.number)
        page.row += 1
    for left, grid in zip(lefts, grids, strict=True):
        _coloured(page, first, left, page.row - 1, left + days - 1, grid)


def _coloured(page: Page, top: int, left: int, bottom: int, right: int, grid: Grid) -> None:
    """The same depth of colour for as much too few as too many, so that white is exactly as needed."""
    if bottom < top or np.isnan(grid.cells).all():
        return
    most = max(float(np.nanmax(np.abs(grid.cells))), 1e-9)
    page.sheet.conditional_format(
        top, left, bottom, right,
        {
            "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
            "min_value": -most, "mid_value": 0, "max_value": most,
            "min_color": UNDER, "mid_color": EVEN, "max_color": OVER,
        },
    )  # fmt: skip
