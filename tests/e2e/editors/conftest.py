import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from e2e.editors import programs
from e2e.editors.debian import Unavailable, Unreachable
from e2e.editors.desk import Desk, desk
from e2e.editors.windows import Wayland
from fake_gateway import TOKEN, FakeGateway, fake_gateway

Installed = TypeVar("Installed")


@pytest.fixture(scope="session")
def tmux() -> Path:
    return found(programs.tmux)


@pytest.fixture(scope="session")
def helix() -> Path:
    return found(programs.helix)


@pytest.fixture(scope="session")
def emacs() -> Path:
    return found(programs.emacs)


@pytest.fixture(scope="session")
def kate() -> Path:
    return found(programs.kate)


@pytest.fixture(scope="session")
def wayland() -> Wayland:
    return found(programs.wayland)


@pytest.fixture(scope="session")
def newest_neovim() -> Path:
    return found(lambda: programs.neovim("forky"))


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def older_neovim(request: pytest.FixtureRequest) -> Path:
    """0.7 and 0.10."""
    return found(lambda: programs.neovim(request.param))


@pytest.fixture
async def gateway() -> AsyncGenerator[FakeGateway]:
    async with fake_gateway() as gateway:
        yield gateway


@pytest.fixture
async def at(tmp_path: Path, gateway: FakeGateway) -> Desk:
    """A desk at which the gateway is found."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "address").write_text(gateway.url)
    (state / "token").write_text(TOKEN)
    return await desk(tmp_path, state=state)


def found(install: Callable[[], Installed]) -> Installed:
    """Skips where a program cannot be installed, but in CI only if its package index is away."""
    try:
        return install()
    except Unavailable as reason:
        if os.environ.get("CI") and not isinstance(reason, Unreachable):
            raise
        pytest.skip(str(reason))
