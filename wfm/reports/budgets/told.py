"""What every report of a budget says in sentences: whom it needs and when, who is missing, what it costs, what stands
behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from wfm.budgeting import words as in_words
from wfm.budgeting.answer import BudgetAnswer, Hiring
from wfm.budgeting.cheapest import Decision, decisions_of
from wfm.budgeting.result import LINES as ALL_LINES
from wfm.budgeting.result import BudgetResult
from wfm.model.budget.budget import queues_of
from wfm.model.budget.periods import Calendar
from wfm.model.budget.varied import BUDGET
from wfm.reports import words
from wfm.sweeps.effects import Effect
from wfm.sweeps.words import method_name, some_of

MOST_TOLD = 3  # of those who must hire

LINES = {name: name.replace("_", "-") for name in ALL_LINES}  # of money, as they are told


def span(calendar: Calendar) -> str:
    """From the first period to the last."""
    return f"{calendar.names[0]} to {calendar.names[-1]}"


def periods(calendar: Calendar, count: int) -> str:
    """So many periods."""
    return words.plural(count, calendar.period)


def fte(value: float, signed: bool = False) -> str:
    """FTE or heads, which are told in tenths."""
    return words.number(value, 1, signed)


def money(value: float, result: BudgetResult, digits: int = 0) -> str:
    """An amount in the budget's currency; a dash where it is not known."""
    return in_words.money(value, result.budget.money.currency, digits)


def rounded(value: float, result: BudgetResult) -> str:
    """The same, of millions and more to three digits or so."""
    if not abs(value) >= 1e6:
        return money(value, result)
    return in_words.in_currency(f"{words.number(value / 1e6, 2)} m", result.budget.money.currency)


def in_short(answer: BudgetAnswer) -> list[str]:
    """The answer: headcount at the peak, who is missing and when to hire, service, money, the next decision."""
    result = answer.result
    told = [_peak(answer), _missing(result), *_when_to_hire(answer), _promises(result), _costs(answer), _next(answer)]
    return [sentence for sentence in told if sentence]


def _peak(answer: BudgetAnswer) -> str:
    result = answer.result
    at, of = peak(answer), result.headcount
    heads, there = float(result.ladder.payroll_heads[:, at].sum()), answer.by_period[at]
    bought = {"of overtime": of.overtime_fte[:, at].sum(), "outsourced": of.outsourced_fte[:, at].sum()}
    beside = [f"{fte(float(amount))} FTE {what}" for what, amount in bought.items() if amount > 0]
    return (
        f"{result.budget.calendar.names[at]} needs most people: {fte(there.required_fte)} FTE, or {fte(heads)} "
        f"heads on the payroll; {fte(there.fte)} FTE are there, from {fte(there.heads)} heads"
        f"{f' with {words.listed(beside)}' if beside else ''}."
    )


def peak(answer: BudgetAnswer) -> int:
    """Index of the period that requires most."""
    return int(np.argmax([one.required_fte for one in answer.by_period]))


def _missing(result: BudgetResult) -> str:
    calendar, short = result.budget.calendar, result.shortages
    if not short:
        return f"Nobody is missing: every queue has what it requires in every {calendar.period}."
    worst = short[0]
    row = list(result.budget.agent_groups).index(worst.group)
    share = words.percent(worst.fte / float(result.ladder.fte[row, worst.period]), digits=0)
    return (
        f"People are missing in {len({one.period for one in short})} of {periods(calendar, calendar.periods)}, most in "
        f"{calendar.names[worst.period]}: {worst.group} misses {fte(worst.fte)} FTE, {share} of what it requires."
    )


def _when_to_hire(answer: BudgetAnswer) -> list[str]:
    """By when the groups that miss people must decide to hire them."""
    return [hire(answer, one) for one in answer.hirings[:MOST_TOLD]]


