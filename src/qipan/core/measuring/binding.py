"""Which indicator measures what a plan names: by name, alias and unit, with a confidence that a person can act on.

A name that is an indicator's own, fillers apart, is sure; one that is only alike is a suggestion. Words that change
what is measured (占比, 每万人, 用户, 千兆 …) must be the same on both sides, and the unit must convert: a wrong binding
that looks sure is worse than none.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from qipan.core.areas import AreaIndex, load_areas
from qipan.core.catalogue import Catalogue, Indicator
from qipan.core.grams import folded, grams_of
from qipan.core.measuring.quantities import conversion
from qipan.core.units import UnitIndex, load_units

Record = dict[str, Any]

least_confidence = 0.7
"""Below this nothing is bound without a person choosing it."""

_LEAST_SHOWN = 0.35
_EXACT, _WITHOUT_UNIT, _MOST_ALIKE = 0.98, 0.9, 0.85
_LEAD = 0.05

_SPELLINGS = (
    (re.compile(r"wi-?fi|无线局域网|无线网络"), "wlan"),
    (re.compile(r"第五代移动通信"), "5g"),
    (re.compile(r"(\d+g)-?e?pon"), r"\1pon"),
    (re.compile(r"(\d+)m(?:bps)?(?:及)?以上"), r"\1m以上"),
    (re.compile(r"比例|比重|占比率|比率"), "占比"),
    (re.compile(r"占比占比"), "占比"),
    (re.compile(r"规模以上"), "规上"),
    (re.compile(r"通达率"), "覆盖率"),
    (re.compile(r"互联网宽带"), "宽带"),
    (re.compile(r"[“”\"'（）()《》、，,·\-—_/]|的"), ""),
)
_LEADING = re.compile(
    r"^(?:全市|我市|本市|全省|全区|全国|深圳市?|市域|累计|共计|总计|建成|建设|建有|新建|新增|开通|部署|布局|打造|完成|实现|达到|拥有|推广|在用)+"
)
_TRAILING = re.compile(r"(?:总数量|总数|数量|总量|个数|总规模|建设规模|规模|保有量|拥有量|拥有数|累计数|数)$")
_QUALIFIERS = (
    "每万人",
    "每平方公里",
    "占比",
    "覆盖率",
    "普及率",
    "接入率",
    "占用率",
    "共享率",
    "率",
    "用户",
    "家庭",
    "在建",
    "宏",
    "室",
    "小区",
    "千兆",
    "500m",
    "10gpon",
    "50gpon",
    "5g",
    "4g",
    "增加值",
    "增长",
    "收入",
    "投资",
    "奖励",
    "企业",
    "平台",
    "示范",
    "专网",
    "直供",
    "转供",
    "端口",
    "平均",
    "智能",
    "基础",
    "边缘",
    "免费",
    "视频",
    "专利",
    "标准",
    "机房",
    "管道",
    "园区",
    "医院",
    "高校",
    "学校",
    "中小学",
    "地铁",
    "枢纽",
    "景区",
    "公园",
    "政务",
    "商",
    "技术",
    "研发",
    "产业",
)


def normalised(name: str) -> str:
    """Return a name as it is compared: folded, one spelling for each word, without verbs before or 数量 after it."""
    plain = folded(name)
    for pattern, word in _SPELLINGS:
        plain = pattern.sub(word, plain)
    shorter = _LEADING.sub("", plain) or plain
    return _TRAILING.sub("", shorter) or shorter


def propose_bindings(catalogue: Catalogue, target: Mapping[str, Any]) -> list[Record]:
    """Return the indicators that could measure a target, the surest first, as {"indicator", "confidence"}.

    ``target`` needs ``name`` and ``unit``; ``kind`` tells full coverage, which is a share whatever its name. At most
    eight; what the unit contradicts is left out.
    """
    name = normalised(str(target["name"]))
    if target.get("kind") == "coverage" and not name.endswith("率"):
        name += "覆盖率"
    unit = str(target["unit"])
    vocabulary = _vocabulary(catalogue)
    scored: list[tuple[float, str]] = []
    for indicator in catalogue.indicators.values():
        likeness = vocabulary.likeness(name, indicator)
        if likeness * _MOST_ALIKE >= _LEAST_SHOWN and conversion(indicator, unit, str(target["name"])) is not None:
            scored.append((_confidence(likeness, unit, indicator), indicator.key))
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [{"indicator": key, "confidence": confidence} for confidence, key in scored[:8]]


def _confidence(likeness: float, unit: str, indicator: Indicator) -> float:
    if likeness >= 1:
        return _EXACT if unit or not indicator.unit else _WITHOUT_UNIT
    return round(likeness * _MOST_ALIKE, 3)


class _Vocabulary:
    """The names of all indicators, each pair of characters weighing more the fewer indicators have it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._names = {
            one.key: tuple({normalised(name) for name in (one.name.zh, *one.aliases)})
            for one in catalogue.indicators.values()
        }
        found = Counter(
            pair for names in self._names.values() for pair in {p for name in names for p in grams_of(name)}
        )
        self._weights = {pair: math.log((len(self._names) + 1) / count) for pair, count in found.items()}
        self._rare = math.log(len(self._names) + 1)

    def likeness(self, name: str, indicator: Indicator) -> float:
        """Return 0 to 1: 1 only where the name is one of the indicator's own."""
        names = self._names[indicator.key]
        if name in names:
            return 1.0
        return max(self._alike(name, one) for one in names)

    def _alike(self, name: str, other: str) -> float:
        if _qualifiers(name) != _qualifiers(other):
            return 0.0
        pairs, others = grams_of(name), grams_of(other)
        total = self._weight(pairs) + self._weight(others)
        return 0.0 if total == 0 else min(0.99, 2 * self._weight(pairs & others) / total)

    def _weight(self, pairs: frozenset[str]) -> float:
        return sum(self._weights.get(pair, self._rare) for pair in pairs)


