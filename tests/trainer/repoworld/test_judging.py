"""What is not right by its text may be so by tests, and only by tests that tell something."""

import base64
import json
import re
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from task_sets import hole

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.judging import Judged, judge
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.sandbox import Outcome, run_in_sandbox
from understudy_trainer.repoworld.task_set import TaskSet
from understudy_trainer.repoworld.tester import ASKED
from understudy_trainer.repoworld.trial import NO_PYTEST, NO_SANDBOX, TESTER, Asked
from understudy_trainer.repoworld.world_tests import stand_ins

MIX = "def mix(left, right):\n    return left + right\n\n\ndef lone(left):\n    return left * 2\n"
TEST = (
    "from mix import mix\n\n\n"
    "def test_mix():\n    assert mix(1, 2) == 3\n\n\n"
    "def test_broken():\n    assert mix(1, 2) == 4\n"
)
FILES = {"mix.py": MIX, "tests/test_mix.py": TEST}


def cut(middle: str, *, path: str = "mix.py", files: dict[str, str] = FILES, **more: str) -> Hole:
    prefix, found, suffix = files[path].partition(middle)
    assert found
    return hole(middle, path=path, prefix=prefix, suffix=suffix, **more)


SUM = cut("left + right")
LONE = cut("left * 2")


class Plain:
    """Runs functions of tests by itself, where they may do no harm: they are ours. Counts runs."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, command: Sequence[str], *, folder: Path, seconds: float) -> Outcome:
        asked = json.loads((folder / ASKED).read_text())
        self.ran.append((folder / "mix.py").read_text())
        if "while True" in self.ran[-1]:
            return Outcome(None, "")
        passed: list[str] = []
        for path in asked["paths"]:
            functions = self._load(folder, path)
            passed += [f"{path}::{name}" for name in functions if self._passes(functions[name])]
        if asked["wanted"] is None:
            row = json.dumps({"tests": passed, "seconds": 2}).encode()
            told = base64.b64encode(zlib.compress(row)).decode()
            return Outcome(0, f"dots\npassing:{told}\n")
        return Outcome(0, "\nall passed\n" if {*asked["wanted"]} <= {*passed} else "\nfailed\n")

    def _load(self, folder: Path, path: str) -> dict[str, Callable[[], None]]:
        names: dict[str, Any] = {}
        try:
            exec((folder / "mix.py").read_text(), names)
            exec(re.sub("^from mix.*\n", "", (folder / path).read_text()), names)
        except Exception:
            return {}
        return {name: each for name, each in names.items() if name.startswith("test_")}

    def _passes(self, function: Callable[[], None]) -> bool:
        try:
            function()
        except Exception:
            return False
        return True


def nowhere(command: Sequence[str], *, folder: Path, seconds: float) -> None:
    return None


def world(folder: Path, files: dict[str, str] = FILES) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


async def judged(
    folder: Path,
    answers: Mapping[str, Mapping[Hole, Sequence[str]]],
    *,
    by: Callable[..., Outcome | None],
    files: dict[str, str] = FILES,
    said: list[str] | None = None,
) -> Judged:
    """`answers` are agent → hole → candidates, all wrong by their text."""
    holes = tuple(dict.fromkeys(each for of in answers.values() for each in of))
    task_set = TaskSet("mini", 0, (), holes)
    results = [
        Result(task_set.hash, agent, each.id, Answer(candidates=tuple(texts)), success=False)
        for agent, of in answers.items()
        for each, texts in of.items()
    ]
    return await judge(
        task_set,
        results,
        folder_of=lambda name: world(folder / name, files),
        verdicts=folder / "verdicts.jsonl",
        sandbox=by,
        progress=lambda text: None if said is None else said.append(text),
    )


async def successes(
    folder: Path,
    candidates: dict[Hole, Sequence[str]],
    *,
    by: Callable[..., Outcome | None] | None = None,
    files: dict[str, str] = FILES,
) -> list[bool]:
    found = await judged(folder, {"a": candidates}, by=by or Plain(), files=files)
    return [result.success for result in found.results]


async def test_other_words_for_the_same_are_right_and_what_tests_fail_is_not(
    tmp_path: Path,
) -> None:
    assert await successes(tmp_path / "same", {SUM: ["right + left"]}) == [True]
    assert await successes(tmp_path / "other", {SUM: ["left - right"]}) == [False]
    assert await successes(tmp_path / "any", {SUM: ["left", "sum((left, right))"]}) == [True]


@pytest.mark.usefixtures("real_sandbox")
async def test_a_real_sandbox_says_the_same(tmp_path: Path) -> None:
    texts: dict[Hole, Sequence[str]] = {SUM: ["right + left"], LONE: ["left * 3"]}
    found = await judged(tmp_path, {"a": texts, "b": {SUM: ["left - right"]}}, by=run_in_sandbox)
    assert [result.success for result in found.results] == [True, False, False]
    assert (found.asked, found.told) == (2, 1)


@pytest.mark.usefixtures("real_sandbox")
async def test_a_repository_with_its_sources_in_src_and_settings_of_its_own_is_run(
    tmp_path: Path,
) -> None:
    files = {
        "src/mix.py": MIX,
        "tests/test_mix.py": "import subprocess, sys, warnings\n"
        "import pytest\n"
        "from mix import mix\n\n\n"
        "@pytest.mark.parametrize('more', [1, 2])\n"
        "def test_mix(more):\n    warnings.warn('old')\n    assert mix(1, more) == 1 + more\n\n\n"
        "def test_elsewhere():\n"
        "    subprocess.run([sys.executable, '-c', 'import mix'], check=True)\n",
        "pytest.ini": "[pytest]\naddopts = --cov=mix -n auto\nfilterwarnings = error\n",
    }
    asked = cut("left + right", path="src/mix.py", files=files)
    # The second is right in one of two cases only.
    answers = {"a": {asked: ["right + left"]}, "b": {asked: ["right + right"]}}
    found = await judged(tmp_path, answers, by=run_in_sandbox, files=files)
    assert [result.success for result in found.results] == [True, False]


async def test_tests_that_pass_without_any_text_tell_nothing(tmp_path: Path) -> None:
    fake = Plain()
    found = await judged(tmp_path, {"a": {LONE: ["left * 3"]}}, by=fake)
    assert not found.results[0].success
    assert (found.asked, found.told) == (1, 0)
    # The file by itself, and with the least in its place: no candidate was asked.
    assert len(fake.ran) == 2
    assert fake.ran[1] == MIX.replace("left * 2", "")


async def test_a_value_is_tested_if_neither_of_two_others_will_do(tmp_path: Path) -> None:
    files = {**FILES, "mix.py": "def mix(left, right):\n    both = left + right\n    return both\n"}
    asked = cut("left + right", files=files)
    fake = Plain()
    assert await successes(tmp_path, {asked: ["right + left"]}, by=fake, files=files) == [True]
    stand_ins = [files["mix.py"].replace("left + right", text) for text in ("None", "True")]
    assert fake.ran[1:3] == stand_ins


async def test_a_condition_that_tests_find_met_always_is_not_tested(tmp_path: Path) -> None:
    mix = "def mix(left, right):\n    if left < 9:\n        return left + right\n"
    files = {**FILES, "mix.py": mix}
    asked = cut("left < 9", files=files)
    found = await judged(tmp_path, {"a": {asked: ["right"]}}, by=Plain(), files=files)
    assert (found.told, found.results[0].success) == (0, False)


@pytest.mark.parametrize(
    ("prefix", "suffix", "expected"),
    [
        ("a = ", "", ["None", "True"]),
        ("a = f(", ")", ["", "None", "True"]),
        ("def f():\n    ", "\n", ["pass"]),
        ("def f():\n    a = 1\n    ", "\n", [""]),
        ("a = '", "'", [""]),
        ("a.", "", ["_"]),
        ("import ", "", ["_"]),
        ("try:\n    a\n", "\n    b\n", []),
    ],
)
def test_the_least_that_can_stand_in_a_place_is_python(
    prefix: str, suffix: str, expected: list[str]
) -> None:
    assert stand_ins(hole("middle", prefix=prefix, suffix=suffix)) == expected


def test_the_true_text_does_not_stand_in_for_itself() -> None:
    assert stand_ins(hole("None", prefix="a = ", suffix="")) == ["True"]


async def test_a_test_fails_by_its_own_fault_and_others_are_asked(tmp_path: Path) -> None:
    files = {**FILES, "tests/test_mix.py": TEST.replace("== 3", "== 5")}
    found = await judged(tmp_path, {"a": {SUM: ["right + left"]}}, by=Plain(), files=files)
    assert (found.told, found.results[0].success) == (0, False)


async def test_files_that_pass_by_themselves_only_tell_nothing(tmp_path: Path) -> None:
    class Quarrelling(Plain):
        def __call__(self, command: Sequence[str], *, folder: Path, seconds: float) -> Outcome:
            wanted = json.loads((folder / ASKED).read_text())["wanted"]
            alone = super().__call__(command, folder=folder, seconds=seconds)
            return alone if wanted is None else Outcome(0, "\nfailed\n")

    fake = Quarrelling()
    found = await judged(tmp_path, {"a": {SUM: ["right + left"]}}, by=fake)
    assert (found.asked, found.told) == (1, 0)
    assert MIX.replace("left + right", "right + left") not in fake.ran


async def test_a_hole_in_a_test_is_right_if_that_test_passes_and_notices(tmp_path: Path) -> None:
    value = cut("3", path="tests/test_mix.py")
    assert await successes(tmp_path, {value: ["1 + 2"]}) == [True]
    assert await successes(tmp_path / "wrong", {value: ["4"]}) == [False]
    # Nothing tests what a test asserts.
    for whole in ("mix(1, 2) == 3", "assert mix(1, 2) == 3"):
        itself = cut(whole, path="tests/test_mix.py")
        assert await successes(tmp_path / whole, {itself: [whole.replace("3", "1 + 2")]}) == [False]


async def test_a_test_without_an_end_is_no_success(tmp_path: Path) -> None:
    endless = cut("return left + right")
    assert await successes(tmp_path, {endless: ["while True:\n        pass"]}) == [False]
    # Only the candidate's first line stands in the place of a line.
    assert await successes(tmp_path / "one", {endless: ["while True: pass"]}) == [False]


@pytest.mark.usefixtures("real_sandbox")
def test_a_sandbox_ends_a_test_that_takes_too_much_of_the_processor(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a():\n    while True:\n        pass\n")
    (tmp_path / ASKED).write_bytes(msgspec.json.encode(Asked(("test_a.py",), seconds=2)))
    command = [sys.executable, "-I", "-c", TESTER.read_text()]
    outcome = run_in_sandbox(command, folder=tmp_path, seconds=300)
    assert outcome is not None
    assert outcome.code not in (0, None)
    assert "passing:" not in outcome.output


async def test_nothing_that_is_no_python_in_its_place_is_run(tmp_path: Path) -> None:
    fake = Plain()
    broken = ["left +", "", " ", "left) + (right", "left\x00"]
    found = await judged(tmp_path, {"a": {SUM: broken}}, by=fake)
    assert (found.asked, fake.ran) == (0, [])


async def test_only_python_is_asked(tmp_path: Path) -> None:
    fake = Plain()
    found = await judged(tmp_path, {"a": {cut("left + right", language="go"): ["x"]}}, by=fake)
    assert (found.asked, fake.ran) == (0, [])


async def test_two_agents_with_the_same_candidate_are_judged_by_one_run(tmp_path: Path) -> None:
    fake = Plain()
    texts: dict[Hole, Sequence[str]] = {SUM: ["right + left"]}
    found = await judged(tmp_path, {"a": texts, "b": texts, "c": {SUM: ["left"]}}, by=fake)
    assert [result.success for result in found.results] == [True, True, False]
    assert found.by_tests == {"a": 1, "b": 1, "c": 0}
    assert fake.ran.count(MIX.replace("left + right", "right + left")) == 1


async def test_what_was_judged_is_not_run_again(tmp_path: Path) -> None:
    answers: dict[str, dict[Hole, Sequence[str]]] = {
        "a": {SUM: ["right + left"], LONE: ["left * 3"]},
        "b": {SUM: ["left"], LONE: ["left"]},
    }
    first = await judged(tmp_path, answers, by=Plain())
    fake, said = Plain(), list[str]()
    assert await judged(tmp_path, answers, by=fake, said=said) == first
    assert fake.ran == said == []
    # After a kill only the rest is: the file of tests, and the last candidate.
    lines = (tmp_path / "verdicts.jsonl").read_bytes().splitlines(keepends=True)
    last = next(line for line in lines if b'"right + left"' in line)
    kept = b"".join(line for line in lines if line != last) + last[:20]
    (tmp_path / "verdicts.jsonl").write_bytes(kept)
    assert await judged(tmp_path, answers, by=fake) == first
    assert fake.ran == [MIX, MIX.replace("left + right", "right + left")]


async def test_without_a_sandbox_nothing_is_run_and_the_result_says_so(tmp_path: Path) -> None:
    found = await judged(tmp_path, {"a": {SUM: ["right + left"]}}, by=nowhere)
    assert found.note == NO_SANDBOX
    assert (found.asked, found.told, found.results[0].success) == (1, 0, False)
    assert (tmp_path / "verdicts.jsonl").read_bytes() == b""
    # Where there is one, it goes on.
    assert await successes(tmp_path, {SUM: ["right + left"]}) == [True]


async def test_without_pytest_the_result_says_so(tmp_path: Path) -> None:
    found = await judged(
        tmp_path,
        {"a": {SUM: ["right + left"]}},
        by=lambda *_, **__: Outcome(0, "\nno pytest\n"),
    )
    assert (found.note, found.told) == (NO_PYTEST, 0)
    assert (tmp_path / "verdicts.jsonl").read_bytes() == b""


async def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mix.py").write_text("mine\n")
    (tmp_path / "click").mkdir()
    (tmp_path / "click" / "src").symlink_to(outside)
    files = {"mix.py": MIX, "tests/test_mix.py": TEST}
    linked = hole("left", path="src/mix.py", prefix="def mix():\n    return ", suffix="\n")
    await judged(tmp_path, {"a": {linked: ["right"]}}, by=Plain(), files=files)
    assert (outside / "mix.py").read_text() == "mine\n"


async def test_a_world_without_tests_tells_nothing(tmp_path: Path) -> None:
    fake = Plain()
    found = await judged(tmp_path, {"a": {SUM: ["right + left"]}}, by=fake, files={"mix.py": MIX})
    assert (found.told, fake.ran) == (0, [])


@pytest.mark.parametrize("rubbish", ["", "\npassing:", "\npassing:!!!", "\npassing:eJw="])
async def test_rubbish_from_the_sandbox_makes_no_success(tmp_path: Path, rubbish: str) -> None:
    assert await successes(
        tmp_path, {SUM: ["right + left"]}, by=lambda *_, **__: Outcome(0, rubbish)
    ) == [False]


async def test_verdicts_on_another_task_set_are_refused(tmp_path: Path) -> None:
    await judged(tmp_path, {"a": {SUM: ["right + left"]}}, by=Plain())
    with pytest.raises(ConfigError, match="cannot be compared"):
        await judged(tmp_path, {"a": {LONE: ["left"]}}, by=Plain())


async def test_progress_names_the_world_and_how_many_holes_are_done(tmp_path: Path) -> None:
    said: list[str] = []
    await judged(tmp_path, {"a": {SUM: ["left"], LONE: ["left"]}}, by=Plain(), said=said)
    assert [text.partition(",")[0] for text in said] == ["tests of click"] * 2
