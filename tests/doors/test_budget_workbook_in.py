"""A budget's workbook as a room fills it in: it says what the TOML file says, and every fault names its cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from office import needs_office, openpyxl, profile_in, recalculated

import wfm
from wfm.errors import InputError
from wfm.files.budgets.budget_file import load_budget
from wfm.reports.budgets.workbook import write_budget_workbook

EVERY_KEY = Path(__file__).parents[1] / "data" / "budgets" / "every_key.toml"
FILES = {"the shipped example": wfm.example("budget_year"), "every key": EVERY_KEY}
Edit = Callable[[Any], None]


YEAR = """
[calendar]
start = 2027-01-01
periods = 6
interval = "1h"

[contact_types.calls]
aht = [330, 330, 328, 326, 324, 322]
volume = 8000
patience = "3min"
target = "80/20"
opening = { "Mon-Fri" = "08:00-20:00" }
profile = { "Mon-Fri" = [0, 0, 0, 0, 0, 0, 0, 0, 5, 8, 9, 9, 8, 7, 7, 7, 6, 5, 3, 2, 0, 0, 0, 0] }

[contact_types.chat]
aht = 660
volume = 1000
patience = "4min"
target = "80/60"

[contact_types.email]
channel = "email"
aht = 420
volume = [900, 1000, 1100, 1000, 900, 800]

[agent_groups.north]
skills = { calls = 0.55 }
contract_hours = 37.5
on_cost = "23%"
hiring_cost = 1800
pay_per_hour = 15
people = 30
shrinkage = { planned = { holiday = [0.05, 0.06, 0.08, 0.1, 0.08, 0.1], training = 0.03 } }
pool = "calls"
classes = [{ start = 2027-02-01, heads = 6 }, { start = 2027-05-03, heads = 4 }]

[agent_groups.south]
skills = { calls = 0.45 }
contract_hours = 37.5
pool = "calls"

[agent_groups.desk]
skills = ["chat"]
contract_hours = 37.5
pay_per_hour = 14.5

[agent_groups.mail]
skills = ["email"]
contract_hours = 37.5
max_occupancy = 0.9

[vary]
"contact_types.*.volume" = "±10%"
"contact_types.*.aht" = "±20s"

[scenarios.Lean]
"contact_types.*.volume" = "-4%"

[initiatives.training]
changes = { "contact_types.calls.aht" = "-12s" }
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a year as a workbook."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "year.toml").write_text(YEAR, encoding="utf-8")
    (folder / "year.xlsx").write_bytes(write_budget_workbook(load_budget(folder / "year.toml")))
    return folder / "year.xlsx"


def edited(written: Path, folder: Path, *edits: Edit) -> Path:
    book = openpyxl.load_workbook(written)
    for edit in edits:
        edit(book)
    book.save(folder / "edited.xlsx")
    return folder / "edited.xlsx"


def cell(sheet: Any, row: str, column: str, period: str = "") -> Any:
    """The cell of a key and a thing, and of a period where there are any."""
    (head,) = [one for one in sheet["A"] if one.value == "Key"]
    (at,) = [one.column for one in sheet[head.row] if one.value == column]
    rows = [one.row for one in sheet["A"] if one.value == row and period in ("", sheet.cell(one.row, 3).value)]
    return sheet.cell(rows[0], at)


def puts(sheet: str, row: str, column: str, value: Any, period: str = "") -> Edit:
    def edit(book: Any) -> None:
        cell(book[sheet], row, column, period).value = value

    return edit


def sets(sheet: str, where: str, value: Any) -> Edit:
    def edit(book: Any) -> None:
        book[sheet][where].value = value

    return edit


def renames(sheet: str, name: str) -> Edit:
    def edit(book: Any) -> None:
        book[sheet].title = name

    return edit


def renames_key(sheet: str, key: str, name: str) -> Edit:
    def edit(book: Any) -> None:
        cell(book[sheet], key, "Key").value = name

    return edit


def drops(sheet: str, row: int) -> Edit:
    def edit(book: Any) -> None:
        book[sheet].delete_rows(row)

    return edit


