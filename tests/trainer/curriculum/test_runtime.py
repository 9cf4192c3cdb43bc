"""Only what a passing test called, in a sandbox, becomes an example."""

from pathlib import Path

import pytest

from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.curriculum.runtime import Ran, Sandbox, runtime
from understudy_trainer.repoworld.files import Blob
from understudy_trainer.repoworld.sandbox import Outcome, run_in_sandbox

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


def ran_by(asked: Sandbox) -> Ran:
    return runtime(GATHERED, beside=(), sandbox=asked, seed=1, seconds=60)


def test_where_there_is_no_sandbox_nothing_runs_and_the_note_says_so() -> None:
    ran = ran_by(lambda *_, **__: None)
    assert ran.examples == ()
    assert "no sandbox" in ran.note


def test_nothing_runs_outside_the_sandbox(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    files = {"test_mark.py": f"open({str(mark)!r}, 'w')\ndef test_it(): pass\n"}
    gathered = Gathered(repository="a", commit="c", since=None, files=files, commits=())
    for asked in (lambda *_, **__: None, run_in_sandbox):
        runtime(gathered, beside=(), sandbox=asked, seed=1, seconds=60)
        assert not mark.exists()


@pytest.mark.parametrize(
    "output", ["", "\ntraced:", "\ntraced:!!!", "\ntraced:eJw=", "\ntraced:eJyLjgUAARUAuQ=="]
)
def test_rubbish_from_the_sandbox_teaches_nothing(output: str) -> None:
    ran = runtime(
        GATHERED, beside=(), sandbox=lambda *_, **__: Outcome(0, output), seed=1, seconds=60
    )
    assert ran.examples == ()
    assert ran.note


def test_tests_without_an_end_teach_nothing() -> None:
    ran = runtime(
        GATHERED, beside=(), sandbox=lambda *_, **__: Outcome(None, ""), seed=1, seconds=60
    )
    assert ran.examples == ()
    assert "60 s" in ran.note


@pytest.mark.usefixtures("real_sandbox")
def test_what_a_passing_test_called_is_learned_with_its_types_and_its_test() -> None:
    ran, same = (
        runtime(GATHERED, beside=(), sandbox=run_in_sandbox, seed=1, seconds=120) for _ in range(2)
    )
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


def test_other_files_of_the_repository_are_put_into_the_sandbox() -> None:
    seen: list[bytes] = []

    def looks(command: object, *, folder: Path, seconds: float) -> Outcome:
        seen.append((folder / "tests/prices.csv").read_bytes())
        return Outcome(None, "")

    table = Blob("tests/prices.csv", executable=False, content=b"tea,3\n")
    runtime(GATHERED, beside=(table,), sandbox=looks, seed=1, seconds=60)
    assert seen == [b"tea,3\n"]


@pytest.mark.usefixtures("real_sandbox")
def test_tests_find_the_files_that_they_read() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/prices.py": (
            "def price_of(line):\n    name, price = line.split(',')\n    return int(price)\n"
        ),
        "tests/test_prices.py": (
            "from pathlib import Path\n\nfrom shop.prices import price_of\n\n\n"
            "def test_prices():\n"
            "    table = Path(__file__).with_name('prices.csv').read_text()\n"
            "    assert [price_of(line) for line in table.splitlines()] == [3, 5]\n"
        ),
    }
    gathered = Gathered(repository="shop", commit="c", since=None, files=files, commits=())
    table = Blob("tests/prices.csv", executable=False, content=b"tea,3\nmilk,5\n")
    without, with_it = (
        runtime(gathered, beside=beside, sandbox=run_in_sandbox, seed=1, seconds=120)
        for beside in ((), (table,))
    )
    assert without.examples == ()
    assert "# price_of(line: str) -> int" in {each.hint for each in with_it.examples}


def test_no_file_is_written_outside_the_copy(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def look(command: object, *, folder: Path, seconds: float) -> Outcome:
        seen.append(sorted(path.name for path in folder.rglob("*")))
        return Outcome(0, "")

    names = ("../above", str(tmp_path / "mark"), ".git/config", "data.json")
    beside = [Blob(name, executable=False, content=b"{}") for name in names]
    gathered = Gathered(repository="a", commit="c", since=None, files={}, commits=())
    runtime(gathered, beside=beside, sandbox=look, seed=1, seconds=60)
    assert seen == [["data.json"]]
    assert not (tmp_path / "mark").exists()
