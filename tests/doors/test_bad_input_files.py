"""What a planner is told of a bad file: tests/data/bad has one per fault, named by it; tests/data/odd is valid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wfm.errors import InputError
from wfm.files.plans import read_plan, write_plan
from wfm.files.scenario import load
from wfm.files.understood import notes
from wfm.model.plan import StaffingPlan

DATA = Path(__file__).parents[1] / "data"
BAD, ODD = DATA / "bad", DATA / "odd"

# Words that must stand in the message: place, value, rule, nearest name; a tuple for each fault that is told.
TOLD: dict[str, list[tuple[str, ...]]] = {
    "an_hour_off": [("row 4", "outside the horizon", "10:00"), ("no row", "08:00"), ("1 h too late",)],
    "another_date": [("row 2", "outside the horizon", "2027-01-05 08:00"), ("no row", "2026-01-05 09:30")],
    "bad_duration": [("horizon.interval", "30mn", "'30min'")],
    "bad_target": [("contact_types.calls.target", "80/20", "eighty in twenty")],
    "bad_target_share": [("contact_types.calls.target", "80/20", "below 100", "180/20")],
    "broken_workbook": [("contact_types.calls.volume.file", "workbook", "not_a_workbook.xlsx")],
    "chat": [("contact_types.calls.channel", "not available yet", "chat")],
    "day_or_month": [("contact_types.calls.volume.date_format", "%d/%m/%Y", "%m/%d/%Y", "02/03/2026")],
    "duplicate_interval": [("duplicate_interval.csv, row 6", "row 3", "2026-01-05 08:30")],
    "empty_cell": [("contact_types.calls.volume", "empty_cell.csv, row 4", "Offered", "empty")],
    "empty_table": [("contact_types.calls.volume.file", "no table", "empty_table.csv")],
    "factor_of_another_mean": [("contact_types.calls.day_factor", "mean 1", "2")],
    "half_a_replication": [("experiment.replications", "whole number", "2.5")],
    "header_alone": [("contact_types.calls.volume.file", "no rows")],
    "infinite_handling": [("contact_types.calls.handling.mean", "finite", "inf")],
    "law_without_its_number": [("contact_types.calls.handling.shape", "missing")],
    "many_faults": [("row 2", "must be a number", "'x'"), ("91 more",)],
    "missing_column": [("contact_types.calls.volume.column", "no such column", "Offered", "did you mean 'Ofered'?")],
    "missing_interval": [("missing_interval.csv", "no row for an open interval", "2026-01-05 09:00")],
    "missing_table": [("contact_types.calls.volume.file", "no such file", "weak.csv", "did you mean 'week.csv'?")],
    "nan_in_a_cell": [("nan_in_a_cell.csv, row 4", "Offered", "must be a number", "NaN")],
    "nan_volume": [("contact_types.calls.volume", "finite", "nan")],
    "negative_agents": [("agent_groups.team.agents", "at least 0", "-1")],
    "negative_in_a_cell": [("negative_in_a_cell.csv, row 4", "Offered", "at least 0", "-35")],
    "negative_volume": [("contact_types.calls.volume[1]", "at least 0", "-3")],
    "net_and_gross": [("agent_groups.team.agents", "net", "scheduled", "one of them")],
    "never_ending_handling": [("contact_types.calls.handling", "never")],
    "no_contact_types": [("contact_types", "none")],
    "no_replications": [("experiment.replications", "at least 1", "0")],
    "no_such_queue": [("contact_types.calls.volume.where", "Sale", "did you mean 'Sales'?")],
    "not_available_yet": [
        ("contact_types.calls.redial", "not available yet"),
        ("agent_groups.team.concurrency", "not available yet"),
    ],
    "not_utf8": [("line 1", "UTF-8")],
    "nothing_in_it": [("horizon", "missing"), ("contact_types", "none"), ("agent_groups", "none")],
    "off_the_grid": [("off_the_grid.csv, row 3", "every 30 minutes from 08:00", "08:35")],
    "opening_off_the_grid": [("horizon.opening.Mon-Fri", "edge", "08:10-10:00")],
    "opening_on_no_day": [("horizon.opening", "no interval", "Sat")],
    "opening_unknown_day": [("horizon.opening.Mon-Fry", "weekday", "did you mean 'Fri'?")],
    "parts_of_another_kind": [
        ("horizon", "table", "3"), ("contact_types", "table"), ("agent_groups", "table", "team"),
        ("routing", "table"), ("experiment", "table", "1"),
    ],
    "quarter_hours": [("contact_types.calls.volume.file", "every 15 minutes", "30")],
    "random_without_category": [("agent_groups.team.shrinkage.random", "sicknes", "did you mean 'sickness'?")],
    "several_at_once": [
        ("contact_types.calls.handeling", "not a key", "did you mean 'handling'?"),
        ("contact_types.calls.volume", "4 values", "holds 3"),
        ("contact_types.mail.handling.law", "not a law", "lognormall", "did you mean 'lognormal'?"),
        ("agent_groups.others.skills", "no contact type", "sales"),
    ],
    "shrinkage_in_percent": [("agent_groups.team.shrinkage.planned.breaks", "below 1", "30")],
    "start_without_a_time": [("horizon.start", "date and time", "Monday")],
    "table_by_row": [("contact_types.calls.volume.time", "never by row")],
    "table_is_a_folder": [("contact_types.calls.volume.file", "folder")],
    "table_outside": [("contact_types.calls.volume.file", "folder of the file that names it", "../odd/plain.csv")],
    "table_with_unknown_key": [("contact_types.calls.volume.colum", "did you mean 'column'?")],
    "text_for_a_number": [("contact_types.calls.volume", "must be a number", "many")],
    "text_in_a_cell": [("text_in_a_cell.csv, row 4", "Offered", "must be a number", "n/a")],
    "thousands_or_decimals": [("thousands_or_decimals.csv, row 2", "1100 or 1.100")],
    "toml_syntax": [("line 3, column 12",)],
    "too_much_shrinkage": [("agent_groups.team.shrinkage", "below 1", "1.1")],
    "true_for_a_number": [("contact_types.calls.volume", "must be a number", "True")],
    "two_queues_one_column": [("row 6", "same interval as row 2"), ("Queue", "Sales")],
    "unknown_key": [("agent_groups.team.max_ocupancy", "not a key", "did you mean 'max_occupancy'?")],
    "unknown_law": [("contact_types.calls.handling.law", "lognormall", "did you mean 'lognormal'?")],
    "unknown_law_number": [("contact_types.calls.handling.sd", "not a key", "mean", "cv")],
    "unknown_section": [("titel", "did you mean 'title'?"), ("contact_type:", "did you mean 'contact_types'?")],
    "unknown_skill": [("agent_groups.team.skills", "cals", "did you mean 'calls'?")],
    "unreadable_time": [("unreadable_time.csv, row 4", "date and time", "yesterday")],
    "wrong_vector_length": [("contact_types.calls.volume", "4 values", "holds 3")],
    "zero_handling": [("contact_types.calls.handling.mean", "above 0", "0")],
    "zero_interval": [("horizon.interval", "above 0", "0")],
    "zoned_start": [("horizon.start", "without a zone", "2026-01-05T08:00:00")],
    "zoned_times": [("contact_types.calls.volume.time", "zone", "Z")],
}  # fmt: skip


def test_every_bad_file_is_judged() -> None:
    assert sorted(path.stem for path in BAD.glob("*.toml")) == sorted(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_a_bad_file_is_named_with_place_value_and_rule(name: str) -> None:
    path = BAD / f"{name}.toml"
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    lines = [str(one) for one in caught.value.faults]
    for words in TOLD[name]:
        assert any(all(word in line for word in words) for line in lines), f"{words} in\n{message}"


def test_faults_of_many_parts_are_told_once_each_and_lead_to_no_others() -> None:
    with pytest.raises(InputError) as caught:
        load(BAD / "several_at_once.toml")
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize("path", sorted(ODD.glob("*.toml")), ids=lambda path: path.stem)
def test_odd_but_valid_files_are_read(path: Path) -> None:
    center = load(path)
    assert notes(center)
    if path.with_suffix(".csv").exists():
        opened = center.volume("calls")[center.is_open("calls")]
        assert list(opened[1:]) == [25.0, 35.0, 47.0]
        assert opened[0] == (1021.5 if path.stem == "quoted_thousands" else 21.5)


def test_names_of_all_kinds_come_back_from_a_plan_file(tmp_path: Path) -> None:
    center = load(ODD / "names_of_all_kinds.toml")
    assert list(center.contact_types) == ["<script>alert(1)</script>", "=1+1", 'a.b, "c"']
    assert center.plan is not None
    path = write_plan(center.plan, tmp_path / "plan.csv")
    assert not any(
        cell.startswith(("=", "-", "@", "+")) for line in path.read_text().splitlines() for cell in line.split(",")
    )
    np.testing.assert_array_equal(read_plan(path, center).net, center.plan.net)


@pytest.mark.parametrize("name", ["overload_by_100", "zero_agents", "no_contacts", "no_contacts_at_all"])
def test_extreme_centers_have_a_plan(name: str) -> None:
    center = load(ODD / f"{name}.toml")
    assert isinstance(center.plan, StaffingPlan)


def test_a_missing_file_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no such file; did you mean 'unknown_key\.toml'"):
        load(BAD / "unknown_keys.toml")


def test_a_folder_is_no_scenario() -> None:
    with pytest.raises(InputError, match="folder"):
        load(BAD)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is readable for this user")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "closed.toml"
    path.write_text("title = 'x'")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        load(path)


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text((ODD / "plain.csv").read_text())
    (folder / "plain.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "plain.toml").write_text((ODD / "plain.toml").read_text())
    with pytest.raises(InputError, match="folder of the file that names it"):
        load(folder / "plain.toml")


def test_an_absolute_path_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text((ODD / "plain.toml").read_text().replace("plain.csv", str(ODD / "plain.csv")))
    with pytest.raises(InputError, match="folder of the file that names it"):
        load(path)


def test_the_command_says_it_without_a_traceback_and_exits_with_2() -> None:
    command = [sys.executable, "-m", "wfm", "check", str(BAD / "several_at_once.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "4 faults" in done.stderr
    assert "Traceback" not in done.stderr
