"""Log-probabilities are laid beside the tokens that they belong to, and beside no others."""

from pathlib import Path

import pytest
from experience_facts import a_completion
from tiny_models import tiny_model

from understudy_protocol.completion import Completion, FinishReason
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.reinforce.groups import Origin
from understudy_trainer.reinforce.served import Served, candidate, tokens_of, why_apart

SERVED = Served(model="prompter", fim_format="prompter", releases=frozenset({"7"}))


def test_texts_are_made_into_tokens_however_short_their_prompt_was(tmp_path: Path) -> None:
    """As in a file that has just been begun: it cost a night all that people were shown."""
    form = load_form(tiny_model(tmp_path))
    short = a_completion(prefix="x = ", suffix="", text="add(1)\r\n", prompt_tokens=9)
    long = a_completion(
        prefix="# a long way\n" * 400 + "x = ", suffix="", text="add(1)\n", prompt_tokens=900
    )
    assert tokens_of(form, short) == tokens_of(form, long)
    assert form.tokenizer.decode(list(tokens_of(form, short))) == " add(1)\n"
    assert form.tokenizer.decode(list(tokens_of(form, a_completion(prefix="x", text="1")))) == "1"


def letters(completion: Completion) -> list[int]:
    """A token for each character."""
    return [ord(each) for each in completion.text]


@pytest.mark.parametrize(
    ("finish", "logprobs", "counted"),
    [
        (FinishReason.LINE, 4, 3),  # a token of its own ended the line
        (FinishReason.LINE, 3, 2),  # the last token held the line's end as well
        (FinishReason.STOP, 4, 3),
        (FinishReason.LENGTH, 3, 3),
        (FinishReason.LINE, 5, 0),  # the text was made of other tokens
        (FinishReason.LINE, 2, 0),
        (FinishReason.STOP, 3, 0),
        (FinishReason.LENGTH, 4, 0),
        (FinishReason.SCOPE, 4, 0),  # nobody knows what was cut off
        (FinishReason.CANCELLED, 3, 0),
        (FinishReason.LINE, 0, 0),
    ],
)
def test_only_tokens_that_are_whole_and_the_same_count(
    finish: FinishReason, logprobs: int, counted: int
) -> None:
    given = tuple(-0.1 * number for number in range(logprobs))
    completion = a_completion(text="abc", finish=finish, token_logprobs=given)
    made = candidate(completion, reward=0.5, served=SERVED, tokenise=letters)
    assert made.tokens == (97, 98, 99)
    assert made.logprobs == given[:counted]
    assert (made.text, made.reward, made.origin) == ("abc", 0.5, Origin.SERVED)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"release": "7"}, ""),
        ({"release": "6"}, "its release is gone"),
        ({"model": "other"}, "another model wrote it"),
        ({"fim_format": "other"}, "another model wrote it"),
    ],
)
def test_what_this_model_did_not_write_has_no_log_probabilities(
    changes: dict[str, str], why: str
) -> None:
    completion = a_completion(text="abc", token_logprobs=(-0.1,) * 4, **changes)
    assert why_apart(completion, SERVED) == why
    made = candidate(completion, reward=0, served=SERVED, tokenise=letters)
    assert bool(made.logprobs) == (not why)
    assert made.release == completion.release
