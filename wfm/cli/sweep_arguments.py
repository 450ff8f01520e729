"""From the arguments of `wfm sweep`, and a sweep file where one is named, to the question that they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from wfm.cli.arguments import plan_of, seconds_of
from wfm.errors import Fault, InputError, NotModelled, fault, nearest
from wfm.files import spelling
from wfm.model.paths import SHORT_FORMS
from wfm.model.variation import Hold, Variation
from wfm.prediction import METHODS
from wfm.staffing.requirement import STAFFED_BY
from wfm.sweeps.designs import DESIGNS, SAMPLED
from wfm.sweeps.goals import OBJECTIVES, Goal
from wfm.sweeps.sweep import Ask

if TYPE_CHECKING:
    from wfm.files.sweep_file import SweepFile
    from wfm.model.center import ContactCenter
    from wfm.sweeps.designs import Design
    from wfm.sweeps.sweep import Sweep

T = TypeVar("T")

SHARES = ("service_level", "abandonment")
CHOICES: dict[str, Sequence[str]] = {
    "design": DESIGNS, "ask": get_args(Ask), "method": METHODS, "staffing": STAFFED_BY, "hold": get_args(Hold),
}  # fmt: skip
QUOTES = "\"'"
OF_SWEEP = "sweep"  # the source of faults that lie in no one argument or file


@dataclass(frozen=True)
class Asked:
    """A sweep, and which case of it is sought as the best, with a difference that does not matter."""

    sweep: Sweep
    best: str | None
    indifference: float | None


class Faults:
    """What is wrong so far, each with the file that it stands in; it is told all at once."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Fault]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, faults: Iterable[Fault], source: str = "") -> None:
        known = {(one.where, one.rule) for _, one in self._found}
        self._found += [(source, one) for one in faults if (one.where, one.rule) not in known]

    def told(self, do: Callable[..., T], *given: Any, of: str = "", **named: Any) -> T | None:
        """What something gives; or nothing, and its faults with the others, as those of an argument if one is named."""
        try:
            return do(*given, **named)
        except InputError as error:
            if of:
                self.add(_as_argument(of, one) for one in error.faults)
            else:
                self.add(error.faults, error.source)
            return None

    def check(self) -> None:
        """Raise InputError if anything is wrong."""
        if not self:
            return
        sources = {source for source, _ in self._found if source != OF_SWEEP} or {OF_SWEEP}
        if len(sources) == 1:
            raise InputError((one for _, one in self._found), sources.pop())
        raise InputError(
            one if source in ("", OF_SWEEP) else Fault(f"{source}: {one.where}", one.rule, one.value, one.has_value)
            for source, one in self._found
        )


def _as_argument(argument: str, one: Fault) -> Fault:
    """A fault of an argument; where it is of a part of what the argument says, that is named too."""
    path = argument.removeprefix("--vary ")
    part = one.where.removeprefix(path).lstrip(".") if one.where.startswith(f"{path}.") else ""
    return Fault(argument, f"{part}: {one.rule}" if part else one.rule, one.value, one.has_value)


def asked_for(what: Path, options: Mapping[str, Any], must_choose: bool = False, faults: Faults | None = None) -> Asked:
    """The sweep that a scenario or a sweep file and the arguments ask for.

    Args:
        must_choose: look for the best case even where no measure is named.
        faults: what is wrong with the other arguments, to be told with the rest.

    Raises:
        InputError: every fault of the arguments and of the file.
    """
    from wfm.files.scenario import load
    from wfm.files.sweep_file import SweepFileReader, is_sweep_file

    faults = faults or Faults()
    options = _once_each(options, faults)
    said, in_file = None, dict[str, Any]()
    if is_sweep_file(what):
        reader = SweepFileReader(what, options.get("design"))
        said, in_file = reader.read(), reader.options
        faults.add(reader.faults, str(what))
        center = None if said is None else said.center
    else:
        center = faults.told(load, what)
    chosen = {**in_file, **options}
    wrong = set[str]()
    for name, one in _faults_of_choices(options, chosen):
        faults.add([one], "" if name in options or name not in in_file else str(what))
        wrong.add(name)
    # What is right is looked at too, so that whatever else is wrong is told in the same answer.
    right = {name: value for name, value in chosen.items() if name not in wrong}
    variations = _variations(options, right, center, faults)
    asked = None
    if center is not None:
        asked = faults.told(_question, center, said, variations, options, right, faults)
    best = right.get("best")
    goal = None
    if asked is not None and (best is not None or must_choose):
        goal = faults.told(Goal.of, asked, best, _indifference(best, right.get("indifference")))
    if faults and asked is not None:
        with suppress(NotModelled):  # of what is only looked at
            faults.told(asked.check)
    faults.check()
    assert asked is not None
    return Asked(asked, None if goal is None else goal.name, _indifference(best, right.get("indifference")))


