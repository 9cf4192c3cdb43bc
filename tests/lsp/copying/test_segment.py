import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.copying.segment import DEPTH, Segment, SegmentError, as_bytes, write_segment

# Few letters, so that a lot repeats.
CODE = st.text("ab. \n(é", max_size=120)
REPOSITORY = st.lists(CODE, min_size=1, max_size=6)


def written(folder: Path, texts: list[str]) -> Segment:
    file = folder / "1.segment"
    write_segment(file, ((f"{number}.py", text) for number, text in enumerate(texts)))
    return Segment(file)


def word_starts(text: bytes) -> Iterator[int]:
    """Where words, marks and blanks begin, but for indentation, and where a last line ends."""
    for token in re.finditer(rb"[\w\x80-\xff]+|[ \t]+|\n+|[^\w\s]", text):
        is_indentation = token[0][:1] in b" \t" and text[: token.start()].endswith(b"\n")
        if not is_indentation:
            yield token.start()
    if text and not text.endswith(b"\n"):
        yield len(text)


def agreement(one: bytes, other: bytes) -> int:
    longest = min(len(one), len(other), DEPTH)
    return next(n for n in range(longest, -1, -1) if one[len(one) - n :] == other[len(other) - n :])


@given(texts=REPOSITORY, context=CODE)
def test_finds_what_comparing_with_every_place_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], context: str
) -> None:
    segment = written(tmp_path_factory.mktemp("segment"), texts)
    wanted = as_bytes(context)
    expected = sorted(
        (agrees, number, source[place:])
        for number, source in enumerate(map(as_bytes, texts))
        for place in word_starts(source)
        if (agrees := agreement(source[:place], wanted))
    )
    found = list(segment.nearest(wanted))
    assert [agrees for agrees, _ in found] == sorted((each[0] for each in expected), reverse=True)
    assert (
        sorted(
            (agrees, segment.file_of(offset), segment.after(offset, 1000))
            for agrees, offset in found
        )
        == expected
    )


@given(texts=REPOSITORY)
def test_a_place_sees_its_own_file_only(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    segment = written(tmp_path_factory.mktemp("segment"), texts)
    for _, offset in segment.nearest(b"a. "):
        before, after = segment.before(offset, 1000), segment.after(offset, 1000)
        assert before + after == as_bytes(texts[segment.file_of(offset)])
        assert segment.line_of(offset) == before.count(b"\n") + 1


def test_line_ends_are_the_same_everywhere(tmp_path: Path) -> None:
    segment = written(tmp_path, ["if a:\r\n    b()\r\n"])
    agrees, offset = next(segment.nearest(b"if a:\n    "))
    assert (agrees, segment.after(offset, 9)) == (10, b"b()\n")


def test_a_file_of_a_million_equal_places_is_written_and_found(tmp_path: Path) -> None:
    segment = written(tmp_path, ["f(x) " * 50_000])
    assert next(segment.nearest(b"f(x) " * 100))[0] == DEPTH


def test_binary_content_is_left_out(tmp_path: Path) -> None:
    segment = written(tmp_path, ["a b c\0 d", "e f"])
    assert segment.paths == ["0.py", "1.py"]
    assert {segment.file_of(offset) for _, offset in segment.nearest(b" ")} == {1}


def test_a_segment_of_nothing_is_a_segment(tmp_path: Path) -> None:
    assert list(written(tmp_path, []).nearest(b"anything")) == []


def test_a_segment_that_was_cut_anywhere_is_refused(tmp_path: Path) -> None:
    written(tmp_path, ["def f(x):\n    return x\n"])
    whole = (tmp_path / "1.segment").read_bytes()
    for length in range(len(whole)):
        torn = tmp_path / "torn.segment"
        torn.write_bytes(whole[:length])
        with pytest.raises(SegmentError, match=r"torn\.segment .* Delete it"):
            Segment(torn)


@given(content=st.binary(max_size=200))
def test_what_is_no_segment_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("segment") / "1.segment"
    file.write_bytes(content)
    with pytest.raises(SegmentError):
        Segment(file)


def test_another_version_is_refused(tmp_path: Path) -> None:
    written(tmp_path, ["a b"])
    file = tmp_path / "1.segment"
    content = bytearray(file.read_bytes())
    content[8] += 1
    file.write_bytes(content)
    with pytest.raises(SegmentError):
        Segment(file)


def test_what_was_there_stays_when_the_texts_cannot_be_read(tmp_path: Path) -> None:
    segment = written(tmp_path, ["a b"])
    before = segment.file.read_bytes()

    def fails() -> Iterator[tuple[str, str]]:
        yield "1.py", "c d"
        raise OSError(errno.EIO, "the disk is gone")

    with pytest.raises(OSError, match="gone"):
        write_segment(segment.file, fails())
    assert segment.file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [segment.file]


def test_an_open_segment_outlives_its_file(tmp_path: Path) -> None:
    segment = written(tmp_path, ["one two three"])
    segment.file.unlink()
    assert next(segment.after(offset, 9) for _, offset in segment.nearest(b"two ")) == b"three"
