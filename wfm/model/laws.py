"""The laws of random durations and factors: how long contacts take, how long customers wait, how busy a day is.

Every law is a scale times a standard law without units. The scale may change from interval to interval; the standard
law is what a simulation lowers to a quantile table (`wfm.simulation.quantiles`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from wfm.errors import Fault, InputError, fault
from wfm.model.declared import (
    Declared,
    NonNegative,
    NonNegativePerInterval,
    PositiveCount,
    PositivePerInterval,
    PositiveSeconds,
    PositiveSecondsPerInterval,
    Seconds,
    SecondsPerInterval,
    SharePerInterval,
    changed,
    declared_hints,
    exact,
    per_interval_number,
)

Vector = np.ndarray
LARGEST_CV = 100.0
LEAST_SHAPE = 0.05
ROUNDED_SHARE = 1e-9  # shares that add up to 1 but for so much add up to 1


@dataclass(frozen=True)
class Standard:
    """A law with its scale taken off: a name and its shape parameters, or a sorted sample."""

    name: str
    shape: tuple[float, ...] = ()


class Law(Declared):
    """Base of all laws. The `..._by_interval` methods answer for each of so many intervals."""

    law: str
    at_zero: SharePerInterval
    sizes: ClassVar[tuple[str, ...]] = ("mean",)  # the fields that grow with the mean; the others are its shape

    def scaled(self, factor: float | Vector) -> Law:
        """The law of durations so many times as long: one factor, or one per interval; its shape stays.

        Raises:
            InputError: it has no durations (never), or is a sample or a mixture, which cannot change by interval.

        >>> Weibull(mean=120, shape=0.8).scaled(1.5)
        Weibull(mean=180.0, shape=0.8, at_zero=0.0, law='weibull')
        """
        if not self.sizes:
            raise InputError([fault("law", "has no mean that could change", self.law)])
        hints = declared_hints(type(self))
        if np.ndim(factor) and any(per_interval_number(hints[name]) is None for name in self.sizes):
            raise InputError([fault("law", "cannot change by interval", self.law)])
        return changed(self, **{name: _times(getattr(self, name), factor) for name in self.sizes})

    def with_mean(self, mean: float | Vector) -> Law:
        """The law of another mean, its atom at zero included: one mean, or one per interval; its shape stays.

        Raises:
            InputError: as for `scaled`, or it has no finite mean above 0 from which its shape could be taken.

        >>> Lognormal(mean=100, cv=1.3).with_mean(120.0)
        Lognormal(mean=120.0, cv=1.3, at_zero=0.0, law='lognormal')
        """
        if np.min(mean) < 0:
            raise InputError([fault("mean", "must be above 0", float(np.min(mean)))])
        if self.sizes in (("mean",), ("value",)) and self.at_zero == 0:
            return changed(self, **{self.sizes[0]: _plain(mean)})
        intervals = max(length_of(self), np.size(mean))
        now = self.mean_by_interval(intervals)
        if not (np.all(now > 0) and np.all(np.isfinite(now))):
            raise InputError([fault("law", "has no finite mean above 0; give a law with one", self.law)])
        factor = spread(mean, intervals) / now
        return self.scaled(float(factor[0]) if np.all(factor == factor[0]) else factor)

    def moved(self, addition: float | Vector) -> Law:
        """The law whose mean is so many seconds longer: one number, or one per interval; its shape stays.

        Raises:
            InputError: as for `with_mean`.

        >>> Uniform(low=50, high=150).moved(50.0)
        Uniform(low=75.0, high=225.0, at_zero=0.0, law='uniform')
        """
        now = self.mean_by_interval(length_of(self))
        if len(now) > 1 or np.ndim(addition):
            return self.with_mean(now + np.asarray(addition))
        return self.with_mean(float(exact(now[0]) + exact(float(addition))) if np.isfinite(now[0]) else math.inf)

    def mean_by_interval(self, intervals: int) -> Vector:
        """Mean per interval, the atom at zero included [in the law's unit]."""
        return self._mean(intervals) * (1 - spread(self.at_zero, intervals))

    def scv_by_interval(self, intervals: int) -> Vector:
        """Squared coefficient of variation per interval, the atom at zero included."""
        present = 1 - spread(self.at_zero, intervals)
        return (1 + self._scv(intervals)) / present - 1

    def scale_by_interval(self, intervals: int) -> Vector:
        """What the standard law is multiplied by, per interval."""
        return self._mean(intervals)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        """The standard law of each interval."""
        raise TypeError(f"{type(self).__name__} has no standard law")

    def _mean(self, intervals: int) -> Vector:
        return spread(self.mean, intervals)  # type: ignore[attr-defined]

    def _scv(self, intervals: int) -> Vector:
        raise TypeError(f"{type(self).__name__} has no variance")


@dataclass(frozen=True)
class Exponential(Law):
    """Memoryless durations.

    Args:
        mean: seconds, above 0; one value or one per interval.
        at_zero: share of exact zeros added to the law.
    """

    mean: PositiveSecondsPerInterval
    at_zero: SharePerInterval = 0.0
    law: Literal["exponential"] = "exponential"

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [Standard("exponential")] * intervals

    def _scv(self, intervals: int) -> Vector:
        return np.ones(intervals)


@dataclass(frozen=True)
class Lognormal(Law):
    """Durations whose logarithm is normal; what handling times look like (Brown et al. 2005).

    Args:
        mean: seconds, above 0.
        cv: coefficient of variation, standard deviation over mean, at least 0.
        at_zero: share of exact zeros added to the law.
    """

    mean: PositiveSecondsPerInterval = 1.0
    cv: NonNegativePerInterval = 1.0
    at_zero: SharePerInterval = 0.0
    law: Literal["lognormal"] = "lognormal"

    def rules(self) -> Iterator[Fault]:
        yield from _too_wild("cv", np.max(self.cv) > LARGEST_CV, f"at most {LARGEST_CV:g}", self.cv)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [_shaped("lognormal", cv) for cv in spread(self.cv, intervals)]

    def _scv(self, intervals: int) -> Vector:
        return spread(self.cv, intervals) ** 2


@dataclass(frozen=True)
class Gamma(Law):
    """Durations or factors of gamma shape.

    Args:
        mean: seconds, above 0 (1 and left out where the law is a factor).
        cv: coefficient of variation, at least 0.
        at_zero: share of exact zeros added to the law.
    """

    mean: PositiveSecondsPerInterval = 1.0
    cv: NonNegativePerInterval = 1.0
    at_zero: SharePerInterval = 0.0
    law: Literal["gamma"] = "gamma"

    def rules(self) -> Iterator[Fault]:
        yield from _too_wild("cv", np.max(self.cv) > LARGEST_CV, f"at most {LARGEST_CV:g}", self.cv)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [_shaped("gamma", cv) for cv in spread(self.cv, intervals)]

    def _scv(self, intervals: int) -> Vector:
        return spread(self.cv, intervals) ** 2


@dataclass(frozen=True)
class Erlang(Law):
    """The sum of k exponential stages of equal mean.

    Args:
        mean: seconds of the whole, above 0.
        k: number of stages, at least 1.
        at_zero: share of exact zeros added to the law.
    """

    mean: PositiveSecondsPerInterval
    k: PositiveCount
    at_zero: SharePerInterval = 0.0
    law: Literal["erlang"] = "erlang"

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [_shaped("gamma", 1 / math.sqrt(self.k))] * intervals

    def _scv(self, intervals: int) -> Vector:
        return np.full(intervals, 1 / self.k)


@dataclass(frozen=True)
class Weibull(Law):
    """Durations with a hazard that falls (shape below 1) or rises (above 1) with age.

    Args:
        mean: seconds, above 0.
        shape: Weibull shape, above 0; 1 is exponential.
        at_zero: share of exact zeros added to the law.
    """

    mean: PositiveSecondsPerInterval
    shape: PositivePerInterval
    at_zero: SharePerInterval = 0.0
    law: Literal["weibull"] = "weibull"

    def rules(self) -> Iterator[Fault]:
        yield from _too_wild("shape", np.min(self.shape) < LEAST_SHAPE, f"at least {LEAST_SHAPE:g}", self.shape)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [Standard("weibull", (float(shape),)) for shape in spread(self.shape, intervals)]

    def _scv(self, intervals: int) -> Vector:
        return np.array([_weibull_scv(float(shape)) for shape in spread(self.shape, intervals)])


@dataclass(frozen=True)
class Uniform(Law):
    """Durations spread evenly from low to high.

    Args:
        low: seconds, at least 0.
        high: seconds, above low.
        at_zero: share of exact zeros added to the law.
    """

    low: SecondsPerInterval
    high: PositiveSecondsPerInterval
    at_zero: SharePerInterval = 0.0
    law: Literal["uniform"] = "uniform"
    sizes: ClassVar[tuple[str, ...]] = ("low", "high")

    def rules(self) -> Iterator[Fault]:
        size = max(_length(self.low), _length(self.high))
        if _length(self.low) in (1, size) and _length(self.high) in (1, size):
            low, high = _stretched(self.low, size), _stretched(self.high, size)
            if np.any(low >= high):
                yield fault("low", f"must be below high, which is {self.high}", self.low)

    def scale_by_interval(self, intervals: int) -> Vector:
        return spread(self.high, intervals)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        low, high = spread(self.low, intervals), spread(self.high, intervals)
        return [Standard("uniform", (float(part),)) for part in low / high]

    def _mean(self, intervals: int) -> Vector:
        return (spread(self.low, intervals) + spread(self.high, intervals)) / 2

    def _scv(self, intervals: int) -> Vector:
        width = spread(self.high, intervals) - spread(self.low, intervals)
        return width**2 / 12 / self._mean(intervals) ** 2


@dataclass(frozen=True)
class Deterministic(Law):
    """Always the same duration.

    Args:
        value: seconds, at least 0.
        at_zero: share of exact zeros added to the law.
    """

    value: SecondsPerInterval
    at_zero: SharePerInterval = 0.0
    law: Literal["deterministic"] = "deterministic"
    sizes: ClassVar[tuple[str, ...]] = ("value",)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [Standard("deterministic")] * intervals

    def _mean(self, intervals: int) -> Vector:
        return spread(self.value, intervals)

    def _scv(self, intervals: int) -> Vector:
        return np.zeros(intervals)


@dataclass(frozen=True)
class Hyperexponential(Law):
    """A mixture of exponential laws: a few kinds of contact under one name.

    Args:
        probs: share of each kind; they add up to 1.
        means: seconds, mean of each kind, above 0.
        at_zero: share of exact zeros added to the law.
    """

    probs: tuple[NonNegative, ...]
    means: tuple[PositiveSeconds, ...]
    at_zero: SharePerInterval = 0.0
    law: Literal["hyperexponential"] = "hyperexponential"
    sizes: ClassVar[tuple[str, ...]] = ("means",)

    def rules(self) -> Iterator[Fault]:
        if len(self.probs) != len(self.means) or not self.probs:
            yield fault("probs", f"needs as many entries as means, which has {len(self.means)}", self.probs)
        elif abs(sum(self.probs) - 1) > ROUNDED_SHARE:
            yield fault("probs", "must add up to 1", self.probs)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        mean = self._mean_of_all()
        return [Standard("hyperexponential", (*self.probs, *(one / mean for one in self.means)))] * intervals

    def _mean_of_all(self) -> float:
        return sum(p * m for p, m in zip(self.probs, self.means, strict=True))

    def _mean(self, intervals: int) -> Vector:
        return np.full(intervals, self._mean_of_all())

    def _scv(self, intervals: int) -> Vector:
        second = sum(2 * p * m * m for p, m in zip(self.probs, self.means, strict=True))
        return np.full(intervals, second / self._mean_of_all() ** 2 - 1)


@dataclass(frozen=True)
class Empirical(Law):
    """Durations drawn from a recorded sample, each value equally likely, or with the weights of a Kaplan-Meier curve.

    Args:
        sample: seconds, at least one value, none negative (in a file: `file` and `column`).
        at_zero: share of exact zeros added to the law.
        weights: share of each value, the steps of a survival curve; where they add up to less than 1, the rest never
            ends. Empty: all alike.
    """

    sample: tuple[Seconds, ...]
    at_zero: SharePerInterval = 0.0
    weights: tuple[NonNegative, ...] = ()
    law: Literal["empirical"] = "empirical"
    sizes: ClassVar[tuple[str, ...]] = ("sample",)

    def rules(self) -> Iterator[Fault]:
        if not self.sample:
            yield fault("sample", "needs at least one value")
        if self.weights and len(self.weights) != len(self.sample):
            yield fault("weights", f"needs as many entries as sample, which has {len(self.sample)}", len(self.weights))
        elif self.weights and not 0 < sum(self.weights) <= 1 + ROUNDED_SHARE:
            yield fault("weights", "must add up to at most 1, and to more than 0", sum(self.weights))

    @property
    def endless(self) -> float:
        """The share that never ends."""
        rest = 1 - math.fsum(self.weights) if self.weights else 0.0
        return rest if rest > ROUNDED_SHARE else 0.0

    @property
    def waiting_per_end(self) -> float:
        """Seconds until the last recorded end, per duration that ended: the censored mean of an exponential law."""
        ended = 1 - self.endless
        weights = self.weights or (1 / len(self.sample),) * len(self.sample)
        seconds = math.fsum(t * w for t, w in zip(self.sample, weights, strict=True))
        return (seconds + self.endless * max(self.sample)) / ended

    def scale_by_interval(self, intervals: int) -> Vector:
        return np.ones(intervals)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        if not self.weights:
            return [Standard("sample", tuple(sorted(self.sample)))] * intervals
        pairs = sorted(zip(self.sample, self.weights, strict=True))
        if self.endless:
            pairs.append((math.inf, self.endless))
        times, weights = zip(*pairs, strict=True)
        return [Standard("weighted sample", (*times, *weights))] * intervals

    def _mean(self, intervals: int) -> Vector:
        mean = math.inf if self.endless else float(np.average(self.sample, weights=self.weights or None))
        return np.full(intervals, mean)

    def _scv(self, intervals: int) -> Vector:
        mean = float(self._mean(1)[0])
        if not 0 < mean < math.inf:
            return np.zeros(intervals)
        square = float(np.average((np.array(self.sample) - mean) ** 2, weights=self.weights or None))
        return np.full(intervals, square / mean**2)


@dataclass(frozen=True)
class Never(Law):
    """Patience without end: nobody hangs up.

    Args:
        at_zero: share that leaves at once when it must wait.
    """

    at_zero: SharePerInterval = 0.0
    law: Literal["never"] = "never"
    sizes: ClassVar[tuple[str, ...]] = ()

    def scale_by_interval(self, intervals: int) -> Vector:
        return np.full(intervals, np.inf)

    def standard_by_interval(self, intervals: int) -> list[Standard]:
        return [Standard("deterministic")] * intervals

    def _mean(self, intervals: int) -> Vector:
        return np.full(intervals, np.inf)

    def _scv(self, intervals: int) -> Vector:
        return np.zeros(intervals)


LAWS: dict[str, type[Law]] = {
    "exponential": Exponential,
    "lognormal": Lognormal,
    "gamma": Gamma,
    "erlang": Erlang,
    "weibull": Weibull,
    "uniform": Uniform,
    "deterministic": Deterministic,
    "hyperexponential": Hyperexponential,
    "empirical": Empirical,
    "never": Never,
}


def as_law(value: Law | float | tuple[float, ...]) -> Law:
    """A law as it is; a bare number, or one per interval, is the mean of an exponential law."""
    return value if isinstance(value, Law) else Exponential(value)


def length_of(law: Law) -> int:
    """How many intervals the longest vector of a law is given for."""
    numbers = (value for value in vars(law).values() if isinstance(value, tuple))
    return 1 if law.law in ("empirical", "hyperexponential") else max((len(value) for value in numbers), default=1)


def spread(value: float | tuple[float, ...] | Vector, intervals: int) -> Vector:
    """One value per interval, from one for all or from as many as there are intervals."""
    if isinstance(value, float):
        return np.full(intervals, value)
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (intervals,)).copy()


