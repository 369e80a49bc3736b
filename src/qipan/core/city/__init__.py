"""A city to try the product on, written as the files that a real city would bring."""

from __future__ import annotations

from qipan.core.city.errors import CityFolderTaken, CityNotWritten, CityOutOfRange
from qipan.core.city.make import Manifest, Progress, make_city

__all__ = ["CityFolderTaken", "CityNotWritten", "CityOutOfRange", "Manifest", "Progress", "make_city"]
