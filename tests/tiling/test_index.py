from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.tiling import (
    ALWAYS,
    ColumnError,
    IdError,
    KeyRangeError,
    PointFilter,
    PointIndex,
    Points,
    decode_keys,
    encode_keys,
    tile_bounds,
    tile_of,
    tile_range,
)

COLUMNS = ("keys", "ids", "kind", "state", "area", "owner", "built_on", "retired_on")


def some_points(ids, seed=0):
    """Points of a few places, so that many share a key, with codes of few values."""
    rng = np.random.default_rng(seed)
    n = len(ids)
    return Points.of(
        encode_keys(
            rng.choice([114.0, 114.01, 114.0100001, 179.999, -180.0], n), rng.choice([22.5, 22.6, 89.0, -3.0], n)
        ),
        np.asarray(ids, np.int64),
        kind=rng.integers(0, 4, n),
        state=rng.integers(0, 3, n),
        area=rng.integers(0, 3, n),
        owner=rng.integers(0, 3, n),
        built_on=rng.integers(0, 50, n),
        retired_on=rng.integers(20, 90, n),
    )


def rows_of(points):
    return list(zip(*(getattr(points, name).tolist() for name in COLUMNS), strict=True))


codes = st.none() | st.sets(st.integers(0, 4), max_size=3)
filters = st.builds(
    PointFilter, kinds=codes, states=codes, areas=codes, owners=codes, day=st.none() | st.integers(-5, 95)
)


def passes(row, where):
    _, _, kind, state, area, owner, built_on, retired_on = row
    wanted = ((where.kinds, kind), (where.states, state), (where.areas, area), (where.owners, owner))
    in_time = where.day is None or built_on <= where.day < retired_on
    return in_time and all(allowed is None or code in allowed for allowed, code in wanted)


tiles = st.integers(0, 22).flatmap(
    lambda z: st.sampled_from([(z, *tile_of(lon, lat, z)) for lon in (114.0, 114.01, 180, -180) for lat in (22.5, 89)])
)


@given(st.sets(st.integers(0, 2**63 - 1), max_size=60), st.integers(0, 9), tiles, filters)
def test_a_tile_holds_exactly_the_points_that_pass(ids, seed, tile, where):
    points = some_points(sorted(ids, key=hash), seed)
    index = PointIndex(points)
    low, high = tile_range(*tile)
    expected = sorted(row for row in rows_of(points) if low <= row[0] < high and passes(row, where))
    assert rows_of(index.tile(*tile, where)) == expected
    assert rows_of(index.points().take(index.rows(*tile, where))) == expected
    assert index.count(*tile, where) == len(expected)


edits = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove", "compact"]), st.sets(st.integers(0, 30), max_size=6), st.integers(0, 99)
    ),
    max_size=8,
)


@settings(max_examples=150)
@given(st.sets(st.integers(0, 30)), edits, tiles, filters)
def test_edits_equal_an_index_built_anew(ids, steps, tile, where):
    points = some_points(sorted(ids))
    index = PointIndex(points)
    rows = {row[1]: row for row in rows_of(points)}
    for step, touched, seed in steps:
        if step == "put":
            changed = some_points(sorted(touched), seed)
            index.put(changed)
            rows |= {row[1]: row for row in rows_of(changed)}
        elif step == "remove":
            index.remove(sorted(touched & rows.keys()))
            rows = {one: row for one, row in rows.items() if one not in touched}
        else:
            index.compact()
            assert index.delta_size == 0
    columns = np.array(sorted(rows.values()), np.int64).reshape(-1, len(COLUMNS)).T
    anew = PointIndex(Points.of(columns[0], columns[1], **dict(zip(COLUMNS[2:], columns[2:], strict=True))))
    assert len(index) == len(rows)
    assert rows_of(index.points()) == rows_of(anew.points()) == sorted(rows.values())
    assert rows_of(index.tile(*tile, where)) == rows_of(anew.tile(*tile, where))
    assert index.count(*tile, where) == anew.count(*tile, where)


@pytest.mark.parametrize("z", range(12))
def test_every_point_is_in_exactly_one_tile_of_a_zoom(z):
    rng = np.random.default_rng(z)
    keys = encode_keys(rng.uniform(-180, 180, 300), rng.uniform(-90, 90, 300))
    index = PointIndex(Points.of(keys, np.arange(300)))
    lon, lat = decode_keys(keys)
    seen = {tile_of(*position, z) for position in zip(lon, lat, strict=True)}
    found = np.concatenate([index.tile(z, *tile).ids for tile in seen])
    assert sorted(found) == list(range(300))
    for tile in seen:
        west, south, east, north = tile_bounds(z, *tile)
        inside = index.tile(z, *tile)
        tile_lon, tile_lat = decode_keys(inside.keys)
        assert ((west <= tile_lon) & (tile_lon < east) & (south <= tile_lat) & (tile_lat <= north)).all()


def test_a_point_takes_at_most_forty_bytes():
    index = PointIndex(some_points(range(1000)))
    assert index.nbytes <= 40 * 1000


def test_reading_an_unedited_tile_copies_nothing():
    index = PointIndex(some_points(range(1000)))
    assert np.shares_memory(index.tile(0, 0, 0).keys, index.tile(0, 0, 0).keys)


def test_no_owner_means_no_point():
    index = PointIndex(some_points(range(100)))
    assert len(index.tile(0, 0, 0, PointFilter(owners=set()))) == 0
    assert len(index.tile(0, 0, 0, PointFilter(owners={70_000, -1}))) == 0


def test_a_point_without_days_is_there_on_every_day():
    index = PointIndex(Points.of([5], [1]))
    for day in (ALWAYS, 0, 2**31 - 2):
        assert index.count(0, 0, 0, PointFilter(day=day)) == 1


def test_counts_between_keys():
    index = PointIndex(Points.of([1, 4, 4, 9], [1, 2, 3, 4], kind=[0, 1, 1, 0]))
    index.remove([2])
    index.put(Points.of([8], [7], kind=[1]))
    assert index.counts([0, 4, 5, 10]).tolist() == [1, 1, 2]
    assert index.counts([0, 4, 5, 10], PointFilter(kinds={1})).tolist() == [0, 1, 1]
    assert index.counts([2, 3]).tolist() == [0]


def test_removing_an_unknown_id_removes_nothing():
    index = PointIndex(some_points(range(10)))
    with pytest.raises(IdError, match="id 77 is not in the index"):
        index.remove([3, 77])
    assert len(index) == 10


def test_rows_ask_for_compaction():
    index = PointIndex(some_points(range(10)))
    index.remove([3])
    with pytest.raises(IdError, match="call compact"):
        index.rows(0, 0, 0)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Points.of([1, 2], [1, 1]), IdError, "id 1 is given more than once"),
        (lambda: Points.of([1, 2], [1, -4]), IdError, "row 1 has id -4"),
        (lambda: Points.of([1, -2], [1, 2]), KeyRangeError, "key 1 is -2"),
        (lambda: Points.of([1, 2], [1]), ColumnError, "2 keys but ids 1"),
        (lambda: Points.of([1], [1], kind=[65_536]), ColumnError, "column kind, row 0 holds 65536: it takes 0 … 65535"),
        (lambda: Points.of([1], [1], state=[0.5]), ColumnError, "column state .* integers"),
        (lambda: Points.of([1], [1], colour=[0]), ColumnError, "there is no column colour"),
        (lambda: Points.of([1], [1], kind=[0, 1]), ColumnError, "kind 2"),
    ],
)
def test_columns_that_do_not_fit_are_named(make, error, text):
    with pytest.raises(error, match=text):
        make()
