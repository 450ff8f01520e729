"""The picture of one replayed day: who waited, who was busy, and which contacts came to grief, on one time axis.

What changes faster than the picture can show is drawn as the most (contacts that wait) or the mean (busy agents) of
each of `COLUMNS` slices of the day. The same replay gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.model.center import ContactCenter
from wfm.reports import words
from wfm.reports.pictures import FONT, PAGE_FONT, STYLE
from wfm.simulation.ledger import OUTCOMES
from wfm.simulation.replay import Replay, Steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 9.0  # inches
COLUMNS = 900  # slices of the day that can still be told apart
MOST_LINES = 5  # contact types with a line of their own
MOST_STRIPS = 8  # agent groups with a strip of their own
LONGEST_NAME = 24
FINISHING = 1 / 12  # of the open time, shown after closing
LINES: tuple[dict[str, Any], ...] = (
    {"color": "#000000", "linewidth": 1.0},
    {"color": "#D55E00", "linewidth": 1.0},
    {"color": "#0072B2", "linewidth": 1.0},
    {"color": "#CC79A7", "linewidth": 1.0},
    {"color": "#009E73", "linewidth": 1.0},
)
REST: dict[str, Any] = {"color": "#9a9a9a", "linewidth": 1.0}
ON_DUTY, BUSY, BEYOND = "#d9d9d9", "#4a6d8c", "#D55E00"
EVENTS = {
    "answered late": "#E69F00",
    "abandoned": "#D55E00",
    "blocked": "#000000",
    "dropped": "#0072B2",
    "unfinished": "#777777",
}


@dataclass(frozen=True)
class Span:
    """The part of a day that is drawn: seconds from the horizon's start, and the midnight before it."""

    first: float
    last: float
    midnight: float

    def hours(self, seconds: np.ndarray | float) -> Any:
        return (np.asarray(seconds) - self.midnight) / 3600


def first_open_day(center: ContactCenter) -> int:
    """Index of the first calendar day on which anything is open."""
    return int(center.horizon.days[np.flatnonzero(_any_open(center))[0]])


def picture_of_day(replay: Replay, day: int) -> str:
    """An SVG file: contacts that wait, busy agents against those on duty, and contacts answered late or lost.

    Args:
        day: index of a calendar day of the horizon on which something is open.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    span = _span(replay, day)
    strips, kinds = _strips(replay), _kinds_of_event(replay, span)
    heights = [1.7, *[_strip_height(len(strips))] * len(strips), 0.16 + 0.17 * len(kinds)]
    style: Any = {**STYLE, "svg.hashsalt": "day"}
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH, sum(heights) + 1.5))
        FigureCanvasSVG(figure)
        axes = _panels(figure, heights)
        _draw_waiting(axes[0], replay, span)
        for ax, (name, busy, on_duty) in zip(axes[1:-1], strips, strict=True):
            _draw_busy(ax, name, busy, on_duty, replay, span)
        _legend_of_strips(axes[1])
        _draw_events(axes[-1], replay, span, kinds)
        _time_axis(axes, span)
        _title(figure, replay, day)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = re.sub(rf"{FONT}[^;\"]*", PAGE_FONT, written.getvalue())
    return re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)


def _any_open(center: ContactCenter) -> np.ndarray:
    found: np.ndarray = np.any([center.is_open(name) for name in center.contact_types], axis=0)
    return found


def _span(replay: Replay, day: int) -> Span:
    """From the day's first open interval to its closing, until the last who waited then is answered or lost.

    Of those who finish what they have in hand a twelfth of the day is shown: a single long call would leave no room.
    """
    horizon = replay.center.horizon
    drawn = np.flatnonzero((horizon.days == day) & _any_open(replay.center))
    first, closes = float(horizon.edges[drawn[0]]), float(horizon.edges[drawn[-1] + 1])
    midnight = (horizon.dates[day] - horizon.start).total_seconds()
    log, until = replay.log, midnight + 86400 if closes < midnight + 86400 else closes
    # Not contacts that wait for another day: they would be drawn until midnight.
    of_the_day = (replay.interval >= drawn[0]) & (replay.interval <= drawn[-1]) & (log.decided < until)
    decided = float(log.decided[of_the_day].max(initial=closes))
    freed = float(log.freed[of_the_day & (log.agent_group >= 0)].max(initial=closes))
    last = max(closes, decided, min(freed, closes + FINISHING * (closes - first)))
    return Span(first, min(last, until), midnight)


def _drawn(steps: Steps, span: Span, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a step line over the span: seconds and values; "most" or "mean" where there are too many to draw."""
    inside = (steps.times > span.first) & (steps.times < span.last)
    if inside.sum() <= COLUMNS:
        times = np.concatenate([[span.first], steps.times[inside], [span.last]])
        return times, steps.at(times)
    edges = np.linspace(span.first, span.last, COLUMNS + 1)
    values = steps.most(edges) if how == "most" else steps.mean(edges)
    return edges, np.append(values, values[-1])


