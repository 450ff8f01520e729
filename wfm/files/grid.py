"""What a table file holds: a header, rows of text and the numbers in them.

Understood without being told: `,` `;` tab and `|`, decimal commas, thousands, a byte order mark, UTF-16, CRLF, title
lines above the header, a sheet of a workbook. A number that can be read in two ways is not read.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wfm.errors import InputError, fault, nearest
from wfm.files import spelling
from wfm.files.inputs import input_file

DELIMITERS = ",;\t|"
HEADER_WITHIN = 30  # title lines that may stand above a header
WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
SUMMARIES = ("total", "totals", "grand total", "sum", "summary", "average")
MOST_SUMMARIES = 2
EMPTY_CELLS = ("", "-", "--", "–")
SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'")

Line = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header and its rows of text.

    `numbers` are the rows' places in the file, counted from 1 as a spreadsheet does. `decimal_comma` is None where no
    number of the table tells. `encoding` is set where the text is not Unicode and was taken for something.
    """

    name: str
    header: Line
    rows: tuple[Line, ...]
    numbers: tuple[int, ...]
    decimal_comma: bool | None = False
    encoding: str = ""

    def column(self, name: str) -> int | None:
        """Index of a column by its name; capitals and outer spaces do not count."""
        names = [one.casefold() for one in self.header]
        return names.index(name.strip().casefold()) if name.strip().casefold() in names else None

    def row_name(self, index: int) -> str:
        return f"{self.name}, row {self.numbers[index]}"


@dataclass(frozen=True, eq=False)  # as long as a file does not change its grid is the same one, and so is its table
class Grid:
    """All lines of a file, before a header is looked for."""

    lines: tuple[Line, ...]
    decimal_comma: bool | None
    encoding: str = ""


def read_table(path: Path, wanted: Sequence[str] = (), sheet: str | None = None) -> Table:
    """A table with its header found: the first row that holds the wanted columns, or the first that looks like one.

    Raises:
        InputError: no such file, a folder, not a table.
    """
    grid = read_grid(path, sheet)
    start = find_header(grid.lines, wanted)
    if start is None:
        raise InputError([fault("file", "holds no table")], str(path))
    return _table_of(path.name, grid, start)


@lru_cache(maxsize=8)
def _table_of(name: str, grid: Grid, start: int) -> Table:
    return table_below(name, grid, tuple(cell.strip() for cell in grid.lines[start]), start + 1)


def table_below(name: str, grid: Grid, header: Line, start: int) -> Table:
    """The rows from a line on, padded to the header; empty lines and lines of totals are no rows."""
    width = len(header)
    filled = [(number, line) for number, line in enumerate(grid.lines[start:], start + 1) if any(map(str.strip, line))]
    summaries = {number for number, line in filled if line[0].strip().rstrip(":").casefold() in SUMMARIES}
    if len(summaries) > MOST_SUMMARIES:
        # So many are a queue of that name, unless they have gaps where a queue has its date or time.
        summaries = {number for number, line in filled if number in summaries and not all(map(str.strip, line[:3]))}
    rows = [
        (number, (*line, *[""] * (width - len(line)))[:width]) for number, line in filled if number not in summaries
    ]
    lines, numbers = tuple(line for _, line in rows), tuple(number for number, _ in rows)
    return Table(name, header, lines, numbers, grid.decimal_comma, grid.encoding)


def read_grid(path: Path, sheet: str | None = None) -> Grid:
    """The lines of a CSV file or of a workbook's sheet.

    Raises:
        InputError: no such file, a folder, not a table.
    """
    try:
        with input_file(path):
            changed = path.stat()
            return _read_grid(path, sheet, changed.st_mtime_ns, changed.st_size)
    except csv.Error as error:
        raise InputError([fault("file", f"is not a table of text ({error})")], str(path)) from None


