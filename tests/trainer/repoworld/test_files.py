"""Files as they were at a commit: what is text, and why the rest is left out."""

import os
from pathlib import Path

from git_histories import commit, git, history
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.repoworld.files import files_at, safe_path, text_of
from understudy_trainer.repoworld.worlds import World


def test_files_are_as_they_were_at_the_commit(tmp_path: Path) -> None:
    ids = history(tmp_path, {"a.py": "old = 1\n"}, {"a.py": "new = 1\n", "b/c.py": "c = 1\n"})
    (tmp_path / "a.py").write_text("not committed\n")
    assert files_at(_world(tmp_path), ids[0]).texts == {"a.py": "old = 1\n"}
    assert files_at(_world(tmp_path), ids[1]).texts == {"a.py": "new = 1\n", "b/c.py": "c = 1\n"}


def test_what_is_no_text_is_left_out_and_counted(tmp_path: Path) -> None:
    (last,) = history(
        tmp_path,
        {
            "plain.py": "plain = 1\n",
            "bytes.bin": bytes(range(256)),
            "latin-1.py": "name = 'Müller'\n".encode("latin-1"),
            "utf-16.py": "name = 1\n".encode("utf-16"),
            "utf-16-without-a-mark.py": "name = 1\n".encode("utf-16-le"),
        },
    )
    files = files_at(_world(tmp_path), last)
    assert files.texts == {"plain.py": "plain = 1\n"}
    assert files.left_out == {"not text": 4}


def test_a_file_of_fifty_megabytes_is_left_out(tmp_path: Path) -> None:
    limit = b"x" * 999_999 + b"\n"
    (last,) = history(tmp_path, {"data.csv": bytes(50_000_000), "limit.txt": limit})
    files = files_at(_world(tmp_path), last)
    assert list(files.texts) == ["limit.txt"]
    assert files.left_out == {"too large": 1}


def test_symbolic_links_and_submodules_are_left_out(tmp_path: Path) -> None:
    (first,) = history(tmp_path, {"a.py": "a = 1\n"})
    os.symlink("/etc/passwd", tmp_path / "outside")
    os.symlink("a.py", tmp_path / "inside")
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{first},module")
    # `add --all` would take the submodule out again, because no folder of it is there.
    git(tmp_path, "add", "outside", "inside")
    git(tmp_path, "commit", "--quiet", "-m", "-")
    files = files_at(_world(tmp_path), git(tmp_path, "rev-parse", "HEAD"))
    assert list(files.texts) == ["a.py"]
    assert files.left_out == {"submodule": 1, "symbolic link": 2}


def test_paths_with_blanks_and_other_alphabets_are_paths(tmp_path: Path) -> None:
    names = ["two words/a b.py", "ünïcode/日本語.py", 'quote"d.py', "wide\u3000blank.py"]
    (last,) = history(tmp_path, dict.fromkeys(names, "a = 1\n"))
    assert sorted(files_at(_world(tmp_path), last).texts) == sorted(names)


def test_names_that_are_no_text_or_lead_elsewhere_are_left_out(tmp_path: Path) -> None:
    history(tmp_path, {"good.py": "a = 1\n"})
    os.close(os.open(os.fsencode(tmp_path) + b"/latin-\xe4.py", os.O_CREAT | os.O_WRONLY))
    last = commit(tmp_path, {"line\nend.py": "a = 1\n", "back\\slash.py": "a = 1\n"})
    files = files_at(_world(tmp_path), last)
    assert list(files.texts) == ["good.py"]
    assert files.left_out == {"unsafe name": 3}
    for name in ("../a", "/a", "a//b", "a/./b", ".git/config", "a/.GIT/config", ""):
        assert not safe_path(name)


def test_nothing_is_fetched_that_a_partial_clone_lacks(tmp_path: Path) -> None:
    source = tmp_path / "demo"
    (last,) = history(source, {"a.py": "a = 1\n"})
    git(source, "config", "uploadpack.allowFilter", "true")
    partial = ("--quiet", "--no-checkout", "--filter=blob:none")
    git(tmp_path, "clone", *partial, source.as_uri(), "partial")
    files = files_at(_world(tmp_path / "partial"), last)
    assert files.texts == {}
    assert files.left_out == {"not here": 1}


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_is_what_can_be_encoded(text: str) -> None:
    assert text_of(text.encode()) == text


@given(st.binary())
def test_bytes_are_text_or_nothing(content: bytes) -> None:
    text = text_of(content)
    assert text is None or text.encode() == content


def _world(folder: Path) -> World:
    return World(name=folder.name, folder=folder, held_out=True)
