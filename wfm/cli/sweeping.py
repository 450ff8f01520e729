"""What `wfm sweep` and `wfm show` do: from arguments to a question, its cases, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from wfm.cli.arguments import plan_of, seconds_of
from wfm.cli.watching import announce_compiling, watching
from wfm.errors import Fault, InputError, NotModelled, fault, nearest
from wfm.files import spelling
from wfm.model.variation import Hold, Variation
from wfm.prediction import METHODS
from wfm.sweeps.sweep import Ask, Design

if TYPE_CHECKING:
    import polars

    from wfm.model.center import ContactCenter
    from wfm.sweeps.result import SweepResult
    from wfm.sweeps.run_folder import RunFolder
    from wfm.sweeps.sweep import Sweep

SHORT = ("volume", "aht", "shrinkage", "patience", "agents")
SAMPLED = ("latin_hypercube", "sobol")
STAFFING = ("erlang-a", "erlang-c", "transient")
SHARES = ("service_level", "abandonment")
CHOICES: dict[str, Sequence[str]] = {
    "design": get_args(Design), "ask": get_args(Ask), "method": METHODS, "staffing": STAFFING, "hold": get_args(Hold),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A sweep, and which case of it is sought as the best, with a difference that does not matter."""

    sweep: Sweep
    best: str | None
    indifference: float | None


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
    from wfm.reports.sweeps import LAST, as_json, terminal, write_reports
    from wfm.reports.terminal import show_written
    from wfm.sweeps.rounds import is_simulated
    from wfm.sweeps.run_folder import RunFolder
    from wfm.sweeps.run_record import Origin
    from wfm.sweeps.running import sweep

    seconds = _checked_running(within, threads, cluster)
    folder = None if out is None else RunFolder(out)
    is_told = False  # whether its reports stand already
    if what.is_dir():
        _check_resumed(what, options, out)
        folder = RunFolder(what)
        what, options = folder.begun_with()
        is_told = folder.finished and (folder.path / LAST).exists()
    with noting_inputs() as files:
        asked = asked_for(what, options, must_choose=seconds is not None)
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
        except KeyboardInterrupt:
            _say_what_is_kept(folder)
            raise
    written = [] if folder is None or is_told else write_reports(found, folder.path)
    _note(*(() if folder is None else folder.notes), *_why_not_staffed(found.sweep, options))
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
    from wfm.sweeps.run_folder import RunFolder

    folder = RunFolder(run)
    found = _found_in(folder, asked_for(*folder.begun_with(copies=True)))
    written = [] if out is None else write_reports(found, out)
    if json:
        return as_json.sweep(found)
    terminal.show_sweep(found)
    if written:
        show_written(written)
    return {}


def _found_in(folder: RunFolder, asked: Asked) -> SweepResult:
    """The figures that a run has, and the selection that they make where the best is sought."""
    from wfm.sweeps.goals import Goal
    from wfm.sweeps.result import SweepResult
    from wfm.sweeps.rounds import is_simulated
    from wfm.sweeps.selecting import select, select_by_formula

    if asked.best is not None and is_simulated(asked.sweep):
        goal = Goal.of(asked.sweep, asked.best, asked.indifference)
        selection, table = select(asked.sweep, goal, do=None, folder=folder)
        return SweepResult(asked.sweep, table, selection=selection)
    table = _so_far(folder)
    if asked.best is None:
        return SweepResult(asked.sweep, table)
    goal = Goal.of(asked.sweep, asked.best, asked.indifference)
    return SweepResult(asked.sweep, table, selection=select_by_formula(asked.sweep, goal, table))


def _so_far(folder: RunFolder) -> polars.DataFrame:
    """The figures of the cases that are done; the others have none yet."""
    import polars

    missing = [case for cases in folder.missing() for case in cases]
    if not missing:
        return folder.table()
    unless = f", unless {folder.writer()} is still at work" if folder.writer() else ""
    how_far = f"{folder.done:,} of {folder.record.cases:,} cases are done; `wfm sweep {folder.path}` goes on{unless}"
    if missing[0] == 0:
        raise InputError([fault(str(folder.path), f"has nothing to show yet: {how_far}")])
    _note(how_far)
    waiting = polars.DataFrame({"case": missing, "fault": "not done yet"})
    return polars.concat([folder.table(), waiting], how="diagonal").sort("case", maintain_order=True)


