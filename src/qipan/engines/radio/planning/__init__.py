"""Planning a network: neighbours, identities, capacity, sharing, calibration, indoors."""

from __future__ import annotations

from .capacity import Additions, Capacity, additions, cell_capacity
from .correction import Calibration, Correction, ErrorReport, FitRules, blocked_folds, calibrate, error_report
from .demand import Habits, busy_hour_demand, split_demand
from .errors import BadNetwork, NoIdentity, TooFewMeasurements
from .facades import facade_levels
from .indoor import (
    DeepCounts,
    DeepCoverage,
    DeepRule,
    count_deep,
    deep_coverage,
    entry_loss,
    entry_probability,
    spread_population,
)
from .measurements import Measurements, Rejected, binned, usable
from .neighbours import Neighbours, Overlap, Reason, neighbour_lists
from .outline import Window, outline_window
from .pci import PciPlan, PciRules, identities, plan_pci
from .pci_check import PciConflicts, check_pci
from .prach import RootPlan, Zone, plan_roots, zone_for
from .roaming import Sharing, SharingGain, cells_on_shared_sites, permitted_best, shared_levels
from .shares import SHARES, Limits, area_covered, area_wholes
from .thresholds import Thresholds

__all__ = [
    "SHARES",
    "Additions",
    "BadNetwork",
    "Calibration",
    "Capacity",
    "Correction",
    "DeepCounts",
    "DeepCoverage",
    "DeepRule",
    "ErrorReport",
    "FitRules",
    "Habits",
    "Limits",
    "Measurements",
    "Neighbours",
    "NoIdentity",
    "Overlap",
    "PciConflicts",
    "PciPlan",
    "PciRules",
    "Reason",
    "Rejected",
    "RootPlan",
    "Sharing",
    "SharingGain",
    "Thresholds",
    "TooFewMeasurements",
    "Window",
    "Zone",
    "additions",
    "area_covered",
    "area_wholes",
    "binned",
    "blocked_folds",
    "busy_hour_demand",
    "calibrate",
    "cell_capacity",
    "cells_on_shared_sites",
    "check_pci",
    "count_deep",
    "deep_coverage",
    "entry_loss",
    "entry_probability",
    "error_report",
    "facade_levels",
    "identities",
    "neighbour_lists",
    "outline_window",
    "permitted_best",
    "plan_pci",
    "plan_roots",
    "shared_levels",
    "split_demand",
    "spread_population",
    "usable",
    "zone_for",
]
