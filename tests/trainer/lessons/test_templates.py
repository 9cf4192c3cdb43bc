"""The sentences that differences are put into."""

import pytest
from lessons_learned import pair
from planted_pairs import planted_pairs

from understudy_protocol.lesson import Scope
from understudy_trainer.lessons.leak import leaks
from understudy_trainer.lessons.templates import lesson_of, lessons_of


@pytest.mark.parametrize(
    ("right", "wrong", "heuristic", "critique"),
    [
        (
            "requests.get(url, timeout=5)",
            "requests.get(url)",
            "Calls of `requests.get` here pass `timeout=`.",
            "An answer left `timeout=` out of a call of `requests.get`.",
        ),
        (
            "get(url, 1, timeout=5)",
            "get(url, 1, timeout=5, verify=False)",
            "Calls of `get` here do not pass `verify=`.",
            "An answer added `verify=` to a call of `get`.",
        ),
        (
            "self.add(url, uri)",
            "self.add(url)",
            "Calls of `add` here pass 2 arguments.",
            "An answer passed fewer to `add`.",
        ),
        (
            "add(url)",
            "add(url, uri)",
            "Calls of `add` here pass 1 argument.",
            "An answer passed more to `add`.",
        ),
        (
            "get(url, timeout=5)",
            "get(url, verify=5)",
            "Calls of `get` here pass `timeout=`, not `verify=`.",
            "An answer passed `verify=` to `get`.",
        ),
        (
            "get(url, uri)",
            "get(uri, url)",
            None,
            "",
        ),
        (
            "move(source, target, force=True)",
            "move(target, source, force=True)",
            "Calls of `move` here pass `source` before `target`.",
            "An answer passed arguments of `move` in another order.",
        ),
        (
            "get(url, timeout=DEFAULT)",
            "get(url, timeout=5)",
            "Calls of `get` here pass `timeout=DEFAULT`, not `timeout=5`.",
            "An answer passed `timeout=5` to `get`.",
        ),
        (
            "load(url, uri)",
            "read(url, uri)",
            "Here `load` is called, not `read`.",
            "An answer called `read`.",
        ),
        (
            "url.path + prefix",
            "url.name + prefix",
            "Here `path` is used, not `name`.",
            "An answer used `name`.",
        ),
        ("url + uri", "url - uri", None, ""),
        ("load(url)", "load(((", None, ""),
    ],
)
def test_what_is_said(right: str, wrong: str, heuristic: str | None, critique: str) -> None:
    made = lesson_of(pair(right, wrong))
    assert (made and made.heuristic) == heuristic
    assert made is None or made.critique == critique


def test_of_answers_that_differ_in_several_statements_the_first_makes_the_lesson() -> None:
    made = lesson_of(
        pair(
            "get(url, timeout=5)\n    log(x)\n    return x.path",
            "get(url)\n    print(x)\n    return x.name",
        )
    )
    assert made is not None
    assert made.heuristic == "Calls of `get` here pass `timeout=`."
    (evidence,) = made.evidence
    assert (evidence.line, evidence.node) == (2, "assignment")


def test_types_have_a_sentence() -> None:
    made = lesson_of(pair("price: Money = 0", "price: int = 0", prefix=""))
    assert made is not None
    assert made.heuristic == "Here `Money` is the type, not `int`."
    assert made.scope == Scope("python", names=("Money", "int"), path="src")


def test_names_of_arguments_are_written_as_the_language_writes_them() -> None:
    made = lesson_of(
        pair("get(url, { timeout: 5 })", "get(url, {})", prefix="x = ", language="typescriptreact")
    )
    assert made is not None
    assert made.heuristic == "Calls of `get` here pass `timeout:`."
    assert made.scope == Scope("typescript", callee="get")


def test_what_would_say_the_answer_is_not_said() -> None:
    parts = {"prefix": "x = get(url, ", "suffix": ")\n"}
    assert lesson_of(pair("timeout", "verify", **parts)) is None
    assert lesson_of(pair("timeout=5", "verify=5", **parts)) is not None


def test_the_truth_counts_even_if_another_answer_was_right_as_well() -> None:
    one = pair("get(url, timeout=5)", "get(url)")
    assert lesson_of(one) is not None
    short = pair("timeout", "", prefix="x = get(url, ", suffix=")\n").hole
    assert lesson_of(type(one)(short, "timeout=5", "", "c0ffee")) is None


def test_no_lesson_of_real_code_says_its_answer() -> None:
    planted = [each.pair for each in planted_pairs(200, seed=1)]
    made = [(each, lesson) for each in planted if (lesson := lesson_of(each)) is not None]
    assert len(made) > 50
    for each, lesson in made:
        assert not leaks(lesson.heuristic, each.right)
        assert lesson.heuristic.count("\n") < 3


def test_secrets_and_long_texts_are_not_said() -> None:
    secret = 'connect(url, uri, token="ghp_' + "a1B2" * 9 + '")'
    assert lesson_of(pair(secret, 'connect(url, uri, token="x")')) is None
    assert lesson_of(pair('f(url, "a b")', f'f(url, "{"c" * 30}")')) is None


def test_the_same_lesson_of_two_pairs_has_the_evidence_of_both() -> None:
    one = pair("get(url, timeout=5)", "get(url)")
    other = pair("get(uri, timeout=9)", "get(uri)", commit="beef", path="lib/b.py")
    made = lessons_of([one, other, pair("load(url, uri)", "read(url, uri)")])
    assert len(made) == 2
    assert [each.hole for each in made[0].evidence] == [one.hole.id, other.hole.id]
    assert [each.commit for each in made[0].evidence] == ["c0ffee", "beef"]


def test_a_lesson_without_a_call_holds_in_the_folder_that_its_evidence_shares() -> None:
    pairs = [
        pair("load(url, uri)", "read(url, uri)", path=path) for path in ("a/b/c.py", "a/d/e.py")
    ]
    assert [each.scope.path for each in lessons_of(pairs)] == ["a"]
    assert lessons_of(pairs[:1])[0].id == lessons_of(pairs)[0].id
