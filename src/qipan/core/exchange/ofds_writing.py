"""Writing resources as a network of the Open Fibre Data Standard 0.3 in JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import narrow
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.exchange.batches import Batch, ResourceStream
from qipan.core.exchange.ofds import node_type_of_kind, status_of_state

_SCHEMA = (
    "https://raw.githubusercontent.com/Open-Telecoms-Data/open-fibre-data-standard/0__3__0/schema/network-schema.json"
)


def write_ofds(stream: ResourceStream, path: Path) -> int:
    """Write one network whose nodes, or spans with the manholes they join, are the stream's resources.

    What the standard has no place for is left out: an export read back leaves it as it is. Raises InvalidRecord for a
    kind that is neither node nor span.
    """
    line = stream.kind.geometry == "line"
    if not line and stream.kind.key not in node_type_of_kind:
        reason = f"{stream.kind.name.zh}不是光纤网络的节点或段：请改用其他格式"
        raise InvalidRecord([FieldProblem(None, "格式", "ofds", reason)])
    count = 0
    ends: set[str] = set()
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"networks": [{{"id": "{uuid.uuid5(uuid.NAMESPACE_URL, stream.kind.key)}", ')
        file.write(f'"name": {_json(stream.kind.name.in_language(stream.language))}, ')
        file.write(f'"links": [{{"rel": "describedby", "href": "{_SCHEMA}"}}], ')
        file.write(f'"{"spans" if line else "nodes"}": [')
        for batch in stream.batches():
            for feature in _features(stream, batch):
                ends |= {feature[key] for key in ("start", "end") if key in feature}
                file.write((",\n" if count else "\n") + _json(feature))
                count += 1
        file.write("]")
        if line:
            file.write(f', "nodes": {_json(list(_end_nodes(stream, ends)))}')
        file.write("}]}\n")
    return count


def _features(stream: ResourceStream, batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield nodes or spans, without what is empty."""
    keys = [one.key for one in stream.fields]
    states = {one.name.in_language(stream.language): one.key for one in stream.catalogue.states}
    line = stream.kind.geometry == "line"
    shapes = shapely.to_geojson(batch.geometry)
    for values, shape in zip(
        zip(*(one.to_pylist() for one in batch.columns.columns), strict=True), shapes, strict=True
    ):
        row = dict(zip(keys, values, strict=True))
        feature = {
            "id": row["code"],
            "name": row["name"],
            "status": status_of_state[states[row["state"]]],
            "physicalInfrastructureProvider": {"id": row["owner"], "name": row["owner"]},
            "route" if line else "location": None if shape is None else json.loads(shape),
        }
        if line:
            day = row["in_service_on"]
            feature |= {"start": row.get("from_manhole"), "end": row.get("to_manhole")}
            feature |= {"readyForServiceDate": None if day is None else day.isoformat()}
        else:
            feature["type"] = [node_type_of_kind[stream.kind.key]]
        yield {key: value for key, value in feature.items() if value is not None}


def _end_nodes(stream: ResourceStream, codes: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the nodes at which spans begin and end, as far as the reader may see them."""
    column = tables.resource.c
    listed = sorted(codes)
    for start in range(0, len(listed), 500):
        query = select(column.code, column.name, column.longitude, column.latitude, column.state)
        query = narrow(query.where(column.code.in_(listed[start : start + 500])), tables.resource, stream.principal)
        for row in stream.connection.execute(query.order_by(column.code)):
            place = {"type": "Point", "coordinates": [row.longitude, row.latitude]}
            status = status_of_state[stream.catalogue.states[row.state - 1].key]
            node = {"id": row.code, "name": row.name, "status": status, "type": [node_type_of_kind["manhole"]]}
            yield node | ({} if row.longitude is None else {"location": place})


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False)
