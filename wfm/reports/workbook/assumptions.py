"""The sheet Assumptions: the cells that every formula reads, and what the words and figures mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from wfm.answering import Answer
from wfm.model.center import AgentGroup, ContactType, Target
from wfm.reports import words
from wfm.reports.workbook import columns as declared
from wfm.reports.workbook.columns import Column
from wfm.reports.workbook.figures import weeks_of
from wfm.reports.workbook.layout import Book, Page, address, span

NAME = "Assumptions"


@dataclass
class Assumptions:
    """Addresses, with the sheet's name, of the cells that formulas read.

    types: by index of the contact type, then by name; one AHT cell is among them where the AHT never changes.
    """

    interval: str = ""
    weeks: str = ""
    types: list[dict[str, str]] = field(default_factory=list)
    numbers: str = ""
    rates: str = ""
    contracts: str = ""


def write_assumptions(book: Book, answer: Answer) -> Assumptions:
    """Fill the sheet and answer where each assumption stands."""
    page = book.page(NAME, [5, 25, 11, 11, 11, 11, 11, 11, 11, 11, 22])
    page.title("Assumptions", answer.center.title)
    _legend(page)
    found = Assumptions()
    _horizon(page, answer, found)
    groups = _agent_groups(page, answer, found)
    _contact_types(page, answer, found, groups)
    _definitions(page, answer)
    _glossary(page, answer)
    _provenance(page, answer)
    page.sheet.freeze_panes(2, 0)
    return found


def _legend(page: Page) -> None:
    page.section("How to use this workbook")
    legend = [
        ("input", "may be changed: every formula of the workbook answers at once, without macros"),
        ("live", "a formula: by Erlang C, or plain arithmetic on the inputs"),
        ("value", "a value of the run: all but Erlang C does not change with the inputs; run wfm again for it"),
    ]
    for kind, meaning in legend:
        page.put(0, None, kind)
        page.put(1, {"input": "Input", "live": "Live formula", "value": "Value"}[kind], kind)
        page.merged(2, len(page.widths) - 1, meaning, "sentence")
        page.row += 1
    page.row += 1


def _horizon(page: Page, answer: Answer, found: Assumptions) -> None:
    horizon = answer.center.horizon
    page.section("Horizon")
    end = horizon.starts[-1] + timedelta(seconds=horizon.interval)
    facts: list[tuple[str, float | str, str, str]] = [
        ("From", f"{horizon.starts[0]:%a %Y-%m-%d %H:%M}", "text", "local time"),
        ("To", f"{end:%a %Y-%m-%d %H:%M}", "text", ""),
        ("Interval length [s]", horizon.interval, "count", "fixed: the volumes are counted by it"),
        ("Weeks for FTE", weeks_of(answer), "two", "days of the horizon / 7, and 1 at least"),
    ]
    for label, value, number, note in facts:
        page.put(1, label)
        if number == "text":
            page.merged(2, 3, str(value), "value")
        else:
            page.put(2, value, "value", number)
        page.put(4, note, "remark")
        where = f"{NAME}!{address(page.row, 2)}"
        found.interval = where if label.startswith("Interval") else found.interval
        found.weeks = where if label.startswith("Weeks") else found.weeks
        page.row += 1
    page.row += 1


def _agent_groups(page: Page, answer: Answer, found: Assumptions) -> dict[str, dict[str, str]]:
    """Shrinkage, price and contract of each group; answers the addresses by group."""
    center = answer.center
    page.section(
        "Agent groups and shrinkage",
        "Gross = net / (1 - shrinkage). Shares of a group are added ('sum'), or each is taken of what the ones before "
        "it leave ('compound'). An empty price or contract leaves cost or FTE out.",
    )
    categories = [_shares(group) for group in center.agent_groups.values()]
    first, start = page.row + 1, page.row + 1 + len(categories) + 2
    starts = start + np.concatenate([[0], np.cumsum([len(one) for one in categories])])
    page.heads(
        ["#", "Agent group", "Shrinkage in all", "Combined by", "Share of hours", "Cost per paid hour",
         "Contract hours a week", "Min. net agents", "Max. occupancy"], 45,
    )  # fmt: skip
    cells: dict[str, dict[str, str]] = {}
    for g, (name, group) in enumerate(center.agent_groups.items()):
        shares = [address(row, 4) for row in range(int(starts[g]), int(starts[g + 1]))]
        page.put(0, g + 1, "value", "centred")
        page.put(1, name, "value")
        total = page.live(2, _combined(group, shares), float(group.shrinkage.total), number="percent")
        page.put(3, group.shrinkage.combine, "value", "centred")
        page.put(4, group.shrinkage.base, "value", "centred")
        page.put(5, group.cost_per_hour, "input", "cents")
        page.put(6, group.contract_hours, "input", "one")
        page.put(7, group.min_agents, "input", "count")
        page.put(8, group.max_occupancy, "input", "percent")
        named = {"shrinkage": total} | {
            what: address(page.row, column)
            for what, column in (("rate", 5), ("contract", 6), ("min_agents", 7), ("max_occupancy", 8))
        }
        cells[name] = {what: f"{NAME}!{where}" for what, where in named.items()}
        page.row += 1
    last = page.row - 1
    found.rates, found.contracts = f"{NAME}!{span(first, last, 5)}", f"{NAME}!{span(first, last, 6)}"
    for column, low, high in ((5, 0, 1e9), (6, 0.01, 168), (7, 0, 1e6), (8, 0.01, 1)):
        page.allow((first, last), (column, column), low, high)
    page.row += 1
    _shrinkage(page, categories, center.agent_groups)
    page.row += 1
    return cells


def _shares(group: AgentGroup) -> list[tuple[str, str, float, str]]:
    """Category, kind, share and whether it is drawn at random; one empty category where there are none."""
    shrinkage = group.shrinkage
    rows = [
        (name, "planned" if name in shrinkage.planned else "unplanned", share,
         "drawn person by person" if name in shrinkage.random else "its mean")
        for name, share in shrinkage.categories.items()
    ]  # fmt: skip
    return rows or [("none given", "planned", 0.0, "its mean")]


def _combined(group: AgentGroup, shares: list[str]) -> str:
    if group.shrinkage.combine == "sum":
        return f"=SUM({shares[0]}:{shares[-1]})"
    return "=1-" + "*".join(f"(1-{share})" for share in shares)


def _shrinkage(page: Page, categories: list[list[tuple[str, str, float, str]]], groups: dict[str, AgentGroup]) -> None:
    page.heads(["#", "Agent group", "Category", "Kind", "Share", "In simulation", ""], 18)
    page.put_at(page.row - 1, 6, None, "head")
    first = page.row
    for g, (name, rows) in enumerate(zip(groups, categories, strict=True)):
        for category, kind, share, drawn in rows:
            page.put(0, g + 1, "value", "centred")
            page.put(1, name, "value")
            page.put(2, category, "value")
            page.put(3, kind, "value", "centred")
            page.put(4, share, "input", "percent")
            page.put(5, drawn, "value", "indented")
            page.put(6, None, "value")
            page.row += 1
    page.allow((first, page.row - 1), (4, 4), 0, 0.99)


def _contact_types(page: Page, answer: Answer, found: Assumptions, groups: dict[str, dict[str, str]]) -> None:
    center = answer.center
    page.section(
        "Contact types and targets",
        "Change the AHT cell, or let AHT or volume grow by a share. 'by interval': the AHT has a cell in each row of "
        "Intervals. An empty limit does not bind. The service-level target is what 'Required net' keeps.",
    )
    page.heads(
        ["#", "Contact type", "AHT [s]", "AHT change", "Volume change", "Target service level", "Answer within [s]",
         "Max. ASA [s]", "Max. abandoned", "Customers hang up", ""], 45,
    )  # fmt: skip
    page.put_at(page.row - 1, 10, None, "head")
    first = page.row
    for k, (name, one) in enumerate(center.contact_types.items()):
        aht = constant_aht(one, center.horizon.intervals)
        page.put(0, k + 1, "value", "centred")
        page.put(1, name, "value")
        page.put(2, "by interval" if aht is None else aht, "value" if aht is None else "input", "one")
        page.put(3, 0, "input", "percents")
        page.put(4, 0, "input", "percents")
        page.put(5, one.target.service_level, "input", "percent")
        page.put(6, one.target.answer_within, "input", "one")
        page.put(7, one.target.max_average_speed_of_answer, "input", "one")
        page.put(8, one.target.max_abandonment, "value", "percent")
        page.put(9, patience_in_words(one, center.horizon.intervals), "value", "indented")
        page.put(10, None, "value")
        columns = {"type": 0, "more_aht": 3, "more_volume": 4, "target": 5, "answer_within": 6, "max_asa": 7}
        if aht is not None:
            columns["one_aht"] = 2
        here = {what: f"{NAME}!{address(page.row, column)}" for what, column in columns.items()}
        found.types.append(here | groups[center.group_of(name)])
        page.row += 1
    last = page.row - 1
    found.numbers = f"{NAME}!{span(first, last, 0)}"
    for column, low, high in (
        (2, 0.001, 1e6),
        (3, -0.99, 10),
        (4, -1, 10),
        (5, 0, 0.9999),
        (6, 0, 1e7),
        (7, 0.001, 1e7),
    ):
        page.allow((first, last), (column, column), low, high)
    page.row += 1


def constant_aht(one: ContactType, intervals: int) -> float | None:
    """The AHT where it is the same in every interval, in seconds."""
    aht = one.handling_time(intervals)
    return float(aht[0]) if np.all(aht == aht[0]) else None


def target_in_words(target: Target) -> str:
    """The promise, how it is counted, and whether every interval keeps it."""
    if target.service_level is None:
        return words.promise(target) if words.promise(target) != words.DASH else "no target for waits"
    kept = "" if target.per == "day" else "; in every interval"
    return f"{words.promise(target)}; service level is {words.definition(target)}{kept}"


def patience_in_words(one: ContactType, intervals: int) -> str:
    """When customers hang up, as the formulas see it."""
    patience, balking = one.mean_patience(intervals), float(one.balking_share(intervals).max())
    at_once = "" if balking == 0 else f"; {words.percent(balking)} at once"
    if not np.isfinite(patience).any():
        return f"never{at_once}"
    low, high = words.number(float(patience.min())), words.number(float(patience.max()))
    return f"after {low if low == high else f'{low} to {high}'} s on average{at_once}"


def _definitions(page: Page, answer: Answer) -> None:
    page.section("Targets and definitions")
    for name, one in answer.center.contact_types.items():
        page.paragraph(f"{name}: {target_in_words(one.target)}")
    for sentence in (
        "A day's or week's service level is the sum of contacts over the sum of contacts, never a mean of percentages.",
        "Net: agents handling or ready. Gross: people scheduled so that net remain. FTE: paid hours a week / contract "
        "hours. ± is the half-width of a confidence interval of "
        f"{answer.center.experiment.confidence:.0%}. A dash: nothing to divide by. 'overload': the load reaches the "
        "agents and, where nobody hangs up, the wait grows for ever.",
        "Erlang C answers for whole agents, each interval alone, nobody hanging up. Erlang A lets customers hang up. "
        "Transient carries the queue from interval to interval exactly, laws and absence by their means. "
        "The simulation carries contacts over from interval to interval and draws handling times, patience, absence "
        "and busy days as the scenario says.",
    ):
        page.paragraph(sentence)
    page.row += 1


def _glossary(page: Page, answer: Answer) -> None:
    page.section("Columns of the sheet Intervals")
    page.heads(["", "Column", "Kind", "Band", "", "Meaning"], 18)
    for column in (4, *range(6, len(page.widths))):
        page.put_at(page.row - 1, column, None, "head")
    for band, columns in bands_of(answer):
        for column in columns:
            page.put(1, column.heading)
            page.put(2, column.kind, column.kind, "centred")
            page.put(3, band, "remark", "indented")
            page.merged(5, len(page.widths) - 1, column.meaning, "sentence")
            page.fit(column.meaning, 5, len(page.widths) - 1)
            page.row += 1
    page.row += 1


def _provenance(page: Page, answer: Answer) -> None:
    page.section("Provenance", "The same provenance gives the same figures.")
    for name, value in answer.provenance.items():
        page.put(1, name)
        page.merged(2, 5, "–" if value is None else str(value), "value")
        page.row += 1
    page.row += 1
    page.section("Sources")
    for source in (
        "Erlang C: A. K. Erlang, 'Solution of some problems in the theory of probabilities of significance in "
        "automatic telephone exchanges' (1917).",
        "Erlang A: C. Palm, 'Research on telephone traffic carried by full availability groups' (1957); O. Garnett, "
        "A. Mandelbaum, M. Reiman, 'Designing a call center with impatient customers' (2002).",
        "Transient: A. Ingolfsson and others, 'A survey and experimental comparison of service-level-approximation "
        "methods for nonstationary M(t)/M/s(t) queueing systems' (2007).",
        "Confidence intervals of ratios: A. M. Law, 'Simulation Modeling and Analysis' (2015).",
    ):
        page.paragraph(source)
    if answer.center.description:
        page.paragraph(f"The scenario says: {answer.center.description}")


def bands_of(answer: Answer) -> list[tuple[str, list[Column]]]:
    """The columns of Intervals under the bands that say where their figures come from."""
    bands = [
        ("", declared.WHERE),
        ("Inputs", declared.INPUTS),
        ("Load", declared.VOLUME_AND_LOAD),
        ("Erlang C, live", declared.ERLANG_C),
        ("People and money, live", declared.PEOPLE),
    ]
    if "erlang-a" in answer.predictions:
        bands.append(("Erlang A, values", declared.ERLANG_A))
    bands.append(("Simulation, values", declared.SIMULATED))
    bands.append((f"{words.METHODS[answer.method]} requirement", declared.REQUIREMENT))
    if answer.given is not None:
        bands.append(("Scenario, values", declared.GIVEN))
    return bands
