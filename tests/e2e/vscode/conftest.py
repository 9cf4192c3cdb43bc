import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.vscode.installation import Tools, Unavailable, install
from e2e.vscode.packing import pack, pack_with_witness


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Skips where the workbench cannot be installed, except in CI, which has to run these."""
    try:
        return install()
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def vsix(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("vsix"))


@pytest.fixture(scope="session")
def witnessed_vsix(vsix: Path) -> Path:
    return pack_with_witness(vsix, vsix.parent)


@pytest.fixture
def program(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes an `understudy` of which `lsp` is the fake language server, which logs to a file, and
    `serve` says so and waits."""

    def make(log: Path) -> Path:
        script = Path(__file__).with_name("fake_language_server.py")
        path = tmp_path / "bin" / "understudy"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "#!/bin/sh\n"
            '[ "$1" = serve ] && echo "gateway started" && exec sleep 60\n'
            f'exec "{sys.executable}" "{script}" "{log}"\n'
        )
        path.chmod(0o755)
        return path

    return make
