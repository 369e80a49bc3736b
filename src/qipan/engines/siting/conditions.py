"""What a plan must respect beside its objective, checked once and read by every solver and by the checker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from qipan.engines.siting.arrays import Floats, Ints
from qipan.engines.siting.errors import ConditionError

_NONE = np.zeros(0, np.int32)
_NO_PAIRS = np.zeros((0, 2), np.int32)
_NO_FLOORS = np.zeros(0)


@dataclass(frozen=True)
class Conditions:
    """Conditions on the chosen candidates; every field may be left out.

    - ``fixed`` int32 [k]: existing assets, in the plan at no cost and outside the count and the minimum numbers.
    - ``mandatory`` int32 [k]: must be chosen and paid for. ``forbidden`` int32 [k]: must not be.
    - ``conflicts`` int32 [k, 2]: pairs of which at most one may be chosen (`spacing` makes them from positions).
    - ``group`` int32 [candidates], -1 for none, with ``group_cost`` float64 [groups]: the first chosen member of a
      group also pays the group's cost (the pole, tower or room); one that holds a fixed asset is open already.
    - ``demand_area`` int32 [demands], -1 for none, with ``area_least`` float64 [areas]: covered weight each needs.
    - ``candidate_area`` int32 [candidates], -1 for none, with ``area_sites`` float64 [areas]: number of new sites
      each needs.
    """

    fixed: Ints = field(default_factory=lambda: _NONE)
    mandatory: Ints = field(default_factory=lambda: _NONE)
    forbidden: Ints = field(default_factory=lambda: _NONE)
    conflicts: npt.NDArray[np.int32] = field(default_factory=lambda: _NO_PAIRS)
    group: Ints = field(default_factory=lambda: _NONE)
    group_cost: Floats = field(default_factory=lambda: _NO_FLOORS)
    demand_area: Ints = field(default_factory=lambda: _NONE)
    area_least: Floats = field(default_factory=lambda: _NO_FLOORS)
    candidate_area: Ints = field(default_factory=lambda: _NONE)
    area_sites: Floats = field(default_factory=lambda: _NO_FLOORS)

    def __post_init__(self) -> None:
        for name in ("fixed", "mandatory", "forbidden"):
            object.__setattr__(self, name, np.unique(np.asarray(getattr(self, name), np.int32)))
        for name in ("group", "demand_area", "candidate_area"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int32))
        for name in ("group_cost", "area_least", "area_sites"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        object.__setattr__(self, "conflicts", _distinct_pairs(self.conflicts))

    def checked(self, candidates: int, demands: int) -> Conditions:
        """Return these conditions if every id and length fits the problem; raise `ConditionError` if not."""
        for name in ("fixed", "mandatory", "forbidden"):
            _check_ids(name, getattr(self, name), candidates)
        _check_ids("conflicts", self.conflicts.ravel(), candidates)
        _check_labels("group", self.group, candidates, "group_cost", self.group_cost)
        _check_labels("demand_area", self.demand_area, demands, "area_least", self.area_least)
        _check_labels("candidate_area", self.candidate_area, candidates, "area_sites", self.area_sites)
        both = np.intersect1d(self.fixed, self.forbidden)
        if both.size:
            message = f"candidate {both[0]} is both fixed and forbidden; take it out of one list"
            raise ConditionError(message)
        return self


def spacing(points: npt.ArrayLike, least: float, among: Sequence[int] | None = None) -> npt.NDArray[np.int32]:
    """Conflict pairs int32 [k, 2]: candidates at points [n, 2] (metres) closer together than ``least`` metres.

    ``among`` limits the rule to those candidates.
    """
    array = np.asarray(points, np.float64)
    ids = np.arange(array.shape[0]) if among is None else np.asarray(among, np.int64)
    pairs = cKDTree(array[ids]).query_pairs(np.nextafter(least, 0), output_type="ndarray")
    return _distinct_pairs(ids[pairs])


def _distinct_pairs(pairs: npt.ArrayLike) -> npt.NDArray[np.int32]:
    array = np.asarray(pairs, np.int32).reshape(-1, 2)
    if (array[:, 0] == array[:, 1]).any():
        message = f"candidate {array[array[:, 0] == array[:, 1]][0, 0]} conflicts with itself; name two candidates"
        raise ConditionError(message)
    return np.unique(np.sort(array, axis=1), axis=0) if array.size else array


def _check_ids(name: str, ids: npt.NDArray[np.int32], count: int) -> None:
    outside = np.flatnonzero((ids < 0) | (ids >= count))
    if outside.size:
        message = f"{name} names candidate {ids[outside[0]]}, which is outside 0 to {count - 1}"
        raise ConditionError(message)


def _check_labels(name: str, labels: Ints, count: int, of: str, values: Floats) -> None:
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        message = f"{of}[{bad[0]}] is {values[bad[0]]}; it must be a number of at least 0"
        raise ConditionError(message)
    if labels.size not in (0, count) or (labels.size == 0 and values.size):
        message = f"{name} has {labels.size} labels; give {count}, one for each row, or none"
        raise ConditionError(message)
    outside = np.flatnonzero((labels < -1) | (labels >= values.size))
    if outside.size:
        message = f"{name}[{outside[0]}] is {labels[outside[0]]}; {of} has {values.size} values, -1 means none"
        raise ConditionError(message)
