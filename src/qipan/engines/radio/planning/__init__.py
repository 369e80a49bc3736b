"""Planning a network: neighbours and identities."""

from __future__ import annotations

from .errors import BadNetwork, NoIdentity
from .neighbours import Neighbours, Overlap, Reason, neighbour_lists
from .pci import PciPlan, PciRules, identities, plan_pci
from .pci_check import PciConflicts, check_pci

__all__ = [
    "BadNetwork",
    "Neighbours",
    "NoIdentity",
    "Overlap",
    "PciConflicts",
    "PciPlan",
    "PciRules",
    "Reason",
    "check_pci",
    "identities",
    "neighbour_lists",
    "plan_pci",
]
