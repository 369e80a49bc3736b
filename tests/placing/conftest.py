"""A made city with its ground, a plan's targets and a coverage study, copied for each test that writes to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qipan.core.access import Principal, system
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.jobs import Progress
from qipan.core.scenarios import create_scenario, scenario_folder
from qipan.domains.mobile.building import run_build


@dataclass
class City:
    """An open register of a made city."""

    database: Database
    catalogue: Catalogue

    def plan(
        self, subject: str = "mobile.base_station", principal: Principal = system, **parameters: Any
    ) -> tuple[int, dict[str, Any]]:
        """Make and compute a build scenario; return its number and summary."""
        asked = {"effort": "quick"} | parameters
        place = {key: asked.pop(key) for key in ("area_id", "owner_id") if key in asked}
        with self.database.begin() as connection:
            made = create_scenario(
                connection, principal, kind="build", subject=subject, name="方案", parameters=asked, **place
            )
        return made.id, run_build(self.database, self.catalogue, principal, made.id)

    def compute(self, scenario_id: int, progress: Progress) -> dict[str, Any]:
        """Compute a scenario again, telling ``progress``."""
        return run_build(self.database, self.catalogue, system, scenario_id, progress)

    def folder(self, scenario_id: int) -> Path:
        return scenario_folder(self.database, scenario_id)


@pytest.fixture(scope="session")
def computed_city(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's folder with a coverage study and one build plan of stations, scenario 1 and 2."""
    from qipan.domains.mobile.coverage import run_coverage

    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("placing") / "city")
    database = open_database(folder / "qipan.db")
    try:
        with database.begin() as connection:
            study = create_scenario(
                connection, system, kind="coverage", subject="mobile.coverage", name="现状覆盖",
                parameters={"resolution": 25.0, "radius": 700.0, "servers": 4},
            )  # fmt: skip
        run_coverage(database, load_catalogue(), system, study.id)
        City(database, load_catalogue()).plan()
    finally:
        database.close()
    return folder


@pytest.fixture
def city(computed_city: Path, tmp_path: Path) -> Iterator[City]:
    folder = shutil.copytree(computed_city, tmp_path / "city")
    database = open_database(folder / "qipan.db")
    yield City(database, load_catalogue())
    database.close()
