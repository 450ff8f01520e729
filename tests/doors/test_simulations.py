"""Do the studies still print what is recorded beside them?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STUDIES = sorted((Path(__file__).parents[2] / "simulations").glob("*.py"))


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_a_study_prints_what_is_recorded(study: Path) -> None:
    """Refresh on purpose only: `python simulations/NAME.py > simulations/NAME.out`."""
    printed = subprocess.run([sys.executable, study], capture_output=True, text=True, check=True).stdout
    assert printed == study.with_suffix(".out").read_text()
