"""What other systems call the columns of an interval export."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The first name of a list is ours. Genesys, NICE, Verint, Avaya CMS, Amazon Connect, Calabrio and plain spreadsheets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "queue": (
        "queue", "queue name", "queue id", "skill", "skill name", "split", "split skill", "split name", "contact type",
        "ct", "workgroup", "service", "line of business", "lob", "media queue", "application",
    ),
    "start": (
        "interval start", "start", "date time", "datetime", "timestamp", "start time", "start interval", "interval",
        "period", "period start", "start date time", "startinterval", "date and time", "interval start time local",
    ),
    "date": ("date", "day", "interval date", "row date"),
    "time": ("time", "interval time", "half hour", "time of day", "starttime", "interval start time", "hour"),
    "offered": (
        "offered", "volume", "calls offered", "contacts offered", "contacts queued", "nco", "noffered", "acd offered",
        "calls", "contacts", "forecast", "interactions offered", "offer", "incoming", "received", "calls received",
    ),
    "handled": (
        "handled", "answered", "acd calls", "calls handled", "contacts handled", "calls answered", "nch", "nhandled",
        "nanswered", "interactions handled", "answer", "contacts answered",
    ),
    "abandoned": (
        "abandoned", "abandons", "aban calls", "calls abandoned", "contacts abandoned", "nabandoned", "abandon",
        "aban", "abn", "nca",
    ),
    "aht": (
        "aht", "avg handle time", "average handle time", "average handling time", "avg handle", "aht s", "aht seconds",
        "aht sec", "mean handle time", "average contact handle time", "agent interaction and hold time",
    ),
    "handle_time": (
        "handle time", "total handle", "total handle time", "handle seconds", "total handle seconds", "thandle",
        "handling time", "total handling time", "handle time seconds", "handle time s", "tht",
    ),
    "talk": (
        "talk", "avg talk", "avg talk time", "average talk time", "talk time", "avg acd time", "att", "average talk",
        "avg talk seconds",
    ),
    "wrap": (
        "wrap", "acw", "avg acw time", "average acw", "avg acw", "after call work", "after contact work", "wrap time",
        "average wrap", "avg wrap", "after contact work time", "average after contact work time", "wrap up",
    ),
    "asa": (
        "asa", "avg speed ans", "average speed of answer", "avg speed of answer", "average queue answer time",
        "average answer time", "avg wait", "average wait", "avg speed answer", "avg answer",
    ),
    "wait": ("total wait", "total wait time", "total wait seconds", "wait seconds", "total queue time", "twait"),
    "abandon_wait": (
        "abandon wait", "avg aban time", "average abandon time", "avg abandon time", "average queue abandon time",
        "average time to abandon", "avg time to abandon", "avg abandon wait", "average abandon wait",
    ),
    "agents": (
        "agents", "staff", "staffed", "positions staffed", "avg pos staff", "agents staffed", "net staff",
        "on duty", "agents on duty",
    ),
}  # fmt: skip


def recognise(header: Sequence[str]) -> dict[str, int]:
    """Index of each column that is known by one of its names; each column serves once, exact names first.

    >>> recognise(["Split/Skill", "Date", "Time", "ACD Calls", "Calls Offered", "Avg ACD Time"])
    {'queue': 0, 'date': 1, 'time': 2, 'offered': 4, 'handled': 3, 'talk': 5}
    """
    names = [_plain(one) for one in header]
    found: dict[str, int] = {}
    has_date = any(name in COLUMNS["date"] for name in names)
    for column, aliases in COLUMNS.items():
        if column == "start" and has_date:
            continue
        known = (*aliases, *COLUMNS["start"]) if column == "time" and has_date else aliases
        hits = [names.index(alias) for alias in known if alias in names and names.index(alias) not in found.values()]
        if hits:
            found[column] = hits[0]
    return found


def _plain(name: str) -> str:
    """A name in small letters with single spaces; units in brackets and punctuation do not count."""
    name = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name.casefold())
    return re.sub(r"[^a-z0-9]+", " ", name).strip()
