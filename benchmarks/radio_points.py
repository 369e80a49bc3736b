"""Receive points a second on one core: fast mode, P.1812 by rays and by own profiles, against itmlogic turn about.

itmlogic (MIT, pure Python Longley-Rice) comes from PyPI; where it is not installed its figure measured elsewhere is
quoted. pycraf (GPL-3) and crc-covlib are quoted only.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

import numpy as np

from benchmarks import _claim, _radio
from qipan.engines.radio import Settings
from qipan.engines.radio.city.levels import disc_of
from qipan.engines.radio.city.rays1812 import Conditions
from qipan.engines.radio.city.reference import own_profile, reference_losses
from qipan.engines.radio.city.stencil import disc_stencil
from qipan.engines.radio.city.sweep import tree_of
from qipan.engines.radio.city.tiles import mast_losses

ITMLOGIC, PYCRAF = 5400.0, 52_000.0
BARS = {"surface": 3000.0 * ITMLOGIC, "p1812 by rays": 2e6, "p1812 own profiles": 7e5}


def rate(work: Callable[[], int], least: float = 1.0) -> float:
    """Points a CPU second of this thread, over at least so many seconds."""
    work()
    begin, points = time.thread_time(), 0
    while time.thread_time() - begin < least:
        points += work()
    return points / (time.thread_time() - begin)


def itm_rate(terrain: np.ndarray, surface: np.ndarray) -> float | None:
    """Points a second of itmlogic on own profiles of the same ground, None where it is not installed."""
    if importlib.util.find_spec("itmlogic") is None:
        return None
    from itmlogic.preparatory_subroutines.qlrpfl import qlrpfl
    from itmlogic.statistics.avar import avar

    def work() -> int:
        for cells_away in (40.0, 70.0, 95.0):
            d, _, g = own_profile(terrain, surface, 100.0, 100.0, 100.0 + cells_away, 100.0, 10.0)
            step = 1000.0 * (d[1] - d[0])
            prop = {
                "fmhz": 3500.0, "d": float(d[-1]), "ens0": 314.0, "eps": 15.0, "sgm": 0.005, "klim": 5, "ipol": 0,
                "pfl": [d.size - 1, step, *g.tolist()], "kwx": 0, "wn": 3500.0 / 47.7, "ens": 314.0, "gme": 157e-9,
                "hg": [25.0, 1.5], "zgnd": complex(4.0, 0.1), "lvar": 5, "mdvar": 12, "mdp": -1, "klimx": 0,
                "mdvarx": 11, "gma": 157e-9,
            }  # fmt: skip
            avar(0.0, 0.0, 0.0, qlrpfl(prop))
        return 3

    return rate(work)


def main() -> None:
    """Report the fast mode's rate; the P.1812 rates and their bars are printed before it."""
    options = _claim.arguments(__doc__ or "")
    terrain = np.ascontiguousarray(_radio.relief(400)[:204, :204], dtype=np.float32)
    surface = np.ascontiguousarray(_radio.built(_radio.relief(400))[:204, :204], dtype=np.float32)
    stencil = disc_stencil(1000.0, 10.0)
    tree, disc = tree_of(stencil), disc_of(stencil)
    plain = Settings().rules(10.0)
    rays = Settings(model="p1812", street=0.0).rules(10.0)
    at = Conditions(3.5, 50.0, plain.ae, 325.0, 30.0, True, True)
    x, y = (stencil.column + 102).astype(np.float64), (stencil.row + 102).astype(np.float64)

    def by_rays(rules: object) -> Callable[[], int]:
        return lambda: mast_losses(terrain, surface, 102, 102, 25.0, 3.5, rules, tree, disc).size

    def own() -> int:
        return reference_losses(terrain, surface, 10.0, 102.0, 102.0, 25.0, 1.5, x, y, at, True, 0.0).size

    works = {"surface": by_rays(plain), "p1812 by rays": by_rays(rays), "p1812 own profiles": own}
    rates = {}
    for name, work in works.items():
        rates[name] = rate(work, 1.0 if options.quick else 5.0)
        print(f"{name}: {rates[name]:,.0f} points/s/core (bar {BARS[name]:,.0f}, {rates[name] >= BARS[name]})")
    peer = itm_rate(terrain, surface)
    print("itmlogic: " + (f"{peer:,.0f} points/s/core" if peer else f"{ITMLOGIC:,.0f}, measured elsewhere"))
    quoted = f"itmlogic {peer or ITMLOGIC:,.0f}/s" + ("" if peer else ", measured elsewhere")
    ratio = rates["surface"] / (peer or ITMLOGIC)
    print(f"pycraf P.452 with profiles {PYCRAF:,.0f}/s, measured elsewhere: {rates['surface'] / PYCRAF:,.0f} times")
    _claim.report(
        "radio_points",
        rates["surface"],
        "points/s/core, Bullington on the surface",
        peer=quoted + " (Longley-Rice)",
        ratio=ratio,
        bar=">= 3,000 times itmlogic and >= 300 times pycraf",
        holds=ratio >= 3000 and rates["surface"] >= 300 * PYCRAF,
    )


if __name__ == "__main__":
    main()
