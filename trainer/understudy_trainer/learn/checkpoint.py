"""What a killed night goes on from: one file, written whole or not at all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from understudy_protocol.errors import UnderstudyError
from understudy_trainer.learn.whole_file import sealed, unsealed, write_whole

CHECKPOINT = "checkpoint"


class CheckpointError(UnderstudyError, ValueError):
    code = "checkpoint"


class Loss(msgspec.Struct, frozen=True, array_like=True):
    """Means over the counted tokens of a step, in nats; None if the step had none of that kind."""

    step: int
    new: float | None
    replayed: float | None


class Seconds(msgspec.Struct):
    """Spent by stage."""

    loading: float = 0.0
    data: float = 0.0
    forward: float = 0.0
    backward: float = 0.0
    optimiser: float = 0.0
    writing: float = 0.0

    def training(self) -> float:
        return self.data + self.forward + self.backward + self.optimiser


class Position(msgspec.Struct):
    """How far a night is."""

    night: str
    """Tells which examples, base, parent, settings and seed it belongs to."""
    numbers: str
    """Type of number that is computed with."""
    total: int
    """Steps that are planned."""
    wanted: int
    """Steps that would be planned if there were time without end."""
    step: int = 0
    """Steps that are done."""
    skipped: int = 0
    """Of those, not taken, because their gradient was no number."""
    new: int = 0
    """Draws from the new examples; so the other two."""
    old: int = 0
    anchors: int = 0
    replayed: int = 0
    rows: int = 0
    tokens: int = 0
    counted: int = 0
    too_long: int = 0
    """Draws whose middle did not fit."""
    elapsed: float = 0.0
    seconds: Seconds = msgspec.field(default_factory=Seconds)
    units: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Draws by unit, the replayed ones too."""
    losses: list[Loss] = msgspec.field(default_factory=list[Loss])


class Resumable(Protocol):
    night: str


R = TypeVar("R", bound=Resumable)


def write_checkpoint(folder: Path, position: Resumable, tensors: Mapping[str, Tensor]) -> None:
    metadata = {"position": msgspec.json.encode(position).decode()}
    write_whole(folder / CHECKPOINT, sealed(save(dict(tensors), metadata=metadata)))


def read_checkpoint(
    folder: Path, *, night: str, kind: type[R]
) -> tuple[R, dict[str, Tensor]] | None:
    """`kind` is that of the position. None if there is no checkpoint. Raises CheckpointError if it
    is damaged or of another night."""
    path = folder / CHECKPOINT
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    content = unsealed(data)
    try:
        if content is None:
            raise ValueError("its bytes are not those that were written")
        size = int.from_bytes(content[:8], "little")
        header = msgspec.json.decode(content[8 : 8 + size], type=_Header)
        position = msgspec.json.decode(header.metadata["position"], type=kind)
        tensors = load(content)
    except (ValueError, KeyError, SafetensorError) as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged: {error}.",
            "Delete it; the night then begins anew.",
        ) from error
    if position.night != night:
        raise CheckpointError(
            f"The checkpoint {path} is of a night with other examples, settings or another model.",
            "Delete it to begin anew, or give the night a folder of its own.",
        )
    return position, tensors


class _Header(msgspec.Struct):
    metadata: dict[str, str] = msgspec.field(name="__metadata__")


def number_type(name: str) -> torch.dtype:
    return {"bfloat16": torch.bfloat16, "float32": torch.float32}[name]
