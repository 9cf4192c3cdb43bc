"""What is said to vLLM, and what it says: the bodies of its OpenAI-compatible server."""

from collections.abc import Sequence

import msgspec


class Completion(msgspec.Struct, frozen=True):
    """The body of POST /v1/completions."""

    prompt: Sequence[int]
    model: str | None
    """None is the base model."""
    max_tokens: int
    temperature: float = 0.0
    seed: int | None = None
    stop: Sequence[str] = ()
    stop_token_ids: Sequence[int] = ()
    stream_interval: int = 1
    stream: bool = True
    logprobs: int = 0
    """No alternatives, only the token that was chosen."""
    add_special_tokens: bool = False


class Scoring(msgspec.Struct, frozen=True):
    """The body of POST /v1/completions for prompts that are to be scored; vLLM must generate a
    token."""

    prompt: Sequence[Sequence[int]]
    model: str | None
    max_tokens: int = 1
    temperature: float = 0.0
    prompt_logprobs: int = 0
    """No alternatives, only the prompt's own tokens."""
    add_special_tokens: bool = False


class DrawingRequest(msgspec.Struct, frozen=True):
    """The body of POST /v1/completions for several answers to one prompt."""

    prompt: Sequence[int]
    model: str | None
    n: int
    max_tokens: int
    seed: int
    stop_token_ids: Sequence[int]
    temperature: float = 1.0
    logprobs: int = 0
    return_token_ids: bool = True
    add_special_tokens: bool = False


class LoadAdapter(msgspec.Struct, frozen=True):
    lora_name: str
    lora_path: str


class UnloadAdapter(msgspec.Struct, frozen=True):
    lora_name: str


class Card(msgspec.Struct, frozen=True):
    id: str
    root: str | None = None
    parent: str | None = None
    """The base model of an adapter."""
    max_model_len: int | None = None


class Cards(msgspec.Struct, frozen=True):
    data: tuple[Card, ...]


class Failure(msgspec.Struct, frozen=True):
    message: str
    code: int
    param: str | None = None


class Logprobs(msgspec.Struct, frozen=True, gc=False):
    token_logprobs: tuple[float, ...]


class Choice(msgspec.Struct, frozen=True, gc=False):
    text: str
    logprobs: Logprobs | None = None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


class ScoredToken(msgspec.Struct, frozen=True, gc=False):
    logprob: float


class ScoredPrompt(msgspec.Struct, frozen=True):
    index: int
    prompt_logprobs: tuple[dict[int, ScoredToken] | None, ...]
    """By token; None for the first, which nothing comes before."""


class Scored(msgspec.Struct, frozen=True):
    choices: tuple[ScoredPrompt, ...]


class DrawnChoice(msgspec.Struct, frozen=True):
    index: int
    token_ids: tuple[int, ...]
    logprobs: Logprobs


class DrawnList(msgspec.Struct, frozen=True):
    choices: tuple[DrawnChoice, ...]


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A record of the stream: one choice, or the failure that ends it."""

    choices: tuple[Choice, ...] = ()
    error: Failure | None = None


class FailureBody(msgspec.Struct, frozen=True):
    error: Failure
