"""The sheet of demand and requirement: what reaches agents, and the ladder from work to heads, period by period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from wfm.budgeting.result import BudgetResult
from wfm.model.budget.demand import Demand
from wfm.model.budget.people import Team
from wfm.reports.budgets.workbook.lines import (
    DECIMALS,
    DEFAULT,
    EVEN,
    Line,
    PeriodSheet,
    Sheets,
    difference,
    weighted,
)
from wfm.reports.words import DASH
from wfm.sweeps.words import method_name

NAME, TITLE = "Months", "Demand and required FTE, period by period"
CHANNELS = {"voice": "voice", "chat": "chat", "email": "e-mail: work that waits, without a queue"}


def write_months(page: PeriodSheet, result: BudgetResult) -> None:
    sheets = page.sheets
    page.block("Calendar", _calendar_lines(sheets))
    budget = result.budget
    for k, (name, one) in enumerate(budget.contact_types.items()):
        lines = [*_demand_lines(sheets, result, k, name, one), *_service_lines(result, k, one)]
        page.block(name, lines, f"type{k}_", f"Contact type, {CHANNELS[one.channel]}")
    for g, (name, team) in enumerate(budget.agent_groups.items()):
        page.block(name, _ladder_lines(sheets, result, g, name, team), f"group{g}_", _where(team))
    page.block("All agent groups", _all_groups(result), "all_")


def _calendar_lines(sheets: Sheets) -> list[Line]:
    calendar = sheets.calendar
    months = "={days}*12/365.25" if calendar.period == "week" else ""
    return [
        Line("days", "Calendar days", calendar.days.astype(float), "count", total="sum"),
        Line("months", "Months", calendar.months, "two", months, "days × 12 / 365.25" if months else "", total="sum"),
    ]


def _demand_lines(sheets: Sheets, result: BudgetResult, k: int, name: str, one: Demand) -> list[Line]:
    figures, keys = result.demand, ("contact_types", name)

    def given(key: str, label: str, number: str) -> Line:
        return sheets.given(key, label, keys, one, key, number)

    aht = given("aht", "AHT [s]", "one")
    if isinstance(one.aht, tuple):
        mean = weighted("{aht__all}", "{offered__all}")
        offered = figures.offered[k]
        of_all = float(figures.aht[k] @ offered / offered.sum()) if offered.sum() > 0 else np.nan
        aht = replace(aht, total=mean, of_all=of_all)
    counted = [] if one.counted_at is None else [given("counted_at", "Resolution when counted (c)", "percent")]
    before = "" if one.counted_at is None else "*(1-{returning}*(1-{counted_at}))"
    in_words = "" if one.counted_at is None else " × (1 − r (1 − c))"
    again = "/(1-{returning}*(1-{first_contact_resolution}))"
    return [
        Line("open_days", "Open days", figures.open_days[k], "count", total="sum"),
        *_volume_lines(sheets, result, k, name, one),
        given("deflection", "Tried by self-service or a bot", "percent"),
        given("containment", "Of these, settled there", "percent"),
        Line("deflected", "Deflected", figures.deflected[k], "count", "={volume}*{deflection}",
             "volume × share that is tried there", total="sum"),
        Line("contained", "Contained", figures.contained[k], "count", "={deflected}*{containment}",
             "deflected × share that is settled", total="sum"),
        Line("reaching", "To agents, before repeats", figures.volume[k] - figures.contained[k], "count",
             "={volume}-{contained}", "volume − contained", total="sum"),
        given("first_contact_resolution", "First-contact resolution (f)", "percent"),
        given("returning", "Of the others, come again (r)", "percent"),
        *counted,
        Line("offered", "Offered contacts", figures.offered[k], "count", f"={{reaching}}{before}{again}",
             f"to agents{in_words} / (1 − r (1 − f))", total="sum", purpose="total"),
        Line("repeats", "Of these, repeats", np.round(figures.repeats[k], DECIMALS), "more",
             difference("{offered}-{reaching}"), "offered − to agents before repeats", total="sum"),
        aht,
        given("pace", "Pace of chats side by side", "two"),
        Line("workload", "Workload [hours]", figures.workload_hours[k], "one", "={offered}*{aht}/{pace}/3600",
             "offered × AHT / pace / 3600", total="sum"),
    ]  # fmt: skip


def _volume_lines(sheets: Sheets, result: BudgetResult, k: int, name: str, one: Demand) -> list[Line]:
    """The volume as it was given, or from last year's with growth, season and open days."""
    figures, keys = result.demand.volume[k], ("contact_types", name)
    if one.volume is not None:
        if isinstance(one.volume, tuple):
            return [sheets.given("volume", "Volume", keys, one, "volume", "count", "sum")]
        each = sheets.given("each_volume", "Volume of a period", keys, one, "volume", "count")
        return [each, Line("volume", "Volume", figures, "count", "={each_volume}", "alike in all periods", total="sum")]
    lines = [
        sheets.given("last_year", "Last year", keys, one, "last_year", "count"),
        sheets.given("growth", "Growth on last year", keys, one, "growth", "percents"),
    ]
    formula, how = "={last_year}*(1+{growth})", "last year × (1 + growth)"
    if one.season is not None:
        lines.append(sheets.given("season", "Season: weight of the period", keys, one, "season", "two"))
        whole = "SUM({season__all})" if isinstance(one.season, tuple) else f"({sheets.periods}*{{season}})"
        formula, how = f"{formula}*{{season}}/{whole}", f"{how} × season"
    if one.last_year_open_days is not None:
        lines.append(
            sheets.given("last_open", "Open days before, last year", keys, one, "last_year_open_days", "count")
        )
        formula = f"=IF({{last_open}}=0,0,{formula[1:]}*{{open_days}}/{{last_open}})"
        how = f"{how} × open days / before"
    return [*lines, Line("volume", "Volume", figures, "count", formula, how, total="sum")]


