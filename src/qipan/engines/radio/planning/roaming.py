"""Coverage if operators shared: roaming between networks (异网漫游) and sharing of co-sited cells, as what-if.

Works on blocks of rows: counts add up over calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .errors import BadNetwork, require_length, require_shape
from .thresholds import Thresholds

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


def permitted_best(levels: Floats, servers: NDArray[np.int32], permitted: ArrayLike) -> Floats:
    """Strongest kept level of a layer among the ``permitted`` cells (one truth a cell); -inf where none.

    For sharing on common sites only: permit the cells whose site the other operator uses too
    (:func:`cells_on_shared_sites`). Sees no further than the servers that the run kept.
    """
    require_shape("servers", servers.shape, levels.shape)
    chosen = np.append(np.asarray(permitted, dtype=np.bool_), False)
    best = np.full(levels.shape[:-1], -np.inf, dtype=np.float32)
    kept = levels.shape[-1]
    _strongest_of(levels.reshape(-1, kept), servers.reshape(-1, kept), chosen, best.reshape(-1))
    return best


@njit(cache=True, nogil=True)
def _strongest_of(levels: Floats, servers: NDArray[np.int32], chosen: Booleans, best: Floats) -> None:
    for i in range(best.size):
        for rank in range(levels.shape[1]):
            # Levels fall, and where one ends all do.
            if servers[i, rank] < 0:
                break
            if chosen[servers[i, rank]]:
                best[i] = levels[i, rank]
                break


def cells_on_shared_sites(site: ArrayLike, operator: Sequence[str], sharing: Iterable[str]) -> Booleans:
    """Cells of the ``sharing`` operators on sites where at least two of them have cells; one value a cell."""
    places, owners = np.asarray(site), np.asarray(operator)
    require_length("operator", owners.size, places.size)
    inside = np.isin(owners, list(sharing))
    _, place = np.unique(places, return_inverse=True)
    pairs = np.unique(np.column_stack([place[inside], np.unique(owners[inside], return_inverse=True)[1]]), axis=0)
    operators = np.bincount(pairs[:, 0], minlength=int(place.max(initial=-1)) + 1)
    return np.asarray(inside & (operators[place] >= 2))


def shared_levels(best: Floats, operators: Sequence[str], sharing: Iterable[str]) -> Floats:
    """Strongest level over the layers of the ``sharing`` operators, from ``best`` (layers, rows, columns).

    BadNetwork for an operator without a layer.
    """
    require_length("operators", len(operators), len(best))
    chosen = set(sharing)
    missing = sorted(chosen - set(operators))
    if missing or not chosen:
        message = (
            f"operator {missing[0] if missing else '(none)'} has no layer; those with one are {sorted(set(operators))}"
        )
        raise BadNetwork(message)
    part = np.isin(np.asarray(operators), sorted(chosen))
    return np.asarray(best[part].max(axis=0), dtype=np.float32)


@dataclass(frozen=True)
class SharingGain:
    """Covered part (0 to 1) by weight for each operator alone, for the sharing group, and the difference.

    ``alone`` and ``gain`` by operator and weight name (area and what was given), ``shared`` by weight name; ``whole``
    the weights' sums; nan where a weight sums to nothing.
    """

    alone: dict[str, dict[str, float]]
    shared: dict[str, float]
    gain: dict[str, dict[str, float]]
    whole: dict[str, float]


class Sharing:
    """Counts what the ``sharing`` operators cover alone and together.

    ``operators`` the owner of each layer, in the order of the layers; ``thresholds`` when a map cell is covered (its
    SINR is not judged here).
    """

    def __init__(self, operators: Sequence[str], sharing: Iterable[str], thresholds: Thresholds | None = None) -> None:
        self._operators, self._sharing = tuple(operators), tuple(dict.fromkeys(sharing))
        self._thresholds = thresholds or Thresholds()
        self._whole: dict[str, float] = {}
        self._covered: dict[tuple[str, ...], dict[str, float]] = {}

    def add(
        self, best: Floats, weights: Mapping[str, ArrayLike] | None = None, inside: ArrayLike | None = None
    ) -> None:
        """Add a block: ``best`` level of each layer (layers, rows, columns), dBm, -inf where none.

        ``weights`` by name (rows, columns), such as population; ``inside`` where the map counts, everywhere by default.
        """
        shape = best.shape[1:]
        counts = np.ones(shape, dtype=bool) if inside is None else np.asarray(inside, dtype=bool)
        require_shape("inside", counts.shape, shape)
        maps = {"area": counts.astype(np.float64)}
        for name, values in (weights or {}).items():
            given = np.asarray(values, dtype=np.float64)
            require_shape(f"weight {name}", given.shape, shape)
            maps[name] = np.where(counts, given, 0.0)
        groups = [(operator,) for operator in self._sharing] + [self._sharing]
        covered = {group: self._thresholds.met(shared_levels(best, self._operators, group)) for group in groups}
        for name, weight in maps.items():
            self._whole[name] = self._whole.get(name, 0.0) + float(weight.sum())
            for group, where in covered.items():
                sums = self._covered.setdefault(group, {})
                sums[name] = sums.get(name, 0.0) + float(weight[where].sum())

    def result(self) -> SharingGain:
        """Shares of what was added so far."""
        parts = {
            group: {name: value / self._whole[name] if self._whole[name] else np.nan for name, value in sums.items()}
            for group, sums in self._covered.items()
        }
        shared = parts.get(self._sharing, {})
        alone = {operator: parts.get((operator,), {}) for operator in self._sharing}
        gain = {operator: {name: shared[name] - own[name] for name in own} for operator, own in alone.items()}
        return SharingGain(alone, shared, gain, dict(self._whole))
