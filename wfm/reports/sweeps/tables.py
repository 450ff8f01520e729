"""The tables of a sweep in words, for the terminal and the page; `brief` where room is short."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan

import numpy as np

from wfm.measures.sample import Estimate
from wfm.reports import words
from wfm.reports.page import Table
from wfm.reports.sweeps.figures import (
    FIGURES,
    NOISE,
    NONE,
    Row,
    bare,
    change_head,
    change_in_words,
    has,
    in_unit,
    known,
    written,
)
from wfm.reports.sweeps.told import is_told
from wfm.sweeps.crossing import Grid
from wfm.sweeps.designs import SAMPLED
from wfm.sweeps.effects import Effect, Power
from wfm.sweeps.result import SweepResult
from wfm.sweeps.selection import Selection

HAPPENS = ("service_level", "average_speed_of_answer", "abandonment", "paid_hours", "cost", "cost_per_contact")
REQUIRED = ("required_peak", "required_hours", "required_cost")
EFFECTS = ("service_level", "average_speed_of_answer", "abandonment", "paid_hours", "required_peak", "required_hours",
           "required_cost", "cost")  # fmt: skip
WITH_CHANGES = ("service_level", "cost", "required_peak", "required_hours", "required_cost")
CHANGED = {"service_level": "service, points", "required_peak": "gross"}
POWERS = ("service_level", "average_speed_of_answer", "required_hours_unrounded", "required_cost_unrounded", "cost")
ELASTIC = {"service_level": "elasticity of service level",
           "required_hours_unrounded": "elasticity of required hours"}  # fmt: skip
AVERAGE = "average from"
LONGEST_TYPE = 16  # characters of a contact type's name beside a figure


def cases(
    result: SweepResult, numbers: Sequence[int], contact_type: str | None = None,
    measures: Sequence[str] = (*HAPPENS, *REQUIRED), changes: bool = True,
) -> Table:  # fmt: skip
    """A row for each case: its levels where they were drawn, the measures that it has, and how sure the promise is.

    Args:
        changes: tell the changes from the baseline beside the measures.
    """
    numbers = [number for number in numbers if number in result.places(contact_type)]
    rows = [result.row(number, contact_type) for number in numbers]
    asked = [result.sweep.case(number) for number in numbers]
    others = [row for row in rows if row["case"] > 0] or rows  # a column of the baseline alone compares nothing
    columns = [("case", [one.name for one in asked])]
    if result.sweep.design in SAMPLED:
        for place, varied in enumerate(result.sweep.variations):
            said = ["" if one.levels[place] is None else varied.in_words(_plainly(one.levels[place])) for one in asked]
            columns.append((varied.title, bare(said, varied.title)))
    for name in measures:
        if known(others, name) and is_told(result.sweep, name):
            columns.append((FIGURES[name].head, [written(row, name) for row in rows]))
            if changes and name in WITH_CHANGES:
                found = [result.change(number, name, contact_type) if number else NONE for number in numbers]
                columns.append((change_of(name), [change_in_words(name, one, unit=False) for one in found]))
    if "service_level" in measures and known(rows, "target_probability"):
        columns.append((FIGURES["target_probability"].head, [sure(result, number, contact_type) for number in numbers]))
    heads, cells = zip(*columns, strict=True)
    return Table(heads, [*zip(*cells, strict=True)])


def change_of(name: str) -> str:
    """The head of a change beside its measure."""
    return f"change of {CHANGED.get(name, FIGURES[name].head)}"


def _plainly(level: object) -> object:
    """A level that was drawn, with as many digits as can be taken in."""
    return float(f"{level:.4g}") if isinstance(level, float) else level


def sure(result: SweepResult, case: int, contact_type: str | None = None) -> str:
    """How sure a promise is kept on average; of all of them the least sure, with its contact type where others differ.

    Of a simulation without a claim of certainty.
    """
    row = result.row(case, contact_type)
    if not has(row, "target_probability"):
        return ""
    text = _sure(row)
    if contact_type is not None:
        return text
    names = [name for name in result.sweep.center.contact_types if case in result.places(name)]
    each = {name: _sure(result.row(case, name)) for name in names}
    missed = [name for name, one in each.items() if one == text]
    if all(one in ("", text) for one in each.values()) or not missed:
        return text
    return f"{text} ({', '.join(one if len(one) <= LONGEST_TYPE else f'{one[: LONGEST_TYPE - 1]}…' for one in missed)})"


def _sure(row: Row) -> str:
    if not has(row, "target_probability"):
        return ""
    share, is_exact = float(row["target_probability"]), not has(row, "service_level_half_width")
    if is_exact:
        return "kept" if share > 0.5 else "broken"
    if 0.005 <= share <= 0.995:
        return words.percent(share, digits=0)
    return "> 99 %" if share > 0.5 else "< 1 %"


def extremes(result: SweepResult, most: int) -> list[int]:
    """Of too many cases those with the least and the most of the measure that is asked about, the baseline first."""
    if len(result.sweep) <= 2 * most + 1:
        return list(range(len(result.sweep)))
    ranked = _ranked(result, result.ranks_by)
    return [0, *ranked[:most], *ranked[max(most, len(ranked) - most) :]]


def _ranked(result: SweepResult, name: str) -> list[int]:
    """Cases by a measure, the least first; those without it are left out."""
    values = result.values(name)
    return sorted((case for case in range(1, len(values)) if not isnan(values[case])), key=values.__getitem__)


def effects(found: Sequence[Effect]) -> Table:
    """A row for each change, with what it does to every measure."""
    measures = [name for name in EFFECTS if any(name in one.changes for one in found)]
    rows = [(one.words, *(effect_cell(one, name) for name in measures)) for one in found]
    return Table(("change", *map(change_head, measures)), rows)


def effect_cell(one: Effect, name: str) -> str:
    """A change with its interval; marked where it is noise."""
    text = change_in_words(name, one.change(name), unit=False)
    return f"{text} {NOISE}" if one.is_noise(name) else text


def powers(found: Sequence[Power]) -> Table:
    """A row for each input: what one step more does, and the percent of change for one percent more."""
    measures = [name for name in POWERS if any(name in one.changes for one in found)]
    elastic = [name for name in ELASTIC if any(name in one.elasticities for one in found)]
    is_average = any(one.average_from for one in found)
    rows = [
        (
            f"{one.label} {one.unit}",
            *(change_in_words(name, one.changes.get(name, NONE), unit=False, finer=1) for name in measures),
            *(_elasticity(one.elasticities.get(name, NONE)) for name in elastic),
            *([one.average_from] if is_average else []),
        )
        for one in found
    ]
    return Table(
        ("step", *map(change_head, measures), *(ELASTIC[name] for name in elastic), *([AVERAGE] if is_average else [])),
        rows,
    )


def _elasticity(of: Estimate) -> str:
    if not np.isfinite(of.mean):
        return ""
    around = f" ± {words.number(float(of.half_width), 2)}" if np.isfinite(of.half_width) else ""
    return words.number(float(of.mean), 2, signed=True) + around


def grid(found: Grid, rows: int, columns: int) -> Table:
    """The measure over two variations, the first across, the second down, a star at the baseline.

    Args:
        rows, columns: at most; of more levels some are left out, the outermost and the baseline are not.
    """
    baseline = (None, None) if found.baseline is None else found.baseline
    down = _some(len(found.y_words), rows, baseline[0])
    across = _some(len(found.x_words), columns, baseline[1])
    names, heads = bare(found.y_words, found.y_label), bare(found.x_words, found.x_label)
    cells = [(names[y], *(_cell(found, y, x) for x in across)) for y in down]
    return Table((found.y_label, *(heads[x] for x in across)), cells)


def _some(count: int, most: int, always: int | None) -> list[int]:
    """Evenly spread places, the first, the last and one more among them."""
    if count <= most:
        return list(range(count))
    places = {int(place) for place in np.linspace(0, count - 1, most).round()}
    return sorted(places | ({always} if always is not None else set()))


def _cell(found: Grid, y: int, x: int) -> str:
    value, star = float(found.values[y, x]), "*" if found.baseline == (y, x) else ""
    return star + in_unit(FIGURES[found.measure].unit, value)


def standings(found: Selection, most: int) -> Table:
    """How each case fared in a selection: those that are still open first, then those that lasted longest."""
    unit, still = FIGURES[found.measure].unit, set(found.open)
    in_order = sorted(found.standings, key=lambda one: (one.case not in still, -one.replications, one.case))
    rows = [
        (
            one.name,
            "best" if one.case == found.best else "still open" if one.case in still else one.reason,
            in_unit(unit, one.value, one.half_width) if isfinite(one.value) else words.DASH,
            words.number(one.replications),
        )
        for one in in_order[:most]
    ]
    return Table(("case", "how it ended", FIGURES[found.measure].head, "replications"), rows, texts=2)
