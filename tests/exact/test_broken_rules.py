"""Would the comparison of the engines see a difference? Each rule is broken on purpose, and must be seen to be broken.

The reference engine is changed, one rule at a time, and must then differ from the compiled engine on a generated centre
of the coarse grid. `python tests/exact/test_broken_rules.py` says for each rule on how many of the 250: from a few to
most; for one that hardly any shows, more centres are made until one does.

Rules that no centre can show, for a reason that can be proved:

- Order of a staffing change against the end of a talk: the one does not look at lines, the other only gives one back.
- Numbers of those who hang up, of talks that end, and of types that close at one instant: each such event changes its
  own contact or queue alone, and gives lines back, in any order. (Agents are freed in an order of their own.)
- All groups are set before any takes a contact: what a free agent takes depends on his own group and the queues alone.
  The three are broken together in `test_what_cannot_be_seen_is_not_seen`.
- Order of a closing against a staffing change, an agent freed or a delay over: it cannot be turned round without being
  turned round against an arrival too; what is dropped or carried is held from that staffing change on, so nobody takes
  it.
- After a delay the contact looks at all groups open to it, not at the new one alone: a free agent of another would have
  taken it before (`test_no_agent_is_idle_while_a_contact_waits_that_he_may_take`).
- least_occupied as a quotient in place of whole products: a correctly rounded quotient of small whole numbers orders
  them just as well; whole numbers are the simpler promise.
"""

from __future__ import annotations

from collections.abc import Callable

import broken_choices  # noqa: F401 - registers what it breaks
import broken_events
import numpy as np
import pytest
from breaking import BROKEN, EDITED, differing
from generated import CENTERS, GRID_CENTERS, generated, replication_of

from wfm.simulation import reference
from wfm.simulation.reference import CLOSES, GIVES_UP, LEAVES, Calendar, Centre

MANY_GRID_CENTERS = range(1, 4000, 2)  # those of the equality tests first, then others, until one shows it


# ---- each is seen


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_seen(rule, monkeypatch):
    BROKEN[rule](monkeypatch)
    assert any(True for _ in differing(MANY_GRID_CENTERS))


@pytest.mark.parametrize("rule", EDITED)
def test_a_broken_reading_of_the_scenario_is_seen(rule):
    assert any(True for _ in differing(MANY_GRID_CENTERS, EDITED[rule]))


def test_continuous_times_do_not_show_a_broken_order(monkeypatch):
    """Why the grid is needed: without ties the order at one instant does not matter."""
    BROKEN["an agent is freed after patience ends"](monkeypatch)
    assert list(differing(number for number in CENTERS if number not in GRID_CENTERS)) == []


def test_what_cannot_be_seen_is_not_seen(monkeypatch):
    """The claims above: talks end before staffing changes, numbers are reversed, groups are set one after another."""

    def at_unseen(self: Calendar, time: float, rank: int, number: int, action: Callable[[], None]) -> None:
        is_reversed = rank in (LEAVES, GIVES_UP, CLOSES)
        broken_events.at(self, time, 0.5 if rank == LEAVES else rank, -number if is_reversed else number, action)  # type: ignore[arg-type]

    change = Centre.change_staffing

    def change_staffing(self: Centre, i: int) -> None:
        groups = self.groups
        for group in groups:
            self.groups = [group]
            change(self, i)
        self.groups = groups

    monkeypatch.setattr(Calendar, "at", at_unseen)
    monkeypatch.setattr(Centre, "change_staffing", change_staffing)
    assert list(differing(CENTERS)) == []


# ---- nobody idle who may work


def idle_while_one_waits(number: int) -> list[float]:
    """When, in a generated centre, all events of an instant are over, a contact waits, and a free agent may take it."""
    centre = reference.Centre(generated(number)[2], number, replication_of(number))
    calendar, step, found = centre.calendar, centre.calendar.step, []

    def look_after_each_instant() -> None:
        step()
        if calendar.peek() > centre.now and any(group.free and centre.contact_for(group) for group in centre.groups):
            found.append(centre.now)

    calendar.step = look_after_each_instant  # type: ignore[method-assign]
    with np.errstate(over="ignore"):
        centre.run()
    return found


@pytest.mark.parametrize("first", range(0, len(CENTERS), 50))
def test_no_agent_is_idle_while_a_contact_waits_that_he_may_take(first):
    assert {number: idle for number in CENTERS[first : first + 50] if (idle := idle_while_one_waits(number))} == {}


def test_an_idle_agent_would_be_seen(monkeypatch):
    BROKEN["when staffing rises nobody takes a waiting contact"](monkeypatch)
    assert any(idle_while_one_waits(number) for number in CENTERS)


if __name__ == "__main__":
    for rule, change in BROKEN.items():
        with pytest.MonkeyPatch.context() as patch:
            change(patch)
            print(f"{sum(1 for _ in differing(GRID_CENTERS)):4d}  {rule}", flush=True)
    for rule, edit in EDITED.items():
        print(f"{sum(1 for _ in differing(GRID_CENTERS, edit)):4d}  {rule}", flush=True)
