"""Run every benchmark and keep what each claims: ``python -m benchmarks.collect [--quick] [NAME ...]``.

The closing line of each goes into ``results.json``, from which ``docs/benchmarks.md`` is made; others keep theirs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks._claim import machine

_folder = Path(__file__).parent
_stored = _folder / "results.json"


def main() -> int:
    """Run the benchmarks that are named, or all, and return 1 where one failed or did not hold its bar."""
    parser = argparse.ArgumentParser(description="Run benchmarks and keep their closing lines.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quick", action="store_true", help="smaller sizes; shown, not kept")
    chosen = parser.parse_args()
    names = chosen.names or sorted(path.stem for path in _folder.glob("[a-z]*.py") if path.stem != "collect")
    lines = [line for name in names if (line := _run(name, chosen.quick))]
    if not chosen.quick:
        _keep(lines)
    return int(len(lines) < len(names) or not all(line["holds"] for line in lines))


def _run(name: str, quick: bool) -> dict[str, object] | None:
    """Run one benchmark and return its closing line, None where it failed."""
    print(f"{name} …", file=sys.stderr, flush=True)
    more = ["--quick"] if quick else []
    ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *more], stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        print(f"{name} failed with {ended.returncode}", file=sys.stderr)
        return None
    last = ended.stdout.strip().splitlines()[-1]
    print(last, flush=True)
    line: dict[str, object] = json.loads(last)
    return {"script": name} | line


def _keep(lines: list[dict[str, object]]) -> None:
    kept = json.loads(_stored.read_text(encoding="utf-8"))["results"] if _stored.exists() else []
    results = {str(one["script"]): one for one in [*kept, *lines]}
    content = {"machine": machine(), "results": [results[name] for name in sorted(results)]}
    _stored.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
