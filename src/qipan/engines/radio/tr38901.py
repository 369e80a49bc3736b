"""Statistical path loss of 3GPP TR 38.901: UMa, UMi, RMa, InH and InF, 0.5 to 100 GHz (Tables 7.4.1-1 and 7.4.2-1).

Distances in m, frequency in GHz, heights in m above ground, losses in dB; arrays broadcast against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .errors import require_range

Floats = NDArray[np.float64]
Scenario = Literal["UMa", "UMi", "RMa", "InH-mixed", "InH-open", "InF-SL", "InF-DL", "InF-SH", "InF-DH"]
_MODEL = "TR 38.901"
# The report computes break points with this rounded speed of light.
_C_GHZ = 0.3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a scenario needs besides the two antennas.

    ``environment_height`` h_E of UMa and UMi (1 m, or a draw of Table 7.4.1-1 note 1); ``building_height`` h and
    ``street_width`` W of RMa; ``clutter_size``, ``clutter_density`` and ``clutter_height`` of InF (Table 7.2-4).
    """

    environment_height: float = 1.0
    building_height: float = 5.0
    street_width: float = 20.0
    clutter_size: float = 10.0
    clutter_density: float = 0.2
    clutter_height: float = 2.0


@dataclass(frozen=True, slots=True)
class _Link:
    d2d: Floats
    d3d: Floats
    f: Floats
    h_bs: Floats
    h_ut: Floats
    around: Surroundings

    @property
    def lg_f(self) -> Floats:
        return np.asarray(np.log10(self.f))

    @property
    def lg_d(self) -> Floats:
        return np.asarray(np.log10(self.d3d))


def _before(d: Floats, point: Floats) -> NDArray[np.bool_]:
    # The formulas step by up to 1e-4 dB at the break point; a distance written to the micrometre still lies at it.
    return np.asarray(d <= point * (1.0 + 1e-9))


def _urban_los(link: _Link, near: tuple[float, float], far: tuple[float, float], fall: float) -> Floats:
    # PL1 up to the break point d'BP (note 1 of the table), PL2 beyond
    raised = link.around.environment_height
    point = 4.0 * (link.h_bs - raised) * (link.h_ut - raised) * link.f / _C_GHZ
    one = near[0] + near[1] * link.lg_d + 20.0 * link.lg_f
    drop = fall * np.log10(point**2 + (link.h_bs - link.h_ut) ** 2)
    two = far[0] + far[1] * link.lg_d + 20.0 * link.lg_f - drop
    return np.where(_before(link.d2d, point), one, two)


def _uma_los(link: _Link) -> Floats:
    return _urban_los(link, (28.0, 22.0), (28.0, 40.0), 9.0)


def _uma_nlos(link: _Link) -> Floats:
    below = 13.54 + 39.08 * link.lg_d + 20.0 * link.lg_f - 0.6 * (link.h_ut - 1.5)
    return np.maximum(_uma_los(link), below)


def _umi_los(link: _Link) -> Floats:
    return _urban_los(link, (32.4, 21.0), (32.4, 40.0), 9.5)


def _umi_nlos(link: _Link) -> Floats:
    below = 22.4 + 35.3 * link.lg_d + 21.3 * link.lg_f - 0.3 * (link.h_ut - 1.5)
    return np.maximum(_umi_los(link), below)


@njit(cache=True, error_model="numpy", nogil=True)
def umi_loss(distance: float, f: float, h_bs: float, h_ut: float, los: bool) -> float:
    """Median UMi loss of one path with h_E = 1 m, compiled for maps; the arguments of :func:`path_loss`, unchecked."""
    square = distance**2 + (h_bs - h_ut) ** 2
    lg_d, lg_f = 0.5 * math.log10(square), math.log10(f)
    point = 4.0 * (h_bs - 1.0) * (h_ut - 1.0) * f / _C_GHZ
    loss = 32.4 + 21.0 * lg_d + 20.0 * lg_f
    if distance > point:
        loss = 32.4 + 40.0 * lg_d + 20.0 * lg_f - 9.5 * math.log10(point**2 + (h_bs - h_ut) ** 2)
    return loss if los else max(loss, 22.4 + 35.3 * lg_d + 21.3 * lg_f - 0.3 * (h_ut - 1.5))


def _rma_near(link: _Link, d3d: Floats) -> Floats:
    h = link.around.building_height
    loss = 20.0 * np.log10(40.0 * math.pi * d3d * link.f / 3.0) + min(0.03 * h**1.72, 10.0) * np.log10(d3d)
    return np.asarray(loss - min(0.044 * h**1.72, 14.77) + 0.002 * math.log10(h) * d3d)


