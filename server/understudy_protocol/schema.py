"""JSON Schema of everything that goes over the wire or into a release."""

from typing import Any

import msgspec

from understudy_protocol.completion import Completion, CompletionRequest, Model, StreamRecord
from understudy_protocol.errors import Problem
from understudy_protocol.events import Event, EventBatch, EventPage, EventsStored
from understudy_protocol.experience import Forgotten, RepositoryList
from understudy_protocol.lesson import Lessons
from understudy_protocol.release import ReleaseManifest, ServingHistory
from understudy_protocol.repository import Repository
from understudy_protocol.scores import ScoreRequest, Scores

WIRE_TYPES: tuple[Any, ...] = (
    Repository,
    CompletionRequest,
    StreamRecord,
    Completion,
    ScoreRequest,
    Scores,
    Model,
    Event,
    EventBatch,
    EventsStored,
    EventPage,
    RepositoryList,
    Forgotten,
    ReleaseManifest,
    ServingHistory,
    Lessons,
    Problem,
)


def protocol_schema() -> dict[str, Any]:
    """One JSON Schema document (draft 2020-12) whose `$defs` hold every type by name."""
    _, definitions = msgspec.json.schema_components(WIRE_TYPES)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions}
