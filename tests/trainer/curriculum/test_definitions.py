import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.definitions import LINES, Definitions, definitions_in

PYTHON = '''\
import re

LIMIT = 3

@cache
def area(width, height):
    """Of a rectangle."""
    inner = 1
    return width * height


class Shape:
    sides = 4

    def name(self):
        return "shape"
'''


def test_python_defines_functions_classes_methods_and_constants() -> None:
    found = list(definitions_in("a.py", PYTHON))
    assert [(each.name, each.line, each.top) for each in found] == [
        ("LIMIT", 3, True),
        ("area", 5, True),
        ("Shape", 12, True),
        ("name", 15, False),
    ]
    assert found[1].text.startswith("@cache\ndef area")
    assert found[1].signature == "def area(width, height)"


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "a.ts",
            "export function load(): void {}\ninterface A {}\ntype B = A;",
            ["load", "A", "B"],
        ),
        ("a.js", "const limit = 3;\nclass Shape { area() {} }", ["limit", "Shape", "area"]),
        ("a.tsx", "export const View = () => <p/>;", ["View"]),
        (
            "a.go",
            "package a\nfunc Load() {}\nfunc (s S) Go() {}\ntype S struct{}\n",
            ["Load", "Go", "S"],
        ),
        ("a.rs", "pub fn load() {}\nstruct S;\nimpl S { fn go(&self) {} }", ["load", "S", "go"]),
        ("A.java", "class A { int load() { return 1; } }", ["A", "load"]),
        ("a.md", "# def nothing", []),
    ],
)
def test_other_languages(path: str, text: str, names: list[str]) -> None:
    assert [each.name for each in definitions_in(path, text)] == names


def test_only_the_beginning_of_a_long_definition_is_shown() -> None:
    (found,) = definitions_in("a.py", "def f():\n" + "    x = 1\n" * 50)
    assert found.text.count("\n") == LINES - 1


def test_what_is_used_is_found_in_other_files_of_the_same_language() -> None:
    definitions = Definitions(
        {
            "shapes.py": PYTHON,
            "use.py": "from shapes import area\nprint(area(1, 2))\n",
            "other.py": "print(area)\n",
            "x.js": "const area = 1;",
        }
    )
    words = frozenset({"shapes", "area"})
    (snippet,) = definitions.used(["area"], "use.py", words=words, most=3)
    assert (snippet.path, snippet.start_line) == ("shapes.py", 5)
    assert definitions.used(["area"], "other.py", words=frozenset({"area"}), most=3) == []
    assert definitions.used(["area"], "shapes.py", words=words, most=3) == []


def test_a_name_that_is_defined_everywhere_tells_nothing() -> None:
    files = {f"m{number}.py": "def run():\n    pass\n" for number in range(9)}
    words = frozenset({"run", *(f"m{number}" for number in range(9))})
    assert Definitions(files).used(["run"], "use.py", words=words, most=3) == []


@given(st.text(), st.sampled_from(["a.py", "a.ts", "a.go", "a.rs", "A.java", "a.jsx"]))
def test_any_text_can_be_looked_into(text: str, path: str) -> None:
    count = text.count("\n") + 1
    for each in definitions_in(path, text):
        assert 1 <= each.line <= count
        assert each.text.split("\n")[0] == text.split("\n")[each.line - 1]
