"""A street's poles, what hangs on them, and within which limits it may move: the problem as stated."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.errors import ConditionError

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Poles:
    """The n poles that stand along a street; each array has shape [n] unless said otherwise."""

    position: Floats
    """Metres along the street."""
    height: Floats
    """Top above ground in metres."""
    capacity: Floats
    """What the pole can bear of each of the r limits, shape [n, r]; infinite where nothing is known to limit it."""
    side: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    """Label of the side of the street; left empty, all stand on one."""
    removable: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """False for poles that must stay whatever they carry; left empty, all may go."""
    unwanted: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether it must go; left empty, none must."""
    keep_cost: Floats = field(default_factory=lambda: np.zeros(0))
    """Cost of leaving it as it is; left empty, nothing."""
    remove_cost: Floats = field(default_factory=lambda: np.zeros(0))
    """Cost of taking it down; left empty, nothing."""
    replace_cost: Floats = field(default_factory=lambda: np.zeros(0))
    """Cost of a smart pole in its place, the removal included; infinite or left empty where there can be none."""


@dataclass(frozen=True)
class Devices:
    """The m devices that hang on the poles; each array has shape [m] unless said otherwise."""

    pole: Longs
    """The pole it hangs on now."""
    demand: Floats
    """What it takes of each of the r limits, shape [m, r]."""
    shift: Floats
    """Metres along the street by which it may move."""
    lowest: Floats
    """Least height of a pole that can carry it, m."""
    highest: Floats = field(default_factory=lambda: np.zeros(0))
    """Greatest height of a pole that can carry it, m: for what sits on the top. Left empty, any."""
    same_side: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether it must stay on its side of the street; left empty, none must."""
    move_cost: Floats = field(default_factory=lambda: np.zeros(0))
    """Cost of hanging it on another pole; left empty, nothing."""
    row: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    """Row of lamps it belongs to, -1 for what lights nothing; left empty, no device does."""
    optional: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether it may be taken down for good; left empty, every device must hang somewhere."""
    drop_cost: Floats = field(default_factory=lambda: np.zeros(0))
    """Cost of taking it down for good; left empty, nothing."""


@dataclass(frozen=True)
class SmartPole:
    """The pole that may stand in the place of an old one."""

    height: float
    capacity: Floats
    """What it can bear of each of the r limits, shape [r]."""


@dataclass(frozen=True)
class Street:
    """One street: poles, devices, the smart pole on offer and the conditions under which devices share a pole.

    ``limits`` names the r limits (load, moment, power …) in whatever unit capacities and demands are given.
    ``spacing`` has for each row of lamps the greatest distance in metres between lit poles that follow each other; the
    ends of the row may lie half of it further in or out than now. ``conflicts``, shape [k, 2], are devices that must
    not share a pole; two lamps of one row never do.

    Raises ConditionError for arrays that do not fit together, a device on no pole, or values without meaning.
    """

    poles: Poles
    devices: Devices
    smart: SmartPole
    limits: tuple[str, ...]
    spacing: Floats = field(default_factory=lambda: np.zeros(0))
    conflicts: Longs = field(default_factory=lambda: np.zeros((0, 2), np.int64))

    def __post_init__(self) -> None:
        n, m, r = np.size(self.poles.position), np.size(self.devices.pole), len(self.limits)
        _fill(self.poles, n, r, {"removable": True, "replace_cost": np.inf})
        _fill(self.devices, m, r, {"highest": np.inf, "row": -1})
        object.__setattr__(self.smart, "capacity", np.asarray(self.smart.capacity, np.float64).reshape(r))
        object.__setattr__(self, "spacing", np.asarray(self.spacing, np.float64).ravel())
        object.__setattr__(self, "conflicts", np.asarray(self.conflicts, np.int64).reshape(-1, 2))
        _check(self, n, m)


_whole = ("side", "pole", "row")
_flags = ("removable", "unwanted", "same_side", "optional")
_by_limit = ("capacity", "demand")


def _fill(part: Poles | Devices, count: int, limits: int, defaults: dict[str, float]) -> None:
    """Give every array its type and, where it was left empty, its default."""
    for one in fields(part):
        kind = np.int64 if one.name in _whole else np.bool_ if one.name in _flags else np.float64
        array: npt.NDArray[np.generic] = np.asarray(getattr(part, one.name), kind)
        shape = (count, limits) if one.name in _by_limit else (count,)
        if not array.size and count and one.name not in _by_limit:
            array = np.full(shape, defaults.get(one.name, 0), kind)
        if array.size != np.prod(shape):
            message = f"{one.name} has {array.size} values where {' x '.join(map(str, shape))} are needed"
            raise ConditionError(message)
        object.__setattr__(part, one.name, array.reshape(shape))


def _check(street: Street, n: int, m: int) -> None:
    poles, devices = street.poles, street.devices
    _refuse("pole", ~np.isfinite(poles.position), "position", poles.position, "a finite number")
    _refuse("pole", ~(poles.height > 0), "height", poles.height, "above 0")
    _refuse("device", (devices.pole < 0) | (devices.pole >= n), "pole", devices.pole, f"between 0 and {n - 1}")
    _refuse("device", ~(devices.shift >= 0), "shift", devices.shift, "0 or more")
    _refuse("device", devices.row >= street.spacing.size, "row", devices.row, f"below {street.spacing.size}")
    _refuse("row", ~(street.spacing > 0), "spacing", street.spacing, "above 0")
    for name in ("keep_cost", "remove_cost"):
        _refuse("pole", ~np.isfinite(getattr(poles, name)), name, getattr(poles, name), "a finite number")
    _refuse("pole", np.isnan(poles.replace_cost), "replace_cost", poles.replace_cost, "a number or infinity")
    for name in ("move_cost", "drop_cost"):
        _refuse("device", ~(getattr(devices, name) >= 0), name, getattr(devices, name), "0 or more")
    for limit, name in enumerate(street.limits):
        _refuse("pole", ~(poles.capacity[:, limit] >= 0), name, poles.capacity[:, limit], "0 or more")
        _refuse("device", ~(devices.demand[:, limit] >= 0), name, devices.demand[:, limit], "0 or more")
    both = np.flatnonzero(poles.unwanted & ~poles.removable)
    if both.size:
        message = f"pole {both[0]} must stay and must go; give up one of the two"
        raise ConditionError(message)
    ends = street.conflicts
    if ends.size and (ends.min() < 0 or ends.max() >= m or (ends[:, 0] == ends[:, 1]).any()):
        message = f"conflicts name devices other than 0 to {m - 1}, or a device with itself"
        raise ConditionError(message)


def _refuse(what: str, bad: Flags, name: str, values: npt.NDArray[np.number], allowed: str) -> None:
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        message = f"{what} {first}: {name} is {values[first]}, which must be {allowed}"
        raise ConditionError(message)
