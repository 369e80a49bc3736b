"""Computed plans kept in memory, so that a change of one site need not read them again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.placing.candidates import Candidates
from qipan.core.placing.demand import Demand
from qipan.core.placing.errors import PlanMissing
from qipan.core.placing.files import read_candidates, read_demand, read_parts, read_plan, read_reach
from qipan.engines.siting import Reach

_most = 3


@dataclass(frozen=True)
class Loaded:
    """A computed plan: what was to choose from and for, its conditions, and what is chosen when.

    ``site_part`` of each candidate and ``demand_part`` of each demand: the part of the conditions, -1 for none.
    """

    candidates: Candidates
    demand: Demand
    reach: Reach
    site_part: NDArray[np.int32]
    demand_part: NDArray[np.int32]
    plan: dict[str, Any]


_lock = Lock()
_open: OrderedDict[tuple[str, int], Loaded] = OrderedDict()


def open_plan(folder: Path) -> Loaded:
    """Return the plan in a folder, from memory where it has not been written since; PlanMissing where there is none."""
    key = _key(folder)
    with _lock:
        if key in _open:
            _open.move_to_end(key)
            return _open[key]
    demand = read_demand(folder)
    loaded = Loaded(
        read_candidates(folder), demand, read_reach(folder, len(demand)), *read_parts(folder), read_plan(folder)
    )
    keep_plan_open(folder, loaded)
    return loaded


def keep_plan_open(folder: Path, loaded: Loaded) -> None:
    """Keep a plan as its folder now is; those used longest ago are forgotten."""
    key = _key(folder)
    with _lock:
        for other in [one for one in _open if one[0] == key[0]]:
            del _open[other]
        _open[key] = loaded
        while len(_open) > _most:
            _open.popitem(last=False)


def _key(folder: Path) -> tuple[str, int]:
    try:
        return str(folder), (folder / "plan.json").stat().st_mtime_ns
    except OSError as error:
        message = "还没有可用的方案结果：请先计算该方案"
        raise PlanMissing(message) from error
