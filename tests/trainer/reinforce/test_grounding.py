"""What parses in its place, and whose names exist."""

from pathlib import Path

import pytest
from task_sets import hole

import understudy_trainer.reinforce.reward as module
from understudy_trainer.reinforce.grounding import Grounding, grounding
from understudy_trainer.repoworld.kinds.holes import holes_in

FILE = {
    "prefix": "import os\n\ndef mix(left, right):\n    total = ",
    "suffix": "\n    return total\n",
}


@pytest.mark.parametrize(
    ("candidate", "parses", "named"),
    [
        ("left + right", True, True),
        ("left + wrong", True, False),
        ("left +", False, False),
        ("left)", False, False),
        ("len(os.path.join(left, key=right))", True, True),
        ("helper(left)", True, True),
        ("hepler(left)", True, False),
        ("[each for each in left if each]", True, True),
        ("(lambda a, *b: a + b)(left)", True, True),
        ("left\n    with open(left) as file:\n        file.read()", True, True),
        ("left\n    import json\n    json.dumps(right)", True, True),
        ("f'{left} {rigth}'", True, False),
        ("'rigth'  # rigth", True, True),
    ],
)
def test_in_python(candidate: str, parses: bool, named: bool) -> None:
    place = hole("left + right", **FILE)
    assert grounding(place, candidate, known=frozenset({"helper"})) == Grounding(parses, named)


@pytest.mark.parametrize(
    ("language", "path", "prefix", "suffix", "good", "bad"),
    [
        (
            "typescript",
            "mix.ts",
            "export function mix(left: number) {\n  const all = ",
            "\n  return all\n}\n",
            "[left].map((each, {at}) => each.size + at + JSON.stringify({left}).length)",
            "[left].map(rigth)",
        ),
        (
            "go",
            "mix.go",
            "package mix\n\nfunc mix(left []int) int {\n\t",
            "\n\treturn 1\n}\n",
            "for i, each := range left { println(i, each.Size) }",
            "for i := range left { println(i, rigth) }",
        ),
        (
            "rust",
            "mix.rs",
            "fn mix(left: u8) -> u8 {\n    ",
            "\n    left\n}\n",
            "let all: Vec<u8> = vec![left]; let n = Some(all.len()).map(|each| each + 1);",
            "let all = rigth(left);",
        ),
        (
            "java",
            "Mix.java",
            "class Mix {\n  int mix(int left) {\n    ",
            "\n    return left;\n  }\n}\n",
            "for (Integer each : List.of(left)) { this.size += each.size(); }",
            "int all = rigth + left;",
        ),
    ],
)
def test_in_other_languages(
    language: str, path: str, prefix: str, suffix: str, good: str, bad: str
) -> None:
    place = hole(good, language=language, path=path, prefix=prefix, suffix=suffix)
    known = frozenset({"List"})
    assert grounding(place, good, known=known) == Grounding(True, True)
    assert grounding(place, bad, known=known) == Grounding(True, False)
    assert grounding(place, "((", known=known) == Grounding(False, False)


@pytest.mark.parametrize(
    ("language", "prefix", "suffix", "named", "said"),
    [
        (
            "python",
            '"""Of the docs."""\nimport os\n\n# as noted\ndef mix(left):\n    total = ',
            "\n    other = 'written' + f'shown {inner}\\n'\n    return total\n",
            ["os", "mix", "left", "total", "other", "inner"],
            ["docs", "noted", "written", "shown", "n"],
        ),
        (
            "typescript",
            "// noted\nimport { os } from 'written'\nfunction mix(left: Kind) {\n  const total = ",
            "\n  const other = `shown ${inner}`.match(/sought/)\n  return total\n}\n",
            ["os", "mix", "left", "Kind", "total", "other", "inner"],
            ["noted", "written", "shown", "sought"],
        ),
        (
            "go",
            'package mix\n\nimport "io/fs"\n\n// noted\nfunc mix(left int) int {\n\ttotal := ',
            '\n\tother := "written" + `shown`\n\treturn total + other\n}\n',
            ["fs", "mix", "left", "total", "other"],
            ["noted", "written", "shown"],
        ),
        (
            "rust",
            "//! docs\n/// noted\nfn mix(left: u8) -> Kind {\n    let total = ",
            ';\n    let other = "written"; println!("shown {}", inner);\n    total\n}\n',
            ["mix", "left", "Kind", "total", "other", "inner"],
            ["docs", "noted", "written", "shown"],
        ),
        (
            "java",
            "/** docs */\nclass Mix {\n  // noted\n  int mix(int left) {\n    int total = ",
            ';\n    String other = "written";\n    return total;\n  }\n}\n',
            ["Mix", "mix", "left", "total", "other"],
            ["docs", "noted", "written"],
        ),
    ],
)
def test_what_only_a_comment_or_a_string_says_is_no_name(
    language: str, prefix: str, suffix: str, named: list[str], said: list[str]
) -> None:
    place = hole("unique", language=language, path="mix", prefix=prefix, suffix=suffix)
    for name in named:
        assert grounding(place, name, known=()) == Grounding(True, True), name
    # Nor is what only the true text says: that is to be found, not shown.
    for name in [*said, "unique"]:
        assert grounding(place, name, known=()) == Grounding(True, False), name


def test_in_a_file_that_is_broken_every_word_may_be_a_name() -> None:
    """As where it was cut within a string: then what is a string and what is not, nobody knows."""
    place = hole("left", prefix='of the docs."""\n' + FILE["prefix"], suffix='\n    "\n')
    assert grounding(place, "docs + right", known=()).named


def test_a_file_that_is_broken_elsewhere_is_not_the_candidates_fault() -> None:
    place = hole("left + right", prefix=FILE["prefix"], suffix=FILE["suffix"] + "\ndef (:\n")
    assert grounding(place, "left", known=()).parses
    assert not grounding(place, "left + (", known=()).parses


def test_a_language_without_a_grammar_says_nothing() -> None:
    assert grounding(hole(language="cobol"), "left", known=()) == Grounding(False, False)


def test_names_of_real_code_exist() -> None:
    # What people wrote must pass: nothing may be called unknown that a reader would find.
    source = Path(module.__file__).read_text(encoding="utf-8")
    places = holes_in(source, "python")
    assert len(places) > 100
    for place in places:
        start, end = place.start, place.end
        true = hole(source[start:end], prefix=source[:start], suffix=source[end:])
        found = grounding(true, true.middle, known=())
        assert found == Grounding(True, True), true.middle
