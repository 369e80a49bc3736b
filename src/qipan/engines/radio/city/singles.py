"""How compiled float32 code is annotated."""

from __future__ import annotations

from typing import Any

#: A number that stays float32 under numba; a type checker cannot follow numpy's and math's floats through one formula.
Real = Any
