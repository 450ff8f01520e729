"""The look of the workbook: styles by purpose, and a sheet that is filled from the top down."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from wfm.reports.words import DASH, OVERLOAD

Kind = Literal["input", "live", "value"]
Cell = float | int | str | None
Moment = datetime | time

INK, MUTED, RULE, BRAND = "#1F2A37", "#5B6673", "#C9D0D8", "#1F3A5F"
FONT: dict[str, Any] = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "vcenter"}

# Blue on yellow is what may be changed, as spreadsheet modellers have it; grey is a value that no formula renews.
Look = dict[str, Any]
STYLES: dict[str, Look] = {
    "title": {"bold": True, "font_size": 18, "font_color": BRAND},
    "subtitle": {"font_size": 11, "font_color": MUTED},
    "section": {"bold": True, "font_size": 12, "font_color": BRAND, "bottom": 2, "bottom_color": BRAND},
    "section note": {"font_color": MUTED, "bottom": 2, "bottom_color": BRAND},
    "note": {"font_color": MUTED, "text_wrap": True, "valign": "top"},
    "remark": {"font_color": MUTED},
    "sentence": {"text_wrap": True},
    "strong": {"bold": True, "text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bg_color": "#E6EAF0", "text_wrap": True, "align": "center", "bottom": 1},
    "head left": {"bold": True, "bg_color": "#E6EAF0", "text_wrap": True, "align": "left", "bottom": 1},
    "label": {},
    "wrapped": {"text_wrap": True},
    "input": {"font_color": "#0B3FBF", "bg_color": "#FFF8D6", "border": 1, "border_color": "#E3D48C"},
    "live": {},
    "value": {"font_color": "#4A5563", "bg_color": "#F1F3F5"},
    "heat": {"border": 1, "border_color": "#FFFFFF"},
    "total": {"bold": True, "top": 1},
    "total remark": {"font_color": MUTED, "top": 1},
    "total value": {"font_color": "#4A5563", "bg_color": "#F1F3F5", "top": 1},
}
BANDS: dict[str, Look] = {
    "band where": {"bg_color": BRAND, "font_color": "white", "bold": True},
    "band input": {"bg_color": "#F2D95C", "font_color": INK, "bold": True, "align": "center"},
    "band live": {"bg_color": "#2F6B9A", "font_color": "white", "bold": True, "align": "center"},
    "band value": {"bg_color": "#7A8592", "font_color": "white", "bold": True, "align": "center"},
}
NUMBERS: dict[str, Look] = {
    "text": {"align": "left"},
    "kept text": {
        "num_format": "@",
        "align": "left",
        "text_wrap": True,
    },  # what is typed stays text: +10% becomes no number
    "indented": {"align": "left", "indent": 1},
    "centred": {"align": "center"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "time": {"num_format": "hh:mm", "align": "center"},
    "clock": {"num_format": "hh:mm:ss", "align": "center"},
    "count": {"num_format": "#,##0", "align": "right"},
    "one": {"num_format": "#,##0.0", "align": "right"},
    "two": {"num_format": "#,##0.00", "align": "right"},
    "seconds": {"num_format": "#,##0.0", "align": "right"},
    "percent": {"num_format": "0.0%", "align": "right"},
    "share": {"num_format": "0.0##%", "align": "right"},
    "percents": {"num_format": "+0.0%;−0.0%;0%", "align": "right"},
    "money": {"num_format": "#,##0", "align": "right"},
    "cents": {"num_format": "#,##0.00", "align": "right"},
    "index": {"num_format": "0.0000", "align": "right"},
    "change": {"num_format": "+#,##0.0;−#,##0.0;0", "align": "right"},
    "more": {"num_format": "+#,##0;−#,##0;0", "align": "right"},
    "finer": {"num_format": "+#,##0.00;−#,##0.00;0.00", "align": "right"},
    "points": {"num_format": "+0.0;−0.0;0.0", "align": "right"},
    "point": {"num_format": "+0.0;−0.0;0.0", "align": "center"},
    "general": {"align": "right"},
}


@dataclass
class Book:
    """A workbook in memory, with each style made once."""

    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    _formats: dict[tuple[str, str], Format] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file = xlsxwriter.Workbook(self.buffer, {"in_memory": True})

    def style(self, purpose: str, number: str = "text") -> Format:
        key = purpose, number
        if key not in self._formats:
            wanted = FONT | NUMBERS[number] | (STYLES | BANDS)[purpose]
            self._formats[key] = self.file.add_format(wanted)
        return self._formats[key]

    def page(self, name: str, widths: list[float]) -> Page:
        """A sheet that prints on the width of one page."""
        sheet = self.file.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8wfm&C&8&A&R&8page &P of &N")
        return Page(self, sheet, widths)

    def finished(self) -> bytes:
        self.file.close()
        return self.buffer.getvalue()


@dataclass
class Page:
    """One sheet, and the row that is written next.

    Text is always written as text, whatever it begins with: a name such as `=1+1` never becomes a formula.
    """

    book: Book
    sheet: Worksheet
    widths: list[float]
    row: int = 0

    def put(self, column: int, value: Cell | Moment, purpose: str = "label", number: str = "text") -> None:
        """A value in the current row."""
        self.put_at(self.row, column, value, purpose, number)

    def put_at(self, row: int, column: int, value: Cell | Moment, purpose: str = "label", number: str = "text") -> None:
        style = self.book.style(purpose, number)
        match shown(value):
            case None:
                self.sheet.write_blank(row, column, None, style)
            case str() as text:
                self.sheet.write_string(row, column, text, style)
            case datetime() | time() as moment:
                self.sheet.write_datetime(row, column, moment, style)
            case figure:
                self.sheet.write_number(row, column, figure, style)

    def live(self, column: int, formula: str, value: Cell, purpose: str = "live", number: str = "general") -> str:
        """A formula with the value that it gives, in the current row; answers its address."""
        self.sheet.write_formula(self.row, column, formula, self.book.style(purpose, number), shown(value))
        return address(self.row, column)

    def title(self, text: str, subtitle: str) -> None:
        self.sheet.set_row(self.row, 28)
        self.put(0, text, "title")
        self.row += 1
        self.put(0, subtitle, "subtitle")
        self.row += 2

    def section(self, text: str, note: str = "") -> None:
        """A heading over the whole width, and a note beneath it."""
        for column in range(len(self.widths)):
            self.put(column, text if column == 0 else None, "section")
        self.sheet.set_row(self.row, 20)
        self.row += 1
        if note:
            self.paragraph(note, "note")

    def paragraph(self, text: str, purpose: str = "sentence", first: int = 0, last: int | None = None) -> None:
        """Text over several columns, in a row that is high enough for it."""
        last = len(self.widths) - 1 if last is None else last
        self.merged(first, last, text, purpose)
        self.fit(text, first, last)
        self.row += 1

    def merged(self, first: int, last: int, text: str, purpose: str) -> None:
        style = self.book.style(purpose)
        if last > first:
            self.sheet.merge_range(self.row, first, self.row, last, "", style)
        self.sheet.write_string(self.row, first, text, style)

    def fit(self, text: str, first: int, last: int) -> None:
        """Make the current row as high as the text needs in these columns."""
        self.sheet.set_row(self.row, height(text, sum(self.widths[first : last + 1])))

    def allow(
        self, rows: tuple[int, int], columns: tuple[int, int], low: float, high: float | None = None,
        whole: bool = False, is_share: bool = False,
    ) -> None:  # fmt: skip
        """Numbers only, from low to high or from low on, or nothing at all, in the first to the last row and column."""
        times, sign = (100, "%") if is_share else (1, "")
        end = "on" if high is None else f"to {times * high:g}{sign}"
        bounds = {"criteria": "between", "minimum": low, "maximum": high}
        if high is None:
            bounds = {"criteria": ">=", "value": low}
        self.sheet.data_validation(
            rows[0], columns[0], rows[1], columns[1],
            {
                "validate": "integer" if whole else "decimal", **bounds, "ignore_blank": True,
                "error_title": "Not a figure for this cell",
                "error_message": f"This must be a {'whole ' if whole else ''}number from {times * low:g}{sign} {end}.",
            },
        )  # fmt: skip

    def heads(self, headings: list[str], height: float = 30) -> None:
        """A row of column headings; the second, which names things, is set left. Nothing stands for no heading."""
        self.sheet.set_row(self.row, height)
        for column, heading in enumerate(headings):
            if heading:
                self.put(column, heading, "head left" if column == 1 else "head", "text" if column == 1 else "centred")
        self.row += 1

    def table_heads(self, heads: Sequence[str], height: float = 32) -> None:
        """A row of column headings, the first, which names things, set left."""
        self.sheet.set_row(self.row, height)
        for column, text in enumerate(heads):
            self.put(column, text, "head left" if column == 0 else "head", "text" if column == 0 else "centred")
        self.row += 1

    def table_rows(self, rows: Iterable[Sequence[Any]], numbers: Sequence[str]) -> None:
        """Rows of values, each a name and its figures, and an empty row beneath them.

        Args:
            numbers: the look of each column.
        """
        for row in rows:
            for column, (value, number) in enumerate(zip(row, numbers, strict=True)):
                self.put(column, as_cell(value), "label" if column == 0 else "value", number)
            self.row += 1
        self.row += 1


def as_cell(value: Any) -> Cell:
    """A value of a table as a cell can hold it.

    >>> as_cell(True), as_cell(2), as_cell(None)
    ('yes', 2.0, None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else ""
    return float(value) if isinstance(value, int | float) else str(value)


def height(text: str, width: float) -> float:
    """Height of a row that shows a text whole in a column of this width."""
    room = width * 1.25
    return 14.5 * sum(max(1, math.ceil(len(part) / room)) for part in text.split("\n")) + 1


def shown(value: Cell | Moment) -> Cell | Moment:
    """A figure as a cell holds it: no denominator is a dash, an endless wait is 'overload'.

    >>> shown(float("nan")), shown(float("inf")), shown(0.5)
    ('–', 'overload', 0.5)
    """
    if value is None or isinstance(value, str | datetime | time):
        return value
    if math.isnan(value):
        return DASH
    return OVERLOAD if math.isinf(value) else float(value)


def address(row: int, column: int, fixed: bool = True) -> str:
    """A cell's address: `$C$4`, or `C4`."""
    return str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))


def span(first: int, last: int, column: int) -> str:
    """The address of a column's rows, first to last."""
    return f"{address(first, column)}:{address(last, column)}"
