"""Opening an hour earlier: some come then who came in the opening rush, and a few more come. Who serves them?

More people for the early hour, people taken from the rest of the day, or a plan made anew: cost against service.
`python simulations/opening_an_hour_earlier.py picture` also draws opening_an_hour_earlier.svg beside this file.
"""

import sys
from datetime import datetime

import numpy as np

import wfm

# Contacts by half hour, from 9:00 and from 7:00 on.
REST = [130, 115, 105, 100, 95, 85, 80, 85, 95, 100, 95, 90, 85, 80, 75, 70, 60, 50]
TODAY, EARLIER = [0, 0, 170, 150, *REST], [50, 60, 115, 120, *REST]
SHRINKAGE = wfm.Shrinkage(planned={"breaks and leave": 0.22}, unplanned={"sickness": 0.08})


def desk(volume: list[float], opening: str) -> wfm.ContactCenter:
    target = wfm.Target(service_level=0.8, answer_within=20)
    return wfm.ContactCenter(
        horizon=wfm.Horizon(start=datetime(2026, 1, 5, 7), interval=1800, intervals=22, opening={"Mon-Fri": opening}),
        contact_types={"calls": wfm.ContactType(volume=volume, handling=240, patience=150, target=target)},
        agent_groups={"desk": wfm.AgentGroup(skills=["calls"], shrinkage=SHRINKAGE, cost_per_hour=25)},
    )


today, earlier = desk(TODAY, "08:00-18:00"), desk(EARLIER, "07:00-18:00")
now, anew = (wfm.staff(center, method="erlang-a").net[0] for center in (today, earlier))
more = np.where(now > 0, now, anew)  # the early hour as required, all others as today
moved = more.copy()
moved[2 + np.argsort(-now[2:], kind="stable")[: int(anew[:2].sum())]] -= 1  # one from each of the largest
opens = {"horizon.opening": {"Mon-Fri": "07:00-18:00"}, "contact_types.calls.volume": EARLIER}
scenarios = {
    name: {**opens, "plan": wfm.StaffingPlan(earlier, net)}
    for name, net in {"more people": more, "taken from the day": moved, "staffed anew": anew}.items()
}
days = wfm.Simulation(replications=500, seed=1)
swept = wfm.sweep(today, scenarios=scenarios, plan=wfm.StaffingPlan(today, now), ask=["predict"], method=days)

names = ["as today", *scenarios]
hours, cost = swept.values("paid_hours"), swept.values("cost")
change, half = (100 * swept.values(f"service_level_change{of}") for of in ("", "_half_width"))
halves = [wfm.predict(*swept.sweep.world(case), method=days).total.by_interval for case in range(len(names))]
level = 100 * np.array([one.service_level.mean for one in halves])
rest = [np.average(of[4:], weights=one.offered.mean[4:]) for of, one in zip(level, halves, strict=True)]

came, new = sum(TODAY[2:4]) - sum(EARLIER[2:4]), sum(EARLIER) - sum(TODAY)
print(f"{sum(EARLIER[:2])} contacts come before 8:00; {came} of them came from 8:00 to 9:00, {new} are new\n")
print(f"{'':<18}paid hours    cost   service level [%] at 7:00   7:30   8:00   8:30   9:00 on   over the day [points]")
for case, name in enumerate(names):
    cells = "".join(f"{'' if np.isnan(of) else f'{of:.0f}':>7}" for of in [*level[case, :4], rest[case]])
    points = f"{change[case]:+.1f} ± {half[case]:.1f}" if case else ""
    print(f"{name:<18}{hours[case]:>10.1f}{cost[case]:>8,.0f}{cells:>57}{points:>21}".rstrip())
needed, freed, (on_top, _, made_anew) = anew[:2].sum(), (now - anew)[2:].sum(), cost[1:] - cost[0]
print(f"""
The early hour needs {needed:.0f} agents for a half hour each. On top of today's they cost {on_top:,.0f} more a day,
and the old rush then has too many. Taken from the largest half hours they cost nothing, and from 9:00 on the
service level falls to {rest[2]:.0f} %. A plan made anew finds {freed:.0f} of them in the old rush: it costs
{made_anew:,.0f} more a day, and the service level is {change[3]:+.1f} ± {half[3]:.1f} points from today's.""")

if "picture" in sys.argv[1:]:
    from pictures import LINES, panels

    title = f"An hour earlier for {made_anew:,.0f} and not {on_top:,.0f} a day: the old rush has most of its people"
    with panels(__file__, title, 1.8, 1) as (service, price):
        looks = [{"color": "#8a8a8a", "linewidth": 2.2, "marker": "D", "markersize": 4}, *LINES]
        for case, (name, look) in enumerate(zip(names, looks, strict=True)):
            service.plot(7 + np.arange(level.shape[1]) / 2, level[case], label=name, **look)
            price.errorbar(cost[case], change[case], yerr=half[case], capsize=2, **look)
            price.annotate(name, (cost[case], change[case]), (0, 9), textcoords="offset points", ha="center")
        service.set(
            xlabel="half hour that begins at", ylabel="service level [%]", xticks=range(7, 18), ylim=(None, 109)
        )
        service.set_yticks(range(70, 101, 5))
        service.legend(loc="upper right", ncols=2)
        price.set(xlabel="cost a day", ylabel="service level over the day, change [points]")
        price.margins(0.4, 0.2)
