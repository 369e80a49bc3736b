"""Whose subscribers are judged, and the best that they have: of their own layers and of the cells shared with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.metrics import (
    Floats,
    Window,
    add_indoor_systems,
    best_level,
    facade_level,
    indoor_level,
    shared_level,
    sinr,
    widened,
)
from qipan.domains.mobile.coverage.store import Study, StudyLayer
from qipan.engines.radio import permitted_best

_nothing = np.float32(-np.inf)


@dataclass(frozen=True, slots=True)
class Group:
    """Whose network is judged: one operator's, or with None all public ones together (异网漫游)."""

    operator_id: int | None
    layers: tuple[StudyLayer, ...]


@dataclass(frozen=True)
class Best:
    """What a group's subscribers have on a window: ``outdoors`` (under a building that before its facade) and
    ``indoors`` in dBm, -inf where nothing, ``sinr`` in dB."""

    outdoors: Floats
    indoors: Floats
    sinr: Floats


class LayerWindow:
    """What one layer gives on a window; each map is read and reckoned when first asked for."""

    def __init__(self, study: Study, layer: StudyLayer, window: Window) -> None:
        self.study, self.layer, self.window = study, layer, window

    @cached_property
    def levels(self) -> Floats:
        """SS-RSRP of the kept servers in dBm, falling, -inf where none; (rows, columns, k)."""
        return self.study.levels(self.layer.number)[self.window]

    @cached_property
    def servers(self) -> NDArray[np.int32]:
        """Numbers of the kept servers, -1 where none; (rows, columns, k)."""
        return self.study.servers(self.layer.number)[self.window]

    @cached_property
    def heard(self) -> bool:
        """Whether the layer is heard anywhere on the window or so near that a facade within may take its level."""
        return bool(np.isfinite(self.around).any())

    @cached_property
    def around(self) -> Floats:
        """Level of the best server in dBm on the window and as far about it as facades may take theirs from."""
        return best_level(self.study, self.layer, widened(self.study, self.window))

    @property
    def strongest(self) -> NDArray[np.int32]:
        """Number of the best server, -1 where none; (rows, columns)."""
        return np.asarray(self.study.servers(self.layer.number)[(*self.window, 0)])

    @cached_property
    def sinr(self) -> Floats:
        """SS-SINR of the best server in dB, nan where none."""
        return sinr(self.study, self.layer, self.window)

    @cached_property
    def best(self) -> Best:
        """What the layer's own subscribers have, indoor systems left out."""
        facade = facade_level(self.study, self.layer, self.window, lambda _: self.around)
        return Best(facade, indoor_level(self.study, self.layer, self.window, facade), self.sinr)


def groups_of(study: Study) -> list[Group]:
    """Return all public networks together and then each operator's own."""
    public = tuple(one for one in study.layers if not one.private)
    owners = sorted({one.operator_id for one in study.layers})
    together = [Group(None, public)] if public else []
    return together + [Group(one, tuple(la for la in study.layers if la.operator_id == one)) for one in owners]


def best_of(
    study: Study, groups: Sequence[Group], window: Window, also: Callable[[LayerWindow], None] | None = None
) -> list[Best]:
    """Return for each group the strongest of its layers and of the cells that others share with it.

    ``also`` is shown each layer that is heard there, so that what was read of it need not be read twice.
    """
    shape = study.built[window].shape
    found = [Best(np.full(shape, _nothing), np.full(shape, _nothing), np.full(shape, _nothing)) for _ in groups]
    for layer in study.layers:
        seen = LayerWindow(study, layer, window)
        for group, best in zip(groups, found, strict=True):
            if layer in group.layers:
                if seen.heard:
                    _raise(best, seen.best)
                add_indoor_systems(study, layer, window, best.indoors)
            elif group.operator_id is not None:
                _add_shared(seen, group.operator_id, best)
        if also is not None and seen.heard:
            also(seen)
    return found


def _raise(best: Best, more: Best) -> None:
    for mine, theirs in ((best.outdoors, more.outdoors), (best.indoors, more.indoors), (best.sinr, more.sinr)):
        raise_to(mine.reshape(-1), theirs.reshape(-1))


@njit(cache=True, nogil=True)
def raise_to(best: Floats, more: Floats) -> None:
    """Raise ``best`` to ``more`` where that is greater; both (n,), nan and -inf raise nothing."""
    for i in range(best.size):
        if more[i] > best[i]:
            best[i] = more[i]


def _add_shared(seen: LayerWindow, operator_id: int, best: Best) -> None:
    study, layer, window = seen.study, seen.layer, seen.window
    permitted = study.serving(operator_id) & (study.cells["layer"] == layer.number)
    if not permitted.any():
        return
    if seen.heard:
        level = permitted_best(seen.levels, seen.servers, permitted)
        facade = facade_level(study, layer, window, lambda wider: shared_level(study, layer, operator_id, wider))
        ratio = np.where(level == seen.levels[..., 0], seen.sinr, _nothing)
        _raise(best, Best(facade, indoor_level(study, layer, window, facade), ratio))
    add_indoor_systems(study, layer, window, best.indoors, operator_id)
