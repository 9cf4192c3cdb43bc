"""How long people wait before a key."""

from statistics import mean

from understudy_typist.person import LONGEST_S, Person

LINE = "    total = resolve(first, second)"


def test_pauses_are_the_same_for_the_same_person_and_place() -> None:
    assert Person("1").before_key(LINE) == Person("1").before_key(LINE)
    assert Person("1").before_key(LINE) != Person("2").before_key(LINE)


def test_people_think_before_lines_and_hesitate_before_words() -> None:
    people = [Person(str(number)) for number in range(2000)]
    in_word, before_word, new_line = (
        mean(person.before_key(text) for person in people) for text in ("a", "a = ", "a\n    ")
    )
    assert in_word < before_word < new_line
    assert 0.1 < in_word < 0.239 < before_word < 0.4
    assert 1.0 < new_line < 1.6
    assert max(person.after_accepting("a") for person in people) <= LONGEST_S
