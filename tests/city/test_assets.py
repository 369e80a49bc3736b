"""What stands in the city: published counts by day, ratios alike at every scale, networks that hold together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from qipan.engines.synthesis import Coded, Reference, all_units, as_of, synthesise
from qipan.engines.synthesis.assets import days_by, spread
from qipan.engines.synthesis.figures import apportion
from qipan.engines.synthesis.geography import to_plane

published_stations = {"2019-12-31": 15_000, "2020-08-14": 46_480, "2021-12-31": 51_000, "2023-06-30": 55_500}


def _in_service(table, day):
    columns = table.columns
    gone = columns["retired_on"] <= np.datetime64(day)
    return (columns["in_service_on"] <= np.datetime64(day)) & ~gone


@pytest.mark.parametrize(("scale", "seed"), [(0.001, 1), (0.005, 2), (0.03, 3)])
def test_stations_in_service_follow_the_published_counts(scale, seed):
    stations = synthesise(scale, seed).tables["base_station"]
    for day, count in published_stations.items():
        assert abs(_in_service(stations, day).sum() - count * scale) <= 1


def test_residents_are_those_of_the_census(city):
    columns = city.tables["district_statistics"].columns
    census = columns["year"] == 2020
    assert columns["residents"][census].sum() == round(17_560_061 * city.scale)
    bao_an = census & (city.tables["district_statistics"].district == 3)
    assert columns["residents"][bao_an] == pytest.approx(4_476_554 * city.scale, abs=1)


def test_ratios_are_alike_at_every_scale():
    def ratios(scale):
        city = synthesise(scale, 5)
        people = round(17_560_061 * scale)
        kinds = ("base_station", "cell", "structure", "pon_port", "distribution_box", "access_point", "terminal")
        return np.array([city.rows(kind) / people for kind in kinds])

    assert ratios(0.01) == pytest.approx(ratios(0.05), rel=0.06)


@pytest.mark.parametrize(("day", "share"), [("2019-12-31", 0.78), ("2021-12-31", 0.93), ("2023-06-30", 0.975)])
def test_homes_passed_give_the_coverage(city, day, share):
    boxes = city.tables["distribution_box"]
    passed = boxes.columns["homes_passed"][_in_service(boxes, day) & boxes.columns["gigabit"]].sum()
    assert passed / round(6_424_556 * city.scale) == pytest.approx(share, abs=0.005)


def test_each_home_is_passed_once_at_most(city):
    boxes = city.tables["distribution_box"]
    assert boxes.columns["homes_passed"].sum() == city.buildings.households.sum()


def test_the_share_of_fast_ports_grows(city):
    ports = city.tables["pon_port"]
    fast = np.isin(ports.coded("technology").codes, [2, 3])
    shares = [fast[_in_service(ports, f"{year}-12-31")].mean() for year in (2018, 2020, 2022)]
    assert shares[0] < shares[1] < shares[2] < 0.6


def test_operators_share_structures(city):
    stations = city.tables["base_station"]
    structure = stations.columns["structure"].rows
    on = structure >= 0
    owner = stations.coded("owner").codes
    pairs = set(zip(structure[on].tolist(), owner[on].tolist(), strict=True))
    assert len(pairs) == on.sum(), "an operator stands twice on one structure"
    counted = np.bincount(structure[on], minlength=city.rows("structure"))
    assert np.array_equal(counted, city.tables["structure"].columns["operators"])
    assert np.mean(counted[counted > 0] > 1) > 0.5


def test_a_macro_station_has_three_cells_a_third_of_a_circle_apart(city):
    stations, cells = city.tables["base_station"], city.tables["cell"]
    form = stations.coded("form")
    counts = np.bincount(cells.columns["station"].rows, minlength=len(stations))
    macro = form.codes == form.values.index("macro")
    assert set(counts[macro]) == {3}
    assert set(counts[~macro]) == {1}
    assert np.array_equal(cells.numbers("height"), stations.numbers("height")[cells.columns["station"].rows])
    azimuths = cells.numbers("azimuth")[np.isin(cells.columns["station"].rows, np.flatnonzero(macro))].reshape(-1, 3)
    apart = np.abs((np.diff(azimuths, axis=1) % 360) - 120)
    assert np.percentile(apart, 95) < 25


def test_antennas_hang_below_the_top_of_their_structure(city):
    stations, structures = city.tables["base_station"], city.tables["structure"]
    rows = stations.columns["structure"].rows
    on = rows >= 0
    assert (stations.numbers("height")[on] <= structures.numbers("height")[rows[on]]).all()


def test_structures_stand_before_their_stations(city):
    stations, structures = city.tables["base_station"], city.tables["structure"]
    rows = stations.columns["structure"].rows
    since = structures.columns["in_service_on"][np.maximum(rows, 0)]
    both = (rows >= 0) & ~np.isnat(stations.columns["in_service_on"])
    assert (since[both] <= stations.columns["in_service_on"][both]).all()


def test_stations_cluster_where_people_live(city):
    district = np.bincount(city.tables["base_station"].district, minlength=11)
    people = city.tables["district_statistics"].columns["residents"][11:22]
    assert np.corrcoef(district, people)[0, 1] > 0.9


def test_poles_stand_25_to_40_metres_apart():
    poles = synthesise(0.02, 1).tables["smart_pole"]
    place = np.column_stack(to_plane(poles.numbers("longitude"), poles.numbers("latitude")))
    nearest = cKDTree(place).query(place, k=2)[0][:, 1]
    assert np.mean((nearest >= 24.5) & (nearest <= 40.5)) > 0.95


def test_ducts_join_manholes_into_one_network_on_each_piece_of_land(city):
    ducts = city.tables["duct_section"]
    start, end = ducts.columns["from_manhole"].rows, ducts.columns["to_manhole"].rows
    count = city.rows("manhole")
    parts = connected_components(coo_matrix((np.ones(len(start)), (start, end)), shape=(count, count)), directed=False)[
        0
    ]
    assert parts <= 2
    holes = city.tables["manhole"]
    ends = np.column_stack([holes.numbers("longitude"), holes.numbers("latitude")])
    lines = ducts.shapes.coordinates.reshape(-1, 2, 2)
    assert np.array_equal(lines[:, 0], ends[start])
    assert np.array_equal(lines[:, 1], ends[end])
    assert (ducts.columns["holes_used"] <= ducts.columns["holes"]).all()


def test_venues_leave_a_gap(city):
    for flag in ("covered_5g", "free_wlan"):
        assert 0.4 < city.tables["venue"].columns[flag].mean() < 0.97
    venues = city.tables["venue"].coded("class")
    assert set(venues.codes) == set(range(len(venues.values)))


def test_access_points_are_in_venues_with_free_wlan(city):
    venue = city.tables["access_point"].columns["venue"].rows
    assert city.tables["venue"].columns["free_wlan"][venue].all()


def test_equipment_is_where_its_room_is_and_of_the_same_owner(city):
    rooms = city.tables["machine_room"]
    for kind in ("olt", "edge_node"):
        table = city.tables[kind]
        rows = table.columns["room"].rows
        assert np.array_equal(table.numbers("longitude"), rooms.numbers("longitude")[rows])
        assert np.array_equal(table.coded("owner").codes, rooms.coded("owner").codes[rows])


def test_roadside_units_stand_by_the_pole_they_name():
    city = synthesise(0.05, 2)
    units, poles = city.tables["roadside_unit"], city.tables["smart_pole"]
    rows = units.columns["pole"].rows
    named = rows >= 0
    one = np.column_stack(to_plane(units.numbers("longitude"), units.numbers("latitude")))[named]
    other = np.column_stack(to_plane(poles.numbers("longitude"), poles.numbers("latitude")))[rows[named]]
    assert named.any()
    assert np.hypot(*(one - other).T).max() < 40.1


def test_steps_follow_each_other_and_nothing_is_in_service_after_today(city):
    for kind in city.kinds:
        for table in city.parts(kind):
            columns = table.columns
            steps = [columns[f"{step}_on"] for step in ("planned", "approved", "building", "in_service", "retired")]
            for before, after in pairwise(steps):
                assert not (before > after).any()
            assert not (columns["in_service_on"] > as_of).any()
            assert not (columns["retired_on"] > as_of).any()
            state = columns["state"]
            reached = np.isnat(columns["in_service_on"])
            assert np.array_equal(reached, state.codes < state.values.index("in_service"))


def test_references_point_at_rows_that_exist(city):
    for kind in city.kinds:
        for table in city.parts(kind):
            for column in table.columns.values():
                if isinstance(column, Reference):
                    assert column.rows.max() < city.rows(column.kind)
                if isinstance(column, Coded):
                    assert column.codes.max() < len(column.values)


def test_owners_are_units_and_no_alias_means_two(city):
    names = [one.name for one in all_units()]
    aliases = [alias for one in all_units() for alias in one.aliases]
    assert len(set(names + aliases)) == len(names + aliases)
    for one in all_units():
        assert not one.parent or one.parent in names[: names.index(one.name)]
    for kind in city.kinds:
        for table in city.parts(kind):
            assert set(table.coded("owner").values) <= set(names)


def test_terminals_come_in_parts_that_do_not_depend_on_each_other():
    terminals = synthesise(0.001, 4).terminals
    first = next(terminals.parts())
    again = next(terminals.parts())
    assert np.array_equal(first.numbers("longitude"), again.numbers("longitude"))
    assert len(first) == terminals.count == 10_000


@given(st.integers(0, 10**6), st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_apportioned_parts_sum_to_the_whole(total, weights):
    parts = apportion(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()
    if sum(weights) > 1e-300:
        assert np.abs(parts - total * (np.array(weights) / sum(weights))).max() <= 1 + 1e-6


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**31))
def test_spread_chooses_as_many_different_places_as_asked(places, count, seed):
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 3000, (2, places))
    rows = spread(x, y, random.exponential(1, places) ** 3, count, random)
    assert len(set(rows.tolist())) == len(rows) == min(count, places)


@given(st.integers(0, 3000), st.integers(0, 2**31))
def test_days_follow_their_milestones(count, seed):
    milestones = (("2020-01-31", 0.1), ("2020-12-31", 0.4), ("2021-06-30", 1.0))
    days = days_by(milestones, count, np.random.default_rng(seed))
    assert len(days) == count
    for day, share in milestones:
        assert (days <= np.datetime64(day)).sum() == round(count * share)
