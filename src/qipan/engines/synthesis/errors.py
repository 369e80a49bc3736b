"""Errors of the synthesis engine.

QipanError
└── SynthesisError
    ├── ScaleOutOfRange    the scale asked for is not between 0.001 and 1
    └── SeedOutOfRange     the seed is negative
"""

from __future__ import annotations

from qipan.errors import QipanError


class SynthesisError(QipanError):
    """A city cannot be made as asked; the text names the argument and its range."""


class ScaleOutOfRange(SynthesisError):
    """The scale asked for is not between 0.001 and 1."""


class SeedOutOfRange(SynthesisError):
    """The seed is negative."""