def _rma_los(link: _Link) -> Floats:
    point = 2.0 * math.pi * link.h_bs * link.h_ut * link.f / _C_GHZ
    beyond = _rma_near(link, point) + 40.0 * np.log10(link.d3d / point)
    return np.where(_before(link.d2d, point), _rma_near(link, link.d3d), beyond)


def _rma_nlos(link: _Link) -> Floats:
    h, w, lg_bs = link.around.building_height, link.around.street_width, np.log10(link.h_bs)
    loss = 161.04 - 7.1 * math.log10(w) + 7.5 * math.log10(h) - (24.37 - 3.7 * (h / link.h_bs) ** 2) * lg_bs
    loss = loss + (43.42 - 3.1 * lg_bs) * (link.lg_d - 3.0) + 20.0 * link.lg_f
    return np.maximum(_rma_los(link), loss - (3.2 * np.log10(11.75 * link.h_ut) ** 2 - 4.97))


def _inh_los(link: _Link) -> Floats:
    return 32.4 + 17.3 * link.lg_d + 20.0 * link.lg_f


def _inh_nlos(link: _Link) -> Floats:
    return np.maximum(_inh_los(link), 17.3 + 38.3 * link.lg_d + 24.9 * link.lg_f)


def _inf_los(link: _Link) -> Floats:
    return 31.84 + 21.5 * link.lg_d + 19.0 * link.lg_f


def _inf_nlos(constant: float, slope: float) -> Callable[[_Link], Floats]:
    def loss(link: _Link) -> Floats:
        return np.maximum(_inf_los(link), constant + slope * link.lg_d + 20.0 * link.lg_f)

    return loss


def _inf_dl(link: _Link) -> Floats:
    return np.maximum(_inf_nlos(33.0, 25.5)(link), 18.6 + 35.7 * link.lg_d + 20.0 * link.lg_f)


def _optional(slope: float) -> Callable[[_Link], Floats]:
    return lambda link: 32.4 + 20.0 * link.lg_f + slope * link.lg_d


@dataclass(frozen=True, slots=True)
class _Model:
    los: Callable[[_Link], Floats]
    nlos: Callable[[_Link], Floats]
    optional: Callable[[_Link], Floats] | None
    deviations: tuple[float, float, float]
    correlations: tuple[float, float]
    distance: tuple[float, float]
    f: tuple[float, float]
    h_ut: tuple[float, float]


_INH = _Model(_inh_los, _inh_nlos, _optional(31.9), (3.0, 8.03, 8.29), (10.0, 6.0), (0.0, 150.0), (0.5, 100), (0.5, 10))


def _inf(nlos: Callable[[_Link], Floats], deviation: float) -> _Model:
    return _Model(_inf_los, nlos, None, (4.3, deviation, deviation), (10.0, 10.0), (0.0, 600.0), (0.5, 100), (0.5, 25))


_URBAN = ((0.5, 100.0), (1.5, 22.5))
_MODELS: dict[str, _Model] = {
    "UMa": _Model(_uma_los, _uma_nlos, _optional(30.0), (4.0, 6.0, 7.8), (37.0, 50.0), (10.0, 5000.0), *_URBAN),
    "UMi": _Model(_umi_los, _umi_nlos, _optional(31.9), (4.0, 7.82, 8.2), (10.0, 13.0), (10.0, 5000.0), *_URBAN),
    "RMa": _Model(_rma_los, _rma_nlos, None, (4.0, 8.0, 8.0), (37.0, 120.0), (10.0, 10000.0), (0.5, 30.0), (1.0, 10.0)),
    "InH-mixed": _INH,
    "InH-open": _INH,
    "InF-SL": _inf(_inf_nlos(33.0, 25.5), 5.7),
    "InF-DL": _inf(_inf_dl, 7.2),
    "InF-SH": _inf(_inf_nlos(32.4, 23.0), 5.9),
    "InF-DH": _inf(_inf_nlos(33.63, 21.9), 4.0),
}


def _model(scenario: Scenario) -> _Model:
    if scenario not in _MODELS:
        message = f"{_MODEL}: scenario {scenario!r} is unknown, it must be one of {', '.join(_MODELS)}"
        raise ValueError(message)
    return _MODELS[scenario]


