"""An antenna on its mast: azimuth, mechanical and electrical tilt, and the table that the city-wide mode looks up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .pattern import wrapped

Floats = NDArray[np.float64]
#: Steps a degree of elevation in a gain table.
ELEVATION_STEPS = 4


class Antenna(Protocol):
    """Anything with a gain in dBi towards degrees right of boresight and above the horizon."""

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Gain in dBi, shaped as the two angles broadcast."""
        ...


@dataclass(frozen=True, slots=True)
class Mounted:
    """An antenna turned to ``azimuth`` (degrees clockwise from north) and tilted.

    ``mechanical_tilt`` turns the whole antenna about its own horizontal axis, so its back lobe rises;
    ``electrical_tilt`` lowers the beam at every azimuth alike. Both in degrees down.
    """

    antenna: Antenna
    azimuth: float = 0.0
    mechanical_tilt: float = 0.0
    electrical_tilt: float = 0.0

    def gain(self, bearing: ArrayLike, elevation: ArrayLike) -> Floats:
        """Gain in dBi towards a ``bearing`` clockwise from north and an ``elevation`` above the horizon, degrees."""
        phi = np.radians(wrapped(np.asarray(bearing, dtype=np.float64) - self.azimuth))
        up = np.radians(np.asarray(elevation, dtype=np.float64))
        x, y, z = np.cos(up) * np.cos(phi), np.cos(up) * np.sin(phi), np.sin(up)
        tilt = np.radians(self.mechanical_tilt)
        forward, upward = x * np.cos(tilt) - z * np.sin(tilt), x * np.sin(tilt) + z * np.cos(tilt)
        local = np.degrees(np.arctan2(y, forward))
        height = np.degrees(np.arcsin(np.clip(upward, -1.0, 1.0)))
        return self.antenna.gain(local, height + self.electrical_tilt)


def gain_table(antenna: Antenna, mechanical_tilt: float = 0.0, electrical_tilt: float = 0.0) -> NDArray[np.float32]:
    """Gains in dBi at each degree from boresight (rows, 0 to 359) and each quarter degree of elevation (-90 to 90)."""
    mounted = Mounted(antenna, 0.0, mechanical_tilt, electrical_tilt)
    elevations = np.arange(-90 * ELEVATION_STEPS, 90 * ELEVATION_STEPS + 1) / ELEVATION_STEPS
    return np.ascontiguousarray(mounted.gain(np.arange(360.0)[:, None], elevations[None, :]), dtype=np.float32)
