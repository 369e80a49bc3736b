"""A file as read: its columns as arrays, before anything in it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.catalogue import Catalogue, Kind
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.grams import folded
from qipan.engines.geodesy import Datum


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, all columns of length n, in the file's order."""

    name: str
    """The file's name, as messages say it."""
    format: str
    columns: Mapping[str, pa.Array]
    """By heading: strings, or numbers, dates and booleans where the format has such; null for an empty cell."""
    rows: NDArray[np.int64]
    """(n,): number of each row as a spreadsheet counts, the header being row 1."""
    kind: str | None = None
    """Key of the catalogue's kind, None for areas and units."""
    datum: Datum = field(default_factory=lambda: Datum("wgs84"))
    geometry: NDArray[np.object_] | None = None
    """(n,): shapely geometries in ``datum``, None in a place without one; None for a format without geometry."""
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    """What the user said of columns: the key of their field, or None to ignore them."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What the user gave for all rows alike, by field key."""
    problems: Sequence[FieldProblem] = ()
    """Rows that could not even be read."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader of one format hands back: columns and, where the format has them, geometry and a sheet's name."""

    columns: Mapping[str, pa.Array]
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    title: str = ""
    """Name of the sheet or layer, from which the kind may be guessed."""
    epsg: int | None = None
    """The coordinate system that the file itself states."""
    problems: Sequence[FieldProblem] = ()


def row_numbers(count: int) -> NDArray[np.int64]:
    """Return the row numbers of ``count`` rows that follow a header in row 1."""
    return np.arange(2, count + 2, dtype=np.int64)


def guess_kind(catalogue: Catalogue, file_name: str, title: str) -> Kind:
    """Return the kind that a sheet's or file's name says; ImportRejected where it says none.

    ``base_station-003.csv``, ``5G基站.xlsx`` and a sheet called ``5G基站`` all say the same.
    """
    stem = PurePath(file_name).name.split(".")[0]
    for text in (title, stem, stem.rstrip("0123456789").rstrip("-_ ")):
        for kind in catalogue.kinds.values():
            if folded(text) in {folded(kind.key), folded(kind.name.zh), folded(kind.name.en), folded(kind.code)}:
                return kind
    known = "、".join(kind.name.zh for kind in catalogue.kinds.values())
    message = f"从文件名“{file_name}”看不出资源类别：请指明类别，可选 {known}"
    raise ImportRejected(message)
