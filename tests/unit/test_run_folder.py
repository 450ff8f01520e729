"""Does the run folder keep what is finished, notice what has changed, and let one writer in at a time?"""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import wfm
from wfm.errors import InputError, OutputError
from wfm.files.inputs import noting_inputs
from wfm.sweeps import run_folder, run_record
from wfm.sweeps.run_folder import RunFolder
from wfm.sweeps.run_record import Origin
from wfm.sweeps.runs import runs_in

CENTER = wfm.load(wfm.example("textbook"))
VOLUMES = wfm.Variation("contact_types.*.volume", (0.8, 0.9, 1.1, 1.2, 1.3), "factor", "volume")
SWEEP = wfm.Sweep(CENTER, variations=(VOLUMES,), ask=("predict",))
CASES = 6  # with the baseline


def frame(first: int, last: int) -> pl.DataFrame:
    """Figures as a sweep might have them: two rows a case, with nothing, text, and numbers whose bits matter."""
    cases = [case for case in range(first, last) for _ in range(2)]
    return pl.DataFrame(
        {
            "case": cases,
            "contact_type": ["contacts", None] * (last - first),
            "service_level": [None if case == 3 else 1 / (case + 3) for case in cases],
            "fault": ["overloaded" if case == 3 else None for case in cases],
        },
        schema={"case": pl.Int64, "contact_type": pl.String, "service_level": pl.Float64, "fault": pl.String},
    )


def begun(path: Path, *ranges: tuple[int, int], sweep: wfm.Sweep = SWEEP) -> RunFolder:
    """A folder in which these cases are done, each range in a part of its own."""
    with RunFolder(path).open_for(sweep) as folder:
        for first, last in ranges:
            folder.append(first, last, frame(first, last))
            folder.flush()
    return RunFolder(path)


def parts(path: Path) -> list[str]:
    return sorted(one.name for one in path.glob("*.parquet*"))


# ---- what is finished


def test_cases_come_in_any_order_and_the_table_is_that_of_one_go(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "a").open_for(SWEEP) as folder:
        assert folder.missing() == [range(6)]
        for first, last in ((4, 6), (1, 2), (2, 4)):
            folder.append(first, last, frame(first, last))
        assert folder.missing() == [range(1)]
    assert parts(tmp_path / "a") == ["cases-000001-000003.parquet", "cases-000004-000005.parquet"]
    assert not RunFolder(tmp_path / "a").finished
    with RunFolder(tmp_path / "a").open_for(SWEEP) as folder:
        assert folder.missing() == [range(1)]
        folder.append(0, 1, frame(0, 1))
    assert RunFolder(tmp_path / "a").finished
    assert RunFolder(tmp_path / "a").table().equals(frame(0, CASES))
    assert begun(tmp_path / "b", (0, CASES)).table().equals(frame(0, CASES))


def test_cases_with_others_between_them_are_parts_of_their_own(tmp_path: Path) -> None:
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        folder.append(0, 2, frame(0, 2))
        folder.append(3, 5, frame(3, 5))
    assert parts(tmp_path) == ["cases-000000-000001.parquet", "cases-000003-000004.parquet"]
    assert RunFolder(tmp_path).missing() == [range(2, 3), range(5, 6)]
    assert RunFolder(tmp_path).done == 4


def test_cases_reach_the_disk_while_the_sweep_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: seconds[0])
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        # The first at once, so that a run that is killed again and again gets on; then every two seconds.
        for first, now, written in ((0, 100.0, 1), (1, 101.9, 1), (2, 102.0, 2), (3, 1102.0, 3), (4, 1121.0, 3)):
            seconds[0] = now
            folder.append(first, first + 1, frame(first, first + 1))
            assert len(parts(tmp_path)) == written
        # After a thousand seconds a kill may cost twenty of them.
        seconds[0] = 1123.0
        folder.append(5, 6, frame(5, 6))
        assert len(parts(tmp_path)) == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_what_is_finished_is_kept_when_the_sweep_ends_early(tmp_path: Path, error: type[BaseException]) -> None:
    def ended_early() -> None:
        with RunFolder(tmp_path).open_for(SWEEP) as folder:
            folder.append(0, 3, frame(0, 3))
            raise error

    with pytest.raises(error):
        ended_early()
    assert RunFolder(tmp_path).missing() == [range(3, 6)]
    assert begun(tmp_path, (3, 6)).finished


