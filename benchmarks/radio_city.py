"""Whole-city coverage: 60,000 masts of three sectors at 10 m within 1 km, both cores; cost linear in masts."""

from __future__ import annotations

import resource
import time

from benchmarks import _claim, _radio
from qipan.engines.radio import Settings, coverage

BAR_SECONDS, BAR_GIB = 60.0, 6.0
#: How much more a mast may cost in the largest city than in the smallest for the cost to be called linear.
BAR_GROWTH = 1.15
MASTS = 60_000
SETTINGS = Settings(radius=1000.0, sample=0)


def seconds(masts: int) -> tuple[float, float]:
    """Wall-clock and processor seconds of one city; the second is both cores together and says what waiting cost."""
    ground, cells = _radio.city(masts)
    begin, busy = time.perf_counter(), time.process_time()
    coverage(ground, cells, SETTINGS)
    return time.perf_counter() - begin, time.process_time() - busy


def main() -> None:
    """Time cities of rising size and report the largest, or its projection from a small one with ``--quick``."""
    options = _claim.arguments(__doc__ or "")
    seconds(60)
    sizes = (1500, 3000) if options.quick else (6000, 20_000, MASTS)
    taken = {masts: seconds(masts) for masts in sizes}
    for masts, (wall, busy) in taken.items():
        print(f"{masts} masts, {3 * masts} cells: {wall:.1f} s, processor {1000 * busy / masts:.2f} ms a mast")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB (bar {BAR_GIB:g})")
    whole = taken[sizes[-1]][0] * MASTS / sizes[-1]
    growth = (taken[sizes[-1]][1] / sizes[-1]) / (taken[sizes[0]][1] / sizes[0])
    print(f"a mast costs {growth:.2f} times as much among {sizes[-1]} as among {sizes[0]} (bar {BAR_GROWTH:g})")
    _claim.report(
        "radio_city",
        whole,
        f"s for {MASTS} masts" + (" (projected)" if options.quick else ""),
        peer="crc-covlib P.1812, one path loss shared by three sectors: 7,200 to 9,360 s, measured elsewhere",
        ratio=7200.0 / whole,
        bar=f"<= {BAR_SECONDS:g} s and <= {BAR_GIB:g} GiB on 2 cores, cost linear in masts",
        holds=whole <= BAR_SECONDS and peak <= BAR_GIB and growth <= BAR_GROWTH,
    )


if __name__ == "__main__":
    main()
