"""Lessons whose names stand nowhere any more."""

from understudy_protocol.lesson import Lesson, Scope
from understudy_trainer.lessons.gone import gone

FILES = {"shop/net.py": "import requests\n\n\ndef load(url):\n    return requests.get(url)\n"}


def about(**scope: object) -> Lesson:
    return Lesson("", "", Scope("python", **scope), ())  # type: ignore[arg-type]


def is_gone(**scope: object) -> bool:
    trials = list(gone([about(**scope)], FILES))
    return [trial.may_stay for trial in trials] == [False]


def test_of_a_function_that_is_called_nowhere_any_more() -> None:
    assert not is_gone(callee="requests.get")
    assert not is_gone(callee="get")
    assert is_gone(callee="requests.post")
    assert is_gone(callee="ge")


def test_one_name_that_stands_is_enough_because_the_other_was_wrong() -> None:
    assert not is_gone(names=("fetch", "load"))
    assert is_gone(names=("fetch", "read"))
    assert not is_gone(names=("requests::get",))


def test_of_a_folder_that_is_gone() -> None:
    assert not is_gone(names=("load",), path="shop")
    assert is_gone(names=("load",), path="sho")
    assert not is_gone()


def test_without_lessons_there_is_nothing_to_look_for() -> None:
    assert list(gone([], FILES)) == []
