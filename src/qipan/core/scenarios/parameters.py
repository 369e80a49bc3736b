"""Parameters of a scenario, tried field by field before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from qipan.core.errors import FieldProblem, InvalidRecord


def check_parameters(values: Mapping[str, Any], names: Iterable[str], reason: Callable[[str, Any], str]) -> None:
    """Raise InvalidRecord with each of ``values`` that is none of ``names`` or for which there is a ``reason``.

    ``reason`` is given a name and its value and says what would do instead, empty where the value will.
    """
    known = sorted(names)
    unknown = f"没有这个参数，可用的有 {'、'.join(known)}"
    told = {key: reason(key, value) if key in known else unknown for key, value in values.items()}
    if problems := [FieldProblem(None, key, str(values[key])[:80], why) for key, why in told.items() if why]:
        raise InvalidRecord(problems)
