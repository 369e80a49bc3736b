"""``qipan ground`` and ``qipan coverage``: terrain in, coverage computed, shown, published and handed out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, terminal, working
from qipan.cli.files import write_whole
from qipan.cli.options import (
    DatabaseOption,
    JsonOption,
    area_id_of,
    default_database,
    made_for_this,
    opened,
    unit_id_of,
)
from qipan.cli.words import per_cent, state_of, unit_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from qipan.core.database import Database
    from qipan.core.scenarios import Scenario

ground_app = typer.Typer(help="地形、地表覆盖与道路 · Terrain, land cover and streets.", no_args_is_help=True)
app = typer.Typer(help="5G 覆盖计算 · Coverage of the 5G network.", no_args_is_help=True)

ScenarioArgument = Annotated[
    int, typer.Argument(metavar="SCENARIO", min=1, help="方案编号，见 qipan coverage list · Number of the scenario.")
]
_shown_errors = 20
_shares = {
    "outdoor_area": "室外面积",
    "indoor_area": "室内面积",
    "population": "人口",
    "population_indoor": "室内人口",
    "venues": "重点场所",
}


@ground_app.command("import")
def import_ground_files(
    terrain: Annotated[
        Path | None, typer.Option(metavar="FILE", help="高程栅格（米，带坐标系） · Heights as a raster.")
    ] = None,
    land_cover: Annotated[
        Path | None, typer.Option(metavar="FILE", help="地表覆盖栅格 · Classes of land cover as a raster.")
    ] = None,
    streets: Annotated[Path | None, typer.Option(metavar="FILE", help="道路中心线 · Axes of streets as lines.")] = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """导入地形、地表覆盖、道路 · Import terrain, land cover, streets."""
    from qipan.core.access import system
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.ground import import_ground

    given = {"terrain": terrain, "land_cover": land_cover, "streets": streets}
    if not any(given.values()):
        raise InvalidRecord([FieldProblem(None, "--terrain", "", "请至少给出 --terrain、--land-cover、--streets 之一")])
    found = {}
    with opened(database, create=True) as register, working("导入地面数据") as progress:
        for content, path in given.items():
            if path is not None:
                found[content] = import_ground(register, content, path, system, progress)
    if json:
        print_json(found)
    for content, facts in found.items():
        say(f"已导入 {facts['file']}（{content}）")


@ground_app.command("show")
def show_ground(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """显示已导入的地面数据 · Show what is known of the ground."""
    from qipan.core.ground import read_extent, read_facts

    with opened(database) as register:
        facts = read_facts(register)
        bounds = read_extent(register) if "epsg" in facts else None
    if json:
        print_json(facts | {"bounds": bounds})
        return
    names = {"terrain": "地形", "land_cover": "地表覆盖", "streets": "道路"}
    rows = [(name, *(facts.get(key, {}).get(part, "") for part in ("file", "at"))) for key, name in names.items()]
    print_table(f"地面数据（EPSG:{facts.get('epsg', '—')}）", ("内容", "文件", "导入时间"), rows)
    if bounds is not None:
        terminal().print(f"经度 {bounds[0]:.4f} 至 {bounds[2]:.4f}，纬度 {bounds[1]:.4f} 至 {bounds[3]:.4f}")


@app.command("run")
def run(
    scenario: Annotated[
        int, typer.Argument(metavar="[SCENARIO]", min=0, help="重新计算这个方案；省略则新建 · Compute this one again.")
    ] = 0,
    name: Annotated[str, typer.Option(help="新方案的名称 · Name of the new scenario.")] = "5G 覆盖",
    resolution: Annotated[float, typer.Option(help="格网边长，米 · Metres a map cell.")] = 10.0,
    radius: Annotated[float, typer.Option(help="每个站址的计算半径，米 · Metres about each mast.")] = 1000.0,
    model: Annotated[str, typer.Option(help="传播模型：surface 或 p1812 · Propagation model.")] = "surface",
    band: Annotated[
        list[str] | None, typer.Option(metavar="BAND", help="只算这个频段，如 3.5G，可重复 · This band only.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(metavar="UNIT", help="只算这家运营商，可重复 · This operator only.")
    ] = None,
    area: Annotated[str, typer.Option(help="只算这个区域 · This area only.")] = "",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至日期 · The day whose network counts.")
    ] = None,
    plan: Annotated[
        list[int] | None,
        typer.Option(metavar="SCENARIO", min=1, help="加上这个建设方案的点位，可重复 · With this build plan's sites."),
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="随后发布为指标 · Publish the figures.")] = False,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """计算覆盖，按区域和运营商汇总 · Compute coverage and sum it up by area and operator."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.scenarios import read_scenario
    from qipan.domains.mobile.coverage import publish_coverage, run_coverage

    catalogue = load_catalogue()
    with opened(database) as register:
        with register.begin() as connection:
            if scenario:
                chosen = read_scenario(connection, system, scenario, "coverage")
            else:
                asked = {"resolution": resolution, "radius": radius, "model": model, "bands": band or []}
                asked["operator_ids"] = [unit_id_of(connection, one) for one in unit or []]
                asked["include_planned"] = plan or []
                asked["as_of"] = None if as_of is None else as_of.date().isoformat()
                chosen = _new_scenario(connection, name, asked, area_id_of(connection, area))
        with made_for_this(register, chosen.id, made=not scenario), working("计算覆盖") as progress:
            summary = run_coverage(register, catalogue, system, chosen.id, progress)
        counts = {}
        if publish:
            with register.begin() as connection:
                counts = publish_coverage(connection, catalogue, system, chosen.id)
        if json:
            print_json(summary | {"scenario_id": chosen.id} | counts)
        else:
            _print_summary(register, chosen, summary)
    if publish:
        say(f"已发布 {counts['published']} 个数值，{counts['unchanged']} 个未变，{counts['kept']} 个人工填报的保持不动")


