"""cheapest(): the classes, overtime and outsourcing that cost least under the hiring rules, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import NamedTuple

import numpy as np

from wfm.budgeting.budget import budget
from wfm.budgeting.demand import demand_of
from wfm.budgeting.filling import fillers_of
from wfm.budgeting.headcount import headcount_of, staff_of
from wfm.budgeting.hiring import Choices, Plan, Rule, basis_of, choices_of
from wfm.budgeting.known import Known
from wfm.budgeting.ladder import ladder_of
from wfm.budgeting.money import self_service_of
from wfm.budgeting.programme import Solved, least_breach, solve
from wfm.budgeting.requirement import requirements_of
from wfm.budgeting.result import BudgetResult, Ladder
from wfm.budgeting.words import money
from wfm.errors import Fault, InputError, check_kind, fault
from wfm.model.budget.budget import Budget
from wfm.model.declared import changed

FOR_SEARCH = 0.85  # of the time; the rest is for the answer
MOST_ROUNDS = 6  # in which a plan is corrected for transfers
SAME = 1e-7  # FTE and heads


class Decision(NamedTuple):
    """A class to decide on: its group, the last day to decide, its first day, its heads."""

    group: str
    decide_by: date
    start: date
    heads: float


def decisions_of(asked: Budget) -> list[Decision]:
    """The classes of a budget that are not decided yet, by their last day."""
    found = [
        Decision(name, one.start - team.lead, one.start, one.heads)
        for name, team in asked.agent_groups.items()
        for one in team.classes
    ]
    return sorted((one for one in found if one.decide_by >= asked.decided_from), key=lambda one: one.decide_by)


@dataclass(frozen=True, eq=False)
class Cheapest:
    """The cheapest plan of classes.

    Args:
        budget: what was asked, with the classes of the plan. result: what it comes to.
        cost: money of the plan over all periods, without credits, with `short_cost` for what is missing.
        bound: no plan costs less; where transfers may take from new classes, none in which they take the same people.
        gap: (cost - bound) / cost.
        seconds: the search took.
        decisions: the classes of the plan beside those of the budget that stay, by the day to decide.
        told: what a reader must know of it, in sentences.
    """

    budget: Budget
    result: BudgetResult
    cost: float
    bound: float
    gap: float
    seconds: float
    decisions: list[Decision]
    told: list[str]


@dataclass(frozen=True, eq=False)
class Found:
    """A plan before it is answered.

    Args:
        budget, decisions, cost, bound: as in `Cheapest`. missing: FTE, summed over groups and periods.
        is_stopped: time ran out.
        is_exact: the bound is one for all plans; not so where transfers may take from classes.
    """

    budget: Budget
    decisions: list[Decision]
    cost: float
    bound: float
    missing: float
    is_stopped: bool
    is_exact: bool

    @property
    def gap(self) -> float:
        """How far above the bound, as a share of the cost."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


def cheapest(
    asked: Budget, method: object = "erlang-a", known: Known | None = None, gap: float = 0.001, seconds: float = 30.0
) -> Cheapest:
    """The classes, overtime and outsourcing that cost least, as an integer programme.

    Each group may start a class in each period, on its first day, or on the first day that `decided_from` and the lead
    time allow. Classes that are in the budget stay as they are and the plan adds to them; with `given_classes` =
    "replaced" only those stay that must have been decided before `decided_from`. Nothing may be missing, unless
    `short_cost` says what it costs. The budget of the answer is filled by the same rule as every other: what costs
    least first, of all groups of a queue.

    The bound counts what a queue misses in FTE of its group whose FTE leaves most hours on the line, the cost in those
    of the groups that miss people, as `BudgetResult.shortages`. So `gap` holds what lies between the two.

    Args:
        asked: the budget, with its hiring rules. method: of the requirement, as in `wfm.budget`.
        known: requirements of calls before, which are used and added to.
        gap: how far above the least the plan may be, as a share of its cost. A smaller one takes longer.
        seconds: all of it may take; then the best plan so far is taken, with its gap.

    Raises:
        InputError: no plan keeps all rules: which, in which period, by how much; or a price is missing.

    >>> import wfm
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> mail = Demand(aht=600, volume=(3000, 3000, 3600), channel="email", opening={"Mon-Fri": "08:00-18:00"})
    >>> team = Team(["mail"], contract_hours=40, max_occupancy=0.8, people=4, training_weeks=2, pay_per_hour=20)
    >>> found = cheapest(wfm.Budget(Calendar(date(2027, 1, 1), 3), {"mail": mail}, {"writers": team}))
    >>> [(one.group, str(one.start), one.heads) for one in found.decisions]
    [('writers', '2027-03-01', 1.0)]
    """
    check_kind("budget", asked, Budget, "wfm.load_budget(path) reads one")
    known = Known() if known is None else known
    began = perf_counter()
    demand, free = demand_of(asked), _freed(asked)
    (required,) = requirements_of([asked], [demand], method, known)
    ladder = ladder_of(asked, demand, required, staff_of(free))
    left = FOR_SEARCH * seconds - (perf_counter() - began)
    found = plan_of(free, ladder, float(self_service_of(asked, demand).sum()), gap, left)
    result = budget(found.budget, method, known=known)
    told = list(_told(asked, found))
    return Cheapest(
        found.budget, result, found.cost, found.bound, found.gap, perf_counter() - began, found.decisions, told
    )


