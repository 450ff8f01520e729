"""report.html: whole, self-contained, escaped, the same twice, and its first printed page is the answer."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import wfm
from wfm.answering import Answer
from wfm.reports import words
from wfm.reports.page import page, write_page

MONDAY = datetime(2026, 1, 5, 8)
EVIL = "<script>alert(\"x\")</script> & 'quoted' $x_1$ {{ 7*7 }}"


def answered(center: wfm.ContactCenter, replications: int = 20) -> Answer:
    return wfm.answer(center, simulation=wfm.Simulation(replications=replications, seed=1))


def small(
    name: str = "calls", intervals: int = 20, agents: float | None = None, **described: object
) -> wfm.ContactCenter:
    calls = {"volume": 60.0, "handling": 180, "patience": 120, "target": wfm.Target(0.8, 20)} | described
    return wfm.ContactCenter(
        horizon=wfm.Horizon(start=MONDAY, interval=1800.0, intervals=intervals),
        contact_types={name: wfm.ContactType(**calls)},
        agent_groups={f"{name} team": wfm.AgentGroup([name], agents=agents)},
    )


@pytest.fixture(scope="module")
def week() -> Answer:
    """Two types, several days, shrinkage, cost, contracts and agents of its own."""
    shrinkage = wfm.Shrinkage(planned={"breaks": 0.1}, unplanned={"sickness": 0.05}, random=("sickness",))
    group = {"shrinkage": shrinkage, "cost_per_hour": 22.5, "contract_hours": 37.5}
    target = wfm.Target(0.8, 20)
    return answered(
        wfm.ContactCenter(
            horizon=wfm.Horizon(MONDAY.replace(hour=0), 1800.0, 240, {"Mon-Fri": "08:00-18:00"}),
            contact_types={
                "sales": wfm.ContactType(80.0, handling=wfm.Lognormal(180, 1.2), patience=150, target=target),
                "service": wfm.ContactType(20.0, handling=300, patience=200, target=target),
            },
            agent_groups={
                "sellers": wfm.AgentGroup(["sales"], agents=8, **group),
                "helpers": wfm.AgentGroup(["service"], agents=6, **group),
            },
            title="A week of two queues",
        )
    )


@pytest.fixture(scope="module")
def shown(week: Answer) -> str:
    return text_of(page(week))


class Text(HTMLParser):
    """The words that a reader sees, and every attribute that could fetch something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.tags: Counter[str] = Counter()
        self.fetched: list[str] = []
        self.ids: Counter[str] = Counter()
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.in_style = tag == "style"
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "srcset", "data", "action") and not str(value).startswith("#"):
                self.fetched.append(f"{name}={value}")
            if name == "id":
                self.ids[str(value)] += 1

    def handle_data(self, data: str) -> None:
        if not self.in_style:
            self.parts.append(data)


def parsed(html: str) -> Text:
    reader = Text()
    reader.feed(html)
    return reader


def text_of(html: str) -> str:
    return " ".join(" ".join(parsed(html).parts).split())


def test_page_needs_nothing_else(week: Answer) -> None:
    html = page(week)
    read = parsed(html)
    assert read.fetched == []
    assert not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    assert read.tags["svg"] == 5


def test_no_id_stands_twice(week: Answer) -> None:
    assert [name for name, times in parsed(page(week)).ids.items() if times > 1] == []


def test_same_answer_gives_same_bytes(week: Answer) -> None:
    assert page(week) == page(week)


def test_names_are_escaped_everywhere() -> None:
    center = small(EVIL, agents=6)
    html = page(answered(replace(center, title=EVIL, description=EVIL)))
    assert "<script" not in html
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", html)[0]
    assert unescape(re.findall(r"<h1>(.*?)</h1>", html)[0]) == EVIL
    assert text_of(html).count(EVIL) > 5


def test_first_page_states_the_answer(week: Answer, shown: str) -> None:
    total, plan = week.simulated.total, week.plan
    assert f"You need {plan.whole_gross.sum(axis=0).max()} people at the busiest half hour (Mon 08:00)" in shown
    assert f"{words.number(plan.paid_hours.sum())} paid hours in the week" not in shown
    assert f"{words.number(plan.paid_hours.sum())} paid hours in the 5 days, costing {words.number(plan.cost)}" in shown
    assert f"{words.out_of_100(total.service_level.mean)} callers are answered in time" in shown
    assert words.estimate(total.service_level) in shown
    assert words.estimate(total.average_speed_of_answer, "seconds") in shown
    assert f"on {words.out_of_100(total.days_met.mean)} days" in shown
    assert f"Your own agents are paid for {words.number(week.given.paid_hours.sum())} hours" in shown
    worst = week.worst[0]
    assert f"1 {words.when(worst.start, worst.end)} {worst.contact_type} {words.percent(worst.service_level)}" in shown


