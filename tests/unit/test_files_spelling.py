"""Are durations, shares and targets read as planners write them?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.files.spelling import duration, number, share, target


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 20), ("20s", 20), ("20 sec", 20), ("1.5min", 90), ("30min", 1800), ("1h", 3600), ("1h 30min", 5400),
        ("2d", 172800), ("3:20", 200), (":45", 45), ("1:02:03", 3723), ("500ms", 0.5),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "min", "30mn", "-5", "1h30x", "3:200:1", "nan", "1e3", "1_000", "half an hour"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(text)


@given(st.integers(0, 1000))
def test_a_percentage_is_the_decimal_that_is_written(permille: int) -> None:
    assert share(f"{permille / 10}%") == permille / 1000


@pytest.mark.parametrize("text", ["", "%", "thirty", "30%%", "nan"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fraction"):
        share(text)


def test_targets() -> None:
    assert target("80/20") == {"service_level": 0.8, "answer_within": 20}
    assert target("90% / 1min") == {"service_level": 0.9, "answer_within": 60}
    for text in ("", "80", "80-20", "/20", "80/", "a/b"):
        with pytest.raises(ValueError, match="80/20"):
            target(text)


def test_numbers_are_spelled_only_where_their_unit_allows() -> None:
    assert number("30min", "s") == 1800
    assert number("30%", "share") == 0.3
    assert number(5, None) == 5
    with pytest.raises(ValueError, match="number"):
        number("30min", None)
