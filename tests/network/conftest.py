from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.access import system
from qipan.core.database import open_database
from qipan.domains.mobile.coverage import Study, open_study, run_coverage
from tests.coverage.town import Town, build, degrees, middle, mobile, telecom


def planned_town(folder: Path) -> tuple[Town, int]:
    """The town with identities that collide, one more mast of each operator, and a computed study."""
    town = build(open_database(folder / "town.db"), folder)
    x, y = middle
    masts = (
        ("移动增0", mobile, 3450.0, 500, 200),
        ("移动增1", mobile, 3450.0, -500, 500),
        ("电信增", telecom, 3550.0, 500, 200),
    )
    for label, owner, frequency, east, north in masts:
        place = degrees(x + east, y + north)
        town.add(label, "base_station", form="macro", band="3.5G", owner_id=owner, **place)
        for azimuth in (0.0, 180.0):
            more = {"owner_id": owner, "frequency": frequency, "azimuth": azimuth, "physical_cell_identity": 7}
            town.cell(f"{label}-{azimuth:g}", label, x + east, y + north, **more)
    number = town.study()
    run_coverage(town.database, town.catalogue, system, number)
    return town, number


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, int]:
    """A town with a study; its register is not to be changed."""
    return planned_town(tmp_path_factory.mktemp("network"))


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Town, int]:
    """A town with a study, to be changed."""
    return planned_town(tmp_path)


@pytest.fixture(scope="session")
def study(planned: tuple[Town, int]) -> Study:
    town, number = planned
    return open_study(town.database, number)
