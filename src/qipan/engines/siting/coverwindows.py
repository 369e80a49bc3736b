"""Exact windows of least-cost covers, whole or of a share: some candidates solved by HiGHS, all others as they are."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, row_ids
from qipan.engines.siting.core import Core
from qipan.engines.siting.exact import cover_exact
from qipan.engines.siting.state import State, add, drop
from qipan.engines.siting.tiles import cut

_SAFETY = 60.0
"""Seconds after which a window is given up whatever its nodes: a guard alone, no window of usual size comes near."""


def cheaper_window(core: Core, state: State, window: Longs, least: float, nodes: int) -> bool:
    """Cover ``least`` at less cost by other candidates of the window; True where the plan became cheaper.

    Groups that sites outside hold cost nothing more, conflicts with them bar, and areas keep the numbers they need.
    Covered value that areas need ties windows to the rest: cores that ask for it are not cut.
    """
    window = _unbarred(core, state, window)
    part, chosen = cut(core, state, window, 0.0)
    known = np.flatnonzero(chosen)
    if not known.size:
        return False
    part = part._replace(budget=np.inf, site_area=core.site_area[window], area_sites=_left(core, state, window[known]))
    alone = np.zeros(part.value.size, np.bool_)
    alone[part.rows[np.isin(row_ids(part.start), known)]] = True
    needed = min(least - float(state.sums[0]) + float(part.value[alone].sum()), float(part.value.sum()))
    found = cover_exact(part, known, max(needed, 0.0), _SAFETY, nodes)
    if found.chosen is None:
        return False
    return _replaced(core, state, window[known], window[found.chosen], least)


def cheapest_columns(reduced: Floats, state: State, most: int) -> Longs:
    """The ``most`` candidates of least reduced cost, and the chosen ones."""
    order = np.argsort(reduced, kind="stable")[:most]
    return np.union1d(order, np.flatnonzero(state.chosen))


def _unbarred(core: Core, state: State, window: Longs) -> Longs:
    """The window without candidates that conflict with a chosen site outside it."""
    if not core.conflict.size:
        return window
    outside = state.chosen.copy()
    outside[window] = False
    barred = np.bincount(row_ids(core.conflict_start), outside[core.conflict], minlength=core.cost.size) > 0
    return window[~barred[window]]


def _left(core: Core, state: State, inside: Longs) -> Floats:
    """Sites that each area needs beyond those outside the window."""
    labels = core.site_area[inside]
    held = np.bincount(labels[labels >= 0], minlength=core.area_sites.size)
    left: Floats = np.maximum(core.area_sites - (state.sites - held), 0.0)
    return left


def _replaced(core: Core, state: State, before: Longs, after: Longs, least: float) -> bool:
    """Put ``after`` in the place of ``before`` where that is cheaper and covers enough."""
    cost, short = float(state.sums[1]), float(state.sums[2])
    for j in before:
        drop(core, state, int(j))
    for i in after:
        add(core, state, int(i))
    enough = state.sums[0] >= least * (1 - 1e-9) and state.sums[2] <= short + 1e-9
    if enough and state.sums[1] < cost - 1e-9 * max(1.0, cost):
        return True
    for i in after:
        drop(core, state, int(i))
    for j in before:
        add(core, state, int(j))
    return False
