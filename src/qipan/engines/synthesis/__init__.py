"""A city out of a scale and a seed: land, people, streets, buildings and the assets that plans speak of, as arrays.

Everything is the generator's own but the published figures of districts; nothing in it is a place in the world.
"""

from __future__ import annotations

from qipan.engines.synthesis.city import City, synthesise
from qipan.engines.synthesis.errors import ScaleOutOfRange, SynthesisError
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
    "street_classes",
    "synthesise",
    "to_degrees",
]
