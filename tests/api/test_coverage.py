"""Coverage studies over HTTP: tiles, points, paths, cells, and sessions in which cells are tried, each person's own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import insert

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.ground import Plane, import_terrain, read_plane
from qipan.core.resources import create_resource
from qipan.core.scenarios import create_scenario
from qipan.domains.mobile.coverage import Study, run_coverage
from qipan.domains.mobile.editing import SessionGone, Sessions
from qipan.domains.mobile.inspection import OpenStudy
from qipan.engines.tiling import tile_of
from tests.people import People, clients_of

city, north, south = 1, 2, 3
mobile, telecom = 1, 2
X, Y = 505_000.0, 2_494_000.0
RED = 0xC2187A


@dataclass(frozen=True)
class Studied:
    """A running application with a computed study, a client for each person, codes of cells, places in degrees."""

    database: Database
    clients: dict[str, TestClient]
    cells: dict[str, str]
    study: str
    degrees: dict[str, tuple[float, float]]

    def __getitem__(self, person: str) -> TestClient:
        return self.clients[person]


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studied]:
    folder = tmp_path_factory.mktemp("coverage")
    database = open_database(folder / "register.db")
    _ground(database, folder)
    cells = _fill(database)
    study = _compute(database, published=True)
    people: People = {
        "city": ("city", None, None),
        "operator": ("operator", None, mobile),
        "rival": ("operator", None, telecom),
        "viewer": ("viewer", north, None),
    }
    with clients_of(database, people) as clients:
        plane = read_plane(database)
        places = {"mast": (0.0, 0.0), "near": (300.0, 0.0), "behind": (0.0, 600.0), "away": (0.0, -1300.0)}
        degrees = {key: _degrees(plane, X + x, Y + y) for key, (x, y) in places.items()}
        yield Studied(database, clients, cells, f"/api/coverage/{study}", degrees)


def _degrees(plane: Plane, x: float, y: float) -> tuple[float, float]:
    longitude, latitude = plane.to_degrees(x, y)
    return float(longitude), float(latitude)


def _ground(database: Database, folder: Path) -> None:
    """Flat land of 4 km, with a ridge of 80 m running east 400 m north of the mast."""
    heights = np.full((200, 200), 10.0, dtype=np.float32)
    heights[78:81] = 90.0
    transform = rasterio.Affine(20.0, 0, X - 2000.0, 0, -20.0, Y + 2000.0)
    shape = {"width": 200, "height": 200, "count": 1, "dtype": "float32"}
    with rasterio.open(folder / "dem.tif", "w", driver="GTiff", crs="EPSG:4547", transform=transform, **shape) as file:
        file.write(heights, 1)
    import_terrain(database, folder / "dem.tif", system)


def _fill(database: Database) -> dict[str, str]:
    catalogue = load_catalogue()
    plane = read_plane(database)
    with database.begin() as connection:
        areas = [
            {"id": city, "code": "440300", "name": "示例市", "level": "city", "parent_id": None},
            {"id": north, "code": "440304", "name": "北区", "level": "district", "parent_id": city},
            {"id": south, "code": "440305", "name": "南区", "level": "district", "parent_id": city},
        ]
        connection.execute(insert(tables.area), areas)
        units = [
            {"id": mobile, "name": "移动公司", "kind": "operator"},
            {"id": telecom, "name": "电信公司", "kind": "operator"},
        ]
        connection.execute(insert(tables.unit), units)
        codes = {}
        for key, owner, x in (("mobile", mobile, 0.0), ("telecom", telecom, 200.0)):
            at = _degrees(plane, X + x, Y)
            base = {"owner_id": owner, "area_id": north, "in_service_on": "2021-06-30"}
            place = {"longitude": at[0], "latitude": at[1]}
            station = create_resource(
                connection, catalogue, system, catalogue.kinds["base_station"],
                base | place | {"name": f"{key}站", "form": "macro", "band": "3.5G"},
            )  # fmt: skip
            radio = {"frequency": 3500, "bandwidth": 100, "azimuth": 90, "height": 30, "power": 43}
            for number, azimuth in enumerate((90, 270)):
                codes[f"{key}{number}"] = create_resource(
                    connection, catalogue, system, catalogue.kinds["cell"],
                    base | place | radio | {"name": f"{key}小区{number}", "station": station, "azimuth": azimuth},
                )  # fmt: skip
    return codes


def _compute(database: Database, *, published: bool) -> int:
    parameters = {"resolution": 20.0, "radius": 900.0, "servers": 3, "outdoor_threshold": -95.0}
    with database.begin() as connection:
        made = create_scenario(
            connection, system, kind="coverage", subject="mobile.coverage", name="试算", parameters=parameters
        )
        connection.execute(tables.scenario.update().where(tables.scenario.c.id == made.id).values(published=published))
    run_coverage(database, load_catalogue(), system, made.id)
    return made.id


def _tile(studied: Studied, metric: str, z: int = 15, where: str = "mast", of: str = "", **query: object) -> str:
    x, y = tile_of(*studied.degrees[where], z)
    extra = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{of or studied.study}/tiles/{metric}/{z}/{x}/{y}.png?{extra}"


def _pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def _try(studied: Studied, person: str, cell: str) -> str:
    begun = studied[person].post(f"{studied.study}/sessions", json={"code": studied.cells[cell]})
    assert begun.status_code == 201, begun.text
    return f"/api/coverage/sessions/{begun.json()['session']}"


def test_a_study_says_what_it_shows(studied: Studied) -> None:
    said = studied["city"].get(studied.study).json()
    assert [layer["operator"] for layer in said["layers"]] == ["移动公司", "电信公司"]
    west, low, east, high = said["bounds"]
    assert west < studied.degrees["mast"][0] < east
    assert low < studied.degrees["mast"][1] < high
    assert {"rsrp", "sinr", "hole"} <= set(said["metrics"])
    legends = {one["key"] for one in studied["city"].get("/api/catalogue").json()["metrics"]}
    assert set(said["metrics"]) <= legends


def test_what_was_never_computed_or_is_not_ones_own_is_not_found(studied: Studied) -> None:
    assert studied["city"].get("/api/coverage/999").status_code == 404
    assert studied["anonymous"].get(studied.study).status_code == 401
    assert studied["city"].get(_tile(studied, "nothing")).status_code == 404
    assert studied["city"].get(_tile(studied, "rsrp", layer=9)).status_code == 404


@pytest.mark.parametrize("metric", ["rsrp", "sinr", "throughput", "server", "overlap", "indoor", "hole"])
@pytest.mark.parametrize("z", [9, 13, 15, 18])
def test_every_metric_is_drawn_at_every_zoom(studied: Studied, metric: str, z: int) -> None:
    answer = studied["city"].get(_tile(studied, metric, z))
    assert answer.headers["content-type"] == "image/png"
    assert _pixels(answer.content).shape == (256, 256, 4)


def test_a_tile_is_strong_at_the_mast_and_empty_far_away(studied: Studied) -> None:
    at_mast = _pixels(studied["city"].get(_tile(studied, "rsrp", 17, "near")).content)
    assert (at_mast[..., 3] > 0).mean() > 0.9
    away = _pixels(studied["city"].get(_tile(studied, "rsrp", 17, "away")).content)
    assert not away[..., 3].any()


def test_a_tile_is_sent_once(studied: Studied) -> None:
    first = studied["city"].get(_tile(studied, "rsrp"))
    again = studied["city"].get(_tile(studied, "rsrp"), headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_point_tells_of_its_servers_and_hides_the_names_of_others(studied: Studied) -> None:
    longitude, latitude = studied.degrees["near"]
    query = {"longitude": longitude, "latitude": latitude}
    seen = studied["city"].get(f"{studied.study}/point", params=query).json()
    assert seen["ground"] == pytest.approx(10.0, abs=0.1)
    first, second = seen["layers"]
    assert first["servers"][0]["code"] == studied.cells["mobile0"]
    assert first["rsrp"] == pytest.approx(first["servers"][0]["level"], abs=0.06)
    assert first["sinr"] > 0
    assert first["throughput"] > 50
    rival = studied["rival"].get(f"{studied.study}/point", params=query).json()
    assert rival["layers"][0]["servers"][0] == first["servers"][0] | {"code": None, "name": None}
    assert rival["layers"][1]["servers"] == second["servers"]
    outside = studied["city"].get(f"{studied.study}/point", params=query | {"latitude": 10})
    assert outside.status_code == 422
    assert "范围之外" in outside.json()["detail"]


def test_a_path_over_a_ridge_is_blocked_by_it(studied: Studied) -> None:
    def path(where: str, person: str = "city", cell: str = "mobile0") -> dict[str, object]:
        longitude, latitude = studied.degrees[where]
        query = {"cell": studied.cells[cell], "longitude": longitude, "latitude": latitude}
        answer = studied[person].get(f"{studied.study}/profile", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    clear, blocked = path("near"), path("behind")
    assert (clear["line_of_sight"], clear["obstacles"]) == (True, [])
    assert clear["distance"] == pytest.approx(300.0, abs=1.0)
    assert not blocked["line_of_sight"]
    assert blocked["loss"] > clear["loss"] + 15  # type: ignore[operator]
    ridge = blocked["obstacles"][0]  # type: ignore[index]
    assert ridge["distance"] == pytest.approx(430.0, abs=45.0)
    assert ridge["height"] == pytest.approx(90.0, abs=1.0)
    lengths = {len(each) for each in blocked["points"].values()}  # type: ignore[attr-defined]
    assert len(lengths) == 1
    longitude, latitude = studied.degrees["near"]
    query = {"cell": studied.cells["telecom0"], "longitude": longitude, "latitude": latitude}
    assert studied["operator"].get(f"{studied.study}/profile", params=query).status_code == 404


def test_cells_in_a_box_are_those_one_may_see(studied: Studied) -> None:
    assert studied["city"].get(f"{studied.study}/cells").json()["total"] == 4
    mine = studied["operator"].get(f"{studied.study}/cells").json()
    assert {one["properties"]["operator_id"] for one in mine["features"]} == {mobile}
    assert studied["city"].get(f"{studied.study}/cells", params={"bbox": "1,1,2,2"}).json()["total"] == 0
    assert studied["city"].get(f"{studied.study}/cells", params={"layer": 1}).json()["total"] == 2


def test_an_operator_tries_its_own_cells_and_no_others(studied: Studied) -> None:
    own = studied["operator"].get(f"{studied.study}/cells/{studied.cells['mobile0']}").json()
    assert own["may_write"]
    assert own["values"]["power"] == pytest.approx(43.0)
    session = _try(studied, "operator", "mobile0")
    cells = f"{session}/cells"
    assert studied["operator"].patch(f"{cells}/{studied.cells['telecom0']}", json={"azimuth": 1}).status_code == 404
    assert studied["rival"].patch(f"{cells}/{studied.cells['telecom0']}", json={"azimuth": 1}).status_code == 404
    wrong = studied["operator"].patch(f"{cells}/{studied.cells['mobile0']}", json={"azimuth": 400})
    assert wrong.status_code == 422
    assert "0 至 360" in wrong.text
    assert studied["viewer"].post(f"{studied.study}/sessions", json={}).status_code == 403


def test_less_power_loses_coverage_on_the_map_and_nothing_in_the_register(studied: Studied) -> None:
    person, code = studied["operator"], studied.cells["mobile0"]
    session = _try(studied, "operator", "mobile0")
    before = person.get(_tile(studied, "rsrp", 15, layer=0)).content
    effect = person.patch(f"{session}/cells/{code}", json={"power": 13}).json()
    assert effect["lost_km2"] > 0.05
    assert effect["gained_km2"] == 0
    assert (effect["cells"], effect["version"]) == (1, 1)
    assert person.get(_tile(studied, "rsrp", 15, of=session, layer=0)).content != before
    assert person.get(_tile(studied, "rsrp", 15, layer=0)).content == before
    flips = _pixels(person.get(_tile(studied, "change", 15, of=session, layer=0)).content)
    lost = np.array([*RED.to_bytes(3, "big"), 255])
    assert (flips == lost).all(axis=-1).any()
    back = person.patch(f"{session}/cells/{code}", json={"power": 43}).json()
    assert (back["lost_km2"], back["cells"]) == (0, 0)
    assert person.get(f"/api/resources/{code}").json()["version"] == 1
    assert person.delete(session).status_code == 204
    gone = person.patch(f"{session}/cells/{code}", json={"power": 40})
    assert gone.status_code == 404
    assert "已结束" in gone.json()["detail"]


def test_a_moved_mast_takes_its_cells_and_what_was_tried_is_written_once(studied: Studied) -> None:
    person, code = studied["city"], studied.cells["telecom0"]
    session, rival = _try(studied, "city", "telecom0"), _try(studied, "rival", "telecom0")
    longitude, latitude = studied.degrees["mast"]
    moved = person.patch(f"{session}/cells/{code}", json={"longitude": longitude, "azimuth": 10}).json()
    assert moved["cells"] == 2
    point = {"longitude": longitude, "latitude": latitude, "session": session.rsplit("/", 1)[1]}
    assert person.get(f"{studied.study}/point", params=point).status_code == 200
    assert studied["rival"].patch(f"{rival}/cells/{code}", json={"azimuth": 20}).status_code == 200
    tried = [person.get(_tile(studied, key, 14, of=session, layer=1)).content for key in ("rsrp", "sinr", "server")]
    written = person.post(f"{session}/apply")
    assert written.status_code == 200, written.text
    assert set(written.json()["changed"]) == {studied.cells["telecom0"], studied.cells["telecom1"]}
    record = person.get(f"/api/resources/{code}").json()
    assert record["attributes"]["azimuth"] == pytest.approx(10)
    assert record["longitude"] == pytest.approx(longitude, abs=1e-6)
    station = person.get(f"/api/resources/{record['attributes']['station']}").json()
    assert station["longitude"] == pytest.approx(longitude, abs=1e-6)
    anew = f"/api/coverage/{_compute(studied.database, published=False)}"
    computed = [person.get(_tile(studied, key, 14, of=anew, layer=1)).content for key in ("rsrp", "sinr", "server")]
    assert computed == tried, "a try is what the whole city computed anew gives"
    late = studied["rival"].post(f"{rival}/apply")
    assert late.status_code == 409
    assert record["version"] == person.get(f"/api/resources/{code}").json()["version"]
    stale = _try(studied, "rival", "telecom0")
    again = studied["rival"].patch(f"{stale}/cells/{code}", json={"azimuth": 30})
    assert again.status_code == 409
    assert "重新计算" in again.json()["detail"]


def test_only_the_newest_sessions_are_kept() -> None:
    grid = {"epsg": 4547, "west": 0, "north": 0, "resolution": 10, "rows": 3, "columns": 3, "layers": []}
    opened = OpenStudy(None, None, Study(Path("none"), grid | {"version": "a", "parameters": {}}))  # type: ignore[arg-type]
    sessions = Sessions(most=2)
    person, other = Principal("甲", "city", 1), Principal("乙", "city", 2)
    first, second = sessions.begin(person, opened), sessions.begin(person, opened)
    sessions.get(person, first)
    third = sessions.begin(person, opened)
    with pytest.raises(SessionGone):
        sessions.get(person, second)
    with pytest.raises(SessionGone):
        sessions.get(other, third)
    sessions.end(other, third)
    assert sessions.get(person, third) is not sessions.get(person, first)


def test_the_usual_parameters_are_there_for_a_new_study(studied: Studied) -> None:
    assert studied["viewer"].get("/api/coverage/parameters").json()["outdoor_threshold"] == -105.0
