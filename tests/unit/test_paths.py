"""Paths: what they name, how they are spelled, and what is said where they match nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfm
from wfm.errors import InputError
from wfm.model.center import ContactCenter
from wfm.model.paths import FIXED, SHORT_FORMS, hint_of, is_numeric_at, joined, look, places, split, unit_at

TWO_QUEUES = wfm.load(wfm.example("two_queues"))


def named(path: str, center: ContactCenter = TWO_QUEUES, adding: bool = False) -> list[str]:
    return [joined(place.keys) for place in places(center, path, adding)]


def refusal(path: str, center: ContactCenter = TWO_QUEUES) -> str:
    with pytest.raises(InputError) as caught:
        places(center, path)
    (one,) = caught.value.faults
    assert one.where in (path, "path")
    return one.rule


@given(
    st.lists(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\"'"), min_size=1), min_size=1)
)
def test_a_path_is_split_as_it_was_joined(keys: list[str]) -> None:
    assert split(joined(keys)) == tuple(keys)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("routing.lines", ("routing", "lines")),
        ('contact_types."A.B".volume', ("contact_types", "A.B", "volume")),
        ("contact_types.'A \"B\"'.volume", ("contact_types", 'A "B"', "volume")),
        (" agent_groups . North team . shrinkage ", ("agent_groups", "North team", "shrinkage")),
    ],
)
def test_names_with_dots_stand_in_quotes(path: str, keys: tuple[str, ...]) -> None:
    assert split(path) == keys


@pytest.mark.parametrize("path", ["", ".", "a..b", "a.", '"a', 'contact_types."A.B.volume'])
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="keys joined by dots"):
        split(path)


def test_a_star_stands_for_every_name() -> None:
    assert named("contact_types.*.volume") == ["contact_types.sales.volume", "contact_types.support.volume"]
    groups = list(TWO_QUEUES.agent_groups)
    assert named("agent_groups.*.shrinkage") == [f"agent_groups.{group}.shrinkage" for group in groups]


def test_a_path_through_skills_names_the_groups_that_have_one() -> None:
    skilled = [name for name, group in TWO_QUEUES.agent_groups.items() if "sales" in group.skills]
    assert named("agent_groups.*.skills.sales.speed") == [f"agent_groups.{one}.skills.sales.speed" for one in skilled]


def test_every_key_of_every_shipped_scenario_is_found_by_its_path() -> None:
    from wfm.model.declared import Declared, declared_hints

    def walk(node: Any, at: tuple[str, ...]) -> None:
        if at:
            assert [place.keys for place in places(center, joined(at))] == [at]
        inner = node if isinstance(node, dict) else {key: getattr(node, key) for key in declared_hints(type(node))}
        for key, value in inner.items():
            if isinstance(value, dict | Declared) and key != "experiment":
                walk(value, (*at, key))
            elif at and joined((*at, key)) not in FIXED:
                assert [place.keys for place in places(center, joined((*at, key)))] == [(*at, key)]

    for path in sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml")):
        center = wfm.load(path)
        walk(center, ())


def test_the_aht_is_there_in_whichever_form_it_is_given() -> None:
    center = wfm.load(wfm.example("after_contact_work"))
    assert named("contact_types.*.aht", center) == [f"contact_types.{name}.aht" for name in center.contact_types]
    assert "contact_types.*.aht is the mean handling time" in refusal("contact_types.*.handling.mean", center)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("contact_types.*.volum", "'contact_types.*.volume'"),
        ("contract_types.*.volume", "'contact_types.*.volume'"),
        ("contact_types.slaes.volume", "'contact_types.sales.volume'"),
        ("routing.line", "'routing.lines'"),
        ("contact_types.sales.target.servicelevel", "'contact_types.sales.target.service_level'"),
        ("volum", "'volume'"),
        ("contact_types.*.volume.x", "'contact_types.*.volume'"),
    ],
)
def test_a_mistyped_path_names_the_nearest_that_exist(path: str, meant: str) -> None:
    rule = refusal(path)
    assert rule.startswith("matches nothing; did you mean ")
    assert meant in rule


def test_a_path_that_is_like_none_names_what_there_is() -> None:
    assert refusal("q") == (
        "matches nothing; 'q' is not a part of a centre; there are: horizon, contact_types, agent_groups, routing, "
        "volume, aht, shrinkage, patience, agents"
    )


@pytest.mark.parametrize("path", ["experiment.seed", "experiment", "horizon.start", "horizon.interval", "title"])
def test_what_all_cases_share_is_refused_with_the_reason(path: str) -> None:
    assert "matches nothing" not in refusal(path)


def test_what_could_stand_there_is_absent_not_unknown() -> None:
    told = "is absent (horizon.day_factor); a table in its place gives one, such as 'horizon.day_factor={ law = "
    assert refusal("horizon.day_factor.cv").startswith(told)
    found, absent = look(TWO_QUEUES, "contact_types.*.day_factor.cv")
    assert (found, len(absent)) == ([], len(TWO_QUEUES.contact_types))


def test_a_new_name_is_named_only_where_something_is_added() -> None:
    assert named("agent_groups.bot", adding=True) == ["agent_groups.bot"]
    assert "matches nothing" in refusal("agent_groups.bot")


@pytest.mark.parametrize(
    ("path", "unit", "is_numeric"),
    [
        ("contact_types.*.volume", None, True),
        ("contact_types.*.aht", "s", True),
        ("contact_types.x.handling.mean", "s", True),
        ("contact_types.x.handling.cv", None, True),
        ("contact_types.x.handling", "s", True),
        ("horizon.day_factor", None, True),
        ("agent_groups.*.shrinkage", "share", True),
        ("agent_groups.*.shrinkage.planned.breaks", "share", True),
        ("contact_types.*.target.service_level", "share", True),
        ("contact_types.*.target.answer_within", "s", True),
        ("routing.lines", None, True),
        ("routing.agent_selection", None, False),
        ("contact_types.*.target", None, False),
        ("agent_groups.core.skills.sales", None, False),
        ('horizon.opening."Mon-Fri"', None, False),
    ],
)
def test_the_unit_of_a_path_is_known_without_a_centre(path: str, unit: str | None, is_numeric: bool) -> None:
    assert (unit_at(path), is_numeric_at(path)) == (unit, is_numeric)


def test_every_short_form_is_a_path() -> None:
    assert all(hint_of(path) is not None for path in SHORT_FORMS.values())
    assert hint_of("contact_types.*.volum") is None
