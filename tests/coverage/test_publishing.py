from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import AccessDenied
from qipan.core.measuring import describe_indicator, record_measurement, refresh
from qipan.core.scenarios import list_scenarios, read_scenario
from qipan.domains.mobile.coverage import (
    StudyMissing,
    first_study,
    open_study,
    publish_coverage,
    run_coverage,
    standard_name,
    study_venues,
)
from qipan.domains.mobile.coverage.assumptions import load_assumptions
from qipan.domains.mobile.coverage.publishing import indicators
from tests.coverage.town import city, district_user, mobile, north_half, operator_user, telecom

day = date(2023, 6, 30)


def publish(town, number, principal=system):
    with town.database.begin() as connection:
        return publish_coverage(connection, town.catalogue, principal, number)


def figure(town, area, owner=None, key="mobile.outdoor_coverage"):
    snapshot = refresh(town.database, town.catalogue)
    with town.database.connect() as connection:
        scope = {"area_id": area, "unit_id": owner}
        return describe_indicator(connection, town.catalogue, snapshot, system, key, day, **scope)["value"]


def test_shares_become_figures_that_name_their_study(town):
    number = town.study()
    summary = run_coverage(town.database, town.catalogue, system, number)
    counts = publish(town, number)
    assert counts["published"] > 20
    assert (counts["unchanged"], counts["kept"]) == (0, 0)
    assert publish(town, number) == {"published": 0, "unchanged": counts["published"], "kept": 0}
    for area, owner in ((city, None), (north_half, mobile), (north_half, telecom)):
        (row,) = [one for one in summary["areas"] if (one["area_id"], one["operator_id"]) == (area, owner)]
        assert figure(town, area, owner) == pytest.approx(100 * row["outdoor_area"], abs=0.01)
    with town.database.connect() as connection:
        found = connection.execute(select(tables.measurement)).all()
        assert {one.status for one in found} == {"estimated"}
        assert {one.source for one in found} == {f"覆盖计算“现状”（方案 {number}）"}
        by_class = {one.indicator for one in found} - set(indicators.values())
        assert "mobile.predicted_coverage_hospital" in by_class <= set(load_assumptions().venue_indicator.values())
        assert {one.period_end for one in found} == {day}
        assert read_scenario(connection, operator_user, number).published


def test_venues_are_published_by_class_as_they_are_counted(computed_apart):
    town, number = computed_apart
    publish(town, number)
    study = open_study(town.database, number)
    for operator in (None, mobile, telecom):
        found = study_venues(study, system, operator_id=operator)
        for key in {one["class"] for one in found} & load_assumptions().venue_indicator.keys():
            covered = [one["covered"] for one in found if one["class"] == key]
            expected = 100.0 * sum(covered) / len(covered)
            indicator = load_assumptions().venue_indicator[key]
            assert figure(town, city, operator, indicator) == pytest.approx(expected, abs=0.01), (key, operator)


def test_every_class_that_has_an_indicator_is_one_of_venues(town):
    kinds = town.catalogue.kinds["venue"].attribute("class")
    known = load_assumptions().venue_indicator
    assert known.keys() <= {one.key for one in kinds.choices}
    assert set(known.values()) < town.catalogue.indicators.keys()


def test_a_newer_study_supersedes_and_what_people_reported_stays(computed_apart):
    town, first = computed_apart
    given = {"indicator": "mobile.outdoor_coverage", "area_id": north_half, "period_end": day, "value": 88.0}
    with town.database.begin() as connection:
        record_measurement(connection, town.catalogue, system, given | {"source": "路测"})
    counts = publish(town, first)
    assert counts["kept"] == 1
    second = town.study("稀疏", radius=300.0)
    run_coverage(town.database, town.catalogue, system, second)
    before = figure(town, city)
    assert publish(town, second)["kept"] == 1
    assert figure(town, city) < before
    assert figure(town, north_half) == 88.0


@pytest.fixture
def computed_apart(small_town):
    number = small_town.study()
    run_coverage(small_town.database, small_town.catalogue, system, number)
    return small_town, number


def test_only_the_city_publishes_and_only_what_is_computed(small_town):
    number = small_town.study()
    with pytest.raises(StudyMissing, match="还没有覆盖计算结果"):
        publish(small_town, number)
    with pytest.raises(AccessDenied):
        publish(small_town, number, operator_user)
    with small_town.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.measurement)).scalar_one() == 0


def test_the_standard_study_in_one_call(small_town):
    number = first_study(small_town.database, small_town.catalogue, system)
    with small_town.database.connect() as connection:
        (one,) = list_scenarios(connection, system, kind="coverage")
    assert (one.id, one.name, one.state, one.published) == (number, standard_name, "ready", True)
    assert one.parameters["resolution"] == 10.0
    assert figure(small_town, city, key="mobile.population_coverage") > 50


def test_venues_are_told_as_far_as_one_may_see_them(study):
    together = study_venues(study, system)
    assert {one["class"]: one["covered"] for one in together} == {"hospital": False, "park": False}
    (hospital,) = study_venues(study, system, "hospital")
    assert 0.5 < hospital["outdoors"] < 1.0
    assert hospital["built"] > 0
    (park,) = study_venues(study, system, "park")
    assert park["indoors"] is None
    assert {one["operator_id"] for one in study_venues(study, system, None, telecom)} == {telecom}
    assert study_venues(study, operator_user, None, mobile) == []
    assert len(study_venues(study, operator_user, None, telecom)) == 2
    assert len(study_venues(study, district_user)) == 2
