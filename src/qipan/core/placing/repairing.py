"""A district's plan after a change by hand, brought back within its conditions with as few other changes as may be."""

from __future__ import annotations

import numpy as np

from qipan.core.placing.candidates import Flags
from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import neighbours


def repaired(stated: Stated, now: Longs, budget: float) -> Longs:
    """Return the sites of ``now`` with the pins kept, the numbers of sites met, and the money not exceeded.

    Missing sites are the cheapest; where money lacks, sites give way to cheaper ones of their part. It is a start for a
    search, which may still have to do better: what is left broken, the search sees to.
    """
    repair = _Repair(stated, now)
    repair.fill()
    repair.save(budget)
    return repair.rows


class _Repair:
    def __init__(self, stated: Stated, now: Longs) -> None:
        candidates = stated.candidates
        self._part, self._least, self._mandatory = stated.site_part, stated.least_sites, stated.mandatory
        self._price: Doubles = candidates.own + candidates.group_cost[candidates.group]
        self._own, self._group, self._opening = candidates.own, candidates.group, candidates.group_cost
        self._near = neighbours(stated)
        self._barred: Flags = np.zeros(len(candidates), dtype=bool)
        self._barred[stated.forbidden] = True
        # How many chosen sites stand too near to each candidate.
        self._against = np.zeros(len(candidates), dtype=np.int64)
        self._chosen: Flags = np.zeros(len(candidates), dtype=bool)
        for row in [*stated.mandatory.tolist(), *now.tolist()]:
            if self._fits()[row]:
                self._put(row, 1)

    @property
    def rows(self) -> Longs:
        return np.flatnonzero(self._chosen).astype(np.int64)

    def _fits(self) -> Flags:
        return np.asarray(~self._chosen & ~self._barred & (self._against == 0))

    def _put(self, row: int, step: int) -> None:
        """Choose a candidate (``step`` 1) or give it up (-1)."""
        self._chosen[row] = step > 0
        self._against[self._near.indices[self._near.indptr[row] : self._near.indptr[row + 1]]] += step

    def _cost(self) -> float:
        opened = np.unique(self._group[self._chosen])
        return float(self._own[self._chosen].sum() + self._opening[opened].sum())

    def fill(self) -> None:
        """Choose the cheapest candidates of each part that is short of its number."""
        for part, least in enumerate(self._least.tolist()):
            while int(self._chosen[self._part == part].sum()) < least:
                best = self._cheapest(part)
                if best < 0:
                    break
                self._put(best, 1)

    def _cheapest(self, part: int) -> int:
        """Return the cheapest candidate of a part that fits, -1 where none does."""
        price = np.where(self._fits() & (self._part == part), self._price, np.inf)
        best = int(np.argmin(price)) if price.size else -1
        return best if best >= 0 and np.isfinite(price[best]) else -1

    def save(self, budget: float) -> None:
        """Let dear sites give way until the money does: to nobody where their part has enough, else to cheaper ones."""
        free = self._chosen.copy()
        free[self._mandatory] = False
        for row in np.flatnonzero(free)[np.argsort(-self._price[free], kind="stable")].tolist():
            if self._cost() <= budget:
                return
            self._put(row, -1)
            part = int(self._part[row])
            if part < 0 or int(self._chosen[self._part == part].sum()) >= self._least[part]:
                continue
            other = self._cheapest(part)
            self._put(other if other >= 0 else row, 1)