def _once_each(options: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """The arguments, each short form with its one text."""
    found = dict(options)
    for name in SHORT_FORMS:
        given = options.get(name)
        if isinstance(given, list):
            found[name] = given[0]
            if len(given) > 1:
                faults.add([fault(f"--{name}", f"is given {len(given)} times; write '{','.join(given)}' once")])
    return found


def _question(
    center: ContactCenter, said: SweepFile | None, variations: Sequence[Variation], options: Mapping[str, Any],
    chosen: Mapping[str, Any], faults: Faults,
) -> Sweep:  # fmt: skip
    from wfm.simulation.run import Simulation
    from wfm.sweeps.question import question

    varied = [*(() if said is None else said.variations), *variations]
    design = chosen.get("design") or _usual_design(options)
    if faults and (not varied or (design in SAMPLED and "samples" not in chosen)):
        design = None  # it has lost what it needs, which is told already
    method = chosen.get("method", "simulation")
    if method == "simulation":
        method = Simulation(chosen.get("replications"), chosen.get("seed"))
    plan = plan_of(options["plan"], center) if "plan" in options else None if said is None else said.plan
    return question(
        center,
        varied or (() if faults else None),
        scenarios=None if said is None else said.scenarios or None,
        plan=plan,
        design=design,
        samples=chosen.get("samples") if design in SAMPLED or not faults else None,
        ask=chosen.get("ask"),
        method=method,
        staffing=chosen.get("staffing"),
        hold=chosen.get("hold", "gross"),
    )


def _usual_design(options: Mapping[str, Any]) -> Design | None:
    """Paths are crossed; short forms alone are changed one at a time."""
    if "vary" in options:
        return "grid"
    return "one_at_a_time" if any(name in options for name in SHORT_FORMS) else None


# ---- what is varied


def _variations(
    options: Mapping[str, Any], chosen: Mapping[str, Any], center: ContactCenter | None, faults: Faults
) -> list[Variation]:
    """The variations of the arguments, those that can be read."""
    from wfm.files.variations import read_variation

    drawn = chosen.get("design") in SAMPLED
    found = [
        faults.told(read_variation, path, levels, center, drawn=drawn, of=argument)
        for argument, path, levels in _varied(options, faults)
    ]
    return [one for one in found if one is not None]


def _varied(options: Mapping[str, Any], faults: Faults) -> list[tuple[str, str, str]]:
    """Argument, path and levels of each variation."""
    found = [(f"--{name}", name, options[name]) for name in SHORT_FORMS if name in options]
    for text in options.get("vary", ()):
        path, equals, levels = halves(text)
        if equals and path:
            found.append((f"--vary {path}", path, levels))
        else:
            rule = "must be PATH=LEVELS, such as 'contact_types.*.volume=*0.9:1.1:5'"
            faults.add([fault("--vary", rule, text)])
    return found


def halves(text: str) -> tuple[str, str, str]:
    """What stands before and after the first equals sign outside quotes."""
    quote = ""
    for place, one in enumerate(text):
        if one in QUOTES and quote in ("", one):
            quote = "" if quote else one
        if one == "=" and not quote:
            return text[:place].strip(), "=", text[place + 1 :].strip()
    return text, "", ""


# ---- words


def _faults_of_choices(options: Mapping[str, Any], chosen: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Words and numbers that are not known, and options that do not go together, each by the option's name.

    Args:
        options: the arguments. chosen: the same, on top of what a sweep file says.
    """

    def wrong(name: str, rule: str, *value: object) -> tuple[str, Fault]:
        return name, fault(f"--{name}" if name in options or name not in chosen else name, rule, *value)

    for name, choices in CHOICES.items():
        given = chosen.get(name, ())
        for one in [given] if isinstance(given, str) else given:
            if one not in choices:
                yield wrong(name, f"is not known; {nearest(one, choices)}", one)
    if len(chosen.get("ask", ())) > 1 and "cost" in chosen["ask"]:
        yield wrong("ask", "cost staffs each case and predicts that plan: it stands alone", ", ".join(chosen["ask"]))
    if "samples" in chosen and chosen.get("design") not in SAMPLED:
        yield wrong("samples", "belongs to --design latin_hypercube or --design sobol", chosen["samples"])
    if chosen.get("design") in SAMPLED and "samples" not in chosen:
        yield wrong("samples", f"is missing: how many cases --design {chosen['design']} draws")
    yield from _faults_of_numbers(options, chosen, wrong)
    best, text = chosen.get("best"), chosen.get("indifference")
    if best is not None and (measure := best.rpartition(".")[2].strip()) not in OBJECTIVES:
        yield wrong("best", f"is no objective; {nearest(measure, OBJECTIVES)}", best)
    if text is not None and best is None:
        yield wrong("indifference", "belongs to --best, which is missing", text)
    elif text is not None:
        try:
            _indifference(best, text)
        except InputError as error:
            yield wrong("indifference", error.faults[0].rule, text)


def _faults_of_numbers(
    options: Mapping[str, Any], chosen: Mapping[str, Any], wrong: Callable[..., tuple[str, Fault]]
) -> Iterator[tuple[str, Fault]]:
    """Replications and seeds that cannot be, or that the method has no use for."""
    from wfm.simulation.run import Simulation

    method = chosen.get("method", "simulation")
    for name in ("replications", "seed"):
        if name in options and method in METHODS and method != "simulation":
            yield wrong(name, f"belongs to a simulation, and the method is {method}", options[name])
        elif name in chosen:
            try:
                Simulation(**{name: chosen[name]})
            except InputError as error:
                yield wrong(name, error.faults[0].rule, chosen[name])


def _indifference(best: str | None, given: Any) -> float | None:
    """A difference that does not matter, in the measure's unit: 0.5pt, 2s or 100."""
    if given is None or not isinstance(given, str):
        return None if given is None else float(given)
    text, measure = given.strip().lower(), str(best).rpartition(".")[2].strip()
    try:
        if measure in SHARES or (measure not in OBJECTIVES and text.endswith(("pt", "%", "point", "points"))):
            share = text.removesuffix("points").removesuffix("point").removesuffix("pt").strip(" %")
            return spelling.share(f"{share}%")
        return float(text) if measure == "cost" else spelling.duration(text)
    except ValueError:
        example = {"cost": "100", "service_level": "0.5pt", "abandonment": "0.2pt"}.get(measure, "2s")
        known = f"{example} for {best}" if measure in OBJECTIVES else "0.5pt, 2s or 100"
        raise InputError([fault("--indifference", f"must be such as {known}", given)]) from None


# ---- how it is run


def seconds_within(within: str | None, threads: int | None, cluster: str | None, faults: Faults) -> float | None:
    """Seconds of --within; and what is wrong with the arguments that say how to run."""
    from wfm.sweeps.workers import Workers

    seconds = faults.told(seconds_of, "--within", within)
    if seconds == 0:
        faults.add([fault("--within", "must be above 0, such as 5min", within)])
    faults.told(Workers, threads, of="--threads")
    if threads is not None and cluster is not None:
        faults.add([fault("--threads", "cannot go with --cluster, whose workers have their own", threads)])
    return seconds


def check_resumed(run: Path, options: Mapping[str, Any], out: Path | None, faults: Faults) -> None:
    """A run folder has its own question and its own place."""
    rule = f"cannot go with a run folder, which has its own question; `wfm sweep {run}` alone goes on with it"
    faults.add(fault(f"--{name}", rule, _text(value)) for name, value in options.items())
    if out is not None:
        instead = f"`wfm show {run} --out {out}` writes them there"
        faults.add([fault("--out", f"cannot go with a run folder, which results are written to; {instead}", str(out))])
    faults.check()


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
