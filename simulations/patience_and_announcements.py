"""Announcing the expected wait: some leave on hearing it, and those who stay wait for longer. Does service improve?

A busy ticket shop, by three definitions of the service level; those who stay are half as patient again.
`python simulations/patience_and_announcements.py picture` also draws patience_and_announcements.svg beside this file.
"""

import sys
from datetime import datetime

import numpy as np

import wfm

DEFINITIONS = {
    "answered_of_offered": "of offered",
    "excluding_abandoned_within": "less abandoned in 20 s",
    "answered_of_answered": "of answered",
}
LEAVE = (0.0, 0.1, 0.2, 0.3, 0.4)  # share of those who must wait that leaves on hearing how long


def shop(definition: str) -> wfm.ContactCenter:
    """Nobody is told anything."""
    target = wfm.Target(service_level=0.8, answer_within=20, definition=definition)
    return wfm.ContactCenter(
        horizon=wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=1800, intervals=20),
        contact_types={"tickets": wfm.ContactType(volume=100, handling=180, patience=120, target=target)},
        agent_groups={"shop": wfm.AgentGroup(skills=["tickets"], agents=10, cost_per_hour=25)},
    )


told = {f"{100 * leave:.0f} % leave": {"contact_types.tickets.balking": leave, "patience": "*1.5"} for leave in LEAVE}
days = wfm.Simulation(replications=400, seed=1)
swept = [wfm.sweep(shop(name), scenarios=told, ask=["predict"], method=days) for name in DEFINITIONS]
level, change, half = (
    100 * np.array([one.values(f"service_level{of}") for one in swept]) for of in ("", "_change", "_change_half_width")
)
change = change.round(1) + 0.0  # no -0.0
abandonment, asa, answered = (
    swept[0].values(of) * scale for of, scale in (("abandonment", 100), ("average_speed_of_answer", 1), ("answered", 1))
)
one = 1 + LEAVE.index(0.2)  # the case that is told about

print("answered within 20 s [%], and the change from telling nobody [points]:\n")
print(f"{'':<14}" + "".join(f"{name:>24}" for name in DEFINITIONS.values()) + "   abandoned      ASA  answered")
for i, name in enumerate(["nobody is told", *told]):
    moved = [f" ({by:+.1f} ± {around:.1f})" if i else "" for by, around in zip(change[:, i], half[:, i], strict=True)]
    cells = "".join(f"{f'{of:.1f}{by}':>24}" for of, by in zip(level[:, i], moved, strict=True))
    print(f"{name:<14}{cells}{abandonment[i]:>10.1f} %{asa[i]:>7.1f} s{answered[i]:>10,.0f}")
fewer, some, few = answered[0] - answered[one], LEAVE[one - 1], LEAVE[1]
print(f"""
If {100 * some:.0f} % leave, {fewer:.0f} customers fewer are answered in a day, and yet the service level rises:
by {change[0, one]:.1f} points of offered, {change[2, one]:.1f} of answered, and {change[1, one]:.1f} where
those who abandon within 20 s are left out, among them all who leave on hearing the wait.
If {100 * few:.0f} % leave, the definition decides: {change[0, 2]:+.1f} or {change[1, 2]:+.1f} points.""")

if "picture" in sys.argv[1:]:
    from pictures import BARS, LINES, panels

    title = f"{100 * some:.0f} % leave: {fewer:.0f} customers a day fewer are answered, and every service level rises"
    label = "share that leaves on hearing the wait [%]; silent: nobody is told"
    with panels(__file__, title, 1.7, 1, 1, label=label) as (service, lost, waits):
        at = ["silent", *(f"{100 * leave:.0f}" for leave in LEAVE)]
        for name, values, line in zip(DEFINITIONS.values(), level, LINES, strict=True):
            service.plot(at, values, label=name, **line)
        service.legend(loc="upper left")
        lost.bar(at, abandonment, **BARS)
        waits.bar(at, asa, **BARS)
        for ax, what in ((service, "answered within 20 s [%]"), (lost, "abandonment [%]"), (waits, "ASA [s]")):
            ax.set_ylabel(what)
