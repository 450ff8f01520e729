"""Every command, its exit status, its JSON and what it leaves in a folder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import real, said, told

import wfm
from wfm.reports.words import points

DATA = Path(__file__).parents[1] / "data"
SMALL = str(DATA / "odd" / "every_key.toml")
TWO = str(DATA / "odd" / "plain.toml")
LANGUAGES = str(wfm.example("two_languages"))

MEASURES = {
    "offered", "answered", "abandoned", "blocked", "dropped", "unfinished", "service_level", "abandonment",
    "average_speed_of_answer", "mean_wait", "days_met", "service_levels", "mean_queue", "best_rank_share",
}  # fmt: skip
TIMES = {"occupancy", "busy_hours", "staffed_hours", "overtime_hours", "cost"}
PERCENTILES = {"50", "80", "90", "95", "99"}
DEFINITIONS = {
    "answered_of_offered", "answered_of_answered", "excluding_abandoned_within", "excluding_short_abandons",
    "abandoned_within_counted",
}  # fmt: skip


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `wfm plan --out` writes."""
    out = tmp_path_factory.mktemp("plan") / "out"
    text = said("plan", TWO, "--replications", 5, "--out", out)
    assert "plan.csv" in text
    return out


# ---- erlang


def test_erlang_gives_the_golden_figures() -> None:
    words = ("erlang", "--volume", 100, "--per", "30min", "--aht", 180, "--target", "80/20", "--shrinkage", "30%")
    found = told(*words)
    assert found["net_fractional"] == pytest.approx(13.04, abs=0.005)
    assert found["gross_fractional"] == pytest.approx(18.62, abs=0.01)
    assert (found["net_whole"], found["gross_whole"]) == (14, 20)
    assert [one["agents"] for one in found["candidates"]] == list(range(11, 18))
    chosen = next(one for one in found["candidates"] if one["agents"] == 14)
    assert chosen["service_level"] == pytest.approx(0.888, abs=5e-4)
    assert chosen["average_speed_of_answer"] == pytest.approx(7.8, abs=0.05)
    assert chosen["occupancy"] == pytest.approx(0.714, abs=5e-4)
    text = said(*words)
    for figure in ("13.04", "18.62", "14", "20"):
        assert figure in text


@pytest.mark.parametrize(
    ("words", "agents"),
    [
        ("--volume 1000 --per 1h --aht 120", 38),
        ("--volume 1000 --per 1h --aht 2min --max-occupancy 85%", 40),
        ("--volume 200 --aht 300", 39),
        ("--volume 200 --aht 300 --patience 60", 33),
        ("--volume 200 --aht 5min --patience 2min", 35),
        ("--volume 200 --aht 5:00 --patience 300", 37),
        ("--volume 200 --aht 300 --patience 120 --max-occupancy 0.85", 39),
        ("--volume 0 --aht 300", 0),
    ],
)
def test_erlang_gives_the_figures_of_the_tables(words: str, agents: int) -> None:
    assert told("erlang", *words.split())["net_whole"] == agents


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("--volume -1 --aht 180", ["--volume", "at least 0", "-1"]),
        ("--volume nan --aht 180", ["--volume", "finite"]),
        ("--volume 100 --aht 0", ["--aht", "above 0"]),
        ("--volume 100 --aht 3mn --target 80-20 --shrinkage 30x", ["--aht", "--target", "--shrinkage", "3mn", "80/20"]),
        ("--volume 100 --aht 180 --shrinkage 100%", ["--shrinkage", "below 1"]),
        ("--volume 100 --aht 180 --target 100/20", ["--target", "below 1"]),
        ("--volume 100 --aht 180 --per 0", ["--per", "above 0"]),
        ("--volume 100 --aht 180 --max-occupancy 85", ["--max-occupancy", "at most 1", "'85%'"]),
    ],
)
def test_faults_of_arguments_are_told_by_their_names(words: str, places: list[str]) -> None:
    with pytest.raises(wfm.InputError) as caught:
        said("erlang", *words.split())
    for place in places:
        assert place in str(caught.value)


# ---- check, plan, explain


def test_check_says_what_was_understood() -> None:
    text = said("check", SMALL)
    for words in ("4 intervals of 30 min", "lognormal", "80 % within 20 s", "lines: 60", "shrinkage", "sickness"):
        assert words in text


