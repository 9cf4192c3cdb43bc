"""A tiny model with random weights and the embedded model's tokenizer, and examples for it."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from understudy_protocol.completion import Snippet
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.mer import Step, train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.settings import LearnerSettings

PROMPTER = Path(__file__).parents[1] / "models" / "prompter"


def tiny_model(folder: Path, *, seed: int = 0, width: int = 16) -> Path:
    """Named as the embedded model, so that the same FIM format is chosen."""
    path = folder / "prompter-tiny"
    config = Qwen3Config(
        vocab_size=8192,
        hidden_size=width,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        tie_word_embeddings=True,
        max_position_embeddings=2048,
        initializer_range=0.2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        Qwen3ForCausalLM(config).save_pretrained(path)
    shutil.copyfile(PROMPTER / "tokenizer.json", path / "tokenizer.json")
    return path


def example(number: int, *, unit: str = "implementation", weight: float = 1.0) -> Example:
    """One of as many as there are numbers, all a little different."""
    return Example(
        unit=unit,  # type: ignore[arg-type]
        path=f"shop/basket_{number}.py",
        commit="0" * 40,
        language="python",
        prefix=f"import shop\n\n\ndef price_{number}(items):\n    total = ",
        middle=f"sum(item.price for item in items) + {number}\n",
        suffix="    return total\n",
        snippets=(Snippet("shop/item.py", f"class Item:\n    price = {number}\n"),)
        if number % 2
        else (),
        weight=weight,
    )


SMALL = LearnerSettings(
    rank=4,
    alpha=8,
    optimiser="adamw",
    learning_rate=5e-3,
    passes=2,
    example_tokens=192,
    row_tokens=256,
    rows_per_step=2,
    replay_share=0.0,
    reptile_every=3,
    numbers="float32",
    checkpoint_every=2,
    repository="shop",
)


def adapter_of(
    examples: Sequence[Example], *, base: Path, folder: Path, seed: int = 0, **changes: Any
) -> Path:
    """One that has learned these; `changes` are of the settings."""
    return train(
        examples,
        base=base,
        parent=None,
        replay=Replay(),
        settings=msgspec.structs.replace(SMALL, **changes),
        budget_s=1000.0,
        folder=folder,
        seed=seed,
        progress=lambda step: None,
    ).folder


BY_HEART: dict[str, Any] = {"passes": 40, "learning_rate": 2e-2, "reptile_every": 0}
"""Settings with which a few examples are learned so that nothing else is written."""


class Clock:
    """Stands still, unless a step is told to have taken its time."""

    def __init__(self, seconds_per_step: float = 1.0) -> None:
        self.now = 0.0
        self.seconds_per_step = seconds_per_step
        self.steps: list[Step] = []

    def __call__(self) -> float:
        return self.now

    def step(self, step: Step) -> None:
        self.steps.append(step)
        self.now += self.seconds_per_step


def killed_after(steps: int) -> Callable[[Step], None]:
    def progress(step: Step) -> None:
        if step.number == steps:
            raise KeyboardInterrupt

    return progress
