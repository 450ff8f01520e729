"""Commands of `wfm`. Exit status: 0 done, 2 the input is at fault, 1 a defect of wfm."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    name="wfm",
    help="Contact-centre workforce planning: Erlang formulas and simulation, side by side.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Scenario = Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Method = Annotated[str, typer.Option(help="erlang-a, erlang-c or transient.")]
Replications = Annotated[int | None, typer.Option(help="How often the horizon is simulated.")]
Seed = Annotated[int | None, typer.Option(help="Same seed, same days.")]
Engine = Annotated[str, typer.Option(help="compiled or reference; they agree bit for bit.")]
Threads = Annotated[int | None, typer.Option(help="Absent: one per core. The figures do not depend on it.")]


def run() -> NoReturn:
    """Run the command line; a fault of the input is told without a traceback."""
    from wfm.errors import WfmError

    # A command is short-lived and leaves its memory to the system: looking for garbage would cost a tenth of its time.
    gc.disable()
    try:
        app(standalone_mode=True)
    except WfmError as error:
        _fail(str(error), 2)
    except BrokenPipeError:
        # The reader of a pipe has gone: nothing more to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except Exception as error:
        if os.environ.get("WFM_TRACEBACK"):
            raise
        _fail(f"a defect of wfm, not of your input: {type(error).__name__}: {error} (WFM_TRACEBACK=1 shows where)", 1)
    sys.exit(0)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the workbook and the plan.")] = Path("demo"),
) -> None:
    """Plan, predict and compare a real bank's week; writes a report, a workbook and a plan."""
    from wfm.answering import answer
    from wfm.cli.watching import announce_compiling, watching
    from wfm.files.scenario import load
    from wfm.files.shipped import example
    from wfm.files.whole import make_folder
    from wfm.reports import terminal

    center = load(example("anonymous_bank"))
    make_folder(out)  # told before the work, not after it
    terminal.show_title(center)
    announce_compiling(center)
    with watching() as watch:
        found = answer(center, progress=watch)
    terminal.show_answer(found)
    terminal.show_written(_write_answer(found, out), after="next: wfm init YOUR.csv")


@app.command()
def erlang(
    volume: Annotated[float | None, typer.Option(help="Contacts offered per --per.")] = None,
    aht: Annotated[str | None, typer.Option(help="Average handling time: seconds, or such as 3min.")] = None,
    target: Annotated[str, typer.Option(help="Service level, such as 80/20: 80 % within 20 seconds.")] = "80/20",
    per: Annotated[str, typer.Option(help="The interval that the volume is for.")] = "30min",
    patience: Annotated[str | None, typer.Option(help="Mean patience; given: Erlang A, else Erlang C.")] = None,
    shrinkage: Annotated[str, typer.Option(help="Share of scheduled time away, such as 30%.")] = "0%",
    max_occupancy: Annotated[str | None, typer.Option(help="Largest occupancy, such as 85%.")] = None,
    agents: Annotated[
        int | None, typer.Option(help="Net agents, in place of --volume or --aht: the most that they can handle.")
    ] = None,
    json: Json = False,
) -> None:
    """How many agents one interval needs, or how much so many agents can handle, without a file."""
    from wfm.cli.arguments import sought_by
    from wfm.files.quick import one_interval
    from wfm.reports import as_json, terminal
    from wfm.staffing import explain, most_that_agents_keep

    sought = sought_by(volume, aht, agents)
    center = one_interval(
        volume=1.0 if volume is None else volume, per=per, aht="1s" if aht is None else aht, target=target,
        patience=patience, shrinkage=shrinkage, max_occupancy=max_occupancy,
    )  # fmt: skip
    formula = "erlang-c" if patience is None else "erlang-a"
    if sought is not None and agents is not None:
        center = most_that_agents_keep(center, "contacts", agents, sought, formula)  # type: ignore[arg-type]
    found = explain(center, "contacts", 0, formula)
    if json:
        plain = as_json.explanation(found)
        kept = {key: plain[key] for key in plain if key not in ("contact_type", "agent_group", "start", "given")}
        _print_json(kept if sought is None else {"sought": sought, **kept})
    else:
        if sought is not None:
            terminal.show_goal(found, sought)
        terminal.show_erlang(found)


