"""Build plans side by side: what each builds, costs, covers and proves, and which sites they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.placing.files import read_sites
from qipan.core.scenarios import Scenario, read_scenario, scenario_folder

Record = dict[str, Any]
_Figure = Callable[[Record], Any]


def _of(*path: str) -> _Figure:
    def figure(summary: Record) -> Any:  # noqa: ANN401 - a figure of the summary
        value: Any = summary
        for key in path:
            value = None if value is None else value.get(key)
        return value

    return figure


def _layer(key: str, member: str) -> _Figure:
    def figure(summary: Record) -> Any:  # noqa: ANN401
        return next((one[member] for one in summary.get("layers", ()) if one["key"] == key), None)

    return figure


def _city(member: str) -> _Figure:
    """Return the share after the plan of all networks together, of the widest area."""

    def figure(summary: Record) -> Any:  # noqa: ANN401
        rows = [one for one in (summary.get("coverage") or {}).get("after", ()) if one["operator_id"] is None]
        return rows[0][member] if rows else None

    return figure


def _proved(member: str, scope: str) -> _Figure:
    """Return a figure of the proof where it is about the whole city, or about a district changed by hand."""

    def figure(summary: Record) -> Any:  # noqa: ANN401
        return summary.get(member) if summary.get("bound_scope", "city") == scope else None

    return figure


def _met(summary: Record) -> int:
    return sum(one["met"] for one in summary.get("targets", ()))


_rows: tuple[tuple[str, str, str, str, str | None, _Figure], ...] = (
    ("sites", "新建数", "New sites", "个", None, _of("sites")),
    ("capital", "投资", "Capital", "元", "less", _of("capital")),
    ("yearly", "年费用", "Yearly cost", "元/年", "less", _of("yearly")),
    ("capital_per_site", "单站投资", "Capital a site", "元/个", "less", _of("capital_per_site")),
    ("objective", "覆盖需求（加权）", "Demand covered (weighted)", "", "more", _of("objective")),
    ("bound", "上界", "Bound", "", None, _proved("bound", "city")),
    ("gap", "与上界差距", "Gap to the bound", "比例", "less", _proved("gap", "city")),
    ("gap_district", "与上界差距（仅所改的区）", "Gap, district changed", "比例", None, _proved("gap", "district")),
    ("residents", "已服务常住人口", "Residents served", "人", "more", _layer("residents", "after")),
    ("venues", "已服务重点场所", "Venues served", "处", "more", _layer("venues", "after")),
    ("roads", "已服务道路", "Streets served", "m", "more", _layer("roads", "after")),
    ("targets_met", "达成目标数", "Targets met", "项", "more", _met),
    ("outdoor_area", "室外面积覆盖率", "Outdoor area", "比例", "more", _city("outdoor_area")),
    ("population_indoor", "室内人口覆盖率", "Residents indoors", "比例", "more", _city("population_indoor")),
    ("sharing", "共享率", "Sharing rate", "比例", "more", _of("sharing", "rate")),
    ("saved", "直供电年节约", "Saved by direct power", "元/年", "more", _of("power", "saved_per_year")),
    ("reward", "奖励", "Reward", "元", None, _of("reward", "amount")),
)


def compare_plans(connection: Connection, database: Database, principal: Principal, ids: Sequence[int]) -> Record:
    """Return {"scenarios", "rows", "districts", "common_sites", "only"} of two to eight computed plans of one kind.

    InvalidRecord where there are too few or too many, or they place different things.
    """
    if not 2 <= len(set(ids)) <= 8:
        raise InvalidRecord([FieldProblem(None, "ids", ",".join(map(str, ids))[:80], "应为 2 至 8 个不同的方案编号")])
    plans = [read_scenario(connection, principal, one, "build") for one in dict.fromkeys(ids)]
    _check(plans)
    summaries = [one.summary or {} for one in plans]
    chosen = [set(read_sites(scenario_folder(database, one.id))["candidate"].to_pylist()) for one in plans]
    rows = []
    for key, zh, en, unit, better, figure in _rows:
        values = [figure(one) for one in summaries]
        if any(value is not None for value in values):
            rows.append({"key": key, "name": {"zh": zh, "en": en}, "unit": unit, "better": better, "values": values})
    others = [set().union(*(two for two in chosen if two is not one)) for one in chosen]
    return {
        "scenarios": [{"id": one.id, "name": one.name, "state": one.state} for one in plans],
        "rows": rows,
        "districts": _districts(summaries),
        "common_sites": len(set.intersection(*chosen)),
        "only": [
            {"id": one.id, "sites": len(mine - other)} for one, mine, other in zip(plans, chosen, others, strict=True)
        ],
    }


def _check(plans: Sequence[Scenario]) -> None:
    problems = [
        FieldProblem(None, "ids", str(one.id), f"方案“{one.name}”还没有结果，请先计算")
        for one in plans
        if one.summary is None
    ]
    if len({one.subject for one in plans}) > 1:
        problems.append(FieldProblem(None, "ids", "、".join(one.name for one in plans)[:80], "建设对象不同，不能对比"))
    if problems:
        raise InvalidRecord(problems)


def _districts(summaries: Sequence[Record]) -> list[Record]:
    names = {row["area_id"]: row["name"] for one in summaries for row in one["by_district"]}
    tables = [{row["area_id"]: row for row in one["by_district"]} for one in summaries]
    nothing = {"sites": 0, "capital": 0.0}
    return [
        {"area_id": area, "name": names[area]}
        | {key: [table.get(area, nothing)[key] for table in tables] for key in nothing}
        for area in sorted(names)
    ]
