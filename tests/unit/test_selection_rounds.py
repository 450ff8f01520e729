"""Do rounds of single cases add up to the simulation, and does a selection do what it says it does?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars
import pytest

import wfm
from wfm.sweeps.goals import Goal
from wfm.sweeps.rounds import Counted, Task, one_by_one, rows_of, simulate_round, simulate_rounds
from wfm.sweeps.run_folder import RunFolder
from wfm.sweeps.selecting import select

HORIZON = wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 4)
TARGET = wfm.Target(service_level=0.8, answer_within=20.0)


def office(agents: float = 6, price: float | None = 20.0, **contacts: object) -> wfm.ContactCenter:
    """Two queues alike, each with a team of its own."""
    given = {"volume": 40.0, "handling": 180.0, "patience": 120.0, "target": TARGET} | contacts
    return wfm.ContactCenter(
        HORIZON,
        {name: wfm.ContactType(**given) for name in ("sales", "service")},  # type: ignore[arg-type]
        {
            f"{name} team": wfm.AgentGroup(skills=[name], agents=agents, cost_per_hour=price)
            for name in ("sales", "service")
        },
    )


def asked(center: wfm.ContactCenter, *levels: float, **options: object) -> wfm.Sweep:
    """One case for each factor of the agents."""
    variation = wfm.Variation("agent_groups.*.agents", levels, "factor", "agents")
    given = {"ask": ("predict",), "method": wfm.Simulation(seed=5)} | options
    return wfm.Sweep(center, variations=(variation,), **given)  # type: ignore[arg-type]


def test_rounds_of_replications_add_up_to_the_simulation_bit_for_bit() -> None:
    sweep = asked(office(day_factor=wfm.Gamma(cv=0.2)), 1.5)
    center, plan = sweep.world(1)
    counted = Counted(center, plan, wfm.Simulation(seed=5))
    for first, last in ((0, 32), (32, 48), (48, 50)):
        for row in rows_of(simulate_round(sweep, 1, first, last)):
            counted.add(row)
    whole = wfm.predict(center, plan, wfm.Simulation(replications=50, seed=5))
    found = counted.prediction()
    assert np.array_equal(found.totals, whole.totals)
    assert np.array_equal(found.time_totals, whole.time_totals)
    for one, other in ((found.total, whole.total), (found.contact_types["sales"], whole.contact_types["sales"])):
        for measure in ("offered", "service_level", "abandonment", "average_speed_of_answer", "mean_wait", "days_met"):
            mine, theirs = getattr(one, measure), getattr(other, measure)
            assert mine.mean == theirs.mean
            assert mine.half_width == pytest.approx(theirs.half_width, rel=1e-9)
    assert found.cost.mean == pytest.approx(whole.cost.mean, rel=1e-12)
    assert counted.value("cost", -1) == pytest.approx(whole.cost.mean, rel=1e-12)
    assert counted.value("mean_wait", 1) == whole.contact_types["service"].mean_wait.mean


def test_a_pickled_sweep_gives_the_same_lines() -> None:
    import pickle

    sweep, tasks = asked(office(), 1.2), [Task(0, 0, 16), Task(1, 16, 32)]
    assert simulate_rounds(pickle.dumps(sweep), tasks).equals(polars.concat(one_by_one(sweep, tasks)))


def test_the_best_service_is_found_and_the_others_get_fewer_replications() -> None:
    sweep = asked(office(), 0.7, 1.35, 1.34)
    found, table = select(sweep, Goal.of(sweep, "service_level", 0.0005))
    assert found.best == 2
    assert found.open == (2,)
    assert (found.standings[1].left_out, found.standings[1].by) == ("beaten", 2)
    assert found.standings[1].replications < found.standings[2].replications
    assert table.filter(polars.col("contact_type").is_null())["replications"].to_list() == [
        one.replications for one in found.standings
    ]
    assert found.replications == sum(one.replications for one in found.standings)
    assert "is the best of 4: service level" in found.verdict


def test_changes_are_from_the_replications_that_both_have() -> None:
    sweep = asked(office(), 0.7, 1.0001)
    found, table = select(sweep, Goal.of(sweep, "service_level", 0.0005))
    few, many = found.standings[1].replications, found.standings[0].replications
    assert few < many
    both = [
        wfm.predict(*sweep.world(case), wfm.Simulation(replications=few, seed=5, percentiles=False)) for case in (0, 1)
    ]
    expected = wfm.compare(both).differences[1].measures["service_level"]
    row = table.filter((polars.col("case") == 1) & polars.col("contact_type").is_null()).row(0, named=True)
    assert row["service_level_change"] == pytest.approx(expected.mean, rel=1e-9)
    assert row["service_level_change_half_width"] == pytest.approx(expected.half_width, rel=1e-9)


def test_the_cheapest_keeps_its_promises() -> None:
    """Five agents are too few by far, seven and eight are enough, and eight cost more."""
    sweep = asked(office(agents=5), 7 / 5, 8 / 5)
    found, _ = select(sweep, Goal.of(sweep))
    assert found.objective == "cost"
    assert found.best == 1
    assert found.standings[0].left_out == "promise"
    assert "80.0 % is promised" in found.standings[0].reason
    assert (found.standings[2].left_out, found.standings[2].by) == ("beaten", 1)


def test_where_nobody_keeps_the_promise_nobody_is_best() -> None:
    sweep = asked(office(agents=3), 1.1)
    found, _ = select(sweep, Goal.of(sweep))
    assert (found.best, found.open, found.ended) == (None, (), "nobody")
    assert found.verdict == "None of 2 cases keeps its promises."


def test_a_formula_leaves_nothing_to_chance() -> None:
    found = wfm.sweep(asked(office(agents=5), 7 / 5, 8 / 5, method="erlang-a"), best="cost").selection
    assert found is not None
    assert (found.best, found.ended, found.replications) == (1, "formula", 0)
    assert [one.left_out for one in found.standings] == ["promise", "", "beaten"]
    best = wfm.sweep(asked(office(agents=5), 0.9, 8 / 5, method="erlang-a"), best="sales.mean_wait").selection
    assert best is not None
    assert best.best == 2


class Kept:
    """A folder in memory, which may fail after so many writings."""

    def __init__(self, fails_after: int = 10**6) -> None:
        self.frames: list[polars.DataFrame] = []
        self.fails_after = fails_after

    def append_round(self, number: int, frame: polars.DataFrame) -> None:
        assert number == len(self.frames)
        if number >= self.fails_after:
            raise wfm.OutputError("the disk is full")
        self.frames.append(frame)

    def rounds(self) -> polars.DataFrame:
        return polars.concat(self.frames) if self.frames else polars.DataFrame()


def test_an_interrupted_selection_goes_on_where_it_was_and_ends_as_if_it_had_not_been() -> None:
    sweep = asked(office(), 0.7, 1.0001)
    goal = Goal.of(sweep, "service_level", 0.0005)
    whole, table = select(sweep, goal)
    kept = Kept(fails_after=3)
    with pytest.raises(wfm.OutputError):
        select(sweep, goal, folder=kept)
    assert len(kept.frames) == 3
    done: list[Task] = []

    def counting(sweep: wfm.Sweep, tasks: Sequence[Task]) -> Iterator[polars.DataFrame]:
        done.extend(tasks)
        return one_by_one(sweep, tasks)

    kept.fails_after = 10**6
    found, resumed = select(sweep, goal, folder=kept, do=counting)
    assert found == whole
    assert resumed.equals(table)
    stored = {row.task for frame in kept.frames[:3] for row in rows_of(frame)}
    assert not stored.intersection(done)
    again, shown = select(sweep, goal, folder=kept, do=None)
    assert again == whole
    assert shown.equals(table)


def test_a_case_that_cannot_be_simulated_or_staffed_says_so() -> None:
    """A formula has no words for lines: the requirement has a fault, the simulation has none."""
    lines = wfm.Scenario("Few lines", (wfm.Change("routing.lines", "value", 10),))
    broken = wfm.Scenario("Nonsense", (wfm.Change("contact_types.*.volume", "factor", -1.0),))
    sweep = wfm.Sweep(office(), scenarios=(lines, broken), design="scenarios", ask=("predict", "staff"))
    found, table = select(sweep, Goal.of(sweep, "service_level"))
    rows = table.filter(polars.col("contact_type").is_null())
    assert rows["required_hours"].is_null().to_list() == [False, True, True]
    assert rows["service_level"].is_null().to_list() == [False, False, True]
    assert rows["fault"].is_null().to_list() == [True, False, False]
    assert found.standings[2].left_out == "fault"


def test_threads_and_a_run_folder_change_no_bit(tmp_path: Path) -> None:
    sweep = asked(office(), 0.7, 1.02, 1.04)
    here, there = (
        wfm.sweep(sweep, best="service_level", threads=threads, out=out)
        for threads, out in ((1, None), (2, tmp_path / "run"))
    )
    again = wfm.sweep(sweep, best="service_level", out=tmp_path / "run")
    assert RunFolder(tmp_path / "run").finished
    assert here.selection == there.selection == again.selection
    assert here.table.equals(there.table)
    assert here.table.equals(again.table)


def test_when_time_is_up_those_who_are_open_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from wfm.sweeps import selecting

    ticks = iter(range(10**6))
    monkeypatch.setattr(selecting, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    sweep = asked(office(), 1.0001)
    found, _ = select(sweep, Goal.of(sweep, "service_level", 1e-9), within=1.0)
    assert (found.ended, set(found.open)) == ("time", {0, 1})
    assert [one.replications for one in found.standings] == [32, 32]
    assert "cannot be told apart with 32 replications" in found.verdict or "leads by" in found.verdict


def test_the_most_replications_end_it() -> None:
    sweep = asked(office(), 1.0001, method=wfm.Simulation(replications=40, seed=5))
    found, _ = select(sweep, Goal.of(sweep, "service_level", 1e-9))
    assert (found.ended, found.replications) == ("replications", 80)


def test_a_promise_that_is_kept_by_a_hair_is_not_called_kept() -> None:
    method = wfm.Simulation(replications=32, seed=5)
    level = wfm.predict(office(), method=method).contact_types["sales"].service_level.mean
    target = wfm.Target(service_level=level - 1e-6, answer_within=20.0)
    sweep = asked(office(target=target), 0.5, method=method)
    found, _ = select(sweep, Goal.of(sweep, "cost"))
    assert (found.ended, found.open) == ("replications", (0,))
    assert found.verdict == "Whether baseline keeps its promises cannot be told with 32 replications."


def test_a_case_without_contacts_is_left_out_with_its_reason() -> None:
    scenarios = (wfm.Scenario("Nobody calls", (wfm.Change("contact_types.*.volume", "factor", 0.0),)),)
    sweep = wfm.Sweep(office(), scenarios=scenarios, design="scenarios", ask=("predict",))
    found, _ = select(sweep, Goal.of(sweep, "service_level"))
    assert found.best == 0
    assert found.standings[1].left_out == "fault"
    assert "no contacts" in found.standings[1].reason


@pytest.mark.parametrize(
    ("objective", "indifference", "options", "message"),
    [
        ("servce_level", None, {}, "did you mean 'service_level'"),
        ("sale.mean_wait", None, {}, "did you mean 'sales'"),
        ("sales.cost", None, {}, "leave the type out"),
        ("service_level", 0.0, {}, "indifference: must be a number above 0"),
        ("service_level", None, {"ask": ("staff",)}, "staff alone is no service"),
        ("service_level", None, {"method": wfm.Simulation(stratified=True)}, "method.stratified"),
        ("service_level", None, {"method": wfm.Simulation(replications=3)}, "method.replications: must be at least 8"),
        ("service_level", None, {"method": wfm.Simulation(until="service_level +- 1pt")}, "method.until"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    objective: str, indifference: float | None, options: dict[str, object], message: str
) -> None:
    with pytest.raises(wfm.InputError, match=message):
        Goal.of(asked(office(), 1.1, **options), objective, indifference)


def test_cost_needs_prices_and_promises() -> None:
    with pytest.raises(wfm.InputError, match="cost_per_hour: is missing"):
        Goal.of(asked(office(price=None), 1.1), "cost")
    with pytest.raises(wfm.InputError, match="have no target"):
        Goal.of(asked(office(target=wfm.Target()), 1.1), "cost")
    assert Goal.of(asked(office(price=None), 1.1)).measure == "service_level"
