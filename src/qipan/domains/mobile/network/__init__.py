"""Network planning on a computed coverage study: neighbours, identities, capacity, sharing, drive tests."""

from __future__ import annotations
