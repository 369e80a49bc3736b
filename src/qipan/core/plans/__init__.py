"""Plans: documents read into clauses, targets and tasks, checked by people, kept through every newer version."""

from __future__ import annotations

from qipan.core.plans.edit import (
    add_target,
    add_task,
    bind_target,
    change_target,
    change_task,
    confirm_bindings,
    delete_plan,
)
from qipan.core.plans.importing import import_plan
from qipan.core.plans.read import (
    list_plans,
    list_targets,
    list_tasks,
    read_plan_record,
    read_target,
    read_task,
    task_units,
)
from qipan.core.plans.store import StoredPlan, store_plan

__all__ = [
    "StoredPlan",
    "add_target",
    "add_task",
    "bind_target",
    "change_target",
    "change_task",
    "confirm_bindings",
    "delete_plan",
    "import_plan",
    "list_plans",
    "list_targets",
    "list_tasks",
    "read_plan_record",
    "read_target",
    "read_task",
    "store_plan",
    "task_units",
]
