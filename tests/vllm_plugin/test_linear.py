"""Linear layers with LoRA, as vLLM builds them, against a loop over tokens."""

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vllm_plugin.lora_layers import (
    MAX_LORAS,
    LoRALayer,
    make_layers,
    make_punica,
    set_adapter,
    use,
)

pytestmark = [
    pytest.mark.usefixtures("vllm_process"),
    # vLLM and torch.compile warn of things to come in torch.
    pytest.mark.filterwarnings("ignore"),
]

KINDS = ("qkv", "o", "gate_up", "down", "biased")
MERGED, LOW_RANK = 1 << 30, 0


class Model:
    """All kinds of layers, with an adapter in each slot."""

    def __init__(self, budget: int) -> None:
        from understudy_vllm.merged import MergedWeights

        self.punica = make_punica()
        self.punica.merged = MergedWeights(budget)
        self.layers = make_layers(self.punica)
        self.deltas = {
            (name, slot): set_adapter(self.layers[name].layer, slot, seed=slot)
            for name in KINDS
            for slot in range(MAX_LORAS)
        }

    def __call__(self, name: str, x: torch.Tensor, slots: list[int]) -> torch.Tensor:
        use(self.punica, slots)
        layer = self.layers[name].layer
        return layer.apply(x, layer.base_layer.bias)


@pytest.fixture(scope="module", params=[MERGED, LOW_RANK], ids=["merged", "low-rank"])
def model(request: pytest.FixtureRequest, vllm_process: None) -> Model:
    return Model(request.param)


def reference(made: LoRALayer, delta: torch.Tensor | None, token: torch.Tensor) -> torch.Tensor:
    weight = made.weight.float() if delta is None else made.weight.float() + delta
    output = weight @ token.float()
    return output if made.bias is None else output + made.bias


def tokens(count: int, width: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, generator=generator).bfloat16()


def assert_equal_within_bf16(actual: torch.Tensor, expected: torch.Tensor) -> None:
    # bf16 has 8 bits; the low-rank form rounds the product of rank width once more.
    torch.testing.assert_close(actual.float(), expected.float(), rtol=2**-6, atol=2**-4)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(KINDS),
    slots=st.lists(st.integers(-1, MAX_LORAS - 1), min_size=1, max_size=24),
    seed=st.integers(0, 1000),
)
def test_each_token_gets_its_own_adapter(
    model: Model, name: str, slots: list[int], seed: int
) -> None:
    made = model.layers[name]
    x = tokens(len(slots), made.weight.shape[1], seed)
    expected = [
        reference(made, model.deltas.get((name, slot)), token)
        for token, slot in zip(x, slots, strict=True)
    ]
    assert_equal_within_bf16(model(name, x, slots), torch.stack(expected))


@pytest.mark.parametrize("name", KINDS)
def test_tokens_without_an_adapter_get_exactly_the_base_layer(model: Model, name: str) -> None:
    layer = model.layers[name].layer
    x = tokens(6, layer.input_size, 1)

    def base(rows: torch.Tensor) -> torch.Tensor:
        return layer.base_layer.quant_method.apply(layer.base_layer, rows, layer.base_layer.bias)

    assert torch.equal(model(name, x, [-1] * 6), base(x))
    mixed = model(name, x, [1, 1, -1, -1, -1, 0])
    assert torch.equal(mixed[2:5], base(x[2:5]))


def test_a_batch_dimension_is_kept(model: Model) -> None:
    x = tokens(6, 64, 2)
    for slots in ([0] * 6, [0, 0, 1, 1, -1, -1]):
        flat = model("o", x, slots)
        assert torch.equal(model("o", x.view(1, 6, 64), slots), flat.view(1, 6, -1))


def test_padding_behind_the_tokens_of_a_mixed_batch_does_not_disturb_them(model: Model) -> None:
    x = tokens(8, 64, 3)
    output = model("qkv", x, [0, 1, -1])
    assert output.shape[0] == 8
    assert torch.equal(output[:3], model("qkv", x[:3], [0, 1, -1]))


@pytest.mark.parametrize("budget", [MERGED, LOW_RANK])
def test_a_slot_that_gets_another_adapter_forgets_the_first(budget: int) -> None:
    model = Model(budget)
    made = model.layers["gate_up"]
    x = tokens(4, 64, 4)
    before = model("gate_up", x, [0] * 4)

    delta = set_adapter(made.layer, 0, seed=99)
    after = model("gate_up", x, [0] * 4)
    assert not torch.equal(before, after)
    assert_equal_within_bf16(after, torch.stack([reference(made, delta, token) for token in x]))
    assert_equal_within_bf16(
        model("gate_up", x, [1] * 4),
        torch.stack([reference(made, model.deltas["gate_up", 1], token) for token in x]),
    )

    made.layer.reset_lora(0)
    emptied = torch.stack([reference(made, None, token) for token in x])
    assert_equal_within_bf16(model("gate_up", x, [0] * 4), emptied)


def test_one_compiled_graph_serves_every_mix_of_adapters(model: Model) -> None:
    layer, x = model.layers["qkv"].layer, tokens(6, 64, 5)
    graphs = []

    def backend(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    torch._dynamo.reset()
    compiled = torch.compile(
        lambda rows: layer.apply(rows, None) * 1, backend=backend, fullgraph=True
    )
    for slots in ([-1] * 6, [0] * 6, [1] * 6, [0, -1, 1, 0, -1, 1]):
        use(model.punica, slots)
        assert torch.equal(compiled(x), layer.apply(x, None))
    assert len(graphs) == 1


def test_the_plain_weights_come_back_exactly_from_the_packed_ones(model: Model) -> None:
    from understudy_vllm.linear import plain_weight

    for made in model.layers.values():
        assert torch.equal(plain_weight(made.layer), made.weight)
