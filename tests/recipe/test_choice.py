"""The choice between a copied and a written line: fitted here, made in the language server."""

import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st
from models.recipe import choice
from models.recipe.archives import RecipeError

from understudy_lsp import choosing
from understudy_lsp.copying.copies import Copy
from understudy_lsp.offer import Text, in_order
from understudy_protocol.completion import CompletionId, LogprobSummary, Mode

NOW = {"WRITTEN": choosing.WRITTEN, "BOTH": choosing.BOTH, "COPY": choosing.COPY}


def record(*, gold: str, copy_says: float, line_says: float, copy: str = "c", line: str = "l"):
    return {
        "package": "click",
        "gold": gold,
        "copy": copy,
        "copy_says": copy_says,
        "line": line,
        "line_says": line_says,
    }


probabilities = st.floats(1e-6, 1 - 1e-6)


@given(copy_says=probabilities, line_says=probabilities)
def test_what_is_chosen_here_is_what_the_language_server_shows_first(
    copy_says: float, line_says: float
) -> None:
    # As the gateway tells it, with three tokens.
    told = LogprobSummary(tokens=3, mean=math.log(line_says) / 3, lowest=0.0, first=0.0)
    likelihood = choosing.written(told)
    assume(abs(choosing.copy_is_better(copy_says, likelihood) - 0.5) > 1e-6)
    shown = in_order(
        Copy(CompletionId("copy"), "c", copy_says, length=12, places=()),
        Text(
            completion=CompletionId("model"),
            whole="l",
            mode=Mode.LINE,
            complete=True,
            likelihood=likelihood,
        ),
    )[0].whole
    asked = record(gold="c", copy_says=copy_says, line_says=line_says)
    assert choice.chosen(asked, NOW) == shown


def test_weights_that_made_the_answers_are_found_again() -> None:
    rows, right = [], []
    for step in range(-40, 41):
        odds = 0.3 + 0.7 * step / 10
        for nth in range(100):
            rows.append([1.0, step / 10])
            right.append(nth + 0.5 < 100 / (1 + math.exp(-odds)))
    constant, slope = choice.logistic(rows, right)
    assert constant == pytest.approx(0.3, abs=0.03)
    assert slope == pytest.approx(0.7, abs=0.03)


def test_a_written_line_that_is_right_when_likely_is_chosen_then() -> None:
    found = [
        record(gold="l" if line_says > copy_says else "c", copy_says=copy_says, line_says=line_says)
        for copy_says in (0.1, 0.3, 0.5, 0.7, 0.9)
        for line_says in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
    ]
    agreed = [
        record(gold=gold, copy="s", line="s", copy_says=says, line_says=says)
        for says, gold in ((0.2, "x"), (0.4, "s"), (0.6, "x"), (0.9, "s"))
    ]
    weights = choice.fitted([*found, *agreed])
    right = [choice.chosen(each, weights) == each["gold"] for each in found]
    assert sum(right) >= 27


def test_with_nothing_to_tell_apart_it_says_what_to_do() -> None:
    with pytest.raises(RecipeError, match="--holes"):
        choice.logistic([[1.0, 0.2]] * 5, [True] * 5)


def test_the_table_counts_what_was_won_and_lost() -> None:
    judged = [
        record(gold="c", copy_says=0.9, line_says=0.01),
        record(gold="l", copy_says=0.01, line_says=0.9),
        record(gold="x", copy_says=0.5, line_says=0.5),
    ]
    said = choice.table(judged, NOW)
    assert "3 holes of 1 packages" in said
    assert "+0 -0" in said
    by_name = {line[:26].strip(): line.split() for line in said.split("\n")}
    assert by_name["whichever is right"][3] == "2"
    assert by_name["the copy"][2] == "1"


@pytest.mark.parametrize("text", [None, "", "{", '{"holes": []}', '[{"package": "flask"}]'])
def test_what_holds_no_answers_is_named_with_what_to_do(tmp_path: Path, text: str | None) -> None:
    answers = tmp_path / "answers.json"
    if text is not None:
        answers.write_text(text)
    found = CliRunner().invoke(choice.main, ["fit", str(answers)])
    assert isinstance(found.exception, RecipeError)
    assert str(answers) in str(found.exception)
    assert "choice ask" in str(found.exception)
