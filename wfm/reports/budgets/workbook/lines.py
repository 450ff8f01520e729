"""Sheets with a column per period: lines of inputs, live formulas and values, each known by its name to the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from wfm.model.budget.periods import MONTHS_A_YEAR, Calendar
from wfm.reports.budgets.workbook.inputs import Inputs
from wfm.reports.words import DASH
from wfm.reports.workbook.layout import Book, Page, address

LABEL, HOW, ONE, ALL, FIRST = 0, 1, 2, 3, 4  # columns: name, how it is worked out, one for all periods, all, the first
WIDTHS = [34.0, 48.0, 10.5, 11.5]
PERIOD_WIDTH = 10.0
MOST_ON_A_PAGE = 13  # periods; more are printed on further pages
HEAD_ROW = 3
GIVEN, DEFAULT, FIXED = "as given", "the default: not given", "as given, not linked"
POINTS = "points"  # look of a difference of shares
Purpose = Literal["live", "total"]
VALUES = {"live": "value", "total": "total value"}  # the same where there is no formula
DECIMALS = 9  # of differences: what is left of equal figures is no figure
FTE_DECIMALS = 12  # of those of FTE and heads, of which means are taken
EVEN = "even"  # of a line over all periods: the mean of its days

LEGEND = (
    "White cells are live formulas, grey cells are values of the run. Formulas read the input sheets: change a figure "
    "there and what follows from it by arithmetic changes here; for the rest run wfm budget again."
)


@dataclass(frozen=True, eq=False)
class Line:
    """One line of figures.

    Args:
        name: what formulas call it. label: what readers do. how: how it is worked out, or what it means.
        values: float64[periods]; or one figure for all of them.
        number: look of its figures.
        formula: over `{name}` of other lines, in the same period; or one per period; none: a value of the run.
        total: over all periods, "sum", "even" for the mean of the days, or a formula over other lines' totals.
        of_all: the figure of such a formula.
        purpose: style of its cells: live, or total.
    """

    name: str
    label: str
    values: np.ndarray | float
    number: str = "one"
    formula: str | Sequence[str] = ""
    how: str = ""
    total: str = ""
    of_all: float = math.nan
    purpose: Purpose = "live"


@dataclass(frozen=True)
class _Row:
    """Where a line stands."""

    sheet: str
    row: int
    is_one: bool

    def cell(self, column: int) -> str:
        place = address(self.row, ONE) if self.is_one else address(self.row, column, fixed=False)
        return f"{self.sheet}!{place}"


@dataclass
class Sheets:
    """The sheets of periods of one workbook: their book, the calendar, the inputs, and every line that stands."""

    book: Book
    calendar: Calendar
    inputs: Inputs
    rows: dict[str, _Row] = field(default_factory=dict)

    @property
    def periods(self) -> int:
        return self.calendar.periods

    def row(self, name: str) -> int:
        """The row of a line, on whatever sheet it stands."""
        return self.rows[name].row

    def total(self, name: str) -> str:
        """The cell of a line's figure over all periods, or of its one figure."""
        return self.rows[name].cell(ALL)

    def cell(self, name: str, period: int) -> str:
        return self.rows[name].cell(FIRST + period)

    def cells(self, name: str) -> str:
        """The range of a line over the periods."""
        first, last = (address(self.rows[name].row, FIRST + at) for at in (0, self.periods - 1))
        return f"{self.rows[name].sheet}!{first}:{last}"

    def series(self, name: str) -> list[Any]:
        """The same range as charts take it."""
        one = self.rows[name]
        return [one.sheet, one.row, FIRST, one.row, FIRST + self.periods - 1]

    def headings(self, sheet: str) -> list[Any]:
        """The names of the periods as charts take them."""
        return [sheet, HEAD_ROW, FIRST, HEAD_ROW, FIRST + self.periods - 1]

    def given(
        self, name: str, label: str, keys: Sequence[str], owner: Any, key: str, number: str = "one", total: str = ""
    ) -> Line:
        """An input: read from its cell on the input sheets, or a figure with its name where no cell holds it.

        Args:
            name, label, number, total: of the line.
            keys: where its owner stands in the budget. owner: a declared value, or a table of numbers.
            key: of the owner's.
        """
        value = owner[key] if isinstance(owner, Mapping) else getattr(owner, key)
        path = ".".join((*keys, key))
        periods = range(self.periods) if isinstance(value, tuple) else (None,)
        cells = [self.inputs.address(path, period) for period in periods]
        how = GIVEN if all(cells) else DEFAULT if value == getattr(type(owner), key, ...) else FIXED
        formulas = [f"={cell}" for cell in cells] if all(cells) else ""
        figure = (
            np.array(value, np.float64) if isinstance(value, tuple) else math.nan if value is None else float(value)
        )
        return Line(name, label, figure, number, formulas, how, total)


def period_page(book: Book, calendar: Calendar, name: str, title: str, subtitle: str = LEGEND) -> Page:
    """A sheet with its headings, to be filled when the inputs stand."""
    page = book.page(name, [*WIDTHS, *[PERIOD_WIDTH] * calendar.periods])
    page.sheet.set_paper(8)
    page.title(title, subtitle)
    page.row = HEAD_ROW
    page.heads(["", "How it is worked out", "One for all", over_all(calendar), *calendar.names])
    page.sheet.freeze_panes(HEAD_ROW + 1, ALL + 1)
    page.sheet.repeat_rows(HEAD_ROW)
    if calendar.periods > MOST_ON_A_PAGE:
        page.sheet.fit_to_pages(math.ceil(calendar.periods / MOST_ON_A_PAGE), 0)
        page.sheet.repeat_columns(LABEL, ALL)
    return page


