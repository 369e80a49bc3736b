"""Loss on the way into a building: 3GPP TR 38.901 §7.4.3 and ITU-R P.2109-2."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import require_range
from .normal import inverse_normal

Floats = NDArray[np.float64]
Material = Literal["glass", "irr-glass", "concrete", "wood"]
Facade = Literal["low", "high"]
BuildingKind = Literal["traditional", "thermally-efficient"]

_MATERIALS = {"glass": (2.0, 0.2), "irr-glass": (23.0, 0.3), "concrete": (5.0, 4.0), "wood": (4.85, 0.12)}
_FACADES: dict[Facade, tuple[tuple[float, Material], tuple[float, Material]]] = {
    "low": ((0.3, "glass"), (0.7, "concrete")),
    "high": ((0.7, "irr-glass"), (0.3, "concrete")),
}
#: Deviation in dB of the outdoor-to-indoor loss by facade (TR 38.901 Table 7.4.3-2).
FACADE_DEVIATION: dict[Facade, float] = {"low": 4.4, "high": 6.5}


def material_loss(material: Material, f: ArrayLike) -> Floats:
    """Penetration loss in dB of one material at ``f`` GHz (TR 38.901 Table 7.4.3-1)."""
    require_range("TR 38.901", "frequency", f, 0.5, 100.0, "GHz")
    constant, slope = _MATERIALS[material]
    return np.asarray(constant + slope * np.asarray(f, dtype=np.float64))


def facade_loss(facade: Facade, f: ArrayLike) -> Floats:
    """Loss in dB through a facade of two materials (TR 38.901 equation (7.4-3), Table 7.4.3-2)."""
    through = sum(share * 10.0 ** (-material_loss(material, f) / 10.0) for share, material in _FACADES[facade])
    return np.asarray(5.0 - 10.0 * np.log10(through))


def outdoor_to_indoor_loss(facade: Facade, f: ArrayLike, depth: ArrayLike) -> Floats:
    """Facade loss and 0.5 dB for each m of ``depth`` inside (TR 38.901 equation (7.4-2)) without its random part."""
    require_range("TR 38.901", "indoor depth", depth, 0.0, 1000.0, "m")
    return facade_loss(facade, f) + 0.5 * np.asarray(depth, dtype=np.float64)


# r, s, t, u, v, w, x, y, z of P.2109 Table 1
_ENTRY: dict[BuildingKind, tuple[float, ...]] = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally-efficient": (28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}


def building_entry_loss(kind: BuildingKind, f: ArrayLike, probability: ArrayLike, elevation: ArrayLike = 0.0) -> Floats:
    """Building entry loss in dB not exceeded with ``probability`` per cent (ITU-R P.2109-2 §3, equations (1) to (9)).

    ``f`` 0.08 to 100 GHz; ``elevation`` of the path at the facade, -90 to 90 degrees. OutOfRange beyond these.
    """
    require_range("P.2109", "frequency", f, 0.08, 100.0, "GHz")
    require_range("P.2109", "probability", probability, 1e-9, 100.0 - 1e-9, "%")
    require_range("P.2109", "elevation", elevation, -90.0, 90.0, "degrees")
    r, s, t, u, v, w, x, y, z = _ENTRY[kind]
    lg = np.log10(np.asarray(f, dtype=np.float64))
    quantile = inverse_normal(np.asarray(probability, dtype=np.float64) / 100.0)
    median = r + s * lg + t * lg**2 + 0.212 * np.abs(np.asarray(elevation, dtype=np.float64))
    a = quantile * (u + v * lg) + median
    b = quantile * (y + z * lg) + w + x * lg
    return np.asarray(10.0 * np.log10(10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0**-0.3))
