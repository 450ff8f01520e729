"""What a planner is told of a bad budget: tests/data/bad/budgets has one per fault, named by it."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import wfm
from wfm.errors import InputError, WfmError
from wfm.files.budgets.budget_file import load_budget
from wfm.files.budgets.reading import read_budget
from wfm.files.scenario import load
from wfm.files.sweep_file import is_sweep_file

BAD = Path(__file__).parents[1] / "data" / "bad" / "budgets"

# Words that must stand in one line of the message: place, value, rule, nearest name; a tuple for each fault.
TOLD: dict[str, list[tuple[str, ...]]] = {
    "class_outside": [("agent_groups.team.classes[0].start", "outside the budget", "2027-05-01", "2027-05-03")],
    "class_without_a_date": [
        ("agent_groups.team.classes[0].start", "must be a date", "spring"),
        ("agent_groups.team.classes[1].start", "is missing"),
    ],
    "column_missing": [("contact_types.calls.volume.column", "did you mean 'Ofered'?", "Offered")],
    "contracts_below_one": [("agent_groups.team.contracts", "add up to 1", "0.9")],
    "date_that_is_no_toml": [("line 2", "a date that there is", "2027-02-30")],
    "date_that_is_none": [("calendar.start", "must be a date", "2027-02-30")],
    "email_without_occupancy": [("agent_groups.team.max_occupancy", "missing", "e-mail")],
    "empty_list": [("contact_types.calls.volume", "4 values, one per period", "holds 0")],
    "growth_without_its_sign": [
        ("contact_types.calls.growth[0]", "is it 3 %?", "'3%' or 0.03"),
        ("contact_types.calls.growth[1]", "is it 3 %?"),
        ("contact_types.calls.growth[2]", "is it -3 %?", "'-3%' or -0.03"),
    ],
    "hiring_in_no_period": [("hiring.no_classes", "is not a period", "2027-13")],
    "initiative_too_late": [("initiatives.bot.start", "outside the budget", "2027-06-01")],
    "initiative_without_changes": [("initiatives.bot.changes", "missing")],
    "list_of_another_length": [
        ("contact_types.calls.volume", "4 values, one per period", "holds 3"),
        ("agent_groups.team.shrinkage.planned.holiday", "4 values, one per period", "holds 2"),
    ],
    "month_missing": [("contact_types.calls.volume", "month_missing.csv", "no row for 2027-03")],
    "month_of_another_year": [
        *(("row", "outside the budget", f"2026-0{month}") for month in range(1, 5)),
        ("none of its months is one of the budget",),
    ],
    "month_outside": [("month_outside.csv, row 6", "2027-01 to 2027-04", "05/2027")],
    "month_twice": [("month_twice.csv, row 4", "same month as in row 3", "2027-02")],
    "month_unreadable": [("row 3", "must be a month", "Febuary"), ("no row for 2027-02",)],
    "months_out_of_order": [("row 4", "comes after 2027-03", "must follow one another", "Feb 2027")],
    "no_calendar": [("calendar", "missing")],
    "nothing_in_it": [("calendar", "missing"), ("contact_types", "none"), ("agent_groups", "none")],
    "opening_unreadable": [("contact_types.calls.opening.Mon-Fri", "'07:00-21:00'", "8 to 10")],
    "overtime_without_pay": [("agent_groups.team.overtime_pay", "missing", "not guessed")],
    "percent_without_its_sign": [("agent_groups.team.shrinkage.planned.holiday", "is it 30 %?", "'30%' or 0.3")],
    "profile_off_the_grid": [
        ("contact_types.calls.profile", "row 2", "every 30 minutes", "08:10"),
        ("row 3", "time of day", "noon"),
        ("row 4", "not a weekday", "Everyday"),
    ],
    "profile_too_short": [("contact_types.calls.profile.Mon-Fri", "48 weights", "holds 4")],
    "profile_without_a_day": [("contact_types.calls.profile", "Fri, which is open")],
    "profile_without_an_interval": [("contact_types.calls.profile", "no row for an open interval", "Fri 08:30")],
    "scenario_of_another_length": [("scenarios.'Lean'", "contact_types.calls.volume", "4 values, one per period")],
    "scenario_out_of_bounds": [
        ("scenarios.'Lean'", "contact_types.calls.deflection", "is it 20 %?"),
        ("scenarios.'Lean'", "contact_types.calls.volume", "at least 0"),
    ],
    "scenario_that_matches_nothing": [("scenarios.'Lean'", "contact_types.cals.volume", "did you mean")],
    "scenario_without_quotes": [("scenarios.'Lean'", "path in quotes", '"contact_types.calls.volume"')],
    "several_at_once": [
        ("contact_types.calls.aht", "4 values, one per period"),
        ("contact_types.calls.target", "'80/20'", "80 in 20"),
        ("contact_types.email.chanel", "did you mean 'channel'?"),
        ("agent_groups.team.shrinkage.planned.breaks", "fraction", "'x'"),
        ("agent_groups.team.shrinkage.planned.holiday", "is it 12 %?"),
        ("agent_groups.team.classes[0].heads", "at least 0", "-3"),
        ("agent_groups.team.contract_hours", "at least 1", "0"),
        ("agent_groups.team.attrition:", "is it 5 %?"),
        ("money.discount_rate", "is it 8 %?"),
    ],
    "shares_above_one": [("contact_types.calls", "add up to this, not to 1", "1.2")],
    "start_with_a_time": [("calendar.start", "must be a date", "2027-01-01T08:00:00")],
    "start_within_a_month": [("calendar.start", "first of a month", "2027-01-15")],
    "table_by_row": [("contact_types.calls.volume.time", "never by row")],
    "table_missing": [("contact_types.calls.volume.file", "no such file", "did you mean 'month_twice.csv'?")],
    "tenure_with_a_gap": [("agent_groups.team.attrition", "without a gap", "0-3, 6+")],
    "text_for_a_number": [("contact_types.calls.volume", "must be a number", "many")],
    "text_in_a_cell": [
        ("text_in_a_cell.csv, row 3, column 'Offered'", "must be a number", "n/a"),
        ("row 4", "is empty"),
        ("row 5", "at least 0", "-5"),
    ],
    "transfer_to_nobody": [("transfers[0].to", "not an agent group", "did you mean 'team'?", "taem")],
    "transfers_as_a_table": [("transfers", "list of tables, [[transfers]]")],
    "two_promises_in_a_pool": [("agent_groups.team.pool", "one target and one patience", "calls, sales")],
    "unknown_key": [("contact_types.calls.ahtt", "did you mean 'aht'?"), ("contact_types.calls.aht", "missing")],
    "unknown_section": [("mony", "did you mean 'money'?")],
    "unknown_site": [("agent_groups.team.site", "did you mean 'north'?", "nrth")],
    "unknown_skill": [
        ("agent_groups.team.skills", "did you mean 'calls'?", "cals"),
        ("contact_types.calls", "no agent group"),
    ],
    "vary_what_is_fixed": [("vary.'calendar.periods'", "another budget"), ("vary.'volme'", "did you mean 'volume'?")],
    "volume_and_last_year": [("contact_types.calls.volume", "one of them")],
    "weekday_unknown": [("contact_types.calls.weekdays.Fry", "did you mean 'Fri'?")],
}


def test_every_bad_budget_is_in_the_list() -> None:
    assert sorted(TOLD) == sorted(path.stem for path in BAD.glob("*.toml"))


@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_bad_budget_is_told_by_place_value_and_rule(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_budget(BAD / f"{name}.toml")
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == len(TOLD[name]), caught.value
    for words in TOLD[name]:
        assert any(all(word in line for word in words) for line in lines), (words, caught.value)


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "year.csv").write_text("Month,Calls\n")
    for path, words in (
        (tmp_path, "this is a folder"),
        (tmp_path / "year.csv", "wfm init --budget"),
        (tmp_path / "yaer.toml", "there is no such file"),
        (wfm.example("textbook"), "is a scenario"),
    ):
        with pytest.raises(InputError, match=words):
            load_budget(path)
    with pytest.raises(InputError, match="is a budget"):
        load(wfm.example("budget_year"))
    assert not is_sweep_file(wfm.example("budget_year"))


def test_a_place_may_be_called_by_another_name() -> None:
    """As a workbook does, whose places are cells."""
    raw = tomllib.loads((BAD / "text_for_a_number.toml").read_text())
    with pytest.raises(InputError, match="Months!C7: must be a number"):
        read_budget(raw, Path("year.xlsx"), {"contact_types.calls.volume": "Months!C7"}.__getitem__)


def test_tables_stand_in_the_folder_of_the_budget(tmp_path: Path) -> None:
    shutil.copy(BAD / "month_twice.csv", tmp_path)
    inside = tmp_path / "inside"
    inside.mkdir()
    text = (BAD / "table_missing.toml").read_text().replace("month_twise", "../month_twice")
    (inside / "year.toml").write_text(text)
    with pytest.raises(InputError, match="must stand in the folder"):
        load_budget(inside / "year.toml")


WEIRD: list[Any] = [
    True, -1, 30, 10**400, float("nan"), float("inf"), "", "x", "30%", [], [[1]], ["a"], [True], {}, {"a": 1},
    {"": 1}, [{"a": 1}], {"file": "\0", "column": "Offered", "time": "Month"},
    {"file": "month_twice.csv", "column": "Offered", "time": "Month", "date_format": "%q"},
]  # fmt: skip

CHANGES = ("vary", "scenarios", "initiatives")


def test_no_value_of_any_key_is_a_defect() -> None:
    """Whatever stands at a key, a budget is read or refused; and no message drowns its reader."""
    whole = tomllib.loads((BAD.parents[1] / "budgets" / "every_key.toml").read_text())
    assert read_budget(whole, BAD / "x.toml")
    plain = {key: value for key, value in whole.items() if key not in CHANGES}
    longest = ""
    for at, path in enumerate(_keys(whole)):
        raw = whole if path[0] in CHANGES else plain  # which is read faster
        for value in WEIRD[at % 5 :: 5]:  # a fifth of them at each key, for the sake of time
            try:
                read_budget(_with(raw, path, value), BAD / "x.toml")
            except WfmError as error:
                longest = max(longest, str(error), key=len)
    assert len(longest) < 2000, longest


def _keys(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _keys(value, (*path, key))


def _with(table: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    head, *rest = path
    return {**table, head: _with(table[head], tuple(rest), value) if rest else value}
