"""From the bytes of a document to a stored plan, all or nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.measuring.binding import make_proposer
from qipan.core.plans.read import unmatched_corrections
from qipan.core.plans.revise import apply_corrections
from qipan.core.plans.store import Resolve, store_plan
from qipan.core.units import load_units
from qipan.engines.reading import read_plan
from qipan.engines.reading.formats import read_bytes


def import_plan(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    data: bytes,
    name: str,
    *,
    plan_id: int | None = None,
    ocr: bool | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Read a document and store it as a new plan, or as a newer version of ``plan_id`` with all corrections kept.

    Returns ``plan_id``, ``document_id``, ``version``, the numbers of ``targets`` and ``tasks``, and the corrections
    that found no place in the new version. Raises ReadingError for a file that cannot be read; nothing is stored then.
    """
    principal.require_city()
    progress = progress or Progress()
    progress.report(0.05, "读取文件")
    document = read_bytes(data, name, ocr=ocr)
    progress.report(0.4, "识别目标与任务")
    reading = read_plan(document)
    progress.report(0.8, "存入登记库")
    with database.begin() as connection:
        propose = make_proposer(connection, catalogue)
        given = {"resolve": unit_resolver(connection), "propose": propose, "plan_id": plan_id}
        stored = store_plan(connection, principal, document, reading, name, **given)  # type: ignore[arg-type]
        if plan_id is not None:
            apply_corrections(connection, plan_id)
        progress.check()
        unmatched = unmatched_corrections(connection, stored.plan_id)
    progress.report(1.0, "完成")
    counts = {"version": stored.version, "targets": stored.targets, "tasks": stored.tasks}
    return {"plan_id": stored.plan_id, "document_id": stored.document_id, **counts, "unmatched_corrections": unmatched}


def unit_resolver(connection: Connection) -> Resolve:
    """Return a function that tells which unit of the register a written name means, and how sure that is."""
    units = load_units(connection)

    def resolve(name: str) -> tuple[int | None, float]:
        match = units.resolve(name)
        return (None, 0.0) if match is None else (match.unit.id, match.confidence)

    return resolve
