"""The workloads: W1, a stationary queue for a million calls; W2, a bell-shaped day of 5000; W3, routing by skill."""

from __future__ import annotations

from dataclasses import replace

import wfm


def w1(hours: int = 1667) -> wfm.ContactCenter:
    """M/M/52+M: 10 calls a minute, handling 300 s, patience 180 s; 600 calls an hour."""
    return _shortened(wfm.load(wfm.example("w1_stationary")), hours)


def w2() -> wfm.ContactCenter:
    """48 half hours, 5000 calls, lognormal handling, staffed by Erlang C."""
    return wfm.load(wfm.example("w2_day"))


def w3() -> wfm.ContactCenter:
    """24 half hours, 6000 calls of five types, 100 agents in eight groups with two or three skills each."""
    return wfm.load(wfm.example("w3"))


def large() -> wfm.ContactCenter:
    """50 types, 60 groups, about 1,000 agents."""
    return wfm.load(wfm.example("large_multi_skill"))


def _shortened(center: wfm.ContactCenter, intervals: int) -> wfm.ContactCenter:
    return replace(center, horizon=replace(center.horizon, intervals=intervals))
