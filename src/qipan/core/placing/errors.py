"""What a person can put right about a build plan.

QipanError
├── NothingToPlace       no candidate, no demand, no operator or no target to build for; the text names what is missing
├── CandidateProblem     candidates without cost or place; ``problems`` lists the rows
├── DemandProblem        demand without location; ``problems`` lists the rows
├── ConditionsClash      no plan meets all conditions; ``problems`` lists the smallest set that clashes
└── PlanMissing          a scenario has no build plan yet, or its files are gone
"""

from __future__ import annotations

from collections.abc import Sequence

from qipan.core.errors import FieldProblem
from qipan.errors import QipanError


class NothingToPlace(QipanError):
    """There is nothing to choose from or nothing to choose for."""


class PlanMissing(QipanError):
    """There is no build plan to open."""


class RowsProblem(QipanError):
    """Rows that will not do; ``problems`` lists them."""

    def __init__(self, message: str, problems: Sequence[FieldProblem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class CandidateProblem(RowsProblem):
    """Candidates whose cost or place cannot be told."""


class DemandProblem(RowsProblem):
    """Demand whose place cannot be told."""


class ConditionsClash(RowsProblem):
    """No plan meets all conditions together."""
