"""What a coverage result says at each map cell: signal, interference, throughput, server, overlap, indoors, holes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.errors import StudyMissing
from qipan.domains.mobile.coverage.overall import open_overall
from qipan.domains.mobile.coverage.rates import lone_throughput
from qipan.domains.mobile.coverage.store import Study, StudyLayer
from qipan.engines.radio import facade_levels, overlap, permitted_best, ss_sinr

Floats = NDArray[np.float32]
Window = tuple[slice, slice]
_nothing = np.float32(-np.inf)
_deepest = 30.0
"""How far inside a building, m, the level before its facade is taken to reach."""


def metric(
    study: Study,
    key: str,
    layer: int | Sequence[int] | None = None,
    window: Window | None = None,
) -> Floats:
    """Return one value for each map cell of a window of rows and columns, nan where it has none; float32.

    ``rsrp`` SS-RSRP of the best server, dBm; ``sinr`` SS-SINR, dB, others sending at the study's load; ``throughput``
    of one terminal alone, Mbit/s; ``server`` number of the best cell, -1 where none; ``overlap`` servers within 6 dB of
    the best and above the outdoor threshold; ``indoor`` level inside buildings, dBm, nan outside them; ``hole`` 1 where
    the level outdoors is below its threshold, 0 where not, nan on water, under buildings and outside the areas.

    The window may have a step: then only every nth map cell is read.

    ``layer`` a number, several, or None for all public ones: then the best of them counts, which is what subscribers
    would have if all operators shared (异网漫游).
    """
    if key not in metric_keys:
        message = f"没有指标图“{key}”：可用的有 {'、'.join(metric_keys)}"
        raise StudyMissing(message)
    layers, part = chosen_layers(study, layer), window or whole(study)
    if key in ("rsrp", "hole"):
        level = _kept(study, "rsrp", layers, part)
        level = _rsrp(study, layers, part) if level is None else level
        return level if key == "rsrp" else _hole(study, level, part)
    found = _kept(study, key, layers, part)
    return _metrics[key](study, layers, part) if found is None else found


def _kept(study: Study, key: str, layers: Sequence[StudyLayer], window: Window) -> Floats | None:
    """Return the map that the study keeps of all public layers together; None for others, and where it keeps none."""
    together = len(layers) > 1 and layers == chosen_layers(study, None) and study.keeps_overall
    return open_overall(study, key)[window] if together else None


def whole(study: Study) -> Window:
    """Return the window of all map cells."""
    return slice(0, study.grid.rows), slice(0, study.grid.columns)


def chosen_layers(study: Study, layer: int | Sequence[int] | None) -> tuple[StudyLayer, ...]:
    """Return the layers of the given numbers; None stands for all that serve the public, all where none does."""
    if layer is None:
        return tuple(one for one in study.layers if not one.private) or study.layers
    wanted = {layer} if isinstance(layer, int) else set(layer)
    found = tuple(one for one in study.layers if one.number in wanted)
    if len(found) != len(wanted):
        message = f"没有图层 {min(wanted - {one.number for one in found})}：可用 0 至 {len(study.layers) - 1}"
        raise StudyMissing(message)
    return found


def best_level(study: Study, layer: StudyLayer, window: Window) -> Floats:
    """SS-RSRP of a layer's best server, dBm, -inf where there is none."""
    return np.asarray(study.levels(layer.number)[(*window, 0)])


def shared_level(study: Study, layer: StudyLayer, operator_id: int, window: Window) -> Floats | None:
    """Level that a layer of another operator gives to ``operator_id``, from cells that both share; None without any."""
    permitted = study.serving(operator_id) & (study.cells["layer"] == layer.number)
    if not permitted.any():
        return None
    return permitted_best(study.levels(layer.number)[window], study.servers(layer.number)[window], permitted)


def sinr(study: Study, layer: StudyLayer, window: Window) -> Floats:
    """SS-SINR of a layer in dB with its other cells sending at the study's load; nan where there is no server."""
    best = study.levels(layer.number)[(*window, slice(0, 1))]
    if not np.isfinite(best).any():
        return np.full(best.shape[:2], np.float32(np.nan))
    return ss_sinr(best, study.total(layer.number)[window], layer.noise, float(study.parameters["load"]))


def facade_level(
    study: Study, layer: StudyLayer, window: Window, level: Callable[[Window], Floats | None] | None = None
) -> Floats:
    """Level outdoors, dBm, -inf where there is none; under a building that before its nearest facade.

    That is the strongest on the street next to it, up to 30 m away; farther inside the map's own level stays. ``level``
    gives the level outdoors of a window, that of the best server where it is None.
    """
    rows, columns = window
    if (rows.step or 1) > 1 or (columns.step or 1) > 1:
        return _facade_sampled(study, layer, window)
    wider = widened(study, window)
    built = study.built[wider]
    inner = tuple(
        slice(one.start - out.start, one.stop - out.start) for one, out in zip(window, wider, strict=True)
    )  # fmt: skip
    outdoors = best_level(study, layer, wider) if level is None else level(wider)
    if outdoors is None or not np.isfinite(outdoors).any():
        return np.full(built[inner].shape, _nothing)
    return facade_levels(outdoors, np.asarray(built), _rings(study))[inner]


