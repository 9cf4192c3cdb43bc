from collections import Counter
from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from git_histories import commit, git, history

from understudy_trainer.curriculum.curriculum import SHARES, curriculum
from understudy_trainer.curriculum.example import Example, Unit
from understudy_trainer.curriculum.gather import gather

VERBS = ("load", "save", "draw", "send", "move", "sort", "hide", "show")


def module(name: str, *verbs: str) -> str:
    functions = (
        f"def {verb}_{name}(first, second):\n"
        f"    table = {verb}_table(first, {name!r})\n"
        f"    if not table.{verb}ed:\n"
        f"        raise ValueError('no {verb} of {name}')\n"
        f"    return table.{verb}(second)\n"
        for verb in verbs
    )
    return f'"""All about {name}."""\n\nfrom one import save_one\n\n\n' + "\n\n".join(functions)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    history(
        tmp_path / "a repository",
        {"one.py": module("one", *VERBS[:3]), "Ünder the/two.py": module("two", *VERBS[2:6])},
        {"one.py": module("one", *VERBS[:5])},
        {"three.py": module("three", *VERBS[3:])},
        {"one.py": module("one", *VERBS[1:7])},
    )
    return tmp_path / "a repository"


def test_the_same_seed_gives_the_same_bytes(repository: Path) -> None:
    gathered = gather(repository)
    one, same, other = (msgspec.json.encode(curriculum(gathered, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_all_units_are_there_and_each_example_once(repository: Path) -> None:
    examples = curriculum(gather(repository), seed=1)
    assert {each.unit for each in examples} == {"design", "implementation", "evolution"}
    assert len({each.id for each in examples}) == len(examples)
    assert all(0 < each.weight <= 1 for each in examples)


def test_every_example_is_a_file_of_its_commit(repository: Path) -> None:
    gathered = gather(repository)
    for each in curriculum(gathered, seed=1):
        text = each.prefix + each.middle + each.suffix
        if each.unit == "implementation":
            assert text == git(repository, "show", f"{each.commit}:{each.path}") + "\n"
        elif each.unit == "design":
            card = text.removesuffix(gathered.files[each.path])
            assert len(card) < len(text)
            assert all(line.startswith("#") for line in card.split("\n") if line)
        else:
            begun = [
                line for line in each.prefix.split("\n") if line.strip() != each.hint or not line
            ]
            after = git(repository, "show", f"{each.commit}:{each.path}") + "\n"
            assert after.startswith("\n".join(begun) + each.middle)


def test_nothing_is_from_after_the_cut(repository: Path) -> None:
    cut = git(repository, "rev-parse", "HEAD")
    before = curriculum(gather(repository, commit=cut), seed=1)
    planted = module("one", *VERBS) + "\nPLANTED_IN_THE_FUTURE = area(1, 2, 3)\n"
    commit(repository, {"one.py": planted, "planted.py": planted}, 9)
    (repository / "two.py").write_text(planted)
    after = curriculum(gather(repository, commit=cut), seed=1)
    assert after == before
    known = git(repository, "rev-list", cut).split()
    assert all(each.commit in known for each in after)
    assert "PLANTED" not in repr(after)
    assert "PLANTED" in repr(curriculum(gather(repository), seed=1))


def test_what_is_ignored_or_secret_is_in_no_example(repository: Path) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    hidden = "def hidden_function(one, two):\n    return hidden_function(two, one)\n"
    commit(repository, {"hidden.py": hidden}, 8)
    changed = module("three", *VERBS) + f'\nKEY = "{secret}"\nhidden_key = "{secret}"\n'
    commit(repository, {".understudyignore": "hidden.py\n", "three.py": changed}, 9)
    examples = repr(curriculum(gather(repository), seed=1))
    assert "hidden_key" in examples
    assert "hidden_function" not in examples
    assert secret not in examples


def test_there_are_no_more_than_asked_for_and_implementation_has_most(repository: Path) -> None:
    examples = curriculum(gather(repository), seed=1, most=30)
    assert len(examples) == 30
    counts = Counter(each.unit for each in examples)
    assert counts.most_common(1)[0][0] == "implementation"
    assert counts["evolution"] == 9


def test_a_unit_can_be_left_out(repository: Path) -> None:
    shares = {"implementation": 1.0, "evolution": 0.0}
    examples = curriculum(gather(repository), seed=1, shares=shares)  # pyright: ignore[reportArgumentType]
    assert {each.unit for each in examples} == {"implementation"}


def test_experience_is_kept_besides(repository: Path) -> None:
    gathered = gather(repository)
    lived = Example(
        unit="implementation",
        path="one.py",
        commit=gathered.commit,
        language="python",
        prefix="total = ",
        middle="sum(values)",
        suffix="\n",
    )
    examples = curriculum(gathered, seed=1, most=30, experience=[lived, lived])
    assert len(examples) == 31
    assert examples.count(lived) == 1


def test_one_commit_is_enough(tmp_path: Path) -> None:
    history(tmp_path, {"one.py": module("one", *VERBS), "two.py": module("two", *VERBS)})
    units = {each.unit for each in curriculum(gather(tmp_path), seed=1)}
    assert units == {"design", "implementation"}


def test_a_repository_that_shrank_to_nothing_teaches_nothing_of_today(tmp_path: Path) -> None:
    history(tmp_path, {"one.py": module("one", *VERBS)})
    git(tmp_path, "rm", "--quiet", "one.py")
    commit(tmp_path, {}, 1)
    assert curriculum(gather(tmp_path), seed=1) == []


def test_a_night_with_nothing_new_has_nothing_to_learn(repository: Path) -> None:
    newest = git(repository, "rev-parse", "HEAD")
    assert curriculum(gather(repository, since=newest), seed=1) == []


def test_a_later_night_learns_only_what_is_new(repository: Path) -> None:
    newest = git(repository, "rev-parse", "HEAD")
    commit(repository, {"four.py": module("four", *VERBS)}, 9)
    gathered = gather(repository, since=newest)
    examples = curriculum(gathered, seed=1)
    assert examples
    assert {(each.path, each.commit) for each in examples} == {("four.py", gathered.commit)}


def test_any_units_can_be_left_out(repository: Path) -> None:
    gathered = gather(repository)
    ran = Example(
        unit="runtime",
        path="one.py",
        commit=gathered.commit,
        language="python",
        prefix="proved = ",
        middle="by_a_test(one)",
        suffix="\n",
    )
    for size in range(len(SHARES) + 1):
        for units in combinations(SHARES, size):
            shares: dict[Unit, float] = {unit: SHARES[unit] for unit in units}
            examples = curriculum(gathered, seed=1, shares=shares, runtime=[ran])
            assert {each.unit for each in examples} == set(units)


def test_where_nothing_ran_the_others_have_its_share(repository: Path) -> None:
    assert len(curriculum(gather(repository), seed=1, most=30)) == 30


def test_experience_without_a_commit_is_of_the_one_that_is_learned(repository: Path) -> None:
    gathered = gather(repository)
    lived = Example("experience", "one.py", "", "python", "total = ", "sum(values)", "\n")
    examples = curriculum(gathered, seed=1, experience=[lived])
    assert [each.commit for each in examples if each.unit == "experience"] == [gathered.commit]
