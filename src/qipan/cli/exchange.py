"""``qipan import`` and ``qipan export``: files into the register and out of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qipan.cli.console import print_json, print_table, say, terminal, working
from qipan.cli.files import write_whole
from qipan.cli.options import DatabaseOption, JsonOption, area_id_of, default_database, opened, unit_id_of
from qipan.errors import QipanError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from qipan.core.database import Database
    from qipan.core.exchange import ImportResult, Preview
    from qipan.core.resources import Filter

DatumOption = Annotated[
    str,
    typer.Option(
        metavar="DATUM",
        help="坐标系：wgs84、cgcs2000、gcj02、bd09、gauss_kruger:EPSG · What coordinates are measured in.",
    ),
]

_shown_problems = 50


class NotConfirmed(QipanError):
    """Nobody agreed to the preview; nothing was written."""


def import_(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="文件，或带 city.json 的文件夹 · A file, or a folder with city.json.")
    ],
    kind: Annotated[
        str, typer.Option(help="资源类别，或 areas、units；省略时按文件名判断 · Kind of resource, or areas, units.")
    ] = "",
    datum: DatumOption = "wgs84",
    encoding: Annotated[str, typer.Option(help="文字编码，如 gb18030；省略时自动判断 · Of a CSV file.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=FIELD", help="指定某列的字段，FIELD 为空则忽略该列 · Field of a column; none ignores it."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览，不写入 · Show what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="预览后直接写入 · Write without asking.")] = False,
    json: JsonOption = False,
    database: DatabaseOption = default_database,
) -> None:
    """导入文件：先预览，后写入，全部成功或全部不写 · Import a file: preview, then all or nothing."""
    with opened(database, create=not dry_run) as register:
        if source.is_dir() or kind in ("areas", "units"):
            _importwrite_whole(register, source, kind, dry_run, yes, json)
            return
        preview = _preview(register, source, kind, datum, encoding, column or [])
        shown = _summary(preview)
        if not json:
            _print_preview(preview)
        if dry_run or not preview.can_apply:
            if json:
                print_json(shown)
            _refuse_problems(preview, source)
            return
        if preview.creates or preview.updates:
            _confirm(yes, "写入？Write?")
        result = _apply(register, preview)
    if json:
        print_json(shown | asdict(result))
    say(_told(result))


def export(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="资源类别，如 base_station · Kind of resource.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="写入的文件，格式由扩展名决定 · Its ending says the format.")
    ],
    area: Annotated[str, typer.Option(help="只要这个区域（含下级） · Only this area and those in it.")] = "",
    unit: Annotated[str, typer.Option(help="只要这个单位（含下级） · Only this owner and those below it.")] = "",
    state: Annotated[str, typer.Option(help="只要这种状态，如 in_service · Only this state.")] = "",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="只要当日在用的 · Only what is in service that day.")
    ] = None,
    datum: DatumOption = "wgs84",
    language: Annotated[str, typer.Option(help="表头语言：zh 或 en · Language of the headings.")] = "zh",
    template: Annotated[
        bool, typer.Option("--template", help="写出空的导入模板（.xlsx） · Write an empty import template.")
    ] = False,
    database: DatabaseOption = default_database,
) -> None:
    """导出一类资源，可再导入而不变 · Export a kind of resource; read back, it changes nothing."""
    from qipan.core.access import system
    from qipan.core.exchange import export as write

    file_format = _format(file)
    _check_language(language)
    with opened(database) as register, register.connect() as connection:
        if template:
            _template(connection, kind, file, language)
            say(f"已写入模板 {file}")
            return
        day = None if as_of is None else as_of.date()
        where = _filter(connection, area, unit, state, day)

        def export_to(draft: Path) -> int:
            options: dict[str, Any] = {"format": file_format, "where": where, "datum": datum, "language": language}
            return write(connection, kind, system, draft, **options)

        count = write_whole(file, export_to)
    say(f"已导出 {count:,} 项到 {file}")


def _preview(register: Database, source: Path, kind: str, datum: str, encoding: str, columns: list[str]) -> Preview:
    from qipan.core.access import system
    from qipan.core.exchange import check, read_table

    with working("核对") as progress:
        progress.report(0.0, "读取文件")
        options: dict[str, Any] = {
            "kind": kind or None,
            "datum": datum,
            "encoding": encoding or None,
            "mapping": _mapping(columns),
        }
        table = read_table(source, **options)
        with register.connect() as connection:
            return check(connection, table, system, progress=progress.part(0.2, 1.0))


def _mapping(columns: list[str]) -> dict[str, str | None]:
    from qipan.core.errors import FieldProblem, InvalidRecord

    mapping: dict[str, str | None] = {}
    for one in columns:
        name, sign, field = one.rpartition("=")
        if not sign:
            raise InvalidRecord([FieldProblem(None, "--column", one[:80], "应为 列名=字段，如 站名=name 或 备注=")])
        mapping[name] = field or None
    return mapping


def _summary(preview: Preview) -> dict[str, Any]:
    return {
        "kind": preview.kind,
        "rows": len(preview.table),
        "columns": [asdict(one) for one in preview.columns],
        "creates": preview.creates,
        "updates": preview.updates,
        "unchanged": preview.unchanged,
        "problem_count": preview.problem_count,
        "problems": [asdict(one) for one in preview.problems],
    }


def _print_preview(preview: Preview) -> None:
    rows = ((one.column, "（忽略）" if one.ignored else one.field, "、".join(one.sample)) for one in preview.columns)
    print_table(f"{preview.table.name} → {preview.kind}", ("列", "字段", "示例"), rows)
    counts = (
        f"共 {len(preview.table):,} 行：新增 {preview.creates:,}，更新 {preview.updates:,}，不变 {preview.unchanged:,}"
    )
    terminal().print(f"{counts}，问题 {preview.problem_count:,}")
    if preview.problems:
        problems = ((one.row, one.field, one.value, one.reason) for one in preview.problems[:_shown_problems])
        print_table("问题", (">行", "列", "值", "原因"), problems)


def _refuse_problems(preview: Preview, source: Path) -> None:
    from qipan.core.errors import ImportRejected

    if not preview.can_apply:
        message = f"{source.name} 有 {preview.problem_count:,} 处问题，没有写入任何数据：请改正后重试"
        raise ImportRejected(message)


def _confirm(yes: bool, question: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        message = "未写入任何数据：核对预览后加 --yes 写入"
        raise NotConfirmed(message)
    typer.confirm(question, abort=True, err=True)


def _apply(register: Database, preview: Preview) -> ImportResult:
    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.exchange import apply
    from qipan.core.measuring import refresh

    with working("写入") as progress:
        result = apply(register, preview, system, progress=progress.part(0.0, 0.9))
        progress.report(0.9, "计算指标")
        refresh(register, load_catalogue())
    return result


def _importwrite_whole(register: Database, source: Path, kind: str, dry_run: bool, yes: bool, json: bool) -> None:
    """Import areas, units, or a folder of files in the order of its manifest."""
    from qipan.core.access import system
    from qipan.core.exchange import import_areas, import_folder, import_units

    if dry_run:
        message = f"{source} 不能只预览：区域、单位和文件夹在导入时逐个核对，有误的文件不写入"
        raise NotConfirmed(message)
    _confirm(yes, f"导入 {source}？Import?")
    with working("导入") as progress:
        if source.is_dir():
            results = import_folder(register, source, system, progress)
        else:
            results = {source.name: (import_areas if kind == "areas" else import_units)(register, source, system)}
    if json:
        print_json({name: asdict(one) for name, one in results.items()})
        return
    rows = ((name, f"{one.created:,}", f"{one.updated:,}", f"{one.unchanged:,}") for name, one in results.items())
    print_table("导入", ("文件", ">新增", ">更新", ">不变"), rows)


def _told(result: ImportResult) -> str:
    return f"新增 {result.created:,}，更新 {result.updated:,}，不变 {result.unchanged:,}"


def _format(file: Path) -> str:
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.exchange import export_formats

    endings = {one.ending: name for name, one in export_formats.items()}
    if file.suffix.lower() not in endings:
        reason = f"扩展名应为其中之一：{'、'.join(endings)}（.zip 为 Shapefile，.json 为 OFDS）"
        raise InvalidRecord([FieldProblem(None, "FILE", file.name[:80], reason)])
    return endings[file.suffix.lower()]


def _check_language(language: str) -> None:
    from qipan.core.errors import FieldProblem, InvalidRecord

    if language not in ("zh", "en"):
        raise InvalidRecord([FieldProblem(None, "--language", language[:80], "应为 zh 或 en")])


def _filter(connection: Connection, area: str, unit: str, state: str, as_of: date | None) -> Filter:
    from qipan.core import tables
    from qipan.core.access import subtree
    from qipan.core.catalogue import load_catalogue
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.resources import Filter

    states = [one.key for one in load_catalogue().states]
    if state and state not in states:
        raise InvalidRecord([FieldProblem(None, "--state", state[:80], f"应为其中之一：{'、'.join(states)}")])
    area_id, unit_id = area_id_of(connection, area), unit_id_of(connection, unit)
    return Filter(
        area_ids=None if area_id is None else subtree(connection, tables.area, area_id),
        owner_ids=None if unit_id is None else subtree(connection, tables.unit, unit_id),
        states=frozenset({state}) if state else None,
        as_of=as_of,
    )


def _template(connection: Connection, kind: str, file: Path, language: str) -> None:
    from qipan.core.areas import load_areas
    from qipan.core.exchange import template
    from qipan.core.units import load_units

    units = [unit.name for unit in load_units(connection).units]
    areas = [area.name for area in load_areas(connection).areas]
    write_whole(file, lambda draft: template(kind, draft, language=language, units=units, areas=areas))
