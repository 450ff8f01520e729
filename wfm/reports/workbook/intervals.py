"""The sheet Intervals: one row per contact type and open interval, live formulas beside values of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property

import numpy as np

from wfm.model.horizon import WEEKDAYS
from wfm.reports import words
from wfm.reports.workbook.assumptions import Assumptions, bands_of
from wfm.reports.workbook.columns import Column, required
from wfm.reports.workbook.figures import Rows
from wfm.reports.workbook.layout import Book, Cell, Moment, Page, address, span

NAME = "Intervals"
HEAD_ROWS = 4
FIRST_YEAR = 1900  # of dates in a spreadsheet


@dataclass(frozen=True)
class Intervals:
    """Where the columns stand, for sums over them: `cells(name)` is a column's range with the sheet's name."""

    columns: dict[str, int]
    first: int
    last: int

    def cells(self, name: str) -> str:
        return f"{NAME}!{span(self.first, self.last, self.columns[name])}"


def write_intervals(book: Book, rows: Rows, assumed: Assumptions) -> Intervals:
    """Fill the sheet and answer where its columns stand."""
    bands = bands_of(rows.answer)
    columns = [column for _, ones in bands for column in ones]
    page = book.page(NAME, [column.width for column in columns])
    page.sheet.set_paper(8)
    page.title(
        "Intervals", "Yellow cells may be changed, white cells are live formulas, grey cells are values of the run."
    )
    page.row = HEAD_ROWS - 2
    _bands(page, bands)
    _headings(page, columns)
    where = {column.name: position for position, column in enumerate(columns)}
    writer = _Writer(page, rows, columns, where, assumed)
    for j in range(len(rows)):
        writer.write(j)
    last = page.row - 1
    page.allow((HEAD_ROWS, last), (where["net"], where["net"]), 0, 1e6, whole=True)
    page.allow((HEAD_ROWS, last), (where["forecast"], where["forecast"]), 0, 1e9)
    page.sheet.freeze_panes(HEAD_ROWS, len(bands[0][1]))
    page.sheet.autofilter(HEAD_ROWS - 1, 0, last, len(columns) - 1)
    page.sheet.repeat_rows(HEAD_ROWS - 2, HEAD_ROWS - 1)
    _point_out(page, where, last)
    return Intervals(where, HEAD_ROWS, last)


def _bands(page: Page, bands: list[tuple[str, list[Column]]]) -> None:
    column = 0
    for band, ones in bands:
        kind = "where" if band == "" else ones[0].kind
        for step in range(len(ones)):
            page.put(column + step, band if step == 0 else None, f"band {kind}", "text")
        if len(ones) > 1:
            page.merged(column, column + len(ones) - 1, band, f"band {kind}")
        column += len(ones)
    page.row += 1


def _headings(page: Page, columns: list[Column]) -> None:
    page.sheet.set_row(page.row, 32)
    for position, column in enumerate(columns):
        page.put(position, column.heading, "head left" if column.number == "text" else "head", column.number)
    page.row += 1


def _point_out(page: Page, where: dict[str, int], last: int) -> None:
    """Bold orange where a live figure says that the plan has too few."""
    from_row, column = HEAD_ROWS, where["spare"]
    warned = page.book.file.add_format({"bold": True, "font_color": "#B04A00"})
    page.sheet.conditional_format(
        from_row, column, last, column, {"type": "cell", "criteria": "<", "value": 0, "format": warned}
    )


@dataclass(frozen=True)
class _Writer:
    """Writes rows: words, inputs and values as they are, live columns as formulas over the row's own cells."""

    page: Page
    rows: Rows
    columns: list[Column]
    where: dict[str, int]
    assumed: Assumptions

    def write(self, j: int) -> None:
        """Row j, where the page stands."""
        assumed = self.assumed.types[int(self.rows.kind[j])] | {"interval": self.assumed.interval}
        cells = {name: address(self.page.row, column, fixed=False) for name, column in self.where.items()}
        stated = self._stated(j)
        for position, column in enumerate(self.columns):
            value = stated[column.name] if column.name in stated else float(self.rows.columns[column.name][j])
            formula = self._formula(column, j).format(**assumed, **cells)
            if column.name == "base_aht" and "one_aht" in assumed:
                formula = f"={assumed['one_aht']}"
            if formula:
                assert isinstance(value, float)
                self.page.live(position, formula, value, number=column.number)
            else:
                kind = "value" if column.kind == "live" else column.kind
                self.page.put(position, value, kind, self.clock if column.name == "start" else column.number)
        self.page.row += 1

    def _formula(self, column: Column, j: int) -> str:
        """Nothing where the column is no formula: the requirement where a target is kept over the day, not here."""
        if column.name != "required":
            return column.formula
        return "" if self.per_day[int(self.rows.kind[j])] else self.required

    def _stated(self, j: int) -> dict[str, Cell | Moment]:
        center = self.rows.answer.center
        at, kind = int(self.rows.at[j]), int(self.rows.kind[j])
        start = center.horizon.starts[at]
        binding = str(self.rows.answer.requirement.binding[self.rows.group[j], at])
        return {
            "number": kind + 1,
            "contact_type": self.names[kind],
            "date": datetime.combine(start.date(), time()) if start.year >= FIRST_YEAR else start.date().isoformat(),
            "weekday": WEEKDAYS[start.weekday()],
            "start": start.time(),
            "binding": words.BINDING.get(binding, binding),
        }

    @cached_property
    def required(self) -> str:
        """Tries far more numbers above the load than any usual target needs, also when volume or AHT grow."""
        return required(30 + 6 * math.ceil(math.sqrt(float(np.max(self.rows.columns["load"], initial=0.0)))))

    @cached_property
    def names(self) -> list[str]:
        return list(self.rows.answer.center.contact_types)

    @cached_property
    def per_day(self) -> list[bool]:
        return [one.target.per == "day" for one in self.rows.answer.center.contact_types.values()]

    @cached_property
    def clock(self) -> str:
        """Minutes, or seconds where intervals start between minutes."""
        horizon = self.rows.answer.center.horizon
        return "time" if horizon.interval % 60 == 0 and horizon.start.second == 0 else "clock"
