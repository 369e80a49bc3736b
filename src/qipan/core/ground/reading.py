"""The ground of a city as arrays: terrain with its buildings, land cover, streets."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.warp import reproject

from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.ground.buildings import buildings_stamp, read_buildings
from qipan.core.ground.burning import burn
from qipan.core.ground.classes import cover_classes
from qipan.core.ground.errors import BadGround, GroundMissing
from qipan.core.ground.plane import ground_folder, read_facts, read_plane
from qipan.core.jobs import Progress
from qipan.engines.radio import Ground

Box = tuple[float, float, float, float]
"""West, south, east, north in the plane, m."""
_kept = 6
"""Grids that stay in the cache."""
_most_cells = 400_000_000


@dataclass(frozen=True)
class Streets:
    """Axes of streets in the plane, their names, ranks (place in ``street_ranks``) and lengths in m; n rows."""

    lines: NDArray[np.object_]
    name: NDArray[np.object_]
    rank: NDArray[np.int8]
    length: NDArray[np.float64]


def read_ground(
    database: Database,
    catalogue: Catalogue,
    box: Box | None = None,
    resolution: float = 10.0,
    progress: Progress | None = None,
) -> Ground:
    """Return terrain, and as its surface the terrain with the roofs of the register's buildings on it.

    ``box`` in the plane, widened to whole cells of ``resolution`` m and held to the terrain's extent, the whole of it
    where None. Terrain is interpolated bilinearly and nan where unknown. Kept on disk until terrain or buildings
    change. Raises GroundMissing, and BadGround where the box lies off the terrain or holds too many cells.
    """
    tell = progress or Progress()
    plane, facts = read_plane(database), read_facts(database)
    source = ground_folder(database) / "terrain.tif"
    west, south, east, north = _whole_cells(box, source, resolution)
    with database.connect() as connection:
        stamp = buildings_stamp(connection, catalogue)
    key = f"{facts['terrain']['at']} {stamp} {west} {south} {east} {north} {resolution}"
    folder = ground_folder(database) / "grids" / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not (folder / "surface.npy").exists():
        tell.report(0.1, "读取地形")
        shape = (round((north - south) / resolution), round((east - west) / resolution))
        terrain = np.full(shape, np.nan, dtype=np.float32)
        _warp(source, terrain, (west, north, resolution), Resampling.bilinear)
        bare = Ground.of(terrain, resolution=resolution, west=west, north=north)
        tell.report(0.4, "读取建筑")
        with database.connect() as connection:
            buildings = read_buildings(connection, catalogue, plane)
        tell.report(0.7, "建筑落图")
        roofs = np.append(np.nan_to_num(buildings.height), 0.0).astype(np.float32)
        # From low to high, so that of two roofs over one cell the higher counts.
        order = np.argsort(roofs[:-1], kind="stable")
        surface = terrain + np.append(roofs[order], np.float32(0.0))[burn(buildings.shapes[order], bare)]
        _keep(folder, {"terrain": terrain, "surface": surface})
    os.utime(folder)
    terrain, surface = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("terrain", "surface"))
    tell.report(1.0)
    return Ground.of(terrain, surface, resolution=resolution, west=west, north=north)


def read_land_cover(database: Database, ground: Ground) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return the class of each cell of ``ground`` as its place in the classes, 255 where unknown, and the classes.

    GroundMissing where no land cover was imported.
    """
    path = ground_folder(database) / "land_cover.tif"
    if not path.exists():
        message = "尚未导入地表覆盖：请用 qipan ground import 导入分类 GeoTIFF"
        raise GroundMissing(message)
    grid = np.full(ground.shape, 255, dtype=np.uint8)
    _warp(path, grid, (ground.west, ground.north, ground.resolution), Resampling.nearest)
    return grid, cover_classes


def read_streets(database: Database) -> Streets:
    """Return the axes of all streets; GroundMissing where none were imported."""
    path = ground_folder(database) / "streets.parquet"
    if not path.exists():
        message = "尚未导入道路：请用 qipan ground import 导入道路中心线"
        raise GroundMissing(message)
    table = pq.read_table(path)
    return Streets(
        lines=np.asarray(shapely.from_wkb(table["geometry"].to_numpy()), dtype=object),
        name=table["name"].to_numpy(),
        rank=table["rank"].to_numpy(),
        length=table["length"].to_numpy(),
    )


def _whole_cells(box: Box | None, source: Path, resolution: float) -> Box:
    if not 1.0 <= resolution <= 1000.0:
        message = f"格网边长 {resolution:g} 米超出范围：请给出 1 至 1000 米"
        raise BadGround(message)
    if not source.exists():
        message = f"地形文件 {source} 不在了：请重新导入地形"
        raise GroundMissing(message)
    with rasterio.open(source) as file:
        extent = tuple(file.bounds)
    asked = extent if box is None else box
    outward: tuple[Callable[[float], float], ...] = (np.floor, np.floor, np.ceil, np.ceil)
    inward: tuple[Callable[[float], float], ...] = (np.ceil, np.ceil, np.floor, np.floor)
    wanted = [float(to(each / resolution) * resolution) for to, each in zip(outward, asked, strict=True)]
    limit = [float(to(each / resolution) * resolution) for to, each in zip(inward, extent, strict=True)]
    west, south = max(wanted[0], limit[0]), max(wanted[1], limit[1])
    east, north = min(wanted[2], limit[2]), min(wanted[3], limit[3])
    if east - west < 3 * resolution or north - south < 3 * resolution:
        message = "范围在地形之外：请核对坐标，或导入覆盖该范围的地形"
        raise BadGround(message)
    cells = (east - west) * (north - south) / resolution**2
    if cells > _most_cells:
        message = f"共 {cells:,.0f} 格，最多 {_most_cells:,} 格：请缩小范围或增大格网边长"
        raise BadGround(message)
    return west, south, east, north


def _warp(path: Path, grid: NDArray[Any], place: tuple[float, float, float], method: Resampling) -> None:
    """Fill a grid from a raster of the same plane; what the raster does not reach keeps the grid's first value."""
    west, north, resolution = place
    blank = grid.flat[0].item()
    transform = rasterio.Affine(resolution, 0, west, 0, -resolution, north)
    with rasterio.open(path) as file:
        reproject(
            rasterio.band(file, 1), grid, dst_transform=transform, dst_crs=file.crs, resampling=method,
            src_nodata=file.nodata, dst_nodata=blank, init_dest_nodata=True,
        )  # fmt: skip


def _keep(folder: Path, grids: dict[str, NDArray[np.generic]]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".grid-", dir=folder.parent))
        for name, grid in grids.items():
            np.save(draft / f"{name}.npy", grid)
        if folder.exists():
            shutil.rmtree(draft)
        else:
            draft.rename(folder)
    except OSError as error:
        message = f"无法写入地形缓存 {folder.parent}（{error.strerror or error}）：请核对磁盘空间与写权限"
        raise DatabaseError(message) from error
    kept = sorted((one for one in folder.parent.iterdir() if one.name[0] != "."), key=lambda one: one.stat().st_mtime)
    for old in kept[:-_kept]:
        shutil.rmtree(old, ignore_errors=True)
