"""Sweep files and texts of levels: what they mean, and every fault at once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import wfm
from wfm.errors import InputError
from wfm.files.scenario import read_value
from wfm.files.sweep_file import is_sweep_file, load_sweep_file
from wfm.files.variations import read_change, read_variation
from wfm.model.center import AgentGroup, Skill, Target
from wfm.model.laws import Exponential, Weibull
from wfm.sweeps.sweep import Sweep

TEXTBOOK = wfm.example("textbook")


# ---- texts of levels


@pytest.mark.parametrize(
    ("path", "text", "how", "levels"),
    [
        ("volume", "±10%", "factor", (0.9, 1.1)),
        ("volume", "+-10%", "factor", (0.9, 1.1)),
        ("volume", "+/-10 %", "factor", (0.9, 1.1)),
        ("volume", "+10%", "factor", (1.1,)),
        ("volume", "\u221210%", "factor", (0.9,)),
        ("volume", "*1.1", "factor", (1.1,)),
        ("volume", "*0.9:1.1:9", "factor", (0.9, 0.925, 0.95, 0.975, 1, 1.025, 1.05, 1.075, 1.1)),
        ("volume", "*0.9,1,1.1", "factor", (0.9, 1, 1.1)),
        ("volume", "-10%:+10%:5", "factor", (0.9, 0.95, 1, 1.05, 1.1)),
        ("volume", "-10%,+20%", "factor", (0.9, 1.2)),
        ("volume", "+10", "addition", (10,)),
        ("volume", "90,100.5", "value", (90, 100.5)),
        ("volume", 90, "value", (90,)),
        ("volume", [90, 100], "value", (90, 100)),
        ("volume", ["-10%", "+10%"], "factor", (0.9, 1.1)),
        ("aht", "+30s", "addition", (30,)),
        ("aht", "-15s", "addition", (-15,)),
        ("aht", "+0.5min", "addition", (30,)),
        ("aht", "±30s", "addition", (-30, 30)),
        ("aht", "+-30:+60:4", "addition", (-30, 0, 30, 60)),
        ("aht", "-30s:+60s:4", "addition", (-30, 0, 30, 60)),
        ("aht", "3min,200", "value", (180, 200)),
        ("patience", "3:20", "value", (200,)),
        ("shrinkage", "+5pt", "addition", (0.05,)),
        ("shrinkage", "±5 pt", "addition", (-0.05, 0.05)),
        ("shrinkage", "*1.05", "factor", (1.05,)),
        ("shrinkage", "30%", "value", (0.3,)),
        ("shrinkage", "0.2:0.4:3", "value", (0.2, 0.3, 0.4)),
        ("contact_types.*.target.service_level", "80%:90%:3", "value", (0.8, 0.85, 0.9)),
        ("routing.lines", "10,20,30", "value", (10, 20, 30)),
        ("routing.agent_selection", "rank,least_occupied", "value", ("rank", "least_occupied")),
        ("contact_types.*.target", "80/20, 90/10", "value",
         (Target(service_level=0.8), Target(service_level=0.9, answer_within=10))),
        ("horizon.opening.Mon", "08:00-12:00, 13:00-17:00", "value", ("08:00-12:00, 13:00-17:00",)),
    ],
)  # fmt: skip
def test_a_text_of_levels(path: str, text: Any, how: str, levels: tuple[Any, ...]) -> None:
    found = read_variation(path, text)
    assert (found.how, found.levels) == (how, levels)


def test_short_forms_are_called_as_planners_call_them() -> None:
    named = {name: read_variation(name, "*1.1").title for name in ("volume", "aht", "patience", "shrinkage", "agents")}
    assert list(named.values()) == ["volume", "AHT", "patience", "shrinkage", "agents"]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("volume", "abc", "must be a number; a sign makes a change, such as '+10%'"),
        ("volume", "", "must be a number"),
        ("volume", "+", "must be a number"),
        ("volume", "*", "must be a number"),
        ("volume", "nan", "must be a number"),
        ("volume", "+30s", "must be a number"),
        ("volume", "1,,2", "must be a number"),
        ("volume", "±10%%", "must be a number"),
        ("volume", "+5pt", "points, which belong to shares"),
        ("volume", "-10%,20", "mixes factors and values"),
        ("volume", "*0.9:1.1:1", "how many levels, from 2"),
        ("volume", "*0.9:1.1:x", "how many levels, from 2"),
        ("volume", "*0.9:1.1:999999999", "how many levels, from 2 to 100,000"),
        ("volume", "-10%:+10:3", "one kind of change"),
        ("volume", "±0%", "changes nothing: both levels are the base"),
        ("aht", "+-0s", "changes nothing: both levels are the base"),
        ("volume", "80%", "must be a number"),
        ("volume", [], "has no level"),
        ("aht", "10%", "must be seconds"),
        ("aht", "+30x", "must be seconds, or a duration"),
        ("shrinkage", "+5%", "could be points or a part of the share; write points, such as '+5pt'"),
        ("shrinkage", "±5%", "could be points"),
        ("routing.lines", "10%", "must be a number"),
        ("agent_groups.core.skills.sales", {"rnk": 2}, "did you mean 'rank'"),
        ("contact_types.*.patience", {"law": "weibul", "mean": 3}, "did you mean 'weibull'"),
        ("contact_types.*.target", "8020", "80/20"),
        ("a..b", "+10%", "keys joined by dots"),
    ],
)
def test_a_text_that_is_no_level_says_how_to_write_one(path: str, text: Any, rule: str) -> None:
    with pytest.raises(InputError, match=re.escape(rule)):
        read_variation(path, text)


@pytest.mark.parametrize(
    ("path", "text", "how", "levels"),
    [
        ("volume", "-10%:+10%", "factor", (0.9, 1.1)),
        ("volume", "*0.9:1.1", "factor", (0.9, 1.1)),
        ("volume", "90:110", "value", (90, 110)),
        ("aht", "+-30:+60", "addition", (-30, 60)),
        ("aht", "180s:4min", "value", (180, 240)),
        ("aht", "120:240", "value", (120, 240)),
        ("shrinkage", "20%:35%", "value", (0.2, 0.35)),
        ("shrinkage", "-5pt:+5pt", "addition", (-0.05, 0.05)),
        ("routing.lines", "10,20:40", "value", (10, 20, 40)),
    ],
)
def test_a_range_that_is_drawn_between_needs_no_number(path: str, text: str, how: str, levels: tuple[Any, ...]) -> None:
    found = read_variation(path, text, drawn=True)
    assert (found.how, found.levels) == (how, levels)
    with pytest.raises(InputError, match="must say how many levels a range has"):
        read_variation(path, text)


def test_minutes_and_seconds_are_no_range_and_not_taken_for_one() -> None:
    assert read_variation("patience", "3:20").levels == (200,)
    with pytest.raises(InputError, match="write '3s:20s' for a range"):
        read_variation("patience", "3:20", drawn=True)


def test_tables_are_read_as_toml_in_a_text() -> None:
    assert read_variation("agent_groups.core.skills.sales", "{rank=2}").levels == (Skill(rank=2),)
    two = read_variation("contact_types.*.patience", '{law="weibull", mean=120, shape=0.8}, { law = "never" }')
    assert two.levels == (Weibull(120, 0.8), wfm.Never())
    assert read_change("contact_types.*.patience", " {law='exponential', mean='2min'}").level == Exponential(120)
    for text in ("{rank=two}", "{rank=2", "{rank=2}]\nmore=[", "{}{}"):
        with pytest.raises(InputError, match=r"must be a table as a scenario file has it, such as \{ rank = 2 \}"):
            read_variation("agent_groups.core.skills.sales", text)


def test_a_level_of_a_scenario_is_one() -> None:
    assert read_change("volume", "-10%").level == 0.9
    assert read_change("contact_types.*.volume", [1, 2]).level == (1, 2)
    with pytest.raises(InputError, match="one level"):
        read_change("volume", "±10%")


# ---- values, as a scenario file could have them


def test_a_value_is_read_as_a_scenario_file_would_have_it(tmp_path: Path) -> None:
    center = wfm.load(TEXTBOOK)
    rows = "".join(f"2026-01-05 {8 + at // 2:02}:{at % 2 * 30:02},{at}\n" for at in range(20))
    (tmp_path / "week.csv").write_text(f"start,calls\n{rows}", encoding="utf-8")
    column = {"file": "week.csv", "column": "calls", "time": "start"}
    assert read_value("contact_types.calls.volume", column, center, tmp_path) == tuple(map(float, range(20)))
    assert read_value("contact_types.calls.patience", "2min", center) == 120
    assert read_value("contact_types.calls.patience", {"law": "exponential", "mean": "2min"}) == Exponential(120)
    assert read_value("agent_groups.team.shrinkage", "30%") == 0.3
    assert read_value("agent_groups.team.skills.calls", {"rank": 2}) == Skill(rank=2)
    assert read_value("agent_groups.bot", {"skills": ["calls"], "agents": 2}) == AgentGroup(skills=["calls"], agents=2)
    with pytest.raises(InputError, match="must hold 20 values"):
        read_value("contact_types.calls.volume", [1, 2], center)


# ---- the sweep file


def folder_with(tmp_path: Path, text: str, **files: str) -> Path:
    (tmp_path / "base.toml").write_text(TEXTBOOK.read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    path = tmp_path / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def plan_text(agents: int, group: str = "team") -> str:
    rows = (f"2026-01-05,{8 + at // 2:02}:{at % 2 * 30:02},{group},{agents}" for at in range(20))
    return "\n".join(["date,time,agent group,net", *rows, ""])


def refusals(tmp_path: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_sweep_file(folder_with(tmp_path, text, **files))
    assert caught.value.source.endswith("sweep.toml")
    return [str(one).replace(f"{tmp_path}/", "") for one in caught.value.faults]


def test_a_sweep_file_is_told_from_a_scenario(tmp_path: Path) -> None:
    path = folder_with(tmp_path, 'base = "base.toml"\n')
    assert is_sweep_file(path)
    assert not is_sweep_file(tmp_path / "base.toml")
    assert not is_sweep_file(tmp_path)
    assert not is_sweep_file(tmp_path / "none.toml")
    path.write_text("base = ", encoding="utf-8")
    assert not is_sweep_file(path)


def test_a_sweep_file_says_what_is_asked(tmp_path: Path) -> None:
    text = """
        base = "base.toml"
        plan = "held.csv"
        design = "grid"
        ask = "predict"
        method = "erlang-a"
        replications = 40
        [vary]
        volume = "±10%"
        "contact_types.calls.handling.mean" = [150, "200"]
        [scenarios."Bot takes 10 %"]
        volume = "-10%"
        "contact_types.calls.patience" = { law = "weibull", mean = "2min", shape = 0.8 }
        [scenarios.Bot]
        "agent_groups.bot" = { skills = ["calls"] }
        plan = "own.csv"
        """
    own = plan_text(9) + "\n".join(plan_text(2, "bot").splitlines()[1:]) + "\n"
    said = load_sweep_file(folder_with(tmp_path, text, held=plan_text(14), own=own))
    assert said.base == tmp_path / "base.toml"
    assert said.center == wfm.load(TEXTBOOK)
    assert said.plan is not None
    assert set(said.plan.net.ravel()) == {14}
    assert said.options == {"design": "grid", "ask": ("predict",), "method": "erlang-a", "replications": 40}
    assert [one.levels for one in said.variations] == [(0.9, 1.1), (150, 200)]
    first, second = said.scenarios
    assert first.name == "Bot takes 10 %"
    assert first.changes[1].level == Weibull(120, 0.8)
    # A plan of its own is for the scenario's own groups.
    assert second.plan is not None
    assert second.plan.groups == ("team", "bot")
    asked = Sweep(said.center, said.plan, said.variations, said.scenarios, "grid")
    asked.check()
    assert asked.world(6)[1].net[:, 0].tolist() == [9, 2]


def test_every_fault_of_a_sweep_file_is_told_at_once(tmp_path: Path) -> None:
    text = """
        base = "base.toml"
        plan = "gone.csv"
        desing = "grid"
        samples = 1.5
        ask = 3
        hold = 1
        indifference = true
        [vary]
        volume = "±10"
        aht = "+30x"
        routing.lines = "60"
        [scenarios]
        Bare = 3
        [scenarios.Bot]
        volume = "±10%"
        "agent_groups.bot" = { skills = ["calls"], agnts = 2 }
        plan = 3
        """
    found = refusals(tmp_path, text)
    assert [one.partition(": ")[0] for one in found] == [
        "desing", "samples", "ask", "hold", "indifference", "plan", "vary.routing", "vary.'aht'",
        "scenarios.'Bare'", "scenarios.'Bot'.'volume'", "scenarios.'Bot'.'agent_groups.bot'", "scenarios.'Bot'.plan",
    ]  # fmt: skip
    assert "did you mean 'design'" in found[0]
    assert found[5].startswith("plan: gone.csv: file: there is no such file")
    assert '"routing.lines" = ...' in found[6]
    assert "did you mean 'agents'" in found[10]


def test_faults_of_the_base_are_told_with_those_of_the_sweep(tmp_path: Path) -> None:
    found = refusals(tmp_path, 'base = "bsae.toml"\n[vary]\naht = "+30x"\n')
    assert found[0] == "base: there is no such file; did you mean 'base.toml'? (found 'bsae.toml')"
    assert found[1].startswith("vary.'aht': must be seconds")
    assert refusals(tmp_path, '[vary]\naht = "+30s"\n') == [
        "base: is missing; the scenario file that the sweep starts from"
    ]


def test_a_base_is_a_scenario_and_no_sweep_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('base = "base.toml"\n', encoding="utf-8")
    for name, rule in (("other.toml", "is itself a sweep file"), ("sweep.toml", "is this very file")):
        (one,) = refusals(tmp_path, f'base = "{name}"\n[vary]\nvolume = "+5%"\n')
        assert one == f"base: {rule}; name the scenario that the sweep starts from (found '{name}')"
    (one,) = refusals(tmp_path, 'base = "ohter.toml"\n')
    assert one == "base: there is no such file; there are: base.toml (found 'ohter.toml')"


def test_paths_that_match_nothing_are_told_with_the_other_faults(tmp_path: Path) -> None:
    text = 'base = "base.toml"\ndesing = "grid"\n[vary]\nvolum = "+5%"\n[scenarios.A]\nvolum = "+5%"\n[scenarios.B]\n'
    assert [one.partition(": ")[0] for one in refusals(tmp_path, text)] == [
        "desing", "vary.'volum'", "scenarios.'A'", "scenarios.'B'",
    ]  # fmt: skip


def test_a_name_that_is_none_is_told_beside_a_plan(tmp_path: Path) -> None:
    (one,) = refusals(tmp_path, 'base = "base.toml"\n[scenarios.""]\nplan = "own.csv"\n', own=plan_text(9))
    assert one.startswith("scenarios.'': name: must be a text")


def test_ranges_of_a_sampled_design_need_no_number(tmp_path: Path) -> None:
    text = 'base = "base.toml"\n{}[vary]\nvolume = "-10%:+10%"\n'
    (variation,) = load_sweep_file(folder_with(tmp_path, text.format('design = "sobol"\n'))).variations
    assert variation.levels == (0.9, 1.1)
    (one,) = refusals(tmp_path, text.format(""))
    assert "must say how many levels a range has, such as '-10%:+10%:5'" in one


def test_a_plan_of_a_scenario_that_does_not_fit_is_told_by_its_key(tmp_path: Path) -> None:
    (one,) = refusals(tmp_path, 'base = "base.toml"\n[scenarios.A]\nplan = "own.csv"\n', own=plan_text(9, "tam"))[:1]
    assert one.startswith("scenarios.'A'.plan: own.csv: ")
    assert "did you mean 'team'" in one


def test_the_sweep_file_of_the_page_is_one() -> None:
    from wfm.files.sweep_file import KEYS

    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    raw = tomllib.loads(text)
    assert set(raw) | {"samples"} == set(KEYS)
    for path, levels in raw["vary"].items():
        read_variation(path, levels)
    for changes in raw["scenarios"].values():
        for path, level in changes.items():
            if path != "plan":
                read_change(path, level)


def test_the_levels_of_the_page_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    table = page.partition("## Levels")[2].partition("\n\n`+5%`")[0]
    texts = re.findall(r"`([^`]+)`", "\n".join(row.split("|")[1] for row in table.splitlines() if row.startswith("|")))
    assert len(texts) >= 20
    paths = ("volume", "aht", "shrinkage", "routing.agent_selection")
    for text in texts:
        assert any(reads(path, text) for path in paths), text


def reads(path: str, text: str) -> bool:
    try:
        read_variation(path, text)
    except InputError:
        return False
    return True