def test_plan_writes_a_plan_that_the_other_commands_read(planned: Path) -> None:
    assert sorted(path.name for path in planned.iterdir()) == ["plan.csv", "plan.xlsx", "report.html"]
    plan = planned / "plan.csv"
    seen = told("simulate", TWO, "--plan", plan, "--replications", 5)
    again = told("plan", TWO, "--replications", 5)
    assert seen["provenance"]["plan"] == again["plan"]["digest"]
    for part in ("contact_types", "agent_groups", "total", "seed", "replications"):
        assert seen[part] == again["predictions"]["simulation"][part]
    rows = told("compare", TWO, plan, plan, "--replications", 5)["rows"]
    assert [row["plan"] for row in rows] == [str(plan), str(plan)]
    assert rows[1]["difference"]["service_level"]["mean"] == 0


def test_plan_by_erlang_c_needs_no_fewer_agents_than_by_erlang_a() -> None:
    by = {method: told("plan", TWO, "--method", method, "--replications", 2) for method in ("erlang-a", "erlang-c")}
    net = {method: np.array(found["plan"]["agent_groups"]["team"]["net"]) for method, found in by.items()}
    assert np.all(net["erlang-c"] >= net["erlang-a"])
    assert by["erlang-c"]["method"] == "erlang-c"


def test_explain_works_one_requirement_out() -> None:
    found = told("explain", TWO, "--interval", "9:00")
    assert found["start"] == "2026-01-05T09:00:00"
    assert found["volume"] == 35
    assert found["offered_load"] == pytest.approx(35 * 180 / 1800)
    assert found["net_whole"] == told("plan", TWO, "--replications", 2)["plan"]["agent_groups"]["team"]["net"][2]
    assert told("explain", TWO, "--interval", "9:00 am", "--date", "05/01/2026", "--type", "call") == found
    assert "9:00" in said("explain", TWO, "--interval", "9:00")


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--interval", "9:00", "--type", "cals"], ["--type", "did you mean 'calls'?"]),
        (["--interval", "9:10"], ["--interval", "start of an interval", "every 30 minutes"]),
        (["--interval", "half past nine"], ["--interval", "10:30", "half past nine"]),
        (["--interval", "9:00", "--date", "5 January"], ["--date", "2026-01-05"]),
        (["--interval", "9:00", "--date", "2026-01-06"], ["--date", "2026-01-05"]),
        (["--interval", "23:00"], ["--interval", "08:00"]),
        (["--interval", "9:00", "--method", "erlang-x"], ["erlang-x", "did you mean"]),
    ],
)
def test_explain_names_what_it_does_not_find(words: list[str], places: list[str]) -> None:
    with pytest.raises(wfm.WfmError) as caught:
        said("explain", TWO, *words)
    for place in places:
        assert place in str(caught.value)


# ---- simulate


def test_simulate_tells_every_measure() -> None:
    seen = told("simulate", TWO, "--replications", 6, "--seed", 3)
    assert {"contact_types", "agent_groups", "total", "replications", "seed", "run"} <= set(seen)
    assert (seen["replications"], seen["seed"]) == (6, 3)
    assert {"engine", "threads", "seconds", "versions"} <= set(seen["run"])
    assert list(seen["contact_types"]) == ["calls"]
    for measures in (seen["total"], seen["contact_types"]["calls"]):
        assert set(measures) == MEASURES | {"by_interval", "by_day", "wait_percentiles"}
        assert set(measures["wait_percentiles"]) == PERCENTILES
        assert set(measures["service_levels"]) == DEFINITIONS
        for part, length in (("by_interval", 4), ("by_day", 1)):
            assert set(measures[part]) == MEASURES
            assert all(len(measures[part][name]) == length for name in MEASURES - {"service_levels"})
        assert set(measures["offered"]) == {"mean", "half_width"}
    group = seen["agent_groups"]["team"]
    assert set(group) == TIMES | {"by_interval", "by_day"}
    assert len(group["by_interval"]["occupancy"]) == 4
    total = seen["total"]
    parts = ("answered", "abandoned", "blocked", "dropped", "unfinished")
    assert total["offered"]["mean"] == pytest.approx(sum(total[name]["mean"] for name in parts))


