"""Busy-hour demand of each map cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import require_range
from .errors import require_shape

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Habits:
    """From people to bit/s in the busy hour.

    ``users`` of the operator and technology per inhabitant, 0 to 1; ``gigabytes`` a user and month (10^9 bytes);
    ``busy_share`` of a day's volume that falls in its busiest hour; ``days`` a month; ``downlink`` part of the volume.
    Defaults are customary planning figures: set them from the operator's own counts.
    """

    users: float = 0.4
    gigabytes: float = 20.0
    busy_share: float = 0.07
    days: float = 30.0
    downlink: float = 0.9

    def bits_per_second(self) -> float:
        """Mean downlink rate of one inhabitant in the busy hour, bit/s."""
        require_range("demand", "users per inhabitant", self.users, 0.0, 1.0, "")
        require_range("demand", "volume a user and month", self.gigabytes, 0.0, 1e6, "GB")
        require_range("demand", "busy-hour share", self.busy_share, 1.0 / 24.0, 1.0, "")
        require_range("demand", "days a month", self.days, 1.0, 31.0, "")
        require_range("demand", "downlink part", self.downlink, 0.0, 1.0, "")
        return self.users * self.gigabytes * 8e9 * self.downlink / self.days * self.busy_share / 3600.0


def busy_hour_demand(population: ArrayLike, habits: Habits | None = None, activity: ArrayLike = 1.0) -> Doubles:
    """Demand of each map cell in bit/s: ``population`` × ``activity`` (above 1 where people are by day) × habits."""
    require_range("demand", "population", population, 0.0, 1e9, "")
    require_range("demand", "activity", activity, 0.0, 1e6, "")
    habits = habits or Habits()
    return np.asarray(population, dtype=np.float64) * np.asarray(activity, dtype=np.float64) * habits.bits_per_second()


def split_demand(demand: ArrayLike, rates: ArrayLike) -> Doubles:
    """Demand of each carrier, (carriers, rows, columns), in proportion to the ``rates`` of that shape there.

    ``demand`` (rows, columns) bit/s; ``rates`` bit/s that each carrier would give a lone terminal, 0 or nan where it
    gives none. What no carrier reaches stays with the first, where it will count as unreached.
    """
    wanted = np.asarray(demand, dtype=np.float64)
    offered = np.nan_to_num(np.asarray(rates, dtype=np.float64), nan=0.0)
    require_shape("rates", offered.shape[1:], wanted.shape)
    require_range("demand", "rate", offered, 0.0, 1e15, "bit/s")
    whole = offered.sum(axis=0)
    share = offered / np.where(whole > 0.0, whole, 1.0)
    share[0][whole == 0.0] = 1.0
    return np.asarray(share * wanted)
