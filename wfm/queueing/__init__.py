"""Stationary queues with one kind of agent: Erlang B, Erlang C and Erlang A.

    ErlangB     nobody waits: who finds every agent busy is blocked
    ErlangC     everybody waits for as long as it takes
    ErlangA     contacts wait until their patience ends; lines may be limited, some may balk

Agents may be fractional and every argument may be an array. Formulas are evaluated by sums of positive terms only, so
that deep tails and centres of 100,000 agents lose nothing. The compiled kernels load on the first call.
"""

from wfm.queueing.erlang_a import ErlangA
from wfm.queueing.erlang_b import ErlangB
from wfm.queueing.erlang_c import ErlangC
from wfm.queueing.results import DEFINITIONS, UNREACHABLE, Measures, Requirement

__all__ = ["DEFINITIONS", "UNREACHABLE", "ErlangA", "ErlangB", "ErlangC", "Measures", "Requirement"]
