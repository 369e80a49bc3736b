"""The demonstration: a sample plan for a generated city, and its whole run from the document to the measured gap."""

from __future__ import annotations

from qipan.core.demo.assemble import Demo, Document, assemble, sample_name, sure_enough
from qipan.core.demo.errors import DemoElsewhere, DemoNotWritten
from qipan.core.demo.sample import sample_plan

__all__ = [
    "Demo",
    "DemoElsewhere",
    "DemoNotWritten",
    "Document",
    "assemble",
    "sample_name",
    "sample_plan",
    "sure_enough",
]
