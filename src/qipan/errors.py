"""The root of every error that a user can act on.

QipanError
├── engines: ReadingError, TilingError, RadioError, SitingError … (each engine's ``errors`` module)
└── core: CatalogueError, ImportRejected, AccessDenied, NotFound … (``qipan.core.errors``)
"""

from __future__ import annotations


class QipanError(Exception):
    """Something a user can put right; its text is one sentence that names the place and the remedy."""
