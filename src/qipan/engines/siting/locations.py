"""Problems that assign each demand to a site: p-median, p-centre, capacitated location and capacitated coverage."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from qipan.engines.siting.arrays import Floats, Ints
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.errors import ConditionError
from qipan.engines.siting.problems import checked_column
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import relative_gap


@dataclass(frozen=True)
class NearestSites:
    """p sites for demands that go to the nearest: the problem of `solve_median` and `solve_centre`.

    ``reach`` holds distances; ``sites`` the number p, fixed ones included; ``weight`` float64 [demands], None meaning
    1 each; a demand that no chosen site reaches counts ``far``. Of ``conditions`` pins, conflicts and numbers of sites
    by area count; groups and covered weight by area, which are about costs and coverage, are refused.

    Source: Hakimi, Optimum locations of switching centers, 1964.
    Raises: `ConditionError`.
    """

    reach: Reach
    sites: int
    weight: Floats | None = None
    far: float = 1e9
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        weight = np.ones(self.reach.demands) if self.weight is None else self.weight
        object.__setattr__(self, "weight", checked_column("weight", weight, self.reach.demands))
        self.conditions.checked(self.reach.candidates, self.reach.demands)
        if self.conditions.group_cost.any() or self.conditions.area_least.any():
            message = "group_cost and area_least have no meaning for p sites by distance; leave them out"
            raise ConditionError(message)
        allowed = self.reach.candidates - self.conditions.forbidden.size
        pinned = np.union1d(self.conditions.fixed, self.conditions.mandatory)
        if not max(pinned.size, 1) <= self.sites <= allowed or np.isin(pinned, self.conditions.forbidden).any():
            message = (
                f"{self.sites} sites with {pinned.size} pinned and {allowed} allowed; choose between those numbers"
            )
            raise ConditionError(message)
        if self.reach.pairs and self.reach.weight.max() > self.far:
            message = f"far is {self.far:g}, less than the longest distance {self.reach.weight.max():g}; raise it"
            raise ConditionError(message)

    @property
    def weights(self) -> Floats:
        """Weight of each demand, float64 [demands]."""
        return np.ones(self.reach.demands) if self.weight is None else self.weight

    def distances(self, chosen: Ints) -> Floats:
        """Distance of each demand to its nearest chosen site, ``far`` where none reaches it."""
        return np.minimum(self.reach.nearest(chosen), self.far)


@dataclass(frozen=True)
class Capacitated:
    """Sites with opening costs and capacities that serve demands at a cost for each pair.

    ``reach`` holds the cost of serving the whole of a demand from a site; ``opening`` and ``capacity`` float64
    [candidates]; ``amount`` float64 [demands]; ``single`` asks that each demand be served by one site alone. Every
    demand is served, so that covered weight needs no minimum by area.

    Raises: `ConditionError`.
    """

    reach: Reach
    opening: Floats
    capacity: Floats
    amount: Floats
    single: bool = True
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        for name, count in (
            ("opening", self.reach.candidates),
            ("capacity", self.reach.candidates),
            ("amount", self.reach.demands),
        ):
            object.__setattr__(self, name, checked_column(name, getattr(self, name), count))
        self.conditions.checked(self.reach.candidates, self.reach.demands)


@dataclass(frozen=True)
class CapacitatedCoverage:
    """The most demand weight served within a budget by sites that each hold only so much.

    ``weight`` and ``amount`` float64 [demands], what serving one is worth and what it takes of its site; ``capacity``
    float64 [candidates]; ``cost`` float64 [candidates], None meaning 1 each, so that ``budget`` counts sites. Every
    pair of ``reach`` serves; a demand is served whole by one site or not at all. Of ``conditions`` minimums of covered
    weight by area are refused.

    Source: Current and Storbeck, Capacitated covering models, 1988.
    Raises: `ConditionError`.
    """

    reach: Reach
    weight: Floats
    amount: Floats
    capacity: Floats
    budget: float
    cost: Floats | None = None
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        for name, count in (
            ("weight", self.reach.demands),
            ("amount", self.reach.demands),
            ("capacity", self.reach.candidates),
            ("cost", self.reach.candidates),
        ):
            if (column := getattr(self, name)) is not None:
                object.__setattr__(self, name, checked_column(name, column, count))
        if not (np.isfinite(self.budget) and self.budget >= 0):
            message = f"budget {self.budget}; it must be a number of at least 0"
            raise ConditionError(message)
        self.conditions.checked(self.reach.candidates, self.reach.demands)
        if self.conditions.area_least.any():
            message = "area_least asks for covered weight by area, which capacitated coverage cannot promise; leave it"
            raise ConditionError(message)

    @property
    def costs(self) -> Floats:
        """Cost of each candidate, float64 [candidates], 1 each where none were given."""
        return np.ones(self.reach.candidates) if self.cost is None else self.cost


@dataclass(frozen=True)
class Assignment:
    """Sites with the demands each serves.

    ``chosen`` int32 ascending; ``site`` int32 [demands], the site of each demand (its largest part where parts are
    allowed), -1 where none serves it; ``objective``, ``bound`` (no plan is better) and ``seed``; ``method`` names the
    stage that found the plan; ``share`` float64 [pairs], the part of its demand that each pair serves, where parts are
    allowed. Every plan has passed `check_assignment` before it is handed out.
    """

    chosen: Ints
    site: Ints
    objective: float
    bound: float
    seed: int
    method: str
    share: Floats | None = None

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound; 0 is proven optimal."""
        return relative_gap(self.objective, self.bound)

    @property
    def optimal(self) -> bool:
        """Whether the bound proves that no plan is better."""
        return self.gap <= 1e-9
