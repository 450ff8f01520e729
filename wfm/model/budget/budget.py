"""The budget: what a room agrees on for the year ahead, as one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wfm.errors import Fault, fault, nearest
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Site, Team, Transfer
from wfm.model.budget.periods import Calendar, length_faults
from wfm.model.budget.plans import Doubt, HiringRules, Initiative, Money
from wfm.model.budget.week import week_faults
from wfm.model.center import digest_of
from wfm.model.declared import Declared
from wfm.model.variation import Scenario, Variation

SHARES_ADD_UP = 1e-9


@dataclass(frozen=True)
class Budget(Declared):
    """Months (or weeks) ahead: demand, people and money; a value that never changes.

    Args:
        calendar: the periods and their open days.
        contact_types: what customers will ask for, by name.
        agent_groups: who answers, by name.
        title: what reports call it.
        description: a sentence for the reader of a report.
        sites: places of work, by name.
        transfers: people who go from one group to another.
        money: currency, growth of pay and prices, discount rate.
        hiring: what the cheapest plan of classes must keep to.
        doubt: how far off what is budgeted may be.
        vary: what the tornado varies; absent: volume, AHT, shrinkage, attrition and pay.
        scenarios: named sets of changes, to be set side by side.
        initiatives: changes that must pay for themselves.
    """

    calendar: Calendar
    contact_types: dict[str, Demand]
    agent_groups: dict[str, Team]
    title: str = "Budget"
    description: str = ""
    sites: dict[str, Site] = field(default_factory=dict)
    transfers: tuple[Transfer, ...] = ()
    money: Money = field(default_factory=Money)
    hiring: HiringRules = field(default_factory=HiringRules)
    doubt: Doubt | None = None
    vary: tuple[Variation, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    initiatives: dict[str, Initiative] = field(default_factory=dict)

    def rules(self) -> Iterator[Fault]:
        return budget_faults(self.calendar, vars(self))

    @property
    def decided_from(self) -> date:
        """The day on which the first decision can be taken."""
        return self.hiring.decided_from or self.calendar.start

    @property
    def digest(self) -> str:
        """A hash of everything in it: a workbook and a TOML file that say the same have one."""
        return digest_of(self)


def budget_faults(
    calendar: Calendar | None, parts: Mapping[str, Any], broken: frozenset[str] = frozenset()
) -> Iterator[Fault]:
    """Faults between the parts of a budget.

    Args:
        calendar: its periods; None where they could not be read.
        parts: by their names; those that could not be read are left out.
        broken: contact types and agent groups that could not be read.
    """
    types: Mapping[str, Demand] = parts["contact_types"]
    groups: Mapping[str, Team] = parts["agent_groups"]
    for name, there in (("contact_types", types), ("agent_groups", groups)):
        if not there and not broken:
            yield fault(name, "there are none; a budget needs at least one")
    yield from _skill_faults(types, groups, broken)
    yield from _group_faults(types, groups, parts)
    for at, one in enumerate(parts.get("transfers", ())):
        for end in ("source", "to"):
            if getattr(one, end) not in groups and getattr(one, end) not in broken:
                rule = f"is not an agent group; {nearest(getattr(one, end), groups)}"
                yield fault(f"transfers[{at}].{end}", rule, getattr(one, end))
        if one.source == one.to:
            yield fault(f"transfers[{at}].to", "must be another group than the source", one.to)
        if calendar is not None and calendar.of(one.date) is None:
            yield fault(f"transfers[{at}].date", _outside(calendar), one.date.isoformat())
    if calendar is not None:
        yield from _period_faults(calendar, types, groups, parts)


def _skill_faults(types: Mapping[str, Demand], groups: Mapping[str, Team], broken: frozenset[str]) -> Iterator[Fault]:
    """Skills that name no contact type, and contact types whose volume is not shared out."""
    shares = dict.fromkeys(types, 0.0)
    for group, team in groups.items():
        for skill, share in team.skills.items():
            if skill in shares:
                shares[skill] += share
            elif skill not in broken:
                where = f"agent_groups.{group}.skills"
                yield fault(where, f"names no contact type; {nearest(skill, types)}", skill)
    if broken:
        return  # what could not be read may take its share
    for name, total in shares.items():
        if total == 0:
            yield fault(f"contact_types.{name}", "no agent group has it among its skills", name)
        elif abs(total - 1) > SHARES_ADD_UP:
            rule = "must be shared out whole: the groups' shares of it add up to this, not to 1"
            yield fault(f"contact_types.{name}", rule, round(total, 9))


def _group_faults(types: Mapping[str, Demand], groups: Mapping[str, Team], parts: Mapping[str, Any]) -> Iterator[Fault]:
    sites: Mapping[str, Site] = parts.get("sites", {})
    for name, team in groups.items():
        if team.site and team.site not in sites:
            hint = nearest(team.site, sites) if sites else "there are no sites"
            yield fault(f"agent_groups.{name}.site", f"is not a site; {hint}", team.site)
    for where, teams in queues_of(groups).items():
        skills = dict.fromkeys(skill for team in teams for skill in groups[team].skills)
        taken = {skill: types[skill] for skill in skills if skill in types}
        together = f"agent_groups.{teams[0]}.{'pool' if groups[teams[0]].pool else 'skills'}"
        caps = {groups[team].max_occupancy for team in teams}
        if len(caps) > 1:
            yield fault(together, f"must have one max_occupancy in the pool, not {', '.join(map(str, caps))}", where)
        if None in caps and any(not one.is_live for one in taken.values()):
            rule = "is missing; for e-mail the workload is divided by it"
            yield fault(f"agent_groups.{teams[0]}.max_occupancy", rule)
        if len({one.is_live for one in taken.values()}) > 1:
            yield fault(together, "must not mix e-mail with queues: give e-mail a group of its own", ", ".join(taken))
        elif len({(one.target, one.patience) for one in taken.values()}) > 1:
            rule = "must have one target and one patience, as its contact types wait in one queue"
            yield fault(together, rule, ", ".join(taken))


def queues_of(groups: Mapping[str, Team]) -> dict[str, list[str]]:
    """The queues by name, each with the groups that answer it: a pool, or a group by itself.

    >>> queues_of({})
    {}
    """
    found: dict[str, list[str]] = {}
    for name, team in groups.items():
        found.setdefault(f"pool {team.pool}" if team.pool else name, []).append(name)
    return found


def _period_faults(
    calendar: Calendar, types: Mapping[str, Demand], groups: Mapping[str, Team], parts: Mapping[str, Any]
) -> Iterator[Fault]:
    """Lists that are not one number per period, and days that lie outside."""
    for name, demand in types.items():
        yield from length_faults(demand, calendar.periods, f"contact_types.{name}")
        yield from week_faults(demand, calendar.interval, f"contact_types.{name}")
    for name, team in groups.items():
        where = f"agent_groups.{name}"
        yield from length_faults(team, calendar.periods, where)
        for at, one in enumerate(team.classes):
            if one.start >= calendar.edges[-1]:
                yield fault(f"{where}.classes[{at}].start", _outside(calendar), one.start.isoformat())
    for name, initiative in parts.get("initiatives", {}).items():
        if initiative.start is not None and initiative.start >= calendar.edges[-1]:
            yield fault(f"initiatives.{name}.start", _outside(calendar), initiative.start.isoformat())
    hiring = parts.get("hiring")
    for period in hiring.no_classes if hiring is not None else ():
        if period not in calendar.names:
            yield fault("hiring.no_classes", f"is not a period; {nearest(period, calendar.names)}", period)


def _outside(calendar: Calendar) -> str:
    return f"lies outside the budget, {calendar.edges[0].isoformat()} to {calendar.edges[-1].isoformat()}"
