"""The chosen sites of a plan as layers for GIS and globes: GeoPackage and KML."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from qipan.core.layers import write_layer
from qipan.reports.planned import PlannedSites

_names = {
    "site": "编号",
    "name": "名称",
    "source_name": "建设方式",
    "code": "所在资源编码",
    "owner": "建设单位",
    "district": "区",
    "area": "街道（社区）",
    "year": "年度",
    "height": "挂高（米）",
    "capital": "建设投资（元）",
    "yearly": "年费用（元）",
    "reason": "理由",
}


def site_layers(planned: PlannedSites, path: Path) -> int:
    """Write the sites in WGS 84 to a ``.gpkg`` (layer ``sites``) or ``.kml`` file and return how many there are.

    In the GeoPackage the bill of each site is a second table, ``lines``, joined by ``编号``.
    """
    sites = planned.sites
    shown = [key for key in _names if key in sites.column_names]
    table = sites.select(shown).rename_columns([_names[key] for key in shown])
    shapes = shapely.points(sites["longitude"].to_numpy(), sites["latitude"].to_numpy())
    table = table.append_column("geometry", pa.array(shapely.to_wkb(shapes), pa.binary()))
    globe = path.suffix.lower() == ".kml"
    if globe:
        parts = [pc.cast(sites["site"], pa.string()), sites["name"], pc.cast(sites["year"], pa.string())]
        table = table.append_column("Name", pc.binary_join_element_wise(*parts, " "))
    write_layer(table, path, layer="sites", driver="LIBKML" if globe else "GPKG", geometry_type="Point")
    if not globe:
        _write_lines(planned.lines, path)
    return int(sites.num_rows)


def _write_lines(lines: pa.Table, path: Path) -> None:
    names = {"site": "编号", "name": "项目名称", "unit": "计量单位", "quantity": "数量", "price": "单价（元）"}
    names |= {"amount": "合价（元）", "yearly": "每年"}
    table = lines.select(list(names)).rename_columns(list(names.values()))
    # An empty point column: the driver writes a table without geometry only from a frame.
    table = table.append_column("geometry", pa.nulls(table.num_rows, pa.binary()))
    write_layer(table, path, layer="lines", driver="GPKG", geometry_type="Point", append=True)
