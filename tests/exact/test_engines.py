"""Are the two engines equal bit for bit? (Whether the comparison would see a difference: `test_broken_rules.py`.)"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import generated
import numpy as np
import pytest
from books_from_log import books_from_log
from features import features
from generated import CENTERS, GRID_CENTERS, PLAIN_CENTERS, arrays, by_compiled, by_reference, replication_of, same

from wfm.files.sweep_file import is_sweep_file
from wfm.measures.counts import ABANDONED, ANSWERED, BLOCKED, BUSY, DROPPED, OFFERED, OVERTIME, STAFFED, UNFINISHED
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Routing, Skill, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Gamma, Lognormal
from wfm.model.plan import StaffingPlan
from wfm.model.shrinkage import Shrinkage
from wfm.simulation import compiled, reference
from wfm.simulation.ledger import OUTCOMES, Log
from wfm.simulation.lowering import SERVE, lower
from wfm.simulation.run import Simulation, simulate

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LONGEST = 20_000  # contacts of a scenario that the reference engine can be asked for


# ---- generated centres


@pytest.mark.parametrize("number", CENTERS)
def test_engines_are_equal_on_generated_centers(number):
    assert same(arrays(by_reference(number)), arrays(by_compiled(number)))


@pytest.mark.parametrize("number", CENTERS)
def test_engines_are_equal_without_a_log_and_without_percentiles(number):
    world, books = generated.generated(number)[2], by_reference(number)[0]
    assert same(books, compiled.run(world, number, replication_of(number), 1))
    bare = compiled.run(world, number, replication_of(number), 1, percentiles=False)
    assert same((books.counts, books.times), (bare.counts, bare.times))
    assert bare.waits.size == 0


@pytest.mark.parametrize("number", PLAIN_CENTERS)
def test_events_and_recursion_are_equal_where_nothing_couples_the_queues(number):
    world = generated.generated(number)[2]
    assert not world.is_coupled
    events = compiled.run_logged(world._replace(is_coupled=True), number, replication_of(number))
    assert same(arrays(by_compiled(number)), arrays(events))


@pytest.mark.parametrize("number", CENTERS)
def test_the_books_of_generated_centers_balance(number):
    counts, times, waits = by_compiled(number)[0]
    ended = counts[..., [ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED]].sum(axis=-1)
    assert np.array_equal(counts[..., OFFERED], ended)
    assert np.all(counts >= 0)
    assert np.all(times >= 0)
    assert np.all(times[..., OVERTIME] <= times[..., BUSY])
    assert np.all(times[..., BUSY] <= times[..., STAFFED])
    assert np.array_equal(waits.sum(axis=-1), counts[..., ANSWERED].sum(axis=-1))


@pytest.mark.parametrize("number", CENTERS)
def test_the_books_of_generated_centers_follow_from_their_logs(number):
    """Counts, waiting and handling in the intervals where they pass, overtime, and the histogram of waits."""
    center, _, world = generated.generated(number)
    books, log = by_compiled(number)
    assert same(books, books_from_log(center, world, number, replication_of(number), log))


@pytest.mark.parametrize("number", CENTERS)
def test_the_logs_of_generated_centers_keep_the_rules(number):
    """What can be said of each contact alone: order of times, skill, delay and hours."""
    world, log = generated.generated(number)[2], by_compiled(number)[1]
    assert np.all(np.diff(log.arrival) >= 0)
    assert np.all((log.arrival <= log.decided) & (log.decided <= log.left) & (log.left <= log.freed))
    answered = log.outcome == OUTCOMES.index("answered")
    assert np.array_equal(answered, log.agent_group >= 0)
    kind, group, decided = log.contact_type[answered], log.agent_group[answered], log.decided[answered]
    assert np.all(log.arrival[answered] + world.routes.after[kind, group] <= decided)
    arrived_in = np.searchsorted(world.edges, log.arrival, side="right") - 1
    assert np.all(world.is_open[log.contact_type, arrived_in])
    served = world.after_close[kind] == SERVE
    decided_in = np.searchsorted(world.edges[:-1], decided, side="right") - 1
    in_time = (decided < world.edges[-1]) & world.is_open[kind, decided_in]
    assert np.all(served | in_time)


def test_generated_centers_have_every_feature():
    """Often enough, and half of them on the grid; else the equalities above would say little."""
    on_grid, elsewhere = Counter(), Counter()
    for number in CENTERS:
        (on_grid if number in GRID_CENTERS else elsewhere).update(
            name for name, found in features(number).items() if found
        )
    names = features(0)
    assert {name: on_grid[name] for name in names if on_grid[name] < 8} == {}
    only_on_grid = {"arrivals at one instant", "events at one instant"}
    assert {name: elsewhere[name] for name in names if elsewhere[name] < 8}.keys() <= only_on_grid


def wide_center(types: int, groups: int, **routing: Any) -> ContactCenter:
    """Many queues, short and often empty; each group has some types of its own and some that others have too."""
    dice = np.random.default_rng([types, groups])
    names = [f"type {k}" for k in range(types)]
    intervals = 8
    skills: list[dict[str, Skill]] = [
        {
            name: Skill(rank=int(dice.integers(1, 3)))
            for k, name in enumerate(names)
            if k % groups == g % types or dice.random() < 0.1
        }
        for g in range(groups)
    ]
    return ContactCenter(
        Horizon(datetime(2026, 1, 5, 8), 1800.0, intervals),
        {
            name: ContactType(volume=tuple(map(float, dice.integers(0, 4, intervals))), handling=600.0, patience=300.0)
            for name in names
        },
        {
            f"group {g}": AgentGroup(one, agents=tuple(map(float, dice.integers(0, 2 + types // groups, intervals))))
            for g, one in enumerate(skills)
        },
        routing=Routing(**routing),
    )


@pytest.mark.parametrize("tie", ["longest_idle", "random"])
@pytest.mark.parametrize(("types", "groups"), [(64, 3), (65, 3), (130, 5), (200, 4), (10, 64), (10, 65), (70, 140)])
def test_engines_are_equal_on_more_types_and_groups_than_a_word_has_bits(types, groups, tie):
    center = wide_center(types, groups, agent_tie=tie)
    world = lower(center, center.plan, center.experiment)
    for replication in range(3):
        one, other = (arrays(engine.run_logged(world, 1, replication)) for engine in (reference, compiled))
        assert same(one, other)


# ---- the same bits whatever runs them


def ordinary_center(**changes: Any) -> ContactCenter:
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
        routing=Routing(lines=given["lines"]),
        experiment=Experiment(replications=150, seed=11),
    )


def skilled_center() -> ContactCenter:
    """The same with a third group that helps both, with some delay."""
    center = ordinary_center()
    both = AgentGroup({"sales": Skill(rank=2, after=10.0), "support": Skill(rank=2, speed=0.8)}, agents=2.0)
    return replace(center, agent_groups={**center.agent_groups, "both": both})


KINDS_OF_CENTER = {
    "recursion": ordinary_center(lines=None),
    "lines": ordinary_center(),
    "skills": skilled_center(),
}


def bits(value: Any) -> bytes:
    """Everything that a result holds, but for the centre, the plan, the seed and how the run was made."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if is_dataclass(value):
        names = [one.name for one in fields(value) if one.name not in ("center", "plan", "run", "seed")]
        return b"".join(bits(getattr(value, name)) for name in names)
    return repr(value).encode()


