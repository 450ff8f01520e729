"""The contact log, the replay and its picture, by the command line and by Python; and what contradicts itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from commands import said, told

import wfm
from wfm.files.contact_log import write_contact_log
from wfm.reports.day_picture import first_open_day, picture_of_day

SCENARIO = str(wfm.example("two_queues"))
TWO_DAYS = str(wfm.example("closing_carry"))
LINES = str(wfm.example("lines"))
COLUMNS = [
    "replication", "contact_type", "agent_group", "interval", "arrival", "arrival_seconds", "outcome", "wait", "talk",
    "after_contact_work", "answered_within",
]  # fmt: skip


# ---- the log


@pytest.mark.parametrize("scenario", [SCENARIO, LINES, TWO_DAYS])
def test_the_log_adds_up_to_the_figures_of_the_run(scenario: str, tmp_path: Path) -> None:
    seen = told("simulate", scenario, "--replications", 20, "--seed", 4, "--log", tmp_path / "contacts.parquet")
    log = pl.read_parquet(tmp_path / "contacts.parquet")
    assert log.columns == COLUMNS
    assert log["replication"].unique().sort().to_list() == list(range(20))
    for name, measured in seen["contact_types"].items():
        rows = log.filter(pl.col("contact_type") == name)
        assert len(rows) / 20 == measured["offered"]["mean"]
        for outcome in ("answered", "abandoned", "blocked", "dropped", "unfinished"):
            assert rows.filter(pl.col("outcome") == outcome).height / 20 == pytest.approx(measured[outcome]["mean"])
        answered = rows.filter(pl.col("outcome") == "answered")
        assert answered["wait"].mean() == pytest.approx(measured["average_speed_of_answer"]["mean"], rel=1e-9)
        of_offered = measured["service_levels"]["answered_of_offered"]["mean"]
        assert rows["answered_within"].sum() / len(rows) == pytest.approx(of_offered)
    for name, group in seen["agent_groups"].items():
        hours = log.filter(pl.col("agent_group") == name).select(pl.sum_horizontal("talk", "after_contact_work")).sum()
        assert hours.item() / 3600 / 20 == pytest.approx(group["busy_hours"]["mean"], rel=1e-9)


def test_a_row_says_when_and_how_long_and_by_whom() -> None:
    center = wfm.load(LINES)
    log = wfm.contact_log(center, method=wfm.Simulation(replications=3, seed=4))
    since = (log["arrival"] - center.horizon.start).dt.total_microseconds() / 1e6
    assert np.abs(since - log["arrival_seconds"]).max() <= 5.1e-7  # type: ignore[operator]
    assert set(log["interval"]) == set(center.horizon.starts)
    inside = log["arrival"] - log["interval"]
    assert inside.min() >= inside.dtype.to_python()(0)  # type: ignore[operator]
    assert inside.dt.total_seconds().max() < center.horizon.interval  # type: ignore[operator]
    lost = log.filter(pl.col("outcome") != "answered")
    assert lost["agent_group"].null_count() == lost["talk"].null_count() == len(lost) > 0
    assert not lost["answered_within"].any()
    answered = log.filter(pl.col("outcome") == "answered")
    assert answered["agent_group"].null_count() == answered["talk"].null_count() == 0
    assert answered["talk"].min() > 0  # type: ignore[operator]
    assert log.filter(pl.col("outcome") == "blocked")["wait"].to_list() == [0] * (log["outcome"] == "blocked").sum()
    threshold = {name: one.target.answer_within for name, one in center.contact_types.items()}
    limits = answered["contact_type"].cast(pl.String).replace_strict(threshold)
    assert (answered["answered_within"] == (answered["wait"] <= limits)).all()


def test_rows_come_by_replication_and_arrival_and_are_the_same_on_any_threads_and_engine() -> None:
    center = wfm.load(TWO_DAYS)
    method = wfm.Simulation(replications=40, seed=9, threads=1)
    log = wfm.contact_log(center, method=method)
    assert log.equals(log.sort("replication", "arrival_seconds", maintain_order=True))
    assert log.equals(wfm.contact_log(center, method=replace(method, threads=2)))
    few = replace(method, replications=2)
    assert wfm.contact_log(center, method=few).equals(log.filter(pl.col("replication") < 2))
    assert wfm.contact_log(center, method=few).equals(wfm.contact_log(center, method=replace(few, engine="reference")))


def test_the_file_is_the_same_twice_and_whole_or_not_there(tmp_path: Path) -> None:
    log = wfm.contact_log(wfm.load(SCENARIO), method=wfm.Simulation(replications=2))
    first, second = (write_contact_log(log, tmp_path / f"{name}.parquet") for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert pl.read_parquet(first).equals(log)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]
    with pytest.raises(wfm.OutputError, match="folder does not exist"):
        write_contact_log(log, tmp_path / "missing" / "a.parquet")
    (tmp_path / "c.parquet").mkdir()
    with pytest.raises(wfm.OutputError, match="is a folder"):
        write_contact_log(log, tmp_path / "c.parquet")


def test_a_log_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = wfm.contact_log(wfm.load(SCENARIO), method=wfm.Simulation(replications=1))
    path = write_contact_log(log, tmp_path / "a.parquet")
    before = path.read_bytes()

    def full(self: pl.DataFrame, file: Path, **_: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(wfm.OutputError, match="No space left on device"):
        write_contact_log(log, path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]


def test_a_log_too_large_is_refused_before_anything_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wfm.recording.simulate", pytest.fail)
    with pytest.raises(wfm.InputError) as caught:
        wfm.contact_log(wfm.load(SCENARIO), method=wfm.Simulation(replications=10_000_000))
    assert "replications" in str(caught.value)
    fits = int(str(caught.value).split("; ")[1].split()[0].replace(",", ""))
    assert 0 < fits < 10_000_000
    monkeypatch.undo()
    monkeypatch.setattr("wfm.recording.simulate", lambda *_: pytest.skip("it begins to simulate"))
    with pytest.raises(pytest.skip.Exception):
        wfm.contact_log(wfm.load(SCENARIO), method=wfm.Simulation(replications=fits))


# ---- the replay


def test_a_replay_tells_its_intervals_and_longest_waits(tmp_path: Path) -> None:
    center = wfm.load(SCENARIO)
    found = told("simulate", SCENARIO, "--replay", 17, "--seed", 3, "--out", tmp_path)
    day = wfm.replay(center, method=wfm.Simulation(seed=3), replication=17)
    assert (found["replication"], found["seed"]) == (17, 3)
    assert found["by_interval"]["offered"] == day.counted("offered").sum(axis=0).tolist()
    assert found["by_interval"]["longest_queue"] == day.longest_queue.tolist()
    assert [one["wait"] for one in found["longest_waits"]] == day.wait[day.worst()].tolist()
    assert set(found["agent_groups"]) == set(center.agent_groups)
    assert found["pictures"] == [str(tmp_path / "replay-17.svg")]
    text = said("simulate", SCENARIO, "--replay", 17, "--seed", 3, "--out", tmp_path)
    for words in ("replication 17 of seed 3", "longest queue", "longest wait", "The 10 longest waits", "replay-17.svg"):
        assert words in text
    row = next(line for line in text.splitlines() if line.startswith("10:00"))
    assert row.split()[1] == str(found["by_interval"]["offered"][center.horizon.starts.index(
        center.horizon.start.replace(hour=10, minute=0))])  # fmt: skip


def test_with_a_log_the_log_holds_that_replication_alone(tmp_path: Path) -> None:
    said("simulate", SCENARIO, "--replay", 2, "--out", tmp_path, "--log", tmp_path / "one.parquet")
    said("simulate", SCENARIO, "--replications", 3, "--log", tmp_path / "all.parquet")
    one, all_ = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("one", "all"))
    assert one.equals(all_.filter(pl.col("replication") == 2))


def test_a_picture_for_each_day_asked_for(tmp_path: Path) -> None:
    words = ("simulate", TWO_DAYS, "--replay", 0, "--out", tmp_path / "new")
    said(*words)
    text = said(*words, "--date", "2026-01-06", "--date", "2026-01-05")
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["replay-0-2026-01-05.svg", "replay-0-2026-01-06.svg", "replay-0.svg"]
    assert "Tue 6 Jan, replication 0" in text
    plain = (tmp_path / "new" / "replay-0.svg").read_text()
    assert "Monday 5 January 2026" in plain
    assert "Tuesday 6 January 2026" in (tmp_path / "new" / "replay-0-2026-01-06.svg").read_text()


def test_the_picture_names_what_it_shows_and_is_the_same_twice() -> None:
    center = replace(wfm.load(LINES), title="A & <b> $x_1$")
    day = wfm.replay(center, method=wfm.Simulation(seed=8), replication=6)
    picture = picture_of_day(day, first_open_day(center))
    assert picture == picture_of_day(day, first_open_day(center))
    texts = [node.text or "" for node in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "A & <b> $x_1$" in texts
    said_below = next(text for text in texts if "replication" in text)
    assert said_below == "Monday 5 January 2026, scenario's agents; replication 6 of seed 8"
    for name in (*center.contact_types, *center.agent_groups, "busy", "on duty, free"):
        assert name in texts
    for outcome in ("abandoned", "blocked"):
        assert f"{outcome}: {day.counted(outcome).sum():,}" in texts
    assert f"answered late: {day.answered_late().sum():,}" in texts


def test_a_picture_of_many_types_and_groups_draws_some_of_them_together() -> None:
    names = [f"type {k}" for k in range(30)]
    center = wfm.ContactCenter(
        horizon=wfm.Horizon(wfm.load(LINES).horizon.start, 1800.0, 4),
        contact_types={name: wfm.ContactType(10.0, handling=300, patience=60) for name in names},
        agent_groups={f"team {k}": wfm.AgentGroup([name], agents=1 + k % 3) for k, name in enumerate(names)},
    )
    picture = picture_of_day(wfm.replay(center), 0)
    texts = [node.text for node in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "26 other types" in texts
    assert "23 other groups" in texts


# ---- what contradicts itself


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--replay", "1", "--until", "service_level +- 1pt", "--batches", "20"], ["--until", "--batches", "--replay"]),
        (["--replay", "1", "--replications", "9"], ["--replications", "one replication alone", "9"]),
        (["--replay", "1", "--control-variate"], ["--control-variate", "--replay"]),
        (["--replay", "-1"], ["replication", "at least 0", "-1"]),
        (["--date", "2026-01-05"], ["--date", "belongs to --replay"]),
        (["--out", "here"], ["--out", "belongs to --replay"]),
        (["--replay", "1", "--date", "2027-01-05"], ["--date", "not in the horizon", "2027-01-05"]),
        (["--replay", "1", "--date", "5 January"], ["--date", "2026-01-05"]),
        (["--log", "contacts.csv"], ["--log", ".parquet", "contacts.csv"]),
        (["--log", "no/such/folder/contacts.parquet"], ["folder does not exist"]),
        (["--log", "contacts.parquet", "--until", "service_level +- 1pt"], ["--until", "--log", "--replications"]),
        (["--warm-up", "ten hours"], ["--warm-up", "30min", "ten hours"]),
        (["--until", "service_levl +- 1pt"], ["until", "service_level"]),
    ],
)
def test_contradictions_are_refused_by_name(
    words: list[str], places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(wfm.WfmError) as caught:
        said("simulate", SCENARIO, *words)
    for place in places:
        assert place in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_day_that_is_closed_cannot_be_replayed(tmp_path: Path) -> None:
    scenario = tmp_path / "weekend.toml"
    text = Path(shutil.copy(TWO_DAYS, scenario)).read_text()
    scenario.write_text(text.replace('"Mon-Fri"', '"Mon"'))
    with pytest.raises(wfm.InputError, match="is closed all day"):
        said("simulate", scenario, "--replay", 0, "--date", "2026-01-06")
