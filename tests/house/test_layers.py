"""Does the building hold: rooms import only rooms below, the door is light, names and docstrings are kept."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import wfm

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "numba", "scipy", "matplotlib", "polars", "simpy", "pydantic", "jinja2", "xlsxwriter")
SOURCES = sorted((ROOT / "wfm").rglob("*.py"))


def test_each_room_imports_only_rooms_below_it() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("door", ["import wfm", "import wfm.cli.app"])
def test_the_door_loads_no_heavy_library(door: str) -> None:
    asked = f"import sys; {door}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_public_name_is_there_and_documented() -> None:
    for name in wfm.__all__:
        assert inspect.getdoc(getattr(wfm, name)), name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_can_be_read_in_one_go(path: Path) -> None:
    text = path.read_text()
    assert text == "" or ast.get_docstring(ast.parse(text)), "has no docstring"
    assert text.count("\n") <= 500


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_one_module_knows_the_options_of_numba(path: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | {getattr(node, "module", "") for node in imports}
    assert "numba" not in names or path.name == "jit.py"


def test_declared_values_document_every_field() -> None:
    from dataclasses import fields

    from wfm.model import center, horizon, laws, shrinkage
    from wfm.model.budget import budget, demand, people, periods, plans
    from wfm.model.declared import Declared

    for module in (center, horizon, laws, shrinkage, budget, demand, people, periods, plans):
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, Declared) and hasattr(cls, "__dataclass_fields__"):
                said = inspect.getdoc(cls) or ""
                missing = [one.name for one in fields(cls) if one.name not in said and one.name != "law"]
                assert not missing, f"{cls.__name__} says nothing of {missing}"
