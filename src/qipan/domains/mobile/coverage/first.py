"""The standard study of a register: made, computed and published in one go."""

from __future__ import annotations

import shutil

import rasterio

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import ground_folder
from qipan.core.jobs import Progress
from qipan.core.scenarios import create_scenario
from qipan.domains.mobile.coverage.parameters import CoverageParameters
from qipan.domains.mobile.coverage.publishing import publish_coverage
from qipan.domains.mobile.coverage.run import run_coverage
from qipan.domains.mobile.coverage.sweeping import usual_bytes

standard_name = "现状 5G 覆盖"
_resolutions = (10.0, 15.0, 20.0, 30.0, 50.0)
_most_bytes = 12e9
_free_share = 0.3


def first_study(
    database: Database, catalogue: Catalogue, principal: Principal, progress: Progress | None = None
) -> int:
    """Make, compute and publish the study of what is in service, and return its scenario's number.

    10 m a map cell, wider where the city would fill the disk. Raises what ``run_coverage`` raises.
    """
    tell = progress or Progress()
    parameters = CoverageParameters(resolution=fitting_resolution(database))
    with database.begin() as connection:
        made = create_scenario(
            connection,
            principal,
            kind="coverage",
            subject="mobile.coverage",
            name=standard_name,
            parameters=parameters.to_json(),
        )
    run_coverage(database, catalogue, principal, made.id, tell)
    with database.begin() as connection:
        publish_coverage(connection, catalogue, principal, made.id)
    return made.id


def fitting_resolution(database: Database) -> float:
    """Return the finest customary resolution in m at which a study of the whole terrain fits on the disk."""
    terrain = ground_folder(database) / "terrain.tif"
    if not terrain.exists():
        return _resolutions[0]
    with rasterio.open(terrain) as file:
        west, south, east, north = file.bounds
    room = min(_most_bytes, _free_share * shutil.disk_usage(terrain.parent).free)
    for resolution in _resolutions:
        places = (north - south) * (east - west) / resolution**2
        if usual_bytes(places, CoverageParameters().servers) <= room:
            return resolution
    return _resolutions[-1]
