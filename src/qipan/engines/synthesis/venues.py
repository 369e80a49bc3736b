"""Places that plans name for deep coverage: hospitals, schools, stations, malls, parks and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import lived, point_table, scaled, short_names, spread
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.figures import districts
from qipan.engines.synthesis.tables import Coded, Column, Integers, Label, Table

_words = (
    "创新 宝华 海滨 明德 和平 景田 丰泽 红荔 彩云 梅林 龙湖 凤凰 翠竹 深湾 前海 沙河 桂园 石岩 松柏 玉泉 "
    "民乐 福安 泰康 荣华 金湾 银湖 东山 西丽 文昌 兴业"
)


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of venues: how many at scale 1, in which buildings, how busy and how well served."""

    key: str
    count: int
    suffixes: tuple[str, ...]
    uses: tuple[int, ...]
    """Places in ``buildings.uses``."""
    owner: units.Unit | str
    by_district: float
    """Share owned by district governments."""
    visitors: float
    """Median visitors a day."""
    covered: float
    wlan: float


_classes = (
    _Class("hospital", 150, ("人民医院", "中医院", "妇幼保健院"), (4,), units.health, 0.5, 4200, 0.93, 0.84),
    _Class("university", 15, ("大学", "职业技术学院"), (4,), units.education, 0, 16_000, 0.98, 0.93),
    _Class("school", 1150, ("小学", "中学", "实验学校"), (4,), units.education, 0.8, 1500, 0.86, 0.35),
    _Class("transport_hub", 42, ("客运站", "综合交通枢纽", "火车站"), (2, 4), units.transport, 0, 24_000, 0.96, 0.88),
    _Class("metro_station", 340, ("地铁站",), (1, 2), units.metro, 0, 19_000, 0.99, 0.72),
    _Class("mall", 230, ("购物中心", "商业广场", "万象城"), (2,), units.commerce, 0, 13_000, 0.92, 0.78),
    _Class("park", 1240, ("公园", "社区公园", "湿地公园"), (0, 4), units.urban, 0.7, 1100, 0.71, 0.52),
    _Class("scenic_spot", 62, ("旅游度假区", "民俗村", "海滨景区"), (2, 4), units.culture, 0.2, 5200, 0.83, 0.74),
    _Class("government_hall", 680, ("行政服务大厅", "便民服务中心"), (1, 4), units.data_affairs, 0.9, 420, 0.95, 0.97),
    _Class("library", 710, ("图书馆", "社区书吧"), (4,), units.culture, 0.8, 380, 0.88, 0.92),
    _Class("stadium", 125, ("体育中心", "体育馆"), (4,), units.culture, 0.5, 1800, 0.86, 0.69),
    _Class("industrial_park", 820, ("科技园", "产业园", "工业园"), (3,), units.industry, 0, 3400, 0.80, 0.41),
)


@dataclass(frozen=True, slots=True)
class Venues:
    """The table of venues and the building that each stands in."""

    table: Table
    building: Integers


def open_venues(scale: float, buildings: Buildings, random: np.random.Generator) -> Venues:
    """Return venues of every class, at least one of each at any scale."""
    rows, kinds = [], []
    for place, one in enumerate(_classes):
        chosen = _buildings_for(one, scaled(one.count, scale), buildings, random)
        rows.append(chosen)
        kinds.append(np.full(len(chosen), place, dtype=np.int8))
    building, kind = np.concatenate(rows), np.concatenate(kinds)
    count = len(building)
    days = np.datetime64("1985-01-01") + random.integers(0, 13_800, count)
    visitors = np.array([one.visitors for one in _classes])[kind] * np.exp(random.normal(0, 0.5, count))
    attributes: dict[str, Column] = {
        "class": Coded(kind, tuple(one.key for one in _classes)),
        "visitors_per_day": np.round(visitors).astype(np.int64),
        "covered_5g": random.random(count) < np.array([one.covered for one in _classes])[kind],
        "free_wlan": random.random(count) < np.array([one.wlan for one in _classes])[kind],
    }
    district = buildings.district[building]
    place_of = (buildings.x[building], buildings.y[building])
    owner = _owners(kind, district, random)
    table = point_table(
        "venue", district, place_of, _names(kind, district, random), owner, lived(days, random), attributes
    )
    return Venues(table, building)


def _buildings_for(one: _Class, count: int, buildings: Buildings, random: np.random.Generator) -> Integers:
    fitting = np.flatnonzero(np.isin(buildings.use, one.uses))
    if len(fitting) < count:
        fitting = np.arange(len(buildings.x))
    chosen = spread(buildings.x[fitting], buildings.y[fitting], np.ones(len(fitting)), count, random)
    return fitting[chosen]


def _names(kind: NDArray[np.int8], district: NDArray[np.int8], random: np.random.Generator) -> Label:
    words = tuple(_words.split())
    suffixes = [suffix for one in _classes for suffix in one.suffixes]
    first = np.cumsum([0, *(len(one.suffixes) for one in _classes)])
    suffix = first[kind] + random.integers(0, 60, len(kind)) % np.diff(first)[kind]
    word = Coded(random.integers(0, len(words), len(kind)), words)
    return Label((Coded(district, short_names), word, Coded(suffix, tuple(suffixes))))


def _owners(kind: NDArray[np.int8], district: NDArray[np.int8], random: np.random.Generator) -> Coded:
    owners = [one.owner.name if isinstance(one.owner, units.Unit) else one.owner for one in _classes]
    governments = [units.district_government(place) for place in range(len(districts))]
    local = random.random(len(kind)) < np.array([one.by_district for one in _classes])[kind]
    codes = np.where(local, len(owners) + district.astype(np.int64), kind)
    return Coded(codes, (*owners, *governments))