def _new_scenario(connection: Connection, name: str, asked: dict[str, Any], area_id: int | None) -> Scenario:
    from qipan.core.access import system
    from qipan.core.scenarios import create_scenario
    from qipan.domains.mobile.coverage import CoverageParameters

    parameters = CoverageParameters.from_json(asked).to_json()
    kind, subject = "coverage", "mobile.coverage"
    return create_scenario(
        connection, system, kind=kind, subject=subject, name=name, parameters=parameters, area_id=area_id
    )


def _print_summary(register: Database, scenario: Scenario, summary: Mapping[str, Any]) -> None:
    areas, units = _names(register)
    wanted = [one for one in summary["areas"] if areas[one["area_id"]][1] in ("city", "district")]
    wanted.sort(key=lambda one: (areas[one["area_id"]][2], one["operator_id"] or 0))
    rows = [
        (areas[one["area_id"]][0], units.get(one["operator_id"], "全部"), *(per_cent(one[key]) for key in _shares))
        for one in wanted
    ]
    columns = ("区域", "运营商", *(f">{name}" for name in _shares.values()))
    title = f"方案 {scenario.id}“{scenario.name}”（截至 {summary['as_of']}，{summary['cells']:,} 个小区）"
    print_table(title, columns, rows)
    if agreement := summary["agreement"]:
        figures = f"中位差 {agreement['median']:.2f} dB，九成以内 {agreement['p90']:.2f} dB"
        terminal().print(f"与精确模式比较 {agreement['points']:,} 点：{figures}")
    if summary["defaulted"]:
        terminal().print(
            f"取用默认值的小区 {sum(summary['defaulted'].values()):,} 个：{_counted(summary['defaulted'])}"
        )
    for sentence in summary["errors"][:_shown_errors]:
        say(sentence)
    if (more := summary["error_count"] - _shown_errors) > 0:
        say(f"……另有 {more:,} 个小区有误，见 --json")


def _counted(counts: Mapping[str, int]) -> str:
    from qipan.core.catalogue import load_catalogue

    form = load_catalogue().kinds["base_station"].attribute("form")
    names = {} if form is None else {one.key: one.name.zh for one in form.choices}
    return "、".join(f"{names.get(key, key)} {count}" for key, count in counts.items())


