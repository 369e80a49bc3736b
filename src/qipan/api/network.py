"""Network planning on a coverage study: neighbours, identities, capacity, sharing, drive tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Body, Form, HTTPException, Path, Query, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven, Writing
from qipan.api.files import file_answer, temporary
from qipan.api.scenarios import ScenarioId
from qipan.core.jobs import Progress
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile import network
from qipan.domains.mobile.coverage import Study, open_study

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from qipan.api.context import Service
    from qipan.core.access import Principal

router = APIRouter(prefix="/api", tags=["network"])

largest_test = 512 << 20
"""Bytes an uploaded drive test may have."""
Record = dict[str, Any]
What = Literal["neighbours", "pci", "capacity", "sharing"]
TestId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_UnitId = Annotated[int, Field(ge=1, le=2**63 - 1)]
_titles: dict[str, str] = {"neighbours": "邻区", "pci": "PCI 规划", "capacity": "容量", "sharing": "共建共享"}


class Neighbours(BaseModel):
    """How neighbour lists are made: dB within which a server overlaps, greatest length, what overlaps weigh."""

    model_config = ConfigDict(extra="forbid")

    window: float = Field(6.0, ge=0, le=30)
    limit: int = Field(32, ge=1, le=256)
    weight: Literal["area", "people"] = "area"
    between: bool = True


class Pci(BaseModel):
    """What is planned anew: ``all`` cells one may write or those in ``conflicts``, less those to ``keep``."""

    model_config = ConfigDict(extra="forbid")

    scope: Literal["all", "conflicts"] = "all"
    keep: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=100_000)
    operator_ids: list[_UnitId] = Field(default_factory=list, max_length=100)
    reuse_distance: float = Field(0.0, ge=0, le=100_000)
    lowest: int = Field(0, ge=0, le=1007)
    highest: int = Field(1007, ge=0, le=1007)
    window: float = Field(6.0, ge=0, le=30)
    limit: int = Field(32, ge=1, le=256)
    registered: bool = True


class Capacity(BaseModel):
    """What people ask for in the busy hour, the weight of each operator, and how much a cell may carry."""

    model_config = ConfigDict(extra="forbid")

    users: float = Field(0.4, ge=0, le=1)
    gigabytes: float = Field(20.0, ge=0, le=10_000)
    busy_share: float = Field(0.07, ge=1 / 24, le=1)
    shares: dict[int, Annotated[float, Field(ge=0, le=1e11)]] = Field(default_factory=dict)
    limit: float = Field(0.7, ge=0.05, le=1)
    most: int = Field(3, ge=1, le=16)
    indoors: bool = True


class Sharing(BaseModel):
    """The operators that share, by unit number; all public ones where empty."""

    model_config = ConfigDict(extra="forbid")

    operator_ids: list[_UnitId] = Field(default_factory=list, max_length=100)


class Applied(BaseModel):
    """Codes of the cells whose planned identities or relations are written; all where left out."""

    model_config = ConfigDict(extra="forbid")

    codes: list[Annotated[str, Field(max_length=64)]] | None = Field(None, max_length=1_000_000)


class Fit(BaseModel):
    """The study that a correction is fitted for, further tests, a name, and how it is fitted and tested."""

    model_config = ConfigDict(extra="forbid")

    study: _UnitId
    tests: list[_UnitId] = Field(default_factory=list, max_length=50)
    name: str = Field("", max_length=200)
    bin: float = Field(20.0, ge=1, le=1000)
    block: float = Field(500.0, ge=10, le=50_000)
    folds: int = Field(5, ge=2, le=20)
    least: int = Field(100, ge=20, le=1_000_000)
    save: bool = True


@router.post("/coverage/{scenario_id}/neighbours", status_code=202)
def compute_neighbours(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    asked: Annotated[Neighbours | None, Body()] = None,
) -> dict[str, int]:
    """Compute neighbour lists; answers with the job that does it."""
    parameters = network.NeighbourParameters(**(asked or Neighbours.model_construct()).model_dump())
    return _submit(service, principal, connection, scenario_id, "neighbours", parameters)


@router.post("/coverage/{scenario_id}/pci", status_code=202)
def compute_pci(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    asked: Annotated[Pci | None, Body()] = None,
) -> dict[str, int]:
    """Plan identities of the cells one may write; answers with the job that does it."""
    said = (asked or Pci.model_construct()).model_dump()
    lists = {key: tuple(said[key]) for key in ("keep", "operator_ids")}
    return _submit(service, principal, connection, scenario_id, "pci", network.PciParameters(**said | lists))


@router.post("/coverage/{scenario_id}/capacity", status_code=202)
def compute_capacity(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    asked: Annotated[Capacity | None, Body()] = None,
) -> dict[str, int]:
    """Compute the load of each cell in the busy hour; answers with the job that does it."""
    parameters = network.CapacityParameters(**(asked or Capacity.model_construct()).model_dump())
    return _submit(service, principal, connection, scenario_id, "capacity", parameters)


@router.post("/coverage/{scenario_id}/sharing", status_code=202)
def compute_sharing(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    asked: Annotated[Sharing | None, Body()] = None,
) -> dict[str, int]:
    """Compute what operators would gain by sharing their networks; answers with the job that does it."""
    parameters = network.SharingParameters(tuple((asked or Sharing.model_construct()).operator_ids))
    return _submit(service, principal, connection, scenario_id, "sharing", parameters)


def _submit(
    service: Service, principal: Principal, connection: Connection, scenario_id: int, what: What, parameters: object
) -> dict[str, int]:
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    if not principal.may_write:
        principal.require_write()
    open_study(service.database, scenario_id)
    run = getattr(network, f"run_{what}")

    def work(progress: Progress) -> Mapping[str, Any]:
        found: Record = run(service.database, service.catalogue, principal, scenario_id, parameters, progress)
        return found

    title = f"{_titles[what]}：{scenario.name}"[:300]
    return {"job_id": service.jobs.submit("network", title, principal, work)}


def _study(service: Service, principal: Principal, connection: Connection, scenario_id: int) -> Study:
    read_scenario(connection, principal, scenario_id, "coverage")
    return open_study(service.database, scenario_id)


@router.get("/coverage/{scenario_id}/network/{what}")
def read_result(
    scenario_id: ScenarioId, what: What, principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> Record | None:
    """Return the figures of what one has computed last on this result of the study, null where nothing yet."""
    study = _study(service, principal, connection, scenario_id)
    try:
        return network.read_facts(study, principal, what)
    except network.NetworkMissing:
        return None


@router.get("/coverage/{scenario_id}/network/{what}/rows")
def read_result_rows(
    scenario_id: ScenarioId,
    what: What,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    q: Annotated[str, Query(max_length=60)] = "",
    only: bool = False,
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
    offset: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
) -> Record:
    """Return rows of a result: relations, identities, loads, or structures; ``only`` those that ask for a change."""
    study = _study(service, principal, connection, scenario_id)
    return network.list_rows(study, principal, what, network.Page(q, only, limit, offset))


@router.get("/coverage/{scenario_id}/network/{what}/export.{ending}", response_class=FileResponse)
def export_rows(
    scenario_id: ScenarioId,
    what: What,
    ending: str,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    only: bool = False,
) -> FileResponse:
    """Return all rows of a result as CSV or Excel."""
    study = _study(service, principal, connection, scenario_id)
    name = read_scenario(connection, principal, scenario_id, "coverage").name
    with temporary(ending if ending in network.file_formats else "none") as path:
        network.write_rows(study, principal, what, path, network.Page(only=only))
    return file_answer(path, f"{name}-{_titles[what]}.{ending}")


@router.get("/coverage/{scenario_id}/pci/conflicts")
def read_conflicts(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    stage: Literal["before", "after"] = "after",
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
) -> list[Record]:
    """Return collisions, confusions and reuse too near before or after the plan."""
    return network.list_conflicts(_study(service, principal, connection, scenario_id), principal, stage, limit)


@router.post("/coverage/{scenario_id}/pci/apply")
def apply_pci(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Writing,
    asked: Annotated[Applied | None, Body()] = None,
) -> dict[str, int]:
    """Write planned identities to the register as one change set; 409 where a cell was changed since it was planned."""
    codes = None if asked is None else asked.codes
    return network.apply_pci(connection, service.catalogue, principal, service.database, scenario_id, codes)


@router.post("/coverage/{scenario_id}/neighbours/apply")
def apply_neighbours(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Writing,
    asked: Annotated[Applied | None, Body()] = None,
) -> dict[str, int]:
    """Make planned lists the register's relations, as one change set: those that are missing begin, others end."""
    codes = None if asked is None else asked.codes
    return network.apply_neighbours(connection, service.catalogue, principal, service.database, scenario_id, codes)