def marks_as_error(book: Any) -> None:
    one = cell(book["Agent groups"], "on_cost", "north")
    one.value, one.data_type = "#REF!", "e"


# ---- what reads


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_a_written_workbook_says_what_the_file_says(path: Path, tmp_path: Path) -> None:
    budget = wfm.load_budget(path)
    (tmp_path / "year.xlsx").write_bytes(write_budget_workbook(budget))
    assert load_budget(tmp_path / "year.xlsx").digest == budget.digest
    assert (tmp_path / "year.xlsx").read_bytes() == write_budget_workbook(budget)


@needs_office
@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_so_does_a_copy_that_another_program_saved(path: Path, tmp_path: Path) -> None:
    """LibreOffice keeps 15 digits of a number; those that have more are text."""
    budget = wfm.load_budget(path)
    (tmp_path / "year.xlsx").write_bytes(write_budget_workbook(budget))
    (tmp_path / "office").mkdir()
    assert load_budget(recalculated(tmp_path / "year.xlsx", profile_in(tmp_path / "office"))).digest == budget.digest


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [puts("Shrinkage", "shrinkage.planned.holiday", "north", "5%", "2027-01")],
        [puts("Contact types", "patience", "calls", "3min")],
        [puts("Budget", "calendar.start", "Value", "2027-01")],
        [sets("Contacts by period", "C8", date(2027, 3, 1))],
        [sets("Profile", "B6", time(1, 0))],
        [lambda book: book.create_sheet("Notes", 0).append(["Key", "ours"])],
        [lambda book: book.move_sheet("Sites", -8)],
    ],
    ids=["nothing", "a percentage as text", "minutes", "a month", "a month as a date", "a time as a time",
         "a sheet of the room's own", "sheets in another order"],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_a_cell_changes_nothing(written: Path, tmp_path: Path, edits: list[Edit]) -> None:
    assert load_budget(edited(written, tmp_path, *edits)).digest == load_budget(written).digest


def test_a_changed_cell_changes_that_alone(written: Path, tmp_path: Path) -> None:
    path = edited(written, tmp_path, puts("Agent groups", "pay_per_hour", "desk", 17.35))
    before, after = load_budget(written), load_budget(path)
    assert after.agent_groups["desk"].pay_per_hour == 17.35
    assert {name for name in before.agent_groups if before.agent_groups[name] != after.agent_groups[name]} == {"desk"}


def test_a_share_that_a_change_sets_is_in_percent(written: Path, tmp_path: Path) -> None:
    levels = {"contact_types.calls.deflection": 0.07, "contact_types.*.aht": 300}
    changes = [wfm.Change(path, "value", level) for path, level in levels.items()]
    budget = replace(load_budget(written), scenarios=(wfm.Scenario("Bot", changes),))
    path = tmp_path / "bot.xlsx"
    path.write_bytes(write_budget_workbook(budget))
    page = openpyxl.load_workbook(path)["What if"]
    assert cell(page, "contact_types.calls.deflection", "Bot").value == "to 7%"
    assert cell(page, "contact_types.*.aht", "Bot").value == "to 300"
    assert load_budget(path).digest == budget.digest


def test_the_start_says_that_the_names_of_months_do_not_follow(written: Path) -> None:
    page = openpyxl.load_workbook(written)["Budget"]
    said = cell(page, "calendar.start", "What it means").value
    assert all(sheet in said for sheet in ("Contacts by period", "Shrinkage", "Groups by period"))


def test_fewer_months_need_fewer_numbers(written: Path, tmp_path: Path) -> None:
    """Rows of months that are over may stay, empty."""

    def empty(book: Any) -> None:
        for sheet in ("Contacts by period", "Shrinkage"):
            for row in book[sheet].iter_rows(min_row=5, min_col=3):
                for one in row[1:5] if row[0].value in ("2027-05", "2027-06") else ():
                    one.value = None

    shorter = puts("Budget", "calendar.periods", "Value", 4)
    path = edited(written, tmp_path, shorter, empty, drops("Classes", 9))
    assert load_budget(path).contact_types["calls"].aht == (330, 330, 328, 326)


