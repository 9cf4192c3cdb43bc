"""The log of events and the completions they speak of, read from the gateway in small parts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import httpx
import msgspec

from understudy_protocol.completion import Completion, CompletionId, CompletionList
from understudy_protocol.errors import Problem, StoreError
from understudy_protocol.events import EventPage, StoredEvent
from understudy_protocol.repository import RepositoryId

AT_ONCE = 100
"""Completions, which is the most that the gateway gives."""

_Answer = TypeVar("_Answer", EventPage, CompletionList)


def events(gateway: httpx.Client, *, repository: RepositoryId, after: int) -> Iterator[StoredEvent]:
    """All behind the cursor, in the order in which they arrived; a page is held at a time."""
    while True:
        asked = {"after": str(after), "repository": repository}
        page = _get(gateway, "/v1/events", asked, EventPage)
        if not page.events:
            return
        if page.next_cursor <= after:
            raise StoreError(
                "The gateway gives the same events again and again.",
                "Run the gateway and the trainer in the same version.",
            )
        yield from page.events
        after = page.next_cursor


def completions(
    gateway: httpx.Client, ids: Sequence[CompletionId]
) -> Iterator[tuple[CompletionId, Completion | None]]:
    """Each with its id, in their order; None if it is not there."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        answer = _get(gateway, "/v1/completions", {"ids": ",".join(some)}, CompletionList)
        found = {each.id: each for each in answer.completions}
        for id in some:
            yield id, found.get(id)


def _get(
    gateway: httpx.Client, path: str, asked: Mapping[str, str], kind: type[_Answer]
) -> _Answer:
    try:
        answer = gateway.get(path, params=dict(asked))
        if answer.status_code != 200:
            problem = msgspec.json.decode(answer.content, type=Problem)
            raise StoreError(problem.problem, problem.remedy)
        return msgspec.json.decode(answer.content, type=kind)
    except httpx.HTTPError as error:
        raise StoreError(
            f"The gateway does not answer when asked for {path}: {type(error).__name__}.",
            "Start it with `understudy serve`, and look at what it says.",
        ) from error
    except msgspec.DecodeError as error:
        raise StoreError(
            f"What answers at {gateway.base_url} does not answer {path} as a gateway does.",
            "Run the gateway and the trainer in the same version.",
        ) from error
