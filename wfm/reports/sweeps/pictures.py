"""Pictures of a sweep as SVG: tornado, heat map, staff against service level, frontier, and elasticities.

Told apart by darkness, hatching and shape, so that they can be read in grey. The same result gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.measures.sample import Estimate
from wfm.reports import words
from wfm.reports.pictures import BAND, FONT, PAGE_FONT, STYLE
from wfm.reports.sweeps import told
from wfm.reports.sweeps.figures import (
    FIGURES,
    NONE,
    bare,
    barred,
    change_head,
    change_in_words,
    in_unit,
    pair,
    plain_head,
    scale_of,
)
from wfm.sweeps.crossing import Curve, Frontier, Grid, Point
from wfm.sweeps.effects import Effect, Power
from wfm.sweeps.result import SweepResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 9.0  # inches
MOST_BARS = 24  # of a tornado
MOST_FIGURES = 15  # cells in a row of a heat map that still have room for their figures
MOST_NAMED = 12  # points of a frontier that are named
MOST_TICKS = 20
NOTHING = 1e-9  # what moves less has no bar
HEAT_MAPS = ("heat_map", "heat_map_of_service")
LONGEST_NAME = 34
CHARACTER = 0.056  # inches of one in a figure beside a bar
LOWER, HIGHER = "#cfd8e0", "#4a6d8c"
NO_HEADS: Mapping[str, str] = {}
POWERS = ("service_level", "required_hours_unrounded", "required_cost_unrounded", "cost")


def pictures_of(result: SweepResult) -> dict[str, str]:
    """The pictures that this result has something for, by the name of their file without its ending."""
    effects, powers, grids = result.effects(), result.powers(), told.grids(result)
    curve, frontier = result.curve(), result.frontier()
    drawn = {
        "tornado": tornado(effects, barred(effects), _title(result, "What each change does")),
        **{name: _heat_map(name, grid, result) for name, grid in zip(HEAT_MAPS, grids, strict=False)},
        "staff_and_service": _curve(curve, result) if curve is not None and len(curve.cases) > 2 else None,
        "frontier": _frontier(frontier, result) if frontier is not None else None,
        "elasticities": _elasticities(powers, result) if any(one.elasticities for one in powers) else None,
    }
    return {name: svg for name, svg in drawn.items() if svg is not None}


def tornado(
    effects: Sequence[Effect], measures: Sequence[str], title: tuple[str, str], heads: Mapping[str, str] = NO_HEADS
) -> str | None:
    """A row for each input or scenario: what its lowest and highest level do, a panel for each measure that moves.

    Args:
        title: two lines. heads: of measures, where they are not as in a sweep.
    """
    measures = [name for name in measures if any(abs(float(one.change(name).mean)) > NOTHING for one in effects)]
    bars = _bars(effects)[:MOST_BARS]
    if not measures or not bars:
        return None

    names = CHARACTER * max(len(_short(label)) for label, _ in bars)

    def draw(axes: list[Axes]) -> None:
        for ax, measure in zip(axes, measures, strict=True):
            _draw_tornado(ax, bars, measure, (WIDTH - names) / len(measures) - 0.4)
            ax.set_xlabel(heads.get(measure) or change_head(measure))
        axes[0].set_yticks(range(len(bars)), [_short(label) for label, _ in bars])
        for ax in axes[1:]:
            ax.set_yticks(range(len(bars)), [])

    return picture("tornado", title, draw, 0.62 + 0.36 * len(bars), len(measures))


def _bars(effects: Sequence[Effect]) -> list[tuple[str, list[Effect]]]:
    """Effects under the name of their input, its lowest and highest level; a scenario has a row of its own."""
    rows: dict[Any, list[Effect]] = {}
    for one in effects:
        rows.setdefault(one.label if one.variation is None else one.variation, []).append(one)
    bars = []
    for found in rows.values():
        in_order = sorted(found, key=lambda one: one.case)
        ends = in_order if len(in_order) == 1 else [in_order[0], in_order[-1]]
        bars.append((ends[0].words if len(ends) == 1 else ends[0].label, ends))
    return bars


def _draw_tornado(ax: Axes, bars: Sequence[tuple[str, list[Effect]]], measure: str, width: float) -> None:
    """The bars of one measure; width: of the panel, about, in inches."""
    scale = scale_of(measure)
    reach, longest = 1e-9, 0
    for row, (_, ends) in enumerate(bars):
        for place, one in enumerate(ends):
            value, half = pair(one.change(measure), scale)
            if not np.isfinite(value):
                continue
            low = place == 0 and len(ends) == 2
            high = 0.36 if len(ends) == 2 else 0.6
            y = row + (0 if len(ends) == 1 else -0.19 if low else 0.19)
            ax.barh(y, value, high, color=LOWER if low else HIGHER, edgecolor="#333333", linewidth=0.5,
                    hatch="" if one.is_told_apart(measure) else "////")  # fmt: skip
            if half > 0:
                ax.errorbar(value, y, xerr=half, color="black", linewidth=0.8, capsize=2)
            far = value + np.copysign(half if half > 0 else 0.0, value)
            reach = max(reach, abs(far))
            level = f"{_level(one)}: " if len(ends) == 2 else ""
            text = f"{level}{change_in_words(measure, Estimate(one.change(measure).mean, np.nan), unit=False)}"
            longest = max(longest, len(text))
            ax.annotate(text, (far, y), (4 if value >= 0 else -4, 0), textcoords="offset points", va="center",
                        ha="left" if value >= 0 else "right", fontsize=7)  # fmt: skip
    ax.axvline(0, color="black", linewidth=0.8)
    # The longest figure has room beside the longest bar.
    beside = min(2 * CHARACTER * longest / width, 0.8)
    far = max(1.45, 1 / (1 - beside)) * reach
    ax.set_xlim(-far, far)
    if far >= 1000:
        ax.locator_params(axis="x", nbins=5)
        ax.xaxis.set_major_formatter(lambda value, _: words.number(value))
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.grid(True, color="#dddddd", linewidth=0.5)
    ax.set_axisbelow(True)


def _level(one: Effect) -> str:
    """The level of a change without the name of its input."""
    return bare([one.words], one.label)[0]


def _heat_map(name: str, grid: Grid, result: SweepResult) -> str:
    """Cells with figures, darker for more; the base unchanged has a frame."""
    rows, columns = grid.values.shape
    known = grid.values[np.isfinite(grid.values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    figure, unit = FIGURES[grid.measure], FIGURES[grid.measure].unit

    def draw(axes: list[Axes]) -> None:
        from matplotlib.patches import Rectangle

        (ax,) = axes
        ax.imshow(grid.values, cmap=_greys(), aspect="auto", vmin=low, vmax=max(high, low + 1e-9), origin="lower")
        if columns <= MOST_FIGURES and rows <= 2 * MOST_FIGURES:
            size = min(8.0, 100 / max(columns, 6))
            for y, x in np.ndindex(rows, columns):
                value = float(grid.values[y, x])
                dark = np.isfinite(value) and value - low > 0.62 * (high - low)
                text = in_unit(unit, value).removesuffix(" %")
                ax.text(x, y, text, ha="center", va="center", fontsize=size, color="white" if dark else "black")
        if grid.baseline is not None:
            y, x = grid.baseline
            ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=2.2))
        _level_ticks(ax.xaxis, bare(grid.x_words, grid.x_label))
        _level_ticks(ax.yaxis, bare(grid.y_words, grid.y_label))
        ax.set_xlabel(grid.x_label)
        ax.set_ylabel(grid.y_label)
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)

    frame = "; framed: the baseline" if grid.baseline is not None else ""
    others = f"; {words.listed(list(grid.others))}" if grid.others else ""
    title = f"{figure.head}{' [%]' if unit == 'share' else ''}{frame}{others}"
    return picture(name, _title(result, title), draw, min(6.0, 1.0 + 0.34 * rows))


def _level_ticks(axis: Any, levels: Sequence[str]) -> None:
    every = -(-len(levels) // MOST_TICKS)
    axis.set_ticks(range(0, len(levels), every), [_short(text) for text in levels[::every]])


def _greys() -> Any:
    """White to dark blue: also in grey, darker is more."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("wfm", ["#f7f7f5", "#c6dcee", "#5f8fb8", "#1f3a5f"])


