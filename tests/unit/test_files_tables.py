"""Are tables read as people have them, and joined by date and time?"""

from __future__ import annotations

import contextlib
import tempfile
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.errors import Fault, InputError
from wfm.files.clock import AmbiguousError, UnreadableError, in_horizon, read_moments, read_time
from wfm.files.grid import decimal_comma_of, find_delimiter, parse_number, read_table
from wfm.files.tables import TableReference, read_column
from wfm.model.declared import NonNegative, PositiveSeconds, Seconds
from wfm.model.horizon import Horizon

DAY = Horizon(datetime(2026, 1, 5, 8), 1800, 4)
VALUES = [21.5, 25.0, 35.0, 47.0]
TIMES = ["08:00", "08:30", "09:00", "09:30"]


def column(folder: Path, text: str | bytes, number=NonNegative, is_open=None, horizon=DAY, **keys):
    """The column Offered of a table with this text, and the faults that were found."""
    path = folder / keys.pop("file", "week.csv")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    reference = TableReference(folder, "volume", path.name, "Offered", keys.pop("time", "Start"), **keys)
    faults: list[Fault] = []
    return read_column(reference, horizon, is_open, number, faults), [str(one) for one in faults]


def rows(form: str = "2026-01-05 {},{}", header: str = "Start,Offered", values=VALUES) -> str:
    return "\n".join([header, *(form.format(t, v) for t, v in zip(TIMES, values, strict=True))]) + "\n"


# ---- numbers


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("12", False, 12), ("12.5", False, 12.5), ("1,234.5", False, 1234.5), ("1,234", False, 1234), ("-3", False, -3),
        ("12,5", True, 12.5), ("1.234,5", True, 1234.5), ("1.234", True, 1234), ("1 234,5", True, 1234.5),
        ("1'234.5", False, 1234.5), ("1e3", False, 1000), (".5", False, 0.5), ("12,5", None, 12.5), ("7", None, 7),
    ],
)  # fmt: skip
def test_numbers(text: str, comma: bool | None, value: float) -> None:
    assert parse_number(text, None, comma) == value


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1_000", "0x10", "1,2,3", "12,34", "1e999", "1e9x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12,345"])
def test_a_number_with_two_readings_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="can be read as"):
        parse_number(text, None, None)


@given(st.floats(0, 1e12, allow_nan=False))
def test_what_python_writes_is_read_back(value: float) -> None:
    assert parse_number(repr(value)) == value


@given(st.integers(0, 10**9))
def test_thousands_are_read_in_both_spellings(value: int) -> None:
    assert parse_number(f"{value:,}") == value
    assert parse_number(f"{value:,}".replace(",", "."), None, True) == value


def test_one_clear_cell_decides_for_a_table() -> None:
    assert decimal_comma_of(["1.234", "12,5", "text"]) is True
    assert decimal_comma_of(["1,234", "12.5", "10.10.1999"]) is False
    assert decimal_comma_of(["1,234", "x"]) is None


# ---- text


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","), ("a;b\n1,5;2,5\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"),
        ("sep=;\na;b\n", ";"),
        ("My; title\na,b\n1,2\n3,4\n", ","),
        ('a,b\n"x;y",2\n"z;w",3\n', ","),
    ],
)  # fmt: skip
def test_the_mark_between_cells_is_found(text: str, mark: str) -> None:
    assert find_delimiter(text) == mark


def test_rows_keep_their_place_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("A title\n\nStart,Offered\n\n08:00,1\n\n08:30,2\nTotal,3\n")
    table = read_table(path, ["Start", "Offered"])
    assert table.numbers == (5, 7)
    assert table.row_name(1) == "week.csv, row 7"


def test_a_queue_named_total_is_no_line_of_totals(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("Queue,Start,Offered\n" + "".join(f"Total,{one},5\n" for one in TIMES) + "Total,,20\n")
    assert len(read_table(path, ["Start"]).rows) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "week.csv"
    path.write_bytes("Größe,Offered\nä,1\n".encode(encoding))
    table = read_table(path)
    assert table.header == ("Größe", "Offered")
    assert table.encoding == ("Windows-1252" if encoding == "cp1252" else "")


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    first, _ = column(tmp_path, rows())
    second, _ = column(tmp_path, rows(values=[100, 200, 300, 400]))
    assert first == VALUES
    assert second == [100, 200, 300, 400]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_fault(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "week.csv"
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            read_table(path, ["Offered"])


# ---- times


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("7:00", time(7)), ("07:00:00", time(7)), ("7:00 AM", time(7)), ("12:30 am", time(0, 30)),
        ("12:30 PM", time(12, 30)), ("0730", time(7, 30)), ("25:00", None), ("7", None), ("", None),
    ],
)  # fmt: skip
def test_clock_times(text: str, clock: time | None) -> None:
    assert read_time(text) == clock


@pytest.mark.parametrize(
    "text",
    ["2026-01-05", "2026/01/05", "20260105", "05.01.2026", "5.1.26", "5 Jan 2026", "Jan 5, 2026", "05-Jan-2026"],
)
def test_dates_that_have_one_reading(text: str) -> None:
    assert read_moments([text], ["07:30"]) == [datetime(2026, 1, 5, 7, 30)]
    assert read_moments([f"{text} 07:30"], None) == [datetime(2026, 1, 5, 7, 30)]


