"""What was understood of skills and routing, in sentences: for `wfm check`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wfm.model.center import AgentGroup, ContactCenter, Skill

ARRIVING = {
    "rank": "the free group with the best rank for it",
    "specialist_first": "the free group with the fewest skills, then the best rank",
    "least_occupied": "the group with the smallest share of its agents busy",
}
TIES = {
    "longest_idle": "among equals the agent who has been idle longest",
    "random": "among equals any of their free agents, at random",
}
FREED = {
    "rank": "the waiting contact of the best rank for his group",
    "priority": "the waiting contact of the most urgent type",
    "longest_waiting": "who has waited longest of all that he may take",
    "weighted_wait": "the waiting contact with the largest weight x wait",
}


def skills_in_words(center: ContactCenter, group: AgentGroup) -> str:
    """The contact types of a group with its rank, pace, delay and reserve for each, such as 'calls; mail (rank 2)'."""
    ranked = any(how.rank != 1 or how.contact_rank is not None for how in group.skills.values())
    words = []
    for name, how in group.skills.items():
        limits = list(_limits(how, ranked or _has_rivals(center, name)))
        words.append(f"{name} ({', '.join(limits)})" if limits else name)
    return ("; " if any("(" in one for one in words) else ", ").join(words)


def _has_rivals(center: ContactCenter, contact_type: str) -> bool:
    """Whether the groups of a contact type differ in rank."""
    return len({group.skills[contact_type].rank for group in _groups_of(center, contact_type)}) > 1


def _limits(how: Skill, ranked: bool) -> Iterator[str]:
    if ranked:
        yield f"rank {how.rank}"
    if how.contact_rank is not None:
        yield f"rank {how.contact_rank} for a freed agent"
    if how.speed != 1:
        yield f"at {how.speed:g} of the usual speed, so {100 / how.speed:.4g} % of the handling time"
    if how.after > 0:
        yield f"only after it has waited {how.after:g} s"
    if how.reserve > 0:
        agents = "agent is" if how.reserve == 1 else "agents are"
        yield f"only while more than {how.reserve} {agents} free"


def routing_notes(center: ContactCenter) -> list[str]:
    """How contacts and agents choose one another, and what of it can have no effect."""
    routing = center.routing
    several_groups = any(len(_groups_of(center, name)) > 1 for name in center.contact_types)
    several_skills = any(len(group.skills) > 1 for group in center.agent_groups.values())
    found = []
    if several_groups:
        found.append(
            f"routing: an arriving contact takes {ARRIVING[routing.agent_selection]}; {TIES[routing.agent_tie]}"
        )
    if several_skills:
        found.append(f"routing: a freed agent takes {FREED[routing.contact_selection]}{_numbers(center)}")
    found.extend(_without_effect(center, several_groups, several_skills))
    for name in center.contact_types:
        found.extend(_never_at_once(center, name))
        found.extend(_nobody_there(center, name))
    return found


def _numbers(center: ContactCenter) -> str:
    """The priorities or weights that the freed agent's choice goes by, and how it ends."""
    selection, types = center.routing.contact_selection, center.contact_types
    if selection == "longest_waiting":
        return ""
    key = {"priority": "priority", "weighted_wait": "weight"}.get(selection)
    numbers = "" if key is None else f" ({', '.join(f'{name} {getattr(types[name], key):g}' for name in types)})"
    return f"{numbers}; among equals who has waited longest"


def _without_effect(center: ContactCenter, several_groups: bool, several_skills: bool) -> Iterator[str]:
    """Keys that say something which this centre's routing never looks at."""
    routing, types = center.routing, center.contact_types
    skills = [how for group in center.agent_groups.values() for how in group.skills.values()]
    for key, selection in (("priority", "priority"), ("weight", "weighted_wait")):
        named = [name for name, one in types.items() if getattr(one, key) != 1]
        if named and routing.contact_selection != selection:
            yield (
                f"{key} of {', '.join(named)}: without effect, as contact_selection is {routing.contact_selection} "
                f"and not {selection}"
            )
    if routing.contact_selection != "rank" and not several_skills:
        yield f"contact_selection = {routing.contact_selection}: without effect, as every group has one skill"
    if routing.agent_selection != "rank" and not several_groups:
        yield f"agent_selection = {routing.agent_selection}: without effect, as every contact type has one group"
    if routing.contact_selection != "rank" and any(how.contact_rank is not None for how in skills):
        yield f"contact_rank: without effect, as contact_selection is {routing.contact_selection}"
    unranked = routing.agent_selection == "least_occupied" and routing.contact_selection != "rank"
    if unranked and any(how.rank != 1 for how in skills):
        yield "rank: chooses nobody here; it only says whose answers count as given by the best group"


def _never_at_once(center: ContactCenter, contact_type: str) -> Iterator[str]:
    """Types that even a centre full of free agents lets wait, or does not serve while few agents are free."""
    skills = [group.skills[contact_type] for group in _groups_of(center, contact_type)]
    first = min(how.after for how in skills)
    target = center.contact_types[contact_type].target
    if first > 0:
        beyond = target.service_level is not None and target.answer_within < first
        so = f", so that nobody is answered within {target.answer_within:g} s" if beyond else ""
        yield f"{contact_type}: every group takes it only after a delay, {first:g} s at the least{so}"
    if all(how.reserve > 0 for how in skills):
        yield f"{contact_type}: every group holds agents in reserve against it, so that some may idle while it waits"


def _nobody_there(center: ContactCenter, contact_type: str) -> Iterator[str]:
    """Intervals in which contacts come and no group that takes them has agents."""
    if center.plan is None:
        return
    rows = [row for row, group in enumerate(center.agent_groups.values()) if contact_type in group.skills]
    alone = (center.volume(contact_type) > 0) & (center.plan.net[rows].sum(axis=0) == 0)
    if alone.any():
        at = center.horizon.starts[int(np.argmax(alone))]
        yield (
            f"{contact_type}: contacts come in {int(alone.sum())} intervals without any agent for them, "
            f"from {at:%a %Y-%m-%d %H:%M}"
        )


def _groups_of(center: ContactCenter, contact_type: str) -> list[AgentGroup]:
    return [group for group in center.agent_groups.values() if contact_type in group.skills]