def _service_lines(result: BudgetResult, k: int, one: Demand) -> list[Line]:
    """What the engine predicts with the people there."""
    seen, said = result.service, f"with the people there, by {method_name(result.predicted_by)}"
    resolved = Line("resolved", "Resolved", seen.resolved[k], "count", "={answered}*{first_contact_resolution}",
                    "answered × resolution", total="sum")  # fmt: skip
    coverage = Line("coverage", "Coverage of the requirement", seen.coverage[k], "percent",
                    how="net hours there / net hours required, of the queue")  # fmt: skip
    occupancy = Line("occupancy", "Occupancy", seen.occupancy[k], "percent", how=said)
    answered = Line(
        "answered", "Answered" if one.is_live else "Worked", seen.answered[k], "count", how=said, total="sum"
    )
    promised = Line("promise_of", "Contacts that the promise counts", seen.promise_of[k], "count",
                    how="what the service level is a share of", total="sum")  # fmt: skip
    if not one.is_live:
        return [coverage, occupancy, answered, resolved]
    target = [] if np.isnan(seen.target[k]).all() else [
        Line("target", "Service level promised", seen.target[k], "percent", how="the target")]  # fmt: skip
    return [
        coverage,
        promised,
        _of_all("service_level", "Service level", seen.service_level[k], said, "promise_of", seen.promise_of[k]),
        *target,
        Line("asa", "ASA [s]", seen.average_speed_of_answer[k], "one", how=said),
        _of_all("abandonment", "Abandoned", seen.abandonment[k], said, "offered", result.demand.offered[k]),
        occupancy,
        answered,
        resolved,
    ]


def _of_all(name: str, label: str, shares: np.ndarray, how: str, of: str, contacts: np.ndarray) -> Line:
    """A share of contacts, and over all periods that of all of them: sums over sums, live."""
    there = float(contacts.sum())
    of_all = float(np.nansum(shares * contacts)) / there if there > 0 else np.nan
    return Line(name, label, shares, "percent", how=how, total=weighted(f"{{{name}__all}}", f"{{{of}__all}}"),
                of_all=of_all)  # fmt: skip


def _ladder_lines(sheets: Sheets, result: BudgetResult, g: int, name: str, team: Team) -> list[Line]:
    ladder, keys, by = result.ladder, ("agent_groups", name), method_name(result.method)
    types = list(result.budget.contact_types)
    shares = [
        sheets.given(f"skill{i}", f"Share of {skill}", (*keys, "skills"), team.skills, skill, "percent")
        for i, skill in enumerate(team.skills)
    ]
    work = "+".join(f"{{skill{i}}}*{{type{types.index(skill)}_workload}}" for i, skill in enumerate(team.skills))
    unrounded = ladder.unrounded_net_hours[g]
    fractions = [] if np.isnan(unrounded).all() else [
        Line("unrounded", "The same, agents not whole", unrounded, "one", how="rounding up costs the difference",
             total="sum")]  # fmt: skip
    fit = sheets.given("schedule_fit", "Schedule fit", keys, team, "schedule_fit", "percent")
    on_payroll = f'=IF({{required_heads}}=0,0,IF({{ramp}}=0,"{DASH}",{{required_heads}}/{{ramp}}))'
    contract = sheets.given("contract_hours", "Contract hours of an FTE, a week", keys, team, "contract_hours")
    return [
        *shares,
        Line("workload", "Workload [hours]", ladder.workload_hours[g], "one", f"={work}",
             "share × workload of the contact type", total="sum"),
        Line("net", "Net hours", ladder.net_hours[g], "one", how=f"whole agents in every interval, by {by}",
             total="sum"),
        *fractions,
        Line("peak", "Most net agents at a time", ladder.peak_net[g], "count", how=f"by {by}",
             total="=MAX({peak__all})", of_all=float(ladder.peak_net[g].max())),
        *_shrinkage_lines(sheets, result, g, name, team),
        Line("gross", "Gross hours", ladder.gross_hours[g], "one", "={net}/(1-{shrinkage})", "net / (1 − shrinkage)",
             total="sum"),
        fit,
        Line("paid", "Paid hours", ladder.paid_hours[g], "one", "={gross}/{schedule_fit}", "gross / schedule fit",
             total="sum"),
        contract,
        Line("fte_hours", "Paid hours of an FTE", ladder.fte_hours[g], "one", "={contract_hours}*{days}/7",
             "contract hours × days / 7", total="sum"),
        Line("required", "Required FTE", ladder.fte[g], "two", "={paid}/{fte_hours}", "paid / paid hours of an FTE",
             total=EVEN, purpose="total"),
        *_mix_lines(sheets, name, team),
        Line("required_heads", "Required heads at full speed", ladder.heads[g], "two", "={required}/{fte_per_head}",
             "FTE / FTE of a head", total=EVEN),
        Line("ramp", "Speed of a head on the payroll", ladder.ramp[g], "percent",
             how="training and ramp, as the group is in that period"),
        Line("required_payroll", "Required heads on the payroll", ladder.payroll_heads[g], "two",
             on_payroll, "heads at full speed / speed of a head", total=EVEN),
    ]  # fmt: skip


