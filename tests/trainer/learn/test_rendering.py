"""An example as token ids, and which of them count."""

import shutil
from pathlib import Path

import msgspec
import pytest
from tiny_models import PROMPTER, example

from understudy_protocol import fim
from understudy_protocol.errors import ConfigError, FormatError
from understudy_trainer.learn.rendering import load_form, parts_of, render, render_as_scored

FORM = load_form(PROMPTER)


def text(ids: object) -> str:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(PROMPTER / "tokenizer.json"))
    return tokenizer.decode(list(ids), skip_special_tokens=False)  # type: ignore[call-overload]


def test_the_middle_and_the_token_that_ends_it_count_and_nothing_before() -> None:
    made = render(example(1), FORM, repository="shop", budget=192)
    assert made is not None
    # The blank before the cursor is left out of the prompt, and comes back with the middle.
    assert text(made.ids[made.first :]) == " " + example(1).middle + "<|endoftext|>"
    assert example(1).middle not in text(made.ids[: made.first])


def test_the_prompt_is_the_one_that_the_gateway_asks_with() -> None:
    made = render_as_scored(example(1), FORM, repository="shop", prompt_tokens=1024)
    asked = fim.render(
        parts_of(example(1), "shop"), fmt=FORM.fmt, tokenizer=FORM.tokenizer, budget=1024
    )
    assert list(made.ids[: made.first]) == asked.ids
    assert text(made.ids[made.first :]) == " " + example(1).middle


def test_line_ends_are_those_that_models_are_trained_on() -> None:
    windows = msgspec.structs.replace(
        example(1),
        prefix=example(1).prefix.replace("\n", "\r\n"),
        middle=example(1).middle.replace("\n", "\r\n"),
        suffix=example(1).suffix.replace("\n", "\r\n"),
    )
    assert render(windows, FORM, repository="", budget=192) == render(
        example(1), FORM, repository="", budget=192
    )


def test_a_long_file_is_cut_and_the_middle_is_not() -> None:
    long = msgspec.structs.replace(example(1), prefix="x = 1\n" * 5000 + "total = ")
    made = render(long, FORM, repository="shop", budget=192)
    assert made is not None
    assert len(made.ids) <= 192
    assert text(made.ids[made.first :]).startswith(" " + example(1).middle)


def test_a_middle_that_does_not_fit_gives_nothing() -> None:
    long = msgspec.structs.replace(example(1), middle="x = 1\n" * 500)
    assert render(long, FORM, repository="shop", budget=192) is None


def test_text_that_spells_a_control_token_stays_text() -> None:
    hostile = msgspec.structs.replace(example(1), middle="'<|endoftext|>'\n")
    made = render(hostile, FORM, repository="shop", budget=192)
    assert made is not None
    end = FORM.tokenizer.token_id("<|endoftext|>")
    assert list(made.ids[made.first :]).count(end or 0) == 1


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no tokenizer"):
        load_form(tmp_path)


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ConfigError, match="not a tokenizer"):
        load_form(tmp_path)


def test_a_format_of_other_control_tokens_is_refused(tmp_path: Path) -> None:
    shutil.copyfile(PROMPTER / "tokenizer.json", tmp_path / "tokenizer.json")
    with pytest.raises(FormatError):
        load_form(tmp_path, "starcoder2")
