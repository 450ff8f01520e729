"""Runs as they stand: those in a folder at a glance, and what one has found so far."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wfm.errors import InputError, fault
from wfm.sweeps.goals import Goal
from wfm.sweeps.result import SweepResult
from wfm.sweeps.rounds import is_simulated
from wfm.sweeps.run_folder import RunFolder
from wfm.sweeps.run_record import NAME
from wfm.sweeps.selecting import select, select_by_formula
from wfm.sweeps.sweep import Sweep

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class RunSummary:
    """A run at a glance.

    Args:
        path: of its folder.
        title: of the centre.
        created: when it was begun, as date and time in UTC.
        done: cases that have figures; cases: how many there are, with the baseline.
        design: such as `grid`.
        varied: what is varied, or the names of the scenarios.
        fault: what is wrong with the folder; "" where nothing is. Then nothing else is known.
    """

    path: Path
    title: str = ""
    created: str = ""
    done: int = 0
    cases: int = 0
    design: str = ""
    varied: tuple[str, ...] = ()
    fault: str = ""

    @property
    def finished(self) -> bool:
        return not self.fault and self.done == self.cases


def runs_in(folder: str | os.PathLike[str]) -> list[RunSummary]:
    """The run folders in a folder, or the folder itself where it is one; the last begun first, the damaged at the end.

    Raises:
        InputError: there is no such folder, or it cannot be read.
    """
    folder = Path(folder)
    try:
        inside = [folder] if (folder / NAME).exists() else sorted(one for one in folder.iterdir() if one.is_dir())
    except FileNotFoundError:
        raise InputError([fault(str(folder), "there is no such folder")]) from None
    except OSError as error:
        raise InputError([fault(str(folder), f"cannot be read ({error.strerror})")]) from None
    found = [_summary(one) for one in inside if (one / NAME).exists()]
    return sorted(found, key=lambda one: one.created, reverse=True)


def _summary(path: Path) -> RunSummary:
    run = RunFolder(path)
    try:
        record, question = run.record, run.record.question
        varied = [one["label"] or one["path"] for one in question["variations"]] + question["scenarios"]
        return RunSummary(path, record.title, record.created, run.done, record.cases, question["design"], tuple(varied))
    except InputError as error:
        return RunSummary(path, fault="; ".join(one.rule for one in error.faults))
    except (KeyError, TypeError):
        return RunSummary(path, fault=f"{NAME} is damaged")


def found_in(
    folder: RunFolder, sweep: Sweep, best: str | None = None, indifference: float | None = None
) -> SweepResult:
    """What a run has found, finished or not, and the selection that it makes where the best is sought.

    sweep, best, indifference: what it was asked, as `wfm.sweep` was.

    Raises:
        InputError: nothing is finished yet.
    """
    goal = None if best is None else Goal.of(sweep, best, indifference)
    if goal is not None and is_simulated(sweep):
        selection, table = select(sweep, goal, do=None, folder=folder)
        return SweepResult(sweep, table, selection=selection)
    table = _so_far(folder)
    return SweepResult(sweep, table, selection=None if goal is None else select_by_formula(sweep, goal, table))


def _so_far(folder: RunFolder) -> polars.DataFrame:
    """The figures of the cases that are done; the others have none yet."""
    import polars

    missing = [case for cases in folder.missing() for case in cases]
    if not missing:
        return folder.table()
    if missing[0] == 0:
        raise InputError([fault(str(folder.path), f"has nothing to show yet: {folder.how_far[0]}")])
    waiting = polars.DataFrame({"case": missing, "fault": "not done yet"})
    return polars.concat([folder.table(), waiting], how="diagonal").sort("case", maintain_order=True)
