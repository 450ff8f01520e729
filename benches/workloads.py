"""The workloads: W1, a stationary queue for a million calls; W2, a bell-shaped day of 5000."""

from __future__ import annotations

from dataclasses import replace

import wfm


def w1(hours: int = 1667) -> wfm.ContactCenter:
    """M/M/52+M: 10 calls a minute, handling 300 s, patience 180 s; 600 calls an hour."""
    return _shortened(wfm.load(wfm.example("w1_stationary")), hours)


def w2() -> wfm.ContactCenter:
    """48 half hours, 5000 calls, lognormal handling, staffed by Erlang C."""
    return wfm.load(wfm.example("w2_day"))


def _shortened(center: wfm.ContactCenter, intervals: int) -> wfm.ContactCenter:
    return replace(center, horizon=replace(center.horizon, intervals=intervals))
