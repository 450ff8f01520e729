"""A sweep on a terminal: what was asked, what each change does, which case is best, and what is noise."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from wfm.reports import words
from wfm.reports.console import is_narrow, room, safe, say, table
from wfm.reports.page import Table
from wfm.reports.sweeps import tables, told
from wfm.reports.sweeps.figures import FIGURES, NOISE, barred, change_head, change_in_words
from wfm.sweeps.crossing import Grid
from wfm.sweeps.effects import Effect
from wfm.sweeps.result import SweepResult
from wfm.sweeps.runs import RunSummary
from wfm.sweeps.selection import Selection

MOST_EFFECTS = 30
MOST_SIDE_BY_SIDE = 20  # scenarios with all their figures and a sentence
MOST_DOWN, MOST_ACROSS = 25, 21  # levels of a grid
MOST_EXTREMES = 5  # of many cases, shown from either end
BAR, BRIEF_BAR = 21, 13
WITHOUT = ("average_speed_of_answer", "required_hours", "required_cost", "cost")
# What is left out first where there is no room for all; a change stands beside its measure.
SPARE = ("required_hours", "cost", "required_cost", "average_speed_of_answer", "required_peak", "paid_hours")
CHANGE = "change of "
SPARE_OF_CASES = ("cost_per_contact", "abandonment", "change of required_hours", "change of cost", "paid_hours",
                  "required_hours", "change of required_peak", "average_speed_of_answer", "change of required_cost",
                  "cost", "required_cost", "required_peak", "change of service_level",
                  "target_probability")  # fmt: skip
SPARE_OF_POWERS = ("average_speed_of_answer", "cost", "required_cost_unrounded")


def show_sweep(result: SweepResult) -> None:
    """The whole result, each design in its own way."""
    left_out: dict[str, None] = {}
    _show_question(result)
    if result.selection is not None:
        _show_selection(result.selection)
    grids = told.grids(result)
    for grid in grids:
        _show_grid(grid)
    if result.sweep.design in ("one_at_a_time", "scenarios"):
        left_out |= _show_effects(result)
    else:
        if not grids:
            left_out |= _show_extremes(result)
        for sentence in told.in_short(result):
            say(safe(sentence))
        say("")
    if result.sweep.scenarios:
        left_out |= _show_scenarios(result)
    left_out |= _show_powers(result)
    _show_frontier(result)
    for sentence in told.faults(result):
        say(safe(sentence))
    if sure := told.how_sure(result):
        say(sure)
    if left_out:
        say(f"Left out at this width: {words.listed(list(left_out))}; a wider window, --out and --json have all.")


def show_runs(runs: Sequence[RunSummary]) -> None:
    """Run folders at a glance."""
    rows = [
        (
            str(one.path),
            one.title,
            one.fault
            or ("finished" if one.finished else f"{words.number(one.done)} of {words.number(one.cases)} cases"),
            told.DESIGNS.get(one.design, one.design),
            words.listed(list(one.varied)),
            one.created[:16].replace("T", " "),
        )
        for one in runs
    ]
    _table(Table(("run", "what", "state", "design", "varied", "begun (UTC)"), rows))
    if not runs:
        say("There are no runs here; wfm sweep SCENARIO --out FOLDER makes one.")


def _table(of: Table, spare: Sequence[int] = ()) -> dict[str, None]:
    """A table whose text may be anybody's; the heads of those columns that were left out for want of room."""
    left_out = table([safe(head) for head in of.head], [[safe(cell) for cell in row] for row in of.rows], spare)
    heads = [of.head[place].removesuffix(", s") for place in left_out]
    return dict.fromkeys(head for head in heads if head and not head.startswith(CHANGE))


def _places(of: Table, heads: Sequence[str]) -> list[int]:
    """Where columns stand that may be left out, those first that are least asked for."""
    return [of.head.index(head) for head in heads if head in of.head]


def _show_question(result: SweepResult) -> None:
    say(f"[bold]{safe(result.sweep.center.title)}[/bold]: {told.design(result.sweep)}")
    for sentence in filter(None, [*told.question(result), told.baseline(result), told.sure_of_the_promise(result)]):
        say(safe(sentence))
    say("")


def _show_effects(result: SweepResult) -> dict[str, None]:
    """A tornado: a row for each change, widest first, with a bar for what it does to service and to people."""
    found = [one for one in result.effects() if one.variation is not None]
    there = {name for one in found for name in one.changes}
    with_bars = barred(found)
    if not with_bars:
        return {}
    plain = [name for name in WITHOUT if name in there]
    heads = [part for name in with_bars for part in (change_head(name), "")] + [change_head(name) for name in plain]
    rows = []
    for one in found[:MOST_EFFECTS]:
        signed = {name: change_in_words(name, one.change(name), unit=False) for name in with_bars}
        cells = [part for name in with_bars for part in (signed[name], bar(one, name, found))]
        rows.append((one.words, *cells, *(tables.effect_cell(one, name) for name in plain)))
    shown = Table(("change", *heads), rows)
    spare = _places(shown, [change_head(name) for name in SPARE])
    second_bar = [4] if len(with_bars) > 1 else []
    left_out = _table(shown, [*second_bar, *spare, 2])
    if len({one.variation for one in found}) > 1:
        say(f"The widest swing of the {FIGURES[result.ranks_by].head} stands first.")
    if len(found) > MOST_EFFECTS:
        say(f"Shown are the {MOST_EFFECTS} of {len(found)} changes with the widest swing; --out and --json have all.")
    return left_out


