"""Bringing in terrain, land cover and streets: read and checked whole, put on one metric plane, then put in place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds

from qipan.core.access import Principal
from qipan.core.areas import city_bounds
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.ground.classes import cover_classes, read_cover
from qipan.core.ground.errors import BadGround
from qipan.core.ground.plane import Plane, ground_folder, plane_at, read_facts, read_plane, write_facts
from qipan.core.jobs import Progress

_lowest, _highest = -500.0, 9000.0
"""Heights of dry ground on Earth, m."""
_least_cells = 3
"""Rows and columns that a raster has at least: between fewer nothing can be interpolated."""
_most_cells = 400_000_000
"""Cells that a raster has at most."""
_widest_cell = 1000.0
"""Metres."""
street_ranks = ("arterial", "secondary", "collector", "local")
"""Classes of streets from wide to narrow."""
_rank_words = {
    "motorway": 0, "trunk": 0, "primary": 0, "arterial": 0, "快速路": 0, "主干路": 0, "主干道": 0, "secondary": 1,
    "次干路": 1, "次干道": 1, "tertiary": 2, "collector": 2, "支路": 3, "local": 3, "residential": 3,
}  # fmt: skip


def import_ground(
    database: Database, content: str, path: Path | str, principal: Principal, progress: Progress | None = None
) -> dict[str, Any]:
    """Import one file by its ``content``: terrain, land_cover or streets; return what is known of it.

    Raises BadGround, AccessDenied (only the city changes the ground), DatabaseError.
    """
    doers: dict[str, Callable[..., dict[str, Any]]] = {
        "terrain": import_terrain,
        "land_cover": import_land_cover,
        "streets": import_streets,
    }
    if content not in doers:
        message = f"不认识的内容“{content}”：请写 {'、'.join(doers)} 之一"
        raise BadGround(message)
    (progress or Progress()).report(0.0, f"读取 {Path(path).name}")
    return doers[content](database, path, principal)


def import_terrain(database: Database, path: Path | str, principal: Principal) -> dict[str, Any]:
    """Import heights above the sea in metres from a raster with a coordinate system.

    One in degrees is brought onto the metric plane of its place. Cells without a height stay without one. Raises
    BadGround where there is no coordinate system, no height, or one outside -500 to 9,000 m.
    """
    principal.require_city()
    path = Path(path)
    with _opened(path) as file:
        crs = _crs(file, path)
        _check_size(file, path)
        _check_reach(database, file, crs, path)
        heights = file.read(1, masked=True).astype(np.float32).filled(np.nan)
        _check_heights(heights, path)
        plane, grid, transform = _on_plane(file, crs, heights, None, Resampling.bilinear, np.nan)
    if transform.a > _widest_cell:
        message = f"{path.name} 的格网边长约 {transform.a:,.0f} 米，应不超过 {_widest_cell:,.0f} 米：请换一份更细的地形"
        raise BadGround(message)
    with _place(database, "terrain.tif") as draft:
        _write_raster(draft, grid, plane, transform, np.nan)
    found = {"file": path.name, "at": _now(), "rows": grid.shape[0], "columns": grid.shape[1]}
    found |= {"blank": int(np.isnan(grid).sum()), "resolution": round(float(transform.a), 3)}
    return _note(database, "terrain", found, {"epsg": plane.epsg})


def import_land_cover(database: Database, path: Path | str, principal: Principal) -> dict[str, Any]:
    """Import classes of land cover from a raster, either numbered as ``cover_classes`` or as ESA WorldCover is.

    It is brought onto the terrain's plane. Raises BadGround for a value of neither numbering, GroundMissing where no
    terrain is there yet.
    """
    principal.require_city()
    path, plane = Path(path), read_plane(database)
    with _opened(path) as file:
        crs = _crs(file, path)
        _check_size(file, path)
        _check_reach(database, file, crs, path)
        classes = read_cover(file.read(1, masked=True).filled(255), path)
        _, grid, transform = _on_plane(file, crs, classes, plane, Resampling.nearest, 255)
    with _place(database, "land_cover.tif") as draft:
        _write_raster(draft, grid, plane, transform, 255)
    return _note(database, "land_cover", {"file": path.name, "at": _now(), "classes": list(cover_classes)})


def import_streets(database: Database, path: Path | str, principal: Principal) -> dict[str, Any]:
    """Import the axes of streets: lines in any vector format, with a name and a class where the file has them.

    Raises BadGround where the file has no lines or no coordinate system, GroundMissing where no terrain is there yet.
    """
    principal.require_city()
    path, plane = Path(path), read_plane(database)
    try:
        info, table = pyogrio.read_arrow(path)
        epsg = CRS.from_user_input(info["crs"]).to_epsg() if info["crs"] else None
        shapes = shapely.force_2d(shapely.from_wkb(table[info["geometry_name"] or "wkb_geometry"].to_numpy()))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, KeyError, ValueError, OSError) as error:
        message = f"{path.name} 不是可读的线文件（{error}）：请用 GeoPackage、GeoJSON 或 Shapefile"
        raise BadGround(message) from error
    lines = shapely.get_dimensions(shapes) == 1
    if epsg is None or not lines.any():
        lack = "没有坐标系" if epsg is None else "没有一条线"
        message = f"{path.name} {lack}：请导出为带坐标系的道路中心线后再导入"
        raise BadGround(message)
    table = table.filter(pa.array(lines))
    axes = _axes(shapes[lines], epsg, plane)
    _check_streets(database, axes, path)
    kept = pa.table({
        "name": _column(table, ("name", "名称", "路名", "道路名称")),
        "rank": _ranks(table),
        "length": shapely.length(axes),
        "geometry": pa.array(shapely.to_wkb(axes), pa.binary()),
    })  # fmt: skip
    with _place(database, "streets.parquet") as draft:
        pq.write_table(kept, draft)
    return _note(database, "streets", {"file": path.name, "at": _now(), "lines": kept.num_rows})


def _check_streets(database: Database, axes: NDArray[np.object_], path: Path) -> None:
    """Refuse axes of which none touches the terrain's extent."""
    with rasterio.open(ground_folder(database) / "terrain.tif") as file:
        extent = shapely.box(*file.bounds)
    if not shapely.intersects(axes, extent).any():
        message = f"{path.name} 的 {len(axes):,} 条线都在地形范围之外：请核对坐标系，或先导入覆盖该范围的地形"
        raise BadGround(message)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        message = f"没有找到文件 {path}：请核对路径"
        raise BadGround(message)
    try:
        with rasterio.Env(GDAL_PAM_ENABLED="NO"), catch_warnings():
            simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                yield file
    except (rasterio.errors.RasterioError, OSError) as error:
        message = f"{path.name} 不是可读的栅格（{error}）：请用 GeoTIFF"
        raise BadGround(message) from error


