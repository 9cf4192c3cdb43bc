"""What is compared on the same keystrokes: ways of being assisted, as settings of the language
server."""

from typing import Any

import msgspec

from understudy_protocol.errors import ConfigError


class Arm(msgspec.Struct, frozen=True):
    name: str
    about: str
    sources: dict[str, bool] | None
    """What suggestions may be made of; None is no assistant."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"sources": self.sources}


ARMS = (
    Arm("none", "no assistant", None),
    Arm("copy", "only what stands elsewhere in the repository", {"model": False}),
    Arm("base", "the base model alone", {"copies": False, "snippets": False}),
    Arm("base+snippets", "the base model with snippets", {"copies": False}),
    Arm("understudy", "everything: model, snippets and copies", {}),
)
DEFAULT = ("none", "base", "understudy")


def arms_named(names: str) -> tuple[Arm, ...]:
    """From names with commas between; `none`, to compare with, is always there."""
    known = {arm.name: arm for arm in ARMS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in known]:
        raise ConfigError(f"There is no arm {unknown[0]!r}.", f"The arms are {', '.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(["none", *wanted]))
