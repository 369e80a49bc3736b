from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from qipan.domains.mobile.coverage import StudyMissing
from qipan.domains.mobile.coverage.blocks import BlockMap, BlockWriter
from qipan.domains.mobile.coverage.layers import LayerWriter, open_levels, open_servers, open_total, rounded_levels
from qipan.domains.mobile.coverage.store import study_in
from qipan.domains.mobile.editing.tried import TriedMap
from qipan.engines.radio import ss_sinr

rows, columns, planes = 150, 210, 3
axis = some.slices(rows).filter(lambda one: (one.step or 1) > 0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A map that is blank but for a corner and a stripe, and the same as an array."""
    path = tmp_path_factory.mktemp("map") / "some"
    whole = np.zeros((rows, columns, planes), dtype=np.uint16)
    random = np.random.default_rng(1)
    whole[:40, :70, :2] = random.integers(1, 900, (40, 70, 2))
    whole[130:, 190:, 0] = 7
    writer = BlockWriter(path, whole.shape, np.uint16)
    for top in (0, 128):
        writer.write(top, 0, np.moveaxis(whole[top : top + 128], 2, 0))
    writer.close()
    return path, whole.astype(np.int32)


def opened(path, **more):
    return BlockMap(path, (rows, columns, planes), np.uint16, np.arange(1 << 16, dtype=np.int32), **more)


def test_blank_blocks_take_no_room(written):
    path, whole = written
    assert np.array_equal(opened(path), whole)
    assert path.with_name("some.blocks").stat().st_size == (1 + 4 + 2) * 64 * 64 * 2
    assert np.array_equal(opened(path, flat=True), whole[..., 0])


@settings(max_examples=60, deadline=None)
@given(
    axis, axis, some.one_of(some.integers(0, planes - 1), some.slices(planes).filter(lambda one: (one.step or 1) > 0))
)
def test_windows_are_those_of_the_array(written, high, wide, deep):
    path, whole = written
    assert np.array_equal(opened(path)[high, wide, deep], whole[high, wide, deep])


def test_places_are_those_of_the_array(written):
    path, whole = written
    found, random = opened(path), np.random.default_rng(2)
    row, column = random.integers(0, rows, (5, 9)), random.integers(0, columns, (5, 9))
    assert np.array_equal(found[row, column], whole[row, column])
    assert np.array_equal(found[row, column, 1], whole[row, column, 1])
    assert np.array_equal(found[3, 5], whole[3, 5])
    assert found[3, 5, np.int64(1)] == whole[3, 5, 1]
    assert np.array_equal(found[..., 0], whole[..., 0])
    with pytest.raises(IndexError, match="outside 0 to 149"):
        found[rows, 0]
    with pytest.raises(IndexError, match="both slices or both whole numbers"):
        found[3, :]


@settings(max_examples=40)
@given(axis, axis, some.lists(some.tuples(some.integers(0, 130), some.integers(0, 190)), min_size=1, max_size=4))
def test_what_is_tried_lies_over_the_file(written, high, wide, corners):
    path, whole = written
    tried, wanted = TriedMap(opened(path)), whole.copy()
    for number, (top, left) in enumerate(corners):
        window = slice(top, top + 17), slice(left, left + 11)
        tried[window] = wanted[window] = 1000 + number
    row, column = np.mgrid[0:rows:7, 0:columns:5]
    assert np.array_equal(tried[high, wide], wanted[high, wide])
    assert np.array_equal(tried[high, wide, 1], wanted[high, wide, 1])
    assert np.array_equal(tried[row, column], wanted[row, column])
    assert np.array_equal(tried[corners[0]], wanted[corners[0]])
    assert np.array_equal(tried, wanted)
    assert np.array_equal(opened(path), whole)


def test_a_layer_keeps_levels_servers_and_interference(tmp_path):
    random = np.random.default_rng(3)
    levels = np.sort(random.uniform(-150.0, -40.0, (100, 90, 4)).astype(np.float32))[..., ::-1]
    levels[:20] = -np.inf
    servers = np.where(np.isfinite(levels), random.integers(0, 70_000, levels.shape), -1)
    power = np.where(np.isfinite(levels), 10.0 ** (levels.astype(np.float64) / 10.0), 0.0)
    total = power.sum(axis=2).astype(np.float32)
    writer = LayerWriter(tmp_path, 2, levels.shape, 70_000)
    writer.write(0, 0, levels, servers, total)
    writer.close()
    names = np.arange(70_000) * 3 + 1
    kept, power = np.asarray(open_levels(tmp_path, 2, levels.shape)), open_total(tmp_path, 2, levels.shape)
    assert np.array_equal(np.isfinite(kept), np.isfinite(levels))
    assert np.abs(kept[20:] - levels[20:]).max() < 0.00501
    assert np.array_equal(rounded_levels(levels), kept)
    assert np.array_equal(open_servers(tmp_path, 2, levels.shape, names), np.where(servers >= 0, servers * 3 + 1, -1))
    before, after = (ss_sinr(*maps, 1e-12)[20:] for maps in ((levels, total), (kept, power[:, :])))
    # interference far below the server, too
    assert before.max() > 35.0
    assert np.abs(after - before)[before < 40.0].max() < 0.02


@pytest.mark.parametrize("bad", [{}, {"format": 1}, {"format": 99}])
def test_results_of_another_format_are_to_be_computed_again(tmp_path, bad):
    (tmp_path / "study.json").write_text(json.dumps({"epsg": 4547, **bad}))
    with pytest.raises(StudyMissing, match="由其他版本的程序写成，不能读取：请重新计算该方案"):
        study_in(tmp_path)


def test_torn_files_are_told(written, tmp_path):
    path, _ = written
    (tmp_path / "some.index.npy").write_bytes(path.with_name("some.index.npy").read_bytes())
    (tmp_path / "some.blocks").write_bytes(path.with_name("some.blocks").read_bytes()[: 3 * 8192])
    with pytest.raises(ValueError, match="shorter than its index says"):
        opened(tmp_path / "some")
