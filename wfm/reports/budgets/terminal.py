"""A budget on a terminal: the answer in sentences, the months, and whatever else was asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from wfm.budgeting.answer import BudgetAnswer
from wfm.reports import words
from wfm.reports.budgets import tables, told
from wfm.reports.console import safe, say, table
from wfm.reports.page import Table
from wfm.reports.sweeps.figures import change_in_words
from wfm.reports.sweeps.terminal import bar

MOST_EFFECTS = 20
MOST_PERIODS = 60
MOST_VARIANCES = 24  # rows; of more, those of all groups together are shown
# Those first that are least asked for.
SPARE_OF_MONTHS = ("occupancy", "abandoned", "promises missed", "heads", "per contact")
SPARE_OF_RISK = ("P50 cost", "P95 cost", "P80 cost", "P50 required FTE")
SPARE = ("per contact", "heads", "FTE there")
BARRED = ("cost", "required_fte")


def show_budget(answer: BudgetAnswer, scenarios: bool = False) -> None:
    """The whole answer.

    Args:
        scenarios: show them side by side; else only how to.
    """
    result = answer.result
    say(f"[bold]{safe(result.budget.title)}[/bold]: {told.span(result.budget.calendar)}")
    _sentences([*told.in_short(answer), told.how(result)])
    left_out = _show_months(answer)
    if scenarios and answer.scenarios is not None:
        left_out |= _table(tables.scenarios(answer.scenarios), SPARE)
        _sentences([f"{row.name}: {row.verdict}" for row in answer.scenarios.rows])
    _show_effects(answer)
    if answer.cheapest is not None:
        say("[bold]The cheapest plan[/bold]")
        _table(tables.decisions(answer.cheapest))
        _sentences(told.cheapest(answer))
    if answer.risk is not None:
        say("[bold]How far off it may be[/bold]")
        left_out |= _table(tables.risk(answer, answer.risk), SPARE_OF_RISK)
        _sentences(answer.risk.told)
    if answer.returns:
        say("[bold]Changes that must pay for themselves[/bold]")
        _table(tables.returns(answer), ("cost", "net"))
        _sentences([*(one.told for one in answer.returns), told.RETURNS])
    if answer.variance is not None:
        say("[bold]Budget against actual[/bold]")
        found = tables.variance(answer.variance)
        if len(found.rows) > MOST_VARIANCES:
            found = Table(found.head, [row for row in found.rows if row[1] == tables.ALL])
        _table(found)
        _sentences(answer.variance.told)
    if left_out:
        say(f"Left out at this width: {words.listed(list(left_out))}; a wider window, --out and --json have all.")


def show_next(answer: BudgetAnswer, path: Path, scenarios: bool = False) -> None:
    """How to go on: what else can be asked of this budget."""
    budget = answer.result.budget
    questions = {
        "--cheapest": answer.cheapest is None,
        "--risk": answer.risk is None and budget.doubt is not None,
        "--returns": not answer.returns and bool(budget.initiatives),
    }
    more = words.listed([name for name, is_open in questions.items() if is_open])
    hint = f"; {more} {'asks' if ' and ' not in more else 'ask'} more" if more else ""
    is_open = bool(budget.scenarios) and not scenarios
    named = f"; --scenario {quote(budget.scenarios[0].name)} sets it beside the budget" if is_open else ""
    say(safe(f"next: wfm budget {path} --out out{hint}{named}"))


def _sentences(those: Sequence[str]) -> None:
    for one in those:
        say(safe(told.sentence(one)))
    if those:
        say("")


def _table(of: Table, spare: Sequence[str] = ()) -> dict[str, None]:
    """A table whose text may be anybody's; the heads of those columns that were left out for want of room."""
    places = [of.head.index(head) for head in spare if head in of.head]
    left_out = table([safe(head) for head in of.head], [[safe(cell) for cell in row] for row in of.rows], places)
    return dict.fromkeys(of.head[place] for place in left_out)


def _show_months(answer: BudgetAnswer) -> dict[str, None]:
    found = tables.months(answer)
    rows = list(found.rows)
    if len(rows) > MOST_PERIODS:
        found = Table(found.head, [*rows[: MOST_PERIODS - 1], rows[-1]])
    left_out = _table(found, SPARE_OF_MONTHS)
    if len(rows) > MOST_PERIODS:
        say(f"Shown are the first {MOST_PERIODS - 1} of {len(rows) - 1}; --out and --json have all.")
    return left_out


def _show_effects(answer: BudgetAnswer) -> None:
    """A tornado: a row for each change, with a bar for what it does to cost and to the people required."""
    found = told.effects(answer)
    measures = [name for name in BARRED if any(name in one.changes for one in found)]
    if not measures:
        return
    heads = [part for name in measures for part in (tables.EFFECTS[name], "")]
    rows = []
    for one in found[:MOST_EFFECTS]:
        signed = {name: change_in_words(name, one.change(name), unit=False) for name in measures}
        rows.append((one.words, *(part for name in measures for part in (signed[name], bar(one, name, found)))))
    table(["change", *heads], [[safe(cell) for cell in row] for row in rows], [4, 2])
    if len(found) > MOST_EFFECTS:
        say(f"Shown are the {MOST_EFFECTS} of {len(found)} changes that matter most; --out and --json have all.")
    left_out = () if answer.sensitivity is None else answer.sensitivity.left_out
    _sentences([told.AS_PLANNED, *(f"Left out: {one}" for one in left_out)])