def _freed(asked: Budget) -> Budget:
    """The budget without the classes that give way to those of the plan."""
    if asked.hiring.given_classes == "kept":
        return asked
    day, teams = asked.decided_from, asked.agent_groups.items()
    stay = {name: tuple(one for one in team.classes if one.start - team.lead < day) for name, team in teams}
    return changed(asked, agent_groups={name: changed(team, classes=stay[name]) for name, team in teams})


def plan_of(asked: Budget, ladder: Ladder, other_money: float, gap: float, seconds: float) -> Found:
    """The cheapest classes for a requirement.

    Args:
        ladder: with the required FTE. other_money: what classes do not change, such as self-service.
        gap, seconds: as in `cheapest`.
    """
    faults = list(_price_faults(asked, ladder))
    if faults:
        raise InputError(faults)
    until = perf_counter() + seconds
    choices, basis = choices_of(asked, ladder), basis_of(asked, ladder)
    # What a transfer takes from a class depends on the sizes of the others: the plan is put right until nothing moves.
    for _ in range(MOST_ROUNDS):
        plan = Plan(asked, ladder, choices, basis, other_money)
        solved = solve(plan.programme, gap, until - perf_counter(), basis.money + other_money)
        if solved.values is None:
            raise InputError(_breaches(plan, solved, seconds), "no plan of classes")
        sizes, short = solved.values[plan.sizes], float(solved.values[plan.short].sum())
        planned = choices.joining(asked, sizes)
        true = basis_of(planned, ladder).less(choices, sizes)
        pairs = zip(vars(true).values(), vars(basis).values(), strict=True)
        if all(np.allclose(new, old, rtol=SAME, atol=SAME) for new, old in pairs):
            break
        basis = true
    sunk = basis.money + other_money
    cost, bound, missing = sunk + solved.cost, sunk + solved.bound, 0.0
    if short > SAME:
        missing = float(headcount_of(planned, staff_of(planned), ladder).missing.sum())
        cost += (asked.hiring.short_cost or 0.0) * (missing - short)
    decisions = _decisions(asked, choices, sizes)
    is_exact = not _may_be_taken(asked, choices)
    return Found(planned, decisions, cost, bound, missing, solved.is_stopped, is_exact)


def _may_be_taken(asked: Budget, choices: Choices) -> bool:
    """Whether a transfer may take people of a class that can be hired."""
    groups = list(asked.agent_groups)
    could_join = [(groups[row], start) for row, start in zip(choices.groups, choices.starts, strict=True)]
    return any(group == move.source and start < move.date for move in asked.transfers for group, start in could_join)


def _decisions(asked: Budget, choices: Choices, sizes: np.ndarray) -> list[Decision]:
    """The classes of a plan, float64[classes], in the order in which they are decided."""
    found, groups = [], list(asked.agent_groups.items())
    for row, start, heads in zip(choices.groups, choices.starts, sizes, strict=True):
        name, team = groups[row]
        if heads > 0:
            found.append(Decision(name, start - team.lead, start, float(heads)))
    return sorted(found, key=lambda one: (one.decide_by, one.start))


