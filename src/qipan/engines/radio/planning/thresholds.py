"""When a map cell counts as covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A map cell is covered from ``level`` dBm SS-RSRP and ``sinr`` dB SS-SINR upwards.

    The defaults are those customary for outdoor acceptance, not a standard; a contract or plan sets its own.
    """

    level: float = -105.0
    sinr: float = -3.0

    def met(self, level: Floats, sinr: Floats | None = None) -> NDArray[np.bool_]:
        """Where ``level`` and, if given, ``sinr`` of one shape reach the thresholds; false where they are nan."""
        covered = np.asarray(level >= self.level)
        return covered if sinr is None else np.asarray(covered & (sinr >= self.sinr))
