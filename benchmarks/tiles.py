"""Vector tiles of ten million points against DuckDB's ST_AsMVT, in one process, turn about.

Data: points over Shenzhen's extent round 500 hot spots with heavy tails, 12 kinds, 6 states, 11 districts, 30 owner
units. The tile of the claim is the z14 tile whose count is nearest 11,728; both encoders write the same ids and the
same four properties, and a decoder compares the two tiles feature by feature. DuckDB answers from a table in the order
of our keys, so that its zone maps prune to the tile, with ready geometries and all its threads.
Run: ``python -m benchmarks.tiles [--quick]``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np
import pyarrow as pa
from mapbox_vector_tile import decode

from benchmarks._claim import arguments, report
from qipan.engines.tiling import (
    Column,
    PointFilter,
    PointIndex,
    Points,
    ShapeIndex,
    Shapes,
    decode_keys,
    density_of,
    encode_density,
    encode_keys,
    encode_points,
    encode_polygons,
    tile_of,
    tile_range,
)

EXTENT = (113.75, 22.45, 114.62, 22.86)
WANTED = 11_728
RADIUS = 6_378_137.0
VALUES = {
    "kind": [f"类别{code}" for code in range(12)],
    "state": [f"状态{code}" for code in range(6)],
    "area": [f"区{code}" for code in range(11)],
    "owner": [f"单位{code}" for code in range(30)],
}


def hot_spots(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of n points: spots weighted by a Pareto tail, offsets of Student's t with 2 degrees."""
    west, south, east, north = EXTENT
    spots = rng.uniform((west, south), (east, north), (500, 2))
    weights = rng.pareto(1.2, 500) + 0.2
    of = rng.choice(500, n, p=weights / weights.sum())
    places = spots[of] + 0.012 * rng.standard_t(2, (n, 2))
    width, height = east - west, north - south
    return west + np.mod(places[:, 0] - west, width), south + np.mod(places[:, 1] - south, height)


def city(n: int) -> tuple[Points, float]:
    """Points of the city, and the CPU seconds that their keys took."""
    rng = np.random.default_rng(20261101)
    lon, lat = hot_spots(rng, n)
    codes = {name: rng.integers(0, len(values), n, dtype=np.uint8) for name, values in VALUES.items()}
    start = time.process_time()
    keys = encode_keys(lon, lat)
    return Points.of(keys, np.arange(n), built_on=rng.integers(14_000, 20_000, n), **codes), time.process_time() - start


def busy_tile(index: PointIndex, z: int, wanted: int) -> tuple[int, int, int]:
    """The tile of zoom z whose number of points is nearest ``wanted``."""
    tiles, counts = np.unique(index.points().keys >> 2 * (31 - z), return_counts=True)
    lon, lat = decode_keys((tiles[np.abs(counts - wanted).argmin()] << 2 * (31 - z)) + (1 << 2 * (31 - z) - 1))
    return z, *tile_of(float(lon), float(lat), z)


def draw(index: PointIndex, tile: tuple[int, int, int], where: PointFilter | None = None) -> bytes:
    """Our tile: slice, dictionary columns, bytes."""
    points = index.tile(*tile, where) if where else index.tile(*tile)
    columns = [Column(name, getattr(points, name), values) for name, values in VALUES.items()]
    return encode_points(*tile, points.keys, points.ids, columns, most=None)


def duckdb_city(points: Points) -> duckdb.DuckDBPyConnection:
    """The same points in DuckDB, made as easy for it as can be: in key order, ready geometries, names as columns."""
    link = duckdb.connect(config={"allow_unsigned_extensions": True})
    folder = Path(duckdb_extension_spatial.__file__).parent
    link.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
    lon, lat = decode_keys(points.keys)
    table = {
        "key": points.keys,
        "id": points.ids,
        "east": np.radians(lon) * RADIUS,
        "north": np.arctanh(np.sin(np.radians(lat))) * RADIUS,
    }
    for name, values in VALUES.items():
        table[name] = pa.DictionaryArray.from_arrays(getattr(points, name).astype(np.int8), values).cast(pa.string())
    link.register("given", pa.table(table))
    link.execute(
        f"CREATE TABLE points AS SELECT key, id, ST_Point(east, north) AS place, {', '.join(VALUES)} FROM given"
    )
    link.unregister("given")
    return link


def duckdb_draw(link: duckdb.DuckDBPyConnection, tile: tuple[int, int, int]) -> bytes:
    """DuckDB's tile of the same points."""
    low, high = tile_range(*tile)
    z, x, y = tile
    query = f"""
        SELECT ST_AsMVT(feature, 'points', 4096, 'shape', 'id') FROM (
            SELECT ST_AsMVTGeom(place, ST_Extent(ST_TileEnvelope({z}, {x}, {y})), 4096, 0, false) AS shape,
                   id, {", ".join(VALUES)}
            FROM points WHERE key >= {low} AND key < {high}) AS feature"""
    (data,) = link.execute(query).fetchone() or (b"",)
    return bytes(data)


