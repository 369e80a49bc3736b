"""What an edit changed on the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .run import Layer


@dataclass(frozen=True)
class Change:
    """One window of one layer, after an edit and before it.

    ``rows`` and ``columns`` of the window in the city's arrays; ``now`` what they hold there, a copy;
    ``level_before`` dBm and ``server_before`` of the strongest cell, (rows, columns).
    """

    layer: int
    rows: slice
    columns: slice
    now: Layer
    level_before: NDArray[np.float32]
    server_before: NDArray[np.int32]


@dataclass(frozen=True)
class Update:
    """What an edit of ``cells`` (their numbers) changed, window by window; map cells of ``area`` m²."""

    cells: tuple[int, ...]
    changes: tuple[Change, ...]
    area: float

    @property
    def switched(self) -> int:
        """Map cells whose strongest cell is another one, or whose first or last one came or went."""
        return sum(int((each.now.servers[..., 0] != each.server_before).sum()) for each in self.changes)

    def gained(self, threshold: float) -> float:
        """Area in m² where the strongest level has risen to ``threshold`` dBm or above; layers are added up."""
        parts = ((each.level_before < threshold) & (each.now.levels[..., 0] >= threshold) for each in self.changes)
        return self.area * sum(int(part.sum()) for part in parts)

    def lost(self, threshold: float) -> float:
        """Area in m² where the strongest level has fallen below ``threshold`` dBm; layers are added up."""
        parts = ((each.level_before >= threshold) & (each.now.levels[..., 0] < threshold) for each in self.changes)
        return self.area * sum(int(part.sum()) for part in parts)


@dataclass(frozen=True)
class Heard:
    """A cell heard at a point: its number, name, layer and level in dBm."""

    cell: int
    name: str
    layer: int
    level: float
