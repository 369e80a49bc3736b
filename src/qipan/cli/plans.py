"""``qipan plan``: reading plans, and the plans of the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qipan.cli.console import print_json, print_table, terminal
from qipan.cli.options import JsonOption

if TYPE_CHECKING:
    from qipan.engines.reading import Coverage, Reading, Target

app = typer.Typer(help="计划 · Plans: read, import, bind, show.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="计划文件 · The plan document.")]
OcrOption = Annotated[
    bool | None,
    typer.Option("--ocr/--no-ocr", help="识别扫描页 · Recognise scanned pages (needs the extra: qipan[ocr])."),
]

_kind_names = {"target": "目标", "baseline": "现状", "measure": "政策"}
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