def same_features(ours: bytes, theirs: bytes) -> bool:
    """Whether two tiles hold the same ids and properties, and positions within one unit of the tile (rounding)."""
    tiles = []
    for data in (ours, theirs):
        features = decode(data, default_options={"y_coord_down": True})["points"]["features"]
        tiles.append({one["id"]: (one["properties"], np.array(one["geometry"]["coordinates"])) for one in features})
    if tiles[0].keys() != tiles[1].keys():
        return False
    pairs = [(one, tiles[1][number]) for number, one in tiles[0].items()]
    return all(a[0] == b[0] and np.abs(a[1] - b[1]).max() <= 1 for a, b in pairs)


def best(calls: list[Callable[[], object]], rounds: int) -> list[float]:
    """Best wall milliseconds of each call, turn about."""
    times = np.full(len(calls), np.inf)
    for _ in range(rounds):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            call()
            times[number] = min(times[number], 1000 * (time.perf_counter() - start))
    return times.tolist()


def buildings(n: int) -> Shapes:
    """Outlines of four corners round the hot spots."""
    rng = np.random.default_rng(7)
    middles = np.column_stack(hot_spots(rng, n))
    half = rng.uniform(5e-5, 3e-4, (n, 1, 2))
    corners = (middles[:, None] + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])).reshape(-1, 2)
    return Shapes.polygons(corners[:, 0], corners[:, 1], [np.arange(0, 4 * n + 1, 4), np.arange(n + 1)], np.arange(n))


def show_other_tiles(index: PointIndex, tile: tuple[int, int, int], n: int) -> None:
    """Print what else a map asks for: filtered tiles, grids, outlines."""
    where = PointFilter(kinds={1, 2, 3}, owners={4, 5}, day=17_000)
    (filtered,) = best([lambda: draw(index, tile, where)], 20)
    print(f"  by kind, owner and day: {index.count(*tile, where)} points in {filtered:.2f} ms")
    for z, wanted in ((12, 384_073), (10, 1_360_000)):
        place = busy_tile(index, z, wanted * n // 10_000_000)
        grid, narrowed = best(
            [lambda p=place: encode_density(density_of(index, *p)), lambda p=place: density_of(index, *p, where)], 10
        )
        print(f"  64 x 64 grid of z{z} ({index.count(*place)} points): {grid:.2f} ms; filtered: {narrowed:.2f} ms")
    outlines = ShapeIndex(buildings(600_000))
    for z in (16, 15, 14):
        place = (z, *tile_of(114.06, 22.54, z))
        rows = outlines.tile(*place)
        (drawn,) = best([lambda p=place: encode_polygons(*p, outlines.shapes, outlines.tile(*p), most=None)], 10)
        print(f"  {rows.size} building outlines of z{z} out of 600,000: {drawn:.2f} ms")


def main() -> None:
    """Build both, compare, time turn about, print the claim."""
    quick = arguments(__doc__ or "").quick
    n = 1_000_000 if quick else 10_000_000
    PointIndex(Points.of([1, 1], [2, 1]))
    points, key_seconds = city(n)
    start = time.process_time()
    index = PointIndex(points)
    build = key_seconds + time.process_time() - start
    del points
    print(
        f"{n} points: keys {key_seconds:.2f} s, with index {build:.2f} s of CPU, {index.nbytes / n:.0f} bytes a point"
    )
    tile = busy_tile(index, 14, WANTED)
    link = duckdb_city(index.points())
    ours, theirs = draw(index, tile), duckdb_draw(link, tile)
    same = same_features(ours, theirs)
    features = index.count(*tile)
    print(f"tile {'/'.join(map(str, tile))}: {features} features, {len(ours)} bytes, same as DuckDB's: {same}")
    mine, peer = best([lambda: draw(index, tile), lambda: duckdb_draw(link, tile)], 30)
    print(f"  own encoder {mine:.3f} ms, DuckDB {peer:.2f} ms")
    link.close()
    show_other_tiles(index, tile, n)
    report(
        "tiles",
        mine,
        f"ms a z14 tile of {features} features out of {n} points",
        peer=f"DuckDB {duckdb.__version__} ST_AsMVT",
        ratio=peer / mine,
        bar="at most 2 ms, at least 10 times the peer, index of 10 M points within 6 s of CPU, same features",
        holds=mine <= 2.0 and peer >= 10 * mine and build <= 6.0 and same,
    )


if __name__ == "__main__":
    main()
