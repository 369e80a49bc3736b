"""The cells of a run: checked one by one, so that a bad one is named and the others computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..antennas import Antenna, gain_table
from ..errors import BadCell
from .ground import Ground

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Cells as equally long columns, made by :meth:`of`.

    ``x``/``y`` m in the ground's coordinates; ``height`` of the antenna above ground, m; ``f`` GHz; ``watts`` total
    carrier power; ``subcarriers`` over which it is spread (12 a resource block); ``azimuth`` degrees clockwise from
    north, ``mechanical_tilt`` and ``electrical_tilt`` degrees down; ``antenna`` index into ``antennas``; ``load`` part
    of the time the cell sends, 0 to 1; ``layer`` number of the carrier it shares with those it interferes with, from 0;
    ``names`` for messages.
    """

    x: Doubles
    y: Doubles
    height: Doubles
    f: Doubles
    watts: Doubles
    subcarriers: Doubles
    azimuth: Doubles
    mechanical_tilt: Doubles
    electrical_tilt: Doubles
    load: Doubles
    antenna: NDArray[np.int64]
    layer: NDArray[np.int64]
    antennas: tuple[Antenna, ...]
    names: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        height: ArrayLike,
        f: ArrayLike,
        watts: ArrayLike,
        antennas: Sequence[Antenna],
        antenna: ArrayLike = 0,
        subcarriers: ArrayLike = 3276.0,
        azimuth: ArrayLike = 0.0,
        mechanical_tilt: ArrayLike = 0.0,
        electrical_tilt: ArrayLike = 0.0,
        load: ArrayLike = 1.0,
        layer: ArrayLike = 0,
        names: Sequence[str] = (),
    ) -> Cells:
        """Columns from arrays or single values that hold for every cell; 3276 subcarriers are 100 MHz at 30 kHz.

        BadCell when two columns differ in length; what is wrong with single cells is found by the run.
        """
        raw = (x, y, height, f, watts, subcarriers, azimuth, mechanical_tilt, electrical_tilt, load)
        _require_one_length(raw, antenna, layer)
        spread = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in raw))
        kinds, layers = (
            np.array(np.broadcast_to(np.asarray(each, dtype=np.int64), spread[0].shape)) for each in (antenna, layer)
        )
        c: list[Doubles] = [np.array(each) for each in spread]
        return cls(
            c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], kinds, layers,
            tuple(antennas), tuple(names)
        )  # fmt: skip

    def __len__(self) -> int:
        return int(self.x.size)

    def name(self, index: int) -> str:
        """Name of a cell, its number where it has none."""
        return self.names[index] if index < len(self.names) else f"number {index}"

    def element_power(self, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        """Power in dBm of one resource element of the chosen cells, before the antenna."""
        milliwatts = self.watts[chosen] * 1000.0 / self.subcarriers[chosen]
        return np.asarray(10.0 * np.log10(milliwatts), dtype=np.float32)


def _require_one_length(columns: Sequence[ArrayLike], antenna: ArrayLike, layer: ArrayLike) -> None:
    names = ("x", "y", "height", "f", "watts", "subcarriers", "azimuth", "mechanical_tilt", "electrical_tilt", "load")
    sizes = {name: np.size(each) for name, each in zip(names, columns, strict=True)}
    sizes |= {"antenna": np.size(antenna), "layer": np.size(layer)}
    most = max(sizes.values())
    for name, size in sizes.items():
        if size not in (1, most):
            message = f"cells: column {name} has {size} values where others have {most}; give one or {most}"
            raise BadCell(message)


@dataclass(frozen=True)
class _Check:
    holds: NDArray[np.bool_]
    say: Callable[[int], str]


def _number(name: str, values: Doubles, low: float, high: float, unit: str) -> _Check:
    def say(i: int) -> str:
        return f"has {name} {values[i]:g}{unit}, outside {low:g} to {high:g}{unit}"

    return _Check(np.asarray((values >= low) & (values <= high)), say)


def _place(cells: Cells, ground: Ground) -> list[_Check]:
    row, column = ground.cell_of(cells.x, cells.y)
    rows, columns = ground.shape
    inside = np.asarray((row >= 0) & (row < rows) & (column >= 0) & (column < columns))
    known = np.ones(len(cells), dtype=bool)
    known[inside] = np.isfinite(ground.terrain[row[inside], column[inside]])
    east, south = ground.west + columns * ground.resolution, ground.north - rows * ground.resolution
    extent = f"x {ground.west:g} to {east:g}, y {south:g} to {ground.north:g} m"
    return [
        _Check(inside, lambda i: f"lies at x {cells.x[i]:g}, y {cells.y[i]:g} m, outside the raster's {extent}"),
        _Check(known, lambda i: f"stands at x {cells.x[i]:g}, y {cells.y[i]:g} m, where the terrain is not a number"),
    ]


def reject(cells: Cells, ground: Ground, lowest: float) -> tuple[NDArray[np.bool_], tuple[BadCell, ...]]:
    """Which cells can be computed, and one BadCell for each that cannot, naming cell, value and allowed range.

    ``lowest`` is the model's lowest frequency in GHz; the highest is 100 GHz.
    """
    angles = np.stack([cells.azimuth, cells.mechanical_tilt, cells.electrical_tilt])
    last = len(cells.antennas) - 1
    checks = [
        *_place(cells, ground),
        _number("height", cells.height, 1.0, 3000.0, " m"),
        _number("frequency", cells.f, lowest, 100.0, " GHz"),
        _number("power", cells.watts, 1e-6, 1e7, " W"),
        _number("subcarriers", cells.subcarriers, 1.0, 1e6, ""),
        _number("load", cells.load, 0.0, 1.0, ""),
        _number("antenna", cells.antenna.astype(np.float64), 0.0, float(last), ""),
        _number("layer", cells.layer.astype(np.float64), 0.0, 63.0, ""),
        _Check(
            np.asarray(np.isfinite(angles).all(axis=0)),
            lambda _: "has an azimuth or tilt that is not a number of degrees",
        ),
    ]
    good = np.all([check.holds for check in checks], axis=0)
    errors = []
    for index in np.flatnonzero(~good).tolist():
        reasons = [check.say(index) for check in checks if not check.holds[index]]
        errors.append(BadCell(f"cell {cells.name(index)} {' and '.join(reasons)}"))
    return np.asarray(good), tuple(errors)


def mountings(cells: Cells, chosen: NDArray[np.int64]) -> tuple[Doubles, NDArray[np.int32]]:
    """Different antennas and tilts of the chosen cells, (n, 3), and which of them each cell has.

    Number of the antenna, mechanical and electrical tilt in tenths of a degree, to which tilts are held.
    """
    tilts = np.rint(np.stack([cells.mechanical_tilt, cells.electrical_tilt])[:, chosen] * 10.0)
    keys = np.column_stack([cells.antenna[chosen].astype(np.float64), tilts.T])
    unique, which = np.unique(keys, axis=0, return_inverse=True)
    return unique, which.reshape(-1).astype(np.int32)


def gain_tables(cells: Cells, chosen: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Gain tables of the chosen cells' :func:`mountings`, and which table each chosen cell uses."""
    unique, which = mountings(cells, chosen)
    tables = [_gain_table(_Same(cells.antennas[int(kind)]), down / 10.0, tilt / 10.0) for kind, down, tilt in unique]
    return np.stack(tables), which


@dataclass(frozen=True, eq=False, slots=True)
class _Same:
    """An antenna that equals itself alone: patterns of thousands of numbers are not worth comparing."""

    antenna: Antenna

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.antenna is self.antenna

    def __hash__(self) -> int:
        return id(self.antenna)


@lru_cache(maxsize=256)
def _gain_table(antenna: _Same, mechanical_tilt: float, electrical_tilt: float) -> NDArray[np.float32]:
    # a city is computed block by block with the same few antennas and tilts in each
    return gain_table(antenna.antenna, mechanical_tilt, electrical_tilt)
