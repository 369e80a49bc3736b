"""``qipan build``: build plans computed, shown, compared, adjusted site by site, entered; the cost table; approvals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, terminal, working
from qipan.cli.files import bytes_of, write_whole
from qipan.cli.options import (
    DatabaseOption,
    JsonOption,
    area_id_of,
    default_database,
    made_for_this,
    opened,
    unit_id_of,
)
from qipan.cli.words import per_cent, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable


app = typer.Typer(help="建设方案 · Build plans: what to build, where, when, at what cost.", no_args_is_help=True)

ScenarioArgument = Annotated[
    int, typer.Argument(metavar="SCENARIO", min=1, help="方案编号，见 qipan build list · Number of the scenario.")
]
_ten_thousand = 10_000.0


@app.command("run")
def run(
    placement: Annotated[
        str, typer.Argument(metavar="[PLACEMENT]", help="建设对象，如 mobile.base_station · What is placed.")
    ] = "mobile.base_station",
    scenario: Annotated[int, typer.Option(min=0, help="重新计算这个方案 · Compute this scenario again.")] = 0,
    name: Annotated[str, typer.Option(help="新方案的名称 · Name of the new scenario.")] = "",
    budget: Annotated[
        str, typer.Option(metavar="AMOUNTS", help="各年预算，万元，逗号分隔 · Budgets by year, in 10,000 yuan.")
    ] = "",
    sites: Annotated[int, typer.Option(min=0, help="新建数，代替目标缺口 · Number of new sites.")] = 0,
    source: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="只用这个候选来源，可重复 · This source only.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(metavar="UNIT", help="为这家运营商，可重复 · For this operator.")
    ] = None,
    area: Annotated[str, typer.Option(help="只在这个区域 · In this area only.")] = "",
    year: Annotated[int, typer.Option(min=0, help="目标年份 · The plan's last year.")] = 0,
    effort: Annotated[str, typer.Option(help="求解力度：quick、standard、report · How hard to try.")] = "standard",
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """计算建设方案：选址、分年、造价、覆盖与上界 · Choose sites within budgets, with a proven bound."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.placing import BuildParameters, placement_named
    from qipan.core.scenarios import create_scenario, read_scenario
    from qipan.domains.mobile.building import run_build

    catalogue = load_catalogue()
    with opened(database) as register:
        with register.begin() as connection:
            if scenario:
                chosen = read_scenario(connection, system, scenario, "build")
            else:
                asked: dict[str, Any] = {"budgets": _amounts(budget), "sites": sites or None, "effort": effort}
                asked |= {"sources": source or [], "target_year": year or None}
                asked["operator_ids"] = [unit_id_of(connection, one) for one in unit or []]
                parameters = BuildParameters.from_json(asked).to_json()
                subject = placement_named(catalogue, placement)
                chosen = create_scenario(
                    connection, system, kind="build", subject=placement, parameters=parameters,
                    name=name or f"{subject.name.zh}建设方案", area_id=area_id_of(connection, area),
                )  # fmt: skip
        with made_for_this(register, chosen.id, made=not scenario), working("计算建设方案") as progress:
            summary = run_build(register, catalogue, system, chosen.id, progress)
    if json:
        print_json(summary | {"scenario_id": chosen.id})
    else:
        say(f"方案 {chosen.id} “{chosen.name}”")
        _print_summary(summary)