@app.command()
def init(
    export: Annotated[
        Path | None, typer.Argument(metavar="[FILE.csv]", help="An interval export of your system.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the scenario; absent: beside the file.")] = None,
    budget: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx|FILE.toml", help="A budget to fill in, written to this file.")
    ] = None,
) -> None:
    """Turn an interval export (offered, AHT, abandoned, waits) into a commented scenario; or begin a budget."""
    from wfm.cli.budgeting import start
    from wfm.errors import InputError, fault
    from wfm.files.exports import init as understand
    from wfm.reports import terminal

    if budget is not None:
        given = {"FILE.csv": export, "--out": out}
        faults = [fault(name, "cannot go with --budget, which names the file to write", str(value))
                  for name, value in given.items() if value is not None]  # fmt: skip
        if faults:
            raise InputError(faults)
        start(budget)
    elif export is None:
        raise InputError([fault("FILE.csv", "is missing: an interval export; or --budget year.xlsx begins a budget")])
    else:
        terminal.show_understood(understand(export, out))


@app.command()
def check(scenario: Scenario) -> None:
    """Say what was understood of a scenario, or every fault in it."""
    from wfm.files.scenario import load
    from wfm.files.understood import notes
    from wfm.reports import terminal

    center = load(scenario)
    terminal.show_notes(center, notes(center))


@app.command()
def plan(
    scenario: Scenario,
    method: Method = "erlang-a",
    out: Annotated[Path | None, typer.Option(help="Folder for plan.csv, plan.xlsx and report.html.")] = None,
    replications: Replications = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """The least agents that keep every target, and what they give by every method."""
    from wfm.answering import answer
    from wfm.cli.watching import announce_compiling, watching
    from wfm.files.scenario import load
    from wfm.files.whole import make_folder
    from wfm.reports import as_json, terminal
    from wfm.simulation.run import Simulation

    center = load(scenario)
    if out is not None:
        make_folder(out)  # told before the work, not after it
    announce_compiling(center)
    with watching() as watch:
        found = answer(center, method, Simulation(replications, seed), watch)
    written = _write_answer(found, out) if out is not None else []
    if json:
        _print_json(as_json.answer(found))
    else:
        terminal.show_title(center)
        terminal.show_answer(found)
        terminal.show_requirement(found)
        if written:
            terminal.show_written(written, after=f"next: wfm compare {scenario} {written[-1]} YOUR_EDITED.csv")


@app.command()
def simulate(
    scenario: Scenario,
    plan: Annotated[Path | None, typer.Option(help="A plan file; absent: the scenario's agents.")] = None,
    replications: Replications = None,
    seed: Seed = None,
    until: Annotated[
        str | None, typer.Option(help='Simulate until a half-width is reached, such as "service_level +- 0.5pt".')
    ] = None,
    control_variate: Annotated[
        bool, typer.Option("--control-variate", help="Surer figures from the contacts offered, whose mean is known.")
    ] = False,
    stratified: Annotated[
        bool, typer.Option("--stratified", help="Surer figures from day factors that are spread evenly.")
    ] = False,
    warm_up: Annotated[
        str | None, typer.Option(help="Of one run of a stationary centre, leave out so much at first, such as 10h.")
    ] = None,
    batches: Annotated[int | None, typer.Option(help="Cut the rest of that run into so many batches.")] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE.parquet", help="Write every contact of every replication.")
    ] = None,
    replay: Annotated[
        int | None, typer.Option(help="Show this one replication as it happened, with its picture; the first is 0.")
    ] = None,
    date: Annotated[
        list[str] | None, typer.Option(help="Day to be replayed; absent: the first open one. May be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the picture of --replay; absent: this one.")] = None,
    engine: Engine = "compiled",
    threads: Threads = None,
    json: Json = False,
) -> None:
    """What customers and agents experience with a plan."""
    from wfm.cli.arguments import check_choices, plan_of, seconds_of
    from wfm.cli.simulating import simulate_all, simulate_one
    from wfm.files.contact_log import check_log_path
    from wfm.files.scenario import load
    from wfm.files.whole import make_folder
    from wfm.prediction import plan_for
    from wfm.simulation.run import Simulation
    from wfm.simulation.until import Until

    given = {
        "--replications": replications, "--until": until, "--control-variate": control_variate or None,
        "--warm-up": warm_up, "--batches": batches, "--log": log and str(log), "--replay": replay,
        "--date": ", ".join(date or []) or None, "--out": out and str(out),
    }  # fmt: skip
    check_choices({name: value for name, value in given.items() if value is not None})
    center = load(scenario)
    method = Simulation(
        replications, seed, engine, threads, control_variate, stratified,  # type: ignore[arg-type]
        None if until is None else Until.parse(until), seconds_of("--warm-up", warm_up), batches,
    )  # fmt: skip
    chosen = plan_for(center, None if plan is None else plan_of(plan, center))
    if replay is not None:
        make_folder(out or Path())  # told before the work, not after it
    log = None if log is None else check_log_path(log)
    if replay is not None:
        shown = simulate_one(chosen, method, replay, date or [], log, out or Path(), json=json)
    else:
        shown = simulate_all(chosen, method, log, json=json)
    if json:
        _print_json(shown)


