"""Where completions end. In the tables `|` marks the cursor, and what the model says follows
`>>>`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.completion import CompletionRequest, FinishReason, Mode
from understudy_protocol.repository import RepositoryId
from understudy_server.cut import cut_for


def request(document: str, mode: Mode) -> CompletionRequest:
    prefix, _, suffix = document.partition("|")
    return CompletionRequest(
        repository=RepositoryId("demo-0123456789ab"),
        path="a.py",
        language="python",
        prefix=prefix,
        suffix=suffix,
        mode=mode,
    )


def feed_all(document: str, mode: Mode, pieces: list[str]) -> tuple[str, FinishReason | None]:
    cut = cut_for(request(document, mode))
    shown = ""
    for piece in pieces:
        text, complete = cut.feed(piece)
        shown += text
        if complete:
            return shown, cut.reason
    return shown, None


LINE = [
    ("x = |", "foo(1)\ny = 2", "foo(1)", FinishReason.LINE),
    ("x = |", "foo(1)\r\ny", "foo(1)", FinishReason.LINE),
    ("x = |", "foo(1)", "foo(1)", None),
    ("def f():|", "\n    return 1", "", FinishReason.LINE),
]

BLOCK = [
    # The body of what the cursor's line opens, and nothing after it.
    ("def f():|", "\n    return 1\n\ndef g():", "\n    return 1", FinishReason.SCOPE),
    ("    if x:|", "\n        y()\n    z()", "\n        y()", FinishReason.SCOPE),
    # A line that opens nothing is its own scope.
    ("x = |", "foo()\ny = 2", "foo()", FinishReason.SCOPE),
    # A closing bracket belongs to the scope, unless the suffix brings it.
    ("f(|", "\n    a,\n)\ng()", "\n    a,\n)", FinishReason.SCOPE),
    ("f(|\n)", "\n    a,\n)\ng()", "\n    a,", FinishReason.SCOPE),
    ("fn f() {|", "\n    1\n}\n\nfn g", "\n    1\n}", FinishReason.SCOPE),
    # On a blank line: everything as deep as the cursor.
    ("def f():\n    |", "a = 1\n    return a\nx = 1", "a = 1\n    return a", FinishReason.SCOPE),
    (
        "def f():\n    |",
        "if a:\n        b\n\n    c\nd",
        "if a:\n        b\n\n    c",
        FinishReason.SCOPE,
    ),
    # At the left margin a blank line ends it.
    ("|", "import a\nimport b\n\nx = 1", "import a\nimport b", FinishReason.SCOPE),
    ("|", "def f():\n    a\n\n    b\n\nx", "def f():\n    a\n\n    b", FinishReason.SCOPE),
    # Tabs are as wide as four spaces.
    ("\tif x {|", "\n\t\ty()\n\t}\n\tz()", "\n\t\ty()\n\t}", FinishReason.SCOPE),
    # Blank lines at the end are never shown.
    ("def f():|", "\n    return 1\n\n\n", "\n    return 1", None),
]


@pytest.mark.parametrize(("document", "said", "shown", "reason"), LINE)
def test_a_line_ends_at_its_line_break(
    document: str, said: str, shown: str, reason: FinishReason | None
) -> None:
    assert feed_all(document, Mode.LINE, [said]) == (shown, reason)


@pytest.mark.parametrize(("document", "said", "shown", "reason"), BLOCK)
def test_a_block_ends_with_its_scope(
    document: str, said: str, shown: str, reason: FinishReason | None
) -> None:
    assert feed_all(document, Mode.BLOCK, [said]) == (shown, reason)


@given(
    case=st.sampled_from(
        [(Mode.LINE, case) for case in LINE] + [(Mode.BLOCK, case) for case in BLOCK]
    ),
    data=st.data(),
)
def test_how_the_text_is_split_into_deltas_changes_nothing(
    case: tuple[Mode, tuple[str, str, str, FinishReason | None]], data: st.DataObject
) -> None:
    mode, (document, said, shown, reason) = case
    places = sorted(data.draw(st.sets(st.integers(0, len(said)))))
    pieces = [said[a:b] for a, b in zip([0, *places], [*places, len(said)], strict=True)]
    assert feed_all(document, mode, pieces) == (shown, reason)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_carriage_return_is_withheld_until_it_is_known_to_begin_a_line_break(mode: Mode) -> None:
    assert feed_all("x = |", mode, ["foo(1)\r", "\ny = 2"])[0] == "foo(1)"
    assert feed_all("x = |", mode, ["foo(1)\r"])[0] == "foo(1)"
    assert feed_all("x = |", mode, ["a\r", "b"])[0] == "a\rb"


def test_a_block_has_plain_line_breaks_however_the_model_writes_them() -> None:
    said = ["\r", "\n    a\r\n", "\r", "\n    b\r", "\ndef g():"]
    assert feed_all("def f():|", Mode.BLOCK, said) == ("\n    a\n\n    b", FinishReason.SCOPE)


@given(document=st.text("ab |\n\t{}", max_size=20), said=st.text("ab \n\t{})", max_size=40))
def test_what_is_shown_is_always_the_beginning_of_what_was_said(document: str, said: str) -> None:
    for mode in Mode:
        shown, _ = feed_all(document, mode, [said])
        assert said.startswith(shown)
