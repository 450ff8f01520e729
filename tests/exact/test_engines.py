"""Are the two engines equal bit for bit, and would the comparison see a difference?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import generated
import numpy as np
import pytest
from generated import CENTERS, GRID_CENTERS, arrays, by_compiled, by_reference, replication_of, same

from wfm.measures.counts import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_WITHIN,
    BLOCKED,
    BUSY,
    DROPPED,
    OFFERED,
    SHORT_ABANDONED,
    STAFFED,
    UNFINISHED,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
    column,
)
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Gamma, Lognormal
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import compiled, reference
from wfm.simulation.ledger import OUTCOMES, Log
from wfm.simulation.lowering import NO_LIMIT, lower
from wfm.simulation.run import Simulation, simulate

SCENARIOS = Path(__file__).parents[2] / "scenarios"
MANY_LINES = 10**6  # couples the queues without ever blocking anybody
LONGEST = 20_000  # contacts of a scenario that the reference engine can be asked for


# ---- generated centres


@pytest.mark.parametrize("number", CENTERS)
def test_engines_are_equal_on_generated_centers(number):
    assert same(by_reference(number), by_compiled(number))


@pytest.mark.parametrize("number", CENTERS)
def test_engines_are_equal_without_a_log(number):
    world = generated.generated(number)[2]
    counts, times = compiled.run(world, number, replication_of(number), 1)
    assert same(by_reference(number)[:2], (counts[0], times[0]))


@pytest.mark.parametrize("number", CENTERS)
def test_events_and_recursion_are_equal_where_no_line_is_missing(number):
    world = generated.generated(number)[2]._replace(lines=NO_LIMIT)
    recursion, events = (
        arrays(compiled.run_logged(world._replace(lines=lines), number, replication_of(number)))
        for lines in (NO_LIMIT, MANY_LINES)
    )
    assert same(recursion, events)


@pytest.mark.parametrize("number", CENTERS)
def test_the_books_of_generated_centers_balance(number):
    center, _, world = generated.generated(number)
    counts, times, *columns = by_compiled(number)
    log = Log(*columns)
    ended = counts[..., [ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED]].sum(axis=-1)
    assert np.array_equal(counts[..., OFFERED], ended)
    assert np.all(counts >= 0)
    assert np.all(counts[..., ANSWERED_WITHIN] <= counts[..., ANSWERED])
    assert np.all(counts[..., ABANDONED_WITHIN] <= counts[..., ABANDONED])
    assert np.all(counts[..., SHORT_ABANDONED] <= counts[..., ABANDONED])
    assert np.all(times >= 0)
    assert np.all(times[..., BUSY] <= times[..., STAFFED])
    assert np.all((log.arrival <= log.decided) & (log.decided <= log.left) & (log.left <= log.freed))
    assert np.all(np.diff(log.arrival) >= 0)

    arrival, decided, freed = (
        np.floor(column * 1e6 + 0.5).astype(np.int64) for column in (log.arrival, log.decided, log.freed)
    )
    answered = log.outcome == OUTCOMES.index("answered")
    for k in range(len(center.contact_types)):
        mine = log.contact_type == k
        assert counts[k, :, OFFERED].sum() == mine.sum()
        for outcome, name in enumerate(OUTCOMES):
            assert counts[k, :, column(name)].sum() == (mine & (log.outcome == outcome)).sum()
        waits = decided - arrival
        assert counts[k, :, WAIT_OF_ANSWERED].sum() == waits[mine & answered].sum()
        assert counts[k, :, WAIT_OF_UNANSWERED].sum() == waits[mine & ~answered].sum()
        # Handling inside each interval, and after the horizon, is the busy time of the group.
        handled = mine & answered
        assert np.array_equal(times[k, :, BUSY], _time_inside(decided[handled], freed[handled], world.edges_us))


def _time_inside(starts: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How much of the spans lies in each interval, and in what comes after the last edge."""
    low, high = edges, np.append(edges[1:], np.iinfo(np.int64).max)
    inside = np.minimum(ends[:, None], high) - np.maximum(starts[:, None], low)
    return np.maximum(inside, 0).sum(axis=0)


