"""Only what a passing test called, in a sandbox, becomes an example."""

from pathlib import Path

import pytest

from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.curriculum.runtime import runtime
from understudy_trainer.repoworld.sandbox import Outcome, run_in_sandbox, sandbox

FILES = {
    "shop/__init__.py": "",
    "shop/area.py": (
        "def area(width, height):\n"
        "    product = width * height\n"
        "    return float(product)\n\n\n"
        "def broken(width):\n"
        "    return width.nothing\n\n\n"
        "def never(width):\n"
        "    return width + 1\n"
    ),
    "tests/test_area.py": (
        "from shop.area import area, broken\n\n\n"
        "def test_area():\n"
        "    assert area(2, 3) == 6.0\n\n\n"
        "def test_broken():\n"
        "    broken(1)\n"
    ),
}
GATHERED = Gathered(repository="shop", commit="c" * 40, since=None, files=FILES, commits=())


def test_where_there_is_no_sandbox_nothing_runs_and_the_note_says_so() -> None:
    ran = runtime(GATHERED, sandbox=lambda *_, **__: None, seed=1, seconds=60)
    assert ran.examples == ()
    assert "no sandbox" in ran.note


def test_nothing_runs_outside_the_sandbox(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    files = {"test_mark.py": f"open({str(mark)!r}, 'w')\ndef test_it(): pass\n"}
    gathered = Gathered(repository="a", commit="c", since=None, files=files, commits=())
    for asked in (lambda *_, **__: None, run_in_sandbox):
        runtime(gathered, sandbox=asked, seed=1, seconds=60)
        assert not mark.exists()


@pytest.mark.parametrize(
    "output", ["", "\ntraced:", "\ntraced:!!!", "\ntraced:eJw=", "\ntraced:eJyLjgUAARUAuQ=="]
)
def test_rubbish_from_the_sandbox_teaches_nothing(output: str) -> None:
    ran = runtime(GATHERED, sandbox=lambda *_, **__: Outcome(0, output), seed=1, seconds=60)
    assert ran.examples == ()
    assert ran.note


def test_tests_without_an_end_teach_nothing() -> None:
    ran = runtime(GATHERED, sandbox=lambda *_, **__: Outcome(None, ""), seed=1, seconds=60)
    assert ran.examples == ()
    assert "60 s" in ran.note


def test_what_a_passing_test_called_is_learned_with_its_types_and_its_test() -> None:
    if sandbox() is None:
        pytest.skip("this machine starts no sandbox")
    ran, same = (runtime(GATHERED, sandbox=run_in_sandbox, seed=1, seconds=120) for _ in range(2))
    assert ran == same
    assert ran.note == ""
    assert {each.unit for each in ran.examples} == {"runtime"}
    assert "nothing" not in "".join(each.middle for each in ran.examples)
    assert "width + 1" not in "".join(each.middle for each in ran.examples)
    (hinted,) = (each for each in ran.examples if each.hint)
    assert hinted.hint == "# area(width: int, height: int) -> float"
    assert hinted.middle == "product = width * height\n    return float(product)"
    (paired,) = (each for each in ran.examples if each.snippets)
    assert paired.prefix + paired.middle + paired.suffix == FILES["shop/area.py"]
    assert "assert area(2, 3) == 6.0" in paired.snippets[0].text
