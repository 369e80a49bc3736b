"""Islands of a core: neighbourhoods that hold the rows which keep a Lagrangian bound apart from a plan.

By complementary slackness the distance between the bound and the plan is a sum over rows and sites, and few rows make
up most of it. Candidates that such a row ties together are put into one island, so that the rows that cross from one
island to another cost the bound little.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, Singles
from qipan.engines.siting.core import Core
from qipan.engines.siting.state import state_of


def slack(core: Core, weight: Floats, multipliers: Singles, chosen: Longs) -> Floats:
    """What each row adds to the distance between bound and plan, float64 [m].

    A row left open adds what its ``weight`` exceeds its multiplier by, a row covered k times k - 1 multipliers.
    """
    depth = state_of(core, chosen, 0).depth
    lost: Floats = np.where(depth == 0, weight - multipliers, multipliers * np.maximum(depth - 1, 0))
    return lost


def islands(core: Core, lost: Floats, multipliers: Singles, most: int) -> Ints:
    """Label of each candidate's island, int32 [n]; islands hold up to ``most`` candidates, and groups stay whole.

    Rows of most slack ``lost`` join their owners first, then rows of greatest multiplier. Only groups of more than
    ``most`` candidates make an island larger.
    """
    busy = np.flatnonzero((lost > 0) | (multipliers > 0))
    order = busy[np.lexsort((-multipliers[busy], -lost[busy]))]
    label = _joined(core.owner_start, core.owners, core.group, order, most)
    return np.unique(label, return_inverse=True)[1].astype(np.int32)


def crossing(core: Core, label: Ints) -> Flags:
    """Whether candidates of more than one island cover a row, bool [m]."""
    if not core.owners.size:
        return np.zeros(core.value.size, np.bool_)
    of = label[core.owners]
    first = core.owner_start[:-1]
    return np.asarray(np.minimum.reduceat(of, first) != np.maximum.reduceat(of, first))


@njit(cache=True)
def _root(parent: Longs, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True)
def _joined(owner_start: Longs, owners: Ints, group: Ints, order: Longs, most: int) -> Longs:
    """The root of each candidate after joining groups and then, row by row, the owners that fit into one island."""
    n = group.size
    parent, size = np.arange(n), np.ones(n, np.int64)
    first = np.full(group.max() + 1 if n else 0, -1, np.int64)
    for i in range(n):
        if group[i] >= 0:
            if first[group[i]] < 0:
                first[group[i]] = i
            home = _root(parent, first[group[i]])
            if home != i:
                parent[i] = home
                size[home] += 1
    roots = np.empty(n, np.int64)
    for row in order:
        met, total = 0, 0
        for at in range(owner_start[row], owner_start[row + 1]):
            root = _root(parent, owners[at])
            known = False
            for k in range(met):
                known = known or roots[k] == root
            if not known:
                roots[met] = root
                met += 1
                total += size[root]
        if total > most:
            continue
        for k in range(1, met):
            parent[roots[k]] = roots[0]
        if met:
            size[roots[0]] = total
    for i in range(n):
        parent[i] = _root(parent, i)
    return parent
