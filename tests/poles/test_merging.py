"""Merging plans on the register: a hand-made street, the demonstration's city, and what people get wrong."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.compute as pc
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from qipan.api import create_app
from qipan.cli.run import done, refused, run
from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.accounts import open_session
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.errors import InvalidRecord, JobCancelled, NotFound
from qipan.core.ground.plane import Plane
from qipan.core.jobs import Progress
from qipan.core.resources import create_resource
from qipan.core.scenarios import create_scenario, read_scenario
from qipan.domains.poles.merging import (
    MergingMissing,
    MergingParameters,
    NothingToMerge,
    device_rules,
    export_plan,
    formats,
    read_plan,
    read_street,
    run_merging,
)
from qipan.domains.poles.merging.inventory import read_inventory
from qipan.domains.poles.merging.lines import Axes, stations
from qipan.domains.poles.merging.problems import streets_of

north = Principal("北区", "district", 1, area_ids=frozenset({2}), may_write=True)
metre = 1 / 111_320 / math.cos(math.radians(22.54))
"""Degrees of longitude."""


@pytest.fixture
def town(tmp_path) -> Database:
    return settled(open_database(tmp_path / "register.db"))


def settled(database: Database) -> Database:
    """Give an empty register its areas and a unit."""
    with database.begin() as connection:
        areas = [
            {"id": 1, "code": "440300", "name": "示例市", "level": "city", "parent_id": None},
            {"id": 2, "code": "440304", "name": "北区", "level": "district", "parent_id": 1},
            {"id": 3, "code": "440305", "name": "南区", "level": "district", "parent_id": 1},
        ]
        connection.execute(insert(tables.area), areas)
        connection.execute(insert(tables.unit), [{"id": 1, "name": "城管局", "kind": "department"}])
    return database


def stand(database: Database, metres: float, what: str, height: float, area_id: int = 2, **more: object) -> str:
    """Register a pole that far along the road, with one device of its class on it, and return the pole's code."""
    catalogue = load_catalogue()
    common = {"owner_id": 1, "area_id": area_id, "in_service_on": "2015-06-30"}
    common |= {"longitude": 114.05 + metres * metre, "latitude": 22.54}
    pole = {"name": f"{what}杆{metres:g}", "class": what, "road": "深南路", "height": height, "load_capacity": 120}
    pole |= {"power_capacity": 2} | more
    common |= {key: more[key] for key in ("latitude",) if key in more}
    device = {"name": f"{what}{metres:g}", "class": what}
    with database.begin() as connection:
        code = create_resource(connection, catalogue, system, catalogue.kinds["street_pole"], common | pole)
        kind = catalogue.kinds["pole_device"]
        create_resource(connection, catalogue, system, kind, common | device | {"pole": code})
    return code


def planned(database: Database, who: Principal = system, area_id: int | None = None, **parameters: object) -> int:
    with database.begin() as connection:
        scenario = create_scenario(
            connection,
            who,
            kind="merging",
            subject="poles.merging",
            name="合杆",
            parameters=parameters,
            area_id=area_id,
        )
    run_merging(database, load_catalogue(), who, scenario.id)
    return scenario.id


def test_the_camera_and_the_sign_move_to_the_lamp_post(town):
    lamp, far = stand(town, 0, "lamp", 10), stand(town, 36, "lamp", 10)
    camera, sign = stand(town, 6, "camera", 6), stand(town, 9, "sign", 5)
    number = planned(town)
    (street,) = read_plan(town, system, number, "streets").to_pylist()
    assert (street["poles_before"], street["poles_after"], street["pole_bound"]) == (4, 2, 2)
    rates = {key: one.default for key, one in load_catalogue().rates.items()}
    assert street["cost"] == 2 * rates["poles.removal"] + rates["poles.move_camera"] + rates["poles.move_sign"]
    told = read_street(town, system, number, street["street"])
    states = {one["code"]: one["state"] for one in told["poles"]}
    assert states == {lamp: "kept", far: "kept", camera: "removed", sign: "removed"}
    assert {(one["from_pole"], one["to_pole"]) for one in told["moving"]} == {(camera, lamp), (sign, lamp)}
    assert [one["distance"] for one in told["moving"]] == pytest.approx([6, 9], abs=0.2)
    with town.connect() as connection:
        summary = read_scenario(connection, system, number).summary
    assert summary["poles_after"] == 2
    assert summary["gap"] == 0
    assert [one["name"] for one in summary["by_district"]] == ["北区"]


def test_on_both_databases(database):
    stand(settled(database), 0, "lamp", 10)
    stand(database, 6, "camera", 6)
    assert read_plan(database, system, planned(database), "streets")["poles_after"].to_pylist() == [1]


