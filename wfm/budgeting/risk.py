"""How far off a budget may be: years drawn at random, what they require and cost, how surely promises are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from wfm.budgeting.budget import budgets
from wfm.budgeting.headcount import headcount_of, staff_of
from wfm.budgeting.known import Known
from wfm.budgeting.ladder import ladder_of
from wfm.budgeting.money import credits_of, people_money, self_service_of
from wfm.budgeting.requirement import Required, parts_of, required_of
from wfm.budgeting.requirement_surface import Extremes, queue_hours
from wfm.budgeting.result import BudgetResult, HeadcountFigures, Ladder
from wfm.budgeting.service import asked_of, coverage_of, service_of
from wfm.budgeting.words import money
from wfm.budgeting.years import Years, blocks_of
from wfm.errors import InputError, fault
from wfm.formulas.stationary import FORMULAS
from wfm.model.budget.budget import Budget

LEVELS = (50, 80, 95)  # percent of the years that a figure is not above
KEPT = 1 - 1e-9  # coverage from which on a promise is kept; people who fill a gap to the last hour do
CURVE = np.linspace(0.5, 1.5, 11)  # of the people as budgeted, at which the service level is looked at
NEVER = 1e-9  # a service level so near 0 or 1 is as good as that

Quantiles = Mapping[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Risk:
    """How far off a budget may be.

    Args:
        required_fte: float64[groups, periods] for each of 50, 80 and 95: enough in that share of the years.
        heads: the same of required heads at full speed.
        total_required_fte, total_heads: float64[periods] each, of all groups together, which are not the sums.
        kept: float64[types, periods], the probability that the people who are there, with the overtime and outsourcing
            that the budget allows, are as many as the promise requires. kept_error: its standard errors.
        all_kept: float64[periods], that all promises of a period are kept.
        cost: float64[periods] for each of 50, 80 and 95; NaN where a group has no pay. year_cost: of all periods.
        mean_cost: of all periods, the mean year. cost_at_risk: the 95 % year above it.
        draws: how many years were drawn.
        told: what they say, in sentences.
    """

    required_fte: Quantiles
    heads: Quantiles
    total_required_fte: Quantiles
    total_heads: Quantiles
    kept: np.ndarray
    kept_error: np.ndarray
    all_kept: np.ndarray
    cost: Quantiles
    year_cost: Mapping[int, float]
    mean_cost: float
    cost_at_risk: float
    draws: int
    told: tuple[str, ...]


class _Drawn(NamedTuple):
    """What drawn years come to: fte, heads: float64[draws, groups, periods]; kept: bool[draws, types, periods]; cost:
    float64[draws, periods].
    """

    fte: np.ndarray
    heads: np.ndarray
    kept: np.ndarray
    cost: np.ndarray


def risk(budget: Budget, method: object = "erlang-a", known: Known | None = None) -> Risk:
    """How far off a budget may be, by drawing years in which its `doubt` comes about (Monte Carlo).

    In each year volume, AHT, shrinkage and attrition are drawn, and for each head whether it leaves; classes, transfers
    and prices are as budgeted. The requirement of a year is read off a surface that is exact on a grid (see
    `wfm.budgeting.requirement_surface`); people, gaps and money are worked out as in the budget. A promise is kept in a
    period if the people on the line are at least those required, since the requirement is the least that keeps it.
    Credits follow from the service level that so many people over the required ones give in the weeks of the budget.

    Args:
        budget: with its `doubt`.
        method: of the requirement.
        known: requirements and predictions of calls before.

    Raises:
        InputError: the budget has no doubt, or as `wfm.budget`.

    >>> import wfm
    >>> found = risk(wfm.load_budget(wfm.example("budget_year")))
    >>> found.draws, bool(np.all(found.total_required_fte[95] > found.total_required_fte[50]))
    (1000, True)
    """
    if budget.doubt is None:
        rule = "is missing; say how far off the budget may be, such as doubt = { volume = 0.05, absence = 0.01 }"
        raise InputError([fault("doubt", rule)], budget.title)
    known = Known() if known is None else known
    world = _World(budget, method, known)
    blocks = [world.drawn(years) for years in blocks_of(budget, budget.doubt)]
    drawn = _Drawn(*map(np.concatenate, zip(*blocks, strict=True)))
    kept, draws, years = drawn.kept.mean(axis=0), budget.doubt.draws, drawn.cost.sum(axis=1)
    of_years, mean = quantiles(years), float(years.mean())
    found = Risk(
        required_fte=quantiles(drawn.fte),
        heads=quantiles(drawn.heads),
        total_required_fte=quantiles(drawn.fte.sum(axis=1)),
        total_heads=quantiles(drawn.heads.sum(axis=1)),
        kept=kept,
        kept_error=standard_error(kept, draws),
        all_kept=drawn.kept.all(axis=1).mean(axis=0),
        cost=quantiles(drawn.cost),
        year_cost={level: float(one) for level, one in of_years.items()},
        mean_cost=mean,
        cost_at_risk=float(of_years[95]) - mean,
        draws=draws,
        told=(),
    )
    return replace(found, told=(*_told(budget, found, years, world.cost), *_how_hours_move(world.required)))


def quantiles(draws: np.ndarray) -> dict[int, np.ndarray]:
    """What 50, 80 and 95 % of the draws, the first axis, are not above; between two draws on a straight line.

    >>> quantiles(np.arange(101.0))
    {50: np.float64(50.0), 80: np.float64(80.0), 95: np.float64(95.0)}
    """
    return dict(zip(LEVELS, np.quantile(draws, np.array(LEVELS) / 100, axis=0), strict=True))


def standard_error(share: np.ndarray, draws: int) -> np.ndarray:
    """Of a share of so many draws; as if there were one more on either side, so that it is never 0.

    >>> standard_error(np.array([0.5, 1.0]), 998).round(4)
    array([0.0158, 0.001 ])
    """
    further = (share * draws + 1) / (draws + 2)
    return np.sqrt(further * (1 - further) / (draws + 2))


class _World:
    """A budget as years are drawn of it."""

    def __init__(self, budget: Budget, method: object, known: Known) -> None:
        assert budget.doubt is not None
        budgeted = budgets([budget], method, known=known)[0]
        self.budget, self.demand, self.cost = budget, budgeted.demand, budgeted.total_cost
        self.required = required_of(budget, self.demand, method, known)
        self.hours = queue_hours(budget, self.demand, self.required, _extremes(budget))
        self.self_service = self_service_of(budget, self.demand)
        self.curve = None
        if any(one.credits for one in budget.contact_types.values()):
            self.curve = _service_curve(budgeted, self.required, method, known)

    def drawn(self, years: Years) -> _Drawn:
        """What some years come to."""
        budget, draws = self.budget, len(years.volume)
        required = self._required(years)
        staff = staff_of(budget, years.leavers, (draws,))
        ladder = ladder_of(budget, self.demand, required, staff, years.shrinkage)
        headcount = headcount_of(budget, staff, ladder)
        coverage = coverage_of(budget, required, ladder, headcount)
        kept = np.ones((draws, len(budget.contact_types), budget.calendar.periods), np.bool_)
        for one, share in zip(required.queues, coverage, strict=True):
            kept[:, one.queue.rows] &= (share >= KEPT)[:, None]
        return _Drawn(ladder.fte, ladder.heads, kept, self._cost(years, required, ladder, headcount, coverage))

    def _required(self, years: Years) -> Required:
        """The requirement of some years, by group and by queue."""
        required, work = self.required, self.demand.workload_hours * years.volume * years.aht
        names = list(self.budget.agent_groups)
        net = np.zeros((len(work), *required.net_hours.shape))
        queues = []
        for one, hours in zip(required.queues, self.hours, strict=True):
            queue, (of_queue, unrounded) = one.queue, hours.hours(years.volume, years.aht)
            shares = np.moveaxis(queue.shares @ work[:, queue.rows], 1, 0)
            parts = parts_of(shares.reshape(len(shares), -1), queue.min_agents).reshape(shares.shape)
            for group, part in zip(queue.groups, parts, strict=True):
                net[:, names.index(group)] = part * of_queue
            queues.append(replace(one, net_hours=of_queue, unrounded_net_hours=unrounded))
        return replace(required, workload_hours=work, net_hours=net, queues=tuple(queues))

    def _cost(
        self,
        years: Years,
        required: Required,
        ladder: Ladder,
        headcount: HeadcountFigures,
        coverage: Sequence[np.ndarray],
    ) -> np.ndarray:
        """float64[draws, periods]: all lines of money."""
        budget = self.budget
        lines = people_money(
            budget, ladder.fte_hours, headcount, headcount.overtime_hours, headcount.outsourced_hours
        ).values()
        cost = sum(np.asarray(line).sum(axis=-2) for line in lines) + (self.self_service * years.volume).sum(axis=1)
        if self.curve is not None:
            by_type = _of_types(budget, required, coverage)
            for row, one in enumerate(budget.contact_types.values()):
                if one.credits:
                    odds = [np.interp(by_type[:, row, p], *self.curve[:, :, row, p]) for p in range(cost.shape[1])]
                    cost = cost + credits_of(one.credits, 1 / (1 + np.exp(-np.column_stack(odds))))
        return np.asarray(cost)


def _extremes(budget: Budget) -> Extremes:
    """The lowest and highest factors of all years, the budget's own among them."""
    assert budget.doubt is not None
    volume, aht = [np.ones(len(budget.contact_types))], [np.ones(len(budget.contact_types))]
    for years in blocks_of(budget, budget.doubt):
        for found, drawn in ((volume, years.volume), (aht, years.aht)):
            found += [drawn.min(axis=(0, 2)), drawn.max(axis=(0, 2))]
    low_and_high = [(np.min(found, axis=0), np.max(found, axis=0)) for found in (volume, aht)]
    return Extremes(*low_and_high)


