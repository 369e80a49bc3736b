"""Fast mode against exact mode: every receiver of many discs with a profile of its own, terrain alone and built."""

from __future__ import annotations

import dataclasses

from benchmarks import _claim, _radio
from qipan.engines.radio import Settings, coverage


def main() -> None:
    """Report the worst of four comparisons against its bar."""
    options = _claim.arguments(__doc__ or "")
    masts, sample = (40, 8000) if options.quick else (400, 200_000)
    ground, cells = _radio.city(masts, density=10.0)
    bare = dataclasses.replace(ground, surface=ground.terrain)
    worst, holds = 0.0, True
    for name, place, middle in (("terrain", bare, 0.5), ("buildings", ground, 1.0)):
        for model in ("surface", "p1812"):
            found = coverage(place, cells, Settings(model=model, sample=sample)).agreement
            assert found is not None
            print(f"{model} on {name}: {found.points} points, median {found.median:.3f}, 90 % {found.p90:.3f} dB")
            holds = holds and found.median <= middle and found.p90 <= 2.5
            worst = max(worst, found.p90)
    bar = "median <= 0.5 dB on terrain and 1 dB with buildings, 90 % within 2.5 dB"
    unit = "dB (largest 90th percentile)"
    _claim.report("radio_agreement", worst, unit, peer="exact mode", ratio=None, bar=bar, holds=holds)


if __name__ == "__main__":
    main()
