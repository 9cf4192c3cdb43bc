"""An example as the model reads it: token ids, and which of them are to be learned.

The prompt is made where the gateway's prompts are made, `understudy_protocol.fim`. A middle goes to
the token that ends it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from tokenizers import Tokenizer

from understudy_protocol import fim
from understudy_protocol.errors import ConfigError, FormatError
from understudy_protocol.fim_formats import FimFormat, by_name, choose
from understudy_protocol.fim_tokens import is_control, verify
from understudy_trainer.curriculum.example import Example


class Rendered(msgspec.Struct, frozen=True):
    ids: Sequence[int]
    first: int
    """Index of the first id of the middle, which goes to the end."""
    weight: float = 1.0
    unit: str = ""


class Form(NamedTuple):
    """How a base model is asked."""

    fmt: FimFormat
    tokenizer: "ModelTokens"


def render(example: Example, form: Form, *, repository: str, budget: int) -> Rendered | None:
    """At most `budget` tokens, the text around the hole cut to fit; None if the middle is too long
    for that."""
    try:
        made = fim.render_example(
            parts_of(example, repository),
            _plain(example.middle),
            fmt=form.fmt,
            tokenizer=form.tokenizer,
            budget=budget,
        )
    except FormatError:
        # The format was verified when it was loaded, so what does not fit is the middle.
        return None
    return Rendered(made.ids, made.middle_start, example.weight, example.unit)


def render_as_scored(
    example: Example, form: Form, *, repository: str, prompt_tokens: int
) -> Rendered:
    """As the gateway's `/v1/scores` takes it: a prompt of its own budget, no end of the middle."""
    prompt = prompt_of(example, form, repository=repository, prompt_tokens=prompt_tokens)
    middle = fim.middle_ids(prompt, _plain(example.middle), fmt=form.fmt, tokenizer=form.tokenizer)
    return Rendered([*prompt.ids, *middle], len(prompt.ids), example.weight, example.unit)


def prompt_of(example: Example, form: Form, *, repository: str, prompt_tokens: int) -> fim.Prompt:
    """As the gateway asks."""
    parts = parts_of(example, repository)
    return fim.render(parts, fmt=form.fmt, tokenizer=form.tokenizer, budget=prompt_tokens)


def parts_of(example: Example, repository: str) -> fim.Parts:
    """What a client would send. The hint stands in the prefix already."""
    return fim.Parts(
        prefix=_plain(example.prefix),
        suffix=_plain(example.suffix),
        path=example.path,
        repository=repository,
        snippets=example.snippets,
    )


def load_form(base: Path, fim_format: str | None = None) -> Form:
    """Raises ConfigError if there is no such model, FormatError if its format is not known."""
    path = base / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_buffer(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"The base model {base} has no tokenizer that can be read: {error.strerror}.",
            "Name the directory of a model with a tokenizer.json.",
        ) from error
    # The library raises plain Exceptions for a file that is no tokenizer.
    except Exception as error:
        raise ConfigError(
            f"{path} is not a tokenizer: {error}.", "Copy or download the model again."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    form = Form(by_name(fim_format) if fim_format else choose(str(base)), ModelTokens(tokenizer))
    verify(form.fmt, form.tokenizer)
    return form


class ModelTokens:
    """A tokenizer as `understudy_protocol.fim_tokens.Tokenizer` describes it."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._control_tokens = {
            added.content: token_id
            for token_id, added in tokenizer.get_added_tokens_decoder().items()
            if is_control(added.content, special=added.special)
        }
        # Paths, names and snippets come again and again; the text around holes does not.
        self._encode = lru_cache(maxsize=2048)(self._encode_text)

    @property
    def control_tokens(self) -> Mapping[str, int]:
        return self._control_tokens

    def token_id(self, token: str) -> int | None:
        return self._tokenizer.token_to_id(token)

    def encode(self, text: str) -> Sequence[int]:
        return self._encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Without control tokens."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)

    def _encode_text(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)


def _plain(text: str) -> str:
    """With the line ends that models are trained on."""
    return text.replace("\r\n", "\n")