def _service_curve(budgeted: BudgetResult, required: Required, method: object, known: Known) -> np.ndarray:
    """float64[2, levels, types, periods]: people over those required, and log odds of the service level.

    Around the people as budgeted. The log odds are nearly straight in the number of people, and so can be interpolated.
    """
    budget, demand, ladder = budgeted.budget, budgeted.demand, budgeted.ladder
    by = method if method in FORMULAS else "erlang-a"
    there = [replace(budgeted.headcount, fte=budgeted.headcount.fte * share) for share in CURVE]
    known.predict([ask for one in there for ask in asked_of(budget, required, ladder, one)], by)
    coverage = [_of_types(budget, required, coverage_of(budget, required, ladder, one)) for one in there]
    levels = [service_of(budget, demand, required, ladder, one, by, known).service_level for one in there]
    kept = np.clip(levels, NEVER, 1 - NEVER)
    return np.array([coverage, np.log(kept / (1 - kept))])


def _of_types(budget: Budget, required: Required, coverage: Sequence[np.ndarray]) -> np.ndarray:
    """float64[..., types, periods]: people on the line over those required if agents could be cut in two.

    How far whole agents are rounded up differs from year to year, and service goes by the people. Of several queues, by
    the shares of the type's volume that they take.
    """
    found = np.zeros((*coverage[0].shape[:-1], len(budget.contact_types), budget.calendar.periods))
    for one, share in zip(required.queues, coverage, strict=True):
        hours = np.where(one.unrounded_net_hours > 0, one.unrounded_net_hours, one.net_hours)
        rounding = np.divide(one.net_hours, hours, out=np.ones_like(hours), where=hours > 0)
        found[..., one.queue.rows, :] += one.queue.shares.sum(axis=0)[:, None] * (share * rounding)[..., None, :]
    return found


