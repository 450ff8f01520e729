"""Is what came in a period read as a planner wrote it down, and is every slip told."""

from __future__ import annotations

from pathlib import Path

import pytest

import wfm
from wfm.errors import InputError
from wfm.files.budgets.actual_file import load_actual
from wfm.model.budget.actual import ActualGroup, ActualType
from wfm.model.budget.budget import Budget

YEAR = wfm.example("budget_year")


@pytest.fixture(scope="module")
def budget() -> Budget:
    return wfm.load_budget(YEAR)


def written(folder: Path, *rows: str) -> Path:
    path = folder / "actual.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def told(folder: Path, budget: Budget, *rows: str, period: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_actual(written(folder, *rows), budget, period)
    return [str(one) for one in caught.value.faults]


def test_the_shipped_table_tells_of_march(budget: Budget) -> None:
    actual = load_actual(YEAR.with_name("march.csv"), budget)
    assert budget.calendar.names[actual.period] == "2027-03"
    assert list(actual.types) == list(budget.contact_types)
    assert list(actual.groups) == list(budget.agent_groups)
    assert actual.types["calls"] == ActualType(volume=83900, aht=341)
    assert actual.groups["north_calls"].shrinkage == 0.265


def test_an_empty_cell_is_as_budgeted_and_spellings_are_those_of_tables(tmp_path: Path, budget: Budget) -> None:
    path = written(
        tmp_path,
        "March of last year, from the wallboard",
        "Period;Name;Volume;AHT;Paid Hours;pay-per-hour",
        "Mar 2027;calls;81.250;5:30;;",
        "Mar 2027;south_chat;;;3.812,5;14,75",
        "Mar 2027;email;-;;;",
    )
    actual = load_actual(path, budget)
    assert actual.types == {"calls": ActualType(81250, 330), "email": ActualType()}
    assert actual.groups == {"south_chat": ActualGroup(paid_hours=3812.5, pay_per_hour=14.75)}


def test_a_workbook_is_read_too(tmp_path: Path, budget: Budget) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["period", "name", "volume", "shrinkage"])
    book.active.append(["2027-03", "calls", 80000.5, None])
    book.active.append(["2027-03", "north_mail", None, 0.215])
    book.save(tmp_path / "actual.xlsx")
    actual = load_actual(tmp_path / "actual.xlsx", budget)
    assert actual.types["calls"].volume == 80000.5
    assert actual.groups["north_mail"].shrinkage == 0.215


def test_of_several_periods_the_one_that_is_asked_for_is_taken(tmp_path: Path, budget: Budget) -> None:
    rows = ("period,name,volume", "2027-02,calls,70000", "2027-03,calls,80000")
    assert load_actual(written(tmp_path, *rows), budget, "2027-02").types["calls"].volume == 70000
    (one,) = told(tmp_path, budget, *rows)
    assert "2027-02, 2027-03" in one
    assert "--period 2027-03" in one
    (one,) = told(tmp_path, budget, *rows, period="2027-04")
    assert "is not in actual.csv" in one


def test_a_name_of_a_type_and_of_a_group_takes_the_figures_of_both(tmp_path: Path) -> None:
    text = """
    [calendar]
    start = 2027-01-01
    periods = 2
    [contact_types.calls]
    volume = 900
    aht = 300
    [agent_groups.calls]
    skills = ["calls"]
    contract_hours = 37.5
    """
    (tmp_path / "year.toml").write_text(text)
    path = written(tmp_path, "period,name,volume,heads", "2027-01,calls,1000,14")
    actual = load_actual(path, wfm.load_budget(tmp_path / "year.toml"))
    assert actual.types == {"calls": ActualType(volume=1000)}
    assert actual.groups == {"calls": ActualGroup(heads=14)}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["name,volume", "calls,80000"], ("column 'period'", "missing", "2027-03")),
        (["period,volume", "2027-03,80000"], ("column 'name'", "missing")),
        (["period,name,volumne", "2027-03,calls,80000"], ("column 'volumne'", "did you mean 'volume'?")),
        (["period,name,aht,AHT", "2027-03,calls,300,310"], ("column 'AHT'", "twice")),
        (["period,name,volume", "2028-03,calls,80000"], ("row 2", "outside the budget", "2027-12", "2028-03")),
        (["period,name,volume", "March,calls,80000"], ("row 2", "must be a month", "March")),
        (["period,name,volume", "2027-03,cals,80000"], ("row 2", "neither", "did you mean 'calls'?", "cals")),
        (["period,name,volume", "2027-03,calls,many"], ("row 2, column 'volume'", "must be a number", "many")),
        (["period,name,shrinkage", "2027-03,north_mail,24"], ("row 2, column 'shrinkage'", "is it 24 %?")),
        (["period,name,aht", "2027-03,calls,-3"], ("row 2, column 'aht'", "above 0", "-3")),
        (["period,name,shrinkage", "2027-03,calls,24%"], ("column 'shrinkage'", "agent group", "calls is none")),
        (["period,name,aht", "2027-03,calls,300", "2027-03,calls,310"], ("row 3", "twice for calls", "310")),
        (["period,name,aht", "2027-03,calls,"], ("no figure of 2027-03",)),
        (["period,name,aht"], ("no rows",)),
    ],
)
def test_a_slip_is_told_by_row_column_and_rule(
    rows: list[str], words: tuple[str, ...], tmp_path: Path, budget: Budget
) -> None:
    (one,) = told(tmp_path, budget, *rows)
    assert all(word in one for word in words), one


def test_all_slips_are_told_at_once(tmp_path: Path, budget: Budget) -> None:
    found = told(
        tmp_path, budget, "period,name,volume,heads", "2027-03,cals,1,", "2027-03,calls,x,9", "2027-03,email,-1,"
    )
    assert len(found) == 4