@app.command("list")
def list_plans(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出建设方案 · List the build plans."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.core.scenarios import list_scenarios, settle_scenarios

    with opened(database) as register:
        settle_scenarios(register)
        with register.connect() as connection:
            found = list_scenarios(connection, system, kind="build")
    if json:
        print_json([asdict(one) for one in found])
        return
    rows = []
    for one in found:
        told = one.summary or {}
        money = _money(told.get("capital"))
        rows.append(
            (
                one.id,
                one.name,
                one.subject,
                state_of(one),
                told.get("sites"),
                money,
                per_cent(told.get("gap"), 2),
            )
        )
    print_table("建设方案", (">编号", "名称", "对象", "状态", ">新建", ">投资（万元）", ">与上界差距"), rows)


@app.command("show")
def show(
    scenario: ScenarioArgument,
    sites: Annotated[int, typer.Option(min=0, help="列出前若干个点 · List the first sites.")] = 20,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """显示一个方案：分年、分区、指标与每个点的理由 · Show a plan, with the reason for each site."""
    from qipan.core.access import system
    from qipan.core.placing import list_sites
    from qipan.core.scenarios import read_scenario, scenario_folder

    with opened(database) as register:
        with register.connect() as connection:
            summary = read_scenario(connection, system, scenario, "build").summary
        found = list_sites(scenario_folder(register, scenario), limit=max(sites, 1))
    if json:
        print_json({"summary": summary, "sites": found})
        return
    _print_summary(summary or {})
    rows = (
        (
            one["site"],
            one["year"],
            one["district"],
            one["name"],
            one["source_name"],
            _money(one["capital"]),
            _sentence(one),
        )
        for one in found["items"][:sites]
    )
    columns = (">序", ">年", "区", "名称", "来源", ">投资（万元）", "理由")
    print_table(f"点位 {found['total']} 个，列出 {min(sites, found['total'])} 个", columns, rows)


@app.command("compare")
def compare(
    scenarios: Annotated[list[int], typer.Argument(metavar="SCENARIO...", help="方案编号 · Numbers of scenarios.")],
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """并排对比几个方案 · Set plans side by side."""
    from qipan.core.access import system
    from qipan.core.placing import compare_plans

    with opened(database) as register, register.connect() as connection:
        found = compare_plans(connection, register, system, scenarios)
    if json:
        print_json(found)
        return
    heads = ("指标", "单位", *(f">{one['id']} {one['name']}" for one in found["scenarios"]))
    rows = ((one["name"]["zh"], one["unit"], *map(_figure, one["values"])) for one in found["rows"])
    print_table(f"方案对比（共同点位 {found['common_sites']} 个）", heads, rows)


@app.command("pin")
def pin(
    scenario: ScenarioArgument,
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help="候选点的键 · Key of the candidate.")],
    mandatory: Annotated[bool, typer.Option("--mandatory", help="必选 · Must be built.")] = False,
    forbidden: Annotated[bool, typer.Option("--forbidden", help="禁选 · Must not be built.")] = False,
    move: Annotated[str, typer.Option(metavar="LON,LAT", help="移到这个位置 · Move it there.")] = "",
    changes: Annotated[
        int, typer.Option(min=0, max=50, help="此外最多为多覆盖而改动的点数 · Sites changed besides, where it pays.")
    ] = 2,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """必选、禁选、取消或移动一个点，重新求解所在区 · Pin, forbid, free or move a site; its district is solved again."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.placing import PinChange
    from qipan.domains.mobile.building import change_build

    if mandatory and forbidden:
        raise InvalidRecord([FieldProblem(None, "--mandatory/--forbidden", candidate, "必选与禁选只能取其一")])
    wish = "mandatory" if mandatory else "forbidden" if forbidden else None
    change = PinChange(candidate, wish, bool(move), _place(move) if move else None, changes)
    with opened(database) as register:
        found = change_build(register, load_catalogue(), system, scenario, change)
    if json:
        print_json(found)
    else:
        added, removed = ("、".join(found[key]) or "无" for key in ("added", "removed"))
        kept = f"其余点位改动 {found['changes']['others']} 个（为多覆盖最多 {changes} 处）"
        say(f"新增 {added}；减少 {removed}；{kept}（{found['milliseconds']} 毫秒）")


@app.command("candidates")
def candidates(
    scenario: ScenarioArgument,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Excel 或 CSV · An Excel or CSV file.")] = None,
    datum: Annotated[
        str, typer.Option(help="坐标系：wgs84、gcj02、bd09、gauss_kruger:EPSG · What coordinates are measured in.")
    ] = "wgs84",
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="写出填报表（已有的候选点在内） · Write the workbook to fill in."),
    ] = None,
    problems: Annotated[
        Path | None, typer.Option(metavar="FILE", help="只检查，写出问题清单 · Check only and list what is wrong.")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="去掉自带造价的候选点 · Leave it without any.")] = False,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """上传自带造价的候选点，或写出填报表 · Take candidate sites with costs of their own, or write what to fill in."""
    from qipan.core import placing
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.errors import FieldProblem, InvalidRecord

    catalogue = load_catalogue()
    if (file is None) == (template is None and not drop) or (problems is not None and file is None):
        reason = "请给出要上传的文件，或改用 --template 写出填报表、--drop 去掉候选点，三者取一"
        raise InvalidRecord([FieldProblem(None, "FILE", str(file or ""), reason)])
    with opened(database) as register:
        if template is not None:
            _, content = placing.write_candidate_workbook(register, catalogue, system, scenario)
            write_whole(template, lambda draft: draft.write_bytes(content))
            say(f"已写入 {template}")
        elif drop:
            placing.drop_candidates(register, system, scenario)
            say(f"方案 {scenario} 不再有自带造价的候选点：请重新计算")
        elif file is not None and problems is not None:
            with register.connect() as connection:
                listed = placing.write_problem_workbook(
                    connection, catalogue, system, scenario, bytes_of(file), file.name, datum
                )
            write_whole(problems, lambda draft: draft.write_bytes(listed))
            say(f"已写入 {problems}，没有改动方案")
        elif file is not None:
            found = placing.take_candidates(register, catalogue, system, scenario, bytes_of(file), file.name, datum)
            if json:
                print_json(found)
            else:
                say(f"方案 {scenario} 有 {found['candidates']} 个自带造价的候选点：请重新计算")


@app.command("export")
def export(
    scenario: ScenarioArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="写入的文件：xlsx、gpkg、kml 或 pdf · Its ending says the document.")
    ],
    area: Annotated[str, typer.Option(help="只要这个区 · This district only.")] = "",
    title: Annotated[str, typer.Option(help="标题 · The title.")] = "",
    organisation: Annotated[str, typer.Option(help="编制单位 · Who issues it.")] = "",
    paper: Annotated[str, typer.Option(help="图册的纸张：A3 或 A4 · Paper of the map sheets.")] = "A3",
    coverage: Annotated[int, typer.Option(min=0, help="图册的底图：覆盖方案编号 · Coverage study under the maps.")] = 0,
    database: DatabaseOption = default_database,
) -> None:
    """写出工程量清单（xlsx）、站点图层（gpkg、kml）或图册（pdf） · Write bill of quantities, layers or map sheets."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.reports import read_planned, write_document

    if paper not in ("A3", "A4"):
        raise InvalidRecord([FieldProblem(None, "--paper", paper[:20], "应为 A3 或 A4")])
    with opened(database) as register, working("写出文件") as progress:
        with register.connect() as connection:
            area_id = area_id_of(connection, area)
        planned = read_planned(register, system, scenario, title=title, organisation=organisation)
        planned = planned if area_id is None else planned.within(area_id)
        options: dict[str, Any] = {"paper": paper, "coverage_id": coverage or None, "progress": progress}
        count = write_whole(
            file, lambda draft: write_document(register, load_catalogue(), system, planned, draft, **options)
        )
    say(f"已写出 {count:,} 个站点到 {file}")


@app.command("enter")
def enter(scenario: ScenarioArgument, json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """把方案的点位转入登记库，并发起绿色通道审批 · Enter the sites as planned resources, with approvals."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.mobile.building import enter_build

    with opened(database) as register, working("转入登记库") as progress:
        found = enter_build(register, load_catalogue(), system, scenario, progress)
    if json:
        print_json(found)
    say(f"已转入 {found['resources']} 项规划资源，发起 {found['approvals']} 个审批环节")


@app.command("rates")
def rates(
    put: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="设定一项，可重复 · Set one figure.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="写出为 Excel · Write as an Excel workbook.")
    ] = None,
    read: Annotated[
        Path | None, typer.Option("--read", metavar="FILE", help="读回改过的 Excel · Read an edited workbook.")
    ] = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """显示、修改、导出或读回造价表 · The cost table: shown, changed, written, read back."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.placing import list_rates, read_rates, set_rate, write_rates

    catalogue = load_catalogue()
    with opened(database) as register, register.begin() as connection:
        for one in put or ():
            set_rate(connection, catalogue, system, *_setting(one))
        if read is not None:
            changed = read_rates(connection, catalogue, system, bytes_of(read))["changed"]
            say(f"造价表有 {changed} 项改变")
        found = list_rates(connection, catalogue)
        if write is not None:
            content = write_rates(connection, catalogue)
            write_whole(write, lambda draft: draft.write_bytes(content))
            say(f"已写入 {write}")
    if json:
        print_json(found)
    elif write is None and read is None:
        rows = (
            (one["key"], one["name"]["zh"], f"{one['value']:,g}", f"{one['default']:,g}", one["unit"]) for one in found
        )
        print_table("造价表", ("键", "名称", ">现行值", ">默认值", "单位"), rows)


@app.command("holidays")
def holidays(
    write: Annotated[Path | None, typer.Option("--write", metavar="FILE", help="写出为 CSV · Write as CSV.")] = None,
    read: Annotated[
        Path | None, typer.Option("--read", metavar="FILE", help="读回改过的表 · Read an edited table.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="恢复随软件提供的表 · Back to the default.")] = False,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """显示、导出或读回节假日与调休表，审批限时据此计算 · Holidays by which time limits count."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.placing import read_special_days, reset_special_days, special_days, write_special_days

    catalogue = load_catalogue()
    with opened(database) as register, register.begin() as connection:
        if reset:
            reset_special_days(connection, catalogue, system)
        if read is not None:
            found = read_special_days(connection, catalogue, system, bytes_of(read), read.name)
            say(f"节假日表有 {found['days']} 天，{found['from']} 至 {found['to']}")
        rows = special_days(connection, catalogue)
        content = write_special_days(connection, catalogue)
    if write is not None:
        write_whole(write, lambda draft: draft.write_bytes(content))
        say(f"已写入 {write}")
    if json:
        print_json([asdict(one) for one in rows])
    elif write is None and read is None:
        shown = ((one.day, "上班" if one.worked else "放假", one.name) for one in rows)
        print_table("节假日与调休", ("日期", "安排", "名称"), shown)


@app.command("approvals")
def approvals(
    scenario: Annotated[
        int, typer.Argument(metavar="[SCENARIO]", min=0, help="只看这个方案 · This scenario only.")
    ] = 0,
    decision: Annotated[str, typer.Option(help="waiting、approved 或 refused · Only steps so decided.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="最多列出 · At most so many.")] = 40,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """列出绿色通道审批环节 · List the steps of approval."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.placing import entered_ids, list_approvals

    with opened(database) as register, register.connect() as connection:
        ids = entered_ids(register, scenario) if scenario else None
        where: dict[str, Any] = {"resource_ids": ids, "decision": decision or None, "limit": limit}
        found = list_approvals(connection, load_catalogue(), system, **where)
    if json:
        print_json(found)
        return
    columns = (">编号", "资源", "环节", ">限时（工作日）", "开始", "到期", "结论", "超期")
    rows = (
        (
            one["id"], one["resource_name"], one["name"]["zh"], one["days_allowed"], one["begun_on"], one["due_on"],
            one["decision"], "是" if one["overdue"] else "",
        )
        for one in found["items"]
    )  # fmt: skip
    print_table(f"审批环节 {found['total']} 个", columns, rows)


@app.command("decide")
def decide(
    approval: Annotated[int, typer.Argument(metavar="APPROVAL", min=1, help="环节编号 · Number of the step.")],
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="approved、refused 或 waiting")],
    note: Annotated[str, typer.Option(help="意见；不予通过时必填 · A note, needed for a refusal.")] = "",
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """办结一个审批环节；全部通过后资源转为批准 · Decide one step; with the last the resource is approved."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.placing import decide as decide_step

    with opened(database) as register, register.begin() as connection:
        found = decide_step(connection, load_catalogue(), system, approval, decision, note)
    if json:
        print_json(found)
    say(f"{found['resource_name']}：{found['name']['zh']} {found['decision']}，资源状态 {found['state']}")


def _amounts(text: str) -> list[float] | None:
    """Return yuan of comma-separated amounts in ten thousand yuan, None for an empty text."""
    from qipan.core.errors import FieldProblem, InvalidRecord

    if not text.strip():
        return None
    try:
        return [float(one) * _ten_thousand for one in text.replace("，", ",").split(",")]
    except ValueError as error:
        raise InvalidRecord(
            [FieldProblem(None, "--budget", text[:80], "应为万元数，多年以逗号分隔，如 1200,800")]
        ) from error


def _place(text: str) -> tuple[float, float]:
    from qipan.core.errors import FieldProblem, InvalidRecord

    try:
        longitude, latitude = map(float, text.replace("，", ",").split(","))
    except ValueError as error:
        raise InvalidRecord([FieldProblem(None, "--move", text[:80], "应为 经度,纬度，如 114.06,22.54")]) from error
    return longitude, latitude


def _setting(text: str) -> tuple[str, float | None]:
    from qipan.core.errors import FieldProblem, InvalidRecord

    key, mark, value = text.partition("=")
    try:
        return key.strip(), float(value) if value.strip() else None
    except ValueError as error:
        reason = "应为 键=数值，如 mobile.tower_rent=20000；等号后留空则恢复默认" if mark else "缺少等号"
        raise InvalidRecord([FieldProblem(None, "--set", text[:80], reason)]) from error


def _print_summary(summary: dict[str, Any]) -> None:
    verdict = "核验通过" if summary["verdict"]["holds"] else "核验未通过：" + "；".join(summary["verdict"]["broken"])
    head = (
        f"新建 {summary['sites']} 个，投资 {_money(summary['capital'])} 万元，年费用 {_money(summary['yearly'])} 万元"
    )
    terminal().print(
        f"{head}；与上界差距 {per_cent(summary['gap'], 2)}，种子 {summary['seed']}，{verdict}", style="bold"
    )
    columns = ("年", ">预算（万元）", ">支出（万元）", ">新建")
    print_table(
        "分年",
        columns,
        ((one["year"], _money(one["budget"]), _money(one["spent"]), one["sites"]) for one in summary["years"]),
    )
    _print_rows("分区", summary["by_district"])
    _print_rows("分来源", [one | {"name": one["name"]["zh"]} for one in summary["by_source"]])
    layers = (
        (one["name"]["zh"], one["unit"], *map(_figure, (one["total"], one["before"], one["after"])))
        for one in summary["layers"]
    )
    print_table("需求", ("图层", "单位", ">总量", ">现状", ">建成后"), layers)
    targets = (
        (
            one["name"],
            one["year"],
            one["wanted"],
            one["now"],
            one["coming"],
            one["added"],
            one["after"],
            "是" if one["met"] else "否",
        )
        for one in summary["targets"]
    )
    print_table("目标", ("目标", "年", ">要求", ">现有", ">在建在批", ">新增", ">建成后", "达成"), targets)
    for note in summary["notes"]:
        say(note)
    if power := summary.get("power"):
        shares = f"{per_cent(power['share_before'], 2)} → {per_cent(power['share_after'], 2)}"
        saved = f"年节约 {_money(power['saved_per_year'])} 万元"
        say(f"转供电占比 {shares}，改造 {power['conversions']} 个，{saved}")
    if reward := summary.get("reward"):
        tiers = "、".join(f"{one['name']['zh']} {_money(one['amount'])} 万元" for one in reward["tiers"])
        say(f"奖励 {_money(reward['amount'])} 万元（{tiers}）")


def _print_rows(title: str, rows: Iterable[dict[str, Any]]) -> None:
    print_table(
        title,
        (title[1:], ">新建", ">投资（万元）"),
        ((one["name"], one["sites"], _money(one["capital"])) for one in rows),
    )


def _sentence(site: dict[str, Any]) -> str:
    return str(site["reason"]["sentence"])


def _money(yuan: float | None) -> str:
    return "" if yuan is None else f"{yuan / _ten_thousand:,.1f}"


def _figure(value: object) -> str:
    return "" if value is None else f"{value:,.10g}" if isinstance(value, int | float) else str(value)
