"""Does simulation meet theory?

Every check asks whether a simulated figure is within some standard errors of the exact one. Unless a test says
otherwise the bound is so wide that a correct engine with a fresh seed fails any of the fewer than CHECKS two-sided
checks with a probability below FALSE_ALARM (Bonferroni, Student's t). Seeds are pinned: nothing fails by chance twice.

Stationary figures are taken from the middle of a long run: it starts empty, and the first hours (`start`) are left out,
which are at least ten times as long as the queue takes to forget: the longer of handling and patience with impatience
or lines, handling / (sqrt(agents) - sqrt(load))^2 without. The end needs no care: who arrives later cannot delay who is
there, and agents stay until all are served. Families of queues with exact tables are in
`test_exact_cases_by_simulation.py`.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from scipy import stats
from simulated import HOUR, Run, ratio, stationary

from wfm.model.center import AgentGroup, ContactCenter, ContactType, Experiment, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Deterministic, Erlang, Exponential, Gamma, Hyperexponential, Lognormal, Weibull
from wfm.model.shrinkage import Shrinkage
from wfm.queueing import ErlangA, ErlangB

FALSE_ALARM = 1e-3
CHECKS = 100


def bound(replications: int) -> float:
    return float(stats.t.isf(FALSE_ALARM / CHECKS / 2, replications - 1))


def assert_meets(top: np.ndarray, bottom: np.ndarray | float, exact: float, errors: float | None = None) -> None:
    found = ratio(top, bottom)
    assert abs(found.value - exact) <= (bound(len(top)) if errors is None else errors) * found.error, (exact, found)


def assert_measures_meet(run: Run, measures: Any, errors: float | None = None) -> None:
    """Service level, abandonment, blocking, average speed of answer and occupancy."""
    offered = run.total("offered")
    assert_meets(run.total("answered_within"), offered, measures.service_level(), errors)
    if measures.abandonment > 0:
        assert_meets(run.total("abandoned"), offered, measures.abandonment, errors)
    if measures.blocking > 0:
        assert_meets(run.total("blocked"), offered, measures.blocking, errors)
    if measures.average_speed_of_answer > 0:
        assert_meets(run.total("wait_of_answered"), run.total("answered"), measures.average_speed_of_answer, errors)
    assert_meets(run.time("busy"), run.time("staffed"), measures.occupancy, errors)


# ---- Erlang A


def test_the_stationary_yardstick_within_three_standard_errors():
    """M/M/52+M at 10 calls a minute, 4,800,000 calls: four figures, failed by one fresh seed in a hundred."""
    center = stationary(600, 52, 300.0, 180.0, hours=204)
    run = Run(center, 40, seed=20260105, start=4)  # 4 hours: exp(-48)
    exact = ErlangA(600, 300, 180).measures(52, answer_within=20)
    assert exact.service_level() == pytest.approx(0.80653, abs=5e-6)
    assert_measures_meet(run, exact, errors=3.0)


@pytest.mark.parametrize(
    ("volume", "agents", "handling", "patience", "within"),
    [(20, 1, 120.0, 60.0, 10.0), (60, 5, 300.0, 900.0, 30.0), (200, 12, 180.0, 30.0, 20.0)],
)
def test_erlang_a(volume, agents, handling, patience, within):
    run = Run(stationary(volume, agents, handling, patience, answer_within=within), 100, seed=3, start=8)
    assert_measures_meet(run, ErlangA(volume, handling, patience).measures(agents, answer_within=within))


def test_erlang_a_with_balking_and_the_same_share_of_impatience():
    """Who balks and whose patience is zero behave alike."""
    exact = ErlangA(100, 180, 120, balking=0.3).measures(6)
    balking = Run(stationary(100, 6, 180.0, 120.0, balking=0.3), 100, seed=4, start=4)
    impatient = Run(stationary(100, 6, 180.0, Exponential(120.0, at_zero=0.3)), 100, seed=5, start=4)
    assert_measures_meet(balking, exact)
    assert_measures_meet(impatient, exact)


def test_an_endless_patience_is_erlang_c():
    run = Run(stationary(100, 7, 180.0, hours=200), 200, seed=6, start=20)
    assert_measures_meet(run, ErlangA(100, 180, math.inf).measures(7))


# ---- limited lines


@pytest.mark.parametrize(
    "handling",
    [Exponential(300.0), Lognormal(300.0, 1.3), Deterministic(300.0), Hyperexponential((0.8, 0.2), (60.0, 1260.0))],
    ids=lambda law: law.law,
)
def test_erlang_b_whatever_the_law_of_handling(handling):
    """As many lines as agents: the loss depends on the mean alone (Sevastyanov)."""
    run = Run(stationary(120, 12, handling, lines=12), 100, seed=7, start=20)
    exact = ErlangB(120, 300)
    assert_meets(run.total("blocked"), run.total("offered"), exact.blocking(12))
    assert_meets(run.time("busy"), run.time("staffed"), 10 * (1 - exact.blocking(12)) / 12)
    assert run.total("wait_of_answered").sum() == 0


def test_after_contact_work_needs_no_line():
    """As many lines as agents, and who would have to wait goes: what is lost is Erlang B of the whole handling time.

    The lines are all taken only when all agents talk, each with probability talk / handling; else the lost abandon.
    """
    work = {"talk": Lognormal(200.0, 0.8), "after_contact_work": Gamma(100.0, 0.5)}
    run = Run(stationary(120, 12, **work, patience=Deterministic(0.0), lines=12), 100, seed=9, start=10)
    loss = ErlangB(120, 300).blocking(12)
    assert_meets(run.total("blocked", "abandoned"), run.total("offered"), loss)
    assert_meets(run.total("blocked"), run.total("offered"), loss * (2 / 3) ** 12)


# ---- patience equal to handling: the number in system is Poisson, whatever the staffing


def test_poisson_number_in_system():
    """M/M/n+M with mean patience = mean handling: N is Poisson(load); busy is min(N, n), waiting (N - n)+."""
    load, agents = 20.0, 19
    run = Run(stationary(400, agents, 180.0, 180.0, answer_within=0.0), 100, seed=10, start=3)
    number = stats.poisson(load)
    support = np.arange(200)
    busy = float(np.sum(number.pmf(support) * np.minimum(support, agents)))
    offered = run.total("offered")
    assert_meets(run.total("answered_within"), offered, number.cdf(agents - 1))
    assert_meets(run.time("busy"), run.time("staffed"), busy / agents)
    assert_meets(run.total("abandoned"), offered, (load - busy) / load)
    assert_meets(run.total("wait_of_answered", "wait_of_unanswered"), offered, (load - busy) * 180 / load)


def test_poisson_number_in_system_while_volume_and_staffing_change():
    """Who finds fewer than n in system is answered at once; N(t) is Poisson(m(t)), m' = rate - m / mean."""
    volume = np.array([30, 60, 90, 120, 120, 40, 0, 80, 100, 60, 60, 20], dtype=np.float64)
    agents = np.array([5, 6, 14, 20, 12, 12, 3, 0, 18, 9, 10, 4])
    interval, mean = 1800.0, 300.0
    calls = ContactType(tuple(volume), handling=mean, patience=mean, target=Target(answer_within=0.0))
    center = ContactCenter(
        Horizon(datetime(2026, 1, 5, 8), interval, 12),
        {"calls": calls},
        {"team": AgentGroup(skills=("calls",), agents=tuple(agents))},
    )
    run = Run(center, 4000, seed=11, by_interval=True)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    elapsed = (nodes + 1) / 2 * interval
    in_system = 0.0
    for i in range(12):
        limit = volume[i] / interval * mean
        path = limit + (in_system - limit) * np.exp(-elapsed / mean)
        at_once = float(np.sum(weights / 2 * stats.poisson.cdf(agents[i] - 1, path)))
        in_system = limit + (in_system - limit) * math.exp(-interval / mean)
        if volume[i] == 0 or agents[i] == 0:
            assert run.total("answered_within", interval=i).sum() == 0
        else:
            assert_meets(run.total("answered_within", interval=i), run.total("offered", interval=i), at_once)


