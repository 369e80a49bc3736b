"""Classes of land cover, and the numberings in which rasters bring them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import Text
from qipan.core.ground.errors import BadGround

cover_names = {
    "water": Text("水面", "Water"),
    "open": Text("开阔", "Open"),
    "suburban": Text("郊区", "Suburban"),
    "forest": Text("林地", "Forest"),
    "urban": Text("城区", "Urban"),
    "dense_urban": Text("密集城区", "Dense urban"),
}
cover_classes = tuple(cover_names)
"""Class of each value of a grid, as ITU-R P.1812 tells clutter apart (Table 2), forest and urban kept apart."""
built_classes = {2: 1.0, 4: 3.0, 5: 6.0}
"""Classes that people live in, with the weight of their ground when nothing more is known."""
_world_cover = {10: 3, 20: 1, 30: 1, 40: 1, 50: 4, 60: 1, 70: 1, 80: 0, 90: 1, 95: 3, 100: 1}
"""Map codes of ESA WorldCover (10 m, v200) as places in ``cover_classes``."""
_blank = 255


def read_cover(values: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    """Return a raster's values as places in ``cover_classes``, 255 where it has none; BadGround names another value."""
    found = set(np.unique(values).tolist()) - {_blank}
    own = set(range(len(cover_classes)))
    if found <= own:
        return np.asarray(values, dtype=np.uint8)
    if unknown := found - _world_cover.keys() - {0}:
        message = (
            f"{path.name} 有值 {min(unknown):g}：地表覆盖应为 0 至 {len(cover_classes) - 1}"
            f"（{'、'.join(one.zh for one in cover_names.values())}）或 ESA WorldCover 的编码（10 至 100）"
        )
        raise BadGround(message)
    table = np.full(256, _blank, dtype=np.uint8)
    for code, place in _world_cover.items():
        table[code] = place
    return np.asarray(table[values.astype(np.uint8)])
