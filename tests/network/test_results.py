"""Neighbours, identities, capacity and sharing on a town small enough to check by hand."""

from __future__ import annotations

import csv
from datetime import date

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from scipy import sparse
from sqlalchemy import func, select

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.errors import AccessDenied, Conflict, InvalidRecord, NotFound
from qipan.core.history import history_of, open_change_set
from qipan.core.links import replace_links
from qipan.core.resources import change_resource, delete_resource, links_of, read_resource
from qipan.core.scenarios import read_scenario, update_scenario
from qipan.domains.mobile.coverage import StudyMissing, open_study, run_coverage
from qipan.domains.mobile.network import (
    CapacityParameters,
    NeighbourParameters,
    NetworkMissing,
    NothingToPlan,
    Page,
    PciParameters,
    SharingParameters,
    apply_neighbours,
    apply_pci,
    list_conflicts,
    list_rows,
    named_rows,
    read_facts,
    run_capacity,
    run_neighbours,
    run_pci,
    run_sharing,
    write_rows,
)
from qipan.domains.mobile.network.relations import registered_relations, with_registered
from qipan.engines.radio import check_pci
from tests.coverage.town import district_user, mobile, operator_user, telecom

viewer = Principal("看", "viewer", 9, owner_ids=frozenset({mobile}))


def pairs(rows):
    return {(one["code"], one["neighbour"]) for one in rows.to_pylist() if one["same_carrier"]}


def test_cells_of_a_site_are_neighbours_and_lists_are_mutual(planned, study):
    town, number = planned
    facts = run_neighbours(town.database, town.catalogue, system, number)
    rows = named_rows(study, system, "neighbours")
    found = pairs(rows)
    assert (town.codes["移动0"], town.codes["移动1"]) in found
    assert all((other, cell) in found for cell, other in found)
    assert facts["relations"] == rows.num_rows
    assert facts["cells"] == len(study.cells["code"])
    assert sum(one["cells"] for one in facts["counts"]) == facts["cells"]
    layer_of = dict(zip(study.cells["code"], study.cells["layer"], strict=True))
    assert all(layer_of[cell] == layer_of[other] for cell, other in found)


def test_overlap_is_what_the_map_shows(planned, study):
    """The weight of a pair is the ground on which the other cell lies within the window of the best."""
    town, number = planned
    run_neighbours(town.database, town.catalogue, system, number, NeighbourParameters(between=False, limit=100))
    code = list(study.cells["code"])
    layer = next(one for one in study.layers if one.operator_id == mobile and one.frequency == 3450.0)
    levels, servers = np.asarray(study.levels(layer.number)), np.asarray(study.servers(layer.number))
    wanted: dict[tuple[str, str], float] = {}
    near = (levels[..., 1:] >= levels[..., :1] - 6.0) & (levels[..., :1] >= -105.0) & (servers[..., 1:] >= 0)
    for row, column, rank in np.argwhere(near & (levels[..., 1:] >= -105.0)):
        pair = code[servers[row, column, 0]], code[servers[row, column, rank + 1]]
        wanted[pair] = wanted.get(pair, 0.0) + 0.0004
    got = {
        (one["code"], one["neighbour"]): one["weight"] for one in named_rows(study, system, "neighbours").to_pylist()
    }
    assert wanted
    assert {pair: got[pair] for pair in wanted} == pytest.approx(wanted, abs=1e-5)


def test_an_operator_sees_its_own_lists_alone(planned, study):
    town, number = planned
    with town.database.begin() as connection:
        update_scenario(connection, system, number, {"published": True})
    run_neighbours(town.database, town.catalogue, operator_user, number)
    found = named_rows(study, operator_user, "neighbours").to_pylist()
    owners = dict(zip(study.cells["code"], study.cells["operator_id"], strict=True))
    assert found
    assert {owners[one["code"]] for one in found} == {telecom}