def test_what_a_person_asks_for_is_kept_to(town):
    stand(town, 0, "lamp", 10)
    camera = stand(town, 6, "camera", 6)
    kept = read_plan(town, system, planned(town, stay=[camera]), "poles").to_pylist()
    assert {one["state"] for one in kept} == {"kept"}
    assert "列为须保留" in {one["reason"] for one in kept}
    assert read_plan(town, system, planned(town, shift={"camera": 3}), "streets")["poles_after"].to_pylist() == [2]


def test_a_street_that_has_no_plan_says_why_and_stays_as_it_is(town):
    lamp = stand(town, 0, "lamp", 10)
    stand(town, 300, "lamp", 10)
    number = planned(town, go=[lamp])
    (street,) = read_plan(town, system, number, "streets").to_pylist()
    assert street["poles_after"] == 2
    assert lamp in street["problem"]
    assert "lamp0须挂在 3 米以内" in street["problem"]
    with town.connect() as connection:
        assert read_scenario(connection, system, number).summary["error_count"] == 1


def test_a_smart_pole_takes_devices_and_stays(town):
    stand(town, 6, "camera", 6)
    catalogue = load_catalogue()
    values = {"name": "智能杆", "owner_id": 1, "area_id": 2, "longitude": 114.05, "latitude": 22.54, "height": 12}
    values |= {"road": "深南路", "load_capacity": 100, "power_capacity": 3, "devices": 3}
    values |= {"in_service_on": "2020-01-01"}
    with town.begin() as connection:
        create_resource(connection, catalogue, system, catalogue.kinds["smart_pole"], values)
    poles = read_plan(town, system, planned(town), "poles").to_pylist()
    assert {one["kind"]: one["state"] for one in poles} == {"street_pole": "removed", "smart_pole": "kept"}
    crowded = 100 - 3 * 25
    assert device_rules()["camera"].mass < crowded < device_rules()["signal"].mass


def test_each_district_sees_its_own_streets(town):
    stand(town, 0, "lamp", 10)
    stand(town, 50, "lamp", 10, area_id=3)
    assert read_plan(town, system, planned(town), "streets").num_rows == 2
    number = planned(town, north, 2)
    assert read_plan(town, north, number, "streets")["district"].to_pylist() == ["北区"]
    south = Principal("南区", "district", 2, area_ids=frozenset({3}), may_write=True)
    with pytest.raises(NotFound):
        read_plan(town, south, number, "streets")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"lamp_spacing": 3}, "应在 10 至 200 米之间"),
        ({"shift": {"antenna": 3}}, "应为设备类型"),
        ({"shift": {"lamp": 900}}, "应为设备类型"),
        ({"go": "X"}, "应为杆件编码的列表"),
        ({"colour": "red"}, "没有这个参数"),
        ({"drop_lamps": 1}, "应为 true 或 false"),
        ({"stay": ["A"], "go": ["A"]}, "同时列为须保留和须拆除"),
        ({"go": ["440304SPOL00000999X"]}, "范围内没有这根在用的杆"),
    ],
)
def test_parameters_that_will_not_do_are_named(town, parameters, said):
    stand(town, 0, "lamp", 10)
    with pytest.raises(InvalidRecord, match=said):
        planned(town, **parameters)


def test_parameters_come_back_as_they_were():
    given = {"lamp_spacing": 40.0, "shift": {"camera": 5}, "stay": ["A"], "drop_lamps": True}
    assert MergingParameters.from_json(MergingParameters.from_json(given).to_json()).shift_of("camera") == 5


def test_there_is_a_rule_and_a_price_for_each_class_of_device():
    catalogue = load_catalogue()
    classes = {one.key for one in catalogue.kinds["pole_device"].attribute("class").choices}
    assert set(device_rules()) == classes
    assert {f"poles.move_{one}" for one in classes} <= set(catalogue.rates)
    for key, rule in device_rules().items():
        assert all(key in device_rules()[other].apart for other in rule.apart)


def test_nothing_to_merge_and_nothing_computed_yet(town):
    with pytest.raises(NothingToMerge, match="先导入"):
        planned(town)
    with pytest.raises(MergingMissing, match="还没有结果"):
        read_plan(town, system, 1, "streets")


def test_a_protected_pole_cannot_be_asked_to_go(town):
    code = stand(town, 0, "lamp", 10, protected=True)
    with pytest.raises(InvalidRecord, match="须保留的杆"):
        planned(town, go=[code])


def test_a_stopped_plan_leaves_the_earlier_one(town):
    stand(town, 0, "lamp", 10)
    number = planned(town)

    def stop(fraction: float, _stage: str) -> None:
        if fraction > 0.2:
            progress.stop.set()

    progress = Progress(stop)
    with pytest.raises(JobCancelled):
        run_merging(town, load_catalogue(), system, number, progress)
    assert read_plan(town, system, number, "streets").num_rows == 1


