"""What is measured: something that fills holes of a world after it has looked at the past."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from understudy_trainer.repoworld.hole import Hole


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    candidates: tuple[str, ...] = ()
    """What was shown, the first choice first; nothing is an answer, too."""
    loss: float | None = None
    """Nats per token of the true middle; None where the agent has no such thing."""
    loss_tokens: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    ms: float = 0.0
    """From being asked to the answer."""


class Agent(Protocol):
    """As Meta-World's meta-learning agents: `init` forgets, `adapt` learns, `complete` is
    judged."""

    name: str

    async def init(self, world: str, folder: Path) -> None:
        """Starts anew in a world, whose files at the cut lie in `folder`; nothing of what was
        learned before is left."""
        ...

    async def adapt(self, experience: Sequence[Hole]) -> None:
        """Learns from holes that lie before the cut."""
        ...

    async def complete(self, hole: Hole) -> Answer: ...

    async def close(self) -> None: ...
