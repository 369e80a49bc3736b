"""Which conditions of a plan cannot hold together: as few of them as can be found within a time that has an end.

Single conditions and each with the money come first; what is left is thinned out, one condition after the other, as
long as what remains is still proved to be impossible.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.placing.conditions import Stated, told_clash
from qipan.core.placing.errors import ConditionsClash
from qipan.core.placing.hosts import Longs
from qipan.core.placing.least import cheapest_plan
from qipan.core.placing.least_exact import least_capital
from qipan.engines.siting import Infeasible

_seconds = 20.0
"""How long is looked for the smallest set before the one found so far is told."""
_one_model = 3.0


@dataclass(frozen=True, slots=True)
class _Condition:
    """One condition of a ``kind`` (see ``_Search.named``), on a part or a site ``at``, of ``near`` also on another."""

    kind: str
    at: int = -1
    other: int = -1


def clash_of(stated: Stated, budget: float) -> ConditionsClash:
    """Return the error that names conditions which cannot hold together, with money of ``budget`` yuan."""
    search = _Search(stated, budget)
    found, smallest = search.run()
    return told_clash(stated, Infeasible(tuple(map(search.named, found)), smallest))


class _Search:
    def __init__(self, stated: Stated, budget: float) -> None:
        self.stated, self.budget = stated, budget
        self.ends = time.monotonic() + _seconds
        self.money, self.spacing = _Condition("budget"), _Condition("spacing")
        self.numbers = [_Condition("number", int(part)) for part in np.flatnonzero(stated.least_sites > 0)]
        self.covered = [_Condition("covered", int(part)) for part in np.flatnonzero(stated.least_covered > 0)]
        self.mandatory = [_Condition("mandatory", int(row)) for row in stated.mandatory]
        self.forbidden = [_Condition("forbidden", int(row)) for row in stated.forbidden]

    def run(self) -> tuple[Sequence[_Condition], bool]:
        """Return conditions that clash, and whether no fewer of them do."""
        for few in self._few():
            if self._impossible(few):
                return few, True
        every = [*self.forbidden, *self.mandatory, self.spacing, *self.covered, *self.numbers]
        return self._thinned([*every, self.money] if np.isfinite(self.budget) else every), False

    def _few(self) -> Iterator[list[_Condition]]:
        """Yield the smallest sets worth trying, the smallest first."""
        asked = [*self.numbers, *self.covered]
        yield from ([one] for one in asked)
        pinned, banned = set(self.stated.mandatory.tolist()), set(self.stated.forbidden.tolist())
        yield from ([_Condition("mandatory", row), _Condition("forbidden", row)] for row in sorted(pinned & banned))
        yield from ([one, self.money] for one in (*asked, *self.mandatory))
        yield from ([one, self.spacing] for one in asked)
        near = self.stated.conflicts
        both = np.isin(near, list(pinned)).all(axis=1) if len(pinned) else np.zeros(len(near), dtype=bool)
        for one, other in near[both].tolist():
            yield [_Condition("mandatory", one), _Condition("mandatory", other), _Condition("near", one, other)]
        if len(self.mandatory) > 1:
            yield from ([*self._dearest(), self.money],)

    def _dearest(self) -> list[_Condition]:
        """Return the fewest mandatory sites whose cost is more than the money, all of them where it is not."""
        one = self.stated.candidates
        order = sorted(self.mandatory, key=lambda pin: -float(one.own[pin.at]))
        for count in range(2, len(order)):
            if self._impossible([*order[:count], self.money]):
                return order[:count]
        return order

    def _thinned(self, held: list[_Condition]) -> list[_Condition]:
        """Return the conditions left when each has been given up that the clash does not need."""
        for one in list(held):
            if time.monotonic() > self.ends:
                break
            rest = [other for other in held if other != one]
            if self._impossible(rest):
                held = rest
        return held

    def _impossible(self, held: Sequence[_Condition]) -> bool:
        """Tell whether it is proved that no plan meets these conditions together."""
        budget = self.budget if self.money in held else np.inf
        mandatory, forbidden = _rows(held, "mandatory"), _rows(held, "forbidden")
        if np.isin(mandatory, forbidden).any():
            return True
        if any(one.kind == "near" and {one.at, one.other} <= set(mandatory.tolist()) for one in held):
            return True
        part = replace(
            self.stated,
            least_sites=_only(self.stated.least_sites, _rows(held, "number")),
            least_covered=_only(self.stated.least_covered, _rows(held, "covered")),
            conflicts=self.stated.conflicts if self.spacing in held else self.stated.conflicts[:0],
            mandatory=mandatory,
            forbidden=forbidden,
        )
        if self._short(part):
            return True
        found = cheapest_plan(part)
        if found is not None and found[0] <= budget * (1 + 1e-9):
            return False
        left = min(self.ends - time.monotonic(), _one_model)
        if left <= 0:
            return False
        least = least_capital(part, left).bound
        return bool(np.isinf(least) or least > budget * (1 + 1e-9) + 0.01)

    def _short(self, part: Stated) -> bool:
        """Tell whether a number is larger than there are candidates, or a least weight than can be reached."""
        usable = np.ones(len(part.candidates), dtype=bool)
        usable[part.forbidden] = False
        room = np.bincount(part.site_part[usable], minlength=len(part.least_sites))
        return bool(len(part.least_sites) and (part.least_sites > room[: len(part.least_sites)]).any())

    def named(self, one: _Condition) -> str:
        """Return a condition as the siting engine calls it."""
        if one.kind == "number":
            return f"area {one.at} needs {self.stated.least_sites[one.at]:g} sites"
        if one.kind == "covered":
            return f"area {one.at} needs {self.stated.least_covered[one.at]:g} covered"
        if one.kind == "near":
            return f"sites {one.at} and {one.other} conflict"
        if one.kind in ("mandatory", "forbidden"):
            return f"site {one.at} is {one.kind}"
        return "spacing" if one.kind == "spacing" else f"budget {self.budget:.2f}"


def _rows(held: Sequence[_Condition], kind: str) -> Longs:
    return np.array([one.at for one in held if one.kind == kind], dtype=np.int64)


def _only(values: NDArray[Any], kept: Longs) -> NDArray[Any]:
    found = np.zeros_like(values)
    found[kept] = values[kept]
    return found
