"""The network half: signal, interference, overlap and throughput from the strongest servers of each map cell.

Arrays in and out; levels in dBm of one resource element, powers in mW. Map cells without a server keep -inf or nan and
never raise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .errors import require_range

Floats = NDArray[np.float32]
#: Thermal noise density at 290 K, dBm/Hz.
NOISE_DENSITY = -174.0


def resource_element_power(watts: ArrayLike, subcarriers: ArrayLike) -> NDArray[np.float64]:
    """Power in dBm of one resource element of a carrier that spreads ``watts`` evenly over its subcarriers."""
    require_range("RSRP", "power", watts, 1e-6, 1e7, "W")
    require_range("RSRP", "subcarriers", subcarriers, 1.0, 1e6, "")
    return np.asarray(10.0 * np.log10(np.asarray(watts) * 1000.0 / np.asarray(subcarriers)))


def noise_power(subcarrier_spacing: float, noise_figure: float = 7.0) -> float:
    """Noise in mW in one resource element; ``subcarrier_spacing`` Hz, ``noise_figure`` of the terminal dB."""
    require_range("noise", "subcarrier spacing", subcarrier_spacing, 1e3, 1e7, "Hz")
    return float(10.0 ** ((NOISE_DENSITY + 10.0 * math.log10(subcarrier_spacing) + noise_figure) / 10.0))


def ss_sinr(levels: Floats, total: Floats, noise: float, load: ArrayLike = 1.0) -> Floats:
    """SS-SINR in dB of the best server: its level over noise and the other cells' power at their load.

    ``levels`` (rows, columns, k) falling; ``total`` power of all cells at full load, mW; ``load`` 0 to 1, one number
    or a map of the load of the cells heard there (:func:`interference_load`). Where there is no server, nan.
    """
    require_range("SINR", "load", load, 0.0, 1.0, "")
    best = np.ascontiguousarray(levels[..., 0], dtype=np.float32)
    loads = np.asarray(load, dtype=np.float64)
    spread = loads.reshape(1) if loads.size == 1 else np.broadcast_to(loads, best.shape).ravel()
    found = np.empty(best.shape, dtype=np.float32)
    _ratios(best.reshape(-1), np.ascontiguousarray(total).reshape(-1), noise, spread, found.reshape(-1))
    return found


@njit(cache=True, nogil=True)
def _ratios(best: Floats, total: NDArray[np.floating], noise: float, load: NDArray[np.float64], found: Floats) -> None:
    step = 0 if load.size == 1 else 1
    for i in range(best.size):
        if np.isfinite(best[i]):
            signal = 10.0 ** (best[i] / 10.0)
            others = max(total[i] - signal, 0.0) * load[i * step]
            found[i] = 10.0 * math.log10(signal / (others + noise))
        else:
            found[i] = np.nan


def interference_load(levels: Floats, servers: NDArray[np.int32], load: ArrayLike) -> Floats:
    """Load of the interferers of each map cell, weighted by the power of the kept ones; 1 where none is kept.

    ``load`` one number a cell. With the k strongest kept, their mean stands for the weaker rest.
    """
    loads = np.asarray(load, dtype=np.float64)
    heard = servers[..., 1:] >= 0
    power = np.where(heard, 10.0 ** (np.where(heard, levels[..., 1:], 0.0).astype(np.float64) / 10.0), 0.0)
    weight = power.sum(axis=-1)
    mean = (power * np.where(heard, loads[servers[..., 1:]], 0.0)).sum(axis=-1) / np.where(weight > 0.0, weight, 1.0)
    return np.asarray(np.where(weight > 0.0, mean, 1.0), dtype=np.float32)


def rsrq(levels: Floats, total: Floats, noise: float, load: float = 1.0) -> Floats:
    """SS-RSRQ in dB: the best server over all power in a resource element, its own load and noise included."""
    best = levels[..., 0].astype(np.float64)
    served = np.isfinite(best)
    everything = np.where(served, 12.0 * (total * load + noise), np.nan)
    return np.asarray(np.where(served, best, np.nan) - 10.0 * np.log10(everything), dtype=np.float32)


def overlap(levels: Floats, window: float = 6.0, floor: float = -110.0) -> NDArray[np.int32]:
    """Number of kept servers within ``window`` dB of the best and above ``floor`` dBm; 4 or more is pilot pollution.

    Sees no further than the k servers that the run kept.
    """
    found = np.zeros(levels.shape[:-1], dtype=np.int32)
    _count_near(levels.reshape(-1, levels.shape[-1]), np.float32(window), np.float32(floor), found.reshape(-1))
    return found


@njit(cache=True, nogil=True)
def _count_near(levels: Floats, window: np.float32, floor: np.float32, found: NDArray[np.int32]) -> None:
    for i in range(found.size):
        best = levels[i, 0]
        if not (np.isfinite(best) and best >= floor):
            continue
        for k in range(levels.shape[1]):
            if levels[i, k] >= floor and levels[i, k] >= best - window:
                found[i] += 1


def polluted(levels: Floats, window: float = 6.0, floor: float = -110.0, servers: int = 4) -> NDArray[np.bool_]:
    """Where ``servers`` or more cells overlap (customary planning figure, not a standard)."""
    require_range("pilot pollution", "servers", servers, 1, levels.shape[-1], "")
    return overlap(levels, window, floor) >= servers


def indoor_levels(levels: Floats, entry_loss: ArrayLike) -> Floats:
    """Levels behind a building entry loss in dB, one number or a map (rows, columns)."""
    loss = np.asarray(entry_loss, dtype=np.float32)
    return np.asarray(levels - (loss[..., None] if loss.ndim else loss), dtype=np.float32)


def overlap_matrix(servers: NDArray[np.int32], levels: Floats, cells: int, window: float = 6.0) -> NDArray[np.int64]:
    """Map cells that two cells share: best server i with j within ``window`` dB, shape (cells, cells).

    The base of neighbour lists and of interference between cells; meant for some thousand cells at a time.
    """
    matrix = np.zeros((cells, cells), dtype=np.int64)
    best = servers[..., 0].ravel()
    for k in range(1, servers.shape[-1]):
        other = servers[..., k].ravel()
        near = (best >= 0) & (other >= 0) & (levels[..., k].ravel() >= levels[..., 0].ravel() - window)
        np.add.at(matrix, (best[near], other[near]), 1)
    return matrix


def covered_share(levels: Floats, threshold: float, weights: ArrayLike | None = None) -> float:
    """Part of the weight (area where None; population, traffic) whose best server reaches ``threshold`` dBm; 0 to 1.

    nan where the weights add up to nothing.
    """
    best = levels[..., 0]
    weight = np.ones(best.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    whole = float(weight.sum())
    return float(weight[best >= threshold].sum()) / whole if whole > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class Link:
    """How SINR becomes throughput.

    ``bandwidth`` Hz of resource blocks, ``layers`` at best, ``overhead`` part lost to control and reference signals
    (0.14 downlink in FR1, TS 38.306 §4.1.2), ``downlink`` part of the time, ``gap`` dB that a real link falls short of
    the channel capacity, ``most`` bits a symbol of the highest scheme.
    """

    bandwidth: float = 98.28e6
    layers: int = 4
    overhead: float = 0.14
    downlink: float = 0.75
    gap: float = 3.0
    most: float = 7.4063


#: Spectral efficiencies in bits a symbol of TS 38.214 Table 5.2.2.1-3 (CQI table 2, up to 256QAM), CQI 1 to 15.
CQI_EFFICIENCY = np.array(
    [0.1523, 0.3770, 0.8770, 1.4766, 1.9141, 2.4063, 2.7305, 3.3223, 3.9023, 4.5234, 5.1152, 5.5547, 6.2266, 6.9141,
     7.4063]
)  # fmt: skip


def spectral_efficiency(sinr: ArrayLike, link: Link | None = None) -> NDArray[np.float64]:
    """Bits a symbol of the best channel quality (TS 38.214 Table 5.2.2.1-3) that the SINR in dB carries; 0 below CQI 1.

    A scheme is carried when the Shannon capacity, ``link.gap`` dB back, reaches its efficiency.
    """
    link = link or Link()
    ratio = 10.0 ** ((np.asarray(sinr, dtype=np.float64) - link.gap) / 10.0)
    capacity = np.nan_to_num(np.log2(1.0 + ratio), nan=0.0)
    steps = np.append(0.0, np.minimum(CQI_EFFICIENCY, link.most))
    return np.asarray(steps[np.searchsorted(CQI_EFFICIENCY, capacity, side="right")])


def throughput(sinr: ArrayLike, link: Link | None = None, share: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Downlink throughput in bit/s of one terminal that gets ``share`` of its cell's time (0 to 1).

    A layer more is used while the split of the power over layers still carries more together.
    """
    link = link or Link()
    require_range("throughput", "share", share, 0.0, 1.0, "")
    level = np.asarray(sinr, dtype=np.float64)
    best = np.zeros(level.shape)
    for layers in range(1, link.layers + 1):
        best = np.maximum(best, layers * spectral_efficiency(level - 10.0 * math.log10(layers), link))
    scale = link.bandwidth * (14.0 / 15.0) * (1.0 - link.overhead) * link.downlink
    return np.asarray(best * scale * np.asarray(share, dtype=np.float64))


def equal_shares(servers: NDArray[np.int32], users: ArrayLike, cells: int) -> NDArray[np.float64]:
    """Users of each cell as best server, then the part of its time for each map cell's users: (rows, columns), 0 to 1.

    ``users`` active at once in each map cell. Without users there the share is what one alone would get.
    """
    active = np.asarray(users, dtype=np.float64)
    best = servers[..., 0]
    served = best >= 0
    counts = np.bincount(best[served], weights=active[served], minlength=cells)
    return np.where(served, 1.0 / np.maximum(counts[np.maximum(best, 0)], 1.0), 0.0)
