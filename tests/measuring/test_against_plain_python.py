"""Every counted indicator over a random register against the same rules written out plainly, row by row."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.measuring.conftest import CATALOGUE

AREAS = ("东一街道", "东二街道", "西区", "东区")
WITHIN = {"city": AREAS, "东区": ("东一街道", "东二街道", "东区"), "西区": ("西区",), "东一街道": ("东一街道",)}
OPERATORS = ("移动", "电信", "联通")
DAYS = (date(2020, 12, 31), date(2022, 6, 30), date(2023, 12, 31), date(2026, 1, 1))
STATES = ("planned", "approved", "building", "in_service", "retired")


def some_day(dice):
    return None if dice.random() < 0.25 else date(2019, 1, 1) + timedelta(days=dice.randrange(2_500))


def some_value(dice, attribute):
    if attribute.type == "choice":
        return dice.choice(attribute.choices).key
    if attribute.type == "boolean":
        return dice.random() < 0.5
    return dice.randrange(1, 50)


def some_resources(city, dice, kind, number):
    made = []
    own = [one for one in CATALOGUE.kinds[kind].attributes if one.type in ("choice", "boolean", "integer", "number")]
    for _ in range(number):
        fields = {one.key: some_value(dice, one) for one in own if dice.random() < 0.8}
        days = {"in_service_on": some_day(dice), "retired_on": some_day(dice) if dice.random() < 0.3 else None}
        place = {"state": dice.choice(STATES), "area": dice.choice(AREAS), "owner": dice.choice(OPERATORS)}
        city.add(kind, place["area"], place["owner"], state=place["state"], **days, **fields)
        made.append(place | days | {"kind": kind} | fields)
    return made


def in_service(row, day):
    if STATES.index(row["state"]) < 3:
        return False
    begin = row["in_service_on"] or (date.min if row["state"] == "in_service" else None)
    end = row["retired_on"] or (date.min if row["state"] == "retired" else date.max)
    return begin is not None and begin <= day < end


PLAIN = {
    "poles.smart_poles": lambda rows: len(rows),
    "mobile.base_stations_macro": lambda rows: sum(one.get("form") == "macro" for one in rows),
    "mobile.shared_station_share": lambda rows: 100 * sum(one.get("shared") is True for one in rows) / len(rows),
    "mobile.direct_power_share": lambda rows: (
        100 * sum(one.get("power_supply") == "direct" for one in rows) / sum("power_supply" in one for one in rows)
    ),
    "mobile.structure_sharing_rate": lambda rows: (
        100 * sum(one.get("operators", 0) >= 2 for one in rows) / sum("operators" in one for one in rows)
    ),
    "sensing.mobile_share": lambda rows: (
        100
        * sum(one.get("connection") in ("nb_iot", "lte_cat1", "redcap") for one in rows)
        / sum("connection" in one for one in rows)
    ),
    "fibre.homes_passed_gigabit": lambda rows: sum(
        one.get("homes_passed", 0) for one in rows if one.get("gigabit") is True
    ),
    "ducts.occupancy": lambda rows: (
        100
        * sum(one["holes_used"] * one["length"] for one in rows if "holes_used" in one and "length" in one)
        / sum(one["holes"] * one["length"] for one in rows if {"holes_used", "holes", "length"} <= one.keys())
    ),
}
KINDS = {
    "poles.smart_poles": "smart_pole",
    "mobile.base_stations_macro": "base_station",
    "mobile.shared_station_share": "base_station",
    "mobile.direct_power_share": "base_station",
    "mobile.structure_sharing_rate": "structure",
    "sensing.mobile_share": "terminal",
    "fibre.homes_passed_gigabit": "distribution_box",
    "ducts.occupancy": "duct_section",
}


def plainly(key, rows):
    try:
        return PLAIN[key](rows)
    except ZeroDivisionError:
        return None


@pytest.mark.parametrize("seed", [1, 2])
def test_every_day_area_and_operator(lone_city, seed):
    dice = random.Random(seed)
    made = {kind: some_resources(lone_city, dice, kind, 60) for kind in dict.fromkeys(KINDS.values())}
    found = lone_city.measure(*PLAIN, days=DAYS)
    for key, kind in KINDS.items():
        for day in DAYS:
            for area, within in WITHIN.items():
                for owner in (None, *OPERATORS):
                    rows = [one for one in made[kind] if in_service(one, day) and one["area"] in within]
                    rows = [one for one in rows if owner in (None, one["owner"])]
                    value = found.value(key, lone_city.areas[area], owner and lone_city.units[owner], day)
                    expected = plainly(key, rows)
                    if expected is None:
                        assert value is None
                    elif value is not None:
                        assert value.value == pytest.approx(expected)
                    else:
                        # A sum of which no resource has the figure is unknown, where plain Python makes it zero.
                        assert expected == 0
                        assert rows
