"""What every report of a sweep says in sentences: what was asked, on which days, with whom, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from wfm.model.levels import level_in_words
from wfm.model.paths import unit_at
from wfm.reports import words
from wfm.reports.sweeps.figures import FIGURES, change_in_words, has, plain_head, written
from wfm.simulation.run import seed_of
from wfm.sweeps.crossing import Grid
from wfm.sweeps.designs import SAMPLED
from wfm.sweeps.effects import Power
from wfm.sweeps.result import SweepResult
from wfm.sweeps.rounds import is_simulated, method_of
from wfm.sweeps.sweep import Sweep
from wfm.sweeps.words import method_name, some_of

DESIGNS = {
    "one_at_a_time": "one change at a time",
    "grid": "every level with every other",
    "latin_hypercube": "a Latin hypercube",
    "sobol": "Sobol' points",
    "scenarios": "scenarios side by side",
}
HOLDS = {
    "gross": "the people scheduled stay, so more shrinkage leaves fewer at work",
    "net": "the net agents stay, so more shrinkage takes more people",
}
BASELINE = ("service_level", "average_speed_of_answer", "abandonment", "required_peak", "required_hours")
SURE = 0.995  # beyond it only rounding would make certainty
MOST_FAULTS = 5  # reasons
HERE = re.compile(r" \(here [^)]*\)")  # what a reason says of one case alone


def design(sweep: Sweep) -> str:
    """The design with its number of cases: "one change at a time, 4 cases and the baseline"."""
    cases = words.plural(len(sweep) - 1, "case")
    return f"{DESIGNS[sweep.design]}, {cases} and the baseline"


def question(result: SweepResult) -> list[str]:
    """What was asked of every case: how predicted, on which days, with which people held; how staffed."""
    sweep, asked = result.sweep, result.sweep.ask
    told = []
    if sweep.predicts:
        whom = (
            "with the plan that it requires"
            if "cost" in asked
            else f"with the {sweep.held_plan.name} held{_how_held(sweep)}"
        )
        told.append(f"Each is predicted by {_predicted_by(result)}, {whom}.")
    if sweep.staffs:
        told.append(f"Each is staffed by {method_name(sweep.staffing)}: the least people that keep every target.")
    return told


def _how_held(sweep: Sweep) -> str:
    """What becomes of the people where shrinkage changes."""
    paths = [one.path for one in sweep.variations]
    paths += [change.path for one in sweep.scenarios for change in one.changes]
    return f": {HOLDS[sweep.hold]}" if any("shrinkage" in path for path in paths) else ""


def _predicted_by(result: SweepResult) -> str:
    """The method, and on which days."""
    name, on = method_name(result.sweep.method), days(result)
    return f"{name} on {on}" if on else name


def days(result: SweepResult) -> str:
    """Which days were simulated, and how many; nothing where none were."""
    sweep, replications = result.sweep, result.baseline.get("replications")
    if not is_simulated(sweep) or not replications:
        return ""
    span = {1: "day", 7: "week"}.get(sweep.center.horizon.number_of_days, "horizon")
    many = f"{'the same ' * (replications > 1)}{words.plural(int(replications), f'simulated {span}')}"
    if result.selection is not None:
        many = f"as many simulated {span}s as the selection took"
    return f"{many}, seed {seed_of(sweep.center, method_of(sweep))}"


def baseline(result: SweepResult) -> str:
    """The baseline in a line: its service, and whom it needs."""
    row = result.baseline
    heads = ("service level", "ASA", "abandoned", "gross required at peak", "paid hours required")
    parts = [
        f"{head} {written(row, name)}"
        for head, name in zip(heads, BASELINE, strict=True)
        if has(row, name) and is_told(result.sweep, name)
    ]
    return f"Baseline: {', '.join(parts)}."


def sure_of_the_promise(result: SweepResult) -> str:
    """How sure it is that the baseline keeps its promises on average; nothing where that cannot be judged."""
    row = result.baseline
    if not has(row, "target_probability"):
        return ""
    rows = {name: result.row(0, name) for name in result.sweep.center.contact_types}
    chances = {name: float(row["target_probability"]) for name, row in rows.items() if has(row, "target_probability")}
    promises = "its promise" if len(chances) == 1 else "every promise"
    if not is_simulated(result.sweep):
        missed = [name for name, kept in chances.items() if kept <= 0.5]
        of = f" of {words.listed(missed)}" if len(chances) > 1 else ""
        keeps = f"does not keep the promise{of}" if missed else f"keeps {promises}"
        return f"By {method_name(result.sweep.method)} the baseline {keeps} on average."
    probability = float(row["target_probability"])
    least = min(chances, key=chances.__getitem__)
    which = f"; least that of {least}" if len(chances) > 1 and probability <= SURE else ""
    return f"It is {chance(probability)} that the baseline keeps {promises} on average{which}."


def if_broken(result: SweepResult, case: int) -> str:
    """What to say behind a case that does not keep every promise on average."""
    kept = result.row(case)["target_probability"]
    return "" if kept is None or kept >= 0.5 else ", breaks a promise"


def in_short(result: SweepResult) -> list[str]:
    """What becomes of the cases, in sentences: a verdict each, or, of worlds that are crossed or drawn, their range."""
    sweep = result.sweep
    if sweep.design not in ("grid", *SAMPLED):
        return verdicts(result, 1, len(sweep))
    told = [one for one in (_range(result, name) for name in ("service_level", "required_peak")) if one]
    if not np.isnan(result.share_kept):
        share = {0.0: "none", 1.0: "all"}.get(result.share_kept, words.percent(result.share_kept, digits=0))
        told.append(f"The promise is kept on average in {share} of {words.plural(len(sweep) - 1, 'case')}.")
    if sweep.design in SAMPLED:
        told += _swings(result)
    return told


def verdicts(result: SweepResult, first: int, last: int) -> list[str]:
    """A sentence for each case from first to last - 1 that has figures; `faults` tells of the others."""
    return [result.verdicts[case - 1] for case in range(first, min(last, len(result.verdicts) + 1))
            if result.has_figures(case)]  # fmt: skip


def grids(result: SweepResult) -> list[Grid]:
    """The requirement over two variations, and the service level where that is known: those that were asked for."""
    found = [result.grid(name) for name in ("required_peak", "service_level") if has(result.baseline, name)]
    return [grid for grid in found if grid is not None and min(grid.values.shape) > 1]


def grid_head(grid: Grid) -> str:
    """What a grid shows, and where its levels stand."""
    others = f"; {words.listed(list(grid.others))}" if grid.others else ""
    marked = "; * is the baseline" if grid.baseline is not None else ""
    return f"{words.begun(FIGURES[grid.measure].head)}: {grid.x_label} across, {grid.y_label} down{others}{marked}"


def _range(result: SweepResult, name: str) -> str:
    """From the case with the least of a measure to that with the most."""
    values = result.values(name)
    if np.isnan(values[1:]).all():
        return ""
    low, high = (int(find(values[1:])) + 1 for find in (np.nanargmin, np.nanargmax))
    ends = [f"{written(result.row(case), name, around=False)} ({result.sweep.case(case).name})" for case in (low, high)]
    return f"{words.begun(FIGURES[name].head)}: from {ends[0]} to {ends[1]}."


def _swings(result: SweepResult) -> list[str]:
    """How far each input moves the service level, or else the requirement, over its whole range, the farthest first."""
    powers = result.powers()
    name = "service_level" if has(result.baseline, "service_level") else "required_hours_unrounded"
    found = sorted((p for p in powers if name in p.swings), key=lambda p: -abs(float(p.swings[name].mean)))
    if not found:
        return []
    moved = [f"{p.label} {change_in_words(name, p.swings[name])}" for p in found]
    return [f"{words.begun(plain_head(name))} over the whole range of each input: {words.listed(moved)}."]


def power_of_one(found: Sequence[Power]) -> str:
    """What a table of the power of one holds."""
    told = "what one step more does"
    if any(one.average_from for one in found):
        told += "; where that step was not asked, the average slope over those that were"
        told += ", by least squares" * all(one.by_regression for one in found)
    if any("required_hours_unrounded" in one.changes for one in found):
        told += "; of people required, fractions count"
    return f"{told}; elasticity: percent for one percent more."


def chance(probability: float) -> str:
    """A probability in words: certainty is not claimed where only rounding makes it.

    >>> chance(0.873), chance(0.9999), chance(0.0001)
    ('87 % sure', 'nearly sure', 'nearly ruled out')
    """
    if probability > SURE:
        return "nearly sure"
    if probability < 1 - SURE:
        return "nearly ruled out"
    return f"{words.percent(probability, digits=0)} sure"


def how_sure(result: SweepResult) -> str:
    """What the ± means, and that differences are paired; nothing of formulas, which leave nothing to chance."""
    if not is_simulated(result.sweep):
        return ""
    if result.baseline.get("replications") == 1:
        return "Simulated once: one replication cannot say how sure a figure is, nor whether a difference is noise."
    confidence = words.share(result.sweep.center.experiment.confidence)
    noise = "; noise: it cannot be told from none" if _has_noise(result) else ""
    return (
        f"± is {confidence} confidence. All cases see the same simulated customers, so that luck cancels in a "
        f"difference{noise}."
    )


def _has_noise(result: SweepResult) -> bool:
    return any(one.is_noise(name) for one in result.effects() for name in one.changes)


def is_told(sweep: Sweep, measure: str) -> bool:
    """Whether a measure says anything: by Erlang C nobody hangs up."""
    return measure != "abandonment" or sweep.method != "erlang-c"


def faults(result: SweepResult) -> list[str]:
    """Which cases have no figures, or no requirement, and why: a sentence for each reason, the first few."""
    found: dict[tuple[str, str], list[str]] = {}
    for case, why in result.faults.items():
        row = result.row(case)
        there = has(row, "service_level"), has(row, "required_hours")
        lacks = {(True, False): "requirement", (False, True): "prediction"}.get(there, "figures")
        found.setdefault((lacks, HERE.sub("", why)), []).append(result.sweep.case(case).name)
    told = [f"No {lacks} for {some_of(names)}: {why}." for (lacks, why), names in found.items()]
    left = len(told) - MOST_FAULTS
    return told[:MOST_FAULTS] + ([f"And {words.plural(left, 'reason')} more; results.csv has all."] if left > 0 else [])


def assumptions(result: SweepResult) -> list[str]:
    """What stands behind the figures."""
    sweep = result.sweep
    horizon = sweep.center.horizon
    first, last = horizon.dates[0], horizon.dates[-1]
    days = words.day(first, True) if len(horizon.dates) == 1 else f"{words.day(first, True)} to {words.day(last, True)}"
    told = [f"The days: {days} {last.year}, every {words.interval_name(horizon.interval)}.", *question(result)]
    told += [f"{name}: target {words.promise(one.target)}." for name, one in sweep.center.contact_types.items()]
    for one in sweep.variations:
        levels = words.listed([one.in_words(level) for level in _few(one.levels)])
        told.append(f"Varied: {levels}{'' if one.title == one.path else f' ({one.path})'}.")
    for scenario in sweep.scenarios:
        said = [f"{one.path} {level_in_words(one.how, one.level, unit_at(one.path))}" for one in scenario.changes]
        said += [f"its own plan, {scenario.plan.name}"] if scenario.plan is not None else []
        told.append(f"{scenario.name}: {words.listed(said)}.")
    return [*told, *filter(None, [how_sure(result)])]


def _few(levels: tuple[Any, ...], most: int = 12) -> tuple[Any, ...]:
    """All levels, or the first ones and the last."""
    return levels if len(levels) <= most else (*levels[: most - 1], levels[-1])


def provenance(result: SweepResult) -> dict[str, Any]:
    """What the figures rest on: the same provenance, the same figures."""
    sweep = result.sweep
    rests = {
        "sweep": sweep.digest,
        "center": sweep.center.digest,
        "plan held": sweep.held_plan.digest,
        "design": sweep.design,
        "cases": len(sweep),
        "asked": ", ".join(sweep.ask),
    }
    if sweep.predicts:
        rests |= {"method": method_name(sweep.method)}
    if is_simulated(sweep):
        seed = seed_of(sweep.center, method_of(sweep))
        rests |= {"replications of the baseline": int(result.baseline["replications"]), "seed": seed}
    if sweep.staffs:
        rests |= {"staffed by": method_name(sweep.staffing)}
    return {**rests, "wfm": version("wfm-engine")}


WORDS = {
    "baseline": "The base unchanged; every change is told against it.",
    "service level": "Share of contacts answered in time, by each contact type's own definition; over all types, each "
    "contact is judged by its own type's target.",
    "ASA": "Average speed of answer: mean wait of answered contacts, those who did not wait included.",
    "abandoned": "Contacts that hang up before an answer, of those offered.",
    "gross, net": "Gross: people scheduled. Net: those handling or ready, after shrinkage is taken off.",
    "required": "The least people that keep every target, by the formula named above. At the peak: in the interval that"
    " takes the most, over all groups together; paid hours add the fractional gross of whole net agents.",
    "sure of the promise": "How sure it is that the service level over the horizon is at least the target, from its"
    " mean and standard error; of several targets, the one that is least sure, with its contact type.",
    "±": "Half-width of the confidence interval. Differences are paired: the days' luck is the same on both sides and "
    "cancels.",
    "noise": "A difference whose interval holds 0: with these days it cannot be told from none.",
    "power of one": "What one step more of an input does: the step itself where it was asked, else the average slope "
    "from the smallest steps that were asked. Of people required, fractions count here: whole people come in stairs.",
    "elasticity": "Percent of change for one percent more of the input.",
    "frontier": "Of the cases that differ in what one decides (people, skills, routing, a plan), those of which no "
    "other gives more service for no more money (or paid hours).",
}
