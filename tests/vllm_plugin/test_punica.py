"""What does not come by a linear layer that can be merged: embeddings, logits, sharded layers."""

import pytest
import torch
from vllm_plugin.lora_layers import make_layers, make_punica, set_adapter, use

pytestmark = [pytest.mark.usefixtures("vllm_process"), pytest.mark.filterwarnings("ignore")]

SLOTS = [1, -1, 0, 0, -1, 1]


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_an_embedding_adds_each_token_s_adapter_and_none_where_there_is_none() -> None:
    punica = make_punica()
    use(punica, SLOTS)
    x, b, y = draw(6, 4, seed=1), draw(2, 1, 10, 4, seed=2), draw(6, 10, seed=3)
    expected = y.clone()
    for row, slot in enumerate(SLOTS):
        if slot >= 0:
            expected[row] += b[slot, 0] @ x[row]
    punica.add_lora_embedding(y, x, b)
    torch.testing.assert_close(y, expected)


def test_logits_use_the_adapter_of_the_sequence_that_is_sampled() -> None:
    punica = make_punica()
    use(punica, SLOTS)
    x, y = draw(6, 8, seed=1), draw(6, 20, seed=2)
    a, b = draw(2, 1, 4, 8, seed=3), draw(2, 1, 20, 4, seed=4)
    expected = y.clone()
    for row, slot in enumerate(SLOTS):
        if slot >= 0:
            expected[row] += b[slot, 0] @ (a[slot, 0] @ x[row])
    punica.add_lora_logits(y, x, a, b, 1.0)
    torch.testing.assert_close(y, expected)


def test_an_adapter_of_the_embedding_is_seen_when_it_takes_the_slot_of_one_without() -> None:
    punica = make_punica()
    layer = make_layers(punica)["o"].layer
    b = torch.zeros(2, 1, 10, 4)
    use(punica, [0])
    y = torch.zeros(1, 10)
    punica.add_lora_embedding(y, torch.ones(1, 4), b)
    assert not y.any()

    b[0] = 1
    # vLLM fills a slot layer by layer; the embedding has no more than that to tell.
    set_adapter(layer, 0, seed=1)
    punica.add_lora_embedding(y, torch.ones(1, 4), b)
    assert torch.equal(y, torch.full((1, 10), 4.0))


def test_a_layer_with_a_forward_pass_of_its_own_adds_the_slices_side_by_side() -> None:
    punica = make_punica()
    use(punica, SLOTS)
    x, y = draw(6, 8, seed=1), draw(6, 9, seed=2)
    a = tuple(draw(2, 1, 4, 8, seed=seed) for seed in (3, 4))
    b = (draw(2, 1, 6, 4, seed=5), draw(2, 1, 3, 4, seed=6))
    expected = y.clone()
    for row, slot in enumerate(SLOTS):
        if slot >= 0:
            for columns, first, second in zip((slice(0, 6), slice(6, 9)), a, b, strict=True):
                expected[row, columns] += second[slot, 0] @ (first[slot, 0] @ x[row])
    punica.add_lora_linear(y, x, a, b, 1.0, (6, 3))
    torch.testing.assert_close(y, expected)


def test_embeddings_compile_to_one_graph_for_every_mix_of_adapters() -> None:
    punica = make_punica()
    x, b = draw(6, 4, seed=1), draw(2, 1, 10, 4, seed=2)
    graphs = []

    def backend(graph, _):
        graphs.append(graph)
        return graph.forward

    def embed(rows: torch.Tensor) -> torch.Tensor:
        y = rows.new_zeros(6, 10)
        punica.add_lora_embedding(y, rows, b)
        return y

    torch._dynamo.reset()
    compiled = torch.compile(embed, backend=backend, fullgraph=True)
    for slots in (SLOTS, [0] * 6, [-1] * 6):
        use(punica, slots)
        assert torch.equal(compiled(x), embed(x))
    assert len(graphs) == 1
