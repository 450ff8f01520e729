"""One interval described on the command line, as a centre."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from wfm.errors import Fault, InputError, fault
from wfm.files import spelling
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Exponential
from wfm.model.shrinkage import Shrinkage

ARGUMENTS = {
    "volume": "--volume", "interval": "--per", "handling": "--aht", "mean": "--aht", "patience": "--patience",
    "target": "--target", "service_level": "--target", "answer_within": "--target",
    "planned.shrinkage": "--shrinkage", "max_occupancy": "--max-occupancy",
}  # fmt: skip


def one_interval(
    volume: float, per: str, aht: str, target: str, patience: str | None, shrinkage: str, max_occupancy: str | None
) -> ContactCenter:
    """A centre of one interval, one contact type and one group, with exponential laws.

    Raises:
        InputError: naming every argument that is at fault.
    """
    faults: list[Fault] = []

    def read(argument: str, spelled: str | None, how: Callable[[str], Any]) -> Any:
        if spelled is None:
            return None
        try:
            return how(spelled)
        except ValueError as error:
            faults.append(fault(argument, str(error), spelled))
            return None

    def build(cls: Any, argument: str = "", **values: Any) -> Any:
        try:
            return cls(**values)
        except InputError as error:
            for one in error.faults:
                faults.append(
                    Fault(argument or ARGUMENTS.get(one.where, one.where), one.rule, one.value, one.has_value)
                )
            return None

    interval = read("--per", per, spelling.duration)
    handling = read("--aht", aht, spelling.duration)
    promise = read("--target", target, spelling.target)
    waiting = read("--patience", patience, spelling.duration)
    away = read("--shrinkage", shrinkage, spelling.share)
    occupancy = read("--max-occupancy", max_occupancy, spelling.share)
    horizon = None if interval is None else build(Horizon, start=datetime(2026, 1, 5), interval=interval, intervals=1)
    law = None if handling is None else build(Exponential, "--aht", mean=handling)
    hang_up = None if waiting is None else build(Exponential, "--patience", mean=waiting)
    promised = None if promise is None else build(Target, "--target", **promise)
    lost = None if away is None else build(Shrinkage, "--shrinkage", planned={"shrinkage": away})
    contact_type = build(
        ContactType, volume=volume, handling=law or Exponential(1.0), patience=hang_up, target=promised or Target()
    )
    group = build(AgentGroup, skills=["contacts"], shrinkage=lost or Shrinkage(), max_occupancy=occupancy)
    if faults or horizon is None:
        raise InputError(faults)
    return ContactCenter(horizon, {"contacts": contact_type}, {"agents": group}, title="One interval")
