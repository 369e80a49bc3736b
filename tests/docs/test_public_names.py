"""What a package says it offers is what it has: ``__all__`` and the names that its ``__init__`` brings in agree."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import qipan

_packages = [
    found.name for found in pkgutil.walk_packages(qipan.__path__, "qipan.") if found.ispkg and "._" not in found.name
]


def _brought_in(package: str) -> set[str] | None:
    """Return the names that an ``__init__`` brings in, None where it is a module with code of its own."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body):
        return None
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
    return {alias.asname or alias.name for node in imports for alias in node.names}


@pytest.mark.parametrize("package", _packages)
def test_public_names_agree(package: str) -> None:
    module = importlib.import_module(package)
    listed = list(getattr(module, "__all__", ()))
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not hasattr(module, name)] == []
    brought_in = _brought_in(package)
    assert brought_in is None or brought_in == set(listed)


@pytest.mark.parametrize("package", _packages)
def test_every_public_name_says_what_it_is(package: str) -> None:
    module = importlib.import_module(package)
    offered = [getattr(module, name) for name in getattr(module, "__all__", ())]
    silent = [one.__name__ for one in offered if inspect.isroutine(one) or inspect.isclass(one) if not one.__doc__]
    assert silent == []
