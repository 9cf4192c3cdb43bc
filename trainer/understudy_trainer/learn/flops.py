"""How many floating-point operations a step of training is, counted from the shapes."""

from typing import Any, NamedTuple

from understudy_trainer.learn.base_model import linear_shapes
from understudy_trainer.learn.packing import Row

READ_THE_EMBEDDING = ("q_proj", "k_proj", "v_proj")


class Work(NamedTuple):
    """FLOP that the model asks for, whatever a program spends besides."""

    forward: float
    backward: float
    attention: float
    """That much of `forward` is attention; of `backward` twice that."""


def work_of(model: Any, row: Row, *, rank: int) -> Work:
    """Of one row. `rank` is the adapter's, 0 if all weights are trained.

    Forward: two for each weight and token, the last layer at counted positions only, and causal
    attention within examples; an adapter is merged and asks for nothing. Backward: the same again
    for the gradient of what went in, and the gradient of what is trained: once more the same for
    weights, four products of the rank's width for the two matrices of an adapter. What the
    embedding gives needs no gradient if the embedding is not trained.
    """
    shapes = linear_shapes(model)
    tokens = len(row.ids)
    body = 2.0 * tokens * sum(outputs * inputs for outputs, inputs in shapes.values())
    adapter = 2.0 * tokens * rank * sum(outputs + inputs for outputs, inputs in shapes.values())
    first = (
        2.0
        * tokens
        * sum(
            outputs * inputs
            for name, (outputs, inputs) in shapes.items()
            if ".layers.0." in f".{name}" and name.endswith(READ_THE_EMBEDDING)
        )
    )
    head = 2.0 * len(row.counted) * model.lm_head.weight.numel()
    config = model.config
    width = config.num_attention_heads * config.head_dim
    attention = 2.0 * width * config.num_hidden_layers * sum(n * n for n in row.lengths)
    forward = body + head + attention
    trained = 2.0 * adapter - first if rank else body + head
    return Work(forward, forward + attention + trained, attention)
