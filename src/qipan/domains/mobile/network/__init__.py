"""Network planning on a computed coverage study: neighbours, identities, capacity, sharing, drive tests."""

from __future__ import annotations

from qipan.domains.mobile.network.capacity import CapacityParameters, run_capacity
from qipan.domains.mobile.network.drive_tests import (
    DriveTest,
    FitParameters,
    KeptCalibration,
    calibrate_study,
    compare,
    comparison_figures,
    delete_calibration,
    delete_drive_test,
    import_drive_test,
    list_calibrations,
    list_drive_tests,
    read_drive_test,
    read_refused,
    read_samples,
)
from qipan.domains.mobile.network.errors import DriveTestMissing, NetworkMissing, NothingToPlan
from qipan.domains.mobile.network.identities import PciParameters, apply_pci, run_pci
from qipan.domains.mobile.network.listing import Page, file_formats, list_conflicts, list_rows, named_rows, write_rows
from qipan.domains.mobile.network.neighbours import NeighbourParameters, run_neighbours
from qipan.domains.mobile.network.records import read_facts
from qipan.domains.mobile.network.relations import apply_neighbours
from qipan.domains.mobile.network.sharing import SharingParameters, run_sharing

__all__ = [
    "CapacityParameters",
    "DriveTest",
    "DriveTestMissing",
    "FitParameters",
    "KeptCalibration",
    "NeighbourParameters",
    "NetworkMissing",
    "NothingToPlan",
    "Page",
    "PciParameters",
    "SharingParameters",
    "apply_neighbours",
    "apply_pci",
    "calibrate_study",
    "compare",
    "comparison_figures",
    "delete_calibration",
    "delete_drive_test",
    "file_formats",
    "import_drive_test",
    "list_calibrations",
    "list_conflicts",
    "list_drive_tests",
    "list_rows",
    "named_rows",
    "read_drive_test",
    "read_facts",
    "read_refused",
    "read_samples",
    "run_capacity",
    "run_neighbours",
    "run_pci",
    "run_sharing",
    "write_rows",
]
