"""Exchange: files of resources, areas and units into the register and out of it.

An import has three stages: ``read_table`` (what the file says), ``check`` (what it would do and all that is wrong with
it; writes nothing) and ``apply`` (one transaction, all or nothing). An export read back changes nothing.
"""

from __future__ import annotations

from qipan.core.exchange.applying import ImportResult, apply
from qipan.core.exchange.checking import Preview, check
from qipan.core.exchange.exporting import ExportFormat, export, export_formats
from qipan.core.exchange.folder import import_file, import_folder
from qipan.core.exchange.matching import ColumnMatch
from qipan.core.exchange.reading import format_of, read_table
from qipan.core.exchange.registers import import_areas, import_units
from qipan.core.exchange.table import Table
from qipan.core.exchange.templates import template

__all__ = [
    "ColumnMatch",
    "ExportFormat",
    "ImportResult",
    "Preview",
    "Table",
    "apply",
    "check",
    "export",
    "export_formats",
    "format_of",
    "import_areas",
    "import_file",
    "import_folder",
    "import_units",
    "read_table",
    "template",
]
