"""Pictures of a budget as SVG: people required and there, each group by itself, the tornado, and the fan of risk.

Told apart by darkness and hatching, so that they can be read in grey. The same answer gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.budgeting.answer import BudgetAnswer
from wfm.budgeting.result import BudgetResult
from wfm.reports import words
from wfm.reports.budgets import told
from wfm.reports.budgets.tables import EFFECTS
from wfm.reports.sweeps.pictures import picture, tornado

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wfm.budgeting.risk import Risk

MOST_TICKS = 13
MOST_CLASSES = 6  # that have a name of their own in the legend
ACROSS = 3  # small pictures side by side
MOST_GROUPS = 12
MOST_GAPS = 26  # periods with a figure for what is missing
EDGE: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.4}
AT_START: dict[str, Any] = {"color": "#6f8ba3"}
CLASSES: tuple[dict[str, Any], ...] = ({"color": "#a9c1d4"} | EDGE, {"color": "#d3e0ea"} | EDGE)  # in turn
MOVED: dict[str, Any] = {"color": "#b3b3b3"} | EDGE
NOT_YET: dict[str, Any] = {"color": "white", "edgecolor": "#5a6f80", "hatch": "////", "linewidth": 0.4}
OVERTIME: dict[str, Any] = {"color": "#e0a458"} | EDGE
OUTSOURCED: dict[str, Any] = {"color": "#f3dcb8", "edgecolor": "#8a6a2f", "hatch": "\\\\\\\\", "linewidth": 0.3}
REQUIRED: dict[str, Any] = {"color": "black", "linewidth": 1.8}
FAN = (("P95", "#e3e7eb"), ("P80", "#bccad6"), ("P50", "#7f9bb3"))


@dataclass(frozen=True, eq=False)
class Layer:
    """A part of the people in a picture, FTE of each period."""

    label: str
    fte: np.ndarray
    style: Mapping[str, Any]


def pictures_of(answer: BudgetAnswer) -> dict[str, str]:
    """The pictures that this answer has something for, by the name of their file without its ending."""
    result = answer.result
    groups = list(result.budget.agent_groups)
    title = ("Cost and required FTE, one change at a time",
             f"{result.budget.title}: {told.span(result.budget.calendar)}, people as planned")  # fmt: skip
    drawn = {
        "people": people(result),
        "agent_groups": _groups(result) if len(groups) > 1 else None,
        "tornado": tornado(told.effects(answer), ("cost", "required_fte"), title, EFFECTS),
        "risk": None if answer.risk is None else _risk(result, answer.risk),
    }
    return {name: svg for name, svg in drawn.items() if svg is not None}


def people(result: BudgetResult) -> str:
    """People required and there, of all groups: those at the start, each class, overtime, outsourced."""
    calendar = result.budget.calendar
    required, there = result.ladder.fte.sum(axis=0), result.headcount.fte.sum(axis=0)

    def draw(axes: list[Axes]) -> None:
        (ax,) = axes
        _stack(ax, layers(result), required)
        _missing(ax, required, there)
        _months(ax, result)
        ax.set_ylabel("FTE")
        # As they are stacked, the uppermost first; the line of the required above them all.
        ax.legend(*(one[::-1] for one in ax.get_legend_handles_labels()), loc="upper left", bbox_to_anchor=(1.0, 1.0),
                  fontsize=7.5)  # fmt: skip

    title = ("FTE required and there", f"{result.budget.title}: {told.span(calendar)}, mean of each {calendar.period}")
    return picture("people", title, draw, 3.1)


def layers(result: BudgetResult, group: str | None = None) -> list[Layer]:
    """The people there, from below: at the start, by class, moved, overtime, outsourced, and those not at work yet."""
    names = list(result.budget.agent_groups)
    rows = list(range(len(names))) if group is None else [names.index(group)]
    parts = [one for one in result.headcount.parts if names.index(one.group) in rows]
    of_head = result.ladder.fte_per_head

    def fte(chosen: Sequence[Any], what: str) -> np.ndarray:
        found = [getattr(one, what) * of_head[names.index(one.group)] for one in chosen]
        return np.asarray(sum(found, np.zeros(result.budget.calendar.periods)))

    starts = sorted({one.start for one in parts if one.start is not None and one.decide_by is not None})
    moved = [one for one in parts if one.start is not None and one.decide_by is None]
    found = [Layer("at the start", fte([one for one in parts if one.start is None], "effective_heads"), AT_START)]
    found += [
        Layer(f"class of {start}" if len(starts) <= MOST_CLASSES else "classes" if place == 0 else "",
              fte([one for one in parts if one.start == start and one.decide_by is not None], "effective_heads"),
              CLASSES[place % len(CLASSES)])
        for place, start in enumerate(starts)
    ]  # fmt: skip
    of = result.headcount
    return [
        *found,
        Layer("from other groups", fte(moved, "effective_heads"), MOVED),
        Layer("overtime", of.overtime_fte[rows].sum(axis=0), OVERTIME),
        Layer("outsourced", of.outsourced_fte[rows].sum(axis=0), OUTSOURCED),
        Layer("in training and ramp", fte(parts, "heads") - fte(parts, "effective_heads"), NOT_YET),
    ]


def _stack(ax: Axes, shown: Sequence[Layer], required: np.ndarray) -> None:
    x, base = np.arange(len(required)), np.zeros(len(required))
    for layer in shown:
        if np.any(layer.fte > 1e-9):
            ax.bar(x, layer.fte, 0.82, bottom=base, label=layer.label, **layer.style)
            base = base + layer.fte
    edges = np.arange(len(required) + 1) - 0.5
    ax.stairs(required, edges, baseline=None, color="white", linewidth=3.6)
    ax.stairs(required, edges, baseline=None, label="required", **REQUIRED)
    ax.set_ylim(0, 1.13 * max(float(base.max()), float(required.max()), 1e-9))


def _missing(ax: Axes, required: np.ndarray, there: np.ndarray) -> None:
    """How much is missing, above each period in which it is."""
    short = np.flatnonzero(required - there > 0.05)
    for at in short.tolist() if len(short) <= MOST_GAPS else ():
        ax.annotate(words.number(there[at] - required[at], 1), (at, required[at]), (0, 3), textcoords="offset points",
                    ha="center", fontsize=7.5, fontweight="bold")  # fmt: skip


def _months(ax: Axes, result: BudgetResult) -> None:
    """The periods along the bottom, as many as there is room for; years below the first of each."""
    calendar = result.budget.calendar
    every = -(-calendar.periods // MOST_TICKS)
    labels, year = [], None
    for first in calendar.edges[:-1:every]:
        text = f"{first:%b}" if calendar.period == "month" else f"{first.day} {first:%b}"
        labels.append(text if first.year == year else f"{text}\n{first.year}")
        year = first.year
    ax.set_xticks(range(0, calendar.periods, every), labels)
    ax.set_xlim(-0.6, calendar.periods - 0.4)
    ax.tick_params(axis="x", length=0)
    ax.yaxis.grid(True, color="#dddddd", linewidth=0.5)
    ax.set_axisbelow(True)


def _groups(result: BudgetResult) -> str:
    """The same for each agent group by itself."""
    names = list(result.budget.agent_groups)[:MOST_GROUPS]
    across = 2 if len(names) in (2, 4) else ACROSS
    down = -(-len(names) // across)

    def draw(axes: list[Axes]) -> None:
        for place, ax in enumerate(axes):
            if place >= len(names):
                ax.set_visible(False)
                continue
            _stack(ax, layers(result, names[place]), result.ladder.fte[place])
            _months(ax, result)
            ax.set_title(names[place], fontsize=8.5, loc="left")
            ax.set_xticks(*_thinned(ax))

    title = ("FTE required and there, by agent group", f"{result.budget.title}; colours as in the picture of all")
    return picture("agent_groups", title, draw, 1.9 * down, across, down)


def _thinned(ax: Axes) -> tuple[list[float], list[str]]:
    """Every third of the ticks."""
    places, labels = list(ax.get_xticks()), [one.get_text() for one in ax.get_xticklabels()]
    return places[::3], labels[::3]


def _risk(result: BudgetResult, risk: Risk) -> str:
    """The fan of required FTE against who is there; below it, how sure each promise is."""
    calendar = result.budget.calendar
    there = result.headcount.fte.sum(axis=0)
    edges = np.arange(calendar.periods + 1) - 0.5

    def draw(axes: list[Axes]) -> None:
        upper, lower = axes
        for (label, color), share in zip(FAN, sorted(risk.total_required_fte, reverse=True), strict=True):
            upper.stairs(risk.total_required_fte[share], edges, fill=True, color=color, label=f"required, {label}")
        upper.stairs(there, edges, baseline=None, label="there, as budgeted", **REQUIRED)
        low = min(float(there.min()), *(float(one.min()) for one in risk.total_required_fte.values()))
        upper.set_ylim(bottom=0.8 * low)
        upper.set_ylabel("FTE")
        upper.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7.5)
        styles = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
        for row, name in enumerate(result.budget.contact_types):
            lower.plot(100 * risk.kept[row], color="black" if row % 2 == 0 else "#5f8fb8", marker="o", markersize=3,
                       linestyle=styles[row % 4], linewidth=1.1, label=name)  # fmt: skip
        lower.set_ylim(-3, 103)
        lower.set_ylabel("sure of the promise [%]")
        lower.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7.5)
        for ax in axes:
            _months(ax, result)

    title = ("FTE required in drawn years, and there", f"{result.budget.title}: {words.number(risk.draws)} years drawn")
    return picture("risk", title, draw, 4.6, 1, 2)
