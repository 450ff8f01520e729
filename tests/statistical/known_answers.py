"""Centres whose figures are known from elsewhere, each with what a simulation of it must come to.

Exact: single queues from the tables of `tests/exact/tables` (Erlang with lines, M/M/n+G, M/D/n, phase-type handling,
Cobham's priorities, the queue over time), and two queues with two groups from a Markov chain that follows a tagged
contact (below). Simulated by others, with half-widths of 99 %: M/G/n+G, and a day with three types and three groups.

A stationary centre starts empty; the first quarter of its run is left out, which is at least ten times as long as the
queue remembers: handling / (sqrt(agents) - sqrt(load))^2 without patience, else the longest of handling, patience and,
where it is not exponential, the time in which the queue diffuses over the places that patience allows. Where
contacts are served as they come the end needs no care: who arrives later cannot delay who is there, and agents stay
until all are served. Where types are served before one another, the end of the run is left out, too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from simulated import HOUR, Ratio, Run, ratio, stationary

from wfm.model.center import AgentGroup, ContactCenter, ContactType, Routing, Skill, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import (
    Deterministic,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
    Uniform,
    Weibull,
)

TABLES = Path(__file__).parents[1] / "exact" / "tables"
INTERVAL = 600.0  # of the stationary centres
LAWS = {law.law: law for law in (Deterministic, Erlang, Exponential, Hyperexponential, Lognormal, Uniform, Weibull)}


class Figure(NamedTuple):
    """A measure and its value; `of` a contact type (occupancy: a group) and `interval`, or all of them.

    half_width: 0 where the value is exact, else that of 99 % of who simulated it.
    """

    measure: str
    value: float
    of: int | None = None
    interval: int | None = None
    half_width: float = 0.0


class Known(NamedTuple):
    """A centre with figures that are known; `start` intervals of warm-up and the last `end` intervals do not count."""

    family: str
    name: str
    center: ContactCenter
    start: int
    end: int
    figures: tuple[Figure, ...]

    @property
    def contacts(self) -> float:
        """Mean number of contacts of one replication, warm-up included."""
        return float(sum(self.center.volume(name).sum() for name in self.center.contact_types))

    def simulate(self, replications: int, seed: int) -> Run:
        by_interval = any(figure.interval is not None for figure in self.figures)
        return Run(self.center, replications, seed, self.start, self.end, by_interval=by_interval)


def seen(run: Run, figure: Figure) -> Ratio:
    """What a simulation came to. A measure with the threshold 0 tells who is answered at once.

    >>> known = next(iter(queues_with_lines()))
    >>> seen(known.simulate(64, seed=1), Figure("blocking", 0.0515)).replications
    64
    """
    total: Callable[..., np.ndarray] = partial(run.total, of=figure.of, interval=figure.interval)
    offered, waited = total("offered"), total("wait_of_answered", "wait_of_unanswered")
    match figure.measure.split("@")[0]:
        case "abandonment" | "answered" | "answered_within" | "abandoned_within" as name:
            return ratio(total({"abandonment": "abandoned"}.get(name, name)), offered)
        case "blocking":
            return ratio(total("blocked"), offered)
        case "wait_probability":
            return ratio(offered - total("answered_within", "abandoned_within", "blocked"), offered)
        case "offered_wait_probability":
            return ratio(offered - total("answered_within"), offered)
        case "mean_wait":
            return ratio(waited, offered - total("blocked"))
        case "average_speed_of_answer":
            return ratio(total("wait_of_answered"), total("answered"))
        case "service_level:answered_of_answered":
            return ratio(total("answered_within"), total("answered"))
        case "service_level:excluding_abandoned_within":
            return ratio(total("answered_within"), offered - total("blocked", "abandoned_within"))
        case "service_level:abandoned_within_counted":
            return ratio(total("answered_within", "abandoned_within"), offered - total("blocked"))
        case "mean_queue":
            return ratio(total("queue_time"), run.length(figure.interval))
        case "mean_busy":
            return ratio(run.time("busy", figure.of, figure.interval), run.length(figure.interval))
        case "occupancy":
            return ratio(run.time("busy", figure.of, figure.interval), run.time("staffed", figure.of, figure.interval))
    raise ValueError(figure.measure)


def allowed(found: Ratio, figure: Figure, chance: float) -> float:
    """How far a correct figure may be from what is known, but for this probability.

    Where no replication differs from another, nothing was seen: then a share may differ by what is expected to happen
    fewer than NEVER times, and anything else not at all.
    """
    if found.error == 0:
        return NEVER / found.bottom if is_share(figure) else 1e-9 * abs(figure.value)
    return found.quantile(chance) * found.error


def fine(figure: Figure, part: float) -> float:
    """A half-width that is this part of the value; of a share at least SMALLEST."""
    return max(part * abs(figure.value), SMALLEST * is_share(figure))


def is_share(figure: Figure) -> bool:
    """Whether a measure is between 0 and 1; the others are times and mean numbers."""
    return not figure.measure.startswith(("mean_", "average_"))


NEVER = 7.0  # exp(-7) is 0.0009
SMALLEST = 1e-3  # half-width of a share: 1 % of 0.1
NOT_SIMULATED = ("offered_load", "mean_offered_wait", "offered_wait_beyond", "abandonments", "offered")
AT_ONCE = ("wait_probability", "offered_wait_probability")  # counted by the threshold 0


def table(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return cases


def law(numbers: dict[str, Any] | float | None) -> Law | float | None:
    """A law from its numbers in a table."""
    if not isinstance(numbers, dict):
        return numbers
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in numbers.items()}
    return LAWS[given.pop("law")](**given)


def warm_up(volume: float, agents: int, handling: float, patience: Law | float | None) -> int:
    """Ten times as long as the queue remembers, in whole intervals. Volume per hour, times in seconds."""
    if patience is None:
        memory = handling / (math.sqrt(agents) - math.sqrt(volume * handling / HOUR)) ** 2
    elif isinstance(patience, Law):
        longest = (
            max(patience.means) if isinstance(patience, Hyperexponential) else float(patience.mean_by_interval(1)[0])
        )
        memory = max(handling, longest, volume / HOUR * longest**2 / math.pi**2)
    else:
        memory = max(handling, patience)
    return math.ceil(10 * memory / INTERVAL)


def at_thresholds(
    family: str, name: str, center: ContactCenter, start: int, figures: list[Figure], end: int = 0
) -> Iterator[Known]:
    """One centre per answer threshold, each with the figures that need it; the rest go with the first."""
    by_threshold: dict[float, list[Figure]] = {}
    rest = []
    for figure in figures:
        measure, _, seconds = figure.measure.partition("@")
        if measure in NOT_SIMULATED:
            continue
        if measure in AT_ONCE:
            by_threshold.setdefault(0.0, []).append(figure)
        elif seconds:
            by_threshold.setdefault(float(seconds), []).append(figure)
        else:
            rest.append(figure)
    by_threshold.setdefault(max(by_threshold, default=0.0), []).extend(rest)
    for seconds, its in by_threshold.items():
        types = {key: replace(kind, target=Target(answer_within=seconds)) for key, kind in center.contact_types.items()}
        its_name = f"{name}, within {seconds:g} s"
        yield Known(family, its_name, replace(center, contact_types=types), start, end, tuple(its))


def single_queue(family: str, number: int, case: dict[str, Any]) -> Iterator[Known]:
    """A case of a table: one type, one group, all constant."""
    volume, agents, patience = case["volume"], case["agents"], law(case.get("patience"))
    handling = law(case.get("handling", case["handling_time"] if family != "mdn" else None))
    if handling is None:
        handling = Deterministic(case["handling_time"])
    start = warm_up(volume, agents, case["handling_time"], patience)
    center = stationary(
        volume,
        agents,
        handling,
        patience,
        hours=4 * start * INTERVAL / HOUR,
        interval=INTERVAL,
        lines=case.get("lines"),
    )
    errors = case.get("half_width_99", {})
    figures = [Figure(name, value, half_width=errors.get(name, 0.0)) for name, value in case["expected"].items()]
    return at_thresholds(family, f"{family} {number}", center, start, figures)


def queues(family: str) -> Iterator[Known]:
    """All cases of a table of single queues."""
    for number, case in enumerate(table(family), 1):
        yield from single_queue(family, number, case)


def queues_with_lines() -> Iterator[Known]:
    """M/M/n with limited lines, with and without patience."""
    return queues("finite_lines")


def priorities() -> Iterator[Known]:
    """Classes that are never interrupted (Cobham 1954): one group, the first class first."""
    for number, case in enumerate(table("priority_nonpreemptive"), 1):
        handling, agents = float(case["handling_time"]), case["agents"]
        start = warm_up(sum(case["volume"]), agents, handling, None)
        types = {
            f"class_{k}": ContactType(volume * INTERVAL / HOUR, handling=handling, priority=k)
            for k, volume in enumerate(case["volume"], 1)
        }
        center = ContactCenter(
            Horizon(datetime(2026, 1, 5), INTERVAL, 4 * start),
            types,
            {"team": AgentGroup(skills=tuple(types), agents=agents)},
            routing=Routing(contact_selection="priority"),
        )
        waits = [Figure("mean_wait", wait, of=k) for k, wait in enumerate(case["expected"]["mean_wait"])]
        probability = Figure("wait_probability", case["expected"]["wait_probability"])
        yield from at_thresholds(
            "priority_nonpreemptive", f"priorities {number}", center, start, [probability, *waits], start // 2
        )


def days() -> Iterator[Known]:
    """The queue over a day that starts empty; agents who leave finish the contact in hand."""
    for number, case in enumerate(table("transient"), 1):
        if case["discipline"] != "exhaustive":
            continue
        within = f"@{case['answer_within']}"
        names = {"answered_at_once": "answered_within@0", "answered_within": f"answered_within{within}"}
        figures = [
            Figure(names.get(measure, measure), value, interval=i)
            for measure, values in case["by_interval"].items()
            for i, value in enumerate(values)
        ]
        figures += [Figure(names.get(measure, measure), value) for measure, value in case["day"].items()]
        calls = ContactType(
            tuple(case["volume"]), handling=float(case["handling_time"]), patience=law(case["patience"])
        )
        center = ContactCenter(
            Horizon(datetime(2026, 1, 5), float(case["interval"]), len(case["volume"])),
            {"calls": calls},
            {"team": AgentGroup(skills=("calls",), agents=tuple(case["agents"]))},
        )
        yield from at_thresholds("transient_mtmst_m", f"day {number}", center, 0, figures)


# Two contact types and two groups, patience and handling exponential; of each type, and occupancy of each group. N: the
# first group takes the first type alone, the second both; X: both take both. A contact tries the first group of its own
# number first. A freed agent of the second group takes his "own" or the "other" type first; his group takes the first
# type only while more than `reserve` of its agents are free. Method: steady state of the Markov chain of busy agents
# and waiting contacts, with a tagged contact for the waits, relative accuracy better than 1e-9.
# fmt: off
ROUTING = (
    # design, contacts per hour, agents, handling by group, patience by type, freed agents of group 2, reserve
    ("N", (60, 80), (3, 6), (180, 180), (120, 120), "own", 0, {
        "wait_probability": (0.185984952553, 0.35289307978),
        "abandonment": (0.051427330983, 0.101742721698),
        "mean_wait": (6.171279717972, 12.209126603813),
        "mean_queue": (0.102854661966, 0.271313924529),
        "occupancy": (0.678240999744, 0.734004020171),
        "answered_within@20": (0.874764692084, 0.748453869608),
    }),
    ("N", (30, 20), (2, 2), (240, 200), (60, 180), "own", 0, {
        "wait_probability": (0.253852402261, 0.474249569138),
        "abandonment": (0.145313193723, 0.199482132716),
        "mean_wait": (8.71879162338, 35.906783888857),
        "mean_queue": (0.072656596861, 0.199482132716),
        "occupancy": (0.62444008985, 0.63660441218),
        "answered_within@20": (0.792467175757, 0.583936064478),
    }),
    ("N", (120, 120), (6, 8), (190, 205), (200, 100), "own", 0, {
        "wait_probability": (0.302024275213, 0.548906359138),
        "abandonment": (0.056067598701, 0.177334504785),
        "mean_wait": (11.213519740162, 17.733450478541),
        "mean_queue": (0.373783991339, 0.591115015951),
        "occupancy": (0.795784900849, 0.865011518155),
        "answered_within@20": (0.795673718193, 0.60321295511),
    }),
    ("N", (60, 80), (3, 6), (180, 180), (120, 120), "other", 0, {
        "wait_probability": (0.175047707206, 0.355676308968),
        "abandonment": (0.031305068659, 0.121330754776),
        "mean_wait": (3.756608239084, 14.559690573064),
        "mean_queue": (0.062610137318, 0.323548679401),
        "occupancy": (0.670431842909, 0.734911041032),
    }),
    ("N", (60, 80), (3, 6), (180, 180), (120, 120), "own", 1, {
        "wait_probability": (0.272370912504, 0.292086386175),
        "abandonment": (0.086345610916, 0.084211523556),
        "mean_wait": (10.36147330995, 10.105382826666),
        "mean_queue": (0.172691221833, 0.224564062815),
        "occupancy": (0.693386492044, 0.720659599483),
    }),
    ("N", (40, 50), (2, 5), (240, 240), (90, 90), "own", 1, {
        "wait_probability": (0.382931105489, 0.309848791387),
        "abandonment": (0.189087568306, 0.131920167439),
        "mean_wait": (17.017881147525, 11.872815069482),
        "mean_queue": (0.189087568306, 0.164900209298),
        "occupancy": (0.72211694096, 0.722359742227),
    }),
    ("X", (60, 80), (3, 5), (180, 200), (120, 120), "own", 0, {
        "wait_probability": (0.427233297256, 0.427233297256),
        "abandonment": (0.134493097396, 0.124034529239),
        "mean_wait": (16.139171687497, 14.884143508622),
        "mean_queue": (0.268986194792, 0.330758744636),
        "occupancy": (0.804206484285, 0.819502919556),
    }),
    ("X", (55, 70), (4, 4), (220, 230), (60, 150), "own", 0, {
        "wait_probability": (0.436060283584, 0.436060283584),
        "abandonment": (0.200990092882, 0.122616275929),
        "mean_wait": (12.059405572928, 18.392441389276),
        "mean_queue": (0.184240918475, 0.357630804791),
        "occupancy": (0.810924455393, 0.835087097824),
    }),
)
# fmt: on


def two_skills() -> Iterator[Known]:
    """Two types, two groups: overflow, speed by group, reserve, and which type a freed agent takes first."""
    for number, (design, volume, agents, handling, patience, first, reserve, expected) in enumerate(ROUTING, 1):
        other, start = first == "other", math.ceil(10 * max(*handling, *patience) / INTERVAL)
        groups = {
            "one": {"one": Skill(rank=1), "two": Skill(rank=2, speed=handling[1] / handling[0])},
            "two": {
                "one": Skill(2, contact_rank=1 if other else 2, speed=handling[0] / handling[1], reserve=reserve),
                "two": Skill(1, contact_rank=2 if other else 1),
            },
        }
        if design == "N":
            del groups["one"]["two"]
        center = ContactCenter(
            Horizon(datetime(2026, 1, 5), INTERVAL, 20 * start),
            {
                name: ContactType(volume[k] * INTERVAL / HOUR, handling=float(handling[k]), patience=float(patience[k]))
                for k, name in enumerate(("one", "two"))
            },
            {name: AgentGroup(skills=groups[name], agents=agents[g]) for g, name in enumerate(("one", "two"))},
        )
        figures = [
            Figure(measure, value, of=k) for measure, values in expected.items() for k, value in enumerate(values)
        ]
        yield from at_thresholds("routing_two_skill", f"{design} {number}", center, start, figures, start)


# A day of three hours with three types and three groups: one factor for the whole day, overflow lists, the longest
# waiting first, handling by type and group, staffing that falls. A simulation of 14,000 days with stratified factors;
# its half-widths are of 99 %.
MULTI_SKILL_DAY = {
    "answered_within": ((0.90322489, 0.85240584, 0.72402027), (0.00241031, 0.00324634, 0.00347137)),
    "abandonment": ((0.03280079, 0.04187755, 0.11916770), (0.00084607, 0.00097005, 0.00161657)),
    "mean_wait": ((3.92874946, 6.30370989, 10.69528255), (0.10106229, 0.14512992, 0.14486435)),
    "service_level:excluding_abandoned_within": (
        (0.92126168, 0.87314867, 0.77829406),
        (0.00204761, 0.00291041, 0.00312449),
    ),
}
SERVICE_LEVEL_BY_HOUR = ((0.84096319, 0.86932600, 0.81744213), (0.00276167, 0.00307152, 0.00338840))
SERVICE_LEVEL, ABANDONMENT = (0.84236474, 0.00287981), (0.05690494, 0.00103982)


def multi_skill_day() -> Known:
    """Three types, three groups, one busy factor a day."""
    within = Target(answer_within=20.0)
    center = ContactCenter(
        Horizon(datetime(2026, 1, 5, 9), HOUR, 3, day_factor=Gamma(cv=1 / math.sqrt(40))),
        {
            "first": ContactType((120, 200, 160), handling=Lognormal(240.0, 1.0), patience=120.0, target=within),
            "second": ContactType(
                (90, 150, 150), handling=Lognormal(220.0, math.sqrt(1.2)), patience=150.0, target=within
            ),
            "third": ContactType(
                (60, 80, 140), handling=Lognormal(200.0, math.sqrt(0.8)), patience=90.0, target=within
            ),
        },
        {
            "own": AgentGroup(skills={"first": Skill()}, agents=(9, 14, 12)),
            "wide": AgentGroup(skills={"second": Skill(), "third": Skill()}, agents=(8, 13, 14)),
            "help": AgentGroup(
                skills={"first": Skill(rank=2, speed=240 / 260), "second": Skill(rank=2, speed=220 / 230)},
                agents=(4, 6, 7),
            ),
        },
        routing=Routing(contact_selection="longest_waiting"),
    )
    figures = [
        Figure(measure, value, of=k, half_width=half_width)
        for measure, (values, half_widths) in MULTI_SKILL_DAY.items()
        for k, (value, half_width) in enumerate(zip(values, half_widths, strict=True))
    ]
    figures += [
        Figure("answered_within", value, interval=i, half_width=half_width)
        for i, (value, half_width) in enumerate(zip(*SERVICE_LEVEL_BY_HOUR, strict=True))
    ]
    figures.append(Figure("answered_within", SERVICE_LEVEL[0], half_width=SERVICE_LEVEL[1]))
    figures.append(Figure("abandonment", ABANDONMENT[0], half_width=ABANDONMENT[1]))
    return Known("sim_multiskill_day", "a day with three skills", center, 0, 0, tuple(figures))


EXACT: dict[str, Callable[[], Iterator[Known]]] = {
    "routing_two_skill": two_skills,
    "priority_nonpreemptive": priorities,
    "phase_type_service": partial(queues, "phase_type_service"),
    "transient_mtmst_m": days,
    "finite_lines": queues_with_lines,
    "mmn_g": partial(queues, "mmn_g"),
    "mdn": partial(queues, "mdn"),
}
