"""A peak in November: when must a class start, and what does it cost to start it too early or too late?

One class of the size that the peak needs, a start in every fortnight; beside it what the cheapest plan chooses.
`python simulations/when_to_hire.py picture` also draws when_to_hire.svg beside this file.
"""

import sys
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

import wfm

SEASON = [1.00, 0.98, 1.00, 0.97, 0.95, 0.94, 0.92, 0.93, 1.00, 1.06, 1.22, 1.12]
NOVEMBER, HEADS = 10, 7

calls = wfm.Demand(
    volume=[36000 * one for one in SEASON], aht=300, patience=150, opening={"Mon-Fri": "08:00-20:00"},
    weekdays={"Mon": 1.2, "Tue-Fri": 1.0}, target=wfm.Target(service_level=0.8, answer_within=20),
)  # fmt: skip
team = wfm.Team(
    skills=["calls"], contract_hours=37.5, people=39, attrition={"0-3": 0.07, "3+": 0.02},
    lead_weeks=8, training_weeks=4, ramp=[0.6, 0.7, 0.8, 0.9],
    shrinkage=wfm.PeriodShrinkage(planned={"leave": 0.12, "breaks and training": 0.08}, unplanned={"sickness": 0.06}),
    pay_per_hour=15, on_cost=0.22, hiring_cost=2000, training_cost=250, tools=120,
)  # fmt: skip
year = wfm.Budget(
    wfm.Calendar(date(2027, 1, 1)), {"calls": calls}, {"team": team}, hiring=wfm.HiringRules(smallest_class=4)
)


def with_class(start: date | None) -> wfm.BudgetResult:
    classes = (wfm.HiringClass(start, HEADS),) if start else ()
    return wfm.budget(replace(year, agent_groups={"team": replace(team, classes=classes)}))


starts = [date(2027, 7, 5) + timedelta(weeks=2 * k) for k in range(11)]
nobody, found = with_class(None), [with_class(start) for start in starts]
money = np.array([one.total_cost - nobody.total_cost for one in found])
level = np.array([100 * one.service.service_level[0, NOVEMBER] for one in found])
gap = np.array([one.headcount.gap[0, NOVEMBER] for one in found])

required, there = nobody.ladder.fte[0, NOVEMBER], nobody.headcount.fte[0, NOVEMBER]
print(f"November requires {required:.1f} FTE; without a class {there:.1f} are there, and")
print(f"{100 * nobody.service.service_level[0, NOVEMBER]:.1f} % are answered in time in place of 80 %.\n")
print(f"A class of {HEADS}\ndecide by    starts       November: gap [FTE]   in time [%]   costs more")
for start, one, late, kept in zip(starts, money, gap, level, strict=True):
    print(f"{start - timedelta(weeks=8)}   {start} {late:>22.1f} {kept:>13.1f} {one:>12,.0f}")
full = timedelta(weeks=team.training_weeks + len(team.ramp))
in_time = [start for start in starts if start + full <= date(2027, 11, 1)][-1]
best, at = wfm.cheapest(year), starts.index(in_time)
earlier, saved, lost = (money[0] - money[at]) / at, money[at] - money[at + 3], level[at] - level[at + 3]
print(f"""
Started on {in_time}, the class is at full speed on 1 November. Each fortnight earlier costs {earlier:,.0f}
more; six weeks later, on {starts[at + 3]}, it saves {saved:,.0f}, and November's service level is {lost:.1f} points
lower. The cheapest plan of classes of at least four in which nobody is missing in any month:""")
for one in best.decisions:
    print(f"  {one.heads:.0f} heads on {one.start}, decided by {one.decide_by}")
more, spare = best.result.total_cost - nobody.total_cost, best.result.headcount.gap[0, NOVEMBER]
print(f"It costs {more:,.0f} more than nobody, and November has {spare:.1f} FTE too many: classes are whole people.")

if "picture" in sys.argv[1:]:
    from pictures import LIMIT, LINES, panels

    with panels(
        __file__, f"A class for November starts by {in_time:%d %B}: later is cheap and comes too late", 1, 1
    ) as (service, price):
        weeks = [(date(2027, 11, 1) - start).days / 7 for start in starts]
        service.plot(weeks, level, **LINES[0])
        service.axhline(80, **LIMIT)
        service.set(ylabel="November's service level [%]")
        price.plot(weeks, money / 1000, **LINES[0])
        price.set(ylabel="costs more over the year [thousand]", ylim=(0, None))
        for ax in (service, price):
            ax.invert_xaxis()
            ax.set(xlabel="weeks before 1 November that the class starts", xticks=range(-2, 19, 4))
            ax.axvline(full.days / 7, **LIMIT)
