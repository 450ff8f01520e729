"""The sheets that set budgets side by side: scenarios, and one change at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.scenarios import SideBySide
from wfm.budgeting.sensitivity import Sensitivity
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook.lines import POINTS, less, scale_of
from wfm.reports.workbook.layout import MUTED, RULE, Book, Page, address
from wfm.sweeps.effects import Effect

# The figures of a summary: heading, look, look of a difference.
FIGURES = {
    "required_fte": ("Required FTE", "two", "finer"),
    "fte": ("FTE there", "two", "finer"),
    "gap": ("Gap, FTE", "finer", "finer"),
    "heads": ("Heads on the payroll", "two", "finer"),
    "cost": ("Cost", "money", "more"),
    "cost_per_contact": ("Cost per contact", "cents", "finer"),
    "cost_per_resolved": ("Cost per resolved contact", "cents", "finer"),
    "offered": ("Offered contacts", "count", "more"),
    "service_level": ("Service level", "percent", "points"),
    "abandonment": ("Abandoned", "percent", "points"),
    "occupancy": ("Occupancy", "percent", "points"),
}
BARS = {"cost": "Cost", "required_fte": "Required FTE"}
BAR_ROWS = 1.6  # rows of a picture for each of its bars


def changing(what: str) -> str:
    """The heading of a figure's differences; those of shares are in points."""
    head, _, look = FIGURES[what]
    return f"{head} [points]" if look == POINTS else head


def write_scenarios(book: Book, answer: BudgetAnswer, found: SideBySide) -> None:
    """Named changes beside the budget itself."""
    periods = answer.result.budget.calendar.periods
    page = book.page("Scenarios", [30, *[12] * max(len(FIGURES), periods)])
    page.sheet.set_paper(8)
    page.title("Scenarios side by side", "Values of a run each, differences are live formulas.")
    page.section("What comes of each")
    for row in found.rows:
        page.paragraph(f"{row.name}: {row.verdict}.")
    page.row += 1
    page.section("All periods", "FTE and heads are means of the days.")
    rows = [(row.name, asdict(row.summary)) for row in found.rows]
    first = _figures(page, rows)
    page.section(f"Less {found.names[0]}")
    _differences(page, rows, first)
    _by_period(page, found)
    page.section("What each changes")
    for sentence in told.changes(answer) or ["No scenario changes anything."]:
        page.paragraph(sentence)
    page.sheet.freeze_panes(2, 1)


def _figures(page: Page, rows: Sequence[tuple[str, dict[str, float]]]) -> int:
    """A row each; answers the first."""
    page.table_heads(["Scenario", *(head for head, _, _ in FIGURES.values())], 45)
    first = page.row
    page.table_rows(
        ([name, *(figures[what] for what in FIGURES)] for name, figures in rows),
        ["text", *(look for _, look, _ in FIGURES.values())],
    )
    return first


def _differences(page: Page, rows: Sequence[tuple[str, dict[str, float]]], first: int) -> None:
    page.table_heads(["Scenario", *(changing(what) for what in FIGURES)], 45)
    base = rows[0][1]
    for at, (name, figures) in enumerate(rows[1:], first + 1):
        page.put(0, name)
        for column, (what, (_, _, look)) in enumerate(FIGURES.items(), 1):
            less(page, column, (at, first), figures[what] - base[what], look)
        page.row += 1
    page.row += 1


BY_PERIOD = (("Required FTE", "two"), ("Gap, FTE", "finer"), ("Cost", "money"))


def _by_period(page: Page, found: SideBySide) -> None:
    for at, (head, look) in enumerate(BY_PERIOD):
        results = list(found.results.items())
        page.section(f"{head} by period")
        page.table_heads(["Scenario", *results[0][1].budget.calendar.names], 20)
        rows = ([name, *_of_period(one)[at].tolist()] for name, one in results)
        page.table_rows(rows, ["text", *[look] * results[0][1].budget.calendar.periods])


def _of_period(one: BudgetResult) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """float64[periods] each, in the order of BY_PERIOD."""
    return one.ladder.fte.sum(axis=0), one.headcount.gap.sum(axis=0), one.money.total


def write_sensitivity(book: Book, found: Sensitivity) -> None:
    """What one change alone does: the tornado's figures, and its bars."""
    measures = [name for name in FIGURES if any(name in one.changes for one in found.effects)]
    page = book.page("Sensitivity", [34, *[13] * max(2 * len(measures), 8)])
    page.title("Sensitivity", "Changes are values of a run each.")
    page.section(
        "What each change does",
        f"{told.AS_PLANNED} The left half is the change, the right half what it then comes to, live.",
    )
    looks = [FIGURES[name] for name in measures]
    heads = [f"{changing(name)}: change" for name in measures] + [head for head, _, _ in looks]
    page.table_heads(["Change", *heads], 45)
    base = page.row
    page.put(0, "Nothing: the budget itself", "total")
    for column, (name, (_, look, _)) in enumerate(zip(measures, looks, strict=True), 1):
        page.put(column, None, "total")
        page.put(column + len(measures), getattr(found.base, name), "total value", look)
    page.row += 1
    for one in found.effects:
        _effect(page, one, measures, found, base)
    page.row += 1
    page.sheet.set_h_pagebreaks([page.row])
    for name in BARS:
        if name in measures:
            _bars(page, found, name)
    for sentence in found.left_out:
        page.paragraph(f"Left out: {sentence}", "note")
    page.sheet.freeze_panes(2, 1)


def _effect(page: Page, one: Effect, measures: Sequence[str], found: Sensitivity, base: int) -> None:
    page.put(0, one.words)
    for column, name in enumerate(measures, 1):
        _, look, signed = FIGURES[name]
        change, at, scale = float(one.change(name).mean), column + len(measures), scale_of(signed)
        page.put(column, scale * change, "value", signed)
        comes_to = getattr(found.base, name) + change
        if math.isnan(comes_to):
            page.put(at, comes_to, "value", look)
        else:
            per = "" if scale == 1 else f"/{scale}"
            formula = f"={address(base, at)}+{address(page.row, column, fixed=False)}{per}"
            page.live(at, formula, comes_to, number=look)
    page.row += 1


def _bars(page: Page, found: Sensitivity, measure: str) -> None:
    """A bar for each change, the variation that moves most on top; the figures stand beside it."""
    page.section(f"{BARS[measure]}: what moves it most")
    page.table_heads(["Change", f"{BARS[measure]}: change"])
    effects = [one for one in found.by_swing(measure) if measure in one.changes]
    first = page.row
    page.table_rows(((one.words, float(one.change(measure).mean)) for one in effects), ("text", FIGURES[measure][2]))
    last = page.row - 2
    chart = page.book.file.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": f"{BARS[measure]}: change",
            "categories": [page.sheet.name, first, 0, last, 0],
            "values": [page.sheet.name, first, 1, last, 1],
            "fill": {"color": "#2F6B9A"},
            "gap": 30,
            "invert_if_negative": True,
            "invert_if_negative_color": "#E08214",
        }
    )
    chart.set_title({"none": True})
    small = {"size": 9, "color": MUTED}
    chart.set_y_axis({"reverse": True, "num_font": small, "label_position": "low", "line": {"color": RULE}})
    chart.set_x_axis(
        {"num_font": small, "num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": RULE}}}
    )
    chart.set_legend({"none": True})
    rows = max(len(effects) + 2, round(BAR_ROWS * len(effects)))
    chart.set_size({"width": 700, "height": 20 * rows})
    page.sheet.insert_chart(first - 1, 3, chart, {"description": f"{BARS[measure]}: what moves it most"})
    page.row = max(page.row, first + rows)
