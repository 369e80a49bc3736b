"""What covers the ground, in the classes by which Recommendation ITU-R P.1812 tells clutter apart (Table 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.geography import Geography
from qipan.engines.synthesis.terrain import Terrain, cell_size

cover_classes = ("water", "open", "suburban", "forest", "urban", "dense_urban")
"""Class of each value of the grid; P.1812 takes forest and urban as one, which a map does not."""
_reach = 2.0
"""Standard deviation of the neighbourhood over which building is averaged, cells."""
_forest_from = 45.0
"""Height at full size above which unbuilt ground is wooded, m."""


def cover(plan: Geography, terrain: Terrain, buildings: Buildings) -> NDArray[np.uint8]:
    """Return the class of every cell of the terrain's grid as its place in ``cover_classes``."""
    row = ((terrain.north - buildings.y) / cell_size).astype(np.int64)
    column = ((buildings.x - terrain.west) / cell_size).astype(np.int64)
    shape = terrain.heights.shape
    cells = row * shape[1] + column
    share = _averaged(cells, buildings.area / cell_size**2, shape)
    bulk = _averaged(cells, buildings.area * buildings.height / cell_size**2, shape)
    wooded = terrain.heights > _forest_from * plan.shrink + 9.0
    classes = np.select(
        [terrain.heights <= 0, bulk > 7.0, share > 0.12, share > 0.03, wooded], [0, 5, 4, 2, 3], default=1
    )
    return classes.astype(np.uint8)


def _averaged(cells: NDArray[np.int64], amounts: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return amounts summed in their cells and averaged over the neighbourhood."""
    total = np.bincount(cells, weights=amounts, minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(ndimage.gaussian_filter(total.astype(np.float32), _reach), dtype=np.float32)