def list_runs(folder: Path | None, *, json: bool) -> dict[str, Any]:
    """The runs in a folder, `runs` where none is named."""
    from wfm.reports.sweeps import as_json, terminal
    from wfm.sweeps.runs import runs_in

    found = runs_in(folder or Path("runs"))
    if json:
        return as_json.runs(found)
    terminal.show_runs(found)
    return {}


def asked_for(what: Path, options: Mapping[str, Any], must_choose: bool = False) -> Asked:
    """The sweep that a scenario or a sweep file and the arguments ask for.

    Args:
        must_choose: look for the best case even where no measure is named.

    Raises:
        InputError: every fault of the arguments, or else every fault of the file.
    """
    from wfm.files.scenario import load
    from wfm.files.sweep_file import is_sweep_file, load_sweep_file
    from wfm.sweeps.goals import Goal
    from wfm.sweeps.question import question

    said = load_sweep_file(what) if is_sweep_file(what) else None
    center = load(what) if said is None else said.center
    chosen = {**({} if said is None else said.options), **options}
    variations = _checked(options, chosen, center)
    plan = plan_of(options["plan"], center) if "plan" in options else None if said is None else said.plan
    asked = question(
        center,
        [*(() if said is None else said.variations), *variations] or None,
        scenarios=None if said is None else said.scenarios or None,
        plan=plan,
        design=chosen.get("design") or _usual_design(options),
        samples=chosen.get("samples"),
        ask=chosen.get("ask"),
        method=_method(chosen),
        staffing=chosen.get("staffing"),
        hold=chosen.get("hold", "gross"),
    )
    best = chosen.get("best") or (Goal.of(asked).name if must_choose else None)
    return Asked(asked, best, _indifference(best, chosen.get("indifference")))


def _usual_design(options: Mapping[str, Any]) -> Design | None:
    """Paths are crossed; short forms alone are changed one at a time."""
    if "vary" in options:
        return "grid"
    return "one_at_a_time" if any(name in options for name in SHORT) else None


def _method(chosen: Mapping[str, Any]) -> object:
    name = chosen.get("method", "simulation")
    if name == "simulation":
        from wfm.simulation.run import Simulation

        return Simulation(chosen.get("replications"), chosen.get("seed"))
    return name


def _checked(options: Mapping[str, Any], chosen: Mapping[str, Any], center: ContactCenter) -> list[Variation]:
    """The variations of the arguments.

    Args:
        chosen: the same, on top of what a sweep file says.

    Raises:
        InputError: everything that is wrong with the arguments by themselves.
    """
    from wfm.files.variations import read_variation

    faults = _faults_of_choices(options, chosen)
    variations = []
    for argument, path, levels in _varied(options, faults):
        try:
            variations.append(read_variation(path, levels, center))
        except InputError as error:
            faults += [fault(argument, one.rule, *([one.value] if one.has_value else [])) for one in error.faults]
    if faults:
        raise InputError(faults)
    return variations


def _varied(options: Mapping[str, Any], faults: list[Fault]) -> list[tuple[str, str, str]]:
    """Argument, path and levels of each variation."""
    found = [(f"--{name}", name, options[name]) for name in SHORT if name in options]
    for text in options.get("vary", ()):
        path, equals, levels = _halves(text)
        if equals:
            found.append((f"--vary {path}", path, levels))
        else:
            rule = "must be PATH=LEVELS, such as 'contact_types.*.volume=*0.9:1.1:5'"
            faults.append(fault("--vary", rule, text))
    return found


def _halves(text: str) -> tuple[str, str, str]:
    """What stands before and after the first equals sign outside quotes."""
    quoted = False
    for place, one in enumerate(text):
        quoted ^= one == '"'
        if one == "=" and not quoted:
            return text[:place].strip(), "=", text[place + 1 :].strip()
    return text, "", ""


