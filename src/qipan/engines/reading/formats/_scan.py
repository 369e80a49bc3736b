"""Pages that are pictures, by optical recognition (optional extra `ocr`: rapidocr_onnxruntime, models in its wheel)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from statistics import median

import numpy as np
import pypdfium2 as pdfium

from qipan.engines.reading.formats._lines import Line, Page, merge_pieces

_DPI = 150
"""Fewer dots lose small print, more only cost time: 200 dpi read no better on the same pages."""
_LEAST_CONFIDENCE = 0.5
"""Below it the engine reads seals, stains and the grain of the paper."""

_Found = tuple[list[list[float]], str, float]


def available() -> bool:
    """Tell whether the extra `ocr` is installed."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def recognise(page: pdfium.PdfPage, number: int) -> Page:
    """Return the lines of a page as recognised; lengths in dots at 150 dpi."""
    image = page.render(scale=_DPI / 72).to_numpy()
    page.close()
    found, _ = _engine()(image)
    lines = [_line(corners, text, number) for corners, text, score in found or () if float(score) >= _LEAST_CONFIDENCE]
    return Page(number, float(image.shape[0]), tuple(merge_pieces(_even(lines))))


@lru_cache(maxsize=1)
def _engine() -> Callable[[np.ndarray], tuple[list[_Found] | None, object]]:
    from rapidocr_onnxruntime import RapidOCR

    engine: Callable[[np.ndarray], tuple[list[_Found] | None, object]] = RapidOCR()
    return engine


def _line(corners: list[list[float]], text: str, number: int) -> Line:
    across = [float(x) for x, _ in corners]
    down = [float(y) for _, y in corners]
    size = 0.8 * (max(down) - min(down))
    return Line(text, min(across), max(across), (max(down) + min(down) - size) / 2, size, number)


def _even(lines: list[Line]) -> list[Line]:
    """Give lines of nearly the usual height that height: boxes of one font differ by what letters they hold."""
    usual = median(line.size for line in lines) if lines else 0.0
    return [replace(line, size=usual) if abs(line.size - usual) < 0.25 * usual else line for line in lines]
