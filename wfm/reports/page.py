"""report.html: one file that needs nothing else. Its first printed page is the answer for a manager, then its grounds.

This module lays out what an Answer holds as tables of words; the sentences stand in `page.html.jinja`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wfm.answering import Answer
from wfm.measures.definitions import DEFINITIONS
from wfm.measures.prediction import ContactMeasures, Measures, Prediction
from wfm.model.laws import Law
from wfm.model.plan import StaffingPlan
from wfm.reports import words

if TYPE_CHECKING:
    from jinja2 import Environment

WORST_SHOWN = 5
TYPES_DRAWN = 6
TYPES_ON_FIRST_PAGE = 4
ROWS_SHOWN = 2016  # of the interval table: six weeks of half hours, day and night

PLAN, GIVEN = "the plan", "your own agents"


@dataclass(frozen=True)
class Table:
    """Rows of words under a head; the first `texts` columns are text, the others figures; `strong` rows are totals."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    texts: int = 1
    strong: frozenset[int] = frozenset()


def write_page(answer: Answer, path: str | PathLike[str]) -> Path:
    """Write report.html, whole or not at all."""
    from wfm.files.whole import write_whole

    write_whole(path, page(answer))
    return Path(path)


def page(answer: Answer) -> str:
    """The page as text; the same answer gives the same text."""
    from wfm.reports import pictures

    center, horizon = answer.center, answer.center.horizon
    names = list(center.contact_types)
    drawn = names[:TYPES_DRAWN]
    worst = answer.worst
    return environment().get_template("page.html.jinja").render(
        answer=answer,
        center=center,
        horizon=horizon,
        dated=_dated(answer),
        span=words.span_name(horizon.number_of_days),
        interval=words.interval_name(horizon.interval),
        busiest=_busiest(answer),
        targets={name: one.target for name, one in center.contact_types.items()},
        in_time=_in_time(answer),
        per_day=any(one.target.per == "day" for one in center.contact_types.values()),
        hangs_up=any(one.patience is not None or one.balking for one in center.contact_types.values()),
        absent=any(group.shrinkage.random for group in center.agent_groups.values()),
        busy_days=any(factor is not None for factor in _day_factors(answer)),
        lost=worst[:WORST_SHOWN],
        missed=sum(spell.last - spell.first + 1 for spell in worst),
        judged=_judged(answer),
        own=_own(answer),
        formulas={name: seen for name, seen in answer.predictions.items() if name.startswith("erlang")},
        first_types=names[:TYPES_ON_FIRST_PAGE] if len(names) > 1 else [],
        drawn_until=pictures.drawn_until(answer),
        people=pictures.people(answer, worst[:WORST_SHOWN]),
        volume_pictures={name: pictures.volume_and_agents(answer, name) for name in drawn},
        service_pictures={name: pictures.service_and_waits(answer, name) for name in drawn},
        groups=_groups(answer),
        requirements=_requirements(answer),
        methods=_methods(answer),
        definitions=_definitions(answer),
        reconciliation=pictures.reconciliation(answer),
        overloads=_overloads(answer),
        days={name: _days(answer, name) for name in names},
        maps=pictures.over_maps(answer) if answer.given is not None else pictures.service_maps(answer),
        waterfalls={name: pictures.waterfall(group.shrinkage) for name, group in center.agent_groups.items()},
        assumed=_assumed(answer),
        intervals={name: _intervals(answer, name) for name in names},
        rows_shown=_rows_shown(answer),
    )  # fmt: skip


