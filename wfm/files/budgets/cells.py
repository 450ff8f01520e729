"""The cells of a workbook with their kinds: numbers to their last bit, text apart from numbers, dates, errors."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

from wfm.errors import InputError, fault
from wfm.files.inputs import input_file

EXCEL_EPOCH, MAC_EPOCH = datetime(1899, 12, 30), datetime(1904, 1, 1)
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')  # of a number format: text, single signs, colours, gaps
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
LAST_SERIAL = 2958466  # the day after 9999-12-31


@dataclass(frozen=True)
class Broken:
    """A cell that holds nothing that can be read, and why."""

    why: str
    shown: str = ""


Cell = str | float | bool | date | time | Broken
Cells = dict[tuple[int, int], Cell]  # by row and column from 0; empty cells are left out


def read_cells(path: Path, wanted: Sequence[str]) -> tuple[dict[str, Cells], list[str]]:
    """The cells of the wanted sheets that are there, and the names of all sheets.

    Formulas count as the values that are stored with them. Capitals do not count in a sheet's name.

    Raises:
        InputError: no such file, a folder, not a workbook.
    """
    with input_file(path):
        data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return _Workbook(file).read(wanted)
    except (zipfile.BadZipFile, ElementTree.ParseError, LookupError, ValueError, RuntimeError, NotImplementedError):
        rule = "is not a workbook that can be read; save it as .xlsx, without a password"
        raise InputError([fault("file", rule)], str(path)) from None


class _Workbook:
    """The parts of one file that cells need: where sheets stand, shared texts, which formats are dates."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self.file = file
        book = self._tree("xl/workbook.xml")
        targets = {one.get("Id"): one.get("Target", "") for one in self._tree("xl/_rels/workbook.xml.rels")}
        self.sheets = {
            one.get("name", ""): targets[next(value for key, value in one.items() if key.endswith("}id"))]
            for one in _all(book, "sheet")
        }
        is_mac = any(one.get("date1904") in ("1", "true") for one in _all(book, "workbookPr"))
        self.epoch = MAC_EPOCH if is_mac else EXCEL_EPOCH
        self.texts = [_text(one) for one in _all(self._tree("xl/sharedStrings.xml", missing="<sst/>"), "si")]
        self.dates = self._date_styles()

    def read(self, wanted: Sequence[str]) -> tuple[dict[str, Cells], list[str]]:
        there = {name.strip().casefold(): name for name in self.sheets}
        found = {name: there[name.casefold()] for name in wanted if name.casefold() in there}
        return {name: self._cells(self.sheets[sheet]) for name, sheet in found.items()}, list(self.sheets)

    def _cells(self, target: str) -> Cells:
        name = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        found: Cells = {}
        row = -1
        for line in _all(self._tree(name), "row"):
            row = int(line.get("r", row + 2)) - 1
            column = -1
            for one in _all(line, "c"):
                letters = re.match(r"[A-Z]+", one.get("r", ""))
                column = _column(letters.group()) if letters else column + 1
                cell = self._cell(one)
                if cell is not None and not (isinstance(cell, str) and not cell.strip()):
                    found[row, column] = cell
        return found

    def _cell(self, one: ElementTree.Element) -> Cell | None:
        kind = one.get("t", "n")
        value = next((part.text or "" for part in one if _tag(part) == "v"), "")
        if kind == "inlineStr":
            return "".join(_text(part) for part in one if _tag(part) == "is")
        if value == "":
            is_formula = any(_tag(part) == "f" for part in one) and kind != "str"
            rule = "holds a formula whose value is not stored; save the workbook in a spreadsheet program"
            return Broken(rule) if is_formula else None
        if kind == "s":
            return self.texts[int(value)]
        if kind == "str":
            return _unescaped(value)
        if kind == "e":
            return Broken("holds an error", value)
        if kind == "b":
            return value == "1"
        if kind == "d":
            return _moment(datetime.fromisoformat(value.removesuffix("Z")))
        number = float(value)
        return self._date(number) if int(one.get("s", 0)) in self.dates else number

    def _date(self, number: float) -> date | time | float:
        """What a number in a date's format shows; times, which have no day, are below 1."""
        if not 0 <= number < LAST_SERIAL:
            return number
        moment = self.epoch + timedelta(seconds=round(number * 86400))
        return moment.time() if number < 1 else _moment(moment)

    def _date_styles(self) -> set[int]:
        """Which styles of cells show their number as a date or a time."""
        styles = self._tree("xl/styles.xml", missing="<styleSheet/>")
        codes = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in _all(styles, "numFmt")}
        used = [int(one.get("numFmtId", 0)) for group in _all(styles, "cellXfs") for one in _all(group, "xf")]
        return {style for style, code in enumerate(used) if _is_date(code, codes)}

    def _tree(self, name: str, missing: str = "") -> ElementTree.Element:
        if missing and name not in self.file.namelist():
            return ElementTree.fromstring(missing)
        return ElementTree.fromstring(self.file.read(name))


def _is_date(code: int, codes: dict[int, str]) -> bool:
    if code not in codes:
        return code in BUILT_IN_DATES
    shown = NOT_FORMAT.sub("", codes[code]).split(";")[0]
    return shown.lower() != "general" and any(one in "dmyhs" for one in shown.lower())


def _moment(moment: datetime) -> date:
    """A date, with its time where it has one."""
    return moment.date() if moment.time() == time() else moment


def _column(letters: str) -> int:
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - ord("A") + 1
    return number - 1


def _text(part: ElementTree.Element) -> str:
    """All text of a part but the sounds that stand beside it in some scripts."""
    if _tag(part) == "rPh":
        return ""
    own = _unescaped(part.text or "") if _tag(part) == "t" else ""
    return own + "".join(_text(one) for one in part)


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def _all(part: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (one for one in part.iter() if _tag(one) == tag)


def _tag(part: ElementTree.Element) -> str:
    """A tag without its namespace, of which there are two."""
    return part.tag.rpartition("}")[2] if isinstance(part.tag, str) else ""
