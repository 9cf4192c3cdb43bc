"""Which lessons stand in prompts at present: those of the release that is served, but for those
that were deleted since."""

from pathlib import Path

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.lesson import LESSONS_FILE, decode_lessons
from understudy_protocol.release import served
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.forgotten_lessons import book_beside, forgotten_lessons
from understudy_releases.releases import open_regular


def in_prompts(state: Path, repository: RepositoryId) -> frozenset[str]:
    """Their ids; none if the release has no lessons, or the gateway cannot read what it needs to
    either."""
    releases_dir = state / "releases"
    try:
        version = served(promotions.history(releases_dir, repository))
        if version is None:
            return frozenset()
        path = releases_dir / repository / version / LESSONS_FILE
        with open_regular(path) as file:
            brought = decode_lessons(file.read(), str(path))
        return frozenset(each.id for each in brought) - forgotten_lessons(book_beside(path.parent))
    except (UnderstudyError, OSError):
        return frozenset()