def _draw_waiting(ax: Axes, replay: Replay, span: Span) -> None:
    waiting = replay.waiting
    ends = np.array([span.first, span.last])
    amount = {name: float(steps.mean(ends)[0]) for name, steps in waiting.items()}
    longest_first = sorted(waiting, key=lambda name: -amount[name])
    own = longest_first if len(waiting) <= MOST_LINES else longest_first[: MOST_LINES - 1]
    shown = [(name, waiting[name], look) for name, look in zip(own, LINES, strict=False)]
    if len(own) < len(waiting):
        row = list(waiting)
        others = np.isin(replay.log.contact_type, [row.index(name) for name in longest_first[len(own) :]])
        label = f"{len(waiting) - len(own)} other types"
        shown.append((label, replay.waiting_among(others), REST))
    for name, steps, look in reversed(shown):
        times, values = _drawn(steps, span, "most")
        ax.plot(span.hours(times), values, drawstyle="steps-post", label=_short(name), **look)
    top = ax.get_ylim()[1]
    ax.set_ylim(0, max(1.0, top))
    _label(ax, "contacts\nwaiting")
    ax.locator_params(axis="y", integer=True, nbins=5)
    if len(shown) > 1:
        handles, labels = ax.get_legend_handles_labels()
        _legend(ax, handles[::-1], labels[::-1])


def _strips(replay: Replay) -> list[tuple[str, Steps, np.ndarray]]:
    """Each group, or where there are too many the largest, and the rest together: name, busy, on duty by interval."""
    names = list(replay.center.agent_groups)
    if len(names) <= MOST_STRIPS:
        return [(name, replay.busy[name], replay.on_duty[g]) for g, name in enumerate(names)]
    by_size = np.argsort(-replay.on_duty.sum(axis=1), kind="stable")
    own, rest = np.sort(by_size[: MOST_STRIPS - 1]), by_size[MOST_STRIPS - 1 :]
    strips = [(names[g], replay.busy[names[g]], replay.on_duty[g]) for g in own]
    together = replay.busy_among(np.isin(replay.log.agent_group, rest))
    return [*strips, (f"{len(rest)} other groups", together, replay.on_duty[rest].sum(axis=0))]


def _strip_height(strips: int) -> float:
    return 1.5 if strips == 1 else 0.85 if strips <= 4 else 0.55


def _draw_busy(ax: Axes, name: str, busy: Steps, on_duty: np.ndarray, replay: Replay, span: Span) -> None:
    edges = replay.center.horizon.edges
    times, values = _drawn(busy, span, "mean")
    changes = np.concatenate([[span.first], edges[(edges > span.first) & (edges < span.last)], [span.last]])
    both = np.union1d(times, changes)
    values, present = values[np.searchsorted(times, both, side="right") - 1], _on_duty_at(on_duty, edges, both)
    x, corners, levels = span.hours(both), span.hours(changes), _on_duty_at(on_duty, edges, changes)
    ax.fill_between(corners, 0, levels, step="post", color=ON_DUTY, linewidth=0)
    ax.fill_between(x, 0, np.minimum(values, present), step="post", color=BUSY, linewidth=0)
    ax.fill_between(x, present, values, where=values > present, step="post", color=BEYOND, linewidth=0)
    ax.plot(corners, levels, drawstyle="steps-post", color="#333333", linewidth=0.8)
    ax.set_ylim(0, 1.12 * max(1.0, float(present.max()), float(values.max())))
    _label(ax, _short(name))
    ax.locator_params(axis="y", integer=True, nbins=3 if ax.bbox.height < 60 else 5)


