"""The application: every router, its errors, its security headers, the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from qipan import __version__
from qipan.api import (
    building,
    coverage,
    coverage_studies,
    exchange,
    health,
    jobs,
    measuring,
    merging,
    network,
    offered,
    ogc,
    oidc,
    plans,
    register,
    reports,
    scenarios,
    session,
    tiles,
    vocabulary,
)
from qipan.api.context import Service
from qipan.api.errors import add_error_handlers, problem, problem_responses
from qipan.api.files import MadeFiles
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database
from qipan.core.exchange.previews import Previews
from qipan.core.jobs import JobRunner
from qipan.core.map import CityMap
from qipan.core.measuring import refresh
from qipan.domains.mobile.editing import Sessions
from qipan.domains.mobile.inspection import OpenStudies
from qipan.errors import QipanError

_logger = logging.getLogger(__name__)
_page = Path(__file__).parent / "page"
_parts = (
    session,
    oidc,
    vocabulary,
    plans,
    measuring,
    register,
    exchange,
    jobs,
    building,
    offered,
    scenarios,
    merging,
    reports,
    coverage,
    coverage_studies,
    network,
    tiles,
    ogc,
    health,
)
_policy = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def create_app(database: Database, *, identity_provider: oidc.Provider | None = None) -> FastAPI:
    """Return the application over an open register; the register is closed when the server stops.

    With an ``identity_provider`` people may sign in there as well as with a password.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warming = threading.Thread(target=_warm, args=(service,), name="warming")
        warming.start()
        yield
        service.jobs.close()
        service.made.close()
        warming.join()
        database.close()

    catalogue = load_catalogue()
    service = Service(database, catalogue, JobRunner(database), CityMap(database, catalogue), Previews(), MadeFiles())
    app = FastAPI(
        title="Qipan",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problem_responses,
    )
    app.state.service = service
    app.state.oidc = identity_provider
    app.state.try_limit = session.TryLimit()
    app.state.studies, app.state.sessions = OpenStudies(database, catalogue), Sessions()
    app.middleware("http")(_with_security_headers)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=1)
    add_error_handlers(app)
    for part in _parts:
        app.include_router(part.router)
    _add_page(app)
    return app


def _warm(service: Service) -> None:
    """Take the register in before the first person asks for its map or figures."""
    try:
        service.map.refresh()
        refresh(service.database, service.catalogue)
    except QipanError as error:
        _logger.warning("%s", error)


async def _with_security_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.setdefault("Content-Security-Policy", _policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _add_page(app: FastAPI) -> None:
    """Serve the built page; every address that is no file and no interface is the page's own."""
    if (_page / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=_page / "assets"))

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path.startswith(("api/", "ogc/")):
            return problem(404, f"没有接口 /{path[:80]}")
        file = (_page / path).resolve()
        if path and file.is_file() and file.is_relative_to(_page):
            return FileResponse(file)
        if (_page / "index.html").is_file():
            return FileResponse(_page / "index.html", headers={"Cache-Control": "no-cache"})
        return problem(404, "页面尚未构建：请在源码目录运行 make page，或安装发布的安装包")
