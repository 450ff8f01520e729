"""Are effects, powers, grids, curves and frontiers read off a sweep as they should be?"""

from __future__ import annotations

import math

import numpy as np
import polars
import pytest

import wfm
from wfm.queueing import ErlangA
from wfm.sweeps.steps import size_of, step_of, unit_of


@pytest.fixture(scope="module")
def center() -> wfm.ContactCenter:
    return wfm.load(wfm.example("textbook"))


@pytest.fixture(scope="module")
def bank() -> wfm.ContactCenter:
    return wfm.load(wfm.example("anonymous_bank"))


def test_effects_stand_by_the_widest_swing_and_keep_the_order_of_levels(center: wfm.ContactCenter) -> None:
    found = wfm.sweep(center, {"aht": "±1s", "volume": "±20%"}, method="erlang-a", design="one_at_a_time")
    effects = found.effects("service_level")
    assert [(one.label, one.level) for one in effects] == [
        ("volume", 0.8),
        ("volume", 1.2),
        ("AHT", -1.0),
        ("AHT", 1.0),
    ]
    assert [one.case for one in effects] == [3, 4, 1, 2]
    for one in effects:
        change = found.row(one.case)["service_level"] - found.baseline["service_level"]
        assert one.change("service_level").mean == pytest.approx(change, abs=1e-12)
        assert math.isnan(one.change("service_level").half_width)
        assert one.is_told_apart("service_level")
    assert math.isnan(effects[0].change("no such measure").mean)


def test_noise_is_called_noise(center: wfm.ContactCenter) -> None:
    method = wfm.Simulation(replications=40, seed=3)
    found = wfm.sweep(center, {"volume": "+20%", "patience": "+1s"}, method=method, ask=("predict",))
    wide = polars.when(polars.col("case") == 2).then(1.0).otherwise(polars.col("service_level_change_half_width"))
    found = wfm.SweepResult(found.sweep, found.table.with_columns(service_level_change_half_width=wide))
    volume, patience = found.effects("service_level")
    assert (volume.label, patience.label) == ("volume", "patience")
    assert volume.is_told_apart("service_level")
    assert not patience.is_told_apart("service_level")
    assert "is worse than the baseline: service level −" in found.verdict(1)
    assert "cannot be told apart with 40 replications" in found.verdict(2)


def test_what_changes_nothing_is_said_to_change_nothing(center: wfm.ContactCenter) -> None:
    scenarios = {"As it is": {"volume": "*1"}, "Dearer": {"agent_groups.*.cost_per_hour": 30.0}}
    found = wfm.sweep(center, scenarios=scenarios, method=wfm.Simulation(replications=10), ask=("predict",))
    assert found.verdicts[0] == "As it is makes no change to the service level."
    assert [one.words for one in found.effects()] == list(scenarios)
    assert found.effects()[0].variation is None


def test_the_power_of_one_is_the_derivative_of_the_formula(center: wfm.ContactCenter) -> None:
    """A step up and one down, of the same size: what is left is of third order in it."""
    found = wfm.sweep(center, {"volume": "±0.5%", "aht": "±0.5s"}, method="erlang-a", design="one_at_a_time")
    kind = center.contact_types["calls"]
    agents = found.sweep.held_plan.net[0, 0]

    def level(volume: float, aht: float) -> float:
        patience = kind.mean_patience(1)[0]
        queue = ErlangA(volume=volume, handling_time=aht, patience=patience, interval=center.horizon.interval)
        return float(queue.measures(agents, answer_within=kind.target.answer_within).service_level())

    volume, aht = float(center.volume("calls")[0]), float(kind.handling_time(1)[0])
    slopes = (
        (level(volume * 1.001, aht) - level(volume * 0.999, aht)) / 0.2,
        (level(volume, aht + 0.1) - level(volume, aht - 0.1)) / 0.2,
    )
    powers = found.powers()
    assert [(one.label, one.unit) for one in powers] == [("volume", "+1 %"), ("AHT", "+1 s")]
    for one, slope, relative in zip(powers, slopes, (0.01, 1 / aht), strict=True):
        assert one.changes["service_level"].mean == pytest.approx(slope, rel=1e-3)
        base = found.baseline["service_level"]
        assert one.elasticities["service_level"].mean == pytest.approx(slope / base / relative, rel=1e-3)
        assert len(one.cases) == 2
        assert one.average_from == {"volume": "−0.5 % and +0.5 %", "AHT": "−0.5 s and +0.5 s"}[one.label]
        assert not one.by_regression


def test_powers_come_from_the_smallest_step_with_its_interval(center: wfm.ContactCenter) -> None:
    method = wfm.Simulation(replications=40, seed=3)
    found = wfm.sweep(center, {"volume": "+2%,+20%"}, method=method, design="one_at_a_time")
    (power,) = found.powers()
    assert power.cases == (1,)
    change = found.change(1, "service_level")
    assert power.changes["service_level"].mean == pytest.approx(change.mean / 2)
    assert power.changes["service_level"].half_width == pytest.approx(change.half_width / 2)


