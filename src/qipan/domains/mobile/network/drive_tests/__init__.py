"""Drive tests: samples kept as files, held against a study, and corrections of the prediction fitted to them."""

from __future__ import annotations

from qipan.domains.mobile.network.drive_tests.calibrating import (
    FitParameters,
    KeptCalibration,
    calibrate_study,
    delete_calibration,
    list_calibrations,
)
from qipan.domains.mobile.network.drive_tests.comparing import Comparison, compare, comparison_figures
from qipan.domains.mobile.network.drive_tests.keeping import (
    DriveTest,
    delete_drive_test,
    import_drive_test,
    list_drive_tests,
    read_drive_test,
    read_refused,
    read_samples,
)

__all__ = [
    "Comparison",
    "DriveTest",
    "FitParameters",
    "KeptCalibration",
    "calibrate_study",
    "compare",
    "comparison_figures",
    "delete_calibration",
    "delete_drive_test",
    "import_drive_test",
    "list_calibrations",
    "list_drive_tests",
    "read_drive_test",
    "read_refused",
    "read_samples",
]
