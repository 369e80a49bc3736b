"""One indicator with everything behind it, all at a glance, and the figures that people enter."""

from __future__ import annotations

from datetime import date

import pytest

from qipan.core.access import Principal, nobody, system
from qipan.core.catalogue import load_catalogue
from qipan.core.errors import AccessDenied, Conflict, InvalidRecord, NotFound
from qipan.core.measuring import describe_indicator, list_indicator_values, list_measurements, record_measurement
from tests.measuring.conftest import add_plan, changed_rows

CATALOGUE = load_catalogue()
TODAY = date(2023, 12, 31)
PER_10000 = "mobile.base_stations_per_10000"


def describe(city, key, principal=system, **where):
    snapshot = city.snapshot()
    with city.database.connect() as connection:
        return describe_indicator(connection, CATALOGUE, snapshot, principal, key, TODAY, **where)


def build(city):
    city.add_many("base_station", "东一街道", "移动", 6, in_service_on=date(2021, 6, 1), form="macro", shared=True)
    city.add_many("base_station", "西区", "电信", 4, in_service_on=date(2022, 6, 1), form="micro")
    for area, residents in (("东区", 10_000), ("西区", 30_000)):
        city.add("district_statistics", area, "移动", year=2022, residents=residents)


def test_an_indicator_in_full(city):
    build(city)
    add_plan(city, [{"name": "每万人", "indicator": PER_10000, "value": 3}, {"name": "其他", "value": 1}])
    found = describe(city, PER_10000)
    assert list(found)[:5] == ["key", "as_of", "value", "coverage", "series"]
    assert (found["value"], found["coverage"]) == (2.5, 1)
    assert found["series"][-1] == {"day": TODAY, "value": 2.5}
    assert [(one["code"], one["name"], one["value"]) for one in found["areas"]] == [
        ("440301", "东区", 6),
        ("440302", "西区", pytest.approx(4 / 3)),
    ]
    assert {one["name"]: one["value"] for one in found["operators"]} == {"移动": 1.5, "电信": 1, "联通": 0}
    assert len(found["target_ids"]) == 1
    stations, residents = found["parts"]
    assert stations | {"label": stations["label"].zh} == {
        "expression": "count(base_station)",
        "label": "5G基站",
        "value": 10,
        "source": "register",
        "kind": "base_station",
        "filter": {"state": "in_service"},
    }
    assert (residents["label"].zh, residents["source"], residents["kind"]) == ("常住人口（2022年）", "statistics", None)


def test_parts_say_in_words_what_they_count(lone_city):
    build(lone_city)
    parts = describe(lone_city, "mobile.shared_station_share")["parts"]
    assert [(one["label"].zh, one["value"]) for one in parts] == [("5G基站（共建共享）", 6), ("5G基站", 10)]
    assert parts[0]["filter"] == {"state": "in_service", "shared": True}
    labels = [one["label"] for one in describe(lone_city, "wlan.wifi6_share")["parts"]]
    assert labels[0].zh == "无线局域网接入点（标准为Wi-Fi 6、Wi-Fi 7）"
    assert labels[1].en == "WLAN access point (Standard known)"
    (length, _) = describe(lone_city, "ducts.occupancy")["parts"]
    assert length["label"].zh == "通信管道段：已用管孔×长度"
    (building,) = describe(lone_city, "mobile.base_stations_building")["parts"]
    assert building["label"].zh == "5G基站（在建）"
    (_, households) = describe(lone_city, "fibre.gigabit_household_coverage")["parts"]
    assert (households["label"].zh, households["value"]) == ("家庭户数", None)


def test_every_indicator_can_be_described(lone_city):
    snapshot = lone_city.snapshot()
    with lone_city.database.connect() as connection:
        for key in CATALOGUE.indicators:
            found = describe_indicator(connection, CATALOGUE, snapshot, system, key, TODAY)
            assert (found["value"], found["series"]) == (None, [])
            assert all(one["label"].zh and one["label"].en and one["expression"] for one in found["parts"])


def test_within_a_district_its_parts_are_shown(city):
    build(city)
    found = describe(city, "mobile.base_stations", area_id=city.areas["东区"])
    assert {one["name"]: one["value"] for one in found["areas"]} == {"东一街道": 6, "东二街道": 0}
    assert found["value"] == 6


