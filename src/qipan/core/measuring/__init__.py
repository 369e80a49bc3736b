"""Measuring: indicators on the register, yearly figures and reports; targets bound to them; how each target stands."""

from __future__ import annotations

from qipan.core.measuring.binding import least_confidence, make_proposer, propose_bindings, resolve_scope
from qipan.core.measuring.explaining import describe_statuses
from qipan.core.measuring.figures import Axes
from qipan.core.measuring.form_reading import read_form
from qipan.core.measuring.forms import issue_form
from qipan.core.measuring.indicators import describe_indicator, list_indicator_values
from qipan.core.measuring.measurements import list_measurements, record_measurement
from qipan.core.measuring.measures import Context, Measures, Value, measure, open_context
from qipan.core.measuring.overview import OverviewFilter, overview
from qipan.core.measuring.rules import PlanRules, plan_rules, set_plan_rules
from qipan.core.measuring.snapshot import Snapshot, refresh, snapshot_folder

__all__ = [
    "Axes",
    "Context",
    "Measures",
    "OverviewFilter",
    "PlanRules",
    "Snapshot",
    "Value",
    "describe_indicator",
    "describe_statuses",
    "issue_form",
    "least_confidence",
    "list_indicator_values",
    "list_measurements",
    "make_proposer",
    "measure",
    "open_context",
    "overview",
    "plan_rules",
    "propose_bindings",
    "read_form",
    "record_measurement",
    "refresh",
    "resolve_scope",
    "set_plan_rules",
    "snapshot_folder",
]
