"""What is compared on the same keystrokes: ways of being assisted, as settings of the language
server."""

from pathlib import Path
from typing import Any

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_releases.paths import default_state_dir
from understudy_releases.releases import Release
from understudy_trainer.borrowed_release import is_release, named_release


class Arm(msgspec.Struct, frozen=True):
    name: str
    about: str
    sources: dict[str, bool] | None
    """What suggestions may be made of; None is no assistant."""
    release: Release | None = None
    """What the model is from the first hunk on; None is the base model."""
    learns: bool = False
    """Whether each night makes a release for it."""
    reinforces: bool = False
    """Whether those nights practise on answers."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"sources": self.sources}


ARMS = (
    Arm("none", "no assistant", None),
    Arm("copy", "only what stands elsewhere in the repository", {"model": False}),
    Arm("base", "the base model alone", {"copies": False, "snippets": False}),
    Arm("base+snippets", "the base model with snippets", {"copies": False}),
    Arm("understudy", "everything: model, snippets and copies", {}),
    Arm("learning", "everything, and what each night made of all before it", {}, learns=True),
    Arm(
        "reinforcing",
        "the same, and nights practise on answers besides",
        {},
        learns=True,
        reinforces=True,
    ),
)
WITH_RELEASE: dict[str, dict[str, bool]] = {"": {}, "+snippets": {"copies": False}}
"""What stands behind the version of a release → what suggestions may be made of."""


def arms_named(names: str, state_dir: Path | None = None) -> tuple[Arm, ...]:
    """From names with commas between; `none`, to compare with, is always there. Releases are those
    in `state_dir`, or in the usual place.

    Raises ConfigError for an arm that there is not, NotFound for such a release.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    arms = [_arm(name, state_dir or default_state_dir()) for name in ["none", *wanted]]
    return tuple({arm.name: arm for arm in arms}.values())


def with_nights(names: str) -> str:
    """With the arm whose nights are as they are: after those that do not learn, with which it is
    compared, and before those that learn in another way, which are compared with it.

    >>> with_nights("base,understudy"), with_nights("reinforcing")
    ('base,understudy,learning', 'learning,reinforcing')
    """
    wanted = [name for name in names.split(",") if name.strip() != "learning"]
    others = {arm.name for arm in ARMS if arm.learns}
    at = next((at for at, name in enumerate(wanted) if name.strip() in others), len(wanted))
    return ",".join([*wanted[:at], "learning", *wanted[at:]])


def _arm(name: str, state_dir: Path) -> Arm:
    if is_release(name):
        named = named_release(name, state_dir, extras=WITH_RELEASE)
        return Arm(named.name, "a release", WITH_RELEASE[named.extras], named.release)
    known = {arm.name: arm for arm in ARMS}
    if name not in known:
        raise ConfigError(
            f"There is no arm {name!r}.", f"The arms are {', '.join(known)} and release:VERSION."
        )
    return known[name]
