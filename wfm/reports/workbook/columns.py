"""The columns of the sheet Intervals, each declared once: heading, kind, look, meaning and, where live, its formula.

In a formula, `{name}` is the cell of that column in the same row, or the assumption of that name for the row's contact
type. Erlang C is the Poisson form: with load a and n agents, and p and P the Poisson density and cumulative law of
mean a,

    C = p(n) / (p(n) + (1 - a / n) P(n - 1)).

It is for whole agents: a part of an agent is left out (INT).
"""

from __future__ import annotations

from dataclasses import dataclass

from wfm.reports.words import DASH, OVERLOAD
from wfm.reports.workbook.layout import Kind

POISSON = "_xlfn.POISSON.DIST"


@dataclass(frozen=True)
class Column:
    """One column of Intervals.

    Args:
        name: key; heading: with its unit; kind: input, live or value; number: its look; width: characters.
        meaning: for the glossary; formula: of a live column, without values where it is a table of its own.
    """

    name: str
    heading: str
    kind: Kind
    number: str
    width: float
    meaning: str
    formula: str = ""


def wait_probability(agents: str) -> str:
    """Erlang C of so many whole agents, as a formula over {load}."""
    density, below = f"{POISSON}({agents},{{load}},FALSE)", f"{POISSON}({agents}-1,{{load}},TRUE)"
    return f"{density}/({density}+(1-{{load}}/{agents})*{below})"


def required(tried: int) -> str:
    """The least whole agents that keep the limits by Erlang C: of so many numbers above the load, the first that does.

    The service level rises with the agents, so the numbers that fail are the lowest ones. An empty limit does not bind.
    """
    agents = f"(INT({{load}})+ROW($1:${tried}))"
    chance = wait_probability(agents)
    too_few = f"(1-{chance}*EXP(-({agents}-{{load}})*{{answer_within}}/{{aht}})<{{target}})"
    too_slow = f'({chance}*{{aht}}/({agents}-{{load}})>{{max_asa}}+1E+99*({{max_asa}}=""))'
    by_wait = f"INT({{load}})+1+SUMPRODUCT(--({too_few}+{too_slow}>0))"
    by_occupancy = 'IF({max_occupancy}="",0,ROUNDUP(ROUND({load}/{max_occupancy},9),0))'
    return f"=IF({{load}}<=0,{{min_agents}},MAX({{min_agents}},{by_occupancy},{by_wait}))"


