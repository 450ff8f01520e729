"""Dates and times as tables spell them; one reading for a whole column, chosen by what fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from wfm.model.horizon import Horizon

DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y",
    "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y", "%b %d, %Y", "%b %d %Y",
)  # fmt: skip
TIME_PATTERN = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?$")
MIDNIGHT_PATTERN = re.compile(r"[ T](0?0:00(:00(\.0+)?)?|12:00(:00)? AM)$")
ISO_DATE_PATTERN = re.compile(r"^\d{4}-\d{2}-\d{2}[ T]")
ZONE_PATTERN = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


class UnreadableError(ValueError):
    """A column of dates that no one format reads, with the first cell that does not fit."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row, self.text = row, text


class AmbiguousError(ValueError):
    """A column of dates that several formats read, each with dates of the horizon."""

    def __init__(self, formats: Sequence[str]) -> None:
        super().__init__(", ".join(formats))
        self.formats = formats


@lru_cache(maxsize=4096)
def read_time(text: str) -> time | None:
    """A clock time: "7:00", "07:00:00", "7:00 PM", "0700"; None if it is not one.

    >>> read_time("7:30 pm"), read_time("07:00"), read_time("noon")
    (datetime.time(19, 30), datetime.time(7, 0), None)
    """
    text = text.strip()
    if re.fullmatch(r"\d{4}", text):
        text = f"{text[:2]}:{text[2:]}"
    found = TIME_PATTERN.match(text)
    if not found:
        return None
    hour, minute, second = int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)
    half = (found.group(4) or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def clock_name(seconds: float) -> str:
    """A time of day, with seconds where there are any.

    >>> clock_name(30600.0), clock_name(86400.0)
    ('08:30', '24:00')
    """
    hours, rest = divmod(round(seconds), 3600)
    text = f"{hours:02d}:{rest // 60:02d}"
    return f"{text}:{rest % 60:02d}" if rest % 60 else text


def zone_of(text: str) -> str:
    """The zone at the end of a date-time, such as "Z" or "+01:00", or nothing."""
    found = ZONE_PATTERN.search(text.strip())
    return found.group(1) if found and ":" in text else ""


def read_moments(
    dates: Sequence[str],
    times: Sequence[str] | None,
    date_format: str | None = None,
    fits: Callable[[datetime], bool] | None = None,
) -> list[datetime]:
    """Local moments of a whole column.

    Args:
        dates: dates, or date-times where `times` is None.
        times: clock times of the same rows.
        date_format: as in `strptime` or as "dd/mm/yyyy", where the reading would not be clear.
        fits: whether a moment is one that is looked for; decides between readings.

    Raises:
        UnreadableError, AmbiguousError.
    """
    if times is None:
        parts = [_split(text) for text in dates]
    else:
        # A spreadsheet may have made a date-time of either column.
        parts = [
            (MIDNIGHT_PATTERN.sub("", day.strip()), ISO_DATE_PATTERN.sub("", clock.strip()))
            for day, clock in zip(dates, times, strict=True)
        ]
    clocks = []
    for row, (_, clock) in enumerate(parts):
        read = read_time(clock) if clock else time(0)
        if read is None:
            raise UnreadableError(row, clock)
        clocks.append(read)
    formats = [_format(date_format)] if date_format else list(DATE_FORMATS)
    days = [day for day, _ in parts]
    readings: dict[str, list[date]] = {}
    for one in formats:
        read_days = _read_dates(days, one)
        if read_days is not None and read_days not in readings.values():
            readings[one] = read_days
    if not readings:
        raise UnreadableError(*_first_misfit(days, formats))
    best = _best(readings, clocks, fits)
    return [datetime.combine(day, clock) for day, clock in zip(best, clocks, strict=True)]


def _format(spelled: str) -> str:
    """The date part of a format, spelled as in `strptime` or as in a spreadsheet: "dd/mm/yyyy".

    >>> _format("dd/mm/yyyy"), _format("%d.%m.%Y %H:%M"), _format("M/D/YY")
    ('%d/%m/%Y', '%d.%m.%Y', '%m/%d/%y')
    """
    if "%" in spelled:
        return re.split(r"[ T]?%[HIpMS]", spelled)[0]
    form = re.split(r"[ T]?h", spelled.lower())[0]
    form = re.sub(r"y{3,}", "%Y", form)
    form = re.sub(r"(?<!%)y+", "%y", form)
    return re.sub(r"(?<!%)d+", "%d", re.sub(r"(?<!%)m+", "%m", form))


def _split(text: str) -> tuple[str, str]:
    """A date-time into its date and its clock time; a zone is left to who reads the column."""
    text = ZONE_PATTERN.sub("", text.strip()) if ":" in text else text.strip()
    for mark in ("T", " "):
        head, found, tail = text.partition(mark)
        if found and read_time(tail) is not None:
            return head, tail
    # A date may hold spaces itself: "5 Jan 2026 07:00".
    head, _, tail = text.rpartition(" ")
    clock = tail
    if re.fullmatch(r"[AaPp]\.?[Mm]\.?", tail):
        head, _, hour = head.rpartition(" ")
        clock = f"{hour} {tail}"
    return (head, clock) if head and read_time(clock) is not None else (text, "")


def _read_dates(texts: Sequence[str], form: str) -> list[date] | None:
    found = []
    seen: dict[str, date] = {}
    for text in texts:
        if text not in seen:
            try:
                seen[text] = datetime.strptime(text, form).date()
            except ValueError:
                return None
        found.append(seen[text])
    return found


def _first_misfit(texts: Sequence[str], formats: Sequence[str]) -> tuple[int, str]:
    """The cell at which the format that gets furthest breaks off."""
    furthest = 0
    for form in formats:
        for row, text in enumerate(texts):
            try:
                datetime.strptime(text, form)
            except ValueError:
                furthest = max(furthest, row)
                break
    return furthest, texts[furthest]


def _best(
    readings: dict[str, list[date]], clocks: Sequence[time], fits: Callable[[datetime], bool] | None
) -> list[date]:
    if len(readings) == 1:
        return next(iter(readings.values()))
    if fits is not None:
        counts = {
            form: sum(fits(datetime.combine(day, clock)) for day, clock in zip(days, clocks, strict=True))
            for form, days in readings.items()
        }
        most = max(counts.values())
        winners = [form for form, count in counts.items() if count == most]
        if len(winners) == 1:
            return readings[winners[0]]
        raise AmbiguousError(winners)
    # Without a horizon to look at: the reading whose days lie closest together.
    spans = {form: max(days) - min(days) for form, days in readings.items()}
    least = min(spans.values())
    winners = [form for form, span in spans.items() if span == least]
    if len(winners) == 1:
        return readings[winners[0]]
    raise AmbiguousError(winners)


def in_horizon(horizon: Horizon, whole_days: bool = False) -> Callable[[datetime], bool]:
    """Whether a moment lies in a horizon, or, by whole days, on one of its days."""
    first = horizon.dates[0] if whole_days else horizon.start
    end = horizon.start + timedelta(seconds=horizon.interval * horizon.intervals)
    return lambda moment: first <= moment < end
