"""What holds of every answer, document and cursor."""

from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_lsp.filters.judge import judge
from understudy_lsp.filters.surroundings import look
from understudy_lsp.filters.verdict import Hidden, Hide, Show, Verdict
from understudy_lsp.hole.hole import find_hole
from understudy_lsp.hole.trees import SyntaxTrees
from understudy_lsp.snapshot import Indent, Snapshot

LANGUAGES = ["python", "typescript", "go", "ruby", "yaml", "html", "markdown", "unknown"]

PIECES = [
    *"()[]{}\"'`;:,.=<>/#\n\n\n\n \t",
    *("foo", "bar(", "baz)", "return x", "if a:", "else:", "} else {", "end", "do |x|", "pass"),
    *(
        "  ",
        "    ",
        "\n    ",
        "\n        ",
        "\n\n",
        "\r\n",
        "\n}",
        "\n\t",
        "\n\t\t",
        '"""',
        "// ",
        "é",
    ),
    *("return x\n", "    return x\n", "foo(bar)\n", "x = 1\n", "<|endoftext|>", "```\n"),
]

code = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
anything = st.one_of(code, st.text(max_size=40))
indents = st.builds(Indent, size=st.sampled_from([2, 3, 4, 8]), spaces=st.booleans())


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    prefix, suffix = draw(anything), draw(anything)
    return Snapshot(
        uri="file:///a",
        path="a",
        language=draw(st.sampled_from(LANGUAGES)),
        version=1,
        text=prefix + suffix,
        offset=len(prefix),
        indent=draw(indents),
    )


def verdict(answer: str, snapshot: Snapshot, *, complete: bool, parsed: bool) -> Verdict:
    tree = SyntaxTrees().tree(snapshot) if parsed else None
    hole = find_hole(snapshot, tree)
    around = look(snapshot, hole)
    return judge(answer, snapshot=snapshot, around=around, tree=tree, complete=complete)


@given(answer=code, snapshot=snapshots(), parsed=st.booleans(), data=st.data())
@settings(max_examples=400)
def test_what_was_shown_while_it_grew_is_never_taken_back(
    answer: str, snapshot: Snapshot, parsed: bool, data: st.DataObject
) -> None:
    end = verdict(answer, snapshot, complete=True, parsed=parsed)
    lengths = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=6)))
    shown = ""
    for length in lengths:
        growing = verdict(answer[:length], snapshot, complete=False, parsed=parsed)
        if isinstance(growing, Show):
            assert growing.text.startswith(shown)
            shown = growing.text
    assert isinstance(end, Hide) or end.text.startswith(shown)


@given(answer=anything, snapshot=snapshots(), parsed=st.booleans())
@settings(max_examples=400)
def test_what_passed_passes_again_unchanged(answer: str, snapshot: Snapshot, parsed: bool) -> None:
    first = verdict(answer, snapshot, complete=True, parsed=parsed)
    if isinstance(first, Show):
        assert verdict(first.text, snapshot, complete=True, parsed=parsed) == first


@given(answer=anything, snapshot=snapshots(), complete=st.booleans())
@settings(max_examples=400)
def test_a_suggestion_can_be_drawn(answer: str, snapshot: Snapshot, complete: bool) -> None:
    shown = verdict(answer, snapshot, complete=complete, parsed=True)
    if isinstance(shown, Show):
        assert shown.text.strip()
        replaced = snapshot.after[: shown.replaces]
        assert len(replaced) == shown.replaces
        # Editors draw grey text between the characters that it replaces.
        rest = iter(shown.text)
        assert all(character in rest for character in replaced)


@given(answer=code, snapshot=snapshots(), far=code)
def test_only_the_neighbourhood_counts(answer: str, snapshot: Snapshot, far: str) -> None:
    filler = "\n" + "near = 1\n" * 600
    before, after = snapshot.prefix, snapshot.suffix

    def judged(above: str, below: str) -> Verdict:
        text = above + filler + before + after + filler + below
        moved = Snapshot(
            uri=snapshot.uri,
            path=snapshot.path,
            language=snapshot.language,
            version=1,
            text=text,
            offset=len(above) + len(filler) + len(before),
            indent=snapshot.indent,
        )
        around = look(moved, find_hole(snapshot, None))
        return judge(answer, snapshot=moved, around=around, tree=None, complete=True)

    assert judged("x\n" + far, far) == judged("y\n", "")


def test_every_reason_is_one_word_and_a_sentence() -> None:
    for reason in Hidden:
        assert reason.isalpha()
        assert reason.sentence.endswith(".")
