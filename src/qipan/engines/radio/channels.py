"""Numbers of radio channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import require_range

#: TS 38.104 Table 5.4.2.1-1: from MHz, step of the global raster in MHz, first channel.
_RASTER = ((0.0, 0.005, 0), (3000.0, 0.015, 600_000), (24_250.08, 0.06, 2_016_667))


def nr_channel(megahertz: ArrayLike) -> NDArray[np.int64]:
    """NR-ARFCN of a frequency in MHz (TS 38.104 §5.4.2.1), the nearest of the raster; OutOfRange beyond 100 GHz."""
    f = np.asarray(megahertz, dtype=np.float64)
    require_range("NR-ARFCN", "frequency", f, 0.0, 100_000.0, "MHz")
    number = np.zeros(f.shape, dtype=np.int64)
    for low, step, first in _RASTER:
        number = np.where(f >= low, np.rint((f - low) / step).astype(np.int64) + first, number)
    return number
