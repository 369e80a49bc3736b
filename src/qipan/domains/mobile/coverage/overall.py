"""The best of all public carriers as maps of their own, kept beside a study so that drawing them reads one map.

Levels and SINR are kept in steps of 0.01 dB, rates as their place among all rates that the study's carriers can give,
servers and counts as they are. A study without these files reckons them from its carriers, as an edited one does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.blocks import BlockMap, MapArray
from qipan.domains.mobile.coverage.layers import level_table
from qipan.domains.mobile.coverage.rates import all_rates
from qipan.domains.mobile.coverage.store import Study, overall_name

overall_kinds: dict[str, type[np.unsignedinteger[Any]]] = {
    "rsrp": np.uint16,
    "server": np.uint32,
    "sinr": np.uint16,
    "throughput": np.uint16,
    "overlap": np.uint8,
    "indoor": np.uint16,
}

"""How the numbers of each map are kept."""


def open_overall(study: Study, key: str) -> MapArray[np.float32]:
    """Open the map of a metric: as ``metrics.metric`` gives it for all public carriers. StudyMissing where torn."""
    shape, path = (*study.grid.shape, 1), study.folder / overall_name(key)
    return study.once(path.name, lambda: BlockMap(path, shape, overall_kinds[key], _table(study, key), flat=True))


def _table(study: Study, key: str) -> NDArray[Any]:
    """Return the value of each number of a map."""
    if key == "throughput":
        return np.append(np.float32(np.nan), all_rates(study)).astype(np.float32)
    if key == "server":
        return np.arange(-1, len(study.cells["index"]), dtype=np.float32)
    if key == "overlap":
        counts = np.arange(1 + int(study.parameters["servers"]), dtype=np.float32)
        counts[0] = np.nan
        return counts
    table = level_table()
    table[0] = np.nan
    return table
