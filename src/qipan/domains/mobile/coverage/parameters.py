"""What a person sets for a coverage computation, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from qipan.core.scenarios import check_parameters
from qipan.domains.mobile.coverage.assumptions import load_assumptions

_ranges = {
    "resolution": (2.0, 200.0, "米"),
    "radius": (50.0, 20_000.0, "米"),
    "receiver": (1.0, 100.0, "米"),
    "servers": (1, 16, "个"),
    "load": (0.0, 1.0, ""),
    "noise_figure": (0.0, 30.0, "dB"),
    "outdoor_threshold": (-160.0, -40.0, "dBm"),
    "indoor_threshold": (-160.0, -40.0, "dBm"),
    "sinr_threshold": (-30.0, 40.0, "dB"),
    "efficient_share": (0.0, 1.0, ""),
}
_models = ("surface", "p1812")


@dataclass(frozen=True, slots=True)
class CoverageParameters:
    """How a coverage study is computed; the defaults are customary for acceptance, not a standard.

    ``as_of`` the day whose network counts, None for the register's own; ``operator_ids`` and ``bands`` what is
    computed, all where empty; ``resolution`` m a map cell; ``radius`` m about each mast; ``model`` as
    ``engines.radio.Settings``; ``receiver`` m above ground; ``servers`` kept a map cell; ``load`` of every cell, 0 to
    1; ``noise_figure`` of terminals, dB; thresholds of SS-RSRP in dBm and SS-SINR in dB; ``efficient_share`` of
    thermally efficient buildings (P.2109); ``include_planned`` ids of build plans whose sites are added;
    ``calibration`` number of a correction from drive tests that is added to the levels, none where None.
    """

    as_of: date | None = None
    operator_ids: tuple[int, ...] = ()
    bands: tuple[str, ...] = ()
    resolution: float = 10.0
    radius: float = 1000.0
    model: Literal["surface", "p1812"] = "surface"
    receiver: float = 1.5
    servers: int = 6
    load: float = 0.5
    noise_figure: float = 7.0
    outdoor_threshold: float = -105.0
    indoor_threshold: float = -110.0
    sinr_threshold: float = -3.0
    efficient_share: float = 0.3
    include_planned: tuple[int, ...] = ()
    calibration: int | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CoverageParameters:
        """Read what a scenario keeps; InvalidRecord with each field that will not do, its value and its range."""
        check_parameters(values, (one.name for one in fields(cls)), _reason)
        return cls(**{key: _typed(key, value) for key, value in values.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as a scenario keeps them."""
        day = None if self.as_of is None else self.as_of.isoformat()
        lists = {key: list(getattr(self, key)) for key in ("operator_ids", "bands", "include_planned")}
        return asdict(self) | {"as_of": day} | lists


def _reason(key: str, value: object) -> str:
    """Return why a value will not do, empty where it will."""
    if key == "as_of":
        return "" if value is None or isinstance(value, date) or _is_day(value) else "应为日期，如 2025-06-30"
    if key == "model":
        return "" if value in _models else f"应为 {' 或 '.join(_models)}"
    if key == "bands":
        known = [one.key for one in load_assumptions().bands]
        good = _is_list(value, str) and set(value) <= set(known)  # type: ignore[call-overload]
        return "" if good else f"应为频段名称的列表，可用的有 {'、'.join(known)}"
    if key in ("operator_ids", "include_planned"):
        return "" if _is_list(value, int) else "应为编号的列表，如 [1, 2]"
    if key == "calibration":
        good = value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
        return "" if good else "应为路测校正的编号，或留空"
    low, high, unit = _ranges[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key == "servers" and not isinstance(value, int):
        number = False
    return "" if number and low <= value <= high else f"应在 {low:g} 至 {high:g}{unit} 之间"  # type: ignore[operator]


def _is_day(value: object) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_list(value: object, kind: type) -> bool:
    good = isinstance(value, list | tuple)
    return good and all(isinstance(one, kind) and not isinstance(one, bool) for one in value)  # type: ignore[attr-defined]


def _typed(key: str, value: Any) -> Any:  # noqa: ANN401 - by field
    if key == "as_of":
        return date.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(value, list | tuple):
        return tuple(value)
    return value if key in ("model", "servers", "calibration") else float(value)