@lru_cache(maxsize=4096)
def _qualifiers(name: str) -> frozenset[str]:
    return frozenset(word for word in _QUALIFIERS if word in name)


_vocabularies: dict[int, tuple[Catalogue, _Vocabulary]] = {}


def _vocabulary(catalogue: Catalogue) -> _Vocabulary:
    known = _vocabularies.get(id(catalogue))
    if known is None or known[0] is not catalogue:
        _vocabularies.clear()
        known = _vocabularies[id(catalogue)] = (catalogue, _Vocabulary(catalogue))
    return known[1]


Proposer = Callable[[Mapping[str, Any]], tuple[Record, float] | None]


def make_proposer(connection: Connection, catalogue: Catalogue) -> Proposer:
    """Return a function that binds a target: indicator, area_id and owner_id, and how sure that is; None for no fit.

    A scope that names neither an area nor an operator leaves the binding unsure, so that no figure of the whole city is
    held against a part's target.
    """
    areas, units = load_areas(connection), load_units(connection)

    def propose(target: Mapping[str, Any]) -> tuple[Record, float] | None:
        found = propose_bindings(catalogue, target)
        if not found or found[0]["confidence"] < least_confidence:
            return None
        if len(found) > 1 and found[0]["confidence"] - found[1]["confidence"] < _LEAD:
            return None
        confidence = float(found[0]["confidence"])
        scope = str(target.get("scope") or "")
        area_id, owner_id = resolve_scope(areas, units, scope)
        if scope and area_id is None and owner_id is None:
            confidence = round(confidence / 2, 3)
        return {"indicator": found[0]["indicator"], "area_id": area_id, "owner_id": owner_id}, confidence

    return propose


def resolve_scope(areas: AreaIndex, units: UnitIndex, scope: str) -> tuple[int | None, int | None]:
    """Return the area or the operator that a scope names, as (area id, unit id); both None where it is not clear."""
    if not scope:
        return None, None
    if (area := areas.find(scope)) is not None:
        return area.id, None
    if (unit := units.find(scope)) is not None:
        return None, unit.id
    plain = folded(scope)
    operators = [one for one in units.units if one.kind == "operator"]
    named = [one for one in operators if any(plain in folded(name) for name in (one.name, *one.aliases))]
    return (None, named[0].id) if len(plain) >= 2 and len(named) == 1 else (None, None)
