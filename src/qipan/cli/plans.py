"""``qipan plan``: reading plans, and the plans of the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, terminal, working
from qipan.cli.files import bytes_of
from qipan.cli.options import DatabaseOption, JsonOption, area_id_of, default_database, opened, unit_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from qipan.core.catalogue import Catalogue, Indicator
    from qipan.engines.reading import Coverage, Reading, Target

app = typer.Typer(help="计划 · Plans: read, import, bind, show.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="计划文件 · The plan document.")]
OcrOption = Annotated[
    bool | None,
    typer.Option("--ocr/--no-ocr", help="识别扫描页 · Recognise scanned pages (needs the extra: qipan[ocr])."),
]

PlanArgument = Annotated[int, typer.Argument(metavar="PLAN", help="计划编号，见 plan list · The plan's number.")]

_kind_names = {"target": "目标", "baseline": "现状", "measure": "政策", "coverage": "覆盖"}
_binding_names = {"none": "", "proposed": "待确认", "confirmed": "已确认", "refused": "不对应"}
_comparators = {">=": "≥", ">": "＞", "<=": "≤", "=": "＝", "range": ""}


@app.command("read")
def read(file: FileArgument, json: JsonOption = False, ocr: OcrOption = None) -> None:
    """读取计划文件，不入库 · Read a document: its targets and tasks, without storing anything."""
    from qipan.engines.reading import read_plan, reading_to_schema
    from qipan.engines.reading.formats import read_document

    reading = read_plan(read_document(file, ocr=ocr))
    if json:
        print_json(reading_to_schema(reading, file.stem))
    else:
        _print_reading(reading)


@app.command("import")
def import_(
    file: FileArgument,
    plan: Annotated[
        int | None, typer.Option(help="作为这份计划的新版本 · As a newer version of this plan; corrections are kept.")
    ] = None,
    ocr: OcrOption = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """读取计划文件并入库 · Read a document into the register, its targets matched with indicators."""
    from functools import partial

    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.plans import import_plan

    data = bytes_of(file)
    with opened(database, create=True) as register, working("读取计划") as progress:
        read = partial(import_plan, register, load_catalogue(), system, data, file.name)
        stored = read(plan_id=plan, ocr=ocr, progress=progress)
    if json:
        print_json(stored)
        return
    say(f"计划 {stored['plan_id']} 第 {stored['version']} 版：{stored['targets']} 个目标、{stored['tasks']} 项任务")
    if lost := stored["unmatched_corrections"]:
        say(f"{len(lost)} 处人工修改在新版本中找不到原处，请在页面中核对")


@app.command("list")
def show_all(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出计划 · List the plans of the register."""
    from qipan.core.plans import list_plans

    with opened(database) as register, register.connect() as connection:
        plans = list_plans(connection)
    if json:
        print_json(plans)
        return
    columns = ("编号", "计划", "印发单位", "期限", ">版本", ">目标", ">已对应", ">任务")
    rows = (
        (one["id"], one["title"], "、".join(one["issuers"]), _period(one["period"]), one["version"], one["targets"],
         one["bound"], one["tasks"])
        for one in plans
    )  # fmt: skip
    print_table(f"计划 {len(plans)} 份", columns, rows)


