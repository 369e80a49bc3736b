"""Pages that are pictures, by optical recognition (optional extra `ocr`: rapidocr_onnxruntime, models in its wheel)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from statistics import median
from threading import Lock

import numpy as np

from qipan.engines.reading.formats._lines import Line, Page, merge_pieces

_LEAST_CONFIDENCE = 0.5
"""Below it what is found is mostly no text: seals, stains, rules."""

_SCRAP = 3
"""Characters up to which the height of a box says nothing about the font."""

_ENGINE = Lock()
"""The engine keeps state between its steps, so that one page is read at a time."""

_Found = tuple[list[list[float]], str, float]


def available() -> bool:
    """Tell whether the extra `ocr` is installed."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def recognise(image: np.ndarray, number: int, unit: float) -> Page:
    """Return the lines recognised on a page.

    Args:
        image: the page drawn in dots, of shape (height, width, 3).
        number: the page's number, from 1.
        unit: points a dot, so that recognised pages measure as the others of the document do.
    """
    with _ENGINE:
        found, _ = _engine()(image)
    sure = [(corners, text) for corners, text, score in found or () if float(score) >= _LEAST_CONFIDENCE]
    lines = [_line(np.array(corners, float) * unit, text, number) for corners, text in sure]
    return Page(number, image.shape[0] * unit, tuple(merge_pieces(_even(lines))))


@lru_cache(maxsize=1)
def _engine() -> Callable[[np.ndarray], tuple[list[_Found] | None, object]]:
    from rapidocr_onnxruntime import RapidOCR

    engine: Callable[[np.ndarray], tuple[list[_Found] | None, object]] = RapidOCR()
    return engine


def _line(corners: np.ndarray, text: str, number: int) -> Line:
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    size = 0.8 * (bottom - top)
    return Line(text, left, right, (top + bottom - size) / 2, size, number)


def _even(lines: list[Line]) -> list[Line]:
    """Give lines of nearly the usual height, and scraps, that height: boxes differ by what letters they hold."""
    usual = median(line.size for line in lines) if lines else 0.0
    return [replace(line, size=usual) if _is_usual(line, usual) else line for line in lines]


def _is_usual(line: Line, usual: float) -> bool:
    return len(line.text) <= _SCRAP or abs(line.size - usual) < 0.25 * usual
