from pathlib import Path

import msgspec
from git_histories import git, history
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.commits import Commit, Edit
from understudy_trainer.curriculum.evolution import LEAST, MOST, OF_COMMIT, evolution
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered, gather

OLD = """\
import shapes


def total(boxes):
    found = shapes.measure(boxes, True)
    return found
"""
NEW = OLD.replace("shapes.measure(boxes, True)", "shapes.measure(boxes, strict=True)")
LONGER = NEW + "\n\ndef mean(boxes):\n    return total(boxes) / len(boxes)\n"


def gathered_of(*pairs: tuple[str, str], subject: str = "-") -> Gathered:
    commits = tuple(
        Commit(id=f"{number:040}", subject=subject, edits=(Edit("a.py", before, after),))
        for number, (before, after) in enumerate(pairs)
    )
    files = {"a.py": pairs[0][1]} if pairs else {}
    return Gathered(repository="r", commit="f" * 40, since=None, files=files, commits=commits)


def unhinted(example: Example) -> str:
    """The prefix as the file has it."""
    if not example.hint:
        return example.prefix
    kept = [line for line in example.prefix.split("\n") if line.strip() != example.hint]
    return "\n".join(kept)


def test_a_commits_changes_are_holes_in_the_file_before() -> None:
    examples = list(evolution(gathered_of((OLD, LONGER)), seed=1))
    assert any("def mean(boxes):" in each.middle for each in examples)
    for each in examples:
        assert LONGER.startswith(unhinted(each) + each.middle)
        assert OLD.endswith(each.suffix) or LONGER.endswith(each.suffix)


def test_words_are_written_whole() -> None:
    before = "shared_table = first_one\n"
    after = "shared_tables = first_own\n"
    (example,) = evolution(gathered_of((before, after)), seed=1)
    assert (example.prefix, example.middle) == ("", "shared_tables = first_own")


def test_what_no_longer_stands_in_its_file_counts_half() -> None:
    gathered = gathered_of((OLD, f"{OLD}\n\nvalue_of_it = compute(1, 2)\n"))
    (stands,) = evolution(gathered, seed=1)
    (gone,) = evolution(msgspec.structs.replace(gathered, files={"a.py": OLD}), seed=1)
    assert (stands.weight, gone.weight) == (1.0, 0.5)


def test_a_call_in_its_new_form_is_a_hole_of_its_own() -> None:
    examples = list(evolution(gathered_of((OLD, NEW)), seed=1))
    (call,) = [each for each in examples if each.middle == "shapes.measure(boxes, strict=True)"]
    assert unhinted(call) + call.middle + call.suffix == NEW
    hints = {
        each.hint for seed in range(20) for each in evolution(gathered_of((OLD, NEW)), seed=seed)
    }
    assert "# instead of shapes.measure(boxes, True)" in hints


def test_the_message_is_a_comment_above_half_of_the_holes() -> None:
    gathered = gathered_of((NEW, LONGER), subject="Say how large boxes are (#12)")
    drawn = [each for seed in range(40) for each in evolution(gathered, seed=seed)]
    hinted = [each for each in drawn if each.hint]
    assert 0.25 < len(hinted) / len(drawn) < 0.75
    for each in hinted:
        assert each.hint == "# Say how large boxes are"
        assert each.prefix.rstrip().endswith(each.hint)
        assert LONGER.startswith(unhinted(each) + each.middle)


def test_a_message_that_says_nothing_is_no_hint() -> None:
    gathered = gathered_of((NEW, LONGER), subject="8.1.0")
    assert not any(each.hint for seed in range(10) for each in evolution(gathered, seed=seed))


def test_the_newest_commit_comes_first_and_counts_most(tmp_path: Path) -> None:
    ids = history(
        tmp_path,
        {"a.py": OLD},
        *({"a.py": OLD + f"\nvalue_{n} = compute_{n}({n})\n"} for n in range(4)),
        *({f"b{n}.py": f"something_{n} = other_{n}({n})\n"} for n in range(4)),
    )
    examples = list(evolution(gather(tmp_path), seed=1))
    order = list(dict.fromkeys(each.commit for each in examples))
    assert order == [commit for commit in reversed(ids) if commit in order]
    assert examples[0].weight == 1.0
    weights = [each.weight for each in examples if each.path.startswith("b")]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[-1]
    stale = [each for each in examples if each.middle.strip() not in OLD + "value_3 = compute_3(3)"]
    assert min(each.weight for each in stale) < 0.3


def test_one_new_name_in_many_places_is_one_example() -> None:
    before = "".join(f"value_{n} = old_name_of_it\n" for n in range(50))
    after = before.replace("old_name_of_it", "another_name")
    assert len(list(evolution(gathered_of((before, after)), seed=1))) == 1


def test_an_import_of_much_does_not_outweigh_the_rest() -> None:
    text = "\n\n".join(f"def f_{n}():\n    return compute_{n}({n}) + {n}\n" for n in range(500))
    examples = list(evolution(gathered_of(("", text)), seed=1))
    assert len(examples) == OF_COMMIT
    assert max(len(each.middle) for each in examples) <= MOST


def test_the_mark_of_a_secret_is_never_what_is_to_be_written() -> None:
    after = OLD + 'password = "[redacted:secret]"\n'
    assert list(evolution(gathered_of((OLD, after)), seed=1)) == []


def test_a_hostile_message_stays_one_comment_line(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": NEW}, {"a.py": LONGER})
    git(tmp_path, "commit", "--quiet", "--amend", "--message=One two\r\x0bimport os three\n\nmore")
    gathered = gather(tmp_path)
    hints = {each.hint for seed in range(20) for each in evolution(gathered, seed=seed)}
    assert hints == {"", "# One two  import os three"}


def test_no_history_gives_nothing() -> None:
    assert list(evolution(gathered_of(), seed=1)) == []


LINES = st.lists(
    st.sampled_from(
        ["", "def f(a, b):", "    return g(a, b, 1)", "    return g(a, strict=b)", "x = 1"]
    )
    | st.text("ab(). \t\r\x0c", max_size=20),
    max_size=12,
).map("\n".join)


@given(LINES, LINES, st.integers(0, 3))
def test_of_any_change_the_middle_goes_on_as_the_file_after_does(
    before: str, after: str, seed: int
) -> None:
    gathered = gathered_of((before, after), subject="A message of words")
    for each in evolution(gathered, seed=seed):
        assert after.startswith(unhinted(each) + each.middle)
        assert before.endswith(each.suffix) or after.endswith(each.suffix)
        assert len(each.middle.strip()) >= LEAST