@app.command("show")
def show(plan: PlanArgument, json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """显示一份计划的目标、任务与对应指标 · Show a plan: targets, the indicators that measure them, tasks."""
    from qipan.core.catalogue import load_catalogue
    from qipan.core.plans import list_targets, list_tasks, read_plan_record

    with opened(database) as register, register.connect() as connection:
        record = read_plan_record(connection, plan)
        targets, tasks = list_targets(connection, plan), list_tasks(connection, plan)
    if json:
        print_json(record | {"targets": targets, "tasks": tasks})
        return
    indicators = load_catalogue().indicators
    terminal().print(f"{record['title']}  {_period(record['period'])}", style="bold")
    rows = [_stored_row(one, indicators) for one in targets if one["status"] != "dismissed"]
    columns = ("编号", "章节", "目标", "范围", "", ">数值", "单位", "年份", "类别", "指标", "对应")
    print_table(f"目标 {len(rows)} 项", columns, rows)
    kept = [one for one in tasks if one["status"] != "dismissed"]
    assigned = ((one["id"], one["section"], one["heading"], one["deadline"], _units(one)) for one in kept)
    print_table(f"任务 {len(kept)} 项", ("编号", "章节", "任务", "期限", "责任单位"), assigned)


@app.command("bind")
def bind(
    plan: PlanArgument,
    target: Annotated[int | None, typer.Option(help="只对应这个目标 · Only this target, by its number.")] = None,
    indicator: Annotated[str, typer.Option(help="指标，如 mobile.base_stations · The indicator's key.")] = "",
    refuse: Annotated[bool, typer.Option("--refuse", help="不对应任何指标 · Nothing measures it.")] = False,
    area: Annotated[str, typer.Option(help="目标所属区域 · Area that the target is for.")] = "",
    unit: Annotated[str, typer.Option(help="目标所属单位 · Operator that the target is for.")] = "",
    least_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="成批确认的最低把握 · Confirm proposals at least this sure.")
    ] = 0.9,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """确认目标与指标的对应 · Confirm which indicator measures a target.

    不带 --target 时成批确认；带 --target 而不带 --indicator 时列出候选。
    """
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.plans import bind_target, confirm_bindings, read_plan_record

    catalogue = load_catalogue()
    with opened(database) as register, register.begin() as connection:
        read_plan_record(connection, plan)
        if target is None:
            count = confirm_bindings(connection, catalogue, system, plan, least_confidence)
            result: object = {"confirmed": count}
            say(f"确认了 {count} 个目标的对应")
        elif indicator or refuse:
            places = {"area_id": area_id_of(connection, area), "owner_id": unit_id_of(connection, unit)}
            status = "refused" if refuse else "confirmed"
            result = bind_target(connection, catalogue, system, target, indicator or None, status=status, **places)
            say(f"目标 {target}：{_binding_names[status]} {indicator}".rstrip())
        else:
            result = _candidates(connection, catalogue, target)
            if not json:
                rows = ((one["indicator"], one["name"], f"{one['confidence']:.2f}") for one in result)
                print_table("可对应的指标", ("指标", "名称", ">把握"), rows)
    if json:
        print_json(result)


def _candidates(connection: Connection, catalogue: Catalogue, target: int) -> list[dict[str, object]]:
    from qipan.core.measuring import propose_bindings
    from qipan.core.plans import read_target

    found = propose_bindings(catalogue, read_target(connection, target))
    return [one | {"name": catalogue.indicators[one["indicator"]].name.zh} for one in found]


def _period(period: list[int] | tuple[int, int] | None) -> str:
    return "" if period is None else "–".join(map(str, dict.fromkeys(period)))


def _stored_row(one: dict[str, Any], indicators: Mapping[str, Indicator]) -> tuple[object, ...]:
    ends = (one["value"],) if one["value_to"] is None else (one["value"], one["value_to"])
    value = "–".join(f"{number:,.10g}" for number in ends)
    bound = indicators[one["indicator"]].name.zh if one["indicator"] in indicators else ""
    head = (one["id"], one["section"], one["name"], one["scope"], _comparators[one["comparator"]], value, one["unit"])
    return (*head, one["year"], _kind_names[one["kind"]], bound, _binding_names[one["binding_status"]])


def _units(task: dict[str, Any]) -> str:
    marks = {"lead": "（牵头）", "support": "（配合）"}
    return "、".join(one["name"] + marks.get(one["role"], "") for one in task["assignments"])


def _print_reading(reading: Reading) -> None:
    period = "" if reading.period is None else "–".join(map(str, dict.fromkeys(reading.period)))
    terminal().print(
        "  ".join(part for part in (reading.title, "、".join(reading.issuers), period) if part), style="bold"
    )
    rows = [_target_row(target) for target in reading.targets] + [_coverage_row(one) for one in reading.coverage]
    columns = ("章节", "指标", "", ">数值", "单位", "年份", "类别", "范围", "原文")
    print_table(f"目标 {len(rows)} 项", columns, rows)
    tasks = ((one.section, one.heading, "、".join(one.lead), "、".join(one.units)) for one in reading.tasks)
    print_table(f"任务 {len(reading.tasks)} 项", ("章节", "任务", "牵头", "责任单位"), tasks)


def _target_row(target: Target) -> tuple[object, ...]:
    value = "–".join(f"{number:,.10g}" for number in target.values)
    compared, kind = _comparators[target.comparator], _kind_names[str(target.kind)]
    return (target.section, target.name, compared, value, target.unit, target.year, kind, target.scope, target.quote)


def _coverage_row(one: Coverage) -> tuple[object, ...]:
    return (one.section, one.name, "≥", "100", "%", one.year, "覆盖", "", one.quote)
