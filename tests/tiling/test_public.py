from __future__ import annotations

import doctest
import types

import qipan.engines.tiling as tiling
from qipan.engines.tiling import index


def test_all_lists_exactly_the_public_names():
    public = {
        name
        for name, value in vars(tiling).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert public == set(tiling.__all__)
    assert tiling.__all__ == sorted(tiling.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def test_examples_run():
    for module in (tiling, index):
        result = doctest.testmod(module)
        assert result.attempted
        assert result.failed == 0