def _told(budget: Budget, found: Risk, years: np.ndarray, budgeted: float) -> Iterator[str]:
    """What the figures say, in sentences; years: float64[draws], the cost of each."""
    names = budget.calendar.names
    peak = int(np.argmax(found.total_required_fte[80]))
    fte = {level: one[peak] for level, one in found.total_required_fte.items()}
    yield (
        f"{names[peak]} requires most: {fte[50]:,.1f} FTE are enough in half of {found.draws:,} drawn years, "
        f"{fte[80]:,.1f} in 80 % and {fte[95]:,.1f} in 95 %."
    )
    row, period = np.unravel_index(int(np.argmin(found.kept)), found.kept.shape)
    name, error = list(budget.contact_types)[row], found.kept_error[row, period]
    yield (
        f"Least sure is {name} in {names[period]}: there are people enough in {100 * found.kept[row, period]:.0f} % of "
        f"the years (standard error {100 * error:.1f} points)."
    )
    if np.isnan(found.mean_cost):
        yield "Cost is left out: an agent group has no pay_per_hour."
        return
    error = years.std(ddof=1) / np.sqrt(len(years))
    figures = (found.mean_cost, float(error), budgeted, found.year_cost[95], found.cost_at_risk)
    mean, around, planned, high, at_risk = (money(amount, budget.money.currency) for amount in figures)
    yield (
        f"All periods cost {mean} in the mean (standard error {around}), {planned} as budgeted, and at most {high} in "
        f"95 % of the years: {at_risk} above the mean are at risk."
    )


def _how_hours_move(required: Required) -> Iterator[str]:
    """What is said where drawn years are not worked out by the method itself."""
    over_days = [one.queue.types[0] for one in required.queues if one.queue.is_live and one.queue.target.per == "day"]
    if required.method not in FORMULAS:
        yield "Drawn years are the budget's requirement, moved as that by Erlang A moves with volume and AHT."
    elif over_days:
        yield f"Hours of {', '.join(over_days)} (target over the day) move as those for a target per interval."
