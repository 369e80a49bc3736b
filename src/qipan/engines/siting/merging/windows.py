"""Cutting a street into windows that do not touch each other: no device of one can hang on a pole of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.merging.reach import Pairs, Stretch
from qipan.engines.siting.merging.street import Street


@dataclass(frozen=True)
class Window:
    """A part of a street that can be solved by itself."""

    poles: Longs
    devices: Longs
    pairs: Longs
    stretches: tuple[int, ...]
    """Which of the street's stretches lie in it."""


def cut(street: Street, pairs: Pairs, stretches: list[Stretch]) -> list[Window]:
    """Return the windows of a street in the order of their first pole; solved one by one they solve the street."""
    n, m = street.poles.position.size, street.devices.pole.size
    one, other = [pairs.pole, np.zeros(0, np.int64)], [n + pairs.device, np.zeros(0, np.int64)]
    for stretch in stretches:
        together = pairs.pole[stretch.pairs]
        one.append(together[:-1])
        other.append(together[1:])
    ends = np.concatenate(one), np.concatenate(other)
    graph = coo_matrix((np.ones(ends[0].size), ends), shape=(n + m, n + m))
    label = connected_components(graph, directed=False)[1]
    pole, device, pair = (_grouped(each, int(label.max()) + 1) for each in (label[:n], label[n:], label[pairs.pole]))
    lying: dict[int, list[int]] = {}
    for number, stretch in enumerate(stretches):
        if stretch.pairs.size:
            lying.setdefault(int(label[pairs.pole[stretch.pairs[0]]]), []).append(number)
    order = dict.fromkeys(label.tolist())
    return [Window(pole[each], device[each], pair[each], tuple(lying.get(each, ()))) for each in order]


def _grouped(label: Longs, count: int) -> list[Longs]:
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])
