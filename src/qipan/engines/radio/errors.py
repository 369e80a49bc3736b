"""What can go wrong in a radio prediction and a user can put right.

RadioError
├── OutOfRange   a number outside the range that the model is stated for
├── BadProfile   a path profile that no model can use
├── BadRaster    terrain, surface or another layer that does not fit the run
├── BadAntenna   an antenna file or pattern with something missing
├── BadCell      a cell that cannot be computed; the other cells of the run are
├── RayMissing   a run over Ray workers where Ray is not installed
└── NoCluster    a run over Ray workers where no cluster answers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qipan.errors import QipanError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class RadioError(QipanError):
    """Root of everything that the radio engine refuses."""


class OutOfRange(RadioError):
    """A number outside the range that the model is stated for."""


class BadProfile(RadioError):
    """A path profile that no model can use: too short, not ascending, not finite."""


class BadRaster(RadioError):
    """A raster that does not fit the run: wrong shape, no finite height, no positive resolution."""


class BadAntenna(RadioError):
    """An antenna file or pattern with something missing or out of place."""


class BadCell(RadioError):
    """A cell that cannot be computed; the run names it and goes on with the others."""


class RayMissing(RadioError):
    """A run over Ray workers was asked for and Ray, an optional part, is not installed."""


class NoCluster(RadioError):
    """A run over Ray workers was asked for and no cluster answers, or it has no processor."""


def require_range(model: str, name: str, value: ArrayLike, low: float, high: float, unit: str) -> None:
    """Refuse values outside ``[low, high]``, naming the model, the quantity, the first offender and the range.

    Raises OutOfRange; a value that is not a number is outside every range.
    """
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    outside = ~((values >= low) & (values <= high))
    if outside.any():
        position = int(np.flatnonzero(outside)[0])
        where = f" at position {position}" if values.size > 1 else ""
        unit = f" {unit}" if unit else ""
        message = f"{model}: {name} {values.flat[position]:g}{unit}{where} is outside {low:g} to {high:g}{unit}"
        raise OutOfRange(message)
