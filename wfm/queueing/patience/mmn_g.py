"""The M/M/n+G queue: agents, a queue, and contacts that hang up after a patience of any law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import Fault, InputError, fault, nearest
from wfm.model.laws import LAWS, Law, Standard, length_of, spread
from wfm.queueing.inputs import (
    NOT_NEGATIVE,
    NOT_NEGATIVE_OR_ENDLESS,
    OPEN_SHARE,
    POSITIVE,
    POSITIVE_SHARE,
    SHARE,
    Rule,
    broadcast,
    checked,
    table,
)
from wfm.queueing.patience.search import Margin, Rows, least_agents
from wfm.queueing.patience.survival import NEVER, survival_table
from wfm.queueing.results import TARGETS, Figure, Measures, Requirement, check_definition, ratio, unwrapped

Arrays = dict[str, NDArray[np.float64]]
Patience = Law | Mapping[str, Any] | ArrayLike


@dataclass(frozen=True, eq=False)
class OfferedWaitMeasures(Measures):
    """What contacts and agents experience, and the offered wait: of a contact that would never hang up."""

    offered_wait_probability: Figure
    """Probability that an arrival finds every agent busy, so that its offered wait is above 0."""
    mean_offered_wait: Figure
    """Mean offered wait, the zeros included [s]; infinite in an overload by contacts that never hang up."""
    offered_wait_beyond: Figure
    """Probability that the offered wait is longer than the threshold."""


@dataclass(frozen=True, eq=False)
class MMnG:
    """The M/M/n+G queue: patience of any law, exactly.

    Contacts arrive at random at a constant rate, are answered in order of arrival, take an exponential handling time,
    and abandon when their patience ends before they are answered. Fractional agents follow the continuous extension of
    Erlang B, as in `ErlangA`, which this queue equals where patience is exponential. Numbers may be arrays, and all of
    them broadcast.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    patience: a law of `wfm.model.laws` [s], or as in a scenario file, {"law": "weibull", "mean": 120, "shape": 0.8}; a
        number or an array is the mean of an exponential law, >= 0, infinite: nobody hangs up. A law with one value per
        interval counts as an array of one axis. A law's share `at_zero` leaves at once when it would have to wait.
    interval: length of the interval [s], > 0.
    balking: share of contacts that leave at once when they would have to wait, 0 to 1, besides the law's own. They
        count as abandoned with a wait of 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Francois Baccelli and Gerard Hebuterne, "On queues with impatient customers" (1981); Sergey Zeltyn and
    Avishai Mandelbaum, "Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue" (2005).

    >>> queue = MMnG(volume=200, handling_time=180, patience={"law": "weibull", "mean": 120, "shape": 0.8})
    >>> queue.offered_load
    10.0
    >>> queue.measures([11, 12, 12.5], answer_within=20).service_level().round(4)
    array([0.7684, 0.8427, 0.8729])
    >>> queue.required_agents(service_level=0.8, answer_within=20)
    12
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: Patience
    interval: ArrayLike = 3600.0
    balking: ArrayLike = 0.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        given, _ = self._inputs()
        return unwrapped(given["volume"] * given["handling_time"] / given["interval"])

    def measures(
        self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0
    ) -> OfferedWaitMeasures:
        """What contacts and agents experience with so many agents.

        `agents` (net, >= 0, fractional if wanted), `answer_within` and `short_abandon` [s, >= 0] broadcast with the
        queue's own arguments; so does the result. `answer_within` is the threshold T of "answered within T"; who hangs
        up at T exactly has abandoned within T. `short_abandon` is the wait before which an abandonment counts as short,
        0: none does. Where nothing is offered, all are answered at once. Where those who would never hang up reach the
        agents' capacity, the offered wait grows for ever: all others abandon, and those wait without end, as in
        Erlang C (they count as answered, with an infinite wait). Raises InputError for negative or NaN values.

        >>> half_a_minute_or_never = {"law": "empirical", "sample": [30], "weights": [0.4]}
        >>> measures = MMnG(200, 180, half_a_minute_or_never).measures(12, answer_within=20)
        >>> round(measures.abandonment, 4), round(measures.average_speed_of_answer, 1)
        (0.0547, 7.6)
        >>> round(measures.offered_wait_beyond, 4)
        0.1849
        """
        asked = {
            "agents": (agents, NOT_NEGATIVE),
            "answer_within": (answer_within, NOT_NEGATIVE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
        given, standards = self._inputs()
        given = broadcast(given | checked(asked))
        return _measures(given, standards)

    def required_agents(
        self,
        *,
        service_level: ArrayLike | None = None,
        answer_within: ArrayLike = 20.0,
        definition: str = "answered_of_offered",
        short_abandon: ArrayLike = 0.0,
        max_occupancy: ArrayLike | None = None,
        max_abandonment: ArrayLike | None = None,
        max_average_speed_of_answer: ArrayLike | None = None,
        whole: bool = True,
    ) -> int | Figure | NDArray[np.int64]:
        """The least net agents that meet every target given; see `requirement` for the targets and limits.

        Whole agents (int, or int64 array), or with `whole=False` the least real number (float, or float64 array).

        >>> queue = MMnG(200, 300, {"law": "lognormal", "mean": [60, 120, 300], "cv": 1.5}, interval=1800)
        >>> queue.required_agents(service_level=0.8, answer_within=20)
        array([33, 35, 37])
        """
        found = self.requirement(
            service_level=service_level,
            answer_within=answer_within,
            definition=definition,
            short_abandon=short_abandon,
            max_occupancy=max_occupancy,
            max_abandonment=max_abandonment,
            max_average_speed_of_answer=max_average_speed_of_answer,
        )
        return found.whole if whole else found.fractional

    def requirement(
        self,
        *,
        service_level: ArrayLike | None = None,
        answer_within: ArrayLike = 20.0,
        definition: str = "answered_of_offered",
        short_abandon: ArrayLike = 0.0,
        max_occupancy: ArrayLike | None = None,
        max_abandonment: ArrayLike | None = None,
        max_average_speed_of_answer: ArrayLike | None = None,
    ) -> Requirement:
        """The least whole and the least real net agents that meet every target given, and which target binds.

        Targets and limits as in `ErlangA.requirement`: `service_level` (0 < x < 1, by `definition`, with
        `answer_within` and `short_abandon` as in `measures`), `max_occupancy` and `max_abandonment` (0 < x <= 1) and
        `max_average_speed_of_answer` [s, > 0]; None: not asked. At least one is. Something offered needs at least one
        whole agent, and where some would never hang up, more agents than their load ("stability"). Raises InputError
        for targets out of range.

        >>> queue = MMnG(200, 300, {"law": "uniform", "low": 60, "high": 180}, interval=1800)
        >>> found = queue.requirement(service_level=0.8, answer_within=20, max_occupancy=0.85)
        >>> found.whole, round(found.fractional, 2), found.binding
        (39, 38.92, 'max_occupancy')
        """
        check_definition(definition)
        targets: dict[str, tuple[ArrayLike | None, Rule]] = {
            "service_level": (service_level, OPEN_SHARE),
            "max_occupancy": (max_occupancy, POSITIVE_SHARE),
            "max_abandonment": (max_abandonment, POSITIVE_SHARE),
            "max_average_speed_of_answer": (max_average_speed_of_answer, POSITIVE),
        }
        asked = {name: (value, rule) for name, (value, rule) in targets.items() if value is not None}
        if not asked:
            raise InputError([fault("targets", "must hold at least one of " + ", ".join(targets))])
        thresholds = {"answer_within": (answer_within, NOT_NEGATIVE), "short_abandon": (short_abandon, NOT_NEGATIVE)}
        given, standards = self._inputs()
        given = broadcast(given | checked(asked | thresholds))
        return _requirement(given, standards, definition)

    def _inputs(self) -> tuple[Arrays, list[Standard]]:
        """The queue's own arguments as arrays, checked, every fault at once; and the laws that `law` points into."""
        faults: list[Fault] = []
        try:
            law, standards = _law(self.patience)
        except InputError as error:
            faults.extend(error.faults)
            law, standards = {}, []
        asked: dict[str, tuple[ArrayLike, Rule]] = {
            "volume": (self.volume, NOT_NEGATIVE),
            "handling_time": (self.handling_time, NOT_NEGATIVE),
            "interval": (self.interval, POSITIVE),
            "balking": (self.balking, SHARE),
        }
        try:
            given = checked(asked)
        except InputError as error:
            raise InputError([*error.faults, *faults]) from None
        if faults:
            raise InputError(faults)
        given |= law
        shaped = broadcast(given)
        if ((shaped["volume"] > 0) & (shaped["handling_time"] == 0)).any():
            raise InputError([fault("handling_time", "must be greater than 0 where contacts are offered", 0.0)])
        return given, standards


def _law(patience: Patience) -> tuple[Arrays, list[Standard]]:
    """A patience as arrays `scale` [s], `at_zero` and `law`, places in the list of standard laws beside them."""
    if isinstance(patience, Mapping):
        patience = _spelt(patience)
    if not isinstance(patience, Law):
        scale = checked({"patience": (patience, NOT_NEGATIVE_OR_ENDLESS)})["patience"]
        standards = [Standard("exponential"), NEVER]
        return {"scale": scale, "at_zero": np.zeros(()), "law": np.where(np.isinf(scale), 1.0, 0.0)}, standards
    size = max(length_of(patience), np.size(patience.at_zero))
    scale = patience.scale_by_interval(size)
    own = patience.standard_by_interval(size)
    found = [one if np.isfinite(length) else NEVER for one, length in zip(own, scale, strict=True)]
    standards = list(dict.fromkeys(found))
    place = np.array([float(standards.index(one)) for one in found])
    columns = {"scale": scale, "at_zero": spread(patience.at_zero, size), "law": place}
    return {name: column if size > 1 else column[0] for name, column in columns.items()}, standards


def _spelt(patience: Mapping[str, Any]) -> Law:
    """The law that a table of a scenario file names."""
    name = patience.get("law")
    if name not in LAWS:
        raise InputError([fault("patience.law", f"is not a law; {nearest(str(name), LAWS)}", name)])
    kind = LAWS[name]
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    strange = [fault(f"patience.{key}", f"is unknown; {nearest(key, known)}") for key in patience if key not in known]
    needed = [one.name for one in fields(kind) if one.default is MISSING]  # type: ignore[arg-type]
    absent = [fault(f"patience.{key}", "is missing") for key in needed if key not in patience]
    if strange or absent:
        raise InputError([*strange, *absent])
    try:
        return kind(**patience)
    except InputError as error:
        raise InputError(replace(one, where=f"patience.{one.where}") for one in error.faults) from None


def _measures(given: Arrays, standards: list[Standard]) -> OfferedWaitMeasures:
    """What the kernel finds for so many `agents`, in seconds."""
    waits, within, abandoned_within, abandoned, answered, wait, waited, busy, offered_wait, beyond, short = _figures(
        given, standards
    )
    scale = _scale(given)
    some = given["volume"] > 0
    load = given["volume"] * given["handling_time"] / given["interval"]
    occupancy = ratio(load * answered, given["agents"], otherwise=1.0)
    mean_wait = scale * wait
    return OfferedWaitMeasures(
        wait_probability=unwrapped(waits),
        answered_within=unwrapped(within),
        abandoned_within=unwrapped(abandoned_within),
        short_abandoned=unwrapped(short),
        abandonment=unwrapped(abandoned),
        blocking=unwrapped(np.zeros_like(waits)),
        answered=unwrapped(answered),
        mean_wait=unwrapped(mean_wait),
        average_speed_of_answer=ratio(scale * waited, answered, otherwise=np.inf),
        mean_queue=unwrapped(given["volume"] / given["interval"] * np.where(some, mean_wait, 0.0)),
        occupancy=unwrapped(np.where(some, np.minimum(occupancy, 1.0), 0.0)),
        offered_wait_probability=unwrapped(busy),
        mean_offered_wait=unwrapped(scale * offered_wait),
        offered_wait_beyond=unwrapped(beyond),
    )


def _scale(given: Arrays) -> NDArray[np.float64]:
    """Seconds per unit of the law's time; a law of no length or without end has none of its own."""
    scale = given["scale"]
    return np.where((scale > 0) & np.isfinite(scale), scale, 1.0)


def _shares(given: Arrays) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of those that find every agent busy, the shares that join the queue and that leave at once."""
    stays = (1.0 - given["balking"]) * (1.0 - given["at_zero"])
    leaves = given["balking"] + given["at_zero"] * (1.0 - given["balking"])
    patient = given["scale"] > 0
    return np.where(patient, stays, 0.0), np.where(patient, leaves, 1.0)


def _figures(given: Arrays, standards: list[Standard]) -> NDArray[np.float64]:
    """The kernel's figures (11, ...), law by law."""
    from wfm.queueing.patience.kernels import all_patience_figures

    shape = given["law"].shape
    scale = _scale(given)
    stays, leaves = _shares(given)
    system = table(
        given["volume"] * given["handling_time"] / given["interval"],
        stays,
        leaves,
        scale / np.where(given["handling_time"] > 0, given["handling_time"], 1.0),
        given["answer_within"] / scale,
        given["short_abandon"] / scale,
    )
    agents, law = given["agents"].ravel(), given["law"].ravel()
    figures = np.empty((11, agents.size))
    for place, standard in enumerate(standards):
        rows = np.flatnonzero(law == place)
        if rows.size:
            found = np.empty((11, rows.size))
            all_patience_figures(agents[rows], system[rows], survival_table(standard), found)
            figures[:, rows] = found
    return figures.reshape(11, *shape)


def _requirement(given: Arrays, standards: list[Standard], definition: str) -> Requirement:
    """Search the queues in which something is offered; those who would never hang up must not exceed the agents."""
    shape = given["volume"].shape
    load = np.ravel(given["volume"] * given["handling_time"] / given["interval"])
    some = np.flatnonzero(load > 0.0)
    flat = {name: values.ravel()[some] for name, values in given.items()}
    endless = np.array([survival_table(one).left_at_end[-1] for one in standards])[flat["law"].astype(np.intp)]
    needed = load[some] * endless * _shares(flat)[0]
    whole, fractional = np.zeros(load.size, dtype=np.int64), np.zeros(load.size)
    binding = np.full(load.size, "none", dtype=f"<U{max(map(len, TARGETS))}")
    whole[some], fractional[some], binding[some] = least_agents(
        _margins(flat, standards, definition), load[some], needed
    )
    return Requirement(
        whole=whole.reshape(shape) if shape else int(whole[0]),
        fractional=unwrapped(fractional.reshape(shape)),
        binding=binding.reshape(shape) if shape else str(binding[0]),
    )


def _margins(flat: Arrays, standards: list[Standard], definition: str) -> dict[str, Margin]:
    """For each target that is given, by how much so many agents meet it."""

    def room(name: str, value: Callable[[Measures], Figure], sign: float) -> Margin:
        def margin(rows: Rows, agents: NDArray[np.float64]) -> NDArray[np.float64]:
            measures = _measures({key: values[rows] for key, values in flat.items()} | {"agents": agents}, standards)
            limit = flat[name][rows]
            return np.asarray(sign * (value(measures) - limit) / np.maximum(1.0, limit))

        return margin

    values: dict[str, tuple[Callable[[Measures], Figure], float]] = {
        "service_level": (lambda measures: measures.service_level(definition), 1.0),
        "max_occupancy": (lambda measures: measures.occupancy, -1.0),
        "max_abandonment": (lambda measures: measures.abandonment, -1.0),
        "max_average_speed_of_answer": (lambda measures: measures.average_speed_of_answer, -1.0),
    }
    return {name: room(name, *values[name]) for name in TARGETS if name in flat and name in values}
