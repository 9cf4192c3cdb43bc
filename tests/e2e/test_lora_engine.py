"""A real vLLM with the plug-in against the same model with merged weights, without vLLM."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from understudy_releases.paths import embedded_model
from understudy_server.bench.bare_engine import bare_engine
from understudy_server.bench.engine_settings import EMBEDDED
from understudy_server.bench.keystrokes import Typist
from understudy_server.engine_launch import LORA_MODULES

torch = pytest.importorskip("torch", reason="the engine is not installed (extra engine-cpu)")

pytestmark = [
    pytest.mark.engine,
    # transformers and torch warn of things to come.
    pytest.mark.filterwarnings("ignore"),
]

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TOLERANCE = 0.25
"""In logprob: what bf16 in each of six layers makes of one token at most."""
MEAN_TOLERANCE = 0.05
TOKENS = 12


class Adapter(NamedTuple):
    targets: tuple[str, ...]
    rank: int
    alpha: int
    rank_stabilised: bool
    strength: float
    """Standard deviation of B, such that the model's answers change and stay sensible."""
    seed: int

    @property
    def scale(self) -> float:
        return self.alpha / (self.rank**0.5 if self.rank_stabilised else self.rank)


# Two slots for four adapters: each slot is used again.
ADAPTERS = {
    "every-layer": Adapter(LINEAR, 16, 32, rank_stabilised=False, strength=0.12, seed=1),
    "rank-stabilised": Adapter(
        ("q_proj", "down_proj"), 4, 8, rank_stabilised=True, strength=0.4, seed=2
    ),
    "of-the-embedding": Adapter(
        ("embed_tokens", "v_proj"), 8, 16, rank_stabilised=False, strength=0.15, seed=3
    ),
    "another": Adapter(LINEAR, 8, 16, rank_stabilised=False, strength=0.15, seed=4),
}


class Answer(NamedTuple):
    tokens: list[int]
    logprobs: list[float]


@pytest.mark.parametrize(
    ("eager", "budget"), [(False, None), (True, "0")], ids=["compiled-merged", "eager-low-rank"]
)
async def test_adapters_answer_as_merged_weights_do_alone_and_in_company(
    tmp_path: Path, eager: bool, budget: str | None
) -> None:
    deltas = {name: write(tmp_path / name, adapter) for name, adapter in ADAPTERS.items()}
    started_with = EMBEDDED.settings()
    settings = msgspec.structs.replace(
        started_with,
        eager=eager,
        adapter_rank=16,
        adapters_at_once=2,
        more=(*started_with.more, "--lora-target-modules", *LORA_MODULES, "embed_tokens"),
    )
    environment = dict(EMBEDDED.environment)
    if budget is not None:
        environment["UNDERSTUDY_MERGED_BYTES"] = budget
    prompt = Typist(seed=5).unseen(1500)
    names = [None, *ADAPTERS]

    async with bare_engine(settings, environment) as started:
        for name in ADAPTERS:
            await started.engine.load_adapter(name, tmp_path / name)
        transport = httpx.AsyncHTTPTransport(uds=started.engine.address.removeprefix("unix://"))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://engine", timeout=120
        ) as client:
            alone = {name: await ask(client, name, prompt) for name in names}
            mixed = await asyncio.gather(
                *(ask(client, name, prompt) for _ in range(3) for name in names)
            )

    for name in names:
        own = reference(deltas.get(name, {}))
        answers = [alone[name], *(a for n, a in zip(names * 3, mixed, strict=True) if n == name)]
        for answer in answers:
            check(own, prompt, answer)
        if name is not None:
            # The adapter makes a difference far beyond the tolerance.
            base = logprobs_of(reference({}), prompt, alone[name].tokens)
            assert mean_difference(base, alone[name].logprobs) > 5 * MEAN_TOLERANCE


def check(model: Any, prompt: Sequence[int], answer: Answer) -> None:
    expected = logprobs_of(model, prompt, answer.tokens)
    differences = [abs(a - b) for a, b in zip(expected, answer.logprobs, strict=True)]
    assert max(differences) < TOLERANCE
    assert mean_difference(expected, answer.logprobs) < MEAN_TOLERANCE


def mean_difference(some: Sequence[float], others: Sequence[float]) -> float:
    return sum(abs(a - b) for a, b in zip(some, others, strict=True)) / len(some)


async def ask(client: httpx.AsyncClient, adapter: str | None, prompt: Sequence[int]) -> Answer:
    body = {
        "model": adapter or "prompter",
        "prompt": prompt,
        "max_tokens": TOKENS,
        "temperature": 0,
        "logprobs": 0,
        "return_token_ids": True,
        "ignore_eos": True,
    }
    response = await client.post("/v1/completions", json=body)
    assert response.status_code == 200, response.text
    choice = response.json()["choices"][0]
    return Answer(choice["token_ids"], choice["logprobs"]["token_logprobs"])


def write(folder: Path, adapter: Adapter) -> dict[str, Any]:
    """Write a random adapter in PEFT's format; return what it adds to each weight."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(adapter.seed)
    tensors: dict[str, Any] = {}
    deltas: dict[str, Any] = {}
    for name, weight in reference({}).named_parameters():
        path = name.removesuffix(".weight")
        module = path.rpartition(".")[2]
        if module not in adapter.targets:
            continue
        out, width = weight.shape
        if module == "embed_tokens":
            # An embedding's weight is [vocabulary, width], and its A is looked up by token.
            first = torch.randn(adapter.rank, out, generator=generator) / 4
            second = torch.randn(width, adapter.rank, generator=generator) * adapter.strength
            keys = ("lora_embedding_A", "lora_embedding_B")
            deltas[name] = adapter.scale * (second @ first).T
        else:
            first = torch.randn(adapter.rank, width, generator=generator) / width**0.5
            second = torch.randn(out, adapter.rank, generator=generator) * adapter.strength
            keys = ("lora_A.weight", "lora_B.weight")
            deltas[name] = adapter.scale * second @ first
        for key, tensor in zip(keys, (first, second), strict=True):
            tensors[f"base_model.model.{path}.{key}"] = tensor
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": adapter.rank,
        "lora_alpha": adapter.alpha,
        "use_rslora": adapter.rank_stabilised,
        "bias": "none",
        "target_modules": list(adapter.targets),
        "base_model_name_or_path": "prompter",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return deltas


def reference(deltas: dict[str, Any]) -> Any:
    """The embedded model in float32 with these added to its weights."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(embedded_model(), dtype=torch.float32)
    # An adapter of the embedding does not change the output matrix that is tied to it.
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name in deltas:
                weight += deltas[name]
    return model


def logprobs_of(model: Any, prompt: Sequence[int], answer: Sequence[int]) -> list[float]:
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *answer]])).logits[0, len(prompt) - 1 : -1]
    chosen = torch.tensor(answer).unsqueeze(1)
    return logits.log_softmax(dim=-1).gather(1, chosen).squeeze(1).tolist()
