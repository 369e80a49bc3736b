"""Merging poles: which of a street's poles stay, in which form, and which device moves where.

>>> import numpy as np
>>> street = Street(
...     Poles(position=np.array([0.0, 3.0, 30.0]), height=np.array([10.0, 6.0, 10.0]), capacity=np.full((3, 1), 60.0)),
...     Devices(pole=[0, 1, 2], demand=[[20.0], [15.0], [20.0]], shift=[0.0, 5.0, 0.0], lowest=[9.0, 5.0, 9.0]),
...     SmartPole(height=12.0, capacity=[300.0]),
...     limits=("load in kg",),
... )
>>> plan = merge(street)
>>> plan.poles, plan.pole.tolist(), plan.optimal
(2, [0, 0, 2], True)
"""

from __future__ import annotations

from qipan.engines.siting.merging.checking import check_merging
from qipan.engines.siting.merging.clashes import Demand, NoMerging
from qipan.engines.siting.merging.results import Merging, Reason, State
from qipan.engines.siting.merging.solve import merge, merge_all
from qipan.engines.siting.merging.street import Devices, Poles, SmartPole, Street

__all__ = [
    "Demand",
    "Devices",
    "Merging",
    "NoMerging",
    "Poles",
    "Reason",
    "SmartPole",
    "State",
    "Street",
    "check_merging",
    "merge",
    "merge_all",
]
