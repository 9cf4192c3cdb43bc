"""Names near the cursor; `‸` is the cursor."""

import pytest
from snapshots import snapshot_of

from understudy_lsp.hole.names import Names, names_near
from understudy_lsp.hole.trees import SyntaxTrees


def names_in(drawn: str, language: str = "python") -> Names:
    snapshot = snapshot_of(drawn, language=language)
    return names_near(snapshot, SyntaxTrees().tree(snapshot))


@pytest.mark.parametrize(
    ("drawn", "language", "callee"),
    [
        ("f(‸", "python", "f"),
        ("x = a.b.f(1, ‸)", "python", "a.b.f"),
        ("f(g(1), ‸", "python", "f"),
        ("f(1)‸", "python", None),
        ("f(')', ‸", "python", "f"),
        ("f(\n    a,\n    ‸\n)", "python", "f"),
        ("return f(‸)", "python", "f"),
        ("def f(‸", "python", None),
        ("class A(‸", "python", None),
        ("if (‸", "javascript", None),
        ("f([1, ‸", "python", None),
        ("x?.y(‸", "typescript", "x?.y"),
        ("await f(‸", "typescript", "f"),
        ("new A(‸", "java", "A"),
        ("int f(‸", "c", None),
        ("p->f(‸", "c", "p->f"),
        ("A::f(‸", "rust", "A::f"),
        ("func f(‸", "go", None),
        ("f(1); (‸", "c", None),
        ("a.foo!(‸", "ruby", "a.foo!"),
        ("f(‸", "plaintext", "f"),
    ],
)
def test_the_callee_is_what_the_cursor_is_in_the_arguments_of(
    drawn: str, language: str, callee: str | None
) -> None:
    assert names_in(drawn, language).callee == callee


def test_names_are_those_of_the_scope_the_nearest_first() -> None:
    drawn = """\
far = 1

def f(alpha, beta):
    gamma = "word in a string"  # and in a comment
    for delta in alpha:
        show(delta, ‸)
"""
    assert names_in(drawn).identifiers == ("delta", "show", "alpha", "gamma", "beta", "f")


def test_a_word_that_is_being_typed_is_no_name() -> None:
    assert "alp" not in names_in("alpha = 1\nalp‸").identifiers


@pytest.mark.parametrize(
    ("language", "text", "imports"),
    [
        ("python", "import a.b, os\n", {"b": "a.b"}),
        ("python", "import numpy as np\n", {"np": "numpy"}),
        ("python", "from . import a\nfrom .b import (\n    c,\n    d as e,\n)\n",
         {"a": ".", "c": ".b", "e": ".b"}),
        ("typescript", "import type { A, B as C } from './a';\nimport D, * as E from \"d\";\n",
         {"A": "./a", "C": "./a", "D": "d", "E": "d"}),
        ("javascript", "const { a, b: c } = require('x');\nconst d = require('y')\n",
         {"a": "x", "c": "x", "d": "y"}),
        ("go", 'import (\n\t"fmt"\n\tx "a/b"\n)\nimport "os"\n',
         {"fmt": "fmt", "x": "a/b", "os": "os"}),
        ("rust", "use std::io;\nuse a::b::{c, d as e};\npub use f::g as h;\n",
         {"io": "std", "c": "a::b", "e": "a::b", "h": "f"}),
        ("java", "import a.b.C;\nimport static d.E.f;\n", {"C": "a.b.C", "f": "d.E.f"}),
        ("c", '#include <stdio.h>\n#include "a/b.h"\n', {"stdio": "stdio.h", "b": "a/b.h"}),
        ("csharp", "using A.B;\nusing C = D.E;\n", {"B": "A.B", "C": "D.E"}),
        ("ruby", "require 'a/b'\nrequire_relative 'c'\n", {"b": "a/b", "c": "c"}),
        ("php", "<?php\nuse A\\B;\nuse C\\D as E;\nuse F\\{G, H};\n",
         {"B": "A\\B", "E": "C\\D", "G": "F", "H": "F"}),
        ("kotlin", "import a.b.C\nimport d.E as F\n", {"C": "a.b.C", "F": "d.E"}),
        ("swift", "import A\nimport class B.C\n", {"A": "A", "C": "B.C"}),
        ("scala", "import a.b.{C, D => E}\nimport f.G\n", {"C": "a.b", "E": "a.b", "G": "f"}),
        ("shellscript", "source ./a.sh\n. b.sh\n", {"a": "./a.sh", "b": "b.sh"}),
        ("css", "@import url('a/b.css');\n", {"b": "a/b.css"}),
        ("plaintext", "import a\n", {}),
    ],
)  # fmt: skip
def test_imports_are_read_as_written(language: str, text: str, imports: dict[str, str]) -> None:
    assert names_in(text + "‸", language).imports == imports