# A scenario names the same file for many columns; it is read once as long as it does not change.
@lru_cache(maxsize=4)
def _read_grid(path: Path, sheet: str | None, _changed: int, _size: int) -> Grid:
    if path.suffix.lower() in WORKBOOKS:
        return Grid(_sheet_lines(path, sheet), False)
    if sheet is not None:
        raise InputError([fault("sheet", "is for workbooks; this is a text file", sheet)], str(path))
    text, encoding = _text(path)
    delimiter = find_delimiter(text)
    lines = tuple(tuple(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    comma = decimal_comma_of(cell for line in lines for cell in line)
    # A comma between cells leaves the point for decimals, unless quoted numbers say otherwise.
    return Grid(lines, False if comma is None and delimiter == "," else comma, encoding)


def find_header(lines: Sequence[Line], wanted: Sequence[str]) -> int | None:
    """Index of the header: the row with most of the wanted names, or else the first row of several texts."""
    names = {one.strip().casefold() for one in wanted}
    scores = [len(names & {cell.strip().casefold() for cell in line}) for line in lines[:HEADER_WITHIN]]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    widths = Counter(len(line) for line in lines if any(cell.strip() for cell in line))
    usual = widths.most_common(1)[0][0] if widths else 0
    for index, line in enumerate(lines[:HEADER_WITHIN]):
        cells = [cell for cell in line if cell.strip()]
        texts = not any(re.fullmatch(r"[-\d.,:%/ ]+", cell.strip()) for cell in cells)
        if cells and texts and len(line) >= usual and len(cells) > min(1, usual - 1):
            return index
    return None


def find_delimiter(text: str) -> str:
    """The mark that cuts the most lines into the same number of cells.

    >>> find_delimiter("Start;Calls\\n2026-01-05 08:00;12,5\\n")
    ';'
    """
    sample = [line for line in text.splitlines() if line.strip()][:50]
    if sample and (said := re.fullmatch(r"sep=(.)", sample[0].strip())):
        return said.group(1)

    def score(mark: str) -> tuple[int, int]:
        widths = Counter(len(line) for line in csv.reader(sample, delimiter=mark))
        several = {width: count for width, count in widths.items() if width > 1}
        # Decimal commas cut alike too, so among equals another mark than the comma is meant.
        return max(several.values(), default=0), int(mark != ",")

    return max(DELIMITERS, key=score)


def _text(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        # Every byte has a meaning in Latin-1, and the Windows page differs from it in a few signs only.
        return data.decode("cp1252", errors="replace"), "Windows-1252"


def _sheet_lines(path: Path, sheet: str | None) -> tuple[Line, ...]:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise InputError([fault("sheet", f"is not in the workbook; {nearest(sheet, names)}", sheet)], str(path))
        frame = book.load_sheet(sheet if sheet is not None else 0, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise InputError([fault("file", f"is not a workbook that can be read ({reason})")], str(path)) from None
    return tuple(tuple(_sheet_cell(cell) for cell in row) for row in frame.iter_rows())


def _sheet_cell(text: str | None) -> str:
    """A cell's text; clock times, which a sheet dates to the beginning of its calendar, lose that date."""
    return re.sub(r"^(1899-12-3[01]|1904-01-01) (?=\d\d:\d\d)", "", text or "")


# ---- numbers

_COMMA_DECIMALS = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+,\d+|0,\d+|\d+,(\d{1,2}|\d{4,})|\d{4,},\d+)\s*%?")
_POINT_DECIMALS = re.compile(r"[-+]?(\d{1,3}(,\d{3})+\.\d+|0\.\d+|\d+\.(\d{1,2}|\d{4,})|\d{4,}\.\d+)\s*%?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}([.,]\d{3})+")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def decimal_comma_of(cells: Iterable[str]) -> bool | None:
    """Whether numbers are written with decimal commas; None where no cell tells.

    >>> decimal_comma_of(["21,5"]), decimal_comma_of(["21.5"]), decimal_comma_of(["1,234", "7"])
    (True, False, None)
    """
    commas = points = 0
    for cell in cells:
        text = cell.strip()
        commas += bool(_COMMA_DECIMALS.fullmatch(text))
        points += bool(_POINT_DECIMALS.fullmatch(text))
    return None if commas == points else commas > points


def parse_number(text: str, unit: str | None = None, decimal_comma: bool | None = False) -> float:
    """A number as tables spell it; with a unit also "3:20" or "30%".

    Raises:
        ValueError: it is none, or it can be read in two ways.

    >>> parse_number("1,234.5"), parse_number("1.234,5", decimal_comma=True), parse_number("3:20", "s")
    (1234.5, 1234.5, 200.0)
    """
    plain = text.strip().translate(SPACES)
    if _THOUSANDS.fullmatch(plain) and decimal_comma is None:
        readings = f"{re.sub('[.,]', '', plain)} or {plain.replace(',', '.')}"
        raise ValueError(f"can be read as {readings}; write it without a thousands mark")
    if decimal_comma:
        plain = _without_thousands(plain, ".").replace(",", ".")
    elif decimal_comma is None and plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    else:
        plain = _without_thousands(plain, ",")
    if _NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    try:
        if unit == "s":
            return spelling.duration(plain)
        if unit == "share":
            return spelling.share(plain)
    except ValueError:
        pass
    raise ValueError("must be a number")


def _without_thousands(plain: str, mark: str) -> str:
    """A number without its thousands marks, where they stand as they should."""
    whole = re.match(rf"[-+]?\d{{1,3}}(\{mark}\d{{3}})+(?!\d)", plain)
    return whole.group().replace(mark, "") + plain[whole.end() :] if whole else plain
