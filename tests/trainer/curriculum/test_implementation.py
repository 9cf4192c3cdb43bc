from pathlib import Path

import pytest
from git_histories import history
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered, gather
from understudy_trainer.curriculum.implementation import implementation
from understudy_trainer.repoworld.kinds.holes import MOST

SHAPES = '''\
def area_of(width, height):
    """Of a rectangle."""
    return width * height
'''
USE = """\
from shapes import area_of


def total(boxes):
    found = 0
    for box in boxes:
        found += area_of(box.width, box.height)
    return found
"""


def gathered_of(**files: str) -> Gathered:
    return Gathered(
        repository="r",
        commit="0" * 40,
        since=None,
        files={f"{name}.py": text for name, text in files.items()},
        commits=(),
    )


def test_every_example_is_a_file_with_a_hole() -> None:
    gathered = gathered_of(shapes=SHAPES, use=USE * 5)
    examples = list(implementation(gathered, seed=1))
    assert len(examples) >= 8
    for each in examples:
        assert each.prefix + each.middle + each.suffix == gathered.files[each.path]
        assert each.middle.strip()
        assert len(each.middle) <= MOST
    places = [(each.path, len(each.prefix), each.middle) for each in examples]
    assert len(set(places)) == len(places)


def test_lines_blocks_and_places_after_a_pause_are_asked_for() -> None:
    gathered = gathered_of(**{f"m{number}": USE for number in range(200)})
    examples = list(implementation(gathered, seed=1))
    assert any("\n" in each.middle for each in examples)
    assert any(each.prefix.endswith("(") for each in examples)
    assert any(each.prefix.endswith("    ") for each in examples)
    assert any(each.suffix.startswith(")") for each in examples)
    arguments = [each for each in examples if each.prefix.endswith("area_of(")]
    assert {each.middle for each in arguments} == {
        "box.width, box.height",
        "box.width, box.height)",
    }
    to_the_end = [each for each in examples if each.suffix.startswith("\n")]
    assert len(to_the_end) > len(examples) / 2


def test_the_definition_that_a_middle_uses_is_shown_and_never_the_own_file() -> None:
    gathered = gathered_of(shapes=SHAPES, **{f"m{number}": USE for number in range(30)})
    using = [each for each in implementation(gathered, seed=1) if "area_of(" in each.middle]
    shown = [each for each in using if each.snippets]
    assert 0 < len(shown) < len(using)
    for each in shown:
        assert SHAPES.strip() in [snippet.text for snippet in each.snippets]
        assert each.path not in [snippet.path for snippet in each.snippets]


def test_what_was_known_is_not_asked_for_again(tmp_path: Path) -> None:
    first, _ = history(tmp_path, {"use.py": USE}, {"use.py": USE + SHAPES * 3, "other.py": USE})
    examples = list(implementation(gather(tmp_path, since=first), seed=1))
    assert {each.path for each in examples} == {"use.py"}
    for each in examples:
        for line in filter(None, map(str.strip, each.middle.split("\n"))):
            assert line in SHAPES


def test_a_language_without_kinds_is_asked_for_by_lines() -> None:
    text = "int area(int w, int h) {\n  /* of it */\n  return times(w, h);\n}\n" * 3
    gathered = Gathered(
        repository="r", commit="0" * 40, since=None, files={"a.c": text}, commits=()
    )
    examples = list(implementation(gathered, seed=1))
    assert examples
    assert all(each.suffix.startswith("\n") for each in examples)
    assert not any("/*" in each.middle for each in examples)


def test_the_mark_of_a_secret_is_never_what_is_to_be_written() -> None:
    text = "".join(f'a{n} = f("[redacted:secret]", {n})\nb{n} = g({n})\n' for n in range(40))
    middles = [each.middle for each in implementation(gathered_of(a=text), seed=1)]
    assert middles
    assert not any("redacted" in middle for middle in middles)


@pytest.mark.parametrize("text", ["", "\n\n", "\n# only a comment\n"])
def test_a_file_with_nothing_to_ask_for_gives_nothing(text: str) -> None:
    assert list(implementation(gathered_of(a=text), seed=1)) == []


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    gathered = gathered_of(shapes=SHAPES, use=USE * 5)

    def ids(seed: int) -> list[str]:
        return [each.id for each in implementation(gathered, seed=seed)]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


@given(st.text(), st.sampled_from(["a.py", "a.ts", "a.c", "a.sh"]))
def test_of_any_text_a_hole_is_the_text(text: str, path: str) -> None:
    gathered = Gathered(repository="r", commit="0" * 40, since=None, files={path: text}, commits=())
    examples: list[Example] = list(implementation(gathered, seed=1))
    assert all(each.prefix + each.middle + each.suffix == text for each in examples)
