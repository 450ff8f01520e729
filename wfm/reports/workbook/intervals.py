"""The sheet Intervals: one row per contact type and open interval, live formulas beside values of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from wfm.model.horizon import WEEKDAYS
from wfm.reports.workbook.assumptions import Assumptions, bands_of
from wfm.reports.workbook.columns import Column, required
from wfm.reports.workbook.figures import Rows
from wfm.reports.workbook.layout import DASH, Book, Cell, Moment, Page, address, span

NAME = "Intervals"
HEAD_ROWS = 4
BINDING = {
    "service_level": "service level",
    "max_occupancy": "occupancy",
    "max_abandonment": "abandonment",
    "max_average_speed_of_answer": "ASA",
    "stability": "stability",
    "min_agents": "minimum agents",
    "none": "no contacts",
}
NEVER_CHANGES = {"interval", "number"}


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
    page.title("Intervals", "Yellow cells may be changed, white cells are live formulas, grey cells are values of the run.")
    page.row = HEAD_ROWS - 2
    _bands(page, bands)
    _headings(page, columns)
    where = {column.name: position for position, column in enumerate(columns)}
    writer = _Writer(page, rows, columns, where, assumed)
    for j in range(len(rows)):
        writer.write(j)
    last = page.row - 1
    page.allow(HEAD_ROWS, last, where["net"], 0, 1e6, whole=True)
    page.allow(HEAD_ROWS, last, where["forecast"], 0, 1e9)
    page.sheet.freeze_panes(HEAD_ROWS, len(bands[0][1]))
    page.sheet.autofilter(HEAD_ROWS - 1, 0, last, len(columns) - 1)
    page.sheet.repeat_rows(HEAD_ROWS - 2, HEAD_ROWS - 1)
    _point_out(page, where, last)
    return Intervals(where, HEAD_ROWS, last)


def _bands(page: Page, bands: list[tuple[str, list[Column]]]) -> None:
    column = 0
    for words, ones in bands:
        kind = "where" if words == "" else ones[0].kind
        for step in range(len(ones)):
            page.put(column + step, words if step == 0 else None, f"band {kind}", "text")
        if len(ones) > 1:
            page.merged(column, column + len(ones) - 1, words, f"band {kind}")
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


@dataclass
class _Writer:
    """Writes one row: words, inputs and values as they are, live columns as formulas over the row's cells."""

    page: Page
    rows: Rows
    columns: list[Column]
    where: dict[str, int]
    assumed: Assumptions

    def __post_init__(self) -> None:
        loads = self.rows.columns["load"]
        # Far more numbers above the load than any usual target needs, also after changes of volume and AHT.
        tried = 30 + 6 * math.ceil(math.sqrt(float(np.max(loads, initial=0.0))))
        self.formulas = {column.name: column.formula or required(tried) for column in self.columns if column.kind == "live"}
        center = self.rows.answer.center
        self.names = list(center.contact_types)
        self.per_day = [one.target.per == "day" for one in center.contact_types.values()]
        self.clock = "time" if center.horizon.interval % 60 == 0 and center.horizon.start.second == 0 else "clock"

    def write(self, j: int) -> None:
        cells = {name: address(self.page.row, column, fixed=False) for name, column in self.where.items()}
        kind = int(self.rows.kind[j])
        assumed = self.assumed.types[kind] | {"interval": self.assumed.interval}
        names = {**assumed, **cells} if "base_aht" not in assumed else {**cells, **assumed, "base_aht": cells["base_aht"]}
        names = {**names, **{key: assumed[key] for key in assumed if key in RENAMED}}
        for position, column in enumerate(self.columns):
            self._cell(position, column, j, names, assumed)
        self.page.row += 1

    def _cell(self, position: int, column: Column, j: int, names: dict[str, str], assumed: dict[str, str]) -> None:
        """One cell."""
