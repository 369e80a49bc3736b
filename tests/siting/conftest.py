from __future__ import annotations

import pytest
from benchmarks._siting_files import DATA
from hypothesis import settings

# The first example of a test compiles the loops it calls, which no deadline allows for.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")


@pytest.fixture(scope="session")
def published() -> None:
    """Skip where the published instances are not there."""
    if not DATA.exists():
        pytest.skip("needs the reference data folder shared/ beside the checkout")
