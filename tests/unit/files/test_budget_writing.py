"""Does a saved budget read back to the same one, whatever is in it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import wfm
from wfm.errors import OutputError
from wfm.files.budgets.budget_file import load_budget
from wfm.files.budgets.reading import read_budget
from wfm.files.budgets.writing import as_raw, budget_toml, save_budget
from wfm.model.budget.budget import Budget
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Cohort, HiringClass, Outsourcing, Team
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, Initiative, Money
from wfm.model.center import Target
from wfm.model.variation import Change, Scenario, Variation

BUDGETS = Path(__file__).parents[2] / "data" / "budgets"
PERIODS = 3
START = date(2027, 1, 1)

# Names as people give them: with dots, quotes, signs of all kinds; none that only spaces tell apart.
names = some.text(some.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=8)
shares = some.floats(0, 0.99).map(abs)
positives = some.floats(1e-6, 1e9)


def one_or_each(numbers: some.SearchStrategy[float]) -> some.SearchStrategy[Any]:
    """One number for all periods, or one for each."""
    return numbers | some.tuples(*[numbers] * PERIODS)


days = some.integers(0, 85).map(lambda ahead: START + timedelta(days=ahead))
targets = some.builds(
    Target,
    service_level=some.none() | some.floats(0.01, 0.99),
    answer_within=some.floats(0, 600),
    max_abandonment=some.none() | some.floats(0.01, 1),
    per=some.sampled_from(["interval", "day"]),
)
demands = some.builds(
    Demand,
    aht=one_or_each(positives),
    volume=one_or_each(some.floats(0, 1e7)),
    target=targets,
    patience=some.none() | positives,
    weekdays=some.just({}) | some.fixed_dictionaries({"Mon": positives, "Tue-Sun": positives}),
    deflection=one_or_each(shares),
    returning=shares,
)
WITHOUT_SKILLS: dict[str, Any] = {
    "contract_hours": some.floats(1, 168),
    "shrinkage": some.builds(
        PeriodShrinkage,
        combine=some.just("compound"),
        planned=some.dictionaries(names, one_or_each(shares), max_size=2),
    ),
    "people": some.lists(some.builds(Cohort, some.floats(0, 500), some.floats(0, 300)), max_size=2).map(tuple),
    "attrition": some.just({}) | shares.map(lambda rate: {"0-3": rate, "3+": rate / 2}),
    "ramp": some.lists(some.floats(0.05, 1), max_size=3).map(tuple),
    "classes": some.lists(some.builds(HiringClass, days, some.floats(0, 50)), max_size=2).map(tuple),
    "overtime_pay": some.none() | positives,
    "outsourcing": some.none() | some.builds(Outsourcing, some.floats(0, 100), one_or_each(some.floats(0, 1e4))),
    "pay_per_hour": some.none() | some.floats(0, 1e4),
}

changes = some.one_of(
    some.builds(Change, some.just("contact_types.*.volume"), some.just("factor"), some.floats(0.5, 2)),
    some.builds(Change, some.just("contact_types.*.aht"), some.just("addition"), some.floats(0, 1e3)),
    some.builds(Change, some.just("contact_types.*.deflection"), some.just("value"), one_or_each(shares)),
    some.builds(Change, some.just("contact_types.*.target"), some.just("value"), targets),
    some.builds(Change, some.just("agent_groups.*.classes"), some.just("value"), some.just(())),
)
several = some.lists(changes, min_size=1, max_size=3, unique_by=lambda one: one.path).map(tuple)
more_or_less = Variation("contact_types.*.volume", (0.9, 1.1), "factor", "volume")


@some.composite
def budgets(draw: some.DrawFn) -> Budget:
    """Budgets with a group for each contact type."""
    types = draw(some.dictionaries(names, demands, min_size=1, max_size=2))
    groups = draw(some.lists(names, min_size=len(types), max_size=len(types), unique=True))
    return Budget(
        Calendar(START, PERIODS, holidays=draw(some.sampled_from(["", "GB-ENG"]))),
        types,
        {
            group: draw(some.builds(Team, skills=some.just({skill: 1.0}), **WITHOUT_SKILLS))
            for group, skill in zip(groups, types, strict=True)
        },
        title=draw(some.text(some.characters(codec="utf-8"))),
        description=draw(some.text(some.characters(codec="utf-8"))),
        money=Money(currency=draw(names), pay_growth=draw(some.floats(-0.5, 1))),
        doubt=draw(some.none() | some.builds(Doubt, volume=some.floats(0, 1), seed=some.integers(0, 2**53))),
        vary=draw(some.sampled_from([(), (more_or_less,)])),
        scenarios=tuple(Scenario(name, draw(several)) for name in draw(some.lists(names, max_size=2, unique=True))),
        initiatives=draw(some.dictionaries(names, some.builds(Initiative, several, some.none() | days), max_size=1)),
    )


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(budgets())
def test_a_saved_budget_reads_back_to_the_same_digest(budget: Budget) -> None:
    raw = tomllib.loads(budget_toml(budget))
    again = read_budget(raw, Path("year.toml"))
    assert again.digest == budget.digest
    assert raw == as_raw(budget)


def test_a_zero_has_no_sign() -> None:
    year = Budget(Calendar(date(2027, 1, 1)), {"calls": Demand(300, 5000)}, {"north": Team(["calls"], 37.5)})
    minus = replace(year, money=Money(pay_growth=-0.0))
    assert minus == year
    assert minus.digest == year.digest == read_budget(tomllib.loads(budget_toml(minus)), Path("year.toml")).digest


@pytest.mark.parametrize("path", [wfm.example("budget_year"), BUDGETS / "every_key.toml"], ids=lambda path: path.stem)
def test_a_file_that_is_read_and_saved_says_the_same_without_its_tables(path: Path, tmp_path: Path) -> None:
    budget = load_budget(path)
    saved = save_budget(budget, tmp_path / "saved.toml")
    assert load_budget(saved).digest == budget.digest
    assert list(tmp_path.iterdir()) == [saved]
    lines = saved.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 120
    # Saved again it is the same file.
    assert save_budget(load_budget(saved), tmp_path / "again.toml").read_text() == saved.read_text()


def test_defaults_are_left_out_and_every_kind_of_section_has_its_comment() -> None:
    text = budget_toml(load_budget(wfm.example("budget_year")))
    assert "periods =" not in text
    for section in ("[calendar]", "[contact_types.calls]", "[sites.north]", "[[transfers]]", "[doubt]", "[vary]"):
        before = text.partition(f"\n{section}")[0].rstrip().splitlines()[-1]
        assert before.startswith("# ---- ")


def test_an_empty_list_and_a_list_of_one_are_no_single_values() -> None:
    budget = load_budget(wfm.example("budget_year"))
    asked = replace(budget, vary=(Variation("contact_types.calls.season", ((1.0,) * 12, (2.0,) * 12)),))
    assert as_raw(asked)["vary"]["contact_types.calls.season"] == [[1.0] * 12, [2.0] * 12]


def test_what_a_file_has_no_words_for_is_not_saved(tmp_path: Path) -> None:
    """A label of its own would be lost, and a change to nothing cannot be written in TOML."""
    budget = load_budget(wfm.example("budget_year"))
    labelled = replace(budget, vary=(Variation("contact_types.*.aht", (0.9, 1.1), "factor", "handling"),))
    gone = replace(
        budget, scenarios=(Scenario("Alone", (Change("agent_groups.south_calls.outsourcing", "value", None),)),)
    )
    for one in (labelled, gone):
        with pytest.raises(OutputError, match="cannot be written"):
            save_budget(one, tmp_path / "year.toml")
    assert not list(tmp_path.iterdir())