def test_lists_are_written_to_files(planned, study, tmp_path):
    town, number = planned
    run_neighbours(town.database, town.catalogue, system, number)
    count = write_rows(study, system, "neighbours", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig") as file:
        read = list(csv.DictReader(file))
    assert len(read) == count
    assert read[0].keys() >= {"小区编码", "邻区编码", "重叠", "原因"}
    write_rows(study, system, "neighbours", tmp_path / "a.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert len(sheet) == count + 1
    with pytest.raises(NotFound, match="不能导出为 pdf"):
        write_rows(study, system, "neighbours", tmp_path / "a.pdf")


def test_identities_end_without_collision_or_confusion(planned, study):
    town, number = planned
    facts = run_pci(town.database, town.catalogue, system, number)
    assert facts["before"]["collisions"] > 0
    assert facts["after"]["collisions"] == facts["after"]["confusions"] == 0
    assert facts["missing"] == 6
    assert {one["kind"] for one in list_conflicts(study, system, "before")} >= {"collision"}
    assert list_conflicts(study, system, "after") == []
    changed = list_rows(study, system, "pci", Page(only=True))
    assert changed["total"] == facts["changed"]
    assert all(one["before"] != one["after"] for one in changed["items"])


def test_cells_that_are_kept_keep_their_identity(planned, study):
    town, number = planned
    kept = (town.codes["移动增0-0"], town.codes["移动增0-180"])
    run_pci(town.database, town.catalogue, system, number, PciParameters(keep=kept[:1], lowest=100, highest=200))
    after = {one["code"]: one["after"] for one in named_rows(study, system, "pci").to_pylist()}
    assert after[kept[0]] == 7
    assert all(100 <= value <= 200 for code, value in after.items() if code != kept[0])


def test_only_cells_in_conflict_are_changed(planned, study):
    town, number = planned
    facts = run_pci(town.database, town.catalogue, system, number, PciParameters(scope="conflicts"))
    assert facts["after"]["collisions"] == 0
    codes = {one["code"] for one in list_rows(study, system, "pci", Page(only=True))["items"]}
    assert codes <= {town.codes[label] for label in town.codes if label[:2] in ("移动", "电信", "南0", "室分")}


def test_an_operator_plans_its_own_cells_alone(planned, study):
    town, number = planned
    with town.database.begin() as connection:
        update_scenario(connection, system, number, {"published": True})
    facts = run_pci(town.database, town.catalogue, operator_user, number)
    rows = named_rows(study, operator_user, "pci").to_pylist()
    assert facts["planned"] == len(rows) == 3
    with pytest.raises(AccessDenied):
        run_pci(town.database, town.catalogue, viewer, number)
    with pytest.raises(NothingToPlan, match="没有您可修改的小区"):
        run_pci(town.database, town.catalogue, operator_user, number, PciParameters(operator_ids=(mobile,)))


def test_a_plan_is_written_as_one_change_set(fresh):
    town, number = fresh
    facts = run_pci(town.database, town.catalogue, system, number)
    sets = select(func.count()).select_from(tables.change_set)
    with town.database.begin() as connection:
        before = connection.execute(sets).scalar_one()
        told = apply_pci(connection, town.catalogue, system, town.database, number)
        assert connection.execute(sets).scalar_one() == before + 1
    assert told["changed"] == facts["changed"]
    with town.database.connect() as connection:
        cell = read_resource(connection, town.catalogue, system, town.codes["移动增0-180"])
        (latest, *_) = history_of(connection, "resource", cell["id"])
    assert cell["version"] == 2
    assert latest.after == {
        "attributes.physical_cell_identity": cell["attributes"]["physical_cell_identity"],
        "version": 2,
    }
    assert latest.before == {"attributes.physical_cell_identity": 7, "version": 1}
    again = run_pci(town.database, town.catalogue, system, number, PciParameters(scope="all"))
    assert again["before"]["collisions"] == again["before"]["confusions"] == again["missing"] == 0
    with pytest.raises(NothingToPlan, match="没有冲突的小区"):
        run_pci(town.database, town.catalogue, system, number, PciParameters(scope="conflicts"))


def test_a_plan_is_not_written_over_what_someone_changed(fresh):
    town, number = fresh
    run_pci(town.database, town.catalogue, system, number)
    code = town.codes["移动0"]
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"power": 50.0}, 1)
    with town.database.begin() as connection, pytest.raises(Conflict, match="1 个资源已被他人修改"):
        apply_pci(connection, town.catalogue, system, town.database, number)
    with town.database.begin() as connection:
        other = apply_pci(connection, town.catalogue, system, town.database, number, [town.codes["移动1"]])
        assert other["changed"] == 1
        cell = read_resource(connection, town.catalogue, system, code)
    assert "physical_cell_identity" not in cell["attributes"]


