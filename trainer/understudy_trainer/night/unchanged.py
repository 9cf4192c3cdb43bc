"""Whether a night would bring nothing that was not there before: what was not promoted is no better
the next night, and what was rolled back is not made again."""

from pathlib import Path

import httpx
import msgspec

from understudy_protocol.experience import RepositoryList
from understudy_protocol.release import ReleaseVersion, ServingHistory
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.parent import Parent
from understudy_trainer.night.publish import undone_before
from understudy_trainer.night.telling import Night

ANSWERED = "answered.json"


class Question(msgspec.Struct, frozen=True):
    """All that decides what a night brings. One that was answered with "not promoted" would be
    answered so again: the same is learned, and proved on the same holes."""

    until: str
    """The newest commit."""
    events: int
    """That the gateway holds; 0 where none can be asked."""
    served: ReleaseVersion | None
    fingerprint: str
    """Of the base model."""
    asked: str
    """What was set."""


def question(
    asked: Night, gateway: httpx.Client | None, span: Span, parent: Parent, *, fingerprint: str
) -> Question:
    """Made before experience is read, so that what people do meanwhile is new the next time."""
    # The format is that of the base model, whether a gateway was there to say so or not.
    settings = msgspec.structs.replace(asked.settings, fim_format=None)
    others = (asked.seed, asked.anew, asked.budget_s, asked.runtime, asked.shares)
    return Question(
        until=span.until,
        events=_events(asked, gateway),
        served=parent.served and parent.served.version,
        fingerprint=fingerprint,
        asked=msgspec.json.encode((settings, asked.reinforcement, others)).decode(),
    )


def why_in_vain(
    asked: Night, of: Question, span: Span, parent: Parent, serving: ServingHistory
) -> str:
    """A sentence for the report; "" if the night may bring something."""
    if asked.dry:
        return ""  # somebody wants to see it
    if _answered(asked) == of:
        return (
            f"Nothing was committed since {of.until[:12]} and nothing done since that could be"
            " learned from, and the last night has promoted nothing of what there is."
        )
    return undone_before(
        asked.state / "releases", serving, parent=parent.version, learn_until=span.learn_until
    )


def note_answered(home: Path, of: Question, *, served: ReleaseVersion | None = None) -> None:
    """`served` is what this night has put beside the adapter that was served before: that alone
    makes no other question of it."""
    answered = msgspec.structs.replace(of, served=served or of.served)
    write_whole(home / ANSWERED, msgspec.json.encode(answered))


def _answered(asked: Night) -> Question | None:
    path = asked.state / "nights" / asked.repository / ANSWERED
    try:
        return msgspec.json.decode(path.read_bytes(), type=Question)
    except (OSError, msgspec.DecodeError):
        return None


def _events(asked: Night, gateway: httpx.Client | None) -> int:
    if gateway is None:
        return 0
    try:
        answer = gateway.get("/v1/repositories")
        known = msgspec.json.decode(answer.content, type=RepositoryList).repositories
    except (httpx.HTTPError, msgspec.DecodeError):
        return 0  # the night will not read them either, and say why
    return next((each.events for each in known if each.id == asked.repository), 0)
