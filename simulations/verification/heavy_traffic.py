"""Heavy traffic: nearly full queues, with the time that they take; and many agents, by the square-root rule.

Without patience an M/M/n queue forgets in 1 / (sqrt(n mu) - sqrt(lambda))^2 seconds, about 4 / (1 - load)^2 contacts:
40,000 at a load of 0.99 and four million at 0.999, whatever the number of agents. Runs start empty, 8 of these time
constants are left out, and 10 are counted. Truth: Erlang C. With n = load + beta sqrt(load) agents the probability to
wait tends to 1 / (1 + beta Phi(beta) / phi(beta)) as the load grows (Halfin and Whitt 1981); with patience, Garnett,
Mandelbaum and Reiman (2002). `--quick` leaves 0.999 out and is coarse.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "statistical"))
from simulated import HOUR, Ratio, Run, ratio, stationary

from wfm.queueing import ErlangA

QUICK = "--quick" in sys.argv
HANDLING = 180.0
LEFT_OUT, COUNTED = 8, 10  # time constants
LONGEST = 30 * 24 * HOUR  # interval of a horizon
CONTACTS = 5e5 if QUICK else 4e7  # of one line of the table of large centres


def nearly_full(agents: int, load: float, replications: int) -> tuple[dict[str, Ratio], float]:
    """Waits and their probability; and the time constant in hours."""
    volume = load * agents * HOUR / HANDLING
    constant = HANDLING / (math.sqrt(agents) - math.sqrt(load * agents)) ** 2
    parts = math.ceil(constant / LONGEST)
    hours = (LEFT_OUT + COUNTED) * constant / HOUR
    center = stationary(volume, agents, HANDLING, hours=hours, interval=constant / parts, answer_within=0.0)
    run = Run(center, replications, seed=1, start=LEFT_OUT * parts)
    offered = run.total("offered")
    return {
        "wait_probability": ratio(offered - run.total("answered_within"), offered),
        "mean_wait": ratio(run.total("wait_of_answered"), offered),
        "occupancy": ratio(run.time("busy"), run.time("staffed")),
    }, constant / HOUR


def square_root(load: float, beta: float, patience: float | None) -> Ratio:
    """The probability to wait with load + beta sqrt(load) agents, rounded up."""
    agents = math.ceil(load + beta * math.sqrt(load))
    forget = HANDLING / (math.sqrt(agents) - math.sqrt(load)) ** 2 if patience is None else HANDLING
    start = math.ceil(10 * forget / HOUR)
    center = stationary(load * HOUR / HANDLING, agents, HANDLING, patience, hours=5 * start, answer_within=0.0)
    per_replication = load * HOUR / HANDLING * 5 * start
    run = Run(center, max(32, round(CONTACTS / per_replication)), seed=1, start=start)
    offered = run.total("offered")
    return ratio(offered - run.total("answered_within", "abandoned_within"), offered)


def limit(beta: float, patience: float | None) -> float:
    """Halfin and Whitt; with patience Garnett, Mandelbaum and Reiman, r = sqrt(handling / patience)."""

    def hazard(x: float) -> float:
        return float(stats.norm.pdf(x) / stats.norm.sf(x))

    if patience is None:
        return 1 / (1 + beta / hazard(-beta))
    r = math.sqrt(HANDLING / patience)
    return 1 / (1 + r * hazard(beta / r) / hazard(-beta))


def main() -> None:
    print("nearly full, nobody hangs up: simulated +- half-width of 99.9 %, Erlang C below")
    print()
    columns = f"{'agents':>6s} {'load':>6s}{'constant, h':>13s}{'contacts, m':>12s}"
    print(columns + f"{'P(wait)':>20s}{'mean wait, s':>22s}{'occupancy':>22s}")
    for agents, load, runs in (
        (1, 0.99, 200), (10, 0.99, 200), (100, 0.99, 200), (10, 0.999, 16),
    ):  # fmt: skip
        if QUICK and (load > 0.99 or agents != 10):
            continue
        replications = 20 if QUICK else runs
        found, constant = nearly_full(agents, load, replications)
        exact = ErlangA(load * agents * HOUR / HANDLING, HANDLING, math.inf).measures(agents, answer_within=0.0)
        truth = {
            "wait_probability": 1 - exact.service_level(),
            "mean_wait": exact.mean_wait,
            "occupancy": exact.occupancy,
        }
        cells = "".join(
            f"{one.value:{width}.{digits}f} +-{one.quantile(0.001) * one.error:8.{digits}f}"
            for (width, digits), one in zip(((9, 4), (11, 1), (11, 5)), found.values(), strict=True)
        )
        contacts = (LEFT_OUT + COUNTED) * constant * load * agents * HOUR / HANDLING * replications / 1e6
        print(f"{agents:6d} {load:6g}{constant:13,.1f}{contacts:12,.0f}{cells}")
        print(f"{'Erlang C':>38s}{truth['wait_probability']:9.4f}{truth['mean_wait']:22.1f}{truth['occupancy']:22.5f}")
    print()
    print("many agents, n = load + beta sqrt(load): the probability to wait, +- half-width of 99.9 %")
    print("limit: at the beta that the whole number of agents makes")
    print()
    print(f"{'':26s}{'load':>8s}{'agents':>8s}{'simulated':>20s}{'exact':>10s}{'limit':>10s}")
    for patience, name in ((None, "nobody hangs up"), (90.0, "patience 90 s")):
        for beta in (0.5, 1.0):
            for load in (10.0, 100.0, 1000.0)[: 1 if QUICK else 3]:
                agents = math.ceil(load + beta * math.sqrt(load))
                found_one = square_root(load, beta, patience)
                queue = ErlangA(load * HOUR / HANDLING, HANDLING, patience or math.inf)
                exact_one = 1 - queue.measures(agents, answer_within=0.0).service_level()
                true_beta = (agents - load) / math.sqrt(load)
                half_width = found_one.quantile(0.001) * found_one.error
                print(f"{f'{name}, beta {beta:g}':26s}{load:8,.0f}{agents:8,d}", end="")
                print(f"{found_one.value:10.4f} +-{half_width:7.4f}{exact_one:10.4f}{limit(true_beta, patience):10.4f}")


if __name__ == "__main__":
    main()
