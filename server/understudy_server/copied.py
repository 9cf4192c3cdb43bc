"""A completion that a client copied from the repository's own text, as the store keeps it."""

from understudy_protocol.completion import Completion, FinishReason, Timings
from understudy_protocol.events import CopiedCompletion

COPY = "copy"
"""Stands for the model and its format, which a copy has none of."""


def as_completion(copied: CopiedCompletion, *, at: int, person: str | None) -> Completion:
    """`at` by the gateway's clock; `person` is the caller, whatever a client may say."""
    return Completion(
        id=copied.id,
        repository=copied.repository,
        at=at,
        path=copied.path,
        language=copied.language,
        prefix=copied.prefix,
        suffix=copied.suffix,
        snippets=(),
        mode=copied.mode,
        text=copied.text,
        finish=FinishReason.LINE,
        model=COPY,
        fim_format=COPY,
        release=None,
        max_tokens=0,
        temperature=0.0,
        seed=None,
        token_logprobs=(),
        timings=Timings(admitted_ms=0.0, rendered_ms=0.0, first_text_ms=None, total_ms=0.0),
        person=person,
        confidence=copied.confidence,
    )