# ---- other laws


def test_deterministic_patience():
    """M/M/n+D: the virtual wait has density c exp((rate - n mu) x) up to D and c exp(rate D - n mu x) beyond.

    Answered at the deadline counts as within it: with T = D all who are answered and all who abandon do so within T.
    """
    volume, agents, mean, patience = 200, 10, 180.0, 40.0
    rate, service, load = volume / HOUR, 1 / mean, volume * mean / HOUR
    run = Run(stationary(volume, agents, mean, Deterministic(patience), answer_within=patience), 100, seed=12, start=6)
    states = stats.poisson.pmf(np.arange(agents), load)  # up to a constant
    drift = rate - agents * service
    waits = rate * states[-1] * (np.expm1(drift * patience) / drift if drift else patience)
    leaves = rate * states[-1] * math.exp(drift * patience) / (agents * service)
    abandonment = leaves / (states.sum() + waits + leaves)
    offered = run.total("offered")
    assert_meets(run.total("abandoned"), offered, abandonment)
    assert_meets(run.time("busy"), run.time("staffed"), load * (1 - abandonment) / agents)
    assert np.array_equal(run.total("answered_within"), run.total("answered"))
    assert np.array_equal(run.total("abandoned_within"), run.total("abandoned"))
    assert run.total("wait_of_unanswered").sum() == pytest.approx(patience * run.total("abandoned").sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("handling", "scv"),
    [
        (Deterministic(180.0), 0.0),
        (Erlang(180.0, 3), 1 / 3),
        (Lognormal(180.0, 1.3), 1.69),
        (Gamma(180.0, 0.6), 0.36),
        (Weibull(180.0, 1.5), math.gamma(1 + 4 / 3) / math.gamma(1 + 2 / 3) ** 2 - 1),
    ],
    ids=lambda value: getattr(value, "law", ""),
)
def test_pollaczek_and_khinchine(handling, scv):
    """One agent, nobody hangs up: mean wait = load / (1 - load) x (1 + scv) / 2 x mean."""
    run = Run(stationary(14, 1, handling, hours=440), 200, seed=13, start=40)
    load = 14 * 180 / HOUR
    assert_meets(run.total("wait_of_answered"), run.total("answered"), load / (1 - load) * (1 + scv) / 2 * 180)
    assert_meets(run.time("busy"), run.time("staffed"), load)


