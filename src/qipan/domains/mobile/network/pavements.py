"""Residents of buildings brought to the street before them, where the network outside reaches them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sqlalchemy import select

from qipan.core import tables
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.coverage.summary import bands_of

_deepest = 30.0
"""How far from the street, m, people still have its level before their facade."""


@dataclass(frozen=True)
class Residents:
    """Where people hear the network: flat index ``at`` of a map cell on the street (or farther inside a building),
    ``home`` that of their own map cell, ``people``; each shape (n,)."""

    at: NDArray[np.int64]
    home: NDArray[np.int64]
    people: NDArray[np.float64]


def residents(study: Study, progress: Progress) -> Residents:
    """Return the residents of a study's areas with the nearest map cell outdoors, up to 30 m away."""
    parts = []
    for window in bands_of(study):
        progress.report(window[0].start / study.grid.rows, "居民分布")
        parts.append(_band(study, window[0].start, window[0].stop))
    at, home, people = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Residents(at, home, people)


def _band(study: Study, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    rings = max(round(_deepest / study.grid.resolution), 1)
    top, bottom = max(start - rings, 0), min(stop + rings, study.grid.rows)
    built = np.asarray(study.built[top:bottom])
    population = study.population[start:stop]
    row, column = np.nonzero(population > 0.0)
    people = np.asarray(population[row, column], dtype=np.float64)
    row = row + start - top
    near_row, near_column = row, column
    if built.any() and not built.all():
        away, nearest = ndimage.distance_transform_edt(built, return_indices=True)
        close = away[row, column] <= rings
        near_row = np.where(close, nearest[0][row, column], row)
        near_column = np.where(close, nearest[1][row, column], column)
    wide = study.grid.columns
    home = (row + top) * wide + column
    return ((near_row + top) * wide + near_column).astype(np.int64), home.astype(np.int64), people


@dataclass(frozen=True)
class Districts:
    """The districts of a city: their ``names`` by area, and the district ``of`` each area in them."""

    names: dict[int, str]
    of: dict[int, int]

    def numbers(self, areas: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the district of each area of an array, 0 where it lies in none; of the array's shape."""
        ids, which = np.unique(areas, return_inverse=True)
        found = np.array([self.of.get(int(one), 0) for one in ids], dtype=np.int64)
        return np.asarray(found[which.reshape(areas.shape)])


def read_districts(database: Database) -> Districts:
    """Read the districts of the register."""
    area = tables.area.c
    with database.connect() as connection:
        rows = {row.id: row for row in connection.execute(select(area.id, area.name, area.level, area.parent_id))}
    of = {}
    for number in rows:
        above: int | None = number
        while above in rows and rows[above].level != "district":
            above = rows[above].parent_id
        if above is not None and above in rows:
            of[number] = above
    return Districts({one: row.name for one, row in rows.items() if row.level == "district"}, of)
