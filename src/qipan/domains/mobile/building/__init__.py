"""Build plans of 5G: candidates weighed by the radio engine, power, rewards, and the recompute that proves the plan."""

from __future__ import annotations

from qipan.domains.mobile.building.reach import ByRadio
from qipan.domains.mobile.building.run import change_build, enter_build, first_plan, method_of, run_build

__all__ = ["ByRadio", "change_build", "enter_build", "first_plan", "method_of", "run_build"]
