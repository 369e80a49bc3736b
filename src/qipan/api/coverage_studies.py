"""Coverage studies handed out and published, antennas, and the ground that they stand on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Query, UploadFile
from fastapi.responses import FileResponse
from numpy.typing import NDArray

from qipan.api.context import PrincipalGiven, Reading, Service, ServiceGiven, Writing
from qipan.api.files import file_answer, submit_file, temporary
from qipan.api.scenarios import ScenarioId
from qipan.core.access import Principal
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.ground import import_ground, read_extent, read_facts
from qipan.core.jobs import Progress
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import (
    Study,
    export_formats,
    export_study,
    import_antenna,
    list_antennas,
    open_study,
    publish_coverage,
    study_venues,
    visible_cells,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

router = APIRouter(prefix="/api", tags=["coverage"])

largest_raster = 1 << 30
"""Bytes an uploaded file of the ground may have."""
_ground = ("terrain", "land_cover", "streets")
Record = dict[str, Any]
_Id = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.post("/coverage/{scenario_id}/publish")
def publish(
    scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> dict[str, int]:
    """Enter a study's shares as figures of the coverage indicators; city accounts only.

    Answers with how many were ``published``, were there already (``unchanged``), and were reported by people and stay
    (``kept``).
    """
    return publish_coverage(connection, service.catalogue, principal, scenario_id)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written: a study, which map of it, and under what name it is sent."""

    service: Service
    principal: Principal
    study: Study
    cells: NDArray[np.bool_]
    ending: str
    metric: str
    layer: list[int] | None
    name: str

    def write(self, path: Path, progress: Progress | None = None) -> None:
        """Write the file, telling ``progress``."""
        export_study(self.study, self.service.catalogue, path, self.metric, self.layer, self.cells, progress)


def _order(
    scenario_id: ScenarioId,
    ending: str,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    metric: Annotated[str, Query(max_length=20)] = "rsrp",
    layer: Annotated[list[int] | None, Query()] = None,
) -> Order:
    if ending not in export_formats:
        message = f"不能导出为 {ending[:10]}：可选 {'、'.join(export_formats)}"
        raise NotFound(message)
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    study = open_study(service.database, scenario_id)
    cells = visible_cells(connection, service.catalogue, principal, study)
    return Order(service, principal, study, cells, ending, metric, layer, f"{scenario.name}-{metric}.{ending}")


OrderGiven = Annotated[Order, Depends(_order)]


@router.get("/coverage/{scenario_id}/export.{ending}", response_class=FileResponse)
def export(order: OrderGiven) -> FileResponse:
    """Return a map of a study, or with ``metric=cells`` its cells: tif (cloud-optimised), gpkg, kml or csv.

    ``layer`` are numbers of carriers, of which the best counts; without them that of all public ones. Cells of others
    that one may not see in the register are left unnamed.
    """
    with temporary(order.ending) as path:
        order.write(path)
    return file_answer(path, order.name)


@router.post("/coverage/{scenario_id}/export.{ending}", status_code=202)
def make(order: OrderGiven) -> dict[str, int]:
    """Make the same file as a job; its result says where to fetch it."""
    return submit_file(order.service, order.principal, order.name, order.ending, order.write)


@router.get("/coverage/{scenario_id}/venues")
def list_venues(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    class_: Annotated[str | None, Query(alias="class", max_length=40)] = None,
    operator_id: _Id = None,
) -> list[Record]:
    """Return the venues of a study as one operator's subscribers find them, as all networks together without one.

    Each with the parts of its map cells that meet the level ``outdoors`` and ``indoors``, null where there are none,
    and whether it is ``covered``.
    """
    read_scenario(connection, principal, scenario_id, "coverage")
    return study_venues(open_study(service.database, scenario_id), principal, class_, operator_id)


@router.get("/antennas")
def antennas(_principal: PrincipalGiven, service: ServiceGiven) -> list[Record]:
    """Return the antennas that cells may name, with the greatest gain of each in dBi and where it comes from."""
    return [asdict(one) for one in list_antennas(service.database)]


@router.post("/antennas", status_code=201)
def add_antenna(file: UploadFile, principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Keep an antenna file (MSI Planet or NSMA) under its own name; city accounts only."""
    with _received(file) as path:
        return asdict(import_antenna(service.database, path, principal))


@router.get("/ground")
def read_ground_facts(_principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Return what is known of terrain, land cover and streets (null where not imported) and the terrain's bounds."""
    facts = read_facts(service.database)
    bounds = read_extent(service.database) if "epsg" in facts else None
    return {"epsg": facts.get("epsg"), "bounds": bounds} | {key: facts.get(key) for key in _ground}


@router.post("/ground", status_code=202)
def add_ground(
    principal: PrincipalGiven,
    service: ServiceGiven,
    terrain: UploadFile | None = None,
    land_cover: UploadFile | None = None,
    streets: UploadFile | None = None,
) -> dict[str, int]:
    """Import terrain, land cover or streets, any of them, in this order; answers with the job that does it."""
    principal.require_city()
    given = {key: file for key, file in zip(_ground, (terrain, land_cover, streets), strict=True) if file is not None}
    if not given:
        raise InvalidRecord([FieldProblem(None, "file", "", f"请上传 {'、'.join(_ground)} 中的至少一个文件")])
    folder = Path(tempfile.mkdtemp(prefix="qipan-ground-"))
    try:
        paths = {key: _kept(file, folder / key) for key, file in given.items()}
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def work(progress: Progress) -> Mapping[str, Any]:
        try:
            return {
                key: import_ground(service.database, key, path, principal, progress.part(place / 3, (place + 1) / 3))
                for place, (key, path) in enumerate(paths.items())
            }
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    names = "、".join(path.name for path in paths.values())
    return {"job_id": service.jobs.submit("ground", f"导入 {names}", principal, work)}


@contextmanager
def _received(file: UploadFile) -> Iterator[Path]:
    """Give a path with the uploaded content under its own name for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="qipan-upload-") as folder:
        yield _kept(file, Path(folder))


def _kept(file: UploadFile, folder: Path) -> Path:
    """Write an uploaded file into ``folder`` under its own name, with nothing of a path in it."""
    folder.mkdir(exist_ok=True)
    path = folder / (Path((file.filename or "").replace("\\", "/")).name.replace("\0", "") or "file")
    with path.open("wb") as kept:
        shutil.copyfileobj(file.file, kept, 1 << 20)
        if kept.tell() > largest_raster:
            raise HTTPException(413, f"文件超过 {largest_raster >> 20} MB：请裁剪后再导入")
    return path