@pytest.mark.parametrize("kind", KINDS_OF_CENTER)
def test_threads_do_not_change_a_bit(kind):
    center = KINDS_OF_CENTER[kind]
    alone, together = (simulate(center, center.plan, Simulation(threads=threads)) for threads in (1, 2))
    assert bits(alone) == bits(together)
    assert bits(alone) != bits(simulate(center, center.plan, Simulation(threads=1, seed=12)))


@pytest.mark.parametrize("kind", ["lines", "skills"])
def test_the_reference_engine_makes_the_same_prediction(kind):
    center = KINDS_OF_CENTER[kind]
    method = Simulation(replications=6, threads=2)
    one, other = (simulate(center, center.plan, replace(method, engine=name)) for name in ("compiled", "reference"))
    assert bits(one) == bits(other)


@pytest.mark.parametrize("kind", KINDS_OF_CENTER)
def test_a_replication_is_the_same_alone_and_in_any_block(kind):
    center = KINDS_OF_CENTER[kind]
    world = lower(center, center.plan, center.experiment)
    books = compiled.run(world, 11, 0, 9)
    for first, replications in ((0, 4), (4, 5), (7, 1), (2, 3)):
        block = slice(first, first + replications)
        assert same(tuple(part[block] for part in books), compiled.run(world, 11, first, replications))
    assert same(tuple(part[8:] for part in books), compiled.run_logged(world, 11, 8)[0])


