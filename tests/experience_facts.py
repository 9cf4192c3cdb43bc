"""Completions and events for tests, with ids that are different each time unless given."""

import uuid

import msgspec

from understudy_protocol.completion import Completion, CompletionId, FinishReason, Mode, Timings
from understudy_protocol.events import Event
from understudy_protocol.repository import RepositoryId

CLICK = RepositoryId("click-3f9a1c2b8d4e")
FLASK = RepositoryId("flask-0123456789ab")


def new_id() -> str:
    return str(uuid.uuid4())


def a_completion(**changes: object) -> Completion:
    completion = Completion(
        id=CompletionId(new_id()),
        repository=CLICK,
        at=1_000,
        path="src/click/core.py",
        language="python",
        prefix="def main():\n    return ",
        suffix="\n",
        snippets=(),
        mode=Mode.LINE,
        text="0",
        finish=FinishReason.LINE,
        model="prompter",
        fim_format="prompter",
        release=None,
        max_tokens=64,
        temperature=0.0,
        seed=None,
        token_logprobs=(-0.5,),
        timings=Timings(admitted_ms=0.1, rendered_ms=0.2, first_text_ms=3.0, total_ms=4.0),
    )
    return msgspec.structs.replace(completion, **changes)


def an_accepted(**changes: object) -> Event:
    return an_event("accepted", **{"length": 3, **changes})


def an_ignored(typed: str, **changes: object) -> Event:
    return an_event("ignored", typed=typed, **changes)


def a_replaced(text: str, **changes: object) -> Event:
    return an_event("replaced", text=text, **changes)


def an_event(tag: str, **fields: object) -> Event:
    usual = {"id": new_id(), "completion": new_id(), "repository": CLICK, "at": 5}
    return msgspec.convert({"type": tag, **usual, **fields}, Event)
