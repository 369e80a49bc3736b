"""Tiles of a coverage study of the whole city, drawn as they are asked for, against GDAL's warp and PNG of that map.

Each tile of ours and GDAL's is made turn about, at zooms 9 to 16 and places spread over the city; GDAL reads a tiled
GeoTIFF with overviews that holds the one metric, we read the study's files.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from benchmarks._claim import arguments, report
from qipan.core.catalogue import Metric, load_catalogue
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage import CoverageParameters, Study, StudyLayer
from qipan.domains.mobile.coverage.blocks import side
from qipan.domains.mobile.coverage.layers import LayerWriter
from qipan.domains.mobile.coverage.store import Grid, write_cells, write_study
from qipan.domains.mobile.inspection import draw_tile
from qipan.engines.tiling import tile_of

EPSG, WEST, NORTH, RESOLUTION = 4547, 480_000.0, 2_530_000.0, 10.0
HALF = 20_037_508.342789244
BAR = 20.0
BLOCK = 8 * side


def make_study(folder: Path, rows: int, columns: int) -> Study:
    """Write a study of one layer whose levels wave over the city, and the best level as a GeoTIFF, ``peer.tif``."""
    writer = LayerWriter(folder, 0, (rows, columns, 2), 1)
    place = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": f"EPSG:{EPSG}"}
    tiled = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    transform = rasterio.Affine(RESOLUTION, 0, WEST, 0, -RESOLUTION, NORTH)
    across = np.arange(columns, dtype=np.float32)
    with rasterio.open(folder / "peer.tif", "w", **place, **tiled, transform=transform) as peer:
        for top in range(0, rows, BLOCK):
            down = np.arange(top, min(top + BLOCK, rows), dtype=np.float32)
            best = -92.0 + 20.0 * np.sin(across / 23.0)[None, :] * np.cos(down / 31.0)[:, None]
            levels = np.stack([best, best - 6.0], axis=-1).astype(np.float32)
            servers, total = np.zeros(levels.shape, dtype=np.int32), (2.0 * 10.0 ** (best / 10.0)).astype(np.float32)
            writer.write(top, 0, levels, servers, total)
            peer.write(best.astype(np.float32), 1, window=Window(0, top, columns, down.size))
        peer.build_overviews([2, 4, 8, 16, 32], Resampling.nearest)
    writer.close()
    write_cells(folder, {"index": np.arange(1, dtype=np.int32), "layer": [0], "form": ["macro"]})
    facts = {"version": "1", "parameters": CoverageParameters(servers=2).to_json(), "agreement": None, "errors": []}
    layer = StudyLayer(0, 1, "移动", "3.5G", 3500.0, 1, 1e-12, 30.0, 3276, 0.75, 4, 15.0, False)
    write_study(folder, facts, Grid(EPSG, WEST, NORTH, RESOLUTION, rows, columns), [layer])
    return Study(folder, json.loads((folder / "study.json").read_text(encoding="utf-8")))


def places(rows: int, columns: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield tiles at zooms 9 to 16 over the city, the same ones in every run."""
    random = np.random.default_rng(7)
    for number in range(count):
        x = WEST + random.uniform(0.1, 0.9) * columns * RESOLUTION
        y = NORTH - random.uniform(0.1, 0.9) * rows * RESOLUTION
        longitude, latitude = (float(one) for one in Plane(EPSG).to_degrees(x, y))
        z = 9 + number % 8
        yield z, *tile_of(longitude, latitude, z)


def gdal_tile(source: rasterio.DatasetReader, shown: Metric, z: int, x: int, y: int) -> bytes:
    """Return the same tile by GDAL: warped, classed, written as an indexed PNG."""
    side = 2 * HALF / (1 << z)
    west, north = -HALF + x * side, HALF - y * side
    transform = from_bounds(west, north - side, west + side, north, 256, 256)
    with WarpedVRT(source, crs="EPSG:3857", transform=transform, width=256, height=256, nodata=np.nan) as warped:
        values = warped.read(1)
    classes = np.digitize(np.nan_to_num(values, nan=-1e9), [one.least for one in shown.classes]).astype(np.uint8)
    with MemoryFile() as memory:
        with memory.open(driver="PNG", width=256, height=256, count=1, dtype="uint8", transform=transform) as file:
            file.write(classes, 1)
            table = {n: (*bytes.fromhex(one.colour[1:]), 255) for n, one in enumerate(shown.classes, start=1)}
            file.write_colormap(1, {0: (0, 0, 0, 0), **table})
        return bytes(memory.read())


def timed(work: Callable[[], bytes]) -> float:
    """Return the milliseconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000.0


def main() -> None:
    """Draw the tiles and report the time that 95 of 100 of them stay below."""
    rows, columns, count = (1500, 2800, 120) if arguments(str(__doc__)).quick else (4500, 8500, 400)
    shown = load_catalogue().metrics["rsrp"]
    with tempfile.TemporaryDirectory(prefix="coverage-tiles-") as folder:
        study = make_study(Path(folder), rows, columns)
        tiles = list(places(rows, columns, count))
        with rasterio.open(Path(folder) / "peer.tif") as source:
            for z, x, y in tiles:  # once round, so that the files are in the system's cache and everything is loaded
                draw_tile(study, shown, None, z, x, y)
                gdal_tile(source, shown, z, x, y)
            ours, theirs = [], []
            for z, x, y in tiles:
                ours.append(timed(lambda z=z, x=x, y=y: draw_tile(study, shown, None, z, x, y)))
                theirs.append(timed(lambda z=z, x=x, y=y: gdal_tile(source, shown, z, x, y)))
    value, ratio = float(np.percentile(ours, 95)), float(np.median(theirs) / np.median(ours))
    print(f"{rows * columns / 1e6:.1f} million map cells, {count} tiles at zooms 9 to 16")
    for name, times in (("ours", ours), ("GDAL's", theirs)):
        print(f"{name}: median {np.median(times):.2f} ms, 95 of 100 below {np.percentile(times, 95):.2f} ms")
    report(
        "coverage tiles", value, "ms", peer="GDAL warp of a tiled GeoTIFF with overviews, and its PNG",
        ratio=ratio, bar="95 of 100 tiles of the whole city within 20 ms", holds=value <= BAR,
    )  # fmt: skip


if __name__ == "__main__":
    main()
