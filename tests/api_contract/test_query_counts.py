"""How many SQL statements each GET endpoint runs: a query for each row of a list would show here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.domains.mobile.coverage import open_study
from qipan.domains.mobile.network import run_pci
from tests.api_contract.conftest import Service
from tests.costs import compare

_apart = {
    "/api/oidc/start": "needs an identity provider",
    "/api/oidc/callback": "needs an identity provider",
    "/api/jobs/{job_id}": "needs a job, which another thread runs",
    "/api/jobs/{job_id}/file": "needs a job that made one",
    "/api/evidence/{evidence_id}": "reads one row by its number",
    "/api/coverage/sessions/{key}/tiles/{metric}/{z}/{x}/{y}.png": "needs a session, and reads nothing of the register",
}
_queries = {
    "/api/search": "?q=基站",
    "/api/coverage/{scenario_id}/point": "?longitude={longitude}&latitude={latitude}",
    "/api/coverage/{scenario_id}/profile": "?cell={cell}&longitude={longitude}&latitude={latitude}",
}
_apart_under = {
    "/api/scenarios/{scenario_id}/": "needs a computed plan of its kind",
    "/api/scenarios/compare": "needs two",
    "/api/drive-tests/{test_id}": "needs an imported file, and reads little but files",
}


@contextmanager
def _counting(service: Service) -> Iterator[list[str]]:
    """Give a list that every statement is written to, the driver's BEGIN and settings left out."""
    statements: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        own = threading.current_thread().name != "warming"  # what the server does beside, once it has started
        if own and not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(service.database.engine, "before_cursor_execute", heard)
    try:
        yield statements
    finally:
        event.remove(service.database.engine, "before_cursor_execute", heard)


def _values(service: Service) -> dict[str, str]:
    """Return a value for each parameter that stands in a path."""
    resource, plan = tables.resource.c, tables.plan.c
    with service.database.connect() as connection:
        station = connection.execute(select(resource.id, resource.code).where(resource.kind == "GNBS").limit(1)).one()
        plan_id = connection.execute(select(plan.id)).scalars().first()
        target_id = connection.execute(select(tables.target.c.id)).scalars().first()
        operator = select(tables.unit.c.id).where(tables.unit.c.kind == "operator")
        unit_id = connection.execute(operator).scalars().first()
    column = open_study(service.database, service.study).cells
    cell, longitude, latitude = (str(column[key][0]) for key in ("code", "longitude", "latitude"))
    place = {"z": "11", "x": "1673", "y": "893", "level": "district"}
    names = {"kind": "base_station", "ending": "csv", "key": "mobile.base_stations_per_10000"}
    rows = {"resource_id": station.id, "code": station.code, "plan_id": plan_id, "target_id": target_id}
    run_pci(service.database, load_catalogue(), system, service.study)
    study = {"scenario_id": service.study, "metric": "rsrp", "cell": cell, "what": "pci"}
    study |= {"longitude": longitude, "latitude": f"{float(latitude) + 0.001:.6f}"}
    return place | names | {key: str(value) for key, value in (rows | study | {"unit_id": unit_id}).items()}


def _address(path: str, values: dict[str, str]) -> str:
    """Return the address that an endpoint is asked at."""
    own = values | {"code": values["cell"]} if path.startswith("/api/coverage/") else values
    return path.format_map(own) + _queries.get(path, "").format_map(own)


def test_each_endpoint_runs_as_many_statements_as_stored(service: Service) -> None:
    values = _values(service)
    found = {}
    for path, methods in service.app.openapi()["paths"].items():
        if "get" not in methods or path in _apart or path.startswith(tuple(_apart_under)):
            continue
        address = _address(path, values)
        service.client.get(address)  # what is kept between requests is there from the second on
        with _counting(service) as statements:
            answer = service.client.get(address)
        assert answer.is_success, f"{address}: {answer.status_code} {answer.text[:200]}"
        found[path] = len(statements)
    compare("SQL statements per GET", found)
