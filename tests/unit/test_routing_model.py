"""Skills and routing as the model sees them: what is refused, who is on duty, what is told, what formulas answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wfm
from wfm.errors import InputError, NotModelled
from wfm.files.routing_notes import routing_notes, skills_in_words
from wfm.files.scenario import load
from wfm.files.understood import notes
from wfm.model.center import MOST_GROUPS, AgentGroup, ContactCenter, ContactType, Routing, Skill, center_faults
from wfm.model.horizon import Horizon
from wfm.model.plan import StaffingPlan, check_reserves
from wfm.model.shrinkage import Shrinkage
from wfm.staffing import explain, most_that_agents_keep, requirement

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HOURS = Horizon(datetime(2026, 1, 5, 8), 3600.0, 4)
FORMULAS = ("erlang-c", "erlang-a", "transient")


def kind(**values: Any) -> ContactType:
    return ContactType(**{"volume": 20, "handling": 180, "patience": 120, "target": wfm.Target(0.8, 20), **values})


def centre(
    skills: dict[str, dict[str, Skill]], types: dict[str, ContactType] | None = None, **values: Any
) -> ContactCenter:
    """A centre of groups with these skills, six agents each, and a plain type for every name in them."""
    named = dict.fromkeys(name for group in skills.values() for name in group)
    groups = {name: AgentGroup(skills=one, agents=6) for name, one in skills.items()}
    return ContactCenter(HOURS, {name: kind() for name in named} | (types or {}), groups, **values)


def faults(make: Any, *values: Any, **named: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        make(*values, **named)
    return [str(one) for one in caught.value.faults]


ALONE = {"team": {"calls": Skill()}}
SHARED = {"both": {"calls": Skill(), "sales": Skill(2)}, "sellers": {"sales": Skill()}}


# ---- what is refused


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rank": 0}, "rank: must be at least 1"),
        ({"rank": 10**30}, "at most 999999"),
        ({"contact_rank": 0}, "contact_rank: must be at least 1"),
        ({"speed": 0}, "speed: must be at least 0.05"),
        ({"speed": 80}, "'80%'"),
        ({"after": -1}, "after: must be at least 0"),
        ({"after": np.inf}, "finite"),
        ({"reserve": -1}, "reserve: must be at least 0"),
        ({"reserve": 10**30}, "at most 100000"),
    ],
)
def test_a_skill_refuses(values: dict[str, Any], words: str) -> None:
    found = faults(Skill, **values)
    assert len(found) == 1
    assert words in found[0]


def test_a_reserve_of_the_whole_group_is_refused_with_its_place() -> None:
    skills = {"calls": Skill(), "sales": Skill(2, reserve=6)}
    found = faults(centre, {"both": skills, "sellers": {"sales": Skill()}})
    assert len(found) == 1
    for words in ("agent_groups.both.skills.sales.reserve", "at most 6", "found 6"):
        assert words in found[0]
    assert centre({"both": {**skills, "sales": Skill(2, reserve=5)}, "sellers": {"sales": Skill()}})


def test_the_largest_number_of_agents_counts() -> None:
    skills = {"calls": Skill(reserve=3)}
    rising = AgentGroup(skills=skills, agents=(1, 2, 3.5, 2))
    assert replace(centre({"team": {"calls": Skill()}}), agent_groups={"team": rising})
    short = replace(rising, agents=(1, 2, 3, 2))
    assert "at most 3" in faults(replace, centre({"team": {"calls": Skill()}}), agent_groups={"team": short})[0]


def test_people_scheduled_are_looked_at_net() -> None:
    shrinkage = Shrinkage(planned={"breaks": 0.3})
    group = AgentGroup(skills={"calls": Skill(reserve=7)}, scheduled=10, shrinkage=shrinkage)
    assert "at most 7" in faults(replace, centre({"team": {"calls": Skill()}}), agent_groups={"team": group})[0]


def test_a_plan_is_held_to_the_reserves_as_the_scenario_is() -> None:
    center = centre({"both": {"calls": Skill(), "sales": Skill(2, reserve=3)}, "sellers": {"sales": Skill()}})
    check_reserves(StaffingPlan(center, np.array([[4.0] * 4, [1.0] * 4])))
    check_reserves(StaffingPlan(center, np.array([[0.0] * 4, [9.0] * 4])))  # nobody holds anything back
    with pytest.raises(InputError, match=r"few: agent_groups\.both\.skills\.sales\.reserve: .* at most 3, .*found 3"):
        check_reserves(StaffingPlan(center, np.array([[1.0, 2, 3, 3], [9.0] * 4]), "few"))


def test_a_delay_as_long_as_the_horizon_is_refused() -> None:
    sellers = {"sellers": {"sales": Skill()}}
    found = faults(centre, {"both": {"calls": Skill(), "sales": Skill(2, after=14400)}, **sellers})
    assert "agent_groups.both.skills.sales.after" in found[0]
    assert "14400 s" in found[0]
    assert centre({"both": {"calls": Skill(), "sales": Skill(2, after=14399)}, **sellers})


def test_more_groups_than_can_be_told_apart_are_refused() -> None:
    one = AgentGroup(skills={"calls": Skill()})
    groups = {str(number): one for number in range(MOST_GROUPS + 1)}
    found = [str(one) for one in center_faults(HOURS, {"calls": kind()}, groups)]
    assert found == ["agent_groups: must be at most 65,536 in number (found 65537)"]


def test_every_fault_of_a_centre_is_told_at_once() -> None:
    groups = {
        "both": AgentGroup(skills={"calls": Skill(after=1e6), "seles": Skill(reserve=2)}, agents=2),
        "others": AgentGroup(skills={"calls": Skill(reserve=9)}, scheduled=(9, 9)),
    }
    types = {"calls": kind(), "sales": kind(volume=(1, 2))}
    found = faults(ContactCenter, HOURS, types, groups)
    assert len(found) == 7
    for words in ("did you mean 'sales'?", "no agent group", "volume: must hold 4", "calls.after", "seles.reserve"):
        assert any(words in one for one in found), words


# ---- who is on duty


def test_a_group_works_while_any_of_its_types_is_open() -> None:
    types = {"calls": kind(opening={"Mon": "08:00-10:00"}), "sales": kind(opening={"Mon": "11:00-12:00"})}
    center = centre(SHARED, types)
    assert center.on_duty("both").tolist() == [True, True, False, True]
    assert center.on_duty("sellers").tolist() == [False, False, False, True]
    assert center.plan is not None
    assert center.plan.net.tolist() == [[6, 6, 0, 6], [0, 0, 0, 6]]


def test_a_table_of_agents_must_fill_what_any_type_of_the_group_needs(tmp_path: Path) -> None:
    (tmp_path / "agents.csv").write_text("time,agents\n2026-01-05 08:00,3\n2026-01-05 09:00,4\n")
    scenario = """
        horizon = { start = 2026-01-05T08:00:00, interval = "1h", intervals = 4 }
        [contact_types]
        early = { volume = 10, handling = 180, opening = { Mon = "08:00-10:00" } }
        late = { volume = 10, handling = 180, opening = { Mon = "08:00-11:00" } }
        [agent_groups.team]
        skills = ["early", "late"]
        agents = { file = "agents.csv", column = "agents", time = "time" }
    """
    (tmp_path / "centre.toml").write_text(scenario)
    assert "10:00" in faults(load, tmp_path / "centre.toml")[0]
    (tmp_path / "agents.csv").write_text("time,agents\n2026-01-05 08:00,3\n2026-01-05 09:00,4\n2026-01-05 10:00,1\n")
    plan = load(tmp_path / "centre.toml").plan
    assert plan is not None
    assert plan.net.tolist() == [[3, 4, 1, 0]]


def test_sharing_is_seen() -> None:
    assert not centre({"team": {"calls": Skill()}, "others": {"mail": Skill()}}).shares_agents
    assert centre({"team": {"calls": Skill(), "mail": Skill()}}).shares_agents
    assert centre({"team": {"calls": Skill()}, "others": {"calls": Skill()}}).shares_agents


# ---- what formulas answer


@pytest.mark.parametrize("method", FORMULAS)
def test_formulas_refuse_shared_agents_by_name(method: str) -> None:
    center = centre(SHARED)
    with pytest.raises(NotModelled, match=rf"{method} .*'sales' is taken by 'both' and 'sellers'.*--method simulation"):
        wfm.predict(center, center.plan, method)


@pytest.mark.parametrize("method", FORMULAS)
def test_formulas_refuse_delays_and_reserves_by_name(method: str) -> None:
    for how, words in ((Skill(after=20), r"after \(20 s\)"), (Skill(reserve=2), r"reserve \(2\)")):
        center = centre({"team": {"calls": how}})
        with pytest.raises(NotModelled, match=rf"agent_groups\.team\.skills\.calls\.{words}.*--method simulation"):
            wfm.predict(center, center.plan, method)


@pytest.mark.parametrize("method", [*FORMULAS, "simulation"])
def test_a_plan_of_shared_agents_is_refused_in_one_sentence(method: str) -> None:
    center = centre(SHARED)
    for ask in (requirement, wfm.staff, wfm.answer, lambda center, method: explain(center, "calls", 0, method)):
        with pytest.raises(NotModelled, match=r"not available yet.*give agents.*wfm simulate.*wfm compare") as caught:
            ask(center, method)
        assert "\n" not in str(caught.value)
    with pytest.raises(NotModelled, match="wfm simulate"):
        most_that_agents_keep(center, "calls", 6, "volume", "erlang-a")


@pytest.mark.parametrize("method", FORMULAS)
def test_a_group_that_is_slower_is_a_queue_with_longer_handling(method: str) -> None:
    """What speed means, said twice: by the skill, and by the handling time."""
    slow = centre({"team": {"calls": Skill(speed=0.8)}})
    longer = centre({"team": {"calls": Skill()}}, {"calls": kind(handling=225)})
    np.testing.assert_array_equal(slow.handling_time("calls"), [225.0] * 4)
    seen, expected = (wfm.predict(one, one.plan, method).contacts.sums for one in (slow, longer))
    np.testing.assert_allclose(seen, expected, rtol=1e-12)
    np.testing.assert_array_equal(wfm.staff(slow, method).net, wfm.staff(longer, method).net)


def test_ranks_and_rules_without_a_choice_are_no_obstacle_to_a_formula() -> None:
    plain = centre({"team": {"calls": Skill()}})
    rules = Routing("priority", "least_occupied", "random")
    ruled = centre({"team": {"calls": Skill(3, 2)}}, {"calls": kind(priority=4, weight=2)}, routing=rules)
    for method in FORMULAS:
        seen = [wfm.predict(one, one.plan, method).contacts.sums for one in (plain, ruled)]
        np.testing.assert_array_equal(*seen)


# ---- what is told


def told(center: ContactCenter) -> str:
    return "\n".join(notes(center))


def test_skills_are_told_with_rank_speed_delay_and_reserve() -> None:
    skills = {"calls": Skill(), "sales": Skill(2, 1, speed=0.8, after=20, reserve=1)}
    center = centre({"both": skills, "sellers": {"sales": Skill()}})
    words = skills_in_words(center, center.agent_groups["both"])
    assert words == (
        "calls (rank 1); sales (rank 2, rank 1 for a freed agent, at 0.8 of the usual speed, so 125 % of the handling "
        "time, only after it has waited 20 s, only while more than 1 agent is free)"
    )
    assert skills_in_words(center, AgentGroup(skills={"calls": Skill(), "mail": Skill()})) == "calls, mail"


def test_the_rules_of_a_centre_without_choices_are_not_told() -> None:
    assert routing_notes(centre({"team": {"calls": Skill()}, "others": {"mail": Skill()}})) == []


@pytest.mark.parametrize(
    ("routing", "words"),
    [
        (Routing(), ["the best rank for it; among equals the agent who has been idle longest", "best rank for his"]),
        (Routing(contact_selection="priority"), ["most urgent type (calls 1, sales 2)"]),
        (Routing(contact_selection="weighted_wait"), ["weight x wait (calls 1, sales 2.5)"]),
        (Routing(contact_selection="longest_waiting"), ["who has waited longest of all"]),
        (Routing(agent_selection="specialist_first"), ["fewest skills, then the best rank"]),
        (Routing(agent_selection="least_occupied"), ["smallest share of its agents busy"]),
        (Routing(agent_tie="random"), ["any of their free agents, at random"]),
    ],
)
def test_the_rules_are_told_in_words(routing: Routing, words: list[str]) -> None:
    center = centre(SHARED, {"sales": kind(priority=2, weight=2.5)}, routing=routing)
    for one in words:
        assert one in told(center)


@pytest.mark.parametrize(
    ("center", "words"),
    [
        (
            centre(SHARED, {"sales": kind(priority=2)}),
            "priority of sales: without effect, as contact_selection is rank",
        ),
        (centre(SHARED, {"sales": kind(weight=2)}), "weight of sales: without effect"),
        (
            centre({"team": {"calls": Skill()}}, routing=Routing(contact_selection="priority")),
            "contact_selection = priority: without effect, as every group has one skill",
        ),
        (
            centre({"team": {"calls": Skill(), "mail": Skill()}}, routing=Routing(agent_selection="specialist_first")),
            "agent_selection = specialist_first: without effect, as every contact type has one group",
        ),
        (
            centre({"team": {"a": Skill(1, 2), "b": Skill(2, 1)}}, routing=Routing("longest_waiting")),
            "contact_rank: without effect",
        ),
        (centre(SHARED, routing=Routing("longest_waiting", "least_occupied")), "rank: chooses nobody here"),
        (
            centre({"team": {"calls": Skill(after=30)}, "others": {"calls": Skill(after=60)}}),
            "only after a delay, 30 s at the least, so that nobody is answered within 20 s",
        ),
        (centre({"team": {"calls": Skill(reserve=2)}}), "every group holds agents in reserve against it"),
    ],
)
def test_what_can_have_no_effect_or_no_good_one_is_told(center: ContactCenter, words: str) -> None:
    assert words in told(center)


@pytest.mark.parametrize(
    ("skills", "words"),
    [(SHARED, "no agents given; staffing of shared agents is not available yet"), (ALONE, "so they are to be solved")],
)
def test_agents_that_nobody_gives_are_asked_for(skills: dict[str, dict[str, Skill]], words: str) -> None:
    center = centre(skills)
    groups = {name: replace(group, agents=None) for name, group in center.agent_groups.items()}
    assert words in told(replace(center, agent_groups=groups))


def test_contacts_without_anybody_to_take_them_are_told() -> None:
    center = centre(SHARED)
    groups = {**center.agent_groups, "both": replace(center.agent_groups["both"], agents=(6, 0, 0, 6))}
    assert "calls: contacts come in 2 intervals without any agent for them, from Mon 2026-01-05 09:00" in told(
        replace(center, agent_groups=groups)
    )
    assert "without any agent" not in told(center)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_scenario_says_what_it_teaches_and_has_no_key_without_effect(path: Path) -> None:
    center = load(path)
    if path.stem != "textbook":
        assert path.read_text().startswith("# ")
    assert "without effect" not in told(center)
