"""The sheet Assumptions: every key that is used, what the words and figures mean, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from wfm.budgeting.answer import BudgetAnswer
from wfm.files.budgets.sheets import ANY_NAME, SHEETS, Key, Sheet
from wfm.model.budget.budget import Budget
from wfm.model.declared import unit_of
from wfm.reports.budgets import told
from wfm.reports.budgets.workbook.input_cells import unit
from wfm.reports.budgets.workbook.inputs import Inputs
from wfm.reports.words import begun, plural
from wfm.reports.workbook.layout import Book, Page

NAME = "Assumptions"
WIDTHS = [34.0, 20.0, 16.0, 10.0, 90.0]
LEGEND = (
    ("input", "Input", "on the sheets after this one: may be changed; arithmetic answers at once, without macros"),
    ("live", "Live formula", "plain arithmetic on the inputs and on values of the run"),
    (
        "value",
        "Value",
        "of the run: net hours, service, who stays and who is at full speed; run wfm budget again for it",
    ),
)
KEYS = (
    "White cells are links to the input sheets; 'default' is what holds where nothing was given. What is given by "
    "period or by name stands on the input sheets alone."
)


def assumptions_page(book: Book) -> Page:
    """The sheet, to be filled when the inputs stand."""
    return book.page(NAME, WIDTHS)


def write_assumptions(page: Page, answer: BudgetAnswer, inputs: Inputs) -> None:
    result = answer.result
    page.title(NAME, result.budget.title)
    _legend(page)
    for name, sentences in told.assumptions(answer):
        page.section(name)
        for sentence in sentences:
            page.paragraph(sentence)
        page.row += 1
    for title, words in (("The ladder from work to heads", told.LADDER), ("Words", told.WORDS)):
        page.section(title)
        for word, meaning in words.items():
            page.put(0, begun(word), "strong")
            page.paragraph(meaning, first=1)
        page.row += 1
    page.section("Provenance", "The same provenance gives the same figures.")
    for name, value in told.provenance(result).items():
        page.put(0, begun(name))
        page.merged(1, 4, str(value), "value")
        page.row += 1
    page.row += 1
    _keys(page, result.budget, inputs)
    page.sheet.freeze_panes(2, 0)


def _legend(page: Page) -> None:
    page.section("How to read this workbook")
    for purpose, name, meaning in LEGEND:
        page.put(0, name, purpose)
        page.paragraph(meaning, first=1)
    page.row += 1


def _keys(page: Page, budget: Budget, inputs: Inputs) -> None:
    """Each key with what holds for it: a link to the input, or the default."""
    page.section("Every key, and what holds for it")
    page.paragraph(KEYS, "note")
    for sheet in SHEETS:
        for thing, owner in _owners(sheet, budget):
            rows = [key for key in sheet.keys if ANY_NAME not in key.path]
            if not rows:
                continue
            page.table_heads(
                [f"{sheet.name}: {thing}" if thing else sheet.name, "Value", "Unit", "", "What it means"], 18
            )
            for key in rows:
                _key(page, sheet, thing, key, _held(owner, key.path), inputs)
            page.row += 1


def _owners(sheet: Sheet, budget: Budget) -> Iterator[tuple[str, Any]]:
    """What a sheet's columns stand for, by name; sheets of lists have none."""
    if sheet.field or sheet.part in ("vary", "scenarios"):
        return
    if sheet.only:
        yield "", getattr(budget, sheet.part) if sheet.part else budget
    else:
        yield from getattr(budget, sheet.part).items()


def _held(owner: Any, path: str) -> Any:
    """What stands at a path of a declared value; None where a part of it is absent."""
    for name in path.split("."):
        owner = owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)
    return owner


def _key(page: Page, sheet: Sheet, thing: str, key: Key, value: Any, inputs: Inputs) -> None:
    path = sheet.path(thing, key.path)
    cell = inputs.address(path)
    page.put(0, key.path)
    if isinstance(value, tuple | list | Mapping):
        page.put(1, plural(len(value), "value") if value else None, "value")
    elif value is None or isinstance(value, str | date):
        page.put(1, value.isoformat() if isinstance(value, date) else value, "value")
    elif cell:
        page.live(1, f"={cell}", float(value), number=_look(key))
    else:
        page.put(1, float(value), "value", _look(key))
    is_given = cell is not None or inputs.address(f"{path}[0]") is not None
    page.put(2, unit(key), "remark", "indented")
    page.put(3, "" if is_given else "default", "remark")
    page.put(4, key.meaning, "remark")
    page.row += 1


def _look(key: Key) -> str:
    return "share" if unit_of(key.hint) == "share" else "general"
