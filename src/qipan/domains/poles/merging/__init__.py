"""Merging the poles of streets (合杆整治): which stay, what moves where, at what cost."""

from __future__ import annotations

from qipan.domains.poles.merging.entering import enter_merging, withdraw_merging
from qipan.domains.poles.merging.errors import MergingMissing, NothingToMerge
from qipan.domains.poles.merging.exports import export_plan, formats
from qipan.domains.poles.merging.parameters import MergingParameters, Rule, device_rules
from qipan.domains.poles.merging.run import run_merging
from qipan.domains.poles.merging.store import read_plan, read_street
from qipan.domains.poles.merging.telling import state_names

__all__ = [
    "MergingMissing",
    "MergingParameters",
    "NothingToMerge",
    "Rule",
    "device_rules",
    "enter_merging",
    "export_plan",
    "formats",
    "read_plan",
    "read_street",
    "run_merging",
    "state_names",
    "withdraw_merging",
]
