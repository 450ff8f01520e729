"""Queues: numbers in, numbers out. Every argument may be an array, agents may be fractional where a formula allows it.

Stationary, one kind of agent
    ErlangB             nobody waits: who finds every agent busy is blocked (any law of handling times)
    ErlangC             everybody waits for as long as it takes
    ErlangA             contacts wait until an exponential patience ends; lines may be limited, some may balk
    MMnG                any law of patience
    ErlangX             Erlang A with redials and repeats
    PriorityQueue       classes of contacts, nobody interrupted
    MDn, MG1            constant handling times; one agent with any handling times
    MGn, GGn, MGnG      approximations for handling times that are not exponential

The other way round
    largest_volume, longest_handling_time, shortest_answer_within

Over time
    MtMstM              the exact queue through intervals of changing rates and staffing
    Steps, Sinusoid, Curve, offered_load        rates of arrival, and the load of agents without end
    RULES, period_loads, interval_loads, PeriodQueues, agents_for_wait_probability      SIPP, its lag, and MOL
    Fluid, clearing_time        backlogs as a flow

Rules of thumb
    halfin_whitt, garnett and their inverses, square_root_staffing, efficiency_driven_staffing

Formulas are evaluated by sums of positive terms, so that deep tails and centres of 100,000 agents lose nothing. The
compiled kernels load on the first call.
"""

from wfm.queueing.erlang.erlang_a import ErlangA
from wfm.queueing.erlang.erlang_b import ErlangB
from wfm.queueing.erlang.erlang_c import ErlangC
from wfm.queueing.erlang.redials import AttemptMeasures, ErlangX
from wfm.queueing.goal_seek import largest_volume, longest_handling_time, shortest_answer_within
from wfm.queueing.handling.general_handling import MG1, GGn, MGn
from wfm.queueing.handling.mdn import MDn
from wfm.queueing.handling.whitt import MGnG
from wfm.queueing.over_time.arrivals import Curve, Sinusoid, Steps
from wfm.queueing.over_time.fluid import Fluid, FluidMeasures, clearing_time
from wfm.queueing.over_time.offered_load import offered_load
from wfm.queueing.over_time.period_staffing import (
    RULES,
    PeriodQueues,
    agents_for_wait_probability,
    interval_loads,
    period_loads,
)
from wfm.queueing.over_time.transient import IntervalFigures, MtMstM
from wfm.queueing.patience.mmn_g import MMnG, OfferedWaitMeasures
from wfm.queueing.priorities import ClassMeasures, PriorityQueue
from wfm.queueing.results import DEFINITIONS, UNREACHABLE, Measures, Requirement
from wfm.queueing.square_root import (
    ManyAgents,
    efficiency_driven_staffing,
    garnett,
    garnett_beta,
    halfin_whitt,
    halfin_whitt_beta,
    square_root_staffing,
)

__all__ = [
    "DEFINITIONS", "MG1", "RULES", "UNREACHABLE",
    "AttemptMeasures", "ClassMeasures", "Curve", "ErlangA", "ErlangB", "ErlangC", "ErlangX", "Fluid", "FluidMeasures",
    "GGn", "IntervalFigures", "MDn", "MGn", "MGnG", "MMnG", "ManyAgents", "Measures", "MtMstM", "OfferedWaitMeasures",
    "PeriodQueues", "PriorityQueue", "Requirement", "Sinusoid", "Steps",
    "agents_for_wait_probability", "clearing_time", "efficiency_driven_staffing", "garnett", "garnett_beta",
    "halfin_whitt", "halfin_whitt_beta", "interval_loads", "largest_volume", "longest_handling_time", "offered_load",
    "period_loads", "shortest_answer_within", "square_root_staffing",
]  # fmt: skip