@pytest.mark.parametrize("scenario", [TWO, SMALL])
def test_all_but_the_run_depends_on_inputs_and_seed_alone(scenario: str) -> None:
    words = ("simulate", scenario, "--replications", 8, "--seed", 11)
    first = told(*words, "--threads", 1)
    for more in (["--threads", 2], ["--engine", "reference"]):
        other = told(*words, *more)
        assert {**other, "run": None} == {**first, "run": None}
    assert told(*words[:-1], 12)["total"] != first["total"]


def test_one_replication_has_no_half_width() -> None:
    seen = told("simulate", TWO, "--replications", 1)
    assert seen["total"]["offered"]["half_width"] is None
    assert "nan" not in said("simulate", TWO, "--replications", 1).lower()


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--replications", "0"], ["replications", "at least 1", "0"]),
        (["--seed", "-1"], ["seed", "at least 0", "-1"]),
        (["--threads", "0"], ["threads", "at least 1"]),
        (["--engine", "fast"], ["engine", "compiled", "reference", "fast"]),
        (["--plan", "no_such_plan.csv"], ["no_such_plan.csv", "no such file"]),
    ],
)
def test_simulate_refuses_nonsense(words: list[str], places: list[str]) -> None:
    with pytest.raises(wfm.WfmError) as caught:
        said("simulate", TWO, *words)
    for place in places:
        assert place in str(caught.value)


def test_a_scenario_without_agents_says_how_to_get_a_plan(tmp_path: Path) -> None:
    shutil.copy(DATA / "odd" / "plain.csv", tmp_path)
    scenario = tmp_path / "plain.toml"
    scenario.write_text(Path(TWO).read_text().replace("agents = 12\n", ""))
    with pytest.raises(wfm.WfmError, match="plan"):
        said("simulate", scenario)


def test_simulate_shows_what_customers_and_agents_experience() -> None:
    text = said("simulate", LANGUAGES, "--replications", 20)
    for head in ("service level", "ASA", "abandoned", "mean queue", "50 % within", "90 % within", "by best group",
                 "occupancy", "overtime hours", "cost"):  # fmt: skip
        assert head in text
    assert "by best group" not in said("simulate", TWO, "--replications", 5)
    seen = told("simulate", LANGUAGES, "--replications", 20)
    share = seen["contact_types"]["french"]["best_rank_share"]["mean"]
    row = next(line for line in text.split("by best group")[1].splitlines() if line.startswith("french"))
    assert row.split()[-2] == f"{100 * share:.1f}"
    assert seen["cost"]["mean"] == pytest.approx(sum(one["cost"]["mean"] for one in seen["agent_groups"].values()))


def test_until_tells_whether_the_half_width_is_reached() -> None:
    words = ("simulate", LANGUAGES, "--until", "french.service_level +- 3pt")
    found = told(*words)
    assert found["until_reached"] is True
    assert found["contact_types"]["french"]["service_level"]["half_width"] <= 0.03
    assert "is reached with" in said(*words)
    few = ("simulate", LANGUAGES, "--until", "service_level +- 0.01pt", "--replications", 40)
    found = told(*few)
    assert (found["until_reached"], found["replications"]) == (False, 40)
    assert "is not reached with 40 replications" in said(*few)
    assert told("simulate", LANGUAGES, "--replications", 2)["until_reached"] is None


@pytest.mark.parametrize(
    ("option", "scenario", "name"),
    [("--control-variate", "two_languages", "Control variate"), ("--stratified", "day_factor", "Strata")],
)
def test_what_makes_figures_surer_tells_its_gain(option: str, scenario: str, name: str) -> None:
    words = ("simulate", wfm.example(scenario), "--replications", 64, option)
    gained = told(*words)["variance_reduction"]
    assert gained["half_width"] < gained["half_width_without"]
    times = (gained["half_width_without"] / gained["half_width"]) ** 2
    assert gained["as_many_replications"] == pytest.approx(times)
    figures = f"half-width {100 * gained['half_width']:.2f} points instead of {100 * gained['half_width_without']:.2f}"
    assert f"{name}: {figures}, worth {times:.1f} times the replications." in said(*words)
    assert told("simulate", wfm.example(scenario), "--replications", 2)["variance_reduction"] is None


def test_one_long_run_in_batches_says_so() -> None:
    words = ("simulate", wfm.example("w1_stationary"), "--batches", 20, "--warm-up", "67h")
    found = told(*words)
    assert found["replications"] == 1
    assert found["total"]["service_level"]["half_width"] > 0
    assert "from 20 batches of one long replication after 67:00 h of warm-up" in said(*words)


