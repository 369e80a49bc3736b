"""The path from a cell's mast to a point, as it is drawn: terrain, surface, line of sight and what is in its way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..diffraction import bullington_edge, highest_edge
from ..errors import require_range
from ..profiles import LAMBDA_GHZ
from .cells import Cells
from .ground import Ground
from .incremental_discs import Carrier, Discs
from .rays1812 import Conditions
from .reference import own_profile, reference_losses
from .run import Settings
from .stencil import Stencil
from .tiles import street_reach

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class PathProfile:
    """A path of n points from a cell's antenna to a receiver.

    ``distance`` km from the mast; ``terrain`` and ``surface`` m above sea level, equal at both ends; ``sight`` the line
    of sight in m above sea level, lowered by the Earth's curve so that it may be drawn over the heights as they are;
    ``clearance`` 0.6 of the first Fresnel zone's radius in m. ``obstacles`` are the points that make Bullington's edge:
    the two horizons, one where they are the same, or on a clear line the point that comes nearest to it in Fresnel
    zones. ``apex`` is the edge itself, km and m above sea level, None on a clear line; ``nu`` its parameter ν (P.526).
    ``fast`` and ``exact`` are the losses in dB that the city-wide and the exact mode predict; ``fast`` is nan beyond
    the city's radius and in the mast's own cell of the map.
    """

    distance: Doubles
    terrain: Doubles
    surface: Doubles
    sight: Doubles
    clearance: Doubles
    obstacles: tuple[int, ...]
    apex: tuple[float, float] | None
    nu: float
    fast: float
    exact: float

    @property
    def line_of_sight(self) -> bool:
        """Whether nothing between the ends reaches the line of sight."""
        return bool((self.surface[1:-1] < self.sight[1:-1]).all())

    @property
    def fresnel_clear(self) -> bool:
        """Whether 0.6 of the first Fresnel zone below the line of sight is free, too."""
        return bool((self.surface[1:-1] <= (self.sight - self.clearance)[1:-1]).all())


def path_profile(
    ground: Ground, cells: Cells, index: int, x: float, y: float, settings: Settings, discs: Discs, stencil: Stencil
) -> PathProfile:
    """Path from a cell to the point (x, y) m in the ground's coordinates, the receiver as high as the settings say.

    OutOfRange where the point lies outside the raster or within a map cell of the mast.
    """
    require_inside(ground, x, y)
    length = float(np.hypot(x - cells.x[index], y - cells.y[index]))
    require_range("path", "distance", length, ground.resolution, 100_000.0, "m")
    f, mast = float(cells.f[index]), float(cells.height[index])
    x0, y0 = _position(ground, cells.x[index], cells.y[index])
    x1, y1 = _position(ground, x, y)
    rules = settings.rules(ground.resolution)
    at = Conditions(f, rules.p, rules.ae, rules.n0, rules.latitude, rules.inland, rules.vertical)
    exact = reference_losses(
        ground.terrain, ground.surface, ground.resolution, x0, y0, mast, rules.receiver, np.array([x1]),
        np.array([y1]), at, rules.by_1812, street_reach(f, rules),
    )[0]  # fmt: skip
    d, h, g = own_profile(ground.terrain, ground.surface, x0, y0, x1, y1, ground.resolution)
    fast = _fast_loss(ground, cells, index, x, y, discs, stencil)
    return _drawn(d, h, g, h[0] + mast, h[-1] + rules.receiver, rules.ae, f, fast, float(exact))


def require_inside(ground: Ground, x: float, y: float) -> None:
    """Raise OutOfRange for a point outside the raster, m in the ground's coordinates."""
    rows, columns = ground.shape
    east, south = ground.west + columns * ground.resolution, ground.north - rows * ground.resolution
    require_range("point", "x", x, ground.west, east, "m")
    require_range("point", "y", y, south, ground.north, "m")


def _position(ground: Ground, x: float, y: float) -> tuple[float, float]:
    return (x - ground.west) / ground.resolution - 0.5, (ground.north - y) / ground.resolution - 0.5


def _fast_loss(ground: Ground, cells: Cells, index: int, x: float, y: float, discs: Discs, stencil: Stencil) -> float:
    row, column = (int(each) for each in ground.cell_of(cells.x[index], cells.y[index]))
    down, right = (float(each) for each in ground.offset_of(cells.x[index], cells.y[index]))
    to_row, to_column = (int(each) for each in ground.cell_of(x, y))
    slot = np.flatnonzero((stencil.row == to_row - row) & (stencil.column == to_column - column))
    if not slot.size:
        return float("nan")
    height, f = float(cells.height[index]), float(cells.f[index])
    carrier = Carrier(row, column, down, right, height, f, int(cells.layer[index]))
    return float(discs.losses(carrier)[slot[0]])


def _drawn(
    d: Doubles, h: Doubles, g: Doubles, hts: float, hrs: float, ae: float, f: float, fast: float, exact: float
) -> PathProfile:
    total, lam = float(d[-1]), LAMBDA_GHZ / f
    curve = 500.0 / ae
    sight = hts + (hrs - hts) * d / total - curve * d * (total - d)
    clearance = 0.6 * np.sqrt(lam * 1000.0 * d * (total - d) / total)
    inner = slice(1, -1)
    ahead = (g + curve * d * (total - d) - hts)[inner] / d[inner]
    behind = (g + curve * d * (total - d) - hrs)[inner] / (total - d[inner])
    apex, obstacles = None, (int(np.argmax(ahead)) + 1, int(np.argmax(behind)) + 1)
    if ahead.max() < (hrs - hts) / total:
        obstacles = (highest_edge(d, g, hts, hrs, ae, lam)[1],) * 2
    else:
        where = float((hrs - hts + behind.max() * total) / (ahead.max() + behind.max()))
        apex = where, float(hts + ahead.max() * where - curve * where * (total - where))
    nu = float(bullington_edge(d, g, hts, hrs, ae, lam))
    return PathProfile(d, h, g, sight, clearance, tuple(dict.fromkeys(obstacles)), apex, nu, fast, exact)
