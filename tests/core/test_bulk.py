"""What a bulk write borrows, the page cache and the collector's rest, is given back however it ends."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from sqlalchemy import Connection

from qipan.core.bulk import roomy
from qipan.core.collecting import collection_paused
from qipan.core.database import open_database


def _break(connection: Connection) -> None:
    with collection_paused(), roomy(connection):
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        assert _pages(connection) == -524_288
        raise BrokenPipeError


def _pages(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())


def test_what_was_borrowed_is_given_back_after_an_error(tmp_path: Path) -> None:
    database = open_database(tmp_path / "register.db")
    with database.begin() as connection:
        usual = _pages(connection)
        with pytest.raises(BrokenPipeError):
            _break(connection)
        assert _pages(connection) == usual
    assert gc.isenabled()
    database.close()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
