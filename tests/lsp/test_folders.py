"""Which folder a document lies in."""

from pathlib import Path

from understudy_lsp.folders import KEPT, Folders


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
