"""How far the city-wide mode lies from the exact mode, on a sample of masts and receivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cells import Cells
from .ground import Ground
from .levels import disc_of
from .rays1812 import Conditions
from .reference import reference_losses
from .stencil import Stencil
from .sweep import Place, trees_of
from .tiles import Rules, mast_losses, street_reach


@dataclass(frozen=True, slots=True)
class Agreement:
    """Fast loss less exact loss over a sample of ``points``, dB.

    ``median`` and ``p90`` of the absolute difference, ``bias`` the mean difference.
    """

    points: int
    median: float
    p90: float
    bias: float


def agreement(
    ground: Ground, cells: Cells, good: NDArray[np.bool_], rules: Rules, stencil: Stencil, sample: int
) -> Agreement | None:
    """Compare losses at about ``sample`` receivers, spread evenly over masts and over each disc; no randomness.

    None where no compared receiver lies on known ground.
    """
    chosen = np.flatnonzero(good)
    masts = chosen[np.unique(np.linspace(0, chosen.size - 1, min(chosen.size, 40)).astype(np.int64))]
    each = max(sample // masts.size, 1)
    parts = [_differences(ground, cells, int(mast), rules, stencil, each, turn) for turn, mast in enumerate(masts)]
    difference = np.concatenate(parts)
    difference = difference[np.isfinite(difference)]
    if not difference.size:
        return None
    size = np.abs(difference)
    return Agreement(int(size.size), float(np.median(size)), float(np.quantile(size, 0.9)), float(difference.mean()))


def _differences(
    ground: Ground, cells: Cells, mast: int, rules: Rules, stencil: Stencil, count: int, turn: int
) -> NDArray[np.float64]:
    margin = stencil.reach + 2
    row, column = (int(each) for each in ground.cell_of(cells.x[mast], cells.y[mast]))
    side = 2 * margin + 1
    terrain, obstacles = ground.block(row - margin, column - margin, side, side)
    f, height = float(cells.f[mast]), float(cells.height[mast])
    down, right = (float(each) for each in ground.offset_of(cells.x[mast], cells.y[mast]))
    here = Place(margin, margin, down, right)
    fast = mast_losses(terrain, obstacles, here, height, f, rules, trees_of(stencil), disc_of(stencil))
    # a step prime to nothing in the disc, begun elsewhere for each mast, so that samples do not line up
    slots = (np.arange(count) * 7919 + turn * 104729) % stencil.row.size
    at = Conditions(f, rules.p, rules.ae, rules.n0, rules.latitude, rules.inland, rules.vertical)
    exact = reference_losses(
        terrain, obstacles, rules.resolution, margin + right, margin + down, height, rules.receiver,
        (stencil.column[slots] + margin).astype(np.float64), (stencil.row[slots] + margin).astype(np.float64),
        at, rules.by_1812, street_reach(f, rules),
    )  # fmt: skip
    return np.asarray(fast[slots] - exact)
