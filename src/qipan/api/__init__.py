"""Faces: HTTP. Everything the page does, OGC API Features for GIS clients, vector tiles, health and metrics."""

from __future__ import annotations

from qipan.api.app import create_app

__all__ = ["create_app"]