def sentence(text: str) -> str:
    """A text with a full stop at its end.

    >>> sentence("every promise kept"), sentence("Nobody is missing.")
    ('every promise kept.', 'Nobody is missing.')
    """
    return text if text.endswith(".") else f"{text}."


def hire(answer: BudgetAnswer, one: Hiring) -> str:
    """By when a group must decide to hire, and what is left where that is past."""
    calendar = answer.result.budget.calendar
    people = f"{one.group} misses up to {fte(one.heads)} heads from {calendar.names[one.period]} on"
    if one.is_late:
        return f"{people}, too soon for a class, which had to be decided by {one.decide_by}."
    return f"{people}; a class that is at full speed by then is decided by {one.decide_by}."


def _promises(result: BudgetResult) -> str:
    calendar, missed = result.budget.calendar, result.missed
    if not any(one.target.service_level is not None for one in result.budget.contact_types.values()):
        return ""
    if not missed:
        return f"The people there keep every promise in every {calendar.period}."
    worst = min(missed, key=lambda one: one.service_level - one.target)
    return (
        f"A promise is missed in {len({one.period for one in missed})} of {periods(calendar, calendar.periods)}, most "
        f"in {calendar.names[worst.period]}: {worst.contact_type} gets {words.percent(worst.service_level)} in "
        f"place of {words.share(worst.target)}."
    )


def promised(result: BudgetResult) -> str:
    """The service levels that are promised, each with whom it is promised to where there are several."""
    to: dict[str, list[str]] = {}
    for name, one in result.budget.contact_types.items():
        if one.target.service_level is not None:
            within = words.threshold(one.target.answer_within)
            to.setdefault(f"{words.share(one.target.service_level)} within {within}", []).append(name)
    return some_of([f"{level} ({words.listed(names)})" if len(to) > 1 else level for level, names in to.items()])


def _costs(answer: BudgetAnswer) -> str:
    result, whole = answer.result, answer.whole
    unpaid = without_pay(result)
    if unpaid:
        return f"What it costs is not known: {some_of(unpaid)} {'has' if len(unpaid) == 1 else 'have'} no pay_per_hour."
    text = f"{span(result.budget.calendar)} costs {money(whole.cost, result)} in all"
    if np.isfinite(whole.cost_per_contact):
        text += f": {money(whole.cost_per_contact, result, 2)} a contact"
        if np.isfinite(whole.cost_per_resolved) and whole.cost_per_resolved != whole.cost_per_contact:
            text += f", {money(whole.cost_per_resolved, result, 2)} a contact that is resolved"
    return text + "."


def without_pay(result: BudgetResult) -> list[str]:
    """Agent groups whose pay is not given: their money is not known."""
    return [name for name, team in result.budget.agent_groups.items() if team.pay_per_hour is None]


def _next(answer: BudgetAnswer) -> str:
    """The decision that comes first; where the cheapest plan was asked, of the budget with its classes."""
    found = answer.decisions if answer.cheapest is None else decisions_of(answer.cheapest.budget)
    of = "The next decision" if answer.cheapest is None else "The next decision of the cheapest plan"
    return f"{of}: {decision(found[0])}." if found else ""


def cheapest(answer: BudgetAnswer) -> list[str]:
    """What the cheapest plan is, and what it changes in the budget as it is."""
    if answer.cheapest is None:
        return []
    if not answer.cheapest.decisions:
        return answer.cheapest.told
    first, *others = answer.cheapest.told
    plan, result, period = answer.cheapest.result, answer.result, _period(answer.result)
    missed, missed_before = (len({one.period for one in of.missed}) for of in (plan, result))
    against = (
        f"It spends {money(plan.total_cost, plan)}, credits included, in place of {money(result.total_cost, result)} "
        f"of the budget as it is; {_missing_in_all(plan)} FTE-{period}s are missing in place of "
        f"{_missing_in_all(result)}; a promise is missed in {periods(result.budget.calendar, missed)} in place of "
        f"{missed_before}."
    )
    return [first, against, *others]


