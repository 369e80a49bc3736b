"""Indicators as of any day, by area and operator, against counts made by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qipan.core.catalogue import load_catalogue
from tests.measuring.conftest import TODAY, YEARS

CATALOGUE = load_catalogue()


def test_counts_as_of_each_day_by_area_and_operator(city):
    city.add_many("base_station", "东一街道", "移动", 3, in_service_on=date(2020, 6, 1), form="macro")
    city.add_many("base_station", "东二街道", "电信", 2, in_service_on=date(2022, 1, 1), form="micro")
    city.add_many("base_station", "西区", "移动", 4, in_service_on=date(2021, 12, 31), form="indoor")
    city.add(
        "base_station", "东一街道", "移动", in_service_on=date(2020, 1, 1), retired_on=date(2021, 6, 30), form="macro"
    )
    found = city.measure("mobile.base_stations", "mobile.base_stations_macro")
    areas, units = city.areas, city.units

    def series(area, owner=None, key="mobile.base_stations"):
        return [value for _, value in found.series(key, areas[area], None if owner is None else units[owner])]

    assert series("city") == [4, 7, 9, 9]
    assert series("东区") == [4, 3, 5, 5]
    assert series("东一街道") == [4, 3, 3, 3]
    assert series("西区") == [0, 4, 4, 4]
    assert series("city", "移动") == [4, 7, 7, 7]
    assert series("东区", "电信") == [0, 0, 2, 2]
    assert series("city", "联通") == [0, 0, 0, 0]
    assert series("city", key="mobile.base_stations_macro") == [4, 3, 3, 3]


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2021, 5, 31), 0), (date(2021, 6, 1), 1), (date(2022, 5, 31), 1), (date(2022, 6, 1), 0)],
)
def test_in_service_from_its_first_day_until_the_day_it_was_retired(city, day, count):
    city.add("smart_pole", "东区", "移动", in_service_on=date(2021, 6, 1), retired_on=date(2022, 6, 1), state="retired")
    assert city.value("poles.smart_poles", day=day).value == count


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"state": "in_service"}, 1),  # in service, nobody knows since when
        ({"state": "retired"}, 0),  # retired, nobody knows when
        ({"state": "planned", "in_service_on": date(2020, 1, 1)}, 0),  # a planned day is not service
        ({"state": "building", "building_on": date(2022, 1, 1)}, 0),
        ({"state": "in_service", "in_service_on": date(1850, 1, 1)}, 1),
        ({"state": "retired", "in_service_on": date(2020, 1, 1), "retired_on": date(2024, 1, 1)}, 1),
    ],
)
def test_days_that_are_missing_or_only_planned(lone_city, fields, count):
    lone_city.add("smart_pole", "东区", "移动", **fields)
    assert lone_city.value("poles.smart_poles").value == count


def test_another_state_as_of_a_day(lone_city):
    lone_city.add("base_station", "东区", "移动", building_on=date(2021, 3, 1), in_service_on=date(2022, 3, 1))
    lone_city.add("base_station", "东区", "移动", building_on=date(2023, 3, 1), state="building")
    key = "mobile.base_stations_building"
    found = [lone_city.value(key, day=day).value for day in (date(2021, 2, 28), *YEARS)]
    assert found == [0, 0, 1, 0, 1]


def test_a_kind_the_register_does_not_have_is_no_data_and_not_zero(city):
    city.add("smart_pole", "东区", "移动", in_service_on=date(2022, 1, 1))
    assert city.value("mobile.base_stations") is None
    assert city.value("poles.smart_poles", area="西区").value == 0
    assert city.value("poles.smart_poles", day=date(2021, 1, 1)).value == 0


def test_shares_are_recomputed_from_parts_and_not_averaged(city):
    # East: 1 of 4 ports; west: 90 of 100. The mean of the shares would be 57.5 %.
    city.add("olt", "东区", "移动", in_service_on=date(2020, 1, 1), pon_ports=4, pon_ports_10g=1)
    city.add("olt", "西区", "移动", in_service_on=date(2020, 1, 1), pon_ports=100, pon_ports_10g=90)
    assert city.value("fibre.pon_10g_share").value == pytest.approx(91 / 104 * 100)
    assert city.value("fibre.pon_10g_share", area="东区").value == 25


def test_a_share_of_nothing_has_no_value(city):
    city.add("venue", "东区", "移动", **{"class": "park", "covered_5g": True})
    assert city.value("mobile.covered_parks").value == 100
    assert city.value("mobile.covered_hospitals") is None
    assert city.value("mobile.covered_parks", area="西区") is None


def test_a_weighted_mean_leaves_out_what_is_not_known(lone_city):
    since = date(2020, 1, 1)
    lone_city.add("data_centre", "东区", "移动", in_service_on=since, racks_used=100, power_usage_effectiveness=1.2)
    lone_city.add("data_centre", "东区", "移动", in_service_on=since, racks_used=300, power_usage_effectiveness=1.4)
    lone_city.add("data_centre", "西区", "移动", in_service_on=since, racks_used=500)
    assert lone_city.value("computing.mean_pue").value == pytest.approx((1.2 + 3 * 1.4) / 4)
    assert lone_city.value("computing.mean_pue", area="西区") is None


def test_a_sum_over_resources_that_all_lack_the_figure_is_unknown(lone_city):
    lone_city.add("data_centre", "东区", "移动", in_service_on=date(2020, 1, 1), racks=10)
    assert lone_city.value("computing.racks").value == 10
    assert lone_city.value("computing.ai_compute") is None


def statistics(city, area, year, **figures):
    city.add("district_statistics", area, "市工业和信息化局", year=year, **figures)


def test_yearly_figures_are_those_of_the_newest_complete_year(city):
    statistics(city, "东区", 2020, residents=100_000)
    statistics(city, "西区", 2020, residents=300_000)
    statistics(city, "东区", 2021, residents=120_000)
    city.add_many("base_station", "东区", "移动", 60, in_service_on=date(2020, 1, 1), form="macro")
    key = "mobile.base_stations_per_10000"
    assert city.value(key, day=date(2020, 12, 30)) is None
    assert city.value(key, day=date(2020, 12, 31)).value == pytest.approx(60 / 40)
    assert city.value(key, day=date(2021, 12, 31)).value == pytest.approx(60 / 40)
    assert city.value(key, area="东区", day=date(2021, 12, 31)).value == pytest.approx(60 / 12)
    assert city.value("area.residents", day=date(2023, 1, 1)).day == date(2020, 12, 31)


def test_an_incomplete_year_shows_its_coverage_and_no_total(city):
    statistics(city, "东区", 2020, residents=100_000)
    found = city.value("area.residents")
    assert (found.value, found.coverage) == (None, 0.5)


def test_a_figure_of_the_city_itself_comes_before_the_sum(city):
    statistics(city, "东区", 2020, residents=100_000)
    statistics(city, "city", 2020, residents=450_000)
    assert city.value("area.residents").value == 450_000


def test_a_ratio_with_residents_holds_for_the_day_of_the_count(city):
    statistics(city, "东区", 2020, residents=100_000)
    statistics(city, "西区", 2020, residents=100_000)
    city.add("base_station", "东区", "移动", in_service_on=date(2020, 1, 1), form="macro")
    assert city.value("mobile.base_stations_per_10000").day == TODAY


def test_an_operator_is_set_against_all_residents(city):
    statistics(city, "city", 2020, residents=100_000)
    city.add_many("base_station", "东区", "移动", 20, in_service_on=date(2020, 1, 1), form="macro")
    city.add_many("base_station", "东区", "电信", 10, in_service_on=date(2020, 1, 1), form="macro")
    assert city.value("mobile.base_stations_per_10000", owner="移动").value == 2


def test_reported_totals_stand_only_when_every_part_has_reported(city):
    key, day = "roads.connected_junctions", date(2023, 6, 30)
    city.report(key, day, 40, area="东区")
    found = city.value(key)
    assert (found.value, found.coverage) == (None, 0.5)
    city.report(key, day, 2, area="西区")
    found = city.value(key)
    assert (found.value, found.coverage, found.day) == (42, 1, day)


def test_reported_by_operator(city):
    key, day = "mobile.virtual_private_networks", date(2023, 6, 30)
    for owner, value in (("移动", 5), ("电信", 3)):
        city.report(key, day, value, owner=owner)
    assert city.value(key, owner="移动").value == 5
    assert city.value(key).coverage == pytest.approx(2 / 3)
    city.report(key, day, 1, owner="联通")
    assert city.value(key).value == 9


def test_corrections_count_in_place_of_what_they_correct(city):
    from qipan.core import tables
    from qipan.core.access import system
    from qipan.core.measuring import record_measurement

    key, day = "industry.patents_5g", date(2023, 6, 30)
    first = city.report(key, day, 100)
    values = {"indicator": key, "area_id": city.areas["city"], "period_end": day}
    with city.database.begin() as connection:
        corrected = record_measurement(connection, CATALOGUE, system, values | {"value": 120, "supersedes_id": first})
    assert city.value(key).value == 120
    with city.database.begin() as connection:
        record_measurement(connection, CATALOGUE, system, values | {"value": None, "supersedes_id": corrected["id"]})
    assert city.value(key) is None
    with city.database.connect() as connection:
        assert len(connection.execute(tables.measurement.select()).all()) == 3


def test_flows_add_up_within_the_year_and_stocks_do_not(city):
    flow, stock = "industry.software_revenue", "industry.patents_5g"
    for key in (flow, stock):
        city.report(key, date(2022, 12, 31), 100)
        city.report(key, date(2023, 3, 31), 30)
        city.report(key, date(2023, 6, 30), 40)
    assert city.value(flow).value == 70
    assert city.value(flow, day=date(2023, 3, 30)).value == 100
    assert city.value(stock).value == 40


def test_a_share_of_reported_figures_is_as_old_as_its_older_part(city):
    for key, day, value in (
        ("fibre.fibre_subscribers", date(2023, 6, 30), 90),
        ("fibre.broadband_subscribers", date(2023, 3, 31), 100),
    ):
        for owner in ("移动", "电信", "联通"):
            city.report(key, day, value, owner=owner)
    found = city.value("fibre.fibre_subscriber_share")
    assert (found.value, found.day, found.source) == (90, date(2023, 3, 31), "reported")


def test_figures_reported_for_a_counted_indicator_stand_in_until_the_register_is_filled(city):
    city.report("mobile.base_stations", date(2021, 12, 31), 51_000)
    found = city.value("mobile.base_stations")
    assert (found.value, found.source) == (51_000, "reported")
    city.add("base_station", "东区", "移动", in_service_on=date(2020, 1, 1), form="macro")
    found = city.value("mobile.base_stations")
    assert (found.value, found.source) == (1, "register")


def test_districts_add_up_to_the_city_for_any_day(city):
    for place in range(40):
        area, owner = ("东一街道", "东二街道", "西区")[place % 3], ("移动", "电信", "联通")[place % 3 - place % 2]
        since = date(2020, 1, 1) + timedelta(days=37 * place)
        until = since + timedelta(days=300) if place % 4 == 0 else None
        city.add("access_point", area, owner, in_service_on=since, retired_on=until, standard="wifi6")
    days = tuple(date(2020, 1, 1) + timedelta(days=91 * step) for step in range(16))
    found = city.measure("wlan.access_points", days=days)
    key, areas, units = "wlan.access_points", city.areas, city.units
    for day in days:
        parts = [found.value(key, areas[one], None, day).value for one in ("东区", "西区")]
        assert sum(parts) == found.value(key, areas["city"], None, day).value
        owned = [found.value(key, areas["city"], units[one], day).value for one in ("移动", "电信", "联通")]
        assert sum(owned) == sum(parts)


def test_an_areas_statistics_are_no_operators(city):
    statistics(city, "city", 2022, mobile_subscribers_5g=1_000)
    key = "mobile.subscribers_5g"
    assert city.value(key).value == 1_000
    assert city.value(key, owner="移动") is None
    city.report(key, date(2023, 6, 30), 600, owner="移动")
    found = city.value(key, owner="移动")
    assert (found.value, found.source) == (600, "reported")
    assert (city.value(key).value, city.value(key).source) == (1_000, "statistics")


def test_reports_stand_in_only_where_nothing_could_be_worked_out(city):
    key = "mobile.base_stations_per_10000"
    city.report(key, date(2020, 6, 30), 3)
    city.add_many("base_station", "东区", "移动", 20, in_service_on=date(2020, 1, 1), form="macro")
    statistics(city, "city", 2021, residents=10_000)
    early, late = city.value(key, day=date(2020, 12, 31)), city.value(key)
    assert (early.value, early.source, early.day) == (3, "reported", date(2020, 6, 30))
    assert (late.value, late.source) == (20, "register")
