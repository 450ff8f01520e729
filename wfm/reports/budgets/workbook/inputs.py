"""The sheets of inputs: every key of a budget in a cell that may be changed and is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from xlsxwriter.utility import quote_sheetname

from wfm.files import spelling
from wfm.files.budgets.sheets import ALL, ANY_NAME, LEVEL, MEANING, SHEETS, WEIGHT, Key, Sheet
from wfm.files.budgets.writing import as_raw, inline, is_share, percent
from wfm.files.clock import clock_name
from wfm.model.budget.budget import Budget
from wfm.model.budget.periods import DAY
from wfm.model.levels import is_number
from wfm.reports.budgets.workbook import input_cells as cells
from wfm.reports.workbook.layout import BANDS, Book, Page, address, height

Table = Mapping[str, Any]

# Rows that wait to be filled in where a budget has none of a name.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "opening.*": ("Mon-Fri", "Sat"), "weekdays.*": ("Mon", "Tue-Fri"), "contracts.*.hours": ("full time", "part time"),
    "contracts.*.share": ("full time", "part time"), "attrition.*": ("0-3", "3-12", "12+"),
    "shrinkage.planned.*": ("holiday", "training"), "shrinkage.unplanned.*": ("sickness",),
    "*": ("volume", "aht", "shrinkage"), "changes.*": ("contact_types.*.volume", "contact_types.*.aht"),
    "Profile": ("Mon-Sun",),
}  # fmt: skip
SKILLS = "skills.*"
SPARE_ROWS, SPARE_COLUMNS, SPARE_VALUES = 12, 1, 1
NARROW, VALUE, WIDE, WIDER, WIDEST = 13.0, 17.0, 32.0, 50.0, 80.0  # widths of columns
HOW_TO = (
    "Yellow cells may be changed; an empty one leaves what the column 'When empty' says. A column with a new name is a "
    "new contact type, agent group, site, scenario or initiative; give it a column of that name on the other sheets. "
    "Rows may be added: a key that has a name in it, such as opening.Sat, takes any number of them, and so does a "
    "list, such as calendar.closed, in rows of the same key. Shares are 30% or 0.3, never 30."
)

# What a room must know beside a cell, more than the key means.
BESIDE = {
    "calendar.start": "The periods named on the sheets Contacts by period, Shrinkage and Groups by period do not "
    "follow: write the new ones there in their place.",
}


@dataclass
class Inputs:
    """Where each input of a budget stands."""

    _cells: dict[str, tuple[str, int, int]] = field(default_factory=dict)

    def add(self, path: str, sheet: Sheet, row: int, column: int) -> None:
        self._cells[path] = sheet.name, row, column

    def address(self, path: str, period: int | None = None) -> str | None:
        """The address of the cell that holds a number, a date or a text, for use in a formula.

        Args:
            path: of the key, such as `agent_groups.north.pay_per_hour` or `contact_types.calls.profile.Mon[16]`.
            period: index of the period, where there may be one number per period; one number for all is one cell.

        Returns:
            Such as `'Contact types'!$D$7`; None where the budget leaves the default, or where a number has so many
            digits that only a text keeps them, which no formula should read.
        """
        found = self._cells.get(path)
        if found is None and period is not None:
            found = self._cells.get(f"{path}[{period}]")
        if found is None:
            return None
        sheet, row, column = found
        return f"{quote_sheetname(sheet)}!{address(row, column)}"


class Entry(NamedTuple):
    """What stands in one cell: the name of its row, its path within the thing, its key and value."""

    row: str
    path: str
    key: Key
    value: Any


def write_inputs(book: Book, budget: Budget) -> Inputs:
    """Write all sheets of inputs; they read back as the same budget, but for empty texts and spaces around names.

    Args:
        book: that they are added to.
        budget: what stands in them.
    """
    raw = as_raw(budget)
    if budget.doubt is not None:  # a table that leaves all defaults is doubt all the same
        raw["doubt"] = {"draws": budget.doubt.draws, **raw.get("doubt", {})}
    for one in raw["contact_types"].values():
        if isinstance(one.get("target"), str):
            one["target"] = spelling.target(one["target"])
    for name, one in raw["agent_groups"].items():
        one["skills"] = dict(budget.agent_groups[name].skills)
    writer = _Writer(book, raw, budget)
    for sheet in SHEETS:
        writer.write(sheet)
    return writer.inputs


class _Writer:
    """Writes the sheets of one budget, each by its layout."""

    def __init__(self, book: Book, raw: dict[str, Any], budget: Budget) -> None:
        self.book, self.raw, self.inputs = book, raw, Inputs()
        calendar = budget.calendar
        self.periods = (f"{ALL} {calendar.period}s", *calendar.names)
        self.interval = calendar.interval
        self.templates = TEMPLATES | {SKILLS: tuple(budget.contact_types)}

    def write(self, sheet: Sheet) -> None:
        match sheet.layout:
            case "columns":
                self._columns(sheet)
            case "periods":
                self._by_period(sheet)
            case "profile":
                self._profile(sheet)
            case "rows":
                self._rows(sheet)

    # ---- layouts

    def _columns(self, sheet: Sheet) -> None:
        """A row for each key, a column for each thing."""
        entries = {name: list(_entries(sheet, table)) for name, table in self._things(sheet).items()}
        is_wide = any(key.hint == LEVEL for key in sheet.keys)
        page, columns = self._page(sheet, [WIDER if is_wide else WIDE, NARROW, VALUE], list(entries))
        names, at, section = list[str](), list[int](), ""
        for key in sheet.keys:
            used = [[one.row for one in found if one.key is key] for found in entries.values()]
            for index, name in enumerate(self._named_rows(key, used)):
                head = name.partition(".")[0]
                if sheet.part == "" and section != head and "." in name:
                    page.row += 1
                    page.section(head.capitalize())
                section = head
                is_first = index == 0
                said = f"{key.meaning} {BESIDE.get(key.path, '')}".strip()
                empty, meaning = (cells.default(key), said) if is_first else ("", "")
                self._label(page, [name, cells.unit(key), empty], columns, meaning)
                cells.blank(page, (page.row, page.row), columns, key)
                names.append(name)
                at.append(page.row)
                page.row += 1
        if is_wide:
            self._spare_rows(page, columns, sheet.keys[-1])
        for column, (thing, found) in enumerate(entries.items(), columns[0]):
            for index, one in _placed(names, found):
                self._put(page, sheet, thing, at[index], column, one)

    def _spare_rows(self, page: Page, columns: tuple[int, int], key: Key) -> None:
        """Empty rows for further paths and what becomes of them."""
        last = page.row + SPARE_ROWS - 1
        cells.blank(page, (page.row, last), (0, 0), NAME)
        cells.blank(page, (page.row, last), columns, key)
        page.row = last + 1

    def _by_period(self, sheet: Sheet) -> None:
        """A block of rows for each key: one number for all periods, or one for each."""
        entries = {name: list(_entries(sheet, table)) for name, table in self._things(sheet).items()}
        page, columns = self._page(sheet, [WIDE, NARROW, NARROW], list(entries))
        names, at = list[str](), list[int]()
        for key in sheet.keys:
            used = [[one.row for one in found if one.key is key] for found in entries.values()]
            for name in self._named_rows(key, used):
                names.append(name)
                at.append(page.row)
                said = f"{key.meaning} {_when_empty(key)}".strip()
                for index, period in enumerate(self.periods):
                    meaning, purpose = (said, "label") if index == 0 else ("", "remark")
                    self._label(page, [name, cells.unit(key), period], columns, meaning, purpose)
                    page.row += 1
                cells.blank(page, (at[-1], page.row - 1), columns, key)
                page.row += 1
        for column, (thing, found) in enumerate(entries.items(), columns[0]):
            for index, one in _placed(names, found):
                is_list = isinstance(one.value, list | tuple)
                for row, value in enumerate(one.value if is_list else [one.value], at[index] + is_list):
                    path = f"{one.path}[{row - at[index] - 1}]" if is_list else one.path
                    self._put(page, sheet, thing, row, column, one._replace(path=path, value=value))

    def _profile(self, sheet: Sheet) -> None:
        """A block of rows for each name of weekdays: a row for each interval of a day."""
        entries = {
            thing: [Entry(days, f"profile.{days}", WEIGHT, one) for days, one in table.get("profile", {}).items()]
            for thing, table in self._things(sheet).items()
        }
        page, columns = self._page(sheet, [NARROW, NARROW], list(entries))
        names = _merged([[one.row for one in found] for found in entries.values()]) or list(TEMPLATES["Profile"])
        at, intervals = list[int](), round(DAY / self.interval)
        for name in names:
            at.append(page.row)
            for index in range(intervals):
                self._label(page, [name, clock_name(index * self.interval)], columns)
                page.row += 1
            cells.blank(page, (at[-1], page.row - 1), columns, WEIGHT)
            page.row += 1
        for column, (thing, found) in enumerate(entries.items(), columns[0]):
            for index, one in _placed(names, found):
                for row, value in enumerate(one.value):
                    entry = one._replace(path=f"{one.path}[{row}]", value=value)
                    self._put(page, sheet, thing, at[index] + row, column, entry)

    def _rows(self, sheet: Sheet) -> None:
        """A row for each thing, with its owner before it where it has one."""
        first = len(sheet.fixed)
        heads = [*sheet.fixed, *sheet.names]
        page = self.book.page(sheet.name, [max(VALUE, 20.0)] * (len(heads) + 5))
        self._begin(page, sheet)
        for key in sheet.keys:
            page.paragraph(f"{key.path}: {key.meaning} {_when_empty(key)}".strip(), "note")
        page.row += 1
        for column, head in enumerate(heads):
            page.put(column, head, "head", "centred")
        self._below_heads(page, 0)
        start = page.row
        items = [
            (owner, at, one)
            for owner, table in self._things(sheet).items()
            for at, one in enumerate(table.get(sheet.field, []))
        ]
        last = start + len(items) + SPARE_ROWS - 1
        for column, key in enumerate(sheet.keys, first):
            cells.blank(page, (start, last), (column, column), key)
        if first:
            cells.blank(page, (start, last), (0, 0), NAME)
        for row, (owner, at, one) in enumerate(items, start):
            if first:
                cells.put(page, row, 0, owner, NAME)
            for column, key in enumerate(sheet.keys, first):
                if key.path in one:
                    entry = Entry("", f"{sheet.field}[{at}].{key.path}", key, one[key.path])
                    self._put(page, sheet, owner, row, column, entry)

    # ---- parts of a sheet

    def _page(self, sheet: Sheet, widths: list[float], things: list[str]) -> tuple[Page, tuple[int, int]]:
        """A sheet with its headings, and the first and the last column of values."""
        spare = 0 if sheet.only else SPARE_COLUMNS
        width = WIDER if sheet.only else VALUE
        page = self.book.page(sheet.name, [*widths, *[width] * (len(things) + spare), WIDEST])
        self._begin(page, sheet)
        first, last = len(sheet.fixed), len(sheet.fixed) + len(things) + spare - 1
        page.sheet.set_row(page.row, 30)
        for column, head in enumerate([*sheet.fixed, *things, *[None] * spare, MEANING]):
            is_value = first <= column <= last
            page.put(column, head, "head" if is_value else "head left", "centred" if is_value else "text")
        self._below_heads(page, first)
        return page, (first, last)

    def _below_heads(self, page: Page, columns: int) -> None:
        """Headings, and so many columns, stay in sight; headings are printed on each page."""
        page.sheet.repeat_rows(page.row)
        page.row += 1
        page.sheet.freeze_panes(page.row, columns)

    def _begin(self, page: Page, sheet: Sheet) -> None:
        page.sheet.set_tab_color(BANDS["band input"]["bg_color"])
        page.title(sheet.name, sheet.purpose)
        page.row -= 1
        if sheet is SHEETS[0]:
            page.paragraph(HOW_TO, "note")
        page.row += 1

    def _label(
        self, page: Page, labels: Sequence[str], columns: tuple[int, int], meaning: str = "", purpose: str = "label"
    ) -> None:
        """What stands before and after the values of a row."""
        for column, text in enumerate(labels):
            page.put(column, text, purpose if column == 0 else "remark")
        if meaning:
            last = columns[1] + 1
            page.put(last, meaning, "note", "indented")
            page.fit(meaning, last, last)

    def _named_rows(self, key: Key, used: Iterable[Sequence[str]]) -> list[str]:
        """The rows of a key: those that are used, or those that wait to be."""
        waiting = [key.path.replace(ANY_NAME, name) for name in self.templates.get(key.path, ())]
        # All contact types have their row among the skills, so that a group may take another one.
        rows = _merged([waiting, *used] if key.path == SKILLS else used)
        if key.form == "list":
            return [key.path] * (len(rows) + SPARE_VALUES)
        if ANY_NAME in key.path:
            return rows or waiting
        return [key.path]

    def _put(self, page: Page, sheet: Sheet, thing: str, row: int, column: int, one: Entry) -> None:
        value = _levels_text(one.value) if sheet.part == "vary" else one.value
        value = level_text(value, one.path.removeprefix("changes.")) if one.key.hint == LEVEL else value
        if isinstance(value, str):
            page.sheet.set_row(row, max(height(value, page.widths[column]), height(one.key.meaning, WIDEST)))
        if cells.put(page, row, column, value, one.key):
            self.inputs.add(sheet.path(thing, one.path), sheet, row, column)

    def _things(self, sheet: Sheet) -> dict[str, Table]:
        """What the columns of a sheet, or the owners of its rows, stand for."""
        if sheet.only:
            return {sheet.only: self.raw if sheet.part == "" else self.raw.get(sheet.part, {})}
        return {"": self.raw} if sheet.part == "" else self.raw.get(sheet.part, {})


NAME = Key("name", str, "one", "", "")


def _entries(sheet: Sheet, table: Table) -> Iterator[Entry]:
    """What a table says of the keys of a sheet, in the order of its rows."""
    for key in sheet.keys:
        for path, value in _found(table, key.path):
            if key.form == "list":
                yield from (Entry(path, f"{path}[{at}]", key, one) for at, one in enumerate(value))
            else:
                yield Entry(path, path, key, value)


def _found(table: Table, path: str) -> Iterator[tuple[str, Any]]:
    """The paths of a table that a key's path names, with what stands there."""
    if path == ANY_NAME:
        yield from table.items()
        return
    name, _, rest = path.partition(".")
    if name == ANY_NAME:
        for one, inner in table.items():
            yield from ((f"{one}.{below}", value) for below, value in _found(inner, rest))
    elif name in table and rest:
        yield from ((f"{name}.{below}", value) for below, value in _found(table[name], rest))
    elif name in table:
        yield name, table[name]


