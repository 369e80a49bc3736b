"""Antenna files in the NSMA WG16.99.050 format (also TIA/EIA-804-B)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import BadAntenna
from .pattern import DIPOLE_GAIN, Pattern, full_cut

# Annex A.5: designators of the two principal cuts
_HORIZONTAL, _VERTICAL = ("AZ", "H"), ("EL", "V")


@dataclass
class _Cut:
    axis: str
    polarisation: str = ""
    points: list[tuple[float, float]] = field(default_factory=list)


def _point(name: str, row: int, line: str) -> tuple[float, float]:
    cells = line.replace("\u2010", "-").split(",")
    try:
        return float(cells[0]), float(cells[1])
    except (ValueError, IndexError):
        message = f"antenna {name}, line {row}: {line.strip()!r} is not an angle and a level"
        raise BadAntenna(message) from None


def _parse(text: str, name: str) -> tuple[dict[str, str], list[_Cut]]:
    header: dict[str, str] = {}
    cuts: list[_Cut] = []
    for row, line in enumerate(text.splitlines(), 1):
        key, colon, value = line.partition(":,")
        key, value = key.strip().upper(), value.split("!")[0].strip()
        if not line.strip():
            continue
        if not colon:
            if not cuts:
                message = f"antenna {name}, line {row}: {line.strip()!r} stands before any PATCUT field"
                raise BadAntenna(message)
            cuts[-1].points.append(_point(name, row, line))
        elif key == "PATCUT":
            cuts.append(_Cut(value.upper()))
        elif key == "ENDFIL":
            break
        elif cuts and key == "POLARI":
            cuts[-1].polarisation = value
        elif not cuts:
            header[key] = value
    return header, cuts


def _co_polar(cuts: list[_Cut], axes: tuple[str, ...]) -> _Cut | None:
    wanted = [cut for cut in cuts if cut.axis in axes]
    alike = [cut for cut in wanted if len(set(cut.polarisation.split("/"))) == 1]
    return next(iter(alike or wanted), None)


def _gain(name: str, header: dict[str, str]) -> float:
    unit = header.get("GUNITS", "DBI/DBR").upper().split("/")[0]
    try:
        value = float(header.get("MDGAIN", "").split(",")[0])
    except ValueError:
        message = f"antenna {name}: MDGAIN {header.get('MDGAIN', '')!r} is not a number of {unit}"
        raise BadAntenna(message) from None
    return value + DIPOLE_GAIN if unit == "DBD" else value


def _first_number(text: str) -> float:
    try:
        return float(text.split(",")[0])
    except ValueError:
        return float("nan")


def read_nsma(text: str, name: str = "") -> Pattern:
    """Read an NSMA file: levels in dB against the maximum, elevation upwards; the first co-polar cut of each plane.

    ``name`` stands in messages and where the file has none. BadAntenna names the line, field or missing angles.
    """
    header, cuts = _parse(text, name)
    name = header.get("MODNUM", "") or name
    gain = _gain(name, header)
    relative = header.get("GUNITS", "DBI/DBR").upper().endswith("R")
    planes = []
    for kind, axes, sign in (("horizontal", _HORIZONTAL, 1.0), ("vertical", _VERTICAL, -1.0)):
        cut = _co_polar(cuts, axes)
        if cut is None:
            message = f"antenna {name}: there is no {kind} cut, a PATCUT field with {' or '.join(axes)}"
            raise BadAntenna(message)
        table = np.array(cut.points, dtype=np.float64).reshape(-1, 2)
        level = table[:, 1] if relative else table[:, 1] - gain
        planes.append(full_cut(name, kind, sign * table[:, 0], -level))
    megahertz = _first_number(header.get("PATFRE", ""))
    tilt = _first_number(header.get("ELTILT", "0"))
    tilt = tilt if np.isfinite(tilt) else 0.0
    return Pattern(name, gain, planes[0], planes[1], megahertz / 1000.0, tilt, header)


def write_nsma(pattern: Pattern) -> str:
    """Text of an NSMA file; reading it again gives the pattern to a thousandth of a decibel."""
    header = {"REVNUM": "NSMA WG16.99.050", "REVDAT": "19990520"} | pattern.header
    header |= {"MODNUM": pattern.name, "GUNITS": "DBI/DBR", "MDGAIN": f"{pattern.gain_dbi:.3f}"}
    header |= {"ELTILT": f"{pattern.electrical_tilt:g}", "NUMCUT": "2"}
    if np.isfinite(pattern.f):
        header |= {"PATFRE": f"{pattern.f * 1000.0:g}"}
    lines = [f"{key}:,{value}" for key, value in header.items()]
    for axis, sign, cut in (("AZ", 1, pattern.horizontal), ("EL", -1, pattern.vertical)):
        lines += [f"PATCUT:,{axis}", "POLARI:,V/V", "NUPOIN:,360", "FSTLST:,-180,179"]
        lines += [f"{angle},{-cut[sign * angle % 360]:.3f}," for angle in range(-180, 180)]
    return "\r\n".join([*lines, "ENDFIL:,EOF", ""])
