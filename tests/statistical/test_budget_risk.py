"""Do drawn years have the laws that the doubt says, and does the risk follow from them as theory says?"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import binom, norm

import wfm
from wfm.budgeting.budget import budgets
from wfm.budgeting.headcount import staff_of
from wfm.budgeting.risk import LEVELS, Risk, risk
from wfm.budgeting.years import BLOCK, blocks_of, years_of
from wfm.errors import InputError
from wfm.model.budget.demand import Credit, Demand
from wfm.model.budget.people import Cohort, HiringClass, Outsourcing, Team, Transfer
from wfm.model.budget.periods import Calendar, PeriodShrinkage
from wfm.model.budget.plans import Doubt, Money
from wfm.model.budget.varied import budget_varied
from wfm.model.center import Target
from wfm.model.variation import Change

DRAWS = 20_000
BOUND = 4  # standard errors


def mail_budget(doubt: Doubt | None, volume: float = 20_000.0, **team) -> wfm.Budget:
    """E-mail, whose requirement is proportional to its work."""
    mail = Demand(aht=360.0, volume=volume, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    given = {"contract_hours": 40.0, "max_occupancy": 0.8, "pay_per_hour": 20.0, **team}
    return wfm.Budget(Calendar(date(2027, 1, 1), 3), {"mail": mail}, {"team": Team(["mail"], **given)}, doubt=doubt)


def voice_budget(doubt: Doubt | None, **money) -> wfm.Budget:
    """Two queues that wait and one of e-mail, short of people here and there."""
    calls = Demand(aht=300, volume=[26_000, 28_000, 25_000], patience=150, target=Target(service_level=0.8),
                   opening={"Mon-Sat": "08:00-18:00"}, deflection=0.1, deflection_cost=0.3,
                   credits=[Credit(0.79, 900), Credit(0.72, 2500)])  # fmt: skip
    chat = Demand(aht=500, volume=9000, channel="chat", pace=1.6, patience=200, opening={"Mon-Fri": "09:00-17:00"},
                  target=Target(service_level=0.8, answer_within=60))  # fmt: skip
    mail = Demand(aht=360, volume=6000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    rest = {"contract_hours": 37.5, "pay_per_hour": 15.0, "on_cost": 0.2, **money}
    classes = [HiringClass(date(2027, 2, 15), 5)]
    shrinkage = PeriodShrinkage(planned={"holiday": (0.1, 0.12, 0.15)}, unplanned={"sickness": 0.07})
    teams = {
        "north": Team({"calls": 0.6}, pool="voice", people=9, shrinkage=shrinkage, overtime=0.08, overtime_pay=1.5,
                      outsourcing=Outsourcing(25.0, 40, 300), training_weeks=3, classes=classes, **rest),
        "south": Team({"calls": 0.4}, pool="voice", people=8, shrinkage=shrinkage, **rest),
        "writers": Team({"chat": 1}, people=9, shrinkage=shrinkage, **rest),
        "mailers": Team({"mail": 1}, people=5, max_occupancy=0.85, min_agents=1, **rest),
    }  # fmt: skip
    return wfm.Budget(Calendar(date(2027, 1, 1), 3), {"calls": calls, "chat": chat, "mail": mail}, teams,
                      transfers=[Transfer(date(2027, 3, 1), "south", "writers", 1, 1)],
                      money=Money("EUR", 0.03, 0.02, 2), doubt=doubt)  # fmt: skip


def sigma(deviation: float) -> float:
    return math.sqrt(math.log1p(deviation**2))


def of_lognormal(level: float, deviation: float) -> float:
    """The quantile of a lognormal factor of mean 1."""
    return float(np.exp(sigma(deviation) * norm.ppf(level) - sigma(deviation) ** 2 / 2))


def quantile_error(level: float, z_density: float, slope: float) -> float:
    """Standard error of a quantile of DRAWS values, each `slope` per unit of a standard normal number."""
    return math.sqrt(level * (1 - level) / DRAWS) / z_density * slope


def test_without_doubt_and_attrition_every_year_is_the_budget() -> None:
    budget = voice_budget(Doubt(draws=100))
    found, wanted = risk(budget), wfm.budget(budget)
    for level in LEVELS:
        assert found.required_fte[level] == pytest.approx(wanted.ladder.fte, rel=1e-12)
        assert found.heads[level] == pytest.approx(wanted.ladder.heads, rel=1e-12)
        assert found.total_required_fte[level] == pytest.approx(wanted.ladder.fte.sum(axis=0), rel=1e-12)
        assert found.cost[level] == pytest.approx(wanted.money.total, rel=1e-12)
        assert found.year_cost[level] == pytest.approx(wanted.total_cost, rel=1e-12)
    assert found.mean_cost == pytest.approx(wanted.total_cost, rel=1e-12)
    assert found.cost_at_risk == pytest.approx(0, abs=1e-6)
    assert np.array_equal(found.kept, wanted.service.coverage >= 1 - 1e-9)
    assert 0 < found.kept.mean() < 1
    assert np.array_equal(found.all_kept, found.kept.all(axis=0))


def test_people_of_drawn_years_are_worked_out_as_those_of_the_budget() -> None:
    budget = voice_budget(None, attrition={"0-2": 0.1, "2+": 0.03})
    plain, drawn = staff_of(budget), staff_of(budget, lambda _group, _period, heads, rate: heads * rate, (2,))
    for name in ("joined", "left", "moved", "heads", "in_training", "trained_weeks", "effective_heads"):
        wanted = getattr(plain, name)
        assert getattr(drawn, name) == pytest.approx(np.stack([wanted, wanted]), rel=1e-12)


def test_a_transfer_takes_no_more_than_are_there_in_a_year() -> None:
    doubt = Doubt(draws=BLOCK)
    budget = voice_budget(doubt, attrition=0.2)
    budget = replace(budget, transfers=[Transfer(date(2027, 3, 1), "south", "writers", 4.0)])
    staff = staff_of(budget, years_of(budget, doubt, 0).leavers, (BLOCK,))
    came = staff.moved[:, list(budget.agent_groups).index("writers"), 2]
    assert came.max() == 4
    assert came.min() < 4
    assert staff.heads.min() >= 0
    assert np.all(staff.moved.sum(axis=1) == 0)


def test_drawn_years_are_what_the_budget_says_of_them() -> None:
    doubt = Doubt(volume=0.05, volume_by_period=0.03, aht=0.03, draws=100)
    budget = voice_budget(doubt)
    years = years_of(budget, doubt, 0)

    def world(draw: int) -> wfm.Budget:
        changes = []
        for k, name in enumerate(budget.contact_types):
            changes.append(Change(f"contact_types.{name}.volume", "factor", years.volume[draw, k].tolist()))
            changes.append(Change(f"contact_types.{name}.aht", "factor", float(years.aht[draw, k, 0])))
        return budget_varied(budget, changes)

    worlds = [world(draw) for draw in range(doubt.draws)]
    exact, found = budgets(worlds), risk(budget)
    fte = np.array([one.ladder.fte for one in exact])
    kept = np.array([one.service.coverage >= 1 - 1e-9 for one in exact])
    cost = np.array([one.total_cost for one in exact])
    owed = np.array([one.money.by_type["credits"].sum() for one in exact])
    assert len(np.unique(owed)) > 3
    for level in LEVELS:
        assert found.required_fte[level] == pytest.approx(np.quantile(fte, level / 100, axis=0), rel=0.002)
        assert found.year_cost[level] == pytest.approx(np.quantile(cost, level / 100), rel=0.002)
    # A year may lie so near the edge that the last digits of the surface decide.
    assert np.abs(found.kept - kept.mean(axis=0)).max() <= 0.02
    assert found.mean_cost - cost.mean() == pytest.approx(0, abs=0.1 * owed.mean())


@pytest.mark.parametrize("level", LEVELS)
def test_required_fte_has_the_quantiles_of_the_volume(level: int) -> None:
    budget = mail_budget(Doubt(volume=0.12, draws=DRAWS))
    base, p = wfm.budget(budget).ladder.fte[0], level / 100
    wanted = of_lognormal(p, 0.12)
    error = quantile_error(p, norm.pdf(norm.ppf(p)), sigma(0.12) * wanted)
    found = risk(budget)
    assert np.abs(found.required_fte[level][0] / base / wanted - 1).max() < BOUND * error / wanted
    assert np.array_equal(found.total_required_fte[level], found.required_fte[level][0])
    # Fewer errors of each period's own hit them all alike: the same draw for all periods.
    assert np.ptp(found.required_fte[level][0] / base) < 1e-12


def test_required_fte_has_the_quantiles_of_absence() -> None:
    shrinkage = PeriodShrinkage(unplanned={"sickness": 0.25})
    budget = mail_budget(Doubt(absence=0.04, draws=DRAWS), shrinkage=shrinkage)
    base, found = wfm.budget(budget).ladder.fte[0], risk(budget)
    for level in LEVELS:
        p, z = level / 100, norm.ppf(level / 100)
        wanted = 0.75 / (0.75 - 0.04 * z)
        error = quantile_error(p, norm.pdf(z), 0.75 * 0.04 / (0.75 - 0.04 * z) ** 2)
        assert np.abs(found.required_fte[level][0] / base - wanted).max() < BOUND * error
    # Periods are ill independently of one another.
    assert np.ptp(found.required_fte[95][0] / base) > 0


def test_errors_of_all_periods_and_of_each_own_multiply() -> None:
    doubt = Doubt(volume=0.1, volume_by_period=0.08, volume_together=0.6, aht=0.05, draws=DRAWS)
    years = list(blocks_of(voice_budget(doubt), doubt))
    volume, aht = (np.concatenate([getattr(one, name) for one in years]) for name in ("volume", "aht"))
    deviation = math.sqrt((1 + 0.1**2) * (1 + 0.08**2) - 1)
    root = math.sqrt(DRAWS)
    assert np.abs(volume.mean(axis=0) - 1).max() < BOUND * deviation / root
    assert np.abs(volume.std(axis=0) / deviation - 1).max() < BOUND * 0.8 / root
    assert np.abs(aht.mean(axis=0) - 1).max() < BOUND * 0.05 / root
    between_types = np.corrcoef(volume[:, 0, 0], volume[:, 1, 0])[0, 1]
    assert between_types == pytest.approx(0.6, abs=BOUND * (1 - 0.6**2) / root + 0.002)
    between_periods = np.corrcoef(volume[:, 0, 0], volume[:, 0, 1])[0, 1]
    shared = 0.1**2 / deviation**2
    assert between_periods == pytest.approx(shared, abs=BOUND * (1 - shared**2) / root + 0.002)
    assert np.abs(np.corrcoef(aht[:, 0, 0], aht[:, 1, 0])[0, 1]) < BOUND / root
    assert np.abs(np.corrcoef(aht[:, 0, 0], volume[:, 0, 0])[0, 1]) < BOUND / root


def test_the_probability_that_a_promise_is_kept_is_that_of_the_volume() -> None:
    budget = mail_budget(Doubt(volume=0.1, draws=DRAWS), people=17.0)
    budgeted = wfm.budget(budget)
    edge = budgeted.headcount.fte[0] / budgeted.ladder.fte[0]
    wanted = norm.cdf((np.log(edge) + sigma(0.1) ** 2 / 2) / sigma(0.1))
    found = risk(budget)
    assert found.kept_error[0] == pytest.approx(np.sqrt(wanted * (1 - wanted) / DRAWS), rel=0.1)
    assert np.all((wanted > 0.05) & (wanted < 0.99))
    assert np.abs(found.kept[0] - wanted).max() < BOUND * found.kept_error.max()


def test_heads_leave_one_by_one() -> None:
    """Who is there after three months is binomial, and the promise is kept where that is enough."""
    stay = 0.95 * 0.95 * 0.95
    budget = mail_budget(Doubt(draws=DRAWS), people=[Cohort(18)], attrition=0.05)
    doubt = budget.doubt
    assert doubt is not None
    heads = np.concatenate(
        [staff_of(budget, years.leavers, (len(years.volume),)).heads[:, 0, 2] for years in blocks_of(budget, doubt)]
    )
    assert np.array_equal(heads, np.round(heads))
    spread = math.sqrt(18 * stay * (1 - stay))
    assert heads.mean() == pytest.approx(18 * stay, abs=BOUND * spread / math.sqrt(DRAWS))
    assert heads.std() == pytest.approx(spread, rel=BOUND * 0.8 / math.sqrt(DRAWS))
    found, needed = risk(budget), wfm.budget(budget).ladder.heads[0]
    for period in range(3):
        wanted = float(binom.sf(math.ceil(needed[period] - 1e-9) - 1, 18, 0.95 ** (period + 1)))
        error = math.sqrt(wanted * (1 - wanted) / DRAWS)
        assert found.kept[0, period] == pytest.approx(wanted, abs=BOUND * error + 1e-12)
    assert 0.05 < found.kept.min() < 0.95


def test_doubt_about_attrition_is_on_the_rates_and_parts_of_heads_leave_as_one() -> None:
    budget = mail_budget(Doubt(attrition=0.3, draws=DRAWS), people=40.5, attrition=0.1)
    assert budget.doubt is not None
    left = np.concatenate(
        [staff_of(budget, one.leavers, (len(one.volume),)).left[:, 0, 0] for one in blocks_of(budget, budget.doubt)]
    )
    # Each leaves with a rate that is the same for all of a year: binomial, and the rate's own spread on top.
    own = 40 * 0.1 * 0.9 - 40 * (0.1 * 0.3) ** 2 + 0.25 * (0.1 * 0.9)
    spread = math.sqrt(own + (40.5 * 0.1 * 0.3) ** 2)
    assert left.mean() == pytest.approx(4.05, abs=BOUND * spread / math.sqrt(DRAWS))
    assert left.std() == pytest.approx(spread, rel=0.03)
    assert set(np.unique(left * 2 % 1)) == {0.0}


def test_cost_that_follows_the_volume_has_its_quantiles_and_its_mean() -> None:
    bought = Outsourcing(price_per_hour=30.0)
    budget = mail_budget(Doubt(volume=0.15, draws=DRAWS), outsourcing=bought)
    total, found = wfm.budget(budget).total_cost, risk(budget)
    assert found.mean_cost == pytest.approx(total, rel=BOUND * 0.15 / math.sqrt(DRAWS))
    wanted = of_lognormal(0.95, 0.15)
    error = quantile_error(0.95, norm.pdf(norm.ppf(0.95)), sigma(0.15) * wanted)
    assert found.year_cost[95] / total == pytest.approx(wanted, abs=BOUND * error)
    assert found.cost_at_risk == pytest.approx(found.year_cost[95] - found.mean_cost)
    # Nobody is missing where so much can be bought.
    assert np.all(found.kept == 1)
    assert np.all(found.kept_error > 0)


@pytest.mark.parametrize(
    ("cause", "some", "more"), [("volume", 0.05, 0.1), ("aht", 0.05, 0.1), ("absence", 0.02, 0.04)]
)
def test_more_doubt_is_more_risk(cause: str, some: float, more: float) -> None:
    shrinkage = PeriodShrinkage(unplanned={"sickness": 0.2})
    rest = {"outsourcing": Outsourcing(30.0), "shrinkage": shrinkage}
    little, much = (risk(mail_budget(Doubt(draws=1000, **{cause: one}), **rest)) for one in (some, more))
    assert np.all(much.required_fte[95] > little.required_fte[95])
    # What is bought by the hour on the line does not cost more where people are absent.
    if cause != "absence":
        assert np.all(much.cost[95] > little.cost[95])
        assert much.cost_at_risk > little.cost_at_risk > 0


def test_the_same_seed_draws_the_same_years_and_another_seed_others() -> None:
    doubt = Doubt(0.05, 0.03, 0.5, 0.03, 0.02, 0.2, draws=300, seed=5)
    budget = voice_budget(doubt)
    once, again, other = risk(budget), risk(budget), risk(replace(budget, doubt=replace(doubt, seed=6)))

    def bits(found: Risk) -> list[bytes]:
        of_all = (*found.required_fte.values(), *found.cost.values(), found.kept, np.array(found.mean_cost))
        return [np.asarray(one).tobytes() for one in of_all]

    assert bits(once) == bits(again)
    assert bits(once)[0] != bits(other)[0]


def test_draws_of_one_cause_move_no_other_and_more_years_keep_the_first() -> None:
    doubt = Doubt(volume=0.05, volume_by_period=0.03, absence=0.02, attrition=0.1, draws=BLOCK + 50)
    budget = voice_budget(doubt)
    first, last = years_of(budget, doubt, 0), years_of(budget, doubt, 1)
    assert (len(first.volume), len(last.volume)) == (BLOCK, 50)
    other = years_of(budget, replace(doubt, aht=0.1, absence=0.05, attrition=0.0, draws=2 * BLOCK), 1)
    assert np.array_equal(other.volume[:50], last.volume)
    assert not np.array_equal(first.volume[:50], last.volume)
    three, five = (replace(mail_budget(doubt), calendar=Calendar(date(2027, 1, 1), periods)) for periods in (3, 5))
    assert np.array_equal(years_of(five, doubt, 1).volume[:, :, :3], years_of(three, doubt, 1).volume)


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(InputError, match="doubt: is missing"):
        risk(mail_budget(None))
    with pytest.raises(InputError, match="did you mean 'erlang-c'"):
        risk(voice_budget(Doubt(draws=100)), "erlangc")
    found = risk(mail_budget(Doubt(volume=0.1, draws=100), people=20, pay_per_hour=None))
    assert math.isnan(found.mean_cost)
    assert any("pay_per_hour" in one for one in found.told)
    assert not any("nan" in one for one in found.told)
    budget = voice_budget(Doubt(draws=100))
    over_the_day = replace(budget.contact_types["chat"], target=Target(service_level=0.8, per="day"))
    found = risk(replace(budget, contact_types={**budget.contact_types, "chat": over_the_day}))
    assert any("chat (target over the day)" in one for one in found.told)
