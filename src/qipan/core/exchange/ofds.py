"""The Open Fibre Data Standard 0.3: nodes and spans in JSON, GeoJSON and CSV, read as resources and written from them.

A node is a data centre, machine room, structure or distribution box by its ``type``; a span is a duct section. A file
holds several kinds, an import is of one: the kind asked for says which nodes are taken, or that the spans are. What the
standard has no place for is left as the register has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from qipan.core.catalogue import Catalogue, Kind
from qipan.core.codes import is_code
from qipan.core.errors import ImportRejected
from qipan.core.exchange.table import Content, row_numbers

Feature = Mapping[str, Any]

state_of_status = {
    "proposed": "planned",
    "planned": "planned",
    "underConstruction": "building",
    "inactive": "building",
    "operational": "in_service",
    "decommissioned": "retired",
}
status_of_state = {
    "planned": "proposed",
    "approved": "planned",
    "building": "underConstruction",
    "in_service": "operational",
    "retired": "decommissioned",
}
node_type_of_kind = {
    "data_centre": "dataCentre",
    "machine_room": "pop",
    "olt": "exchange",
    "structure": "tower",
    "distribution_box": "cabinet",
    "manhole": "addDropSite",
    "edge_node": "ixp",
}
_kind_of_node_type = {node_type: kind for kind, node_type in node_type_of_kind.items()} | {
    "aggregationPoint": "machine_room",
    "repeaterSite": "machine_room",
    "substation": "machine_room",
    "borderCrossing": "machine_room",
    "cableLanding": "machine_room",
}


def is_ofds_json(content: bytes) -> bool:
    """Tell whether JSON bytes are a network, a package of networks or features of either kind."""
    head = content[:200_000]
    if b'"FeatureCollection"' in head:
        known = (b'"featureType"', b'"physicalInfrastructureProvider"', b'"networkProviders"')
        return any(sign in head for sign in known)
    return any(sign in head for sign in (b'"networks"', b'"nodes"', b'"spans"'))


def is_ofds_table(content: Content) -> bool:
    """Tell whether a CSV has the headings of the standard's tables of nodes or spans."""
    return any(name.startswith(("nodes/0/", "spans/0/")) for name in content.columns)


def ofds_from_json(content: bytes, name: str, catalogue: Catalogue, kind: str | None) -> Content:
    """Return the nodes or spans of JSON or GeoJSON that are of ``kind``; ImportRejected where it is not JSON."""
    try:
        document = json.loads(content)
    except ValueError as error:
        message = f"{name} 不是有效的 JSON（{error}）：请核对文件是否完整"
        raise ImportRejected(message) from error
    chosen = _kind(catalogue, kind, name)
    return _as_content(_features(document, chosen), chosen)


def ofds_from_csv(table: Content, name: str, catalogue: Catalogue, kind: str | None) -> Content:
    """Return the nodes or spans of the standard's CSV tables that are of ``kind``."""
    chosen = _kind(catalogue, kind, name)
    prefix = "spans/0/" if chosen.geometry == "line" else "nodes/0/"
    columns = {one: array.to_pylist() for one, array in table.columns.items() if one.startswith(prefix)}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return _as_content([_unflattened(row, prefix) for row in rows], chosen)


def _kind(catalogue: Catalogue, kind: str | None, name: str) -> Kind:
    known = [one for one in catalogue.kinds.values() if one.key in node_type_of_kind or one.geometry == "line"]
    chosen = next((one for one in known if one.key == kind), None)
    if chosen is None:
        listed = "、".join(f"{one.name.zh}（{one.key}）" for one in known)
        message = f"{name} 是开放光纤数据（OFDS），含多类资源：请指明要导入其中哪一类：{listed}"
        raise ImportRejected(message)
    return chosen


def _unflattened(row: Mapping[str, str | None], prefix: str) -> Feature:
    found = {key.removeprefix(prefix): value for key, value in row.items() if value is not None}
    types = [one for one in found.get("type", "").split(";") if one]
    provider = {"name": found.get("physicalInfrastructureProvider/name")}
    return {**found, "type": types, "physicalInfrastructureProvider": provider}


def _features(document: Any, kind: Kind) -> list[Feature]:  # noqa: ANN401 - parsed JSON
    part = "spans" if kind.geometry == "line" else "nodes"
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = [
            {**feature.get("properties", {}), "_geometry": feature.get("geometry")}
            for feature in document.get("features", ())
        ]
        return [one for one in features if _part(one) == part]
    networks = document.get("networks", [document]) if isinstance(document, dict) else document
    return [one for network in networks for one in network.get(part, ()) if one]


def _part(feature: Feature) -> str:
    if stated := feature.get("featureType"):
        return f"{stated}s"
    return "spans" if (feature.get("_geometry") or {}).get("type") == "LineString" else "nodes"


def _as_content(features: Iterable[Feature], kind: Kind) -> Content:
    line = kind.geometry == "line"
    chosen = [one for one in features if line or kind.key in _kinds_of_node(one)]
    geometry = np.array([_shape(one) for one in chosen] + [None], dtype=object)[:-1]
    columns = {
        "code": [_code(one.get("id")) for one in chosen],
        "name": [one.get("name") or one.get("id") for one in chosen],
        "owner": [(one.get("physicalInfrastructureProvider") or {}).get("name") for one in chosen],
        "state": [state_of_status.get(str(one.get("status")), one.get("status")) for one in chosen],
    }
    if line:
        columns |= {
            "in_service_on": [one.get("readyForServiceDate") for one in chosen],
            "from_manhole": [_code(_end(one.get("start"))) for one in chosen],
            "to_manhole": [_code(_end(one.get("end"))) for one in chosen],
        }
    known = {key: values for key, values in columns.items() if not values or any(one is not None for one in values)}
    arrays = {key: pa.array([None if one is None else str(one) for one in values]) for key, values in known.items()}
    return Content(arrays, row_numbers(len(chosen)), geometry)


def _kinds_of_node(node: Feature) -> set[str]:
    types = node.get("type") or ["pop"]
    types = [types] if isinstance(types, str) else types
    return {_kind_of_node_type.get(one, "machine_room") for one in types}


def _end(node: Any) -> str | None:  # noqa: ANN401 - an id or an embedded node
    return node.get("id") if isinstance(node, dict) else node


def _code(text: object) -> str | None:
    return text if isinstance(text, str) and is_code(text) else None


def _shape(feature: Feature) -> Any:  # noqa: ANN401 - a shapely geometry or None
    shape = feature.get("_geometry") or feature.get("location") or feature.get("route")
    if not shape:
        return None
    return shapely.from_wkt(shape) if isinstance(shape, str) else shapely.from_geojson(json.dumps(shape))