@router.get("/drive-tests")
def list_tests(principal: PrincipalGiven, service: ServiceGiven) -> list[Record]:
    """Return the drive tests one may see, newest first."""
    return [asdict(one) for one in network.list_drive_tests(service.database, principal)]


@router.post("/drive-tests", status_code=201)
def add_test(
    file: UploadFile,
    principal: PrincipalGiven,
    service: ServiceGiven,
    name: Annotated[str, Form(max_length=200)] = "",
    datum: Annotated[str, Form(max_length=40)] = "wgs84",
    encoding: Annotated[str | None, Form(max_length=40)] = None,
    owner_id: Annotated[int | None, Form(ge=1, le=2**63 - 1)] = None,
) -> Record:
    """Keep a file of samples (CSV, Excel, GeoPackage); answers with the test and the first rows that were refused."""
    content = file.file.read(largest_test + 1)
    if len(content) > largest_test:
        raise HTTPException(413, f"路测文件超过 {largest_test >> 20} MB：请分成几个文件导入")
    given = {"name": name, "datum": datum, "encoding": encoding, "owner_id": owner_id}
    test = network.import_drive_test(service.database, principal, content, file.filename or "路测", **given)  # type: ignore[arg-type]
    return asdict(test) | {"problems": network.read_refused(service.database, test, 100)}