def test_a_step_that_was_asked_is_told_as_it_is(center: wfm.ContactCenter) -> None:
    """No average over other levels, which would contradict the very case that stands beside it."""
    found = wfm.sweep(center, {"agents": "-1,+1,+2", "aht": "-10,+10"}, method="erlang-a", design="one_at_a_time")
    agents, aht = found.powers()
    assert agents.cases == (2,)
    assert agents.average_from == ""
    assert agents.changes["service_level"].mean == found.change(2, "service_level").mean
    assert aht.average_from == "−10 s and +10 s"


def test_swings_go_from_the_lowest_to_the_highest_level_the_baseline_among_them(center: wfm.ContactCenter) -> None:
    method = wfm.Simulation(replications=20, seed=3)
    varied = {"agents": "-1,+2", "aht": "+30s", "volume": "-10%"}
    found = wfm.sweep(center, varied, method=method, design="one_at_a_time")
    agents, aht, volume = (one.swings["service_level"] for one in found.powers())
    low, high, longer, fewer = (found.change(case, "service_level") for case in (1, 2, 3, 4))
    assert agents.mean == high.mean - low.mean
    assert agents.half_width == high.half_width + low.half_width
    assert (aht.mean, aht.half_width) == (longer.mean, longer.half_width)
    assert (volume.mean, volume.half_width) == (-fewer.mean, fewer.half_width)


def test_of_a_sampled_design_powers_are_slopes_of_least_squares(center: wfm.ContactCenter) -> None:
    """Paid hours of a plan are a line in what is added to it; the regression must find it, and no effect of AHT."""
    variations = {"agents": "*1:1.4:2", "aht": "-20:+20:2"}
    found = wfm.sweep(center, variations, method="erlang-a", design="latin_hypercube", samples=60)
    agents, aht = found.powers()
    assert agents.by_regression
    assert agents.changes["paid_hours"].mean == pytest.approx(found.baseline["paid_hours"] / 100, rel=1e-9)
    assert agents.elasticities["paid_hours"].mean == pytest.approx(1, rel=1e-9)
    assert aht.changes["paid_hours"].mean == pytest.approx(0, abs=1e-9)
    assert aht.changes["service_level"].mean < 0 < agents.changes["service_level"].mean
    assert agents.changes["service_level"].half_width > 0
    assert found.effects() == []


def test_the_luck_of_the_days_counts_in_slopes_of_least_squares(center: wfm.ContactCenter) -> None:
    """All cases share their days, whose luck moves the slope and leaves no residual: between levels that lie close
    together a line fits all but perfectly, and yet it is as unsure as the step between the two ends."""
    method, ends = wfm.Simulation(replications=20, seed=3), {"agents": "-0.2,+0.2"}
    (drawn,) = wfm.sweep(center, ends, method=method, ask="predict", design="latin_hypercube", samples=24).powers()
    stepped = wfm.sweep(center, ends, method=method, ask="predict", design="one_at_a_time")
    seen = [stepped.change(case, "service_level").half_width / 0.2 for case in (1, 2)]
    assert drawn.changes["service_level"].half_width > 0.7 * np.mean(seen)
    assert drawn.changes["service_level"].half_width < 3 * np.mean(seen)


def test_a_grid_has_every_case_in_its_cell(center: wfm.ContactCenter) -> None:
    variations = [
        wfm.Variation("contact_types.*.volume", (0.9, 1.0, 1.1), "factor", "volume"),
        wfm.Variation("contact_types.*.aht", (-30.0, 0.0), "addition", "AHT"),
        wfm.Variation("contact_types.*.patience", (0.5, 1.0), "factor", "patience"),
    ]
    found = wfm.sweep(center, variations, method="erlang-a", design="grid")
    grid = found.grid("service_level")
    assert grid is not None
    assert (grid.x_label, grid.y_label, grid.values.shape) == ("volume", "AHT", (2, 3))
    assert grid.baseline == (1, 1)
    assert len(grid.others) == 1
    for row, column in np.ndindex(grid.values.shape):
        levels = found.sweep.case(int(grid.cases[row, column])).levels
        assert levels == (grid.x_levels[column], grid.y_levels[row], 1.0)
        assert grid.values[row, column] == found.row(int(grid.cases[row, column]))["service_level"]
    assert grid.values[1, 1] == pytest.approx(found.baseline["service_level"], abs=1e-12)
    # One at a time in a grid: those cases that are at the base in all else.
    assert {one.label for one in found.effects()} == {"volume", "AHT", "patience"}
    assert len(found.effects()) == 2 + 1 + 1


