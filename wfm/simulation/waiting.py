"""Contacts that wait: one list per contact type, oldest first, in a common pool of places.

A contact that was taken from the middle, or has given up, keeps its place, marked GONE, until it is the oldest.
Patience is looked at when an agent comes to a contact, not when it ends: who waits is alive while deadline >= now.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import woven_kernel
from wfm.simulation.ledger import INDEX, bits_of

NONE = np.int64(-1)
GONE = np.int64(-1)  # the number of a contact that waits no more


class Waiting(NamedTuple):
    """Places for waiting contacts, and where each type's list begins and ends.

    arrival, deadline, talk, work: float64[room]; key: uint64[room]; number, interval, following: int64[room];
    oldest, newest: int64[types], NONE where nobody waits; spare: int64[1], the first free place;
    some: uint64[1], types with anybody in their list, each by its own `bit`: uint64[types] (`bits_of`);
    pending: int64[types, delays], the first contact whose delay is not over yet.
    """

    arrival: np.ndarray
    deadline: np.ndarray
    talk: np.ndarray
    work: np.ndarray
    key: np.ndarray
    number: np.ndarray
    interval: np.ndarray
    following: np.ndarray
    oldest: np.ndarray
    newest: np.ndarray
    spare: np.ndarray
    some: np.ndarray
    bit: np.ndarray
    pending: np.ndarray


def nobody_waits(room: int, types: int, delays: int) -> Waiting:
    """Empty lists with room for so many contacts."""
    return Waiting(
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room),
        np.empty(room, np.uint64),
        np.full(room, GONE),
        np.empty(room, np.int64),
        np.append(np.arange(1, room), NONE),
        np.full(types, NONE),
        np.full(types, NONE),
        np.zeros(1, np.int64),
        *bits_of(types),
        np.full((types, delays), NONE),
    )


@woven_kernel
def join(waiting, k, number, i, key, arrival, deadline, talk, work):  # type: ignore[no-untyped-def]
    """Put a contact at the end of its type's list; there must be a spare place."""
    place = waiting.spare[0] & INDEX
    waiting.spare[0] = waiting.following[place]
    waiting.arrival[place], waiting.deadline[place], waiting.key[place] = arrival, deadline, key
    waiting.talk[place], waiting.work[place] = talk, work
    waiting.number[place], waiting.interval[place], waiting.following[place] = number, i, NONE
    if waiting.oldest[k] == NONE:
        waiting.oldest[k] = place
        waiting.some[0] |= waiting.bit[k]
    else:
        waiting.following[waiting.newest[k] & INDEX] = place
    waiting.newest[k] = place
    for d in range(waiting.pending.shape[1]):
        if waiting.pending[k, d] == NONE:
            waiting.pending[k, d] = place


@woven_kernel
def drop_oldest(waiting, k):  # type: ignore[no-untyped-def]
    """Take the oldest of a type out of its list; its place is free again, and still holds what it held."""
    place = waiting.oldest[k] & INDEX
    waiting.oldest[k] = waiting.following[place]
    if waiting.oldest[k] == NONE:
        waiting.some[0] &= ~waiting.bit[k]
    for d in range(waiting.pending.shape[1]):
        if waiting.pending[k, d] == place:
            waiting.pending[k, d] = waiting.following[place]
    waiting.number[place] = GONE
    waiting.following[place] = waiting.spare[0]
    waiting.spare[0] = place
