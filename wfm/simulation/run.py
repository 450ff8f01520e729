"""Running replications on threads, with either engine, and adding up what they count in their order."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.measures.fold import BLOCK, Part
from wfm.measures.prediction import Prediction
from wfm.measures.tally import Tally, known_offered
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.simulation.batches import FEWEST, USUAL, batch_samples, cut_of, stationary_faults
from wfm.simulation.bounds import Shares, check_percentiles, shares_of
from wfm.simulation.ledger import Books
from wfm.simulation.lowering import Kept, World, lower
from wfm.simulation.rules import RoutingRule
from wfm.simulation.until import MOST, Until, looks

Engine = Literal["compiled", "reference"]
Progress = Callable[[int, int], None]
Run = Callable[..., Books]


@dataclass(frozen=True)
class Simulation:
    """Prediction by simulation.

    Args:
        replications: how often the horizon is simulated; absent: the scenario's. With `until`: at most (100,000).
        seed: absent: the scenario's.
        engine: compiled (default) or reference; they agree bit for bit.
        threads: absent: one per core. The bits do not depend on it.
        control_variate: the contacts offered, whose mean is the forecast, take off the part of the error that goes with
            them.
        stratified: each group of 16 replications draws every day factor from 16 strata of equal probability.
        until: stop at the first of 32, 64, 128 ... replications with a half-width as wanted.
        warm_up: seconds left out at the beginning of one run of a stationary centre.
        batches: into how many equal batches the rest of that run is cut, at least 10 (default 20). Either of the two
            asks for batch means.
        percentiles: whether percentiles of waits are kept.
        rule: a `RoutingRule` of your own, the class itself; only the reference engine can run it.

    >>> Simulation(replications=100, seed=7).engine
    'compiled'
    """

    replications: int | None = None
    seed: int | None = None
    engine: Engine = "compiled"
    threads: int | None = None
    control_variate: bool = False
    stratified: bool = False
    until: Until | None = None
    warm_up: float | None = None
    batches: int | None = None
    percentiles: bool = True
    rule: type[RoutingRule] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.until, str):
            object.__setattr__(self, "until", Until.parse(self.until))
        for name in ("replications", "seed", "threads", "batches"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise InputError([fault(name, "must be a whole number", value)])
        faults = list(self._faults())
        if faults:
            raise InputError(faults)

    def _faults(self) -> Iterator[Fault]:
        if self.replications is not None and not 1 <= self.replications < 2**31:
            yield fault("replications", "must be at least 1 and below 2^31", self.replications)
        if self.seed is not None and not 0 <= self.seed < 2**63:
            yield fault("seed", "must be at least 0 and below 2^63", self.seed)
        if self.threads is not None and self.threads < 1:
            yield fault("threads", "must be at least 1", self.threads)
        for name in ("control_variate", "stratified", "percentiles"):
            if not isinstance(getattr(self, name), bool):
                yield fault(name, "must be True or False", getattr(self, name))
        if self.engine not in ("compiled", "reference"):
            yield fault("engine", "must be 'compiled' or 'reference'", self.engine)
        if self.rule is not None and not (isinstance(self.rule, type) and issubclass(self.rule, RoutingRule)):
            yield fault("rule", "must be a class that inherits from wfm.RoutingRule", self.rule)
        elif self.rule is not None and self.engine != "reference":
            words = "needs engine='reference'; the compiled engine knows the scenario's own rules"
            yield fault("rule", words, self.rule)
        if self.until is not None and not isinstance(self.until, Until):
            yield fault("until", "must be an Until; Until.parse('service_level +- 0.5pt') reads one", self.until)
        warm_up = self.warm_up
        if warm_up is not None and (isinstance(warm_up, bool) or not isinstance(warm_up, int | float)):
            yield fault("warm_up", "must be a number of seconds", warm_up)
        elif warm_up is not None and not 0 <= warm_up < float("inf"):
            yield fault("warm_up", "must be at least 0 seconds, and finite", warm_up)
        if self.batches is not None and self.batches < FEWEST:
            yield fault("batches", f"must be at least {FEWEST}", self.batches)
        if self.in_batches:
            yield from self._faults_of_batches()

    def _faults_of_batches(self) -> Iterator[Fault]:
        if self.replications not in (None, 1):
            yield fault("replications", "must be 1 or absent with batch means, which cut one run", self.replications)
        if self.stratified:
            yield fault("stratified", "must be absent with batch means: their one run has no day factors", True)
        if self.until is not None:
            yield fault("until", "must be absent with batch means, whose run is as long as the horizon")

    @property
    def strata(self) -> int:
        """Strata of each day factor: 1 where they are not stratified."""
        return BLOCK if self.stratified else 1

    @property
    def in_batches(self) -> bool:
        """Whether one run is cut into batches."""
        return self.warm_up is not None or self.batches is not None


def simulate(
    center: ContactCenter,
    plan: StaffingPlan,
    method: Simulation,
    progress: Progress | None = None,
    run: Run | None = None,
    kept: Kept | None = None,
) -> Prediction:
    """Simulate a centre under a plan. `progress(done, replications)` is told as replications end.

    `run` is called in place of the engine's own, from several threads: for who wants more of it than the figures.
    `kept`: of centres that were simulated before, and that this one may share parts with.

    Raises:
        InputError: the centre has nothing to stratify, is not stationary, or is too large for the bound on memory.
    """
    began = time.perf_counter()
    run = run or _engine(center, method)
    if method.in_batches:
        found, replications, threads = _in_batches(center, plan, method, run, kept), 1, 1
    else:
        found, replications, threads = _in_replications(center, plan, method, progress, run, kept)
    return Prediction(
        center=center,
        plan=plan,
        method="simulation",
        overloaded=np.zeros((len(center.contact_types), center.horizon.intervals), np.bool_),
        replications=replications,
        seed=seed_of(center, method),
        run=_how(method.engine, threads, time.perf_counter() - began),
        rule=None if method.rule is None else method.rule.__name__,
        **found,
    )


def simulate_part(center: ContactCenter, plan: StaffingPlan, method: Simulation, first: int, replications: int) -> Part:
    """What so many replications from a first one on add up to, bit for bit as inside `simulate`; on this thread alone.

    Its `totals` and `time_totals` have a row for each replication, with times in microseconds.
    """
    tally = Tally(center)
    method = replace(method, percentiles=False)
    shares = shares_of(center, 1, 1, percentiles=False)
    world = lower(center, plan, center.experiment)
    return _task(_engine(center, method), world, seed_of(center, method), method, tally, shares)(first, replications)


def _in_replications(
    center: ContactCenter,
    plan: StaffingPlan,
    method: Simulation,
    progress: Progress | None,
    run: Run,
    kept: Kept | None,
) -> tuple[dict[str, Any], int, int]:
    """The fields of a Prediction, the replications and the threads."""
    size, most = method.strata, _most(center, method)
    _check(center, method, most, size)
    shares = shares_of(center, size, method.threads or os.cpu_count() or 1, percentiles=method.percentiles)
    tally = Tally(center, size, known=method.control_variate)
    world = lower(center, plan, center.experiment, size, kept)
    do = _task(run, world, seed_of(center, method), method, tally, shares)
    reached = None
    with ExitStack() as stack:
        threads = min(shares.threads, -(-most // shares.task))
        pool = stack.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None
        for look in [most] if method.until is None else looks(most):
            for part, replications in _in_order(do, tally.replications, look, shares, pool):
                tally.add(part, replications)
                if progress is not None:
                    progress(tally.replications, most)
            if method.until is not None:
                reached = method.until.reached(tally.contact_sample(), center)
                if reached:
                    break
    found = {
        "contacts": tally.contact_sample(),
        "times": tally.time_sample(),
        "kept": tally.kept(),
        "totals": tally.totals.table(),
        "time_totals": tally.time_totals.table(),
        "waits": tally.waits(),
        "plain": tally.plain_sample() if method.stratified or method.control_variate else None,
        "strata": size,
        "until_reached": reached,
    }
    return found, tally.replications, threads


def _in_batches(
    center: ContactCenter, plan: StaffingPlan, method: Simulation, run: Run, kept: Kept | None
) -> dict[str, Any]:
    """The fields of a Prediction that one run of a stationary centre gives."""
    faults = list(stationary_faults(center, plan))
    if faults:
        raise InputError(faults, center.title)
    cut = cut_of(center, float(method.warm_up or 0.0), method.batches or USUAL)
    shares_of(center, 1, 1, percentiles=False)
    world = lower(center, plan, center.experiment, kept=kept)
    books = run(world, seed_of(center, method), 0, 1, percentiles=False)
    return batch_samples(center, books, cut, known_offered(center) if method.control_variate else None)


def _check(center: ContactCenter, method: Simulation, most: int, size: int) -> None:
    if method.until is not None:
        method.until.check(center)
    if method.percentiles:
        check_percentiles(center, size, most)
    if not method.stratified:
        return
    laws = [center.horizon.day_factor, *(one.day_factor for one in center.contact_types.values())]
    if not any(law is not None and float(law.scv_by_interval(1)[0]) > 0 for law in laws):
        rule = "has nothing to stratify: neither horizon nor contact_types has a day_factor"
        raise InputError([fault("stratified", rule, True)], center.title)
    if most % size or most < 2 * size:
        fewer = max(2 * size, most // size * size)
        rule = f"must be a multiple of {size} where day factors are stratified; {fewer} or {fewer + size} would do"
        raise InputError([fault("replications", rule, most)], center.title)


def _most(center: ContactCenter, method: Simulation) -> int:
    """Replications, or the most where a half-width is wanted."""
    if method.replications is not None:
        return int(method.replications)
    return center.experiment.replications if method.until is None else MOST


def seed_of(center: ContactCenter, method: Simulation) -> int:
    """The method's seed, or else the scenario's."""
    return center.experiment.seed if method.seed is None else method.seed


Task = Callable[[int, int], Part]


def _task(run: Run, world: World, seed: int, method: Simulation, tally: Tally, shares: Shares) -> Task:
    """Simulate so many replications from a first one on, and fold them, chunk by chunk."""

    def do(first: int, replications: int) -> Part:
        part = tally.empty_part(replications, percentiles=method.percentiles)
        for done in range(0, replications, shares.chunk):
            books = run(world, seed, first + done, min(shares.chunk, replications - done), method.percentiles)
            tally.fold(part, done, *books)
        return part

    return do


def _in_order(
    do: Task, first: int, last: int, shares: Shares, pool: ThreadPoolExecutor | None
) -> Iterator[tuple[Part, int]]:
    """The parts of replications from the first up to the last, in their order, however many threads do them."""
    tasks = [(start, min(shares.task, last - start)) for start in range(first, last, shares.task)]
    if pool is None or len(tasks) == 1:
        for start, replications in tasks:
            yield do(start, replications), replications
        return
    # A few tasks ahead of the adding up, so that threads never wait for it and memory does not grow.
    ahead: deque[tuple[Future[Part], int]] = deque()
    for start, replications in tasks:
        ahead.append((pool.submit(do, start, replications), replications))
        if len(ahead) > 2 * shares.threads:
            yield _next(ahead)
    while ahead:
        yield _next(ahead)


def _next(ahead: deque[tuple[Future[Part], int]]) -> tuple[Part, int]:
    future, replications = ahead.popleft()
    return future.result(), replications


def reference_options(center: ContactCenter, method: Simulation) -> dict[str, Any]:
    """What the reference engine is told beyond the world: whose rule, and what types and groups are called."""
    return {
        "rule": method.rule or RoutingRule,
        "names": (tuple(center.contact_types), tuple(center.agent_groups)),
    }


def _engine(center: ContactCenter, method: Simulation) -> Run:
    if method.engine == "reference":
        from wfm.simulation import reference

        return partial(reference.run, **reference_options(center, method))
    from wfm.simulation import compiled

    return partial(compiled.run, kept=threading.local())


def _how(engine: Engine, threads: int, seconds: float) -> dict[str, Any]:
    return {"engine": engine, "threads": threads, "seconds": seconds, "versions": dict(_versions())}


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Of the packages that figures depend on; looking them up takes milliseconds."""
    return tuple((package, version(package)) for package in ("wfm-engine", "numpy", "numba", "simpy", "scipy"))
