"""Pictures of an answer: lines over its horizon as SVG, heat maps and waterfalls as shaded rows of a table.

Time runs over open intervals only: closed hours are left out, not drawn as zero. Every line differs in dash and in
darkness, so that the pictures can be read in grey. The same answer gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from wfm.answering import Answer, Spell
from wfm.model.horizon import Horizon
from wfm.model.shrinkage import Shrinkage
from wfm.reports import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.4  # inches
WEEKS_MAPPED = 4
MOST = 1344  # open intervals in a picture: four weeks of half hours, day and night
FONT = "'DejaVu Sans'"
PAGE_FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'.replace('"', "'")

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.linewidth": 0.6,
    "axes.labelsize": 8,
    "xtick.color": "#222222",
    "ytick.color": "#222222",
    "hatch.linewidth": 0.6,
    "hatch.color": "#000000",
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.fontsize": 8,
}

LINES: dict[str, dict[str, Any]] = {
    "erlang-c": {"color": "#D55E00", "linestyle": (0, (1, 1.2)), "linewidth": 1.3},
    "erlang-a": {"color": "#0072B2", "linestyle": (0, (4, 1.5)), "linewidth": 1.1},
    "transient": {"color": "#009E73", "linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 1.1},
    "simulation": {"color": "#000000", "linestyle": "-", "linewidth": 1.1},
}
GIVEN: dict[str, Any] = {"color": "#8a8a8a", "linestyle": "-", "linewidth": 1.8}
BAND = "#b8b8b8"


@dataclass(frozen=True)
class Bar:
    """A row of a waterfall: from and how far, in percent of the picture's width; kind: level, rise or fall."""

    label: str
    figures: tuple[str, ...]
    left: float
    width: float
    kind: str


@dataclass(frozen=True)
class HeatMap:
    """Time of day by day; each cell a figure and its shade. Cells of closed hours are empty."""

    title: str
    days: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Where open intervals stand on the time axis, at most `MOST` of them.

    Args:
        horizon: the horizon.
        chosen: int64[n], indices of the intervals that are drawn.
        left: float64[n], where each begins on the axis; each is 1 wide.
        ends: bool[n], whether a closed spell, or the picture's end, follows.
    """

    horizon: Horizon
    chosen: np.ndarray
    left: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, horizon: Horizon, is_open: np.ndarray) -> Timeline:
        chosen = np.flatnonzero(is_open)[:MOST]
        breaks = np.diff(chosen) > 1
        gap = max(1.0, 0.012 * len(chosen))
        left = np.arange(len(chosen)) + gap * np.concatenate([[0], np.cumsum(breaks)])
        return cls(horizon, chosen, left, np.append(breaks, True))

    def steps(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The corners of a step line through one value per interval of the horizon, broken where closed."""
        x: list[float] = []
        y: list[float] = []
        finite = np.where(np.isfinite(values), values, np.nan)[self.chosen]
        for place, value, ends in zip(self.left.tolist(), finite.tolist(), self.ends.tolist(), strict=True):
            x.append(place)
            y.append(value)
            if ends:
                x += [place + 1, place + 1]
                y += [value, np.nan]
        return np.array(x), np.array(y)

    @property
    def days(self) -> list[tuple[int, float, float]]:
        """Each day that is drawn: its index, where it begins and where it ends."""
        day = self.horizon.days[self.chosen]
        return [(int(d), float(self.left[day == d][0]), float(self.left[day == d][-1]) + 1) for d in np.unique(day)]


def people(answer: Answer, worst: Sequence[Spell] = ()) -> Markup:
    """People at work that the plan asks for, beside the scenario's own, with the worst spells numbered."""
    time = Timeline.of(answer.center.horizon, _any_open(answer))
    needed = answer.plan.net.sum(axis=0)
    given = None if answer.given is None else answer.given.net.sum(axis=0)

    def draw(axes: list[Axes]) -> None:
        (ax,) = axes
        x, y = time.steps(needed)
        ax.fill_between(x, 0, y, step="post", color="#e6e6e6", linewidth=0)
        ax.plot(x, y, drawstyle="steps-post", color="black", linewidth=1.2, label="the plan")
        if given is not None:
            _, own = time.steps(given)
            few = np.nan_to_num(own) < np.nan_to_num(y)
            ax.fill_between(x, own, y, where=few, step="post", facecolor="none", hatch="/////", linewidth=0,
                            edgecolor="#000000", label="fewer than the plan")  # fmt: skip
            ax.plot(x, own, drawstyle="steps-post", **(GIVEN | {"color": "#777777"}), label="your own agents")
        top = max(float(np.max(needed)), 0.0 if given is None else float(np.max(given)), 1.0)
        for rank, spell in enumerate(worst, 1):
            where = np.flatnonzero((time.chosen >= spell.first) & (time.chosen <= spell.last))
            if where.size:
                middle = float(time.left[where[0]] + time.left[where[-1]] + 1) / 2
                high = needed[spell.first : spell.last + 1].max()
                ax.vlines(middle, high, 1.2 * top, color="black", linewidth=0.7)
                ax.text(middle, 1.2 * top, str(rank), ha="center", va="center", fontweight="bold", bbox=_CIRCLE)
        ax.set_ylim(0, 1.32 * top if worst else 1.08 * top)
        ax.set_ylabel("people at work")
        ax.locator_params(axis="y", integer=True)
        _legend(ax)

    return _svg("people", "People at work over the horizon", draw, time, 2.1)


