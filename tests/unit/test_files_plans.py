"""A plan file is what was written: read back unchanged, or as a spreadsheet has left it."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import InputError
from wfm.files.plans import plan_notes, read_plan, write_plan
from wfm.model.center import AgentGroup, ContactCenter, ContactType
from wfm.model.horizon import Horizon
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage

START = datetime(2026, 1, 5, 8)  # a Monday
NET = (4.0, 6.5, 8.0, 0.0)


def centre(*groups: str, intervals: int = 4, opening: dict[str, str] | None = None) -> ContactCenter:
    """One contact type and one group for each name."""
    names = groups or ("team",)
    return ContactCenter(
        Horizon(START, 1800.0, intervals, opening),
        {f"type {name}": ContactType(volume=100, handling=180, patience=120) for name in names},
        {
            name: AgentGroup(skills={f"type {name}"}, shrinkage=Shrinkage(planned={"breaks": 0.3}))  # type: ignore[arg-type]
            for name in names
        },
    )


def plan(center: ContactCenter, net: object = NET) -> StaffingPlan:
    return StaffingPlan(center, np.broadcast_to(np.asarray(net, float), (len(center.agent_groups), len(net))))  # type: ignore[arg-type]


# ---- what is written is read back

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(names, min_size=1, max_size=3, unique_by=str.casefold),
    st.lists(st.one_of(st.integers(0, 500), st.floats(0, 500)), min_size=4, max_size=4),
)
def test_any_plan_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, groups: list[str], net: list) -> None:
    center = centre(*groups)
    path = write_plan(plan(center, net), tmp_path_factory.mktemp("plans") / "plan.csv")
    np.testing.assert_array_equal(read_plan(path, center).net, plan(center, net).net)


@pytest.mark.parametrize("name", ["=1+1", "-x", "+x", "@x", "'x", "'=x", "''", "<script>", 'a "b", c', "Überlauf; x"])
def test_a_group_of_any_name_comes_back_and_is_no_formula(name: str, tmp_path: Path) -> None:
    center = centre(name)
    path = write_plan(plan(center), tmp_path / "plan.csv")
    np.testing.assert_array_equal(read_plan(path, center).net, [NET])
    with path.open(newline="", encoding="utf-8") as file:
        cells = [row[2] for row in csv.reader(file)][1:]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_the_file_has_a_row_per_open_interval_with_whole_gross(tmp_path: Path) -> None:
    center = centre(opening={"Mon": "08:30-10:00"})
    text = write_plan(plan(center), tmp_path / "plan.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert text == [
        "date,time,agent group,net,gross",
        "2026-01-05,08:30,team,6.5,10",
        "2026-01-05,09:00,team,8,12",
        "2026-01-05,09:30,team,0,0",
    ]


# ---- edited in a spreadsheet

ROWS = [("08:00", 4.0), ("08:30", 6.5), ("09:00", 8.0), ("09:30", 0.0)]


def commas(header: str, date: str, mark: str = ",", decimal: str = ".") -> str:
    lines = [mark.join([date, time, "team", str(net).replace(".", decimal)]) for time, net in ROWS]
    return "\n".join([header.replace(",", mark), *lines, ""])


EDITED: dict[str, str] = {
    "American": commas("date,time,agent group,net", "1/5/2026"),
    "British": commas("date,time,agent group,net", "05/01/2026"),
    "American with zeros": commas("date,time,agent group,net", "01/05/2026"),
    "German": commas("date,time,agent group,net", "05.01.2026", ";", ","),
    "CRLF": commas("date,time,agent group,net", "2026-01-05").replace("\n", "\r\n"),
    "mark": "\ufeff" + commas("date,time,agent group,net", "2026-01-05"),
    "capitals": commas("DATE,Time,Agent Group,NET", "2026-01-05"),
    "separator told": "sep=;\n" + commas("date,time,agent group,net", "05.01.2026", ";", ","),
    "other order": "net,agent group,time,date,comment\n"
    + "".join(f"{net},team,{time},2026-01-05,as agreed\n" for time, net in reversed(ROWS)),
    "afternoon clock": "date,time,agent group,net\n"
    + "".join(f"2026-01-05,{time.lstrip('0')}:00 AM,team,{net}\n" for time, net in ROWS),
    "empty lines": commas("date,time,agent group,net", "2026-01-05").replace("\n", "\n,,,\n") + ",,,\n",
    "tabs": commas("date,time,agent group,net", "2026-01-05", "\t"),
    "gross alone": "date,time,agent group,gross\n"
    + "".join(f"2026-01-05,{time},team,{net / 0.7!r}\n" for time, net in ROWS),
}


@pytest.mark.parametrize("how", EDITED)
def test_an_edited_plan_is_read(how: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(EDITED[how], encoding="utf-8", newline="")
    read = read_plan(path, centre())
    np.testing.assert_allclose(read.net, [NET], atol=1e-12)
    assert read.name == "mine"


def test_a_plan_may_come_back_as_a_workbook(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(tmp_path / "mine.xlsx", {"default_date_format": "yyyy-mm-dd"})
    sheet, clock = book.add_worksheet(), book.add_format({"num_format": "hh:mm"})
    sheet.write_row(0, 0, ["date", "time", "agent group", "net", "gross"])
    for row, (time, net) in enumerate(ROWS, 1):
        sheet.write_datetime(row, 0, START.replace(hour=0))
        sheet.write_datetime(row, 1, datetime.strptime(time, "%H:%M").time(), clock)
        sheet.write_row(row, 2, ["team", net, 12])
    book.close()
    np.testing.assert_array_equal(read_plan(tmp_path / "mine.xlsx", centre()).net, [NET])


def test_gross_that_no_longer_fits_is_said(tmp_path: Path) -> None:
    center, path = centre(), tmp_path / "plan.csv"
    write_plan(plan(center), path)
    assert plan_notes(path, center) == []
    path.write_text(path.read_text().replace("team,8,12", "team,9,12"))
    assert len(plan_notes(path, center)) == 1
    assert "1 row" in plan_notes(path, center)[0]


# ---- faults

HEAD = "date,time,agent group,net\n"
GOOD = "".join(f"2026-01-05,{time},team,{net}\n" for time, net in ROWS)


FAULTS: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "unknown group": (HEAD + GOOD.replace("08:30,team", "08:30,taem"), [("row 3", "taem", "did you mean 'team'?")]),
    "missing interval": (HEAD + GOOD.replace("2026-01-05,09:00,team,8.0\n", ""), [("team", "2026-01-05 09:00")]),
    "an interval twice": (HEAD + GOOD + "2026-01-05,09:00,team,9\n", [("row 6", "second time", "09:00")]),
    "negative": (HEAD + GOOD.replace("8.0", "-8"), [("row 4", "at least 0", "-8")]),
    "text": (HEAD + GOOD.replace("8.0", "eight"), [("row 4", "number", "eight")]),
    "empty cell": (HEAD + GOOD.replace("8.0", ""), [("row 4", "number")]),
    "NaN": (HEAD + GOOD.replace("8.0", "NaN"), [("row 4", "number", "NaN")]),
    "another year": (HEAD + GOOD.replace("2026", "2025"), [("row 2", "not an interval", "2025-01-05 08:00")]),
    "off the grid": (HEAD + GOOD.replace("08:30", "08:40"), [("row 3", "not an interval", "08:40")]),
    "no date": (HEAD + GOOD.replace("2026-01-05,08:30", "someday,08:30"), [("row 3", "date", "someday")]),
    "no net": (HEAD.replace("net", "nett") + GOOD, [("no column 'net'",)]),
    "no group": (HEAD.replace("agent group", "team") + GOOD, [("no column 'agent group'",)]),
    "no rows": (HEAD, [("no rows",)]),
    "nothing": ("", [("no table",)]),
    "several": (
        HEAD + GOOD.replace("08:30,team", "08:30,taem").replace("8.0", "-8") + "2026-01-05,08:00,team,9\n",
        [("row 3", "taem"), ("row 4", "-8"), ("row 6", "second time"), ("no row", "08:30")],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_plan_is_told(name: str, tmp_path: Path) -> None:
    text, told = FAULTS[name]
    path = tmp_path / "plan.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_plan(path, centre())
    lines = [str(one) for one in caught.value.faults]
    for words in told:
        assert any(all(word in line for word in words) for line in lines), f"{words} in\n{caught.value}"
    assert str(caught.value).startswith(str(path))


def test_a_plan_that_is_no_file_is_told(tmp_path: Path) -> None:
    write_plan(plan(centre()), tmp_path / "plan.csv")
    for path, words in ((tmp_path, "folder"), (tmp_path / "pla.csv", r"did you mean 'plan\.csv'\?")):
        with pytest.raises(InputError, match=words):
            read_plan(path, centre())


def test_a_long_wrong_file_is_told_in_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(HEAD + GOOD.replace("team", "night") * 300)
    with pytest.raises(InputError) as caught:
        read_plan(path, centre())
    assert len(str(caught.value)) < 2500
