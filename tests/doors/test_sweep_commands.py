"""wfm sweep and wfm show: what they print, what they leave in a run folder, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from commands import faults, real, said, told
from typer.testing import CliRunner

import wfm
from wfm.cli.app import app
from wfm.errors import OutputError

QUEUES = str(wfm.example("two_queues"))
SHARED = str(wfm.example("two_languages"))
FORMULA = ("--method", "erlang-a")


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


def test_every_argument_that_cannot_be_is_told_at_once(tmp_path: Path) -> None:
    wrong = {
        "--within": "soon", "--threads": "0", "--ask": "predct", "--method": "eralng-a", "--staffing": "simulaton",
        "--hold": "nett", "--replications": "0", "--seed": "-1", "--best": "servicelevel", "--indifference": "x",
        "--volume": "much", "--plan": "none.csv",
    }  # fmt: skip
    words = [word for pair in wrong.items() for word in pair]
    found = [one.partition(": ")[0] for one in faults("sweep", QUEUES, *words)]
    assert [one for one in found if one.startswith("--")] == [*list(wrong)[:10], "--volume"]
    assert [one for one in found if not one.startswith("--")] == ["none.csv"]
    gone = [one.partition(": ")[0] for one in faults("sweep", tmp_path / "none.toml", *words)]
    assert gone == ["--within", "--threads", f"{tmp_path / 'none.toml'}", *list(wrong)[2:10], "--volume"]


def test_faults_of_a_sweep_file_and_of_the_arguments_come_in_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "ask.toml"
    path.write_text(
        f'base = "{QUEUES}"\ndesing = "grid"\nhold = "nett"\n[vary]\nvolum = "+5%"\naht = "+5s"\n'
        '"contact_types.*.aht" = "+10s"\n[scenarios.baseline]\nvolume = "+5%"\n', encoding="utf-8",
    )  # fmt: skip
    found = faults("sweep", path, "--method", "erlangen", "--shrinkage", "much")
    assert [one.partition(": ")[0] for one in found if not one.startswith(str(path))] == [
        "--method", "--shrinkage", "scenarios.'baseline'", "vary.'contact_types.*.aht'",
    ]  # fmt: skip
    of_file = [one.split(": ")[1] for one in found if one.startswith(str(path))]
    assert of_file == ["desing", "vary.'volum'", "hold"]


def test_levels_are_looked_at_although_an_argument_is_wrong() -> None:
    found = faults("sweep", QUEUES, "--hold", "nett", "--vary", "contact_types.*.volum=+5%", "--shrinkage", "120%")
    assert {one.partition(": ")[0] for one in found} == {
        "--hold", "vary.'agent_groups.*.shrinkage'", "vary.'contact_types.*.volum'",
    }  # fmt: skip


def test_what_a_wrong_argument_takes_with_it_is_not_told_too() -> None:
    (one,) = faults("sweep", QUEUES, "--design", "sobol", "--volume", "±10%", "--samples", "8", "--hold", "nett")
    assert one.startswith("--hold")
    (one,) = faults("sweep", QUEUES, "--design", "sobol", "--volume", "±10%")
    assert one.startswith("--samples")
    (one,) = faults("sweep", QUEUES, "--design", "sobol", "--volume", "much", "--samples", "8")
    assert one.startswith("--volume")


def test_a_table_is_written_on_the_command_line() -> None:
    found = told("sweep", QUEUES, "--vary", "agent_groups.support_team.skills.sales={rank=2}", "--replications", 10)
    assert names(found)[1] == "agent_groups.support_team.skills.sales = { rank = 2 }"
    law = 'contact_types.*.patience={law="weibull", mean=120, shape=0.8}'
    assert "patience = { mean = 120, shape = 0.8, law = weibull }" in names(
        told("sweep", QUEUES, "--vary", law, *FORMULA)
    )
    (one,) = faults("sweep", QUEUES, "--vary", "agent_groups.support_team.skills.sales={rnk=2}")
    assert one.startswith("--vary agent_groups.support_team.skills.sales: rnk: ")
    assert "did you mean 'rank'" in one


def test_a_range_is_drawn_between_and_needs_no_number() -> None:
    found = told(
        "sweep", QUEUES, "--volume=-10%:+10%", "--aht", "*0.9:1.2", "--design", "sobol", "--samples", 4, *FORMULA
    )
    levels = [one["levels"] for one in found["cases"][1:]]
    assert all(0.9 <= volume <= 1.1 and 0.9 <= aht <= 1.2 for volume, aht in levels)
    (one,) = faults("sweep", QUEUES, "--volume=-10%:+10%")
    assert "such as '-10%:+10%:5'" in one


@pytest.mark.parametrize("varied", ["--patience=±20%", "--vary=contact_types.*.balking=0.1,0.2"])
def test_what_no_method_reads_is_not_answered_with_nothing(varied: str) -> None:
    (one,) = faults("sweep", QUEUES, varied, "--method", "erlang-c")
    assert "would change nothing: erlang-c knows nobody who hangs up" in one
    mixed = CliRunner().invoke(app, ["sweep", QUEUES, varied, "--method", "erlang-a", "--staffing", "erlang-c"])
    assert mixed.exit_code == 0
    assert "by erlang-c nothing changes" in mixed.stderr
    assert names(told("sweep", QUEUES, "--method", "erlang-c"))[1:] == [
        "volume +1 %", "AHT +1 s", "shrinkage +1 pt", "agents +1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "why"),
    [("contact_types.*.handling.cv=0.5,2", "the mean of a law"), ("horizon.day_factor={cv=0.1, law='gamma'}", "busy")],
)
def test_formulas_take_means(path: str, why: str) -> None:
    assert any(why in one for one in faults("sweep", QUEUES, "--vary", path, *FORMULA))


def test_a_note_says_what_wildcards_leave_out(tmp_path: Path) -> None:
    path = tmp_path / "patient.toml"
    path.write_text(Path(QUEUES).read_text(encoding="utf-8").replace("patience = 300\n", ""), encoding="utf-8")
    done = CliRunner().invoke(app, ["sweep", str(path), "--patience", "+5%", *FORMULA])
    assert "note: contact_types.*.patience: contact_types.support.patience is absent and stays so" in done.stderr


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
        (("--vary", "=+5%"), "must be PATH=LEVELS"),
        (("--volume", "10%:20%"), "must be a number"),
        (("--design", "sobol", "--samples", "4"), "needs something that is varied"),
        (("--design", "sobol", "--volume", "±10%"), "--samples"),
        (("--design", "sobol", "--volume", "±10%", "--samples", "100"), "power of two"),
        (("--best", "service"), "service_level"),
        (("--best", "service_level", "--indifference", "lots"), "0.5pt"),
        (("--method", "erlang-a", "--seed", "3"), "simulation"),
        (("--threads", "0"), "at least 1"),
        (("--vary", "experiment.seed=1,2"), "experiment"),
        (("--vary", "horizon.day_factor.cv=0.1,0.2"), "a table in its place gives one"),
        (("--shrinkage", "0.3", "--shrinkage", "0.4"), "is given 2 times; write '0.3,0.4' once"),
        (("--patience", "+-0%"), "both levels are the base"),
    ],
)
def test_an_argument_that_cannot_be_is_told_in_words(words: tuple[str, ...], clue: str) -> None:
    assert any(clue in one for one in faults("sweep", QUEUES, *words))


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    assert "is not a run folder" in faults("show", tmp_path)[0]
    assert "is not a run folder" in faults("sweep", tmp_path)[0]
    assert "no such folder" in faults("sweep", tmp_path / "none", "--list")[0]
    assert "is not a run folder" in faults("sweep", tmp_path, "--volume", "+5%")[0]
    assert "cannot go with --list" in faults("sweep", tmp_path, "--list", "--volume", "+5%")[0]
    assert "is missing" in faults("sweep")[0]
    assert "no such file" in faults("sweep", tmp_path / "none.toml")[0]
    for words in (("show", QUEUES), ("sweep", QUEUES, "--list")):
        assert f"not a run folder; `wfm sweep {QUEUES} --out FOLDER` makes one" in faults(*words)[0]


def test_a_folder_of_runs_names_them(tmp_path: Path) -> None:
    said("sweep", QUEUES, "--volume", "+1%", *FORMULA, "--out", tmp_path / "one")
    for word in ("show", "sweep"):
        assert f"holds runs and is none itself: {tmp_path / 'one'};" in faults(word, tmp_path)[0]


def test_reports_that_cannot_be_written_leave_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("tornado.svg: cannot be written (No space left on device)")

    run = tmp_path / "run"
    with monkeypatch.context() as broken:
        broken.setattr("wfm.reports.sweeps.write_reports", full)
        with pytest.raises(OutputError) as caught:
            said("sweep", QUEUES, "--volume", "+1%", *FORMULA, "--out", run)
    assert f"`wfm show {run}` shows it" in str(caught.value)
    assert names(told("show", run)) == ["baseline", "volume +1 %"]
    said("sweep", run)
    assert (run / "report.html").exists()


def test_a_rate_of_nothing_is_not_told() -> None:
    from wfm.cli.sweep_arguments import asked_for
    from wfm.cli.sweeping import _rate

    rate = _rate(asked_for(Path(SHARED), {"volume": "+5%", "replications": 20}))
    contacts = 20 * sum(wfm.load(SHARED).volume(name).sum() for name in wfm.load(SHARED).contact_types)
    assert rate(0.0) == "0.0 cases/s"
    assert rate(2.0) == f"2.0 cases/s, {2 * contacts:,.0f} contacts/s"
    assert rate(2e6 / contacts).endswith("2.0 million contacts/s")


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
