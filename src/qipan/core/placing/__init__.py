"""Build plans: candidates of the register, demand, costs and conditions; solved, kept, compared, entered."""

from __future__ import annotations

from qipan.core.placing.adjusting import most_changes, usual_changes
from qipan.core.placing.approvals import decide, list_approvals
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.comparing import compare_plans
from qipan.core.placing.demand import Demand, demand_rows, resource_demand
from qipan.core.placing.entering import enter_plan, entered_ids
from qipan.core.placing.errors import (
    CandidateProblem,
    ConditionsClash,
    DemandProblem,
    NothingToPlace,
    PlanMissing,
)
from qipan.core.placing.files import read_candidates, read_lines, read_plan, read_sites, read_table, write_table
from qipan.core.placing.hosts import points_along, resource_rows
from qipan.core.placing.memory import Loaded, open_plan
from qipan.core.placing.offered import drop_candidates, take_candidates
from qipan.core.placing.offered_workbook import write_candidate_workbook, write_problem_workbook
from qipan.core.placing.parameters import BuildParameters
from qipan.core.placing.rates import list_rates, rate_values, read_rates, set_rate, write_rates
from qipan.core.placing.resolving import PinChange, change_pin
from qipan.core.placing.run import run_placing
from qipan.core.placing.serving import ByDistance, host_pairs, settled, with_standing, within_area
from qipan.core.placing.showing import candidates_map, demand_map, list_sites, sites_map, sites_named
from qipan.core.placing.task import Method, Served, Task, placement_named
from qipan.core.placing.working_days import (
    SpecialDay,
    read_special_days,
    reset_special_days,
    special_days,
    write_special_days,
)

__all__ = [
    "BuildParameters",
    "ByDistance",
    "CandidateProblem",
    "Candidates",
    "ConditionsClash",
    "Demand",
    "DemandProblem",
    "Loaded",
    "Method",
    "NothingToPlace",
    "PinChange",
    "PlanMissing",
    "Served",
    "SpecialDay",
    "Task",
    "candidates_map",
    "change_pin",
    "compare_plans",
    "decide",
    "demand_map",
    "demand_rows",
    "drop_candidates",
    "enter_plan",
    "entered_ids",
    "host_pairs",
    "list_approvals",
    "list_rates",
    "list_sites",
    "most_changes",
    "open_plan",
    "placement_named",
    "points_along",
    "rate_values",
    "read_candidates",
    "read_lines",
    "read_plan",
    "read_rates",
    "read_sites",
    "read_special_days",
    "read_table",
    "reset_special_days",
    "resource_demand",
    "resource_rows",
    "run_placing",
    "set_rate",
    "settled",
    "sites_map",
    "sites_named",
    "special_days",
    "take_candidates",
    "usual_changes",
    "with_standing",
    "within_area",
    "write_candidate_workbook",
    "write_problem_workbook",
    "write_rates",
    "write_special_days",
    "write_table",
]
