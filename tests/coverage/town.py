"""A town small enough to compute in a second: flat ground, two districts, two operators, a few buildings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
import shapely
from sqlalchemy import insert, text

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database
from qipan.core.ground import Plane, import_ground
from qipan.core.resources import create_resource
from qipan.core.scenarios import create_scenario
from qipan.core.settings import write_settings

plane = Plane(4547)
west, south, side = 505_000.0, 2_493_000.0, 2_400.0
middle = (west + side / 2, south + side / 2)
city, north_half, south_half = 1, 2, 3
mobile, telecom = 1, 2
operator_user = Principal("电信", "operator", 2, owner_ids=frozenset({telecom}), may_write=True)
district_user = Principal("北区", "district", 1, area_ids=frozenset({north_half}), may_write=True)


def degrees(x: float, y: float) -> dict[str, float]:
    longitude, latitude = plane.to_degrees(x, y)
    return {"longitude": float(longitude), "latitude": float(latitude)}


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda at: np.column_stack(plane.to_degrees(at[:, 0], at[:, 1])))


def write_raster(path: Path, grid: np.ndarray, *, crs: str | None = "EPSG:4547", cell: float = 20.0, **more) -> Path:
    transform = rasterio.Affine(cell, 0, west, 0, -cell, south + side)
    profile = {"driver": "GTiff", "width": grid.shape[1], "height": grid.shape[0], "count": 1, "dtype": grid.dtype.name}
    if crs is not None:
        profile |= {"crs": crs, "transform": transform}
    with rasterio.open(path, "w", **(profile | more)) as file:
        file.write(grid, 1)
    return path


def heights() -> np.ndarray:
    row, column = np.mgrid[0:120, 0:120]
    return (10.0 + 0.02 * column + 0.01 * row).astype(np.float32)


@dataclass
class Town:
    database: Database
    catalogue: Catalogue
    codes: dict[str, str] = field(default_factory=dict)

    def add(self, label: str, kind: str, **values: object) -> str:
        base = {"name": label, "owner_id": mobile, "area_id": north_half, "in_service_on": "2020-01-01"}
        with self.database.begin() as connection:
            made = create_resource(connection, self.catalogue, system, self.catalogue.kinds[kind], base | values)
        self.codes[label] = made
        return made

    def cell(self, label: str, station: str, x: float, y: float, **values: object) -> str:
        base = {"station": self.codes[station], "frequency": 3450.0, "bandwidth": 100.0, "azimuth": 0.0}
        base |= {"height": 30.0, "power": 53.0, "electrical_tilt": 5.0, "antenna": "4T4R"}
        return self.add(label, "cell", **(base | degrees(x, y) | values))

    def study(self, name: str = "现状", area_id: int | None = None, **parameters: object) -> int:
        asked = {"resolution": 20.0, "radius": 700.0, "servers": 3} | parameters
        with self.database.begin() as connection:
            fields = {"kind": "coverage", "subject": "mobile.coverage", "name": name, "parameters": asked}
            return create_scenario(connection, system, area_id=area_id, **fields).id


def build(database: Database, folder: Path) -> Town:
    town = Town(database, load_catalogue())
    _areas(database)
    cover = np.full((120, 120), 4, dtype=np.uint8)
    cover[-10:] = 0
    import_ground(database, "terrain", write_raster(folder / "terrain.tif", heights()), system)
    import_ground(database, "land_cover", write_raster(folder / "land_cover.tif", cover), system)
    import_ground(database, "streets", streets(folder / "streets.geojson"), system)
    with database.begin() as connection:
        write_settings(connection, {"as_of": "2023-06-30"})
    _houses(town)
    _network(town)
    return town


def streets(path: Path) -> Path:
    line = in_degrees(shapely.LineString([(west, middle[1]), (west + side, middle[1])]))
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "中心路", '
        f'"class": "主干路"}}, "geometry": {shapely.to_geojson(line)}}}]}}',
        encoding="utf-8",
    )
    return path


def _areas(database: Database) -> None:
    half = south + side / 2
    boxes = [
        (city, "440300", "示例市", "city", None, shapely.box(west, south, west + side, south + side)),
        (north_half, "440304", "北区", "district", city, shapely.box(west, half, west + side, south + side)),
        (south_half, "440305", "南区", "district", city, shapely.box(west, south, west + side, half)),
    ]
    names = ("id", "code", "name", "level", "parent_id", "geometry")
    rows = [dict(zip(names, (*one[:5], shapely.to_wkb(in_degrees(one[5]))), strict=True)) for one in boxes]
    units = [
        {"id": mobile, "name": "移动公司", "kind": "operator"},
        {"id": telecom, "name": "电信公司", "kind": "operator"},
    ]
    with database.begin() as connection:
        connection.execute(insert(tables.area), rows)
        connection.execute(insert(tables.unit), units)
        if not database.is_sqlite:
            # Numbers given by hand do not advance the sequence that gives the next.
            connection.execute(text("SELECT setval(pg_get_serial_sequence('area', 'id'), 3)"))
            connection.execute(text("SELECT setval(pg_get_serial_sequence('unit', 'id'), 2)"))


def _houses(town: Town) -> None:
    x, y = middle
    for label, left, bottom, values in (
        ("高楼", x + 100, y + 300, {"height": 60.0, "use": "residential"}),
        ("矮楼", x - 300, y + 200, {"height": 9.0, "use": "residential"}),
        ("商场楼", x + 500, y + 600, {"height": 24.0, "use": "commercial"}),
    ):
        outline = in_degrees(shapely.box(left, bottom, left + 80, bottom + 60))
        town.add(label, "building", geometry=shapely.geometry.mapping(outline), **values)
    for area, residents in ((north_half, 9000), (south_half, 3000)):
        town.add(f"{area} 年统计", "district_statistics", area_id=area, year=2022, residents=residents)


def _network(town: Town) -> None:
    x, y = middle
    place, far = degrees(x, y + 400), degrees(x - 600, y - 300)
    town.add("塔", "structure", form="monopole", height=35.0, **place)
    tower = {"form": "macro", "band": "3.5G", "shared": True, "structure": town.codes["塔"]}
    town.add("移动站", "base_station", **tower, **place)
    town.add("电信站", "base_station", owner_id=telecom, **tower, **place)
    town.add("南站", "base_station", form="macro", band="2.6G", **far)
    inside = degrees(x + 540, y + 630)
    town.add("室分站", "base_station", form="indoor", band="2.6G", **inside)
    for number, azimuth in enumerate((0.0, 120.0, 240.0)):
        town.cell(f"移动{number}", "移动站", x, y + 400, azimuth=azimuth)
    town.cell("电信0", "电信站", x, y + 400, owner_id=telecom, frequency=3550.0, power=46.0, azimuth=180.0)
    town.cell("南0", "南站", x - 600, y - 300, frequency=2565.0, area_id=south_half, antenna="8T8R")
    town.cell("室分0", "室分站", x + 540, y + 630, frequency=2565.0, power=27.0, height=5.0, antenna="室分全向")
    town.add("市医院", "venue", **{"class": "hospital"}, **degrees(x + 100, y + 400))
    town.add("东山公园", "venue", **{"class": "park"}, **degrees(x + 900, y - 800))
