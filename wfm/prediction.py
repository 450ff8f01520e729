"""predict(): what happens to a centre under a plan, by any method."""

from __future__ import annotations

from collections.abc import Callable

from wfm.errors import InputError, check_kind, fault, nearest
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan, check_reserves

METHODS = ("erlang-c", "erlang-a", "transient", "simulation")


def predict(
    center: ContactCenter,
    plan: StaffingPlan | None = None,
    method: object = "simulation",
    progress: Callable[[int, int], None] | None = None,
) -> Prediction:
    """Predict service, waits, abandonment and occupancy, per interval, day and horizon.

    Args:
        center: the centre.
        plan: agents per group and interval; absent: the scenario's own.
        method: "erlang-c", "erlang-a", "transient", "simulation", or `wfm.Transient(...)` or `wfm.Simulation(...)`.
        progress: told (done, replications) while a simulation runs.

    Raises:
        InputError: no plan, a plan for another centre, or an unknown method.
        NotModelled: the method has no words for something in this centre.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> plan = wfm.staff(center, method="erlang-a")
    >>> round(wfm.predict(center, plan, method="erlang-a").total.service_level.mean, 3)
    0.826
    """
    check_kind("center", center, ContactCenter, "wfm.load(path) reads one")
    if plan is not None:
        check_kind("plan", plan, StaffingPlan, "StaffingPlan.from_csv(path, center) reads one")
    plan = plan_for(center, plan)
    if method in ("erlang-c", "erlang-a"):
        from wfm.formulas.stationary import predict_by_formula

        return predict_by_formula(center, plan, method)
    if method == "transient" or type(method).__name__ == "Transient":
        from wfm.formulas.transient import Transient, predict_by_transient

        return predict_by_transient(center, plan, method if isinstance(method, Transient) else Transient())
    from wfm.simulation.run import Simulation, simulate

    if method == "simulation":
        method = Simulation()
    if isinstance(method, Simulation):
        return simulate(center, plan, method, progress)
    raise InputError([fault("method", f"is not known; {nearest(str(method), METHODS)}", method)])


def plan_for(center: ContactCenter, plan: StaffingPlan | None) -> StaffingPlan:
    """The given plan, or the scenario's own."""
    if plan is None:
        plan = center.plan
        if plan is None:
            missing = [n for n, g in center.agent_groups.items() if g.agents is None and g.scheduled is None]
            where = f"agent_groups.{missing[0]}.agents"
            way_out = "give agents, or a plan" if center.shares_agents else "`wfm plan` works one out"
            raise InputError([fault(where, f"is missing and no plan was given; {way_out}")], center.title)
        plan = plan.renamed("scenario's agents")
    if plan.groups != tuple(center.agent_groups) or plan.net.shape[1] != center.horizon.intervals:
        raise InputError([fault("plan", "is for another centre: its groups or intervals differ", plan.name)])
    check_reserves(plan)
    return plan