@app.command()
def compare(
    scenario: Scenario,
    others: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PLAN|SCENARIO]...", help="Plan files; or other scenarios with their own agents."),
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="erlang-c, erlang-a, transient, simulation; may be repeated.")
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """Plans, scenarios or methods side by side on the same simulated days, with one sentence of verdict each."""
    from wfm.cli.arguments import all_named_apart, plan_of
    from wfm.cli.watching import announce_compiling, watching
    from wfm.comparison import compare as set_side_by_side
    from wfm.files.scenario import load
    from wfm.prediction import plan_for, predict
    from wfm.reports import as_json, terminal
    from wfm.simulation.run import Simulation

    center, paths = load(scenario), others or []
    is_scenario = [path.suffix.lower() == ".toml" for path in paths]
    chosen = [
        plan_for(load(path), None).renamed(path.stem) if is_other else plan_of(path, center)
        for path, is_other in zip(paths, is_scenario, strict=True)
    ]
    alone = len(paths) == 1 and len(method or []) < 2 and center.plan is not None
    if any(is_scenario) or not paths or alone:
        # Other scenarios, and a plan that would stand alone, are compared with this one's own agents.
        own = plan_for(center, None)
        chosen, paths = [own.renamed(scenario.stem) if paths else own, *chosen], [scenario, *paths]
    chosen = all_named_apart(chosen, paths)
    # As the first scenario's experiment says, for all of them: else they would not see the same days.
    replications = replications or center.experiment.replications
    simulation = Simulation(replications, center.experiment.seed if seed is None else seed)
    methods: list[Any] = [simulation if name == "simulation" else name for name in method or ["simulation"]]
    announce_compiling(*(one.center for one in chosen))
    with watching() as watch:
        seen = [predict(one.center, one, how, watch.of(f"simulating {one.name}")) for how in methods for one in chosen]
    found = set_side_by_side(seen)
    if json:
        _print_json(as_json.comparison(found))
    else:
        terminal.show_title(center)
        terminal.show_comparison(found)


