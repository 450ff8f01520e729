"""Return on a change: what an initiative costs, saves and is worth, and the effect at which it pays for itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from wfm.budgeting.cases import ITSELF, possible, results_of
from wfm.budgeting.filling import fillers_of
from wfm.budgeting.known import Known
from wfm.budgeting.money import indices_of, pay_rates, prices_of
from wfm.budgeting.result import BudgetResult
from wfm.budgeting.words import money
from wfm.errors import Fault, InputError
from wfm.model.budget.budget import Budget
from wfm.model.budget.periods import MONTHS_A_YEAR, Calendar
from wfm.model.budget.plans import Initiative
from wfm.model.budget.varied import in_part, left_out
from wfm.model.levels import under
from wfm.sweeps.words import some_of

RANGE = ("low", "expected", "high")
MOST_EFFECT = 10.0
TRIED = (0.5, 1.0, 2.0, 5.0)  # beside 0 and the most: between which the break-even effect is looked for
HALVINGS = 40
PRECISION = 1e-6  # of the break-even effect


@dataclass(frozen=True, eq=False)
class Outcome:
    """An initiative with one effect; money of all periods, and float64[periods].

    Args:
        effect: how much of its changes comes about.
        cost: one-off and monthly. saving: see `returns`. net: saving less cost.
        present_value: of net, each period's as of the first day of the budget.
        payback_period: the first from which on it has brought back at its end what it cost until then, by name; None
            where there is none in the budget.
        saved_fte: float64[periods], FTE that are no longer required.
        costs, savings: float64[periods].
    """

    effect: float
    cost: float
    saving: float
    net: float
    present_value: float
    payback_period: str | None
    saved_fte: np.ndarray
    costs: np.ndarray
    savings: np.ndarray

    @property
    def cumulative(self) -> np.ndarray:
        """float64[periods]: savings less costs until the end of each period."""
        return np.asarray(np.cumsum(self.savings - self.costs))


@dataclass(frozen=True, eq=False)
class Return:
    """What an initiative is worth.

    Args:
        name: as in the budget.
        low, expected, high: with the three effects of it.
        break_even: the effect from which on its present value is not below 0, of agents in fractions, so that it has no
            stairs; None where there is none up to 10 times its changes, where these come about as a whole, or where the
            money is not known.
        told: the answer in a sentence, and what its changes name where there is nothing to change.
    """

    name: str
    low: Outcome
    expected: Outcome
    high: Outcome
    break_even: float | None
    told: str


def returns(budget: Budget, method: object = "erlang-a", known: Known | None = None) -> tuple[Return, ...]:
    """What each initiative of a budget costs, saves and is worth.

    The basis is that people follow the requirement: every FTE that is no longer required is not paid, and every promise
    is kept with and without the change. A required FTE costs its pay, on-cost and tools, and the replacing of those who
    leave, at the rate of the budget's people in that period: hiring, training, and the pay of the weeks that training
    and ramp lose. Outsourced hours that are committed take their part of the requirement and cost their price;
    self-service costs what its contacts cost. Credits, overtime and the gap are left out, as on this basis nobody is
    missing. The saving is that money without the change less the same with it.

    A change counts from its start, in the period of its start for the share of the days that are left. `one_off` and
    `per_month` are money as it is paid; they do not grow. Money of a period is worth (1 + `money.discount_rate`) ^
    (months / 12) less than it says, months from the first day of the budget to that of the period.

    Args:
        budget: with its initiatives.
        method: of the requirement, as in `wfm.budget`.
        known: requirements of before, which are used and added to.

    Raises:
        InputError: with every fault of every initiative.

    >>> import wfm
    >>> from datetime import date
    >>> from wfm.model.budget.demand import Demand
    >>> from wfm.model.budget.people import Team
    >>> from wfm.model.budget.periods import Calendar
    >>> from wfm.model.budget.plans import Initiative
    >>> mail = Demand(aht=360, volume=10_000, channel="email", opening={"Mon-Fri": "08:00-18:00"})
    >>> team = Team(skills=["mail"], contract_hours=40, max_occupancy=0.8, people=8, pay_per_hour=15)
    >>> bot = Initiative((wfm.Change("contact_types.mail.volume", "factor", 0.9),), one_off=3000)
    >>> asked = wfm.Budget(Calendar(date(2027, 1, 1), 3), {"mail": mail}, {"agents": team}, initiatives={"bot": bot})
    >>> found, = returns(asked)
    >>> found.expected.savings.round(2), found.expected.payback_period, round(found.break_even, 3)
    (array([1875., 1875., 1875.]), '2027-02', 0.533)
    """
    faults: list[Fault] = []
    cases = {ITSELF: budget}
    for name, one in budget.initiatives.items():
        try:
            effects = zip(RANGE, one.effect, strict=True)
            cases |= {_case(name, word): _with(budget, one, effect) for word, effect in effects}
        except InputError as error:
            faults.extend(under(f"initiatives.{name}", error))
    if faults:
        raise InputError(faults, budget.title)
    known = Known() if known is None else known
    results = results_of(cases, method, known)
    return tuple(
        _return(name, one, results[ITSELF], [results[_case(name, word)] for word in RANGE], method, known)
        for name, one in budget.initiatives.items()
    )


def _case(name: str, word: str) -> str:
    return f"initiatives.{name} ({word} effect)"


def _with(budget: Budget, one: Initiative, effect: float) -> Budget:
    return possible(budget, in_part(budget, one.changes, effect))


def _return(
    name: str, one: Initiative, before: BudgetResult, after: list[BudgetResult], method: object, known: Known
) -> Return:
    low, expected, high = (
        _outcome(one, effect, before, result) for effect, result in zip(one.effect, after, strict=True)
    )
    least: float | None = None
    # What comes about as a whole has no parts to look for.
    quarter, half = (in_part(before.budget, one.changes, effect) for effect in (0.25, 0.5))
    if np.isfinite(expected.net) and quarter != half:
        least = _break_even(one, before, method, known)
    pays = "there is no effect from which on it pays"
    if quarter == half:
        pays = "it comes about as a whole or not at all"
    elif least is not None:
        pays = f"it pays from {100 * least:.0f} % of its effect on"
    told = _told(name, before.budget, low, expected, high, pays)
    if unchanged := left_out(before.budget, in_part(before.budget, one.changes, one.effect[1])):
        told += f" It has nothing to change at {some_of(unchanged)}."
    return Return(name, low, expected, high, least, told)


def _outcome(
    one: Initiative, effect: float, before: BudgetResult, after: BudgetResult, unrounded: bool = False
) -> Outcome:
    """An initiative with one effect, from the budget without and with it."""
    calendar = before.budget.calendar
    share = _share_of_days(calendar, one.start)
    without, with_it = _Needed(before, unrounded), _Needed(after, unrounded)
    savings = share * without.less(with_it)
    costs = one.per_month * calendar.months * share
    costs[int(np.argmax(share > 0))] += one.one_off
    net = savings - costs
    months = np.cumsum(calendar.months) - calendar.months
    worth = (1 + before.budget.money.discount_rate) ** (-months / MONTHS_A_YEAR)
    return Outcome(
        effect, float(costs.sum()), float(savings.sum()), float(net.sum()), float(net @ worth),
        _payback(calendar, net, share), share * (without.fte - with_it.fte).sum(axis=0), costs, savings,
    )  # fmt: skip


def _share_of_days(calendar: Calendar, start: date | None) -> np.ndarray:
    """float64[periods]: the share of each period's days from a day on."""
    if start is None:
        return np.ones(calendar.periods)
    left = np.array([(end - start).days for end in calendar.edges[1:]])
    return np.clip(left / calendar.days, 0, 1)


