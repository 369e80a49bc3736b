"""A district's plan after a change by hand: brought back within its conditions, and bettered by a few changes at most.

What a person sees on the map stays unless a condition needs the change or the change pays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.core.placing.candidates import Flags
from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import neighbours

usual_changes = 2
"""Changes made after a pin only because they cover more."""
most_changes = 50
_pays = 0.1
"""What a change must newly cover to be made, of what a usual site of the district adds."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The ``rows`` of the adjusted plan, and how many ``changes`` were made only because they pay."""

    rows: Longs
    changes: int


def adjusted(stated: Stated, now: Longs, budget: float, changes: int) -> Adjusted:
    """Return the sites of ``now`` with the pins kept, numbers met and money not exceeded, bettered by some ``changes``.

    It is left to the caller to check the conditions: where no site does, a number may still be missed.
    """
    plan = _Plan(stated, now, budget)
    plan.meet_numbers()
    plan.save()
    made = 0
    while made < changes and plan.better():
        made += 1
    return Adjusted(plan.rows, made)


class _Plan:
    """Chosen sites, what serves each demand best and second best, and the money."""

    def __init__(self, stated: Stated, now: Longs, budget: float) -> None:
        self.stated, self.budget = stated, budget
        one, count = stated.candidates, len(stated.candidates)
        self._own, self._group, self._opening = one.own, one.group, one.group_cost
        self._near = neighbours(stated)
        self._barred: Flags = np.zeros(count, dtype=bool)
        self._barred[stated.forbidden] = True
        self._pinned: Flags = np.zeros(count, dtype=bool)
        self._pinned[stated.mandatory] = True
        reach = stated.reach
        self._site = np.repeat(np.arange(reach.candidates), np.diff(reach.start))
        self._weight = stated.weight
        # How many chosen sites stand too near to each candidate.
        self._against = np.zeros(count, dtype=np.int64)
        self.chosen: Flags = np.zeros(count, dtype=bool)
        for row in [*stated.mandatory.tolist(), *now.tolist()]:
            if self._fits()[row]:
                self._put(row, 1)
        self._usual = self._value() / max(int(self.chosen.sum()), 1)

    @property
    def rows(self) -> Longs:
        """The chosen sites, ascending."""
        return np.flatnonzero(self.chosen).astype(np.int64)

    def _fits(self) -> Flags:
        return np.asarray(~self.chosen & ~self._barred & (self._against == 0))

    def _put(self, row: int, step: int) -> None:
        """Choose a candidate (``step`` 1) or give it up (-1)."""
        self.chosen[row] = step > 0
        self._against[self._near.indices[self._near.indptr[row] : self._near.indptr[row + 1]]] += step

    def _left(self) -> float:
        opened = np.unique(self._group[self.chosen])
        return self.budget - float(self._own[self.chosen].sum() + self._opening[opened].sum())

    def _prices(self) -> Doubles:
        """Return what each candidate would cost now: its host may be open already."""
        open_now = np.zeros(len(self._opening), dtype=bool)
        open_now[self._group[self.chosen]] = True
        return np.asarray(self._own + np.where(open_now[self._group], 0.0, self._opening[self._group]))

    def _served(self) -> tuple[Doubles, Doubles, Longs]:
        """Return for each demand the best chance, the second best and whose the best is (-1: what stands)."""
        reach, count = self.stated.reach, len(self.chosen)
        every = np.append(self.rows, np.arange(count, reach.candidates))
        demand, chance = reach.of(every)
        site = np.repeat(every, np.diff(reach.start)[every])
        order = np.lexsort((-chance, demand))
        demand, chance, site = demand[order], chance[order].astype(np.float64), site[order]
        first = np.ones(len(demand), dtype=bool)
        first[1:] = demand[1:] != demand[:-1]
        next_best = np.flatnonzero(~first & np.append(False, first[:-1]))
        best, second, owner = np.zeros(reach.demands), np.zeros(reach.demands), np.full(reach.demands, -1)
        best[demand[first]], owner[demand[first]] = chance[first], site[first]
        second[demand[next_best]] = chance[next_best]
        return best, second, np.where(owner < count, owner, -1)

    def _value(self) -> float:
        best = self._served()[0]
        standing = self.stated.reach.best(np.arange(len(self.chosen), self.stated.reach.candidates))
        return float(self._weight @ (best - standing))

    def _gains(self, best: Doubles, wanted: Flags | None = None) -> Doubles:
        """Return what each candidate would newly cover, of the ``wanted`` demand alone where that is given."""
        reach = self.stated.reach
        worth = self._weight if wanted is None else np.where(wanted, self._weight, 0.0)
        more = np.maximum(reach.weight - best[reach.demand], 0.0) * worth[reach.demand]
        return np.asarray(np.bincount(self._site, more, minlength=reach.candidates)[: len(self.chosen)])

    def _losses(self, best: Doubles, second: Doubles, owner: Longs) -> Doubles:
        """Return what would be lost without each chosen site."""
        held = np.flatnonzero(owner >= 0)
        lost = (self._weight * (best - second))[held]
        return np.bincount(owner[held], lost, minlength=len(self.chosen)).astype(np.float64)

    def meet_numbers(self) -> None:
        """Add, for each number that is short, the sites that newly cover most for the money that is there."""
        stated = self.stated
        for part, least in enumerate(stated.least_sites.tolist()):
            mine = stated.site_part == part
            for _ in range(int(least) - int(self.chosen[mine].sum())):
                if not self._add_best(mine, None):
                    break
        for part, least in enumerate(stated.least_covered.tolist()):
            wanted = stated.demand_part == part
            while float((self._weight * self._served()[0])[wanted].sum()) < least * (1 - 1e-9):
                if not self._add_best(np.ones(len(self.chosen), dtype=bool), wanted):
                    break

    def _add_best(self, mine: Flags, wanted: Flags | None) -> bool:
        """Add the site of ``mine`` that newly covers most, or the cheapest where money lacks; False where none fits."""
        gains, prices = self._gains(self._served()[0], wanted), self._prices()
        fits = self._fits() & mine
        if wanted is not None:
            fits &= gains > 0
        if not fits.any():
            return False
        payable = fits & (prices <= self._left())
        score = np.where(payable, gains, -1.0) if payable.any() else np.where(fits, -prices, -np.inf)
        self._put(int(np.argmax(score)), 1)
        return True

    def _spare(self) -> Flags:
        """Tell which chosen sites no number and no pin holds."""
        stated = self.stated
        free = self.chosen & ~self._pinned
        if len(stated.least_sites):
            held = np.bincount(stated.site_part[self.chosen], minlength=len(stated.least_sites))
            free &= (held > stated.least_sites)[stated.site_part]
        return np.asarray(free & ~self._holding())

    def _holding(self) -> Flags:
        """Tell which chosen sites a least covered weight needs."""
        stated = self.stated
        needed = np.zeros(len(self.chosen), dtype=bool)
        if not stated.least_covered.size:
            return needed
        best, second, owner = self._served()
        for part, least in enumerate(stated.least_covered.tolist()):
            mine = np.flatnonzero((stated.demand_part == part) & (owner >= 0))
            covered = float((self._weight * best)[stated.demand_part == part].sum())
            lost = np.bincount(owner[mine], (self._weight * (best - second))[mine], minlength=len(self.chosen))
            needed |= covered - lost < least * (1 - 1e-9)
        return needed

    def save(self) -> None:
        """Give sites up while the plan costs too much: one that is enough, else those missed least for their money."""
        while (left := self._left()) < -0.005:
            free = self._spare()
            if not free.any():
                self._save_by_cheaper()
                return
            losses = self._losses(*self._served())
            enough = free & (self._own >= -left)
            score = np.where(enough, losses, np.inf) if enough.any() else losses / np.maximum(self._own, 1.0)
            self._put(int(np.argmin(np.where(free, score, np.inf))), -1)

    def _save_by_cheaper(self) -> None:
        """Let dear sites give way to cheaper ones of their part until the money does."""
        free = self.chosen & ~self._pinned & ~self._holding()
        price = self._own + self._opening[self._group]
        for row in np.flatnonzero(free)[np.argsort(-price[free], kind="stable")].tolist():
            if self._left() >= -0.005:
                return
            self._put(row, -1)
            fits = self._fits() & (self.stated.site_part == self.stated.site_part[row])
            other = int(np.argmin(np.where(fits, self._prices(), np.inf)))
            self._put(other if fits[other] else row, 1)

    def better(self) -> bool:
        """Make the change that covers most, a site more or one in place of another, if any pays."""
        best, second, owner = self._served()
        gains, prices, left = self._gains(best), self._prices(), self._left()
        fits = self._fits()
        added = int(np.argmax(np.where(fits & (prices <= left), gains, -1.0)))
        most = float(gains[added]) if fits[added] and prices[added] <= left else 0.0
        losses, removed = self._losses(best, second, owner), -1
        free = self.chosen & ~self._pinned & ~self._holding()
        # What a site in place of another adds is at least what it adds beside it, without what the other alone covers.
        for row in np.flatnonzero(free)[np.argsort(losses[free], kind="stable")][:_tried].tolist():
            instead = fits & (prices <= left + self._own[row]) & self._may_replace(row)
            one = int(np.argmax(np.where(instead, gains, -1.0)))
            if instead[one] and gains[one] - losses[row] > most:
                added, removed, most = one, row, float(gains[one] - losses[row])
        if most < _pays * self._usual or most <= 0:
            return False
        if removed >= 0:
            self._put(removed, -1)
        self._put(added, 1)
        return True

    def _may_replace(self, row: int) -> Flags:
        """Tell which candidates may stand in for a chosen one: those of its part, any where that has enough."""
        stated, part = self.stated, int(self.stated.site_part[row])
        if not len(stated.least_sites) or int(self.chosen[stated.site_part == part].sum()) > stated.least_sites[part]:
            return np.ones(len(self.chosen), dtype=bool)
        return np.asarray(stated.site_part == part)


_tried = 20
"""Chosen sites, those that are missed least, that are tried to give way to another."""
