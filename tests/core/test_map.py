"""The map shows what the register holds, edits at once, and to each person only their own."""

from __future__ import annotations

from datetime import date

import mapbox_vector_tile
import pytest
import shapely
from sqlalchemy import insert, update

from qipan.core import tables
from qipan.core.access import Principal, nobody, system
from qipan.core.catalogue import load_catalogue
from qipan.core.history import open_change_set
from qipan.core.map import CityMap, MapFilter
from qipan.core.resources import change_resource, delete_resource
from qipan.engines.tiling import tile_of

from .conftest import Town

Z = 10
X, Y = tile_of(114.05, 22.54, Z)
EVERY = MapFilter()


def _features(
    city_map: CityMap, kind: str = "base_station", where: MapFilter = EVERY, principal: Principal = system
) -> list[dict]:
    drawn = city_map.tile(load_catalogue().kinds[kind], Z, X, Y, where, principal)
    return mapbox_vector_tile.decode(drawn.data)[kind]["features"] if drawn.data else []


@pytest.fixture
def city_map(town: Town) -> CityMap:
    return CityMap(town.database, town.catalogue)


def test_a_station_is_drawn_with_its_facts_and_moves_when_it_is_edited(town: Town, city_map: CityMap) -> None:
    assert _features(city_map) == []
    code = town.add()
    (feature,) = _features(city_map)
    assert feature["properties"] == {"state": "in_service", "area_id": town.north, "owner_id": town.mobile}
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"longitude": 114.06, "state": "building"}, 1)
    (moved,) = _features(city_map)
    assert moved["properties"]["state"] == "building"
    assert moved["geometry"] != feature["geometry"]
    with town.database.begin() as connection:
        delete_resource(connection, town.catalogue, system, code)
    assert _features(city_map) == []


def test_tiles_are_narrowed_like_lists(town: Town, city_map: CityMap) -> None:
    town.add()
    town.add(area_id=town.south, owner_id=town.telecom)
    seen = {
        name: len(_features(city_map, principal=getattr(town, name))) for name in ("district_user", "operator_user")
    }
    assert seen == {"district_user": 1, "operator_user": 1}
    assert _features(city_map, principal=nobody) == []
    both = MapFilter(owner_ids=frozenset({town.telecom}))
    assert _features(city_map, where=both, principal=town.operator_user) == []


def test_the_slider_shows_what_was_in_service_on_a_day(town: Town, city_map: CityMap) -> None:
    town.add(in_service_on="2021-06-30")
    town.add(in_service_on="2022-01-15", retired_on="2023-01-01")
    counts = {day: len(_features(city_map, where=MapFilter(day=day))) for day in (date(2021, 6, 29), date(2022, 6, 1))}
    assert counts == {date(2021, 6, 29): 0, date(2022, 6, 1): 2}
    timeline = dict(city_map.timeline(town.catalogue.kinds["base_station"], EVERY, system))
    assert timeline[date(2021, 6, 30)] == 1
    assert timeline[date(2022, 1, 31)] == 2
    assert timeline[date(2023, 1, 31)] == 1


def test_lines_are_drawn_and_narrowed_and_follow_edits(town: Town, city_map: CityMap) -> None:
    _add_duct(town, 1, town.north)
    _add_duct(town, 2, town.south)
    assert len(_features(city_map, "duct_section")) == 2
    (mine,) = _features(city_map, "duct_section", principal=town.district_user)
    assert mine["id"] == 1
    with town.database.begin() as connection:
        change_set = open_change_set(connection, system, "update")
        moved = {"state": 5, "changed_in": change_set}
        connection.execute(update(tables.resource).where(tables.resource.c.id == 1).values(moved))
    states = {feature["id"]: feature["properties"]["state"] for feature in _features(city_map, "duct_section")}
    assert states == {1: "retired", 2: "in_service"}


def _add_duct(town: Town, number: int, area_id: int) -> None:
    line = shapely.LineString([(114.04, 22.53 + number / 1000), (114.06, 22.53 + number / 1000)])
    with town.database.begin() as connection:
        change_set = open_change_set(connection, system, "import")
        values = {"id": number, "code": f"duct{number}", "kind": "DUCT", "name": "管道", "owner_id": town.mobile}
        values |= {"area_id": area_id, "state": 4, "attributes": {"holes": 4}, "geometry": shapely.to_wkb(line)}
        values |= {"created_in": change_set, "changed_in": change_set, "version": 1}
        connection.execute(insert(tables.resource).values(values))
