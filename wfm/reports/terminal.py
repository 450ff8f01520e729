"""Results on a terminal: short tables and plain sentences; NO_COLOR and pipes are respected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from wfm.answering import Answer
from wfm.comparison import Comparison, Difference
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.reports import words
from wfm.reports.console import GAP, SHORTEST_NAME, is_narrow, room, safe, say, table
from wfm.reports.seen import MOST_ROWS, how_sure, say_where_promises_fail, say_who_never_hangs_up
from wfm.staffing import Explanation

MOST_NAMES = 12  # contact types that are listed by name
MOST_INTERVALS = 60  # rows of a table that can still be taken in
MOST_CHANGED = 10  # contact types that a comparison shows where there are more than MOST_ROWS


def show_title(center: ContactCenter) -> None:
    """What was asked about."""
    promises = {name: words.promise(one.target) for name, one in center.contact_types.items()}
    say(f"[bold]{safe(center.title)}[/bold]")
    if len(set(promises.values())) == 1:
        few = len(promises) <= MOST_NAMES
        names = words.listed([safe(name) for name in promises]) if few else f"{len(promises)} contact types"
        say(f"{names}; target {next(iter(promises.values()))}")
    elif len(promises) <= MOST_NAMES:
        say("; ".join(f"{safe(name)}: target {promise}" for name, promise in promises.items()))
    else:
        say(f"{len(promises)} contact types with {len(set(promises.values()))} different targets")


def show_answer(found: Answer) -> None:
    """Plans by their methods, what customers get from each, the worst spells, and why methods part."""
    rows = []
    for method, needed in found.requirements.items():
        plan, mark = needed.plan, " (the plan)" if method == found.method else ""
        rows.append([f"required by {words.METHODS[method]}{mark}", *_staffing_cells(plan), "", "", ""])
    for method, seen in found.predictions.items():
        rows.append([f"the plan, seen by {words.METHODS[method]}", "", "", "", *_service_cells(seen)])
    if found.given is not None:
        rows.append(["the scenario's own agents", *_staffing_cells(found.given), "", "", ""])
        for method, seen in found.given_predictions.items():
            rows.append([f"  seen by {words.METHODS[method]}", "", "", "", *_service_cells(seen)])
    table(["", "net at peak", "paid hours", "cost", "service level", "ASA", "abandoned"], rows)
    say(how_sure(found.simulated))
    say_where_promises_fail(found.center, found.promises, found.worst)
    if found.comparison is not None:
        for sentence in found.comparison.verdicts:
            say(safe(sentence))
    _show_reconciliation(found)
    say_who_never_hangs_up(found.center)


def show_requirement(found: Answer) -> None:
    """The requirement: interval by interval where that is not too long, else day by day."""
    needed = found.requirement
    if int((needed.binding != "closed").sum()) <= MOST_INTERVALS:
        _show_requirement_by_interval(found)
    else:
        _show_requirement_by_day(found)


def _show_requirement_by_interval(found: Answer) -> None:
    needed, horizon, given = found.requirement, found.center.horizon, found.given
    plan, exact, exact_gross = needed.plan, needed.unrounded, needed.unrounded_gross
    rows = []
    for row, group in enumerate(plan.groups):
        volume = found.center.volume(found.center.type_of(group))
        seen = found.simulated.contact_types[found.center.type_of(group)].by_interval
        for i in np.flatnonzero(needed.binding[row] != "closed").tolist():
            rows.append(
                [
                    safe(group),
                    f"{words.day(horizon.starts[i])} {words.clock(horizon.starts[i])}",
                    words.number(volume[i], 1),
                    words.number(exact[row, i], 2),
                    words.number(plan.net[row, i]),
                    words.number(exact_gross[row, i], 2),
                    words.number(plan.whole_gross[row, i]),
                    "" if given is None else words.number(needed.over(given)[row, i], 1, signed=True),
                    words.estimate(seen.service_level[i]),
                    words.BINDING[str(needed.binding[row, i])],
                ]
            )
    table(
        ["group", "interval", "volume", "net, exact", "net", "gross, exact", "gross", "over / under",
         "simulated service level", "binds"],
        rows,
    )  # fmt: skip


def _show_requirement_by_day(found: Answer) -> None:
    needed, horizon = found.requirement, found.center.horizon
    plan = needed.plan
    rows = []
    for row, group in enumerate(plan.groups):
        for day, date in enumerate(horizon.dates):
            cells = horizon.days == day
            if not plan.net[row, cells].any():
                continue
            hours = float(plan.gross[row, cells].sum() * horizon.interval / 3600)
            exact = float(needed.unrounded_gross[row, cells].sum() * horizon.interval / 3600)
            rows.append(
                [
                    safe(group),
                    words.day(date, dated=True),
                    words.number(needed.unrounded[row, cells].max(), 1),
                    words.number(plan.net[row, cells].max()),
                    words.number(plan.whole_gross[row, cells].max()),
                    words.number(hours, 1),
                    words.number(exact, 1),
                    *_over_under(found, row, cells),
                    _binding(needed.binding[row, cells]),
                ]
            )
    table(
        ["group", "day", "net, exact", "net", "gross", "paid hours", "unrounded", "most over", "most under",
         "binds most often"],
        rows,
    )  # fmt: skip


def show_comparison(found: Comparison) -> None:
    """Predictions side by side, each difference with its interval, and a sentence each."""
    brief = is_narrow()
    one_method = len({seen.method for seen in found.predictions}) == 1
    rows = []
    for seen, apart in zip(found.predictions, found.differences, strict=True):
        change = "" if apart is None else words.points(*_pair(apart.measures["service_level"]))
        rows.append(
            [
                safe(seen.plan.name),
                "" if brief and one_method else words.METHODS[seen.method],
                *_staffing_cells(seen.plan),
                *_service_cells(seen, brief),
                change.removesuffix(" points") if brief else change,
            ]
        )
    heads = ["plan", "method", "net at peak", "paid hours", "cost", "service level", "ASA", "abandoned", "difference"]
    table([*heads[:-1], f"{heads[-1]}, points"] if brief else heads, rows)
    if len(rows) > 1 and any(len(seen.contact_types) > 1 for seen in found.predictions):
        _show_types_compared(found)
    for sentence in found.verdicts:
        say(safe(sentence))
    say_who_never_hangs_up(found.predictions[0].center)
    paired = [apart for apart in found.differences if apart is not None and apart.paired]
    if paired:
        say(f"Differences are paired: all plans saw the same {paired[0].prediction.replications} simulated horizons.")


def show_goal(found: Explanation, sought: str) -> None:
    """The most that given agents can handle; `found` is the requirement of just that much."""
    interval = words.interval_name(found.center.horizon.interval)
    # Rounded down: what is shown is kept too.
    most = (
        f"{words.number(floor(100 * found.volume) / 100, 2)} contacts per {interval}"
        if sought == "volume"
        else f"an average handling time of {words.number(floor(10 * found.handling_time) / 10, 1)} s"
    )
    verb = "keeps" if found.whole == 1 else "keep"
    say(f"[bold]{words.plural(found.whole, 'agent')} {verb} every limit up to {most}[/bold]")


def show_erlang(found: Explanation) -> None:
    """The table of one interval from three agents less to three more."""
    say(
        f"{words.METHODS[found.requirement.method]}: load {words.number(found.offered_load, 2)} erlang; "
        f"{words.number(found.fractional, 2)} net fractional, "
        f"{words.number(found.fractional_gross, 2)} gross fractional"
    )
    _show_candidates(found)
    say(
        f"[bold]{found.whole} net, {found.whole_gross} gross[/bold] at {words.share(found.shrinkage)} shrinkage; "
        f"binds: {words.BINDING[found.binding]}"
    )
    if found.requirement.method == "erlang-c":
        say("Erlang C assumes that nobody hangs up; with --patience Erlang A takes it into account.")


def show_explanation(found: Explanation) -> None:
    """A requirement, step by step."""
    target = found.center.contact_types[found.contact_type].target
    interval = words.interval_name(found.center.horizon.interval)
    say(f"[bold]{safe(found.contact_type)}, {found.start:%a %Y-%m-%d %H:%M}[/bold], by "
         f"{words.METHODS[found.requirement.method]}")  # fmt: skip
    if found.volume == 0:
        say(f"No contacts are expected in this {interval}: {found.whole} agents ({words.BINDING[found.binding]}).")
        return
    steps = [
        f"volume {words.number(found.volume, 2)} contacts per {interval}, AHT {words.seconds(found.handling_time)}"
        + (f", mean patience {words.seconds(found.patience)}" if np.isfinite(found.patience) else ", nobody hangs up"),
        f"offered load = volume x AHT / interval = {words.number(found.volume, 2)} x "
        f"{words.number(found.handling_time, 1)} / {found.center.horizon.interval:g} = "
        f"{words.number(found.offered_load, 3)} erlang: that many agents would be busy all the time",
        f"promise: {words.promise(target)} ({words.definition(target)})"
        + (
            f"; occupancy at most {words.share(found.limits['max_occupancy'])}"
            if "max_occupancy" in found.limits
            else ""
        ),
    ]
    for number, step in enumerate(steps, 1):
        say(f"{number}. {step}")
    say("4. agents, and what they give:")
    _show_candidates(found)
    say(f"5. {_why(found)}")
    gross = words.number(found.whole / (1 - found.shrinkage), 3)
    people = words.plural(found.whole_gross, "person", "people")
    exact = (
        "; there is no fractional requirement"
        if np.isnan(found.fractional)
        else f"; fractional {words.number(found.fractional, 3)} net, {words.number(found.fractional_gross, 3)} gross"
    )
    say(f"6. gross = net / (1 - shrinkage) = {found.whole} / (1 - {found.shrinkage:.4g}) = {gross}, so {people}{exact}")
    if found.given is not None:
        over = found.given - found.whole
        against = f"{words.number(over, 1, signed=True)} against the requirement"
        say(f"7. the scenario gives {words.amount(found.given)} net: {against}")


def show_notes(center: ContactCenter, notes: Iterable[str]) -> None:
    """What was understood of a scenario."""
    say(f"[bold]{safe(center.title)}[/bold]")
    for note in notes:
        say(f"- {safe(note)}")
    say("No faults.")


def show_understood(understood: Any) -> None:
    """What was understood of an export, and what to do next."""
    for sentence in understood.sentences:
        say(f"- {safe(sentence)}")
    say(f"wrote {safe(str(understood.path))}")
    say(f"next: look at its comments, then wfm plan {safe(str(understood.path))} --out out")


def show_written(paths: Sequence[Path], after: str = "") -> None:
    """What was written, and what may come next."""
    say(f"wrote {', '.join(safe(str(path)) for path in paths)}")
    if after:
        say(safe(after))


def _show_reconciliation(found: Answer) -> None:
    steps = found.reconciliation.steps
    if len(steps) < 2:
        return
    first = steps[0].prediction
    say(
        f"Why they part: {words.METHODS[first.method]} says {words.percent(float(first.total.service_level.mean))}, "
        f"the simulation {words.percent(float(steps[-1].prediction.total.service_level.mean))}."
    )
    for step in found.reconciliation.largest:
        assert step.change is not None
        say(f"  {words.points(*_pair(step.change))}: {step.cause}")


def _show_types_compared(found: Comparison) -> None:
    """Who wins and who loses: a row per contact type, a column per prediction; side by side as far as there is room."""
    names = list(dict.fromkeys(name for seen in found.predictions for name in seen.contact_types))
    shown = names if len(names) <= MOST_ROWS else _most_changed(found, names)
    one_method = len({seen.method for seen in found.predictions}) == 1
    heads, columns = [], []
    for seen, apart in zip(found.predictions, found.differences, strict=True):
        heads.append(seen.plan.name if one_method else f"{seen.plan.name} by {words.METHODS[seen.method]}")
        columns.append(_levels_and_changes(seen, apart, shown))
    baseline = safe(found.predictions[0].plan.name) if one_method else "its baseline"
    say(f"Service level by contact type, and its difference from {baseline} in points:")
    labels = [safe(name) for name in shown]
    for part in _side_by_side(columns):
        table(
            ["contact type", *_folded(heads[part], columns[part], labels)],
            list(zip(labels, *columns[part], strict=True)),
        )
    if len(shown) < len(names):
        say(f"Shown are the {len(shown)} of {len(names)} contact types that change most; --json has all.")


def _levels_and_changes(seen: Prediction, apart: Difference | None, names: Sequence[str]) -> list[str]:
    """A cell for each contact type, its two parts aligned over all rows: 84.1 %  −3.0 ± 0.9."""
    brief = is_narrow()
    levels, changes = [], []
    for name in names:
        one = seen.contact_types.get(name)
        if one is None:
            levels.append("")
            changes.append("")
            continue
        level = one.service_level
        levels.append(words.percent(float(level.mean)) if brief else words.estimate(level))
        changes.append("" if apart is None else _change_of(apart, name))
    wide = [max(map(len, part)) for part in (levels, changes)]
    cells = zip(levels, changes, strict=True)
    return [f"{of_level:>{wide[0]}}  {of_change:>{wide[1]}}".strip() for of_level, of_change in cells]


def _change_of(apart: Difference, name: str) -> str:
    """A dash where the baseline has no such contact type."""
    measures = apart.contact_types.get(name)
    return words.DASH if measures is None else words.points(*_pair(measures["service_level"])).removesuffix(" points")


def _most_changed(found: Comparison, names: Sequence[str]) -> list[str]:
    """The contact types whose service level changes most in any of the differences, the most first."""
    changes = dict.fromkeys(names, 0.0)
    for apart in found.differences:
        for name, measures in apart.contact_types.items() if apart is not None else ():
            changes[name] = float(np.fmax(changes[name], abs(float(measures["service_level"].mean))))
    return sorted(names, key=lambda name: -changes[name])[:MOST_CHANGED]


def _side_by_side(columns: Sequence[Sequence[str]]) -> list[slice]:
    """Which columns share a table: as many as there is room for beside folded names, and at least one."""
    left, parts, first, used = room() - SHORTEST_NAME, [], 0, 0
    for j, column in enumerate(columns):
        wide = GAP + max(map(len, column))
        if j > first and used + wide > left:
            parts.append(slice(first, j))
            first, used = j, 0
        used += wide
    return [*parts, slice(first, len(columns))]


def _folded(heads: Sequence[str], columns: Sequence[Sequence[str]], labels: Sequence[str]) -> list[str]:
    """Names of plans as heads, broken to the width of their figures where there is no room for them whole."""
    wide = [max(map(len, column)) for column in columns]
    whole = sum(GAP + max(len(head), width) for head, width in zip(heads, wide, strict=True))
    if max(len("contact type"), *map(len, labels)) + whole <= room():
        return [safe(head) for head in heads]
    return [" ".join(map(safe, wrap(head, width))) for head, width in zip(heads, wide, strict=True)]


def _show_candidates(found: Explanation) -> None:
    rows = [
        [
            f"{'> ' if one.agents == found.whole else '  '}{one.agents}",
            str(one.gross),
            words.percent(one.service_level),
            words.seconds(one.average_speed_of_answer),
            "" if found.requirement.method == "erlang-c" else words.percent(one.abandonment),
            words.percent(one.occupancy),
            "yes" if one.kept else "no",
        ]
        for one in found.candidates
    ]
    table(["net", "gross", "service level", "ASA", "abandoned", "occupancy", "keeps every limit"], rows)


def _why(found: Explanation) -> str:
    fewer = next((one for one in found.candidates if one.agents == found.whole - 1), None)
    binds = words.BINDING[found.binding]
    if fewer is None or found.binding == "min_agents":
        return f"{found.whole} it is: {binds}"
    if fewer.kept and found.center.contact_types[found.contact_type].target.per == "day":
        return f"{found.whole}, kept over the whole day together with the other intervals"
    if fewer.kept:
        return f"why {found.whole} and not {fewer.agents}: with {fewer.agents} another interval would miss its {binds}"
    return f"why {found.whole} and not {fewer.agents}: {binds} is what {fewer.agents} would miss"


def _staffing_cells(plan: StaffingPlan) -> list[str]:
    peak = float(plan.net.sum(axis=0).max())
    cost = plan.cost
    return [
        words.amount(peak),
        words.number(float(plan.paid_hours.sum()), 1),
        "" if cost is None else words.number(cost),
    ]


def _service_cells(seen: Prediction, brief: bool = False) -> list[str]:
    total = seen.total
    wait, lost = total.average_speed_of_answer, total.abandonment
    return [
        words.estimate(total.service_level),
        words.seconds(float(wait.mean)) if brief else words.estimate(wait, "seconds"),
        words.DASH if seen.method == "erlang-c" else words.percent(float(lost.mean)) if brief else words.estimate(lost),
    ]


def _over_under(found: Answer, row: int, cells: np.ndarray) -> tuple[str, str]:
    """The scenario's own agents above and below the requirement, at most."""
    if found.given is None:
        return "", ""
    apart = found.requirement.over(found.given)[row, cells]
    return words.number(max(apart.max(), 0), 1), words.number(min(apart.min(), 0), 1)


def _binding(names: np.ndarray) -> str:
    found, counts = np.unique(names[~np.isin(names, ["closed", "none"])], return_counts=True)
    return words.BINDING[str(found[np.argmax(counts)])] if found.size else ""


def _pair(estimate: Any) -> tuple[float, float]:
    return float(estimate.mean), float(estimate.half_width)
