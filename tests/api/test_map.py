"""Tiles, time slider and OGC API Features over HTTP, for each person their own."""

from __future__ import annotations

import mapbox_vector_tile
import pytest

from qipan.engines.tiling import tile_of

from .conftest import Office

Z = 10
X, Y = tile_of(114.05, 22.54, Z)
TILE = f"/api/tiles/base_station/{Z}/{X}/{Y}.mvt"


@pytest.mark.parametrize(("person", "seen"), [("city", 2), ("district", 1), ("operator", 1)])
def test_tiles_and_collections_show_each_their_own(office: Office, person: str, seen: int) -> None:
    tile = office[person].get(TILE)
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert len(mapbox_vector_tile.decode(tile.content)["base_station"]["features"]) == seen
    same = office[person].get(f"/ogc/collections/base_station/tiles/WebMercatorQuad/{Z}/{Y}/{X}")
    assert same.content == tile.content
    page = office[person].get("/ogc/collections/base_station/items").json()
    assert (page["numberMatched"], page["numberReturned"], len(page["features"])) == (seen,) * 3


def test_a_tile_is_sent_again_only_after_an_edit(office: Office) -> None:
    city = office["city"]
    tag = city.get(TILE).headers["etag"]
    assert city.get(TILE, headers={"If-None-Match": tag}).status_code == 304
    city.patch(f"/api/resources/{office.codes['north']}", json={"height": 9}, headers={"If-Match": "1"})
    assert city.get(TILE, headers={"If-None-Match": tag}).status_code == 200
    assert office["district"].get(TILE, headers={"If-None-Match": tag}).status_code == 200


def test_addresses_that_are_no_tile_are_refused(office: Office) -> None:
    assert office["city"].get("/api/tiles/nothing/1/0/0.mvt").status_code == 404
    assert office["city"].get("/api/tiles/base_station/1/2/0.mvt").status_code == 400
    assert office["city"].get("/api/tiles/base_station/23/0/0.mvt").status_code == 422


def test_the_slider_has_a_count_for_each_month(office: Office) -> None:
    counts = office["city"].get("/api/timeline/base_station").json()
    assert counts[0] == {"day": "2021-06-30", "count": 2}


def test_gis_clients_find_their_way_from_the_landing_page(office: Office) -> None:
    city = office["city"]
    links = {link["rel"]: link["href"] for link in city.get("/ogc").json()["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= links.keys()
    classes = city.get(links["conformance"]).json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    for collection in city.get(links["data"]).json()["collections"]:
        rels = {link["rel"]: link["href"] for link in collection["links"]}
        assert city.get(rels["self"]).json()["id"] == collection["id"]
        assert city.get(rels["items"]).headers["content-type"] == "application/geo+json"


def test_features_page_by_page_then_one_by_one(office: Office) -> None:
    city = office["city"]
    first = city.get("/ogc/collections/base_station/items", params={"limit": 1}).json()
    (following,) = (link["href"] for link in first["links"] if link["rel"] == "next")
    second = city.get(following).json()
    features = first["features"] + second["features"]
    assert {feature["id"] for feature in features} == set(office.codes.values())
    assert not [link for link in second["links"] if link["rel"] == "next"]
    one = city.get(f"/ogc/collections/base_station/items/{features[0]['id']}").json()
    assert one["geometry"] == {"type": "Point", "coordinates": [114.05, 22.54]}
    assert one["properties"]["band"] == "3.5G"


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ({"bbox": "114,22,115,23"}, 2),
        ({"bbox": "1,2,3,4"}, 0),
        ({"datetime": "2021-06-29"}, 0),
        ({"datetime": "2021-06-30"}, 2),
        ({"datetime": "../2021-01-01"}, 0),
        ({"datetime": "2021-01-01/.."}, 2),
    ],
)
def test_box_and_datetime_narrow_a_collection(office: Office, query: dict[str, str], matched: int) -> None:
    assert office["city"].get("/ogc/collections/base_station/items", params=query).json()["numberMatched"] == matched


@pytest.mark.parametrize("query", [{"datetime": "soon"}, {"bbox": "1,2"}, {"limit": "0"}])
def test_wrong_parameters_are_named(office: Office, query: dict[str, str]) -> None:
    answer = office["city"].get("/ogc/collections/base_station/items", params=query)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] in query


def test_a_gis_client_may_give_its_token_as_a_password(office: Office) -> None:
    token = office["operator"].post("/api/tokens", json={"label": "QGIS"}).json()["token"]
    client = office["anonymous"]
    assert client.get("/ogc/collections", auth=("anyone", token)).status_code == 200
    assert client.get("/ogc/collections", auth=("anyone", "wrong")).status_code == 401
