"""What a person sets for a build plan, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from qipan.core.scenarios import check_parameters

efforts = ("quick", "standard", "report")
_most_money = 1e12
_digest = re.compile(r"[0-9a-f]{64}")
_Check = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class BuildParameters:
    """How a build plan is made; money in yuan, distances in metres, levels in dBm.

    ``target_year`` the plan's last year, None for that of the targets; ``plan_id`` whose targets count, None for all;
    ``operator_ids`` for whom, all where empty; ``first_year`` None for the year that follows the register's day;
    ``budgets`` by year, None for what the gap needs and ``headroom`` of it more; ``sites`` new sites wanted, None for
    the gap; ``sources`` keys of candidate sources, all where empty; ``importance`` of layers in place of the
    catalogue's; ``spacing`` and ``street_step`` in place of the placement's; ``minimum_sites`` and ``minimum_covered``
    by area; ``pins`` ``mandatory`` or ``forbidden`` and ``moves`` longitude and latitude by candidate key;
    ``coverage_id`` the coverage study that tells what is covered now, None for the newest; ``resolution`` m a map cell
    of a radio placement, None for the study's; ``outdoor_threshold`` SS-RSRP, None for the study's, and ``shadow_db``
    of its location variability; ``resold_share`` of stations to be reached; ``candidates`` names the file of the
    scenario's own, as ``take_candidates`` keeps it, with their ``count``.
    """

    target_year: int | None = None
    plan_id: int | None = None
    operator_ids: tuple[int, ...] = ()
    first_year: int | None = None
    budgets: tuple[float, ...] | None = None
    headroom: float = 0.1
    sites: int | None = None
    sources: tuple[str, ...] = ()
    importance: Mapping[str, float] = field(default_factory=dict)
    spacing: float | None = None
    street_step: float | None = None
    minimum_sites: Mapping[int, int] = field(default_factory=dict)
    minimum_covered: Mapping[int, float] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    coverage_id: int | None = None
    resolution: float | None = None
    outdoor_threshold: float | None = None
    shadow_db: float = 8.0
    least_probability: float = 0.5
    resold_share: float = 0.05
    candidates: Mapping[str, Any] | None = None
    effort: str = "standard"
    seed: int = 1

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> BuildParameters:
        """Read what a scenario keeps; InvalidRecord with each field that will not do, its value and its range."""
        check_parameters(values, (one.name for one in fields(cls)), _reason)
        read: dict[str, Any] = {key: None if value is None else _typed(key, value) for key, value in values.items()}
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as a scenario keeps them."""
        kept = asdict(self)
        kept["minimum_sites"] = [{"area_id": area, "sites": least} for area, least in self.minimum_sites.items()]
        kept["minimum_covered"] = [{"area_id": area, "share": share} for area, share in self.minimum_covered.items()]
        kept["moves"] = {key: {"longitude": at[0], "latitude": at[1]} for key, at in self.moves.items()}
        lists = {key: list(kept[key]) for key in ("operator_ids", "sources") if kept[key] is not None}
        return kept | lists | {"budgets": None if self.budgets is None else list(self.budgets)}


