"""The demonstration: a sample plan for a generated city, and its whole run from the document to the measured gap."""

from __future__ import annotations

from qipan.core.demo.sample import sample_plan

__all__ = ["sample_plan"]
