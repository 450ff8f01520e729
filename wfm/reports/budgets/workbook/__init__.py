"""`budget.xlsx`: inputs that read back as a budget, and the results that formulas link to them.

inputs, input_cells      the sheets of inputs, laid out as `wfm.files.budgets.sheets` declares them
build                    the whole workbook: results, then inputs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfm.model.budget.budget import Budget

__all__ = ["write_budget_workbook"]


def write_budget_workbook(budget: Budget) -> bytes:
    """The bytes of a workbook to be filled in: the inputs alone; the same budget gives the same bytes.

    >>> import tempfile, wfm
    >>> from pathlib import Path
    >>> budget = wfm.load_budget(wfm.example("budget_year"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "year.xlsx").write_bytes(write_budget_workbook(budget))
    ...     wfm.load_budget(Path(folder, "year.xlsx")).digest == budget.digest
    True
    """
    from datetime import datetime, time

    from wfm.reports.budgets.workbook.inputs import write_inputs
    from wfm.reports.workbook.layout import Book

    book = Book()
    dated = datetime.combine(budget.calendar.start, time())  # by the budget, not by the clock
    book.file.set_properties({"title": budget.title, "subject": "Budget, inputs", "author": "wfm", "created": dated})
    write_inputs(book, budget)
    return book.finished()
