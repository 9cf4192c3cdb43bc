from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.backtest.folders import folders

parts = st.text("abc", min_size=1, max_size=2)


def test_the_first_part_that_differs_tells_folders_apart():
    paths = ["lsp/core/index/a.py", "lsp/core/index/deep/b.py", "lsp/core/hole/c.py"]
    assert folders(paths) == {
        "lsp/core/index/a.py": "lsp/core/index",
        "lsp/core/index/deep/b.py": "lsp/core/index",
        "lsp/core/hole/c.py": "lsp/core/hole",
    }


def test_files_above_the_others_are_in_the_folder_that_all_have_in_common():
    assert folders(["setup.py", "src/a.py"]) == {"setup.py": ".", "src/a.py": "src"}
    assert folders(["src/a.py", "src/b/c.py"]) == {"src/a.py": "src", "src/b/c.py": "src/b"}


def test_one_file_is_in_its_folder():
    assert folders(["src/core/a.py"]) == {"src/core/a.py": "src/core"}


def test_no_files_have_no_folders():
    assert folders([]) == {}


@given(st.lists(st.lists(parts, min_size=1, max_size=4).map("/".join)))
def test_every_path_lies_in_its_folder(paths: list[str]):
    found = folders(paths)
    assert set(found) == set(paths)
    for path, folder in found.items():
        assert folder == "." or path.startswith(f"{folder}/")
