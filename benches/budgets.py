"""Budgets: a year of ten contact types by formulas, the cheapest plan of classes, and a thousand drawn years."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date

import numpy as np

import wfm
from benches.registry import Result, bench, seconds
from wfm.budgeting.budget import Budget, budget
from wfm.budgeting.cheapest import cheapest
from wfm.budgeting.risk import risk
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Cohort, Outsourcing, Site, Team
from wfm.model.budget.periods import Calendar
from wfm.model.budget.plans import HiringRules
from wfm.model.center import Target

TYPES = 10


@bench
def budget_year(smoke: bool) -> list[Result]:
    """Twelve months of ten contact types, half hours of every weekday, each month with a volume of its own."""
    asked = _year(2 if smoke else TYPES)
    found = budget(asked)
    assert np.nanmin(found.service.required_service_level) >= 0.8
    took = [seconds(lambda: budget(asked)) for _ in range(1 if smoke else 5)]
    return [
        Result("budget_year", f"{len(asked.contact_types)} types, 12 months", statistics.median(took), "s", "below 5")
    ]


@bench
def budget_cheapest(smoke: bool) -> list[Result]:
    """The cheapest plan of classes, overtime and outsourcing: the shipped year, and ten tight groups."""
    years = {"shipped year": _shipped(), "ten groups, two sites": _tight_year(2 if smoke else TYPES)}
    results = []
    for name, asked in years.items():
        found = cheapest(asked)
        assert found.cost >= found.bound > 0
        results.append(Result("budget_cheapest", name, found.seconds, "s", "below 30"))
        results.append(Result("budget_cheapest", f"{name}, gap", 100 * found.gap, "%", "below 0.5"))
    return results


@bench
def budget_risk(smoke: bool) -> list[Result]:
    """A thousand years drawn of the shipped budget."""
    asked = _shipped()
    took = seconds(lambda: risk(asked))
    return [Result("budget_risk", f"{asked.doubt.draws if asked.doubt else 0} years", took, "s")]


def _shipped() -> Budget:
    return wfm.load_budget(wfm.example("budget_year"))


def _year(types: int) -> Budget:
    """Contact types of 8,000 to 80,000 contacts a month, answered by a group each."""
    season = 1 + 0.15 * np.sin(np.arange(12) / 2)
    day = tuple(float(np.exp(-(((i - 24) / 9) ** 2))) for i in range(48))
    demand = {
        f"type {k + 1}": Demand(
            aht=180 + 20 * k,
            volume=tuple(8000 * (k + 1) * season),
            patience=120 + 10 * k,
            target=Target(0.8, 20),
            opening={"Mon-Sun": "06:00-22:00"},
            weekdays={"Mon": 1.3, "Tue-Fri": 1.0, "Sat": 0.6, "Sun": 0.4},
            profile={"Mon-Sun": day},
        )
        for k in range(types)
    }
    teams = {
        f"team {k + 1}": Team({name: 1.0}, contract_hours=37.5, pay_per_hour=15.0) for k, name in enumerate(demand)
    }
    return Budget(Calendar(date(2027, 1, 1)), demand, teams)


def _tight_year(types: int) -> Budget:
    """The same year with fewer people than it requires, in two sites with few seats and places to train."""
    year = _year(types)
    required = budget(year).ladder.heads.min(axis=1)
    teams = {
        name: replace(
            team, site=("north", "south")[row % 2], people=(Cohort(float(round(0.95 * heads))),),
            attrition={"0-3": 0.06, "3+": 0.02}, lead_weeks=6, training_weeks=3, ramp=(0.6, 0.8), overtime=0.06,
            overtime_pay=1.5, outsourcing=Outsourcing(28.0, most_hours=800.0), on_cost=0.2, hiring_cost=1800.0,
            training_cost=200.0, tools=120.0,
        )
        for row, ((name, team), heads) in enumerate(zip(year.agent_groups.items(), required, strict=True))
    }  # fmt: skip
    people = {
        site: sum(one.people[0].heads for one in teams.values() if one.site == site) for site in ("north", "south")
    }
    sites = {name: Site(seats=int(1.3 * heads), training_seats=int(0.08 * heads) + 6) for name, heads in people.items()}
    rules = HiringRules(smallest_class=6, largest_class=18, most_classes=5, short_cost=12000.0)
    return replace(year, agent_groups=teams, sites=sites, hiring=rules)
