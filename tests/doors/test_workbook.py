"""plan.xlsx: its formulas give what is stored beside them and answer when an assumption changes; names stay names."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from office import differences, formulas, needs_office, profile_in, recalculated, values

import wfm
from wfm.queueing import ErlangC
from wfm.reports.workbook import write_workbook

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the workbook back")

NASTY = ["=1+1", "+A1", "@x", "-2", "<script>alert(1)</script>", '"&"', "*", ">5"]


def small_center() -> wfm.ContactCenter:
    """Two types over a day: one AHT for all or one an interval, an empty and an overloaded interval, two shrinkages."""
    horizon = wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=1800.0, intervals=8)
    return wfm.ContactCenter(
        title="Small",
        horizon=horizon,
        contact_types={
            "calls": wfm.ContactType(
                volume=(100.0, 0.0, 250.5, 1.0, 40.0, 60.0, 80.0, 2000.0),
                handling=wfm.Lognormal(180.0, 1.0),
                patience=wfm.Exponential(120.0),
                target=wfm.Target(0.8, 20.0),
            ),
            "mail": wfm.ContactType(
                volume=12.0,
                handling=wfm.Exponential(tuple(300.0 + 10 * i for i in range(8))),
                target=wfm.Target(0.9, 60.0, max_average_speed_of_answer=10.0),
            ),
        },
        agent_groups={
            "a": wfm.AgentGroup(
                ["calls"], agents=(12, 3, 27.5, 1, 6, 1, 9, 190), min_agents=2, cost_per_hour=22.5, contract_hours=37.5,
                shrinkage=wfm.Shrinkage(planned={"breaks": 0.1}, unplanned={"sickness": 0.2}),
            ),
            "b": wfm.AgentGroup(
                ["mail"], agents=5, max_occupancy=0.6, cost_per_hour=20.0, contract_hours=40.0,
                shrinkage=wfm.Shrinkage(combine="compound", planned={"x": 0.1, "y": 0.1}, unplanned={"z": 0.15}),
            ),
        },
    )  # fmt: skip


def nasty_center() -> wfm.ContactCenter:
    """Names that a spreadsheet would take for formulas, patterns or markup; no prices, contracts or agents."""
    horizon = wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=900.0, intervals=3)
    return wfm.ContactCenter(
        title='=HYPERLINK("http://example.org")',
        description="@SUM(1+1)",
        horizon=horizon,
        contact_types={
            name: wfm.ContactType(volume=10.0 + i, handling=120.0, patience=60.0, target=wfm.Target(0.8, 20.0))
            for i, name in enumerate(NASTY)
        },
        agent_groups={
            f"={name}": wfm.AgentGroup([name], shrinkage=wfm.Shrinkage(planned={f"+{name}": 0.1})) for name in NASTY
        },
    )


def answered(center: wfm.ContactCenter, method: str = "erlang-a") -> wfm.Answer:
    return wfm.answer(center, method, simulation=wfm.Simulation(replications=5, engine="reference"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[wfm.Answer, Path]:
    answer = answered(small_center())
    return answer, write_workbook(answer, tmp_path_factory.mktemp("small") / "plan.xlsx")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(answered(nasty_center()), tmp_path_factory.mktemp("nasty") / "plan.xlsx")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LibreOffice profile of our own that recalculates whatever it opens."""
    return profile_in(tmp_path_factory.mktemp("office"))


def intervals_sheet(path: Path) -> tuple[object, dict[tuple[str, str], int], int]:
    """The sheet Intervals, its columns by band and heading, and the first row of figures."""
    sheet = openpyxl.load_workbook(path, data_only=True)["Intervals"]
    band, columns = "", {}
    for column in range(1, sheet.max_column + 1):
        band = sheet.cell(3, column).value or band
        columns[band, sheet.cell(4, column).value] = column
    return sheet, columns, 5


def found(path: Path, sheet_name: str, text: str, column: int) -> int:
    """The row in which a column says this."""
    sheet = openpyxl.load_workbook(path, data_only=True)[sheet_name]
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, column).value == text)


