"""Tiles of all carriers of a city together, drawn as they are asked for, against GDAL's warp and PNG of such a map.

Each tile of every metric is drawn from the map that a study keeps of all its carriers, turn about with the same tile
reckoned from the carriers one by one, as it was before those maps, and for the level with GDAL's: warped from a tiled
GeoTIFF with overviews. Zooms 9 to 16, places spread over the city.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from benchmarks._claim import arguments, report
from qipan.core.catalogue import Metric, load_catalogue
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage import CoverageParameters, Study, StudyLayer, metric_keys
from qipan.domains.mobile.coverage.blocks import side
from qipan.domains.mobile.coverage.groups import Group, best_of
from qipan.domains.mobile.coverage.layers import LayerWriter
from qipan.domains.mobile.coverage.overall_writing import OverallWindow, OverallWriter
from qipan.domains.mobile.coverage.store import Grid, write_cells, write_study
from qipan.domains.mobile.coverage.summary import bands_of
from qipan.domains.mobile.editing.tried import EditedStudy
from qipan.domains.mobile.inspection import draw_tile
from qipan.engines.tiling import tile_of

EPSG, WEST, NORTH, RESOLUTION = 4547, 480_000.0, 2_530_000.0, 10.0
HALF = 20_037_508.342789244
BAR = 10.0
BLOCK = 8 * side
CARRIERS, SERVERS = 8, 6


def make_study(folder: Path, rows: int, columns: int) -> Study:
    """Write a study of carriers whose levels wave over the city, and the best level as a GeoTIFF, ``peer.tif``."""
    shape = (rows, columns, SERVERS)
    across = np.arange(columns, dtype=np.float32)
    with ExitStack() as stack:
        writers = [stack.enter_context(closing(LayerWriter(folder, one, shape, 1))) for one in range(CARRIERS)]
        peer = stack.enter_context(open_peer(folder / "peer.tif", rows, columns))
        for top in range(0, rows, BLOCK):
            down = np.arange(top, min(top + BLOCK, rows), dtype=np.float32)
            strongest = np.full((down.size, columns), -np.inf, dtype=np.float32)
            for number, writer in enumerate(writers):
                best = -92.0 + 20.0 * np.sin(across / (23.0 + number))[None, :] * np.cos(down / 31.0)[:, None]
                levels = np.stack([best - 3.0 * rank for rank in range(SERVERS)], axis=-1).astype(np.float32)
                total = (2.0 * 10.0 ** (best / 10.0)).astype(np.float32)
                writer.write(top, 0, levels, np.zeros(levels.shape, dtype=np.int32), total)
                np.maximum(strongest, levels[..., 0], out=strongest)
            peer.write(strongest, 1, window=Window(0, top, columns, down.size))
        peer.build_overviews([2, 4, 8, 16, 32], Resampling.nearest)
    np.save(folder / "areas.npy", np.ones(shape[:2], dtype=np.int32))
    np.save(folder / "built.npy", (across[None, :] % 9 < 2) & (np.arange(rows)[:, None] % 7 < 3))
    pq.write_table(pa.table({"layer": [0], "at": [0], "level": [-60.0], "cell": [0]}), folder / "indoors.parquet")
    number = np.arange(CARRIERS, dtype=np.int32)
    write_cells(folder, {"index": number, "layer": number, "form": ["macro"] * CARRIERS})
    facts = {"version": "1", "parameters": CoverageParameters(servers=SERVERS).to_json(), "agreement": None}
    layers = [
        StudyLayer(one, 1, "移动", "3.5G", 3500.0 + one, 1, 1e-12, 30.0, 3276, 0.75, 4, 15.0, False)
        for one in range(CARRIERS)
    ]
    write_study(folder, facts, Grid(EPSG, WEST, NORTH, RESOLUTION, rows, columns), layers)
    study = Study(folder, json.loads((folder / "study.json").read_text(encoding="utf-8")))
    keep_overall(study)
    return study


def open_peer(path: Path, rows: int, columns: int) -> rasterio.DatasetWriter:
    """Return a tiled GeoTIFF to write the peer's map to."""
    place = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": f"EPSG:{EPSG}"}
    tiled = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    transform = rasterio.Affine(RESOLUTION, 0, WEST, 0, -RESOLUTION, NORTH)
    return rasterio.open(path, "w", **place, **tiled, transform=transform)


def keep_overall(study: Study) -> None:
    """Write the maps of all carriers together, as a run of a study does."""
    groups = [Group(None, study.layers)]
    with closing(OverallWriter(study)) as writer:
        for window in bands_of(study):
            together = OverallWindow(study, window, study.layers)
            (best,) = best_of(study, groups, window, together.add)
            writer.write(window, together.codes(best))


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
    rows, columns, count = (1000, 1900, 40) if arguments(str(__doc__)).quick else (3000, 5600, 160)
    metrics = [load_catalogue().metrics[key] for key in metric_keys]
    level = metrics[0]
    with tempfile.TemporaryDirectory(prefix="coverage-tiles-") as folder:
        study = make_study(Path(folder), rows, columns)
        apart = EditedStudy(study.folder, study.facts)
        tiles = list(places(rows, columns, count))
        before, after, theirs = ({shown.key: [] for shown in metrics} for _ in range(3))
        with rasterio.open(Path(folder) / "peer.tif") as source:
            for turn in range(2):  # the first round loads code and files, the second counts
                for shown, (z, x, y) in ((one, tile) for one in metrics for tile in tiles):
                    now = timed(lambda s=shown, z=z, x=x, y=y: draw_tile(study, s, None, z, x, y))
                    then = timed(lambda s=shown, z=z, x=x, y=y: draw_tile(apart, s, None, z, x, y))
                    peer = timed(lambda z=z, x=x, y=y: gdal_tile(source, level, z, x, y)) if shown is level else 0.0
                    for times, one in ((after, now), (before, then), (theirs, peer)):
                        times[shown.key] += [one] * turn
    print(f"{rows * columns / 1e6:.1f} million map cells, {CARRIERS} carriers, {count} tiles a metric at zooms 9 to 16")
    for key in after:
        print(f"{key}: {told(before[key])} from the carriers, {told(after[key])} from the kept map")
    value = float(np.percentile(np.concatenate(list(after.values())), 95))
    ratio = float(np.median(theirs[level.key]) / np.median(after[level.key]))
    report(
        "coverage tiles", value, "ms", peer="GDAL warp of a tiled GeoTIFF with overviews, and its PNG",
        ratio=ratio, bar="95 of 100 tiles of any metric of all carriers within 10 ms", holds=value <= BAR,
    )  # fmt: skip


def told(times: list[float]) -> str:
    """Return the median, the 95th percentile and the most of some milliseconds."""
    return f"median {np.median(times):.2f} ms, 95 of 100 below {np.percentile(times, 95):.2f}, most {max(times):.2f}"


if __name__ == "__main__":
    main()
