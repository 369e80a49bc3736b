"""Which indicator a plan's words mean; on the hand-labelled documents nothing sure may be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qipan.core.catalogue import load_catalogue
from qipan.core.measuring import least_confidence, make_proposer, propose_bindings
from qipan.core.measuring.binding import normalised
from qipan.core.measuring.quantities import conversion

CATALOGUE = load_catalogue()
GOLD = Path(__file__).parents[2] / ".." / "shared" / "gold"


def best(name, unit, **more):
    found = propose_bindings(CATALOGUE, {"name": name, "unit": unit} | more)
    return (found[0]["indicator"], found[0]["confidence"]) if found else (None, 0.0)


@pytest.mark.parametrize(
    ("name", "unit", "key"),
    [
        ("5G基站", "个", "mobile.base_stations"),
        ("５Ｇ基站", "万个", "mobile.base_stations"),
        ("累计建成5G基站", "座", "mobile.base_stations"),
        ("全市5G基站总数", "个", "mobile.base_stations"),
        ("第五代移动通信基站", "个", "mobile.base_stations"),
        ("每万人拥有5G基站数", "个", "mobile.base_stations_per_10000"),
        ("每万人5G基站数", "个", "mobile.base_stations_per_10000"),
        ("5G用户", "万户", "mobile.subscribers_5g"),
        ("5G用户占比", "%", "mobile.subscriber_share_5g"),
        ("5G用户比例", "%", "mobile.subscriber_share_5g"),
        ("5G个人用户普及率", "%", "mobile.penetration_5g"),
        ("重点场所5G网络通达率", "%", "mobile.covered_venues"),
        ("重点场所5G网络", "%", None),
        ("10G-PON端口占比", "%", "fibre.pon_10g_share"),
        ("10G PON 及以上端口数", "万个", "fibre.pon_10g_ports"),
        ("家庭千兆光纤网络覆盖率", "%", "fibre.gigabit_household_coverage"),
        ("千兆宽带用户", "户", "fibre.gigabit_subscribers"),
        ("千兆宽带用户占比", "%", "fibre.gigabit_subscriber_share"),
        ("500Mbps及以上用户占比", "%", "fibre.subscriber_share_500m"),
        ("多功能智能杆", "根", "poles.smart_poles"),
        ("多功能智能杆", "", "poles.smart_poles"),
        ("通信管道", "公里", "ducts.length"),
        ("公共WLAN AP数", "个", "wlan.access_points"),
        ("路侧单元（RSU）", "台", "roads.roadside_units"),
        ("数据中心标准机架", "万架", "computing.racks"),
        ("智能算力规模", "EFLOPS", "computing.ai_compute"),
        ("智能算力", "PFLOPS", "computing.ai_compute"),
        ("数据中心平均PUE值", "", "computing.mean_pue"),
        ("物联网产业增加值", "亿元", "industry.internet_of_things_added_value"),
    ],
)
def test_names_as_plans_write_them(name, unit, key):
    found, confidence = best(name, unit)
    assert (found if confidence >= least_confidence else None) == key


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("5G基站", "%"),
        ("5G基站", "元"),
        ("5G基站奖励", "元"),
        ("5G基站投资", "亿元"),
        ("5G用户占比", "户"),
        ("4G基站", "个"),
        ("4G用户", "户"),
        ("室内5G基站", "个"),
        ("6G基站", "个"),
        ("5G基站站址", "个"),
        ("千兆城市", "个"),
        ("10G-PON端口占比", "个"),
        ("数据中心", "家"),
        ("数据中心投资", "亿元"),
        ("智能终端产业园", "个"),
        ("机器人产业增加值", "亿元"),
        ("电子信息制造业增加值增长", "%"),
        ("专利", "件"),
        ("海洋科技创新平台", "个"),
        ("物联网企业", "家"),
        ("智能网联汽车", "辆"),
        ("", "个"),
    ],
)
def test_nothing_sure_is_wrong(name, unit):
    assert best(name, unit)[1] < least_confidence


def test_full_coverage_is_a_share():
    assert best("重点场所5G网络", "%", kind="coverage")[0] == "mobile.covered_venues"


def test_proposals_are_ordered_and_between_zero_and_one():
    found = propose_bindings(CATALOGUE, {"name": "物联感知终端", "unit": ""})
    confidences = [one["confidence"] for one in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < one <= 1 for one in confidences)
    assert found[0]["indicator"] == "sensing.terminals"


@pytest.mark.parametrize(
    ("key", "unit", "name", "factor"),
    [
        ("mobile.base_stations", "万个", "5G基站", 10_000),
        ("mobile.base_stations", "", "5G基站", 1),
        ("mobile.base_stations", "户", "5G基站", None),
        ("mobile.base_stations", "个", "每万人拥有5G基站", None),
        ("mobile.base_stations_per_10000", "个", "每万人拥有5G基站", 1),
        ("mobile.subscriber_share_5g", "个百分点", "5G用户占比", None),
        ("computing.ai_compute", "PFLOPS", "智能算力", 0.001),
        ("computing.racks", "个机架", "数据中心", 1),
        ("ducts.length", "米", "通信管道", 0.001),
        ("backbone.metro_egress", "Gbps", "城域网出口带宽", 0.001),
        ("industry.marine_gross_product", "亿元", "海洋生产总值", 1e8),
        ("industry.marine_gross_product", "美元", "海洋生产总值", None),
        ("sensing.mobile_connections", "万户", "移动物联网连接", None),
    ],
)
def test_units_convert_or_contradict(key, unit, name, factor):
    found = conversion(CATALOGUE.indicators[key], unit, name)
    assert found == (None if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("全市累计建成5G基站数量", "5g基站"),
        ("“双千兆”网络", "双千兆网络"),
        ("10G-PON 端口", "10gpon端口"),
        ("公共Wi-Fi热点", "公共wlan热点"),
        ("数量", "数量"),
    ],
)
def test_names_are_compared_without_fillers(name, plain):
    assert normalised(name) == plain


def test_scope_gives_an_area_or_an_operator(city):
    with city.database.connect() as connection:
        propose = make_proposer(connection, CATALOGUE)
    target = {"name": "5G基站", "unit": "个", "scope": ""}
    assert propose(target) == ({"indicator": "mobile.base_stations", "area_id": None, "owner_id": None}, 0.98)
    assert propose(target | {"scope": "东区"})[0]["area_id"] == city.areas["东区"]
    assert propose(target | {"scope": "移动"})[0]["owner_id"] == city.units["移动"]
    assert propose(target | {"scope": "中国移动"})[0]["owner_id"] == city.units["移动"]
    values, confidence = propose(target | {"scope": "联通电信"})
    assert (values["area_id"], values["owner_id"], confidence) == (None, None, 0.49)
    assert propose({"name": "知名品牌", "unit": "个", "scope": ""}) is None


_SURE = {
    "5G基站": "mobile.base_stations",
    "5G基站数量": "mobile.base_stations",
    "每万人拥有5G基站": "mobile.base_stations_per_10000",
    "5G用户": "mobile.subscribers_5g",
    "5G用户占比": "mobile.subscriber_share_5g",
    "5G应用场景试点示范项目": "mobile.application_projects",
    "转供电基站占比": "mobile.resold_power_share",
    "移动宽带用户": "mobile.broadband_subscribers",
    "固定网宽带接入用户": "fibre.broadband_subscribers",
    "光纤接入用户占比": "fibre.fibre_subscriber_share",
    "家庭固定宽带普及率": "fibre.household_penetration",
    "千兆宽带家庭覆盖率": "fibre.gigabit_household_coverage",
    "500Mbps及以上宽带用户占比": "fibre.subscriber_share_500m",
    "宽带用户平均接入带宽": "fibre.mean_access_rate",
    "跨境光缆容量": "backbone.cross_border_capacity",
    "城域网出口带宽": "backbone.metro_egress",
    "新型互联网交换中心接入总带宽": "backbone.exchange_access",
    "物联感知终端": "sensing.terminals",
    "数据中心支撑能力": "computing.racks",
    "基础算力规模": "computing.general_compute",
    "网络与通信产业增加值": "industry.network_and_communication_added_value",
    "智能终端产业增加值": "industry.smart_terminal_added_value",
    "战略性新兴产业增加值": "industry.strategic_emerging_added_value",
    "电子信息制造业增加值": "industry.electronics_added_value",
    "全市规上工业增加值": "industry.industrial_added_value",
    "电子信息制造业增加值占全市规上工业增加值": "industry.electronics_share",
    "时尚产业增加值": "industry.fashion_added_value",
    "现代时尚产业增加值": "industry.fashion_added_value",
    "海洋生产总值": "industry.marine_gross_product",
}
"""What the labelled documents name that the catalogue measures; everything else in them must stay unbound."""


def test_the_labelled_documents_bind_to_these_and_to_nothing_else():
    files = sorted(GOLD.glob("*.json"))
    if not files:
        pytest.skip("needs the reference data folder shared/ beside the checkout")
    found = {}
    for path in files:
        for label in json.loads(path.read_text(encoding="utf-8"))["indicators"]:
            key, confidence = best(label["name"], label["unit"])
            if confidence >= least_confidence:
                found[label["name"]] = key
    assert found == _SURE