def volume_and_agents(answer: Answer, contact_type: str) -> Markup:
    """Volume above, and below it net agents by each formula and the scenario's own."""
    center = answer.center
    time = Timeline.of(center.horizon, center.is_open(contact_type))
    row = answer.plan.groups.index(center.group_of(contact_type))

    def draw(axes: list[Axes]) -> None:
        upper, lower = axes
        x, volume = time.steps(center.volume(contact_type))
        upper.fill_between(x, 0, volume, step="post", color="#c9d7e3", linewidth=0)
        upper.plot(x, volume, drawstyle="steps-post", color="#33495c", linewidth=0.9)
        upper.set_ylim(bottom=0)
        upper.set_ylabel(f"contacts per\n{words.interval_name(center.horizon.interval)}")
        if answer.given is not None:
            lower.plot(*time.steps(answer.given.net[row]), drawstyle="steps-post", label="your own agents", **GIVEN)
        for method, needed in answer.requirements.items():
            label = f"{words.METHODS[method]} requires"
            lower.plot(*time.steps(needed.whole[row]), drawstyle="steps-post", label=label, **LINES[method])
        lower.set_ylim(bottom=0)
        lower.set_ylabel("net agents")
        lower.locator_params(axis="y", integer=True)
        _legend(lower)

    return _svg(f"volume{_place(answer, contact_type)}", "Volume and net agents over the horizon", draw, time, 1.3, 2.1)


def service_and_waits(answer: Answer, contact_type: str) -> Markup:
    """Service level of the plan by each method with the simulated band above, average speed of answer below."""
    center = answer.center
    time = Timeline.of(center.horizon, center.is_open(contact_type))
    wanted = center.contact_types[contact_type].target.service_level

    def draw(axes: list[Axes]) -> None:
        upper, lower = axes
        longest = 1.0
        for method, seen in answer.predictions.items():
            measured = seen.contact_types[contact_type].by_interval
            level, wait = measured.service_level, measured.average_speed_of_answer
            for ax, of, scale in ((upper, level, 100), (lower, wait, 1)):
                x, y = time.steps(scale * np.asarray(of.mean))
                half = np.nan_to_num(time.steps(scale * np.asarray(of.half_width))[1])
                if np.any(half > 0):
                    top = np.minimum(y + half, 100) if ax is upper else y + half
                    ax.fill_between(x, np.maximum(y - half, 0), top, step="post", color=BAND, linewidth=0,
                                    label=f"{words.METHODS[method]}, ±")  # fmt: skip
                thin = min(1.0, (400 / len(time.chosen)) ** 0.5) * (0.6 if ax is lower and method == "erlang-c" else 1)
                line = LINES[method] | {"linewidth": thin * LINES[method]["linewidth"]}
                ax.plot(x, y, drawstyle="steps-post", label=words.METHODS[method], **line)
                if ax is lower and method != "erlang-c":
                    longest = max(longest, float(np.max(np.nan_to_num(y + half))))
        if wanted is not None:
            upper.axhline(100 * wanted, color="#444444", linewidth=0.8, linestyle=(0, (6, 2, 1, 2)), label="target")
        upper.set_ylim(min(50.0, *upper.get_ylim()), 100)
        upper.set_ylabel("service level [%]")
        lower.set_ylim(0, 1.08 * longest)
        lower.set_ylabel("average speed of\nanswer [s]")
        _legend(upper)

    return _svg(f"service{_place(answer, contact_type)}", "Service level and waits by method", draw, time, 2.0, 1.5)


