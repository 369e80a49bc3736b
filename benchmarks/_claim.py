"""What every benchmark shares: its command line and its closing line."""

from __future__ import annotations

import argparse
import json
import os
import platform


def arguments(description: str) -> argparse.Namespace:
    """Parse the one option that all benchmarks have, ``--quick``: the same claim at a size that ends within 50 s."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller size, done within 50 s")
    return parser.parse_args()


def machine() -> str:
    """Name the processor count and architecture the figures were taken on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def report(benchmark: str, value: float, unit: str, *, peer: str, ratio: float | None, bar: str, holds: bool) -> None:
    """Print the closing line: one JSON object with the claim, its figure, the peer and whether the bar holds."""
    print(f"machine: {machine()}")
    line = {"benchmark": benchmark, "value": round(value, 4), "unit": unit, "peer": peer}
    line |= {"ratio": None if ratio is None else round(ratio, 2), "bar": bar, "holds": bool(holds)}
    print(json.dumps(line, ensure_ascii=False))
