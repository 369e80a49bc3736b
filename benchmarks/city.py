"""A city from nothing to files: at scale 1 in under 10 minutes and 8 GiB, at scale 0.02 (``--quick``) in under 20 s."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._claim import arguments, report
from qipan.core.city import make_city

_most_gib = 8.0


def main() -> None:
    """Make a city into a folder that is thrown away, and report the time and the most memory it took."""
    quick = arguments(__doc__ or "").quick
    scale, limit = (0.02, 20.0) if quick else (1.0, 600.0)
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        manifest = make_city(Path(place) / "city", scale, 1)
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in (Path(place) / "city").iterdir())
    rows = sum(one["rows"] for one in manifest.files if one["content"] == "resources")
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    print(json.dumps({"scale": scale, "resources": rows, "megabytes": round(size / 1e6), "peak_gib": round(gib, 2)}))
    report(
        f"city at scale {scale:g}, files written",
        seconds,
        "s",
        peer="none: the bar is absolute",
        ratio=None,
        bar=f"<= {limit:g} s and <= {_most_gib:g} GiB",
        holds=seconds <= limit and gib <= _most_gib,
    )


if __name__ == "__main__":
    main()
