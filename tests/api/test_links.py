"""References and shapes over HTTP: a single edit links, renews and refuses as an import does."""

from __future__ import annotations

from .conftest import Office, mobile, north

_MANHOLE = {
    "kind": "manhole",
    "name": "人孔",
    "owner_id": mobile,
    "area_id": north,
    "longitude": 114.0,
    "latitude": 22.5,
}
_LINE = {"type": "LineString", "coordinates": [[114.0, 22.5], [114.02, 22.5]]}
_DUCT = {"kind": "duct_section", "name": "管道", "owner_id": mobile, "area_id": north, "holes": 6, "geometry": _LINE}


def test_a_duct_between_manholes_is_made_moved_and_kept(office: Office) -> None:
    city = office["city"]
    first, second = (city.post("/api/resources", json=_MANHOLE).json()["code"] for _ in range(2))
    made = city.post("/api/resources", json=_DUCT | {"from_manhole": first})
    assert made.status_code == 201
    assert made.json()["geometry"] == _LINE
    url = f"/api/resources/{made.json()['code']}"
    city.patch(url, json={"from_manhole": second}, headers={"If-Match": "1"}).raise_for_status()
    links = city.get(url).json()["links"]
    assert [(one["code"], one["valid_to"] is None) for one in links] == [(first, False), (second, True)]
    refused = city.delete(f"/api/resources/{second}")
    assert refused.status_code == 400
    assert made.json()["code"] in refused.json()["detail"]
    assert city.delete(url).status_code == 204
    assert city.delete(f"/api/resources/{second}").status_code == 204


def test_wrong_references_and_shapes_come_back_by_field(office: Office) -> None:
    values = _DUCT | {"from_manhole": office.codes["north"], "geometry": {"type": "Point", "coordinates": [114, 22]}}
    answer = office["city"].post("/api/resources", json=values)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["problems"]} == {"起点人孔", "几何"}
