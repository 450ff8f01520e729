"""Budgets: on a terminal, and as a folder of a workbook, a page, tables, pictures and the budget itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfm.budgeting.answer import BudgetAnswer

__all__ = ["CHEAPEST", "write_reports"]

CHEAPEST = "cheapest.toml"


def write_reports(answer: BudgetAnswer, out: Path) -> list[Path]:
    """Write budget.xlsx, report.html, budget.csv, contact_types.csv, budget.toml and the pictures into a folder.

    Where the cheapest plan was asked for, cheapest.toml is the budget with its classes. All of them are made before the
    first is written, each whole or not at all.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    from wfm.files.budgets.writing import budget_toml
    from wfm.files.whole import make_folder, write_whole
    from wfm.reports.budgets.as_csv import as_csv
    from wfm.reports.budgets.page import page
    from wfm.reports.budgets.pictures import pictures_of
    from wfm.reports.budgets.workbook.build import built

    pictures = pictures_of(answer)
    made: dict[str, bytes | str] = {
        "budget.xlsx": built(answer),
        "report.html": page(answer, pictures),
        **as_csv(answer),
        "budget.toml": budget_toml(answer.result.budget),
        **({} if answer.cheapest is None else {CHEAPEST: budget_toml(answer.cheapest.budget)}),
        **{f"{name}.svg": svg for name, svg in pictures.items()},
    }
    make_folder(out)
    return [write_whole(out / name, content) for name, content in made.items()]