def _faults_of_choices(options: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Fault]:
    """Words that are not known, and arguments that do not go together."""
    faults = []
    for name, choices in CHOICES.items():
        given = chosen.get(name, ())
        for one in [given] if isinstance(given, str) else given:
            if one not in choices:
                where = f"--{name}" if name in options else name
                faults.append(fault(where, f"is not known; {nearest(one, choices)}", one))
    if len(options.get("ask", ())) > 1 and "cost" in options["ask"]:
        rule = "cost staffs each case and predicts that plan: it stands alone"
        faults.append(fault("--ask", rule, ", ".join(options["ask"])))
    if "samples" in options and chosen.get("design") not in SAMPLED:
        rule = "belongs to --design latin_hypercube or --design sobol"
        faults.append(fault("--samples", rule, options["samples"]))
    if options.get("design") in SAMPLED and "samples" not in chosen:
        faults.append(fault("--samples", f"is missing: how many cases --design {options['design']} draws"))
    if chosen.get("method", "simulation") != "simulation":
        rule = f"belongs to a simulation, and the method is {chosen['method']}"
        faults += [fault(f"--{name}", rule, options[name]) for name in ("replications", "seed") if name in options]
    if "indifference" in options and "best" not in chosen:
        faults.append(fault("--indifference", "belongs to --best, which is missing", options["indifference"]))
    return faults


def _indifference(best: str | None, given: Any) -> float | None:
    """A difference that does not matter, in the measure's unit: 0.5pt, 2s or 100."""
    if given is None or not isinstance(given, str):
        return None if given is None else float(given)
    text = given.strip().lower()
    measure = str(best).rpartition(".")[2]
    try:
        if measure in SHARES:
            return spelling.share(
                text.removesuffix("points").removesuffix("point").removesuffix("pt").strip(" %") + "%"
            )
        return float(text) if measure == "cost" else spelling.duration(text)
    except ValueError:
        example = {"cost": "100", "service_level": "0.5pt", "abandonment": "0.2pt"}.get(measure, "2s")
        raise InputError([fault("--indifference", f"must be such as {example} for {best}", given)]) from None


def _checked_running(within: str | None, threads: int | None, cluster: str | None) -> float | None:
    """Seconds of --within, where what says how to run does not contradict itself."""
    seconds, faults = seconds_of("--within", within), []
    if seconds == 0:
        faults.append(fault("--within", "must be above 0, such as 5min", within))
    if threads is not None and cluster is not None:
        faults.append(fault("--threads", "cannot go with --cluster, whose workers have their own", threads))
    if faults:
        raise InputError(faults)
    return seconds


def _check_resumed(run: Path, options: Mapping[str, Any], out: Path | None) -> None:
    """A run folder has its own question and its own place."""
    rule = f"cannot go with a run folder, which has its own question; `wfm sweep {run}` alone goes on with it"
    faults = [fault(f"--{name}", rule, _text(value)) for name, value in options.items()]
    if out is not None:
        rule = (
            f"cannot go with a run folder, which results are written to; `wfm show {run} --out {out}` writes them there"
        )
        faults.append(fault("--out", rule, str(out)))
    if faults:
        raise InputError(faults)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def _note(*notes: str) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _why_not_staffed(asked: Sweep, options: Mapping[str, Any]) -> list[str]:
    """A note where people required would be expected, and no formula can tell them."""
    if "ask" in options or "staff" in asked.ask:
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
    if is_simulated(sweep) and sweep.ask != ("staff",) and asked.best is None:
        replications = getattr(sweep.method, "replications", None) or sweep.center.experiment.replications
        contacts = replications * sum(float(sweep.center.volume(name).sum()) for name in sweep.center.contact_types)

    def said(per_second: float) -> str:
        cases = f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"
        simulated = f", {contacts * per_second / 1e6:,.1f} million contacts/s" if contacts else ""
        return f"{cases} cases/s{simulated}"

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
