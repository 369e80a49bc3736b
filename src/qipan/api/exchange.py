"""Import in two steps, a preview and then all or nothing; exports and templates as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, UploadFile
from fastapi.responses import FileResponse

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven
from qipan.api.files import file_answer, temporary
from qipan.api.register import FilterGiven, kind_named
from qipan.core.areas import load_areas
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.exchange import Preview, apply, check, export, export_formats, read_table, template
from qipan.core.jobs import Progress
from qipan.core.measuring import refresh
from qipan.core.units import load_units

router = APIRouter(prefix="/api", tags=["exchange"])

largest_upload = 1 << 30
"""Bytes an uploaded file may have."""

problems_shown = 500
"""Rows of a preview's problems that are sent to the page; the number of all is sent with them."""


@router.post("/imports", status_code=202)
def check_file(
    file: UploadFile,
    principal: PrincipalGiven,
    service: ServiceGiven,
    kind: Annotated[str | None, Form()] = None,
    datum: Annotated[str, Form()] = "wgs84",
    encoding: Annotated[str | None, Form()] = None,
    mapping: Annotated[str | None, Form()] = None,
) -> dict[str, int]:
    """Check a file against the register without writing; answers with the job whose result is the preview."""
    data = file.file.read(largest_upload + 1)
    if len(data) > largest_upload:
        raise HTTPException(413, f"文件超过 {largest_upload >> 20} MB：请拆分后分批导入")
    name, columns = file.filename or "文件", _mapping(mapping)

    def work(progress: Progress) -> dict[str, Any]:
        progress.report(0.02, "读取文件")
        options = {"kind": kind or None, "datum": datum, "encoding": encoding or None, "mapping": columns}
        table = read_table(data, name, catalogue=service.catalogue, **options)  # type: ignore[arg-type]
        with service.database.connect() as connection:
            preview = check(connection, table, principal, catalogue=service.catalogue, progress=progress.part(0.2, 1.0))
        import_id = service.previews.keep(preview, principal)
        return _shown(preview) | {"import_id": import_id}

    return {"job_id": service.jobs.submit("check_import", f"检查 {name}", principal, work)}


def _mapping(text: str | None) -> dict[str, str | None] | None:
    if not text:
        return None
    try:
        found = json.loads(text)
        if not isinstance(found, Mapping):
            raise TypeError
    except (ValueError, TypeError) as error:
        reason = '应为列名到字段的对应表，如 {"站名": "name", "备注": null}'
        raise InvalidRecord([FieldProblem(None, "mapping", text[:80], reason)]) from error
    return {str(column): None if field is None else str(field) for column, field in found.items()}


def _shown(preview: Preview) -> dict[str, Any]:
    return {
        "kind": preview.kind,
        "rows": len(preview.table),
        "columns": [asdict(column) for column in preview.columns],
        "creates": preview.creates,
        "updates": preview.updates,
        "unchanged": preview.unchanged,
        "problems": [asdict(problem) for problem in preview.problems[:problems_shown]],
        "problem_count": preview.problem_count,
        "can_apply": preview.can_apply,
    }


@router.post("/imports/{import_id}/apply", status_code=202)
def apply_import(import_id: str, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, int]:
    """Write what a preview showed, all or nothing; answers with the job that does it."""
    preview = service.previews.take(import_id, principal)

    def work(progress: Progress) -> dict[str, Any]:
        told = progress.part(0.0, 0.9)
        done = apply(service.database, preview, principal, catalogue=service.catalogue, progress=told)
        refresh(service.database, service.catalogue)
        return asdict(done)

    return {"job_id": service.jobs.submit("import", f"导入 {preview.table.name}", principal, work)}


@router.delete("/imports/{import_id}", status_code=204)
def forget_import(import_id: str, principal: PrincipalGiven, service: ServiceGiven) -> None:
    """Give up a preview."""
    service.previews.take(import_id, principal)


@router.get("/templates/{kind}.xlsx", response_class=FileResponse)
def read_template(
    kind: str, _principal: PrincipalGiven, service: ServiceGiven, connection: Reading, lang: str = "zh"
) -> FileResponse:
    """Return the Excel template for importing a kind, with the register's units and areas to choose from."""
    chosen = kind_named(service.catalogue, kind)
    units = [unit.name for unit in load_units(connection).units]
    areas = [area.name for area in load_areas(connection).areas]
    with temporary("xlsx") as path:
        template(kind, path, language=lang, units=units, areas=areas, catalogue=service.catalogue)
    return file_answer(path, f"{chosen.name.in_language(lang)}.xlsx")


@router.get("/exports/{kind}.{ending}", response_class=FileResponse)
def export_kind(
    kind: str,
    ending: str,
    where: FilterGiven,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    lang: str = "zh",
    datum: str = "wgs84",
) -> FileResponse:
    """Return one's resources of a kind as a file: csv, xlsx, geojson, gpkg, zip (Shapefile), kml, dxf, json (OFDS)."""
    chosen = kind_named(service.catalogue, kind)
    endings = {one.ending.removeprefix("."): name for name, one in export_formats.items()}
    if ending not in endings:
        message = f"不能导出为 {ending[:10]}：可选 {'、'.join(endings)}"
        raise NotFound(message)
    options = {"format": endings[ending], "language": lang, "datum": datum}
    with temporary(ending) as path:
        export(connection, kind, principal, path, where=where, catalogue=service.catalogue, **options)
    return file_answer(path, f"{chosen.name.in_language(lang)}.{ending}")