def test_first_page_has_no_jargon(week: Answer) -> None:
    first = text_of(page(week)).split("1 What is required")[0].lower()
    for word in ("erlang", "replication", "half-width", "service level", "asa", "occupancy", "shrinkage", "gross"):
        assert not re.search(rf"\b{word}\b", first), word


def test_details_show_every_method_and_the_way_between_them(week: Answer, shown: str) -> None:
    for predictions in (week.predictions, week.given_predictions):
        for seen in predictions.values():
            assert words.estimate(seen.total.service_level) in shown
    for step in week.reconciliation.steps:
        assert step.cause in shown
        if step.change is not None:
            assert words.points(step.change.mean, step.change.half_width) in shown
    for verdict in week.comparison.verdicts:
        assert verdict in shown
    for needed in week.requirements.values():
        assert words.number(needed.plan.paid_hours.sum(), 1) in shown
        assert words.number(needed.unrounded_hours, 1) in shown
    for seen in week.simulated.contact_types.values():
        for level in seen.service_levels.values():
            assert words.estimate(level) in shown


def test_details_hold_every_open_interval_and_the_provenance(week: Answer, shown: str) -> None:
    assert shown.count("Wed 10:30–11:00") == 2
    assert "Wed 18:00–18:30" not in shown
    for value in week.provenance.values():
        assert str(value) in shown


def test_shrinkage_names_its_base(shown: str) -> None:
    assert "Shares are of scheduled hours; they are added up. Net = gross × (1 − 15.0 %)." in shown
    assert "sickness (unplanned, drawn person by person in the simulation)" in shown


def test_without_own_agents_cost_and_contract() -> None:
    shown = text_of(page(answered(small())))
    assert "our own" not in shown
    assert "costing" not in shown
    assert "full-time people" not in shown
    assert "shaded by its distance from the target" in shown


def test_overload_is_called_overload() -> None:
    shown = text_of(page(answered(small(agents=3, patience=None))))
    assert "your own agents Erlang C 30.0 – 0.0 % 0.0 % overload overload" in shown
    assert not re.search(r"\b(nan|inf)\b", shown, re.IGNORECASE)


def test_interval_without_contacts_is_a_dash() -> None:
    shown = text_of(page(answered(small(volume=(*[60.0] * 19, 0.0)))))
    last = shown[shown.index("Mon 17:30–18:00") :].split()
    assert last[2:12] == ["0.0", "3:00", "min", "0.00", "0.00", "0", "0.00", "0", "no", "contacts"]
    assert last[12:17] == [words.DASH] * 5
    assert not re.search(r"\b(nan|inf)\b", shown, re.IGNORECASE)


def test_no_contacts_at_all() -> None:
    assert "No calls are expected." in text_of(page(answered(small(volume=0.0))))


def test_one_replication_cannot_say_how_sure() -> None:
    shown = text_of(page(answered(small(), replications=1)))
    assert "One time cannot say how sure that is" in shown
    assert "±" not in shown.split("1 What is required")[0]


def test_target_over_the_day() -> None:
    shown = text_of(page(answered(small(target=wfm.Target(0.8, 20, per="day", definition="abandoned_within_counted")))))
    assert "keeps every target in each day" in shown
    assert "In time: answered or abandoned within 20 s, of all calls offered." in shown


def test_written_whole_or_not_at_all(week: Answer, tmp_path: Path) -> None:
    path = write_page(week, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == page(week)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(wfm.OutputError):
        write_page(week, tmp_path / "missing" / "report.html")
    with pytest.raises(wfm.OutputError):
        write_page(week, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PRINTABLE = CHROMIUM is not None and shutil.which("pdftotext") is not None


@pytest.mark.skipif(not PRINTABLE, reason="needs chromium and pdftotext, which are not on this machine")
def test_first_printed_page_is_the_answer(week: Answer, tmp_path: Path) -> None:
    report, printed = write_page(week, tmp_path / "report.html"), tmp_path / "report.pdf"
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
    ]  # fmt: skip
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(CHROMIUM), *flags, profile, f"--print-to-pdf={printed}", report.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = subprocess.run(
        ["pdftotext", str(printed), "-"], check=True, capture_output=True, text=True, timeout=60
    ).stdout.split("\f")
    assert "The worst times" in pages[0]
    assert words.when(week.worst[0].start, week.worst[0].end) in pages[0]
    assert "and customers wait longer" in " ".join(pages[0].split())
    assert "What is required" not in pages[0]
    assert pages[1].strip().startswith("1 What is required")
