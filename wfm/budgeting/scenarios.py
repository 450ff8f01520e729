"""Scenarios side by side: what named changes make of a budget, against the budget itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from wfm.budgeting.cases import ITSELF, cases_of, results_of
from wfm.budgeting.known import Known
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.summary import Summary
from wfm.errors import InputError, fault, nearest
from wfm.model.budget.budget import Budget
from wfm.model.budget.varied import left_out
from wfm.model.variation import Change
from wfm.sweeps.words import some_of

BASE = "base"  # the budget itself, unless a scenario has that name


@dataclass(frozen=True, eq=False)
class ScenarioRow:
    """A scenario in a few figures.

    Args:
        name: as in the budget; "base" is the budget itself.
        summary: of all periods.
        changes: by measure of the summary, less that of the first row; 0 in the first.
        verdict: whether there are people enough and promises are kept, what it costs against the first, and what its
            changes name where there is nothing to change, in words.
    """

    name: str
    summary: Summary
    changes: dict[str, float]
    verdict: str


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Scenarios of one budget.

    Args:
        names: of those compared, in order; the first is what the others are compared with.
        results: by name. rows: in the same order.
    """

    names: tuple[str, ...]
    results: dict[str, BudgetResult]
    rows: list[ScenarioRow]


def side_by_side(
    budget: Budget, names: Sequence[str] | None = None, method: object = "erlang-a", known: Known | None = None
) -> SideBySide:
    """Scenarios of a budget beside the budget itself, which comes first; requirements are worked out in one call.

    Args:
        budget: with its scenarios.
        names: which of them, in any capitals; "base" is the budget itself, there in any case. Absent: all.
        method: of the requirement, as in `wfm.budget`.
        known: requirements of before, which are used and added to.

    Raises:
        InputError: with every fault: a name that there is not, a change that does not fit.

    >>> import wfm
    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> calls = Demand(aht=300, volume=10_000, target=wfm.Target(service_level=0.8), opening={"Mon-Fri": "08:00-18:00"})
    >>> lean = wfm.Scenario("Lean", (Change("contact_types.*.aht", "factor", 0.9),))
    >>> asked = wfm.Budget(Calendar(start=date(2027, 2, 1), periods=1), {"calls": calls},
    ...                    {"agents": Team(skills=["calls"], contract_hours=40, people=8)}, scenarios=(lean,))
    >>> found = side_by_side(asked)
    >>> [(row.name, round(row.summary.required_fte, 1)) for row in found.rows]
    [('base', 8.8), ('Lean', 7.5)]
    """
    changes = changes_of(budget, names)
    is_itself = not changes[BASE]
    wheres = {ITSELF if is_itself and name == BASE else f"scenarios.'{name}'": name for name in changes}
    cases = cases_of(budget, {where: changes[name] for where, name in wheres.items()})
    results = {wheres[where]: one for where, one in results_of(cases, method, known).items()}
    first, *_ = results.values()
    base = first.summary()
    rows = []
    for name, result in results.items():
        summary = result.summary()
        against = {measure: value - asdict(base)[measure] for measure, value in asdict(summary).items()}
        verdict = _verdict(result, against["cost"], base.cost)
        if unchanged := left_out(budget, changes[name]):
            verdict += f"; nothing to change at {some_of(unchanged)}"
        rows.append(ScenarioRow(name, summary, against, verdict))
    return SideBySide(tuple(results), results, rows)


def changes_of(budget: Budget, names: Sequence[str] | None) -> dict[str, tuple[Change, ...]]:
    """What the scenarios that are meant change, by their names; "base" comes first.

    Raises:
        InputError: with every name that there is not.
    """
    faults = [
        fault(f"scenarios.'{one.name}'.plan", "is of agents by interval; people of a budget stand in its agent groups")
        for one in budget.scenarios
        if one.plan is not None
    ]
    there = {BASE: (), **{one.name: one.changes for one in budget.scenarios}}
    chosen = [BASE]
    for name in there if names is None else names:
        found = _called(name, there)
        if found is None:
            faults.append(fault("scenario", f"is not a scenario of this budget; {nearest(name, there)}", name))
        else:
            chosen.append(found)
    if faults:
        raise InputError(faults, budget.title)
    return {name: there[name] for name in chosen}


def _called(name: str, there: dict[str, tuple[Change, ...]]) -> str | None:
    """The scenario that is meant: the one of this name, or the only one that differs from it in capitals alone."""
    alike = [one for one in there if one.casefold() == name.casefold()]
    return name if name in there else alike[0] if len(alike) == 1 else None


def _verdict(result: BudgetResult, dearer: float, base: float) -> str:
    """People, promises and money, in words."""
    calendar = result.budget.calendar
    kind, short, missed = calendar.period, result.shortages, result.missed
    people = f"people enough in every {kind}"
    if short:
        periods = len({one.period for one in short})
        most = f"{short[0].fte:.1f} FTE ({short[0].group}, {calendar.names[short[0].period]})"
        people = f"people missing in {periods} of {calendar.periods} {kind}s, most {most}"
    periods = len({one.period for one in missed})
    promises = f"promises missed in {periods} of {calendar.periods} {kind}s" if missed else "every promise kept"
    money = ""
    if base and math.isfinite(dearer) and round(abs(dearer / base), 4):
        money = f"; costs {abs(dearer / base):.1%} {'more' if dearer > 0 else 'less'} than {BASE}".replace("%", " %")
    return f"{people}; {promises}{money}"
