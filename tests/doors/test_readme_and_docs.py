"""What the README, the manual and the docstrings say is so."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import wfm
from wfm.files.manual import budget_manual, manual
from wfm.files.scenario import load

HOME = Path(__file__).parents[2]
README = (HOME / "README.md").read_text(encoding="utf-8")
MODULES = sorted(one.name for one in pkgutil.walk_packages(wfm.__path__, "wfm.") if one.name != "wfm.__main__")
MARK = "<!-- keys -->"


def block(language: str) -> str:
    """The README's block of a language."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_scenario_of_the_readme_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "readme.toml"
    path.write_text(block("toml"), encoding="utf-8")
    center = load(path)
    assert center == load(wfm.example("textbook"))
    assert center.horizon.intervals == 20


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("python"), "README.md", "exec"), {})
    assert "+-" in capsys.readouterr().out


def test_every_file_that_the_readme_names_is_there() -> None:
    for name in re.findall(r"`((?:docs|scenarios|benches|tests)/[\w./-]*)`", README):
        assert (HOME / name).exists(), name


def test_every_command_of_the_readme_is_one() -> None:
    from wfm.cli.app import app

    commands = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    assert set(re.findall(r"\bwfm (\w+)(?= [\w\[-])", "\n".join(re.findall(r"^    wfm .*$", README, re.M)))) <= commands


@pytest.mark.parametrize("name", ["wfm", *MODULES])
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", sorted((HOME / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_the_examples_of_a_page_hold(path: Path) -> None:
    assert doctest.testfile(str(path), module_relative=False).failed == 0


@pytest.mark.parametrize(("page", "keys"), [("scenario", manual), ("budget", budget_manual)])
def test_the_manual_is_made_from_the_declarations(page: str, keys: Callable[[], str]) -> None:
    text = (HOME / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert text.partition(MARK)[2].strip() == keys().strip()


@pytest.mark.parametrize("page", ["scenario", "budget", "glossary"])
def test_every_toml_block_of_a_page_is_toml(page: str) -> None:
    import tomllib

    path = HOME / "docs" / f"{page}.md"
    for text in re.findall(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL) if path.exists() else ():
        tomllib.loads(text)


def test_every_shipped_scenario_is_read_and_described() -> None:
    from wfm.files.sweep_file import is_sweep_file, load_sweep_file
    from wfm.files.understood import notes

    for path in sorted((HOME / "scenarios").rglob("*.toml")):
        if is_sweep_file(path):
            assert load_sweep_file(path).scenarios
            continue
        if path.name == "budget.toml":
            assert wfm.load_budget(path).description
            continue
        center = load(path)
        assert center.title
        assert len(notes(center)) >= 4
