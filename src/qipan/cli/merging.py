"""``qipan merge``: merging the poles of streets, from the register to a plan and its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, working
from qipan.cli.files import write_whole
from qipan.cli.options import DatabaseOption, JsonOption, area_id_of, default_database, made_for_this, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="合杆整治：哪些杆保留、设备迁往何处 · Merge the poles of streets.", no_args_is_help=True)

NumberArgument = Annotated[int, typer.Argument(metavar="SCENARIO", help="方案编号 · Number of the scenario.")]
_subject = "poles.merging"


@app.command()
def run(
    name: Annotated[str, typer.Option(help="方案名称 · Name of the scenario.")] = "合杆整治",
    area: Annotated[str, typer.Option(help="只做这个区域 · Only this area.")] = "",
    spacing: Annotated[float, typer.Option(help="路灯最大间距，米 · Greatest distance between lamps, m.")] = 45.0,
    drop_lamps: Annotated[bool, typer.Option("--drop-lamps", help="间距允许处可拆路灯 · Lamps may go.")] = False,
    stay: Annotated[list[str] | None, typer.Option(metavar="CODE", help="须保留的杆 · A pole that must stay.")] = None,
    go: Annotated[list[str] | None, typer.Option(metavar="CODE", help="须拆除的杆 · A pole that must go.")] = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """计算合杆方案：杆数最少，其次费用最低，并给出证明 · Fewest poles, then least cost, with proof."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.scenarios import create_scenario
    from qipan.domains.poles.merging import MergingParameters, run_merging

    values = {"lamp_spacing": spacing, "drop_lamps": drop_lamps, "stay": stay or [], "go": go or []}
    parameters = MergingParameters.from_json(values).to_json()
    with opened(database) as register:
        with register.begin() as connection:
            scenario = create_scenario(
                connection,
                system,
                kind="merging",
                subject=_subject,
                name=name,
                parameters=parameters,
                area_id=area_id_of(connection, area),
            )
        with made_for_this(register, scenario.id, made=True), working("合杆") as progress:
            summary = run_merging(register, load_catalogue(), system, scenario.id, progress)
    if json:
        print_json({"scenario": scenario.id} | summary)
        return
    _print_summary(scenario.id, summary)


def _print_summary(scenario_id: int, summary: Mapping[str, Any]) -> None:
    rows = [_row(one["name"], one) for one in summary["by_district"]] + [_row("合计", summary)]
    headings = ("区域", ">道路", ">整治前", ">整治后", ">下界", ">改建智能杆", ">迁移设备", ">费用（万元）")
    print_table(f"合杆方案 {scenario_id}", headings, rows)
    for text in (*summary["notes"], *summary["errors"]):
        say(text)
    say(f"用时 {summary['seconds']} 秒；明细：qipan merge show {scenario_id}")


def _row(name: str, sums: Mapping[str, Any]) -> tuple[object, ...]:
    counts = (f"{sums[key]:,}" for key in ("streets", "poles_before", "poles_after", "pole_bound", "replaced", "moves"))
    return (name, *counts, f"{sums['cost'] / 1e4:,.1f}")


@app.command()
def show(
    scenario: NumberArgument,
    street: Annotated[int | None, typer.Option(help="道路序号；省略时列出各路 · Number of a street.")] = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """列出方案的道路，或一条道路上各杆的去留与理由 · Streets of a plan, or the poles of one."""
    from qipan.core.access import system
    from qipan.domains.poles.merging import read_plan, read_street

    with opened(database) as register:
        if street is None:
            rows = read_plan(register, system, scenario, "streets").to_pylist()
            print_json(rows) if json else _print_streets(scenario, rows)
        else:
            told = read_street(register, system, scenario, street)
            print_json(told) if json else _print_street(told)


def _print_streets(scenario: int, rows: list[dict[str, Any]]) -> None:
    keys = ("street", "district", "road", "poles_before", "poles_after", "replaced", "moves", "cost", "problem")
    headings = (">序号", "区", "道路", ">整治前", ">整治后", ">改建", ">迁移", ">费用（元）", "问题")
    print_table(f"合杆方案 {scenario}", headings, ([one[key] for key in keys] for one in rows))


def _print_street(told: Mapping[str, Any]) -> None:
    from qipan.domains.poles.merging import state_names

    keys = ("position", "side", "name", "state", "devices_before", "devices_after", "reason")
    headings = (">里程（米）", "侧别", "杆件", "处置", ">原挂", ">现挂", "理由")
    poles = (one | {"state": state_names[one["state"]]} for one in told["poles"])
    rows = ([one[key] for key in keys] for one in poles)
    print_table(f"{told['district']}{told['road']}", headings, rows)


@app.command()
def enter(scenario: NumberArgument, json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """把合杆方案转入登记库：规划智能杆、待拆杆件、待迁设备与审批 · Enter a plan into the register."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.poles.merging import enter_merging

    with opened(database) as register, working("转入登记库") as progress:
        found = enter_merging(register, load_catalogue(), system, scenario, progress)
    if json:
        print_json(found)
        return
    say(
        f"已转入：规划智能杆 {found['resources']} 根，待拆除或改建杆件 {found['poles']} 根，"
        f"待迁移设备 {found['devices']} 台，审批环节 {found['approvals']} 个"
    )


@app.command()
def withdraw(scenario: NumberArgument, json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """把已转入登记库的合杆方案撤回 · Take an entered plan back."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.poles.merging import withdraw_merging

    with opened(database) as register, working("撤回") as progress:
        found = withdraw_merging(register, load_catalogue(), system, scenario, progress)
    if json:
        print_json(found)
        return
    say(f"已撤回：规划智能杆 {found['resources']} 根，杆件 {found['poles']} 根，设备 {found['devices']} 台")


@app.command()
def export(
    scenario: NumberArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写入的文件：.xlsx、.gpkg 或 .kml · Written file.")],
    database: DatabaseOption = default_database,
) -> None:
    """把方案写成 Excel、GeoPackage 或 KML · Write a plan as a file."""
    from qipan.core.access import system
    from qipan.domains.poles.merging import export_plan

    with opened(database) as register:
        count = write_whole(file, lambda draft: export_plan(register, system, scenario, draft))
    say(f"已写入 {file}：{count:,} 根杆")