def _crs(file: Any, path: Path) -> CRS:  # noqa: ANN401 - rasterio carries no types
    if file.crs is None or file.transform.is_identity:
        message = f"{path.name} 没有坐标系或地理参考：请用 GIS 软件为其指定坐标系（如 EPSG:4547）后再导入"
        raise BadGround(message)
    return CRS.from_user_input(file.crs)


def _check_size(file: Any, path: Path) -> None:  # noqa: ANN401 - rasterio carries no types
    cells = file.width * file.height
    if min(file.width, file.height) < _least_cells:
        message = (
            f"{path.name} 只有 {file.width:,}×{file.height:,} 格，应至少 {_least_cells}×{_least_cells} 格："
            "请换一份覆盖本市的栅格"
        )
        raise BadGround(message)
    if cells > _most_cells:
        message = f"{path.name} 共 {cells:,} 格，应不超过 {_most_cells:,} 格：请裁剪到本市范围，或增大格网边长"
        raise BadGround(message)


def _check_reach(database: Database, file: Any, crs: CRS, path: Path) -> None:  # noqa: ANN401
    """Refuse a raster that lies wholly outside the city, where the register knows its outline."""
    with database.connect() as connection:
        bounds = city_bounds(connection)
    if bounds is None:
        return
    west, south, east, north = transform_bounds(crs.to_wkt(), "EPSG:4326", *file.bounds)
    if west < bounds[2] and bounds[0] < east and south < bounds[3] and bounds[1] < north:
        return
    message = (
        f"{path.name} 的范围（{_written(west, south, east, north)}）与本市（{_written(*bounds)}）不相交："
        "请核对坐标系，或换一份覆盖本市的栅格"
    )
    raise BadGround(message)


def _written(west: float, south: float, east: float, north: float) -> str:
    return f"经度 {west:.3f} 至 {east:.3f}、纬度 {south:.3f} 至 {north:.3f}"


