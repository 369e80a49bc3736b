"""``qipan measure``: where every target stands, and where one indicator's number comes from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, terminal, working
from qipan.cli.options import DatabaseOption, JsonOption, area_id_of, default_database, opened, unit_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qipan.core.catalogue import Indicator, Status


def measure(
    indicator: Annotated[
        str, typer.Argument(metavar="[INDICATOR]", help="只看一项指标，如 mobile.base_stations · One indicator only.")
    ] = "",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至日期 · The day that is asked about.")
    ] = None,
    plan: Annotated[int | None, typer.Option(help="只看一份计划 · One plan only, by its number.")] = None,
    section: Annotated[str, typer.Option(help="只看一章，如 二/（四） · One chapter only, by its path.")] = "",
    area: Annotated[str, typer.Option(help="从一个区域看 · As one area sees it.")] = "",
    unit: Annotated[str, typer.Option(help="从一个单位看 · As one operator sees it.")] = "",
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """计算每个目标的现状与状态 · Measure every target: baseline, now, target, status, forecast."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.measuring import OverviewFilter, describe_indicator, overview, refresh
    from qipan.core.plans import read_plan_record
    from qipan.core.settings import as_of_day

    catalogue = load_catalogue()
    with opened(database) as register, register.connect() as connection:
        area_id, unit_id = area_id_of(connection, area), unit_id_of(connection, unit)
        day = as_of_day(connection) if as_of is None else as_of.date()
        with working("计算指标") as progress:
            snapshot = refresh(register, catalogue, progress=progress.report)
        if indicator:
            places = {"area_id": area_id, "unit_id": unit_id}
            found = describe_indicator(connection, catalogue, snapshot, system, indicator, day, **places)
        else:
            if plan is not None:
                read_plan_record(connection, plan)
            where = OverviewFilter(plan, section, area_id, unit_id)
            found = overview(connection, catalogue, snapshot, system, day, where)
    if json:
        print_json(found)
    elif indicator:
        _print_indicator(found, catalogue.indicators[indicator])
    else:
        _print_overview(found, catalogue.statuses, catalogue.indicators)


def _print_overview(found: dict[str, Any], statuses: Mapping[str, Status], indicators: Mapping[str, Indicator]) -> None:
    columns = ("章节", "目标", ">基期", ">现值", ">目标值", "单位", "年份", ">达成率", ">序时指数", "状态", ">预测")
    rows = [_row(one, statuses, indicators) for one in found["rows"]]
    print_table(f"目标 {len(rows)} 项（截至 {found['as_of']}）", columns, rows)
    counted = (f"{one.name.zh} {found['counts'][one.key]}" for one in statuses.values() if one.key in found["counts"])
    terminal().print("  ".join(counted))


def _row(
    one: dict[str, Any], statuses: Mapping[str, Status], indicators: Mapping[str, Indicator]
) -> tuple[object, ...]:
    target = one["target"]
    bound = indicators.get(target["indicator"] or "")
    places = 2 if bound is None else bound.precision
    name = " ".join(part for part in (target["scope"], target["name"]) if part)
    figures = [_figure(one[key] and one[key]["value"], places) for key in ("baseline", "now")]
    attainment = "" if one["attainment"] is None else f"{one['attainment']:.0%}"
    index = "" if one["schedule_index"] is None else f"{one['schedule_index']:.2f}"
    forecast = _figure(one["forecast"] and one["forecast"]["value"], places)
    goal = (f"{target['value']:,.10g}", target["unit"], target["year"])
    return (target["section"], name, *figures, *goal, attainment, index, statuses[one["status"]].name.zh, forecast)


def _figure(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _print_indicator(found: dict[str, Any], indicator: Indicator) -> None:
    places = indicator.precision
    value = _figure(found["value"], places) or "暂无数据"
    terminal().print(f"{indicator.name.zh}（{found['as_of']}）：{value} {indicator.unit}".rstrip(), style="bold")
    parts = ((one["label"].zh, _figure(one["value"], 2), one["source"], one["expression"]) for one in found["parts"])
    print_table("由来", ("组成", ">数值", "来源", "式"), parts)
    print_table("分区域", ("区域", ">数值"), ((one["name"], _figure(one["value"], places)) for one in found["areas"]))
    operators = ((one["name"], _figure(one["value"], places)) for one in found["operators"])
    if found["operators"]:
        print_table("分单位", ("单位", ">数值"), operators)