def _payback(calendar: Calendar, net: np.ndarray, share: np.ndarray) -> str | None:
    """The period from whose end on all that was paid is back for good."""
    is_back = (np.cumsum(net) >= 0)[share > 0]
    first = len(is_back) - int(np.argmin(is_back[::-1])) if not is_back.all() else 0
    names = np.array(calendar.names)[share > 0]
    return str(names[first]) if first < len(names) else None


class _Needed:
    """The people that a budget needs if they follow the requirement; float64[groups, periods] each.

    Args:
        result: what the budget comes to.
        unrounded: whether agents may be cut in two, where the method has fractions.
    """

    def __init__(self, result: BudgetResult, unrounded: bool) -> None:
        ladder, fillers = result.ladder, fillers_of(result.budget, result.ladder)
        fractions = ladder.unrounded_net_hours
        is_whole = np.isnan(fractions) | (not unrounded)
        required = np.where(is_whole, ladder.net_hours, fractions) / fillers.on_the_line
        self.fte = np.maximum(required - fillers.committed, 0)
        self.rate = _money_of_an_fte(result)
        self.outsourcing = fillers.committed * fillers.on_the_line * prices_of(result.budget)[1]
        self.self_service = np.asarray(result.money.line("self_service"))

    def less(self, other: _Needed) -> np.ndarray:
        """float64[periods]: the money of these less that of others; a group in which nothing changes has no part."""
        same = (self.fte == other.fte) & ((self.rate == other.rate) | np.isnan(self.rate) & np.isnan(other.rate))
        people = np.where(same, 0.0, self.fte * self.rate - other.fte * other.rate)
        bought = self.outsourcing - other.outsourcing
        return np.asarray((people + bought).sum(axis=0) + self.self_service - other.self_service)


