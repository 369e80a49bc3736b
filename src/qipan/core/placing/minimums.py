"""From targets that overlap (a district's, an operator's, the city's) to least numbers for parts that do not.

Candidates that count for the same targets form one part; so does demand. Targets of few parts are shared out first,
each over its parts in proportion to what other targets still need there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qipan.core.placing.hosts import Doubles

Flags = NDArray[np.bool_]


def parts_of(members: Sequence[Flags], count: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the part of each of ``count`` rows, and which parts belong to which target, bool (targets, parts).

    ``members`` tells for each target which rows count for it.
    """
    if not members or count == 0:
        return np.zeros(count, dtype=np.int32), np.zeros((len(members), 1 if count else 0), dtype=bool)
    table = np.stack(members, axis=1)
    kinds, part = np.unique(table, axis=0, return_inverse=True)
    return part.reshape(-1).astype(np.int32), kinds.T


def share_out(needs: Sequence[int], belongs: Flags, room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least number for each part, so that every target's parts together reach its need.

    ``belongs`` bool (targets, parts); ``room`` rows of each part. Where a target needs more than its parts hold, the
    rest is put on its largest part, so that the clash is found and told.
    """
    least = np.zeros(belongs.shape[1], dtype=np.int64)
    order = sorted(range(len(needs)), key=lambda one: (int(belongs[one].sum()), one))
    for target in order:
        parts = np.flatnonzero(belongs[target])
        lacking = int(needs[target]) - int(least[parts].sum())
        if lacking <= 0 or not parts.size:
            continue
        least[parts] += _spread(lacking, _pressure(needs, belongs, least)[parts], (room - least)[parts])
    return least


def _pressure(needs: Sequence[int], belongs: Flags, least: NDArray[np.int64]) -> Doubles:
    """Return what targets still need in each part, each target's need spread evenly over its parts."""
    pressure = np.full(belongs.shape[1], 1e-6)
    for need, parts in zip(needs, belongs, strict=True):
        lacking = max(need - int(least[parts].sum()), 0)
        pressure[parts] += lacking / max(int(parts.sum()), 1)
    return pressure


def _spread(number: int, weights: Doubles, room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share a number out by weights (largest remainders) within the room of each; the rest goes to the widest."""
    given = np.zeros(len(weights), dtype=np.int64)
    for _ in range(len(weights) + 1):
        left = number - int(given.sum())
        free = np.where(given < room, weights, 0.0)
        if left == 0 or free.sum() == 0:
            break
        exact = left * free / free.sum()
        step = np.floor(exact).astype(np.int64)
        rest = left - int(step.sum())
        step[np.argsort(-(exact - step), kind="stable")[:rest]] += 1
        given = np.minimum(given + step, np.maximum(room, given))
    given[int(np.argmax(room))] += number - int(given.sum())
    return given
