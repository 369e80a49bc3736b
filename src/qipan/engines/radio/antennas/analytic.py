"""Antennas by formula: 3GPP TR 38.901 §7.3 element, ITU-R M.2101-0 §5 array and beam envelopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .pattern import wrapped

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Isotropic:
    """The same gain everywhere, dBi."""

    gain_dbi: float = 0.0

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Gain in dBi, shaped as the two angles broadcast."""
        shape = np.broadcast_shapes(np.shape(azimuth), np.shape(elevation))
        return np.full(shape, self.gain_dbi)


@dataclass(frozen=True, slots=True)
class Element:
    """One radiating element (TR 38.901 Table 7.3-1; M.2101 Table 4 has the same form).

    ``gain_dbi`` of the maximum, ``width`` and ``height`` half-power beamwidths in degrees, ``floor`` A_max and
    ``side_lobe`` SLA_V in dB.
    """

    gain_dbi: float = 8.0
    width: float = 65.0
    height: float = 65.0
    floor: float = 30.0
    side_lobe: float = 30.0

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Gain in dBi towards degrees right of boresight and above the horizon."""
        across = np.minimum(12.0 * (wrapped(azimuth) / self.width) ** 2, self.floor)
        along = np.minimum(12.0 * (np.asarray(elevation, dtype=np.float64) / self.height) ** 2, self.side_lobe)
        return np.asarray(self.gain_dbi - np.minimum(across + along, self.floor))


@dataclass(frozen=True, slots=True)
class Array:
    """A rectangular array steered to one direction (M.2101-0 Table 4, single-element and composite patterns).

    ``rows`` N_V and ``columns`` N_H elements, spaced ``row_spacing`` and ``column_spacing`` wavelengths; ``steer``
    azimuth in degrees and ``tilt`` degrees below the horizon, which is the electrical tilt.
    """

    element: Element = field(default_factory=Element)
    rows: int = 8
    columns: int = 8
    row_spacing: float = 0.5
    column_spacing: float = 0.5
    steer: float = 0.0
    tilt: float = 0.0

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Composite gain in dBi: the element's plus 10 lg |Σ w·v|² with unit total power."""
        phi, up = np.radians(np.asarray(azimuth)), np.radians(np.asarray(elevation))
        down, aside = math.radians(self.tilt), math.radians(self.steer)
        vertical = 2.0 * math.pi * self.row_spacing * (np.sin(up) + math.sin(down))
        lateral = np.cos(up) * np.sin(phi) - math.cos(down) * math.sin(aside)
        factor = _line_factor(vertical, self.rows) * _line_factor(
            2.0 * math.pi * self.column_spacing * lateral, self.columns
        )
        return np.asarray(self.element.gain(azimuth, elevation) + 10.0 * np.log10(np.maximum(factor, 1e-12)))


def _line_factor(phase: Floats, count: int) -> Floats:
    # |Σ exp(j·n·phase)|²/count of a uniform line; its limit where the elements are in step
    half = 0.5 * np.asarray(phase, dtype=np.float64)
    below = np.sin(half)
    apart = np.abs(below) > 1e-9
    ratio = np.where(apart, np.sin(count * half) / np.where(apart, below, 1.0), float(count))
    return np.asarray(ratio**2 / count)


@dataclass(frozen=True, slots=True)
class BeamEnvelope:
    """The strongest of a set of beams in every direction, as a terminal that has picked its beam sees them."""

    beams: tuple[Array, ...]

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> Floats:
        """Largest gain of the beams in dBi."""
        best = self.beams[0].gain(azimuth, elevation)
        for beam in self.beams[1:]:
            best = np.maximum(best, beam.gain(azimuth, elevation))
        return best


def ssb_beams(
    array: Array,
    azimuths: Sequence[float] = (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0),
    tilts: Sequence[float] = (6.0,),
) -> BeamEnvelope:
    """Envelope of synchronisation-signal beams: ``array`` steered to each azimuth and tilt in degrees."""
    return BeamEnvelope(
        tuple(
            Array(array.element, array.rows, array.columns, array.row_spacing, array.column_spacing, azimuth, tilt)
            for tilt in tilts
            for azimuth in azimuths
        )
    )
