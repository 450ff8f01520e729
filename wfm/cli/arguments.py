"""Finding what the words of a command name in a centre."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.files import spelling
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments, read_time
from wfm.model.center import MOST_AGENTS, ContactCenter
from wfm.model.plan import StaffingPlan

NOT_WITH_REPLAY = ("--replications", "--until", "--control-variate", "--warm-up", "--batches")
WITH_REPLAY = ("--date", "--out")


def sought_by(volume: float | None, aht: str | None, agents: int | None) -> str | None:
    """What `wfm erlang` works out when agents are given, "volume" or "handling"; None where it is the agents."""
    missing = [name for name, value in (("--volume", volume), ("--aht", aht)) if value is None]
    if agents is None:
        if missing:
            rule = "is missing; with --agents in its place, the most that they can handle is worked out"
            raise InputError([fault(name, rule) for name in missing])
        return None
    faults = []
    if not 1 <= agents <= MOST_AGENTS:
        faults.append(fault("--agents", f"must be at least 1 and at most {MOST_AGENTS:,}", agents))
    if len(missing) != 1:
        faults.append(fault("--agents", "takes the place of --volume or of --aht; give one of the two"))
    if faults:
        raise InputError(faults)
    return "volume" if missing == ["--volume"] else "handling"


def find_type(center: ContactCenter, name: str | None) -> str:
    """The contact type of that name, or the only one that begins so; without a name the first."""
    if name is None:
        return next(iter(center.contact_types))
    begins = [one for one in center.contact_types if one.casefold().startswith(name.casefold())]
    if name not in center.contact_types and len(begins) == 1:
        return begins[0]
    if name not in center.contact_types:
        raise InputError([fault("--type", f"names no contact type; {nearest(name, center.contact_types)}", name)])
    return name


def find_date(center: ContactCenter, text: str) -> date:
    """A calendar day of the horizon, however it is spelled."""
    horizon = center.horizon
    try:
        found = read_moments([text], [""], None, in_horizon(horizon, whole_days=True))[0].date()
    except (UnreadableError, AmbiguousError):
        raise InputError([fault("--date", "must be a date such as 2026-01-05", text)]) from None
    first, last = horizon.dates[0].date(), horizon.dates[-1].date()
    if not first <= found <= last:
        raise InputError([fault("--date", f"is not in the horizon, {first} to {last}", text)])
    return found


def find_open_days(center: ContactCenter, dates: Sequence[str]) -> list[int]:
    """Indices of the calendar days of these dates; without a date the first day on which anything is open."""
    is_open = np.any([center.is_open(name) for name in center.contact_types], axis=0)
    open_days = np.unique(center.horizon.days[is_open]).tolist()
    if not dates:
        return open_days[:1]
    first = center.horizon.dates[0].date()
    days = [(find_date(center, text) - first).days for text in dates]
    closed = [
        fault("--date", "is closed all day", text)
        for text, day in zip(dates, days, strict=True)
        if day not in open_days
    ]
    if closed:
        raise InputError(closed)
    return list(dict.fromkeys(days))


def seconds_of(argument: str, text: str | None) -> float | None:
    """A duration such as "10h", or None where none is given."""
    if text is None:
        return None
    try:
        return spelling.duration(text)
    except ValueError as error:
        raise InputError([fault(argument, str(error), text)]) from None


def all_named_apart(plans: Sequence[StaffingPlan], paths: Sequence[Path]) -> list[StaffingPlan]:
    """The plans, named by their whole paths where files in several folders have one name."""
    if len({plan.name for plan in plans}) == len(plans):
        return list(plans)
    return [plan.renamed(str(path)) for plan, path in zip(plans, paths, strict=True)]


def plan_of(path: Path, center: ContactCenter) -> StaffingPlan:
    """The plan in a file, with notes on standard error on what in it deserves a look."""
    from wfm.files.plans import plan_notes, read_plan

    found = read_plan(path, center)
    for note in plan_notes(path, center):
        print(f"note: {note}", file=sys.stderr)
    return found


def check_choices(given: Mapping[str, object]) -> None:
    """Raise InputError where arguments of `wfm simulate` contradict one another; `given` has those that were given."""
    faults = []
    if "--replay" in given:
        rule = "cannot go with --replay, which simulates one replication alone"
        faults += [fault(name, rule, given[name]) for name in NOT_WITH_REPLAY if name in given]
    else:
        faults += [fault(name, "belongs to --replay, which is missing", given[name]) for name in WITH_REPLAY
                   if name in given]  # fmt: skip
        if "--log" in given and "--until" in given:
            rule = "cannot go with --log, whose length must be known beforehand; give --replications instead"
            faults.append(fault("--until", rule, given["--until"]))
    if faults:
        raise InputError(faults)


def find_interval(center: ContactCenter, contact_type: str, clock: str, day: str | None) -> int:
    """Index of the interval that holds a clock time, on a date or on the first day that is open then."""
    wanted = read_time(clock) if ":" in clock else None
    if wanted is None:
        raise InputError([fault("--interval", "must be a clock time such as 10:30", clock)])
    on = None if day is None else find_date(center, day)
    horizon, is_open = center.horizon, center.is_open(contact_type)
    seconds = wanted.hour * 3600 + wanted.minute * 60 + wanted.second
    starts = np.array([start.hour * 3600 + start.minute * 60 + start.second for start in horizon.starts])
    holds = starts == seconds
    if on is not None:
        holds &= np.array([start.date() == on for start in horizon.starts])
    found = np.flatnonzero(holds & is_open)
    if not found.size:
        lengths = f"every {horizon.interval / 60:g} minutes from {horizon.start:%H:%M}"
        rule = "is closed" if holds.any() else f"must be the start of an interval, {lengths}"
        raise InputError([fault("--interval", f"{rule} for '{contact_type}'", clock)])
    return int(found[0])
