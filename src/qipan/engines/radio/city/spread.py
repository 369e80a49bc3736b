"""A city over Ray workers, on one machine or many: the bytes of :func:`coverage`, the ground sent once.

Ray (Apache-2.0) is an optional part: ``pip install 'qipan[ray]'``.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import NoCluster, RayMissing
from .cells import Cells
from .ground import Ground
from .run import Coverage, Runner, Settings, Shared, TilePlan, coverage_by
from .stencil import Stencil
from .tiles import TileServers, tile_servers


class _Worker:
    # one process: reads the ground in the object store and keeps its own copy of the little that all tiles share

    def __init__(self, ground: Ground, shared: Shared) -> None:
        self._ground = ground
        # what the store hands out is read-only, which compiled code would take for other types
        self._shared = Shared(shared.rules, _owned(shared.stencil), np.array(shared.gains))

    def compute(self, plan: TilePlan) -> TileServers:
        arrays = plan.masts._asdict()
        owned = replace(plan, masts=plan.masts._replace(**{name: np.array(each) for name, each in arrays.items()}))
        return tile_servers(owned.job(self._ground), self._shared.stencil, self._shared.rules, self._shared.gains)


def _owned(stencil: Stencil) -> Stencil:
    arrays = {name: value for name, value in vars(stencil).items() if isinstance(value, np.ndarray)}
    owned: Any = {name: np.array(value) for name, value in arrays.items()}
    return replace(stencil, **owned)


class _Pool:
    # workers of a cluster, each plan given to the one with the fewest in hand

    def __init__(self, ray: ModuleType, workers: int, ground: Ground, shared: Shared) -> None:
        self._ray = ray
        # A tile depends on its plan alone, so one lost with its process may be computed again.
        kind = ray.remote(num_cpus=1, max_restarts=3, max_task_retries=3)(_Worker)
        kept = ray.put(ground), ray.put(shared)
        self._workers = [kind.remote(*kept) for _ in range(workers)]
        self._busy: dict[object, int] = {}

    def submit(self, plan: TilePlan) -> object:
        if self._busy:
            done, _ = self._ray.wait(list(self._busy), num_returns=len(self._busy), timeout=0)
            for each in done:
                del self._busy[each]
        hands = list(self._busy.values())
        chosen = min(range(len(self._workers)), key=hands.count)
        promise: object = self._workers[chosen].compute.remote(plan)
        self._busy[promise] = chosen
        return promise

    def dismiss(self) -> None:
        for worker in self._workers:
            self._ray.kill(worker)


def _on_ray(ray: ModuleType, workers: int) -> Runner:
    def run(plans: Iterator[TilePlan], ground: Ground, shared: Shared) -> Iterator[TileServers]:
        pool = _Pool(ray, workers, ground, shared)
        waiting: deque[object] = deque()
        try:
            for plan in plans:
                waiting.append(pool.submit(plan))
                if len(waiting) > 3 * workers:
                    yield ray.get(waiting.popleft())
            while waiting:
                yield ray.get(waiting.popleft())
        finally:
            pool.dismiss()

    return run


def spread_coverage(
    ground: Ground,
    cells: Cells,
    settings: Settings | None = None,
    *,
    address: str | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Coverage:
    """What :func:`coverage` gives, byte for byte, computed by Ray workers.

    ``address`` of a cluster; without one the cluster that this process is joined to is used, or else one is started
    here for the run and stopped after it. ``workers`` processes of one processor each, by default as many as the
    cluster has. ``progress`` and ``cancelled`` as there. RayMissing where Ray is not installed, NoCluster where none
    answers at the address or it has no processor.
    """
    if find_spec("ray") is None:
        message = "coverage over Ray workers needs the package ray: pip install 'qipan[ray]'"
        raise RayMissing(message)
    ray = import_module("ray")
    own = not ray.is_initialized()
    if own:
        _join(ray, address, workers)
    try:
        count = workers or int(ray.cluster_resources().get("CPU", 0))
        if count < 1:
            message = "Ray cluster: it has 0 processors; add a machine to it with 1 or more"
            raise NoCluster(message)
        return coverage_by(_on_ray(ray, count), ground, cells, settings or Settings(), progress, cancelled)
    finally:
        if own:
            ray.shutdown()


def _join(ray: ModuleType, address: str | None, workers: int | None) -> None:
    # a run on a city's own machines reports to nobody
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
        return
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, ValueError) as error:
        message = f"Ray cluster: none answers at {address}; start it with 'ray start --head' or leave the address out"
        raise NoCluster(message) from error
