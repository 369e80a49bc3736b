"""The coverage problems: what a caller states, checked on construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Floats
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.errors import ConditionError
from qipan.engines.siting.reach import Reach


@dataclass(frozen=True)
class Layer:
    """One kind of demand (area, people, venues, roads) on the shared demand rows.

    ``weight`` float64 [demands] in the layer's own unit; ``importance`` is what one unit of it is worth.
    """

    name: str
    weight: Floats
    importance: float = 1.0


@dataclass(frozen=True)
class MaximumCoverage:
    """Maximal covering location (MCLP): the most demand weight covered within a budget.

    ``weight`` float64 [demands]; ``cost`` float64 [candidates], None meaning 1 each, so that ``budget`` counts sites.
    A demand served with probabilities counts its weight times the greatest probability among the chosen.
    ``layers`` are only reported; `of_layers` also sums them into ``weight``.

    Source: Church and ReVelle, The maximal covering location problem, 1974.
    Raises: `ConditionError`.
    """

    reach: Reach
    weight: Floats
    budget: float
    cost: Floats | None = None
    conditions: Conditions = field(default_factory=Conditions)
    layers: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", checked_column("weight", self.weight, self.reach.demands))
        if self.cost is not None:
            object.__setattr__(self, "cost", checked_column("cost", self.cost, self.reach.candidates))
        if not (np.isfinite(self.budget) and self.budget >= 0):
            message = f"budget {self.budget}; it must be a number of at least 0"
            raise ConditionError(message)
        self.conditions.checked(self.reach.candidates, self.reach.demands)

    @classmethod
    def of_layers(
        cls,
        reach: Reach,
        layers: Sequence[Layer],
        budget: float,
        cost: Floats | None = None,
        conditions: Conditions | None = None,
    ) -> MaximumCoverage:
        """State the problem for several layers: the weight of a demand is the sum of importance × layer weight."""
        if not layers:
            message = "no demand layer is given; give at least one"
            raise ConditionError(message)
        columns = [checked_column(layer.name, layer.weight, reach.demands) * layer.importance for layer in layers]
        return cls(reach, np.sum(columns, axis=0), budget, cost, conditions or Conditions(), tuple(layers))

    @property
    def costs(self) -> Floats:
        """Cost of each candidate, float64 [candidates], 1 each where none were given."""
        return np.ones(self.reach.candidates) if self.cost is None else self.cost


@dataclass(frozen=True)
class SetCover:
    """Least cost that covers every demand (LSCP), or a ``share`` of the demand weight (partial coverage).

    ``cost`` float64 [candidates], None meaning 1 each; ``weight`` float64 [demands], None meaning 1 each, matters only
    below a share of 1. Demands that no candidate reaches are left out at share 1 and counted in the result.
    Probabilities: state the least one that counts with `Reach.binary`.

    Source: Toregas, Swain, ReVelle and Bergman, The location of emergency service facilities, 1971.
    Raises: `ConditionError`.
    """

    reach: Reach
    cost: Floats | None = None
    weight: Floats | None = None
    share: float = 1.0
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        for name, count in (("weight", self.reach.demands), ("cost", self.reach.candidates)):
            column = getattr(self, name)
            if column is not None:
                object.__setattr__(self, name, checked_column(name, column, count))
        if not 0 < self.share <= 1:
            message = f"share {self.share}; it must lie in (0, 1]"
            raise ConditionError(message)
        if not self.reach.is_binary():
            message = "a set cover needs pairs that cover or do not; choose the least probability with Reach.binary"
            raise ConditionError(message)
        self.conditions.checked(self.reach.candidates, self.reach.demands)

    @property
    def costs(self) -> Floats:
        """Cost of each candidate, float64 [candidates], 1 each where none were given."""
        return np.ones(self.reach.candidates) if self.cost is None else self.cost

    @property
    def weights(self) -> Floats:
        """Weight of each demand, float64 [demands], 1 each where none were given."""
        return np.ones(self.reach.demands) if self.weight is None else self.weight


def checked_column(name: str, column: npt.ArrayLike, count: int) -> Floats:
    """Return ``column`` as float64 [count]; raise `ConditionError` where a value is negative or no number."""
    array = np.asarray(column, np.float64)
    if array.shape != (count,):
        message = f"{name} has shape {array.shape}; give {count} numbers, one for each row"
        raise ConditionError(message)
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if bad.size:
        message = f"{name} of row {bad[0]} is {array[bad[0]]}; it must be a number of at least 0"
        raise ConditionError(message)
    return array