WHERE = [
    Column("number", "#", "value", "centred", 4, "Number of the contact type on the sheet Assumptions."),
    Column("contact_type", "Contact type", "value", "text", 18, "Queue: contacts that wait for the same agents."),
    Column("date", "Date", "value", "date", 11, "Local calendar day."),
    Column("weekday", "Day", "value", "centred", 6, "Weekday of that date."),
    Column("start", "Start", "value", "time", 7, "Local time at which the interval starts."),
]
INPUTS = [
    Column("forecast", "Forecast volume", "input", "two", 10, "Contacts expected in the interval."),
    Column(
        "base_aht", "Forecast AHT [s]", "input", "one", 10,
        "Average handling time, after-contact work included. Where it is the same all day it reads the one cell on the "
        "sheet Assumptions; elsewhere each interval has its own.",
    ),
    Column("net", "Net agents (plan)", "input", "count", 9, "Agents handling or ready, after shrinkage is taken off."),
]  # fmt: skip
VOLUME_AND_LOAD = [
    Column(
        "volume", "Volume", "live", "two", 9, "Forecast volume with the volume change.", "={forecast}*(1+{more_volume})"
    ),
    Column("aht", "AHT [s]", "live", "one", 8, "Forecast AHT with the AHT change.", "={base_aht}*(1+{more_aht})"),
    Column(
        "load", "Load [erlang]", "live", "two", 9,
        "Work that arrives: volume x AHT / interval length; agents that would be busy if there were always one free.",
        "={volume}*{aht}/{interval}",
    ),
]  # fmt: skip
ERLANG_C = [
    Column(
        "wait_probability", "Wait probability", "live", "percent", 10,
        "Share of contacts that find every agent busy. 100 % where the load reaches the agents.",
        f'=IF({{load}}<=0,"{DASH}",IF({{load}}>=INT({{net}}),1,{wait_probability("INT({net})")}))',
    ),
    Column(
        "service_level", "Service level", "live", "percent", 9,
        "Share answered within the threshold, 1 - C x exp(-(agents - load) x threshold / AHT). Nobody hangs "
        "up in Erlang C, so every definition of the service level gives this figure.",
        f'=IF({{load}}<=0,"{DASH}",IF({{load}}>=INT({{net}}),0,'
        "1-{wait_probability}*EXP(-(INT({net})-{load})*{answer_within}/{aht})))",
    ),
    Column(
        "asa", "ASA [s]", "live", "one", 9,
        "Average speed of answer, C x AHT / (agents - load), zero waits included. 'overload': it grows for "
        "ever.",
        f'=IF({{load}}<=0,"{DASH}",IF({{load}}>=INT({{net}}),"{OVERLOAD}",'
        "{wait_probability}*{aht}/(INT({net})-{load})))",
    ),
    Column(
        "occupancy", "Occupancy", "live", "percent", 10,
        "Share of their time on duty that agents spend handling: load / net agents, 100 % at most.",
        "=IF({load}>={net},IF({load}>0,1,0),{load}/{net})",
    ),
    Column(
        "required", "Required net", "live", "count", 9,
        "The least whole net agents that keep the limits of the sheet Assumptions in this interval by Erlang C. It "
        "knows no abandonment limit.",
    ),
    Column(
        "spare", "Plan less required", "live", "more", 9,
        "Net agents of the plan above (+) or below (-) that requirement.",
        f'=IF(ISNUMBER({{required}}),{{net}}-{{required}},"{DASH}")',
    ),
]  # fmt: skip
PEOPLE = [
    Column(
        "gross", "Gross, fractional", "live", "two", 10,
        "People scheduled so that net remain: net / (1 - shrinkage). Hours, FTE and cost are counted from it.",
        "={net}/(1-{shrinkage})",
    ),
    Column(
        "whole_gross", "Gross people", "live", "count", 8,
        "Whole people to schedule: whole net / (1 - shrinkage), rounded up (the inner ROUND keeps 9 / 0.45 at 20).",
        "=ROUNDUP(ROUND(ROUNDUP({net},0)/(1-{shrinkage}),9),0)",
    ),
    Column(
        "hours", "Paid hours", "live", "two", 9, "Fractional gross x interval length.",
        "={gross}*{interval}/3600",
    ),
    Column(
        "cost", "Cost", "live", "cents", 10, "Paid hours x cost per paid hour.",
        f'=IF({{rate}}="","{DASH}",{{hours}}*{{rate}})',
    ),
]  # fmt: skip
ERLANG_A = [
    Column("a_level", "Service level", "value", "percent", 9, "Where customers hang up, by the target's definition."),
    Column("a_asa", "ASA [s]", "value", "one", 9, "Mean wait of answered contacts."),
    Column("a_abandonment", "Abandoned", "value", "percent", 10, "Share of offered contacts that hang up."),
]  # fmt: skip
SIMULATED = [
    Column("s_level", "Service level", "value", "percent", 9, "By the target's definition."),
    Column("s_half", "±", "value", "percent", 7, "Half-width of its confidence interval."),
    Column("s_asa", "ASA [s]", "value", "one", 9, "Mean wait of answered contacts."),
    Column("s_abandonment", "Abandoned", "value", "percent", 10, "Share of offered contacts that hang up."),
    Column("s_occupancy", "Occupancy", "value", "percent", 10, "Handling time over time on duty."),
]
REQUIREMENT = [
    Column("fractional", "Net, fractional", "value", "two", 10, "Least real net agents that keep the targets."),
    Column("binding", "Binding limit", "value", "indented", 17, "The limit that forces the last agent."),
]  # fmt: skip
GIVEN = [
    Column("given", "Scenario's agents", "value", "two", 10, "Net agents that the scenario gives."),
    Column("given_over", "Over / under", "value", "change", 9, "Scenario's agents less the whole net agents required."),
]  # fmt: skip
