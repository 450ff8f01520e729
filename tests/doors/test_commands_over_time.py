"""The commands with `transient`, and `wfm erlang` the other way round."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import said, told

import wfm
from wfm.errors import InputError

STEPS = str(wfm.example("staffing_steps"))


def test_a_plan_by_transient_is_written_read_and_compared_by_every_method(tmp_path: Path) -> None:
    found = told("plan", STEPS, "--method", "transient", "--replications", 20, "--out", tmp_path)
    assert found["method"] == "transient"
    assert sorted(found["requirement"]) == ["erlang-a", "erlang-c", "transient"]
    needed = found["requirement"]["transient"]["desk"]
    assert needed["net_fractional"] == [None] * 20
    assert needed["net_whole"] == found["plan"]["agent_groups"]["desk"]["net"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Transient carries the queue over" in page
    methods = ("erlang-c", "erlang-a", "transient", "simulation")
    asked = [word for method in methods for word in ("--method", method)]
    compared = told("compare", STEPS, tmp_path / "plan.csv", *asked, "--replications", 20)
    rows = {row["method"]: row["total"]["service_level"]["mean"] for row in compared["rows"]}
    assert tuple(rows) == methods
    assert rows["transient"] == found["predictions"]["transient"]["total"]["service_level"]["mean"]
    assert rows["transient"] >= 0.8
    text = said("compare", STEPS, tmp_path / "plan.csv", *asked, "--replications", 20)
    assert "transient sees a higher service level than Erlang C" in text


def test_an_explanation_by_transient_says_what_one_agent_less_would_miss() -> None:
    text = said("explain", STEPS, "--interval", "10:30", "--method", "transient")
    assert "by transient" in text
    assert "there is no fractional requirement" in text
    found = told("explain", STEPS, "--interval", "10:30", "--method", "transient")
    by_agents = {one["agents"]: one for one in found["candidates"]}
    assert by_agents[found["net_whole"]]["kept"]
    assert not by_agents[found["net_whole"] - 1]["kept"]
    assert found["net_fractional"] is None


@pytest.mark.parametrize("given", [("--aht", 180), ("--volume", 100)])
def test_the_most_that_agents_handle_needs_just_these_agents(given: tuple[str, int]) -> None:
    found = told("erlang", "--agents", 14, *given, "--patience", "2min")
    assert found["net_whole"] == 14
    assert found["sought"] == ("volume" if given[0] == "--aht" else "handling")
    more = {"volume": found["volume"], "handling_time": found["handling_time"]}
    more["volume" if given[0] == "--aht" else "handling_time"] *= 1.0001
    one_more = told("erlang", "--volume", more["volume"], "--aht", more["handling_time"], "--patience", "2min")
    assert one_more["net_whole"] == 15
    assert "14 agents keep every limit up to" in said("erlang", "--agents", 14, *given, "--patience", "2min")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--agents", 14), "--agents"),
        (("--agents", 14, "--aht", 180, "--volume", 100), "--agents"),
        (("--agents", 0, "--aht", 180), "at least 1"),
        (("--agents", 10**12, "--aht", 180), "at most 1,000,000"),
        (("--volume", 100), "--aht"),
        ((), "--volume"),
    ],
)
def test_what_leaves_nothing_or_too_much_to_work_out_is_refused(words: tuple[object, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        said("erlang", *words)