def test_a_finished_folder_is_opened_without_a_lock(tmp_path: Path) -> None:
    begun(tmp_path, (0, CASES))
    with RunFolder(tmp_path).open_for(SWEEP) as first, RunFolder(tmp_path).open_for(SWEEP) as second:
        assert first.missing() == second.missing() == []
        assert second.table().equals(frame(0, CASES))


def test_rounds_are_kept_in_their_order(tmp_path: Path) -> None:
    rounds = [pl.DataFrame({"round": [number] * 2, "case": [0, 1], "sum": [0.1 * number, 0.3]}) for number in range(4)]
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        assert folder.rounds().is_empty()
        for number in (0, 1, 2, 3):
            folder.append_round(number, rounds[number])
    assert RunFolder(tmp_path).rounds().equals(pl.concat(rounds))
    (tmp_path / "rounds-000002.parquet").write_bytes(b"PAR1")
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        assert folder.rounds().equals(pl.concat(rounds[:2]))  # what came after it builds on it
        assert len(folder.notes) == 2


# ---- what a kill or a disk leaves behind


def test_what_a_kill_left_half_written_is_cleared_away_and_nothing_else_is(tmp_path: Path) -> None:
    begun(tmp_path, (0, 2))
    ours = [".cases-000002-000003.parquet.x1y2", ".rounds-000000.parquet.abcd", ".run.json.k", "..writer.k"]
    theirs = [".cases.parquet", ".notes.txt", "results.csv", "cases-of-mine.parquet", "cases-000002-000003.parquet.bak"]
    for name in (*ours, *theirs):
        (tmp_path / name).write_bytes(b"half")
    assert RunFolder(tmp_path).missing() == [range(2, 6)]
    assert begun(tmp_path, (2, 6)).table().equals(frame(0, CASES))
    assert [name for name in ours if (tmp_path / name).exists()] == []
    assert [name for name in theirs if not (tmp_path / name).exists()] == []


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_part_that_was_cut_short_is_named_and_done_again(tmp_path: Path, share: float) -> None:
    begun(tmp_path, (0, 2), (2, 4), (4, 6))
    cut = tmp_path / "cases-000002-000003.parquet"
    data = cut.read_bytes()
    cut.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"cases-000002-000003\.parquet.*cannot be read.*wfm sweep"):
        RunFolder(tmp_path).table()
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        assert folder.missing() == [range(2, 4)]
        assert "cases-000002-000003.parquet" in folder.notes[0]
        folder.append(2, 4, frame(2, 4))
    assert RunFolder(tmp_path).table().equals(frame(0, CASES))
    assert (tmp_path / "cases-000002-000003.parquet.damaged").exists()


def test_a_part_of_other_cases_than_its_name_says_is_not_taken(tmp_path: Path) -> None:
    begun(tmp_path, (0, 2), (2, 6))
    shutil.copy(tmp_path / "cases-000000-000001.parquet", tmp_path / "cases-000002-000005.parquet")
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        assert folder.missing() == [range(2, 6)]


def test_cases_that_are_there_twice_are_taken_once(tmp_path: Path) -> None:
    begun(tmp_path, (0, 2), (2, 6))
    frame(1, 3).write_parquet(tmp_path / "cases-000001-000002.parquet")
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        assert folder.missing() == [range(2, 3)] or folder.missing() == [range(2, 6)]
        for cases in folder.missing():
            folder.append(cases.start, cases.stop, frame(cases.start, cases.stop))
    assert RunFolder(tmp_path).table().equals(frame(0, CASES))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1, "versions": {}}'])
def test_a_damaged_run_json_is_told(tmp_path: Path, text: str) -> None:
    begun(tmp_path, (0, 2))
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"run\.json.*damaged.*--out"):
        RunFolder(tmp_path).open_for(SWEEP)


# ---- who may write, and where