def _on_duty_at(on_duty: np.ndarray, edges: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Agents on duty at each time, nobody outside the horizon."""
    place = np.searchsorted(edges, times, side="right") - 1
    inside = (place >= 0) & (place < len(on_duty))
    return np.where(inside, on_duty[np.clip(place, 0, len(on_duty) - 1)], 0)


def _kinds_of_event(replay: Replay, span: Span) -> list[tuple[str, np.ndarray]]:
    """What is marked, and when it happened: late answers and losses that there are, abandonments in any case."""
    log = replay.log
    inside = (log.decided >= span.first) & (log.decided <= span.last)
    found = [("answered late", log.decided[replay.answered_late() & inside])]
    for number, outcome in enumerate(OUTCOMES[1:], 1):
        found.append((outcome, log.decided[(log.outcome == number) & inside]))
    return [(name, times) for name, times in found if len(times) or name in ("answered late", "abandoned")]


def _draw_events(ax: Axes, replay: Replay, span: Span, kinds: Sequence[tuple[str, np.ndarray]]) -> None:
    for row, (name, times) in enumerate(kinds):
        width = float(np.clip(700 / max(len(times), 1), 0.25, 0.9))
        ax.vlines(span.hours(times), row - 0.36, row + 0.36, color=EVENTS[name], linewidth=width)
    labels = [f"{name}: {words.number(len(times))}" for name, times in kinds]
    ax.set_yticks(range(len(kinds)), labels)
    ax.set_ylim(len(kinds) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _panels(figure: Figure, heights: Sequence[float]) -> list[Axes]:
    """Panels below one another: room for the title and a legend above, and for the clock below."""
    total = figure.get_figheight()
    grid = figure.add_gridspec(
        len(heights), 1, height_ratios=heights, left=0.175, right=0.972, bottom=0.42 / total, top=1 - 0.72 / total,
        hspace=0.36 * len(heights) / total,
    )  # fmt: skip
    return [figure.add_subplot(grid[row]) for row in range(len(heights))]


def _time_axis(axes: list[Axes], span: Span) -> None:
    low, high = float(span.hours(span.first)), float(span.hours(span.last))
    step = next((step for step in (0.25, 0.5, 1, 2, 3) if (high - low) / step <= 17), 6)
    ticks = np.arange(np.ceil(low / step) * step, high + 1e-9, step)
    for ax in axes:
        ax.set_xlim(low, high)
        ax.set_xticks(ticks, [])
        ax.tick_params(axis="x", length=2.5, width=0.6)
        ax.xaxis.grid(True, color="#e4e4e4", linewidth=0.5)
        ax.set_axisbelow(True)
    axes[-1].set_xticklabels([f"{int(tick):02d}:{round(60 * (tick % 1)):02d}" for tick in ticks])


def _legend_of_strips(ax: Axes) -> None:
    from matplotlib.patches import Patch

    shown = (("busy", BUSY), ("on duty, free", ON_DUTY), ("busy beyond the number on duty", BEYOND))
    _legend(ax, [Patch(color=color) for _, color in shown], [text for text, _ in shown])


def _legend(ax: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    ax.legend(
        handles, labels, loc="lower right", bbox_to_anchor=(1, 0.97), ncols=6, borderaxespad=0, borderpad=0.2,
        columnspacing=1.2, handlelength=1.4,
    )  # fmt: skip


def _title(figure: Figure, replay: Replay, day: int) -> None:
    top = figure.get_figheight()
    date = replay.center.horizon.dates[day]
    figure.text(0.012, 1 - 0.24 / top, replay.center.title, fontsize=11, fontweight="bold")
    said = (
        f"{date:%A} {date.day} {date:%B %Y}, {replay.plan.name}; replication {replay.replication} of seed {replay.seed}"
    )
    figure.text(0.012, 1 - 0.45 / top, said, fontsize=8.5)


def _label(ax: Axes, text: str) -> None:
    ax.set_ylabel(text, rotation=0, ha="right", va="center")
    ax.yaxis.set_label_coords(-0.055, 0.5)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
