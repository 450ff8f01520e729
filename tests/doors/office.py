"""Workbooks worked out anew by LibreOffice, and what differs from the values that are stored in them."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl reads the workbook back")

SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice (soffice) is not installed: nothing recalculates"
)
# LibreOffice keeps the stored values of other programs' files unless it is told always to recalculate.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""


def profile_in(profile: Path) -> Path:
    """A LibreOffice profile of our own that recalculates whatever it opens."""
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    return profile


def recalculated(path: Path, office: Path) -> Path:
    """The workbook as LibreOffice saves it after working every formula out."""
    assert SOFFICE is not None
    out = path.parent / "recalculated"
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation={office.as_uri()}", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)],
        check=True, capture_output=True, timeout=180, env={**os.environ, "HOME": str(office)},
    )  # fmt: skip
    return out / path.name


def formulas(path: Path) -> dict[tuple[str, str], str]:
    return {
        (sheet.title, cell.coordinate): str(cell.value)
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def values(path: Path) -> dict[tuple[str, str], object]:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in openpyxl.load_workbook(path, data_only=True)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def differences(path: Path, again: Path) -> Iterator[str]:
    """Formula cells whose stored value is not what the formula gives, and error cells."""
    stored, given, all_formulas = values(path), values(again), formulas(path)
    assert all_formulas
    for where, formula in all_formulas.items():
        was, now = stored.get(where), given.get(where)
        if isinstance(was, int | float) and isinstance(now, int | float):
            if not math.isclose(was, now, rel_tol=1e-9, abs_tol=0.0):
                yield f"{where}: stored {was!r}, worked out {now!r}, {formula}"
        elif was != now or was is None:
            yield f"{where}: stored {was!r}, worked out {now!r}, {formula}"
    for where, value in given.items():
        if isinstance(value, str) and value.startswith("#") and value != "#":
            yield f"{where}: {value}"
