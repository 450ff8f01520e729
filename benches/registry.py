"""What is measured: a name, what it runs, and how it knows that the answer is right."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One measured figure and, where there is one, the goal that it is held against."""

    bench: str
    figure: str
    value: float
    unit: str
    goal: str = ""


@dataclass(frozen=True)
class Bench:
    """A bench: `run(smoke)` asserts its answer and gives its results; smoke runs are small and judge no speed."""

    name: str
    run: Callable[[bool], list[Result]]


REGISTRY: dict[str, Bench] = {}


def bench(function: Callable[[bool], list[Result]]) -> Callable[[bool], list[Result]]:
    """Register a bench under the name of its function."""
    REGISTRY[function.__name__] = Bench(function.__name__, function)
    return function


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turn(rounds: int, *actions: Callable[[], float]) -> list[list[float]]:
    """Figures of several actions, A B A B ..., so that a slow moment of the machine meets them all."""
    figures: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for figure, action in zip(figures, actions, strict=True):
            figure.append(action())
    return figures


def median_ratio(figures: list[float], to: list[float]) -> float:
    """Median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(figures, to, strict=True))