def test_day_and_month_are_told_apart_by_all_rows_then_by_the_horizon() -> None:
    assert read_moments(["01/05/2026", "01/13/2026"], ["08:00"] * 2)[0] == datetime(2026, 1, 5, 8)
    assert read_moments(["05/01/2026", "13/01/2026"], ["08:00"] * 2)[0] == datetime(2026, 1, 5, 8)
    for text in ("05/01/2026", "01/05/2026"):
        assert read_moments([text], ["08:00"], None, in_horizon(DAY)) == [datetime(2026, 1, 5, 8)]
    with pytest.raises(AmbiguousError):
        read_moments(["02/03/2026"], ["08:00"], None, in_horizon(DAY))
    assert read_moments(["02/03/2026"], ["08:00"], "dd/mm/yyyy") == [datetime(2026, 3, 2, 8)]
    assert read_moments(["02/03/2026"], ["08:00"], "%m/%d/%Y") == [datetime(2026, 2, 3, 8)]


def test_the_cell_that_fits_no_reading_is_named() -> None:
    with pytest.raises(UnreadableError) as caught:
        read_moments(["2026-01-05", "2026-01-06", "soon"], ["08:00"] * 3)
    assert (caught.value.row, caught.value.text) == (2, "soon")


# ---- joining


def test_rows_are_joined_by_time_in_any_order(tmp_path: Path) -> None:
    text = rows().splitlines()
    found, faults = column(tmp_path, "\n".join([text[0], *text[:0:-1]]))
    assert found == VALUES
    assert not faults


def test_closed_intervals_may_be_missing_or_empty(tmp_path: Path) -> None:
    is_open = np.array([False, True, True, False])
    text = "Start,Offered\n2026-01-05 08:30,5\n2026-01-05 09:00,6\n2026-01-05 09:30,-\n"
    found, faults = column(tmp_path, text, is_open=is_open)
    assert found == [0, 5, 6, 0]
    assert not faults


def test_a_closed_interval_of_durations_gets_one_that_a_law_can_have(tmp_path: Path) -> None:
    is_open = np.array([False, True, True, True])
    text = "Start,Offered\n2026-01-05 08:00,0\n2026-01-05 08:30,180\n2026-01-05 09:00,200\n2026-01-05 09:30,190\n"
    found, faults = column(tmp_path, text, PositiveSeconds, is_open)
    assert found == [200, 180, 200, 190]
    assert not faults
    _, faults = column(tmp_path, text, PositiveSeconds)
    assert faults == ["volume: week.csv, row 2, column 'Offered': must be above 0 (found '0')"]


def test_durations_in_a_table_may_be_clock_like(tmp_path: Path) -> None:
    found, _ = column(tmp_path, rows(values=["3:20", ":45", "1:00:00", "20"]), Seconds)
    assert found == [200, 45, 3600, 20]


def test_a_column_of_clock_times_needs_a_horizon_of_one_day(tmp_path: Path) -> None:
    found, _ = column(tmp_path, rows("{},{}"))
    assert found == VALUES
    _, faults = column(tmp_path, rows("{},{}"), horizon=Horizon(datetime(2026, 1, 5), 1800, 96))
    assert "several days" in faults[0]


@pytest.mark.parametrize("night", [("02:00", "02:30"), ()], ids=["repeated", "missing"])
def test_a_change_of_the_clocks_is_recognised(tmp_path: Path, night: tuple[str, ...]) -> None:
    horizon = Horizon(datetime(2026, 3, 29), 1800, 48)
    times = [f"{i // 2:02d}:{i % 2 * 30:02d}" for i in range(48)]
    if night:
        times += night
    else:
        times = [one for one in times if not one.startswith("02")]
    text = "Start,Offered\n" + "".join(f"2026-03-29 {one},5\n" for one in times)
    _, faults = column(tmp_path, text, horizon=horizon)
    assert len(faults) == 3
    assert "change of the clocks" in faults[-1]


def test_a_workbook_is_read_like_a_table(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Week"
    sheet.append(["Interval report"])
    sheet.append([])
    sheet.append(["Day", "Clock", "Start", "Offered"])
    for start, value in zip(DAY.starts, VALUES, strict=True):
        sheet.append([start.date(), start.time(), start, value])
    book.create_sheet("Notes").append(["nothing"])
    book.save(tmp_path / "week.xlsx")
    book.close()
    for keys in ({"time": "Start"}, {"date": "Day", "time": "Clock"}, {"time": "Start", "sheet": "Week"}):
        found, faults = column(tmp_path, (tmp_path / "week.xlsx").read_bytes(), file="week.xlsx", **keys)
        assert found == VALUES, (keys, faults)
    _, faults = column(tmp_path, (tmp_path / "week.xlsx").read_bytes(), file="week.xlsx", sheet="Weak")
    assert "did you mean 'Week'?" in faults[0]
