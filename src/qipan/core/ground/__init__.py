"""The ground a city stands on: terrain, buildings, land cover, streets, areas and people, on one metric plane.

Files lie in the register's data folder; buildings, areas and residents come from the register itself.
"""

from __future__ import annotations

from qipan.core.ground.buildings import Buildings, read_buildings
from qipan.core.ground.burning import burn
from qipan.core.ground.classes import cover_classes, cover_names
from qipan.core.ground.errors import BadGround, GroundMissing
from qipan.core.ground.importing import (
    import_ground,
    import_land_cover,
    import_streets,
    import_terrain,
    street_ranks,
)
from qipan.core.ground.people import area_grid, population_grid
from qipan.core.ground.plane import Plane, ground_folder, plane_at, read_extent, read_facts, read_plane
from qipan.core.ground.reading import Box, Streets, read_ground, read_land_cover, read_streets

__all__ = [
    "BadGround",
    "Box",
    "Buildings",
    "GroundMissing",
    "Plane",
    "Streets",
    "area_grid",
    "burn",
    "cover_classes",
    "cover_names",
    "ground_folder",
    "import_ground",
    "import_land_cover",
    "import_streets",
    "import_terrain",
    "plane_at",
    "population_grid",
    "read_buildings",
    "read_extent",
    "read_facts",
    "read_ground",
    "read_land_cover",
    "read_plane",
    "read_streets",
    "street_ranks",
]