def _check_heights(heights: NDArray[np.float32], path: Path) -> None:
    known = np.isfinite(heights)
    if not known.any():
        message = f"{path.name} 的 {heights.size:,} 格都没有高程：请换一份地形，或填补后再导入"
        raise BadGround(message)
    wrong = known & ~((heights >= _lowest) & (heights <= _highest))
    if wrong.any():
        row, column = (int(each[0]) for each in np.nonzero(wrong))
        message = (
            f"{path.name} 第 {row + 1} 行第 {column + 1} 列的高程为 {heights[row, column]:g} 米，"
            f"应在 {_lowest:g} 至 {_highest:g} 米之间：请核对单位与无值标记"
        )
        raise BadGround(message)


def _on_plane(
    file: Any,  # noqa: ANN401 - rasterio carries no types
    crs: CRS,
    values: NDArray[Any],
    plane: Plane | None,
    resampling: Resampling,
    blank: float,
) -> tuple[Plane, NDArray[Any], Any]:
    """Return the plane, the grid on it and its transform; what is there already on square cells stays as it is."""
    epsg = crs.to_epsg(min_confidence=25)
    metric = crs.is_projected and crs.axis_info[0].unit_conversion_factor == 1.0
    target = plane or (Plane(epsg) if epsg and metric else None) or _plane_of(file, crs)
    north_up = file.transform.b == 0 and file.transform.d == 0 and file.transform.a == -file.transform.e
    if epsg == target.epsg and north_up:
        return target, values, file.transform
    west, south, east, north = transform_bounds(crs.to_wkt(), f"EPSG:{target.epsg}", *file.bounds)
    cell = float(np.sqrt((east - west) * (north - south) / (file.width * file.height)))
    transform = rasterio.Affine(cell, 0, west, 0, -cell, north)
    grid = np.full((int(np.ceil((north - south) / cell)), int(np.ceil((east - west) / cell))), blank, values.dtype)
    reproject(
        values, grid, src_transform=file.transform, src_crs=crs.to_wkt(), dst_transform=transform,
        dst_crs=f"EPSG:{target.epsg}", resampling=resampling, src_nodata=blank, dst_nodata=blank,
    )  # fmt: skip
    return target, grid, transform


def _plane_of(file: Any, crs: CRS) -> Plane:  # noqa: ANN401 - rasterio carries no types
    west, south, east, north = transform_bounds(crs.to_wkt(), "EPSG:4326", *file.bounds)
    return plane_at((west + east) / 2, (south + north) / 2)


def _write_raster(path: Path, grid: NDArray[Any], plane: Plane, transform: Any, blank: float) -> None:  # noqa: ANN401
    profile = {
        "driver": "GTiff", "width": grid.shape[1], "height": grid.shape[0], "count": 1, "dtype": grid.dtype.name,
        "crs": f"EPSG:{plane.epsg}", "transform": transform, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "nodata": blank,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(grid, 1)


def _axes(shapes: NDArray[np.object_], epsg: int, plane: Plane) -> NDArray[np.object_]:
    if epsg == plane.epsg:
        return shapes
    degrees = shapes if epsg in (4326, 4490) else shapely.transform(shapes, lambda at: _to_degrees(epsg, at))
    return np.asarray(shapely.transform(degrees, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1]))))


def _to_degrees(epsg: int, at: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(Plane(epsg).to_degrees(at[:, 0], at[:, 1]))


def _column(table: pa.Table, names: Sequence[str]) -> pa.Array:
    for name in table.column_names:
        if name.casefold() in names:
            return pa.array([str(one or "") for one in table[name].to_pylist()], pa.string())
    return pa.array([""] * table.num_rows, pa.string())


def _ranks(table: pa.Table) -> pa.Array:
    words = _column(table, ("class", "rank", "highway", "fclass", "等级", "类别", "道路等级")).to_pylist()
    return pa.array([_rank_words.get(word.casefold(), len(street_ranks) - 1) for word in words], pa.int8())


@contextmanager
def _place(database: Database, name: str) -> Iterator[Path]:
    """Give a draft beside the file and put it in its place when the block ends well."""
    folder = ground_folder(database)
    draft = folder / f".{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield draft
        os.replace(draft, folder / name)
    except (OSError, rasterio.errors.RasterioError) as error:
        draft.unlink(missing_ok=True)
        message = f"无法写入 {folder / name}（{error}）：请核对磁盘空间与写权限，原有文件未改动"
        raise DatabaseError(message) from error


def _note(
    database: Database, content: str, found: dict[str, Any], common: dict[str, Any] | None = None
) -> dict[str, Any]:
    write_facts(database, read_facts(database) | (common or {}) | {content: found})
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
