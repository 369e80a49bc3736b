"""A city over Ray workers gives the bytes of one machine's threads."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from qipan.engines.radio import Cells, Ground, Isotropic, NoCluster, RayMissing, spread_coverage
from qipan.engines.radio.city import spread

# Ray leaves threads and open files behind, so each run of it has a process of its own.
RUN = """
import numpy as np
import ray
from qipan.engines.radio import Cells, Element, Ground, Settings, coverage, spread_coverage

draws = np.random.default_rng(4)
terrain = 20.0 + 15.0 * np.sin(np.arange(220) / 17.0)[:, None] * np.cos(np.arange(220) / 23.0)
surface = terrain + np.where(draws.random((220, 220)) < 0.2, 18.0, 0.0)
ground = Ground.of(terrain, surface, resolution=10.0)
cells = Cells.of(
    draws.uniform(300, 1900, 24), draws.uniform(300, 1900, 24), height=30.0, f=3.5, watts=100.0,
    antennas=[Element(17.0, 65.0, 8.0)], azimuth=draws.uniform(0, 360, 24), electrical_tilt=5.0,
)
settings = Settings(radius=300.0, tile=60, servers=3, sample=200)
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
heard = []
there = spread_coverage(ground, cells, settings, progress=lambda *each: heard.append(each))
here = coverage(ground, cells, settings)
for name in ("levels", "servers", "total"):
    assert getattr(there.layers[0], name).tobytes() == getattr(here.layers[0], name).tobytes(), name
assert there.agreement == here.agreement
assert there.complete
assert heard == [(i + 1, len(heard)) for i in range(len(heard))] and len(heard) > 4
asked = iter([False, False, True])
stopped = spread_coverage(ground, cells, settings, workers=1, cancelled=lambda: next(asked))
assert not stopped.complete
assert 0 < (stopped.layers[0].servers >= 0).sum() < (here.layers[0].servers >= 0).sum()
assert ray.is_initialized()
ray.shutdown()
print("equal", len(heard))
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    quiet = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, env=quiet
    )


def _ground_and_cell() -> tuple[Ground, Cells]:
    ground = Ground.of(np.zeros((40, 40)), resolution=10.0)
    return ground, Cells.of(200.0, 200.0, height=20.0, f=3.5, watts=10.0, antennas=[Isotropic()])


needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is an optional part")


@needs_ray
def test_two_workers_give_the_bytes_of_threads_and_can_be_stopped():
    done = _python(RUN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("equal ")


def test_without_ray_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spread, "find_spec", lambda name: None)
    with pytest.raises(RayMissing, match=r"pip install 'qipan\[ray\]'"):
        spread_coverage(*_ground_and_cell())


class _Ray:
    # stands for a Ray whose cluster does not answer, or has no processor

    def __init__(self, answers: bool) -> None:
        self.answers, self.stopped = answers, False

    def is_initialized(self) -> bool:
        return False

    def init(self, **options: object) -> None:
        if not self.answers:
            raise ConnectionError(options["address"])

    def cluster_resources(self) -> dict[str, float]:
        return {}

    def shutdown(self) -> None:
        self.stopped = True


@pytest.mark.parametrize(
    ("answers", "words"), [(False, "none answers at 10.0.0.9:6379"), (True, "it has 0 processors")]
)
def test_a_cluster_that_cannot_compute_is_named(monkeypatch: pytest.MonkeyPatch, answers: bool, words: str):
    fake = _Ray(answers)
    monkeypatch.setattr(spread, "find_spec", lambda name: True)
    monkeypatch.setattr(spread, "import_module", lambda name: fake)
    with pytest.raises(NoCluster, match=words):
        spread_coverage(*_ground_and_cell(), address="10.0.0.9:6379")
    assert fake.stopped is answers


def test_ray_is_not_imported_with_the_engine():
    code = "import sys, qipan.engines.radio; sys.exit('ray' in sys.modules)"
    assert _python(code).returncode == 0