def _missing_in_all(result: BudgetResult) -> str:
    """What queues miss, FTE summed over the periods; too many in another queue make up for nothing."""
    return fte(float(result.headcount.missing.sum()))


def decision(one: Decision) -> str:
    """A class that is to be decided on."""
    return f"by {one.decide_by}, {words.amount(one.heads)} heads for {one.group}, who start on {one.start}"


def how(result: BudgetResult) -> str:
    """By which methods the figures were worked out."""
    required, service = method_name(result.method), method_name(result.predicted_by)
    if required == service:
        return f"Required, and predicted for the people there, by {required}."
    return (
        f"Required by {required}; the service of the people there is predicted by {service}, that of scenarios and of "
        f"changes one at a time by {required}."
    )


def assumptions(answer: BudgetAnswer) -> list[tuple[str, list[str]]]:
    """What stands behind the figures, by part of the budget; of what was asked for."""
    result = answer.result
    return [
        ("Calendar", _calendar(result)),
        *((name, _demand(result, name)) for name in result.budget.contact_types),
        *((name, _team(result, name)) for name in result.budget.agent_groups),
        ("Money", _money(result)),
        *([] if answer.cheapest is None else [("Hiring rules", _hiring(result))]),
        *([] if answer.risk is None else [("Doubt", _doubt(result))]),
    ]


def _calendar(result: BudgetResult) -> list[str]:
    calendar = result.budget.calendar
    closed = f"public holidays of {calendar.holidays}" if calendar.holidays else "no public holidays"
    told = [
        f"{words.begun(periods(calendar, calendar.periods))}, {span(calendar)}; requirements for every "
        f"{words.interval_name(calendar.interval)} of a typical week of each {calendar.period}.",
        f"Closed: {closed}{_days(', and ', calendar.closed)}{_days('; open all the same: ', calendar.opened)}.",
    ]
    for name, groups in queues_of(result.budget.agent_groups).items():
        if len(groups) > 1:
            told.append(f"{words.listed(groups)} answer one queue together ({name}).")
    return told


def _days(before: str, days: Sequence[date]) -> str:
    return f"{before}{some_of([str(one) for one in days])}" if days else ""


def _demand(result: BudgetResult, name: str) -> list[str]:
    demand = result.budget.contact_types[name]
    channel = (
        f"{demand.channel}; target {words.promise(demand.target)}" if demand.is_live else "e-mail, work that waits"
    )
    patience = "nobody hangs up" if demand.patience is None else f"mean patience {words.seconds(demand.patience)}"
    told = [f"{words.begun(channel)}{'; ' + patience if demand.is_live else ''}."]
    if demand.volume is not None:
        told.append("Volume as given.")
    else:
        season = ", shared out by season" if demand.season is not None else ""
        by_days = ", following the open days" if demand.last_year_open_days is not None else ""
        told.append(f"Volume: last year's{season}, growing by {_shares(demand.growth)}{by_days}.")
    if np.any(np.asarray(demand.deflection) > 0):
        told.append(f"Deflection {_shares(demand.deflection)}, of which {_shares(demand.containment)} are contained.")
    if demand.returning:
        counted = (
            "repeats come on top of the volume, which counts matters"
            if demand.counted_at is None
            else f"the volume holds the repeats of a first-contact resolution of {words.share(demand.counted_at)}"
        )
        told.append(
            f"First-contact resolution {_shares(demand.first_contact_resolution)}; {words.share(demand.returning)} of "
            f"the others come back; {counted}."
        )
    if demand.pace != 1:
        told.append(f"Pace {demand.pace:g}: so many chats are done in the time of one alone.")
    for one in demand.credits:
        told.append(f"Below {words.share(one.below)}, {money(one.amount, result)} are owed for the {_period(result)}.")
    return told


def _period(result: BudgetResult) -> str:
    return result.budget.calendar.period


