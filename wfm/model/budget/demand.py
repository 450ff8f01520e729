"""What customers will ask for, period by period: contacts, how long they take, when they come, what is promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le

from wfm.errors import Fault, fault
from wfm.model.budget.periods import (
    NumberPerPeriod,
    PositiveSharePerPeriod,
    RisePerPeriod,
    SecondsPerPeriod,
    SharePerPeriod,
)
from wfm.model.center import Target
from wfm.model.declared import Declared, NonNegative, PositiveSeconds, PositiveShare, Share
from wfm.model.horizon import unreadable_opening

Pace = Annotated[float, Ge(0.05), Le(20)]


@dataclass(frozen=True)
class Credit(Declared):
    """Money that is owed for a period in which a level was missed.

    Args:
        below: the service level below which it is owed; of several, the lowest that is missed counts.
        amount: money per period.
    """

    below: PositiveShare
    amount: NonNegative


@dataclass(frozen=True)
class Demand(Declared):
    """A contact type over the year.

    Args:
        volume: contacts per period, before any is deflected; or `last_year`.
        last_year: contacts of the same period a year before; or, with `season`, of all periods together.
        growth: on last year, a share; one, or one per period.
        season: weight of each period; `last_year`, the contacts of all periods together, is shared out by it.
        last_year_open_days: open days of each period a year before; given: contacts follow the open days.
        aht: average handling time, seconds of an agent's work.
        channel: voice; chat (as voice, at the `pace` of agents with several in hand); or email, work that waits for
            hours: workload over `max_occupancy`, without a queue.
        pace: chats done in the time of one alone, as you measured it; 1 for the other channels.
        patience: mean time that customers wait before they hang up, seconds; absent: nobody hangs up.
        target: the promise, kept in every interval or over the day, as in a scenario.
        opening: hours by weekday, such as {"Mon-Fri" = "08:00-20:00"}; absent: always open.
        holidays: closed (default) or open on public holidays.
        weekdays: weight of each open weekday, such as {"Mon" = 1.2, "Tue-Fri" = 1}; absent: as `profile`, or all alike.
        profile: weight of each interval of a day from midnight, by weekday; absent: all open intervals alike.
        deflection: share of contacts that try self-service or a bot first.
        containment: share of these that it settles; the rest reach agents.
        deflection_cost: money per contact that is tried there.
        first_contact_resolution: share of handled contacts that settle their matter.
        returning: share of the others that come back as another contact.
        counted_at: the first-contact resolution under which `volume` was counted, repeats included; absent: `volume`
            is matters, and repeats come on top.
        credits: money owed for a missed service level.
    """

    aht: SecondsPerPeriod
    volume: NumberPerPeriod | None = None
    last_year: NumberPerPeriod | None = None
    growth: RisePerPeriod = 0.0
    season: NumberPerPeriod | None = None
    last_year_open_days: NumberPerPeriod | None = None
    channel: Literal["voice", "chat", "email"] = "voice"
    pace: Pace = 1.0
    patience: PositiveSeconds | None = None
    target: Target = field(default_factory=Target)
    opening: dict[str, str] | None = None
    holidays: Literal["closed", "open"] = "closed"
    weekdays: dict[str, NonNegative] = field(default_factory=dict)
    profile: dict[str, tuple[NonNegative, ...]] = field(default_factory=dict)
    deflection: SharePerPeriod = 0.0
    containment: SharePerPeriod = 1.0
    deflection_cost: NonNegative = 0.0
    first_contact_resolution: PositiveSharePerPeriod = 1.0
    returning: Share = 0.0
    counted_at: PositiveShare | None = None
    credits: tuple[Credit, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether customers wait in a queue; e-mail is work that is done when there is time for it."""
        return self.channel != "email"

    def rules(self) -> Iterator[Fault]:
        if (self.volume is None) == (self.last_year is None):
            yield fault("volume", "is missing; give volume, or last_year with growth" if self.volume is None
                        else "and last_year are both given; give one of them")  # fmt: skip
        if self.last_year is None:
            for name in ("season", "last_year_open_days"):
                if getattr(self, name) is not None:
                    yield fault(name, "shares out last_year, which is not given")
            if self.growth != 0:
                yield fault("growth", "is on last_year, which is not given", self.growth)
        if self.season is not None and isinstance(self.last_year, tuple):
            yield fault("season", "shares out one number, the whole last year; last_year has one per period already")
        if self.season is not None and not np.any(self.season):
            yield fault("season", "must have a weight above 0 in some period")
        if self.pace != 1 and self.channel != "chat":
            yield fault("pace", "is of chats side by side; the channel is not chat", self.pace)
        if not self.is_live:
            for name, limit in (("patience", self.patience), ("target", self.target.service_level)):
                if limit is not None:
                    yield fault(name, "has no meaning for e-mail, which waits for hours; leave it out", limit)
            if self.credits:
                yield fault("credits", "are for a service level, which e-mail has none of")
        if self.opening is not None:
            yield from unreadable_opening(self.opening, "opening")
        if self.credits and self.target.service_level is None:
            yield fault("credits", "are for a missed service level; the target has none")
