"""The scenarios and the budget that come with wfm."""

from __future__ import annotations

from pathlib import Path

from wfm.errors import InputError, fault, nearest


def example(name: str) -> Path:
    """Path of a shipped scenario, or of the shipped budget.

    Raises:
        InputError: there is none of that name.

    >>> from wfm.files.shipped import example
    >>> example("textbook").name
    'textbook.toml'
    """
    package = Path(__file__).parents[1]
    # Beside the package in a source tree, inside it when installed.
    home = next(
        (folder for folder in (package / "scenarios", package.parent / "scenarios") if folder.is_dir()), package
    )
    for path in (home / f"{name}.toml", home / name / "scenario.toml", home / name / "budget.toml"):
        if path.is_file():
            return path
    folders = {path.parent.name for kind in ("scenario", "budget") for path in home.glob(f"*/{kind}.toml")}
    known = sorted({path.stem for path in home.glob("*.toml")} | folders)
    raise InputError([fault("example", f"is not shipped; {nearest(name, known)}", name)])
