"""Two queues or one: what is it worth to train both teams for both, if they then handle each contact more slowly?

The teams answer as one pool from April on; what the pool saves and what slower contacts take is set against the
training. `python simulations/cross_skilling_return.py picture` also draws cross_skilling_return.svg beside this file.
"""

import sys
from dataclasses import replace
from datetime import date

import wfm

SIZES = {"small": (2500, 1500), "middle": (10000, 6000), "large": (60000, 36000)}
SLOWER = (0.0, 0.02, 0.04, 0.06, 0.08)
TRAINING = 1200  # money per head
DAY = [
    70,
    95,
    120,
    130,
    135,
    125,
    110,
    95,
    90,
    100,
    110,
    112,
    105,
    98,
    90,
    82,
    75,
    68,
    60,
    52,
    45,
    38,
    30,
    24,
]  # half hours


def year(sizes: tuple[int, int]) -> wfm.Budget:
    def demand(volume: int) -> wfm.Demand:
        promise = wfm.Target(service_level=0.8, answer_within=20)
        return wfm.Demand(
            volume=volume, aht=280, patience=120, target=promise, opening={"Mon-Fri": "08:00-20:00"},
            weekdays={"Mon": 1.3, "Tue-Fri": 1.0}, profile={"Mon-Fri": [*[0] * 16, *DAY, *[0] * 8]},
        )  # fmt: skip

    away = wfm.PeriodShrinkage(planned={"leave": 0.14, "breaks": 0.08}, unplanned={"sickness": 0.06})
    pay = {"contract_hours": 37.5, "shrinkage": away, "pay_per_hour": 16, "on_cost": 0.22, "tools": 120}
    types = dict(zip(("billing", "orders"), map(demand, sizes), strict=True))
    teams = {name: wfm.Team(skills=[name], **pay) for name in types}
    return wfm.Budget(wfm.Calendar(date(2027, 1, 1)), types, teams, money=wfm.Money(discount_rate=0.08))


def trained(asked: wfm.Budget, slower: float) -> wfm.Initiative:
    heads = sum(wfm.budget(asked).ladder.heads.max(axis=1))
    changes = [wfm.Change("agent_groups.*.pool", "value", "both")]
    if slower:
        changes.append(wfm.Change("contact_types.*.aht", "factor", 1 + slower))
    return wfm.Initiative(tuple(changes), start=date(2027, 4, 1), one_off=round(heads * TRAINING))


worth: dict[str, list[float]] = {}
print("contacts a month     FTE apart   FTE as one   training   saved in nine months if handling is slower by")
print(f"{'':<57}" + "".join(f"{100 * one:>9.0f} %" for one in SLOWER))
for name, sizes in SIZES.items():
    asked = year(sizes)
    initiatives = {f"{100 * slower:.0f} %": trained(asked, slower) for slower in SLOWER}
    found = wfm.returns(replace(asked, initiatives=initiatives))
    apart = wfm.budget(asked).summary().required_fte
    teams = {group: replace(team, pool="both") for group, team in asked.agent_groups.items()}
    together = wfm.budget(replace(asked, agent_groups=teams)).summary().required_fte
    worth[name] = [one.expected.saving for one in found]
    cost = found[0].expected.cost
    cells = "".join(f"{saving:>11,.0f}" for saving in worth[name])
    print(f"{name:<8}{sum(sizes):>9,}{apart:>14.1f}{together:>13.1f}{cost:>11,.0f}  {cells}")
    worth[name] = [saving / cost for saving in worth[name]]

print("""
One queue needs fewer people than two since they help each other out; the smaller the queues, the more.
Handling that is slower by a few percent takes it back, in large centres first: there is little to share there.""")

if "picture" in sys.argv[1:]:
    from pictures import LIMIT, LINES, panels

    with panels(
        __file__, "One queue for both pays in small centres; slower handling takes it back in large ones", 1
    ) as (ax,):
        for (name, values), look in zip(worth.items(), LINES, strict=True):
            ax.plot(
                [100 * one for one in SLOWER], values, label=f"{name}, {sum(SIZES[name]):,} contacts a month", **look
            )
        ax.axhline(1, **LIMIT)
        ax.set(xlabel="handling slower by [%]", ylabel="saved in nine months over what training costs")
        ax.set_ylim(0, 10)
        ax.legend(loc="upper right")
