"""The plane in metres that a city's ground lies on, and where its files are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.warp
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.folders import data_folder
from qipan.core.ground.errors import BadGround, GroundMissing

Doubles = NDArray[np.float64]
_facts = "ground.json"


@dataclass(frozen=True, slots=True)
class Plane:
    """A metric coordinate system by its EPSG code."""

    epsg: int

    def to_plane(self, longitude: ArrayLike, latitude: ArrayLike) -> tuple[Doubles, Doubles]:
        """Return x and y in metres of WGS 84 degrees; infinite where the plane does not reach."""
        x, y = _transformer(4326, self.epsg).transform(np.asarray(longitude), np.asarray(latitude))
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def to_degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[Doubles, Doubles]:
        """Return longitude and latitude (WGS 84) of points in metres."""
        longitude, latitude = _transformer(self.epsg, 4326).transform(np.asarray(x), np.asarray(y))
        return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def plane_at(longitude: float, latitude: float) -> Plane:
    """Return the plane for a place: the 3-degree Gauss-Krüger zone of CGCS2000 in China, else the UTM zone."""
    if 73.5 <= longitude < 136.5 and 3.0 <= latitude <= 54.0:
        return Plane(4534 + round((longitude - 75.0) / 3.0))
    zone = int((longitude + 180.0) // 6.0) % 60 + 1
    return Plane((32600 if latitude >= 0 else 32700) + zone)


def ground_folder(database: Database) -> Path:
    """Return where terrain, land cover and streets of a register lie; it need not exist yet."""
    return data_folder(database) / "ground"


def read_facts(database: Database) -> dict[str, Any]:
    """Return what is known of the imported files, empty where there are none; BadGround where the record is torn."""
    path = ground_folder(database) / _facts
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        message = f"无法读取 {path}（{error}）：请重新导入地形"
        raise BadGround(message) from error
    return facts


def write_facts(database: Database, facts: Mapping[str, Any]) -> None:
    """Keep what is known of the imported files; DatabaseError where the folder may not be written."""
    path = ground_folder(database) / _facts
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        message = f"无法写入 {path}（{error.strerror or error}）：请核对磁盘空间与写权限"
        raise DatabaseError(message) from error


def read_extent(database: Database) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the terrain in degrees; GroundMissing where there is none."""
    plane, path = read_plane(database), ground_folder(database) / "terrain.tif"
    try:
        with rasterio.open(path) as file:
            west, south, east, north = rasterio.warp.transform_bounds(f"EPSG:{plane.epsg}", "EPSG:4326", *file.bounds)
    except rasterio.errors.RasterioError as error:
        message = f"地形文件 {path} 无法读取（{error}）：请重新导入地形"
        raise GroundMissing(message) from error
    return west, south, east, north


def read_plane(database: Database) -> Plane:
    """Return the plane that the imported terrain lies on; GroundMissing where there is none."""
    facts = read_facts(database)
    if "epsg" not in facts:
        message = "尚未导入地形：请用 qipan ground import 导入带坐标系的高程 GeoTIFF，或导入带 city.json 的文件夹"
        raise GroundMissing(message)
    return Plane(int(facts["epsg"]))
