"""contact_log() and replay(): what happened to every contact, in all replications or in one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from wfm.errors import InputError, check_kind, fault
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.prediction import plan_for
from wfm.simulation.contact_log import LogOne, Logs, Rows, check_log_fits, logging_run, logs_of, table
from wfm.simulation.lowering import lower
from wfm.simulation.replay import Replay, replay_of
from wfm.simulation.run import Simulation, reference_options, seed_of, simulate

if TYPE_CHECKING:
    import polars

MOST_REPLICATIONS = 2**31


def contact_log(
    center: ContactCenter, plan: StaffingPlan | None = None, method: object = "simulation"
) -> polars.DataFrame:
    """Every contact of every replication, a row each, in order of replication and arrival.

    Columns: replication (the first is 0), contact_type, agent_group (null for who met no agent), interval and arrival
    (local date and time), arrival_seconds (from the horizon's start), outcome, wait, talk, after_contact_work (seconds;
    the last two null for who was not answered), answered_within.

    Args:
        center: the centre.
        plan: agents per group and interval; absent: the scenario's own.
        method: `wfm.Simulation(...)`, or "simulation" for its defaults.

    Raises:
        InputError: no plan, a method that has no contacts, or a log of more than 4 GiB, before anything is simulated.

    >>> import wfm
    >>> center = wfm.load(wfm.example("two_queues"))
    >>> log = wfm.contact_log(center, method=wfm.Simulation(replications=2, seed=1))
    >>> log["replication"].unique().sort().to_list()
    [0, 1]
    """
    return predict_and_log(center, plan, method)[1]


def predict_and_log(
    center: ContactCenter,
    plan: StaffingPlan | None = None,
    method: object = "simulation",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Prediction, polars.DataFrame]:
    """`predict` and `contact_log` of the same replications."""
    plan, method = _checked(center, plan, method)
    if method.until is not None:
        rule = "cannot be told beforehand how long a log it makes; give replications instead"
        raise InputError([fault("until", rule)])
    replications = 1 if method.in_batches else method.replications or center.experiment.replications
    check_log_fits(center, replications)
    kept: dict[int, Rows] = {}
    seen = simulate(center, plan, method, progress, logging_run(_logs(center, method), center, kept))
    return seen, table(center, [kept[first] for first in sorted(kept)])


def replay(
    center: ContactCenter, plan: StaffingPlan | None = None, method: object = "simulation", replication: int = 0
) -> Replay:
    """One replication alone, as it happened.

    Args:
        center: the centre.
        plan: agents per group and interval; absent: the scenario's own.
        method: `wfm.Simulation(...)`, or "simulation" for its defaults; seed, engine and strata count.
        replication: which one; a run of 200 has the replications 0 to 199.

    Raises:
        InputError: no plan, a method that has no contacts, or no such replication.

    >>> import wfm
    >>> center = wfm.load(wfm.example("two_queues"))
    >>> day = wfm.replay(center, method=wfm.Simulation(seed=1), replication=17)
    >>> int(day.longest_queue.max()) == int(day.all_waiting.values.max())
    True
    """
    plan, method = _checked(center, plan, method)
    whole = isinstance(replication, int | np.integer) and not isinstance(replication, bool)
    if not whole or not 0 <= replication < MOST_REPLICATIONS:
        rule = "must be a whole number of at least 0, which is the first, and below 2^31"
        raise InputError([fault("replication", rule, replication)])
    world = lower(center, plan, center.experiment, method.strata)
    return replay_of(_log_one(center, method), center, plan, world, seed_of(center, method), int(replication))


def _checked(center: ContactCenter, plan: StaffingPlan | None, method: object) -> tuple[StaffingPlan, Simulation]:
    check_kind("center", center, ContactCenter, "wfm.load(path) reads one")
    if plan is not None:
        check_kind("plan", plan, StaffingPlan, "StaffingPlan.from_csv(path, center) reads one")
    method = Simulation() if method == "simulation" else method
    if not isinstance(method, Simulation):
        raise InputError([fault("method", "must be 'simulation' or a Simulation; a formula has no contacts", method)])
    return plan_for(center, plan), method


def _log_one(center: ContactCenter, method: Simulation) -> LogOne:
    if method.engine == "reference":
        from wfm.simulation import reference

        return partial(reference.run_logged, **reference_options(center, method))
    from wfm.simulation import compiled

    return compiled.run_logged


def _logs(center: ContactCenter, method: Simulation) -> Logs:
    if method.engine == "reference":
        return logs_of(_log_one(center, method))
    from wfm.simulation import compiled

    return compiled.logs
