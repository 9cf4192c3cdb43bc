"""Which tests are asked about a hole."""

from pathlib import Path

from task_sets import hole

from understudy_trainer.repoworld.concerned import concerned, files_of_tests, is_test
from understudy_trainer.repoworld.hole import Hole

SHOP = hole(
    "1",
    path="src/shop/_till.py",
    prefix="class Till:\n    def __init__(self):\n        self.sum = ",
    suffix="\n\n    def pay(self):\n        return 2\n",
)


def cut(text: str, middle: str) -> Hole:
    prefix, _, suffix = text.partition(middle)
    return hole(middle, path="src/shop/_till.py", prefix=prefix, suffix=suffix)


def test_who_mentions_the_innermost_name_most_comes_first() -> None:
    whole = SHOP.prefix + SHOP.middle + SHOP.suffix
    tests = {
        "tests/test_a.py": "Till()\nTill()\nTill()\n",
        "tests/test_b.py": "Till().pay()\n",
        "tests/test_c.py": "pay(); pay()\n",
        "tests/test_d.py": "nothing of it, only payment\n",
    }
    assert concerned(cut(whole, "2"), tests) == [f"tests/test_{name}.py" for name in "cba"]
    # A special method is called by another name than its own.
    tests["tests/test_e.py"] = "__init__()\n"
    assert concerned(SHOP, tests) == [f"tests/test_{name}.py" for name in "ab"]


def test_a_file_named_after_the_module_comes_before_all() -> None:
    tests = {"test_other.py": "Till() " * 9, "test_till.py": "", "till_test.py": "Till"}
    assert concerned(SHOP, tests) == ["till_test.py", "test_till.py", "test_other.py"]


def test_the_decorator_and_the_head_of_a_function_are_in_it() -> None:
    text = "@cached\ndef area(width):\n    return width\n"
    tests = {"test_a.py": "area"}
    for middle in ("cached", "area(width)", "return width"):
        assert concerned(cut(text, middle), tests) == ["test_a.py"]
    assert concerned(cut(f"limit = 9\n{text}", "9"), tests) == []


def test_outside_of_functions_and_in_broken_text_the_module_counts() -> None:
    tests = {"test_a.py": "from shop import _till", "test_b.py": "import shop"}
    for text in ("limit = 9\n", "def (:\nlimit = 9\n"):
        assert concerned(cut(text, "9"), tests) == ["test_a.py"]
    init = hole("1", path="shop/__init__.py", prefix="version = ", suffix="\n")
    assert concerned(init, tests) == ["test_a.py", "test_b.py"]


def test_a_hole_in_a_test_concerns_that_file_alone() -> None:
    inside = hole("1", path="tests/test_a.py", prefix="def test_mix():\n    assert ", suffix="\n")
    tests = {"tests/test_a.py": "", "tests/test_mix.py": "test_mix test_a"}
    assert concerned(inside, tests) == ["tests/test_a.py"]
    assert concerned(inside, {"tests/test_mix.py": "test_mix"}) == []


def test_files_are_those_that_pytest_looks_into(tmp_path: Path) -> None:
    for name in ("test_a.py", "deep/b_test.py", "deep/conftest.py", "a.py", "test_a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "test_binary.py").write_bytes(b"\xff\x00")
    (tmp_path / "test_link.py").symlink_to(tmp_path / "test_a.py")
    assert files_of_tests(tmp_path) == {
        "deep/b_test.py": "deep/b_test.py",
        "test_a.py": "test_a.py",
    }
    assert not is_test("tests/test_data.json")
