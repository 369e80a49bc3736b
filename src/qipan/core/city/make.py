"""Making a city: the generator's arrays written as a folder of ordinary import files, all of it or nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import rasterio

from qipan.core.catalogue import load_catalogue
from qipan.core.city.columns import codes_of, import_columns, referenced_kinds
from qipan.core.city.errors import CityFolderTaken, CityNotWritten, CityOutOfRange
from qipan.core.city.files import write_csv, write_geometries, write_grid, write_shapes
from qipan.core.errors import JobCancelled
from qipan.engines.synthesis import (
    City,
    Shapes,
    Table,
    all_units,
    as_of,
    city_code,
    city_name,
    cover_classes,
    crs,
    greatest_scale,
    least_scale,
    street_classes,
    synthesise,
    to_degrees,
)

Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""

_bytes_at_full_scale = 3_000_000_000
_write_errors = (
    OSError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    rasterio.errors.RasterioError,
)
_stages = {
    "districts": (0.00, "划分区域"),
    "terrain": (0.01, "塑造地形"),
    "buildings": (0.03, "营造建筑"),
    "streets": (0.06, "铺设道路"),
    "assets": (0.08, "布置设施"),
}
_written_from = 0.12
_note = (
    "虚构城市：区名、面积、人口取自公开统计，图形与资源均为生成；"
    "土地面积、人口、资源数量按 scale 同比缩小，密度与比率和全规模一致"
)


@dataclass(frozen=True)
class Manifest:
    """What a city's folder holds, as written to ``city.json``."""

    name: str
    code: str
    scale: float
    seed: int
    as_of: str
    crs: str
    """Coordinate system of the grids; all other files are in WGS 84."""
    note: str
    land_cover: tuple[str, ...]
    """Class of each value in ``land_cover.tif``."""
    files: list[dict[str, Any]] = field(default_factory=list)
    """In order of import: ``file``, ``content`` (areas, units, resources, terrain, land_cover, streets), ``kind`` of
    resources, ``rows``."""


def make_city(
    folder: Path,
    scale: float,
    seed: int,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    overwrite: bool = False,
) -> Manifest:
    """Write the city of a scale (0.001 to 1) and seed into ``folder``, and return what stands there.

    Land, people and assets all shrink with the scale, so stations for 10,000 residents, homes passed and every other
    ratio are those of the whole city. The same scale and seed give the same bytes. The folder appears when it is
    complete; until then nothing of it is to be seen.

    Raises CityOutOfRange, CityFolderTaken (something is in the folder and ``overwrite`` is not set), CityNotWritten
    (no room, no right), JobCancelled.
    """
    if not least_scale <= scale <= greatest_scale:
        message = f"规模 {scale} 超出范围：请给出 {least_scale:g} 至 {greatest_scale:g} 之间的数"
        raise CityOutOfRange(message)
    if seed < 0:
        message = f"随机种子 {seed} 为负数：请给出 0 或正整数"
        raise CityOutOfRange(message)
    report = _Reporter(progress, cancelled)
    with _whole_folder(folder.absolute(), scale, overwrite) as draft:
        return _write(synthesise(scale, seed, report.engine_step), draft, report)


