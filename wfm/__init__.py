"""wfm: contact-centre workforce planning by formulas and simulation that answer the same question.

Three nouns: a ContactCenter (the world), a StaffingPlan (a decision) and a Prediction (what happens).

>>> import wfm
>>> center = wfm.load(wfm.example("textbook"))
>>> plan = wfm.staff(center, method="erlang-a")
>>> seen = wfm.predict(center, plan, method=wfm.Simulation(replications=50, seed=1))
>>> 0.75 < seen.total.service_level.mean < 0.9
True
"""

from __future__ import annotations

import importlib
from typing import Any

# Where each public name lives. Nothing is imported before it is used, so that `import wfm` is light.
_HOMES = {
    "wfm.model.center": (
        "AgentGroup", "ContactCenter", "ContactType", "Experiment", "Routing", "Skill", "Target",
    ),
    "wfm.model.horizon": ("Horizon",),
    "wfm.model.laws": (
        "Deterministic", "Empirical", "Erlang", "Exponential", "Gamma", "Hyperexponential", "Lognormal", "Never",
        "Uniform", "Weibull",
    ),
    "wfm.model.plan": ("StaffingPlan",),
    "wfm.model.shrinkage": ("Shrinkage",),
    "wfm.model.variation": ("Change", "Scenario", "Variation"),
    "wfm.model.budget.budget": ("Budget",),
    "wfm.model.budget.demand": ("Credit", "Demand"),
    "wfm.model.budget.people": ("Cohort", "Contract", "HiringClass", "Outsourcing", "Site", "Team", "Transfer"),
    "wfm.model.budget.periods": ("Calendar", "PeriodShrinkage"),
    "wfm.model.budget.plans": ("Doubt", "HiringRules", "Initiative", "Money"),
    "wfm.files.scenario": ("load",),
    "wfm.files.budgets.actual_file": ("load_actual",),
    "wfm.files.budgets.budget_file": ("load_budget",),
    "wfm.files.shipped": ("example",),
    "wfm.measures.prediction": ("Prediction",),
    "wfm.measures.sample": ("Estimate",),
    "wfm.simulation.run": ("Simulation",),
    "wfm.simulation.rules": ("RoutingRule",),
    "wfm.simulation.until": ("Until",),
    "wfm.simulation.replay": ("Replay",),
    "wfm.recording": ("contact_log", "replay"),
    "wfm.formulas.transient": ("Transient",),
    "wfm.prediction": ("predict",),
    "wfm.staffing": ("Explanation", "Requirement", "explain", "requirement", "staff"),
    "wfm.answering": ("Answer", "answer"),
    "wfm.sweeps.sweep": ("Sweep",),
    "wfm.sweeps.running": ("sweep",),
    "wfm.sweeps.result": ("SweepResult",),
    "wfm.budgeting.budget": ("budget",),
    "wfm.budgeting.cheapest": ("cheapest",),
    "wfm.budgeting.returns": ("returns",),
    "wfm.budgeting.risk": ("risk",),
    "wfm.budgeting.scenarios": ("side_by_side",),
    "wfm.budgeting.variance": ("variance",),
    "wfm.budgeting.result": ("BudgetResult",),
    "wfm.comparison": ("Comparison", "Reconciliation", "compare", "reconcile"),
    "wfm.errors": ("InputError", "NotModelled", "OutputError", "WfmError"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'wfm' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
