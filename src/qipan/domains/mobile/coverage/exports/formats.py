"""Writing a study in the format that a file's ending says."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from qipan.core.catalogue import Catalogue
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.ground import Plane
from qipan.core.jobs import Progress
from qipan.core.layers import write_layer
from qipan.domains.mobile.coverage.exports.cells import cell_columns
from qipan.domains.mobile.coverage.exports.outlines import outlines
from qipan.domains.mobile.coverage.exports.raster import write_geotiff
from qipan.domains.mobile.coverage.metrics import metric, metric_keys
from qipan.domains.mobile.coverage.store import Study
from qipan.domains.mobile.coverage.summary import bands_of

_most_cells = {"gpkg": 16_000_000, "kml": 250_000}
"""Map cells from which polygons are made at most; a globe does not draw more."""


@dataclass(frozen=True)
class _Order:
    study: Study
    catalogue: Catalogue
    path: Path
    key: str
    layer: int | Sequence[int] | None
    cells: NDArray[np.bool_]
    progress: Progress


def export_study(
    study: Study,
    catalogue: Catalogue,
    path: Path,
    key: str,
    layer: int | Sequence[int] | None,
    cells: NDArray[np.bool_],
    progress: Progress | None = None,
) -> int:
    """Write a map of a study, or with ``cells`` as its key the computed cells, as the ending of ``path`` says.

    ``tif`` cloud-optimised GeoTIFF in the study's plane; ``gpkg`` and ``kml`` polygons of the legend's classes (of best
    servers for ``server``) in WGS 84; ``csv`` one line for each map cell that has a value. ``cells`` tells which cells
    may be named. Returns how many map cells, polygons, lines or cells it wrote; InvalidRecord for another ending or
    key.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in export_formats:
        raise InvalidRecord([FieldProblem(None, "格式", ending, f"可选 {'、'.join(export_formats)}")])
    known = metric_keys if ending == "tif" else (*metric_keys, "cells")
    if key not in known:
        raise InvalidRecord([FieldProblem(None, "metric", key, f"{ending} 可选 {'、'.join(known)}")])
    return export_formats[ending](_Order(study, catalogue, path, key, layer, cells, progress or Progress()))


def _geotiff(order: _Order) -> int:
    return write_geotiff(order.study, order.path, order.key, order.layer, order.progress)


def _vector(order: _Order) -> int:
    ending = order.path.suffix.lower().lstrip(".")
    if order.key == "cells":
        columns = _as_arrow(cell_columns(order.study, order.cells))
        shapes = shapely.points(columns["longitude"].to_numpy(), columns["latitude"].to_numpy())
        return _write_shapes(order.path, columns, np.asarray(shapes, dtype=object), "Point")
    legend = None if order.key == "server" else order.catalogue.metrics.get(order.key)
    found = outlines(order.study, order.key, order.layer, legend, _most_cells[ending], order.progress)
    columns = _server_columns(order, found.number) if legend is None else _class_columns(order, found.number)
    return _write_shapes(order.path, columns, found.shapes, "Polygon")


def _server_columns(order: _Order, number: NDArray[np.int64]) -> pa.Table:
    shown = order.cells[number]
    cells = order.study.cells
    named = {key: np.where(shown, cells[key][number], "") for key in ("code", "name")}
    operators = {one.operator_id: one.operator for one in order.study.layers}
    owner = [operators[one] for one in cells["operator_id"][number].tolist()]
    return pa.table({"name": named["name"].tolist(), "code": named["code"].tolist(), "operator": owner})


def _class_columns(order: _Order, number: NDArray[np.int64]) -> pa.Table:
    legend = order.catalogue.metrics[order.key]
    least = np.array([one.least for one in legend.classes])
    most = np.append(least[1:], np.nan)
    names = [
        one.name.zh if one.name is not None else f"≥ {one.least:g} {legend.unit}".rstrip() for one in legend.classes
    ]
    colours = [one.colour for one in legend.classes]
    return pa.table({
        "name": [names[place] for place in number.tolist()], "from": least[number], "to": most[number],
        "colour": [colours[place] for place in number.tolist()],
    })  # fmt: skip


def _as_arrow(columns: dict[str, NDArray[Any]]) -> pa.Table:
    return pa.table({name: pa.array(values.tolist()) for name, values in columns.items()})


def _write_shapes(path: Path, columns: pa.Table, shapes: NDArray[np.object_], form: str) -> int:
    driver = {".gpkg": "GPKG", ".kml": "LIBKML"}[path.suffix.lower()]
    if driver == "LIBKML":  # the name that a globe shows beside the mark
        columns = columns.rename_columns(["Name" if name == "name" else name for name in columns.column_names])
    content = columns.append_column("geom", pa.array(shapely.to_wkb(shapes), pa.binary()))
    write_layer(content, path, layer=path.stem, driver=driver, geometry_name="geom", geometry_type=form)
    return int(columns.num_rows)


def _csv(order: _Order) -> int:
    with order.path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        if order.key == "cells":
            columns = cell_columns(order.study, order.cells)
            writer.writerow(columns)
            rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
            writer.writerows(rows)
            return len(rows)
        writer.writerow(("longitude", "latitude", order.key, *(("code",) if order.key == "server" else ())))
        return sum(_write_band(order, writer, window) for window in bands_of(order.study, 200_000))


def _write_band(order: _Order, writer: Any, window: tuple[slice, slice]) -> int:  # noqa: ANN401 - csv's own writer
    grid = order.study.grid
    order.progress.report(window[0].start / grid.rows, "写出 CSV")
    values = metric(order.study, order.key, order.layer, window)
    row, column = np.nonzero(values >= 0 if order.key == "server" else np.isfinite(values))
    found = values[row, column]
    x = grid.west + (column + 0.5) * grid.resolution
    y = grid.north - (row + window[0].start + 0.5) * grid.resolution
    longitude, latitude = Plane(grid.epsg).to_degrees(x, y)
    parts = [np.round(longitude, 6).tolist(), np.round(latitude, 6).tolist(), np.round(found, 2).tolist()]
    if order.key == "server":
        number = found.astype(np.int64)
        parts[2:] = [number.tolist(), np.where(order.cells[number], order.study.cells["code"][number], "").tolist()]
    writer.writerows(zip(*parts, strict=True))
    return len(found)


export_formats: dict[str, Callable[[_Order], int]] = {"tif": _geotiff, "gpkg": _vector, "kml": _vector, "csv": _csv}
"""Endings of the files that a study can be written to."""
