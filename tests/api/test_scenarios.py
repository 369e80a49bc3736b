"""Scenarios over HTTP: whose they are, two editors at once, files that go with them."""

from __future__ import annotations

from qipan.core.scenarios import scenario_folder

from .conftest import Office, north, south

new = {"kind": "coverage", "subject": "mobile.coverage", "name": "现状覆盖", "parameters": {"resolution": 20}}


def test_a_scenario_is_made_changed_copied_and_deleted(office: Office) -> None:
    made = office["city"].post("/api/scenarios", json=new).json()
    assert (made["state"], made["parameters"], made["summary"]) == ("draft", {"resolution": 20}, None)
    address = f"/api/scenarios/{made['id']}"
    changed = office["city"].patch(address, json={"name": "覆盖", "version": made["version"]}).json()
    assert (changed["name"], changed["parameters"]) == ("覆盖", {"resolution": 20})
    assert office["city"].patch(address, json={"name": "迟了", "version": made["version"]}).status_code == 409
    copied = office["city"].post(f"{address}/copy", json={"name": "副本"}).json()
    assert copied["based_on_id"] == made["id"]
    assert office["city"].delete(address).status_code == 400
    folder = scenario_folder(office.database, copied["id"])
    folder.mkdir(parents=True)
    assert office["city"].delete(f"/api/scenarios/{copied['id']}").status_code == 204
    assert not folder.exists()
    listed = office["city"].get("/api/scenarios", params={"kind": "coverage"}).json()
    assert [one["id"] for one in listed] == [made["id"]]
    assert "summary" not in listed[0]


def test_each_sees_and_changes_their_own(office: Office) -> None:
    made = office["district"].post("/api/scenarios", json=new | {"area_id": north}).json()
    assert office["district"].post("/api/scenarios", json=new | {"area_id": south}).status_code == 403
    assert office["viewer"].post("/api/scenarios", json=new | {"area_id": north}).status_code == 403
    assert office["operator"].get(f"/api/scenarios/{made['id']}").status_code == 404
    assert office["operator"].post(f"/api/scenarios/{made['id']}/compute").status_code == 404
    assert office["viewer"].post(f"/api/scenarios/{made['id']}/compute").status_code == 403
    assert office["city"].post("/api/scenarios", json=new | {"kind": "other"}).status_code == 422
