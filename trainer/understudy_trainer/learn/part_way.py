"""An adapter that goes a part of the way from where it began."""

import shutil
from pathlib import Path

from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]

from understudy_trainer.learn.adapter import CONFIG, WEIGHTS, saved_tensors
from understudy_trainer.learn.whole_file import write_whole_folder


def part_of_the_way(adapter: Path, share: float, *, parent: Path | None, into: Path) -> Path:
    """θ₀ + share (θ - θ₀), in a folder of its own. Without a parent θ₀ is the base model.

    From the base model the product of A and B is scaled, exactly, by scaling B. From a parent A
    and B go their ways each, as they do in Reptile (`learn.mer`), which is not quite the same.
    """
    tensors, metadata = saved_tensors(adapter)
    if parent is None:
        moved = {n: t * share if ".lora_B." in n else t for n, t in tensors.items()}
    else:
        began, _ = saved_tensors(parent)
        moved = {n: began[n].lerp(t.to(began[n].dtype), share) for n, t in tensors.items()}

    def fill(temporary: Path) -> None:
        shutil.copyfile(adapter / CONFIG, temporary / CONFIG)
        save_file(moved, str(temporary / WEIGHTS), metadata=metadata)

    write_whole_folder(into, fill)
    return into
