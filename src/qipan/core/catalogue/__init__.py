"""The catalogue: the vocabulary of the register as data, read from ``catalogue/*.toml`` of the core and every domain.

Kinds of resource, their attributes, states, links and indicators stand there in Chinese and English. Database columns,
import templates, API schema, forms, legends, documentation and validation are made from it; nothing repeats it.
"""

from __future__ import annotations

from qipan.core.catalogue.load import Catalogue, load_catalogue, read_catalogue
from qipan.core.catalogue.model import (
    Attribute,
    Choice,
    FieldType,
    Geometry,
    Indicator,
    Kind,
    LinkKind,
    Metric,
    MetricClass,
    Status,
    Text,
    Value,
)
from qipan.core.catalogue.placements import (
    ApprovalStep,
    CostLine,
    DemandLayer,
    Goal,
    Holiday,
    Placement,
    Rate,
    Source,
)

__all__ = [
    "ApprovalStep",
    "Attribute",
    "Catalogue",
    "Choice",
    "CostLine",
    "DemandLayer",
    "FieldType",
    "Geometry",
    "Goal",
    "Holiday",
    "Indicator",
    "Kind",
    "LinkKind",
    "Metric",
    "MetricClass",
    "Placement",
    "Rate",
    "Source",
    "Status",
    "Text",
    "Value",
    "load_catalogue",
    "read_catalogue",
]
