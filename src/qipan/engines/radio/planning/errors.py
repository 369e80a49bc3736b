"""What can go wrong in planning a network, beside numbers out of range.

RadioError
├── BadNetwork            arrays of a network that do not fit each other
├── NoIdentity            a cell that no physical cell identity is left for
└── TooFewMeasurements    measurements that carry no correction
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import RadioError


class BadNetwork(RadioError):
    """Arrays that do not fit each other: another length, another shape, a cell number that does not exist."""


class NoIdentity(RadioError):
    """A cell that no physical cell identity is left for, or one fixed at what its group may not use."""


class TooFewMeasurements(RadioError):
    """Measurements too few or too close together to fit a correction and tell its error."""


def require_length(what: str, found: int, cells: int) -> None:
    """Refuse, as BadNetwork, a column of another length than there are cells."""
    if found != cells:
        message = f"{what}: {found} values for {cells} cells; give one for each cell"
        raise BadNetwork(message)


def require_shape(what: str, found: Sequence[int], wanted: Sequence[int]) -> None:
    """Refuse, as BadNetwork, a map of another shape than the others."""
    if tuple(found) != tuple(wanted):
        message = f"{what}: shape {tuple(found)} differs from {tuple(wanted)}; bring all maps to one grid"
        raise BadNetwork(message)
