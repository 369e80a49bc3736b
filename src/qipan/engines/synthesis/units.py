"""The units that own what the city has, and the names by which documents know them."""

from __future__ import annotations

from dataclasses import dataclass

from qipan.engines.synthesis.figures import city_code, city_name, districts


@dataclass(frozen=True, slots=True)
class Unit:
    """A department, district government, operator or company."""

    name: str
    aliases: tuple[str, ...]
    kind: str
    """``department``, ``district_government``, ``operator`` or ``company``"""
    parent: str = ""
    """Name of the unit above, empty where there is none in the city."""
    area: str = city_code
    """Code of the area it serves."""


government = f"{city_name}人民政府"
mobile = "中国移动通信集团广东有限公司鹏湾分公司"
telecom = "中国电信股份有限公司鹏湾分公司"
unicom = "中国联合网络通信有限公司鹏湾市分公司"
operators = (mobile, telecom, unicom)
"""The three mobile operators, the largest first."""
towers = "中国铁塔股份有限公司鹏湾市分公司"
radio_and_television = "中国广电鹏湾分公司"
cable = "鹏湾市天威视讯股份有限公司"
infrastructure = "鹏湾市信息基础设施投资发展有限公司"
pipelines = "鹏湾市信息管线有限公司"
water = "鹏湾市水务（集团）有限公司"
gas = "鹏湾市燃气集团股份有限公司"
power = "鹏湾供电局有限公司"
metro = "鹏湾市地铁集团有限公司"
traffic_group = "鹏湾市智能交通建设有限公司"


def _department(short: str, *aliases: str) -> Unit:
    return Unit(f"{city_name}{short}", (f"市{short}", short, *aliases), "department", government)


industry = _department("工业和信息化局", "市工信局", "工信局")
development = _department("发展和改革委员会", "市发展改革委", "市发改委", "发展改革委")
education = _department("教育局")
science = _department("科技创新委员会", "市科技创新委", "市科创委", "科技创新局", "市科技创新局")
police = _department("公安局", "公安交警局")
finance = _department("财政局", "市财政委")
planning = _department("规划和自然资源局", "市规划国土委", "市规自局")
environment = _department("生态环境局")
housing = _department("住房和建设局", "市住房建设局", "市住建局")
transport = _department("交通运输局", "市交通运输委")
waters = _department("水务局")
commerce = _department("商务局")
culture = _department("文化广电旅游体育局", "市文体旅游局")
health = _department("卫生健康委员会", "市卫生健康委", "市卫健委")
emergency = _department("应急管理局")
market = _department("市场监督管理局", "市市场监管局")
state_assets = _department("人民政府国有资产监督管理委员会", "市国资委", "国资委")
works = _department("建筑工务署")
urban = _department("城市管理和综合执法局", "市城管和综合执法局", "市城管局")
data_affairs = _department("政务服务数据管理局", "市政数局", "市政务服务和数据管理局")
fire = _department("消防救援支队")
communications = _department("通信管理局", "市通管局")


def district_government(place: int) -> str:
    """Return the name of the government or management committee of district ``place``."""
    name = districts[place].name
    body = "管理委员会" if name.endswith(("新区", "合作区")) else "人民政府"
    return f"{city_name}{name}{body}"


def _district_governments() -> tuple[Unit, ...]:
    return tuple(
        Unit(
            district_government(place),
            (f"{one.name}政府", f"{one.name}人民政府", f"{one.name}管委会", f"{one.name}管理委员会"),
            "district_government",
            government,
            one.code,
        )
        for place, one in enumerate(districts)
    )


def all_units() -> tuple[Unit, ...]:
    """Return every unit of the city, a unit's parent before the unit."""
    departments = (
        industry, development, education, science, police, finance, planning, environment, housing, transport, waters,
        commerce, culture, health, emergency, market, state_assets, works, urban, data_affairs, fire, communications,
    )  # fmt: skip
    return (
        Unit(government, ("市政府", "市人民政府"), "department"),
        *departments,
        *_district_governments(),
        Unit(mobile, ("移动", "中国移动", "鹏湾移动", "移动公司", "中国移动鹏湾分公司", "市移动公司"), "operator"),
        Unit(telecom, ("电信", "中国电信", "鹏湾电信", "电信公司", "中国电信鹏湾分公司", "市电信公司"), "operator"),
        Unit(unicom, ("联通", "中国联通", "鹏湾联通", "联通公司", "中国联通鹏湾分公司", "市联通公司"), "operator"),
        Unit(radio_and_television, ("广电", "中国广电", "广电网络"), "operator"),
        Unit(towers, ("铁塔", "中国铁塔", "鹏湾铁塔", "铁塔公司", "中国铁塔鹏湾分公司", "市铁塔公司"), "company"),
        Unit(cable, ("天威视讯", "天威公司"), "company"),
        Unit(
            infrastructure,
            ("市信息基础设施投资公司", "信息基础设施投资公司", "信息基建公司", "特区信息基础设施公司"),
            "company",
        ),
        Unit(pipelines, ("信息管线公司", "市信息管线公司"), "company", infrastructure),
        Unit(water, ("市水务集团", "水务集团"), "company", state_assets.name),
        Unit(gas, ("市燃气集团", "燃气集团"), "company", state_assets.name),
        Unit(power, ("供电局", "鹏湾供电局"), "company"),
        Unit(metro, ("市地铁集团", "地铁集团"), "company", state_assets.name),
        Unit(traffic_group, ("智能交通公司", "市智能交通公司"), "company", state_assets.name),
    )
