"""What can be set of the learner."""

from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class LearnerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The defaults come from the experiments in `LOG.md`."""

    mode: Literal["lora", "full"] = "lora"
    """Train an adapter, or all weights: then the result is a model of its own."""
    rank: Count = 64
    """Of a first adapter; later nights keep their parent's. 64 is the most that is served."""
    alpha: Count = 128
    optimiser: Literal["muon", "adamw"] = "muon"
    """Of an adapter; all weights are always trained by AdamW."""
    learning_rate: float = 8e-3
    """The highest, in a night of a hundred steps or fewer (see `schedule`). AdamW wants 2e-3 for an
    adapter, and far less for all weights: about 4e-4."""
    weight_decay: float = 0.0
    warmup_steps: Annotated[int, msgspec.Meta(ge=0)] = 5
    flat: Share = 0.4
    """Share of the steps before the learning rate falls, in a line, to zero."""
    passes: Count = 5
    """Over the new examples, if the time suffices."""
    example_tokens: Annotated[int, msgspec.Meta(ge=160)] = 512
    """Prompt, middle and end of one example together."""
    around: Share = 0.1
    """Weight of a token of the text around a middle, where one of the middle has 1."""
    row_tokens: Annotated[int, msgspec.Meta(ge=160)] = 1024
    rows_per_step: Count = 4
    replay_share: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.25
    """Share of the rows that hold what was learned before."""
    anchor_share: Share = 0.2
    """Share of those examples that come from the anchor set."""
    reptile_every: Annotated[int, msgspec.Meta(ge=0)] = 20
    """Steps; 0 leaves Reptile out."""
    reptile_epsilon: Share = 0.5
    numbers: Literal["auto", "bfloat16", "float32"] = "auto"
    """Type of number to compute with; `auto` takes the one that this machine multiplies faster."""
    checkpoint_every: Count = 25
    """Steps."""
    repository: str = ""
    """Its name, without owner, as the gateway shows it to the model."""
    fim_format: str | None = None
    """None goes by the name of the base model, as the gateway does."""