def _shares(value: float | tuple[float, ...]) -> str:
    """One share, or from the least to the most of those by period."""
    low, high = float(np.min(value)), float(np.max(value))
    return words.share(low) if low == high else f"{words.share(low)} to {words.share(high)}"


def _team(result: BudgetResult, name: str) -> list[str]:
    budget = result.budget
    team = budget.agent_groups[name]
    takes = [one if share == 1 else f"{words.share(share)} of {one}" for one, share in team.skills.items()]
    total = team.shrinkage.total(budget.calendar.periods)
    told = [
        f"Takes {words.listed(takes)}{f', at {team.site}' if team.site else ''}.",
        f"Shrinkage {_shares(tuple(total))} of {team.shrinkage.base} hours; schedule fit {_shares(team.schedule_fit)}; "
        f"one FTE is {team.contract_hours:g} hours a week, a head {words.number(team.fte_per_head, 2)} FTE.",
    ]
    if team.max_occupancy is not None:
        told.append(f"Occupancy at most {words.share(team.max_occupancy)}.")
    rates = ", ".join(f"{words.share(rate)} at {months} months" for months, rate in team.attrition.items())
    told.append(f"Attrition a month: {rates}." if rates else "Nobody leaves.")
    speeds = ", ".join(words.share(one) for one in team.ramp)
    told.append(
        f"A class is decided {team.lead_weeks:g} weeks before it starts and trained for {team.training_weeks:g} weeks"
        f"{f', then works at {speeds} of full speed, week by week' if speeds else ''}."
    )
    if np.max(team.overtime) > 0:
        told.append(
            f"Overtime up to {_shares(team.overtime)} of contract hours, at {team.overtime_pay:g} times the pay."
        )
    if team.outsourcing is not None:
        told.append(f"Outsourced hours on the line at {money(team.outsourcing.price_per_hour, result, 2)}.")
    if team.pay_per_hour is None:
        told.append("No pay_per_hour: its money is not known.")
    else:
        told.append(
            f"Pay {money(team.pay_per_hour, result, 2)} an hour, on-cost {words.share(team.on_cost)} on top; hiring "
            f"{money(team.hiring_cost, result)} a head, training {money(team.training_cost, result)} a head and week, "
            f"tools {money(team.tools, result)} a head and month."
        )
    return told


def _money(result: BudgetResult) -> list[str]:
    of = result.budget.money
    month = date(2000, of.growth_month, 1)
    return [
        f"Pay grows by {words.share(of.pay_growth)} and prices by {words.share(of.price_growth)} each {month:%B} after "
        f"the first {_period(result)}; a year's discount is {words.share(of.discount_rate)}."
    ]


def _hiring(result: BudgetResult) -> list[str]:
    of, period = result.budget.hiring, _period(result)
    largest = "or more" if of.largest_class is None else f"to {of.largest_class}"
    limits = [
        f"classes of {of.smallest_class} {largest} heads",
        "" if of.most_classes is None else f"at most {words.plural(of.most_classes, 'class', 'classes')} in a {period}",
        f"none in {some_of(of.no_classes)}" if of.no_classes else "",
        f"decided from {result.budget.decided_from} on",
        "in place of those of the budget that are not decided by then" if of.given_classes == "replaced" else "",
        "" if of.most_heads is None else f"at most {of.most_heads} heads on the payroll",
        "" if of.most_money is None else f"at most {money(of.most_money, result)} in all",
    ]
    short = "Nobody may be missing."
    if of.short_cost is not None:
        short = f"An FTE that is missing for a {period} counts {money(of.short_cost, result)}; that is not spent."
    rooms = [
        f"{name} has room for {most} {whom}."
        for name, site in result.budget.sites.items()
        for most, whom in ((site.seats, "heads on the payroll"), (site.training_seats, "in training"))
        if most is not None
    ]
    return [f"{words.begun(words.listed([one for one in limits if one]))}.", *rooms, short]


