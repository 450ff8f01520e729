"""Faults in keys (tests/data/bad/keys, one file per fault, named by it), extreme centres, unwritable places."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from commands import real
from typer.testing import CliRunner

from wfm.cli.app import app
from wfm.errors import InputError, OutputError, WfmError
from wfm.files import whole
from wfm.files.scenario import CenterReader, load
from wfm.files.whole import make_folder, write_whole

DATA = Path(__file__).parents[1] / "data"
KEYS, BAD, ODD = DATA / "bad" / "keys", DATA / "bad", DATA / "odd"

# Words that must stand in one line of the message: place, value, rule, nearest name; a tuple for each fault.
TOLD: dict[str, list[tuple[str, ...]]] = {
    "a_billion_intervals": [("horizon.intervals", "at most 527,040", "1000000000")],
    "agents_too_few": [("agent_groups.team.agents", "4 values", "holds 3")],
    "end_of_time": [("horizon.start", "before the year 9999", "9999-12-31")],
    "everything_at_once": [
        ("titel", "did you mean 'title'?"),
        ("horizon.start", "date and time", "Monday"),
        ("horizon.interval", "'30min'", "30mn"),
        ("horizon.intervals", "at least 1", "-4"),
        ("horizon.opening.Mon-Fry", "weekday", "did you mean 'Fri'?"),
        ("contact_types.calls.volume.file", "no such file", "weak.csv", "did you mean 'week.csv'?"),
        ("contact_types.calls.handling.law", "lognormall", "did you mean 'lognormal'?"),
        ("contact_types.calls.patience.mean", "above 0", "-5"),
        ("contact_types.calls.target", "80/20", "80-20"),
        ("contact_types.calls.balking", "below 1", "1.5"),
        ("contact_types.mail.volume", "finite", "nan"),
        ("contact_types.mail.handeling", "did you mean 'handling'?"),
        ("contact_types.mail.channel", "not available yet", "email"),
        ("agent_groups.team.skills", "cals", "did you mean 'calls'?"),
        ("agent_groups.team.agents[1]", "at least 0", "-2"),
        ("agent_groups.team.max_ocupancy", "did you mean 'max_occupancy'?"),
        ("agent_groups.team.shifts", "not available yet"),
        ("agent_groups.team.shrinkage.planned.breaks", "is it 30 %?", "'30%' or 0.3"),
        ("experiment.replications", "at least 1", "0"),
        ("experiment.seed", "whole number", "1.5"),
    ],
    "group_without_a_skill": [
        ("agent_groups.others.skills", "names no contact type"),
        ("agent_groups.starters.skills", "names no contact type"),
    ],
    "handling_and_talk": [("contact_types.calls.handling", "not both")],
    "infinite_patience_number": [("contact_types.calls.patience.mean", "finite", "inf")],
    "law_in_a_list": [("contact_types.calls.handling.law", "is not a law", "did you mean 'gamma'?")],
    "list_of_lists": [("contact_types.calls.handling.mean", "4 values", "holds 1")],
    "negative_patience": [("contact_types.calls.patience.mean", "above 0", "-1")],
    "no_handling": [("contact_types.calls.handling", "missing", "talk and after_contact_work")],
    "no_lines": [("routing.lines", "at least 1", "0")],
    "number_of_400_digits": [("contact_types.calls.volume", "finite", "...")],
    "occupancy_above_one": [("agent_groups.team.max_occupancy", "at most 1", "'85%' or 0.85")],
    "opening_backwards": [("horizon.opening.Mon-Fri", "before it closes", "21:00-07:00", "two windows")],
    "overflow_after_the_end": [
        ("agent_groups.team.skills.sales.after", "below the horizon's 7200 s", "found 7200"),
        ("agent_groups.others.skills.calls.after", "below the horizon's 7200 s", "1000000000"),
    ],
    "planned_keys": [
        *((key, "not available yet") for key in ("correlation", "arrivals", "horizon.interval_factor")),
        *(
            (f"contact_types.calls.{key}:", "not available yet")
            for key in ("volume_is", "repeat", "transfer", "redial", "callback", "answer_clock", "backlog")
        ),
        *(
            (f"agent_groups.team.{key}:", "not available yet")
            for key in ("concurrency", "chat_speed", "shifts", "adherence")
        ),
    ],
    "reserve_of_the_whole_group": [
        ("agent_groups.team.skills.sales.reserve", "net agents, at most 12", "found 12"),
        ("agent_groups.others.skills.calls.reserve", "net agents, at most 7", "found 8"),
    ],
    "same_key_twice": [("line 7", "a second time", "volume = 120")],
    "skill_named_twice": [("agent_groups.team.skills", "twice", "calls")],
    "skills_and_routing": [
        ("contact_types.calls.priority", "at least 1", "found 0"),
        ("contact_types.calls.weight", "at least 0.0001", "found 0"),
        ("agent_groups.team.skills.calls.rank", "at least 1", "found 0"),
        ("agent_groups.team.skills.calls.speed", "at most 20", "'80%' or 0.8", "found 80"),
        ("agent_groups.team.skills.sales.contact_rank", "whole number", "1.5"),
        ("agent_groups.team.skills.sales.after", "at least 0", "-1"),
        ("agent_groups.team.skills.sales.reserve", "must be a number", "two"),
        ("agent_groups.team.skills.sales.ranks", "did you mean 'rank'?"),
        ("agent_groups.others.skills.sales", "must be a table", "2"),
        ("agent_groups.others.skills", "did you mean 'calls'?", "cals"),
        ("agent_groups.others.agents", "4 values", "holds 2"),
        ("routing.contact_selection", "did you mean 'longest_waiting'?", "longest-waiting"),
        ("routing.agent_selection", "did you mean 'specialist_first'?", "specialists"),
        ("routing.agent_tie", "did you mean 'longest_idle'?", "longest"),
        ("routing.trunks", "is not a key here"),
    ],
    "start_in_quotes": [("horizon.start", "without quotes", "2026-01-05 08:00")],
    "start_is_a_date": [("horizon.start", "date and time", "'2026-01-05'")],
    "table_path_absolute": [("contact_types.calls.volume.file", "folder of the file that names it", "/etc/hostname")],
    "table_without_a_name": [("contact_types.calls.volume.file",)],
    "type_that_nobody_serves": [
        ("contact_types.sales", "no agent group"),
        ("contact_types.mail", "no agent group"),
    ],
    "unknown_definition": [("contact_types.calls.target.definition", "did you mean 'answered_of_offered'?")],
    "unknown_rounding": [
        ("experiment.rounding", "random | up | nearest", "dwn"),
        ("experiment.seed", "at least 0", "-1"),
        ("experiment.confidence", "below 1", "'95%' or 0.95"),
    ],
}  # fmt: skip


# ---- faults in keys


def test_every_bad_file_is_judged() -> None:
    assert sorted(path.stem for path in KEYS.glob("*.toml")) == sorted(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_a_fault_is_told_with_its_place_value_and_rule(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load(KEYS / f"{name}.toml")
    lines = [str(one) for one in caught.value.faults]
    for words in TOLD[name]:
        assert any(all(word in line for word in words) for line in lines), f"{words} in\n{caught.value}"
    assert len(lines) == len(TOLD[name]), caught.value
    assert all(len(line) < 320 for line in lines)
    assert str(caught.value).startswith(str(KEYS / f"{name}.toml"))


@pytest.mark.parametrize("command", [["check"], ["plan", "--json"], ["simulate"], ["compare"]])
def test_every_command_tells_faults_on_standard_error_and_exits_with_2(command: list[str]) -> None:
    scenario = KEYS / "everything_at_once.toml"
    done = real(command[0], scenario, *command[1:])
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{scenario}: 20 faults" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "last_week.csv").write_text("Start,Offered\n")
    (tmp_path / "bank.toml").write_text("")
    for path, words in (
        (tmp_path, "this is a folder"),
        (tmp_path / "bnk.toml", "did you mean 'bank.toml'?"),
        (tmp_path / "no_folder" / "bank.toml", "there is no such file"),
        (tmp_path / "last_week.csv", "wfm init"),
    ):
        with pytest.raises(InputError, match=words.replace("?", r"\?")):
            load(path)


WEIRD: list[Any] = [
    True, -1, 10**400, float("nan"), float("inf"), "", "x", [], [None], [[1]], ["a"], [True], {}, {"a": 1}, {"": 1},
    [{"a": 1}], {"law": ["a"]}, {"law": "gamma"}, {"law": "empirical", "sample": "x"}, {"file": "plain.csv"},
    {"file": "\0", "column": "Offered", "time": "Start"}, {"file": "a" * 300, "column": "Offered", "time": "Start"},
    {"file": "plain.csv", "column": "Offered", "time": "Start", "sheet": 3},
    {"file": "plain.csv", "column": "Offered", "time": "Start", "date_format": "%q"},
    {"file": "plain.csv", "column": "Offered", "time": "Start", "where": {"nope": "x"}},
]  # fmt: skip


def test_no_value_of_any_key_is_a_defect() -> None:
    """Whatever stands at a key, a scenario is read or refused; and no message drowns its reader."""
    whole_scenario = tomllib.loads((ODD / "every_key.toml").read_text())
    assert CenterReader(ODD / "x.toml").center(whole_scenario)
    longest = ""
    for path in _keys(whole_scenario):
        for value in WEIRD:
            try:
                CenterReader(ODD / "x.toml").center(_with(whole_scenario, path, value))
            except WfmError as error:
                longest = max(longest, str(error), key=len)
    assert len(longest) < 2000, longest


def _keys(table: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = [_keys(value, (*path, key)) for key, value in table.items() if isinstance(value, dict)]
    return [(*path, key) for key in table] + [one for keys in inner for one in keys]


def _with(table: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    head, *rest = path
    return {**table, head: _with(table[head], tuple(rest), value) if rest else value}


# ---- valid, but extreme


@pytest.mark.parametrize("name", ["zero_agents", "no_contacts", "no_contacts_at_all", "overload_by_100"])
def test_an_extreme_centre_is_answered(name: str) -> None:
    scenario = str(ODD / f"{name}.toml")
    for words in (["check", scenario], ["plan", scenario], ["simulate", scenario]):
        done = CliRunner().invoke(app, [*words, *([] if words[0] == "check" else ["--replications", "3"])])
        assert done.exit_code == 0, (words, done.output, done.exception)
        assert "nan" not in done.stdout.lower().replace("tenan", "")
    for command in ("plan", "simulate"):
        done = CliRunner().invoke(app, [command, scenario, "--replications", "3", "--json"])
        assert done.exit_code == 0
        json.loads(done.stdout, parse_constant=pytest.fail)


def test_an_overload_is_called_one() -> None:
    """A hundredfold load by Erlang C: no number is made up, in JSON as in tables."""
    scenario = str(ODD / "overload_by_100.toml")
    found = json.loads(CliRunner().invoke(app, ["plan", scenario, "--replications", "3", "--json"]).stdout)
    waits = found["given_predictions"]["erlang-c"]["total"]["average_speed_of_answer"]
    assert waits == {"mean": None, "half_width": None, "overloaded": True}
    assert "overload" in CliRunner().invoke(app, ["compare", scenario, "--method", "erlang-c"]).stdout


# ---- places that cannot be written


@pytest.mark.parametrize("place", ["a_file", "/proc/wfm/out", "/dev/null/out"])
def test_an_output_folder_that_cannot_be_made_is_told(place: str, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("precious")
    out = tmp_path / place  # an absolute place stays as it is
    done = real("plan", ODD / "no_contacts.toml", "--replications", 2, "--out", out)
    assert done.returncode == 2
    assert str(out) in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a_file").read_text() == "precious"
    with pytest.raises(OutputError, match="folder"):
        make_folder(out)


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_whole(tmp_path / "plan.csv", "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole.os, "replace", full)
    with pytest.raises(OutputError, match=r"plan\.csv: cannot be written \(No space left on device\)"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["plan.csv"]


def test_a_folder_in_the_place_of_an_output_is_told(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_whole(tmp_path / "plan.csv", "x")
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(tmp_path / "missing" / "plan.csv", "x")


def test_an_unwritable_cache_folder_does_not_keep_from_an_answer() -> None:
    words = ("erlang", "--volume", 100, "--aht", 180, "--patience", 120)
    done = real(*words, NUMBA_CACHE_DIR="/proc/wfm")
    assert done.returncode == 0, done.stderr
    assert done.stdout == real(*words).stdout
