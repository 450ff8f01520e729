"""Cases of one budget: it with some changes each, all answered in one call; faults say whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from wfm.budgeting.budget import budget, budgets
from wfm.budgeting.headcount import staff_of
from wfm.budgeting.known import Known
from wfm.budgeting.result import BudgetResult
from wfm.errors import Fault, InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.varied import budget_varied
from wfm.model.levels import under
from wfm.model.variation import Change

T = TypeVar("T")
U = TypeVar("U")

ITSELF = ""  # the case of the budget without a change


def possible(asked: Budget, changes: Sequence[Change]) -> Budget:
    """The budget with some changes, whose people can be.

    Raises:
        InputError: as `budget_varied`, and where its people cannot be, such as a transfer of more than there are.
    """
    found = budget_varied(asked, changes)
    staff_of(found)
    return found


def cases_of(asked: Budget, changes: Mapping[str, Sequence[Change]]) -> dict[str, Budget]:
    """The budget of each case, by its name.

    Raises:
        InputError: with every fault of every case, each with its case before its place, but those of the budget itself.
    """
    return _each(lambda one: budget_varied(asked, one), changes)


def results_of(cases: Mapping[str, Budget], method: object, known: Known | None) -> dict[str, BudgetResult]:
    """What each case comes to; requirements are worked out in one call.

    Raises:
        InputError: as `cases_of`.
    """
    try:
        return dict(zip(cases, budgets(list(cases.values()), method, known=known), strict=True))
    except InputError:
        # Which case it is, the faults do not say.
        return _each(lambda one: budget(one, method, known=known), cases)


def _each(do: Callable[[T], U], given: Mapping[str, T]) -> dict[str, U]:
    found, faults = dict[str, U](), list[Fault]()
    for name, one in given.items():
        try:
            found[name] = do(one)
        except InputError as error:
            faults.extend(error.faults if name == ITSELF else under(name, error))
    if faults:
        raise InputError(faults)
    return found
