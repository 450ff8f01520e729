"""How many specialists should learn the other language?

Two language teams; as many of each are trained for both, in every half hour, and cost 27 and not 24 an hour.
`python simulations/cross_training.py picture` also draws cross_training.svg beside this file.
"""

import sys

import numpy as np

import wfm

INDIFFERENCE = 0.01  # a point of service level that does not matter
center = wfm.load(wfm.example("two_languages"))
french, dutch, both = center.plan.net
nobody = wfm.StaffingPlan(center, [french + both // 2, dutch + both - both // 2, 0 * both], "nobody trained")
swept = wfm.sweep(
    center,
    scenarios={
        f"{2 * pairs} trained": {
            "agent_groups.french_team.agents": f"-{pairs}",
            "agent_groups.dutch_team.agents": f"-{pairs}",
            "agent_groups.bilingual.agents": f"+{2 * pairs}",
        }
        for pairs in range(1, 8)
    },
    plan=nobody,
    method=wfm.Simulation(replications=400, seed=1),
)
chosen = wfm.sweep(swept.sweep, best="service_level", indifference=INDIFFERENCE).selection

trained, people = 2 * np.arange(len(swept.sweep)), nobody.net.sum(axis=0)
level, half, gain, around = (
    100 * swept.values(f"service_level{of}") for of in ("", "_half_width", "_change", "_change_half_width")
)
cost = swept.values("cost")
step, price = np.diff(level), np.diff(cost) / np.diff(level)
as_good = [trained[one.case] for one in chosen.standings if one.left_out in ("", "close")]  # within the indifference

print(f"{people.min():.0f} to {people.max():.0f} people are on in a half hour; trained for both languages:\n")
print("trained   service level   more than with nobody   cost a day   for one more point")
print(f"{0:>7}{level[0]:>14.1f} %{'':>24}{cost[0]:>13,.0f}")
for i in range(1, len(trained)):
    more = f"{gain[i]:+.1f} ± {around[i]:.1f}"
    print(f"{trained[i]:>7}{level[i]:>14.1f} %{more:>24}{cost[i]:>13,.0f}{price[i - 1]:>21,.0f}")
print(f"""
The first {trained[1]} bring {step[0]:.1f} points, the last {trained[1]} bring {step[-1]:.1f}.
A point more costs {price[0]:.0f} a day at first and {price[-1]:.0f} at the end.
{chosen.verdict}
If {100 * INDIFFERENCE:.0f} point does not matter, {as_good[0]} will do.""")

if "picture" in sys.argv[1:]:
    from pictures import BARS, panels

    title = f"The first {trained[1]} trained for both languages bring {step[0]:.1f} points, the last {step[-1]:.1f}"
    with panels(__file__, title, 1, 1, label="people trained, of those on in a half hour") as (service, money):
        service.axhspan(level[-1] - 100 * INDIFFERENCE, level[-1], color="#dddddd", linewidth=0)
        service.text(
            0, level[-1] - 50 * INDIFFERENCE, f"within {100 * INDIFFERENCE:.0f} point of the best", va="center"
        )
        service.errorbar(trained, level, yerr=half, color="black", marker="o", markersize=4, linewidth=1.1, capsize=2)
        service.set(ylabel="service level [%]", xticks=trained)
        money.bar_label(money.bar(trained[1:], price, width=1.3, **BARS), fmt="%.0f")
        money.set(ylabel="cost a day of one more point", xticks=trained[1:])
