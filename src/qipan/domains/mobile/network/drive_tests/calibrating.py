"""Corrections of the prediction fitted to drive tests, kept to be applied to later studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.coverage.correcting import delete_correction, keep_correction, list_corrections
from qipan.domains.mobile.network.drive_tests.comparing import class_name, compare
from qipan.domains.mobile.network.drive_tests.keeping import read_drive_test, read_samples
from qipan.domains.mobile.network.errors import DriveTestMissing
from qipan.engines.radio import Calibration, Correction, FitRules, binned, calibrate
from qipan.engines.radio.planning.measurements import Measurements


@dataclass(frozen=True, slots=True)
class FitParameters:
    """How a correction is fitted: ``bin`` m over which samples are averaged, ``block`` m that folds keep together,
    ``folds``, ``least`` rows after averaging."""

    bin: float = 20.0
    block: float = 500.0
    folds: int = 5
    least: int = 100


@dataclass(frozen=True, slots=True)
class KeptCalibration:
    """A kept correction: its ``id`` for ``CoverageParameters.calibration``, its terms and how well it does."""

    id: int
    name: str
    tests: tuple[int, ...]
    study: str
    made_by: str
    account_id: int | None
    made_at: str
    correction: dict[str, Any]
    rows: int
    reports: dict[str, Any]


def calibrate_study(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    study: Study,
    tests: Sequence[int],
    *,
    name: str = "",
    parameters: FitParameters | None = None,
    save: bool = True,
) -> KeptCalibration:
    """Fit a correction of a study to drive tests and, with ``save``, keep it for later studies.

    Raises TooFewMeasurements (rows or blocks), DriveTestMissing, NothingToPlan.
    """
    if not principal.may_write:
        principal.require_write()
    asked = parameters or FitParameters()
    parts = []
    for number in tests:
        test = read_drive_test(database, principal, number)
        found = compare(database, catalogue, study, read_samples(database, test), test.owner_id)
        parts.append(found.measurements)
    rows = binned(_together(parts), asked.bin)
    fitted = calibrate(rows, FitRules(folds=asked.folds, block=asked.block, least=asked.least))
    made = {
        "name": name or f"路测 {'、'.join(map(str, tests))} 校正",
        "tests": list(tests),
        "study": study.version,
        "made_by": principal.name,
        "account_id": principal.account_id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "correction": _terms(fitted.correction),
        "rows": len(rows),
        "reports": _reports(fitted),
    }
    return _kept({"id": keep_correction(database, made) if save else 0} | made)


def list_calibrations(database: Database, principal: Principal) -> list[KeptCalibration]:
    """Return the kept corrections that the principal may see, newest first."""
    found = [_kept(one) for one in list_corrections(database)]
    return [one for one in found if principal.everything or one.account_id == principal.account_id]


def delete_calibration(database: Database, principal: Principal, number: int) -> None:
    """Delete a kept correction; studies that were computed with it stay."""
    if number not in {one.id for one in list_calibrations(database, principal)}:
        message = f"没有校正 {number}，或无权查看：请从列表中选择"
        raise DriveTestMissing(message)
    if not principal.may_write:
        principal.require_write()
    delete_correction(database, number)


def _kept(facts: dict[str, Any]) -> KeptCalibration:
    return KeptCalibration(**facts | {"tests": tuple(facts["tests"])})


def _together(parts: Sequence[Measurements]) -> Measurements:
    names = list(asdict(parts[0]))
    return Measurements(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in names})


def _terms(correction: Correction) -> dict[str, Any]:
    return {
        "intercept": round(correction.intercept, 4),
        "slope": round(correction.slope, 4),
        "diffraction": round(correction.diffraction, 4),
        "clutter": {str(number): round(term, 4) for number, term in correction.clutter.items()},
        "classes": {class_name(number): round(term, 2) for number, term in correction.clutter.items()},
    }


def _reports(fitted: Calibration) -> dict[str, Any]:
    return {
        "before": asdict(fitted.before),
        "fitted": asdict(fitted.fitted),
        "held_out": asdict(fitted.held_out),
        "folds": [asdict(one) for one in fitted.folds],
        "outliers": int(fitted.outliers.sum()),
        "unfitted": [class_name(one) for one in fitted.unfitted],
    }