def _money_of_an_fte(result: BudgetResult) -> np.ndarray:
    """float64[groups, periods]: all that one required FTE costs in a period; NaN where pay is not given."""
    budget, ladder, headcount = result.budget, result.ladder, result.headcount
    teams = list(budget.agent_groups.values())
    fte_per_head, on_cost, hiring, training, tools, weeks, ramp_weeks, hours = np.array(
        [
            (one.fte_per_head, one.on_cost, one.hiring_cost, one.training_cost, one.tools, one.training_weeks,
             sum(1 - speed for speed in one.ramp), one.contract_hours)
            for one in teams
        ]
    ).T[..., None]  # fmt: skip
    prices = indices_of(budget)[1]
    pay = pay_rates(budget) * (1 + on_cost)
    replaced = prices * (hiring + weeks * training) + (weeks + ramp_weeks) * hours * fte_per_head * pay
    there = headcount.heads + headcount.left
    leaving = np.divide(headcount.left, there, out=np.zeros_like(there), where=there > 0)
    return np.asarray(
        ladder.fte_hours * pay + (tools * budget.calendar.months * prices + leaving * replaced) / fte_per_head
    )


def _break_even(one: Initiative, before: BudgetResult, method: object, known: Known) -> float | None:
    """The least effect, up to `MOST_EFFECT`, from which on the present value is not below 0."""
    from scipy.optimize import brentq

    budget = before.budget
    most = _most_effect(budget, one)
    tried = [0.0, *(effect for effect in TRIED if effect < most), most]
    found = results_of({str(effect): _with(budget, one, effect) for effect in tried}, method, known)
    values = [_outcome(one, effect, before, found[str(effect)], unrounded=True).present_value for effect in tried]

    def value(effect: float) -> float:
        (result,) = results_of({ITSELF: _with(budget, one, effect)}, method, known).values()
        return _outcome(one, effect, before, result, unrounded=True).present_value

    if values[0] >= 0:
        return 0.0 if max(values) > 0 else None
    at = next((at for at, worth in enumerate(values) if worth >= 0), None)
    if at is None:
        return None
    return float(brentq(value, tried[at - 1], tried[at], xtol=PRECISION))


def _most_effect(budget: Budget, one: Initiative) -> float:
    """The largest effect, up to `MOST_EFFECT`, that the budget can have: a share cannot be above 1."""
    low, high = one.effect[-1], MOST_EFFECT  # its own high effect is one that the budget can have
    if _fits(budget, one, high):
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _fits(budget, one, middle) else (low, middle)
    return low


def _fits(budget: Budget, one: Initiative, effect: float) -> bool:
    try:
        _with(budget, one, effect)
    except InputError:
        return False
    return True


def _told(name: str, budget: Budget, low: Outcome, expected: Outcome, high: Outcome, pays: str) -> str:
    """The answer in a sentence; `pays` says from which effect on it does."""
    if not np.isfinite(expected.net):
        unpaid = [group for group, team in budget.agent_groups.items() if team.pay_per_hour is None]
        fewer = float(expected.saved_fte @ budget.calendar.days / budget.calendar.days.sum())
        why = f"as there is no pay_per_hour of {some_of(unpaid)}"
        return f"{name}: {fewer:.1f} FTE fewer are required; what they cost is not known, {why}.".replace("-", "−")
    saved, paid, *worths = (
        money(amount, budget.money.currency)
        for amount in (expected.saving, expected.cost, expected.present_value, low.present_value, high.present_value)
    )
    back = f"pays back in {expected.payback_period}" if expected.payback_period else "does not pay back in the budget"
    between = f" ({worths[1]} to {worths[2]})" if low.effect < high.effect else ""
    return f"{name}: saves {saved} for {paid}; {back}; present value {worths[0]}{between}; {pays}."
