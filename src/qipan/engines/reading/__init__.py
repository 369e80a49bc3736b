"""Reading: a plan document becomes headings, targets, tasks and responsible units, each with its place in the text."""

from __future__ import annotations

from qipan.engines.reading.document import Document, Paragraph, document_from_text
from qipan.engines.reading.model import Basis, Coverage, Heading, Kind, Level, Link, Reading, Role, Target, Task
from qipan.engines.reading.reading import read_plan, reading_to_schema
from qipan.engines.reading.revision import Anchor, anchor_at, locate, match_anchors

__all__ = [
    "Anchor",
    "Basis",
    "Coverage",
    "Document",
    "Heading",
    "Kind",
    "Level",
    "Link",
    "Paragraph",
    "Reading",
    "Role",
    "Target",
    "Task",
    "anchor_at",
    "document_from_text",
    "locate",
    "match_anchors",
    "read_plan",
    "reading_to_schema",
]
