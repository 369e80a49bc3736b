"""What the catalogue says about results of network planning: ``catalogue/network.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qipan.core.catalogue import Text


@cache
def _content() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = files("qipan.domains.mobile").joinpath("catalogue", "network.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def column_names() -> Mapping[str, Text]:
    """Return what columns of results are called, by key."""
    return {key: Text(**row) for key, row in _content()["network_column"].items()}


@cache
def reason_names() -> Mapping[str, Text]:
    """Return why two cells are neighbours, by the engine's name of the reason in small letters."""
    return {key: Text(**row) for key, row in _content()["neighbour_reason"].items()}
