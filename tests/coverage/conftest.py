from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.access import system
from qipan.core.database import Database, open_database
from qipan.domains.mobile.coverage import Study, open_study, run_coverage
from tests.coverage.town import Town, build


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the files of a register on a server out of the user's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    """The town on each database in turn."""
    return build(database, tmp_path)


@pytest.fixture
def small_town(tmp_path: Path) -> Town:
    """The town on SQLite, to be changed."""
    return build(open_database(tmp_path / "town.db"), tmp_path)


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, int]:
    """The town on SQLite with a study of it; not to be changed."""
    folder = tmp_path_factory.mktemp("town")
    made = build(open_database(folder / "town.db"), folder)
    number = made.study()
    run_coverage(made.database, made.catalogue, system, number)
    return made, number


@pytest.fixture(scope="session")
def study(computed: tuple[Town, int]) -> Study:
    town, number = computed
    return open_study(town.database, number)