def test_demand_is_carried_or_told_of(planned, study):
    town, number = planned
    facts = run_capacity(town.database, town.catalogue, system, number)
    people = float(np.asarray(study.population).sum())
    a_person = 0.4 * 20 * 8e9 * 0.9 / 30 * 0.07 / 3600
    assert facts["asked"] == pytest.approx(people * a_person / 1e6, rel=1e-3)
    carried = sum(one["demand"] for one in facts["operators"])
    assert carried + facts["unreached"] == pytest.approx(facts["asked"], rel=1e-3)
    assert facts["shares_from"] == "equal"
    assert {one["name"] for one in facts["districts"]} == {"北区", "南区"}


def test_more_demand_overloads_cells_and_asks_for_carriers(planned, study):
    town, number = planned
    quiet = run_capacity(town.database, town.catalogue, system, number, CapacityParameters(gigabytes=1.0))
    loud = run_capacity(town.database, town.catalogue, system, number, CapacityParameters(gigabytes=500.0))
    assert quiet["overloaded"] == 0
    assert loud["overloaded"] > 0
    assert loud["carriers"] > 0
    rows = list_rows(study, system, "capacity", Page(only=True))["items"]
    assert len(rows) == loud["overloaded"]
    assert all(one["load"] > 0.7 >= one["load_after"] for one in rows)
    assert [one["load"] for one in rows] == sorted((one["load"] for one in rows), reverse=True)


def test_demand_follows_the_shares_of_operators(planned):
    town, number = planned
    asked = CapacityParameters(shares={mobile: 3.0, telecom: 1.0})
    facts = run_capacity(town.database, town.catalogue, system, number, asked)
    assert [one["share"] for one in facts["operators"]] == [0.75, 0.25]
    with pytest.raises(InvalidRecord, match="应为研究中运营商"):
        run_capacity(town.database, town.catalogue, system, number, CapacityParameters(shares={77: 1.0}))


def test_sharing_agrees_with_the_summary_of_the_study(planned):
    town, number = planned
    facts = run_sharing(town.database, town.catalogue, system, number)
    with town.database.connect() as connection:
        summary = read_scenario(connection, system, number).summary
    said = {(one["area_id"], one["operator_id"]): one for one in summary["areas"]}
    for area in facts["areas"]:
        place = area["area_id"] or 1
        for key in ("outdoor_area", "population", "population_indoor"):
            assert area["shared"][key] == said[place, None][key]
            for one in area["operators"]:
                assert one["alone"][key] == said[place, one["operator_id"]][key]
                if area["shared"][key] is not None:
                    assert one["gain"][key] == pytest.approx(area["shared"][key] - one["alone"][key], abs=2e-6)


def test_sharing_takes_two_operators(planned):
    town, number = planned
    with pytest.raises(NothingToPlan, match="至少选择两家"):
        run_sharing(town.database, town.catalogue, system, number, SharingParameters((mobile,)))
    with pytest.raises(NothingToPlan, match="运营商 77 在研究中没有公网小区"):
        run_sharing(town.database, town.catalogue, system, number, SharingParameters((mobile, 77)))


def test_structures_are_listed_by_what_they_add(planned, study):
    town, number = planned
    run_sharing(town.database, town.catalogue, system, number)
    rows = named_rows(study, system, "sharing").to_pylist()
    assert {one["code"] for one in rows} <= {town.codes["塔"]}
    assert [one["residents"] for one in rows] == sorted((one["residents"] for one in rows), reverse=True)


def test_results_end_with_their_study(fresh):
    town, number = fresh
    run_capacity(town.database, town.catalogue, system, number)
    run_coverage(town.database, town.catalogue, system, number)
    study = open_study(town.database, number)
    for what in ("neighbours", "capacity"):
        with pytest.raises(NetworkMissing, match="还没有"):
            read_facts(study, system, what)
    with pytest.raises(StudyMissing):
        run_capacity(town.database, town.catalogue, system, town.study("空"))
    with pytest.raises(NotFound):
        run_capacity(town.database, town.catalogue, district_user, number)


def relations(town):
    with town.database.connect() as connection:
        open_links = tables.link.c.valid_to.is_(None) & (tables.link.c.kind == "neighbour")
        rows = connection.execute(select(tables.link.c.from_id, tables.link.c.to_id).where(open_links))
        return {tuple(row) for row in rows}


def applied(town, number, principal=system, codes=None):
    with town.database.begin() as connection:
        return apply_neighbours(connection, town.catalogue, principal, town.database, number, codes)


