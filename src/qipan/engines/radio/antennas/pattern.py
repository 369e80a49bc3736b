"""A measured antenna pattern: two cuts and how a gain in any direction is taken from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadAntenna

Floats = NDArray[np.float64]
#: Gain of a half-wave dipole over the isotropic antenna, dB.
DIPOLE_GAIN = 2.15


def wrapped(degrees: ArrayLike) -> Floats:
    """Angles held to -180 up to 180 degrees."""
    return np.asarray((np.asarray(degrees, dtype=np.float64) + 180.0) % 360.0 - 180.0)


def _interpolated(cut: Floats, degrees: Floats) -> Floats:
    position = degrees % 360.0
    index = np.floor(position).astype(np.int64)
    part = position - index
    return np.asarray(cut[index % 360] * (1.0 - part) + cut[(index + 1) % 360] * part)


@dataclass(frozen=True)
class Pattern:
    """Two measured cuts of an antenna.

    ``gain`` dBi of the maximum; ``horizontal`` attenuation in dB (≥ 0) at each degree to the right of boresight,
    shape (360,); ``vertical`` attenuation at each degree *below* the horizon through boresight, shape (360,), so that
    index 90 looks down and 270 up; ``f`` GHz or nan; ``electrical_tilt`` degrees down that the cuts already contain;
    ``header`` the file's other fields, kept for writing it again. BadAntenna when a cut is not 360 finite numbers.
    """

    name: str
    gain_dbi: float
    horizontal: Floats
    vertical: Floats
    f: float = float("nan")
    electrical_tilt: float = 0.0
    header: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, cut in (("horizontal", self.horizontal), ("vertical", self.vertical)):
            if cut.shape != (360,) or not np.isfinite(cut).all():
                message = f"antenna {self.name}: the {kind} cut must hold 360 finite numbers, one a degree"
                raise BadAntenna(message)

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Gain in dBi, cuts joined by horizontal projection interpolation.

        The vertical cut's front and back halves are weighted by how far the direction is turned from boresight, so
        that both cuts are reproduced exactly in their own planes.
        """
        phi, theta = np.broadcast_arrays(wrapped(azimuth), -np.asarray(elevation, dtype=np.float64))
        turned = np.abs(phi) / 180.0
        front = self.horizontal[0] - _interpolated(self.vertical, theta)
        back = self.horizontal[180] - _interpolated(self.vertical, 180.0 - theta)
        loss = _interpolated(self.horizontal, phi) - ((1.0 - turned) * front + turned * back)
        return np.asarray(self.gain_dbi - np.maximum(loss, 0.0))


def full_cut(name: str, kind: str, degrees: Floats, values: Floats) -> Floats:
    """A cut at each whole degree from points at any spacing up to 5 degrees; BadAntenna names the missing angles."""
    order = np.argsort(degrees % 360.0, kind="stable")
    angle, value = (degrees % 360.0)[order], values[order]
    angle, first = np.unique(angle, return_index=True)
    value = value[first]
    if angle.size == 0:
        message = f"antenna {name}: the {kind} cut has no points"
        raise BadAntenna(message)
    gaps = np.diff(np.append(angle, angle[0] + 360.0))
    widest = int(np.argmax(gaps))
    if gaps[widest] > 5.0:
        low, high = angle[widest], angle[widest] + gaps[widest]
        message = f"antenna {name}: the {kind} cut has no angles between {low:g} and {high:g} degrees (5 at most)"
        raise BadAntenna(message)
    return np.asarray(np.interp(np.arange(360.0), angle, value, period=360.0))
