"""Finding what the words of a command name in a centre."""

from __future__ import annotations

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments, read_time
from wfm.model.center import MOST_AGENTS, ContactCenter


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


def find_interval(center: ContactCenter, contact_type: str, clock: str, day: str | None) -> int:
    """Index of the interval that holds a clock time, on a date or on the first day that is open then."""
    wanted = read_time(clock) if ":" in clock else None
    if wanted is None:
        raise InputError([fault("--interval", "must be a clock time such as 10:30", clock)])
    try:
        on = (
            None
            if day is None
            else read_moments([day], [""], None, in_horizon(center.horizon, whole_days=True))[0].date()
        )
    except (UnreadableError, AmbiguousError):
        raise InputError([fault("--date", "must be a date such as 2026-01-05", day)]) from None
    horizon, is_open = center.horizon, center.is_open(contact_type)
    seconds = wanted.hour * 3600 + wanted.minute * 60 + wanted.second
    starts = np.array([start.hour * 3600 + start.minute * 60 + start.second for start in horizon.starts])
    holds = starts == seconds
    dates = {start.date() for start in horizon.starts}
    if on is not None:
        if on not in dates:
            rule = f"is not in the horizon, {min(dates)} to {max(dates)}"
            raise InputError([fault("--date", rule, day)])
        holds &= np.array([start.date() == on for start in horizon.starts])
    found = np.flatnonzero(holds & is_open)
    if not found.size:
        lengths = f"every {horizon.interval / 60:g} minutes from {horizon.start:%H:%M}"
        rule = "is closed" if holds.any() else f"must be the start of an interval, {lengths}"
        raise InputError([fault("--interval", f"{rule} for '{contact_type}'", clock)])
    return int(found[0])
