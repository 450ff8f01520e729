"""Running a sweep: its cases shared out among threads, processes or a cluster, and kept in a folder as they come."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING

from wfm.errors import InputError, fault
from wfm.formulas.stationary import FORMULAS
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Hold
from wfm.simulation.bounds import contacts_of
from wfm.simulation.run import Progress
from wfm.sweeps.asking import Asker
from wfm.sweeps.designs import Design
from wfm.sweeps.goals import Goal, is_above_zero
from wfm.sweeps.question import Scenarios, Variations, question
from wfm.sweeps.result import SweepResult
from wfm.sweeps.rounds import Task, is_simulated, simulate_rounds
from wfm.sweeps.run_folder import RunFolder
from wfm.sweeps.selecting import select, select_by_formula
from wfm.sweeps.selection import Selection
from wfm.sweeps.sweep import Ask, Sweep
from wfm.sweeps.workers import Workers

if TYPE_CHECKING:
    import polars

A_TASK = 0.5  # seconds of work: long enough that handing it over costs nothing, short enough to be told about
SHORTEST_TASK = 0.02  # with less, threads would only wait for one another
TASKS_EACH = 4  # at least, so that no worker waits long for the last of the others
A_CASE, AN_INTERVAL, A_CONTACT, A_TRANSIENT = 5e-4, 1e-6, 5e-8, 2e-3  # seconds, roughly


def sweep(
    center: ContactCenter | Sweep,
    variations: Variations | None = None,
    *,
    scenarios: Scenarios | None = None,
    plan: StaffingPlan | None = None,
    design: Design | None = None,
    samples: int | None = None,
    ask: Ask | Sequence[Ask] | None = None,
    method: object = "simulation",
    staffing: object | None = None,
    hold: Hold = "gross",
    threads: int | None = None,
    executor: Executor | None = None,
    out: str | os.PathLike[str] | RunFolder | None = None,
    progress: Progress | None = None,
    best: str | None = None,
    indifference: float | None = None,
    within: float | None = None,
) -> SweepResult:
    """Ask the same question of many worlds, and compare each with the base on the same simulated days.

    Args:
        center: the base; or a `Sweep`, which says all that stands before `threads`.
        variations: levels by path or short form, such as {"volume": "±10%", "aht": "+30s"}, or `wfm.Variation` values;
            docs/sweeps.md has all of them. Absent, and no scenarios: one percent, second, point and agent more of each
            input ("power of one").
        scenarios: changes by path, by name of the scenario, such as {"Bot": {"volume": "-10%"}}; or `wfm.Scenario`
            values.
        plan: the plan that every case is predicted with; absent: the scenario's agents, or else what `staffing`
            requires of the base.
        design: one_at_a_time, grid (all crossed), latin_hypercube, sobol or scenarios; absent: a grid where any
            variation has three levels or more, else one_at_a_time.
        samples: how many cases latin_hypercube and sobol draw.
        ask: predict (the held plan), staff (each case), or cost (staff each case, and predict and price that plan);
            absent: predict, and staff where a formula can.
        method: of prediction, as in `wfm.predict`. staffing: of requirements, as in `wfm.staff`; absent: the method if
            it is a formula, or else erlang-a.
        hold: what stays of the plan where shrinkage changes: "gross" people or "net" agents.
        threads: absent: one per core. executor: any `concurrent.futures.Executor`, in place of threads; the bits of the
            figures depend on neither.
        out: the run folder, in which what is finished stays finished; the same call goes on from there.
        progress: told (done, of) as cases end.
        best: find the best case by this measure, with replications only where that is open; indifference: a difference
            that does not matter, in its units; within: seconds that the search may take.

    Raises:
        InputError: a path, level or argument is at fault, or the baseline has no answer.
        NotModelled: the method has no words for the base.
        OutputError: the folder is in use, or cannot be written.
        WfmError: a worker died; what was finished is kept in the folder.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> found = wfm.sweep(center, {"volume": "±10%"}, method="erlang-a")
    >>> found.table["service_level"].round(3).to_list()[::2]
    [0.826, 0.892, 0.745]
    """
    began = time.perf_counter()
    workers = Workers(threads, executor)
    if within is not None and not is_above_zero(within):
        raise InputError([fault("within", "must be a number of seconds above 0", within)])
    if progress is not None and not callable(progress):
        raise InputError([fault("progress", "must be a function, which is told (done, of)", progress)])
    if isinstance(center, Sweep):
        told = {
            "variations": variations, "scenarios": scenarios, "plan": plan, "design": design, "samples": samples,
            "ask": ask, "staffing": staffing, "method": None if method == "simulation" else method,
            "hold": None if hold == "gross" else hold,
        }  # fmt: skip
        twice = [name for name, value in told.items() if value is not None]
        if twice:
            raise InputError([fault(name, "is what the sweep says already; leave it out") for name in twice])
        asked = center
    else:
        asked = question(
            center, variations, scenarios=scenarios, plan=plan, design=design, samples=samples, ask=ask, method=method,
            staffing=staffing, hold=hold,
        )  # fmt: skip
    goal = None if best is None and within is None else Goal.of(asked, best, indifference)
    if goal is None and indifference is not None:
        raise InputError([fault("indifference", "is of a search for the best; say what is best with it", indifference)])
    asked.check()
    if workers.are_here and asked.ask == ("predict",) and asked.method in FORMULAS:
        workers = Workers(1)  # most of this work is Python's own: threads would only wait for one another
    sought = None if goal is None else {"best": goal.name, "indifference": goal.indifference}
    selection: Selection | None = None
    with nullcontext() if out is None else _folder(out).open_for(asked, sought) as folder:
        if goal is not None and is_simulated(asked):
            selection, table = _selected(asked, goal, within, workers, folder, progress)
        else:
            table = _table(asked, workers, folder, progress)
            selection = None if goal is None else select_by_formula(asked, goal, table)
    run = {"seconds": time.perf_counter() - began, "workers": workers.number, "threads": workers.are_here}
    return SweepResult(asked, table, run, selection)


def _table(asked: Sweep, workers: Workers, folder: RunFolder | None, progress: Progress | None) -> polars.DataFrame:
    """The figures of all cases, in their order; with a folder, only those that it lacks are worked out."""
    import polars

    cases = len(asked)
    missing = [range(cases)] if folder is None else folder.missing()
    done, frames = cases - sum(map(len, missing)), []
    # Closed whatever happens, so that tasks that wait are called off when one fails or the user stops.
    with closing(figures_of(asked, pieces_of(asked, missing, workers.number), workers)) as found:
        for frame in found:
            first, last = frame["case"][0], frame["case"][-1] + 1
            if folder is None:
                frames.append(frame)
            else:
                folder.append(first, last, frame)
            done += last - first
            if progress is not None:
                progress(done, cases)
    if folder is not None:
        return folder.table()
    return polars.concat(sorted(frames, key=lambda frame: frame["case"][0]))


def figures_of(asked: Sweep, pieces: Sequence[range], workers: Workers) -> Generator[polars.DataFrame, None, None]:
    """The figures of some cases, piece by piece, as they are done, in any order.

    Raises:
        WfmError: the baseline has no answer, or a worker died.
    """

    if not pieces:
        return
    if workers.are_here:
        rows = Asker(asked).rows
        yield from workers.done(pieces, lambda piece: (rows, (piece.start, piece.stop)), list)
    else:
        sent = pickle.dumps(asked)
        yield from workers.done(pieces, lambda piece: (rows_of, (sent, piece.start, piece.stop)), list)


def pieces_of(asked: Sweep, missing: Iterable[range], workers: int) -> list[range]:
    """Cases cut into tasks."""
    missing = list(missing)
    size = number_in_a_task(seconds_of(asked), sum(map(len, missing)), workers)
    return [one[start : start + size] for one in missing for start in range(0, len(one), size)]


def number_in_a_task(seconds: float, number: int, workers: int) -> int:
    """How many of so many things to do, which take so long each, make a task; no figure depends on it."""
    at_least, at_most = int(SHORTEST_TASK / seconds), int(A_TASK / seconds)
    return max(1, at_least, min(at_most, number // (TASKS_EACH * workers)))


def seconds_of(asked: Sweep, replications: int | None = None) -> float:
    """About how long one case takes; replications: where it is not simulated as often as the method says."""
    center, method = asked.center, asked.method
    cells = len(center.contact_types) * center.horizon.intervals
    seconds = A_CASE + cells * AN_INTERVAL
    if is_simulated(asked):
        number = replications or getattr(method, "replications", None) or center.experiment.replications
        return seconds + number * (contacts_of(center) * A_CONTACT + cells * AN_INTERVAL)
    return seconds if method in FORMULAS else seconds + cells * A_TRANSIENT


def rows_of(sent: bytes, first: int, last: int) -> polars.DataFrame:
    """The figures of some cases of a pickled sweep, which a process makes ready once."""
    with _making_ready:  # by one thread, for which the others wait
        asker = _asker_of(sent)
    return asker.rows(first, last)


@lru_cache(maxsize=1)
def _asker_of(sent: bytes) -> Asker:
    return Asker(pickle.loads(sent))


_making_ready = threading.Lock()


def _selected(
    asked: Sweep, goal: Goal, within: float | None, workers: Workers, folder: RunFolder | None,
    progress: Progress | None,
) -> tuple[Selection, polars.DataFrame]:  # fmt: skip
    """The best case, and the figures of all; a search that ran out of time can go on, any other one is finished."""

    sent = asked if workers.are_here else pickle.dumps(asked)

    def do(_: Sweep, tasks: Sequence[Task]) -> Iterator[polars.DataFrame]:
        seconds = seconds_of(asked, tasks[0].last - tasks[0].first)
        size = number_in_a_task(seconds, len(tasks), workers.number)
        pieces = [tasks[start : start + size] for start in range(0, len(tasks), size)]
        return workers.done(pieces, lambda piece: (simulate_rounds, (sent, piece)), cases)

    def cases(piece: Sequence[Task]) -> list[int]:
        return [task.case for task in piece]

    selection, table = select(asked, goal, within=within, do=do, folder=folder, progress=progress)
    if folder is not None and selection.ended != "time" and not folder.finished:
        folder.append(0, len(asked), table)
    return selection, table


def _folder(out: str | os.PathLike[str] | RunFolder) -> RunFolder:
    return out if isinstance(out, RunFolder) else RunFolder(out)