def _merged(sequences: Iterable[Sequence[str]]) -> list[str]:
    """Names in an order that keeps the order of each sequence; a name stands twice where they cannot agree.

    >>> _merged([["a", "b"], ["b", "c"], ["c", "a"]])
    ['a', 'b', 'c', 'a']
    """
    rows: list[str] = []
    for names in sequences:
        at = 0 if set(names) & set(rows) else len(rows)
        for name in names:
            if name in rows[at:]:
                at = rows.index(name, at) + 1
            else:
                rows.insert(at, name)
                at += 1
    return rows


def _placed(rows: Sequence[str], entries: Iterable[Entry]) -> Iterator[tuple[int, Entry]]:
    """The row of each entry, which follow one another as the rows do."""
    at = 0
    for one in entries:
        at = rows.index(one.row, at)
        yield at, one
        at += 1


def level_text(level: Any, path: str) -> str:
    """A level of a path as a text that reads back as the same one; a number or a list is a new value.

    >>> level_text("+10%", "volume"), level_text(-5, "money.growth_month"), level_text([1, 2.5], "contact_types.*.aht")
    ('+10%', 'to -5', 'to [1, 2.5]')
    >>> level_text(0.25, "contact_types.*.deflection")
    'to 25%'
    """
    if is_number(level) and level >= 0 and is_share(path):
        return f"to {percent(level)}%"
    if isinstance(level, str) and not level.startswith(("to ", "[")):
        return level
    return inline(level) if isinstance(level, Mapping) else f"to {inline(level)}"


def _levels_text(levels: Any) -> Any:
    """Several levels as a planner writes them, where they are changes of one kind.

    >>> _levels_text(["*0.9", "*1.1"]), _levels_text(["-3pt", "+3pt"]), _levels_text([1, 2])
    ('*0.9, 1.1', '-3pt, +3pt', [1, 2])
    """
    if not isinstance(levels, list) or not all(isinstance(one, str) and one[:1] in ("*", "+", "-") for one in levels):
        return levels
    factors = [one[1:] for one in levels if one.startswith("*")]
    return f"*{', '.join(factors)}" if len(factors) == len(levels) else ", ".join(levels)


def _when_empty(key: Key) -> str:
    text = cells.default(key)
    return "" if not text else "It is needed." if text == "needed" else f"When empty: {text}."