def test_a_second_writer_is_told_who_writes_and_may_read(tmp_path: Path) -> None:
    with RunFolder(tmp_path).open_for(SWEEP) as folder:
        folder.append(0, 2, frame(0, 2))
        folder.flush()
        with pytest.raises(OutputError, match=rf"process {os.getpid()} on .+, since \d.*--out.*wfm show"):
            RunFolder(tmp_path).open_for(SWEEP)
        assert RunFolder(tmp_path).table().equals(frame(0, 2))
        assert str(os.getpid()) in RunFolder(tmp_path).writer()
    assert RunFolder(tmp_path).writer() == ""
    assert begun(tmp_path, (2, 6)).finished


def test_another_process_is_kept_out(tmp_path: Path) -> None:
    code = "import sys; from wfm.sweeps.run_folder import RunFolder; RunFolder(sys.argv[1])._take_lock()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with RunFolder(tmp_path).open_for(SWEEP):
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "is being written by process" in refused.stderr
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_workers_that_outlive_their_writer_do_not_keep_the_folder(tmp_path: Path) -> None:
    """A killed writer's forked workers may wait for work for ever; the kernel's lock must not wait with them."""
    code = """if True:
        import multiprocessing, os, signal, sys, time
        from wfm.sweeps.run_folder import RunFolder
        RunFolder(sys.argv[1])._take_lock()
        worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
        worker.start()
        print(worker.pid, flush=True)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)"""
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        worker = int(killed.stdout.readline())
        try:
            assert killed.wait() == -signal.SIGKILL
            assert begun(tmp_path, (0, 6)).finished
        finally:
            os.kill(worker, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals here")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_polite_end_keeps_what_is_finished(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)  # which a test run may have been told to ignore

    def ended_early() -> None:
        with RunFolder(tmp_path).open_for(SWEEP) as folder:
            folder.append(0, 3, frame(0, 3))
            os.kill(os.getpid(), number)

    with pytest.raises(SystemExit) as ended:
        ended_early()
    assert ended.value.code == 128 + number
    assert RunFolder(tmp_path).missing() == [range(3, 6)]
    assert signal.signal(number, before) is signal.SIG_DFL


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_worker_dies_of_a_signal_as_it_always_did(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    working = fork.Event()

    def work() -> None:
        working.set()
        time.sleep(60)

    with RunFolder(tmp_path).open_for(SWEEP):
        worker = fork.Process(target=work)
        worker.start()
        assert working.wait(30)
        worker.terminate()
        worker.join(30)
    assert worker.exitcode == -signal.SIGTERM


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "budget.xlsx").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"not a run folder.*budget\.xlsx"):
        RunFolder(tmp_path).open_for(SWEEP)
    assert os.listdir(tmp_path) == ["budget.xlsx"]
    with pytest.raises(OutputError, match="is a file"):
        RunFolder(tmp_path / "budget.xlsx").open_for(SWEEP)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").write_bytes(b"")
    assert begun(tmp_path / "empty", (0, 6)).finished
    with pytest.raises(InputError, match="path of a folder"):
        RunFolder(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is not a run folder"):
        RunFolder(tmp_path / "nowhere").table()


# ---- the disk


def test_a_full_disk_is_told_and_what_is_finished_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = RunFolder(tmp_path).open_for(SWEEP)
    folder.append(0, 2, frame(0, 2))
    folder.flush()
    folder.append(2, 4, frame(2, 4))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"No space left on device.*what was finished before is kept"):
        folder.close()
    monkeypatch.undo()
    assert parts(tmp_path) == ["cases-000000-000001.parquet"]
    assert [name for name in os.listdir(tmp_path) if name.startswith(".cases")] == []
    assert begun(tmp_path, (2, 6)).table().equals(frame(0, CASES))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits here")
