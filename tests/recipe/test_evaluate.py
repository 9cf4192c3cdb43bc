"""What is said of a model, from answers as `evaluate run` writes them down."""

import numpy as np
import pytest
from models.recipe import data, evaluate, packed
from models.recipe.archives import RecipeError
from models.recipe.corpus import Source
from models.recipe.tokenizer import Vocabulary

PACKAGES = ("one", "two", "three")


def record(package: str, *, gold: str = "x + 1", line: str = "x", copied: str = "y") -> dict:
    """The model writes `line` and `copied` is found; a text is as probable as it is right."""

    def asked() -> dict[str, object]:
        def loss(text: str) -> list[float]:
            return [1.0 if text == gold else 8.0, 2 if text == gold else 1, 4]

        return {
            "line": line,
            "line_loss": loss(line),
            "losses": [loss(gold), loss(copied)],
        }

    return {
        "package": package,
        "place": "a.py:1:0",
        "gold": gold,
        "copy": copied,
        "copied": [[copied, 12, 1]],
        "bare": asked(),
        "snippets": asked(),
    }


def result(records: list[dict], *, model: str = "first", holes: str = "h") -> dict:
    return {
        "model": model,
        "holes_hash": holes,
        "holes": records,
        "plain": [[40.0, 100.0], [60.0, 100.0]],
    }


RIGHT = [record(package, line="x + 1") for package in PACKAGES for _ in range(4)]
WRONG = [record(package) for package in PACKAGES for _ in range(4)]
COPIED = [record(package, copied="x + 1") for package in PACKAGES for _ in range(4)]


def test_right_is_what_was_written_there() -> None:
    found = evaluate.outcomes([*RIGHT, *WRONG, *COPIED])
    assert found["exact, bare"] == [True] * 12 + [False] * 24
    assert found["exact, copy agent"] == [False] * 24 + [True] * 12
    assert found["model or copy, at best"] == [True] * 12 + [False] * 12 + [True] * 12


def test_the_reranker_takes_what_the_model_finds_likelier() -> None:
    assert evaluate.rerank([*RIGHT, *COPIED]) == [True] * 24


def test_a_package_is_reranked_by_what_others_teach() -> None:
    """In the last package the unlikely text is right, which nobody else could have taught."""
    perverse = [record("four", copied="x + 1") for _ in range(8)]
    for each in perverse:
        for name in ("bare", "snippets"):
            each[name]["line_loss"], each[name]["losses"][1] = [1.0, 2, 4], [8.0, 1, 4]
    assert evaluate.rerank([*RIGHT, *COPIED, *perverse])[24:] == [False] * 8


def test_with_nothing_to_learn_from_the_reranker_says_what_to_do() -> None:
    with pytest.raises(RecipeError, match="--holes"):
        evaluate.rerank(WRONG)


def test_figures_are_ratios_of_sums() -> None:
    found = evaluate.summary(result([*RIGHT, *COPIED]))
    assert found["bits per byte"][0] == pytest.approx(0.5 / 0.6931, rel=1e-3)
    assert found["loss per token of holes, bare"][0] == pytest.approx(1 / 4)
    assert found["next-token accuracy in holes"][0] == pytest.approx(2 / 4)
    assert found["loss with over without snippets"][0] == pytest.approx(1.0)
    assert found["exact, bare"][0] == pytest.approx(0.5)


def test_two_models_are_compared_hole_by_hole() -> None:
    first = result([*WRONG, *COPIED])
    second = result([*RIGHT, *COPIED], model="second")
    said = evaluate.table([first, second])
    assert "second against first, exact, bare: +12 -0, p = 0.000488" in said
    assert "second, with snippets against bare: +0 -0" in said


def test_answers_to_other_holes_are_not_compared() -> None:
    with pytest.raises(RecipeError, match="different holes"):
        evaluate.table([result(RIGHT), result(RIGHT, holes="other")])


def test_the_bytes_of_held_out_rows_are_those_of_the_tokens_that_are_judged() -> None:
    """Whatever the text, and wherever the end of the row cuts it."""
    vocabulary = Vocabulary(data.PROMPTER_FOLDER / "tokenizer.json")
    text = "".join(f"name_{at} = 'é漢😀' + str({at})\n" for at in range(60))
    for window in range(200, 206):
        packages = {"one": [Source("one", "a.py", "python", text)]}
        rows = evaluate.held_out_rows(packages, vocabulary, 3, window)
        plain = rows["kinds"] == "plain"
        targets = np.roll(rows["ids"], -1, axis=1)
        judged = (packed.shifted(rows["weights"]) == packed.TEXT) & plain[:, None]
        whole = vocabulary.plain(text)
        rest = sum(map(vocabulary.bytes_of, whole[window - 1 :]))
        assert rows["sizes"][targets[judged]].sum() == len(text.encode()) - rest
        assert judged.sum() == window - 1
