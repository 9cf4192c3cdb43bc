"""A tree made from the one before is the tree that a fresh parse would give."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import snapshot_at

from understudy_lsp.grammars import GRAMMARS
from understudy_lsp.hole.hole import find_hole
from understudy_lsp.hole.names import names_near
from understudy_lsp.hole.syntax_errors import insertion_errors
from understudy_lsp.hole.tree import Tree
from understudy_lsp.hole.trees import SyntaxTrees
from understudy_lsp.snapshot import Snapshot

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = sorted(set(GRAMMARS))
PIECES = [
    *(
        "\r\n",
        "\r",
        "\n",
        "\t",
        "    ",
        "\0",
        "\ud800",
        "\udfff",
        "é",
        "日本",
        "😀",
        "\f",
        "\u2028",
    ),
    *('"', "'", '"""', "`", "(", ")", "{", "}", "[", "]", "/*", "*/", "<!--", "#", "//", "\\", "$"),
    *("def f(a):\n", "class A {\n", "if ", "end", "x", "1", " = ", ";", ":", ",", "x.y(z)"),
]


def shape(tree: Tree) -> list[tuple[object, ...]]:
    nodes: list[tuple[object, ...]] = []
    cursor = tree.syntax.walk()
    while True:
        node = cursor.node
        assert node is not None
        nodes.append((node.type, node.byte_range, node.start_point, node.is_missing))
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return nodes


def text_in(language: str) -> str:
    """Everything drawn of a language that is without error."""
    name = {"jsonc": "json", "sh": "shellscript", "bash": "shellscript"}.get(language, language)
    name = "javascript" if language == "javascriptreact" else name
    text = ""
    for case in re.finditer(
        r"^=== .*\n((?:.*\n)*?)>>> ", (GOLDEN / f"{name}.txt").read_text(), re.M
    ):
        longer = text + case[1].replace("‸", "") + "\n"
        tree = SyntaxTrees(seconds=10).tree(snapshot_at(longer, 0, language=language))
        if tree is not None and not tree.syntax.root_node.has_error:
            text = longer
    return text


CLEAN = {language: text_in(language) for language in LANGUAGES}


def look_everywhere(snapshot: Snapshot, trees: SyntaxTrees) -> None:
    tree = trees.tree(snapshot)
    for known in (tree, None):
        hole = find_hole(snapshot, known)
        if hole.scope is not None:
            assert 0 <= hole.scope.start <= snapshot.offset <= hole.scope.end <= len(snapshot.text)
        assert len(names_near(snapshot, known).identifiers) <= 48
        assert insertion_errors(snapshot, known, "x(\ud800", replaces=1) >= 0


@given(
    language=st.sampled_from(LANGUAGES),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 30), st.lists(st.sampled_from(PIECES))),
        min_size=1,
        max_size=6,
    ),
)
@settings(max_examples=300)
def test_a_tree_kept_through_edits_is_a_fresh_one(
    language: str, edits: list[tuple[float, int, list[str]]]
) -> None:
    text, trees = CLEAN[language], SyntaxTrees(seconds=10)
    for where, removed, pieces in edits:
        offset = int(where * len(text))
        text = text[:offset] + "".join(pieces) + text[offset + removed :]
        agrees(trees, snapshot_at(text, offset, language=language))
    agrees(trees, snapshot_at(CLEAN[language], 0, language=language))


def agrees(trees: SyntaxTrees, snapshot: Snapshot) -> None:
    kept, fresh = trees.tree(snapshot), SyntaxTrees(seconds=10).tree(snapshot)
    assert kept is not None
    assert fresh is not None
    assert kept.offset_at(kept.byte_at(snapshot.offset)) == snapshot.offset
    # How tree-sitter recovers from errors depends on the tree before, even by exact edits.
    if not fresh.syntax.root_node.has_error:
        assert shape(kept) == shape(fresh)


