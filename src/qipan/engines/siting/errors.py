"""What a caller of the siting engine can put right.

SitingError
├── ReachError        offsets, ids, weights or positions that do not make candidate → demand pairs
├── ConditionError    a cost, budget, pin, group, area or conflict that names nothing or has no meaning
├── TooLargeError     a problem too large for the exact mode, or for the mode asked
└── Infeasible        no plan meets all conditions; carries the smallest set that clashes
"""

from __future__ import annotations

from qipan.errors import QipanError


class SitingError(QipanError):
    """Any error of the siting engine."""


class ReachError(SitingError):
    """Offsets, ids, weights or positions do not make candidate → demand pairs."""


class ConditionError(SitingError):
    """A cost, budget, pin, group, area or conflict names nothing that exists or has no meaning."""


class TooLargeError(SitingError):
    """The problem is too large for the mode asked."""


class Infeasible(SitingError):
    """No plan meets all conditions together.

    ``clash`` names a set of conditions that cannot hold together; ``smallest`` says whether it was proved to be one
    of the fewest possible (problems too large for the exact search only get the quick checks).
    """

    def __init__(self, clash: tuple[str, ...], smallest: bool) -> None:
        self.clash = clash
        self.smallest = smallest
        listed = "; ".join(clash) if clash else "the conditions together"
        super().__init__(f"no plan meets these conditions together: {listed}; give up or relax one of them")