def _times(value: float | tuple[float, ...], factor: float | Vector) -> float | tuple[float, ...]:
    """A number, or one per interval, so many times as large."""
    if isinstance(value, tuple) or np.ndim(factor):
        return _plain(np.asarray(value) * factor)
    return float(exact(value) * exact(float(factor)))


def _plain(value: float | Vector) -> float | tuple[float, ...]:
    return tuple(value.tolist()) if isinstance(value, np.ndarray) and value.ndim else float(value)


def _shaped(name: str, cv: float) -> Standard:
    """A law of mean 1; without variation it is the constant 1."""
    return Standard(name, (float(cv),)) if cv > 0 else Standard("deterministic")


def _too_wild(where: str, is_so: bool, bound: str, value: object) -> Iterator[Fault]:
    """A spread at which one contact in a million decides everything, and floating point gives up."""
    if is_so:
        yield fault(where, f"must be {bound}", value)


def _weibull_scv(shape: float) -> float:
    return math.gamma(1 + 2 / shape) / math.gamma(1 + 1 / shape) ** 2 - 1


def _length(value: float | tuple[float, ...]) -> int:
    return len(value) if isinstance(value, tuple) else 1


def _stretched(value: float | tuple[float, ...], size: int) -> Vector:
    return spread(value, size)
