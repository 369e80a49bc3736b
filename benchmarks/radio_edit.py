"""Edits of a whole city's coverage: tilt, azimuth and power of single cells, and moved masts, until the map is ready.

60,000 masts of three sectors, 30 a km², at 10 m within 1 km. The peer computes the same window anew with ``coverage``
in the same process, on a cut-out of the city that holds all masts heard in it.
"""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Callable

import numpy as np

from benchmarks import _claim, _radio
from qipan.engines.radio import Cells, Ground, LiveCoverage, Settings, Update, coverage

MASTS, EDITS, MOVES, PEERS = 60_000, 200, 50, 5
# a small city takes fewer edits, so that they lie about as far apart
QUICK = (3000, 40, 10)
BAR_EDIT, BAR_MOVE = 20.0, 100.0
SETTINGS = Settings(radius=1000.0, sample=0)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begin = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - begin)


def shown(name: str, taken: list[float]) -> tuple[float, float]:
    """Print median, 95th percentile and worst of a series; the first two are returned."""
    median, late = (float(np.quantile(taken, part)) for part in (0.5, 0.95))
    print(f"{name}: median {median:.2f} ms, 95 % within {late:.2f} ms, worst {max(taken):.2f} ms ({len(taken)} edits)")
    return median, late


def edit(live: LiveCoverage, cell: int, draws: np.random.Generator) -> Callable[[], Update]:
    """One edit of a cell as a planner makes it, in turn tilt, azimuth or power."""
    kind = int(draws.integers(3))
    if kind == 0:
        down, tilt = draws.integers(0, 40) / 10.0, draws.integers(0, 120) / 10.0
        return lambda: live.change_cell(cell, mechanical_tilt=down, electrical_tilt=tilt)
    if kind == 1:
        azimuth = float(draws.integers(360))
        return lambda: live.change_cell(cell, azimuth=azimuth)
    watts = float(draws.uniform(20.0, 320.0))
    return lambda: live.change_cell(cell, watts=watts)


def move(live: LiveCoverage, cell: int, cells: Cells, draws: np.random.Generator) -> Callable[[], Update]:
    """A mast moved by up to 150 m and given another height."""
    x, y = cells.x[cell] + draws.uniform(-150, 150), cells.y[cell] + draws.uniform(-150, 150)
    height = draws.uniform(20, 50)
    return lambda: live.move_mast(cell, x, y, height)


def recompute(ground: Ground, cells: Cells, cell: int) -> float:
    """Milliseconds of a whole run of the window around a cell's mast, which needs the masts within two radii."""
    row, column = (int(each) for each in ground.cell_of(cells.x[cell], cells.y[cell]))
    wide = 2 * int(SETTINGS.radius / ground.resolution)
    part = np.s_[row - wide : row + wide + 1, column - wide : column + wide + 1]
    x, y = ground.centre_of(row, column)
    cut = Ground.of(
        ground.terrain[part], ground.surface[part], resolution=ground.resolution,
        west=float(x) - (wide + 0.5) * ground.resolution, north=float(y) + (wide + 0.5) * ground.resolution,
    )  # fmt: skip
    half = wide * ground.resolution
    near = (abs(cells.x - float(x)) < half) & (abs(cells.y - float(y)) < half)
    names = [each.name for each in dataclasses.fields(Cells) if each.name not in ("antennas", "names")]
    heard = dataclasses.replace(cells, **{name: getattr(cells, name)[near] for name in names})
    return timed(lambda: coverage(cut, heard, SETTINGS))


def equal(live: LiveCoverage, ground: Ground) -> bool:
    """Whether the edited map has the bits of a whole run, its total within the tolerance stated."""
    here, there = live.layers[0], coverage(ground, live.cells, SETTINGS).layers[0]
    same = np.array_equal(here.levels, there.levels) and np.array_equal(here.servers, there.servers)
    return same and bool(np.allclose(here.total, there.total, rtol=3e-5, atol=0.0))


def main() -> None:
    """Time edits all over a city, and many in one quarter of it, and compare the end with a whole run."""
    options = _claim.arguments(__doc__ or "")
    masts, edits, moves = QUICK if options.quick else (MASTS, EDITS, MOVES)
    ground, cells = _radio.city(masts)
    draws = np.random.default_rng(12)
    side = ground.shape[0] * ground.resolution
    inner = np.flatnonzero(np.maximum(abs(cells.x - side / 2), abs(cells.y - side / 2)) < side / 2 - 2200.0)
    LiveCoverage(*_radio.city(60), SETTINGS).deepen()
    live = LiveCoverage(ground, cells, SETTINGS)
    print(f"{len(cells) // 3} masts; the whole city, eight deep: {timed(live.deepen) / 1000.0:.1f} s")
    for cell in inner[:2]:
        edit(live, int(cell), draws)()
        move(live, int(cell), cells, draws)()
    anywhere = [timed(edit(live, int(cell), draws)) for cell in draws.choice(inner, edits)]
    median, late = shown("tilt, azimuth or power anywhere", anywhere)
    moved = [timed(move(live, int(cell), live.cells, draws)) for cell in draws.choice(inner, moves)]
    move_median, move_late = shown("moved mast anywhere", moved)
    middle = float(cells.x[inner[0]]), float(cells.y[inner[0]])
    print(f"levels around one quarter kept: {timed(lambda: live.warm(*middle, 400.0)):.0f} ms")
    quarter = np.flatnonzero(np.maximum(abs(cells.x - middle[0]), abs(cells.y - middle[1])) < 400.0)
    near = draws.choice(quarter, edits)
    shown("tilt, azimuth or power in one quarter", [timed(edit(live, int(cell), draws)) for cell in near])
    near_moved = [timed(move(live, int(cell), live.cells, draws)) for cell in near[:moves]]
    shown("moved mast in one quarter", near_moved)
    peer = float(np.median([recompute(ground, cells, int(cell)) for cell in draws.choice(inner, PEERS)]))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    same = equal(live, ground)
    print(f"the same window by coverage(): {peer:.0f} ms; the edited city equals a whole run: {same}")
    _claim.report(
        "radio_edit",
        late,
        f"ms, 95th percentile of {edits} edits (median {median:.1f}); moved mast {move_late:.1f} ({move_median:.1f})",
        peer="coverage() of the same window in the same process",
        ratio=peer / median,
        bar=f"<= {BAR_EDIT:g} ms an edit, <= {BAR_MOVE:g} ms a moved mast, map equal to a whole run",
        holds=late <= BAR_EDIT and move_late <= BAR_MOVE and same,
    )


if __name__ == "__main__":
    main()
