"""Physical cell identities: no collision, no confusion, equal residues where they harm least.

Cells whose identities are equal modulo 3 share their primary synchronisation signal (TS 38.211 §7.4.2.2), modulo 30 the
sequence group of their uplink reference signals (TS 38.211 §5.2.2 by default of higher layers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..errors import require_range
from .errors import BadNetwork, NoIdentity, require_length
from .pci_check import PciConflicts, check_pci
from .pci_graph import IDENTITIES, Doubles, Graph, Ints, graph_of
from .pci_search import Residues, anneal, colour, descend


@dataclass(frozen=True)
class PciRules:
    """What a plan must hold to.

    ``reuse_distance`` m, nearer than which no identity is used twice on a carrier, 0 for no rule; ``residues`` pairs
    of a modulus, whose common multiple is at most 1008, and how much a pair's overlap counts where both identities are
    equal by it; ``sweeps`` of annealing over all cells; ``passes`` of descent at most; ``seed`` of the annealing.
    """

    reuse_distance: float = 0.0
    residues: tuple[tuple[int, float], ...] = ((3, 1.0), (30, 0.5))
    sweeps: int = 120
    passes: int = 20
    seed: int = 1


@dataclass(frozen=True)
class PciPlan:
    """Identities of all cells and the conflicts ``before`` (None without an earlier plan) and ``after``."""

    pci: Ints
    before: PciConflicts | None
    after: PciConflicts


def identities(*ranges: tuple[int, int], but: Sequence[tuple[int, int]] = ()) -> NDArray[np.bool_]:
    """Which of the 1008 identities a group of cells may use: the inclusive ``ranges`` (all without any) less ``but``.

    Reserve a range for borders or indoor cells by giving it to one group and as ``but`` to the other.
    """
    allowed = np.zeros(IDENTITIES, dtype=np.bool_)
    for use, parts in ((True, ranges or ((0, IDENTITIES - 1),)), (False, but)):
        for low, high in parts:
            require_range("PCI", "identity", (low, high), 0, IDENTITIES - 1, "")
            allowed[low : high + 1] = use
    return allowed


@dataclass(frozen=True)
class _Problem:
    graph: Graph
    fixed: Ints
    group: Ints
    allowed: NDArray[np.bool_]
    rules: PciRules

    @cached_property
    def residues(self) -> Residues:
        moduli, factors = zip(*self.rules.residues, strict=True) if self.rules.residues else ((), ())
        return Residues(
            np.array(moduli, dtype=np.int64), np.array(factors, dtype=np.float64), math.lcm(*moduli)
        )  # fmt: skip

    @property
    def free(self) -> Ints:
        return np.flatnonzero(self.fixed < 0)

    @property
    def worth_annealing(self) -> bool:
        return bool(self.rules.sweeps and self.free.size and self.graph.weight.any() and self.residues.factors.any())

    def planned(self) -> Ints:
        """Coloured by saturation; again to the residues that annealing makes of it; then descent."""
        shared = (self.group, self.allowed, self.graph, self.residues)
        order = np.argsort(np.diff(self.graph.near_start), kind="stable")
        pci = self.fixed.copy()
        colour(pci, np.full(pci.size, -1, dtype=np.int64), order, *shared)
        if self.worth_annealing:
            residue = self.annealed(pci)
            pci = self.fixed.copy()
            colour(pci, residue, order, *shared)
        descend(pci, self.free, *shared, self.rules.passes)
        return pci

    def annealed(self, pci: Ints) -> Ints:
        """Residues whose equals weigh less than those of ``pci``."""
        multiple, free = self.residues.multiple, self.free
        residue = pci % multiple
        opened = np.zeros((len(self.allowed), multiple), dtype=np.bool_)
        group, identity = np.nonzero(self.allowed)
        opened[group, identity % multiple] = True
        weights = self.graph.weight[self.graph.weight > 0.0]
        heat = 2.0 * float(weights.mean()) * float(self.residues.factors.max())
        # small plans are cheap to sweep until nothing is left to gain
        sweeps = max(self.rules.sweeps, 60_000 // free.size)
        anneal(residue, free, self.group, opened, self.graph, self.residues, heat, sweeps, self.rules.seed)
        return residue


def _require_identities(fixed: Ints, group: Ints, allowed: NDArray[np.bool_]) -> None:
    # a group without identities, and a fixed identity that its group may not use
    if group.size and not 0 <= group.min() <= group.max() < len(allowed):
        message = f"group: {group.min()} to {group.max()} is outside 0 to {len(allowed) - 1}; allow a row for each"
        raise BadNetwork(message)
    some = np.asarray(allowed.any(axis=1))
    empty = np.flatnonzero(~some[group])
    if empty.size:
        message = f"cell {empty[0]}: its group {group[empty[0]]} has none of the identities 0 to 1007; allow some"
        raise NoIdentity(message)
    held = np.flatnonzero(fixed >= 0)
    require_range("PCI", "fixed identity", fixed[held], 0, IDENTITIES - 1, "")
    wrong = held[~allowed[group[held], fixed[held]]]
    if wrong.size:
        cell = wrong[0]
        message = f"cell {cell}: fixed identity {fixed[cell]} is barred to its group {group[cell]}; free or allow it"
        raise NoIdentity(message)


def _column(what: str, values: ArrayLike | None, missing: int, cells: int) -> Ints:
    column = np.full(cells, missing, dtype=np.int64) if values is None else np.asarray(values, dtype=np.int64)
    require_length(what, column.size, cells)
    return column


def _places(places: ArrayLike | None, cells: int) -> Doubles:
    points = np.zeros((cells, 2)) if places is None else np.asarray(places, dtype=np.float64)
    require_length("places", len(points), cells)
    require_range("PCI", "place", points, -1e9, 1e9, "m")
    return points


def _require_rules(rules: PciRules) -> None:
    require_range("PCI", "reuse distance", rules.reuse_distance, 0.0, 1e6, "m")
    require_range("PCI", "modulus", [modulus for modulus, _ in rules.residues] or 1, 1, IDENTITIES, "")
    require_range("PCI", "residue weight", [factor for _, factor in rules.residues] or 0.0, 0.0, 1e6, "")
    common = math.lcm(*(modulus for modulus, _ in rules.residues))
    require_range("PCI", "common multiple of the moduli", common, 1, IDENTITIES, "")


def plan_pci(
    neighbours: sparse.csr_array,
    *,
    interference: sparse.csr_array | None = None,
    layer: ArrayLike | None = None,
    places: ArrayLike | None = None,
    group: ArrayLike | None = None,
    allowed: ArrayLike | None = None,
    fixed: ArrayLike | None = None,
    current: ArrayLike | None = None,
    rules: PciRules | None = None,
) -> PciPlan:
    """Physical cell identities of all cells.

    ``neighbours`` (cells, cells) sparse, row the serving cell (``Neighbours.weights``); ``interference`` weights of the
    same shape by which equal residues are judged, by default the neighbours'; ``layer`` carrier of each cell: only
    cells of one carrier conflict; ``places`` (cells, 2) m for the reuse distance; ``group`` row of ``allowed``
    (groups, 1008) by which each cell may choose (:func:`identities`); ``fixed`` identities that stay, -1 where free;
    ``current`` an earlier plan to count the conflicts of. The same arguments give the same plan. BadNetwork,
    NoIdentity and OutOfRange say what does not fit.
    """
    rules = rules or PciRules()
    _require_rules(rules)
    cells = neighbours.shape[0]
    heard = neighbours if interference is None else interference
    if heard.shape != neighbours.shape:
        message = f"interference: shape {heard.shape} differs from the neighbours' {neighbours.shape}"
        raise BadNetwork(message)
    carrier, points = _column("layer", layer, 0, cells), _places(places, cells)
    usable = identities()[None, :] if allowed is None else np.atleast_2d(np.asarray(allowed, dtype=np.bool_))
    held, kind = _column("fixed", fixed, -1, cells), _column("group", group, 0, cells)
    _require_identities(held, kind, usable)
    graph = graph_of(neighbours, heard, carrier, points[:, 0].copy(), points[:, 1].copy(), rules.reuse_distance)
    problem = _Problem(graph, held, kind, usable, rules)

    def conflicts(pci: Ints) -> PciConflicts:
        return check_pci(
            pci,
            neighbours,
            interference=heard,
            layer=carrier,
            places=points,
            reuse_distance=rules.reuse_distance,
            moduli=tuple(modulus for modulus, _ in rules.residues),
        )

    before = None if current is None else conflicts(_column("current", current, 0, cells))
    pci = problem.planned()
    return PciPlan(pci, before, conflicts(pci))
