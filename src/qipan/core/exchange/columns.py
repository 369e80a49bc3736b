"""The fields that a file's columns can be: those of a kind by the catalogue, and those of exchange files alone."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from qipan.core.catalogue import Attribute, Catalogue, Choice, Kind, Text


def columns_of_kind(catalogue: Catalogue, kind: Kind) -> tuple[Attribute, ...]:
    """Return every field that a file of ``kind`` may hold: the catalogue's, then where the thing stands."""
    fields = catalogue.columns(kind)
    if kind.geometry == "none":
        return fields
    return fields + exchange_columns("place")


@cache
def exchange_columns(table: str) -> tuple[Attribute, ...]:
    """Return the columns of ``place``, ``area`` or ``unit`` files as ``columns.toml`` beside this module gives them."""
    content = tomllib.loads((files("qipan.core.exchange") / "columns.toml").read_text(encoding="utf-8"))
    return tuple(_attribute(row) for row in content[table])


def _attribute(row: dict[str, Any]) -> Attribute:
    choices = tuple(Choice(one["key"], Text(one["zh"], one["en"])) for one in row.get("choices", ()))
    texts = {key: Text(row[key]["zh"], row[key]["en"]) for key in ("name", "description")}
    return Attribute(**{**row, **texts, "choices": choices})
