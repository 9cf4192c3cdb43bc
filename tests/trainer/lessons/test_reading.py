from understudy_trainer.curriculum.example import Example
from understudy_trainer.lessons.leak import leaks
from understudy_trainer.lessons.reading import reading, to_read


def asked(number: int, middle: str = "", *, prefix: str = "") -> Example:
    return Example(
        unit="implementation",
        path="shop/net.py",
        commit="c" * 40,
        language="python",
        prefix=prefix or f"import retries\n\n\ndef load_{number}(address, limit):\n    return get(",
        middle=middle or f"address, timeout=limit, number={number})",
        suffix="\n",
    )


def test_a_line_is_practised_under_a_lesson_that_is_true_of_it() -> None:
    found = list(reading([asked(number) for number in range(30)], seed=0))
    assert len(found) > 15
    for each in found:
        (lesson,) = each.snippets
        assert each.unit == "lessons"
        assert lesson.path == each.path
        assert lesson.text.startswith("# ")
        assert not leaks(lesson.text, each.middle)
    said = " ".join(each.snippets[0].text for each in found)
    assert "Calls of `get` here pass `timeout=`" in said


def test_some_lines_stand_as_they_are_under_a_lesson_about_something_else() -> None:
    calls = [asked(number) for number in range(40)]
    raised = [
        asked(number, f"Missing(key_{number})", prefix="raises = []\n\n\ndef f(key):\n    raise ")
        for number in range(40)
    ]
    pairs = [each for both in zip(calls, raised, strict=True) for each in both]
    found = list(reading(pairs, seed=0))
    elsewhere = [
        each for each in found if "raise " in each.prefix and "`get`" in each.snippets[0].text
    ]
    assert 2 < len(elsewhere) < 20
    assert {each.middle for each in elsewhere} <= {each.middle for each in raised}


def test_what_nothing_can_be_said_of_is_left_out() -> None:
    blank = asked(0, " ")
    several = asked(0, "a)\n    b = 2\n")
    no_code = asked(0, "...", prefix="x = ")
    assert list(reading([blank, several, no_code], seed=0)) == []


def test_the_same_seed_practises_the_same() -> None:
    examples = [asked(number) for number in range(30)]
    assert to_read(examples, seed=1) == to_read(examples, seed=1)


def test_a_tenth_is_read_and_as_many_lines_are_learned_as_they_stand() -> None:
    examples = [asked(number) for number in range(40)]
    mixed = to_read(examples, seed=0)
    plain = [each for each in mixed if each in examples]
    assert [len(mixed), len(plain)] == [8, 4]
    assert {each.unit for each in mixed if each not in plain} == {"lessons"}


def test_where_nothing_can_be_said_nothing_is_to_be_read() -> None:
    assert to_read([asked(number, " ") for number in range(40)], seed=0) == []
