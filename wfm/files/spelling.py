"""How a planner may spell a number: "30min", "30%", "80/20", "3:20"."""

from __future__ import annotations

import math
import re
from typing import Any

UNITS = {
    "ms": 0.001, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
}  # fmt: skip
DURATION_RULE = "must be seconds, or a duration such as '30min', '20s', '1h 30min'"
SHARE_RULE = "must be a fraction, or a percentage such as '30%'"
TARGET_RULE = "must be such as '80/20': 80 % within 20 seconds"


def duration(text: str) -> float:
    """Seconds of a spelled duration.

    Raises:
        ValueError: it is not one.

    >>> duration("30min"), duration("1h 30min"), duration("20"), duration("m:ss 3:20"[5:])
    (1800.0, 5400.0, 20.0, 200.0)
    """
    text = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if re.fullmatch(r"\d*(:\d{1,2}){1,2}", text):
        clock = [float(part or 0) for part in text.split(":")]
        return float(sum(part * 60**power for power, part in enumerate(reversed(clock))))
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text)
    if not parts or "".join(number + unit for number, unit in parts) != re.sub(r"\s+", "", text):
        raise ValueError(DURATION_RULE)
    if any(unit not in UNITS for _, unit in parts):
        raise ValueError(DURATION_RULE)
    return float(sum(float(number) * UNITS[unit] for number, unit in parts))


def share(text: str) -> float:
    """A fraction that may be spelled as a percentage.

    Raises:
        ValueError: it is neither.

    >>> share("30%"), share("0.3"), share("12.5 %")
    (0.3, 0.3, 0.125)
    """
    found = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not found:
        raise ValueError(SHARE_RULE)
    # By way of the decimal point, not of a division: 55 % is 0.55, and not one bit less.
    return float(f"{found.group(1)}e-2") if found.group(2) else float(found.group(1))


def target(text: str) -> dict[str, float]:
    """Service level and answer threshold of "80/20".

    Raises:
        ValueError: it is not such a pair.

    >>> target("80/20"), target("90 % / 30s")
    ({'service_level': 0.8, 'answer_within': 20.0}, {'service_level': 0.9, 'answer_within': 30.0})
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*/\s*(\S.*)", text)
    if not found:
        raise ValueError(TARGET_RULE)
    if not 1 < float(found.group(1)) < 100:
        raise ValueError(f"{TARGET_RULE}; the percentage must be above 1 and below 100")
    try:
        within = duration(found.group(2))
    except ValueError:
        raise ValueError(TARGET_RULE) from None
    return {"service_level": float(f"{found.group(1)}e-2"), "answer_within": within}


def number(value: Any, unit: str | None) -> Any:
    """A value where a number belongs: spelled forms are read by the number's unit, the rest is left for the model.

    Raises:
        ValueError: a text that is no number of this unit.
    """
    if isinstance(value, str):
        if unit == "s":
            return duration(value)
        if unit == "share":
            return share(value)
        raise ValueError("must be a number")
    if isinstance(value, float) and math.isnan(value):
        raise ValueError("must be a finite number")
    return value
