import os
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