def test_generated_centers_have_every_feature():
    """Half of them ties too; else the equalities above would say little."""
    outcomes = np.sum([by_compiled(number)[0].sum(axis=(0, 1)) > 0 for number in CENTERS], axis=0)
    assert outcomes[[ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED]].min() >= 30
    assert outcomes[[ANSWERED_WITHIN, ABANDONED_WITHIN, SHORT_ABANDONED]].min() >= 30
    late = [by_compiled(number)[1][:, -1, BUSY].sum() > 0 for number in CENTERS]
    assert sum(late) >= 30
    tied = [len(np.unique(by_compiled(number)[3])) < len(by_compiled(number)[3]) for number in GRID_CENTERS]
    assert sum(tied) >= 100
    assert max(by_compiled(number)[0].shape[0] for number in CENTERS) == 3
    assert max(generated.generated(number)[0].horizon.number_of_days for number in CENTERS) >= 3


# ---- negative controls: breaking a rule of the order at one instant must be seen
#
# Some rules cannot be seen in plain queues, and are left out: a staffing change or an agent freed against the end of a
# talk (neither looks at the lines); a closing against a staffing change or an agent freed (where contacts are dropped
# or carried, nobody is on duty from then on); and the numbers of all events but arrivals (agents of a group are
# exchangeable, and so are those who abandon or leave at one instant).

BROKEN_ORDERS: dict[str, dict[int, float]] = {
    "an agent is freed after patience ends": {reference.FREED: 6.5},
    "staffing changes after an agent is freed": {reference.STAFFING: 3.5},
    "staffing changes after a contact arrives": {reference.STAFFING: 5.5},
    "staffing changes after patience ends": {reference.STAFFING: 6.5},
    "a customer leaves after a contact arrives": {reference.LEAVES: 5.5},
    "a contact arrives before an agent is freed": {reference.ARRIVES: 2.5},
    "a contact arrives after patience ends": {reference.ARRIVES: 6.5},
    "closing before patience ends": {reference.CLOSES: 5.5},
    "closing before a contact arrives": {reference.CLOSES: 4.5},
    "everything the other way round": {rank: -rank for rank in (1, 2, 3, 5, 6, 8)},
}

At = Callable[[reference.Calendar, float, float, float, Callable[[], None]], None]


def _differing_centers(numbers: Sequence[int] = GRID_CENTERS) -> int:
    """On how many centres the reference engine, as it is now, differs from the compiled one."""
    runs = ((n, reference.run_logged(generated.generated(n)[2], n, replication_of(n))) for n in numbers)
    return sum(not same(arrays(run), by_compiled(n)) for n, run in runs)


@pytest.mark.parametrize("rule", BROKEN_ORDERS)
def test_a_broken_order_of_events_is_seen(rule, monkeypatch):
    at: At = reference.Calendar.at
    ranks = BROKEN_ORDERS[rule]
    monkeypatch.setattr(
        reference.Calendar, "at", lambda self, time, rank, *rest: at(self, time, ranks.get(rank, rank), *rest)
    )
    assert _differing_centers() > 0


def test_arrivals_of_one_instant_in_reversed_order_are_seen(monkeypatch):
    at: At = reference.Calendar.at

    def reversed_arrivals(self, time, rank, number, action):
        at(self, time, rank, -number if rank == reference.ARRIVES else number, action)

    monkeypatch.setattr(reference.Calendar, "at", reversed_arrivals)
    assert _differing_centers() > 0


def test_ties_in_order_of_insertion_are_seen(monkeypatch):
    at: At = reference.Calendar.at
    inserted: Iterator[int] = iter(range(10**9))
    monkeypatch.setattr(
        reference.Calendar, "at", lambda self, time, rank, number, action: at(self, time, 0, next(inserted), action)
    )
    assert _differing_centers() > 0


@pytest.mark.parametrize(
    ("limit", "shift"),
    [
        pytest.param("answer_within", -1e-6, id="answered at the threshold no longer counts as within"),
        pytest.param("short_abandon", 1e-6, id="abandoned at the limit counts as short"),
    ],
)
def test_a_moved_threshold_is_seen(limit, shift):
    differing = 0
    for number in GRID_CENTERS:
        world = generated.generated(number)[2]
        moved = world._replace(**{limit: getattr(world, limit) + shift})
        counts = reference.run_logged(moved, number, replication_of(number))[0]
        differing += not np.array_equal(counts, by_compiled(number)[0])
    assert differing > 0


