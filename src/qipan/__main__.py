"""``python -m qipan``: the command line."""

from __future__ import annotations

from qipan.cli import main

if __name__ == "__main__":
    main()