@cache
def environment() -> Environment:
    """Where templates are found, with the house's words as filters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {
        "number": words.number, "percent": words.percent, "points": words.points, "seconds": words.seconds,
        "out_of_100": words.out_of_100, "estimate": words.estimate, "promise": words.promise, "plural": words.plural,
        "definition": words.definition, "method": words.METHODS.get, "share": words.share, "listed": words.listed,
        "threshold": words.threshold,
    }  # fmt: skip
    made.globals |= {
        "when": words.when,
        "day": words.day,
        "clock": words.clock,
        "plain_promise": words.plain_promise,
        "days_kept": _days_kept,
    }
    return made


def _dated(answer: Answer) -> bool:
    """Whether a weekday alone would not say which day is meant."""
    return answer.center.horizon.number_of_days > 7


def _when(answer: Answer, i: int) -> str:
    horizon = answer.center.horizon
    start = horizon.starts[i]
    return words.when(start, start + timedelta(seconds=horizon.interval), _dated(answer))


def _in_time(answer: Answer) -> str:
    """What counts as answered in time, for a manager."""
    phrases = dict.fromkeys(words.definition(one.target) for one in answer.center.contact_types.values())
    return "; or ".join(phrases).replace("contacts", "calls")


def _day_factors(answer: Answer) -> list[Law | None]:
    return [answer.center.horizon.day_factor, *(one.day_factor for one in answer.center.contact_types.values())]


def _days_kept(seen: Measures) -> str:
    share = float(seen.days_met.mean)
    return words.DASH if np.isnan(share) else f"on {words.out_of_100(share)} days"


def _busiest(answer: Answer) -> dict[str, Any]:
    """The interval with the most people scheduled."""
    scheduled, at_work = answer.plan.whole_gross.sum(axis=0), answer.plan.whole_net.sum(axis=0)
    i = int(np.argmax(scheduled))
    start = answer.center.horizon.starts[i]
    return {
        "when": f"{words.day(start, _dated(answer))} {words.clock(start)}",
        "scheduled": int(scheduled[i]),
        "at_work": int(at_work[i]),
    }


def _judged(answer: Answer) -> int:
    """Intervals of contact types that have a service level to keep and contacts to judge it by."""
    return sum(
        int(np.sum(~np.isnan(np.asarray(answer.simulated.contact_types[name].by_interval.service_level.mean))))
        for name, one in answer.center.contact_types.items()
        if one.target.service_level is not None
    )


def _own(answer: Answer) -> dict[str, Any] | None:
    """The plan against the scenario's own agents, and whether chance alone could explain the difference."""
    if answer.comparison is None:
        return None
    found = next(one for one in answer.comparison.differences if one is not None)
    change = found.measures["service_level"]
    share, half = float(change.mean), float(np.nan_to_num(change.half_width))
    return {
        "seen": answer.given_predictions["simulation"],
        "hours": words.more(found.paid_hours, "more paid hours", "fewer paid hours", "as many paid hours"),
        "cost": None if found.cost is None else words.more(found.cost, "more", "less", "the same"),
        "answers": words.more(100 * share, "more of 100 callers in time", "fewer of 100 callers in time", "", 1),
        "half": words.number(100 * half, 1),
        "sure": abs(share) > half,
    }


def _groups(answer: Answer) -> Table:
    head = (
        "agent group", "takes", "what forces its last agent (intervals)", "at work, at most", "scheduled, at most",
        "paid hours", "shrinkage", "occupancy (simulated)",
    )  # fmt: skip
    rows = []
    for row, (name, group) in enumerate(answer.center.agent_groups.items()):
        forces = Counter(str(one) for one in answer.requirement.binding[row] if one not in ("closed", "none"))
        rows.append((
            name, ", ".join(group.skills),
            ", ".join(f"{words.BINDING[limit]} {count:,}" for limit, count in forces.most_common()) or words.DASH,
            words.number(answer.plan.whole_net[row].max()), words.number(answer.plan.whole_gross[row].max()),
            words.number(answer.plan.paid_hours[row], 1), words.percent(float(group.shrinkage.total)),
            words.estimate(answer.simulated.agent_groups[name].occupancy),
        ))  # fmt: skip
    return Table(head, rows, texts=3)


def _requirements(answer: Answer) -> Table:
    """Each formula's requirement, whole and fractional, and what rounding up in every interval adds."""
    head = (
        "formula", "net at the peak", "gross at the peak", "paid hours", "paid hours, unrounded", "rounding up adds",
        "full-time equivalents", "cost",
    )  # fmt: skip
    rows = []
    for method, needed in answer.requirements.items():
        whole, unrounded = needed.plan, needed.unrounded_hours
        hours = float(whole.paid_hours.sum())
        part = (hours - unrounded) / unrounded if unrounded else np.nan
        added = words.DASH if np.isnan(part) else f"{words.number(hours - unrounded, 1)} h ({words.percent(part)})"
        rows.append((
            words.METHODS[method] + (" (the plan)" if method == answer.method else ""),
            words.number(whole.whole_net.sum(axis=0).max()), words.number(whole.whole_gross.sum(axis=0).max()),
            words.number(hours, 1), words.number(unrounded, 1), added, _or_dash(whole.fte, 1), _or_dash(whole.cost),
        ))  # fmt: skip
    return Table(head, rows)