def over_maps(answer: Answer) -> list[HeatMap]:
    """The scenario's own net agents above (+) or below (−) what the plan's formula requires, per agent group."""
    assert answer.given is not None
    over = answer.requirement.over(answer.given)
    maps = []
    for row, name in enumerate(answer.plan.groups):
        is_open = answer.center.is_open(answer.center.type_of(name))
        whole = bool(np.all(over[row][is_open] == np.round(over[row][is_open])))
        texts = [words.number(value, 0 if whole else 1, signed=True) for value in over[row]]
        most = max(float(np.max(np.abs(over[row][is_open]), initial=0.0)), 1.0)
        maps += _heat_maps(answer, name, is_open, texts, over[row] / most, 0.05 / most)
    return maps


def service_maps(answer: Answer) -> list[HeatMap]:
    """The plan's simulated service level [%], shaded by its distance from the target, per contact type."""
    maps = []
    for name, one in answer.center.contact_types.items():
        level = np.asarray(answer.simulated.contact_types[name].by_interval.service_level.mean)
        away = np.nan_to_num(level - (one.target.service_level or np.nan))
        maps += _heat_maps(
            answer, name, answer.center.is_open(name), [words.number(100 * x) for x in level], away / 0.2, 0.025
        )
    return maps


def _heat_maps(
    answer: Answer, title: str, is_open: np.ndarray, texts: Sequence[str], shades: np.ndarray, nothing: float
) -> list[HeatMap]:
    """One map a week, at most four: shades from -1 (far below) to 1 (far above)."""
    horizon = answer.center.horizon
    days = [day for day in range(horizon.number_of_days) if is_open[horizon.days == day].any()][: 7 * WEEKS_MAPPED]
    moments = enumerate(zip(horizon.days.tolist(), horizon.starts, strict=True))
    cells = {(day, words.clock(start)): i for i, (day, start) in moments if is_open[i]}
    maps = []
    for first in range(0, len(days), 7):
        week = days[first : first + 7]
        rows = []
        for time in sorted({time for day, time in cells if day in week}):
            found = [cells.get((day, time)) for day in week]
            rows.append(
                (time, [("", "closed") if i is None else (texts[i], _shade(shades[i], nothing)) for i in found])
            )
        maps.append(HeatMap(title, [words.day(horizon.dates[day], horizon.number_of_days > 7) for day in week], rows))
    return maps


def _shade(value: float, nothing: float) -> str:
    """Three shades below and three above; about nothing has none."""
    if abs(value) < nothing:
        return "even"
    return f"{'under' if value < 0 else 'over'}{min(3, 1 + int(3 * abs(value)))}"


def waterfall(shrinkage: Shrinkage) -> list[Bar]:
    """From scheduled people to net agents, a category at a time."""
    bars, left = [Bar("scheduled (gross)", ("", words.share(1.0)), 0.0, 100.0, "level")], 1.0
    for name, part in shrinkage.waterfall():
        left -= part
        kind = "planned" if name in shrinkage.planned else "unplanned"
        drawn = ", drawn person by person in the simulation" if name in shrinkage.random else ""
        figures = (words.number(-100 * part, 1) + " points", words.percent(left))
        bars.append(Bar(f"{name} ({kind}{drawn})", figures, 100 * left, 100 * part, "fall"))
    net = float(1 - shrinkage.total)
    return [*bars, Bar("handling or ready (net)", ("", words.percent(net)), 0.0, 100 * net, "level")]


def reconciliation(answer: Answer) -> list[Bar]:
    """From the simplest method to the full simulation of the plan, one assumption given up at a time."""
    steps = answer.reconciliation.steps
    levels = [100 * float(step.prediction.total.service_level.mean) for step in steps]
    if not np.all(np.isfinite(levels)):
        return []
    low = max(0.0, min(levels) - max(1.0, 0.3 * (max(levels) - min(levels))))
    scale = 100 / max(max(levels) - low, 1e-9)
    bars = []
    for step, level, before in zip(steps, levels, [low, *levels], strict=False):
        by = words.METHODS[step.prediction.method]
        if step.change is None:
            bars.append(
                Bar(f"{by}, to begin with", ("", words.percent(level / 100)), 0.0, scale * (level - low), "level")
            )
            continue
        figures = (words.points(float(step.change.mean), float(step.change.half_width)), words.percent(level / 100))
        kind = "rise" if level >= before else "fall"
        left, width = scale * (min(before, level) - low), scale * abs(level - before)
        bars.append(Bar(f"{step.cause} ({by})", figures, left, width, kind))
    end = answer.simulated.total.service_level
    return [
        *bars,
        Bar("the simulation of everything", ("", words.estimate(end)), 0.0, scale * (levels[-1] - low), "level"),
    ]


