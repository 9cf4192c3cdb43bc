"""What the gateway tells about the experience it holds, one repository at a time."""

import msgspec

from understudy_protocol.repository import RepositoryId


class RepositorySummary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is known of one repository."""

    id: RepositoryId
    completions: int
    events: int
    first_at: int
    """When the earliest of it arrived: milliseconds since the epoch, by the gateway's clock."""
    last_at: int
    """When the latest of it arrived."""


class RepositoryList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `GET /v1/repositories` answers."""

    repositories: tuple[RepositorySummary, ...]


class Forgotten(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `DELETE /v1/repositories/{id}` answers: this much was held and is gone."""

    completions: int
    events: int
    releases: int = 0
    nights: int = 0
