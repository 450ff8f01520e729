"""What `wfm budget` and `wfm init --budget` do: from arguments to a budget, what it comes to, and the files of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfm.cli.sweep_arguments import Faults, halves
from wfm.errors import Fault, InputError, OutputError, fault, nearest

if TYPE_CHECKING:
    from wfm.model.budget.budget import Budget
    from wfm.model.variation import Variation

SUFFIXES = (".toml", ".xlsx")
WRITTEN = ("budget.toml", "budget.xlsx")  # budgets among the reports


def answer_all(
    path: Path, *, method: str, predict_by: str | None, scenarios: Sequence[str], actual: Path | None,
    period: str | None, cheapest: bool, risk: bool, draws: int | None, returns: bool, vary: Sequence[str],
    out: Path | None, json: bool,
) -> dict[str, Any]:  # fmt: skip
    """Answer a budget, write what it comes to, and show it, or return it for JSON."""
    from wfm.budgeting.answer import answer_budget
    from wfm.cli.watching import announce_compiling, waiting
    from wfm.files.budgets.actual_file import load_actual
    from wfm.files.budgets.budget_file import load_budget
    from wfm.files.whole import make_folder
    from wfm.reports.budgets import CHEAPEST, as_json, terminal, write_reports
    from wfm.reports.terminal import show_written

    faults = Faults()
    _check_methods(method, predict_by, faults)
    written_over = (*WRITTEN, *([CHEAPEST] if cheapest else []))
    if out is not None and path.name in written_over and (out / path.name).resolve() == path.resolve():
        rule = f"holds the budget that is read, and {path.name} would be written over it; name another folder"
        faults.add([fault("--out", rule, str(out))])
    if draws is not None and not risk:
        faults.add([fault("--draws", "belongs to --risk, which is missing", draws)])
    if period is not None and actual is None:
        faults.add([fault("--period", "is of --actual, which is missing", period)])
    asked = faults.told(load_budget, path)
    came = None
    if asked is not None:
        asked = _as_asked(asked, vary, draws if risk else None, faults)
        _check_asked(asked, scenarios, risk, returns, faults)
        if actual is not None:
            came = faults.told(load_actual, actual, asked, period)
    faults.check()
    assert asked is not None
    if out is not None:
        make_folder(out)  # told before the work, not after it
    if predict_by == "simulation":
        announce_compiling()
    with waiting() as say_what:
        found = answer_budget(
            asked, method, predict_by, scenarios or None, came,
            cheapest=cheapest, risk=risk, returns=returns, vary=bool(vary), began=say_what,
        )  # fmt: skip
        say_what("the reports")
        written = [] if out is None else write_reports(found, out)
    if json:
        return as_json.budget(found)
    terminal.show_budget(found, scenarios=bool(scenarios))
    if written:
        after = f"next: change the inputs in {written[0]}, then wfm budget {written[0]}"
        adopting = f"; the cheapest plan is adopted by wfm budget {written[0].with_name(CHEAPEST)}"
        show_written(written, after + (adopting if found.cheapest is not None else ""))
    else:
        terminal.show_next(found, path, bool(scenarios))
    return {}


def start(path: Path) -> None:
    """Write the shipped budget as a file to fill in.

    Raises:
        InputError: another kind of file, or one that is there.
    """
    from wfm.files.budgets.budget_file import load_budget
    from wfm.files.budgets.writing import budget_toml
    from wfm.files.shipped import example
    from wfm.files.whole import write_whole
    from wfm.reports.console import say
    from wfm.reports.terminal import show_written

    if path.suffix.lower() not in SUFFIXES:
        raise InputError([fault("--budget", "must be a workbook or a TOML file, such as year.xlsx", str(path))])
    if path.exists():
        raise OutputError(f"{path}: is there already, and is not overwritten; name another file")
    budget = load_budget(example("budget_year"))
    if path.suffix.lower() == ".xlsx":
        from wfm.reports.budgets.workbook import write_budget_workbook

        write_whole(path, write_budget_workbook(budget))
    else:
        write_whole(path, budget_toml(budget))
    say("A year of two sites and three channels, all figures invented: put your own in their place.")
    show_written([path], after=f"next: wfm budget {path} --out out")


def _check_methods(method: str, predict_by: str | None, faults: Faults) -> None:
    """Refuse methods that are not known; all at once with what else is wrong."""
    from wfm.prediction import METHODS
    from wfm.staffing.requirement import STAFFED_BY

    for name, value, choices in (("--method", method, STAFFED_BY), ("--predict-by", predict_by, METHODS)):
        if value is not None and value not in choices:
            faults.add([fault(name, f"is not known; {nearest(value, choices)}", value)])


def _as_asked(budget: Budget, vary: Sequence[str], draws: int | None, faults: Faults) -> Budget:
    """The budget with what the arguments vary in place of its own variations, and so many years to draw."""
    from wfm.budgeting.cases import possible

    varied = [one for text in vary if (one := faults.told(_variation, text, budget, of=f"--vary {text}")) is not None]
    # What is wrong without a variation is not told of each.
    if vary and faults.told(possible, budget, ()) is not None:
        for text, variation in varied:
            faults.told(_check_levels, variation, budget, of=f"--vary {text}")
    if varied:
        budget = replace(budget, vary=tuple(variation for _, variation in varied))
    if draws is not None and budget.doubt is not None:
        doubt = faults.told(replace, budget.doubt, draws=draws, of="--draws")
        budget = replace(budget, doubt=doubt or budget.doubt)
    return budget


def _variation(text: str, budget: Budget) -> tuple[str, Variation]:
    """What an argument varies, with the argument."""
    from wfm.files.budgets.reading import FORMAT
    from wfm.files.variations import read_variation

    path, equals, levels = halves(text)
    if not equals or not path:
        raise InputError([fault("--vary", "must be PATH=LEVELS, such as 'volume=±10%'", text)])
    return text, read_variation(path, levels, budget, file_format=FORMAT)


def _check_levels(variation: Variation, budget: Budget) -> None:
    """Refuse levels that the budget cannot have; each fault with its path where that is another than what is varied."""
    from wfm.budgeting.cases import possible
    from wfm.model.variation import collected, once

    found: list[Fault] = []
    for level in variation.levels:
        collected(found, possible, budget, [variation.change(level)])
    if found:
        path = variation.path
        raise InputError(
            one if one.where == path else replace(one, where=path, rule=f"{one.where} {one.rule}")
            for one in once(found)
        )


def _check_asked(budget: Budget, scenarios: Sequence[str], risk: bool, returns: bool, faults: Faults) -> None:
    """Refuse questions that a budget has no words for."""
    from wfm.budgeting.scenarios import changes_of

    faults.told(changes_of, budget, scenarios, of="--scenario")
    if risk and budget.doubt is None:
        faults.add([fault("--risk", "needs to know how far off the figures may be; the budget has no [doubt]")])
    if returns and not budget.initiatives:
        faults.add([fault("--returns", "needs changes that cost something; the budget has no [initiatives]")])
