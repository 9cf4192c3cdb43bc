"""How probable the served model finds given texts as the middle of a hole: `POST /v1/scores`."""

from typing import Annotated

import msgspec

from understudy_protocol.completion import Path, Snippet
from understudy_protocol.repository import WireRepositoryId

Candidate = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class ScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hole, and what might fill it: the same parts as of a completion."""

    repository: WireRepositoryId
    path: Path
    prefix: str
    suffix: str
    candidates: Annotated[tuple[Candidate, ...], msgspec.Meta(min_length=1, max_length=4)]
    snippets: Annotated[tuple[Snippet, ...], msgspec.Meta(max_length=64)] = ()


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Natural logarithms of the probabilities of a candidate's tokens, each after those before."""

    tokens: int
    mean: float
    total: float


class Scores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scores: tuple[Score, ...]
    """In the order of the candidates."""
    model: str
    release: str | None
    """Version of the release that judged; None is the base model."""
