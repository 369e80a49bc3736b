"""Capacity against demand: the load of each cell, with the interference that the loads make.

Load ρ is the part of its time a cell must send to carry its demand: Σ demand / rate over the map cells it serves. Rates
fall with the others' loads, so that load is a fixed point. Starting from idle cells each step raises loads and none
passes the least fixed point, to which the steps converge (R. D. Yates, standard interference functions, 1995).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from ..errors import require_range
from ..network import CQI_EFFICIENCY, Link, throughput
from .errors import BadNetwork, require_shape

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
_NEPERS = math.log(10.0) / 10.0


@dataclass(frozen=True)
class Capacity:
    """What each cell carries in the busy hour.

    One value a cell: ``load`` sought, above 1 where overloaded; ``demand`` bit/s of the map cells it serves;
    ``capacity`` bit/s at full load with its users where they are (harmonic mean of the rates by demand, by area in a
    cell without demand), 0 for a cell that serves nothing; ``excess`` bit/s of demand beyond the load limit.
    ``unreached`` bit/s of demand where no cell is heard; ``steps`` taken; ``settled`` whether the last step moved no
    load by more than the tolerance.
    """

    load: Doubles
    demand: Doubles
    capacity: Doubles
    excess: Doubles
    unreached: float
    steps: int
    settled: bool

    @property
    def unserved(self) -> float:
        """Demand in bit/s that is not carried: not reached, or beyond the limit of its cell."""
        return self.unreached + float(self.excess.sum())

    def overloaded(self, limit: float = 1.0) -> NDArray[np.int64]:
        """Cells above a load, heaviest first."""
        over = np.flatnonzero(self.load > limit)
        return over[np.argsort(-self.load[over], kind="stable")]


def rate_steps(link: Link) -> tuple[Doubles, Doubles]:
    """Rates as :func:`throughput` gives them, as steps: the SINR (a ratio) from which each holds, and the bit/s."""
    edges = [
        layers * 10.0 ** (link.gap / 10.0) * (2.0**efficiency - 1.0)
        for layers in range(1, link.layers + 1)
        for efficiency in CQI_EFFICIENCY
    ]
    ratio = np.unique(np.array(edges, dtype=np.float64))
    rate = np.asarray(np.maximum.accumulate(throughput(10.0 * np.log10(ratio) + 1e-9, link)))
    first = np.append(0.0, rate[:-1]) < rate
    return ratio[first], rate[first]


@njit(cache=True)
def _ratio(levels: Floats, servers: NDArray[np.int32], total: float, noise: float, load: Doubles) -> float:
    # SINR of one map cell; the cells that are not kept send as much as the kept interferers on the mean
    signal = math.exp(_NEPERS * levels[0])
    kept, loaded = 0.0, 0.0
    for k in range(1, levels.size):
        if servers[k] >= 0:
            power = math.exp(_NEPERS * levels[k])
            kept += power
            loaded += power * load[servers[k]]
    rest = max(total - signal - kept, 0.0)
    mean = loaded / kept if kept > 0.0 else 1.0
    return float(signal / (loaded + rest * mean + noise))


@njit(cache=True)
def _reached(
    levels: Floats, servers: NDArray[np.int32], total: Floats, noise: float, idle: Doubles, least: float
) -> NDArray[np.bool_]:
    reached = np.zeros(total.size, dtype=np.bool_)
    for m in range(total.size):
        if servers[m, 0] >= 0:
            reached[m] = _ratio(levels[m], servers[m], total[m], noise, idle) >= least
    return reached


@njit(cache=True)
def _times(
    levels: Floats,
    servers: NDArray[np.int32],
    total: Floats,
    weight: Doubles,
    noise: float,
    load: Doubles,
    ratio: Doubles,
    rate: Doubles,
) -> Doubles:
    # seconds in each second that each cell sends for the weights of its map cells
    time = np.zeros(load.size)
    for m in range(weight.size):
        if weight[m] > 0.0:
            step = int(np.searchsorted(ratio, _ratio(levels[m], servers[m], total[m], noise, load), side="right")) - 1
            time[servers[m, 0]] += weight[m] / rate[max(step, 0)]
    return time


@dataclass(frozen=True)
class _Map:
    levels: Floats
    servers: NDArray[np.int32]
    total: Floats
    noise: float
    ratio: Doubles
    rate: Doubles

    def reached(self, cells: int) -> NDArray[np.bool_]:
        idle = np.zeros(cells)
        return np.asarray(_reached(self.levels, self.servers, self.total, self.noise, idle, float(self.ratio[0])))

    def times(self, weight: Doubles, load: Doubles) -> Doubles:
        sent = _times(self.levels, self.servers, self.total, weight, self.noise, load, self.ratio, self.rate)
        return np.asarray(sent)

    def by_cell(self, weight: Doubles, cells: int) -> Doubles:
        here = weight > 0.0
        return np.bincount(self.servers[here, 0], weights=weight[here], minlength=cells).astype(np.float64)


def _map(levels: Floats, servers: NDArray[np.int32], total: Floats, noise: float, link: Link, cells: int) -> _Map:
    require_shape("servers", servers.shape, levels.shape)
    require_shape("total", total.shape, levels.shape[:-1])
    require_range("capacity", "noise", noise, 1e-30, 1.0, "mW")
    if servers.size and int(servers.max()) >= cells:
        message = f"servers: cell {int(servers.max())} is outside 0 to {cells - 1}; give the number of cells"
        raise BadNetwork(message)
    ratio, rate = rate_steps(link)
    places, ranks = total.size, levels.shape[-1]
    return _Map(
        np.ascontiguousarray(levels, dtype=np.float32).reshape(places, ranks),
        np.ascontiguousarray(servers, dtype=np.int32).reshape(places, ranks),
        np.ascontiguousarray(total, dtype=np.float32).ravel(),
        float(noise),
        ratio,
        rate,
    )


def cell_capacity(
    levels: Floats,
    servers: NDArray[np.int32],
    total: Floats,
    demand: ArrayLike,
    *,
    cells: int,
    noise: float,
    link: Link | None = None,
    limit: float = 1.0,
    tolerance: float = 1e-3,
    steps: int = 200,
) -> Capacity:
    """Loads and capacities of the cells of one carrier.

    ``levels``, ``servers`` (rows, columns, k) and ``total`` (rows, columns) as a coverage run gives them; ``demand``
    (rows, columns) bit/s; ``noise`` mW in a resource element; ``limit`` of load that a cell is to stay below, beyond
    which demand counts as ``excess``. A map cell is reached where a channel quality is left with all other kept cells
    idle; with their load it keeps at least the lowest one. BadNetwork and OutOfRange say what does not fit.
    """
    require_range("capacity", "load limit", limit, 0.01, 1.0, "")
    there = _map(levels, servers, total, noise, link or Link(), cells)
    wanted = np.ascontiguousarray(demand, dtype=np.float64)
    require_shape("demand", wanted.shape, levels.shape[:-1])
    require_range("capacity", "demand", wanted, 0.0, 1e15, "bit/s")
    reached = there.reached(cells)
    carried = np.where(reached, wanted.ravel(), 0.0)
    load, taken, moved = np.zeros(cells), 0, math.inf
    while taken < steps and moved > tolerance:
        sought = there.times(carried, np.minimum(load, 1.0))
        moved, load, taken = float(np.abs(sought - load).max(initial=0.0)), sought, taken + 1
    served = there.by_cell(carried, cells)
    share = 1.0 - limit / np.maximum(load, limit)
    capacity = _capacity(there, reached, served, load)
    unreached = float(wanted.sum() - carried.sum())
    return Capacity(load, served, capacity, served * share, unreached, taken, moved <= tolerance)


def _capacity(there: _Map, reached: NDArray[np.bool_], served: Doubles, load: Doubles) -> Doubles:
    # by demand; a cell without any is judged by its area
    area = reached.astype(np.float64)
    time = there.times(area, np.minimum(load, 1.0))
    by_area = there.by_cell(area, load.size) / np.where(time > 0.0, time, 1.0)
    return np.where(load > 0.0, served / np.where(load > 0.0, load, 1.0), by_area)


@dataclass(frozen=True)
class Additions:
    """What brings loads below a limit: ``carriers`` more in each cell and, where these do not do, ``cells`` beside it.

    ``load`` afterwards. Interference is taken to stay as it is.
    """

    carriers: NDArray[np.int64]
    cells: NDArray[np.int64]
    load: Doubles


def additions(load: ArrayLike, *, limit: float = 0.7, carriers: ArrayLike = 1, most: ArrayLike = 3) -> Additions:
    """Fewest like carriers, up to ``most`` in a cell, then fewest like cells that bring each load to the limit.

    ``carriers`` in each cell now, over which ``load`` is even; cells added beside it share its demand evenly.
    """
    require_range("capacity", "load limit", limit, 0.01, 1.0, "")
    loads = np.asarray(load, dtype=np.float64)
    require_range("capacity", "load", loads, 0.0, 1e9, "")
    have = np.broadcast_to(np.asarray(carriers, dtype=np.int64), loads.shape)
    require_range("capacity", "carriers", have, 1, 1000, "")
    work = loads * have
    wanted = np.ceil(work / limit - 1e-9).astype(np.int64)
    more = np.clip(wanted - have, 0, np.maximum(np.asarray(most, dtype=np.int64) - have, 0))
    beside = np.maximum(np.ceil(work / (limit * (have + more)) - 1e-9).astype(np.int64) - 1, 0)
    return Additions(more, beside, work / ((have + more) * (beside + 1)))
