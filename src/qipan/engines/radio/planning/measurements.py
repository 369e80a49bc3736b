"""Drive-test measurements beside what was predicted there, made fit for a correction."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import require_range
from .errors import BadNetwork

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Measurements:
    """Measured and predicted levels as equally long columns, made by :meth:`of`.

    ``x``/``y`` m; ``level`` measured and ``predicted`` SS-RSRP, dBm; ``distance`` to the cell, m; ``clutter`` class
    number; ``diffraction`` loss in the prediction, dB; ``cell`` (or layer) number that was measured; ``samples`` behind
    each row.
    """

    x: Doubles
    y: Doubles
    level: Doubles
    predicted: Doubles
    distance: Doubles
    clutter: Ints
    diffraction: Doubles
    cell: Ints
    samples: Ints

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        level: ArrayLike,
        predicted: ArrayLike,
        *,
        distance: ArrayLike,
        clutter: ArrayLike = 0,
        diffraction: ArrayLike = 0.0,
        cell: ArrayLike = 0,
    ) -> Measurements:
        """Columns from arrays or single values that hold for all; BadNetwork where lengths differ."""
        raw = (x, y, level, predicted, distance, diffraction, clutter, cell)
        sizes = sorted({np.size(each) for each in raw} - {1})
        if len(sizes) > 1 or any(np.ndim(each) > 1 for each in raw):
            message = f"measurements: columns of {sizes} values; give one value a measurement in each"
            raise BadNetwork(message)
        rows = (sizes or [1])[0]
        e, n, measured, expected, away, bent = (
            np.array(np.broadcast_to(np.asarray(each, dtype=np.float64), rows)) for each in raw[:6]
        )
        kind, heard = (np.array(np.broadcast_to(np.asarray(each, dtype=np.int64), rows)) for each in raw[6:])
        return cls(e, n, measured, expected, away, kind, bent, heard, np.ones(rows, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.x)

    def part(self, chosen: NDArray[np.generic]) -> Measurements:
        """The rows chosen by truths or positions."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Rejected:
    """How many measurements were left out, by reason."""

    not_numbers: int
    outside_range: int
    too_near: int


def usable(
    measured: Measurements, lowest: float = -140.0, highest: float = -31.0, nearest: float = 20.0
) -> tuple[Measurements, Rejected]:
    """Measurements with a prediction, within what a receiver reports and not under the mast.

    ``lowest`` and ``highest`` dBm (TS 38.133 reports SS-RSRP from -156 to -31; little below -140 is trusted);
    ``nearest`` m.
    """
    numbers = (measured.x, measured.y, measured.level, measured.predicted, measured.distance, measured.diffraction)
    finite = np.all([np.isfinite(each) for each in numbers], axis=0)
    within = (measured.level >= lowest) & (measured.level <= highest)
    far = measured.distance >= nearest
    kept = finite & within & far
    dropped = Rejected(int((~finite).sum()), int((finite & ~within).sum()), int((finite & within & ~far).sum()))
    return measured.part(kept), dropped


def binned(measured: Measurements, size: float = 20.0) -> Measurements:
    """One row for each map bin of ``size`` m, cell and clutter class: means, in dB for levels.

    Keeps standing traffic from outweighing the road. 40 wavelengths (W. C. Y. Lee: 3.4 m at 3.5 GHz, 17 m at 700 MHz)
    is the least that averages fast fading out; bins at least as long as a map cell match the prediction's.
    """
    require_range("measurements", "bin", size, 0.1, 10_000.0, "m")
    key = np.column_stack(
        [measured.cell, measured.clutter, np.floor(measured.y / size), np.floor(measured.x / size)]
    ).astype(np.int64)
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    samples = np.bincount(which, weights=measured.samples).astype(np.int64)

    def mean(values: Doubles) -> Doubles:
        return np.asarray(np.bincount(which, weights=values * measured.samples) / samples)

    return Measurements(
        mean(measured.x),
        mean(measured.y),
        mean(measured.level),
        mean(measured.predicted),
        mean(measured.distance),
        measured.clutter[first],
        mean(measured.diffraction),
        measured.cell[first],
        samples,
    )
