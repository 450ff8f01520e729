"""Planned with 30 % shrinkage, which turns out to be between 25 and 38 %: how often does the plan keep its promise?

Volume and AHT are not sure either: 128 worlds. What moves the service level most, and what does a reserve buy?
`python simulations/shrinkage_risk.py picture` also draws shrinkage_risk.svg beside this file.
"""

import sys
from datetime import datetime

import numpy as np

import wfm

UNSURE = {"shrinkage": "25%,38%", "volume": "±8%", "aht": "±5%"}
WORLDS, PROMISE = 128, 0.8
VOLUME = (40, 60, 90, 120, 130, 130, 120, 110, 100, 90, 90, 100, 100, 100, 90, 80, 70, 60, 50, 40)

shrinkage = wfm.Shrinkage(planned={"breaks and leave": 0.22}, unplanned={"sickness": 0.08})
target = wfm.Target(service_level=PROMISE, answer_within=20)
center = wfm.ContactCenter(
    horizon=wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=1800, intervals=len(VOLUME)),
    contact_types={"calls": wfm.ContactType(volume=VOLUME, handling=200, patience=150, target=target)},
    agent_groups={"team": wfm.AgentGroup(skills=["calls"], shrinkage=shrinkage, cost_per_hour=25)},
)
scheduled = wfm.staff(center, method="erlang-a").whole_gross


def worlds(reserve: int) -> wfm.SweepResult:
    """What becomes of the plan with so many people more in every half hour."""
    plan = wfm.StaffingPlan(center, shrinkage.net(scheduled + reserve))
    days = wfm.Simulation(replications=50, seed=1)
    return wfm.sweep(center, UNSURE, design="sobol", samples=WORLDS, plan=plan, ask=["predict"], method=days)


seen = [worlds(reserve) for reserve in range(4)]
level = 100 * np.array([one.values("service_level") for one in seen])
cost = [one.baseline["cost"] for one in seen]
kept = [100 * one.share_kept for one in seen]

print(f"{scheduled.min()} to {scheduled.max()} people are scheduled in a half hour; promised: {100 * PROMISE:.0f} %\n")
print("reserve     cost a day   service as planned   in 90 % of worlds   promise kept")
for people, of in enumerate(level):
    low, high = np.quantile(of[1:], (0.05, 0.95))
    reserve = f"{people} {'person' if people == 1 else 'people'}"
    print(f"{reserve}{cost[people]:>14,.0f}{of[0]:>19.1f} %{low:>13.1f} to {high:.1f}{kept[people]:>13.0f} %")

print("\nthe service level over all that an input may be, without a reserve [points]:")
swings = {power.label: power.swings["service_level"] * 100 for power in seen[0].powers()}
for label, swing in swings.items():
    print(f"{label:<10}{swing.mean:>7.1f} ± {swing.half_width:.1f}")

most, more = max(swings, key=lambda label: abs(swings[label].mean)), cost[1] - cost[0]
print(f"""
As planned, the service level is {level[0, 0]:.1f} %, but in {100 - kept[0]:.0f} % of worlds the promise is broken.
Nothing moves it as far as {most} does. One person more in every half hour costs {more:,.0f} a day,
{100 * more / cost[0]:.0f} % more, and keeps the promise in {kept[1]:.0f} % of worlds; two in {kept[2]:.0f} %.""")

if "picture" in sys.argv[1:]:
    from pictures import BARS, LIMIT, panels

    title = (
        f"Planned for {100 * PROMISE:.0f} %, kept in {kept[0]:.0f} % of worlds; with one person more in {kept[1]:.0f} %"
    )
    with panels(__file__, title, 1.5, 1) as (dots, bars):
        drawn, of = 100 * seen[0].sweep.drawn[:, 0], level[0, 1:]
        for some, face, label in ((of >= 100 * PROMISE, "black", "kept"), (of < 100 * PROMISE, "white", "broken")):
            dots.plot(drawn[some], of[some], "o", color="black", markerfacecolor=face, markersize=4, label=label)
        dots.axhline(100 * PROMISE, **LIMIT, label="promise")
        dots.set(xlabel="shrinkage, as it turns out [%]", ylabel="service level, no reserve [%]")
        dots.legend(loc="lower left")
        bars.bar_label(bars.bar(range(len(kept)), kept, **BARS), fmt="%.0f %%")
        bars.set(xlabel="people in reserve; cost a day", ylabel="promise kept [% of worlds]")
        bars.set_xticks(range(len(kept)), [f"{people}\n{of:,.0f}" for people, of in enumerate(cost)])
