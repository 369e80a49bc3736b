"""A city out of a scale and a seed: land, people, streets, buildings and the assets that plans speak of, as arrays.

    city = synthesise(scale=0.02, seed=1)
    city.terrain.heights                             # 30 m grid, m above the sea
    city.buildings.height                            # m, one for each footprint
    city.tables["cell"].numbers("azimuth")           # a column of the cells
    for part in city.parts("terminal"): ...          # a million at a time

Everything is the generator's own but the published figures of districts; nothing in it is a place in the world.
"""

from __future__ import annotations

from qipan.engines.synthesis.city import City, greatest_scale, least_scale, synthesise
from qipan.engines.synthesis.errors import ScaleOutOfRange, SeedOutOfRange, SynthesisError
from qipan.engines.synthesis.figures import as_of, city_code, city_name, districts
from qipan.engines.synthesis.geography import Areas, Geography, crs, to_degrees
from qipan.engines.synthesis.land_cover import cover_classes
from qipan.engines.synthesis.streets import classes as street_classes
from qipan.engines.synthesis.tables import Coded, Label, Reference, Shapes, Table
from qipan.engines.synthesis.terrain import Terrain, cell_size
from qipan.engines.synthesis.units import Unit, all_units

__all__ = [
    "Areas",
    "City",
    "Coded",
    "Geography",
    "Label",
    "Reference",
    "ScaleOutOfRange",
    "SeedOutOfRange",
    "Shapes",
    "SynthesisError",
    "Table",
    "Terrain",
    "Unit",
    "all_units",
    "as_of",
    "cell_size",
    "city_code",
    "city_name",
    "cover_classes",
    "crs",
    "districts",
    "greatest_scale",
    "least_scale",
    "street_classes",
    "synthesise",
    "to_degrees",
]