@given(
    language=st.sampled_from([*LANGUAGES, "plaintext"]),
    pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5))),
    data=st.data(),
)
@settings(max_examples=300)
def test_any_text_has_a_hole(language: str, pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    offset = data.draw(st.integers(0, len(text)))
    look_everywhere(snapshot_at(text, offset, language=language), SyntaxTrees())


@given(language=st.sampled_from(LANGUAGES), content=st.binary(max_size=400), data=st.data())
@settings(max_examples=200)
def test_any_bytes_read_as_text_have_a_hole(
    language: str, content: bytes, data: st.DataObject
) -> None:
    text = content.decode("utf-8", data.draw(st.sampled_from(["surrogateescape", "replace"])))
    offset = data.draw(st.integers(0, len(text)))
    look_everywhere(snapshot_at(text, offset, language=language), SyntaxTrees())


HOSTILE: dict[str, Callable[[], str]] = {
    "a line of a megabyte": lambda: "x = '" + "a" * 1_000_000,
    "a megabyte of brackets": lambda: "(" * 1_000_000,
    "brackets in lines": lambda: "[\n" * 9_000,
    "deep indentation": lambda: "".join(" " * i + "if a:\n" for i in range(200)),
    "NULs": lambda: "\0" * 20_000,
    "blank lines": lambda: "\n" * 500_000,
    "blanks": lambda: " " * 500_000,
    "carriage returns": lambda: "\r" * 20_000,
    "quotes": lambda: '"""' * 7_000,
    "surrogates": lambda: "\ud800" * 20_000,
    "three megabytes": lambda: "def f():\n    return 1\n\n" * 150_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["python", "typescript", "cpp", "markdown", "html"])
def test_hostile_text_has_a_hole(name: str, language: str) -> None:
    text = HOSTILE[name]()
    for offset in (0, len(text) // 2, len(text)):
        look_everywhere(snapshot_at(text, offset, language=language), SyntaxTrees())


@pytest.mark.parametrize("language", LANGUAGES)
def test_characters_of_every_plane_are_read(language: str) -> None:
    """Scanners of bash and markdown killed the process."""
    planes = [chr(plane * 0x10000 + place) for plane in range(17) for place in (0xF5FF, 0xFFFD)]
    signs = ["", "<", "<!--", "{", "$", "a", "<<", "`", "[", "[](", "&", "#", "1", "\n", "</", "*"]
    for before in signs:
        text = "\n".join(before + character for character in planes)
        look_everywhere(snapshot_at(text, len(text), language=language), SyntaxTrees())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("markdown", bullet * 400) for bullet in ("> ", ">", "- ", "*\t", "1. ", "+ ", "> - ")),
        *(("markdown", "".join(f"{space * depth}- a{end}" for depth in range(170)))
          for space, end in (("  ", "\n"), ("\t", "\n"), ("\t", "\r"))),
        *(("yaml", bullet * 400) for bullet in ("- ", "? ", "- ? ")),
        ("yaml", "".join(f"{' ' * depth}{'- ' * 40}a\n" for depth in range(0, 400, 80))),
        ("kotlin", '"${' * 1_500),
    ],
)  # fmt: skip
def test_deep_nesting_is_read(language: str, text: str) -> None:
    """Scanners wrote beyond their memory, which killed the process."""
    look_everywhere(snapshot_at(text, len(text), language=language), SyntaxTrees())


def test_huge_text_is_not_parsed() -> None:
    text = "def f():\n    return 1\n\n" * 150_000
    assert SyntaxTrees().tree(snapshot_at(text, len(text))) is None


def test_long_lines_are_not_parsed() -> None:
    text = "x = '" + "a" * 1_000_000 + "'"
    assert SyntaxTrees().tree(snapshot_at(text, len(text))) is None


def test_a_document_that_takes_too_long_rests() -> None:
    trees = SyntaxTrees(seconds=0)
    text = "def f(a):\n    return a\n" * 500
    assert trees.tree(snapshot_at(text, 0)) is None
    assert trees._resting  # pyright: ignore[reportPrivateUsage]
    trees.forget("file:///a.python")
    assert not trees._resting  # pyright: ignore[reportPrivateUsage]


def test_only_so_many_trees_are_kept() -> None:
    trees = SyntaxTrees(limit=2)
    for language in ("python", "go", "rust"):
        assert trees.tree(snapshot_at("x", 1, language=language)) is not None
    assert [language for _, language in trees._trees] == ["go", "rust"]  # pyright: ignore[reportPrivateUsage]


def test_a_language_without_a_grammar_has_no_tree() -> None:
    assert SyntaxTrees().tree(snapshot_at("x", 1, language="cobol")) is None
