"""What came in one period, to be set against its budget."""

from __future__ import annotations

from dataclasses import dataclass, field

from wfm.model.declared import Count, Declared, NonNegative, PositiveSeconds, PositiveShare, ShareBelowOne


@dataclass(frozen=True)
class ActualType(Declared):
    """What came of a contact type in the period; absent: as budgeted.

    Args:
        volume: contacts that reached agents, repeats among them, as the telephone system counts them.
        aht: average handling time, seconds.
    """

    volume: NonNegative | None = None
    aht: PositiveSeconds | None = None


@dataclass(frozen=True)
class ActualGroup(Declared):
    """How an agent group was in the period; absent: as budgeted.

    Args:
        shrinkage: all of it, a share of what the budget's shrinkage is of.
        attrition: share that left in the period, of those who were there before.
        pay_per_hour: money per paid hour, in the pay of the period.
        schedule_fit: share of paid hours that fell where they were required.
        heads: on the payroll, mean of the period.
        paid_hours: all that were paid, overtime among them.
        cost: money of the group, all lines.
    """

    shrinkage: ShareBelowOne | None = None
    attrition: ShareBelowOne | None = None
    pay_per_hour: NonNegative | None = None
    schedule_fit: PositiveShare | None = None
    heads: NonNegative | None = None
    paid_hours: NonNegative | None = None
    cost: NonNegative | None = None


@dataclass(frozen=True)
class Actual(Declared):
    """What came in one period.

    Args:
        period: its index in the budget, 0 for the first.
        types: contact types by name; those that are left out came as budgeted.
        groups: agent groups by name; those that are left out were as budgeted.
    """

    period: Count
    types: dict[str, ActualType] = field(default_factory=dict)
    groups: dict[str, ActualGroup] = field(default_factory=dict)
