"""``qipan network``: neighbours, identities, capacity, sharing and drive tests on a computed coverage study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, terminal, working
from qipan.cli.files import bytes_of, write_whole
from qipan.cli.options import DatabaseOption, JsonOption, default_database, opened, unit_id_of
from qipan.cli.words import per_cent, unit_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qipan.core.catalogue import Catalogue
    from qipan.core.database import Database
    from qipan.core.jobs import Progress
    from qipan.domains.mobile.network.records import Result

    Run = Callable[[Database, Catalogue, Progress], dict[str, Any]]

app = typer.Typer(help="网络规划：邻区、PCI、容量、共享、路测 · Network planning on a study.", no_args_is_help=True)
tests_app = typer.Typer(help="路测：导入、对比、校正 · Drive tests.", no_args_is_help=True)
app.add_typer(tests_app, name="drive-test")

ScenarioArgument = Annotated[
    int, typer.Argument(metavar="SCENARIO", min=1, help="方案编号，见 qipan coverage list · Number of the scenario.")
]
TestArgument = Annotated[
    int, typer.Argument(metavar="TEST", min=1, help="路测编号，见 qipan network drive-test list · Number of the test.")
]
ExportOption = Annotated[
    Path | None, typer.Option("--export", metavar="FILE", help="写出 csv 或 xlsx · Write the rows to a file.")
]
UnitOption = Annotated[list[str] | None, typer.Option(help="运营商，可多次给出 · Operators; may be repeated.")]
_conflicts = {
    "collisions": "冲突",
    "confusions": "混淆",
    "reuse": "复用过近",
    "mod3": "模 3 相同（对）",
    "mod30": "模 30 相同（对）",
}
_shown = 20


def _computed(
    scenario: int,
    what: Result,
    database: str,
    json: bool,
    export: Path | None,
    run: Run,
    show: Callable[[Mapping[str, Any], dict[int, str]], None],
) -> None:
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.mobile.coverage import open_study
    from qipan.domains.mobile.network import write_rows

    catalogue = load_catalogue()
    with opened(database) as register:
        with working("网络规划") as progress:
            facts = run(register, catalogue, progress)
        if json:
            print_json(facts)
        else:
            with register.connect() as connection:
                units = unit_names(connection)
            show(facts, units)
        if export is not None:
            study = open_study(register, scenario)
            count = write_whole(export, lambda draft: write_rows(study, system, what, draft))
            say(f"已写出 {count:,} 行到 {export}")


def _unit_ids(register: Database, names: list[str] | None) -> tuple[int, ...]:
    with register.connect() as connection:
        found = [unit_id_of(connection, one) for one in names or []]
    return tuple(one for one in found if one is not None)


@app.command("neighbours")
def neighbours(
    scenario: ScenarioArgument,
    window: Annotated[float, typer.Option(min=0, max=30, help="重叠门限（dB） · Window of overlap.")] = 6.0,
    limit: Annotated[int, typer.Option(min=1, max=256, help="每个小区邻区上限 · Most neighbours of a cell.")] = 32,
    people: Annotated[bool, typer.Option("--people", help="按人口而非面积加权 · Weigh by residents.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="写入登记 · Write the lists to the register.")] = False,
    export: ExportOption = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """规划邻区 · Neighbour lists from where cells overlap."""
    from qipan.core.access import system
    from qipan.domains.mobile.network import NeighbourParameters, apply_neighbours, run_neighbours

    asked = NeighbourParameters(window=window, limit=limit, weight="people" if people else "area")

    def run(register: Database, catalogue: Catalogue, progress: Progress) -> dict[str, Any]:
        facts = run_neighbours(register, catalogue, system, scenario, asked, progress)
        if apply:
            with register.begin() as connection:
                facts["applied"] = apply_neighbours(connection, catalogue, system, register, scenario)
        return facts

    _computed(scenario, "neighbours", database, json, export, run, _show_neighbours)


def _show_neighbours(facts: Mapping[str, Any], units: dict[int, str]) -> None:
    rows = [
        (units.get(one["operator_id"], ""), one["band"], one["cells"], one["mean"], one["most"], one["alone"])
        for one in facts["layers"]
    ]
    title = f"{facts['cells']:,} 个小区，{facts['relations']:,} 条邻区关系（异频 {facts['between']:,}）"
    print_table(title, ("运营商", "频段", ">小区", ">平均邻区", ">最多", ">无邻区"), rows)
    say(f"登记中已有 {facts['registered']:,} 条，待增 {facts['new']:,} 条，待删 {facts['gone']:,} 条")
    if done := facts["applied"]:
        say(f"已写入登记：新增 {done['begun']:,} 条，终止 {done['ended']:,} 条（变更 {done['change_set']}）")


@app.command("pci")
def pci(
    scenario: ScenarioArgument,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="只改有冲突的小区 · Only cells in conflict.")] = False,
    keep: Annotated[list[str] | None, typer.Option(help="保留其 PCI 的小区编码 · Cells that keep theirs.")] = None,
    unit: UnitOption = None,
    reuse: Annotated[float, typer.Option(min=0, max=100_000, help="复用距离（米） · Reuse distance.")] = 0.0,
    apply: Annotated[bool, typer.Option("--apply", help="写入登记 · Write the plan to the register.")] = False,
    export: ExportOption = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """规划 PCI 与 PRACH 根序列 · Physical cell identities and random access roots."""
    from qipan.core.access import system
    from qipan.domains.mobile.network import PciParameters, apply_pci, run_pci

    def run(register: Database, catalogue: Catalogue, progress: Progress) -> dict[str, Any]:
        asked = PciParameters(
            scope="conflicts" if conflicts else "all", keep=tuple(keep or ()), operator_ids=_unit_ids(register, unit),
            reuse_distance=reuse,
        )  # fmt: skip
        facts = run_pci(register, catalogue, system, scenario, asked, progress)
        if apply:
            with register.begin() as connection:
                facts["applied"] = apply_pci(connection, catalogue, system, register, scenario)
        return facts

    _computed(scenario, "pci", database, json, export, run, _show_pci)


def _show_pci(facts: Mapping[str, Any], _units: dict[int, str]) -> None:
    rows = [(name, facts["before"][key], facts["after"][key]) for key, name in _conflicts.items()]
    shares = [
        (name, f"{facts['before'][key]:.1%}", f"{facts['after'][key]:.1%}")
        for key, name in (("mod3_share", "模 3 重叠占比"), ("mod30_share", "模 30 重叠占比"))
    ]
    figures = f"规划 {facts['planned']:,} 个小区，保留 {facts['kept']:,} 个，改动 {facts['changed']:,} 个"
    terminal().print(figures)
    print_table("PCI", ("", ">现状", ">规划后"), [*rows, *shares])
    if facts["applied"]:
        say(f"已写入 {facts['applied']['changed']:,} 个小区的 PCI（变更 {facts['applied']['change_set']}）")


@app.command("capacity")
def capacity(
    scenario: ScenarioArgument,
    users: Annotated[float, typer.Option(min=0, max=1, help="5G 用户占常住人口 · 5G users per resident.")] = 0.4,
    gigabytes: Annotated[float, typer.Option(min=0, help="户均月流量（GB） · Volume a user and month.")] = 20.0,
    limit: Annotated[float, typer.Option(min=0.05, max=1, help="负荷门限 · Load limit.")] = 0.7,
    export: ExportOption = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """估算忙时负荷与扩容 · Busy-hour load of each cell, and what it needs."""
    from qipan.core.access import system
    from qipan.domains.mobile.network import CapacityParameters, run_capacity

    asked = CapacityParameters(users=users, gigabytes=gigabytes, limit=limit)

    def run(register: Database, catalogue: Catalogue, progress: Progress) -> dict[str, Any]:
        return run_capacity(register, catalogue, system, scenario, asked, progress)

    _computed(scenario, "capacity", database, json, export, run, _show_capacity)


def _show_capacity(facts: Mapping[str, Any], units: dict[int, str]) -> None:
    def row(name: str, one: Mapping[str, Any]) -> tuple[object, ...]:
        figures = (
            one["cells"],
            one["overloaded"],
            per_cent(one["mean_load"]),
            f"{one['demand']:,.0f}",
            f"{one['excess']:,.0f}",
        )
        return (name, *figures, one["carriers"], one["new_cells"])

    rows = [row(units.get(one["operator_id"], ""), one) for one in facts["operators"]]
    rows += [row(one["name"], one) for one in facts["districts"]]
    title = f"忙时需求 {facts['asked']:,.0f} Mbit/s，未覆盖 {facts['unreached']:,.0f} Mbit/s"
    columns = ("运营商或区", ">小区", ">超负荷", ">平均负荷", ">需求", ">超出", ">需增载波", ">需增小区")
    print_table(title, columns, rows)


@app.command("sharing")
def sharing(
    scenario: ScenarioArgument,
    unit: UnitOption = None,
    export: ExportOption = None,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """假如异网漫游、共建共享 · What operators would gain by sharing their networks."""
    from qipan.core.access import system
    from qipan.domains.mobile.network import SharingParameters, run_sharing

    def run(register: Database, catalogue: Catalogue, progress: Progress) -> dict[str, Any]:
        asked = SharingParameters(_unit_ids(register, unit))
        return run_sharing(register, catalogue, system, scenario, asked, progress)

    _computed(scenario, "sharing", database, json, export, run, _show_sharing)


def _show_sharing(facts: Mapping[str, Any], units: dict[int, str]) -> None:
    keys = ("outdoor_area", "population", "population_indoor")
    rows = [
        (area["name"] or "全市", units.get(one["operator_id"], ""),
         *(f"{per_cent(one['alone'][key])} → {per_cent(area['shared'][key])}" for key in keys))
        for area in facts["areas"] for one in area["operators"]
    ]  # fmt: skip
    print_table("单独覆盖 → 共享后", ("区域", "运营商", ">室外面积", ">人口", ">室内人口"), rows)


@tests_app.command("import")
def import_test(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV、Excel 或 GeoPackage · Files of samples.")
    ],
    unit: Annotated[str, typer.Option(help="所测运营商 · The operator that was measured.")] = "",
    datum: Annotated[str, typer.Option(help="wgs84、cgcs2000、gcj02 或 bd09 · Datum of the coordinates.")] = "wgs84",
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """导入路测 · Keep files of samples."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.domains.mobile.network import import_drive_test, read_refused

    with opened(database) as register:
        with register.connect() as connection:
            owner = unit_id_of(connection, unit)
        for path in files:
            test = import_drive_test(register, system, bytes_of(path), path.name, datum=datum, owner_id=owner)
            if json:
                print_json(asdict(test))
            say(f"已导入路测 {test.id}“{test.name}”：{test.rows:,} 个测量点，拒绝 {test.refused:,} 行")
            for one in read_refused(register, test, _shown):
                say(f"第 {one['row']} 行，“{one['field']}”的值“{one['value']}”：{one['reason']}")