def _doubt(result: BudgetResult) -> list[str]:
    of = result.budget.doubt
    if of is None:
        return []
    return [
        f"Standard deviations: volume {words.share(of.volume)} in all {_period(result)}s alike and "
        f"{words.share(of.volume_by_period)} in each by itself, with a correlation of {of.volume_together:g} between "
        f"contact types; AHT {words.share(of.aht)}; shrinkage {words.number(100 * of.absence, 1)} points; attrition "
        f"{words.share(of.attrition)} of its rates, and who leaves is drawn head by head.",
        f"{words.number(of.draws)} years are drawn; seed {of.seed}.",
    ]


RETURNS = (
    "People are taken to follow the requirement: what is no longer required is not paid, and every promise is kept "
    "with and without the change. Where people stay as planned, the gap gets smaller instead, and nothing is saved."
)


def effects(answer: BudgetAnswer) -> list[Effect]:
    """What one change at a time does, the widest swing of the cost first, or of the people where cost is not known."""
    if answer.sensitivity is None:
        return []
    return answer.sensitivity.by_swing("required_fte" if without_pay(answer.result) else "cost")


AS_PLANNED = (
    "One change at a time; people stay as planned, so that what is required, missing, bought and predicted changes. "
    "What keeps people costs more, then, as they are paid; what they bring shows in the gap and the service level."
)


def changes(answer: BudgetAnswer) -> list[str]:
    """What each scenario that was asked for changes."""
    shown = () if answer.scenarios is None else answer.scenarios.names
    return [
        f"{one.name}: {words.listed([change.in_words(BUDGET) for change in one.changes])}."
        for one in answer.result.budget.scenarios
        if one.name in shown
    ]


def provenance(result: BudgetResult) -> dict[str, Any]:
    """What the figures rest on: the same provenance, the same figures."""
    return {
        "budget": result.budget.digest,
        "required by": method_name(result.method),
        "predicted by": method_name(result.predicted_by),
        "wfm": version("wfm-engine"),
    }


LADDER = {
    "workload": "Contacts offered × AHT / pace: hours in which agents handle. Groups of a queue have a part each.",
    "net hours": "Whole agents handling or ready in each interval of a typical week, the least that keep every target, "
    "summed over the open days; of e-mail, workload / max_occupancy.",
    "gross hours": "Net hours / (1 − shrinkage): hours in which people are scheduled.",
    "paid hours": "Gross hours / schedule fit: shifts do not follow the requirement.",
    "FTE hours": "Paid hours of one full-time equivalent: contract hours × days of the period / 7.",
    "required FTE": "Paid hours / FTE hours.",
    "heads": "Required FTE / FTE of an average head, by the mix of contracts: people at full speed.",
    "ramp": "Heads at full speed for one on the payroll, with as many in training and ramp as the group has then.",
    "payroll heads": "Heads / ramp: who must be on the payroll.",
}

WORDS = {
    "own FTE": "People on the payroll at full speed, × FTE of a head: those in training count nothing, those in ramp "
    "their speed.",
    "gap": "FTE there (own, overtime, outsourced) less the required; a minus: people are missing.",
    "overtime, outsourced": "Committed hours are bought first; what is still missing is filled by the cheaper of the "
    "two up to its limit, then by the other.",
    "attrition": "Taken when a period begins, of those who were on the payroll before, by months since they joined.",
    "offered": "Contacts that reach agents: volume less contained, plus repeats. Hanging up has no part in repeats.",
    "service level": "Of the people there: the required agents of every interval, each times the same share of hours "
    "on the line that are there. Over types and periods, sums over sums.",
    "cost per contact": "All money over contacts answered; per contact resolved: over those answered that settle their "
    "matter, and those contained.",
    "credits": "Owed for a period whose predicted service level lies below a level that was agreed.",
}
