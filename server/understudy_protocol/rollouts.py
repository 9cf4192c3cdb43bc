"""Answers that a model in training draws, written by the gateway's engines: `POST /v1/rollouts`."""

from typing import Annotated

import msgspec

Token = Annotated[int, msgspec.Meta(ge=0)]
Prompt = Annotated[tuple[Token, ...], msgspec.Meta(min_length=1, max_length=32_768)]


class RolloutRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    adapter: str
    """Folder of an adapter that a night is training, below the state directory's `nights`."""
    prompts: Annotated[tuple[Prompt, ...], msgspec.Meta(min_length=1, max_length=64)]
    each: Annotated[int, msgspec.Meta(ge=1, le=64)]
    """Answers to every prompt."""
    max_tokens: Annotated[int, msgspec.Meta(ge=1, le=256)]
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Drawn at temperature 1, until a token that ends a middle or `max_tokens`."""

    tokens: tuple[int, ...]
    """With the one that ended it."""
    logprobs: tuple[float, ...]
    """Natural logarithm of the probability of each token."""


class Rollouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answers: tuple[tuple[Rollout, ...], ...]
    """For each prompt, in the order of the request."""