def _shrinkage_lines(sheets: Sheets, result: BudgetResult, g: int, name: str, team: Team) -> list[Line]:
    """Each category, and all of them together."""
    shrinkage, total = team.shrinkage, result.ladder.shrinkage[g]
    keys = ("agent_groups", name, "shrinkage")
    tables = {"planned": shrinkage.planned, "unplanned": shrinkage.unplanned}
    categories = [(kind, category) for kind, table in tables.items() for category in table]
    lines = [
        sheets.given(f"away{i}", f"{category}, {kind}", (*keys, kind), tables[kind], category, "percent")
        for i, (kind, category) in enumerate(categories)
    ]  # fmt: skip
    if not lines:
        return [Line("shrinkage", "Shrinkage", 0.0, "percent", how=DEFAULT)]
    if shrinkage.combine == "sum":
        formula, how = "=" + "+".join(f"{{away{i}}}" for i in range(len(lines))), "the sum"
    else:
        formula = "=1-" + "*".join(f"(1-{{away{i}}})" for i in range(len(lines)))
        how = "each of what the others leave"
    changes = any(isinstance(line.values, np.ndarray) for line in lines)
    values = total if changes else float(total[0])
    return [*lines, Line("shrinkage", "Shrinkage", values, "percent", formula, f"{how}, of {shrinkage.base} hours")]


def _mix_lines(sheets: Sheets, name: str, team: Team) -> list[Line]:
    """FTE of an average head."""
    if not team.contracts:
        return [Line("fte_per_head", "FTE of a head", 1.0, "two", how="the default: no mix of contracts")]
    lines, parts = [], []
    for i, (kind, one) in enumerate(team.contracts.items()):
        keys = ("agent_groups", name, "contracts", kind)
        lines.append(sheets.given(f"hours{i}", f"{kind}: hours a week", keys, one, "hours"))
        lines.append(sheets.given(f"share{i}", f"{kind}: share of heads", keys, one, "share", "percent"))
        parts.append(f"{{hours{i}}}*{{share{i}}}")
    formula = f"=({'+'.join(parts)})/{{contract_hours}}"
    how = "mean hours of the contracts / contract hours"
    return [*lines, Line("fte_per_head", "FTE of a head", team.fte_per_head, "two", formula, how)]


ALL_GROUPS = (
    ("net", "Net hours", "net_hours", "one", "sum"),
    ("gross", "Gross hours", "gross_hours", "one", "sum"),
    ("paid", "Paid hours", "paid_hours", "one", "sum"),
    ("required", "Required FTE", "fte", "two", EVEN),
    ("required_heads", "Required heads at full speed", "heads", "two", EVEN),
    ("required_payroll", "Required heads on the payroll", "payroll_heads", "two", EVEN),
)


def _all_groups(result: BudgetResult) -> list[Line]:
    groups = range(len(result.budget.agent_groups))
    return [
        Line(name, label, getattr(result.ladder, what).sum(axis=0), number, added(name, groups), "sum of the groups",
             total=total, purpose="total" if name == "required" else "live")
        for name, label, what, number, total in ALL_GROUPS
    ]  # fmt: skip


def added(name: str, rows: Iterable[int], kind: str = "group") -> str:
    """A formula: the sum of one line of every group, or of every type."""
    return "=" + "+".join(f"{{{kind}{row}_{name}}}" for row in rows)


def _where(team: Team) -> str:
    place = f"Agent group at {team.site}" if team.site else "Agent group"
    return f"{place}, in pool {team.pool}" if team.pool else place