def test_planned_lists_become_links_of_the_register_and_are_read_back(fresh):
    town, number = fresh
    study = open_study(town.database, number)
    first = run_neighbours(town.database, town.catalogue, system, number)
    assert (first["registered"], first["new"], first["gone"]) == (0, first["relations"], 0)
    done = applied(town, number)
    assert (done["begun"], done["ended"]) == (first["relations"], 0)
    ids = dict(zip(study.cells["code"], study.cells["resource_id"].tolist(), strict=True))
    rows = named_rows(study, system, "neighbours").to_pylist()
    assert relations(town) == {(ids[one["code"]], ids[one["neighbour"]]) for one in rows}
    with pytest.raises(NothingToPlan, match="规划与登记一致"):
        applied(town, number)
    again = run_neighbours(town.database, town.catalogue, system, number)
    assert (again["registered"], again["new"], again["gone"]) == (first["relations"], 0, 0)
    fewer = NeighbourParameters(between=False, limit=1)
    last = run_neighbours(town.database, town.catalogue, system, number, fewer)
    assert last["registered"] == first["relations"]
    assert last["gone"] == first["relations"] - (last["relations"] - last["new"]) > 0
    assert applied(town, number)["ended"] == last["gone"]
    with town.database.connect() as connection:
        shown = links_of(connection, town.catalogue, system, ids[town.codes["移动0"]])
        told = history_of(connection, "resource", ids[town.codes["移动0"]])
    assert {one["kind"] for one in shown if one["valid_to"] is None} >= {"neighbour"}
    assert "links.neighbour" in told[0].before


def test_an_operator_writes_its_own_relations_alone(fresh):
    town, number = fresh
    study = open_study(town.database, number)
    with town.database.begin() as connection:
        update_scenario(connection, system, number, {"published": True})
    run_neighbours(town.database, town.catalogue, operator_user, number)
    assert applied(town, number, operator_user)["begun"] > 0
    owners = dict(zip(study.cells["resource_id"].tolist(), study.cells["operator_id"].tolist(), strict=True))
    assert {owners[source] for source, _ in relations(town)} == {telecom}
    with pytest.raises(AccessDenied):
        applied(town, number, viewer)


def test_a_cell_that_others_hand_over_to_can_still_be_deleted(fresh):
    town, number = fresh
    run_neighbours(town.database, town.catalogue, system, number)
    applied(town, number)
    before = relations(town)
    with town.database.begin() as connection:
        delete_resource(connection, town.catalogue, system, town.codes["移动增1-0"])
    assert relations(town) < before


def test_identities_hold_to_relations_that_the_register_has(fresh):
    """Two cells far apart that one cell lists must not share an identity, though their ground does not overlap."""
    town, number = fresh
    study = open_study(town.database, number)
    layer = study.cells["layer"]
    mine = np.flatnonzero(layer == np.bincount(layer).argmax())[:3]
    ids = study.cells["resource_id"][mine].astype(np.int64)
    apart = sparse.csr_array((len(layer), len(layer)))
    with town.database.begin() as connection:
        change_set = open_change_set(connection, system, "update", "现网邻区")
        wanted = np.array([[ids[0], ids[1]], [ids[0], ids[2]]])
        replace_links(connection, change_set, "neighbour", ids[:1], wanted, date(2023, 6, 30))
        held = registered_relations(connection, study)
    assert {tuple(row) for row in held.tolist()} == {(mine[0], mine[1]), (mine[0], mine[2])}
    lists = with_registered(apart, held)
    assert lists.nnz == 2
    same = np.arange(len(layer))
    same[mine[1]] = same[mine[2]]
    assert len(check_pci(same, lists, layer=layer.astype(np.int64)).confusions) == 1
    assert run_pci(town.database, town.catalogue, system, number)["after"]["confusions"] == 0


def test_relations_are_handed_over_with_channel_and_identity(planned, study, tmp_path):
    town, number = planned
    run_neighbours(town.database, town.catalogue, system, number)
    write_rows(study, system, "neighbours", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    one = next(one for one in rows if one["小区编码"] == town.codes["移动增0-0"])
    assert (one["频点（NR-ARFCN）"], one["PCI"], one["已登记"]) == ("630000", "7", "false")
    assert one["基站编码"] == town.codes["移动增0"]
    assert {one["邻区频点（NR-ARFCN）"] for one in rows} >= {"630000"}
