"""What the radio benchmarks measure: points a second of our modes and of two open peers, taken turn about.

itmlogic (MIT, pure Python Longley-Rice) comes from PyPI. pycraf (GPL-3, P.452) is never imported: the environment
variable QIPAN_PYCRAF_PYTHON names an interpreter of its own that has it. Where a peer is absent its figure measured
elsewhere is quoted.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates

from benchmarks import _radio
from qipan.engines.radio import Settings
from qipan.engines.radio.city.levels import disc_of
from qipan.engines.radio.city.rays1812 import Conditions
from qipan.engines.radio.city.reference import own_profile, reference_losses
from qipan.engines.radio.city.stencil import disc_stencil
from qipan.engines.radio.city.sweep import Place, trees_of
from qipan.engines.radio.city.tiles import mast_losses

#: Points a second and core of the peers on an idle machine of the same kind.
ELSEWHERE = {"itmlogic": 5400.0, "pycraf": 52_000.0}
#: Computes some points and gives their number and the processor seconds of one core.
Work = Callable[[], tuple[int, float]]
_MAST, _SIDE = 102, 204


class Peer(NamedTuple):
    """A peer's points a second and what to call them in a claim."""

    rate: float
    name: str


def timed(work: Callable[[], int], least: float) -> Work:
    """A work that repeats ``work``, which gives a number of points, for at least so many seconds of this thread."""
    work()

    def run() -> tuple[int, float]:
        begin, points = time.thread_time(), 0
        while time.thread_time() - begin < least:
            points += work()
        return points, time.thread_time() - begin

    return run


def turn_about(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Points a second of each work: the median of so many rounds in which all take their turn."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            points, seconds = work()
            rates[name].append(points / seconds)
    return {name: statistics.median(each) for name, each in rates.items()}


def grounds() -> tuple[np.ndarray, np.ndarray]:
    """Terrain and built surface around one mast."""
    hills = _radio.relief(400)
    cut = np.s_[:_SIDE, :_SIDE]
    return hills[cut].astype(np.float32), _radio.built(hills)[cut].astype(np.float32)


def by_rays(terrain: np.ndarray, surface: np.ndarray, settings: Settings) -> Callable[[], int]:
    """Losses of the city-wide mode on a disc of 1 km at 10 m around the mast."""
    stencil, rules = disc_stencil(1000.0, 10.0, settings.density), settings.rules(10.0)
    trees, disc, here = trees_of(stencil), disc_of(stencil), Place(_MAST, _MAST, 0.0, 0.0)
    return lambda: mast_losses(terrain, surface, here, 25.0, 3.5, rules, trees, disc).size


def by_own_profiles(terrain: np.ndarray, surface: np.ndarray) -> Callable[[], int]:
    """P.1812 of the exact mode for the same points, each with a profile of its own."""
    stencil, at = disc_stencil(1000.0, 10.0), Conditions(3.5, 50.0, Settings().rules(10.0).ae, 325.0, 30.0, True, True)
    x, y = (stencil.column + _MAST).astype(np.float64), (stencil.row + _MAST).astype(np.float64)
    place = float(_MAST)
    return lambda: reference_losses(
        terrain, surface, 10.0, place, place, 25.0, 1.5, x, y, at, True, 0.0
    ).size  # fmt: skip


@contextlib.contextmanager
def peers(terrain: np.ndarray, surface: np.ndarray, least: float) -> Iterator[dict[str, Work]]:
    """The peers that are at hand, on the same ground and points."""
    found: dict[str, Work] = {}
    with contextlib.ExitStack() as stack:
        if importlib.util.find_spec("itmlogic") is not None:
            found["itmlogic"] = timed(_itmlogic(terrain, surface), least)
        if os.environ.get("QIPAN_PYCRAF_PYTHON"):
            found["pycraf"] = stack.enter_context(_pycraf(os.environ["QIPAN_PYCRAF_PYTHON"]))
        yield found


def peer(name: str, model: str, rates: dict[str, float]) -> Peer:
    """A peer as measured, or as measured elsewhere."""
    rate = rates.get(name, ELSEWHERE[name])
    return Peer(rate, f"{name} {model} {rate:,.0f}/s" + ("" if name in rates else " (measured elsewhere)"))


def _itmlogic(terrain: np.ndarray, surface: np.ndarray) -> Callable[[], int]:
    # the path-to-path sequence of the package's own example: constants, profile, attenuation, free space
    from itmlogic.preparatory_subroutines.qlrpfl import qlrpfl
    from itmlogic.preparatory_subroutines.qlrps import qlrps
    from itmlogic.statistics.avar import avar

    stencil = disc_stencil(1000.0, 10.0)
    some = np.arange(700, stencil.row.size, 1500)
    fixed = {"fmhz": 3500.0, "klim": 5, "lvar": 5, "mdvar": 12, "mdp": -1, "klimx": 0, "mdvarx": 11, "gma": 157e-9}

    def work() -> int:
        for x, y in zip(stencil.column[some] + 102.0, stencil.row[some] + 102.0, strict=True):
            d, _, g = own_profile(terrain, surface, 102.0, 102.0, float(x), float(y), 10.0)
            heights = g.tolist()
            path = [d.size - 1, 1000.0 * float(d[1]), *heights]
            wn, gme, ens, ground = qlrps(3500.0, sum(heights) / len(heights), 314.0, 0, 15.0, 0.005)
            prop = {**fixed, "d": float(d[-1]), "pfl": path, "kwx": 0, "hg": [25.0, 1.5]}
            prop = qlrpfl({**prop, "wn": wn, "gme": gme, "ens": ens, "zgnd": ground})
            avar(0.0, 0.0, 0.0, prop)[0] + 32.45 + 20.0 * math.log10(3500.0 * prop["d"])
        return int(some.size)

    return work


@contextlib.contextmanager
def _pycraf(python: str) -> Iterator[Work]:
    # the relief as a tile of one second of arc in whole metres, as pycraf reads it; the mast stands on a point of it
    row = column = 1640
    latitude, longitude = 23.0 - row / 3600.0, 114.0 + column / 3600.0
    step = 30.87 / 10.0
    down = _MAST + (np.arange(3601) - row) * step
    right = _MAST + (np.arange(3601) - column) * step * np.cos(np.radians(latitude))
    heights = map_coordinates(_radio.relief(400), np.meshgrid(down, right, indexing="ij"), order=1, mode="grid-wrap")
    with tempfile.TemporaryDirectory() as folder:
        np.rint(heights).astype(">i2").tofile(Path(folder) / "N22E114.hgt")
        command = [python, str(Path(__file__).with_name("_pycraf_peer.py")), folder]
        command += [str(longitude), str(latitude), "0.009"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        ) as child:  # fmt: skip
            assert child.stdin is not None
            assert child.stdout is not None
            ask, hear = child.stdin, child.stdout

            def work() -> tuple[int, float]:
                ask.write("again\n")
                ask.flush()
                points, seconds = hear.readline().split()
                return int(points), float(seconds)

            work()
            yield work
            ask.close()
