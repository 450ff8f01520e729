"""wfm budget and wfm init --budget: what they print, what they write, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from commands import faults, real, said, told

import wfm
from wfm.errors import OutputError, WfmError

SHIPPED = wfm.example("budget_year")
QUARTER = """
title = "A quarter"

[calendar]
start = 2027-01-01
periods = 3

[contact_types.calls]
volume = [9000, 9500, 12000]
aht = "5min"
patience = "2min"
target = "80/20"
opening = { "Mon-Fri" = "08:00-18:00" }

[contact_types.mail]
channel = "email"
volume = 4000
aht = "6min"
opening = { "Mon-Fri" = "08:00-18:00" }

[agent_groups.phones]
skills = ["calls"]
contract_hours = 37.5
people = 8
attrition = 0.02
lead_weeks = 4
training_weeks = 3
ramp = ["50%", "75%"]
classes = [{ start = 2027-02-01, heads = 2 }]
pay_per_hour = 14
on_cost = "20%"

[agent_groups.desk]
skills = ["mail"]
contract_hours = 37.5
max_occupancy = "90%"
people = 3
pay_per_hour = 13

[doubt]
volume = "5%"
draws = 200

[scenarios.Busier]
volume = "+10%"

[scenarios."Shorter calls"]
aht = "-20s"

[initiatives.bot]
changes = { "contact_types.calls.deflection" = "10%" }
one_off = 1000
"""


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small budget in a file: two types, two groups, three months."""
    path = tmp_path_factory.mktemp("quarter") / "quarter.toml"
    path.write_text(QUARTER, encoding="utf-8")
    return path


def test_the_answer_is_printed_first(quarter: Path) -> None:
    lines = said("budget", quarter).splitlines()
    assert lines[0] == "A quarter: 2027-01 to 2027-03"
    assert lines[1].startswith("2027-03 needs most people: ")
    assert any(line.startswith("People are missing in ") for line in lines)
    assert any(line.startswith("The next decision: by 2027-01-04, 2 heads for phones") for line in lines)
    assert lines[-1].startswith(f"next: wfm budget {quarter} --out out; --cheapest, --risk and --returns ask more")


def test_the_json_adds_up(quarter: Path) -> None:
    found = told("budget", quarter)
    assert found["periods"] == ["2027-01", "2027-02", "2027-03"]
    assert found["decisions"] == [{"group": "phones", "decide_by": "2027-01-04", "start": "2027-02-01", "heads": 2}]
    assert [len(one) for one in (found["by_period"], found["money"]["total"])] == [3, 3]
    assert sum(found["money"]["total"]) == pytest.approx(found["summary"]["cost"], rel=1e-12)
    assert sum(one["cost"] for one in found["by_period"]) == pytest.approx(found["summary"]["cost"], rel=1e-12)
    for at, month in enumerate(found["by_period"]):
        groups = found["agent_groups"].values()
        assert sum(one["required_fte"][at] for one in groups) == pytest.approx(month["required_fte"], rel=1e-12)
        assert sum(one["gap"][at] for one in groups) == pytest.approx(month["gap"], abs=1e-9)
    assert found["contact_types"]["mail"]["service_level"] == [None, None, None]  # it waits in no queue
    asked_for = ("variance", "cheapest", "risk", "returns")
    assert [found[name] for name in asked_for] == [None] * 4
    assert {one["period"] for one in found["shortages"]} <= set(found["periods"])


def test_all_but_the_run_depends_on_the_inputs_alone(quarter: Path) -> None:
    first, second = (told("budget", quarter, "--risk", "--returns") for _ in range(2))
    del first["run"], second["run"]
    assert first == second


