"""budget(): what a budget comes to, months of demand to people, service and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from time import perf_counter

from wfm.budgeting.demand import demand_of
from wfm.budgeting.headcount import Staff, headcount_of, staff_of
from wfm.budgeting.known import Known
from wfm.budgeting.ladder import ladder_of
from wfm.budgeting.money import money_of
from wfm.budgeting.requirement import requirements_of
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.service import asked_of, service_of
from wfm.errors import InputError, check_kind, fault, nearest
from wfm.formulas.transient import Transient
from wfm.model.budget.budget import Budget
from wfm.prediction import METHODS
from wfm.staffing.requirement import STAFFED_BY


def budget(
    asked: Budget, method: object = "erlang-a", predict_by: object = None, known: Known | None = None
) -> BudgetResult:
    """What a budget comes to: required FTE, effective headcount, gap, service and money of every period.

    Args:
        asked: the budget.
        method: of the requirement: "erlang-a" (default), "erlang-c", "transient" or `wfm.Transient(...)`.
        predict_by: of the service; absent: the same. Also "simulation" or `wfm.Simulation(...)`, of a typical week.
        known: requirements and predictions of calls before, which are used and added to.

    Raises:
        InputError: everything that is at fault with it.
        NotModelled: the method has no words for something in it.

    >>> import wfm
    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> calls = Demand(aht=300, volume=10_000, patience=120, target=wfm.Target(service_level=0.8),
    ...                opening={"Mon-Fri": "08:00-18:00"})
    >>> found = budget(wfm.Budget(Calendar(start=date(2027, 2, 1), periods=1), {"calls": calls},
    ...                           {"agents": Team(skills=["calls"], contract_hours=40, people=8)}))
    >>> found.ladder.workload_hours.round(1), found.ladder.fte.round(1)
    (array([[833.3]]), array([[7.5]]))
    """
    return budgets([asked], method, predict_by, known)[0]


def budgets(
    asked: Sequence[Budget],
    method: object = "erlang-a",
    predict_by: object = None,
    known: Known | None = None,
    staffs: Sequence[Staff] | None = None,
) -> list[BudgetResult]:
    """The same for many budgets: what they share is worked out once, and what formulas are asked, in one call.

    Args:
        asked: the budgets.
        method, predict_by, known: as for `budget`.
        staffs: the people of each, where they are not as budgeted.
    """
    began = perf_counter()
    for one in asked:
        check_kind("budget", one, Budget, "wfm.load_budget(path) reads one")
    predict_by = method if predict_by is None else predict_by
    _check_methods(method, predict_by)
    known = Known() if known is None else known
    demands = [demand_of(one) for one in asked]
    required = requirements_of(asked, demands, method, known)
    parts = []
    people = [staff_of(one) for one in asked] if staffs is None else staffs
    for one, demand, needed, staff in zip(asked, demands, required, people, strict=True):
        ladder = ladder_of(one, demand, needed, staff)
        parts.append((one, demand, needed, ladder, headcount_of(one, staff, ladder)))
    weeks = [asked_of(one, needed, ladder, headcount) for one, _, needed, ladder, headcount in parts]
    known.predict([week for of_budget in weeks for week in of_budget], predict_by)
    found = []
    for one, demand, needed, ladder, headcount in parts:
        service = service_of(one, demand, needed, ladder, headcount, predict_by, known)
        money = money_of(one, demand, ladder, headcount, service)
        names = _name(method), _name(predict_by)
        found.append(BudgetResult(one, *names, demand, ladder, headcount, service, money))
    run = {
        "seconds": perf_counter() - began,
        "versions": {package: version(package) for package in ("wfm-engine", "numpy", "numba", "scipy", "holidays")},
    }
    return [replace(one, run=run) for one in found]


def _check_methods(method: object, predict_by: object) -> None:
    """Refuse methods that are not known."""
    faults = []
    for name, value, choices in (("method", method, STAFFED_BY), ("predict_by", predict_by, METHODS)):
        fits = value in choices if isinstance(value, str) else type(value).__name__ in ("Transient", "Simulation")
        if not fits or (name == "method" and type(value).__name__ == "Simulation"):
            faults.append(fault(name, f"is not known; {nearest(str(value), choices)}", value))
    if faults:
        raise InputError(faults)


def _name(method: object) -> str:
    if isinstance(method, str):
        return method
    return "transient" if isinstance(method, Transient) else "simulation"
