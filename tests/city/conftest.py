from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.city import make_city
from qipan.engines.synthesis import City, synthesise

SCALE, SEED = 0.004, 7


@pytest.fixture(scope="session")
def city() -> City:
    return synthesise(SCALE, SEED)


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("made") / "city"
    make_city(place, SCALE, SEED)
    return place
