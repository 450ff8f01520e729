"""A prediction on a terminal: what customers and agents experience, how sure it is, and what made it surer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wfm.answering import Spell, promises_in_words, worst_spells
from wfm.measures.prediction import ContactMeasures, GroupMeasures, Prediction
from wfm.measures.sample import Estimate
from wfm.model.center import ContactCenter
from wfm.reports import words
from wfm.reports.console import is_narrow, safe, say, table

MOST_ROWS = 20  # contact types or agent groups that can still be taken in
MOST_SPELLS = 3
WORST = 10  # of them that are shown where there are more
PERCENTILES = (50, 90)
WAYS_TO_BE_LOST = ("blocked", "dropped", "unfinished")


def show_prediction(seen: Prediction) -> None:
    """What customers and agents experience, per contact type, group and day."""
    types = _worst_types(seen)
    named = [*((safe(name), seen.contact_types[name]) for name in types), ("all", seen.total)]
    shown = named if len(seen.contact_types) > 1 else named[:1]
    _show_service(shown)
    _show_waits(shown, _types_with_ranks(seen.center))
    groups = _busiest_groups(seen)
    _show_groups({name: seen.agent_groups[name] for name in groups})
    if seen.center.horizon.number_of_days > 1 and seen.counted is None:
        _show_days(seen)
    _say_what_is_left_out(seen, types, groups)
    _say_what_it_costs(seen)
    say(how_sure(seen))
    _say_what_made_it_surer(seen)
    if len(seen.contact_types) <= MOST_ROWS:
        say_where_promises_fail(seen.center, promises_in_words(seen), worst_spells(seen))
    say_who_never_hangs_up(seen.center)


def how_sure(seen: Prediction) -> str:
    """How wide the ± is, and where it comes from."""
    if not seen.replications:
        return f"{words.METHODS[seen.method]} is exact for its own assumptions."
    confidence = words.share(seen.center.experiment.confidence)
    if seen.counted is not None:
        left_out = words.threshold(float((~seen.counted).sum()) * seen.center.horizon.interval)
        return (
            f"± is {confidence} confidence, from {seen.contacts.n} batches of one long replication after {left_out} "
            f"of warm-up, seed {seen.seed}."
        )
    if seen.replications == 1:
        return f"Simulated once, seed {seen.seed}: one replication cannot say how sure it is."
    return f"± is {confidence} confidence; simulated {seen.replications:,} times, seed {seen.seed}."


def say_where_promises_fail(center: ContactCenter, promises: Sequence[str], worst: Sequence[Spell]) -> None:
    """Whether each promise is kept overall, in how many intervals it is not, and where that costs most."""
    for sentence in promises:
        say(safe(sentence))
    if worst:
        dated = center.horizon.number_of_days > 7
        spells = [
            f"{words.when(one.start, one.end, dated)} {safe(one.contact_type)} "
            f"({words.percent(one.service_level)}, {words.number(one.lost, 1)} contacts below target)"
            for one in worst[:MOST_SPELLS]
        ]
        say(f"Worst: {'; '.join(spells)}")


def say_who_never_hangs_up(center: ContactCenter) -> None:
    """The contact types without patience, which a reader would take for a miracle of staffing."""
    never = [
        safe(name)
        for name, described in center.contact_types.items()
        if not np.isfinite(described.mean_patience(center.horizon.intervals)).any()
    ]
    if never:
        say(f"{words.listed(never)}: no patience is given, so nobody hangs up.")


def _show_service(shown: list[tuple[str, ContactMeasures]]) -> None:
    rows = [
        [
            name,
            _offered(one.offered),
            words.estimate(one.service_level),
            words.estimate(one.average_speed_of_answer, "seconds"),
            words.estimate(one.abandonment),
            words.estimate(one.days_met),
        ]
        for name, one in shown
    ]
    table(["contact type", "offered", "service level", "ASA", "abandoned", "days kept"], rows)


def _show_waits(shown: list[tuple[str, ContactMeasures]], ranked: set[str]) -> None:
    rows = [
        [
            name,
            words.number(float(one.answered.mean), 1),
            *(_percentile(one.wait_percentiles, percent) for percent in PERCENTILES),
            _queue(one.mean_queue),
            words.percent(float(one.best_rank_share.mean)) if name in ranked or (ranked and name == "all") else "",
            *(_unless_zero(getattr(one, way)) for way in WAYS_TO_BE_LOST),
        ]
        for name, one in shown
    ]
    heads = ["contact type", "answered", *(f"{percent} % within" for percent in PERCENTILES), "mean queue",
             "by best group", *WAYS_TO_BE_LOST]  # fmt: skip
    table(heads, rows)


def _show_groups(groups: Mapping[str, GroupMeasures]) -> None:
    rows = [
        [
            safe(name),
            words.estimate(one.occupancy),
            words.number(float(one.busy_hours.mean), 1),
            words.number(float(one.staffed_hours.mean), 1),
            _unless_zero(one.overtime_hours),
            "" if np.isnan(one.cost.mean) else words.number(float(one.cost.mean)),
        ]
        for name, one in groups.items()
    ]
    table(["agent group", "occupancy", "busy hours", "staffed hours", "overtime hours", "cost"], rows)


def _show_days(seen: Prediction) -> None:
    by_day = seen.total.by_day
    rows = []
    for day, date in enumerate(seen.center.horizon.dates):
        if not np.asarray(by_day.offered.mean)[day] > 0:
            continue
        rows.append(
            [
                words.day(date, dated=True),
                _offered(by_day.offered[day]),
                words.estimate(by_day.service_level[day]),
                words.estimate(by_day.average_speed_of_answer[day], "seconds"),
                words.estimate(by_day.abandonment[day]),
                words.estimate(by_day.days_met[day]),
            ]
        )
    table(["day", "offered", "service level", "ASA", "abandoned", "days kept"], rows)


def _say_what_it_costs(seen: Prediction) -> None:
    cost = seen.cost
    if not np.isnan(cost.mean) and len(seen.agent_groups) > 1:
        say(f"Cost: {words.estimate(cost, 'number')} for the paid hours of the plan and overtime.")


def _say_what_made_it_surer(seen: Prediction) -> None:
    gained = seen.variance_reduction
    if gained is not None:
        names = [
            name
            for name, used in (("control variate", seen.contacts.known is not None), ("strata", seen.strata > 1))
            if used
        ]
        say(
            f"{words.listed(names).capitalize()}: half-width {100 * gained.reduced:.2f} points instead of "
            f"{100 * gained.without:.2f}, worth {words.number(gained.as_many_replications, 1)} times the replications."
        )
    if seen.until_reached is not None:
        so_many = words.plural(seen.replications, "replication")
        say(
            f"The wanted half-width is reached with {so_many}."
            if seen.until_reached
            else f"The wanted half-width is not reached with {so_many}, the most allowed; --replications allows more."
        )


def _say_what_is_left_out(seen: Prediction, types: list[str], groups: list[str]) -> None:
    parts = []
    if len(types) < len(seen.contact_types):
        parts.append(f"the {len(types)} of {len(seen.contact_types)} contact types with the lowest service level "
                     "against their target")  # fmt: skip
    if len(groups) < len(seen.agent_groups):
        parts.append(f"the {len(groups)} busiest of {len(seen.agent_groups)} agent groups")
    if parts:
        say(f"Shown are {words.listed(parts)}; --json has all.")


def _worst_types(seen: Prediction) -> list[str]:
    """All contact types in file order; of too many, the worst first: how far the service level is below the target."""
    names = list(seen.contact_types)
    if len(names) <= MOST_ROWS:
        return names
    wanted = {name: one.target.service_level or 0.0 for name, one in seen.center.contact_types.items()}
    above = {name: float(one.service_level.mean) - wanted[name] for name, one in seen.contact_types.items()}
    return sorted(names, key=lambda name: np.nan_to_num(above[name], nan=np.inf))[:WORST]


def _busiest_groups(seen: Prediction) -> list[str]:
    names = list(seen.agent_groups)
    if len(names) <= MOST_ROWS:
        return names
    occupancy = {name: float(np.nan_to_num(one.occupancy.mean)) for name, one in seen.agent_groups.items()}
    return sorted(names, key=lambda name: -occupancy[name])[:WORST]


def _types_with_ranks(center: ContactCenter) -> set[str]:
    """Contact types that groups of several ranks may take."""
    ranks: dict[str, set[int]] = {}
    for group in center.agent_groups.values():
        for name, skill in group.skills.items():
            ranks.setdefault(name, set()).add(skill.rank)
    return {safe(name) for name, found in ranks.items() if len(found) > 1}


def _offered(of: Estimate) -> str:
    return words.number(float(of.mean), 1) if is_narrow() else words.estimate(of, "number")


def _percentile(found: Mapping[int, Estimate] | None, percent: int) -> str:
    if found is None:
        return ""
    one = found[percent]
    return words.seconds(float(one.mean)) if is_narrow() else words.estimate(one, "seconds")


def _queue(of: Estimate) -> str:
    """Contacts waiting on average: often less than one."""
    if np.isnan(of.mean):
        return ""
    around = "" if is_narrow() or np.isnan(of.half_width) else f" ± {words.number(float(of.half_width), 2)}"
    return f"{words.number(float(of.mean), 2)}{around}"


def _unless_zero(value: Any) -> str:
    return words.number(float(value.mean), 1) if float(value.mean) > 0 else ""