def test_a_limit_on_files_is_told(tmp_path: Path) -> None:
    """The system's own refusal, in the middle of a write."""
    begun(tmp_path, (0, 2))
    code = """if True:
        import resource, sys
        import polars as pl
        from wfm.sweeps.run_folder import RunFolder
        folder = RunFolder(sys.argv[1])
        folder._take_lock()
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        folder.append(2, 3, pl.DataFrame({"case": [2] * 5000, "x": [i / 7 for i in range(5000)]}))
        folder.close()"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "OutputError" in done.stderr
    assert "cannot be written (File too large); what was finished before is kept" in done.stderr
    assert RunFolder(tmp_path).table().equals(frame(0, 2))


def test_a_folder_that_is_taken_away_is_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run").open_for(SWEEP)
    folder.append(0, 2, frame(0, 2))
    folder.append(2, 4, frame(2, 4))
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(OutputError, match="cannot be written"):
        folder.close()


# ---- what has changed


def changed(**of_experiment: int) -> wfm.ContactCenter:
    return replace(CENTER, experiment=replace(CENTER.experiment, **of_experiment))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(SWEEP, center=wfm.load(wfm.example("two_languages"))), "the centre"),
        (replace(SWEEP, center=changed(seed=99)), "the experiment"),
        (replace(SWEEP, plan=wfm.staff(CENTER, "erlang-c")), "the staffing plan"),
        (replace(SWEEP, variations=(replace(VOLUMES, levels=(0.8, 0.9, 1.1, 1.2, 1.4)),)), "what is varied"),
        (replace(SWEEP, scenarios=(wfm.Scenario("more", (VOLUMES.change(2.0),)),)), "the named scenarios"),
        (replace(SWEEP, design="grid"), "design: was one_at_a_time.*found 'grid'"),
        (replace(SWEEP, ask=("predict", "staff")), r"ask: was predict .*found 'predict, staff'"),
        (replace(SWEEP, method="erlang-a"), "method: was simulation"),
        (replace(SWEEP, method=wfm.Simulation(replications=7)), r"found 'Simulation\(replications=7\)'"),
        (replace(SWEEP, staffing="erlang-c"), "staffing: was erlang-a"),
        (replace(SWEEP, hold="net"), "hold: was gross"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_another_sweep_is_refused_and_the_difference_named(tmp_path: Path, other: wfm.Sweep, words: str) -> None:
    begun(tmp_path, (0, 2))
    with pytest.raises(InputError, match=words) as refused:
        RunFolder(tmp_path).open_for(other)
    assert "--out" in str(refused.value)
    assert RunFolder(tmp_path).table().equals(frame(0, 2))


def test_what_makes_no_difference_is_let_in(tmp_path: Path) -> None:
    one = replace(SWEEP, method=wfm.Simulation(replications=5, threads=1))
    begun(tmp_path, (0, 2), sweep=one)
    assert begun(tmp_path, (2, 6), sweep=replace(one, method=wfm.Simulation(replications=5, threads=2))).finished


def test_another_selection_is_refused(tmp_path: Path) -> None:
    RunFolder(tmp_path).open_for(SWEEP, {"best": "cost", "indifference": 0.01}).close()
    RunFolder(tmp_path).open_for(SWEEP, {"best": "cost", "indifference": 0.01}).close()
    for other in ({"best": "service_level", "indifference": 0.01}, None):
        with pytest.raises(InputError, match="best: was cost"):
            RunFolder(tmp_path).open_for(SWEEP, other)


@pytest.mark.parametrize("name", ["wfm", "numpy", "scipy", "numba", "machine"])
def test_a_folder_of_other_versions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    begun(tmp_path, (0, 2))
    here = run_record.versions()
    monkeypatch.setattr(run_record, "versions", lambda: {**here, name: "0.0.9"})
    with pytest.raises(InputError, match=rf"{name} .* \(here 0\.0\.9\).*wfm show"):
        RunFolder(tmp_path).open_for(SWEEP)
    assert RunFolder(tmp_path).table().equals(frame(0, 2))


def test_a_folder_of_another_format_is_refused(tmp_path: Path) -> None:
    begun(tmp_path, (0, 2))
    said = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({"format": 2, "versions": {"wfm": "3.1"}, "new": said}))
    with pytest.raises(InputError, match=r"format 2, written by wfm 3\.1"):
        RunFolder(tmp_path).open_for(SWEEP)


# ---- where it was begun


def bank(folder: Path) -> tuple[Path, Origin]:
    """A scenario with a table of its own, and how a command read it."""
    shutil.copytree(wfm.example("anonymous_bank").parent, folder)
    what = folder / "scenario.toml"
    with noting_inputs() as files:
        center = wfm.load(what)
        wfm.staff(center, "erlang-c").to_csv(folder.parent / "plan.csv")
        wfm.StaffingPlan.from_csv(folder.parent / "plan.csv", center)
    return what, Origin(what, {"volume": "±10%", "plan": folder.parent / "plan.csv", "samples": None}, files)


def remade(what: Path) -> wfm.Sweep:
    return replace(SWEEP, center=wfm.load(what))


def test_a_run_knows_how_it_was_begun(tmp_path: Path) -> None:
    what, origin = bank(tmp_path / "bank")
    path = tmp_path / "runs" / "one"
    RunFolder(path, origin).open_for(remade(what)).close()
    assert RunFolder(path).begun_with() == (what, {**origin.options})
    copy, options = RunFolder(path).begun_with(copies=True)
    assert copy == path / "inputs" / "bank" / "scenario.toml"
    assert options["plan"].read_bytes() == (tmp_path / "plan.csv").read_bytes()
    RunFolder(path).open_for(remade(copy)).close()
    assert {one.path for one in RunFolder(path).record.inputs} == {
        "../../bank/scenario.toml", "../../bank/week.csv", "../../plan.csv"
    }  # fmt: skip


def test_a_changed_input_is_noticed_and_named(tmp_path: Path) -> None:
    what, origin = bank(tmp_path / "bank")
    path = tmp_path / "run"
    RunFolder(path, origin).open_for(remade(what)).close()
    what.write_text("# a remark changes nothing\n" + what.read_text(encoding="utf-8"), encoding="utf-8")
    RunFolder(path).open_for(remade(RunFolder(path).begun_with()[0])).close()
    table = tmp_path / "bank" / "week.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",7", ",8"), encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)inputs.*the centre.*bank/week\.csv: has changed"):
        RunFolder(path).open_for(remade(RunFolder(path).begun_with()[0]))
    # What it found can be shown all the same.
    RunFolder(path).record.check(remade(RunFolder(path).begun_with(copies=True)[0]), path, {})


def test_a_folder_that_was_moved_lives_on_its_copies(tmp_path: Path) -> None:
    what, origin = bank(tmp_path / "bank")
    RunFolder(tmp_path / "run", origin).open_for(remade(what)).close()
    elsewhere = tmp_path / "far" / "away" / "run"
    shutil.copytree(tmp_path / "run", elsewhere)
    copy, _ = RunFolder(elsewhere).begun_with()
    assert copy == elsewhere / "inputs" / "bank" / "scenario.toml"
    RunFolder(elsewhere).open_for(remade(copy)).close()
    copy.write_text("title = 'another'", encoding="utf-8")
    with pytest.raises(InputError, match=r"inputs/bank/scenario\.toml.*not what it was"):
        RunFolder(elsewhere).begun_with()


def test_a_run_of_python_says_how_to_go_on(tmp_path: Path) -> None:
    begun(tmp_path, (0, 2))
    with pytest.raises(InputError, match=r"begun in Python.*wfm\.sweep"):
        RunFolder(tmp_path).begun_with()


# ---- the list


def test_the_list_of_runs(tmp_path: Path) -> None:
    begun(tmp_path / "whole", (0, 6))
    begun(tmp_path / "half", (1, 4))
    begun(tmp_path / "bad")
    (tmp_path / "bad" / "run.json").write_text("{")
    said = json.loads((begun(tmp_path / "odd").path / "run.json").read_text())
    (tmp_path / "odd" / "run.json").write_text(json.dumps({**said, "question": {}, "begun": {}}))
    with pytest.raises(InputError, match="damaged"):
        RunFolder(tmp_path / "odd").begun_with()
    (tmp_path / "other").mkdir()
    (tmp_path / "file.txt").write_text("")
    found = {one.path.name: one for one in runs_in(tmp_path)}
    assert sorted(found) == ["bad", "half", "odd", "whole"]
    assert found["whole"].finished
    assert (found["half"].done, found["half"].cases, found["half"].finished) == (3, 6, False)
    assert (found["half"].title, found["half"].design, found["half"].varied) == (
        "Textbook",
        "one_at_a_time",
        ("volume",),
    )
    assert "damaged" in found["bad"].fault
    assert "damaged" in found["odd"].fault
    assert [one.path.name for one in runs_in(tmp_path / "half")] == ["half"]
    with pytest.raises(InputError, match="no such folder"):
        runs_in(tmp_path / "nowhere")