def test_an_operator_sees_its_own_only(city):
    build(city)
    principal = Principal("op", "operator", owner_ids=frozenset({city.units["电信"]}))
    found = describe(city, "mobile.base_stations", principal)
    assert (found["value"], found["operators"]) == (4, [])
    assert {one["name"]: one["value"] for one in found["areas"]} == {"东区": 0, "西区": 4}
    assert describe(city, "mobile.base_stations", nobody)["value"] is None
    with pytest.raises(NotFound):
        describe(city, "mobile.base_stations", principal, unit_id=city.units["移动"])


def test_what_the_catalogue_does_not_have(lone_city):
    with pytest.raises(NotFound):
        describe(lone_city, "no.such")


def test_all_at_a_glance(city):
    build(city)
    add_plan(city, [{"name": "5G基站", "indicator": "mobile.base_stations", "value": 1}] * 2)
    snapshot = city.snapshot()
    with city.database.connect() as connection:
        found = list_indicator_values(connection, CATALOGUE, snapshot, system, TODAY)
        operator = Principal("op", "operator", owner_ids=frozenset({city.units["电信"]}))
        own = list_indicator_values(connection, CATALOGUE, snapshot, operator, TODAY)
        none = list_indicator_values(connection, CATALOGUE, snapshot, nobody, TODAY)
    assert [one["key"] for one in found] == list(CATALOGUE.indicators)
    values = {one["key"]: one for one in found}
    assert values["mobile.base_stations"] == {"key": "mobile.base_stations", "value": 10, "day": TODAY, "targets": 2}
    assert values["area.residents"]["day"] == date(2022, 12, 31)
    assert {one["key"]: one["value"] for one in own}["mobile.base_stations"] == 4
    assert {one["key"]: one["value"] for one in own}["area.residents"] is None
    assert {one["value"] for one in none} == {None}


def enter(city, principal=system, **values):
    defaults = {"indicator": "industry.patents_5g", "area_id": city.areas["city"], "period_end": TODAY, "value": 1.0}
    with city.database.begin() as connection:
        return record_measurement(connection, CATALOGUE, principal, defaults | values)


def test_a_figure_is_entered_once_and_corrected_by_superseding(city):
    first = enter(city, value=5, source="统计局")
    keys = {"id", "indicator", "area_id", "owner_id", "period_end", "value", "status", "source", "entered_by"}
    assert set(first) == keys | {"entered_at", "supersedes_id", "evidence_id"}
    assert (first["status"], first["entered_by"], first["period_end"]) == ("reported", "system", TODAY)
    with pytest.raises(Conflict):
        enter(city, value=6)
    second = enter(city, value=6, supersedes_id=first["id"])
    assert second["status"] == "corrected"
    with pytest.raises(Conflict):
        enter(city, value=7, supersedes_id=first["id"])
    withdrawn = enter(city, value=None, supersedes_id=second["id"])
    assert (withdrawn["status"], withdrawn["value"]) == ("withdrawn", None)
    assert enter(city, value=8)["status"] == "reported"
    assert changed_rows(city, "measurement") == 4


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"indicator": "no.such"}, "indicator"),
        ({"area_id": 999}, "area_id"),
        ({"area_id": None}, "area_id"),
        ({"owner_id": 999}, "owner_id"),
        ({"evidence_id": 999}, "evidence_id"),
        ({"period_end": "soon"}, "period_end"),
        ({"value": None}, "value"),
        ({"value": float("nan")}, "value"),
        ({"value": "many"}, "value"),
    ],
)
def test_impossible_figures_are_refused(lone_city, values, field):
    with pytest.raises(InvalidRecord) as caught:
        enter(lone_city, **values)
    assert [one.field for one in caught.value.problems] == [field]
    assert changed_rows(lone_city, "measurement") == 0


def test_a_correction_of_what_is_not_there(lone_city):
    with pytest.raises(NotFound):
        enter(lone_city, supersedes_id=999)


def test_only_ones_own_figures(city):
    east = Principal("east", "district", area_ids=frozenset({city.areas["东区"]}), may_write=True)
    enter(city, east, area_id=city.areas["东区"])
    enter(city)
    for principal in (east, Principal("看", "viewer", everything=True)):
        with pytest.raises(AccessDenied):
            enter(city, principal, period_end=date(2022, 12, 31))
    with city.database.connect() as connection:
        assert len(list_measurements(connection, system)) == 2
        assert len(list_measurements(connection, system, indicator="industry.standards")) == 0
        assert [one["area_id"] for one in list_measurements(connection, east)] == [city.areas["东区"]]
        assert list_measurements(connection, nobody) == []
