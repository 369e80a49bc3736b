"""What is to be served: map cells with residents, stretches and junctions of streets, resources such as venues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from qipan.core.access import Principal
from qipan.core.areas import load_areas
from qipan.core.catalogue import Catalogue, DemandLayer, Placement
from qipan.core.errors import FieldProblem
from qipan.core.ground import Plane, Streets, street_ranks
from qipan.core.placing.errors import DemandProblem
from qipan.core.placing.hosts import Doubles, Longs, Texts, junctions, points_along, resource_rows

_shown = 20


@dataclass(frozen=True)
class Demand:
    """Demand as columns, n rows.

    ``x``/``y`` m in the plane; ``owner_id`` of whose service is wanted, 0 for anybody's; ``district_id`` 0 where
    unknown; ``resource_id`` 0 where it is no resource, with its ``label`` (class and name); ``weights``
    float64 (layers, n) in the layers' own units, in the placement's order; ``vertex`` of a street's network or -1.
    """

    x: Doubles
    y: Doubles
    owner_id: Longs
    district_id: Longs
    resource_id: Longs
    label: Texts
    weights: Doubles
    vertex: Longs

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: NDArray[np.generic]) -> Demand:
        """Return the rows that ``rows`` (places or flags) names."""
        taken = {one.name: getattr(self, one.name)[..., rows] for one in fields(self)}
        return Demand(**taken)

    @staticmethod
    def joined(parts: Sequence[Demand]) -> Demand:
        """Return all rows of several, one after the other."""
        names = [one.name for one in fields(Demand)]
        return Demand(*(np.concatenate([getattr(one, name) for one in parts], axis=-1) for name in names))


def demand_rows(
    x: Doubles, y: Doubles, district: Longs, layer: int, layers: int, weight: Doubles, **more: NDArray[np.generic]
) -> Demand:
    """Return rows of one layer at places; other columns stand for anybody and no resource unless given."""
    count = len(x)
    weights = np.zeros((layers, count))
    weights[layer] = weight
    columns: dict[str, NDArray[np.generic]] = {
        "owner_id": np.zeros(count, dtype=np.int64),
        "resource_id": np.zeros(count, dtype=np.int64),
        "label": np.full(count, "", dtype=object),
        "vertex": np.full(count, -1, dtype=np.int64),
    }
    return Demand(x=x, y=y, district_id=district, weights=weights, **(columns | more))  # type: ignore[arg-type]


def resource_demand(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    plane: Plane,
    placement: Placement,
    layer: int,
    district_of: Mapping[int, int],
) -> Demand:
    """Return a layer's resources that are not served yet; DemandProblem names those without a location."""
    one = placement.layers[layer]
    kind = catalogue.kinds[str(one.kind)]
    found = resource_rows(connection, catalogue, principal, kind, ["in_service"])
    rows = [row for row in found if _is_open(one, row)]
    nowhere = [row for row in rows if row.longitude is None or row.latitude is None]
    if nowhere:
        problems = [FieldProblem(None, row.code, row.name[:80], "没有坐标") for row in nowhere[:_shown]]
        named = "、".join(f"{row.name}（{row.code}）" for row in nowhere[:5])
        message = f"{len(nowhere)} 处{kind.name.zh}没有坐标，不能计入需求：{named}；请补充经度与纬度"
        raise DemandProblem(message, problems)
    x, y = plane.to_plane([row.longitude for row in rows], [row.latitude for row in rows])
    weight = np.array([float(row.attributes.get(one.weight) or 0.0) if one.weight else 1.0 for row in rows])
    return demand_rows(
        x,
        y,
        np.array([district_of.get(row.area_id, 0) for row in rows], dtype=np.int64),
        layer,
        len(placement.layers),
        weight,
        resource_id=np.array([row.id for row in rows], dtype=np.int64),
        label=np.array([f"{row.attributes.get('class', '')}|{row.name}" for row in rows], dtype=object),
    )


def _is_open(layer: DemandLayer, row: Row[tuple[object, ...]]) -> bool:
    attributes = row.attributes
    if any(attributes.get(key) not in values for key, values in layer.where.items()):
        return False
    return layer.unserved is None or attributes.get(layer.unserved) is not True


def street_demand(
    connection: Connection, plane: Plane, placement: Placement, layer: int, streets: Streets, step: float,
    district_of: Mapping[int, int],
) -> Demand:  # fmt: skip
    """Return a layer's stretches of streets, about ``step`` m each, or its junctions, by the weight of their class."""
    one = placement.layers[layer]
    worth = np.array([one.ranks.get(name, 1.0) for name in street_ranks])
    if one.of == "junctions":
        x, y, _, rank = junctions(streets)
        weight = worth[rank]
    else:
        x, y, street = points_along(streets, step)
        parts = np.bincount(street, minlength=len(streets.length))
        weight = (worth[streets.rank] * streets.length / parts)[street]
    longitude, latitude = plane.to_degrees(x, y)
    area = load_areas(connection, shapes=True).locate(longitude, latitude)
    district = np.array([district_of.get(int(each), 0) for each in area], dtype=np.int64)
    found = demand_rows(x, y, district, layer, len(placement.layers), weight)
    return found.take(weight > 0)
