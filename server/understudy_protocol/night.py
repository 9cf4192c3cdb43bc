"""What a night leaves for others to read: `nights/<repository>/last.json` in the state folder, and
while it goes `running.json`.

The trainer writes them whole, the gateway reads them for its metrics and to know what is due.
"""

from typing import Literal

import msgspec

from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId

LAST_FILE = "last.json"
RUNNING_FILE = "running.json"
PLACE_FILE = "place.json"
"""Where the repository is: written by the first night, read by `understudy train --all`."""

Outcome = Literal["promoted", "not promoted", "nothing new", "failed"]


class NightSummary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    repository: RepositoryId
    began_at: int
    """Milliseconds since the epoch; so is the next."""
    ended_at: int
    outcome: Outcome
    reason: str
    """One sentence for people."""
    parent: ReleaseVersion | None = None
    release: ReleaseVersion | None = None
    """What was published, promoted or not; None if nothing was."""
    examples: int = 0
    holes: int = 0
    """That the proof was held on."""
    gain: float | None = None
    """Nats a token that the candidate is better than its parent on held-out holes."""
    gain_low: float | None = None
    gain_high: float | None = None
    forgetting: float | None = None
    """Share by which the loss on old holes and other code rose."""


class NightRunning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a night is."""

    repository: RepositoryId
    began_at: int
    """Milliseconds since the epoch."""
    process: int
    """A night that was killed leaves its file: it runs as long as this process does."""
    stage: str = ""
    steps: int = 0
    """Of the stage, so far."""
    of: int = 0
    """0 if that is not known."""
    loss: float | None = None
    """Of the newest step of learning, nats a token."""
    budget_spent: float = 0.0
    """Share, with what a night that goes on had spent before it was killed."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    repository: RepositoryId
    source: str
    """A folder's absolute path, or the URL it is cloned from."""
