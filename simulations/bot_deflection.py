"""A bot takes 10, 20 or 30 % of contacts, but the short ones, so that the AHT of the rest rises: what does it save?

The bank's week, staffed by Erlang A for each share and each rise of AHT.
`python simulations/bot_deflection.py picture` also draws bot_deflection.svg beside this file.
"""

import sys

import numpy as np

import wfm

SHORT = 0.5  # how long the bot's contacts are, as a share of the mean
center = wfm.load(wfm.example("anonymous_bank"))
swept = wfm.sweep(center, {"volume": "*0.9,0.8,0.7", "aht": "*1:1.5:11"}, ask=["staff"])

volumes, ahts = (np.array(one.levels) for one in swept.sweep.variations)
taken, rises = 1 - volumes, ahts - 1
hours, money = swept.baseline["required_hours"], swept.baseline["required_cost"]
saved_hours, saved_money = hours - swept.grid("required_hours").values.T, money - swept.grid("required_cost").values.T
expected = taken * hours
short = taken * (1 - SHORT) / (1 - taken)  # by how much the AHT of the rest then rises
left = np.array([np.interp(rise, rises, saved) for rise, saved in zip(short, saved_hours, strict=True)])
unrounded = 1 - swept.grid("required_hours_unrounded").values[0] / swept.baseline["required_hours_unrounded"]
end = np.array([np.interp(0, -saved, rises) for saved in saved_hours])  # the rise at which nothing is saved


def percent(shares: np.ndarray) -> str:
    return ", ".join(f"{100 * share:.0f} %" for share in shares)


print(f"The bank's week takes {hours:,.0f} paid hours and {money:,.0f} in money. What a bot saves:")
for unit, table, whole in (("paid hours", saved_hours, hours), ("money", saved_money, money)):
    head = "".join(f"{f'+{100 * rise:.0f} %':>9}" for rise in rises[::2])
    print(f"\n{f'{unit}, at an AHT of':<26}{head}{'expected':>12}")
    for share, saved in zip(taken, table[:, ::2], strict=True):
        row = "".join(f"{one:>9,.0f}" for one in saved)
        print(f"{f'the bot takes {percent([share])}':<26}{row}{share * whole:>12,.0f}")
print(f"""
For bots of {percent(taken)}:
if the AHT stays, {percent(saved_hours[:, 0] / expected)} of the expected hours are saved ({percent(unrounded / taken)}
if people could be split), for smaller queues need more people for each contact;
if their contacts are {percent([SHORT])} as long as the mean, the AHT of the rest rises by {percent(short)},
and {percent(left / expected)} of the expected hours are saved;
nothing is saved once the AHT has risen by {percent(end)}.""")

if "picture" in sys.argv[1:]:
    from pictures import LINES, panels

    title = f"A bot that takes {percent(taken[1:2])} saves nothing once the AHT has risen by {percent(end[1:2])}"
    with panels(__file__, title, 1) as (ax,):
        for share, saved, line in zip(taken, saved_hours, LINES, strict=True):
            ax.plot(100 * rises, 100 * saved / (share * hours), label=f"the bot takes {percent([share])}", **line)
        label = f"its contacts are {percent([SHORT])} as long as the mean"
        ax.plot(100 * short, 100 * left / expected, "D", color="white", markeredgecolor="black", label=label)
        ax.axhline(0, color="#555555", linewidth=0.8)
        ax.set(xlabel="rise of the AHT of the other contacts [%]", ylabel="paid hours saved [% of expected]")
        ax.set(xlim=(-0.5, 50.5), ylim=(-110, 105))
        ax.legend(loc="upper right")
