"""Good plans put together: the best choice among the sites of many plans, found exactly.

Source: Applegate, Bixby, Chvátal and Cook, Finding tours in the TSP, 1999 (tour merging), here for sites.
"""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Flags, Longs
from qipan.engines.siting.core import Core, row_signatures, select_pairs, transpose
from qipan.engines.siting.exact import maximum_exact
from qipan.engines.siting.state import State

_MOST_PLANS, _ALIKE = 64, 2
"""Plans kept, each with more than so many sites that a better one does not hold."""
_MORE_SITES, _MOST_NODES = 128, 50
"""Sites of the model beyond those of the best plan, at least, and nodes of its tree."""


class Elite:
    """The best plans met that differ from one another."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.plans: list[tuple[float, Flags]] = []

    def offer(self, state: State) -> None:
        """Take the plan in where it meets the minimums and no plan like it is as good; worse ones like it go."""
        value, chosen = float(state.sums[0]), state.chosen
        if state.sums[2] > 1e-9:
            return
        alike = [k for k, (_, plan) in enumerate(self.plans) if int((chosen & ~plan).sum()) <= _ALIKE]
        if any(self.plans[k][0] >= value for k in alike):
            return
        kept = [plan for k, plan in enumerate(self.plans) if k not in alike]
        kept.append((value, chosen.copy()))
        self.plans = sorted(kept, key=lambda plan: -plan[0])[:_MOST_PLANS]

    def combined(self) -> Longs | None:
        """The best plan from the sites of the best plans, or None where there is nothing to put together.

        The model is small and its tree is limited in nodes, so that no clock decides what is found.
        """
        if len(self.plans) < 2 or self.core.conflict.size:
            return None
        sites = self.plans[0][1].copy()
        most = int(sites.sum()) + max(_MORE_SITES, int(sites.sum()))
        for _, plan in self.plans[1:]:
            if int((sites | plan).sum()) > most:
                break
            sites |= plan
        part, kept = _among(self.core, sites)
        found = maximum_exact(part, np.flatnonzero(self.plans[0][1][kept]), np.inf, _MOST_NODES)
        return None if found.chosen is None else kept[found.chosen]


def _among(core: Core, sites: Flags) -> tuple[Core, Longs]:
    """The core over the given candidates alone, rows that the same of them cover merged, and their positions."""
    first, second, degree = row_signatures(core.start, core.rows, sites, core.value.size)
    alive = np.flatnonzero(degree > 0)
    order = alive[np.lexsort((second[alive], core.row_area[alive], first[alive]))]
    fresh = np.zeros(order.size, np.bool_)
    fresh[:1] = True
    for key in (first, second, core.row_area):
        fresh[1:] |= np.diff(key[order]) != 0
    label = np.cumsum(fresh) - 1
    number = np.full(core.value.size, -1, np.int32)
    number[order[fresh]] = label[fresh]
    kept = np.flatnonzero(sites)
    start, rows = select_pairs(core.start, core.rows, kept, number)
    value = np.bincount(label, core.value[order]).astype(np.float64)
    owner_start, owners = transpose(start, rows, value.size)
    part = core._replace(
        start=start,
        rows=rows,
        owner_start=owner_start,
        owners=owners,
        value=value,
        cost=core.cost[kept],
        group=core.group[kept],
        conflict_start=np.zeros(kept.size + 1, np.int64),
        row_area=core.row_area[order[fresh]],
        site_area=core.site_area[kept],
    )
    return part, kept
