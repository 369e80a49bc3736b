"""Readers of the published vectors in the reference data folder `shared/` beside the checkout."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "radio"


def require_folder() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"reference data folder {FOLDER} is absent")


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file of the folder, none where the folder is absent."""
    path = FOLDER / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Case:
    """One measurement row of a P.1812 profile file."""

    name: str
    header: dict[str, str]
    profile: np.ndarray
    f: float
    htg: float
    hrg: float
    polarisation: str
    p: float
    field: float
    loss: float
    log: dict[str, float]


def _log(path: Path) -> dict[str, float]:
    values = {}
    if path.is_file():
        for line in path.read_text().splitlines()[1:]:
            cells = line.split(",")
            if len(cells) > 3 and cells[3]:
                values[f"{cells[0].strip()} {cells[1].strip()}".strip()] = float(cells[3])
    return values


def p1812_cases() -> list[Case]:
    cases = []
    for path in sorted((FOLDER / "p1812_profiles").glob("*.csv")):
        header: dict[str, str] = {}
        points: list[list[float]] = []
        measured: list[list[str]] = []
        section = ""
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            cells = [cell.strip() for cell in line.split(",")]
            if cells[0].startswith("{"):
                section = cells[0].strip("{} ")
            elif section.startswith("Begin of Profile") and not cells[0].startswith("Number"):
                points.append([float(cell) for cell in cells[:5]])
            elif section.startswith("Begin of Measurements") and cells[0]:
                measured.append(cells)
            elif len(cells) > 1:
                header[cells[0]] = cells[1]
        for number, cells in enumerate(measured):
            name = f"{path.stem}_{number}"
            cases.append(
                Case(
                    name,
                    header,
                    np.array(points),
                    float(cells[0]) / 1000,
                    float(cells[1]),
                    float(cells[3]),
                    {"1": "horizontal", "2": "vertical"}[cells[4]],
                    float(cells[14]),
                    float(cells[16]),
                    float(cells[17]),
                    _log(FOLDER / "p1812_logs" / f"{name}_log.csv"),
                )
            )
    return cases
