"""Readers of the published siting instances in the reference data folder ``shared/`` beside the checkout."""

from __future__ import annotations

import csv
import io
import lzma
import tarfile
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from qipan.engines.siting import Reach

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "siting"


def best_known(folder: str) -> dict[str, dict[str, str]]:
    """Rows of a ``best_known.csv`` by name (for coverage: name and p)."""
    with (DATA / folder / "best_known.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["name"] + (f"/{row['p']}" if "radius_m" in row else ""): row for row in rows}


def set_cover(name: str) -> tuple[Reach, np.ndarray]:
    """An OR-Library set cover: columns are candidates, rows demands; the RAIL files list columns."""
    text = lzma.decompress((DATA / "setcover" / f"{name}.txt.xz").read_bytes())
    numbers = np.array(text.split(), dtype=np.int64)
    rows, columns = int(numbers[0]), int(numbers[1])
    if name.startswith("rail"):
        return _by_column(numbers[2:], rows, columns)
    cost, rest = numbers[2 : 2 + columns].astype(float), numbers[2 + columns :]
    who, whom, at = [], [], 0
    for row in range(rows):
        count = int(rest[at])
        who.append(rest[at + 1 : at + 1 + count] - 1)
        whom.append(np.full(count, row))
        at += 1 + count
    pairs = np.unique(np.column_stack((np.concatenate(who), np.concatenate(whom))), axis=0)
    return Reach.from_pairs(pairs[:, 0], pairs[:, 1], candidates=columns, demands=rows), cost


def _by_column(numbers: np.ndarray, rows: int, columns: int) -> tuple[Reach, np.ndarray]:
    cost, who, whom, at = np.zeros(columns), [], [], 0
    for column in range(columns):
        cost[column], count = numbers[at], int(numbers[at + 1])
        whom.append(numbers[at + 2 : at + 2 + count] - 1)
        who.append(np.full(count, column))
        at += 2 + count
    reach = Reach.from_pairs(np.concatenate(who), np.concatenate(whom), candidates=columns, demands=rows)
    return reach, cost


def coverage(name: str, radius: float) -> tuple[Reach, np.ndarray]:
    """A published coverage case: single-precision law of cosines on a sphere of 6,378,100 m."""
    lines = (DATA / "mclp" / f"{name}.txt").read_text(encoding="utf-8").split("\n")
    head = {line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line}
    count = int(head["DIMENSION"])
    numbers = np.array([token for line in lines if not line[:1].isalpha() for token in line.split()], dtype=float)
    points, weight = numbers[: 2 * count].reshape(count, 2), numbers[2 * count : 3 * count]
    latitude, longitude = np.radians(points).T
    cosine = np.sin(latitude)[:, None] * np.sin(latitude) + np.cos(latitude)[:, None] * np.cos(latitude) * np.cos(
        longitude[:, None] - longitude
    )
    near = (np.arccos(np.clip(cosine, -1, 1)) * 6_378_100.0).astype(np.float32) <= radius
    np.fill_diagonal(near, True)
    who, whom = np.nonzero(near)
    return Reach.from_pairs(who, whom, candidates=count, demands=count), weight


def p_median(name: str) -> tuple[np.ndarray, int]:
    """Distance matrix and p of an OR-Library p-median graph; of repeated edges the last counts."""
    with tarfile.open(DATA / "pmedian" / "pmed1-40.tar.xz") as archive:
        member = next(each for each in archive.getmembers() if each.name.endswith(f"/{name}.txt"))
        text = io.TextIOWrapper(archive.extractfile(member), encoding="utf-8").read()
    numbers = np.array(text.split(), dtype=np.int64)
    count, edges, p = (int(each) for each in numbers[:3])
    last: dict[tuple[int, int], int] = {}
    for one, other, length in numbers[3 : 3 + 3 * edges].reshape(-1, 3) - np.array([1, 1, 0]):
        last[min(one, other), max(one, other)] = length
    ends = np.array(list(last))
    graph = coo_array((np.array(list(last.values()), float), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return dijkstra(graph.tocsr(), directed=False), p