@tests_app.command("list")
def list_tests(json: JsonOption = False, database: DatabaseOption = default_database) -> None:
    """列出路测与校正 · List drive tests and corrections."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.domains.mobile.network import list_calibrations, list_drive_tests

    with opened(database) as register:
        tests, corrections = list_drive_tests(register, system), list_calibrations(register, system)
        with register.connect() as connection:
            units = unit_names(connection)
    if json:
        print_json({"tests": [asdict(one) for one in tests], "calibrations": [asdict(one) for one in corrections]})
        return
    rows = [(one.id, one.name, units.get(one.owner_id or 0, ""), one.rows, one.refused) for one in tests]
    print_table(f"路测 {len(tests)} 份", (">编号", "名称", "运营商", ">测量点", ">拒绝行"), rows)
    kept = [(one.id, one.name, one.rows, f"{one.reports['held_out']['rmse']:.2f}") for one in corrections]
    print_table(f"校正 {len(kept)} 份", (">编号", "名称", ">样本", ">留出均方根误差 dB"), kept)


@tests_app.command("compare")
def compare_test(
    test: TestArgument,
    scenario: ScenarioArgument,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """路测与覆盖研究对比 · Hold a drive test against a study."""
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.mobile.coverage import open_study
    from qipan.domains.mobile.network import compare, comparison_figures, read_drive_test, read_samples

    with opened(database) as register:
        chosen, study = read_drive_test(register, system, test), open_study(register, scenario)
        found = compare(register, load_catalogue(), study, read_samples(register, chosen), chosen.owner_id)
    figures = comparison_figures(found)
    if json:
        print_json(figures)
        return
    rows = [_error_row(_cover_name(one["class"]), one) for one in figures["clutter"]]
    _print_errors(f"实测减预测，{figures['samples']:,} 个测量点", [_error_row("全部", figures["error"]), *rows])


def _cover_name(key: str) -> str:
    from qipan.core.ground import cover_names

    return cover_names[key].zh if key in cover_names else "不明"


def _error_row(name: str, one: Mapping[str, Any]) -> tuple[object, ...]:
    return (name, one["rows"], *(f"{one[key]:.2f}" for key in ("mean", "deviation", "rmse", "mae")))


def _print_errors(title: str, rows: list[tuple[object, ...]]) -> None:
    print_table(title, ("", ">样本", ">均值 dB", ">标准差 dB", ">均方根 dB", ">平均绝对 dB"), rows)


@tests_app.command("calibrate")
def calibrate_test(
    tests: Annotated[list[int], typer.Argument(metavar="TEST...", min=1, help="路测编号 · Numbers of the tests.")],
    study: Annotated[int, typer.Option("--study", min=1, help="方案编号 · Number of the scenario.")],
    block: Annotated[float, typer.Option(min=10, help="分块边长（米） · Side of the blocks of the folds.")] = 500.0,
    folds: Annotated[int, typer.Option(min=2, max=20, help="折数 · Folds.")] = 5,
    least: Annotated[int, typer.Option(min=20, help="至少的样本数 · Least rows.")] = 100,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """用路测校正预测 · Fit a correction and keep it for later studies."""
    from dataclasses import asdict

    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.domains.mobile.coverage import open_study
    from qipan.domains.mobile.network import FitParameters, calibrate_study

    rules = FitParameters(block=block, folds=folds, least=least)
    with opened(database) as register:
        opened_study = open_study(register, study)
        found = calibrate_study(register, load_catalogue(), system, opened_study, tests, parameters=rules)
    if json:
        print_json(asdict(found))
        return
    reports = found.reports
    named = (("校正前", "before"), ("拟合", "fitted"), ("留出（分块交叉验证）", "held_out"))
    _print_errors(f"校正 {found.id}“{found.name}”", [_error_row(name, reports[key]) for name, key in named])
    terms = "、".join(f"{_cover_name(name)} {term:+.1f}" for name, term in found.correction["classes"].items())
    intercept, slope, bent = (found.correction[key] for key in ("intercept", "slope", "diffraction"))
    terminal().print(f"常数 {intercept:+.2f} dB，距离 {slope:+.2f} dB/十倍，绕射 ×{bent:+.2f}，地类 {terms} dB")
    say(f'以后的研究用参数 "calibration": {found.id} 取用')
