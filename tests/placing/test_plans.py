"""A build plan of stations: budgets, targets, reasons, proof, radio's own recompute; and what cannot be met."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import select, update

from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import InvalidRecord, NotFound
from qipan.core.jobs import Progress
from qipan.core.placing import (
    CandidateProblem,
    ConditionsClash,
    DemandProblem,
    NothingToPlace,
    open_plan,
    read_lines,
    read_sites,
    read_table,
)
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import open_study

from .conftest import City


@pytest.fixture(scope="module")
def summary(computed_city) -> dict:
    from qipan.core.database import open_database

    database = open_database(computed_city / "qipan.db")
    with database.connect() as connection:
        found = read_scenario(connection, system, 2).summary
    database.close()
    return found


def test_the_gap_is_closed_within_the_money_and_the_bound(summary: dict) -> None:
    assert summary["verdict"] == {"holds": True, "broken": []}
    assert summary["objective"] <= summary["bound"]
    assert all(one["met"] for one in summary["targets"]), summary["targets"]
    spent = np.cumsum([one["spent"] for one in summary["years"]])
    assert (spent <= np.cumsum([one["budget"] for one in summary["years"]]) + 1.0).all()
    covered = [one["covered"] for one in summary["years"]]
    assert covered == sorted(covered)
    assert sum(one["sites"] for one in summary["years"]) == summary["sites"]
    for layer in summary["layers"]:
        assert 0 <= layer["before"] <= layer["after"] <= layer["total"] * (1 + 1e-9)


def test_every_site_says_why_and_what_it_costs(city: City, summary: dict) -> None:
    sites, lines = read_sites(city.folder(2)), read_lines(city.folder(2)).to_pylist()
    for site in sites.to_pylist():
        mine = [one["amount"] for one in lines if one["site"] == site["site"] and not one["yearly"]]
        assert sum(mine) == pytest.approx(site["capital"], abs=0.01)
        assert site["reason"].startswith(("新服务", "不增加覆盖"))
    assert sum(sites["capital"].to_pylist()) == pytest.approx(summary["capital"], abs=0.1)
    loaded = open_plan(city.folder(2))
    weight = np.array(loaded.plan["importance"]) @ loaded.demand.weights
    standing = float(weight @ loaded.reach.best([loaded.reach.candidates - 1]))
    assert sum(sites["newly_covered"].to_pylist()) == pytest.approx(summary["objective"] - standing, rel=1e-6)
    assert all(site["alone"] <= site["newly_covered"] + 1e-6 for site in sites.to_pylist())


def test_the_bill_multiplies_and_adds_up_to_the_cent(city: City, summary: dict) -> None:
    sites, lines = read_sites(city.folder(2)).to_pylist(), read_lines(city.folder(2)).to_pylist()
    cents = {False: 0, True: 0}
    for one in lines:
        assert one["amount"] == round(one["quantity"] * one["price"], 2), one
        cents[one["yearly"]] += round(one["amount"] * 100)
    for yearly, column in ((False, "capital"), (True, "yearly")):
        assert cents[yearly] == sum(round(one[column] * 100) for one in sites) == round(summary[column] * 100)
        assert cents[yearly] == sum(round(one["amount"] * 100) for one in summary["lines"] if one["yearly"] is yearly)


def test_progress_goes_forward_and_not_too_often(city: City) -> None:
    told: list[tuple[float, float]] = []
    progress = Progress(lambda share, _stage: told.append((time.monotonic(), share)))
    city.compute(city.plan(budgets=[4e5])[0], progress)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(told) <= 40 + 20 * (told[-1][0] - told[0][0])


def test_radio_recomputes_what_the_study_found_and_what_the_plan_adds(city: City, summary: dict) -> None:
    with city.database.connect() as connection:
        study = read_scenario(connection, system, 1).summary
    known = {(one["area_id"], one["operator_id"]): one for one in study["areas"]}
    for one in summary["coverage"]["before"]:
        for share in ("outdoor_area", "indoor_area", "population", "population_indoor"):
            assert one[share] == pytest.approx(known[one["area_id"], one["operator_id"]][share], abs=2e-6)
    gained = 0.0
    for one, other in zip(summary["coverage"]["before"], summary["coverage"]["after"], strict=True):
        assert other["outdoor_area"] >= one["outdoor_area"]
        gained += other["outdoor_area"] - one["outdoor_area"]
    assert gained > 0


def test_footprints_follow_the_ground_and_not_a_circle(city: City) -> None:
    loaded = open_plan(city.folder(2))
    resolution = open_study(city.database, 1).grid.resolution
    ragged = 0
    for row in np.flatnonzero(np.diff(loaded.reach.start[:-1]) > 30)[:40]:
        demand = loaded.reach.demand[loaded.reach.start[row] : loaded.reach.start[row + 1]]
        everywhere = np.hypot(loaded.demand.x - loaded.candidates.x[row], loaded.demand.y - loaded.candidates.y[row])
        away = everywhere[demand]
        mine = loaded.demand.owner_id == loaded.candidates.owner_id[row]
        inside = mine & (everywhere <= np.quantile(away, 0.9))
        ragged += inside.sum() > 1.05 * len(demand)
        assert away.max() <= 700.0 + 3 * resolution
    assert ragged > 0


def test_power_reward_and_cells(city: City, summary: dict) -> None:
    power, reward = summary["power"], summary["reward"]
    assert power["share_after"] <= 0.05
    known = power["stations"] + summary["sites"]
    assert (power["resold"] - power["conversions"] + 1) / known > 0.05 or power["conversions"] == 0
    conversions = read_table(city.folder(2), "conversions")
    assert conversions.num_rows == power["conversions"]
    saved = sum(conversions["saved_per_year"].to_pylist())
    assert saved == pytest.approx(power["saved_per_year"], abs=0.01 * (1 + known))
    assert reward["amount"] == 5000 * summary["sites"]
    assert sum(one["amount"] for one in reward["tiers"]) == pytest.approx(reward["amount"])
    cells = read_table(city.folder(2), "cells").to_pylist()
    sites = {one["site"]: one for one in read_sites(city.folder(2)).to_pylist()}
    assert {one["site"] for one in cells} == {number for number, one in sites.items() if one["source"] != "indoor"}
    assert all(json.loads(one["attributes"])["power_supply"] == "direct" for one in sites.values())


def test_the_same_seed_gives_the_same_plan_and_more_money_covers_more(city: City) -> None:
    one, first = city.plan(budgets=[3e6])
    other, again = city.plan(budgets=[3e6])
    assert read_sites(city.folder(one)).equals(read_sites(city.folder(other)))
    assert first["objective"] == again["objective"]
    covered = [one["covered"] for one in first["sensitivity"]]
    bounds = [one["bound"] for one in first["sensitivity"]]
    assert all(low <= high * 1.02 for low, high in pairwise(covered))
    assert all(value <= bound + 1e-6 for value, bound in zip(covered, bounds, strict=True))


def test_pins_hold_and_the_unknown_is_named(city: City) -> None:
    loaded = open_plan(city.folder(2))
    chosen = {str(loaded.candidates.key[row]) for row in loaded.plan["chosen"]}
    free = next(str(key) for key in loaded.candidates.key if str(key) not in chosen)
    gone = sorted(chosen)[0]
    number, made = city.plan(pins={free: "mandatory", gone: "forbidden"})
    sites = read_sites(city.folder(number)).to_pylist()
    keys = {one["candidate"] for one in sites}
    assert free in keys
    assert gone not in keys
    assert next(one for one in sites if one["candidate"] == free)["reason"].startswith("指定必选")
    assert made["verdict"]["holds"]
    with pytest.raises(ConditionsClash, match="tower:nowhere:1"):
        city.plan(pins={"tower:nowhere:1": "mandatory"})


def test_a_district_and_an_operator_of_its_own(city: City) -> None:
    with city.database.connect() as connection:
        areas = tables.area.c
        district = connection.execute(select(areas.id).where(areas.name == "宝安区")).scalar_one()
        owner = connection.execute(select(tables.unit.c.id).where(tables.unit.c.kind == "operator")).scalars().first()
    number, made = city.plan(area_id=district, owner_id=owner, budgets=[1.5e6])
    sites = read_sites(city.folder(number)).to_pylist()
    assert {(one["district_id"], one["owner_id"]) for one in sites} == {(district, owner)}
    assert {one["area_id"] for one in made["by_district"]} == {district}


def clash(city: City, **parameters: object) -> ConditionsClash:
    with pytest.raises(ConditionsClash) as raised:
        city.plan(**parameters)
    assert raised.value.problems
    return raised.value


def test_what_cannot_be_met_is_said_with_names(city: City) -> None:
    with city.database.connect() as connection:
        district = connection.execute(select(tables.area.c.id).where(tables.area.c.name == "福田区")).scalar_one()
    assert "福田区" in str(clash(city, minimum_sites=[{"area_id": district, "sites": 5000}]))
    assert "预算合计 1.00 万元" in str(clash(city, budgets=[1e4], sites=8))
    loaded = open_plan(city.folder(2))
    one = loaded.candidates
    mine = np.flatnonzero((one.owner_id == one.owner_id[0]) & (one.source == one.source[0]))
    near = mine[np.argsort(np.hypot(one.x[mine] - one.x[mine[0]], one.y[mine] - one.y[mine[0]]))]
    pins = {str(one.key[row]): "mandatory" for row in near[:2]}
    said = str(clash(city, pins=pins, spacing=5000.0, sites=1))
    assert "间距不足 5000 米" in said
    assert all(key in said for key in pins)


def test_money_short_of_the_targets_gives_the_best_plan_and_says_so(city: City) -> None:
    _, made = city.plan(budgets=[6e5])
    assert made["capital"] <= 6e5
    assert any("不足以补足全部目标" in one for one in made["notes"])
    assert not all(one["met"] for one in made["targets"])


def test_a_least_share_of_a_district_is_met(city: City) -> None:
    with city.database.connect() as connection:
        district = connection.execute(select(tables.area.c.id).where(tables.area.c.name == "宝安区")).scalar_one()
    _, made = city.plan(minimum_covered=[{"area_id": district, "share": 0.6}])
    row = next(one for one in made["by_district"] if one["area_id"] == district)
    assert row["weight_covered"] >= 0.6 * row["weight"] * 0.98
    assert made["verdict"]["holds"]


def test_bad_input_is_named_and_the_earlier_result_stays(city: City) -> None:
    resource = tables.resource.c
    with city.database.begin() as connection:
        uncovered = select(resource.id, resource.code).where(resource.kind == "VENU")
        rows = connection.execute(uncovered).all()
        connection.execute(update(tables.resource).where(resource.kind == "VENU").values(longitude=None))
    with pytest.raises(DemandProblem) as raised:
        city.plan(sources=["tower", "pole"])
    assert raised.value.problems[0].field in {row.code for row in rows}
    with city.database.begin() as connection:
        connection.execute(
            update(tables.resource).where(resource.kind == "VENU").values(longitude=114.05, latitude=22.6)
        )
        connection.execute(update(tables.resource).where(resource.kind == "DUCT").values(state=5))
    with pytest.raises(CandidateProblem, match="算不出造价") as told:
        city.plan()
    assert told.value.problems


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"budgets": [-1]}, "budgets"),
        ({"effort": "很用力"}, "quick"),
        ({"nonsense": 1}, "nonsense"),
        ({"pins": {"a": "maybe"}}, "mandatory"),
        ({"moves": {"a": {"longitude": 999, "latitude": 0}}}, "longitude"),
        ({"target_year": "明年"}, "target_year"),
        ({"sites": 0}, "sites"),
    ],
)
def test_parameters_are_checked_field_by_field(city: City, parameters: dict, words: str) -> None:
    with pytest.raises(InvalidRecord, match=words):
        city.plan(**parameters)


def test_what_is_missing_is_said(city: City) -> None:
    with pytest.raises(NotFound, match=r"mobile\.base_station"):
        city.plan("no.such")
    with pytest.raises(CandidateProblem, match="tower、pole"):
        city.plan(sources=["月球"])
    with pytest.raises(NotFound, match="99"):
        city.plan(coverage_id=99)
    with city.database.begin() as connection:
        connection.execute(update(tables.scenario).where(tables.scenario.c.id == 1).values(summary=None))
    with pytest.raises(NothingToPlace, match="现状覆盖"):
        city.plan()
