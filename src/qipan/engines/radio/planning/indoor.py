"""Indoors: building entry loss by class of building, people spread on buildings, deep coverage of venues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from ..errors import require_range
from ..network import indoor_levels
from ..penetration import BuildingKind, building_entry_loss
from .errors import BadNetwork, require_shape

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
#: Probabilities, %, at which P.2109 is tabulated: dense in the tails.
_PERCENT = 100.0 / (1.0 + np.exp(-np.linspace(-9.2, 9.2, 1841)))


def _below(kind: BuildingKind, loss: Doubles, f: float, elevation: float) -> Doubles:
    # probability that the entry loss of one kind stays below ``loss``
    tabulated = building_entry_loss(kind, f, _PERCENT, elevation)
    return np.interp(loss, tabulated, _PERCENT / 100.0, left=0.0, right=1.0)


def entry_probability(margin: ArrayLike, efficient: ArrayLike, f: float, elevation: float = 0.0) -> Doubles:
    """Part of indoor places, 0 to 1, whose entry loss is at most ``margin`` dB (ITU-R P.2109-2, inverted).

    ``efficient`` part of the building stock that is thermally efficient, the rest traditional; arrays of one shape.
    With margin = level outdoors − threshold this is the part covered indoors. Tails beyond 0.01 and 99.99 % count as
    0 and 1.
    """
    share = np.asarray(efficient, dtype=np.float64)
    require_range("P.2109", "thermally efficient part", share, 0.0, 1.0, "")
    loss = np.asarray(margin, dtype=np.float64)
    traditional = _below("traditional", loss, f, elevation)
    return np.asarray(traditional + share * (_below("thermally-efficient", loss, f, elevation) - traditional))


def entry_loss(efficient: ArrayLike, f: float, probability: float = 50.0, elevation: float = 0.0) -> Doubles:
    """Entry loss in dB not exceeded with ``probability`` per cent where kinds of building are mixed.

    ``efficient`` part of thermally efficient buildings in each map cell, 0 to 1. It is the quantile of the mixture of
    both distributions of P.2109, not a mean of two losses. ``probability`` 0.02 to 99.98.
    """
    require_range("P.2109", "probability of a mixture", probability, 0.02, 99.98, "%")
    share = np.asarray(efficient, dtype=np.float64)
    require_range("P.2109", "thermally efficient part", share, 0.0, 1.0, "")
    ends = [
        float(building_entry_loss(kind, f, probability, elevation)) for kind in ("traditional", "thermally-efficient")
    ]
    different, which = np.unique(np.round(share, 4), return_inverse=True)
    low, high = np.full(different.shape, min(ends) - 0.5), np.full(different.shape, max(ends) + 0.5)
    for _ in range(40):
        middle = (low + high) / 2.0
        under = entry_probability(middle, different, f, elevation) < probability / 100.0
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray(((low + high) / 2.0)[which].reshape(share.shape))


def spread_population(population: ArrayLike, district: ArrayLike, volume: ArrayLike) -> Floats:
    """People of each map cell: each district's population spread by building ``volume``, by area where it has none.

    ``population`` one number a district; ``district`` (rows, columns) its index, -1 outside; ``volume`` (rows, columns)
    m³ of building in each map cell, or any other weight. Each district keeps its sum. BadNetwork for a district beyond
    those given or inhabited without a map cell.
    """
    people, place = np.asarray(population, dtype=np.float64), np.asarray(district)
    built = np.asarray(volume)
    require_shape("volume", built.shape, place.shape)
    if built.size:
        require_range("population", "building volume", (built.min(), built.max()), 0.0, 1e12, "m³")
    require_range("population", "population", people, 0.0, 1e10, "")
    if place.size and int(place.max()) >= people.size:
        message = f"district: {int(place.max())} is outside 0 to {people.size - 1}; give a population for each"
        raise BadNetwork(message)
    cells, volumes = np.zeros(people.size, dtype=np.int64), np.zeros(people.size)
    _count(place.reshape(-1), built.reshape(-1), cells, volumes)
    absent = np.flatnonzero((cells == 0) & (people > 0.0))
    if absent.size:
        message = f"district {absent[0]}: its {people[absent[0]]:g} people have no map cell; give one or leave it out"
        raise BadNetwork(message)
    by_volume = np.where(volumes > 0.0, people / np.where(volumes > 0.0, volumes, 1.0), 0.0)
    by_area = np.where(volumes > 0.0, 0.0, people / np.maximum(cells, 1))
    spread = np.zeros(place.shape, dtype=np.float32)
    _spread(place.reshape(-1), built.reshape(-1), by_volume, by_area, spread.reshape(-1))
    return spread


@njit(cache=True, nogil=True)
def _count(place: NDArray[np.integer], built: NDArray[np.floating], cells: NDArray[np.int64], volumes: Doubles) -> None:
    for i in range(place.size):
        if place[i] >= 0:
            cells[place[i]] += 1
            volumes[place[i]] += built[i]


@njit(cache=True, nogil=True)
def _spread(
    place: NDArray[np.integer], built: NDArray[np.floating], by_volume: Doubles, by_area: Doubles, spread: Floats
) -> None:
    for i in range(place.size):
        if place[i] >= 0:
            spread[i] = built[i] * by_volume[place[i]] + by_area[place[i]]


@dataclass(frozen=True, slots=True)
class DeepRule:
    """When a venue counts as deeply covered: enough of it outdoors and enough indoors.

    ``outdoor`` and ``indoor`` dBm SS-RSRP needed; ``outdoor_share`` and ``indoor_share`` of its map cells that must
    have it. The defaults are customary for acceptance, not a standard.
    """

    outdoor: float = -105.0
    indoor: float = -110.0
    outdoor_share: float = 0.95
    indoor_share: float = 0.90


@dataclass(frozen=True)
class DeepCoverage:
    """A venue: ``covered``; parts, 0 to 1, of its map cells with enough level ``outdoors`` and ``indoors``.

    ``outdoors`` counts map cells without a building and ``indoors`` those with one; nan where there are none, then the
    other alone decides. ``cells`` and ``built`` numbers of map cells.
    """

    covered: bool
    outdoors: float
    indoors: float
    cells: int
    built: int


@dataclass(frozen=True, slots=True)
class DeepCounts:
    """Map cells of a venue, adding up over parts of it: on the ``street``, ``built``, and what of both is reached."""

    street: int = 0
    built: int = 0
    outdoors: int = 0
    indoors: int = 0

    def __add__(self, other: DeepCounts) -> DeepCounts:
        return DeepCounts(
            self.street + other.street, self.built + other.built,
            self.outdoors + other.outdoors, self.indoors + other.indoors,
        )  # fmt: skip

    def judged(self, rule: DeepRule | None = None) -> DeepCoverage:
        """Whether the venue is deeply covered; BadNetwork where it has no map cells."""
        rule = rule or DeepRule()
        require_range("deep coverage", "share", (rule.outdoor_share, rule.indoor_share), 0.0, 1.0, "")
        if not self.street + self.built:
            message = "venue: no map cell lies inside; give an outline on the map"
            raise BadNetwork(message)
        outdoors = self.outdoors / self.street if self.street else np.nan
        indoors = self.indoors / self.built if self.built else np.nan
        enough = not outdoors < rule.outdoor_share and not indoors < rule.indoor_share
        return DeepCoverage(enough, outdoors, indoors, self.street + self.built, self.built)


def count_deep(
    outdoors: Floats,
    indoors: Floats,
    inside: NDArray[np.bool_],
    built: NDArray[np.bool_],
    rule: DeepRule | None = None,
) -> DeepCounts:
    """Count the map cells of a venue, or of a part of one, that reach the level of the ``rule``.

    ``outdoors`` and ``indoors`` dBm, -inf where none; ``inside`` the venue's cells; ``built`` those with a building;
    all of one shape.
    """
    rule = rule or DeepRule()
    return DeepCounts(*_reached(outdoors, indoors, inside, built, rule.outdoor, rule.indoor))


@njit(cache=True, nogil=True)
def _reached(
    outdoors: Floats,
    indoors: Floats,
    inside: NDArray[np.bool_],
    built: NDArray[np.bool_],
    outdoor: float,
    indoor: float,
) -> tuple[int, int, int, int]:
    street, houses, met_outdoors, met_indoors = 0, 0, 0, 0
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            if not inside[i, j]:
                continue
            if built[i, j]:
                houses += 1
                met_indoors += int(indoors[i, j] >= indoor)
            else:
                street += 1
                met_outdoors += int(outdoors[i, j] >= outdoor)
    return street, houses, met_outdoors, met_indoors


def deep_coverage(
    best: Floats,
    loss: ArrayLike,
    inside: ArrayLike,
    built: ArrayLike | None = None,
    rule: DeepRule | None = None,
) -> DeepCoverage:
    """Judge one venue on its part of the map.

    ``best`` level of each map cell, outdoors or before the facade (:func:`facade_levels`), dBm, -inf where none;
    ``loss`` entry loss, dB, one number or a map; ``inside`` the venue's cells (:func:`outline_window`); ``built`` those
    with a building, all by default. BadNetwork for a venue without map cells.
    """
    venue = np.asarray(inside, dtype=np.bool_)
    require_shape("inside", venue.shape, best.shape)
    houses = venue if built is None else np.asarray(built, dtype=np.bool_)
    within = indoor_levels(best[..., None], loss)[..., 0]
    return count_deep(best, within, venue, houses, rule).judged(rule)
