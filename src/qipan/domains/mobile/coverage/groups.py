"""Whose subscribers are judged, and the best that they have: of their own layers and of the cells shared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qipan.domains.mobile.coverage.metrics import (
    Floats,
    Window,
    add_indoor_systems,
    best_level,
    facade_level,
    indoor_level,
    shared_level,
    sinr,
)
from qipan.domains.mobile.coverage.store import Study, StudyLayer

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


def groups_of(study: Study) -> list[Group]:
    """Return all public networks together and then each operator's own."""
    public = tuple(one for one in study.layers if not one.private)
    owners = sorted({one.operator_id for one in study.layers})
    together = [Group(None, public)] if public else []
    return together + [Group(one, tuple(la for la in study.layers if la.operator_id == one)) for one in owners]


def best_of(study: Study, groups: Sequence[Group], window: Window) -> list[Best]:
    """Return for each group the strongest of its layers and of the cells that others share with it."""
    shape = study.built[window].shape
    found = [Best(np.full(shape, _nothing), np.full(shape, _nothing), np.full(shape, _nothing)) for _ in groups]
    for layer in study.layers:
        own = [best for group, best in zip(groups, found, strict=True) if layer in group.layers]
        if own:
            facade = facade_level(study, layer, window)
            parts = Best(facade, indoor_level(study, layer, window, facade), sinr(study, layer, window))
            for best in own:
                _raise(best, parts)
                add_indoor_systems(study, layer, window, best.indoors)
        for group, best in zip(groups, found, strict=True):
            if group.operator_id is not None and layer not in group.layers:
                _add_shared(study, layer, group.operator_id, window, best)
    return found


def _raise(best: Best, more: Best) -> None:
    np.fmax(best.outdoors, more.outdoors, out=best.outdoors)
    np.fmax(best.indoors, more.indoors, out=best.indoors)
    np.fmax(best.sinr, more.sinr, out=best.sinr)


def _add_shared(study: Study, layer: StudyLayer, operator_id: int, window: Window, best: Best) -> None:
    level = shared_level(study, layer, operator_id, window)
    if level is None:
        return
    facade = facade_level(study, layer, window, lambda wider: shared_level(study, layer, operator_id, wider))
    ratio = np.where(level == best_level(study, layer, window), sinr(study, layer, window), _nothing)
    _raise(best, Best(facade, indoor_level(study, layer, window, facade), ratio))
    add_indoor_systems(study, layer, window, best.indoors, operator_id)
