"""Rows of the overview against numbers worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from qipan.core.access import Principal, nobody, system
from qipan.core.catalogue import load_catalogue
from qipan.core.errors import AccessDenied, InvalidRecord, NotFound
from qipan.core.measuring import OverviewFilter, describe_statuses, overview, plan_rules, set_plan_rules
from qipan.engines.scoring import statuses
from tests.measuring.conftest import add_plan

CATALOGUE = load_catalogue()
HALF = date(2023, 12, 31)
STATIONS = {"name": "5G基站", "indicator": "mobile.base_stations"}
KEYS = {
    *("target", "plan_title", "chapter", "baseline", "now", "target_value", "target_day", "attainment", "progress"),
    *("schedule_index", "expected", "gap", "status", "status_rule", "stretch_status", "forecast", "path", "series"),
}


def board(city, principal=system, as_of=HALF, **where):
    snapshot = city.snapshot()
    with city.database.connect() as connection:
        return overview(connection, CATALOGUE, snapshot, principal, as_of, OverviewFilter(**where))


def rows(city, **where):
    return board(city, **where)["rows"]


def build(city, east=60, west=40):
    """East and west stations in service on the eve of the plan, and half as many again by the middle of it."""
    for area, number in (("东一街道", east), ("西区", west)):
        city.add_many("base_station", area, "移动", number, in_service_on=date(2021, 6, 1), form="macro")
        city.add_many("base_station", area, "电信", number // 2, in_service_on=date(2023, 1, 1), form="macro")


def test_a_row_in_full(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200}])
    found = board(city)
    (row,) = found["rows"]
    assert set(row) == KEYS
    assert (row["plan_title"], row["chapter"], row["target"]["name"]) == ("行动计划", "主要目标", "5G基站")
    assert row["baseline"] == {"value": 100, "year": 2021, "source": "register"}
    assert row["now"] == {"value": 150, "day": HALF, "source": "register", "coverage": 1}
    assert (row["target_value"], row["target_day"]) == (200, date(2025, 12, 31))
    assert (row["attainment"], row["progress"], row["gap"]) == (0.75, 0.5, 50)
    assert row["expected"] == pytest.approx(100 + 100 * 730 / 1461)
    assert row["schedule_index"] == pytest.approx(1461 / 1460)
    assert row["status"] == "on_schedule"
    assert "0.95" in row["status_rule"].zh
    assert "1.00" in row["status_rule"].zh
    assert [(one["day"], one["value"]) for one in row["path"]] == [(date(2021, 12, 31), 100), (date(2025, 12, 31), 200)]
    assert [one["value"] for one in row["series"]] == [100] * 5 + [150] * 4
    assert row["series"][0]["day"] == date(2021, 12, 31)
    assert row["forecast"]["method"] == "linear_trend"
    assert found["counts"] == {"on_schedule": 1}


def test_the_plans_own_baseline_comes_first(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200}, STATIONS | {"value": 80, "year": 2021, "kind": "baseline"}])
    (row,) = rows(city)
    assert row["baseline"] == {"value": 80, "year": 2021, "source": "plan"}
    assert row["progress"] == pytest.approx(70 / 120)


def test_units_of_the_plan_are_kept(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 0.02, "unit": "万个"}])
    (row,) = rows(city)
    assert (row["target_value"], row["now"]["value"], row["baseline"]["value"]) == (0.02, 0.015, 0.01)
    assert row["attainment"] == pytest.approx(0.75)


def test_targets_of_other_years_are_milestones(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 160, "year": 2022}, STATIONS | {"value": 200}])
    earlier, later = rows(city)
    assert [one["value"] for one in later["path"]] == [100, 160, 200]
    assert later["status"] == "seriously_lagging"
    assert earlier["status"] == "lagging"  # past its day with 50 of 60 gained
    assert earlier["forecast"] is None


def test_targets_without_data_stay_visible(city):
    add_plan(
        city,
        [
            STATIONS | {"value": 200},
            {"name": "知名品牌", "value": 10},
            STATIONS | {"value": 90, "scope": "联通电信"},
            {"name": "5G覆盖", "value": 100, "unit": "%", "kind": "coverage", "indicator": "mobile.covered_venues"},
        ],
    )
    found = board(city)
    assert found["counts"] == {"no_data": 4}
    assert "尚未绑定" in found["rows"][1]["status_rule"].zh
    assert "联通电信" in found["rows"][2]["status_rule"].zh


def test_dismissed_targets_measures_and_baselines_are_no_rows(city):
    add_plan(
        city,
        [
            STATIONS | {"value": 1, "status": "dismissed"},
            STATIONS | {"value": 1, "kind": "measure"},
            STATIONS | {"value": 1, "kind": "baseline", "year": 2021},
        ],
    )
    assert rows(city) == []


def test_scoped_targets_are_held_against_their_own_scope(city):
    build(city)
    scopes = [
        {"value": 180, "scope": "东区", "area_id": city.areas["东区"]},
        {"value": 60, "scope": "电信", "owner_id": city.units["电信"]},
    ]
    add_plan(city, [STATIONS | one for one in scopes])
    district, operator = rows(city)
    assert (district["now"]["value"], district["baseline"]["value"]) == (90, 60)
    assert (operator["now"]["value"], operator["baseline"]["value"]) == (50, 0)
    assert (operator["progress"], operator["attainment"]) == (None, pytest.approx(50 / 60))
    assert operator["status"] == "ahead"


def test_a_district_sees_its_own_value_beside_the_citys_target(city):
    build(city)
    own = STATIONS | {"value": 180, "scope": "东区", "area_id": city.areas["东区"]}
    other = STATIONS | {"value": 120, "scope": "西区", "area_id": city.areas["西区"]}
    add_plan(city, [STATIONS | {"value": 200}, own, other])
    whole, part = rows(city, area_id=city.areas["东区"])
    assert whole["now"]["value"] == 90
    assert (whole["status"], whole["attainment"]) == ("no_data", None)
    assert "没有单独的目标" in whole["status_rule"].zh
    assert part["attainment"] == 0.5
    assert [row["now"]["value"] for row in rows(city, area_id=city.areas["东一街道"])] == [90, 90]


def test_an_operator_filter(city):
    build(city)
    own = STATIONS | {"value": 60, "scope": "电信", "owner_id": city.units["电信"]}
    other = STATIONS | {"value": 120, "scope": "移动", "owner_id": city.units["移动"]}
    poles = {"name": "多功能智能杆", "indicator": "poles.smart_poles", "value": 5, "unit": "根"}
    add_plan(city, [STATIONS | {"value": 200}, own, other, poles])
    whole, part, pole = rows(city, unit_id=city.units["电信"])
    assert (whole["now"]["value"], part["now"]["value"]) == (50, 50)
    assert part["status"] == "ahead"
    assert pole["now"] is None
    assert "不按单位" in pole["status_rule"].zh


def district(city, name="东区"):
    return Principal(
        "east", "district", area_ids=frozenset({city.areas[name], city.areas["东一街道"], city.areas["东二街道"]})
    )


def test_everyone_sees_only_their_own_figures(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200}])
    operator = Principal("op", "operator", owner_ids=frozenset({city.units["电信"]}))
    assert board(city, district(city))["rows"][0]["now"]["value"] == 90
    assert board(city, operator)["rows"][0]["now"]["value"] == 50
    assert (
        board(city, operator, area_id=city.areas["西区"], unit_id=city.units["电信"])["rows"][0]["now"]["value"] == 20
    )
    assert board(city, nobody)["rows"] == []
    for principal, where in (
        (district(city), {"area_id": city.areas["西区"]}),
        (district(city), {"unit_id": city.units["电信"]}),
        (operator, {"area_id": city.areas["西区"]}),
        (operator, {"unit_id": city.units["移动"]}),
        (system, {"area_id": 999}),
    ):
        with pytest.raises(NotFound):
            board(city, principal, **where)


def test_what_is_added_in_a_year_counts_from_its_eve(city):
    build(city)
    add_plan(
        city,
        [
            STATIONS | {"value": 60, "basis": "in_period", "year": 2023},
            STATIONS | {"value": 100, "basis": "in_period", "year": 2025},
            STATIONS | {"value": 10, "basis": "in_period", "year": 2024},
        ],
    )
    year, period, following = rows(city)
    assert (year["now"]["value"], year["status"]) == (50, "lagging")
    # In the plan's last year the figure is for the whole period.
    assert (period["now"]["value"], period["baseline"]["value"], period["status"]) == (50, 0, "on_schedule")
    assert (following["now"]["value"], following["status"]) == (0, "not_started")


def test_falling_with_a_baseline_from_the_plan(city):
    city.add_many("base_station", "东区", "移动", 10, in_service_on=date(2021, 1, 1), power_supply="direct")
    city.add_many("base_station", "东区", "移动", 10, in_service_on=date(2021, 1, 1), power_supply="resold")
    target = {"name": "转供电基站占比", "indicator": "mobile.resold_power_share", "unit": "%", "comparator": "<="}
    add_plan(
        city, [target | {"value": 30}, target | {"value": 70, "year": 2021, "kind": "baseline", "comparator": "="}]
    )
    (row,) = rows(city)
    assert (row["attainment"], row["progress"], row["gap"]) == (None, 0.5, 20)
    assert row["status"] == "on_schedule"


def test_floor_and_stretch(city):
    build(city)
    add_plan(
        city,
        [
            STATIONS | {"value": 140, "level": "floor"},
            STATIONS | {"value": 400, "level": "stretch"},
            {"name": "品牌", "indicator": "industry.patents_5g", "value": 6, "value_to": 8, "comparator": "range"},
        ],
    )
    city.report("industry.patents_5g", date(2021, 12, 31), 4)
    city.report("industry.patents_5g", date(2023, 12, 31), 6)
    floor, stretch, both = rows(city)
    assert (floor["status"], floor["stretch_status"]) == ("achieved", "seriously_lagging")
    assert (stretch["status"], stretch["stretch_status"]) == ("seriously_lagging", None)
    assert (both["status"], both["stretch_status"], both["baseline"]["source"]) == (
        "achieved",
        "on_schedule",
        "reported",
    )


def test_reported_figures_grow_old(city):
    add_plan(city, [{"name": "专利", "indicator": "industry.patents_5g", "value": 100}])
    city.report("industry.patents_5g", date(2022, 6, 30), 50)
    (row,) = rows(city)
    assert row["status"] == "data_too_old"
    assert "400" in row["status_rule"].zh


def test_a_partial_report_is_no_total(city):
    add_plan(city, [{"name": "智能化路口", "indicator": "roads.connected_junctions", "value": 100}])
    city.report("roads.connected_junctions", date(2023, 6, 30), 50, area="东区")
    (row,) = rows(city)
    assert row["now"] == {"value": None, "day": date(2023, 6, 30), "source": "reported", "coverage": 0.5}
    assert row["status"] == "no_data"
    assert "50%" in row["status_rule"].zh


def test_proposed_bindings_are_measured_and_say_so(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200, "binding_status": "proposed"}])
    add_plan(city, [STATIONS | {"value": 200, "binding_status": "refused"}])
    proposed, refused = rows(city)
    assert proposed["status"] == "on_schedule"
    assert "待确认" in proposed["status_rule"].zh
    assert refused["status"] == "no_data"


def test_filters_by_plan_and_section(city):
    first = add_plan(
        city, [STATIONS | {"value": 200, "section": "二/（一）"}, STATIONS | {"value": 201, "section": "三"}]
    )
    second = add_plan(city, [STATIONS | {"value": 202}])
    values = [row["target_value"] for row in rows(city, plan_id=first)]
    assert values == [200, 201]
    assert [row["target_value"] for row in rows(city, section="二")] == [200, 202]
    assert [row["target_value"] for row in rows(city, plan_id=second)] == [202]


def test_a_plan_sets_its_own_rules(city):
    build(city)
    plan_id = add_plan(city, [STATIONS | {"value": 190}])
    assert rows(city)[0]["status"] == "ahead"
    with city.database.begin() as connection:
        set_plan_rules(connection, CATALOGUE, system, plan_id, {"ahead": 1.5, "path": "milestone"})
    with city.database.connect() as connection:
        found = plan_rules(connection, CATALOGUE, plan_id)
    assert (found.thresholds.ahead, found.thresholds.lagging, found.path) == (1.5, 0.8, "milestone")
    (row,) = rows(city)
    assert (row["expected"], row["status"]) == (100, "ahead")
    assert len(row["path"]) > 40


@pytest.mark.parametrize("values", [{"ahead": 0.5}, {"speed": 1}, {"path": "spline"}, {"lagging": "much"}])
def test_impossible_rules_are_refused(lone_city, values):
    with lone_city.database.begin() as connection, pytest.raises(InvalidRecord):
        set_plan_rules(connection, CATALOGUE, system, 1, values)


def test_only_the_city_sets_rules(lone_city):
    with lone_city.database.begin() as connection, pytest.raises(AccessDenied):
        set_plan_rules(connection, CATALOGUE, district(lone_city), 1, {"ahead": 1.5})


def test_as_of_before_the_plan(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200}])
    (row,) = rows(city, as_of=date(2021, 9, 30))
    assert row["now"]["value"] == 100


def test_a_plan_without_a_period(city):
    build(city)
    add_plan(city, [STATIONS | {"value": 200, "year": None}], period=None)
    (row,) = rows(city)
    assert row["target_day"] == date(2023, 12, 31)
    assert row["status"] == "seriously_lagging"


@pytest.mark.parametrize(("stations", "residents", "target"), [(57, 100_000, 5.7), (6, 10_000, 6), (29, 100_000, 2.9)])
def test_a_target_reached_to_the_letter_is_achieved(lone_city, stations, residents, target):
    lone_city.add_many("base_station", "东区", "移动", stations, in_service_on=date(2021, 1, 1), form="macro")
    lone_city.add("district_statistics", "city", "移动", year=2021, residents=residents)
    name = {"name": "每万人拥有5G基站", "indicator": "mobile.base_stations_per_10000"}
    add_plan(lone_city, [name | {"value": target}, name | {"value": target, "comparator": ">"}])
    assert [row["status"] for row in rows(lone_city)] == ["achieved", "lagging"]


def test_a_seasonal_path_follows_last_years_months(lone_city):
    lone_city.add_many("base_station", "东区", "移动", 100, in_service_on=date(2021, 6, 1), form="macro")
    lone_city.add_many("base_station", "东区", "移动", 20, in_service_on=date(2022, 12, 15), form="macro")
    plan_id = add_plan(lone_city, [STATIONS | {"value": 160, "year": 2023}, STATIONS | {"value": 200}], (2023, 2025))
    with lone_city.database.begin() as connection:
        set_plan_rules(connection, CATALOGUE, system, plan_id, {"path": "seasonal"})
    # Last year all of the gain came in December: by the end of September nothing is due.
    (row, _) = rows(lone_city, as_of=date(2023, 9, 30))
    assert (row["expected"], row["status"]) == (120, "not_started")
    (row, _) = rows(lone_city, as_of=date(2023, 12, 15))
    assert row["expected"] == pytest.approx(120 + 40 * 15 / 31)


def test_old_years_in_a_plan_without_a_period(lone_city):
    build(lone_city)
    old = STATIONS | {"value": 1, "year": 1979, "kind": "baseline"}
    add_plan(lone_city, [old, STATIONS | {"value": 9, "year": 2025, "basis": "in_period"}], period=None)
    (row,) = rows(lone_city)
    assert (row["now"]["value"], row["status"]) == (0, "not_started")
    assert len(row["series"]) < 70


def test_the_legend_names_all_eight_statuses_with_their_thresholds():
    found = describe_statuses(CATALOGUE)
    assert [one.key for one in found] == list(statuses)
    assert all("{" not in one.rule.zh + one.rule.en for one in found)
    assert "1.1" in found[1].rule.zh
    assert all(one.name.zh and one.name.en and one.colour.startswith("#") for one in found)


@pytest.mark.parametrize(("unit", "measured"), [("个", True), ("家", True), ("", True), ("辆", True), ("倍", False)])
def test_a_confirmed_binding_takes_any_counting_word_but_no_multiple(lone_city, unit, measured):
    build(lone_city)
    add_plan(lone_city, [STATIONS | {"value": 2, "unit": unit}])
    (row,) = rows(lone_city)
    assert (row["status"] == "achieved") is measured
    assert measured or "不能换算" in row["status_rule"].zh
