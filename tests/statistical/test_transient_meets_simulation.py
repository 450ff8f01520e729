"""The exact time-varying queue and the simulation answer the same question, without knowing of one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import wfm
from wfm.model.laws import Exponential

MEASURES = ("service_level", "abandonment", "average_speed_of_answer", "mean_wait", "answered", "blocked", "dropped",
            "unfinished")  # fmt: skip
WORST = 4.3  # standard errors; the largest of about 1,500 values is beyond it once in 50 times

DAY = np.array([12, 20, 35, 50, 60, 55, 50, 52, 45, 30, 18, 8.0])
STAFF = np.array([3, 4, 6, 9, 10, 9, 7, 9, 8, 5, 3, 2.0])


def centre(hours: int = 12, **changes) -> wfm.ContactCenter:
    """A steep day of half hours, handling 300 s, patience 150 s, and what a test changes in it."""
    kind = {"volume": tuple(np.resize(DAY, hours)), "handling": 300.0, "patience": 150.0,
            "target": wfm.Target(service_level=0.8, short_abandon=5.0)}  # fmt: skip
    group = {"skills": ["calls"], "agents": tuple(np.resize(STAFF, hours))}
    horizon = {"start": datetime(2026, 1, 5, 8), "interval": 1800.0, "intervals": hours}
    parts = {"kind": kind, "group": group, "horizon": horizon}
    for name, value in changes.items():
        if name in ("routing", "experiment"):
            continue
        part = next(p for p, keys in PARTS.items() if name in keys)
        parts[part][name] = value
    return wfm.ContactCenter(
        horizon=wfm.Horizon(**horizon),
        contact_types={"calls": wfm.ContactType(**kind)},
        agent_groups={"team": wfm.AgentGroup(**group)},
        routing=changes.get("routing", wfm.Routing()),
        experiment=changes.get("experiment", wfm.Experiment()),
    )


PARTS = {
    "kind": ("volume", "handling", "patience", "balking", "target", "day_factor", "after_close"),
    "group": ("agents",),
    "horizon": ("start", "interval", "intervals", "opening"),
}

CENTRES = {
    "steps of staffing": centre(),
    "nobody hangs up": centre(patience=None, agents=tuple(STAFF + 1)),
    "balking": centre(balking=0.25),
    "lines": centre(routing=wfm.Routing(lines=9)),
    "a long threshold": centre(target=wfm.Target(service_level=0.8, answer_within=400.0)),
    "contacts that wait are sent away": centre(opening={"Mon": "08:00-11:00, 12:00-14:00"}, after_close="drop"),
    "contacts wait until opening": centre(opening={"Mon": "08:00-11:00, 12:00-14:00"}, after_close="carry"),
    "contacts are served after closing": centre(opening={"Mon": "08:00-11:00, 12:00-14:00"}, after_close="serve"),
    "no agents for an hour": centre(agents=tuple(np.where(np.arange(12) // 2 == 3, 0, STAFF))),
    "busy days": centre(day_factor=wfm.Gamma(cv=0.2)),
    "a fraction of an agent": centre(agents=tuple(STAFF + np.resize([0.25, 0.7, 0.0], 12))),
    "over midnight": centre(start=datetime(2026, 1, 5, 21), day_factor=wfm.Lognormal(cv=0.3)),
    "every quarter of an hour": centre(hours=24, interval=900.0, volume=tuple(np.repeat(DAY, 2) / 2),
                                       agents=tuple(np.repeat(STAFF, 2))),
}  # fmt: skip


@pytest.mark.parametrize("name", CENTRES)
def test_they_agree(name: str) -> None:
    center = CENTRES[name]
    exact = wfm.predict(center, method="transient")
    seen = wfm.predict(center, method=wfm.Simulation(replications=4000, seed=11))
    pairs = {}
    for measure in MEASURES:
        pairs[measure] = getattr(exact.total, measure), getattr(seen.total, measure)
        pairs[f"{measure} by interval"] = (
            getattr(exact.total.by_interval, measure),
            getattr(seen.total.by_interval, measure),
        )
    for definition, level in exact.total.service_levels.items():
        pairs[definition] = level, seen.total.service_levels[definition]
    for measure in ("occupancy", "busy_hours", "staffed_hours"):
        pairs[measure] = (getattr(exact.agent_groups["team"], measure), getattr(seen.agent_groups["team"], measure))
    quantile = 1.9605  # the half-widths are of 95 % confidence
    for measure, (truth, found) in pairs.items():
        truth_values, found_values = np.atleast_1d(truth.mean), np.atleast_1d(found.mean)
        error = np.atleast_1d(found.half_width) / quantile
        known = ~np.isnan(truth_values) & ~np.isnan(found_values)
        apart = np.abs(truth_values - found_values)[known]
        # A count that is the same in every replication has no error; events too rare to be seen have none either.
        allowed = np.maximum(WORST * error[known], 2e-3 * (error[known] == 0))
        assert (apart <= allowed + 1e-9).all(), (measure, (apart / np.maximum(error[known], 1e-12)).max())


def test_laws_that_are_not_exponential_enter_by_their_means() -> None:
    plain = centre(handling=Exponential(300.0))
    other = replace(plain, contact_types={
        "calls": replace(plain.contact_types["calls"], handling=wfm.Lognormal(mean=300.0, cv=1.4)),
    })  # fmt: skip
    one, two = (wfm.predict(center, method="transient").total.service_level.mean for center in (plain, other))
    assert one == two