def bar(one: Effect, name: str, found: Sequence[Effect]) -> str:
    """A bar to the left or to the right of nothing, as far as the largest goes; dots mark its ground."""
    value, side = float(one.change(name).mean), (BRIEF_BAR if is_narrow() else BAR) // 2
    if isnan(value):
        return ""
    if one.is_noise(name):
        return f"{NOISE:·^{2 * side + 1}}"
    most = max(abs(float(each.change(name).mean)) for each in found if name in each.changes)
    drawn = "█" * max(1, round(side * min(abs(value) / most, 1))) if value else ""
    return f"{drawn if value < 0 else '':·>{side}}│{drawn if value > 0 else '':·<{side}}"


def _show_cases(result: SweepResult, numbers: Sequence[int]) -> dict[str, None]:
    shown = tables.cases(result, numbers)
    return _table(shown, _places(shown, [_head(name) for name in SPARE_OF_CASES]))


def _head(name: str) -> str:
    """The head of a measure, or of the change beside it."""
    return tables.change_of(name.removeprefix(CHANGE)) if name.startswith(CHANGE) else FIGURES[name].head


def _show_scenarios(result: SweepResult) -> dict[str, None]:
    """Scenarios side by side with the baseline, and a sentence of verdict each."""
    first, many = 1 + result.sweep.designed, len(result.sweep.scenarios)
    last = min(first + MOST_SIDE_BY_SIDE, len(result.sweep))
    left_out = _show_cases(result, [0, *range(first, last)])
    for sentence in told.verdicts(result, first, last):
        say(safe(sentence))
    if many > MOST_SIDE_BY_SIDE:
        say(f"Shown are the first {MOST_SIDE_BY_SIDE} of {many}; --out and --json have all.")
    return left_out


def _show_extremes(result: SweepResult) -> dict[str, None]:
    """Of many cases those with the least and the most of the measure that is asked about."""
    numbers = tables.extremes(result, MOST_EXTREMES)
    if len(numbers) < len(result.sweep):
        say(f"The {MOST_EXTREMES} cases with the least {FIGURES[result.ranks_by].head}, and with the most:")
    return _show_cases(result, numbers)


def _show_grid(grid: Grid) -> None:
    """The measure over two variations, the baseline marked; as many columns side by side as there is room for."""
    say(f"[bold]{safe(told.grid_head(grid))}[/bold]")
    found = tables.grid(grid, MOST_DOWN, MOST_ACROSS)
    widths = [max(len(found.head[j]), *(len(row[j]) for row in found.rows)) + 2 for j in range(len(found.head))]
    many = max(1, (room() - widths[0]) // max(widths[1:]))
    for first in range(1, len(found.head), many):
        part = slice(first, first + many)
        _table(Table((found.head[0], *found.head[part]), [(row[0], *row[part]) for row in found.rows]))
    if len(found.rows) * (len(found.head) - 1) < grid.values.size:
        of = f"{len(grid.y_words)} x {len(grid.x_words)}"
        say(f"Shown are {len(found.rows)} x {len(found.head) - 1} of {of} levels; --out and --json have all.")


def _show_powers(result: SweepResult) -> dict[str, None]:
    """What one step more of each input does, and its elasticity."""
    found = result.powers()
    if not found:
        return {}
    say(f"[bold]The power of one[/bold]: {told.power_of_one(found)}")
    shown = tables.powers(found)
    return _table(shown, _places(shown, [*map(change_head, SPARE_OF_POWERS), *reversed(tables.ELASTIC.values())]))


def _show_frontier(result: SweepResult) -> None:
    """Which cases give the most service for their price."""
    frontier = result.frontier()
    if frontier is None:
        return
    best = [
        f"{one.name} ({words.number(one.price)}, {words.percent(one.service_level)}{told.if_broken(result, one.case)})"
        for one in frontier.best
    ]
    more = f"; and {len(best) - MOST_SIDE_BY_SIDE} more" if len(best) > MOST_SIDE_BY_SIDE else ""
    rule = f"no other gives as much service for as little {FIGURES[frontier.price].head.removesuffix(' of the plan')}"
    say(f"Worth a choice, cheapest first ({rule}): {safe('; '.join(best[:MOST_SIDE_BY_SIDE]))}{more}.")


def _show_selection(found: Selection) -> None:
    """Who is best, how sure that is, and how each case left the race."""
    say(f"[bold]{safe(found.verdict)}[/bold]")
    _table(tables.standings(found, MOST_SIDE_BY_SIDE))
    if len(found.standings) > MOST_SIDE_BY_SIDE:
        say(f"Shown are {MOST_SIDE_BY_SIDE} of {len(found.standings)} cases; --out and --json have all.")
