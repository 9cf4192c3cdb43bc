"""A folder to work in, a gateway of this machine, and state folders of the test's own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fake_gateway import FakeGateway, fake_gateway
from workplace import leave_address


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a gateway would leave its address; there is none yet."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(folder))
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    return folder


@pytest.fixture
async def gateway(state: Path) -> AsyncGenerator[FakeGateway]:
    async with fake_gateway() as fake:
        leave_address(state, fake.url)
        yield fake


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder
