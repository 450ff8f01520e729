"""wfm sweep and wfm show: what they print, what they leave in a run folder, and what they refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import wfm
from wfm.cli.app import app
from wfm.errors import InputError

QUEUES = str(wfm.example("two_queues"))
SHARED = str(wfm.example("two_languages"))
FORMULA = ("--method", "erlang-a")


def said(*words: object) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def told(*words: object) -> dict[str, Any]:
    """The one JSON object that a command prints, and nothing else."""
    text = said(*words, "--json")
    assert len(text.splitlines()) == 1
    return json.loads(text, parse_constant=pytest.fail)  # type: ignore[no-any-return]


def faults(*words: object) -> list[str]:
    """What is wrong with a command."""
    with pytest.raises(InputError) as caught:
        said(*words)
    return [str(one) for one in caught.value.faults]


def real(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it."""
    command = [sys.executable, "-m", "wfm", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["cases"]]


def test_short_forms_are_changed_one_at_a_time() -> None:
    found = told("sweep", QUEUES, "--volume", "±10%", "--aht", "+30s", *FORMULA)
    assert found["asked"]["design"] == "one_at_a_time"
    assert names(found)[0] == "baseline"
    assert len(found["cases"]) == 4
    assert [one["levels"] for one in found["cases"]] == [[None, None], [0.9, None], [1.1, None], [None, 30.0]]


def test_plus_minus_may_be_written_without_the_sign_of_it() -> None:
    levels = [told("sweep", QUEUES, "--volume", text, *FORMULA)["asked"]["variations"][0]["levels"]
              for text in ("±10%", "+-10%", "+/-10%")]  # fmt: skip
    assert levels == [[0.9, 1.1]] * 3


def test_paths_are_crossed() -> None:
    found = told(
        "sweep", QUEUES, "--vary", "contact_types.*.volume=*0.9:1.1:3",
        "--vary", "contact_types.*.handling.mean=+-30:+60:4", "--ask", "staff",
    )  # fmt: skip
    assert found["asked"]["design"] == "grid"
    assert len(found["cases"]) == 1 + 3 * 4
    assert found["grid"]["measure"] == "required_peak"
    assert found["cases"][0]["total"]["service_level"] is None


def test_without_a_variation_it_is_the_power_of_one() -> None:
    found = told("sweep", QUEUES, *FORMULA)
    assert [one["step"] for one in found["power_of_one"]] == ["+1 %", "+1 s", "+1 s", "+1 pt", "+1"]
    more_calls = found["power_of_one"][0]["changes"]["service_level"]["mean"]
    assert more_calls < 0 < found["power_of_one"][-1]["changes"]["service_level"]["mean"]


def test_figures_are_those_of_predict_and_staff() -> None:
    found = told("sweep", QUEUES, "--volume", "+10%", "--replications", 20, "--seed", 3)
    center = wfm.load(QUEUES)
    seen = wfm.predict(center, None, wfm.Simulation(replications=20, seed=3))
    baseline = found["cases"][0]["total"]
    assert baseline["service_level"] == seen.total.service_level.mean
    assert baseline["service_level_half_width"] == seen.total.service_level.half_width
    assert baseline["required_hours"] == wfm.staff(center, method="erlang-a").paid_hours.sum()


def test_a_run_folder_holds_everything_and_answers_again(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "runs" / "one", tmp_path / "elsewhere"
    first = told("sweep", QUEUES, "--volume", "±10%", *FORMULA, "--out", run)
    written = {path.name for path in run.iterdir() if path.is_file() and not path.name.startswith(".")}
    assert {"run.json", "results.csv", "sweep.xlsx", "report.html", "tornado.svg"} <= written
    for command in (("sweep", run), ("show", run)):
        again = told(*command)
        assert {**again, "run": None} == {**first, "run": None}
    said("show", run, "--out", elsewhere)
    for name in ("results.csv", "report.html", "tornado.svg"):
        assert (elsewhere / name).read_bytes() == (run / name).read_bytes()
    listed = told("sweep", tmp_path / "runs", "--list")["runs"]
    assert [(one["path"], one["finished"], one["cases"]) for one in listed] == [(str(run), True, 3)]
    assert "finished" in said("sweep", tmp_path / "runs", "--list")


def test_a_finished_run_is_not_written_again(tmp_path: Path) -> None:
    run = tmp_path / "one"
    said("sweep", QUEUES, "--volume", "+5%", *FORMULA, "--out", run)
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}
    said("sweep", run)
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before


def test_the_best_is_sought_and_told(tmp_path: Path) -> None:
    run = tmp_path / "best"
    found = told("sweep", SHARED, "--agents", "-1,+1", "--best", "service_level", "--indifference", "0.5pt",
                 "--replications", 200, "--out", run)  # fmt: skip
    chosen = found["selection"]
    assert found["cases"][chosen["best"]]["name"] == "agents +1"
    assert chosen["indifference"] == 0.005
    assert told("show", run)["selection"] == chosen
    assert chosen["verdict"] in said("sweep", run)


def test_within_alone_looks_for_the_best() -> None:
    found = told("sweep", SHARED, "--agents", "+2", "--within", "30s", "--replications", 64)
    assert found["selection"]["objective"] == "cost"


@pytest.mark.parametrize("option", [("--volume", "+5%"), ("--design", "grid"), ("--replications", 5)])
def test_a_run_folder_has_its_own_question(tmp_path: Path, option: tuple[object, ...]) -> None:
    run = tmp_path / "one"
    said("sweep", QUEUES, "--volume", "+5%", *FORMULA, "--out", run)
    (fault,) = faults("sweep", run, *option)
    assert str(option[0]) in fault
    assert "has its own question" in fault


def test_all_faults_of_the_arguments_come_at_once() -> None:
    found = faults("sweep", QUEUES, "--aht", "3x", "--vary", "no equals sign", "--samples", 5, "--indifference", "1pt",
                   "--design", "gird", "--method", "erlang", "--hold", "nett")  # fmt: skip
    where = [one.split(":")[0] for one in found]
    assert sorted(where) == ["--aht", "--design", "--hold", "--indifference", "--method", "--samples", "--vary"]
    assert any("did you mean 'grid'" in one for one in found)


@pytest.mark.parametrize(
    ("words", "clue"),
    [
        (("--vary", "contact_types.*.volum=+5%"), "contact_types.*.volume"),
        (("--vary", "contact_typs.*.volume=+5%"), "contact_types"),
        (("--volume", "*-1"), "at least 0"),
        (("--within", "soon"), "duration"),
        (("--within", "0"), "above 0"),
        (("--ask", "cost", "--ask", "staff"), "stands alone"),
        (("--ask", "everything"), "predict"),
        (("--design", "sobol", "--volume", "±10%"), "--samples"),
        (("--design", "sobol", "--volume", "±10%", "--samples", "100"), "power of two"),
        (("--best", "service"), "service_level"),
        (("--best", "service_level", "--indifference", "lots"), "0.5pt"),
        (("--method", "erlang-a", "--seed", "3"), "simulation"),
        (("--threads", "0"), "at least 1"),
        (("--vary", "experiment.seed=1,2"), "experiment"),
    ],
)
def test_an_argument_that_cannot_be_is_told_in_words(words: tuple[str, ...], clue: str) -> None:
    assert any(clue in one for one in faults("sweep", QUEUES, *words))


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    assert "is not a run folder" in faults("show", tmp_path)[0]
    assert "is not a run folder" in faults("sweep", tmp_path)[0]
    assert "no such folder" in faults("sweep", tmp_path / "none", "--list")[0]
    assert "is missing" in faults("sweep")[0]
    assert "no such file" in faults("sweep", tmp_path / "none.toml")[0]


def test_an_unfinished_run_says_how_far_it_is(tmp_path: Path) -> None:
    run = tmp_path / "one"
    said("sweep", QUEUES, "--volume", "±10%", *FORMULA, "--out", run)
    for part in run.glob("cases-*.parquet"):
        part.unlink()
    assert "0 of 3 cases" in faults("show", run)[0]
    told("sweep", run)
    (part,) = run.glob("cases-*.parquet")
    pl.read_parquet(part).filter(pl.col("case") < 2).write_parquet(run / "cases-000000-000001.parquet")
    part.unlink()
    shown = told("show", run, "--out", tmp_path / "so far")
    assert [one["fault"] for one in shown["cases"]] == [None, None, "not done yet"]
    assert "2 of 3 cases" in said("sweep", tmp_path, "--list")
    assert told("sweep", run)["cases"][1]["total"]["service_level"] is not None


def test_a_piped_command_is_silent_but_for_its_answer_and_exits_in_words() -> None:
    done = real("sweep", QUEUES, "--volume", "+1%", *FORMULA)
    assert (done.returncode, done.stderr) == (0, "")
    done = real("sweep", QUEUES, "--volume", "much")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_shared_groups_are_predicted_and_a_note_says_why_not_staffed(capsys: pytest.CaptureFixture[str]) -> None:
    done = CliRunner().invoke(app, ["sweep", SHARED, "--volume", "+5%", "--replications", "10", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["asked"]["ask"] == ["predict"]
    assert "people required are left out" in done.stderr
