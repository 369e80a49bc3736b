"""Reckoning and writing the maps of all public carriers together, while a study is summed up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.blocks import BlockWriter
from qipan.domains.mobile.coverage.groups import Best, LayerWindow
from qipan.domains.mobile.coverage.layers import level_codes
from qipan.domains.mobile.coverage.metrics import Floats, Window
from qipan.domains.mobile.coverage.overall import overall_kinds
from qipan.domains.mobile.coverage.rates import all_rates, lone_throughput
from qipan.domains.mobile.coverage.store import Study, StudyLayer, overall_name
from qipan.engines.radio import overlap

Codes = dict[str, NDArray[np.unsignedinteger[Any]]]
"""Numbers of a window by metric."""


class OverallWindow:
    """Gathers the best of the public carriers on a window, shown one after the other."""

    def __init__(self, study: Study, window: Window, public: Sequence[StudyLayer]) -> None:
        shape = study.built[window].shape
        self._study, self._public = study, tuple(public)
        self._level, self._rate = np.full(shape, -np.inf, np.float32), np.full(shape, np.nan, np.float32)
        self._server, self._overlap = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
        self._built = np.asarray(study.built[window])

    def add(self, seen: LayerWindow) -> None:
        """Take one carrier in, private ones not."""
        if seen.layer not in self._public:
            return
        _take_stronger(seen.levels, seen.strongest, self._level, self._server)
        np.fmax(self._rate, lone_throughput(seen.layer, seen.sinr), out=self._rate)
        floor = float(self._study.parameters["outdoor_threshold"])
        np.maximum(self._overlap, overlap(seen.levels, floor=floor), out=self._overlap)

    def codes(self, together: Best | None) -> Codes:
        """Return the numbers that files keep of each metric; ``together`` what all public carriers give there."""
        blank = np.full(self._level.shape, -np.inf, np.float32)
        ratio, inside = (blank, blank) if together is None else (together.sinr, together.indoors)
        indoors = np.where(self._built, inside, blank)
        rates = all_rates(self._study)
        known = np.searchsorted(rates, np.nan_to_num(self._rate, nan=-1.0))
        found: dict[str, NDArray[Any]] = {
            "rsrp": level_codes(self._level),
            "server": self._server + 1,
            "sinr": level_codes(ratio),
            "throughput": np.where(np.isnan(self._rate), 0, known + 1),
            "overlap": self._overlap,
            "indoor": level_codes(indoors),
        }
        return {key: codes.astype(overall_kinds[key]) for key, codes in found.items()}


class OverallWriter:
    """Writes the maps of a study, window by window; each window begins at whole blocks."""

    def __init__(self, study: Study) -> None:
        shape = (*study.grid.shape, 1)
        self._maps = {
            key: BlockWriter(study.folder / overall_name(key), shape, kind) for key, kind in overall_kinds.items()
        }

    def write(self, window: Window, codes: Codes) -> None:
        """Write what ``OverallWindow.codes`` gives for a window."""
        for key, map_ in self._maps.items():
            map_.write(window[0].start, window[1].start, codes[key][None])

    def close(self) -> None:
        """Finish the files."""
        for one in self._maps.values():
            one.close()


@njit(cache=True, nogil=True)
def _take_stronger(levels: Floats, strongest: NDArray[np.int32], best: Floats, server: NDArray[np.int32]) -> None:
    rows, columns = best.shape
    for i in range(rows):
        for j in range(columns):
            if levels[i, j, 0] > best[i, j]:
                best[i, j], server[i, j] = levels[i, j, 0], strongest[i, j]