class TestStoredValues:
    def test_the_sheets(self, small: tuple[wfm.Answer, Path]) -> None:
        book = openpyxl.load_workbook(small[1])
        assert book.sheetnames == ["Summary", "Assumptions", "Intervals", "Heat map"]
        assert book["Intervals"].freeze_panes == "F5"
        for sheet in book:
            assert sheet.page_setup.fitToHeight == 0
            assert sheet.sheet_properties.pageSetUpPr.fitToPage

    def test_there_are_no_macros(self, small: tuple[wfm.Answer, Path]) -> None:
        with zipfile.ZipFile(small[1]) as parts:
            assert not [name for name in parts.namelist() if "vba" in name.lower()]

    def test_rows_are_the_open_intervals(self, small: tuple[wfm.Answer, Path]) -> None:
        answer, path = small
        sheet, columns, first = intervals_sheet(path)
        net = [sheet.cell(row, columns["Inputs", "Net agents (plan)"]).value for row in range(first, sheet.max_row + 1)]
        np.testing.assert_array_equal(net, answer.plan.net.ravel())

    def test_stored_values_are_those_of_the_engine(self, small: tuple[wfm.Answer, Path]) -> None:
        answer, path = small
        sheet, columns, first = intervals_sheet(path)
        for row, start in enumerate(answer.center.horizon.starts, first):
            i = row - first
            volume = answer.center.volume("calls")[i]
            level = sheet.cell(row, columns["Erlang C, live", "Service level"]).value
            if volume == 0:
                assert level == "–", start
            else:
                seen = ErlangC(volume, 180.0, 1800.0).measures(answer.plan.net[0, i], 20.0)
                assert level == pytest.approx(seen.service_level(), rel=1e-9)
            if start.hour == 11 and start.minute == 30:  # 200 erlang and, as customers hang up, not as many agents
                assert sheet.cell(row, columns["Erlang C, live", "ASA [s]"]).value == "overload"
            gross = sheet.cell(row, columns["People and money, live", "Gross people"]).value
            assert gross == answer.plan.whole_gross[0, i]
            simulated = answer.simulated.contact_types["calls"].by_interval.service_level.mean[i]
            shown = sheet.cell(row, columns["Simulation, values", "Service level"]).value
            assert shown == ("–" if np.isnan(simulated) else pytest.approx(simulated))

    def test_the_live_requirement_is_that_of_erlang_c(self, small: tuple[wfm.Answer, Path]) -> None:
        answer, path = small
        sheet, columns, first = intervals_sheet(path)
        column = columns["Erlang C, live", "Required net"]
        shown = [sheet.cell(row, column).value for row in range(first, sheet.max_row + 1)]
        np.testing.assert_array_equal(shown, answer.requirements["erlang-c"].whole.ravel())

    def test_totals_are_those_of_the_plan(self, small: tuple[wfm.Answer, Path]) -> None:
        answer, path = small
        sheet = openpyxl.load_workbook(path, data_only=True)["Summary"]
        row = found(path, "Summary", "All contact types, now", 2)
        hours, fte, cost, level = (sheet.cell(row, column).value for column in (3, 4, 5, 6))
        assert hours == pytest.approx(answer.plan.paid_hours.sum(), rel=1e-12)
        assert fte == pytest.approx(answer.plan.fte, rel=1e-12)
        assert cost == pytest.approx(answer.plan.cost, rel=1e-12)
        assert level == pytest.approx(answer.predictions["erlang-c"].total.service_level.mean, rel=1e-9)

    def test_the_verdict_stands_in_the_summary(self, small: tuple[wfm.Answer, Path]) -> None:
        answer, path = small
        texts = {value for (sheet, _), value in values(path).items() if sheet == "Summary"}
        assert answer.comparison is not None
        assert set(answer.comparison.verdicts) <= texts


class TestNames:
    def test_names_are_text(self, nasty: Path) -> None:
        assert not [formula for formula in formulas(nasty).values() if "HYPERLINK" in formula or "script" in formula]
        sheet, _, first = intervals_sheet(nasty)
        shown = [sheet.cell(row, 2).value for row in range(first, sheet.max_row + 1)]
        assert shown == [name for name in NASTY for _ in range(3)]
        plain = openpyxl.load_workbook(nasty)
        for row in plain["Intervals"].iter_rows(min_row=first, min_col=2, max_col=2):
            assert row[0].data_type == "s"
        assert plain["Summary"]["A1"].data_type == "s"

    def test_a_chart_is_named_by_reference(self, nasty: Path) -> None:
        with zipfile.ZipFile(nasty) as parts:
            charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
        assert charts
        assert not [chart for chart in charts if "<c:f>1+1</c:f>" in chart]

    def test_without_prices_cost_is_a_dash(self, nasty: Path) -> None:
        sheet = openpyxl.load_workbook(nasty, data_only=True)["Summary"]
        row = found(nasty, "Summary", "All contact types, now", 2)
        assert [sheet.cell(row, column).value for column in (4, 5)] == ["–", "–"]


