from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_under_test import UnderTest, gateway_under_test


@pytest.fixture
async def under_test(tmp_path: Path) -> AsyncIterator[UnderTest]:
    """A gateway whose engine makes up its answers."""
    async with gateway_under_test(tmp_path) as under_test:
        yield under_test
