"""The sheet of people: who is there, who comes and leaves, and how they compare with what is required."""

from __future__ import annotations

import numpy as np

from wfm.budgeting.result import BudgetResult, Part
from wfm.model.budget.budget import queues_of
from wfm.reports.budgets.workbook.lines import DECIMALS, EVEN, FTE_DECIMALS, Line, PeriodSheet, difference
from wfm.reports.budgets.workbook.months import added
from wfm.reports.words import begun

NAME, TITLE = "Headcount", "Headcount: who is there, and who is required"


def write_headcount(page: PeriodSheet, result: BudgetResult) -> None:
    for g, name in enumerate(result.budget.agent_groups):
        page.block(name, _group_lines(result, g, name), f"group{g}_", "Agent group")
        page.point_out(f"group{g}_gap")
    pools = _pools(result)
    for at, (name, rows) in enumerate(pools.items()):
        page.block(begun(name), _pool_lines(result, rows), f"pool{at}_", "Groups that answer one queue")
    page.block("All agent groups", _all_groups(result, list(pools.values())), "all_")
    page.point_out("all_gap")


def _group_lines(result: BudgetResult, g: int, name: str) -> list[Line]:
    there, ladder = result.headcount, result.ladder
    parts = [one for one in there.parts if one.group == name]
    closing = there.closing_heads[g]
    opening = closing[0] - there.joined[g, 0] + there.left[g, 0] - there.moved[g, 0]
    ramping = np.round(there.heads[g] - there.in_training[g] - there.effective_heads[g], FTE_DECIMALS)
    follows = ["", *["={closing__before}"] * (len(closing) - 1)]
    heads = "=" + "+".join(f"{{part{i}}}" for i in range(len(parts))) if parts else ""
    on_the_line = "{outsourced_hours}/(1-{shrinkage})/{schedule_fit}/{fte_hours}"
    return [
        Line("opening", "Heads when the period begins", np.concatenate([[opening], closing[:-1]]), "two",
             follows, "as the period before ended"),
        Line("joined", "Joined", there.joined[g], "two", how="in classes", total="sum"),
        Line("left", "Left", there.left[g], "two", how="attrition by tenure, of those there when the period begins",
             total="sum"),
        Line("moved", "Moved here, less those who went", there.moved[g], "finer", how="transfers", total="sum"),
        Line("closing", "Heads when the period ends", closing, "two", "={opening}+{joined}-{left}+{moved}",
             "begins + joined − left + moved"),
        *(Line(f"part{i}", _part(one), one.heads, "two", how="mean of the period's days", total=EVEN)
          for i, one in enumerate(parts)),
        Line("on_payroll", "Heads on the payroll", there.heads[g], "two", heads, "sum of those above: mean of the days",
             total=EVEN, purpose="total"),
        Line("in_training", "In training", there.in_training[g], "two", how="do not work yet", total=EVEN),
        Line("effective_heads", "Effective heads", there.effective_heads[g], "two",
             how="at full speed: those in ramp count their speed", total=EVEN),
        Line("ramping", "Lost in ramp", ramping, "two",
             difference("{on_payroll}-{in_training}-{effective_heads}", FTE_DECIMALS),
             "on the payroll − in training − effective", total=EVEN),
        Line("trained_weeks", "Weeks of training", there.trained_weeks[g], "one", "={in_training}*{days}/7",
             "in training × days / 7", total="sum"),
        Line("effective_fte", "Effective FTE", there.effective_fte[g], "two", "={effective_heads}*{fte_per_head}",
             "effective heads × FTE of a head", total=EVEN),
        Line("overtime_hours", "Overtime used [hours]", there.overtime_hours[g], "one",
             how="fills what is missing, up to its limit", total="sum"),
        Line("overtime_fte", "Overtime [FTE]", there.overtime_fte[g], "two", "={overtime_hours}/{fte_hours}",
             "hours / paid hours of an FTE", total=EVEN),
        Line("outsourced_hours", "Outsourced, on the line [hours]", there.outsourced_hours[g], "one",
             how="committed, and what fills the gap at less money", total="sum"),
        Line("outsourced_fte", "Outsourced [FTE]", there.outsourced_fte[g], "two", f"={on_the_line}",
             "hours / (1 − shrinkage) / schedule fit / hours of an FTE", total=EVEN),
        Line("fte", "FTE there", there.fte[g], "two", "={effective_fte}+{overtime_fte}+{outsourced_fte}",
             "effective + overtime + outsourced", total=EVEN, purpose="total"),
        Line("required_fte", "Required FTE", ladder.fte[g], "two", "={required}", "sheet Months", total=EVEN),
        Line("gap", "Gap: over (+) or under (−)", np.round(there.gap[g], FTE_DECIMALS), "finer",
             difference("{fte}-{required_fte}", FTE_DECIMALS), "there − required", total=EVEN, purpose="total"),
    ]  # fmt: skip


