"""Do the studies of the verification still run? Coarsely, and without judging what they print: they are no tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "simulations" / "verification"
STUDIES = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_a_study_runs_and_its_full_run_is_recorded(study: Path) -> None:
    """Refresh a record on purpose only: `python NAME.py > NAME.out`, an hour for the longest."""
    done = subprocess.run([sys.executable, study, "--quick"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    recorded = study.with_suffix(".out").read_text(encoding="utf-8").splitlines()
    assert 5 <= len(done.stdout.splitlines()) <= len(recorded)


def test_every_study_is_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [study.name for study in STUDIES if f"`{study.name}`" not in readme] == []
    assert [path.name for path in FOLDER.glob("*.svg") if path.name not in readme] == []
