"""What merging hands back: which poles stay in which form, what hangs where, cost, bounds and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.results import relative_gap


class State(IntEnum):
    """What becomes of a pole."""

    REMOVED = 0
    KEPT = 1
    REPLACED = 2
    """A smart pole takes its place."""


class Reason(IntEnum):
    """Why a pole is still there."""

    GONE = 0
    """It is not."""
    MUST_STAY = 1
    """It may not be removed."""
    ONLY_HOME = 2
    """No other pole of the street can carry one of its devices."""
    LIGHT = 3
    """Without its lamp the lit poles would be too far apart."""
    GATHERED = 4
    """The others within reach could take its devices one by one, but not with all that they carry."""


@dataclass(frozen=True)
class Merging:
    """A plan for one street or for a whole city of streets.

    ``state`` int64 [n] holds a `State` for each pole, ``pole`` int64 [m] where each device hangs, -1 where it is taken
    down; ``reason`` int64 [n] a `Reason` and ``because`` int64 [n] the device that it speaks of, -1 for none.
    No plan has fewer poles than ``pole_bound``; ``cost_bound`` holds for plans with no more poles than this one.
    ``windows`` counts the independent parts, ``open_windows`` those whose proof did not end in time.
    """

    state: Longs
    pole: Longs
    cost: float
    pole_bound: int
    cost_bound: float
    reason: Longs
    because: Longs
    windows: int
    open_windows: int

    @property
    def poles(self) -> int:
        """Number of poles that are left."""
        return int((self.state != State.REMOVED).sum())

    @property
    def optimal(self) -> bool:
        """Whether no plan has fewer poles, and none with as few costs less."""
        return self.open_windows == 0

    @property
    def gap(self) -> float:
        """The larger of the relative gaps of the number of poles and of the cost."""
        return max(relative_gap(self.poles, self.pole_bound), relative_gap(self.cost, self.cost_bound))

    def moved(self, devices: Longs) -> Longs:
        """Return the devices that hang on another pole than ``devices`` (int [m], where they hang now), or on none."""
        return np.flatnonzero(self.pole != np.asarray(devices))


@dataclass(frozen=True)
class Part:
    """The plan of one window: states of its poles, poles of its devices, in the order of the window."""

    state: Longs
    pole: Longs
    cost: float
    pole_bound: int
    cost_bound: float
    proved: bool
