"""What `wfm sweep` and `wfm show` do: from arguments to a question, its cases, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfm.cli.sweep_arguments import Asked, Faults, asked_for, check_resumed, seconds_within
from wfm.cli.watching import announce_compiling, watching
from wfm.errors import InputError, NotModelled, OutputError, fault

if TYPE_CHECKING:
    from wfm.sweeps.result import SweepResult
    from wfm.sweeps.run_folder import RunFolder
    from wfm.sweeps.sweep import Sweep


def sweep_all(
    what: Path, options: dict[str, Any], out: Path | None, *, within: str | None, threads: int | None,
    cluster: str | None, json: bool,
) -> dict[str, Any]:  # fmt: skip
    """Ask the question of every case, write what it comes to, and show it, or return it for JSON.

    Args:
        what: a scenario, a sweep file or a run folder.
        options: those arguments that say what is asked, as far as given.
    """
    from wfm.files.inputs import noting_inputs
    from wfm.reports.sweeps import LAST, as_json, terminal
    from wfm.reports.terminal import show_written
    from wfm.sweeps.rounds import is_simulated
    from wfm.sweeps.run_folder import RunFolder
    from wfm.sweeps.run_record import Origin
    from wfm.sweeps.running import sweep

    faults = Faults()
    seconds = seconds_within(within, threads, cluster, faults)
    folder = None if out is None else RunFolder(out)
    is_told = False  # whether its reports stand already
    if what.is_dir():
        folder = _run_in(what)
        begun = folder.begun_with()
        check_resumed(what, options, out, faults)
        what, options = begun
        is_told = folder.finished and (folder.path / LAST).exists()
    with noting_inputs() as files:
        asked = asked_for(what, options, within is not None, faults)
    if folder is not None:
        # What was left to wfm is written down too: it need not be found out again.
        usual = {"ask": list(asked.sweep.ask), **({} if asked.best is None else {"best": asked.best})}
        folder.origin = Origin(what, {**usual, **options}, files)
    if is_simulated(asked.sweep):
        announce_compiling(asked.sweep.center, engine=getattr(asked.sweep.method, "engine", "compiled"))
    with watching() as watch, _workers(cluster) as executor:
        try:
            found = sweep(
                asked.sweep, threads=threads, executor=executor, out=folder, best=asked.best,
                indifference=asked.indifference, within=seconds, progress=watch.of("sweeping", _rate(asked)),
            )  # fmt: skip
        except (KeyboardInterrupt, SystemExit):  # or a signal to end, for which the folder listens
            _say_what_is_kept(folder)
            raise
    written = [] if folder is None or is_told else _reports_in(folder, found)
    _note(*(() if folder is None else folder.notes), *found.sweep.notes, *_why_not_staffed(found.sweep, options))
    if json:
        return as_json.sweep(found)
    terminal.show_sweep(found)
    if folder is not None and written:
        show_written(written, after=f"next: wfm show {folder.path}")
    return {}


def show(run: Path, out: Path | None, *, json: bool) -> dict[str, Any]:
    """What a run has found so far, from its folder alone; written again elsewhere if `out` is given."""
    from wfm.reports.sweeps import as_json, terminal, write_reports
    from wfm.reports.terminal import show_written
    from wfm.sweeps.rounds import is_simulated
    from wfm.sweeps.runs import found_in

    folder = _run_in(run)
    asked = asked_for(*folder.begun_with(copies=True))
    found = found_in(folder, asked.sweep, asked.best, asked.indifference)
    if asked.best is None or not is_simulated(asked.sweep):
        _note(*folder.how_far)
    written = [] if out is None else write_reports(found, out)
    if json:
        return as_json.sweep(found)
    terminal.show_sweep(found)
    if written:
        show_written(written)
    return {}


def list_runs(folder: Path | None, options: Mapping[str, Any], *, json: bool) -> dict[str, Any]:
    """The runs in a folder, `runs` where none is named; options: other arguments, of which there must be none."""
    from wfm.reports.sweeps import as_json, terminal
    from wfm.sweeps.runs import runs_in

    if options:
        raise InputError([fault(f"--{name}", "cannot go with --list, which asks no question") for name in options])
    found = runs_in(_no_file(folder or Path("runs")))
    if json:
        return as_json.runs(found)
    terminal.show_runs(found)
    return {}


def _run_in(path: Path) -> RunFolder:
    """The run folder that is meant.

    Raises:
        InputError: there is none, with what there is in its place.
    """
    from wfm.sweeps.run_folder import RunFolder
    from wfm.sweeps.run_record import NAME
    from wfm.sweeps.runs import runs_in
    from wfm.sweeps.words import some_of

    if _no_file(path).is_dir() and not (path / NAME).exists():
        inside = [str(one.path) for one in runs_in(path)]
        if inside:
            rule = f"holds runs and is none itself: {some_of(inside)}; `wfm sweep {path} --list` lists them"
            raise InputError([fault(str(path), rule)])
    return RunFolder(path)


def _no_file(path: Path) -> Path:
    """The same path, which must be no file."""
    if path.is_file():
        is_question = path.suffix.lower() == ".toml"
        named = "a scenario or a sweep file" if is_question else "a file"
        makes = f"`wfm sweep {path if is_question else 'SCENARIO'} --out FOLDER` makes one"
        raise InputError([fault(str(path), f"is {named}, not a run folder; {makes}")])
    return path


def _reports_in(folder: RunFolder, found: SweepResult) -> list[Path]:
    """Page, workbook, CSV and pictures, in the folder whose figures are all there."""
    from wfm.reports.sweeps import write_reports

    try:
        return write_reports(found, folder.path)
    except OutputError as error:
        kept = f"what was found is kept, and `wfm show {folder.path}` shows it"
        raise OutputError(f"{error}; {kept}. `wfm sweep {folder.path}` writes the reports again") from None


def _note(*notes: str) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _why_not_staffed(asked: Sweep, options: Mapping[str, Any]) -> list[str]:
    """A note where people required would be expected, and no formula can tell them."""
    if "ask" in options or asked.staffs:
        return []
    from wfm.staffing import requirement

    try:
        requirement(asked.center, asked.staffing)
    except (NotModelled, InputError) as error:
        return [f"the people required are left out: {error}"]
    return []


def _rate(asked: Asked) -> Callable[[float], str]:
    """Cases a second in words, with simulated contacts a second where every case has the same replications."""
    from wfm.sweeps.rounds import is_simulated

    sweep, contacts = asked.sweep, 0.0
    if is_simulated(sweep) and asked.best is None:
        replications = getattr(sweep.method, "replications", None) or sweep.center.experiment.replications
        contacts = replications * sum(float(sweep.center.volume(name).sum()) for name in sweep.center.contact_types)

    def said(per_second: float) -> str:
        cases = f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"
        simulated = contacts * per_second
        shown = f"{simulated / 1e6:,.1f} million" if simulated >= 1e6 else f"{simulated:,.0f}"
        return f"{cases} cases/s, {shown} contacts/s" if simulated >= 1 else f"{cases} cases/s"

    return said


def _workers(cluster: str | None) -> Any:
    """The workers of a cluster, or none: threads then."""
    if cluster is None:
        return nullcontext()
    from wfm.sweeps.clusters import Cluster

    return Cluster(cluster)


def _say_what_is_kept(folder: RunFolder | None) -> None:
    if folder is not None:
        print(f"wfm: what is finished is kept; `wfm sweep {folder.path}` goes on", file=sys.stderr)
