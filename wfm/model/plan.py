"""The decision: how many agents each group has in each interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wfm.errors import InputError, fault
from wfm.model.center import MOST_AGENTS, AgentGroup, ContactCenter, digest_of, reserve_faults

if TYPE_CHECKING:
    from os import PathLike


@dataclass(frozen=True, eq=False, repr=False)
class StaffingPlan:
    """Agents per group and interval.

    Args:
        center: the centre that the plan is for.
        net: float64[groups, intervals], agents handling or ready, groups in the centre's order; a vector does for one
            group. Closed intervals are set to 0.
        name: what comparisons call it.
    """

    center: ContactCenter
    net: np.ndarray
    name: str = "plan"

    def __post_init__(self) -> None:
        shape = (len(self.center.agent_groups), self.center.horizon.intervals)
        net = np.array(self.net, dtype=np.float64)
        net = net[np.newaxis, :] if net.ndim == 1 and shape[0] == 1 else net
        if net.shape != shape:
            raise InputError([fault("net", f"must have shape {shape}, groups by intervals", net.shape)], "StaffingPlan")
        if not np.all(np.isfinite(net)) or np.any(net < 0):
            raise InputError([fault("net", "must be finite and at least 0", float(np.min(net)))], "StaffingPlan")
        if np.any(net > MOST_AGENTS):
            raise InputError([fault("net", f"must be at most {MOST_AGENTS:,}", float(np.max(net)))], "StaffingPlan")
        is_open = np.array([self.center.on_duty(group) for group in self.groups])
        net = np.where(is_open, net, 0.0)
        net.setflags(write=False)
        object.__setattr__(self, "net", net)

    def __repr__(self) -> str:
        hours = float(self.paid_hours.sum())
        return f"StaffingPlan({self.name!r}, at most {self.net.sum(axis=0).max():g} net, {hours:,.1f} paid hours)"

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self.center.agent_groups)

    @property
    def gross(self) -> np.ndarray:
        """float64[groups, intervals]: people scheduled so that net remain, fractional: for hours, FTE and money."""
        return np.array([group.shrinkage.gross(row) for group, row in self._rows()])

    @property
    def whole_net(self) -> np.ndarray:
        """int64[groups, intervals]: net rounded up to whole agents."""
        return np.ceil(self.net).astype(np.int64)

    @cached_property
    def whole_gross(self) -> np.ndarray:
        """int64[groups, intervals]: ceil(whole net / (1 - shrinkage)), exactly."""
        return np.array([group.shrinkage.whole_gross(row) for group, row in self._rows()])

    @property
    def paid_hours(self) -> np.ndarray:
        """float64[groups]: hours paid over the horizon, from the fractional gross."""
        hours: np.ndarray = self.gross.sum(axis=1) * self.center.horizon.interval / 3600
        return hours

    @property
    def cost(self) -> float | None:
        """Money for the paid hours, or None where a group has no `cost_per_hour`."""
        rates = [group.cost_per_hour for group in self.center.agent_groups.values()]
        if any(rate is None for rate in rates):
            return None
        return float(np.dot(self.paid_hours, np.array(rates, dtype=np.float64)))

    @property
    def fte(self) -> float | None:
        """Paid hours a week over contract hours, or None where a group has no `contract_hours`."""
        contracts = [group.contract_hours for group in self.center.agent_groups.values()]
        if any(hours is None for hours in contracts):
            return None
        weeks = max(1, self.center.horizon.number_of_days) / 7
        return float(np.sum(self.paid_hours / np.array(contracts, dtype=np.float64))) / max(1.0, weeks)

    @property
    def digest(self) -> str:
        return digest_of(self.net)

    def placed_in(self, center: ContactCenter) -> StaffingPlan:
        """The same agents in a centre of the same groups, intervals and hours, where nothing need be looked at."""
        placed = object.__new__(StaffingPlan)
        vars(placed).update(center=center, net=self.net, name=self.name)
        return placed

    def renamed(self, name: str) -> StaffingPlan:
        return StaffingPlan(self.center, self.net, name)

    def to_csv(self, path: str | PathLike[str]) -> Path:
        """Write date, time, agent group, net and gross, one row per group and open interval."""
        from wfm.files.plans import write_plan  # the one door from a value to a file; see docs/why.md

        return write_plan(self, path)

    @classmethod
    def from_csv(cls, path: str | PathLike[str], center: ContactCenter) -> StaffingPlan:
        """Read what `to_csv` wrote, unchanged or edited in a spreadsheet."""
        from wfm.files.plans import read_plan

        return read_plan(path, center)

    def _rows(self) -> list[tuple[AgentGroup, np.ndarray]]:
        return list(zip(self.center.agent_groups.values(), self.net, strict=True))


def check_reserves(plan: StaffingPlan) -> None:
    """Refuse a plan under which a group never takes a type, for it has no more agents than the reserve is.

    Raises:
        InputError: naming each such reserve, and the agents of the plan.
    """
    faults = [
        one
        for (name, group), row in zip(plan.center.agent_groups.items(), plan.net, strict=True)
        for one in reserve_faults(name, group, float(row.max()))
    ]
    if faults:
        raise InputError(faults, plan.name)
