"""Puts the sheets together: the others first, as the Summary sums them; it still stands in front."""

from __future__ import annotations

from wfm.answering import Answer
from wfm.reports.workbook.assumptions import write_assumptions
from wfm.reports.workbook.figures import rows_of
from wfm.reports.workbook.heatmap import write_heat_map
from wfm.reports.workbook.intervals import write_intervals
from wfm.reports.workbook.layout import Book
from wfm.reports.workbook.summary import summary_page, write_summary


def built(answer: Answer) -> bytes:
    """The workbook's bytes."""
    book, rows = Book(), rows_of(answer)
    provenance = ", ".join(f"{name} {value}" for name, value in answer.provenance.items())
    book.file.set_properties({"title": answer.center.title, "subject": "Staffing plan", "author": "wfm",
                              "comments": provenance})  # fmt: skip
    front = summary_page(book)
    assumed = write_assumptions(book, answer)
    intervals = write_intervals(book, rows, assumed)
    write_heat_map(book, answer)
    write_summary(front, rows, assumed, intervals)
    return book.finished()
