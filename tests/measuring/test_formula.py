from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.core.catalogue import load_catalogue
from qipan.core.errors import FormulaError
from qipan.core.measuring.formula import Number, Operation, RegisterPart, ReportedPart, StatisticPart, parts_of
from qipan.core.measuring.parsing import parse_formula
from qipan.core.measuring.sql import aggregate_sql

CATALOGUE = load_catalogue()
STATIONS = CATALOGUE.indicators["mobile.base_stations"]


def parsed(formula):
    return parse_formula(CATALOGUE, replace(STATIONS, formula=formula))


def sql(formula):
    part = parsed(formula)
    return aggregate_sql(CATALOGUE.kinds[part.kind], part)


@pytest.mark.parametrize("key", CATALOGUE.indicators)
def test_every_formula_of_the_catalogue_parses(key):
    assert parts_of(parse_formula(CATALOGUE, CATALOGUE.indicators[key]))


def test_reported_parts_lead_to_indicators_that_people_report():
    for indicator in CATALOGUE.indicators.values():
        for part in parts_of(parse_formula(CATALOGUE, indicator)):
            if isinstance(part, ReportedPart):
                assert CATALOGUE.indicators[part.indicator].formula == "reported()"


def test_names_and_aliases_belong_to_one_indicator_each():
    owner = {}
    for indicator in CATALOGUE.indicators.values():
        for name in {indicator.name.zh, *indicator.aliases}:
            assert owner.setdefault(name, indicator.key) == indicator.key


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("count(base_station)", "count(*)"),
        ('count(base_station, form == "micro")', 'count(*) filter (where "form" = 2)'),
        ('count(base_station, form != "micro", shared)', 'count(*) filter (where "form" <> 2 and "shared" = true)'),
        ('count(venue, class in ("hospital", "park"))', 'count(*) filter (where "class" in (1, 7))'),
        ("count(structure, operators >= 2)", 'count(*) filter (where "operators" >= 2.0)'),
        ("count(structure, not known(operators))", 'count(*) filter (where (not "operators" is not null))'),
        (
            'count(venue, class == "park" or not covered_5g)',
            'count(*) filter (where ("class" = 7 or (not "covered_5g" = true)))',
        ),
        ("sum(olt.pon_ports - olt.pon_ports_10g)", 'sum(("pon_ports" - "pon_ports_10g"))'),
        (
            "sum(edge_node.servers * 2, servers > -1)",
            'sum(("servers" * 2.0)) filter (where "servers" > -1.0)',
        ),
    ],
)
def test_parts_become_sql(formula, expected):
    assert sql(formula) == expected


def test_arithmetic_binds_as_in_school():
    product = Operation("*", Number(2), Number(3))
    assert parsed("1 + 2 * 3 - 4") == Operation("-", Operation("+", Number(1), product), Number(4))
    assert parsed("6 / (1 + 2)") == Operation("/", Number(6), Operation("+", Number(1), Number(2)))


def test_share_is_in_percent():
    olts = Operation("*", RegisterPart("olt", text="count(olt)"), Number(100))
    assert parsed('share(count(olt), statistic("households"))') == Operation("/", olts, StatisticPart("households"))


def test_reported_alone_means_the_indicator_itself():
    assert parsed("reported()") == ReportedPart("mobile.base_stations")


def test_a_state_replaces_in_service():
    assert parsed('count(base_station, state == "building")').state == "building"


@pytest.mark.parametrize(
    ("formula", "place", "said"),
    [
        ("", 1, "数字"),
        ("count(", 7, "资源类别"),
        ("count(tower)", 7, "没有这个资源类别"),
        ("count(base_station", 19, "应为“)”"),
        ("count(base_station) count(cell)", 21, "应在此结束"),
        ("count(base_station, colour)", 21, "没有这个属性"),
        ('count(base_station, form == "giant")', 29, "macro"),
        ("count(base_station, form)", 21, "需与一个值比较"),
        ('count(base_station, form < "macro")', 26, "=="),
        ("count(base_station, structure)", 21, "类型为 resource"),
        ('count(base_station, state == "sold")', 30, "没有这个状态"),
        ("count(base_station, shared == 1)", 31, "true"),
        ("sum(base_station.form)", 18, "类型为 choice"),
        ("sum(olt.pon_ports * edge_node.servers)", 21, "只能用 olt"),
        ('statistic("year")', 11, "没有这一项"),
        ('statistic("happiness")', 11, "没有这一项"),
        ('reported("no.such")', 10, "没有这个指标"),
        ('__import__("os")', 1, "没有函数"),
        ("count(base_station); drop", 20, "不认识“;”"),
        ("1 + ", 5, "数字"),
        ('count(base_station, form == "macro)', 29, "不认识"),
    ],
)
def test_errors_point_at_their_place(formula, place, said):
    with pytest.raises(FormulaError, match=f"第 {place} 个字符处") as caught:
        parsed(formula)
    assert said in str(caught.value)


@given(st.text(alphabet='count(base_station,).+-*/" =<>form12', max_size=40))
def test_any_text_parses_or_is_refused_plainly(formula):
    with suppress(FormulaError):
        parsed(formula)