def test_continuous_times_do_not_show_a_broken_order(monkeypatch):
    """Why the grid is needed: without ties the order at one instant does not matter."""
    at: At = reference.Calendar.at
    monkeypatch.setattr(
        reference.Calendar, "at", lambda self, time, rank, *rest: at(self, time, 6.5 if rank == 3 else rank, *rest)
    )
    assert _differing_centers([n for n in CENTERS if n not in GRID_CENTERS]) == 0


# ---- the same bits whatever runs them


def ordinary_center(**changes: object) -> ContactCenter:
    """Two queues over two days with day factors, absence and lines that are sometimes short."""
    given = {"lines": 30, "volume": 30.0, "intervals": 20} | changes
    horizon = Horizon(datetime(2026, 1, 5, 19), 1800.0, given["intervals"], day_factor=Gamma(1.0, 0.2))
    return ContactCenter(
        horizon,
        {
            "sales": ContactType(
                volume=given["volume"], talk=Lognormal(200.0, 1.2), after_contact_work=40.0, patience=90.0
            ),
            "support": ContactType(
                volume=20.0, handling=Lognormal(420.0, 1.0), patience=300.0, target=Target(0.8, 60.0)
            ),
        },
        {
            "support team": AgentGroup(skills=("support",), agents=5.5),
            "sales team": AgentGroup(
                skills=("sales",), agents=5.0, shrinkage=Shrinkage(unplanned={"sickness": 0.1}, random=("sickness",))
            ),
        },
        routing=Routing(given["lines"]),
        experiment=Experiment(replications=150, seed=11),
    )


@pytest.mark.parametrize("lines", [None, 30])
def test_threads_do_not_change_a_bit(lines):
    center = ordinary_center(lines=lines)
    alone, together = (simulate(center, center.plan, Simulation(threads=threads)) for threads in (1, 2))
    for one, other in (
        (alone.contacts.sums, together.contacts.sums),
        (alone.contacts.products, together.contacts.products),
        (alone.times.sums, together.times.sums),
        (alone.times.products, together.times.products),
        (alone.totals, together.totals),
        (alone.time_totals, together.time_totals),
        (alone.kept.met, together.kept.met),
        (alone.kept.judged, together.kept.judged),
    ):
        assert one.tobytes() == other.tobytes()


def test_the_reference_engine_makes_the_same_prediction():
    center = ordinary_center()
    method = Simulation(replications=6, threads=2)
    one, other = (simulate(center, center.plan, replace(method, engine=name)) for name in ("compiled", "reference"))
    assert one.contacts.sums.tobytes() == other.contacts.sums.tobytes()
    assert one.contacts.products.tobytes() == other.contacts.products.tobytes()
    assert one.time_totals.tobytes() == other.time_totals.tobytes()


@pytest.mark.parametrize("lines", [None, 30])
def test_a_replication_is_the_same_alone_and_in_any_block(lines):
    center = ordinary_center(lines=lines)
    world = lower(center, center.plan, center.experiment)
    counts, times = compiled.run(world, 11, 0, 9)
    for first, replications in ((0, 4), (4, 5), (7, 1), (2, 3)):
        block = slice(first, first + replications)
        assert same((counts[block], times[block]), compiled.run(world, 11, first, replications))
    assert same((counts[8], times[8]), arrays(compiled.run_logged(world, 11, 8))[:2])


def test_replications_and_seeds_differ():
    center = ordinary_center()
    world = lower(center, center.plan, center.experiment)
    runs = [compiled.run(world, seed, first, 1)[0].tobytes() for seed in (0, 1, 2) for first in (0, 1, 2)]
    assert len(set(runs)) == len(runs)


def test_people_are_whole_where_net_and_absence_say_so():
    """21 net at 30 % absence are 30 people, also when fractions are rounded up."""
    absent = Shrinkage(unplanned={"sickness": 0.3}, random=("sickness",))
    center = ContactCenter(
        Horizon(datetime(2026, 1, 5), 1800.0, 3),
        {"calls": ContactType(10, handling=60.0)},
        {"team": AgentGroup(skills=("calls",), agents=(21.0, 84.0, 10.0), shrinkage=absent)},
    )
    rows = lower(center, center.plan, center.experiment).rows
    assert rows[0, :2].tolist() == [30.0, 120.0]
    assert rows[0, 2] == pytest.approx(10 / 0.7, rel=1e-15)


