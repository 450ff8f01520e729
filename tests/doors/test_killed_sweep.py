"""A sweep may be killed whenever one likes: what is resumed equals what was never interrupted, bit for bit."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import real

import wfm
from wfm.sweeps.run_folder import RunFolder

# A part for every task, where a real sweep writes every two seconds: so that a short sweep can be killed in its middle.
OFTEN = "import sys; from wfm.sweeps import run_folder; run_folder.EVERY = 0.0; from wfm.__main__ import main; main()"
VARIED = ("--vary", "volume=*0.9:1.1:5", "--vary", "aht=+-20:+20:5", "--ask", "predict")
CASES = 26


def begin(folder: Path, scenario: Path, replications: int = 100) -> subprocess.Popen[str]:
    """A sweep that is long enough to be interrupted, running."""
    asked = ["sweep", scenario, *VARIED, "--replications", replications, "--threads", 1, "--out", folder]
    return subprocess.Popen(
        [sys.executable, "-c", OFTEN, *map(str, asked)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_parts(folder: Path, number: int, running: subprocess.Popen[str]) -> None:
    """Until so many parts are written; the sweep must not be done by then."""
    patience = time.monotonic() + 60
    while len(list(folder.glob("cases-*.parquet"))) < number:
        assert running.poll() is None, running.communicate()[1]
        assert time.monotonic() < patience
        time.sleep(0.002)


def parts(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.glob("cases-*.parquet")}


def figures(folder: Path) -> str:
    """Every figure to its last bit: a float64 is written as the shortest text that is read back as the same."""
    return RunFolder(folder).table().write_csv()


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(wfm.example("w2_day"), tmp_path_factory.mktemp("scenario")))


@pytest.fixture
def whole(tmp_path: Path, scenario: Path) -> Path:
    """The folder of a sweep that nobody interrupted."""
    folder = tmp_path / "whole"
    done = begin(folder, scenario)
    _, said = done.communicate()
    assert done.returncode == 0, said
    assert RunFolder(folder).done == CASES
    return folder


def test_a_sweep_that_is_killed_three_times_is_the_same_as_one_that_was_not(
    tmp_path: Path, scenario: Path, whole: Path
) -> None:
    folder, kept = tmp_path / "run", [0]
    before: dict[str, bytes] = {}
    for number in (1, 2, 3):
        running = begin(folder, scenario)
        wait_for_parts(folder, number, running)
        running.kill()
        running.communicate()
        assert {name: parts(folder)[name] for name in before} == before
        before = parts(folder)
        kept.append(RunFolder(folder).done)
    assert kept == sorted(set(kept))  # each went on where the last one was killed
    assert kept[-1] < CASES
    resumed = real("sweep", folder)
    assert resumed.returncode == 0, resumed.stderr
    assert {name: parts(folder)[name] for name in before} == before
    assert figures(folder) == figures(whole)
    others = {one.name: one.read_bytes() for one in whole.iterdir() if one.suffix in (".csv", ".svg")}
    assert len(others) >= 2
    assert {name: (folder / name).read_bytes() for name in others} == others


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals here")
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stopped_sweep_keeps_what_is_finished(tmp_path: Path, scenario: Path, name: str, status: int) -> None:
    running = begin(tmp_path / "run", scenario)
    wait_for_parts(tmp_path / "run", 1, running)
    running.send_signal(getattr(signal, name))
    _, said = running.communicate()
    assert running.returncode == status, said
    assert "Traceback" not in said
    assert f"what is finished is kept; `wfm sweep {tmp_path / 'run'}` goes on" in said
    folder = RunFolder(tmp_path / "run")
    assert 0 < folder.done < CASES
    assert folder.table()["case"].n_unique() == folder.done
    assert folder.writer() == ""


def test_a_second_writer_is_kept_out_and_told_by_whom(tmp_path: Path, scenario: Path) -> None:
    folder = tmp_path / "run"
    running = begin(folder, scenario, replications=1000)
    try:
        wait_for_parts(folder, 1, running)
        second = real("sweep", folder)
        assert second.returncode == 2
        assert f"is being written by process {running.pid} on" in second.stderr
        assert "Traceback" not in second.stderr
        assert running.poll() is None
    finally:
        running.kill()
        running.communicate()


def test_a_finished_sweep_answers_at_once_and_a_changed_input_is_noticed(tmp_path: Path, scenario: Path) -> None:
    here = Path(shutil.copy(scenario, tmp_path))
    folder = tmp_path / "run"
    begin(folder, here, replications=2).communicate()
    finished = figures(folder)
    before = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in folder.glob("cases-*.parquet")}
    again = real("sweep", folder)
    assert again.returncode == 0, again.stderr
    assert {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in folder.glob("cases-*.parquet")} == before
    text = here.read_text(encoding="utf-8")
    assert "mean = 180" in text
    here.write_text(text.replace("mean = 180", "mean = 190"), encoding="utf-8")
    refused = real("sweep", folder)
    assert refused.returncode == 2
    assert "the centre (contact types" in refused.stderr
    assert f"{here.name}: has changed since the run was begun" in refused.stderr
    shown = real("show", folder)
    assert shown.returncode == 0, shown.stderr
    assert figures(folder) == finished
