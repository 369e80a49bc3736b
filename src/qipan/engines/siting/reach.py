"""Which candidate reaches which demand, and how well: the one data structure of the siting engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.special import ndtr

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, Singles, offsets, pairs_of, row_ids
from qipan.engines.siting.errors import ReachError

_BLOCK = 2_000
"""Candidates searched at a time, which keeps the memory of the search small."""


@dataclass(frozen=True)
class Reach:
    """Compressed rows candidate → demand.

    ``start`` int64 [candidates + 1]; ``demand`` int32 [pairs], ascending and unique within a candidate; ``weight``
    float32 [pairs]: for coverage the probability in (0, 1] that the candidate serves the demand, for p-median and
    p-centre the distance, at least 0; ``demands`` the number of demand rows. Build it with `from_pairs`, `within` or
    `from_signal`; the constructor checks what it is given.

    Raises: `ReachError`.
    """

    start: Longs
    demand: Ints
    weight: Singles
    demands: int

    def __post_init__(self) -> None:
        _check_offsets(self.start, self.demand.size)
        if self.weight.shape != self.demand.shape:
            message = f"{self.weight.size} weights for {self.demand.size} pairs; give one weight for each pair"
            raise ReachError(message)
        _check_demand(self.start, self.demand, self.demands)
        bad = np.flatnonzero(~(np.isfinite(self.weight) & (self.weight >= 0)))
        if bad.size:
            message = f"weight of pair {bad[0]} is {self.weight[bad[0]]}; a weight is a number of at least 0"
            raise ReachError(message)

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return self.start.size - 1

    @property
    def pairs(self) -> int:
        """Number of stored pairs."""
        return self.demand.size

    @classmethod
    def from_pairs(
        cls,
        candidate: npt.ArrayLike,
        demand: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
        *,
        candidates: int,
        demands: int,
    ) -> Reach:
        """Build from pairs in any order; ``weight`` None means 1 everywhere. A pair given twice is an error."""
        who, whom = np.asarray(candidate, np.int64), np.asarray(demand, np.int64)
        if who.shape != whom.shape or who.ndim != 1:
            message = f"{who.size} candidate ids for {whom.size} demand ids; give two columns of one length"
            raise ReachError(message)
        _check_ids("candidate", who, candidates)
        _check_ids("demand", whom, demands)
        how = np.ones(who.size, np.float32) if weight is None else np.asarray(weight, np.float32)
        order = np.argsort(who * max(demands, 1) + whom, kind="stable")
        if how.shape == who.shape:
            how = how[order]
        return cls(offsets(who, candidates), whom[order].astype(np.int32), how, demands)

    @classmethod
    def within(cls, candidates: npt.ArrayLike, demands: npt.ArrayLike, radius: float) -> Reach:
        """Pairs within ``radius`` of points [n, 2] in metres on a plane; ``weight`` is the distance in metres.

        For kinds whose reach is a circle by rule (a hydrant, a roadside unit); radio kinds take `from_signal`.
        For coverage follow it with `binary`.
        """
        sites, places = _points(candidates), _points(demands)
        if not radius > 0:
            message = f"radius {radius} m; it must be greater than 0"
            raise ReachError(message)
        tree = cKDTree(places)
        blocks = [_near(sites[first : first + _BLOCK], tree, radius) for first in range(0, len(sites), _BLOCK)]
        start = np.zeros(len(sites) + 1, np.int64)
        if blocks:
            np.cumsum(np.concatenate([lengths for lengths, _, _ in blocks]), out=start[1:])
        demand = np.concatenate([each for _, each, _ in blocks]) if blocks else np.zeros(0, np.int32)
        away = np.concatenate([each for _, _, each in blocks]) if blocks else np.zeros(0, np.float32)
        return cls(start, demand, away, len(places))

    @classmethod
    def from_signal(
        cls,
        candidate: npt.ArrayLike,
        demand: npt.ArrayLike,
        level_dbm: npt.ArrayLike,
        *,
        threshold_dbm: float,
        shadow_db: float,
        least: float = 0.5,
        candidates: int,
        demands: int,
    ) -> Reach:
        """Build from predicted levels: the weight is P(level + N(0, shadow²) ≥ threshold), kept where ≥ ``least``.

        ``level_dbm`` is the median level of the radio engine for each pair; ``shadow_db`` is the standard deviation
        of its location variability in dB; 0 makes the weight 1 at or above the threshold.
        """
        level = np.asarray(level_dbm, np.float64)
        over = level - threshold_dbm
        chance = ndtr(over / shadow_db) if shadow_db > 0 else (over >= 0).astype(np.float64)
        kept = chance >= max(least, 1e-30)
        who, whom = np.asarray(candidate)[kept], np.asarray(demand)[kept]
        return cls.from_pairs(who, whom, chance[kept], candidates=candidates, demands=demands)

    def binary(self, least: float = 0.0, most: float = np.inf) -> Reach:
        """The pairs whose weight lies in [least, most], each with weight 1."""
        kept = (self.weight >= least) & (self.weight <= most)
        start = offsets(row_ids(self.start)[kept], self.candidates)
        demand = self.demand[kept]
        return Reach(start, demand, np.ones(demand.size, np.float32), self.demands)

    def rounded(self, steps: int) -> Reach:
        """Probabilities rounded down to multiples of 1 / ``steps``; pairs that become 0 are dropped.

        Graded coverage costs one row for each level of a demand, so a few steps keep a large problem small.
        """
        level = np.floor(self.weight.astype(np.float64) * steps + 1e-6) / steps
        kept = level > 0
        start = offsets(row_ids(self.start)[kept], self.candidates)
        return Reach(start, self.demand[kept], level[kept].astype(np.float32), self.demands)

    def of(self, chosen: Sequence[int] | npt.NDArray[np.integer]) -> tuple[Ints, Singles]:
        """Demand ids and weights of all pairs of the chosen candidates, candidate by candidate."""
        at = pairs_of(self.start, np.asarray(chosen, np.int64))
        return self.demand[at], self.weight[at]

    def best(self, chosen: Sequence[int] | npt.NDArray[np.integer]) -> Floats:
        """The greatest weight that any chosen candidate gives each demand, float64 [demands], 0 where none does."""
        demand, weight = self.of(chosen)
        served = np.zeros(self.demands)
        np.maximum.at(served, demand, weight.astype(np.float64))
        return served

    def nearest(self, chosen: Sequence[int] | npt.NDArray[np.integer]) -> Floats:
        """The least weight (distance) to a chosen candidate for each demand, float64 [demands], inf where none."""
        demand, weight = self.of(chosen)
        away = np.full(self.demands, np.inf)
        np.minimum.at(away, demand, weight.astype(np.float64))
        return away

    def is_binary(self) -> bool:
        """Whether every weight is 1."""
        return bool((self.weight == 1).all())

    def covered(self) -> Flags:
        """Which demands any candidate reaches at all, bool [demands]."""
        return np.bincount(self.demand, minlength=self.demands) > 0


def _near(sites: Floats, places: cKDTree, radius: float) -> tuple[Longs, Ints, Singles]:
    """Number of places near each of a few sites, their ids in order, and their distances."""
    reached = places.query_ball_point(sites, radius, return_sorted=True)
    lengths = np.fromiter((len(each) for each in reached), np.int64, len(reached))
    demand = np.concatenate([np.asarray(each, np.int32) for each in reached])
    away = np.hypot(*(np.repeat(sites, lengths, axis=0) - places.data[demand]).T).astype(np.float32)
    return lengths, demand, away


def _check_offsets(start: Longs, pairs: int) -> None:
    if start.ndim != 1 or start.size == 0 or start[0] != 0 or start[-1] != pairs:
        message = f"offsets must begin with 0 and end with the number of pairs, {pairs}"
        raise ReachError(message)
    falling = np.flatnonzero(np.diff(start) < 0)
    if falling.size:
        message = f"offsets fall after candidate {falling[0]}; they must never decrease"
        raise ReachError(message)


def _check_ids(name: str, ids: npt.NDArray[np.integer], count: int) -> None:
    outside = np.flatnonzero((ids < 0) | (ids >= count))
    if outside.size:
        message = f"{name} id {ids[outside[0]]} of pair {outside[0]} is outside 0 to {count - 1}"
        raise ReachError(message)


def _check_demand(start: Longs, demand: Ints, demands: int) -> None:
    _check_ids("demand", demand, demands)
    within = np.ones(max(demand.size - 1, 0), np.bool_)
    breaks = start[1:-1]
    within[breaks[(breaks > 0) & (breaks < demand.size)] - 1] = False
    wrong = np.flatnonzero(within & (np.diff(demand) <= 0))
    if wrong.size:
        candidate = int(np.searchsorted(start, wrong[0], side="right")) - 1
        message = (
            f"candidate {candidate} names demand {demand[wrong[0] + 1]} twice or out of order; sort and merge its pairs"
        )
        raise ReachError(message)


def _points(points: npt.ArrayLike) -> Floats:
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        message = f"points have shape {array.shape}; give [n, 2] metres"
        raise ReachError(message)
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        message = f"point {bad[0]} has no finite position; give two numbers in metres"
        raise ReachError(message)
    return array
