"""Texts of files, whatever is in them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.index.reading import MAX_CODE, MAX_OTHER, decoded, read


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        ("naïve\n".encode(), "naïve\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("x = 1\n".encode("utf-16"), "x = 1\n"),
        (b"\xfe\xff\x00x\x00\n", "x\n"),
        ("naïve\n".encode("latin-1"), "naïve\n"),
        (b"a\r\nb\rc\n", "a\r\nb\rc\n"),
        (b"\x7fELF\x02\x01\x01\x00", None),
        (b"x = 1\n\x00", None),
    ],
)
def test_decodes(content: bytes, text: str | None) -> None:
    assert decoded(content) == text


@given(st.binary())
def test_any_content_is_text_or_none(content: bytes) -> None:
    text = decoded(content)
    assert text is None or text.encode("utf-8") is not None


def test_what_is_very_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.py").open("wb") as file:
        file.truncate(50 << 20)
    (tmp_path / "b.py").write_bytes(b"x = 1\n" * (MAX_CODE // 6))
    (tmp_path / "c.json").write_bytes(b"[1,\n" * (MAX_OTHER // 4 + 1))
    assert read(tmp_path, "a.py").text is None
    assert read(tmp_path, "b.py").text is not None
    assert read(tmp_path, "c.json").text is None
    assert read(tmp_path, "a.py").file.size == 50 << 20


def test_minified_code_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("var a=1;" * 10_000)
    (tmp_path / "b.js").write_text("var a = 1;\n" * 10_000)
    assert read(tmp_path, "a.js").text is None
    assert read(tmp_path, "b.js").text is not None


def test_links_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    for path in ("link.py", "pipe.py", "folder.py", "missing.py"):
        with pytest.raises(OSError, match=f"{path}|Is a directory"):
            read(tmp_path, path)
