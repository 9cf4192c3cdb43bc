import msgspec
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.dedupe import Seen
from understudy_trainer.curriculum.example import Example

LONG = """\
for number, line in enumerate(lines):
    if line.startswith("#") or not line.strip():
        continue
    name, _, value = line.partition("=")
    table[name.strip()] = value.strip()
    count = count + 1
return table, count"""


def an_example(middle: str, prefix: str = "a = 1\nb = ", suffix: str = "\nc = 3\n") -> Example:
    return Example(
        unit="implementation",
        path="a.py",
        commit="0" * 40,
        language="python",
        prefix=prefix,
        middle=middle,
        suffix=suffix,
    )


def kept(*examples: Example) -> list[Example]:
    return list(Seen().new(examples))


def test_the_same_middle_between_the_same_lines_is_kept_once() -> None:
    one = an_example("2")
    other = msgspec.structs.replace(one, path="b.py", prefix="# another file\n" + one.prefix)
    assert kept(one, other) == [one]


def test_the_same_middle_between_other_lines_is_kept() -> None:
    examples = [an_example("2"), an_example("2", prefix="x = 1\ny = ")]
    assert kept(*examples) == examples


def test_a_long_middle_that_is_nearly_the_same_is_left_out_wherever_it_stands() -> None:
    one = an_example(LONG)
    other = an_example(LONG.replace("count + 1", "count + 2"), prefix="x\n", suffix="\ny")
    assert kept(one, other) == [one]


def test_a_long_middle_with_other_words_is_kept() -> None:
    examples = [an_example(LONG), an_example(LONG.replace("line", "row").replace("table", "kept"))]
    assert kept(*examples) == examples


def test_what_was_seen_stays_seen() -> None:
    seen = Seen()
    assert len(list(seen.new([an_example(LONG)]))) == 1
    assert list(seen.new([an_example(LONG, prefix="z")])) == []


@given(st.lists(st.tuples(st.sampled_from(["a", "b", LONG]), st.sampled_from(["", "x\n"]))))
def test_all_that_is_left_is_new_and_nothing_is_lost(drawn: list[tuple[str, str]]) -> None:
    examples = [an_example(middle, prefix) for middle, prefix in drawn]
    left = kept(*examples)
    assert kept(*left) == left
    assert {each.middle for each in left} == {each.middle for each in examples}
