"""Antennas by the names that cells carry: typical ones of the catalogue, and files that people import."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipan.core.access import Principal
from qipan.core.catalogue import Text
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.folders import data_folder
from qipan.domains.mobile.coverage.errors import BadAntennaFile
from qipan.engines.radio import Antenna, Array, BadAntenna, Element, Isotropic, gain_table, read_antenna, ssb_beams

_suffixes = (".msi", ".pln", ".ant", ".adf", ".nsm", ".txt")
_most_bytes = 1 << 20
_words = {"horizontal": "水平", "vertical": "垂直"}
_reasons = (
    (r"the (\w+) cut has no angles between ([\d.e+-]+) and ([\d.e+-]+) degrees", "的{}方向图缺少 {} 至 {} 度"),
    (r"the (\w+) cut has no points", "的{}方向图没有数据"),
    (r"the (\w+) cut must hold 360 finite numbers", "的{}方向图应有 360 个数，每度一个"),
    (r"there is no (\w+) cut", "没有{}方向图"),
    (r"line 0: ('.*') is not a number", "的文件头中 {} 不是数字"),
    (r"line (\d+): (.*) is not a number", "第 {} 行的 {} 不是数字"),
    (r"line (\d+): (.*) is not an angle and a level", "第 {} 行的 {} 不是角度与电平"),
    (r"line (\d+): (.*) stands before any PATCUT field", "第 {} 行的 {} 之前没有 PATCUT 字段"),
    (r"GAIN is missing", "没有增益（GAIN），应为带 dBi 或 dBd 的数"),
    (r"MDGAIN (.*) is not a number", "的增益 MDGAIN {} 不是数字"),
)
"""What the engine says of an antenna file, and how it is said to people here."""


@dataclass(frozen=True, slots=True)
class KnownAntenna:
    """One antenna that cells may name: ``source`` is ``catalogue`` or the file it was imported from."""

    key: str
    name: Text
    source: str
    gain: float


@dataclass(frozen=True)
class _Tabled:
    """An antenna by its gain table: many beams cost no more than one when it is tilted again and again."""

    table: NDArray[np.float32]

    def gain(self, azimuth: ArrayLike, elevation: ArrayLike) -> NDArray[np.float64]:
        """Gain in dBi at the nearest degree and quarter degree of elevation."""
        turn = np.rint(np.asarray(azimuth, dtype=np.float64)).astype(np.int64) % 360
        up = np.rint((np.asarray(elevation, dtype=np.float64) + 90.0) * 4.0).astype(np.int64)
        return self.table[turn, np.clip(up, 0, 720)].astype(np.float64)


def antenna_folder(database: Database) -> Path:
    """Return where imported antenna files of a register lie."""
    return data_folder(database) / "antennas"


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    text = files("qipan.domains.mobile").joinpath("catalogue", "antennas.toml").read_text(encoding="utf-8")
    rows: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["antenna"]
    return rows


@cache
def _typical(key: str) -> Antenna:
    row = _catalogue()[key]
    if row["form"] == "isotropic":
        return Isotropic(row["gain"])
    element = Element(row["gain"], row["width"], row["height"])
    if row["form"] == "element":
        return element
    array = Array(element, row["rows"], row["columns"], row["row_spacing"])
    return _Tabled(gain_table(ssb_beams(array, row["azimuths"], row["tilts"])))


def load_antennas(database: Database) -> dict[str, Antenna]:
    """Return every antenna by name; an imported file takes the place of a typical antenna of its name.

    A file that has become unreadable is left out: its cells then use the default of their form.
    """
    found = {key: _typical(key) for key in _catalogue()}
    for path in _imported(database):
        try:
            found[path.stem] = read_antenna(path.read_text(encoding="utf-8", errors="replace"), path.stem)
        except (BadAntenna, OSError):
            continue
    return found


def list_antennas(database: Database) -> list[KnownAntenna]:
    """Return the antennas that cells may name, with their greatest gain in dBi."""
    loaded = load_antennas(database)
    sources = dict.fromkeys(_catalogue(), "catalogue") | {path.stem: path.name for path in _imported(database)}
    names = {key: Text(**row["name"]) for key, row in _catalogue().items()}
    return [
        KnownAntenna(key, names.get(key, Text(key, key)), sources[key], round(float(gain_table(one).max()), 1))
        for key, one in loaded.items()
    ]


def import_antenna(database: Database, path: Path, principal: Principal) -> KnownAntenna:
    """Check an MSI Planet or NSMA file and keep it under its own name without the ending.

    Only the city changes antennas. Raises BadAntennaFile naming the file with the line, field or angles that are wrong.
    """
    principal.require_city()
    if path.suffix.lower() not in _suffixes:
        message = f"{path.name} 不是天线文件：扩展名应为 {'、'.join(_suffixes)} 之一（MSI Planet 或 NSMA 格式）"
        raise BadAntennaFile(message)
    try:
        content = path.read_bytes()[: _most_bytes + 1]
    except OSError as error:
        message = f"打不开天线文件 {path}（{error.strerror or error}）"
        raise BadAntennaFile(message) from error
    if len(content) > _most_bytes:
        message = f"天线文件 {path.name} 超过 1 MB：请核对是否为方向图文件"
        raise BadAntennaFile(message)
    try:
        pattern = read_antenna(content.decode("utf-8", errors="replace"), path.stem)
    except BadAntenna as error:
        message = f"天线文件 {path.name} {_in_chinese(str(error))}：水平与垂直方向图须各有 0 至 360 度，间隔至多 5 度"
        raise BadAntennaFile(message) from error
    try:
        antenna_folder(database).mkdir(parents=True, exist_ok=True)
        (antenna_folder(database) / path.name).write_bytes(content)
    except OSError as error:
        message = f"无法写入 {antenna_folder(database)}（{error.strerror or error}）：请核对磁盘空间与写权限"
        raise DatabaseError(message) from error
    return KnownAntenna(path.stem, Text(pattern.name, pattern.name), path.name, round(pattern.gain_dbi, 1))


def _in_chinese(reason: str) -> str:
    """Return what the engine says of an antenna file as people read it here; its own words where they are new."""
    for pattern, sentence in _reasons:
        if found := re.search(pattern, reason):
            return sentence.format(*(_words.get(part, part) for part in found.groups()))
    return f"无法使用（{reason}）"


def _imported(database: Database) -> list[Path]:
    folder = antenna_folder(database)
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in _suffixes) if folder.is_dir() else []