def widened(study: Study, window: Window) -> Window:
    """Return a window with as many map cells more to each side as facades within it may take their level from."""
    rings, (rows, columns) = _rings(study), window
    return (
        slice(max(rows.start - rings, 0), min(rows.stop + rings, study.grid.rows)),
        slice(max(columns.start - rings, 0), min(columns.stop + rings, study.grid.columns)),
    )


def _rings(study: Study) -> int:
    """Return how many map cells a building's inside may lie from the street to take its level."""
    return max(round(_deepest / study.grid.resolution), 1)


def _facade_sampled(study: Study, layer: StudyLayer, window: Window) -> Floats:
    """Level before facades at every nth map cell alone, from the nearest ring of each one's own neighbours."""
    grid = study.grid
    rows, columns = (np.arange(size)[part] for size, part in zip(grid.shape, window, strict=True))
    outdoors, built = best_level(study, layer, window), study.built[window]
    if not np.isfinite(outdoors).any():
        return outdoors
    at = np.nonzero(built)
    street = np.full(at[0].size, _nothing)
    for ring in range(1, _rings(study) + 1):
        nearest = np.full(street.size, _nothing)
        span = range(-ring, ring + 1)
        for down, across in ((one, other) for one in span for other in span if max(abs(one), abs(other)) == ring):
            row = np.clip(rows[at[0]] + down, 0, grid.rows - 1)
            column = np.clip(columns[at[1]] + across, 0, grid.columns - 1)
            near = np.where(study.built[row, column], _nothing, study.levels(layer.number)[row, column, 0])
            nearest = np.maximum(nearest, near)
        street = np.where(np.isfinite(street), street, nearest)
    found = outdoors.copy()
    found[at] = np.where(np.isfinite(street), street, outdoors[at])
    return found


def indoor_level(study: Study, layer: StudyLayer, window: Window, facade: Floats | None = None) -> Floats:
    """Level inside buildings from outside, dBm: that before the facade less the entry loss; -inf outside buildings."""
    before = facade_level(study, layer, window) if facade is None else facade
    return np.where(study.built[window], before - np.float32(layer.entry_loss), _nothing)


def add_indoor_systems(study: Study, layer: StudyLayer, window: Window, levels: Floats, operator_id: int = 0) -> None:
    """Raise ``levels`` of a window where an indoor system of a layer is stronger; one operator's alone where given."""
    rows, columns = window
    at, level, cell = study.indoors(layer.number)
    near = slice(*np.searchsorted(at, [rows.start * study.grid.columns, rows.stop * study.grid.columns]))
    at, level, cell = at[near], level[near], cell[near]
    if operator_id and layer.operator_id != operator_id:
        mine = study.serving(operator_id)[cell]
        at, level = at[mine], level[mine]
    row, column = np.divmod(at, study.grid.columns)
    down, across = rows.step or 1, columns.step or 1
    here = (row >= rows.start) & (row < rows.stop) & (column >= columns.start) & (column < columns.stop)
    here &= ((row - rows.start) % down == 0) & ((column - columns.start) % across == 0)
    places = (row[here] - rows.start) // down, (column[here] - columns.start) // across
    np.maximum.at(levels, places, level[here])


def _rsrp(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    best = best_level(study, layers[0], window)
    for layer in layers[1:]:
        best = np.maximum(best, best_level(study, layer, window))
    return np.where(np.isfinite(best), best, np.float32(np.nan))


def _sinr(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    return _greatest([sinr(study, layer, window) for layer in layers])


def _throughput(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    return _greatest([lone_throughput(layer, sinr(study, layer, window)) for layer in layers])


def _greatest(parts: Sequence[Floats]) -> Floats:
    best = parts[0]
    for part in parts[1:]:
        best = np.fmax(best, part)
    return np.asarray(best, dtype=np.float32)


def _server(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    best = best_level(study, layers[0], window)
    server = np.asarray(study.servers(layers[0].number)[(*window, 0)])
    for layer in layers[1:]:
        level = best_level(study, layer, window)
        server = np.where(level > best, study.servers(layer.number)[(*window, 0)], server)
        best = np.maximum(best, level)
    return server.astype(np.float32)


def _overlap(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    floor = float(study.parameters["outdoor_threshold"])
    counts = [overlap(study.levels(layer.number)[window], floor=floor).astype(np.float32) for layer in layers]
    return _greatest([np.where(count > 0, count, np.float32(np.nan)) for count in counts])


def _indoor(study: Study, layers: Sequence[StudyLayer], window: Window) -> Floats:
    best = np.full(study.built[window].shape, _nothing)
    for layer in layers:
        best = np.maximum(best, indoor_level(study, layer, window))
        add_indoor_systems(study, layer, window, best)
    return np.where(study.built[window] & np.isfinite(best), best, np.float32(np.nan))


def _hole(study: Study, level: Floats, window: Window) -> Floats:
    below = ~(level >= float(study.parameters["outdoor_threshold"]))
    outdoors = (study.areas[window] > 0) & ~study.built[window]
    return np.where(outdoors, below.astype(np.float32), np.float32(np.nan))


_metrics: dict[str, Callable[[Study, Sequence[StudyLayer], Window], Floats]] = {
    "sinr": _sinr,
    "throughput": _throughput,
    "server": _server,
    "overlap": _overlap,
    "indoor": _indoor,
}
metric_keys = ("rsrp", *_metrics, "hole")
"""Every key that ``metric`` takes."""