@app.command()
def sweep(
    what: Annotated[
        Path | None,
        typer.Argument(
            metavar="WHAT", help="A scenario, a sweep file (TOML with a base), or a run folder: it goes on."
        ),
    ] = None,
    # Lists, so that one that is given twice can be told.
    volume: Annotated[
        list[str] | None, typer.Option(metavar="LEVELS", help="Volume of every type, such as ±10% (+-10%).")
    ] = None,
    aht: Annotated[
        list[str] | None, typer.Option(metavar="LEVELS", help="Handling time of every type, such as +30s.")
    ] = None,
    shrinkage: Annotated[
        list[str] | None, typer.Option(metavar="LEVELS", help="Shrinkage of every group, such as +5pt.")
    ] = None,
    patience: Annotated[
        list[str] | None, typer.Option(metavar="LEVELS", help="Mean patience of every type, such as +-20%.")
    ] = None,
    agents: Annotated[
        list[str] | None, typer.Option(metavar="LEVELS", help="Agents in every interval, such as -1,+1.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=LEVELS", help="Anything by its path; may be repeated: all are crossed."),
    ] = None,
    design: Annotated[
        str | None, typer.Option(help="one_at_a_time, grid, latin_hypercube, sobol or scenarios.")
    ] = None,
    samples: Annotated[int | None, typer.Option(help="Cases that latin_hypercube and sobol draw.")] = None,
    ask: Annotated[
        list[str] | None, typer.Option(help="predict, staff, or cost; may be repeated. Absent: predict and staff.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="erlang-c, erlang-a, transient or simulation.")] = None,
    staffing: Annotated[str | None, typer.Option(help="Formula of the people required: as in wfm plan.")] = None,
    plan: Annotated[Path | None, typer.Option(help="The plan to hold; absent: the scenario's agents.")] = None,
    hold: Annotated[str | None, typer.Option(help="What stays where shrinkage changes: gross or net.")] = None,
    best: Annotated[
        str | None, typer.Option(metavar="MEASURE", help="Find the best case, such as by service_level or cost.")
    ] = None,
    indifference: Annotated[
        str | None, typer.Option(help="Difference from the best that does not matter, such as 0.5pt.")
    ] = None,
    within: Annotated[str | None, typer.Option(help="The best answer in so long, such as 5min.")] = None,
    replications: Replications = None,
    seed: Seed = None,
    threads: Threads = None,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A dask scheduler to work on.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder: killed, it goes on; page, workbook, CSV.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the runs in WHAT, or in runs.")] = False,
    json: Json = False,
) -> None:
    """What if: many variations of a scenario, each compared with it on the same simulated days."""
    from wfm.cli.sweeping import list_runs, sweep_all
    from wfm.errors import InputError, fault

    given = {
        "volume": volume, "aht": aht, "shrinkage": shrinkage, "patience": patience, "agents": agents, "vary": vary,
        "design": design, "samples": samples, "ask": ask, "method": method, "staffing": staffing, "plan": plan,
        "hold": hold, "best": best, "indifference": indifference, "replications": replications, "seed": seed,
    }  # fmt: skip
    options = {name: value for name, value in given.items() if value not in (None, [])}
    if list_:
        shown = list_runs(what, options, json=json)
    elif what is None:
        raise InputError([fault("WHAT", "is missing: a scenario, a sweep file or a run folder")])
    else:
        shown = sweep_all(what, options, out, within=within, threads=threads, cluster=cluster, json=json)
    if json:
        _print_json(shown)


@app.command()
def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a sweep.")],
    out: Annotated[Path | None, typer.Option(help="Folder to write page, workbook, CSV and pictures to.")] = None,
    json: Json = False,
) -> None:
    """What a sweep has found, from its run folder."""
    from wfm.cli.sweeping import show as show_run

    shown = show_run(run, out, json=json)
    if json:
        _print_json(shown)


@app.command()
def budget(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A budget: a workbook (.xlsx) or TOML.")],
    method: Method = "erlang-a",
    predict_by: Annotated[
        str | None, typer.Option(help="What predicts the service: a formula or simulation. Absent: the method.")
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Side by side with the budget, 'base'; may be repeated.")
    ] = None,
    actual: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What came in a period: the variance by cause.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Which period of --actual, such as 2027-03; absent: the only one.")
    ] = None,
    cheapest: Annotated[bool, typer.Option("--cheapest", help="The classes that cost least.")] = False,
    risk: Annotated[bool, typer.Option("--risk", help="How far off it may be, from its [doubt].")] = False,
    draws: Annotated[int | None, typer.Option(help="Years that --risk draws.")] = None,
    returns: Annotated[bool, typer.Option("--returns", help="Whether its [initiatives] pay for themselves.")] = False,
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=LEVELS", help="In place of what the budget varies; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for budget.xlsx, report.html, CSV, pictures and budget.toml.")
    ] = None,
    json: Json = False,
) -> None:
    """Months of demand to FTE, headcount, gap, service and money; scenarios, variance, risk and return."""
    from wfm.cli.budgeting import answer_all

    shown = answer_all(
        file, method=method, predict_by=predict_by, scenarios=scenario or [], actual=actual, period=period,
        cheapest=cheapest, risk=risk, draws=draws, returns=returns, vary=vary or [], out=out, json=json,
    )  # fmt: skip
    if json:
        _print_json(shown)


@app.command()
def explain(
    scenario: Scenario,
    interval: Annotated[str, typer.Option(help="Start of the interval, such as 10:30.")],
    type_: Annotated[
        str | None, typer.Option("--type", help="Contact type; absent: the only one, or the first.")
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="Date, such as 2026-01-05; absent: the first that is open then.")
    ] = None,
    method: Method = "erlang-a",
    json: Json = False,
) -> None:
    """One requirement worked out step by step: why this many, and not one less."""
    from wfm.cli.arguments import find_interval, find_type
    from wfm.files.scenario import load
    from wfm.reports import as_json, terminal
    from wfm.staffing import explain as work_out

    center = load(scenario)
    name = find_type(center, type_)
    found = work_out(center, name, find_interval(center, name, interval, date), method)
    if json:
        _print_json(as_json.explanation(found))
    else:
        terminal.show_explanation(found)


def _write_answer(found: Any, out: Path) -> list[Path]:
    """Page, workbook and plan, into a folder that is made if need be."""
    from wfm.files.plans import write_plan
    from wfm.files.whole import make_folder
    from wfm.reports.page import write_page
    from wfm.reports.workbook import write_workbook

    make_folder(out)
    return [
        write_page(found, out / "report.html"),
        write_workbook(found, out / "plan.xlsx"),
        write_plan(found.plan, out / "plan.csv"),
    ]


def _print_json(value: dict[str, Any]) -> None:
    import json

    print(json.dumps(value, allow_nan=False))


def _fail(message: str, status: int) -> NoReturn:
    print(f"wfm: {message}", file=sys.stderr)
    sys.exit(status)