@pytest.mark.parametrize("ending", formats)
def test_plans_as_files(town, tmp_path, ending):
    stand(town, 0, "lamp", 10)
    stand(town, 6, "camera", 6)
    path = tmp_path / f"plan.{ending}"
    assert export_plan(town, system, planned(town), path) == 2
    if ending == "xlsx":
        sheets = openpyxl.load_workbook(path)
        assert sheets.sheetnames == ["道路", "杆件", "设备迁移"]
        heading, *rows = sheets["杆件"].iter_rows(values_only=True)
        assert {row[heading.index("处置")] for row in rows} == {"保留", "拆除"}
    elif ending == "gpkg":
        _, table = pyogrio.read_arrow(path, layer="moves")
        assert shapely.from_wkb(table["geom"].to_numpy())[0].length > 0
        assert set(pyogrio.read_arrow(path, layer="poles")[1]["处置"].to_pylist()) == {"保留", "拆除"}
    else:
        assert "camera杆6 拆除" in path.read_text(encoding="utf-8")


def test_another_ending_is_refused(town, tmp_path):
    with pytest.raises(InvalidRecord, match="应为 xlsx、gpkg、kml 之一"):
        export_plan(town, system, 1, tmp_path / "plan.csv")


def test_metres_run_along_a_bent_street_and_sides_are_told(town):
    for metres in (0, 30):
        stand(town, metres, "lamp", 10)
    with town.connect() as connection:
        poles = read_inventory(connection, load_catalogue(), system, None, date.today()).poles
    streets = streets_of(poles)
    plane = Plane(4547)
    x, y = plane.to_plane(poles.longitude, poles.latitude)
    bent = shapely.LineString([(x.min(), y.max() + 5), (x.mean(), y.max() + 25), (x.max(), y.max() + 5)])
    axes = Axes(plane, {"深南路": np.array([bent], dtype=object)})
    found = stations(axes, poles, streets)
    assert abs(abs(found.position[1] - found.position[0]) - bent.length) < 4
    assert len(set(found.side.tolist())) == 1
    straight = stations(Axes(plane, {}), poles, streets)
    assert abs(straight.position[1] - straight.position[0]) == pytest.approx(30, abs=0.3)
    assert (found.rough, straight.rough) == ((), ())


def test_a_ring_without_an_axis_is_told(town):
    stand(town, 0, "lamp", 10)
    stand(town, 400, "lamp", 10)
    stand(town, 200, "lamp", 10, latitude=22.543)
    number = planned(town)
    with town.connect() as connection:
        (note,) = read_scenario(connection, system, number).summary["notes"]
    assert "深南路" in note
    assert "请导入道路" in note


def test_the_demonstration_by_command_and_by_interface(demo_folder, tmp_path, capsys):
    folder = shutil.copytree(demo_folder, tmp_path / "demo")
    register = str(folder / "qipan.db")
    assert run(["merge", "run", "--json", "--database", register]) == done
    summary = json.loads(capsys.readouterr().out)
    assert summary["poles_after"] < summary["poles_before"]
    assert summary["proved"] == summary["streets"]
    number = summary["scenario"]
    assert run(["merge", "show", str(number), "--database", register]) == done
    assert "整治前" in capsys.readouterr().out
    assert run(["merge", "show", str(number), "--street", "0", "--database", register]) == done
    assert run(["merge", "export", str(number), str(tmp_path / "a.xlsx"), "--database", register]) == done
    assert run(["merge", "run", "--spacing", "1", "--database", register]) == refused
    database = open_database(register)
    _interface(database, number, tmp_path)


def _interface(database: Database, number: int, tmp_path: Path) -> None:
    with database.begin() as connection:
        account = connection.execute(select(tables.account.c.id).limit(1)).scalar_one()
        secret = open_session(connection, account)
    with TestClient(create_app(database), headers={"Authorization": f"Bearer {secret}"}) as client:
        streets = client.get(f"/api/scenarios/{number}/merging", params={"limit": 5}).json()
        assert streets["total"] >= len(streets["items"]) > 0
        one = client.get(f"/api/scenarios/{number}/merging/{streets['items'][0]['street']}").json()
        assert len(one["poles"]) == one["poles_before"]
        assert sum(each["state"] != "removed" for each in one["poles"]) == one["poles_after"]
        sheet = client.get(f"/api/scenarios/{number}/merging.xlsx")
        (tmp_path / "b.xlsx").write_bytes(sheet.content)
        assert openpyxl.load_workbook(tmp_path / "b.xlsx")["杆件"].max_row > 10
        assert client.get(f"/api/scenarios/{number}/merging/99999").status_code == 404
        assert client.get("/api/scenarios/99999/merging").status_code == 404
    moves = read_plan(open_database(database.path), system, number, "moves")
    assert pc.max(moves["distance"]).as_py() <= max(one.shift for one in device_rules().values()) + 0.1