def _curve(curve: Curve, result: SweepResult) -> str:
    """Service level over paid hours, with its band, the target and each point's change in agents."""

    def draw(axes: list[Axes]) -> None:
        (ax,) = axes
        level, half = 100 * curve.service_level, np.nan_to_num(100 * curve.half_width)
        if np.any(half > 0):
            ax.fill_between(curve.paid_hours, level - half, level + half, color=BAND, linewidth=0, label="±")
        ax.plot(curve.paid_hours, level, color="black", linewidth=1.1, marker="o", markersize=3.5,
                label="service level")  # fmt: skip
        every = -(-len(curve.words) // MOST_TICKS)
        for i in range(0, len(curve.words), every):
            ax.annotate(curve.words[i], (curve.paid_hours[i], level[i]), (0, -11), textcoords="offset points",
                        ha="left", fontsize=7)  # fmt: skip
        if curve.target is not None:
            ax.axhline(100 * curve.target, color="#444444", linewidth=0.8, linestyle=(0, (6, 2, 1, 2)), label="target")
        ax.set_xlabel("paid hours")
        ax.set_ylabel("service level [%]")
        ax.margins(x=0.08, y=0.12)
        ax.grid(True, color="#dddddd", linewidth=0.5)
        ax.legend(loc="lower right")

    return picture("staff_and_service", _title(result, "What more or fewer people do"), draw, 3.2)


def _frontier(frontier: Frontier, result: SweepResult) -> str:
    """Every case by what it costs and the service it gives; beaten ones are grey, the others joined and named."""
    points, best = frontier.points, frontier.best

    def draw(axes: list[Axes]) -> None:
        (ax,) = axes
        beaten = [one for one in points if not one.is_best]
        if beaten:
            ax.plot([one.price for one in beaten], [100 * one.service_level for one in beaten], "o", color="#b5b5b5",
                    markersize=4, label="beaten: another gives no less for no more")  # fmt: skip
        _draw_best(ax, best)
        for one in points:
            if one.case == 0:
                ax.plot(one.price, 100 * one.service_level, "D", color="none", markeredgecolor="black", markersize=8,
                        label="baseline")  # fmt: skip
        ax.set_xlabel(FIGURES[frontier.price].head)
        ax.set_ylabel("service level [%]")
        ax.margins(x=0.12, y=0.12)
        ax.grid(True, color="#dddddd", linewidth=0.5)
        ax.set_axisbelow(True)
        ax.legend(loc="lower right")

    return picture("frontier", _title(result, "What service costs"), draw, 3.6)


def _draw_best(ax: Axes, best: Sequence[Point]) -> None:
    price, level = [one.price for one in best], [100 * one.service_level for one in best]
    half = np.nan_to_num([100 * one.half_width for one in best])
    ax.errorbar(price, level, yerr=half, color="black", linewidth=1.0, elinewidth=0.7, capsize=2, marker="o",
                markersize=4, label="best for its price")  # fmt: skip
    every = max(1, -(-len(best) // MOST_NAMED))
    for one in best[::every]:
        text = f"{_short(one.name)}{' (≈)' if one.near else ''}"
        ax.annotate(text, (one.price, 100 * one.service_level), (5, -9), textcoords="offset points", fontsize=7)


def _elasticities(powers: Sequence[Power], result: SweepResult) -> str | None:
    """Percent of change for one percent more of each input, with its interval; a panel per measure."""
    shown = [one for one in powers if one.elasticities]
    moved = {name for one in shown for name, of in one.elasticities.items() if abs(float(of.mean)) > NOTHING}
    measures = [name for name in POWERS if name in moved][:3]
    if not measures:
        return None

    def draw(axes: list[Axes]) -> None:
        for ax, measure in zip(axes, measures, strict=True):
            for row, one in enumerate(shown):
                value, half = pair(one.elasticities.get(measure, NONE))
                ax.errorbar(value, row, xerr=half if half > 0 else None, color="black", marker="o", markersize=4,
                            linewidth=1.0, capsize=3)  # fmt: skip
                if np.isfinite(value):
                    ax.annotate(words.number(value, 2, signed=True), (value, row), (0, 6), textcoords="offset points",
                                ha="center", fontsize=7)  # fmt: skip
            ax.axvline(0, color="black", linewidth=0.8)
            ax.set_ylim(len(shown) - 0.5, -0.6)
            ax.set_yticks(range(len(shown)), [_short(one.label) for one in shown] if ax is axes[0] else [])
            ax.set_xlabel(f"{plain_head(measure)}, % for 1 %")
            ax.margins(x=0.2)
            ax.xaxis.grid(True, color="#dddddd", linewidth=0.5)
            ax.tick_params(axis="y", length=0)
            ax.spines["left"].set_visible(False)

    title = _title(result, "Elasticity of each input: percent of change for one percent more")
    return picture("elasticities", title, draw, 0.7 + 0.36 * len(shown), len(measures))


def _title(result: SweepResult, text: str) -> tuple[str, str]:
    days = told.days(result)
    return words.begun(text), f"{result.sweep.center.title}{days and ': '}{days}"


def picture(
    name: str, title: tuple[str, str], draw: Callable[[list[Axes]], None], height: float, panels: int = 1, rows: int = 1
) -> str:
    """An SVG file of panels side by side, in rows, under a title of two lines; height [inches] without the title."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    style: Any = {**STYLE, "svg.hashsalt": name}
    with mpl.rc_context(style):
        total = height + 0.55
        room = ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - 0.5 / total), w_pad=0.08, h_pad=0.06)
        figure = Figure(figsize=(WIDTH, total), layout=room)
        FigureCanvasSVG(figure)
        axes = list(figure.subplots(rows, panels, squeeze=False).flat)
        figure.text(0.012, 1 - 0.22 / total, title[0], fontsize=11, fontweight="bold")
        figure.text(0.012, 1 - 0.42 / total, title[1], fontsize=8.5)
        draw(axes)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = re.sub(rf"{FONT}[^;\"]*", PAGE_FONT, written.getvalue())
    return re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