def _link(
    scenario: Scenario, distance: ArrayLike, f: ArrayLike, h_bs: ArrayLike, h_ut: ArrayLike, around: Surroundings
) -> _Link:
    model = _model(scenario)
    name = f"{_MODEL} {scenario}"
    require_range(name, "distance", distance, *model.distance, "m")
    require_range(name, "frequency", f, *model.f, "GHz")
    require_range(name, "terminal height", h_ut, *model.h_ut, "m")
    require_range(name, "base station height", h_bs, 0.5, 150.0, "m")
    d2d, fc, bs, ut = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (distance, f, h_bs, h_ut)))
    return _Link(d2d, np.hypot(d2d, bs - ut), fc, bs, ut, around)


def path_loss(
    scenario: Scenario,
    distance: ArrayLike,
    f: ArrayLike,
    h_bs: ArrayLike,
    h_ut: ArrayLike,
    los: ArrayLike,
    *,
    around: Surroundings | None = None,
    optional: bool = False,
) -> Floats:
    """Median path loss (Table 7.4.1-1) over the ground ``distance`` d2D where ``los`` says which branch holds.

    ``optional`` takes the report's optional NLOS formula where it has one. OutOfRange outside the scenario's distance,
    frequency or terminal height.
    """
    model = _model(scenario)
    link = _link(scenario, distance, f, h_bs, h_ut, around or Surroundings())
    blocked = model.optional if optional and model.optional else model.nlos
    return np.where(np.asarray(los, dtype=bool), model.los(link), blocked(link))


def shadow_deviation(scenario: Scenario, los: ArrayLike, *, optional: bool = False) -> Floats:
    """Standard deviation of shadow fading in dB (Table 7.4.1-1); RMa within its break point."""
    clear, blocked, alternative = _model(scenario).deviations
    return np.where(np.asarray(los, dtype=bool), clear, alternative if optional else blocked)


def correlation_distance(scenario: Scenario, los: bool) -> float:
    """Distance in m over which shadow fading falls to 1/e (Table 7.5-6)."""
    return _model(scenario).correlations[0 if los else 1]


def _los_uma(d: Floats, h_ut: Floats) -> Floats:
    lift = np.where(h_ut <= 13.0, 0.0, (np.maximum(h_ut - 13.0, 0.0) / 10.0) ** 1.5)
    base = 18.0 / d + np.exp(-d / 63.0) * (1.0 - 18.0 / d)
    return np.asarray(base * (1.0 + lift * 1.25 * (d / 100.0) ** 3 * np.exp(-d / 150.0)))


def _los_umi(d: Floats) -> Floats:
    return np.asarray(18.0 / d + np.exp(-d / 36.0) * (1.0 - 18.0 / d))


def _los_inf(scenario: str, d: Floats, h_bs: Floats, h_ut: Floats, around: Surroundings) -> Floats:
    reach = -around.clutter_size / math.log(1.0 - around.clutter_density)
    if scenario.endswith("H"):
        return np.asarray(np.exp(-d / (reach * (h_bs - h_ut) / (around.clutter_height - h_ut))))
    return np.asarray(np.exp(-d / reach))


def _los_inh_mixed(d: Floats) -> Floats:
    far = 0.32 * np.exp(-(d - 6.5) / 32.6)
    return np.where(d <= 1.2, 1.0, np.where(d < 6.5, np.exp(-(d - 1.2) / 4.7), far))


def _los_inh_open(d: Floats) -> Floats:
    far = 0.54 * np.exp(-(d - 49.0) / 211.7)
    return np.where(d <= 5.0, 1.0, np.where(d <= 49.0, np.exp(-(d - 5.0) / 70.8), far))


def los_probability(
    scenario: Scenario,
    distance: ArrayLike,
    h_ut: ArrayLike = 1.5,
    h_bs: ArrayLike = 25.0,
    around: Surroundings | None = None,
) -> Floats:
    """Probability of line of sight over the ground ``distance`` in m (Table 7.4.2-1).

    ``h_bs`` and ``around`` matter for InF alone. Where there is a surface model, decide line of sight by it instead.
    """
    _model(scenario)
    require_range(_MODEL, "distance", distance, 0.0, 1e6, "m")
    d = np.maximum(np.asarray(distance, dtype=np.float64), 1e-9)
    ut, bs = np.asarray(h_ut, dtype=np.float64), np.asarray(h_bs, dtype=np.float64)
    if scenario == "RMa":
        return np.where(d <= 10.0, 1.0, np.exp(-(d - 10.0) / 1000.0))
    if scenario in ("UMa", "UMi"):
        probability = _los_uma(d, ut) if scenario == "UMa" else _los_umi(d)
        return np.where(d <= 18.0, 1.0, np.minimum(probability, 1.0))
    if scenario == "InH-mixed":
        return _los_inh_mixed(d)
    if scenario == "InH-open":
        return _los_inh_open(d)
    return _los_inf(scenario, d, bs, ut, around or Surroundings())
