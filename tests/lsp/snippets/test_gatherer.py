import itertools
from collections.abc import Collection, Sequence

import pytest

from understudy_lsp.copying.copies import Copy
from understudy_lsp.copying.place import Place
from understudy_lsp.hole.hole import Hole, find_hole
from understudy_lsp.hole.names import Names
from understudy_lsp.index.facts import Definition, Import
from understudy_lsp.snapshot import Edit, Snapshot
from understudy_lsp.snippets.gatherer import MOST, Gathered, Gatherer
from understudy_protocol.completion import CompletionId

PARSER = """\
class Parser:
    def __init__(self, source: str) -> None:
        self.source = source

    def parse(self, *, strict: bool = False) -> Tree:
        tokens = tokenize(self.source)
        first = tokens.first()
        second = tokens.second()
        third = tokens.third()
        fourth = tokens.fourth()
        fifth = tokens.fifth()
        return Tree(first, second, third)
"""
WRITER = "def write_tree(tree: Tree, target: Path) -> None:\n    target.write_text(str(tree))\n"
TESTS = "def test_parse_is_strict() -> None:\n    assert Parser('a b').parse(strict=True)\n"


class Workspace:
    """An index of a few files, which says where things are in them."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.known: list[Definition] = []
        self.imports: list[Import] = []
        self.counterparts: dict[str, str] = {}
        self.ignored: Collection[str] = ()

    def define(self, name: str, path: str, first: int, last: int) -> None:
        self.known.append(
            Definition(
                name=name,
                kind="function",
                container="",
                path=path,
                start_line=first,
                end_line=last,
                signature="",
                doc="",
            )
        )

    def allowed(self, path: str) -> bool:
        return path not in self.ignored

    def definitions(
        self, names: Sequence[str], *, limit: int, within: Sequence[str] = ()
    ) -> list[Definition]:
        return [
            each
            for name in names
            for each in itertools.islice(self.definitions_of(name, within), limit)
        ]

    def definitions_of(self, name: str, within: Sequence[str]) -> list[Definition]:
        return [
            each for each in self.known if each.name == name and (not within or each.path in within)
        ]

    def definitions_in(self, path: str) -> list[Definition]:
        return [each for each in self.known if each.path == path]

    def imports_of(self, path: str) -> list[Import]:
        return self.imports

    def counterpart(self, path: str) -> str | None:
        return self.counterparts.get(path)

    def text_of(self, path: str, first: int, last: int) -> str | None:
        if not self.allowed(path) or path not in self.files:
            return None
        return "\n".join(self.files[path].split("\n")[first - 1 : last])


@pytest.fixture
def workspace() -> Workspace:
    workspace = Workspace({"parser.py": PARSER, "writer.py": WRITER, "test_here.py": TESTS})
    workspace.define("Parser", "parser.py", 1, 12)
    workspace.define("parse", "parser.py", 5, 12)
    workspace.define("write_tree", "writer.py", 1, 2)
    workspace.define("test_parse_is_strict", "test_here.py", 1, 2)
    workspace.imports = [
        Import(name="Parser", module="parser", item="Parser", paths=("parser.py",)),
        Import(name="writer", module="writer", item="", paths=("writer.py",)),
    ]
    return workspace


def at(marked: str, path: str = "here.py") -> Snapshot:
    before, after = marked.split("▏")
    return Snapshot(
        uri=f"file:///w/{path}",
        path=path,
        language="python",
        version=1,
        text=before + after,
        offset=len(before),
    )


def hole(snapshot: Snapshot) -> Hole:
    return find_hole(snapshot, None)


def names(*identifiers: str, callee: str | None = None) -> Names:
    return Names(callee=callee, identifiers=identifiers, imports={})


def gather(
    gatherer: Gatherer, marked: str, near: Names | None = None, *, copy: Copy | None = None
) -> Gathered:
    snapshot = at(marked)
    return gatherer.gather(snapshot, hole(snapshot), near or names(), copy=copy)


def paths(gathered: Gathered) -> list[tuple[str, int]]:
    return [(snippet.path, snippet.start_line) for snippet in gathered.snippets]


def copied(path: str, before: str, after: str, line: int = 1) -> Copy:
    place = Place(path, line, 20, before, after)
    return Copy(CompletionId(""), after.partition("\n")[0], 0.5, 20, (place,))


def test_what_is_called_is_shown_by_its_signature_and_a_few_lines(workspace: Workspace) -> None:
    gathered = gather(Gatherer(workspace), "tree = Parser(▏", names(callee="Parser"))
    assert paths(gathered) == [("parser.py", 1)]
    assert gathered.snippets[0].text == "\n".join(PARSER.split("\n")[:8])
    assert gathered.snippets[0].stable
    assert gathered.reasons == ("defines Parser, called here",)


def test_a_method_that_is_called_is_found_by_its_name(workspace: Workspace) -> None:
    gathered = gather(Gatherer(workspace), "x = p.parse(▏", names("p", callee="p.parse"))
    assert paths(gathered) == [("parser.py", 5)]


def test_names_in_scope_are_found_through_the_imports(workspace: Workspace) -> None:
    workspace.define("Parser", "vendored.py", 1, 1)
    workspace.files["vendored.py"] = "class Parser(Unrelated): ..."
    near = names("write_tree", "writer", "Parser", "nothing")
    gathered = gather(Gatherer(workspace), "▏", near)
    assert paths(gathered) == [("writer.py", 1), ("parser.py", 1)]


def test_what_is_in_view_already_is_left_out(workspace: Workspace) -> None:
    gathered = gather(Gatherer(workspace), PARSER + "▏", names(callee="Parser"))
    assert gathered == Gathered()


def test_edited_and_visited_places_come_along_but_not_what_is_in_view(
    workspace: Workspace,
) -> None:
    gatherer = Gatherer(workspace)
    gatherer.visited("writer.py", 0, text=WRITER, now=0)
    gatherer.edited("parser.py", [Edit(len(PARSER) - 9, "", "x")], text=PARSER, now=10)
    gatherer.edited("here.py", [Edit(0, "", "x")], text="x = 1 + 2 + 3\n", now=20)
    gathered = gather(gatherer, "x = 1 + 2 + 3\n▏")
    assert paths(gathered) == [("parser.py", 6), ("writer.py", 1)]
    assert gathered.reasons == ("was edited a moment ago", "was looked at a moment ago")


def test_an_edited_place_far_above_in_the_document_is_cut_where_the_view_begins(
    workspace: Workspace,
) -> None:
    lines = "".join(f"value_{number:04} = {number}\n" for number in range(1000))
    gatherer = Gatherer(workspace)
    gatherer.edited("here.py", [Edit(0, "", "v")], text=lines, now=0)
    (snippet,) = gather(gatherer, lines + "▏").snippets
    assert snippet.text.startswith("value_0000 = 0\n")
    view = lines[-4000:]
    assert not any(line in view for line in snippet.text.splitlines())


def test_like_code_stands_last_and_says_where_it_is(workspace: Workspace) -> None:
    copy = copied("other.py", "a_first_line()\nb_second_line()\nx = ", "call(1)\nafterwards()\n", 7)
    gathered = gather(Gatherer(workspace), "x = ▏", names(callee="Parser"), copy=copy)
    assert paths(gathered) == [("parser.py", 1), ("other.py", 6)]
    assert gathered.snippets[1].text == "b_second_line()\nx = call(1)\nafterwards()\n"
    assert [snippet.stable for snippet in gathered.snippets] == [True, False]


def test_tests_and_implementation_come_with_each_other(workspace: Workspace) -> None:
    workspace.counterparts = {"here.py": "test_here.py", "test_here.py": "parser.py"}
    gathered = gather(Gatherer(workspace), "def parse(text):\n    ▏\n")
    assert paths(gathered) == [("test_here.py", 1)]
    snapshot = at("def test_parse():\n    ▏\n", "test_here.py")
    gathered = Gatherer(workspace).gather(snapshot, hole(snapshot), names("Parser"))
    assert paths(gathered) == [("parser.py", 1)]


def test_while_a_line_is_typed_nothing_changes(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    first = gather(gatherer, "y = 1\nx▏", names("Parser"))
    gatherer.edited("writer.py", [Edit(0, "", "x")], text=WRITER, now=9)
    copy = copied("other.py", "", "something_else(1)\n")
    assert gather(gatherer, "y = 1\nx = ▏", names("writer", "write_tree"), copy=copy) is first
    assert gatherer.latest(at("y = 1\nx = ▏")) == first.snippets


def test_the_next_line_keeps_what_still_holds_in_its_order(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    first = gather(gatherer, "x▏", names("Parser"))
    second = gather(gatherer, "x\n▏", names("writer", "write_tree", "Parser"))
    assert second.snippets[: len(first.snippets)] == first.snippets
    assert paths(second) == [("parser.py", 1), ("writer.py", 1)]
    assert paths(gather(gatherer, "x\ny\n▏", names("writer", "write_tree"))) == [("writer.py", 1)]


def test_a_call_that_is_begun_brings_its_signature_at_once(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    gather(gatherer, "x = ▏")
    assert paths(gather(gatherer, "x = Parser(▏", names(callee="Parser"))) == [("parser.py", 1)]


def test_nothing_comes_from_an_ignored_file(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    gatherer.edited("writer.py", [Edit(0, "", "x")], text=WRITER, now=0)
    gatherer.visited("parser.py", 0, text=PARSER, now=9)
    workspace.ignored = {"parser.py", "writer.py"}
    assert gather(gatherer, "Parser(▏", names("Parser", callee="Parser")) == Gathered()


def test_a_file_that_becomes_ignored_is_gone_from_the_same_line(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    gather(gatherer, "x▏", names("Parser", "writer", "write_tree"))
    workspace.ignored = {"parser.py"}
    assert gatherer.latest(at("x▏")) == ()
    assert paths(gather(gatherer, "x▏", names("Parser", "writer", "write_tree"))) == [
        ("writer.py", 1)
    ]


def test_when_time_is_up_what_was_chosen_before_stays(workspace: Workspace) -> None:
    seconds_a_look, looks = 0.0, itertools.count()
    gatherer = Gatherer(workspace, clock=lambda: seconds_a_look * next(looks))
    first = gather(gatherer, "x▏", names("Parser", "writer", "write_tree"))
    assert len(first.snippets) == 2
    seconds_a_look = 1.0
    second = gather(gatherer, "x\n▏", names("Parser"))
    assert set(second.snippets) == set(first.snippets)


def test_there_are_at_most_so_many_snippets(workspace: Workspace) -> None:
    near = [f"name_{number}" for number in range(40)]
    for number, name in enumerate(near):
        workspace.files[f"{name}.py"] = f"def {name}(argument_{number}): ..."
        workspace.define(name, f"{name}.py", 1, 1)
        workspace.imports.append(Import(name=name, module=name, item=name, paths=(f"{name}.py",)))
    gatherer = Gatherer(workspace)
    for number in range(10):
        text = f"edited_number_{number} = {number}\n"
        gatherer.edited(f"edited_{number}.py", [Edit(0, "", "x")], text=text, now=number)
    for turn in range(5):
        gathered = gather(gatherer, "x\n" * turn + "▏", names(*near[turn * 5 :]))
        assert 0 < len(gathered.snippets) <= MOST
        assert len(set(gathered.snippets)) == len(gathered.snippets)


def test_a_document_outside_the_folder_is_not_remembered(workspace: Workspace) -> None:
    gatherer = Gatherer(workspace)
    gatherer.edited("", [Edit(0, "", "x")], text=WRITER, now=0)
    gatherer.visited("", 0, text=WRITER, now=0)
    assert gather(gatherer, "▏") == Gathered()
