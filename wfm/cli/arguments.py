"""Finding what the words of a command name in a centre."""

from __future__ import annotations

from datetime import date, time

import numpy as np

from wfm.errors import InputError, fault, nearest
from wfm.model.center import ContactCenter


def find_type(center: ContactCenter, name: str | None) -> str:
    """The contact type of that name; without a name the first."""
    if name is None:
        return next(iter(center.contact_types))
    if name not in center.contact_types:
        raise InputError([fault("--type", f"names no contact type; {nearest(name, center.contact_types)}", name)])
    return name


def find_interval(center: ContactCenter, contact_type: str, clock: str, day: str | None) -> int:
    """Index of the interval that holds a clock time, on a date or on the first day that is open then."""
    try:
        wanted = time.fromisoformat(clock.strip().zfill(5))
    except ValueError:
        raise InputError([fault("--interval", "must be a clock time such as 10:30", clock)]) from None
    try:
        on = None if day is None else date.fromisoformat(day)
    except ValueError:
        raise InputError([fault("--date", "must be a date such as 2026-01-05", day)]) from None
    horizon, is_open = center.horizon, center.is_open(contact_type)
    seconds = wanted.hour * 3600 + wanted.minute * 60 + wanted.second
    starts = np.array([start.hour * 3600 + start.minute * 60 + start.second for start in horizon.starts])
    holds = (starts <= seconds) & (seconds < starts + horizon.interval)
    dates = {start.date() for start in horizon.starts}
    if on is not None:
        if on not in dates:
            rule = f"is not in the horizon, {min(dates)} to {max(dates)}"
            raise InputError([fault("--date", rule, day)])
        holds &= np.array([start.date() == on for start in horizon.starts])
    found = np.flatnonzero(holds & is_open)
    if not found.size:
        rule = "is closed" if holds.any() else f"is not in the horizon, which starts at {horizon.start:%H:%M}"
        raise InputError([fault("--interval", f"{rule} for '{contact_type}'", clock)])
    return int(found[0])
