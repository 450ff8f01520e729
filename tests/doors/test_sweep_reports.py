"""What a sweep leaves behind: pictures, page, workbook, CSV and JSON are whole, true to the table, and safe to open."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest

import wfm
from wfm.reports.sweeps import as_json, figures, tables, told, write_reports
from wfm.reports.sweeps.as_csv import as_csv
from wfm.reports.sweeps.page import page
from wfm.reports.sweeps.pictures import pictures_of
from wfm.reports.sweeps.terminal import show_sweep
from wfm.reports.sweeps.workbook import workbook

EVIL = "<script>alert(1)</script> & [bold] $x_1$ {{ 7*7 }}"
FORMULA = "=1+1"
SVG = "{http://www.w3.org/2000/svg}"


def center(**described: object) -> wfm.ContactCenter:
    """Two types with a team each, priced, on a short day; `described` is of the first."""
    calls = {"volume": 60.0, "handling": 180, "patience": 120, "target": wfm.Target(0.8, 20)} | described
    group = {"agents": 8, "cost_per_hour": 20.0, "shrinkage": wfm.Shrinkage(planned={"breaks": 0.1})}
    return wfm.ContactCenter(
        horizon=wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 8),
        contact_types={
            "sales": wfm.ContactType(**calls),  # type: ignore[arg-type]
            "service": wfm.ContactType(40.0, handling=240, patience=200, target=wfm.Target(0.7, 60)),
        },
        agent_groups={name: wfm.AgentGroup([name], **group) for name in ("sales", "service")},  # type: ignore[arg-type]
        title=EVIL,
    )


@pytest.fixture(scope="module")
def apart() -> wfm.SweepResult:
    """One at a time, simulated."""
    simulation = wfm.Simulation(replications=30, seed=1)
    varied = {"volume": "±10%", "aht": "+30s", "contact_types.sales.patience": "+0.001s"}
    return wfm.sweep(center(), varied, design="one_at_a_time", method=simulation)


@pytest.fixture(scope="module")
def crossed() -> wfm.SweepResult:
    """A grid by formula, staffed."""
    return wfm.sweep(center(), {"volume": "*0.9:1.1:3", "aht": "+-30:+30:3"}, method="erlang-a")


@pytest.fixture(scope="module")
def scenarios() -> wfm.SweepResult:
    """Named scenarios whose names mean mischief."""
    named = {EVIL: {"volume": "-10%"}, FORMULA: {"agents": "+1"}, "Größer": {"agents": "-1", "volume": "+5%"}}
    return wfm.sweep(center(), scenarios=named, method="erlang-a")


def drawn_texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_each_design_has_its_pictures(
    apart: wfm.SweepResult, crossed: wfm.SweepResult, scenarios: wfm.SweepResult
) -> None:
    assert set(pictures_of(apart)) == {"tornado", "elasticities"}
    assert {"heat_map", "elasticities"} <= set(pictures_of(crossed))
    assert set(pictures_of(scenarios)) == {"tornado", "frontier"}
    agents = wfm.sweep(center(), {"agents": "-1,+0,+1,+2"}, method="erlang-a")
    assert {"staff_and_service", "frontier"} <= set(pictures_of(agents))


def test_the_same_result_gives_the_same_bytes(apart: wfm.SweepResult) -> None:
    assert pictures_of(apart) == pictures_of(apart)
    drawn = pictures_of(apart)
    assert page(apart, drawn) == page(apart, drawn)
    assert as_csv(apart) == as_csv(apart)


def test_a_tornado_names_every_input_and_its_ends(apart: wfm.SweepResult) -> None:
    texts = drawn_texts(pictures_of(apart)["tornado"])
    assert "volume" in texts
    assert "AHT +30 s" in texts
    change = 100 * apart.change(apart.effects()[-1].case, "service_level").mean
    assert any("+10 %" in text for text in texts)
    assert f"{change:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0") in texts


def test_a_heat_map_has_the_figure_of_every_case(crossed: wfm.SweepResult) -> None:
    found = crossed.grid()
    assert found is not None
    texts = drawn_texts(pictures_of(crossed)["heat_map"])
    for value in found.values.ravel():
        assert f"{value:.0f}" in texts


def test_what_cannot_be_told_from_nothing_is_called_noise(apart: wfm.SweepResult) -> None:
    of_patience = [one for one in apart.effects() if "patience" in one.label]
    of_volume = [one for one in apart.effects() if one.label == "volume"]
    assert all(not one.is_noise("service_level") for one in of_volume)
    for one in of_patience:
        assert one.is_noise("service_level") == (one.change("service_level").mean != 0)
        assert ("noise" in tables.effect_cell(one, "service_level")) == one.is_noise("service_level")


def test_more_demand_is_no_choice(crossed: wfm.SweepResult, scenarios: wfm.SweepResult) -> None:
    """Only what differs in people, skills, routing or plan stands on the frontier, in every report alike."""
    assert crossed.frontier() is None
    mixed = wfm.sweep(center(), {"volume": "±10%", "agents": "-1,+1"}, design="one_at_a_time", method="erlang-a")
    crossing = wfm.sweep(center(), {"volume": "*0.9:1.1:3", "agents": "+-1:+1:3"}, method="erlang-a")
    names = [
        {point.name for point in found.points}
        for found in (scenarios.frontier(), mixed.frontier(), crossing.frontier())
        if found is not None
    ]
    assert names[0] == {"baseline", FORMULA}
    assert names[1] == {"baseline", "agents −1", "agents +1"}
    assert names[2] == {"baseline", "volume ±0 %, agents −1", "volume ±0 %, agents ±0", "volume ±0 %, agents +1"}


def test_csv_holds_the_table(apart: wfm.SweepResult) -> None:
    text = as_csv(apart)
    read = pl.read_csv(io.StringIO(text.removeprefix("\ufeff")))
    assert read.height == apart.table.height
    assert read["contact type"].to_list()[:3] == ["sales", "service", "all"]
    for name, head in (("service_level", "service level"), ("required_hours", "required paid hours")):
        assert read[head].to_list() == pytest.approx(apart.table[name].to_list(), nan_ok=True)
    assert read["volume, factor"].drop_nulls().unique().sort().to_list() == [0.9, 1.1]
    assert text.count("\r\n") == apart.table.height + 1


def test_csv_does_not_let_a_name_be_a_formula(scenarios: wfm.SweepResult) -> None:
    text = as_csv(scenarios)
    assert text.startswith("\ufeff")  # a spreadsheet would else spoil the umlaut
    names = set(pl.read_csv(io.StringIO(text.removeprefix("\ufeff")))["name"])
    assert names == {"baseline", EVIL, f"'{FORMULA}", "Größer"}


def test_workbook_holds_every_case_and_no_formula(scenarios: wfm.SweepResult) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(scenarios)))
    assert book.sheetnames == ["Summary", "Cases", "By type", "Pictures", "Assumptions"]
    rows = list(book["Cases"].values)
    assert [row[1] for row in rows[1:]] == [scenarios.sweep.case(number).name for number in range(4)]
    level = rows[0].index("service level")
    assert [row[level] for row in rows[1:]] == pytest.approx([scenarios.row(n)["service_level"] for n in range(4)])
    assert len(list(book["By type"].values)) == 1 + 4 * 2
    assert all(cell.data_type != "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    summary = {cell for line in book["Summary"].values for cell in line}
    assert set(scenarios.verdicts) <= summary


def test_page_is_one_safe_file_that_begins_with_the_answer(scenarios: wfm.SweepResult) -> None:
    drawn = pictures_of(scenarios)
    text = page(scenarios, drawn)
    assert "<script>" not in text
    assert "49" not in re.sub(r"<svg.*?</svg>", "", text[: text.index("<main>")], flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!#)', text)
    assert text.count("<svg") == len(drawn)
    first = unescape(text[: text.index("<main>")])
    assert all(sentence in first for sentence in scenarios.verdicts)
    assert scenarios.sweep.digest in text


def test_json_is_strict_and_has_every_case(apart: wfm.SweepResult, crossed: wfm.SweepResult) -> None:
    for result in (apart, crossed):
        plain = json.loads(json.dumps(as_json.sweep(result), allow_nan=False))
        assert [one["case"] for one in plain["cases"]] == list(range(len(result.sweep)))
        for one in plain["cases"]:
            assert one["total"]["service_level"] == result.row(one["case"])["service_level"]
            assert set(one["contact_types"]) == {"sales", "service"}
        assert plain["verdicts"] == result.verdicts
    assert plain["grid"]["values"][1][1] == crossed.baseline["required_peak"]


def test_terminal_shows_marks_in_names_as_they_are(
    scenarios: wfm.SweepResult, capsys: pytest.CaptureFixture[str]
) -> None:
    show_sweep(scenarios)
    shown = capsys.readouterr().out
    assert "[bold]" in shown
    assert all(sentence in shown for sentence in scenarios.verdicts)


@pytest.mark.parametrize("columns", [80, 120])
def test_terminal_keeps_to_its_width(
    apart: wfm.SweepResult, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from wfm.reports import console

    monkeypatch.setattr(console, "WIDTH_WHEN_PIPED", columns)
    show_sweep(apart)
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line.startswith(("volume", "AHT"))]
    assert rows
    assert all(len(line) <= columns for line in rows)


def test_reports_are_written_whole_into_a_new_folder(crossed: wfm.SweepResult, tmp_path: Path) -> None:
    written = write_reports(crossed, tmp_path / "new")
    assert written[0].name == "results.csv"
    assert written[-1].name == "report.html"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {path.name for path in written}


def test_a_large_grid_is_thinned_to_its_ends_and_the_baseline() -> None:
    large = wfm.sweep(center(), {"volume": "*0.5:1.5:41", "aht": "+-20:+20:3"}, method="erlang-a", ask=["predict"])
    found = large.grid()
    assert found is not None
    table = tables.grid(found, 5, 6)
    down, across = (len(table.rows), len(table.head) - 1)
    assert (down, across) in {(3, 6), (3, 7)}
    assert {"−50 %", "±0 %", "+50 %"} <= set(table.head)
    stars = [cell for row in table.rows for cell in row if cell.startswith("*")]
    assert stars == [f"*{100 * large.baseline['service_level']:.1f} %"]


def test_what_leaves_nothing_to_chance_claims_no_confidence(capsys: pytest.CaptureFixture[str]) -> None:
    once = wfm.sweep(center(), {"volume": "+10%"}, method=wfm.Simulation(replications=1, seed=1))
    exact = wfm.sweep(center(), {"volume": "+10%"}, method="erlang-c")
    assert "Simulated once" in told.how_sure(once)
    assert told.how_sure(exact) == ""
    show_sweep(exact)
    shown = capsys.readouterr().out
    assert "±" not in shown
    assert "abandoned" not in shown  # nobody hangs up by Erlang C: 0 % would be taken for a finding
    assert "By Erlang C the baseline" in shown


def test_a_case_without_figures_is_told_once_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    named = {"None left": {"agents": "-8", "contact_types.sales.volume": "*0"}, "Fewer": {"agents": "-7"}}
    found = wfm.sweep(center(), scenarios=named, method="erlang-c")
    is_spoiled = (pl.col("case") == 2) & pl.col("contact_type").is_null()
    known = [name for name in found.table.columns if name not in ("case", "contact_type", "fault")]
    faulted = found.table.with_columns(
        pl.when(is_spoiled).then(pl.lit("too few")).alias("fault"),
        *(pl.when(~is_spoiled).then(pl.col(name)).alias(name) for name in known),
    )
    spoiled = wfm.SweepResult(found.sweep, faulted)
    show_sweep(spoiled)
    assert capsys.readouterr().out.count("too few") == 1
    assert told.faults(spoiled) == ["No figures for Fewer: too few."]
    assert page(spoiled, pictures_of(spoiled)).count("too few") == 1
    assert as_json.sweep(spoiled)["cases"][2]["fault"] == "too few"


def test_cases_that_no_formula_staffs_keep_their_verdicts_and_share_a_reason() -> None:
    named = {
        "Sales helps": {"agent_groups.sales.skills.service": {"rank": 2}},
        "Service helps": {"agent_groups.service.skills.sales": {"rank": 2}},
    }
    found = wfm.sweep(center(), scenarios=named, method=wfm.Simulation(replications=10, seed=1))
    assert [one.split(" is ")[0].split(" and ")[0] for one in told.in_short(found)] == list(named)
    (reason,) = told.faults(found)
    assert reason.startswith("No requirement for Sales helps and Service helps: staffing for groups that share")
    assert "(here" not in reason
    assert not any("has no figures" in one for one in found.verdicts)


def test_the_promise_that_is_missed_is_named() -> None:
    """sales is promised what it cannot be given; service is kept."""
    strict = center(target=wfm.Target(0.999, 1))
    found = wfm.sweep(
        strict, {"volume": "+1%"}, method=wfm.Simulation(replications=10, seed=1), plan=wfm.staff(center())
    )
    assert found.row(0, "service")["target_probability"] > 0.995
    assert tables.sure(found, 0) == "< 1 % (sales)"
    assert tables.sure(found, 0, "sales") == "< 1 %"
    assert told.sure_of_the_promise(found).endswith("every promise on average; least that of sales.")
    exact = wfm.sweep(strict, {"volume": "+1%"}, method="erlang-a", plan=wfm.staff(center()))
    assert told.sure_of_the_promise(exact) == "By Erlang A the baseline does not keep the promise of sales on average."


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160])
def test_no_figure_is_broken_whatever_the_width(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure that goes on in the next line would be read as another; columns are left out instead, and named."""
    from wfm.reports import console

    method = wfm.Simulation(replications=10, seed=1)
    drawn = {"volume": "*0.9:1.1:2", "shrinkage": "10%:20%:2"}
    found = wfm.sweep(center(), drawn, design="sobol", samples=8, method=method)
    monkeypatch.setattr(console, "WIDTH_WHEN_PIPED", columns)
    show_sweep(found)
    shown = capsys.readouterr().out
    whole = tables.cases(found, range(9))
    for case in range(9):
        (line,) = [line for line in shown.splitlines() if line.startswith(f"{whole.rows[case][0]} ")]
        assert len(line) <= columns
        assert figures.written(found.row(case), "service_level") in line
        # What is left of the line is figures of the same row, whole ones.
        left = line
        for cell in sorted(whole.rows[case], key=len, reverse=True):
            left = left.replace(cell, "", 1) if cell else left
        assert left.strip() == ""
    assert ("Left out at this width" in shown) == (columns < 200)


