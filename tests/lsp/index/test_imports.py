"""What is imported, in the words of each language."""

import pytest

from understudy_lsp.index.definitions import facts_of

IMPORTS = [
    ("python", "import a.b", "a = a.b"),
    ("python", "import a.b as c", "c = a.b"),
    ("python", "from .a import (b, c as d)", "b = .a b; d = .a c"),
    ("python", "from . import a", "a = . a"),
    ("python", "def f():\n    from a import *", "* = a *"),
    ("typescript", "import a, { b, c as d } from './x'", "a = ./x default; b = ./x b; d = ./x c"),
    ("typescript", "import * as n from 'n'", "n = n"),
    ("typescript", "import type { T } from './t'", "T = ./t T"),
    ("typescript", "export * from './y'", "* = ./y *"),
    ("typescriptreact", "import { useState } from 'react'", "useState = react useState"),
    ("javascript", "const a = require('./a')", "a = ./a"),
    ("javascript", "const { b, c: d } = require('./a')", "b = ./a b; d = ./a c"),
    ("go", 'package p\nimport (\n"x/y/v2"\nz "q"\n_ "w"\n)', "y = x/y/v2; z = q"),
    ("rust", "use a::{self, b::{C, D as E}, *};", "a = a; C = a::b C; E = a::b D; * = a *"),
    ("rust", "mod child;", "child = self child"),
    (
        "java",
        "import a.b.C;\nimport static a.D.e;\nimport a.f.*;",
        "C = a.b C; e = a.D e; * = a.f *",
    ),
    ("kotlin", "import a.B\nimport a.C as D", "B = a B; D = a C"),
    ("scala", "import a.{B, C => D}\nimport x._", "B = a B; D = a C; * = x *"),
    ("php", "<?php\nuse A\\B;\nuse A\\C as D;", "B = A B; D = A C"),
    ("csharp", "using A.B;", "* = A.B *"),
    ("c", '#include "a/b.h"\n#include <stdio.h>', "* = a/b.h *"),
    ("ruby", "require_relative 'a/b'", "* = a/b *"),
    ("shellscript", "source ./a.sh\n. b.sh", "* = ./a.sh *; * = b.sh *"),
    ("swift", "import Foo", "* = Foo *"),
]


@pytest.mark.parametrize(("language", "source", "expected"), IMPORTS)
def test_finds_imports(language: str, source: str, expected: str) -> None:
    found = facts_of("file", language, source + "\n").imports
    assert [f"{each.name} = {each.module} {each.item}".strip() for each in found] == expected.split(
        "; "
    )
