"""Where a register keeps what is no table: beside an SQLite file, in the user's data folder for a server."""

from __future__ import annotations

import os
from pathlib import Path

from qipan.core.database import Database


def data_folder(database: Database) -> Path:
    """Return the folder of a register's files, such as ``qipan.db.data``; it need not exist yet."""
    if database.path is not None:
        return Path(f"{database.path}.data")
    url = database.engine.url
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    # A register on a local socket has its folder in the query instead of a host.
    host = (url.host or str(url.query.get("host", "local"))).replace("/", "_")
    return home / "qipan" / f"{host}-{url.port or 5432}-{url.database}.data"