def test_a_printed_page_tells_changes_in_one_place(apart: wfm.SweepResult, crossed: wfm.SweepResult) -> None:
    """A table of all would be wider than the paper: what happens and what is required stand apart."""
    text = page(apart, pictures_of(apart))
    heads = [re.findall(r"<th[^>]*>([^<]*)</th>", one) for one in re.findall(r"<thead>.*?</thead>", text)]
    of_cases = [one for one in heads if one[0] == "case"]
    assert all(len(one) <= 8 and not any("change" in head for head in one) for one in of_cases)
    assert any("sure of the promise" in one for one in of_cases)
    assert any("required cost" in one for one in of_cases)
    first = page(crossed, pictures_of(crossed)).partition("<main>")[0]
    assert first.count("<svg") == 2  # people required, and the service level, before any sentence
    assert first.index("<svg") < first.index("<li>")


def test_what_is_the_baseline_itself_is_called_so_in_a_selection() -> None:
    method = wfm.Simulation(replications=32, seed=1)
    found = wfm.sweep(center(), {"agents": "+0,-1"}, method=method, best="service_level", design="one_at_a_time")
    assert found.selection is not None
    same = found.selection.standings[1]
    assert (same.left_out, same.reason) == ("same", "the same as baseline")
    assert "agents" not in found.selection.verdict