_CIRCLE = {"boxstyle": "circle,pad=0.22", "facecolor": "white", "edgecolor": "black", "linewidth": 0.8}


def _svg(name: str, label: str, draw: Callable[[list[Axes]], None], time: Timeline, *heights: float) -> Markup:
    """One picture with a panel per height [inches], on a shared time axis."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = {**STYLE, "svg.hashsalt": name}
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH, sum(heights)))
        FigureCanvasSVG(figure)
        axes = _panels(figure, heights)
        draw(axes)
        for ax in axes:
            ax.margins(x=0.005)
            ax.yaxis.grid(True, color="#dddddd", linewidth=0.5)
            ax.set_axisbelow(True)
            _day_edges(ax, time)
        _time_axis(axes, time)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return inline(written.getvalue(), label)


def _panels(figure: Figure, heights: Sequence[float]) -> list[Axes]:
    """Panels below one another, with room for a legend above each and the time axis below the last."""
    total, above, below = sum(heights), 0.25, 0.38
    grid = figure.add_gridspec(
        len(heights), 1, height_ratios=heights, left=0.085, right=0.995, bottom=below / total, top=1 - above / total,
        hspace=0.3,
    )  # fmt: skip
    return [figure.add_subplot(grid[row]) for row in range(len(heights))]


def _legend(ax: Axes) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(0, 0.985), ncols=6, borderaxespad=0, borderpad=0.3, columnspacing=1.1)


def _day_edges(ax: Axes, time: Timeline) -> None:
    days = time.days
    middles = [(before[2] + after[1]) / 2 for before, after in pairwise(days)]
    ax.vlines(middles, 0, 1, transform=ax.get_xaxis_transform(), color="#bbbbbb", linewidth=0.6)
    ax.set_xlim(days[0][1] - 0.5, days[-1][2] + 0.5)


def _time_axis(axes: list[Axes], time: Timeline) -> None:
    """Clock times where there is room for them, and below them the days."""
    days = time.days
    clocks = next((found for hours in (1, 2, 3, 6, 12) if len(found := _clocks(time, hours)) <= 16), [])
    span, least = days[-1][2] - days[0][1], 0.03 if len(days) <= 7 else 0.05
    every = -(-len(days) // 12)
    named = [day for day in days[::every] if every > 1 or len(days) == 1 or day[2] - day[1] > least * span]
    for ax in axes:
        ax.tick_params(length=2.5, width=0.6)
        ax.set_xticks([])
    last = axes[-1]
    last.xaxis.remove_overlapping_locs = False
    last.set_xticks([place for place, _ in clocks], [text for _, text in clocks], minor=True, fontsize=7)
    last.tick_params(axis="x", which="minor", length=2.5, pad=1.5)
    line = "\n" if clocks else ""
    labels = [f"{line}{_day_label(time.horizon, day, len(days))}" for day, _, _ in named]
    last.set_xticks([(begin + end) / 2 for _, begin, end in named], labels)
    last.tick_params(axis="x", which="major", length=0, pad=2.5)


def _clocks(time: Timeline, hours: int) -> list[tuple[float, str]]:
    starts = [time.horizon.starts[i] for i in time.chosen]
    return [
        (float(place), words.clock(start))
        for place, start in zip(time.left, starts, strict=True)
        if start.minute == start.second == 0 and start.hour % hours == 0 and (start.hour or len(time.days) == 1)
    ]


def _day_label(horizon: Horizon, day: int, shown: int) -> str:
    date = horizon.dates[day]
    return words.day(date) if 1 < shown <= 7 else words.day(date, dated=True) if shown == 1 else f"{date.day} {date:%b}"


def inline(svg: str, label: str) -> Markup:
    """The drawing alone, without a file's head, sized by the page and set in the page's font."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(rf"{FONT}[^;\"]*", PAGE_FONT, svg)
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")
    head = re.sub(r' (width|height|version)="[^"]*"', "", svg[: svg.index(">")])
    return Markup(f'{head} role="img" aria-label="{escape(label)}"{svg[svg.index(">") :]}')


def _any_open(answer: Answer) -> np.ndarray:
    return np.any([answer.center.is_open(name) for name in answer.center.contact_types], axis=0)


def drawn_until(answer: Answer) -> str:
    """The last day in the pictures where they do not reach the horizon's end; else nothing."""
    is_open = np.flatnonzero(_any_open(answer))
    if len(is_open) <= MOST:
        return ""
    return words.day(answer.center.horizon.starts[is_open[MOST - 1]], dated=True)


def _place(answer: Answer, contact_type: str) -> int:
    return list(answer.center.contact_types).index(contact_type)
