"""`wfm init`: exports as systems write them (tests/data/exports) become scenarios that load and can be planned."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from wfm.errors import InputError, OutputError
from wfm.files.exports import Understood, init
from wfm.files.scenario import load
from wfm.model.center import ContactCenter

EXPORTS = Path(__file__).parents[1] / "data" / "exports"


def understood(name: str, out: Path) -> tuple[ContactCenter, Understood]:
    seen = init(EXPORTS / f"{name}.csv", out)
    return load(seen.path), seen


def said(seen: Understood) -> str:
    return "\n".join(seen.sentences)


# name: contact type, interval in minutes, days, contacts, AHT, patience (None: not known)
SHAPES = {
    "plain": ("Sales", 30, 2, 920, 183.957, 19932 / 88 + 40),
    "genesys": ("Sales", 15, 1, 384, 185, None),
    "nice": ("Sales", 30, 9, 800, 201.5, None),
    "verint": ("Sales", 30, 9, 480, 240, None),
    "avaya": ("Claims", 30, 1, 320, 297, (37 * 8 * 21.5 + 24 * 65) / 24),
    "amazon_connect": ("BasicQueue", 30, 1, 264, 255.5, (240 * 12.25 + 24 * 31) / 24),
    "calabrio": ("contacts", 30, 1, 200, 210, None),
    "german_excel": ("Gespräche", 30, 1, 192, 203.989, None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_export_becomes_a_scenario(name: str, tmp_path: Path) -> None:
    center, seen = understood(name, tmp_path)
    contact_type, minutes, days, contacts, aht, patience = SHAPES[name]
    assert next(iter(center.contact_types)) == contact_type
    assert center.horizon.interval == minutes * 60
    assert center.horizon.number_of_days == days
    assert center.volume(contact_type).sum() == pytest.approx(contacts)
    one = center.contact_types[contact_type]
    assert one.handling_time(1)[0] == pytest.approx(aht, rel=1e-4)
    assert one.mean_patience(1)[0] == (pytest.approx(patience, rel=1e-3) if patience else np.inf)
    assert one.target.service_level == 0.8
    assert ("estimate" in said(seen)) == (patience is not None)


def test_opening_hours_are_those_with_contacts(tmp_path: Path) -> None:
    center, seen = understood("plain", tmp_path)
    assert center.horizon.opening == {"Mon-Tue": "08:00-12:00"}
    assert center.is_open("Sales").sum() == 16
    assert "08:00-12:00" in said(seen)


def test_agents_of_a_staffing_column_become_the_plan(tmp_path: Path) -> None:
    center, _ = understood("plain", tmp_path)
    assert center.plan is not None
    assert center.plan.net[0][center.is_open("Sales")][:3].tolist() == [6, 7, 8]


def test_without_staffing_agents_are_to_be_solved(tmp_path: Path) -> None:
    center, _ = understood("nice", tmp_path)
    assert center.plan is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("genesys", ["UTC", "seconds in total", "leaves 16 contacts"]),
        ("odd_names", ["3 open intervals have no row", "leaves 63 contacts"]),
        ("nice", ["16 open intervals have no row", "no waits", "nobody hangs up"]),
        ("german_excel", ["decimal commas"]),
        ("calabrio", ["average per contact"]),
    ],
)
def test_what_was_taken_for_what_is_said(name: str, words: list[str], tmp_path: Path) -> None:
    _, seen = understood(name, tmp_path)
    for one in words:
        assert one in said(seen)


def test_names_of_queues_are_kept_whatever_they_hold(tmp_path: Path) -> None:
    center, seen = understood("odd_names", tmp_path)
    assert list(center.contact_types) == ["<script>alert(1)</script>", "=1+1", 'a.b "c"']
    assert all(center.volume(name).sum() == 140 for name in center.contact_types)
    cells = (seen.path.parent / "intervals.csv").read_text().splitlines()
    assert not any(line.startswith(("=", "+", "-", "@")) for line in cells)


def test_every_value_of_the_scenario_is_explained(tmp_path: Path) -> None:
    _, seen = understood("avaya", tmp_path)
    text = seen.path.read_text()
    tomllib.loads(text)
    for key in ("handling", "talk", "after_contact_work", "patience", "target", "opening", "agents"):
        for line in text.splitlines():
            if line.startswith(f"{key} ="):
                assert "#" in line, line


def test_total_and_average_handling_times_are_told_apart_by_how_they_vary(tmp_path: Path) -> None:
    rows = [(10 + i, 200 + i % 3) for i in range(20)]
    for name, seconds in (("total", [n * s for n, s in rows]), ("average", [s for _, s in rows])):
        path = tmp_path / f"{name}.csv"
        lines = [
            f"2026-01-05 {8 + i // 2:02d}:{i % 2 * 30:02d},{n},{n},{one}"
            for i, ((n, _), one) in enumerate(zip(rows, seconds, strict=True))
        ]
        path.write_text("\n".join(["Start,Offered,Handled,Handle time", *lines]))
        center = load(init(path).path)
        assert center.contact_types["contacts"].handling_time(1)[0] == pytest.approx(201, abs=0.2)


def test_waits_of_those_who_hung_up_alone_give_no_patience(tmp_path: Path) -> None:
    """Their mean wait is that of the impatient: far too short."""
    path = tmp_path / "aban.csv"
    lines = [f"2026-01-05 {8 + i:02d}:00,20,5,100,21.5" for i in range(4)]
    path.write_text("\n".join(["Start,Offered,Abandoned,AHT,Avg abandon time", *lines]))
    assert load(init(path).path).contact_types["contacts"].patience is None


def test_the_folder_stands_beside_the_export_and_is_never_overwritten(tmp_path: Path) -> None:
    export = Path(shutil.copy(EXPORTS / "nice.csv", tmp_path / "last_week.csv"))
    seen = init(export)
    assert seen.path == tmp_path / "last_week" / "scenario.toml"
    before = seen.path.read_bytes()
    with pytest.raises(OutputError, match="not overwritten"):
        init(export)
    assert seen.path.read_bytes() == before
    assert sorted(path.name for path in seen.path.parent.iterdir()) == ["intervals.csv", "scenario.toml"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_volume", ["no column of offered", "Queue, Start, AHT"]),
        ("no_times", ["no columns of date and time"]),
        ("text_in_a_cell", ["row 3", "offered", "must be a number", "ten"]),
        ("negative", ["row 3", "at least 0", "-10"]),
        ("day_or_month", ["%d/%m/%Y", "%m/%d/%Y", "02/03/2026"]),
        ("header_alone", ["no rows"]),
        ("empty", ["no table"]),
        ("not_there", ["no such file"]),
    ],
)
def test_a_bad_export_is_told_by_its_fault_and_leaves_nothing(name: str, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        init(EXPORTS / f"{name}.csv", tmp_path / "out")
    for word in words:
        assert word in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_totals_rows_that_stand_twice_blanks_and_milliseconds_are_mended_and_told(tmp_path: Path) -> None:
    export = tmp_path / "september.csv"
    export.write_text((EXPORTS / "totals_and_twice.csv").read_text())
    found = init(export)
    told = "\n".join(found.sentences)
    assert "rows of totals left out: 1" in told
    assert "counted once: 1" in told
    assert "taken as handled and abandoned: 1" in told
    assert "milliseconds" in told
    calls = load(found.path).contact_types["Sales"]
    assert calls.handling.mean == pytest.approx(245.0)
    assert sum(calls.volume) == pytest.approx(50 + 45)
