"""Which suggestions are not worth showing: learned once a night, of the whole log."""

from functools import partial
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.outcome import OutcomeModel
from understudy_trainer.curriculum.event_log import completions, events
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.telling import Night
from understudy_trainer.reinforce.outcome import fit

HIDING = "hiding.json"
"""File in `tonight`: what is not worth showing."""


class Hiding(msgspec.Struct, frozen=True):
    """What was learned of suggestions that are not taken, once a night."""

    model: OutcomeModel | None
    """None: nothing is hidden."""
    note: str
    """For the report; "" if there is nothing to tell."""


def seldom_taken(asked: Night, tonight: Path, gateway: httpx.Client | None) -> Hiding:
    """The same for a night that goes on, whose log has grown since: another model would be another
    release beside the one that was published before the kill."""
    path = tonight / HIDING
    try:
        return msgspec.json.decode(path.read_bytes(), type=Hiding)
    except (OSError, msgspec.DecodeError):
        pass
    hiding = _fitted(asked, gateway)
    write_whole(path, msgspec.json.encode(hiding))
    return hiding


def _fitted(asked: Night, gateway: httpx.Client | None) -> Hiding:
    if gateway is None:
        return Hiding(None, "")
    try:
        found = fit(
            events(gateway, repository=asked.repository, after=0),
            partial(completions, gateway),
            repository=asked.repository,
            model=asked.base_name,
        )
    except UnderstudyError as error:
        return Hiding(None, f"Which suggestions are taken could not be learned. {error}")
    if found.model is None:
        none = f"No suggestion is hidden for being unlikely to be taken: {found.why}."
        return Hiding(None, none)
    some = f"Suggestions that are unlikely to be taken are hidden: {found.why}."
    return Hiding(found.model, some)