def over_all(calendar: Calendar) -> str:
    """What all periods together are called."""
    return "Year" if (calendar.period, calendar.periods) == ("month", MONTHS_A_YEAR) else "All periods"


@dataclass
class PeriodSheet:
    """A sheet that is filled block by block, from the top down."""

    sheets: Sheets
    page: Page

    @property
    def name(self) -> str:
        return str(self.page.sheet.name)

    def block(self, title: str, lines: Sequence[Line], prefix: str = "", note: str = "") -> None:
        """A heading and its lines; formulas find the names of their own block first, then any other."""
        page = self.page
        for column in range(len(page.widths)):
            page.put(column, title if column == LABEL else None, "section")
        page.sheet.set_row(page.row, 20)
        if note:
            page.put(HOW, note, "section note")
        page.row += 1
        for at, line in enumerate(lines):
            is_one = not isinstance(line.values, np.ndarray)
            self.sheets.rows[prefix + line.name] = _Row(self.name, page.row + at, is_one)
        for line in lines:
            self._write(line, prefix)
        page.row += 1

    def point_out(self, name: str) -> None:
        """Bold orange where a line's figures say that people are missing."""
        row = self.sheets.row(name)
        warned = self.page.book.file.add_format({"bold": True, "font_color": "#B04A00"})
        rule = {"type": "cell", "criteria": "<", "value": -0.005, "format": warned}
        self.page.sheet.conditional_format(row, ALL, row, FIRST + self.sheets.periods - 1, rule)

    def _write(self, line: Line, prefix: str) -> None:
        page = self.page
        label = "label" if line.purpose == "live" else "total"
        page.put(LABEL, line.label, label)
        page.put(HOW, line.how, "remark" if line.purpose == "live" else "total remark")
        if line.purpose == "total":
            page.put(ONE, None, "total")
        for column, value, formula in self._cells(line):
            self._cell(column, float(value), self._expanded(formula, prefix, column), line)
        page.row += 1

    def _cells(self, line: Line) -> Iterator[tuple[int, float, str]]:
        """Column, value and formula of each cell of a line."""
        if not isinstance(line.values, np.ndarray):
            yield ONE, line.values, line.formula if isinstance(line.formula, str) else line.formula[0]
            return
        for period, value in enumerate(line.values):
            yield FIRST + period, value, line.formula if isinstance(line.formula, str) else line.formula[period]
        if line.total:
            yield ALL, *self._total(line)

    def _total(self, line: Line) -> tuple[float, str]:
        """A line's figure over all periods, and its formula."""
        assert isinstance(line.values, np.ndarray)
        last = FIRST + self.sheets.periods - 1
        mine = f"{address(self.page.row, FIRST, False)}:{address(self.page.row, last, False)}"
        if line.total == "sum":
            return float(line.values.sum()), f"=SUM({mine})"
        if line.total == EVEN:
            days, weights = self.sheets.cells("days"), self.sheets.calendar.days
            return float(line.values @ weights / weights.sum()), f"=SUMPRODUCT({mine},{days})/SUM({days})"
        return line.of_all, line.total

    def _cell(self, column: int, value: float, formula: str, line: Line) -> None:
        """A figure that is not there has no formula, unless the formula itself gives the dash."""
        if formula and (not math.isnan(value) or DASH in formula):
            self.page.live(column, formula, value, line.purpose, line.number)
        else:
            self.page.put(column, value, VALUES[line.purpose], line.number)

    def _expanded(self, formula: str, prefix: str, column: int) -> str:
        return formula.format_map(_Names(self.sheets, self.name, prefix, column)) if formula else ""


class _Names(dict[str, str]):
    """The cells that names of a formula stand for in one column.

    `{name__before}` is the cell of the period before, `{name__all}` the range over the periods.
    """

    def __init__(self, sheets: Sheets, sheet: str, prefix: str, column: int) -> None:
        super().__init__()
        self.sheets, self.sheet, self.prefix, self.column = sheets, sheet, prefix, column

    def __missing__(self, key: str) -> str:
        name, _, which = key.partition("__")
        name = self.prefix + name if self.prefix + name in self.sheets.rows else name
        if which == "all":
            return self.sheets.cells(name).removeprefix(f"{self.sheet}!")
        return self.sheets.rows[name].cell(self.column - (which == "before")).removeprefix(f"{self.sheet}!")


def weighted(values: str, weights: str) -> str:
    """A formula: the mean of some cells, weighted by others; a dash without weight."""
    return f'=IF(SUM({weights})=0,"{DASH}",SUMPRODUCT({values},{weights})/SUM({weights}))'


def difference(terms: str, decimals: int = DECIMALS) -> str:
    """A formula: a difference of figures that may be equal."""
    return f"=ROUND({terms},{decimals})"


def ratio(top: str, bottom: str) -> str:
    """A formula: one cell over another; a dash where that is nothing, or where the first is not known."""
    return f'=IF(ISNUMBER({top}),IF({bottom}=0,"{DASH}",{top}/{bottom}),"{DASH}")'


def scale_of(look: str) -> int:
    """What a difference is multiplied by: those of shares are told in points."""
    return 100 if look == POINTS else 1


def less(page: Page, column: int, rows: tuple[int, int], value: float, look: str, purpose: Purpose = "live") -> None:
    """A live difference of two cells of a column, the first row less the second; a dash where it is not known."""
    if math.isnan(value):
        page.put(column, value, VALUES[purpose], look)
        return
    upper, lower = (address(row, column, fixed=False) for row in rows)
    scale = scale_of(look)
    terms = f"{upper}-{lower}" if scale == 1 else f"{scale}*({upper}-{lower})"
    page.live(column, difference(terms), round(scale * value, DECIMALS), purpose, look)
