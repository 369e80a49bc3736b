"""What a lone terminal gets of a carrier by its signal to interference, looked up."""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.store import Study, StudyLayer
from qipan.engines.radio import Link, throughput

Floats = NDArray[np.float32]
_lowest_sinr, _highest_sinr, _steps_a_decibel = -30.0, 60.0, 100


def lone_throughput(layer: StudyLayer, ratio: Floats) -> Floats:
    """Mbit/s of one terminal alone on a layer by its SINR in dB, nan where that is; of the same shape."""
    found = np.empty(ratio.shape, dtype=np.float32)
    _look_up(ratio.reshape(-1), lone_rates(layer), found.reshape(-1))
    return found


@njit(cache=True, nogil=True)
def _look_up(ratio: Floats, rates: Floats, found: Floats) -> None:
    for i in range(ratio.size):
        place = (ratio[i] - np.float32(_lowest_sinr)) * np.float32(_steps_a_decibel)
        found[i] = (
            rates[int(min(max(place, np.float32(0.0)), np.float32(rates.size - 1)))] if place == place else np.nan
        )


def lone_rates(layer: StudyLayer) -> Floats:
    """Mbit/s of one terminal alone on a layer by hundredths of a decibel of SINR from -30 dB."""
    width = layer.subcarriers * layer.spacing * 1000.0
    return _rates(Link(bandwidth=width, layers=layer.streams, downlink=layer.downlink))


@cache
def _rates(link: Link) -> Floats:
    """Mbit/s of one terminal alone by hundredths of a decibel of SINR: looked up, a map takes no time to tell of."""
    ratio = _lowest_sinr + np.arange(round((_highest_sinr - _lowest_sinr) * _steps_a_decibel)) / _steps_a_decibel
    return np.asarray(throughput(ratio, link) / 1e6, dtype=np.float32)


def all_rates(study: Study) -> Floats:
    """Return every rate that a carrier of a study can give a lone terminal, Mbit/s, rising."""
    return np.unique(np.concatenate([lone_rates(layer) for layer in study.layers]))
