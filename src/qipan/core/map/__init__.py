"""The city's map: every resource in memory by place, kept as new as the register, drawn as tiles for whoever asks."""

from __future__ import annotations

from qipan.core.map.city import CityMap, MapFilter

__all__ = ["CityMap", "MapFilter"]