def _methods(answer: Answer) -> Table:
    head = ("people", "by", "paid hours", "cost", "service level", "abandonment", "ASA", "mean wait", "days kept")
    rows = [_seen(PLAN, answer.plan, seen) for seen in answer.predictions.values()]
    if answer.given is not None:
        rows += [_seen(GIVEN, answer.given, seen) for seen in answer.given_predictions.values()]
    return Table(head, rows, texts=2)


def _seen(name: str, plan: StaffingPlan, seen: Prediction) -> tuple[str, ...]:
    total = seen.total
    return (
        name, words.METHODS[seen.method], words.number(plan.paid_hours.sum(), 1), _or_dash(plan.cost), *_service(total),
        words.estimate(total.days_met),
    )  # fmt: skip


def _service(of: Measures) -> tuple[str, ...]:
    return (
        words.estimate(of.service_level), words.estimate(of.abandonment),
        words.estimate(of.average_speed_of_answer, "seconds"), words.estimate(of.mean_wait, "seconds"),
    )  # fmt: skip


def _definitions(answer: Answer) -> Table:
    """The simulated service level of the plan by every definition."""
    seen = answer.simulated
    columns: list[ContactMeasures] = [*seen.contact_types.values()]
    rows = []
    for name in DEFINITIONS:
        phrase = words.DEFINITIONS[name].format(T="T", short="the short-abandon limit")
        users = [kind for kind, one in answer.center.contact_types.items() if one.target.definition == name]
        rows.append(
            (name, phrase, ", ".join(users) or words.DASH, *(words.estimate(c.service_levels[name]) for c in columns))
        )
    return Table(("definition", "share of contacts", "used for", *seen.contact_types), rows, texts=3)


def _overloads(answer: Answer) -> list[str]:
    """Where a formula has no answer but a queue that grows for ever."""
    found = []
    for method, seen in answer.predictions.items():
        for k, name in enumerate(answer.center.contact_types):
            if count := int(seen.overloaded[k].sum()):
                found.append(f"{words.METHODS[method]}, {name}: overload in {words.plural(count, 'interval')}")
    return found


def _days(answer: Answer, name: str) -> Table:
    head = ("day", "offered", "answered", "service level", "abandonment", "ASA", "mean wait", "days kept")
    measured = answer.simulated.contact_types[name]
    rows = []
    for day, date in enumerate(answer.center.horizon.dates):
        of = _cell(measured.by_day, day)
        rows.append((words.day(date, dated=True), *_counts(of), *_service(of), words.estimate(of.days_met)))
    rows.append(("all days", *_counts(measured), *_service(measured), words.estimate(measured.days_met)))
    return Table(head, rows, strong=frozenset([len(rows) - 1]))


def _counts(of: Measures) -> tuple[str, str]:
    return words.number(float(of.offered.mean), 1), words.number(float(of.answered.mean), 1)


def _cell(of: Measures, i: int) -> Measures:
    """The measures of one interval or day."""
    levels = {name: one[i] for name, one in of.service_levels.items()}
    parts = {name: getattr(of, name)[i] for name in Measures.__dataclass_fields__ if name != "service_levels"}
    return Measures(**parts, service_levels=levels)