# ---- common random numbers


def arrivals(center: ContactCenter, agents: list[float] | None = None) -> Log:
    plan = center.plan if agents is None else StaffingPlan(center, np.repeat(np.array(agents)[:, None], 20, axis=1))
    return compiled.run_logged(lower(center, plan, center.experiment), 5, 2)[2]


def of_type(log: Log, contact_type: int) -> Log:
    return Log(*(column[log.contact_type == contact_type] for column in log))


def test_one_more_agent_does_not_move_an_arrival():
    few, many = arrivals(ordinary_center(), [5.5, 5.0]), arrivals(ordinary_center(), [6.5, 7.0])
    assert few.arrival.tobytes() == many.arrival.tobytes()
    assert few.contact_type.tobytes() == many.contact_type.tobytes()
    assert few.decided.tobytes() != many.decided.tobytes()


def test_more_volume_keeps_the_first_contacts():
    plenty = [60.0, 60.0]
    few = of_type(arrivals(ordinary_center(lines=None, intervals=20), plenty), 0)
    many = of_type(arrivals(ordinary_center(lines=None, volume=45.0), plenty), 0)
    for i in range(20):
        a, b = (Log(*(column[log.arrival // 1800 == i] for column in log)) for log in (few, many))
        size = len(a.arrival)
        assert len(b.arrival) >= size
        assert b.arrival[:size] - 1800 * i == pytest.approx((a.arrival - 1800 * i) * (30 / 45), abs=1e-9)
        assert (b.left - b.decided)[:size] == pytest.approx(a.left - a.decided, abs=1e-9)
        assert (b.freed - b.left)[:size] == pytest.approx(a.freed - a.left, abs=1e-9)
    assert len(many.arrival) > len(few.arrival)


def test_a_change_in_one_interval_touches_no_other_arrival():
    changed = [30.0] * 20
    changed[7] = 50.0
    before, after = arrivals(ordinary_center()), arrivals(ordinary_center(volume=tuple(changed)))
    here = [(log.contact_type == 0) & (log.arrival // 1800 == 7) for log in (before, after)]
    assert here[0].sum() < here[1].sum()
    assert before.arrival[~here[0]].tobytes() == after.arrival[~here[1]].tobytes()


def test_another_queue_does_not_move_a_contact():
    center = ordinary_center(lines=None)
    without = replace(
        center,
        contact_types={"sales": center.contact_types["sales"]},
        agent_groups={"sales team": center.agent_groups["sales team"]},
    )
    both, alone = of_type(arrivals(center), 0), arrivals(without)
    assert same(tuple(both), tuple(alone))


# ---- every scenario of the repository


def scenarios() -> list[Path]:
    return sorted(SCENARIOS.glob("**/*.toml"))


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.relative_to(SCENARIOS).as_posix())
def test_engines_are_equal_on_every_scenario_with_agents(path):
    """One replication; the long stationary run is cut to its first 20 hours, for the reference engine's sake."""
    from wfm.files.scenario import load

    center = load(path)
    if center.plan is None:
        pytest.skip("its agents are to be solved")
    if path.stem == "w1_stationary":
        center = replace(center, horizon=replace(center.horizon, intervals=20))
    assert sum(center.volume(name).sum() for name in center.contact_types) <= LONGEST
    world = lower(center, center.plan, center.experiment)
    runs = [arrays(engine.run_logged(world, center.experiment.seed, 0)) for engine in (reference, compiled)]
    assert same(*runs)


# ---- without the compiler


def test_kernels_are_equal_to_the_reference_as_plain_python():
    numbers = [2, 3, 4, 7, 11]
    assert {generated.generated(n)[2].lines == NO_LIMIT for n in numbers} == {True, False}
    done = subprocess.run(
        [sys.executable, generated.__file__, *map(str, numbers)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for number, line in zip(numbers, done.stdout.splitlines(), strict=True):
        _, answered, by_plain_python, by_reference_engine = line.split()
        assert int(answered) > 0
        assert by_plain_python == by_reference_engine == generated.digest(by_compiled(number))
