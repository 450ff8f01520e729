"""What the live formulas give for the assumptions as written: the values that are stored beside them.

Worked out by `wfm.queueing`, never by the formula's own arithmetic: that the two agree is a check of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wfm.answering import Answer
from wfm.queueing import ErlangC
from wfm.staffing.limits import limits_of


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of the sheet Intervals: the open intervals of each contact type, type after type.

    kind: int64[rows], index of the contact type; group: of its agent group; at: index of the interval.
    """

    answer: Answer
    kind: np.ndarray
    group: np.ndarray
    at: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """float64[rows] of every column with figures; NaN is a dash and inf 'overload'."""
        return self._inputs | self._erlang_c | self._people | self._values

    @cached_property
    def _inputs(self) -> dict[str, np.ndarray]:
        center = self.answer.center
        volume = np.array([center.volume(name) for name in center.contact_types])
        aht = np.array([one.handling_time(center.horizon.intervals) for one in center.contact_types.values()])
        inputs = {"forecast": volume[self.kind, self.at], "base_aht": aht[self.kind, self.at]}
        inputs |= {"volume": inputs["forecast"], "aht": inputs["base_aht"]}
        inputs["load"] = inputs["volume"] * inputs["aht"] / center.horizon.interval
        return inputs | {"net": self.answer.plan.net[self.group, self.at]}

    @cached_property
    def _erlang_c(self) -> dict[str, np.ndarray]:
        inputs, center = self._inputs, self.answer.center
        within = np.array([one.target.answer_within for one in center.contact_types.values()])[self.kind]
        busy = inputs["load"] > 0
        found = {name: np.full(len(self), np.nan) for name in ("wait_probability", "service_level", "asa")}
        found["occupancy"] = np.zeros(len(self))
        if busy.any():
            queue = ErlangC(inputs["volume"][busy], inputs["aht"][busy], center.horizon.interval)
            seen = queue.measures(np.floor(inputs["net"][busy]), within[busy])
            found["wait_probability"][busy] = seen.wait_probability
            found["service_level"][busy] = seen.service_level()
            found["asa"][busy] = seen.average_speed_of_answer
            found["occupancy"][busy] = queue.measures(inputs["net"][busy]).occupancy
        required = self._required
        return found | {"required": required, "spare": inputs["net"] - required}

    @cached_property
    def _required(self) -> np.ndarray:
        """Erlang C's whole requirement in each interval; NaN where the target is kept over the day."""
        inputs, center = self._inputs, self.answer.center
        required = np.full(len(self), np.nan)
        for k, name in enumerate(center.contact_types):
            target = center.contact_types[name].target
            if target.per == "day":
                continue
            rows = self.kind == k
            busy = rows & (inputs["load"] > 0)
            required[rows] = 0.0
            if busy.any():
                limits: dict[str, Any] = {
                    one: value for one, value in limits_of(center, name).items() if one != "max_abandonment"
                }
                queue = ErlangC(inputs["volume"][busy], inputs["aht"][busy], center.horizon.interval)
                required[busy] = (
                    queue.requirement(answer_within=target.answer_within, **limits).whole
                    if limits
                    else np.floor(inputs["load"][busy]) + 1
                )
            required[rows] = np.maximum(required[rows], center.agent_groups[center.group_of(name)].min_agents)
        return required

    @cached_property
    def _people(self) -> dict[str, np.ndarray]:
        plan, groups = self.answer.plan, self.answer.center.agent_groups.values()
        rates = np.array([np.nan if one.cost_per_hour is None else one.cost_per_hour for one in groups])
        gross = plan.gross[self.group, self.at]
        hours = gross * self.answer.center.horizon.interval / 3600
        whole = plan.whole_gross[self.group, self.at].astype(np.float64)
        return {"gross": gross, "whole_gross": whole, "hours": hours, "cost": hours * rates[self.group]}

    @cached_property
    def _values(self) -> dict[str, np.ndarray]:
        answer = self.answer
        simulated = answer.simulated
        values = {
            "s_level": self._of_types("simulation", "service_level"),
            "s_half": self._of_types("simulation", "service_level", "half_width"),
            "s_asa": self._of_types("simulation", "average_speed_of_answer"),
            "s_abandonment": self._of_types("simulation", "abandonment"),
            "fractional": answer.requirement.unrounded[self.group, self.at],
        }
        occupancy = np.array([one.by_interval.occupancy.mean for one in simulated.agent_groups.values()])
        values["s_occupancy"] = occupancy[self.group, self.at]
        if "erlang-a" in answer.predictions:
            values["a_level"] = self._of_types("erlang-a", "service_level")
            values["a_asa"] = self._of_types("erlang-a", "average_speed_of_answer")
            values["a_abandonment"] = self._of_types("erlang-a", "abandonment")
        if answer.given is not None:
            values["given"] = answer.given.net[self.group, self.at]
            values["given_over"] = answer.requirement.over(answer.given)[self.group, self.at]
        return values

    def _of_types(self, method: str, measure: str, part: str = "mean") -> np.ndarray:
        types = self.answer.predictions[method].contact_types.values()
        seen = np.array([getattr(getattr(one.by_interval, measure), part) for one in types])
        overloaded = self.answer.predictions[method].overloaded
        if measure == "average_speed_of_answer":
            seen = np.where(overloaded, np.inf, seen)
        return np.asarray(seen[self.kind, self.at])


