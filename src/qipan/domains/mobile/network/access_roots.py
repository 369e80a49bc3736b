"""Random access beside a plan of identities: zones by the study's radius, roots that neighbours do not share."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qipan.domains.mobile.coverage import Study
from qipan.engines.radio import plan_roots, zone_for

_long_reach, _short_reach = 14_000.0, 400.0
"""Radius in m that a root of format 0, and of a short preamble at 120 kHz, can tell apart."""
_second_range = 24.0
"""GHz from which on carriers have 120 kHz between subcarriers (TS 38.101-2)."""


def plan_access(study: Study, members: NDArray[np.int64], neighbours: sparse.csr_array) -> dict[str, Any]:
    """Return columns for the cells ``members``: ``root`` index, ``roots`` from there on and ``zone`` configuration.

    Format 0 below 24 GHz, short preambles of 120 kHz above.
    """
    high = study.cells["f"][members] >= _second_range
    layer = study.cells["layer"][members].astype(np.int64)
    columns = {name: np.zeros(members.size, dtype=np.int64) for name in ("root", "roots", "zone")}
    radius = float(study.parameters["radius"])
    for chosen, preamble, reach in _ranges(high):
        here = np.flatnonzero(chosen)
        if not here.size:
            continue
        zone = zone_for(min(radius, reach), preamble)
        part = neighbours[here][:, here].tocsr()
        plan = plan_roots(part, zone.roots, preamble=preamble, layer=layer[here])
        columns["root"][here], columns["roots"][here], columns["zone"][here] = plan.root, plan.roots, zone.config
    return columns


def _ranges(
    high: NDArray[np.bool_],
) -> tuple[tuple[NDArray[np.bool_], Literal["long-1.25", "short-120"], float], ...]:
    return (~high, "long-1.25", _long_reach), (high, "short-120", _short_reach)