def test_everything_can_be_asked_of_the_shipped_budget(tmp_path: Path) -> None:
    actual = SHIPPED.with_name("march.csv")
    out = tmp_path / "out"
    command = ("budget", SHIPPED, "--risk", "--draws", 200, "--returns", "--actual", actual, "--out", out)
    found = told(*command)
    budget = wfm.load_budget(SHIPPED)
    assert found["risk"]["draws"] == 200
    assert [one["name"] for one in found["returns"]] == list(budget.initiatives)
    assert found["variance"]["period"] == "2027-03"
    assert [one["name"] for one in found["scenarios"]] == ["base", *(one.name for one in budget.scenarios)]
    assert {"budget.xlsx", "report.html", "budget.csv", "contact_types.csv", "budget.toml", "people.svg",
            "agent_groups.svg", "tornado.svg", "risk.svg"} == {one.name for one in out.iterdir()}  # fmt: skip
    for one in out.glob("*.svg"):
        ElementTree.parse(one)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org/", "")  # it needs nothing else


def test_what_is_written_reads_back(quarter: Path, tmp_path: Path) -> None:
    said("budget", quarter, "--out", tmp_path, "--vary", "volume=±20%")
    saved, in_cells = (wfm.load_budget(tmp_path / name) for name in ("budget.toml", "budget.xlsx"))
    assert saved.digest == in_cells.digest == told("budget", tmp_path / "budget.toml")["provenance"]["budget"]
    assert [one.levels for one in saved.vary] == [(0.8, 1.2)]
    groups, types = (pl.read_csv(tmp_path / name) for name in ("budget.csv", "contact_types.csv"))
    assert groups.height == types.height == 2 * 3
    assert groups["cost"].sum() == pytest.approx(wfm.budget(saved).total_cost, rel=1e-12)


def test_what_is_varied_may_be_said(quarter: Path) -> None:
    found = told("budget", quarter, "--vary", "volume=±20%", "--vary", "contact_types.calls.aht=+15s")
    effects = found["sensitivity"]["effects"]
    assert [one["level"] for one in effects] == [0.8, 1.2, 15.0]
    assert all(one["changes"]["required_fte"] * sign > 0 for one, sign in zip(effects, (-1, 1, 1), strict=True))


def test_scenarios_stand_beside_the_budget_in_any_capitals(quarter: Path) -> None:
    text = said("budget", quarter, "--scenario", "busier")
    assert "Busier: people missing" in text
    assert "Shorter calls" not in text.partition("change ")[0]
    found = told("budget", quarter, "--scenario", "base", "--scenario", "shorter calls")["scenarios"]
    assert [one["name"] for one in found] == ["base", "Shorter calls"]
    assert found[1]["changes"]["required_fte"] < 0


def test_a_formula_may_plan_and_a_simulation_predict(quarter: Path) -> None:
    by_formula, by_simulation = (told("budget", quarter, *more) for more in ((), ("--predict-by", "simulation")))
    assert by_simulation["provenance"]["predicted by"] == "simulation"
    required = [one["agent_groups"]["phones"]["required_fte"] for one in (by_formula, by_simulation)]
    assert required[0] == required[1]
    levels = [one["contact_types"]["calls"]["service_level"][0] for one in (by_formula, by_simulation)]
    assert levels[0] != levels[1]
    assert levels[0] == pytest.approx(levels[1], abs=0.1)