def test_a_column_with_a_new_name_is_a_new_contact_type(written: Path, tmp_path: Path) -> None:
    def add(book: Any) -> None:
        # The empty column that waits for it, on the sheets that it needs.
        for sheet in ("Contact types", "Contacts by period"):
            page = book[sheet]
            page.cell(4, 7).value = "web chat"
        page = book["Contact types"]
        for key in ("target.service_level", "target.answer_within", "patience"):
            page.cell(cell(page, key, "chat").row, 7).value = cell(page, key, "chat").value
        for key, value in (("volume", 500), ("aht", 400)):
            row = cell(book["Contacts by period"], key, "calls", "all months").row
            book["Contacts by period"].cell(row, 7).value = value
        page = book["Agent groups"]
        page.append(["skills.web chat"])
        page.cell(page.max_row, cell(page, "site", "desk").column).value = 1

    budget = load_budget(edited(written, tmp_path, add))
    assert list(budget.contact_types) == ["calls", "chat", "email", "web chat"]
    assert budget.contact_types["web chat"].volume == 500
    assert budget.agent_groups["desk"].skills == {"chat": 1, "web chat": 1}


# ---- what does not

SHEET = "Contacts by period"
CHANGE = "contact_types.*.volume"
BAD: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "text where a number belongs": (
        puts(SHEET, "volume", "email", "lots", "2027-03"), (f"{SHEET}!F16", "must be a number", "'lots'"),
    ),
    "30 for 0.30": (
        puts("Shrinkage", "shrinkage.planned.holiday", "north", 30, "2027-03"),
        ("Shrinkage!D8", "is it 30 %?", "'30%' or 0.3", "found 30"),
    ),
    "a decimal comma that could be a thousand": (
        puts("Agent groups", "hiring_cost", "north", "1,900"), ("Agent groups!D", "must be a number", "1,900"),
    ),
    "a month without a number": (puts(SHEET, "aht", "calls", None, "2027-03"), (f"{SHEET}!D8", "is empty")),
    "a month that is missing": (drops(SHEET, 10), (f"{SHEET}!C6", "no row for 2027-05")),
    "a month that is there twice": (sets(SHEET, "C9", "2027-03"), (f"{SHEET}!C9", "same month", f"{SHEET}!C8")),
    "a month that is none": (sets(SHEET, "C9", "April"), (f"{SHEET}!C9", "must be a month", "April")),
    "one for all beside one for each": (
        puts(SHEET, "aht", "calls", 300, "all months"), (f"{SHEET}!D6", "beside one number for all"),
    ),
    "another year": (
        puts("Budget", "calendar.start", "Value", date(2028, 1, 1)), (f"{SHEET}!C6", "2028-01 to 2028-06", "2027-01"),
    ),
    "nothing where something must be": (
        puts("Budget", "calendar.start", "Value", None), ("Budget!D10 (calendar.start)", "is missing"),
    ),
    "a key that there is not": (
        renames_key("Agent groups", "contract_hours", "contract_hour"),
        ("Agent groups!A", "did you mean 'contract_hours'?"),
    ),
    "a key given twice": (
        renames_key("Agent groups", "pay_per_hour", "contract_hours"), ("Agent groups!D", "twice", "Agent groups!D8"),
    ),
    "a contact type that was renamed": (
        sets("Contact types", "E4", "chats"), (f"{SHEET}!E4", "is no contact type", "did you mean 'chats'?"),
    ),
    "two of one name": (sets("Contact types", "E4", "calls"), ("Contact types!E4", "another column", "calls")),
    "a value without a name": (sets("Contact types", "G6", 5), ("Contact types!G6", "has no name", "5")),
    "a class of nobody": (
        sets("Classes", "A9", "norh"), ("Classes!A9", "is no agent group", "did you mean 'north'?"),
    ),
    "a class before its owner is named": (sets("Classes", "A9", None), ("Classes!A9", "name the agent group")),
    "a class after the budget": (sets("Classes", "B9", date(2028, 2, 1)), ("Classes!B9", "outside the budget")),
    "a class on no day": (sets("Classes", "B9", "in May"), ("Classes!B9", "must be a date", "in May")),
    "a column that there is not": (sets("Classes", "D7", "name"), ("Classes!D7", "is not a column", "start, heads")),
    "an interval without a weight": (sets("Profile", "C15", None), ("Profile!C15", "open interval", "Mon-Fri 10:00")),
    "a time that is none": (sets("Profile", "B25", "10:10"), ("Profile!B25", "every 60 minutes", "10:10")),
    "a weekday that is none": (sets("Profile", "A25", "Mun"), ("Profile!A25", "is not a weekday", "Mun")),
    "a change that became a number": (
        puts("What if", CHANGE, "Lean", 0.1), ("What if!D5", "must be a text", "0.1 of +10%"),
    ),
    "a change that is none": (puts("What if", CHANGE, "Lean", "more"), ("What if!D5", "must be a number", "more")),
    "levels that are none": (
        puts("Tornado", "contact_types.*.aht", "Levels", "±x"), ("Tornado!D6", "must be seconds", "±x"),
    ),
    "a path that leads nowhere": (
        puts("Initiatives", "changes.contact_types.calls.aht", "Key", "changes.contact_types.cals.aht"),
        ("Initiatives!", "matches nothing", "contact_types.calls.aht"),
    ),
    "shares that leave something out": (
        puts("Agent groups", "skills.calls", "north", 0.5), ("Contact types!D4", "shared out whole", "0.95"),
    ),
    "an error": (marks_as_error, ("Agent groups!D", "holds an error", "#REF!")),
    "a formula that was never worked out": (
        puts("Agent groups", "on_cost", "north", "=0.1+0.13"), ("Agent groups!D", "not stored"),
    ),
    "a yes where a number belongs": (
        puts("Agent groups", "on_cost", "north", True), ("Agent groups!D", "must be a number", "True"),
    ),
    "a sheet that was renamed": (renames("Classes", "Clases"), ("sheet Classes", "did you mean 'Clases'?")),
    "headings that are gone": (drops("Classes", 7), ("sheet Classes", "row of headings", "'Agent group'")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_fault_names_its_cell(name: str, written: Path, tmp_path: Path) -> None:
    edit, told = BAD[name]
    with pytest.raises(InputError) as raised:
        load_budget(edited(written, tmp_path, edit))
    lines = str(raised.value).removeprefix(f"{tmp_path}/").splitlines()
    assert any(all(word in line for word in told) for line in lines), "\n".join(lines)


def test_all_faults_of_a_row_are_told_at_once(written: Path, tmp_path: Path) -> None:
    """A name that is not there hides nothing of the row's other cells."""
    row = {"A9": "norh", "B9": "2 August", "C9": "six"}
    edits = [sets("Classes", where, wrong) for where, wrong in row.items()]
    edits += [sets("People", "A9", None), sets("People", "B9", "some")]
    with pytest.raises(InputError) as raised:
        load_budget(edited(written, tmp_path, *edits))
    found = [(one.where.partition(" (")[0], one.value) for one in raised.value.faults]
    assert sorted(found[2:]) == [("Classes!B9", "2 August"), ("Classes!C9", "six"), ("People!B9", "some")]
    assert {where for where, _ in found[:2]} == {"Classes!A9", "People!A9"}


def test_all_faults_are_told_at_once(written: Path, tmp_path: Path) -> None:
    """Those of how sheets are laid out and those of figures."""
    names = ["text where a number belongs", "a class of nobody", "an error", "30 for 0.30", "a change that is none"]
    with pytest.raises(InputError) as raised:
        load_budget(edited(written, tmp_path, *(BAD[name][0] for name in names)))
    message = str(raised.value)
    for name in names:
        assert BAD[name][1][0] in message, name
    assert len(raised.value.faults) == len(names)
