"""What tests of the trainer need of the machine."""

import pytest

from understudy_trainer.repoworld.sandbox import sandbox


@pytest.fixture
def real_sandbox() -> None:
    if sandbox() is None:
        pytest.skip("this machine starts no sandbox")