def test_the_cheapest_plan_costs_no_less_than_its_bound(quarter: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(QUARTER + "\n[hiring]\nshort_cost = 9000\n", encoding="utf-8")
    found = told("budget", path, "--cheapest")["cheapest"]
    assert found["bound"] <= found["cost"] * (1 + 1e-9)
    assert found["gap"] == pytest.approx((found["cost"] - found["bound"]) / found["cost"], abs=1e-9)
    text = said("budget", path, "--cheapest", "--out", tmp_path / "out")
    assert "The cheapest plan" in text
    assert f"adopted by wfm budget {tmp_path / 'out' / 'cheapest.toml'}" in text


def test_the_cheapest_plan_is_a_budget_that_may_be_adopted(quarter: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(QUARTER + "\n[hiring]\nshort_cost = 90000\n", encoding="utf-8")
    found = told("budget", path, "--cheapest", "--out", tmp_path)["cheapest"]
    adopted = told("budget", tmp_path / "cheapest.toml")
    assert found["decisions"]
    assert adopted["summary"] == found["summary"]
    classes = wfm.load_budget(tmp_path / "cheapest.toml").agent_groups["phones"].classes
    assert len(classes) == 1 + sum(one["group"] == "phones" for one in found["decisions"])
    again = faults("budget", tmp_path / "cheapest.toml", "--cheapest", "--out", tmp_path)
    assert "would be written over it" in again[0]


def test_every_fault_of_the_arguments_is_told_at_once(quarter: Path) -> None:
    found = faults(
        "budget", quarter, "--method", "erlangc", "--predict-by", "simulate", "--draws", 500, "--period", "2027-03",
        "--scenario", "buzier", "--vary", "volum=±10%", "--vary", "aht",
    )  # fmt: skip
    wanted = [
        "--method: ", "did you mean 'erlang-c'?", "did you mean 'simulation'?", "--draws: belongs to --risk",
        "--period: is of --actual", "did you mean 'Busier'?", "volum", "--vary aht: must be PATH=LEVELS",
    ]  # fmt: skip
    for words in wanted:
        assert any(words in one for one in found), (words, found)


def test_a_variation_that_cannot_be_is_told_once_as_it_was_written(quarter: Path) -> None:
    found = faults("budget", quarter, "--vary", "vol=±10%", "--vary", "aht=-10min:+10min:3", "--draws", 500)
    starts = [
        "--draws: belongs to --risk",
        "--vary vol=±10%: matches nothing; ",
        "--vary aht=-10min:+10min:3: contact_types.calls.aht must be ",
        "--vary aht=-10min:+10min:3: contact_types.mail.aht must be ",
    ]
    assert all(one.startswith(start) for one, start in zip(found, starts, strict=True)), found


def test_a_question_without_its_part_of_the_budget_is_refused(quarter: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text(QUARTER.partition("[doubt]")[0], encoding="utf-8")
    found = faults("budget", path, "--risk", "--returns", "--scenario", "lean")
    assert [one.partition(":")[0] for one in found] == ["--scenario", "--risk", "--returns"]


def test_a_fault_has_no_traceback_and_status_2(tmp_path: Path) -> None:
    done = real("budget", tmp_path / "none.toml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert real("init").returncode == 2


def test_a_folder_that_cannot_be_made_is_told_before_the_work(quarter: Path, tmp_path: Path) -> None:
    there = tmp_path / "file"
    there.write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file; a folder is needed"):
        said("budget", quarter, "--out", there)


def test_the_budget_that_is_read_is_not_written_over(quarter: Path, tmp_path: Path) -> None:
    said("budget", quarter, "--out", tmp_path)
    for name in ("budget.toml", "budget.xlsx"):
        path = tmp_path / name
        before = path.read_bytes()
        assert "would be written over it" in faults("budget", path, "--out", tmp_path)[0]
        assert path.read_bytes() == before


def test_nothing_is_written_where_one_report_cannot_be_made(
    quarter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise OutputError("no page")

    monkeypatch.setattr("wfm.reports.budgets.page.page", broken)
    with pytest.raises(OutputError, match="no page"):
        said("budget", quarter, "--out", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["year.toml", "year.xlsx"])
def test_init_writes_the_shipped_budget(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    text = said("init", "--budget", path)
    assert f"wfm budget {path}" in text
    assert wfm.load_budget(path).digest == wfm.load_budget(SHIPPED).digest
    before = path.read_bytes()
    with pytest.raises(WfmError, match="not overwritten"):
        said("init", "--budget", path)
    assert path.read_bytes() == before


def test_init_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    assert faults("init") == ["FILE.csv: is missing: an interval export; or --budget year.xlsx begins a budget"]
    assert faults("init", "--budget", tmp_path / "year.csv")[0].startswith(
        "--budget: must be a workbook or a TOML file"
    )
    found = faults("init", "export.csv", "--budget", tmp_path / "year.xlsx", "--out", tmp_path)
    assert [one.partition(":")[0] for one in found] == ["FILE.csv", "--out"]