@needs_office
class TestRecalculated:
    def test_every_formula_gives_its_stored_value(self, small: tuple[wfm.Answer, Path], office: Path) -> None:
        assert list(differences(small[1], recalculated(small[1], office))) == []

    def test_nasty_names_too(self, nasty: Path, office: Path) -> None:
        assert list(differences(nasty, recalculated(nasty, office))) == []

    def test_a_target_over_the_day(self, office: Path, tmp_path: Path) -> None:
        horizon = wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=1800.0, intervals=4)
        target = wfm.Target(0.8, 20.0, per="day")
        center = wfm.ContactCenter(
            horizon=horizon,
            contact_types={"calls": wfm.ContactType((5.0, 30.0, 0.0, 700.0), handling=180.0, target=target)},
            agent_groups={"team": wfm.AgentGroup(["calls"], cost_per_hour=20.0)},
        )
        path = write_workbook(answered(center, "erlang-c"), tmp_path / "plan.xlsx")
        assert list(differences(path, recalculated(path, office))) == []

    def test_the_showcase(self, office: Path, tmp_path: Path) -> None:
        center = wfm.load(wfm.example("anonymous_bank"))
        answer = wfm.answer(center, simulation=wfm.Simulation(replications=2))
        path = write_workbook(answer, tmp_path / "plan.xlsx")
        assert len(formulas(path)) > 5000
        assert list(differences(path, recalculated(path, office))) == []

    def test_a_false_stored_value_is_seen(self, small: tuple[wfm.Answer, Path], office: Path, tmp_path: Path) -> None:
        """The control: were nothing recalculated, the false value would come back and nothing would differ."""
        false = tmp_path / "plan.xlsx"
        with zipfile.ZipFile(small[1]) as parts, zipfile.ZipFile(false, "w") as copy:
            for name in parts.namelist():
                text = parts.read(name)
                if name == "xl/worksheets/sheet3.xml":
                    assert b"</f><v>10.0</v>" in text  # 100 contacts of 180 s in half an hour are 10 erlang
                    text = text.replace(b"</f><v>10.0</v>", b"</f><v>11.0</v>", 1)
                copy.writestr(name, text)
        assert len(list(differences(false, recalculated(false, office)))) == 1

    def test_change_the_aht_and_the_sheet_answers(
        self, small: tuple[wfm.Answer, Path], office: Path, tmp_path: Path
    ) -> None:
        answer, path = small
        book = openpyxl.load_workbook(path)
        row = last_found(path, "Assumptions", "calls")
        assert book["Assumptions"].cell(row, 3).value == 180
        book["Assumptions"].cell(row, 3).value = 200
        changed = tmp_path / "plan.xlsx"
        book.save(changed)
        after = recalculated(changed, office)
        sheet, columns, first = intervals_sheet(after)
        for row, volume in enumerate(answer.center.volume("calls"), first):
            if volume > 0:
                queue, net = ErlangC(volume, 200.0, 1800.0), answer.plan.net[0, row - first]
                level = sheet.cell(row, columns["Erlang C, live", "Service level"]).value
                assert level == pytest.approx(queue.measures(net, 20.0).service_level(), rel=1e-9, abs=1e-12)
                least = max(2, queue.required_agents(service_level=0.8, answer_within=20.0))
                assert sheet.cell(row, columns["Erlang C, live", "Required net"]).value == least

    def test_change_shrinkage_and_volume(self, small: tuple[wfm.Answer, Path], office: Path, tmp_path: Path) -> None:
        answer, path = small
        book = openpyxl.load_workbook(path)
        sheet = book["Assumptions"]
        sheet.cell(found(path, "Assumptions", "sickness", 3), 5).value = 0.45  # 55 % with the breaks
        sheet.cell(last_found(path, "Assumptions", "mail"), 5).value = 0.5
        changed = tmp_path / "plan.xlsx"
        book.save(changed)
        after, columns, first = intervals_sheet(recalculated(changed, office))
        shrinkage = wfm.Shrinkage(planned={"breaks": 0.1}, unplanned={"sickness": 0.45})
        whole = shrinkage.whole_gross(answer.plan.net[0])
        column = columns["People and money, live", "Gross people"]
        assert [after.cell(first + i, column).value for i in range(8)] == whole.tolist()
        assert after.cell(first + 8, columns["Load", "Volume"]).value == pytest.approx(18.0)


def last_found(path: Path, sheet_name: str, text: str) -> int:
    """The last row in which column B says this."""
    sheet = openpyxl.load_workbook(path, data_only=True)[sheet_name]
    return max(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 2).value == text)