class _Reporter:
    """Passes progress on and stops the work where the user has asked for it."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress = progress
        self._cancelled = cancelled

    def __call__(self, share: float, text: str) -> None:
        if self._cancelled is not None and self._cancelled():
            message = "已取消：未留下任何文件"
            raise JobCancelled(message)
        if self._progress is not None:
            self._progress(share, text)

    def engine_step(self, name: str) -> None:
        self(*_stages[name])


@contextmanager
def _whole_folder(folder: Path, scale: float, overwrite: bool) -> Iterator[Path]:
    """Give a new folder beside ``folder``, and put it in its place when the block ends well; else remove it."""
    draft: Path | None = None
    try:
        if not overwrite and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            message = f"{folder} 里已有内容，未作改动：请换一个目录，或明确要求覆盖"
            raise CityFolderTaken(message)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_room(folder.parent, scale)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        yield draft
        draft.chmod(0o755)
        _replace(folder, draft, overwrite)
    except _write_errors as error:
        raise CityNotWritten(_reason(folder, scale, error)) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _check_room(parent: Path, scale: float) -> None:
    needed, free = int(_bytes_at_full_scale * scale), shutil.disk_usage(parent).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"约需 {needed / 1e6:,.0f} MB，只剩 {free / 1e6:,.0f} MB", str(parent))


def _replace(folder: Path, draft: Path, overwrite: bool) -> None:
    """Move the finished draft to its place; what stood there goes only once the draft has taken over."""
    if not (folder.exists() and overwrite):
        os.replace(draft, folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    os.replace(folder, aside / folder.name)
    try:
        os.replace(draft, folder)
    except OSError:
        os.replace(aside / folder.name, folder)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _reason(folder: Path, scale: float, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    # GDAL does not say that the disk is full, and rolls back what it wrote: little room is then the reason.
    little_room = shutil.disk_usage(_existing(folder)).free < _bytes_at_full_scale * scale / 10 + 4_000_000
    if number == errno.ENOSPC or (number is None and little_room):
        detail = f"（{error.strerror}）" if isinstance(error, OSError) and error.strerror else ""
        return f"写不下城市目录 {folder}：磁盘空间不足{detail}；请腾出空间、换一个目录或减小规模，未留下任何文件"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"不能写入 {folder}：没有权限；请换一个可写的目录，未留下任何文件"
    return f"写入 {folder} 失败：{error}；请核对目录后重试，未留下任何文件"


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _write(city: City, folder: Path, report: _Reporter) -> Manifest:
    """Write every file of the city and its manifest."""
    manifest = Manifest(
        name=city_name,
        code=city_code,
        scale=city.scale,
        seed=city.seed,
        as_of=str(as_of),
        crs=f"EPSG:{crs}",
        note=_note,
        land_cover=cover_classes,
    )
    files = manifest.files
    report(_written_from, "写出区域与单位")
    files.append(_write_areas(city, folder))
    files.append(_write_units(folder))
    files.extend(_write_resources(city, folder, report))
    report(0.97, "写出道路与地形")
    for name, grid in (("terrain", city.terrain.heights), ("land_cover", city.land_cover)):
        write_grid(folder / f"{name}.tif", grid, city.terrain)
        files.append(_entry(f"{name}.tif", name, grid.shape[0]))
    files.append(_write_streets(city, folder))
    text = json.dumps(vars(manifest), ensure_ascii=False, indent=1)
    (folder / "city.json").write_text(text + "\n", encoding="utf-8")
    report(1.0, "完成")
    return manifest


def _entry(file: str, content: str, rows: int, kind: str | None = None) -> dict[str, Any]:
    return {"file": file, "content": content, "kind": kind, "rows": rows}


def _write_areas(city: City, folder: Path) -> dict[str, Any]:
    areas = city.plan.areas
    table = pa.table({"code": areas.codes, "name": areas.names, "level": areas.levels, "parent": areas.parents})
    write_geometries(folder / "areas.gpkg", table, areas.polygons, "Unknown")
    return _entry("areas.gpkg", "areas", len(areas.codes))


def _write_units(folder: Path) -> dict[str, Any]:
    units = all_units()
    columns = {
        "name": [one.name for one in units],
        "aliases": ["、".join(one.aliases) for one in units],
        "kind": [one.kind for one in units],
        "parent": [one.parent for one in units],
        "area": [one.area for one in units],
    }
    write_csv(folder / "units.csv", pa.table(columns))
    return _entry("units.csv", "units", len(units))


def _write_resources(city: City, folder: Path, report: _Reporter) -> Iterator[dict[str, Any]]:
    """Write each kind, what others point at first; return the files' entries."""
    referenced: dict[str, pa.StringArray] = {}
    kinds = load_catalogue().kinds
    total = sum(city.rows(kind) for kind in city.kinds)
    done = 0
    for key in city.kinds:
        many = city.in_parts(key)
        for number, table in enumerate(city.parts(key), 1):
            report(_written_from + (0.97 - _written_from) * done / total, f"写出{kinds[key].name.zh}")
            if key in referenced_kinds():
                referenced[key] = codes_of(kinds[key], table.district, table.first)
            name = f"{key}-{number:03d}" if many else key
            yield _entry(_write_table(folder, name, table, referenced), "resources", len(table), key)
            done += len(table)


def _write_table(folder: Path, name: str, table: Table, referenced: dict[str, pa.StringArray]) -> str:
    """Write one table or part of one under ``name``; return the file's name."""
    columns = import_columns(table, referenced)
    if table.shapes is None:
        write_csv(folder / f"{name}.csv", columns)
        return f"{name}.csv"
    form = {"line": "LineString", "polygon": "Polygon"}[load_catalogue().kinds[table.kind].geometry]
    write_shapes(folder / f"{name}.gpkg", columns, table.shapes, form)
    return f"{name}.gpkg"


def _write_streets(city: City, folder: Path) -> dict[str, Any]:
    """Write street sections with name, class, length in m and the junctions (numbers from 0) they join."""
    streets = city.streets
    count = len(streets.start)
    longitude, latitude = to_degrees(streets.x, streets.y)
    ends = np.column_stack([streets.start, streets.end]).ravel()
    shapes = Shapes(np.column_stack([longitude[ends], latitude[ends]]), np.arange(count + 1) * 2)
    table = pa.table(
        {
            "name": pa.array(streets.name.values).take(pa.array(streets.name.codes)),
            "class": pa.array(street_classes).take(pa.array(streets.rank)),
            "length": np.round(streets.length, 2),
            "from_junction": streets.start,
            "to_junction": streets.end,
        }
    )
    write_shapes(folder / "streets.gpkg", table, shapes, "LineString")
    return _entry("streets.gpkg", "streets", count)
