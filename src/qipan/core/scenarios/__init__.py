"""Scenarios: computations that are kept with their parameters and result, compared, and built upon."""

from __future__ import annotations

from qipan.core.scenarios.computing import Computation, computing
from qipan.core.scenarios.files import replace_folder, scenario_folder
from qipan.core.scenarios.holding import hold_scenario, remove_scenario, settle_scenarios
from qipan.core.scenarios.parameters import check_parameters
from qipan.core.scenarios.store import (
    Scenario,
    copy_scenario,
    create_scenario,
    delete_scenario,
    finish_scenario,
    list_scenarios,
    read_scenario,
    update_scenario,
)

__all__ = [
    "Computation",
    "Scenario",
    "check_parameters",
    "computing",
    "copy_scenario",
    "create_scenario",
    "delete_scenario",
    "finish_scenario",
    "hold_scenario",
    "list_scenarios",
    "read_scenario",
    "remove_scenario",
    "replace_folder",
    "scenario_folder",
    "settle_scenarios",
    "update_scenario",
]
