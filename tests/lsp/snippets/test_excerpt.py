from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.snapshot import Snapshot
from understudy_lsp.snippets.excerpt import LONGEST, View, around


def view(text: str) -> View:
    return View.of(
        Snapshot(uri="u", path="here.py", language="python", version=1, text=text, offset=len(text))
    )


def test_lines_around_an_offset_are_whole_and_counted() -> None:
    text = "0\n1\n2\n3\n4\n5"
    start, end = around(text, text.index("3"), above=1, below=1)
    assert text[start:end] == "2\n3\n4"
    start, end = around(text, 0, above=9, below=9)
    assert text[start:end] == text


@given(
    text=st.text("a\n", max_size=30),
    above=st.integers(0, 5),
    below=st.integers(0, 5),
    data=st.data(),
)
def test_around_gives_the_lines_that_splitting_gives(
    text: str, above: int, below: int, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(text)))
    start, end = around(text, offset, above=above, below=below)
    row = text.count("\n", 0, offset)
    assert text[start:end].split("\n") == text.split("\n")[max(0, row - above) : row + below + 1]


def test_what_is_in_view_already_tells_nothing() -> None:
    here = view("def parse(text):\n    return json.loads(text)\n")
    assert not here.tells("    def parse(text):\n        return json.loads(text)\n")
    assert not here.tells("}\n)\n")
    assert here.tells("def render(tree):\n    return json.dumps(tree)\n")


def test_a_long_excerpt_is_cut_after_a_whole_line() -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(200))
    excerpt = view("").excerpt("a.py", lines, line=1, why="", stable=True)
    assert excerpt is not None
    assert LONGEST - 30 < len(excerpt.snippet.text) <= LONGEST
    assert lines.startswith(excerpt.snippet.text + "\n")


def test_a_line_of_a_million_characters_is_no_excerpt() -> None:
    assert view("").excerpt("a.js", "x" * 1_000_000, line=1, why="", stable=True) is None