def test_of_very_many_types_and_groups_the_worst_are_shown() -> None:
    text = said("simulate", wfm.example("large_multi_skill"), "--replications", 2)
    assert "the 10 of 50 contact types with the lowest service level" in text
    assert "the 10 busiest of 60 agent groups" in text
    assert len(text.splitlines()) < 60


@pytest.mark.parametrize(
    ("scenario", "replications"),
    [("two_languages", 20), ("lines", 20), ("closing_carry", 20), ("large_multi_skill", 2)],
)
def test_tables_fit_into_80_columns(
    scenario: str, replications: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("wfm.reports.console.WIDTH_WHEN_PIPED", 80)
    path = wfm.example(scenario)
    for words in (["--replications", replications], ["--replay", 1, "--out", tmp_path]):
        text = said("simulate", path, *words)
        tables = [block for block in text.split("\n\n") if "───" in block]
        assert tables
        for block in tables:
            ruled = next(line for line in block.splitlines() if line.startswith("───"))
            assert len(ruled.rstrip()) <= 80
            below = block.split(ruled)[1].strip("\n").splitlines()
            # A figure that is folded leaves a line without a name before it.
            assert not any(line.startswith(" ") for line in below), block


# ---- compare


def test_compare_sets_other_scenarios_beside_this_one(tmp_path: Path) -> None:
    trained = tmp_path / "ten_cross_trained.toml"
    text = Path(LANGUAGES).read_text()
    trained.write_text(text.replace('skills = ["french"]', "skills = { french = { rank = 1 }, dutch = { rank = 2 } }"))
    found = told("compare", LANGUAGES, trained, "--replications", 50)
    assert [row["plan"] for row in found["rows"]] == ["two_languages", "ten_cross_trained"]
    apart = found["rows"][1]["difference"]
    assert apart["paired"]
    assert apart["service_level"]["mean"] > apart["service_level"]["half_width"] > 0
    assert "ten_cross_trained is better than two_languages" in found["verdicts"][0]
    both = said("compare", LANGUAGES, trained, "--replications", 50)
    assert "the same 50 simulated horizons" in both


def moved(agents: int, path: Path) -> Path:
    """The plan of two languages with so many agents moved from the French team to the Dutch one."""
    center = wfm.load(LANGUAGES)
    net = np.array([group.agents for group in center.agent_groups.values()], dtype=np.float64)
    net[:2] += [[-agents], [agents]]
    return wfm.StaffingPlan(center, net).to_csv(path)


def test_compare_tells_which_contact_type_loses_what_another_wins(tmp_path: Path) -> None:
    plans = [moved(agents, tmp_path / f"moved_{agents}.csv") for agents in (0, 2)]
    found = told("compare", LANGUAGES, *plans, "--replications", 20)
    assert (found["seed"], found["replications"]) == (1, 20)
    by_type = found["rows"][1]["difference"]["contact_types"]
    assert set(by_type) == {"french", "dutch"}
    changes = {name: measures["service_level"] for name, measures in by_type.items()}
    assert changes["french"]["mean"] < -changes["french"]["half_width"] < 0
    assert changes["dutch"]["mean"] > changes["dutch"]["half_width"] > 0
    # Fewer people lose more callers, and keep them waiting longer.
    for measure in ("abandonment", "average_speed_of_answer"):
        assert by_type["french"][measure]["mean"] > 0 > by_type["dutch"][measure]["mean"]
    text = said("compare", LANGUAGES, *plans, "--replications", 20)
    table = text[text.index("Service level by contact type") : text.index(found["verdicts"][0])].splitlines()
    for name, change in changes.items():
        (line,) = [line for line in table if line.startswith(name)]
        assert points(change["mean"], change["half_width"]).removesuffix(" points") in line


@pytest.mark.parametrize("methods", [["simulation"], ["simulation", "simulation"]])
def test_compare_by_contact_type_fits_into_80_columns(
    methods: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("wfm.reports.console.WIDTH_WHEN_PIPED", 80)
    names = ["as_it_is", "two_people_moved_from_french_to_dutch_all_day_long", "one_of_dutch_to_french_and_no_more"]
    plans = [moved(agents, tmp_path / f"{name}.csv") for agents, name in zip((0, 2, -1), names, strict=True)]
    asked = [word for method in methods for word in ("--method", method)]
    text = said("compare", LANGUAGES, *plans, *asked, "--replications", 5)
    by_type = text[text.index("Service level by contact type") :].split("\n\n")
    tables = [block.splitlines() for block in by_type if "───" in block]
    assert len(tables) == len(methods)
    for lines in tables:
        ruled = next(row for row, line in enumerate(lines) if line.startswith("───"))
        assert len(lines[ruled].rstrip()) <= 80
        # One line for each type: no figure is folded.
        assert [line.split()[0] for line in lines[ruled + 1 :]] == ["french", "dutch"]


def test_compare_of_very_many_types_shows_those_that_change_most(tmp_path: Path) -> None:
    many = Path(wfm.example("large_multi_skill"))
    fewer = tmp_path / "fewer_in_team_20.toml"
    fewer.write_text(many.read_text().replace("team_20 = { agents = 18", "team_20 = { agents = 2"))
    found = told("compare", many, fewer, "--replications", 2)
    by_type = found["rows"][1]["difference"]["contact_types"]
    assert len(by_type) == 50
    most = sorted(by_type, key=lambda name: -abs(by_type[name]["service_level"]["mean"]))[:10]
    assert "type_20" in most
    text = said("compare", many, fewer, "--replications", 2)
    assert "the 10 of 50 contact types that change most" in text
    assert re.findall(r"^type_\d+", text, re.MULTILINE) == most


def test_compare_sets_methods_side_by_side() -> None:
    found = told("compare", TWO, "--method", "erlang-a", "--method", "simulation", "--replications", 5)
    assert [row["method"] for row in found["rows"]] == ["erlang-a", "simulation"]
    assert len(found["verdicts"]) == 1
    text = said("compare", TWO, "--method", "erlang-a", "--method", "simulation", "--replications", 5)
    assert " ".join(found["verdicts"][0].split()[:4]) in " ".join(text.split())


# ---- init and demo


# Two days of 10, 20, 30, 20 contacts; export: AHT and patience that it tells, seconds.
EXPORTS: dict[str, tuple[float, float | None]] = {
    "genesys_two_days.csv": (200, 90),
    "calabrio_two_days.csv": (200, None),
    "verint_two_days.csv": (200, None),
    "avaya_two_days.csv": (200, 120),
    "amazon_connect_two_days.csv": (200, 120),
    "german_two_days.csv": (200.5, None),
    "total_line_two_days.csv": (200, None),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_init_leads_to_a_plan(name: str, tmp_path: Path) -> None:
    export = shutil.copy(DATA / "exports" / name, tmp_path)
    scenario = tmp_path / Path(name).stem / "scenario.toml"
    assert "scenario.toml" in said("init", export)
    assert "8 intervals open" in said("check", scenario)
    center = wfm.load(scenario)
    (calls,) = center.contact_types.values()
    aht, patience = EXPORTS[name]
    assert calls.handling_time(1)[0] == pytest.approx(aht)
    assert calls.mean_patience(1)[0] == pytest.approx(patience or np.inf)
    assert center.volume(*center.contact_types).sum() == 160
    found = told("plan", scenario, "--replications", 2)
    assert found["plan"]["peak_net"] > 0
    with pytest.raises(wfm.OutputError, match="not overwritten"):
        said("init", export)


# ---- the real command


def test_help_names_every_command_and_unknown_words_exit_with_2() -> None:
    text = said("--help")
    for command in ("demo", "erlang", "init", "check", "plan", "simulate", "compare", "explain"):
        assert command in text
        assert "Usage" in said(command, "--help")
    said("plann", status=2)
    said("check", status=2)
    said("simulate", TWO, "--replications", "many", status=2)


def test_what_is_piped_has_no_escape_codes_nor_progress() -> None:
    done = real("simulate", TWO, "--replications", 20)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert not re.search(r"simulating|━", done.stderr)
    assert real("simulate", TWO, "--replications", 20, NO_COLOR="1").stdout == done.stdout


def test_json_is_alone_on_standard_output_and_a_fault_on_standard_error() -> None:
    done = real("simulate", TWO, "--replications", 2, "--json")
    assert json.loads(done.stdout)["replications"] == 2
    done = real("simulate", TWO, "--replications", 0, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("wfm: ")
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_fault() -> None:
    command = f"{sys.executable} -m wfm check {TWO} | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
