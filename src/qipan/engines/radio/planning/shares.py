"""What is covered of each area: map cells on the street and under buildings, and the people who live there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .errors import BadNetwork, require_shape

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]
#: What :class:`AreaSums` adds up, in this order: map cells on the street that reach the level outdoors, map cells under
#: buildings that reach it indoors, people who reach it outdoors, people in buildings who reach it indoors, and map
#: cells on the street that reach the SINR.
SHARES = ("outdoor_area", "indoor_area", "population", "population_indoor", "sinr_area")


class Limits(NamedTuple):
    """Least level ``outdoors`` and ``indoors``, dBm, and least ``sinr``, dB."""

    outdoors: float
    indoors: float
    sinr: float


def area_wholes(area: NDArray[np.integer], built: Booleans, people: Floats, areas: int) -> Doubles:
    """What there is to cover of each area, (areas, 5) in the order of ``SHARES``.

    ``area`` (rows, columns) place of each map cell's area, 0 to ``areas`` - 1; ``built`` where there are buildings;
    ``people`` residents. BadNetwork for arrays that do not fit.
    """
    shape = _fitting(area, areas, built, people)
    everywhere = np.zeros(shape, dtype=np.float32)
    return area_covered(area, built, people, areas, (everywhere, everywhere, everywhere), Limits(0.0, 0.0, 0.0))


def area_covered(
    area: NDArray[np.integer],
    built: Booleans,
    people: Floats,
    areas: int,
    levels: tuple[Floats, Floats, Floats],
    limits: Limits,
) -> Doubles:
    """What is covered of each area, (areas, 5) in the order of ``SHARES``; arguments as of :func:`area_wholes`.

    ``levels`` outdoors (before the facade where there is a building) and indoors, dBm, and SINR, dB, each (rows,
    columns); nothing is -inf or nan.
    """
    _fitting(area, areas, built, people, *levels)
    sums = np.zeros((areas, len(SHARES)))
    outdoors, indoors, ratio = (np.ascontiguousarray(one).reshape(-1) for one in levels)
    _add(area.reshape(-1), built.reshape(-1), people.reshape(-1), outdoors, indoors, ratio, limits, sums)
    return sums


def _fitting(area: NDArray[np.integer], areas: int, *others: NDArray[np.generic]) -> tuple[int, ...]:
    for one in others:
        require_shape("map", one.shape, area.shape)
    if area.size and not 0 <= int(area.min()) <= int(area.max()) < areas:
        message = f"area: {int(area.min())} to {int(area.max())} is outside 0 to {areas - 1}"
        raise BadNetwork(message)
    return area.shape


@njit(cache=True, nogil=True)
def _add(
    area: NDArray[np.integer],
    built: Booleans,
    people: Floats,
    outdoors: Floats,
    indoors: Floats,
    ratio: Floats,
    limits: Limits,
    sums: Doubles,
) -> None:
    for i in range(area.size):
        row = sums[area[i]]
        if outdoors[i] >= limits.outdoors:
            row[2] += people[i]
            if not built[i]:
                row[0] += 1.0
        if built[i]:
            if indoors[i] >= limits.indoors:
                row[1] += 1.0
                row[3] += people[i]
        elif ratio[i] >= limits.sinr:
            row[4] += 1.0