def _price_faults(asked: Budget, ladder: Ladder) -> Iterator[Fault]:
    """Prices without which the least cost cannot be told."""
    for name, team in asked.agent_groups.items():
        if team.pay_per_hour is None:
            yield fault(f"agent_groups.{name}.pay_per_hour", "is missing; the cheapest plan cannot be told without it")
    short_cost = asked.hiring.short_cost
    if short_cost is None:
        return
    fillers = fillers_of(asked, ladder)
    hours = fillers.on_the_line / fillers.worth  # of an FTE as the programme counts those that are missing
    for what, price, most in (
        ("overtime", fillers.overtime_price * hours, fillers.overtime_share),
        ("outsourcing", fillers.outsourcing_price * hours, fillers.outsourced_most),
    ):
        dear = np.argwhere((most > 0) & (price > short_cost))
        if len(dear):
            row, period = max(dear, key=lambda at: price[tuple(at)])
            yield fault(
                "hiring.short_cost",
                f"must be at least what an FTE of {what} costs, {price[row, period]:,.0f} for "
                f"{list(asked.agent_groups)[row]} in {asked.calendar.names[period]}; that fills a gap first",
                short_cost,
            )


def _breaches(plan: Plan, solved: Solved, seconds: float) -> list[Fault]:
    """Why there is no plan: what must give at least, the largest breach of each rule and period."""
    breaches = None if solved.is_stopped else least_breach(plan.programme, seconds)
    if breaches is None:
        return [fault("hiring", f"no plan that keeps the rules was found in {seconds:.0f} s; give it more time")]
    worst: dict[tuple[str, str], tuple[Rule, float]] = {}
    for rule, breach in zip(plan.rules, breaches, strict=True):
        if rule is not None and breach > worst.get((rule.where, rule.period), (rule, 0.0))[1]:
            worst[rule.where, rule.period] = rule, breach
    return [fault(rule.where, rule.told(breach)) for rule, breach in worst.values()]


def _classes(those: Sequence[Decision]) -> str:
    heads = sum(one.heads for one in those)
    if not those:
        return "No further class pays"
    return f"{len(those)} class{'es' if len(those) > 1 else ''} with {heads:,.10g} head{'s' if heads != 1 else ''}"


def _of_given_classes(asked: Budget) -> str:
    if asked.hiring.given_classes == "kept":
        return (
            "Classes of the budget stay as they are; the plan adds to them. With hiring.given_classes = "
            '"replaced" those that are not decided yet give way to its own.'
        )
    return (
        f"Classes of the budget that can be decided on {asked.decided_from} or later give way to those of the plan; "
        "the others stay."
    )


def _told(asked: Budget, found: Found) -> Iterator[str]:
    cost, bound = (money(amount, asked.money.currency) for amount in (found.cost, found.bound))
    apart = f"{100 * found.gap:.2f}"
    least = "no plan costs less" if apart == "0.00" else f"no plan costs less than {bound}, {apart} % below"
    if not found.is_exact:
        least += ", if transfers take the same people"
    yield f"{_classes(found.decisions)}: {cost} over all periods; {least}."
    if found.missing:
        price = money(found.missing * (asked.hiring.short_cost or 0.0), asked.money.currency)
        missing = f"{found.missing:,.1f} FTE-{asked.calendar.period}s"
        yield (
            f"Of it {price} stand for {missing} that are missing, at short_cost; they are not spent. The plan leaves "
            "people missing where a class would come too late or cost more."
        )
    if found.is_stopped:
        yield "The search was stopped as its time was over; more time may find a cheaper plan."
    if any(team.classes for team in asked.agent_groups.values()):
        yield _of_given_classes(asked)
    if any(one.credits for one in asked.contact_types.values()):
        yield "Credits for missed service levels are not weighed; they stand in the money of the budget."
    yield "What comes after the last period is not weighed: people who would be needed then are not hired for it."
    if not found.is_exact:
        yield (
            "Transfers take people of new classes in their turn. The plan counts that; one that hires so that others "
            "may stay can cost less."
        )
