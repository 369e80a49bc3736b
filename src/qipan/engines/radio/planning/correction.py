"""Additive correction of predictions, fitted to drive tests.

measured − predicted ≈ intercept + slope · lg(d / 1 km) + term of the clutter class + weight · diffraction loss

Ridge keeps what the measurements do not tell near 0, Huber's loss keeps outliers from pulling, and the error is told on
folds of whole blocks of the map, since samples beside each other know each other's shadowing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import require_range
from .errors import TooFewMeasurements
from .measurements import Measurements

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FitRules:
    """How a correction is fitted and tested.

    ``ridge`` pull of every term but the intercept towards 0, in samples: a class term of n samples keeps n/(n + ridge);
    ``huber`` robust standard deviations beyond which an error counts linearly, inf for plain least squares;
    ``least`` rows at all and ``least_class`` rows for a clutter class to have a term of its own; ``folds`` and
    ``block``, the side in m of the squares that stay together; ``seed`` of the folds.
    """

    ridge: float = 5.0
    huber: float = 1.5
    least: int = 100
    least_class: int = 20
    folds: int = 5
    block: float = 500.0
    seed: int = 1


@dataclass(frozen=True)
class Correction:
    """Terms in dB: ``intercept``; ``slope`` a decade of distance; ``clutter`` by class; ``diffraction`` a dB of it.

    Classes that are not named have the term 0.
    """

    intercept: float = 0.0
    slope: float = 0.0
    clutter: Mapping[int, float] = field(default_factory=dict)
    diffraction: float = 0.0

    def apply(
        self, predicted: ArrayLike, distance: ArrayLike, clutter: ArrayLike = 0, diffraction: ArrayLike = 0.0
    ) -> Doubles:
        """Predictions in dBm with the correction added; arguments as :class:`Measurements` has them, any one shape."""
        return np.asarray(predicted, dtype=np.float64) + self.terms(distance, clutter, diffraction)

    def terms(self, distance: ArrayLike, clutter: ArrayLike = 0, diffraction: ArrayLike = 0.0) -> Doubles:
        """The correction alone in dB. Distances below 1 m count as 1 m."""
        decades = np.log10(np.maximum(np.asarray(distance, dtype=np.float64), 1.0) / 1000.0)
        classes = np.asarray(clutter, dtype=np.int64)
        by_class = np.zeros(classes.shape)
        for number, term in self.clutter.items():
            by_class = np.where(classes == number, term, by_class)
        bent = self.diffraction * np.asarray(diffraction, dtype=np.float64)
        return np.asarray(self.intercept + self.slope * decades + by_class + bent)


@dataclass(frozen=True)
class ErrorReport:
    """Measured less predicted, dB: ``mean``, ``deviation``, ``rmse``, ``mae``, 5th, 50th, 95th ``percentiles``."""

    rows: int
    mean: float
    deviation: float
    rmse: float
    mae: float
    percentiles: tuple[float, float, float]


@dataclass(frozen=True)
class Calibration:
    """A fitted ``correction`` and how well it does.

    ``before`` without it; ``fitted`` on the rows it was fitted to; ``held_out`` on folds that it did not see, the
    figure to trust, and ``folds`` each of them; ``outliers`` rows further than three robust deviations off;
    ``unfitted`` clutter classes with too few rows for a term.
    """

    correction: Correction
    before: ErrorReport
    fitted: ErrorReport
    held_out: ErrorReport
    folds: tuple[ErrorReport, ...]
    outliers: NDArray[np.bool_]
    unfitted: tuple[int, ...]


def error_report(error: Doubles) -> ErrorReport:
    """Figures of errors in dB (measured less predicted)."""
    p5, p50, p95 = (float(each) for each in np.percentile(error, (5.0, 50.0, 95.0)))
    rmse = float(np.sqrt((error**2).mean()))
    return ErrorReport(
        len(error), float(error.mean()), float(error.std()), rmse, float(np.abs(error).mean()), (p5, p50, p95)
    )


def _design(rows: Measurements, classes: Ints) -> Doubles:
    # intercept, decades of distance, diffraction, one column a class
    decades = np.log10(np.maximum(rows.distance, 1.0) / 1000.0)
    return np.column_stack(
        [np.ones(len(rows)), decades, rows.diffraction, rows.clutter[:, None] == classes[None, :]]
    ).astype(np.float64)


def _spread(error: Doubles) -> float:
    # robust standard deviation: the median absolute deviation of a normal one is 0.6745 of it
    return max(float(np.median(np.abs(error - np.median(error)))) / 0.6745, 1e-6)


def _weighted(design: Doubles, wanted: Doubles, weight: Doubles, penalty: Doubles) -> Doubles:
    normal = design.T @ (design * weight[:, None]) + np.diag(penalty)
    return np.asarray(np.linalg.lstsq(normal, design.T @ (weight * wanted), rcond=None)[0])


def _penalty(design: Doubles, ridge: float) -> Doubles:
    # a term is pulled as by ``ridge`` samples of its own typical size; the intercept is not
    size = np.ones(design.shape[1])
    size[1], size[2] = design[:, 1].var(), design[:, 2].var()
    size[0] = 0.0
    return ridge * size


def _loss(error: Doubles, knee: float) -> float:
    far = np.abs(error)
    return (
        float(np.where(far <= knee, 0.5 * error**2, knee * (far - 0.5 * knee)).sum())
        if np.isfinite(knee)
        else float(0.5 * (error**2).sum())
    )


def _robust(design: Doubles, wanted: Doubles, rules: FitRules) -> Doubles:
    penalty = _penalty(design, rules.ridge)
    terms = _weighted(design, wanted, np.ones(len(wanted)), penalty)
    knee = rules.huber * _spread(wanted - design @ terms)
    for _ in range(60 if np.isfinite(knee) else 0):
        far = np.maximum(np.abs(wanted - design @ terms), 1e-12)
        new = _weighted(design, wanted, np.minimum(knee / far, 1.0), penalty)
        moved = float(np.abs(new - terms).max())
        terms = new
        if moved < 1e-9:
            break
    # a correction that does not lower the loss is none
    return terms if _loss(wanted - design @ terms, knee) <= _loss(wanted, knee) else np.zeros_like(terms)


def _classes(rows: Measurements, least: int) -> tuple[Ints, Ints]:
    found, counts = np.unique(rows.clutter, return_counts=True)
    return found[counts >= least], found[counts < least]


def _fit(rows: Measurements, rules: FitRules) -> Correction:
    classes, _ = _classes(rows, rules.least_class)
    terms = _robust(_design(rows, classes), rows.level - rows.predicted, rules)
    by_class = {int(number): float(term) for number, term in zip(classes, terms[3:], strict=True)}
    return Correction(float(terms[0]), float(terms[1]), by_class, float(terms[2]))


def _errors(rows: Measurements, correction: Correction) -> Doubles:
    return rows.level - correction.apply(rows.predicted, rows.distance, rows.clutter, rows.diffraction)


def blocked_folds(x: Doubles, y: Doubles, folds: int, block: float, seed: int) -> Ints:
    """Fold of each row so that rows of one ``block`` m square share a fold and folds are about even.

    TooFewMeasurements where the rows lie in fewer blocks than ``folds``.
    """
    key = np.column_stack([np.floor(y / block), np.floor(x / block)]).astype(np.int64)
    _, which, counts = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    if counts.size < folds:
        message = (
            f"measurements: they lie in {counts.size} blocks of {block:g} m, but {folds} folds need as many; "
            "measure a wider area or choose smaller blocks"
        )
        raise TooFewMeasurements(message)
    shuffled = np.random.default_rng(seed).permutation(counts.size)
    order = shuffled[np.argsort(-counts[shuffled], kind="stable")]
    fold, filled = np.zeros(counts.size, dtype=np.int64), np.zeros(folds)
    for number in order.tolist():
        fold[number] = int(filled.argmin())
        filled[fold[number]] += counts[number]
    return np.asarray(fold[which.reshape(-1)])


def _require(rows: Measurements, rules: FitRules) -> None:
    require_range("correction", "ridge", rules.ridge, 0.0, 1e9, "samples")
    require_range("correction", "folds", rules.folds, 2, 100, "")
    require_range("correction", "block", rules.block, 1.0, 1e6, "m")
    if not rules.huber > 0.0:
        require_range("correction", "Huber knee", rules.huber, 0.1, 100.0, "deviations")
    if len(rows) < rules.least:
        message = (
            f"measurements: {len(rows)} usable rows are fewer than the {rules.least} that a correction needs; "
            "import more, or lower the least number"
        )
        raise TooFewMeasurements(message)


def calibrate(rows: Measurements, rules: FitRules | None = None) -> Calibration:
    """Fit a correction to measurements (:func:`usable`, then :func:`binned`) and tell its error on blocked folds.

    In the loss it minimises it is never worse on ``rows`` than no correction. TooFewMeasurements where there are
    too few rows or blocks.
    """
    rules = rules or FitRules()
    _require(rows, rules)
    fold = blocked_folds(rows.x, rows.y, rules.folds, rules.block, rules.seed)
    correction = _fit(rows, rules)
    error = _errors(rows, correction)
    unseen = np.empty(len(rows))
    for number in range(rules.folds):
        out = fold == number
        unseen[out] = _errors(rows.part(out), _fit(rows.part(~out), rules))
    outliers = np.abs(error - np.median(error)) > 3.0 * _spread(error)
    return Calibration(
        correction,
        error_report(rows.level - rows.predicted),
        error_report(error),
        error_report(unseen),
        tuple(error_report(unseen[fold == number]) for number in range(rules.folds)),
        np.asarray(outliers),
        tuple(_classes(rows, rules.least_class)[1].tolist()),
    )
