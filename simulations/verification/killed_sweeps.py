"""Sweeps that are killed: does what is resumed equal what was never interrupted, bit for bit?

A real `wfm sweep` of the bank's week is killed (SIGKILL, which nothing can catch) at random moments, and
`wfm sweep RUN` goes on. Twenty sweeps are killed once, at moments spread evenly over the whole run; others are killed
again and again, until they are done. Compared are the figures, the files for planners, and the parts that were there
when it was killed, which must stay as they were. How far a sweep has come by a moment depends on the machine. `--quick`
kills three sweeps that are shorter.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import wfm
from wfm.errors import InputError
from wfm.sweeps.run_folder import RunFolder

QUICK = "--quick" in sys.argv
KILLED_ONCE = 3 if QUICK else 20
KILLED_OFTEN = 0 if QUICK else 3
LEVELS = (3, 3) if QUICK else (12, 12)
REPLICATIONS = 20 if QUICK else 100
WFM = [sys.executable, "-m", "wfm", "sweep"]
BEGIN = [
    *WFM, str(wfm.example("anonymous_bank")), "--vary", f"volume=*0.9:1.1:{LEVELS[0]}",
    "--vary", f"aht=+-30:+30:{LEVELS[1]}", "--replications", str(REPLICATIONS), "--out",
]  # fmt: skip
FOR_PLANNERS = (".csv", ".json", ".html", ".svg", ".xlsx")


@dataclass(frozen=True)
class Kill:
    """What a kill left: the moment [s], cases done, and the parts with their contents."""

    moment: float
    done: int
    parts: dict[str, str]


def go_on(folder: Path, kill_after: float | None = None) -> Kill | None:
    """Begin a sweep, or go on with it; killed after so many seconds, unless it is done before."""
    command = [*WFM, str(folder)] if (folder / "run.json").exists() else [*BEGIN, str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, said = running.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        return Kill(kill_after or 0.0, cases_done(folder), parts(folder))
    if running.returncode:
        raise SystemExit(f"{' '.join(command)}\n{said.decode()}")
    return None


def cases_done(folder: Path) -> int:
    try:
        return RunFolder(folder).done
    except InputError:  # killed before the folder was begun
        return 0


def parts(folder: Path) -> dict[str, str]:
    return {one.name: sha256(one.read_bytes()) for one in sorted(folder.glob("cases-*.parquet"))}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def figures(folder: Path) -> str:
    """Every figure to its last bit: the text of a float64 is the shortest that is read back as the same."""
    return sha256(RunFolder(folder).table().write_csv().encode())


def for_planners(folder: Path) -> dict[str, str]:
    """The files that are written when a sweep is done."""
    return {one.name: contents(one) for one in sorted(folder.iterdir())
            if one.suffix in FOR_PLANNERS and one.name != "run.json"}  # fmt: skip


def contents(path: Path) -> str:
    """All of a file, but for the time at which a workbook was made."""
    if path.suffix != ".xlsx":
        return sha256(path.read_bytes())
    with zipfile.ZipFile(path) as book:
        return sha256(b"".join(book.read(name) for name in book.namelist() if name != "docProps/core.xml"))


def compared(folder: Path, whole: Path, kills: list[Kill]) -> str:
    """Whether a resumed sweep equals the uninterrupted one; it must."""
    found = []
    if figures(folder) != figures(whole):
        found.append("FIGURES DIFFER")
    found += [f"{name} DIFFERS" for name, one in for_planners(whole).items() if for_planners(folder).get(name) != one]
    left = parts(folder)
    found += [f"{name} WAS CHANGED" for one in kills for name, data in one.parts.items() if left.get(name) != data]
    return ", ".join(found) or "equal"


def main() -> None:
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        go_on(whole)  # compiles, where nothing is kept of an earlier run
        began = time.perf_counter()
        go_on(Path(place) / "timed")
        seconds = time.perf_counter() - began
        cases = RunFolder(whole).done
        print(f"a sweep of {cases} cases, {REPLICATIONS} weeks each: {seconds:.1f} s when nobody kills it")
        print(f"two of them, never killed: {compared(Path(place) / 'timed', whole, [])}")
        print(f"files compared: figures, {', '.join(for_planners(whole))}")
        print()
        print(f"{'killed after, s':>16s}{'cases kept':>12s}{'parts':>7s}   resumed and whole")
        kills = 0
        while kills < KILLED_ONCE:
            folder, began = Path(tempfile.mkdtemp(dir=place)), time.perf_counter()
            killed = go_on(folder, rng.uniform(0, seconds))
            if killed is None:  # the machine has become faster; another moment then
                seconds = min(seconds, time.perf_counter() - began)
                continue
            kills += 1
            go_on(folder)
            shown = f"{killed.moment:16.2f}{killed.done:12d}{len(killed.parts):7d}"
            print(f"{shown}   {compared(folder, whole, [killed])}", flush=True)
        for trial in range(KILLED_OFTEN):
            folder, all_of_them = Path(place) / f"often{trial}", []
            while (killed := go_on(folder, rng.uniform(0, seconds / 2))) is not None:
                all_of_them.append(killed)
            print()
            print(f"killed {len(all_of_them)} times: {compared(folder, whole, all_of_them)}")
            print(f"cases kept: {', '.join(str(one.done) for one in all_of_them)}", flush=True)


if __name__ == "__main__":
    main()
