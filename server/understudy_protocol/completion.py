"""What a client asks the gateway for, what streams back, and what is kept of it.

A request carries parts, never a prompt: the gateway renders them for the model it serves
(`understudy_protocol.fim`). The answer is a stream of `StreamRecord`s: any number of `TextDelta`,
then exactly one `CompletionEnd` or `CompletionFailed`.
"""

from enum import StrEnum
from typing import Annotated, NewType

import msgspec

from understudy_protocol.outcome import OutcomeModel
from understudy_protocol.repository import RepositoryId, WireRepositoryId

CompletionId = NewType("CompletionId", str)
"""A UUID in its canonical form."""

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

WireCompletionId = Annotated[CompletionId, msgspec.Meta(pattern=UUID_PATTERN)]

Path = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
"""Relative to the repository's root, with forward slashes."""


class Mode(StrEnum):
    LINE = "line"
    """To the end of the line at the cursor."""
    BLOCK = "block"
    """To the end of the scope that the cursor's line opens or stands in."""


class Snippet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An excerpt of another place in the repository."""

    path: Path
    text: str
    start_line: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Line of the file, from 1, at which the text begins."""
    stable: bool = False
    """True if the next keystrokes will probably ask with the same snippet: those are put first, so
    that the engine's prefix cache stays hot."""


class CompletionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One hole to be filled."""

    repository: WireRepositoryId
    path: Path
    language: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """LSP language id, such as `python`."""
    prefix: str
    """The document up to the cursor, or as much of it as the client cares to send."""
    suffix: str
    """The document from the cursor on."""
    snippets: Annotated[tuple[Snippet, ...], msgspec.Meta(max_length=64)] = ()
    mode: Mode = Mode.LINE
    max_tokens: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.0
    seed: int | None = None
    session: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """Requests of one session replace each other, the newest wins; one session a document is
    usual."""
    id: WireCompletionId | None = None
    """Chosen by the client if it wants to report events even for an answer it never received."""
    remember: bool = False
    """The person agreed that this completion is stored as experience."""


class FinishReason(StrEnum):
    LINE = "line"
    """The line is complete."""
    SCOPE = "scope"
    """The scope is complete."""
    STOP = "stop"
    """The model ended the middle by itself."""
    LENGTH = "length"
    """`max_tokens` were generated."""
    CANCELLED = "cancelled"
    """The client went away, or a newer request of the session replaced this one."""
    FAILED = "failed"
    """The engine broke off."""


class LogprobSummary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Natural logarithms of the probabilities the model gave to the tokens it chose."""

    tokens: int
    mean: float
    lowest: float
    first: float


class Timings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Milliseconds since the gateway had read the request."""

    admitted_ms: float
    rendered_ms: float
    first_text_ms: float | None
    """None if there was no text."""
    total_ms: float


class TextDelta(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="text"):
    """More text; the deltas of a stream joined are the completion."""

    text: str


class LessonTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson of the release that answered, which stood in the prompt."""

    id: str
    text: str


class CompletionEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="end"):
    """The last record of a stream that went well."""

    id: CompletionId
    text: str
    """The whole completion: the joined deltas."""
    finish: FinishReason
    model: str
    fim_format: str
    release: str | None
    """Version of the release that answered; None is the base model."""
    prompt_tokens: int
    remembered: bool
    """It is on disk as experience. False without consent, and when the store could not take it."""
    logprobs: LogprobSummary | None
    """None if no token was generated."""
    timings: Timings
    lessons: tuple[LessonTold, ...] = ()
    """What of the release's lessons the gateway put into the prompt."""


class CompletionFailed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="error"):
    """The last record of a stream that broke off; the same fields as `errors.Problem`."""

    code: str
    problem: str
    remedy: str


StreamRecord = TextDelta | CompletionEnd | CompletionFailed


class Completion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One completion as experience: what was asked, how it was answered, under which id."""

    id: CompletionId
    repository: RepositoryId
    at: int
    """Milliseconds since the epoch, by the gateway's clock."""
    path: str
    language: str
    prefix: str
    """The part of the prefix that the model saw."""
    suffix: str
    """The part of the suffix that the model saw."""
    snippets: tuple[Snippet, ...]
    """The snippets that the model saw."""
    mode: Mode
    text: str
    finish: FinishReason
    model: str
    fim_format: str
    release: str | None
    max_tokens: int
    temperature: float
    seed: int | None
    token_logprobs: tuple[float, ...]
    timings: Timings
    session: str | None = None
    person: str | None = None
    """Name of the token that asked, where the gateway listens on a network."""
    confidence: float | None = None
    """Of a copy, whose `model` is `copy`: how sure the client was of it, from 0 to 1."""
    prompt_tokens: int = 0


class CompletionList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `GET /v1/completions` answers."""

    completions: tuple[Completion, ...]


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway serves: the answer of `GET /v1/model`."""

    name: str
    fingerprint: str
    """See `release.ReleaseManifest.base_fingerprint`."""
    fim_format: str
    context: int
    """Tokens of prompt and answer together."""
    ready: bool
    release: str | None = None
    """Version of the release that answers for the repository asked about; None is the base
    model, or that no repository was named."""
    outcome: OutcomeModel | None = None
    """What that release has learned of suggestions that are not taken; None if it has not."""