@router.get("/drive-tests/{test_id}")
def read_test(test_id: TestId, principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Return one drive test with its refused rows."""
    test = network.read_drive_test(service.database, principal, test_id)
    return asdict(test) | {"problems": network.read_refused(service.database, test)}


@router.delete("/drive-tests/{test_id}", status_code=204)
def delete_test(test_id: TestId, principal: PrincipalGiven, service: ServiceGiven) -> None:
    """Delete a drive test."""
    network.delete_drive_test(service.database, principal, test_id)


@router.get("/drive-tests/{test_id}/comparison")
def compare_test(
    test_id: TestId,
    study: Annotated[int, Query(ge=1, le=2**63 - 1)],
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
) -> Record:
    """Hold a drive test against a study: the error by class of land cover, its histogram, pairs of levels."""
    opened = _study(service, principal, connection, study)
    test = network.read_drive_test(service.database, principal, test_id)
    samples = network.read_samples(service.database, test)
    found = network.compare(service.database, service.catalogue, opened, samples, test.owner_id)
    return network.comparison_figures(found)


@router.post("/drive-tests/{test_id}/calibrate")
def calibrate_test(
    test_id: TestId, asked: Fit, principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> Record:
    """Fit a correction of a study to this and further tests and keep it, unless ``save`` is false."""
    opened = _study(service, principal, connection, asked.study)
    rules = network.FitParameters(asked.bin, asked.block, asked.folds, asked.least)
    tests = list(dict.fromkeys([test_id, *asked.tests]))
    found = network.calibrate_study(
        service.database, service.catalogue, principal, opened, tests, name=asked.name, parameters=rules,
        save=asked.save,
    )  # fmt: skip
    return asdict(found)


@router.get("/calibrations")
def list_calibrations(principal: PrincipalGiven, service: ServiceGiven) -> list[Record]:
    """Return the kept corrections one may see, newest first."""
    return [asdict(one) for one in network.list_calibrations(service.database, principal)]


@router.delete("/calibrations/{test_id}", status_code=204)
def delete_calibration(test_id: TestId, principal: PrincipalGiven, service: ServiceGiven) -> None:
    """Delete a kept correction; studies computed with it stay as they are."""
    network.delete_calibration(service.database, principal, test_id)
