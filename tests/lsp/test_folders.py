"""Which folder a document lies in."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from understudy_lsp.folders import KEPT, Folders


@pytest.fixture
async def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncGenerator[Folders]:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    made = Folders()
    yield made
    await made.close_all()


async def test_the_innermost_of_the_folders_that_are_open_is_a_documents_home(
    folders: Folders, tmp_path: Path
) -> None:
    (outer := tmp_path / "outer").mkdir()
    (inner := outer / "inner").mkdir()
    uri = (inner / "a.py").as_uri()
    assert folders.of(uri) is None
    opened = await folders.open(outer)
    assert folders.of(uri) is opened
    nearer = await folders.open(inner)
    assert folders.of(uri) is nearer
    folders.close(inner)
    assert folders.of(uri) is opened
    folders.close(outer)
    assert folders.of(uri) is None


def test_a_path_follows_the_folders_that_are_declared(tmp_path: Path) -> None:
    folders, uri = Folders(), (tmp_path / "outer" / "inner" / "a.py").as_uri()
    assert folders.relative(uri) is None
    folders.declare(tmp_path / "outer")
    assert folders.relative(uri) == "inner/a.py"
    folders.declare(tmp_path / "outer" / "inner")
    assert folders.relative(uri) == "a.py"
    folders.close(tmp_path / "outer" / "inner")
    assert folders.relative(uri) == "inner/a.py"
    folders.close(tmp_path / "outer")
    assert folders.relative(uri) is None


def test_any_number_of_documents_have_their_paths(tmp_path: Path) -> None:
    folders = Folders()
    folders.declare(tmp_path)
    names = [f"{number}.py" for number in range(KEPT + 2)]
    assert [folders.relative((tmp_path / name).as_uri()) for name in names] == names
    assert folders.relative((tmp_path / names[0]).as_uri()) == names[0]
