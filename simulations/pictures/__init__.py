"""The frame of a study's picture, in the style of reports: panels side by side under a title that says the finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BARS = {"color": "#cfd8e0", "edgecolor": "#333333", "linewidth": 0.6}
LIMIT = {"color": "#444444", "linewidth": 0.8, "linestyle": (0, (6, 2, 1, 2))}
LINES = tuple(
    {"color": "black", "linestyle": dash, "marker": mark, "markersize": 4}
    for dash, mark in (("-", "o"), ((0, (5, 1.5)), "s"), ((0, (1, 1.2)), "^"))
)  # told apart without colour


@contextmanager
def panels(study: str, title: str, *widths: float, label: str = "") -> Iterator[list[Axes]]:
    """Panels of these widths to draw into, written beside the study afterwards; the same study gives the same bytes.

    label: below all panels.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wfm.reports.pictures import STYLE

    path = Path(study).with_suffix(".svg")
    with mpl.rc_context(STYLE | {"svg.fonttype": "path", "svg.hashsalt": path.stem, "axes.axisbelow": True}):
        figure = Figure(figsize=(7.4, 3.6), layout="constrained")
        axes = list(figure.subplots(1, len(widths), squeeze=False, width_ratios=widths)[0])
        for ax in axes:
            ax.grid(True, axis="y", color="#dddddd", linewidth=0.5)
        figure.suptitle(title, x=0.01, ha="left", weight="bold", fontsize=10)
        figure.supxlabel(label, fontsize=8)
        yield axes
        figure.savefig(path, metadata={"Date": None, "Creator": None})
