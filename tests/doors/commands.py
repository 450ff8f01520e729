"""Commands as tests run them: in this process for what they say, in one of their own as a shell does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from wfm.cli.app import app
from wfm.errors import InputError


def said(*words: object, status: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == status, done.output
    return done.stdout


def told(*words: object) -> dict[str, Any]:
    """The one JSON object that a command prints, and nothing else."""
    text = said(*words, "--json")
    assert len(text.splitlines()) == 1
    return json.loads(text, parse_constant=pytest.fail)  # type: ignore[no-any-return]


def faults(*words: object) -> list[str]:
    """What is wrong with a command."""
    with pytest.raises(InputError) as caught:
        said(*words)
    return [str(one) for one in caught.value.faults]


def real(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it; a warning fails it."""
    command = [sys.executable, "-W", "error", "-m", "wfm", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