def _rows_shown(answer: Answer) -> int:
    """How many intervals of each contact type the long table holds."""
    return max(48, ROWS_SHOWN // len(answer.center.contact_types))


def _intervals(answer: Answer, name: str) -> Table:
    """Every open interval of one contact type: from its volume to what its customers get."""
    center, needed, methods = answer.center, answer.requirement, list(answer.predictions)
    row = answer.plan.groups.index(center.group_of(name))
    volume, handling = center.volume(name), center.contact_types[name].handling_time(center.horizon.intervals)
    load = volume * handling / center.horizon.interval
    gross, exact, exact_gross = answer.plan.whole_gross[row], needed.unrounded[row], needed.unrounded_gross[row]
    own = None if answer.given is None else (answer.given.net[row], needed.over(answer.given)[row])
    levels = [answer.predictions[method].contact_types[name].by_interval.service_level for method in methods]
    seen = answer.simulated.contact_types[name].by_interval
    occupancy = answer.simulated.agent_groups[center.group_of(name)].by_interval.occupancy
    head = (
        "from–to", "volume", "AHT", "load [erlang]", "net, exact", "net", "gross, exact", "gross", "forced by",
        *(() if own is None else ("your own, net", "over/under")),
        *(f"service level, {words.METHODS[one]}" for one in methods), "ASA", "abandonment", "occupancy",
    )  # fmt: skip
    rows = []
    for i in np.flatnonzero(center.is_open(name))[: _rows_shown(answer)].tolist():
        rows.append((
            _when(answer, i), words.number(volume[i], 1), words.seconds(handling[i]), words.number(load[i], 2),
            words.number(exact[i], 2), words.number(needed.whole[row, i]),
            words.number(exact_gross[i], 2), words.number(gross[i]), words.BINDING[str(needed.binding[row, i])],
            *(() if own is None else (words.number(own[0][i], 1), words.number(own[1][i], 1, signed=True))),
            *(words.estimate(level[i]) for level in levels), words.estimate(seen.average_speed_of_answer[i], "seconds"),
            words.estimate(seen.abandonment[i]), words.estimate(occupancy[i]),
        ))  # fmt: skip
    return Table(head, rows)


def _assumed(answer: Answer) -> list[tuple[str, list[str]]]:
    """What the answer takes for granted, in sentences, by part of the centre."""
    center, horizon = answer.center, answer.center.horizon
    opening = ", ".join(f"{days} {hours}" for days, hours in (horizon.opening or {}).items()) or "always"
    lines = center.routing.lines
    whole = [
        f"{horizon.intervals:,} intervals of {horizon.interval / 60:g} minutes from {horizon.start:%Y-%m-%d %H:%M}.",
        f"Open: {opening}.",
        "Lines: " + (f"{lines}; who finds none free is turned away." if lines else "no limit."),
        *(
            [f"All contact types share the busyness of each day: {words.law(horizon.day_factor, unit='')}."]
            if horizon.day_factor
            else []
        ),
    ]
    return [
        ("The centre", whole),
        *((name, _type_assumed(answer, name)) for name in center.contact_types),
        *((name, _group_assumed(answer, name)) for name in center.agent_groups),
    ]


def _type_assumed(answer: Answer, name: str) -> list[str]:
    one, center = answer.center.contact_types[name], answer.center
    said = [f"{center.volume(name).sum():,.1f} contacts over the horizon, arriving at random within each interval."]
    if one.opening is not None:
        said.append("Own hours: " + ", ".join(f"{days} {hours}" for days, hours in one.opening.items()) + ".")
    if one.after_contact_work is not None:
        said.append(f"Talk: {words.law(one.talk_law)}; after-contact work: {words.law(one.after_contact_work)}.")
    else:
        said.append(f"Handling: {words.law(one.talk_law)}.")
    said.append(
        "Nobody hangs up." if one.patience is None else f"Patience before hanging up: {words.law(one.patience)}."
    )
    if one.balking:
        said.append(f"{words.share(one.balking)} leave at once when they must wait.")
    if one.day_factor is not None:
        said.append(f"Some days are busier than others: {words.law(one.day_factor, unit='')}.")
    said.append(f"Target: {words.promise(one.target)}. Service level: {words.definition(one.target)}.")
    said.append(f"After closing {words.AFTER_CLOSE[center.after_close(name)]}.")
    return said


def _group_assumed(answer: Answer, name: str) -> list[str]:
    group = answer.center.agent_groups[name]
    rules = [
        ("occupancy at most {}", group.max_occupancy and words.share(group.max_occupancy)),
        ("at least {} at work while open", group.min_agents),
        ("one full-time equivalent is {} hours a week", group.contract_hours and f"{group.contract_hours:g}"),
        ("{} for a paid hour", group.cost_per_hour is not None and f"{group.cost_per_hour:,g}"),
    ]
    said = "; ".join(text.format(value) for text, value in rules if value) or "no rules of its own"
    return [words.begun(said) + "."]


def _or_dash(value: float | None, digits: int = 0) -> str:
    return words.DASH if value is None else words.number(value, digits)
