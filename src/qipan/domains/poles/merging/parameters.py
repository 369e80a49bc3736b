"""What a person sets for a merging plan, checked field by field, and the rules for each class of device."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.scenarios import check_parameters

_ranges = {
    "lamp_spacing": (10.0, 200.0, "米"),
    "smart_height": (4.0, 40.0, "米"),
    "smart_load": (10.0, 5_000.0, "千克"),
    "smart_power": (0.1, 100.0, "千瓦"),
    "seconds": (1.0, 300.0, "秒"),
}
_most_shift = 200.0


@dataclass(frozen=True, slots=True)
class Rule:
    """How far a class of device may move, and what is assumed where the register is silent."""

    shift: float
    """Metres along the street."""
    same_side: bool
    height: float
    """Mounting height, m."""
    mass: float
    """kg"""
    power: float
    """W"""
    apart: tuple[str, ...]
    """Classes it must not share a pole with."""


@cache
def device_rules() -> Mapping[str, Rule]:
    """Return the rule of each class of device, as the package ships them."""
    text = (files("qipan.domains.poles.merging") / "rules.toml").read_text(encoding="utf-8")
    return {key: Rule(**(row | {"apart": tuple(row["apart"])})) for key, row in tomllib.loads(text).items()}


@dataclass(frozen=True, slots=True)
class MergingParameters:
    """How the poles of streets are merged.

    ``lamp_spacing`` m between lit poles; ``shift`` m by class of device in place of the rules'; ``smart_height`` m,
    ``smart_load`` kg and ``smart_power`` kW of the smart pole on offer; ``drop_lamps`` whether lamps may go where the
    spacing allows it; ``stay`` and ``go`` codes of poles; ``seconds`` for the proof of one window.
    """

    lamp_spacing: float = 45.0
    shift: Mapping[str, float] = field(default_factory=dict)
    smart_height: float = 12.0
    smart_load: float = 400.0
    smart_power: float = 5.0
    drop_lamps: bool = False
    stay: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    seconds: float = 20.0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> MergingParameters:
        """Read what a scenario keeps; InvalidRecord with each field that will not do, its value and its range."""
        check_parameters(values, (one.name for one in fields(cls)), _reason)
        if both := sorted(set(_codes(values.get("stay"))) & set(_codes(values.get("go")))):
            raise InvalidRecord([FieldProblem(None, "go", code, "同时列为须保留和须拆除：请去掉其一") for code in both])
        read: dict[str, Any] = {key: tuple(value) if key in ("stay", "go") else value for key, value in values.items()}
        return cls(**read)

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as a scenario keeps them."""
        lists = {"stay": list(self.stay), "go": list(self.go), "shift": dict(self.shift)}
        return asdict(self) | lists

    def shift_of(self, device: str) -> float:
        """Return by how many metres a class of device may move."""
        return float(self.shift.get(device, device_rules()[device].shift))


def _codes(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _reason(key: str, value: object) -> str:
    """Return why a value will not do, empty where it will."""
    if key == "drop_lamps":
        return "" if isinstance(value, bool) else "应为 true 或 false"
    if key in ("stay", "go"):
        good = isinstance(value, list | tuple) and len(_codes(value)) == len(value)
        return "" if good else "应为杆件编码的列表"
    if key == "shift":
        good = isinstance(value, Mapping) and all(
            one in device_rules() and _within(metres, 0.0, _most_shift) for one, metres in value.items()
        )
        return "" if good else f"应为设备类型（{'、'.join(device_rules())}）到 0 至 {_most_shift:g} 米的对应表"
    low, high, unit = _ranges[key]
    return "" if _within(value, low, high) else f"应在 {low:g} 至 {high:g} {unit}之间"


def _within(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