def test_replications_and_seeds_differ():
    center = ordinary_center()
    world = lower(center, center.plan, center.experiment)
    runs = [compiled.run(world, seed, first, 1).counts.tobytes() for seed in (0, 1, 2) for first in (0, 1, 2)]
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
    return compiled.run_logged(lower(center, plan, center.experiment), 5, 2)[1]


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
    assert np.array_equal(both.agent_group == 1, alone.agent_group == 0)  # the same team, at another place in the file
    assert same(both._replace(agent_group=alone.agent_group), alone)


def test_a_reserve_or_a_delay_elsewhere_does_not_move_what_a_contact_draws():
    """Contacts taken by the same group keep talk and after-contact work, to the rounding of a difference."""
    center = skilled_center()
    both = center.agent_groups["both"]
    reserved = replace(both, skills={name: replace(skill, reserve=1) for name, skill in both.skills.items()})
    one, other = arrivals(center), arrivals(replace(center, agent_groups={**center.agent_groups, "both": reserved}))
    assert one.arrival.tobytes() == other.arrival.tobytes()
    assert not np.array_equal(one.agent_group, other.agent_group)
    alike = (one.agent_group == other.agent_group) & (one.agent_group >= 0)
    assert alike.sum() > 100
    assert (one.left - one.decided)[alike] == pytest.approx((other.left - other.decided)[alike], abs=1e-9)
    assert (one.freed - one.left)[alike] == pytest.approx((other.freed - other.left)[alike], abs=1e-9)


# ---- every scenario of the repository


def scenarios() -> list[Path]:
    found = sorted(SCENARIOS.glob("**/*.toml"))
    return [path for path in found if not is_sweep_file(path) and path.name != "budget.toml"]


def test_every_center_is_lowered_to_the_same_types():
    """Whole numbers in a file must not become other arrays: each kernel would be compiled again."""
    from numba import typeof

    from wfm.files.scenario import load

    centers = [load(path) for path in scenarios()]
    worlds = [lower(one, one.plan, one.experiment) for one in centers if one.plan is not None]
    assert {typeof(world) for world in [*worlds, *(generated.generated(number)[2] for number in CENTERS)]} == {
        typeof(worlds[0])
    }


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.relative_to(SCENARIOS).as_posix())
def test_engines_are_equal_on_every_scenario_with_agents(path):
    """One replication; a long horizon is cut to its first intervals, for the reference engine's sake."""
    from wfm.files.scenario import load

    center = load(path)
    if center.plan is None:
        pytest.skip("its agents are to be solved")
    center = cut(center, LONGEST)
    world = lower(center, center.plan, center.experiment)
    one, other = (arrays(engine.run_logged(world, center.experiment.seed, 0)) for engine in (reference, compiled))
    assert same(one, other)


def cut(center: ContactCenter, most: float) -> ContactCenter:
    """Its first intervals only, where a centre has more contacts; numbers by interval would not fit any more."""
    volume = np.sum([center.volume(name) for name in center.contact_types], axis=0).cumsum()
    if volume[-1] <= most:
        return center
    return replace(center, horizon=replace(center.horizon, intervals=max(1, int(np.searchsorted(volume, most)))))


# ---- without the compiler


def test_kernels_are_equal_to_the_reference_as_plain_python():
    numbers = [3, 4, 7, 11, 16, 25, 35, 47]
    assert {generated.generated(number)[2].is_coupled for number in numbers} == {True, False}
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
