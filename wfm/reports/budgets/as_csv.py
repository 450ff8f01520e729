"""budget.csv and contact_types.csv: the tidy tables of a budget, as spreadsheets open them."""

from __future__ import annotations

from wfm.budgeting.answer import BudgetAnswer
from wfm.reports.sweeps.as_csv import for_spreadsheets


def as_csv(answer: BudgetAnswer) -> dict[str, str]:
    """By the name of its file: a row per period and agent group, and a row per period and contact type."""
    result = answer.result
    return {
        "budget.csv": for_spreadsheets(result.to_polars()),
        "contact_types.csv": for_spreadsheets(result.types_to_polars()),
    }
