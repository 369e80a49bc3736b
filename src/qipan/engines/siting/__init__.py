"""Siting: which candidates to build, within what budget, and how far from the best any plan could be.

Everything rests on one structure, `Reach`: which candidate serves which demand, and how well. Loops are compiled on
their first call and kept on disk.

>>> import numpy as np
>>> reach = Reach.from_pairs([0, 0, 1, 1, 2], [0, 1, 1, 2, 3], candidates=3, demands=4)
>>> plan = solve_maximum(MaximumCoverage(reach, weight=np.array([5.0, 1.0, 4.0, 3.0]), budget=2))
>>> plan.chosen.tolist(), plan.objective, plan.optimal
([0, 1], 10.0, True)
>>> plan.reasons.newly_covered.tolist()
[6.0, 4.0]
"""

from __future__ import annotations

from qipan.engines.siting.capacitated import solve_capacitated
from qipan.engines.siting.capacitated_coverage import solve_capacitated_coverage
from qipan.engines.siting.centre import solve_centre
from qipan.engines.siting.checking import Verification, check
from qipan.engines.siting.checking_assignments import check_assignment
from qipan.engines.siting.conditions import Conditions, spacing
from qipan.engines.siting.errors import ConditionError, Infeasible, ReachError, SitingError, TooLargeError
from qipan.engines.siting.locations import Assignment, Capacitated, CapacitatedCoverage, NearestSites
from qipan.engines.siting.maximum import solve_maximum
from qipan.engines.siting.median import solve_median
from qipan.engines.siting.phasing import Phased, solve_phases
from qipan.engines.siting.problems import Layer, MaximumCoverage, SetCover
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import Effort, PresolveCounts, Progress, Reasons, Siting, relative_gap
from qipan.engines.siting.setcover import solve_cover

__all__ = [
    "Assignment",
    "Capacitated",
    "CapacitatedCoverage",
    "ConditionError",
    "Conditions",
    "Effort",
    "Infeasible",
    "Layer",
    "MaximumCoverage",
    "NearestSites",
    "Phased",
    "PresolveCounts",
    "Progress",
    "Reach",
    "ReachError",
    "Reasons",
    "SetCover",
    "Siting",
    "SitingError",
    "TooLargeError",
    "Verification",
    "check",
    "check_assignment",
    "relative_gap",
    "solve_capacitated",
    "solve_capacitated_coverage",
    "solve_centre",
    "solve_cover",
    "solve_maximum",
    "solve_median",
    "solve_phases",
    "spacing",
]
