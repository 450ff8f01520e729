"""report.html of a sweep: one file that needs nothing else; first the answer in sentences, then its grounds.

This module lays out what a SweepResult holds as tables of words; the sentences stand in `page.html.jinja`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wfm.reports import pictures as house
from wfm.reports.page import Table, environment
from wfm.reports.sweeps import tables, told
from wfm.reports.sweeps.figures import FIGURES, has, written
from wfm.reports.sweeps.pictures import HEAT_MAPS
from wfm.sweeps.designs import SAMPLED
from wfm.sweeps.result import SweepResult

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_SENTENCES = 12
MOST_CASES = 60  # in a table; the CSV file has all
MOST_TYPES = 12
MOST_DOWN, MOST_ACROSS = 25, 15  # levels of a grid
KEYS = {
    "service_level": "answered in time",
    "abandonment": "hang up before they are answered",
    "required_peak": "people to schedule at the peak",
    "required_hours": "paid hours required",
    "cost": "what the plan costs",
}
PICTURES = {
    "tornado": "Each bar is the change from the baseline, with its interval; hatched bars are noise.",
    "staff_and_service": "The band is the interval of the service level; the dashed line the target.",
    "frontier": "Grey cases are beaten: another gives no less service for no more. ≈ cannot be told from the next "
    "cheaper one.",
    "elasticities": "Percent of change for one percent more of each input, with its interval.",
}


def page(result: SweepResult, drawn: Mapping[str, str]) -> str:
    """The page as text; the same result gives the same text.

    Args:
        drawn: the pictures by name, as `pictures_of` gives them.
    """
    sweep, selection = result.sweep, result.selection
    verdicts, powers = told.in_short(result), result.powers()
    shown = tables.extremes(result, MOST_CASES // 2)
    maps = {name: svg for name, svg in drawn.items() if name in HEAT_MAPS}
    return environment().get_template("sweeps/page.html.jinja").render(
        title=sweep.center.title,
        description=sweep.center.description,
        design=told.design(sweep),
        question=told.question(result),
        keys=[(written(result.baseline, name, around=False), said) for name, said in KEYS.items()
              if has(result.baseline, name) and told.is_told(sweep, name)],
        baseline=told.baseline(result),
        promise=told.sure_of_the_promise(result),
        selection=selection,
        standings=None if selection is None else tables.standings(selection, MOST_CASES),
        verdicts=verdicts[:MOST_SENTENCES],
        more_verdicts=max(0, len(verdicts) - MOST_SENTENCES),
        how_sure=told.how_sure(result),
        faults=told.faults(result),
        maps=[_inline(svg, name) for name, svg in maps.items()],
        pictures=[(_inline(svg, name), PICTURES[name]) for name, svg in drawn.items() if name not in maps],
        effects=tables.effects(result.effects()[:MOST_CASES]),
        cases=_halves(result, shown),
        shown=len(shown),
        of=len(sweep),
        ranked_by=FIGURES[result.ranks_by].head,
        types=_by_type(result, shown),
        powers=tables.powers(powers),
        about_powers=told.power_of_one(powers),
        grids={told.grid_head(grid): tables.grid(grid, MOST_DOWN, MOST_ACROSS) for grid in told.grids(result)},
        assumptions=told.assumptions(result),
        words=told.WORDS,
        provenance=told.provenance(result),
    )  # fmt: skip


def _halves(result: SweepResult, shown: list[int], contact_type: str | None = None) -> list[Table]:
    """What happens, and what is required: one table of both would be wider than a sheet of paper."""
    halves = [tables.cases(result, shown, contact_type, names, changes=False)
              for names in (tables.HAPPENS, tables.REQUIRED)]  # fmt: skip
    least = 1 + (len(result.sweep.variations) if result.sweep.design in SAMPLED else 0)
    return [half for half in halves if len(half.head) > least]


def _by_type(result: SweepResult, shown: list[int]) -> dict[str, list[Table]]:
    """Tables per contact type, where there are several."""
    names = list(result.sweep.center.contact_types)
    if len(names) == 1:
        return {}
    return {name: _halves(result, shown, name) for name in names[:MOST_TYPES]}


def _inline(svg: str, name: str) -> Markup:
    return house.inline(svg, name.replace("_", " "))
