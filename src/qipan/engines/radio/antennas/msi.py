"""Antenna files in the MSI Planet format."""

from __future__ import annotations

import numpy as np

from ..errors import BadAntenna
from .pattern import DIPOLE_GAIN, Pattern, full_cut

_CUTS = ("HORIZONTAL", "VERTICAL")


def _number(name: str, row: int, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"antenna {name}, line {row}: {text!r} is not a number"
        raise BadAntenna(message) from None


def _gain_dbi(name: str, text: str) -> float:
    # The format's default unit is dBd.
    words = text.split()
    if not words:
        message = f"antenna {name}: GAIN is missing; it must be a number with dBi or dBd"
        raise BadAntenna(message)
    value = _number(name, 0, words[0])
    return value if len(words) > 1 and words[1].lower() == "dbi" else value + DIPOLE_GAIN


def _tilt(header: dict[str, str]) -> float:
    for key in ("ELECTRICAL_TILT", "ELECTRICALTILT", "TILT"):
        try:
            return float(header.get(key, "").split()[0])
        except (ValueError, IndexError):
            continue
    return 0.0


def read_msi(text: str, name: str = "") -> Pattern:
    """Read an MSI Planet file: attenuations in dB, horizontal clockwise and vertical downwards from boresight.

    ``name`` stands in messages and where the file has none. BadAntenna names the line or the missing angles.
    """
    header: dict[str, str] = {}
    points: dict[str, list[tuple[float, float]]] = {cut: [] for cut in _CUTS}
    section = ""
    for row, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        key = words[0].upper()
        if key in _CUTS:
            section = key
        elif section and len(words) >= 2 and not key.isalpha():
            points[section].append((_number(name, row, words[0]), _number(name, row, words[1])))
        else:
            section = ""
            header[key] = line.strip()[len(words[0]) :].strip()
    name = header.get("NAME", "") or name
    cuts = [full_cut(name, kind.lower(), *_columns(points[kind])) for kind in _CUTS]
    frequency = header.get("FREQUENCY", "").split()
    megahertz = _number(name, 0, frequency[0]) if frequency else float("nan")
    gain = _gain_dbi(name, header.get("GAIN", ""))
    return Pattern(name, gain, cuts[0], cuts[1], megahertz / 1000.0, _tilt(header), header)


def _columns(points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(points, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def write_msi(pattern: Pattern) -> str:
    """Text of an MSI Planet file; reading it again gives the pattern to a hundredth of a decibel."""
    written = {"NAME", "FREQUENCY", "GAIN", *_CUTS}
    lines = [f"NAME {pattern.name}"]
    if np.isfinite(pattern.f):
        lines.append(f"FREQUENCY {pattern.f * 1000.0:g}")
    lines.append(f"GAIN {pattern.gain_dbi:.2f} dBi")
    if not {"TILT", "ELECTRICAL_TILT", "ELECTRICALTILT"} & pattern.header.keys():
        lines.append(f"ELECTRICAL_TILT {pattern.electrical_tilt:g}")
    lines += [f"{key} {value}".rstrip() for key, value in pattern.header.items() if key not in written]
    for kind, cut in zip(_CUTS, (pattern.horizontal, pattern.vertical), strict=True):
        lines.append(f"{kind} 360")
        lines += [f"{angle:.1f} {value:.2f}" for angle, value in enumerate(cut)]
    return "\n".join(lines) + "\n"
