"""What was understood of a scenario, in sentences: for `wfm check`."""

from __future__ import annotations

import numpy as np

from wfm.files.routing_notes import routing_notes, skills_in_words
from wfm.model.center import AgentGroup, ContactCenter, ContactType
from wfm.model.laws import Exponential, Law, Never, length_of, spread


def notes(center: ContactCenter) -> list[str]:
    """Sentences about the horizon, each contact type, each agent group, routing and the experiment."""
    found = [_horizon(center)]
    for name, contact_type in center.contact_types.items():
        found.extend(_contact_type(center, name, contact_type))
    for name, group in center.agent_groups.items():
        found.extend(_agent_group(center, name, group))
    found.extend(routing_notes(center))
    if center.routing.lines is not None:
        found.append(
            f"lines: {center.routing.lines} for all contact types, waiting and in service; no line free: blocked"
        )
    experiment = center.experiment
    found.append(
        f"experiment: {experiment.replications} replications, seed {experiment.seed}, "
        f"{100 * experiment.confidence:g} % confidence"
    )
    return found


def _horizon(center: ContactCenter) -> str:
    horizon = center.horizon
    is_open = np.any([center.is_open(name) for name in center.contact_types], axis=0)
    days = f"{horizon.number_of_days} days" if horizon.number_of_days > 1 else "1 day"
    factor = f"; busyness of a day: {law_in_words(horizon.day_factor)}" if horizon.day_factor else ""
    return (
        f"horizon: {horizon.intervals} intervals of {horizon.interval / 60:g} min "
        f"from {horizon.start:%a %Y-%m-%d %H:%M}, "
        f"{days}, {int(is_open.sum())} intervals open; contacts that wait at closing: {horizon.after_close}{factor}"
    )


def _contact_type(center: ContactCenter, name: str, one: ContactType) -> list[str]:
    intervals = center.horizon.intervals
    volume, given = center.volume(name), spread(one.volume, intervals)
    busy = volume > 0
    aht = one.handling_time(intervals)
    mean_aht = float(np.sum(aht * volume) / volume.sum()) if busy.any() else float(aht.mean())
    parts = law_in_words(one.talk_law)
    if one.after_contact_work is not None:
        parts = f"talk {parts}; after-contact work {law_in_words(one.after_contact_work)}"
    found = [
        f"{name}: {volume.sum():,.1f} contacts, at most {volume.max():,.1f} per interval; "
        f"AHT {mean_aht:.1f} s ({parts})"
    ]
    # A single number is meant for the open intervals; a list that names closed ones says more than is used.
    if isinstance(one.volume, tuple) and given.sum() > volume.sum():
        found.append(f"{name}: {given.sum() - volume.sum():,.1f} contacts in closed intervals are left out")
    if one.patience is None or isinstance(one.patience, Never):
        found.append(f"{name}: no patience, so nobody hangs up")
    else:
        found.append(f"{name}: patience {law_in_words(one.patience)}")
    if one.balking > 0:
        found.append(f"{name}: {100 * one.balking:g} % leave at once when they must wait")
    if one.day_factor is not None:
        found.append(f"{name}: busyness of a day {law_in_words(one.day_factor)}")
    if one.after_close is not None:
        found.append(f"{name}: contacts that wait at closing: {one.after_close}")
    found.append(f"{name}: {_target(one)}")
    return found


def _target(one: ContactType) -> str:
    target, limits = one.target, []
    if target.service_level is not None:
        definition = target.definition.replace("_", " ")
        limits.append(f"{100 * target.service_level:g} % within {target.answer_within:g} s ({definition})")
    if target.max_abandonment is not None:
        limits.append(f"abandonment at most {100 * target.max_abandonment:g} %")
    if target.max_average_speed_of_answer is not None:
        limits.append(f"ASA at most {target.max_average_speed_of_answer:g} s")
    if not limits:
        return "no target"
    return (
        f"target {', '.join(limits)}, in every interval"
        if target.per == "interval"
        else f"target {', '.join(limits)}, over the day"
    )


def _agent_group(center: ContactCenter, name: str, group: AgentGroup) -> list[str]:
    horizon, plan = center.horizon, center.plan
    found = [f"{name}: takes {skills_in_words(center, group)}"]
    if group.agents is None and group.scheduled is None:
        shared = "no agents given; staffing of shared agents is not available yet, so a plan file must bring them"
        found.append(f"{name}: {shared if center.shares_agents else 'no agents given, so they are to be solved'}")
    elif plan is not None:
        row = plan.net[list(plan.groups).index(name)]
        kind = "net" if group.agents is not None else "net, from people scheduled"
        found.append(
            f"{name}: {row.max():g} agents {kind} at the most, {row.sum() * horizon.interval / 3600:,.1f} net hours"
        )
        given = spread(group.agents if group.agents is not None else group.scheduled, horizon.intervals)  # type: ignore[arg-type]
        outside = given[~center.on_duty(name)].sum() * horizon.interval / 3600
        if outside > 0 and isinstance(group.agents if group.agents is not None else group.scheduled, tuple):
            found.append(f"{name}: {outside:,.1f} hours in closed intervals are left out")
        if not np.array_equal(row, np.round(row)):
            rounding = {
                "random": "rounded up or down at random each day, so that the mean is kept",
                "up": "rounded up",
                "nearest": "rounded to the nearest",
            }
            found.append(f"{name}: fractional agents; simulated whole, {rounding[center.experiment.rounding]}")
    shrinkage = group.shrinkage
    if shrinkage.categories:
        listed = ", ".join(f"{category} {100 * share:g} %" for category, share in shrinkage.categories.items())
        how = "added" if shrinkage.combine == "sum" else "compounded"
        found.append(
            f"{name}: shrinkage {100 * float(shrinkage.total):.4g} % of {shrinkage.base} hours ({listed}; {how})"
        )
    else:
        found.append(f"{name}: no shrinkage given, so gross is net")
    if shrinkage.random:
        found.append(
            f"{name}: {', '.join(shrinkage.random)} drawn per person and day in simulation, by its mean in formulas"
        )
    return found


def law_in_words(law: Law) -> str:
    """A law with its mean and spread, such as 'lognormal, mean 180 s, cv 1'."""
    length = length_of(law)
    mean, scv = float(law.mean_by_interval(length).mean()), float(law.scv_by_interval(length).mean())
    spread_words = "" if isinstance(law, Exponential) else f", cv {scv**0.5:.3g}"
    return f"{law.law}, mean {mean:g}{spread_words}"