def _names(register: Database) -> tuple[dict[int, tuple[str, str, str]], dict[int, str]]:
    """Return name, level and code of every area, and the name of every unit, by number."""
    from sqlalchemy import select

    from qipan.core import tables

    area = tables.area.c
    with register.connect() as connection:
        found = connection.execute(select(area.id, area.name, area.level, area.code))
        areas = {row.id: (row.name, row.level, row.code) for row in found}
        return areas, unit_names(connection)


@app.command("list")
def list_studies(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出覆盖方案 · List the coverage scenarios."""
    from qipan.core.access import system
    from qipan.core.scenarios import list_scenarios, settle_scenarios

    with opened(database) as register:
        settle_scenarios(register)
        with register.connect() as connection:
            found = list_scenarios(connection, system, kind="coverage")
    if json:
        print_json([_listed(one) for one in found])
        return
    rows = [tuple(_listed(one).values()) for one in found]
    print_table(f"覆盖方案 {len(rows)} 个", (">编号", "名称", "状态", "已发布", "截至", ">小区"), rows)


def _listed(one: Scenario) -> dict[str, Any]:
    summary = one.summary or {}
    shown = {"id": one.id, "name": one.name, "state": state_of(one), "published": "是" if one.published else "否"}
    return shown | {"as_of": summary.get("as_of"), "cells": summary.get("cells")}


@app.command("publish")
def publish_study(scenario: ScenarioArgument, database: DatabaseOption = default_database) -> None:
    """把覆盖率发布为指标数值 · Enter the shares as figures of the indicators."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.mobile.coverage import publish_coverage

    with opened(database) as register, register.begin() as connection:
        counts = publish_coverage(connection, load_catalogue(), system, scenario)
    say(f"已发布 {counts['published']} 个数值，{counts['unchanged']} 个未变，{counts['kept']} 个人工填报的保持不动")


@app.command("export")
def export(
    scenario: ScenarioArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="写入的文件：tif、gpkg、kml 或 csv · Its ending says the format.")
    ],
    metric: Annotated[
        str, typer.Option(help="rsrp、sinr、throughput、server、overlap、indoor、hole 或 cells · What to write.")
    ] = "rsrp",
    layer: Annotated[
        int, typer.Option(min=-1, help="图层编号；-1 为全部公网中最好的 · Number of a carrier; -1 for the best of all.")
    ] = -1,
    database: DatabaseOption = default_database,
) -> None:
    """导出一幅覆盖图或小区 · Write a map of a study, or its cells."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.scenarios import read_scenario
    from qipan.domains.mobile.coverage import export_study, open_study, visible_cells

    catalogue = load_catalogue()
    with opened(database) as register, working("导出") as progress:
        with register.connect() as connection:
            study = open_study(register, read_scenario(connection, system, scenario, "coverage").id)
            cells = visible_cells(connection, catalogue, system, study)
        chosen = None if layer < 0 else layer
        count = write_whole(file, lambda draft: export_study(study, catalogue, draft, metric, chosen, cells, progress))
    say(f"已写出 {count:,} 项到 {file}")


@app.command("antenna")
def antenna(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="MSI 或 NSMA 文件；省略则列出 · Files to keep.")
    ] = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """导入天线方向图，或列出可用的天线 · Keep antenna files, or list the antennas that cells may name."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.domains.mobile.coverage import import_antenna, list_antennas

    with opened(database) as register:
        for path in files or ():
            kept = import_antenna(register, path, system)
            say(f"已导入天线 {kept.key}（{kept.gain:g} dBi）")
        if files:
            return
        found = list_antennas(register)
    if json:
        print_json([asdict(one) for one in found])
        return
    _print_antennas([(one.key, one.name.zh, f"{one.gain:g}", one.source) for one in found])


def _print_antennas(rows: Sequence[tuple[str, ...]]) -> None:
    print_table(f"天线 {len(rows)} 种", ("名称", "说明", ">最大增益 dBi", "来源"), rows)
