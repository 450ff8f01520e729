"""Running replications on threads, with either engine, and folding them in their order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from wfm.errors import InputError, fault
from wfm.measures.counts import ABANDONED, ANSWERED, BLOCKED, DROPPED, OFFERED, UNFINISHED
from wfm.measures.prediction import Prediction
from wfm.measures.tally import Tally
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.simulation.lowering import World, lower

Engine = Literal["compiled", "reference"]
Progress = Callable[[int, int], None]

CELLS_IN_FLIGHT = 2_000_000  # counts that wait to be folded: keeps memory level however many replications there are


@dataclass(frozen=True)
class Simulation:
    """Prediction by simulation.

    Args:
        replications: how often the horizon is simulated; absent: the scenario's.
        seed: absent: the scenario's.
        engine: compiled (default) or reference; they agree bit for bit.
        threads: absent: one per core. The bits do not depend on it.

    >>> Simulation(replications=100, seed=7).engine
    'compiled'
    """

    replications: int | None = None
    seed: int | None = None
    engine: Engine = "compiled"
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("replications", "seed", "threads"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise InputError([fault(name, "must be a whole number", value)])
        faults = []
        if self.replications is not None and self.replications < 1:
            faults.append(fault("replications", "must be at least 1", self.replications))
        if self.seed is not None and not 0 <= self.seed < 2**63:
            faults.append(fault("seed", "must be at least 0 and below 2^63", self.seed))
        if self.threads is not None and self.threads < 1:
            faults.append(fault("threads", "must be at least 1", self.threads))
        if self.engine not in ("compiled", "reference"):
            faults.append(fault("engine", "must be 'compiled' or 'reference'", self.engine))
        if faults:
            raise InputError(faults)


def simulate(
    center: ContactCenter, plan: StaffingPlan, method: Simulation, progress: Progress | None = None
) -> Prediction:
    """Simulate a centre under a plan. `progress(done, replications)` is told as replications end."""
    began = time.perf_counter()
    experiment = center.experiment
    replications = method.replications or experiment.replications
    seed = experiment.seed if method.seed is None else method.seed
    threads = method.threads or os.cpu_count() or 1
    world = lower(center, plan, experiment)
    tally = Tally(center, replications, experiment.confidence)
    order = group_order(center)
    for counts, times in _blocks(world, seed, replications, method.engine, threads):
        check_conservation(counts)
        tally.add(counts, times[:, order])
        if progress is not None:
            progress(tally.done, replications)
    return Prediction(
        center, plan, "simulation", tally.contact_sample(), tally.time_sample(), tally.kept(),
        np.zeros((len(center.contact_types), center.horizon.intervals), np.bool_),
        replications, seed, tally.totals, tally.time_totals,
        _how(method.engine, threads, time.perf_counter() - began),
    )  # fmt: skip


def group_order(center: ContactCenter) -> list[int]:
    """For each agent group in file order, the contact type that it serves: the engines' rows are types."""
    types = list(center.contact_types)
    return [types.index(center.type_of(group)) for group in center.agent_groups]


def check_conservation(counts: np.ndarray) -> None:
    """offered = answered + abandoned + blocked + dropped + unfinished, in every replication, type and interval."""
    ended = counts[..., [ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED]].sum(axis=-1)
    if not np.array_equal(ended, counts[..., OFFERED]):
        where = tuple(int(index) for index in np.argwhere(ended != counts[..., OFFERED])[0])
        raise AssertionError(f"contacts were lost or made up at (replication, type, interval) {where}")


def _blocks(
    world: World, seed: int, replications: int, engine: Engine, threads: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Counts and times of successive replications, in order, computed `threads` at a time."""
    run = _engine(engine)
    cells = world.volume.size * 13
    most = max(1, min(64, CELLS_IN_FLIGHT // (cells * threads), -(-replications // threads)))
    firsts = range(0, replications, most)
    if threads == 1 or len(firsts) == 1:
        for first in firsts:
            yield run(world, seed, first, min(most, replications - first))
        return
    with ThreadPoolExecutor(threads) as pool:
        # A few blocks ahead of the fold, so that threads never wait for it and memory does not grow.
        waiting: list[Any] = []
        for first in firsts:
            waiting.append(pool.submit(run, world, seed, first, min(most, replications - first)))
            if len(waiting) > 2 * threads:
                yield waiting.pop(0).result()
        for block in waiting:
            yield block.result()


def _engine(engine: Engine) -> Callable[[World, int, int, int], tuple[np.ndarray, np.ndarray]]:
    if engine == "reference":
        from wfm.simulation import reference

        return reference.run
    from wfm.simulation import compiled

    return compiled.run


def _how(engine: Engine, threads: int, seconds: float) -> dict[str, Any]:
    packages = ("wfm-engine", "numpy", "numba", "simpy", "scipy")
    return {
        "engine": engine,
        "threads": threads,
        "seconds": seconds,
        "versions": {package: version(package) for package in packages},
    }