def _reason(key: str, value: object) -> str:
    """Return why a value will not do, empty where it will."""
    return "" if value is None and key in _optional else _checks[key](value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(low: float, high: float, unit: str = "", *, whole: bool = False) -> _Check:
    def check(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
        good = isinstance(value, int) and not isinstance(value, bool) if whole else _is_number(value)
        return (
            "" if good and low <= value <= high else f"应为 {low:g} 至 {high:g} {unit}之间的{'整数' if whole else '数'}"
        )

    return check


def _listed(kind: type, reason: str) -> _Check:
    def check(value: Any) -> str:  # noqa: ANN401
        good = isinstance(value, list | tuple) and all(type(one) is kind for one in value)
        return "" if good else reason

    return check


def _budgets(value: Any) -> str:  # noqa: ANN401
    good = isinstance(value, list | tuple) and 1 <= len(value) <= 15 and all(_is_number(one) for one in value)
    good = good and all(0 <= one <= _most_money for one in value) and sum(value) > 0
    return "" if good else "应为 1 至 15 个年度预算（元），不小于 0 且不全为 0"


def _importance(value: Any) -> str:  # noqa: ANN401
    good = isinstance(value, dict) and all(_is_number(one) and 0 <= one <= 1e9 for one in value.values())
    return "" if good else "应为 图层: 权重，权重不小于 0"


def _minimums(member: str, most: float) -> _Check:
    def check(value: Any) -> str:  # noqa: ANN401
        rows = list(value) if isinstance(value, list | tuple) else []
        good = isinstance(value, list | tuple) and all(
            isinstance(one, dict) and isinstance(one.get("area_id"), int) and _is_number(one.get(member))
            for one in rows
        )
        good = good and all(0 <= one[member] <= most for one in rows)
        return "" if good else f"应为 area_id 与 {member} 的列表，{member} 在 0 至 {most:g} 之间"

    return check


def _pins(value: Any) -> str:  # noqa: ANN401
    good = isinstance(value, dict) and all(one in ("mandatory", "forbidden") for one in value.values())
    return "" if good else "应为 候选点: mandatory（必选）或 forbidden（禁选）"


def _moves(value: Any) -> str:  # noqa: ANN401
    rows = list(value.values()) if isinstance(value, dict) else []
    good = isinstance(value, dict) and all(
        isinstance(one, dict) and _is_number(one.get("longitude")) and _is_number(one.get("latitude")) for one in rows
    )
    good = good and all(abs(one["longitude"]) <= 180 and abs(one["latitude"]) <= 90 for one in rows)
    return "" if good else "应为 候选点: {longitude, latitude}，单位为度"


def _candidates(value: Any) -> str:  # noqa: ANN401
    good = isinstance(value, dict) and set(value) == {"file", "name", "count"}
    good = good and isinstance(value["file"], str) and _digest.fullmatch(value["file"]) is not None
    return "" if good else "请以文件上传候选点"


def _effort(value: Any) -> str:  # noqa: ANN401
    return "" if value in efforts else f"应为 {'、'.join(efforts)} 之一"


_year = _within(2000, 2100, "年", whole=True)
_number_of = _within(1, 2**62, whole=True)
_optional = (
    "target_year",
    "plan_id",
    "first_year",
    "budgets",
    "sites",
    "spacing",
    "street_step",
    "coverage_id",
    "resolution",
    "outdoor_threshold",
    "candidates",
)
_checks: Mapping[str, _Check] = {
    "target_year": _year,
    "first_year": _year,
    "plan_id": _number_of,
    "coverage_id": _number_of,
    "operator_ids": _listed(int, "应为单位编号的列表，如 [1, 2]"),
    "budgets": _budgets,
    "headroom": _within(0.0, 10.0),
    "sites": _within(1, 1_000_000, "个", whole=True),
    "sources": _listed(str, '应为候选来源的列表，如 ["tower"]'),
    "importance": _importance,
    "spacing": _within(0.0, 10_000.0, "米"),
    "street_step": _within(5.0, 10_000.0, "米"),
    "minimum_sites": _minimums("sites", 1e6),
    "minimum_covered": _minimums("share", 1.0),
    "pins": _pins,
    "moves": _moves,
    "resolution": _within(5.0, 200.0, "米"),
    "outdoor_threshold": _within(-160.0, -40.0, "dBm"),
    "shadow_db": _within(0.0, 20.0, "dB"),
    "least_probability": _within(0.01, 0.99),
    "resold_share": _within(0.0, 1.0),
    "candidates": _candidates,
    "effort": _effort,
    "seed": _within(0, 2**31 - 1, whole=True),
}


def _typed(key: str, value: Any) -> Any:  # noqa: ANN401 - by field
    if key == "minimum_sites":
        return {one["area_id"]: int(one["sites"]) for one in value}
    if key == "minimum_covered":
        return {one["area_id"]: float(one["share"]) for one in value}
    if key == "moves":
        return {name: (float(at["longitude"]), float(at["latitude"])) for name, at in value.items()}
    if isinstance(value, list | tuple):
        return tuple(value)
    return value