def test_there_is_no_grid_of_one_variation_nor_curve_without_agents(center: wfm.ContactCenter) -> None:
    found = wfm.sweep(center, {"volume": "*0.9,1,1.1"}, method="erlang-a")
    assert found.grid() is None
    assert found.curve() is None
    assert found.frontier() is None  # one plan, one price


def test_the_curve_rises_with_staff_and_names_the_target(center: wfm.ContactCenter) -> None:
    found = wfm.sweep(center, {"agents": "+2,-1,+1"}, method="erlang-a", design="one_at_a_time")
    curve = found.curve()
    assert curve is not None
    assert curve.cases.tolist() == [2, 0, 3, 1]
    assert np.all(np.diff(curve.paid_hours) > 0)
    assert np.all(np.diff(curve.service_level) > 0)
    assert curve.target == center.contact_types["calls"].target.service_level
    frontier = found.frontier()
    assert frontier is not None
    assert [one.case for one in frontier.best] == [2, 0, 3, 1]


def test_the_frontier_leaves_out_whom_another_beats(bank: wfm.ContactCenter) -> None:
    scenarios = {
        "One more": {"agents": "+1"},
        "One more, and two lines for all": {"agents": "+1", "routing.lines": 2},
        "A little quieter": {"volume": "*0.9"},
    }
    method = wfm.Simulation(replications=20, seed=2)
    found = wfm.sweep(bank, scenarios=scenarios, method=method, ask=("predict",))
    frontier = found.frontier()
    assert frontier is not None
    assert frontier.price == "cost"
    assert {one.name for one in frontier.points if not one.is_best} >= {"One more, and two lines for all"}
    assert {one.case for one in frontier.points} == {0, 1, 2}  # fewer calls are nothing that one decides
    prices = [one.price for one in frontier.points]
    assert prices == sorted(prices)
    for beaten in (one for one in frontier.points if not one.is_best):
        assert any(one.price <= beaten.price and one.service_level >= beaten.service_level for one in frontier.best)


def test_the_tidy_table_names_cases_and_levels(bank: wfm.ContactCenter) -> None:
    found = wfm.sweep(bank, {"volume": "±10%", "routing.lines": [200]}, method="erlang-a", design="one_at_a_time")
    table = found.to_polars()
    assert table.columns[:5] == ["case", "name", "volume", "routing.lines", "contact_type"]
    assert len(table) == len(found.table)
    assert table["case"].to_list() == found.table["case"].to_list()
    together = table.filter(polars.col("contact_type").is_null())
    assert together["volume"].to_list() == [None, 0.9, 1.1, None]
    # Erlang A has no words for lines: the case has no figures, and says why.
    assert list(found.faults) == [3]
    assert found.row(3)["service_level"] is None
    assert "has no figures" in found.verdict(3)
    with pytest.raises(wfm.InputError, match="has no row of nobody"):
        found.row(0, "nobody")


def test_sizes_of_inputs(bank: wfm.ContactCenter) -> None:
    plan = bank.plan
    assert plan is not None
    volumes = {name: bank.volume(name) for name in bank.contact_types}
    handling = {name: one.handling_time(bank.horizon.intervals) for name, one in bank.contact_types.items()}
    contacts = sum(volume.sum() for volume in volumes.values())
    aht = sum((volumes[name] * handling[name]).sum() for name in volumes) / contacts
    assert size_of(bank, plan, "contact_types.*.aht") == pytest.approx(aht)
    regular = volumes["regular"][bank.is_open("regular")].mean()
    assert size_of(bank, plan, "contact_types.regular.volume") == pytest.approx(regular)
    assert math.isnan(size_of(bank, plan, "routing.agent_selection"))
    assert math.isnan(size_of(bank, plan, "no.such.path"))


@pytest.mark.parametrize(
    ("how", "path", "level", "step", "unit"),
    [
        ("factor", "contact_types.*.volume", 1.1, 0.1, (0.01, "+1 %")),
        ("addition", "contact_types.*.aht", 30.0, 30.0, (1.0, "+1 s")),
        ("addition", "agent_groups.*.shrinkage", 0.05, 0.05, (0.01, "+1 pt")),
        ("addition", "agent_groups.*.agents", 1, 1.0, (1.0, "+1")),
        ("value", "routing.lines", 40, 10.0, (1.0, "+1")),
        ("value", "routing.agent_selection", "rank", math.nan, (1.0, "+1")),
    ],
)
def test_steps_and_units(how: str, path: str, level: object, step: float, unit: tuple[float, str]) -> None:
    variation = wfm.Variation(path, (level,), how)
    assert step_of(variation, level, 30.0) == pytest.approx(step, nan_ok=True)
    assert step_of(variation, None, 30.0) == 0
    assert unit_of(variation) == unit
