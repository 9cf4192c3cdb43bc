"""The served model's tokenizer, read from its `tokenizer.json` without torch or transformers."""

import re
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from huggingface_hub import hf_hub_download  # pyright: ignore[reportUnknownVariableType]
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
)
from tokenizers import Tokenizer

from understudy_protocol.errors import ConfigError
from understudy_protocol.fim_tokens import is_control

TEXTS_CACHED, LONGEST_TEXT_CACHED = 256, 8192
PIECES_CACHED, LONGEST_PIECE_CACHED = 4096, 1024
"""Entries and characters. With code both caches take a few MB together; with text made to fill
them, some 100 MB."""

_PIECE_ENDS = re.compile(r"(?<=[A-Za-z0-9])(?=\n)")
"""Between a letter or digit and a line end: there every pre-tokenizer of a code model splits, so
that the pieces encode as the whole would."""


class ModelTokenizer:
    """A tokenizer as `understudy_protocol.fim_tokens.Tokenizer` describes it.

    What texts and pieces of texts gave is remembered: from one keystroke to the next nearly all of
    a prompt stays the same, and tokenising it anew would be most of the gateway's own time.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._control_tokens = {
            added.content: token_id
            for token_id, added in tokenizer.get_added_tokens_decoder().items()
            if is_control(added.content, special=added.special)
        }
        self._text = lru_cache(maxsize=TEXTS_CACHED)(self._encode_text)
        self._piece = lru_cache(maxsize=PIECES_CACHED)(self._encode_piece)

    @property
    def control_tokens(self) -> Mapping[str, int]:
        return self._control_tokens

    def token_id(self, token: str) -> int | None:
        return self._tokenizer.token_to_id(token)

    def encode(self, text: str) -> Sequence[int]:
        return self._text(text) if len(text) <= LONGEST_TEXT_CACHED else self._encode_text(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, control tokens spelt out."""
        return self._tokenizer.decode(ids, skip_special_tokens=False)

    # Both give bare 32-bit numbers: a tuple of Python's would take eight times the memory.
    def _encode_text(self, text: str) -> "array[int]":
        ids = array("I")
        for piece in _PIECE_ENDS.split(text):
            short = len(piece) <= LONGEST_PIECE_CACHED
            ids += self._piece(piece) if short else self._encode_piece(piece)
        return ids

    def _encode_piece(self, piece: str) -> "array[int]":
        return array("I", self._tokenizer.encode(piece, add_special_tokens=False).ids)


def load_tokenizer(model: str) -> ModelTokenizer:
    """The tokenizer of a model directory, or of a hub name from the local cache or the hub.

    Honours `HF_HUB_OFFLINE`. Raises ConfigError.
    """
    path = _tokenizer_file(model)
    try:
        spec = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        tokenizer = Tokenizer.from_buffer(msgspec.json.encode(exact(spec)))
    except OSError as error:
        raise ConfigError(
            f"The tokenizer of {model} cannot be read: {error}.",
            f"Make {path} readable for this user.",
        ) from error
    # The library raises plain Exceptions for a file that is JSON but no tokenizer.
    except Exception as error:
        raise ConfigError(
            f"{path} is not a tokenizer: {error}.",
            "Copy or download the model again; the file was cut short or is of another kind.",
        ) from error
    return ModelTokenizer(tokenizer)


def exact(spec: dict[str, Any]) -> dict[str, Any]:
    """A `tokenizer.json` that encodes a text as it stands, cuts nothing off and pads nothing.

    SentencePiece vocabularies put a space before every text, which would stand between the pieces
    of a prompt.
    """
    return {
        **spec,
        "normalizer": _without_prepend(spec.get("normalizer")),
        "pre_tokenizer": _without_leading_space(spec.get("pre_tokenizer")),
        "truncation": None,
        "padding": None,
    }


def _tokenizer_file(model: str) -> Path:
    directory = Path(model).expanduser()
    if directory.is_dir():
        path = directory / "tokenizer.json"
        if path.is_file():
            return path
        raise ConfigError(
            f"The model directory {directory} has no tokenizer.json.",
            "Save the model's fast tokenizer into it"
            " (`AutoTokenizer.from_pretrained(…).save_pretrained(…)`), or serve another model.",
        )
    try:
        # pyright takes the bare `dict` among the annotations of the library for unknown.
        return Path(hf_hub_download(model, "tokenizer.json"))
    except HFValidationError as error:
        raise ConfigError(
            f"There is no model directory {model}, and it is no name on the hub either.",
            "Give `--model` a directory that exists, or a name such as Qwen/Qwen2.5-Coder-1.5B.",
        ) from error
    except LocalEntryNotFoundError as error:
        raise ConfigError(
            f"The tokenizer of {model} is not in the local cache, and the hub was not asked"
            " (HF_HUB_OFFLINE) or did not answer.",
            f"With a network, run `hf download {model}` once; or give `--model` a directory.",
        ) from error
    except EntryNotFoundError as error:
        raise ConfigError(
            f"The model {model} has no tokenizer.json on the hub.",
            "Serve a model that has one: every model with a fast tokenizer does.",
        ) from error
    except HfHubHTTPError as error:
        raise ConfigError(
            f"The hub does not give out the model {model}: {error}.",
            "Check the name; for a model with terms, accept them on the hub and run"
            " `hf auth login`.",
        ) from error


def _without_prepend(normalizer: dict[str, Any] | None) -> dict[str, Any] | None:
    if normalizer is None or normalizer["type"] == "Prepend":
        return None
    if normalizer["type"] == "Sequence":
        steps = [_without_prepend(step) for step in normalizer["normalizers"]]
        return {**normalizer, "normalizers": [step for step in steps if step is not None]}
    return normalizer


def _without_leading_space(pre_tokenizer: dict[str, Any] | None) -> dict[str, Any] | None:
    if pre_tokenizer is None:
        return None
    if pre_tokenizer["type"] == "Sequence":
        steps = [_without_leading_space(step) for step in pre_tokenizer["pretokenizers"]]
        return {**pre_tokenizer, "pretokenizers": steps}
    changes: dict[str, Any] = {}
    if "add_prefix_space" in pre_tokenizer:
        changes["add_prefix_space"] = False
    if "prepend_scheme" in pre_tokenizer:
        changes["prepend_scheme"] = "never"
    return {**pre_tokenizer, **changes}
