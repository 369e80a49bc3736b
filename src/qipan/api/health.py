"""Health for whoever watches the server, and metrics for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import select

from qipan import __version__
from qipan.api.context import Reading

router = APIRouter(tags=["health"])


@router.get("/health")
def health(connection: Reading) -> dict[str, str]:
    """Answer once the register answers."""
    connection.execute(select(1))
    return {"status": "ok", "version": __version__}


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Return the process's counters in Prometheus's text form."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
