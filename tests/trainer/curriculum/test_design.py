import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.design import HEAD, design, purpose_of
from understudy_trainer.curriculum.gather import Gathered

SHAPES = '''\
"""Shapes and how large
they are.

More about it.
"""

import math
from collections import abc


def area_of(width, height):
    return width * height


def _hidden():
    return math.pi
'''
FILES = {
    "lib/shapes.py": SHAPES,
    "lib/use.py": "from lib.shapes import area_of\n\nTOTAL = area_of(1, 2)\n",
    "lib/script.py": "print('no name for anybody')\n",
}
CARD = """\
# Module: lib/shapes.py
# Purpose: Shapes and how large they are.
# Exports: def area_of(width, height)
# Imports: math, collections
# Used by: lib/use.py (area_of)"""


def gathered_of(files: dict[str, str], *unchanged: str) -> Gathered:
    return Gathered(
        repository="r",
        commit="0" * 40,
        since=None,
        files=files,
        commits=(),
        unchanged=frozenset(unchanged),
    )


def test_the_card_is_asked_for_above_the_code_and_the_code_below_the_card() -> None:
    card, code = [
        each for each in design(gathered_of(FILES), seed=1) if each.path == "lib/shapes.py"
    ]
    assert card.prefix + card.middle == CARD
    assert card.prefix == "# Module: lib/shapes.py\n"
    assert card.suffix == f"\n\n{SHAPES}"
    assert code.prefix == f"{CARD}\n\n"
    assert code.middle + code.suffix == SHAPES
    assert 0 < len(code.middle) <= HEAD


def test_a_module_that_nobody_uses_has_no_card() -> None:
    paths = {each.path for each in design(gathered_of(FILES), seed=1)}
    assert paths == {"lib/shapes.py"}


def test_a_name_of_another_language_or_module_is_no_use_of_it() -> None:
    elsewhere = {"a.js": "area_of(shapes)", "a.py": "area_of = None\nprint(area_of)"}
    files = {"lib/shapes.py": SHAPES, "other.py": "print(area_of)"}
    assert list(design(gathered_of(files | elsewhere), seed=1)) == []


def test_in_one_package_of_go_no_module_is_named() -> None:
    files = {"a/area.go": "package a\nfunc Area() {}\n", "a/use.go": "package a\nvar x = Area()\n"}
    cards = [each.middle for each in design(gathered_of(files), seed=1)]
    assert "// Exports: func Area()\n// Used by: a/use.go (Area)" in cards


def test_what_has_not_changed_is_not_learned_again() -> None:
    used = FILES | {"lib/more.py": "from lib.use import TOTAL\n"}
    examples = design(gathered_of(used, "lib/shapes.py"), seed=1)
    assert {each.path for each in examples} == {"lib/use.py"}


def test_a_secret_in_a_card_is_not_asked_for() -> None:
    files = {"a.py": 'PASSWORD = "[redacted:secret]"\n', "b.py": "import a\na.PASSWORD\n"}
    assert list(design(gathered_of(files), seed=1)) == []
    plain = {path: text.replace("[redacted:secret]", "1") for path, text in files.items()}
    assert len(list(design(gathered_of(plain), seed=1))) == 2


def test_no_file_gives_nothing() -> None:
    assert list(design(gathered_of({}), seed=1)) == []


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("# A comment\n# of two lines\nx = 1\n", "A comment of two lines"),
        ("/** Block\n * of it. */\nlet x;", "Block of it."),
        ("//! Rust.\nuse a;", "Rust."),
        ("// Copyright 2020 Somebody\nx", ""),
        ("#!/bin/sh\necho\n", ""),
        ("x = 1", ""),
        ("", ""),
        (f'"""{"word " * 100}"""', f"{'word ' * 39}word …"),
    ],
)
def test_the_purpose_is_the_first_paragraph(text: str, purpose: str) -> None:
    assert purpose_of(text) == purpose


@given(st.text())
def test_a_purpose_is_one_line(text: str) -> None:
    assert len(purpose_of(text).splitlines()) <= 1
