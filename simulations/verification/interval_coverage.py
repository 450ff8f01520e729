"""How often 95 % intervals hold the truth: 2,000 runs of centres whose figures are known exactly.

A steep morning with exponential handling and patience, agents who come and go, and days that are busier or quieter: the
exact queue over time (`wfm.Transient`, the day factor by quadrature) tells the truth about the plan and about one with
an agent more. A stationary M/M/n queue, one run cut into batches, is judged by Erlang C. `--quick` makes 20 runs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np

import wfm
from wfm.queueing import ErlangA

RUNS = 20 if "--quick" in sys.argv else 2000
MEASURES = ("service_level", "abandonment", "average_speed_of_answer", "occupancy")
Interval = tuple[float, float]  # mean and half-width
Found = dict[str, Interval]

VOLUME, AGENTS = (12, 20, 35, 50, 45, 30), (3, 4, 7, 10, 8, 6)
MORNING = wfm.ContactCenter(
    wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 6, day_factor=wfm.Gamma(cv=0.15)),
    {"calls": wfm.ContactType(VOLUME, handling=300.0, patience=150.0, target=wfm.Target(answer_within=20.0))},
    {"team": wfm.AgentGroup(skills=["calls"], agents=AGENTS)},
)
MORE = wfm.StaffingPlan(MORNING, np.array([AGENTS]) + 1.0, "one agent more")

WARM_UP = 40  # hours; the queue forgets in 1.1


def stationary(hours: int) -> wfm.ContactCenter:
    """M/M/6 at a load of 5."""
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5), 3600.0, hours),
        {"calls": wfm.ContactType(100.0, handling=180.0, target=wfm.Target(answer_within=20.0))},
        {"team": wfm.AgentGroup(skills=["calls"], agents=6)},
    )


def of_the_day(prediction: wfm.Prediction) -> Found:
    """The four measures over the horizon."""
    return {
        name: (float(value.mean), float(value.half_width))
        for name in MEASURES
        for value in [getattr(prediction.agent_groups["team"] if name == "occupancy" else prediction.total, name)]
    }


def simulated(**options: object) -> Callable[[int], Found]:
    """One run of the morning: a function of its seed."""
    return lambda seed: of_the_day(wfm.predict(MORNING, method=wfm.Simulation(seed=seed, threads=1, **options)))


def paired(seed: int) -> Found:
    """What an agent more is worth, on the same days."""
    method = wfm.Simulation(replications=320, seed=seed, threads=1)
    both = [wfm.predict(MORNING, plan, method=method) for plan in (MORNING.plan, MORE)]
    differences = wfm.compare(both).differences[1].measures
    return {name: (differences[name].mean, differences[name].half_width) for name in MEASURES if name in differences}


def batched(hours: int) -> Callable[[int], Found]:
    """One run of the stationary queue in 20 batches of so many hours."""
    center = stationary(WARM_UP + 20 * hours)

    def run(seed: int) -> Found:
        method = wfm.Simulation(seed=seed, threads=1, warm_up=WARM_UP * 3600.0, batches=20)
        return of_the_day(wfm.predict(center, method=method))

    return run


def truths() -> Iterator[dict[str, float]]:
    """Of the morning, of an agent more less the morning, and of the stationary queue."""
    first, second = (of_the_day(wfm.predict(MORNING, plan, method="transient")) for plan in (MORNING.plan, MORE))
    yield {name: first[name][0] for name in MEASURES}
    yield {name: second[name][0] - first[name][0] for name in MEASURES}
    queue = ErlangA(100, 180, math.inf).measures(6, answer_within=20)
    yield {
        "service_level": queue.service_level(),
        "average_speed_of_answer": queue.average_speed_of_answer,
        "occupancy": queue.occupancy,
    }


def line(name: str, run: Callable[[int], Found], truth: dict[str, float], first_seed: int) -> None:
    """Coverage and mean half-width of each measure."""
    hits: dict[str, list[bool]] = {measure: [] for measure in truth}
    widths: dict[str, list[float]] = {measure: [] for measure in truth}
    for seed in range(first_seed, first_seed + RUNS):
        found = run(seed)
        for measure in hits.keys() & found.keys():
            mean, half_width = found[measure]
            hits[measure].append(abs(mean - truth[measure]) <= half_width)
            widths[measure].append(half_width)
    cells = "".join(
        f"{np.mean(hits[measure]):10.1%} {np.mean(widths[measure]):8.5f}" if hits.get(measure) else " " * 18 + "-"
        for measure in MEASURES
    )
    print(f"{name:34s}{cells}", flush=True)


def main() -> None:
    morning, difference, queue = truths()
    print(f"intervals of 95 % that hold the truth, of {RUNS} runs, and their mean half-width (shares; seconds)")
    print()
    print(f"{'':34s}" + "".join(f"{name.replace('average_speed_of_answer', 'ASA'):>19s}" for name in MEASURES))
    print(f"{'the truth':34s}" + "".join(f"{morning[name]:19.5f}" for name in MEASURES))
    line("32 replications", simulated(replications=32), morning, 1_000_000)
    line("320 replications", simulated(replications=320), morning, 2_000_000)
    line("... with the control variate", simulated(replications=320, control_variate=True), morning, 2_000_000)
    line("... stratified", simulated(replications=320, stratified=True), morning, 2_000_000)
    both = simulated(replications=320, stratified=True, control_variate=True)
    line("... stratified, control variate", both, morning, 2_000_000)
    until = simulated(until=wfm.Until("service_level", 0.01))
    line("until service level +- 1 point", until, morning, 3_000_000)
    print(f"{'the truth: one agent more':34s}" + "".join(f"{difference[name]:19.5f}" for name in MEASURES))
    line("320 replications, paired", paired, difference, 4_000_000)
    print(f"{'the truth: M/M/6, load 5':34s}" + "".join(f"{queue.get(name, 0.0):19.5f}" for name in MEASURES))
    for hours in (20, 100):
        line(f"20 batches of {hours} hours", batched(hours), queue, 5_000_000)


if __name__ == "__main__":
    main()
