"""Does a budget file say what a planner means: spelled numbers, periods by their names, profiles, changes."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wfm
from wfm.errors import InputError
from wfm.files.budgets.budget_file import load_budget
from wfm.files.budgets.periods import days_of, join_periods
from wfm.files.budgets.reading import read_budget, read_budget_value
from wfm.files.budgets.writing import as_raw
from wfm.model.budget.budget import Budget
from wfm.model.budget.people import FOR_ALL, LONG
from wfm.model.budget.periods import Calendar
from wfm.model.center import Target
from wfm.model.declared import Declared, declared_hints

BUDGETS = Path(__file__).parents[2] / "data" / "budgets"
QUARTER = Calendar(date(2027, 1, 1), 3)
SMALL = """
[calendar]
start = 2027-01-01
periods = 3
[contact_types.calls]
volume = 12000
aht = "5min"
[agent_groups.team]
skills = ["calls"]
contract_hours = 37.5
"""


def read(text: str = SMALL, folder: Path = Path(), **of_calls: Any) -> Budget:
    raw = tomllib.loads(text)
    raw["contact_types"]["calls"] |= of_calls
    return read_budget(raw, folder / "budget.toml")


def told(**of_calls: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(**of_calls)
    return str(caught.value)


def test_every_key_of_a_budget_is_read() -> None:
    """The file of every key leaves nothing of any class as it is by default, in one of its parts at least."""
    budget = load_budget(BUDGETS / "every_key.toml")
    told = {type(part) for part in _parts(budget)}
    as_by_default = {
        (type(part).__name__, one.name)
        for kind in told
        for one in fields(kind)
        for part in [next(part for part in _parts(budget) if type(part) is kind)]
        if all(getattr(other, one.name) == _default(one) for other in _parts(budget) if type(other) is kind)
    }
    # A month is the default, and the only one that a budget of months can have.
    assert as_by_default == {("Calendar", "period")}


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Declared):
        return [value, *(one for name in declared_hints(type(value)) for one in _parts(getattr(value, name)))]
    if isinstance(value, dict | tuple):
        return [one for inner in (value.values() if isinstance(value, dict) else value) for one in _parts(inner)]
    return []


def _default(one: Any) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def test_spelled_numbers_are_those_of_a_scenario() -> None:
    budget = load_budget(BUDGETS / "every_key.toml")
    calls, one = budget.contact_types["A.B 'calls'"], budget.agent_groups["one"]
    assert calls.aht == (300.0, 310.0, 320.0)
    assert calls.growth == (0.05, 0.04, -0.01)
    assert calls.patience == 120
    assert budget.contact_types["chat"].target == Target(0.8, 60)
    assert one.shrinkage.planned["holiday"] == (0.08, 0.09, 0.1)
    assert (one.ramp, one.overtime) == ((0.6, 0.8), (0.04, 0.03, 0.0))
    assert one.people[1].tenure == LONG
    assert [each.start for each in one.classes] == [date(2026, 12, 14), date(2027, 3, 1)]
    assert budget.agent_groups["two"].skills == {"A.B 'calls'": 0.4}
    assert budget.agent_groups["two"].attrition == {FOR_ALL: 0.02}
    assert budget.calendar.start == date(2027, 2, 1)
    assert budget.initiatives["bot"].effect == (0.5, 1.0, 1.2)


def test_a_list_of_skills_takes_all_of_each() -> None:
    assert read().agent_groups["team"].skills == {"calls": 1.0}


@pytest.mark.parametrize(
    "cells",
    [
        ["2027-01", "2027-02", "2027-03"],
        ["Jan 2027", "Feb 2027", "Mar 2027"],
        ["January 2027", "February 2027", "March 2027"],
        ["Jan-27", "Feb-27", "Mar-27"],
        ["01/2027", "02/2027", "03/2027"],
        ["2027-01-01", "2027-02-01", "2027-03-01"],
        ["2027-01-01 00:00:00", "2027-02-01 00:00:00", "2027-03-01 00:00:00"],
        ["2027-01-31", "2027-02-28", "2027-03-31"],
        ["01/01/2027", "01/02/2027", "01/03/2027"],  # the first of each month, not three days of January
        ["1/1/2027", "2/1/2027", "3/1/2027"],
        ["01.01.2027", "01.02.2027", "01.03.2027"],
    ],
)
def test_months_are_known_by_the_names_that_tables_give_them(cells: list[str]) -> None:
    faults: list[Any] = []
    assert join_periods(cells, cells, QUARTER, faults, "year.csv") == {0: 0, 1: 1, 2: 2}
    assert not faults


def test_weeks_are_known_by_a_day_in_them() -> None:
    weeks = Calendar(date(2027, 1, 4), 2, "week")
    assert days_of(["2027-01-04", "11/01/2027"], weeks) == [date(2027, 1, 4), date(2027, 1, 11)]
    assert days_of(["Jan 2027"], weeks) == [None]


def test_last_year_may_stand_beside_the_months_of_last_year(tmp_path: Path) -> None:
    (tmp_path / "last.csv").write_text(
        "Month,Calls,Days\n2026-01,900,21\n2026-02,800,20\n2026-03,950,22\nTotal,2650,63\n"
    )
    given = {"file": "last.csv", "time": "Month"}
    raw = tomllib.loads(SMALL)
    del raw["contact_types"]["calls"]["volume"]
    raw["contact_types"]["calls"] |= {
        "last_year": {**given, "column": "Calls"},
        "last_year_open_days": {**given, "column": "Days"},
    }
    calls = read_budget(raw, tmp_path / "budget.toml").contact_types["calls"]
    assert (calls.last_year, calls.last_year_open_days) == ((900.0, 800.0, 950.0), (21.0, 20.0, 22.0))
    # What is of this year may not.
    raw["contact_types"]["calls"]["deflection"] = {**given, "column": "Days"}
    with pytest.raises(InputError, match="none of its months is one of the budget"):
        read_budget(raw, tmp_path / "budget.toml")


def test_a_profile_is_joined_by_weekday_and_time_and_closed_intervals_may_be_missing(tmp_path: Path) -> None:
    rows = [("Mon-Thu", "08:00", 5), ("Mon-Thu", "08:30", 7), ("Fri", "08:30", 4), ("Fri", "08:00", 3)]
    (tmp_path / "day.csv").write_text("Day;Time;Calls\n" + "".join(f"{d};{t};{n}\n" for d, t, n in rows))
    profile = {"file": "day.csv", "weekday": "Day", "time": "Time", "column": "Calls"}
    found = read(folder=tmp_path, profile=profile, opening={"Mon-Fri": "08:00-09:00"}).contact_types["calls"].profile
    assert list(found) == ["Mon-Thu", "Fri"]
    assert found["Fri"][16:18] == (3.0, 4.0)
    assert np.sum(found["Mon-Thu"]) == 12
    with pytest.raises(InputError, match="no row for an open interval"):
        read(folder=tmp_path, profile=profile, opening={"Mon-Fri": "08:00-09:30"})


def test_a_profile_without_weekdays_is_for_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("Time,Calls\n08:00,5\n08:30,7\n")
    profile = {"file": "day.csv", "time": "Time", "column": "Calls"}
    found = read(folder=tmp_path, profile=profile, opening={"Mon-Sun": "08:00-09:00"}).contact_types["calls"].profile
    assert list(found) == ["Mon-Sun"]


def test_a_share_above_one_is_asked_about_and_never_taken_for_a_percentage() -> None:
    assert "is it 12 %? write '12%' or 0.12 (found 12)" in told(deflection=12)
    assert "is it" not in told(deflection=-0.5)
    assert "is it" not in told(deflection=101)  # which is none as a percentage either


def test_faults_of_all_parts_are_told_at_once() -> None:
    words = told(aht="x", deflection=[0.1, 20, 0.1], opening={"Mon-Fry": "08:00-20:00"}, hollidays="open")
    for one in ("aht: must be seconds", "deflection[1]: ", "opening.Mon-Fry", "did you mean 'holidays'?"):
        assert one in words


def test_a_group_that_cannot_be_read_still_tells_which_of_its_skills_there_are_not() -> None:
    with pytest.raises(InputError) as caught:
        read(SMALL.replace('["calls"]', '["call"]').replace("37.5", '"many"'))
    assert {one.where for one in caught.value.faults} == {
        "agent_groups.team.contract_hours", "agent_groups.team.skills",
    }  # fmt: skip


def test_a_value_is_read_as_the_file_would_have_it_at_a_path() -> None:
    budget = read()
    assert read_budget_value("contact_types.calls.target", "90/10") == Target(0.9, 10)
    assert read_budget_value("agent_groups.*.shrinkage", "30%") == 0.3
    assert read_budget_value("agent_groups.*.attrition", 0.02) == 0.02
    assert read_budget_value("agent_groups.*.people", 40) == 40
    assert read_budget_value("agent_groups.*.outsourcing", {"price_per_hour": 20}).price_per_hour == 20
    (one,) = read_budget_value("agent_groups.team.classes", [{"start": "2027-02-01", "heads": 4}])
    assert one.start == date(2027, 2, 1)
    with pytest.raises(InputError, match="3 values, one per period"):
        read_budget_value("contact_types.calls.volume", [1, 2], budget)


def test_changes_are_written_as_in_a_sweep_file() -> None:
    budget = load_budget(wfm.example("budget_year"))
    assert [one.name for one in budget.scenarios] == ["Lean", "Growth"]
    assert (budget.scenarios[0].changes[0].how, budget.scenarios[0].changes[0].level) == ("factor", 0.96)
    assert {one.how for one in budget.initiatives["bot"].changes} == {"factor", "addition"}


def test_the_shipped_budget_uses_what_there_is() -> None:
    """It is what `wfm init --budget` gives, so whoever fills it in sees every kind of input once."""
    raw = as_raw(load_budget(wfm.example("budget_year")))
    assert set(declared_hints(Budget)) == set(raw)
    used = {key for one in raw["agent_groups"].values() for key in one}
    assert {"pool", "contracts", "people", "attrition", "ramp", "classes", "overtime", "outsourcing", "tools"} <= used
    used = {key for one in raw["contact_types"].values() for key in one}
    assert {"last_year", "season", "volume", "deflection", "first_contact_resolution", "credits", "profile"} <= used
