"""The question of a sweep: a base, what is varied in it, and what is asked of every case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from wfm.errors import Fault, InputError, fault, nearest
from wfm.formulas.transient import Transient
from wfm.model.center import ContactCenter, digest_of
from wfm.model.plan import StaffingPlan
from wfm.model.variation import Base, Change, Hold, Scenario, Variation
from wfm.staffing.requirement import STAFFED_BY, requirement
from wfm.sweeps.designs import (
    DESIGNS,
    SAMPLED,
    SCENARIOS,
    SOBOL,
    Design,
    holds_whole_numbers,
    indices,
    number_of_cases,
    sampled,
)
from wfm.sweeps.unread import methods_of, why_unread

Ask = Literal["predict", "staff", "cost"]
BASELINE = "baseline"
MOST_CASES = 10_000_000


@dataclass(frozen=True)
class Case:
    """One world of a sweep.

    Args:
        number: 0 is the baseline.
        name: what tables call it.
        changes: what differs from the base, in order.
        levels: one per variation, in the model's units; None: as in the base.
        plan: its own plan, in place of the held one.
    """

    number: int
    name: str
    changes: tuple[Change, ...]
    levels: tuple[Any, ...]
    plan: StaffingPlan | None = None


@dataclass(frozen=True, eq=False)
class Sweep:
    """What is asked: a base, what is varied, and the question. `wfm.sweep` answers it.

    Args:
        center: the base.
        plan: the plan that every case is predicted with; absent: the scenario's own agents, or else the requirement of
            the base by `staffing`.
        variations: what is varied; `design` says how they meet.
        scenarios: named sets of changes, each a case after those of the design.
        design: one_at_a_time (default), grid (all crossed, the last variation fastest), latin_hypercube or sobol (drawn
            between the lowest and the highest levels with the experiment's seed), or scenarios alone.
        samples: how many cases are drawn; a power of two for sobol.
        ask: predict (the held plan), staff (each case), both (default), or cost (staff each case, predict and price
            that plan).
        method: of prediction, as in `wfm.predict`.
        staffing: of requirements, as in `wfm.staff`.
        hold: gross (default): people scheduled stay where shrinkage changes; net: net agents stay.

    Raises:
        InputError: with every fault of the question; levels are looked at by `check`.

    >>> import wfm
    >>> center = wfm.load(wfm.example("textbook"))
    >>> asked = Sweep(center, variations=(wfm.Variation("contact_types.*.volume", (0.9, 1.1), "factor"),))
    >>> [asked.case(number).name for number in range(len(asked))]
    ['baseline', 'volume −10 %', 'volume +10 %']
    >>> asked.world(2)[0].contact_types["calls"].volume
    110.0
    """

    center: ContactCenter
    plan: StaffingPlan | None = None
    variations: tuple[Variation, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    design: Design = "one_at_a_time"
    samples: int | None = None
    ask: tuple[Ask, ...] = ("predict", "staff")
    method: object = "simulation"
    staffing: object = "erlang-a"
    hold: Hold = "gross"

    def __post_init__(self) -> None:
        for name in ("variations", "scenarios"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "ask", words_of(self.ask))
        faults = list(self._kinds_at_fault()) or [
            *self._question_at_fault(), *self._design_at_fault(), *self._unread_at_fault()
        ]  # fmt: skip
        if faults:
            raise InputError(faults, "sweep")

    def __len__(self) -> int:
        """Number of cases, the baseline included."""
        return 1 + self.designed + len(self.scenarios)

    @cached_property
    def designed(self) -> int:
        """Number of cases of the design, which stand between the baseline and the scenarios."""
        return number_of_cases(self.design, self.variations, self.samples)

    @cached_property
    def held_plan(self) -> StaffingPlan:
        """The plan that every case is predicted with, unless it has its own.

        Raises:
            InputError: there is no plan, and the base has no target from which one could be worked out.
            NotModelled: `staffing` has no words for the base.
        """
        if self.plan is not None:
            # Its net agents are those of this base, whatever centre it was made for, as `predict` takes them.
            given = self.plan
            return given if given.center is self.center else StaffingPlan(self.center, given.net, given.name)
        own = self.center.plan
        if own is not None:
            return own.renamed("scenario's agents")
        return requirement(self.center, self.staffing).plan

    @cached_property
    def base(self) -> Base:
        """The centre and the held plan, from which the changes of every case start."""
        return Base(self.center, self.held_plan, self.hold)

    @cached_property
    def drawn(self) -> np.ndarray:
        """float64[samples, variations]: the levels of a sampled design."""
        assert self.samples is not None
        return sampled(self.design, self.variations, self.samples, self.center.experiment.seed)

    def case(self, number: int) -> Case:
        """What a case changes, and its name.

        Raises:
            IndexError: there is no such case.
        """
        none: tuple[Any, ...] = (None,) * len(self.variations)
        if number == 0:
            return Case(0, BASELINE, (), none)
        if not 0 < number < len(self):
            raise IndexError(f"there are cases 0 to {len(self) - 1}, not {number}")
        if number > self.designed:
            one = self.scenarios[number - 1 - self.designed]
            return Case(number, one.name, one.changes, none, one.plan)
        levels: tuple[Any, ...]
        if self.design in SAMPLED:
            levels, name = tuple(self.drawn[number - 1].tolist()), f"sample {number}"
        else:
            at = indices(self.design, self.variations, number - 1)
            levels = tuple(one.levels[i] if i >= 0 else None for one, i in zip(self.variations, at, strict=True))
            name = ", ".join(self._words[place][i] for place, i in enumerate(at) if i >= 0)
        pairs = [(one, level) for one, level in zip(self.variations, levels, strict=True) if level is not None]
        return Case(number, name, tuple(one.change(level) for one, level in pairs), levels)

    @cached_property
    def _words(self) -> tuple[tuple[str, ...], ...]:
        """Each level of each variation in words; the same words stand in many cases."""
        return tuple(tuple(one.in_words(level) for level in one.levels) for one in self.variations)

    def world(self, number: int) -> tuple[ContactCenter, StaffingPlan]:
        """The centre and the plan of a case; what the case does not change are the very objects of the base.

        Raises:
            InputError: a level of the case leaves the valid domain; `check` finds all such cases.
        """
        case = self.case(number)
        if not case.changes and case.plan is None:
            return self.center, self.held_plan
        return self.base.varied(case.changes, case.plan)

    @property
    def predicts(self) -> bool:
        """Whether service is told, of the held plan or of one for each case."""
        return "predict" in self.ask or "cost" in self.ask

    @property
    def staffs(self) -> bool:
        """Whether it is told what each case requires."""
        return "staff" in self.ask or "cost" in self.ask

    def check(self) -> None:
        """Look at every level and every scenario, and up to 2,000 cases, before any is asked.

        Raises:
            InputError: with every path that matches nothing and every level that leaves the valid domain: which cases,
                and why.
            NotModelled: there is no plan, and `staffing` has no words for the base.
        """
        from wfm.sweeps.checking import faults_of_cases

        faults = list(faults_of_cases(self))
        if faults:
            raise InputError(faults, "sweep")

    @property
    def notes(self) -> tuple[str, ...]:
        """What stays as it is: where a wildcard finds nothing to change, and what a method does not read."""
        changes = [one.change(one.levels[0]) for one in self.variations]
        changes += [change for one in self.scenarios for change in one.changes]
        found: dict[str, None] = {}
        for change in changes:
            left_out = self.base.left_out(change)
            if left_out:
                found[f"{change.path}: {', '.join(left_out)} is absent and stays so"] = None
            for why in filter(None, self._why_unread([change])):
                found[f"{change.path}: {why}; by {why.split()[0]} nothing changes"] = None
        return tuple(found)

    @cached_property
    def digest(self) -> str:
        """A hash of everything that the figures depend on."""
        return digest_of(self.parts)

    @cached_property
    def parts(self) -> dict[str, str]:
        """A hash of each part of the question, to tell which of them another sweep has different."""
        scenarios = [(one.name, one.changes, one.plan.digest if one.plan else "") for one in self.scenarios]
        return {
            "center": self.center.digest,
            "experiment": digest_of(self.center.experiment),
            "plan": self.held_plan.digest,
            "variations": digest_of([(one.path, one.how, one.levels) for one in self.variations]),
            "scenarios": digest_of(scenarios),
            "design": digest_of([self.design, self.samples]),
            "question": digest_of([self.ask, _told(self.method), _told(self.staffing), self.hold]),
        }

    def _kinds_at_fault(self) -> Iterator[Fault]:
        if not isinstance(self.center, ContactCenter):
            yield fault("center", "must be a ContactCenter; wfm.load(path) reads one", type(self.center).__name__)
        if self.plan is not None and not isinstance(self.plan, StaffingPlan):
            yield fault("plan", "must be a StaffingPlan; StaffingPlan.from_csv(path, center) reads one", self.plan)
        for name, kind in (("variations", Variation), ("scenarios", Scenario)):
            for one in getattr(self, name):
                if not isinstance(one, kind):
                    yield fault(name, f"must be a wfm.{kind.__name__} each", one)

    def _question_at_fault(self) -> Iterator[Fault]:
        for one in self.ask:
            if one not in get_args(Ask):
                yield fault("ask", f"must be predict, staff or cost; {nearest(str(one), get_args(Ask))}", one)
        if not self.ask:
            yield fault("ask", "must be predict, staff or cost")
        if "predict" in self.ask and "cost" in self.ask:
            yield fault("ask", "is either of the held plan (predict) or of a plan for each case (cost)", self.ask)
        if "cost" in self.ask:
            for name, group in self.center.agent_groups.items():
                if group.cost_per_hour is None:
                    yield fault(f"agent_groups.{name}.cost_per_hour", "is missing; without it there is no cost")
        if not isinstance(self.staffing, Transient) and self.staffing not in STAFFED_BY:
            yield fault("staffing", f"must be a formula; {nearest(str(self.staffing), STAFFED_BY)}", self.staffing)
        if self.hold not in get_args(Hold):
            yield fault("hold", f"must be gross or net; {nearest(str(self.hold), get_args(Hold))}", self.hold)
        if self.plan is not None and not self._fits(self.plan):
            yield fault("plan", "is for another centre: its groups or intervals differ", self.plan.name)
        names = [BASELINE, *(one.name for one in self.scenarios)]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield fault(
                f"scenarios.'{name}'", "is there twice" if name != BASELINE else "is the name of the base itself"
            )

    def _why_unread(self, changes: Sequence[Change | Variation]) -> list[str]:
        """For each method that is asked, why it reads none of some changes; "" where it reads any."""
        methods = methods_of(self.ask, self.method, self.staffing)
        told = [[why_unread(method, one.path) for one in changes] for method in methods]
        return [whys[0] if whys and all(whys) else "" for whys in told]

    def _unread_at_fault(self) -> Iterator[Fault]:
        """What no method reads that is asked: it would seem not to matter."""
        named: list[tuple[str, list[Change | Variation]]]
        named = [(f"vary.'{one.path}'", [one]) for one in self.variations]
        named += [(f"scenarios.'{one.name}'", list(one.changes)) for one in self.scenarios]
        for where, changes in named:
            whys = list(dict.fromkeys(self._why_unread(changes)))
            if whys and all(whys):
                yield fault(where, f"would change nothing: {'; '.join(whys)}")

    def _fits(self, plan: StaffingPlan) -> bool:
        shape = (len(self.center.agent_groups), self.center.horizon.intervals)
        return plan.groups == tuple(self.center.agent_groups) and plan.net.shape == shape

    def _design_at_fault(self) -> Iterator[Fault]:
        if self.design not in DESIGNS:
            yield fault("design", f"is not known; {nearest(str(self.design), DESIGNS)}", self.design)
            return
        paths = [one.path for one in self.variations]
        for path in sorted({path for path in paths if paths.count(path) > 1}):
            yield fault(f"vary.'{path}'", "is varied twice; give all its levels at once")
        if self.design == SCENARIOS and self.variations:
            yield fault("design", "is of scenarios alone; another one varies levels", self.design)
        if self.design not in SAMPLED and self.samples is not None:
            yield fault("samples", f"belong to latin_hypercube and sobol; the design is {self.design}", self.samples)
        if self.design in SAMPLED:
            yield from self._sampling_at_fault()
        elif self.designed > MOST_CASES:
            yield fault("design", f"must have at most {MOST_CASES:,} cases", self.designed)

    def _sampling_at_fault(self) -> Iterator[Fault]:
        if not self.variations:
            yield fault("design", "needs something that is varied", self.design)
        count = self.samples
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_CASES:
            yield fault("samples", f"must be a whole number of cases, from 1 to {MOST_CASES:,}", count)
        elif self.design == SOBOL and count & (count - 1):
            below = 1 << (count.bit_length() - 1)
            yield fault("samples", f"must be a power of two for sobol, such as {below} or {2 * below}", count)
        for one in self.variations:
            if not one.is_range:
                rule = "must have a lowest and a highest number to be drawn between; cross such levels in a grid"
                yield fault(f"vary.'{one.path}'", rule, one.levels)
            elif one.how == "factor" and holds_whole_numbers(one.path):
                rule = "holds whole numbers, which a factor drawn at random does not give; draw values or additions"
                yield fault(f"vary.'{one.path}'", rule)


def words_of(ask: Any) -> tuple[Any, ...]:
    """What is asked, as one word or several."""
    return (ask,) if isinstance(ask, str) or not isinstance(ask, Iterable) else tuple(ask)


def _told(method: object) -> Any:
    """What of a method the figures depend on: all but its threads."""
    if is_dataclass(method) and not isinstance(method, type):
        told = {one.name: _told(getattr(method, one.name)) for one in fields(method) if one.name != "threads"}
        return {"is": type(method).__name__, **told}
    return f"{method.__module__}.{method.__qualname__}" if isinstance(method, type) else method
