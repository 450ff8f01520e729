"""A replay on a terminal: a day of one replication by interval, who was at work, and its longest waits."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from wfm.reports import words
from wfm.reports.console import is_narrow, room, safe, say, table
from wfm.simulation.ledger import OUTCOMES
from wfm.simulation.replay import Replay

MOST_GROUPS = 4  # that have a column of their own, where there is room
LOST = ("blocked", "dropped", "unfinished")
WORST = 10


def show_replay(found: Replay, day: int) -> None:
    """One calendar day, by its index, of a replication."""
    horizon = found.center.horizon
    date = words.day(horizon.dates[day], dated=True)
    say(
        f"[bold]{date}, replication {found.replication} of seed {found.seed}[/bold] "
        f"({safe(found.plan.name)}; the first replication is 0)"
    )
    cells = np.flatnonzero((horizon.days == day) & _any_open(found))
    each = _groups_have_room(found)
    _show_intervals(found, cells, each)
    if not each:
        _show_groups(found, cells)
    _show_worst(found, day)


def _groups_have_room(found: Replay) -> bool:
    """Whether each group can have a column beside the others, which take about 68 characters."""
    names = list(found.center.agent_groups)
    needed = sum(2 + max(len("12.3 of 45"), *(len(word) for word in name.split(" "))) for name in names)
    return len(names) <= MOST_GROUPS and 68 + needed <= room()


def _show_intervals(found: Replay, cells: np.ndarray, each: bool) -> None:
    names = ("offered", "answered", "answered_within", "abandoned", *LOST)
    counts = {name: found.counted(name).sum(axis=0) for name in names}
    groups = [safe(name) for name in found.center.agent_groups]
    lost = [name for name in LOST if counts[name][cells].any()]
    brief = bool(lost) and is_narrow()  # without the answered, who are those who are not lost
    rows = []
    for i in cells.tolist():
        rows.append(
            [
                words.clock(found.center.horizon.starts[i]),
                words.number(counts["offered"][i]),
                "" if brief else words.number(counts["answered"][i]),
                words.number(counts["answered_within"][i]),
                words.number(counts["abandoned"][i]),
                *(words.number(counts[name][i]) for name in lost),
                words.number(found.longest_queue[i]),
                words.seconds(float(found.longest_wait[i])),
                *(_busy_of(found, [g], i) for g in range(len(groups)) if each),
                *([] if each else [_busy_of(found, list(range(len(groups))), i)]),
            ]
        )
    heads = ["from", "offered", "answered", "in time", "abandoned", *lost, "longest queue", "longest wait"]
    table([*heads, *([f"{name} busy" for name in groups] if each else ["agents busy"])], rows)


def _busy_of(found: Replay, groups: list[int], i: int) -> str:
    """Agents who are busy, on average over the interval, of those on duty."""
    return f"{words.number(float(found.mean_busy[groups, i].sum()), 1)} of {found.on_duty[groups, i].sum()}"


def _show_groups(found: Replay, cells: np.ndarray) -> None:
    edges = found.center.horizon.edges
    rows = []
    for g, (name, busy) in enumerate(found.busy.items()):
        hours = found.center.horizon.interval / 3600
        most = max(int(busy.most(edges[i : i + 2])[0]) for i in cells.tolist())
        rows.append(
            [
                safe(name),
                words.number(float(found.mean_busy[g, cells].sum()) * hours, 1),
                words.number(float(found.on_duty[g, cells].sum()) * hours, 1),
                words.number(most),
                words.number(int(found.on_duty[g, cells].max())),
            ]
        )
    table(["agent group", "busy hours", "hours on duty", "most busy at once", "most on duty"], rows)


def _show_worst(found: Replay, day: int) -> None:
    horizon, log = found.center.horizon, found.log
    rows = []
    for row in found.worst(WORST, horizon.days[found.interval] == day).tolist():
        arrival = horizon.start + timedelta(seconds=float(log.arrival[row]))
        outcome, group = OUTCOMES[log.outcome[row]], int(log.agent_group[row])
        by = f" by {safe(list(found.center.agent_groups)[group])}" if group >= 0 else ""
        rows.append(
            [
                f"{arrival:%H:%M:%S}",
                safe(list(found.center.contact_types)[log.contact_type[row]]),
                words.seconds(float(found.wait[row])),
                f"{outcome}{by}",
            ]
        )
    if not rows:
        say("Nobody waited.")
        return
    say(f"The {len(rows)} longest waits:" if len(rows) > 1 else "The only wait:")
    table(["arrived", "contact type", "wait", "how it ended"], rows)


def _any_open(found: Replay) -> np.ndarray:
    opened: np.ndarray = np.any([found.center.is_open(name) for name in found.center.contact_types], axis=0)
    return opened
