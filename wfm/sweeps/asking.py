"""Asking each case of a sweep its question; the answer depends on the sweep and the case alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wfm.errors import WfmError
from wfm.formulas.stationary import FORMULAS, check_modelled
from wfm.measures.prediction import Prediction
from wfm.model.center import ContactCenter
from wfm.model.plan import StaffingPlan
from wfm.prediction import plan_for, predict
from wfm.simulation.lowering import Kept
from wfm.simulation.run import Simulation, simulate
from wfm.staffing.requirement import requirements
from wfm.sweeps.analytic import Known, predicted_by_formula
from wfm.sweeps.figures import (
    CaseFigures,
    Columns,
    Side,
    predicted,
    required,
    required_changes,
    rows_in_common,
    table_of,
)
from wfm.sweeps.rounds import is_simulated, method_of
from wfm.sweeps.sweep import Sweep

if TYPE_CHECKING:
    import polars

AT_ONCE = 16_384  # intervals that a formula is asked about in one call: more of them save no time and take memory


class _Asked:
    """A case while it is worked out: its world, its figures so far, and why some are missing."""

    def __init__(self, sweep: Sweep, number: int) -> None:
        self.number = number
        self.columns: Columns = {}
        self.errors: list[WfmError] = []
        self.is_lost = False  # nothing more can be said of it
        try:
            self.center, self.plan = sweep.world(number)
        except WfmError as error:
            self.center, self.plan = sweep.center, sweep.held_plan
            self.lose(error)

    def lose(self, error: WfmError) -> None:
        self.errors.append(error)
        self.is_lost = True

    def figures(self) -> CaseFigures:
        reasons = dict.fromkeys(" ".join(str(one).split()) for one in self.errors)
        return CaseFigures(
            self.number, tuple(self.center.contact_types), self.columns, "; ".join(reasons) if reasons else None
        )


class Asker:
    """Works out the figures of any cases of a sweep; any number of threads may use the same one.

    Raises:
        WfmError: the baseline has no answer.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.kept = sweep, Kept()
        # It is cases that threads share out, and no figure is a percentile.
        self.method: Any = replace(method_of(sweep), percentiles=False) if is_simulated(sweep) else sweep.method
        self._base: Side | None = None
        self._known: Known | None = None
        baseline = _Asked(sweep, 0)
        self._work_out([baseline])
        if baseline.errors:
            raise baseline.errors[0]
        self._known = Known(baseline.center, baseline.columns)
        self._baseline = baseline.figures()

    def rows(self, first: int, last: int) -> polars.DataFrame:
        """The figures of cases first to last - 1, as `wfm.sweeps.figures.table_of` has them."""
        found = [self._baseline] if first == 0 else []
        together = cases_at_once(self.sweep)
        for start in range(max(first, 1), last, together):
            cases = [_Asked(self.sweep, number) for number in range(start, min(start + together, last))]
            self._work_out(cases)
            found += [one.figures() for one in cases]
        return table_of(found)

    def _work_out(self, cases: Sequence[_Asked]) -> None:
        if self.sweep.staffs:
            self._staff([one for one in cases if not one.is_lost])
        if self.sweep.predicts:
            self._predict([one for one in cases if not one.is_lost])

    def _staff(self, cases: Sequence[_Asked]) -> None:
        for case, found in zip(cases, requirements([one.center for one in cases], self.sweep.staffing), strict=True):
            if isinstance(found, WfmError):
                case.errors.append(found)
                case.is_lost = "cost" in self.sweep.ask  # which is that of the plan that is missing
                continue
            case.columns |= required(found)
            base = case.columns if self._known is None else self._known.columns
            case.columns |= required_changes(case.columns, base, rows_in_common(case.center, self.sweep.center))
            if "cost" in self.sweep.ask:
                case.plan = found.plan

    def _predict(self, cases: Sequence[_Asked]) -> None:
        formula = self.method in FORMULAS
        for case in cases:
            try:
                case.plan = plan_for(case.center, case.plan)
                if formula:
                    check_modelled(case.center, str(self.method))
                else:
                    side = Side.of(self._seen(case.center, case.plan))
                    self._base = self._base or side
                    case.columns |= predicted(side, self._base)
            except WfmError as error:
                case.lose(error)
        left = [one for one in cases if not one.is_lost]
        if formula and left:
            worlds = [(one.center, one.plan) for one in left]
            for case, columns in zip(left, predicted_by_formula(worlds, self.method, self._known), strict=True):
                case.columns |= columns

    def _seen(self, center: ContactCenter, plan: StaffingPlan) -> Prediction:
        if isinstance(self.method, Simulation):
            return simulate(center, plan, self.method, kept=self.kept)
        return predict(center, plan, self.method)


def cases_at_once(sweep: Sweep) -> int:
    """How many cases a formula is asked about in one call."""
    return max(1, AT_ONCE // (len(sweep.center.contact_types) * sweep.center.horizon.intervals))