# ---- days


def test_volume_and_day_factors():
    """Offered has mean volume; its variance is volume + (volume cv)^2, the factors' cv together."""
    day = Horizon(datetime(2026, 1, 5, 8), 1800.0, 20, day_factor=Gamma(1.0, 0.1))
    calls = ContactType(10, handling=60.0, day_factor=Lognormal(1.0, 0.2))
    center = ContactCenter(day, {"calls": calls}, {"team": AgentGroup(skills=("calls",), agents=5)})
    offered = Run(center, 20_000, seed=14).total("offered")
    assert_meets(offered, 1.0, 200)
    assert_meets((offered - 200) ** 2, 1.0, 200 + 200**2 * (1.01 * 1.04 - 1))


def test_absence_and_fractional_agents_keep_the_mean_of_the_plan():
    absence = Shrinkage(planned={"breaks": 0.1}, unplanned={"sickness": 0.15}, random=("sickness",))
    team = AgentGroup(skills=("calls",), agents=(7.3, 4.0, 0.6, 12.25), shrinkage=absence)
    center = ContactCenter(
        Horizon(datetime(2026, 1, 5, 8), 1800.0, 4), {"calls": ContactType(0, handling=60.0)}, {"team": team}
    )
    run = Run(center, 20_000, seed=15, by_interval=True)
    for i, agents in enumerate((7.3, 4.0, 0.6, 12.25)):
        assert_meets(run.time("staffed", interval=i), 1800.0, agents)


# ---- a day that several independent simulators agree on

MORNING = (5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 7, 8, 9, 11, 14, 17, 20, 25, 29, 34, 40, 45, 49, 53, 55, 57)
EVENING = (57, 55, 53, 49, 45, 40, 34, 29, 25, 20, 17, 14, 11, 9, 8, 7, 6, 6, 5, 5, 5, 5)


def test_one_day_of_5000_calls():
    """Service level .9189 +- .0005 and abandonment .0206, each to its last place and three standard errors."""
    hours = np.arange(48) / 2
    weights = 0.05 + np.exp(-0.5 * ((hours - 12.75) / 3) ** 2)
    center = ContactCenter(
        Horizon(datetime(2026, 1, 5), 1800.0, 48),
        {"calls": ContactType(tuple(5000 * weights / weights.sum()), handling=Lognormal(300.0, 1.0), patience=180.0)},
        {"team": AgentGroup(skills=("calls",), agents=MORNING + EVENING)},
        experiment=Experiment(),
    )
    run = Run(center, 4000, seed=16)
    offered = run.total("offered")
    service_level = ratio(run.total("answered_within"), offered)
    assert service_level.value == pytest.approx(0.9189, abs=0.0005 + 3 * service_level.error)
    abandonment = ratio(run.total("abandoned"), offered)
    assert abandonment.value == pytest.approx(0.0206, abs=0.00005 + 3 * abandonment.error)
    assert_meets(offered, 1.0, 5000)