def rows_of(answer: Answer) -> Rows:
    """The open intervals of every contact type."""
    center = answer.center
    names, groups = list(center.contact_types), list(center.agent_groups)
    opened = [np.flatnonzero(center.is_open(name)) for name in names]
    kind = np.repeat(np.arange(len(names)), [len(one) for one in opened])
    group_of_type = np.array([groups.index(center.group_of(name)) for name in names])
    return Rows(answer, kind, group_of_type[kind], np.concatenate(opened))


@dataclass(frozen=True)
class Totals:
    """What the live table of the Summary gives for one contact type, or for all of them."""

    hours: float
    fte: float
    cost: float
    service_level: float
    asa: float
    occupancy: float
    required_hours: float

    @property
    def spare_hours(self) -> float:
        return round(self.hours - self.required_hours, 6)


def weeks_of(answer: Answer) -> float:
    """Weeks that FTE is counted over: the horizon's, and one at least."""
    return max(1.0, answer.center.horizon.number_of_days / 7)


def totals_of(rows: Rows, kind: int) -> Totals:
    """The live figures of one contact type, each a sum over its intervals."""
    answer, chosen = rows.answer, rows.kind == kind
    center = answer.center
    group = center.agent_groups[center.group_of(list(center.contact_types)[kind])]
    cells = {name: values[chosen] for name, values in rows.columns.items()}
    hours, to_hours = float(cells["hours"].sum()), center.horizon.interval / 3600 / float(1 - group.shrinkage.total)
    net = cells["net"].sum()
    return Totals(
        hours=hours,
        fte=np.nan if group.contract_hours is None else hours / group.contract_hours / weeks_of(answer),
        cost=np.nan if group.cost_per_hour is None else float(cells["cost"].sum()),
        service_level=_weighted(cells["service_level"], cells["volume"]),
        asa=_weighted(cells["asa"], cells["volume"]),
        occupancy=float(np.dot(cells["occupancy"], cells["net"]) / net) if net > 0 else np.nan,
        required_hours=float(cells["required"].sum() * to_hours),
    )


def grand_totals(rows: Rows) -> Totals:
    """The same over all contact types."""
    parts = [totals_of(rows, kind) for kind in range(len(rows.answer.center.contact_types))]
    columns, net = rows.columns, rows.columns["net"].sum()
    return Totals(
        hours=sum(part.hours for part in parts),
        fte=sum(part.fte for part in parts),
        cost=sum(part.cost for part in parts),
        service_level=_weighted(columns["service_level"], columns["volume"]),
        asa=_weighted(columns["asa"], columns["volume"]),
        occupancy=float(np.dot(columns["occupancy"], columns["net"]) / net) if net > 0 else np.nan,
        required_hours=sum(part.required_hours for part in parts),
    )


def _weighted(values: np.ndarray, weights: np.ndarray) -> float:
    """The mean over contacts, intervals without contacts left out; NaN where there are none."""
    some = weights > 0
    if not some.any():
        return float("nan")
    return float(np.dot(values[some], weights[some]) / weights[some].sum())
