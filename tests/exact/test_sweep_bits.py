"""Sweeps: the same bits from threads, processes and a cluster, in any order and any pieces; formulas as when alone."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

import wfm
from wfm.sweeps.asking import Asker
from wfm.sweeps.clusters import Cluster
from wfm.sweeps.figures import MEASURES
from wfm.sweeps.question import question
from wfm.sweeps.running import figures_of, pieces_of
from wfm.sweeps.workers import Workers

# Centres that a formula answers for, with contact types of their own agents.
FORMULA_SCENARIOS = (
    "after_contact_work", "balking", "closing_carry", "day_target", "laws", "random_absence", "staffing_steps",
    "textbook", "two_queues", "w2_day",
)  # fmt: skip


def asked(name="two_queues", method="simulation", **told):
    center = wfm.load(wfm.example(name))
    center = replace(center, experiment=replace(center.experiment, replications=6))
    told = {"design": "grid", **told}
    variations = {"volume": "*0.8:1.2:5", "aht": "+-20:+20:3"}
    return question(center, variations, method=method, **told)


@pytest.fixture(autouse=True)
def many_pieces(monkeypatch):
    """Pieces of few cases, so that all workers have some."""
    monkeypatch.setattr("wfm.sweeps.running.SHORTEST_TASK", 0.0)


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        Cluster(local.scheduler_address) as executor,
    ):
        yield executor


@pytest.mark.parametrize("method", ["simulation", "erlang-a"])
def test_threads_processes_and_a_cluster_agree_bit_for_bit(method, processes, cluster):
    sweep = asked(method=method, ask=("predict", "staff"))
    alone = Asker(sweep).rows(0, len(sweep))
    assert wfm.sweep(sweep, threads=1).table.equals(alone)
    for told in ({"threads": 2}, {"threads": 3}, {"executor": processes}, {"executor": cluster}):
        assert wfm.sweep(sweep, **told).table.equals(alone), told


def test_the_search_for_the_best_is_the_same_for_all_workers(processes, cluster):
    sweep = asked("textbook", wfm.Simulation(replications=48), ask=("predict",))
    alone = wfm.sweep(sweep, threads=1, best="service_level")
    for told in ({"threads": 2}, {"executor": processes}, {"executor": cluster}):
        found = wfm.sweep(sweep, best="service_level", **told)
        assert found.table.equals(alone.table)
        assert found.selection == alone.selection


@pytest.mark.parametrize("method", ["simulation", "erlang-a", "transient"])
def test_the_figures_of_a_case_do_not_depend_on_who_is_asked_about_with_it(method):
    sweep = asked("textbook", method)
    whole = Asker(sweep).rows(0, len(sweep))
    backwards, fresh = Asker(sweep), Asker(sweep)
    for number in reversed(range(len(sweep))):
        ours = whole.filter(whole["case"] == number)
        assert backwards.rows(number, number + 1).equals(ours)
    assert fresh.rows(5, 9).equals(whole.filter((whole["case"] >= 5) & (whole["case"] < 9)))


def test_a_week_of_many_intervals_is_cut_into_calls_without_a_trace(monkeypatch):
    sweep = asked("w2_day", "erlang-a")
    whole = Asker(sweep).rows(0, len(sweep))
    monkeypatch.setattr("wfm.sweeps.asking.AT_ONCE", 100)
    assert Asker(sweep).rows(0, len(sweep)).equals(whole)


@pytest.mark.parametrize("formula", ["erlang-a", "erlang-c"])
@pytest.mark.parametrize("name", FORMULA_SCENARIOS)
def test_many_cases_by_a_formula_are_what_each_is_alone(name, formula):
    sweep = asked(name, formula, staffing=formula, ask=("predict", "staff"))
    table = Asker(sweep).rows(0, len(sweep))
    together = table.filter(table["contact_type"].is_null())
    assert together["fault"].null_count() == len(sweep)
    for number in range(0, len(sweep), 4):
        center, plan = sweep.world(number)
        seen, needed = wfm.predict(center, plan, formula), wfm.requirement(center, formula)
        found = together.row(number, named=True)
        for measure in MEASURES:
            value = getattr(seen.total, measure).mean
            # A day of fewer than 64 intervals is worked out one interval after the other, by both.
            exact = center.horizon.intervals < 64
            assert found[measure] == (value if exact else pytest.approx(value, rel=1e-12)), (number, measure)
        assert found["required_hours"] == needed.plan.paid_hours.sum()
        if all(one.target.per == "interval" for one in center.contact_types.values()):
            assert found["required_hours_unrounded"] == pytest.approx(needed.unrounded_hours, rel=1e-14)
        assert found["required_peak"] == needed.plan.whole_gross.sum(axis=0).max()


def test_requirements_of_many_centres_are_each_ones_own():
    from wfm.staffing.requirement import requirements

    names = [*FORMULA_SCENARIOS, "two_languages"]
    centers = [wfm.load(wfm.example(name)) for name in names]
    centers = [one for one in centers if one.horizon.interval == 1800.0]
    assert len(centers) >= 6
    for center, found in zip(centers, requirements(centers), strict=True):
        if center.shares_agents:
            assert isinstance(found, wfm.NotModelled)
            continue
        alone = wfm.requirement(center)
        for part in ("whole", "fractional", "binding"):
            assert np.array_equal(getattr(found, part), getattr(alone, part)), center.title


def test_pieces_hold_every_case_once():
    sweep = asked()
    for missing, workers in (([range(16)], 1), ([range(3), range(5, 16)], 2), ([], 4)):
        pieces = pieces_of(sweep, missing, workers)
        assert [case for piece in pieces for case in piece] == [case for one in missing for case in one]
    assert [frame["case"][0] for frame in figures_of(sweep, [range(2), range(2, 3)], Workers(threads=1))] == [0, 2]


def test_progress_is_told_and_ends_with_all():
    told = []
    wfm.sweep(asked(), threads=2, progress=lambda done, of: told.append((done, of)))
    assert told == sorted(told)
    assert told[-1] == (16, 16)


def test_a_folder_is_gone_on_with_and_a_finished_one_answers_at_once(tmp_path, monkeypatch):
    sweep = asked()
    whole = wfm.sweep(sweep).table
    halves = iter(range(3))

    def stop(done, of):
        if next(halves) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wfm.sweep(sweep, threads=1, out=tmp_path / "run", progress=stop)
    from wfm.sweeps.run_folder import RunFolder

    assert 0 < RunFolder(tmp_path / "run").done < len(sweep)
    assert wfm.sweep(sweep, out=tmp_path / "run").table.equals(whole)
    monkeypatch.setattr("wfm.sweeps.running.Asker", None)
    assert wfm.sweep(sweep, out=tmp_path / "run").table.equals(whole)


def test_a_worker_that_dies_is_told_with_the_cases_that_it_had(tmp_path):
    workers = get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=workers, initializer=os._exit, initargs=(1,)) as executor,
        pytest.raises(wfm.WfmError, match=r"a worker died \(BrokenProcessPool\) while cases 0 to \d+ were") as told,
    ):
        wfm.sweep(asked(), executor=executor, out=tmp_path / "run")
    assert "kept in the run folder" in str(told.value)


class Sulking(Executor):
    """Hands nothing out."""

    def submit(self, *_):
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_tasks_that_are_called_off_are_told():
    with pytest.raises(wfm.WfmError, match="a worker died"):
        wfm.sweep(asked(), executor=Sulking())


def test_a_sweep_is_not_told_its_question_twice():
    with pytest.raises(wfm.InputError) as told:
        wfm.sweep(asked(), {"volume": "+1%"}, method="erlang-a")
    assert [one.where for one in told.value.faults] == ["variations", "method"]
    with pytest.raises(wfm.InputError, match="within: must be a number of seconds above 0"):
        wfm.sweep(asked(), within=0)
    with pytest.raises(wfm.InputError, match="indifference: is of a search for the best"):
        wfm.sweep(asked(), indifference=0.01)


def test_workers_are_threads_or_an_executor():
    with pytest.raises(wfm.InputError, match="threads: must be a whole number of at least 1"):
        wfm.sweep(asked(), threads=0)
    with pytest.raises(wfm.InputError, match=r"executor: must be a concurrent\.futures\.Executor"):
        wfm.sweep(asked(), executor="tcp://10.0.0.5:8786")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere", ""])
def test_a_cluster_that_does_not_answer_is_told(address):
    pytest.importorskip("distributed")
    with pytest.raises(wfm.InputError, match="must be the address of a dask scheduler that answers"):
        Cluster(address, timeout=2)


def test_a_cluster_needs_its_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(wfm.InputError, match=r"pip install 'wfm-engine\[cluster\]'"):
        Cluster("tcp://127.0.0.1:8786")


def test_workers_of_other_versions_are_refused(cluster, monkeypatch):
    from wfm.sweeps import clusters

    monkeypatch.setattr(clusters, "versions", lambda: {"wfm": "0.0.9"})
    with pytest.raises(wfm.InputError, match=r"other versions, tcp:.*: wfm .* \(here 0\.0\.9\)"):
        clusters._check_versions(cluster._client)
