"""Costs kept as numbers in ``costs.json``, so that a change which makes something dearer is seen."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

_stored = Path(__file__).parent / "costs.json"
_advice = "where this is meant, run the test with QIPAN_UPDATE_COSTS=1 and commit tests/costs.json"


def compare(section: str, found: Mapping[str, int], *, slack: float = 0.0) -> None:
    """Compare measured costs with the stored ones; ``slack`` is the share by which they may differ."""
    stored = json.loads(_stored.read_text(encoding="utf-8")) if _stored.exists() else {}
    if os.environ.get("QIPAN_UPDATE_COSTS") == "1":
        content = stored | {section: dict(sorted(found.items()))}
        _stored.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    kept = stored.get(section, {})
    wrong = [
        f"{name}: {kept.get(name)} stored, {found.get(name)} found"
        for name in sorted(kept.keys() | found.keys())
        if name not in kept or name not in found or abs(found[name] - kept[name]) > slack * kept[name]
    ]
    assert not wrong, f"{section}:\n  " + "\n  ".join(wrong) + f"\n{_advice}"
