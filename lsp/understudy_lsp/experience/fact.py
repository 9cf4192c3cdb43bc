"""What the spool keeps: events, and copied completions, which the gateway cannot know of."""

import msgspec

from understudy_lsp.request import encodable
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.events import CopiedCompletion, Event
from understudy_protocol.repository import RepositoryId

BEFORE = 4000
AFTER = 2000
"""Characters around a copied completion: as much as the wire takes and a small model sees."""

LONGEST = 10_000
"""Characters of a copied completion that the wire takes; copies end with their line."""

Fact = Event | CopiedCompletion


def copied_completion(
    suggestion: Suggestion, snapshot: Snapshot, repository: RepositoryId
) -> CopiedCompletion:
    """What there is to know of a suggestion that was copied from the repository's own text."""
    offset = suggestion.offset
    return CopiedCompletion(
        id=suggestion.completion,
        repository=repository,
        path=encodable(snapshot.path),
        language=snapshot.language or "plaintext",
        prefix=encodable(snapshot.text[max(0, offset - BEFORE) : offset]),
        suffix=encodable(snapshot.text[offset : offset + AFTER]),
        text=encodable(suggestion.text[:LONGEST]),
        mode=suggestion.mode,
        confidence=suggestion.likelihood or 0.0,
    )


def encode(fact: Fact) -> bytes:
    """One line, with its end."""
    return msgspec.json.encode(fact) + b"\n"


def decode(line: bytes) -> Fact | None:
    """None for what is no fact: the torn end of a file, or something of another version."""
    try:
        return _FACT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_FACT = msgspec.json.Decoder[Fact](Fact)
