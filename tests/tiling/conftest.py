from __future__ import annotations

from hypothesis import settings

# The first example of a test compiles the loops it calls, which no deadline allows for.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")
