"""M/G/n+G: any law of handling times and any law of patience, by Ward Whitt's approximation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import Fault, InputError, fault
from wfm.model.laws import Standard
from wfm.queueing.erlang.erlang_a import ENDLESS, _measures
from wfm.queueing.handling.waiting import Arrays, each_queue, least_agents, load_of
from wfm.queueing.inputs import NOT_NEGATIVE, NOT_NEGATIVE_OR_ENDLESS, broadcast, checked
from wfm.queueing.patience.mmn_g import MMnG, Patience
from wfm.queueing.patience.survival import CURVES, NEVER, survival_table
from wfm.queueing.results import Figure, Measures, unwrapped

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MGnG:
    """The M/G/n+G queue by Whitt's approximation; lines may be limited (M/G/n/lines+G).

    Handling times enter through their mean alone, as if they were exponential. Patience of any law becomes abandonment
    that depends on the length of the queue: the contact in place j from the end has waited about as long as j arrivals
    take, and abandons at the hazard of that age (averaged over the time of one arrival, so that laws without a hazard
    are covered too). Where both laws are exponential this is Erlang A, exactly.

    Errors, against simulation with lognormal handling times of mean 300 s (10, 50 and 200 agents, load 0.8, 0.95 and
    1.1 of them, Weibull patience of mean 60 and 180 s and shape 0.7 and 1.5, answer within 20 s, mean waits above 1 s):

        handling cv    service level           abandonment             average speed of answer    mean wait
        0              -4.0 to +7.4 points     +0.1 to +1.9 points     -6 to +28 % (2 s)          -10 to +30 % (4 s)
        0.5            -2.7 to +4.5 points     -0.1 to +1.3 points     -7 to +18 % (2 s)          -12 to +25 % (3 s)
        1 and 1.5      -2.7 to +0.9 points     -0.4 to +0.3 points     -7 to +8 % (4 s)           -15 to +19 % (3 s)
        2              -5.3 to +1.7 points     -0.9 to +0.1 points     -11 to +12 % (4 s)         -16 to +16 % (3 s)

    `MMnG` takes handling times the same way and patience exactly: it is nearer in most of these cases (service level
    0.6 points off on average against 0.7, mean wait 5 % against 9 %), and the one to use where lines are not limited.
    `ErlangA` with the mean patience alone misses service levels by up to 44 points. Against exact solutions with
    exponential patience and hyperexponential or Erlang handling times of scv 0.5 to 2.1: wait probability -1.5 to +0.7
    points, abandonment -0.4 to +0.5 points, mean wait -4 to +6 %.

    Where patience has jumps (deterministic, empirical), a contact that meets a queue longer than its patience is taken
    to abandon as it comes: waits, and `abandoned_within`, are then not to be relied upon.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    patience: as in `MMnG`: a law of `wfm.model.laws` or its table in a scenario file; or the mean of an exponential law
        [s], >= 0, infinite: nobody abandons; or an array of means. A law's share `at_zero` balks.
    interval: length of the interval [s], > 0.
    lines: contacts that can be in the centre at once, >= 0; None or infinite: no limit.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Source: Ward Whitt, "Engineering solution of a basic call-center model" (2005).

    >>> queue = MGnG(volume=200, handling_time=180, patience={"law": "weibull", "mean": 120, "shape": 0.7})
    >>> measures = queue.measures([11, 12], answer_within=20)
    >>> measures.service_level().round(2)
    array([0.78, 0.85])
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: Patience
    interval: ArrayLike = 3600.0
    lines: ArrayLike | None = None

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return unwrapped(load_of(self._inputs()[0]))

    def measures(self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0) -> Measures:
        """What contacts and agents experience with so many agents, as in `ErlangA.measures`.

        `agents` (net, >= 0, fractional if wanted), `answer_within` and `short_abandon` [s, >= 0] broadcast with the
        queue's own arguments; so does the result. Raises InputError for negative or NaN values, and where patience is
        so long that more than 4 million contacts would wait.

        >>> exact = MGnG(volume=200, handling_time=180, patience=120).measures(12, answer_within=20)
        >>> round(exact.service_level(), 4), round(exact.abandonment, 4)
        (0.8256, 0.0616)
        """
        given, standards = self._inputs()
        asked = {
            "agents": (agents, NOT_NEGATIVE),
            "answer_within": (answer_within, NOT_NEGATIVE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
        rows = broadcast(given | checked(asked))
        found = [_figures(row, standards[int(row["law"])]) for row in each_queue(rows)]
        return _measures(rows, np.transpose(found).reshape(9, *rows["agents"].shape))

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
    ) -> int | NDArray[np.int64]:
        """The least whole net agents that meet every target given.

        Targets as in `ErlangA.requirement`; at least one is asked. An int, or an int64 array; 0 where nothing is
        offered, UNREACHABLE where too few lines are open. The search goes outwards from the load: service levels of the
        answered, or of those who stay, may be met again by far fewer. Raises InputError for targets out of range, and
        for `whole=False`: this queue is staffed in whole agents.

        >>> queue = MGnG(volume=200, handling_time=180, patience={"law": "lognormal", "mean": 120, "cv": 1.2})
        >>> queue.required_agents(service_level=0.8, answer_within=20)
        12
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
        }
        thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
        return least_agents(self.measures, self._inputs()[0], targets, thresholds, definition, whole)

    def _inputs(self) -> tuple[Arrays, list[Standard]]:
        """The queue's own arguments as arrays, checked, every fault at once; and the laws that `law` points into."""
        lines = np.inf if self.lines is None else self.lines
        faults: list[Fault] = []
        try:
            given, standards = MMnG(self.volume, self.handling_time, self.patience, self.interval)._inputs()
        except InputError as error:
            faults += error.faults
        try:
            given_lines = checked({"lines": (lines, NOT_NEGATIVE_OR_ENDLESS)})
        except InputError as error:
            faults += error.faults
        if faults:
            raise InputError(faults)
        broadcast(given | given_lines)
        return given | given_lines, standards


def _figures(row: dict[str, float], law: Standard) -> tuple[float, ...]:
    """The nine figures of one queue; without abandonment of those who wait it is an Erlang formula."""
    from wfm.queueing.erlang import kernels
    from wfm.queueing.handling import whitt_chain

    load = row["volume"] * row["handling_time"] / row["interval"]
    handling_time = row["handling_time"] or 1.0
    within, short = row["answer_within"] / handling_time, row["short_abandon"] / handling_time
    hazards = _cumulative_hazard(law, np.zeros(1))[0]
    balking = 1.0 if row["scale"] == 0.0 else 1.0 - (1.0 - row["at_zero"]) * float(np.exp(-hazards))
    if load == 0.0 or balking == 1.0 or law == NEVER or row["scale"] > ENDLESS * handling_time:
        queue = (row["agents"], load, 0.0, row["lines"], balking)
        return *kernels.figures(*queue, within), kernels.figures(*queue, short)[2] if short > 0.0 else 0.0
    joining = load * (1.0 - balking)
    age_of_place = handling_time / row["scale"] / joining  # in units of the law's scale

    def leaving(size: int) -> Array:
        return joining * (_cumulative_hazard(law, np.arange(float(size)) * age_of_place) - hazards)

    found = whitt_chain.figures(row["agents"], load, row["lines"], balking, within, short, leaving)
    if found is None:
        rule = f"must be shorter, or more than {whitt_chain.LONGEST_QUEUE:,} contacts wait for {row['agents']:g} agents"
        raise InputError([fault("patience", rule)])
    return found


def _cumulative_hazard(law: Standard, ages: Array) -> Array:
    """-log P(patience > age), with all its digits both where few have hung up and where few are left."""
    if law.name == "exponential":
        return ages
    with np.errstate(divide="ignore"):
        if law.name not in CURVES:
            table = survival_table(law)
            return -np.log(table.left_at_end[np.searchsorted(table.edges, ages, side="right") - 1])
        gone, left, _ = CURVES[law.name](*law.shape)
        few_gone = np.minimum(gone(ages), 0.5)
        return np.where(few_gone < 0.5, -np.log1p(-few_gone), -np.log(left(ages)))
