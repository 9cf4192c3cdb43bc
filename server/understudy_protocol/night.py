"""What a night leaves for others to read: `nights/<repository>/last.json` in the state folder.

The trainer writes it whole, the gateway reads it for its metrics and to know what is due.
"""

from typing import Literal

import msgspec

from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId

LAST_FILE = "last.json"
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


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    repository: RepositoryId
    source: str
    """A folder's absolute path, or the URL it is cloned from."""
