"""What a generated centre has, and what happened in it, so that a test can count that every feature really occurs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from generated import by_compiled, generated

from wfm.measures.counts import ANSWERED, ANSWERED_BY_BEST, BUSY, OVERTIME, QUEUE_TIME, SHORT_ABANDONED
from wfm.model.center import ContactCenter
from wfm.model.laws import Law
from wfm.simulation.ledger import OUTCOMES, Books, Log
from wfm.simulation.lowering import AGENT_SELECTION, AGENT_TIE, CONTACT_SELECTION, NO_LIMIT, World


def features(number: int) -> dict[str, bool]:
    """Each feature by name, and whether this centre has it."""
    center, _, world = generated(number)
    return {
        name: bool(value)
        for part in (
            _of_the_structure(center, world),
            _of_skills(world),
            _of_selections(world),
            _of_contact_types(center, world),
            _of_agents(center, world),
            _of_what_happened(*by_compiled(number)),
        )
        for name, value in part
    }


Found = Iterator[tuple[str, object]]


def _of_the_structure(center: ContactCenter, world: World) -> Found:
    has_skill = world.routes.after < np.inf
    yield "plain", not world.is_coupled
    yield "four types", len(center.contact_types) == 4
    yield "four groups", len(center.agent_groups) == 4
    yield "a type with several groups", np.any(has_skill.sum(axis=1) > 1)
    yield "a group with several types", np.any(has_skill.sum(axis=0) > 1)
    yield "three days", center.horizon.number_of_days >= 3
    yield "opening hours that differ by type", np.any(world.is_open != world.is_open[0])
    yield "serve, drop and carry in one centre", len(set(world.after_close.tolist())) == 3
    yield (
        "a group whose types close by different rules",
        any(len(set(world.after_close[able])) > 1 for able in has_skill.T),
    )
    yield "strata", world.strata > 1
    yield "lines", world.routes.lines < NO_LIMIT


def _of_skills(world: World) -> Found:
    routes = world.routes
    after = routes.after[(routes.after > 0) & (routes.after < np.inf)]
    yield "speed", np.any(routes.pace != 1)
    yield "a delay", after.size > 0
    yield "several delays of one type", np.any((routes.delays < np.inf).sum(axis=1) > 1)
    yield "a delay of a whole interval", np.any(after == world.edges[1])
    yield "a delay equal to some patience", np.any(np.isin(after, world.patience.scale))
    yield "a reserve", np.any(routes.reserve > 0)


def _of_selections(world: World) -> Found:
    """Only where there is something to select."""
    routes = world.routes
    has_skill = routes.after < np.inf
    several_groups, several_types = np.any(has_skill.sum(axis=1) > 1), np.any(has_skill.sum(axis=0) > 1)
    for name, one in AGENT_SELECTION.items():
        yield f"agent_selection {name}", several_groups and routes.agent_selection == one
    for name, one in AGENT_TIE.items():
        yield f"agent_tie {name}", several_groups and routes.agent_tie == one
    for name, one in CONTACT_SELECTION.items():
        yield f"contact_selection {name}", several_types and routes.contact_selection == one
    yield (
        "groups of equal level",
        any(_some_equal(row[able]) for row, able in zip(routes.level, has_skill, strict=True)),
    )
    yield (
        "groups of unequal level",
        any(_some_differ(row[able]) for row, able in zip(routes.level, has_skill, strict=True)),
    )
    scores = list(zip(routes.score.T, has_skill.T, strict=True))
    yield "types of equal score", any(_some_equal(column[able]) for column, able in scores)
    yield "types of unequal score", any(_some_differ(column[able]) for column, able in scores)


def _some_equal(values: np.ndarray) -> bool:
    return len(np.unique(values)) < len(values)


def _some_differ(values: np.ndarray) -> bool:
    return len(np.unique(values)) > 1


def _of_contact_types(center: ContactCenter, world: World) -> Found:
    types = list(center.contact_types.values())
    skills = [skill for group in center.agent_groups.values() for skill in group.skills.values()]
    yield "contact_rank", any(skill.freed_rank != skill.rank for skill in skills)
    yield "weights that differ", _some_differ(world.routes.weight)
    yield "after-contact work", world.has_after_contact_work.any()
    yield "balking", np.any(world.balking > 0)
    yield "nobody hangs up", any(one.patience is None for one in types)
    yield "patience with zeros", np.any(world.patience.at_zero > 0)
    yield "patience by interval", any(_changes(one.patience) for one in types)
    yield "handling by interval", any(_changes(one.handling) or _changes(one.talk) for one in types)
    yield "day factors", any(one.day_factor for one in [*types, center.horizon])


def _changes(law: Law | None) -> bool:
    return isinstance(getattr(law, "mean", None), tuple)


def _of_agents(center: ContactCenter, world: World) -> Found:
    net = np.array([group.agents for group in center.agent_groups.values()])
    both = world.on_duty[:, 1:] & world.on_duty[:, :-1]
    yield "nobody on duty while open", np.any((net == 0) & world.on_duty)
    yield "staffing rises", np.any((np.diff(net) >= 1) & both)
    yield "staffing falls", np.any((np.diff(net) <= -1) & both)
    yield "fractional agents", np.any((net % 1 > 0) & world.on_duty)
    yield "random absence", np.any(world.absence > 0)


def _of_what_happened(books: Books, log: Log) -> Found:
    totals = books.counts.sum(axis=(0, 1, 2))
    for outcome, name in enumerate(OUTCOMES):
        yield name, np.any(log.outcome == outcome)
    yield "answered after a wait", np.any((log.decided > log.arrival) & (log.outcome == OUTCOMES.index("answered")))
    yield "answered, but not by a best group", totals[ANSWERED_BY_BEST] < totals[ANSWERED]
    yield "short abandonment", totals[SHORT_ABANDONED] > 0
    yield "time in queue", totals[QUEUE_TIME] > 0
    yield "overtime", books.times[..., OVERTIME].sum() > 0
    yield "work after the horizon", books.times[:, :, -1, BUSY].sum() > 0
    yield "arrivals at one instant", np.any(np.diff(log.arrival) == 0)
    arrivals_and_ends = np.sort(np.concatenate([log.arrival, log.freed[log.agent_group >= 0]]))
    yield "events at one instant", np.any(np.diff(arrivals_and_ends) == 0)
