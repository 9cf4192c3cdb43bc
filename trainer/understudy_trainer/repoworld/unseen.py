"""Whether a release has learned from what it would be asked: then its figures would say how well it
remembers, not what it is worth."""

from collections.abc import Iterable

from understudy_protocol.errors import ConfigError
from understudy_releases.releases import Release
from understudy_trainer.repoworld.task_set import Cut
from understudy_trainer.repoworld.worlds import World, commits


def check_unseen(releases: Iterable[Release], worlds: Iterable[tuple[World, Cut]]) -> None:
    """Raises ConfigError if one of the releases has learned from a commit after the cut of a world.

    A release of another repository has learned from no commit of these, and nothing is said of it.
    """
    for world, cut in worlds:
        order = {commit.id: number for number, commit in enumerate(commits(world))}
        for release in releases:
            learned = release.manifest.data_cut.commit
            if learned in order and order[learned] > order[cut.cut]:
                raise ConfigError(
                    f"The release {release.version} has learned from {world.name} until commit "
                    f"{learned[:12]}, and the holes are cut from all that came after "
                    f"{cut.cut[:12]}.",
                    "Take a release that was trained on a clone that ends there.",
                )
