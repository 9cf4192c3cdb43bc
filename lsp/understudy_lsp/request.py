"""A hole as a request to the gateway: as much of the document as a model can use."""

from msgspec.structs import replace

from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import CompletionId, CompletionRequest, Mode, Snippet
from understudy_protocol.repository import RepositoryId

BEFORE = 16_000
"""Characters of the document before the cursor; four times what the gateway's usual budget holds,
for those who serve a larger one."""
AFTER = 8_000
GRID = 4_096
"""A long prefix is cut at multiples of this, so that the next keystroke is cut at the same place
and the engine's prefix cache holds."""

MAX_TOKENS = {Mode.LINE: 48, Mode.BLOCK: 192}
"""A line of 100 characters is about 35 tokens; a block is about 15 lines, as long as people read
before they decide."""


def request_for(
    snapshot: Snapshot,
    *,
    repository: RepositoryId,
    completion: CompletionId,
    mode: Mode,
    snippets: tuple[Snippet, ...],
    session: str,
    remember: bool,
) -> CompletionRequest:
    start = max(0, snapshot.offset - BEFORE)
    if start > 0:
        start = -(-start // GRID) * GRID
    return CompletionRequest(
        repository=repository,
        path=encodable(snapshot.path),
        language=snapshot.language or "plaintext",
        prefix=encodable(snapshot.text[start : snapshot.offset]),
        suffix=encodable(snapshot.text[snapshot.offset : snapshot.offset + AFTER]),
        snippets=tuple(
            replace(each, path=encodable(each.path), text=encodable(each.text)) for each in snippets
        ),
        mode=mode,
        max_tokens=MAX_TOKENS[mode],
        session=session,
        id=completion,
        remember=remember,
    )


def encodable(text: str) -> str:
    """Without halves of surrogate pairs, which JSON cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