def _part(one: Part) -> str:
    text = one.name[:1].upper() + one.name[1:]
    if one.decide_by is not None:
        return f"{text}, decided by {one.decide_by}"
    return f"{text} on {one.start}" if one.start is not None else text


ALL_GROUPS = (
    ("joined", "Joined", "joined", "sum"),
    ("left", "Left", "left", "sum"),
    ("on_payroll", "Heads on the payroll", "heads", EVEN),
    ("in_training", "In training", "in_training", EVEN),
    ("effective_fte", "Effective FTE", "effective_fte", EVEN),
    ("overtime_fte", "Overtime [FTE]", "overtime_fte", EVEN),
    ("outsourced_fte", "Outsourced [FTE]", "outsourced_fte", EVEN),
    ("fte", "FTE there", "fte", EVEN),
)


def _pools(result: BudgetResult) -> dict[str, list[int]]:
    """The queues that several groups answer, with the rows of these."""
    groups = list(result.budget.agent_groups)
    queues = queues_of(result.budget.agent_groups)
    return {queue: [groups.index(name) for name in names] for queue, names in queues.items() if len(names) > 1}


def _pool_lines(result: BudgetResult, rows: list[int]) -> list[Line]:
    """What groups of one queue miss together, in hours on the line, and the part of each that has too few people."""
    ladder, there, names = result.ladder, result.headcount, list(result.budget.agent_groups)
    hours = np.round(there.gap * ladder.fte_hours * (1 - ladder.shrinkage) * ladder.schedule_fit, DECIMALS)
    gap_hours = "{{group{g}_gap}}*{{group{g}_fte_hours}}*(1-{{group{g}_shrinkage}})*{{group{g}_schedule_fit}}"
    short = "+".join(f"MIN(0,{{hours{g}}})" for g in rows)
    return [
        *(Line(f"hours{g}", f"Gap of {names[g]} [hours on the line]", hours[g], "one",
               difference(gap_hours.format(g=g)),
               "gap × hours of an FTE × (1 − shrinkage) × schedule fit", total="sum")
          for g in rows),
        Line("hours", "Gap of all [hours on the line]", np.round(hours[rows].sum(axis=0), DECIMALS), "one",
             difference("+".join(f"{{hours{g}}}" for g in rows)), "what one group has over helps the others",
             total="sum", purpose="total"),
        *(Line(f"missing{g}", f"Missing in {names[g]} [FTE]", np.round(-there.missing[g], FTE_DECIMALS), "finer",
               f"=IF({{hours{g}}}<0,ROUND({{group{g}_gap}}*MIN(0,{{hours}})/({short}),{FTE_DECIMALS}),0)",
               "its part of what all of them miss", total=EVEN)
          for g in rows),
    ]  # fmt: skip


def _all_groups(result: BudgetResult, pools: list[list[int]]) -> list[Line]:
    groups = range(len(result.budget.agent_groups))
    lines = [
        Line(name, label, getattr(result.headcount, what).sum(axis=0), "two", added(name, groups), "sum of the groups",
             total=total, purpose="total" if name == "fte" else "live")
        for name, label, what, total in ALL_GROUPS
    ]  # fmt: skip
    gap, missing = (np.round(one, FTE_DECIMALS) for one in (result.headcount.gap, -result.headcount.missing))
    pooled = {g: f"{{pool{at}_missing{g}}}" for at, rows in enumerate(pools) for g in rows}
    return [
        *lines,
        Line("required_fte", "Required FTE", result.ladder.fte.sum(axis=0), "two", "={all_required}", "sheet Months",
             total=EVEN),
        Line("gap", "Gap: over (+) or under (−)", gap.sum(axis=0), "finer",
             difference("{fte}-{required_fte}", FTE_DECIMALS), "there − required", total=EVEN, purpose="total"),
        Line("missing", "Missing in the queues that lack people", missing.sum(axis=0), "finer",
             "=" + "+".join(pooled.get(g, f"MIN(0,{{group{g}_gap}})") for g in groups),
             "too many in another queue do not make up for it", total=EVEN),
    ]  # fmt: skip
