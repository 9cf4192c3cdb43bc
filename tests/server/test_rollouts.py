"""`POST /v1/rollouts`: an adapter in training answers through the engines."""

from pathlib import Path
from typing import Any

import pytest
from experience_facts import CLICK
from fake_engine import expected_draw
from gateway_under_test import UnderTest, client, until

from understudy_server.people import add_person
from understudy_server.practising import Practising


def adapter(under_test: UnderTest, weights: bytes = b"weights") -> str:
    folder = under_test.gateway.config.state_dir / "nights" / CLICK / "practice"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(weights)
    return str(folder)


def drawing(folder: str, **changes: object) -> dict[str, Any]:
    asked = {"adapter": folder, "prompts": [[5, 6, 7], [8, 9]], "each": 3, "max_tokens": 8}
    return asked | {"seed": 40} | changes


async def test_each_prompt_gets_its_answers_from_the_adapter(under_test: UnderTest) -> None:
    answer = await under_test.http.post("/v1/rollouts", json=drawing(adapter(under_test)))
    assert answer.status_code == 200, answer.text
    [name] = under_test.engine.state.adapters
    assert name.startswith("practice@")
    first, second = answer.json()["answers"]
    for which in range(3):
        tokens = expected_draw([5, 6, 7], name, which, 40)
        assert first[which] == {"tokens": tokens, "logprobs": [-t / 256 for t in tokens]}
        assert second[which]["tokens"] == expected_draw([8, 9], name, which, 43)
    body = under_test.engine.state.bodies[-1]
    assert (body["temperature"], body["n"]) == (1.0, 3)
    assert body["stop_token_ids"] == list(under_test.gateway.stop_ids)


async def test_new_weights_take_the_place_of_the_old_ones(under_test: UnderTest) -> None:
    for weights in (b"one", b"one", b"two"):
        asked = drawing(adapter(under_test, weights))
        assert (await under_test.http.post("/v1/rollouts", json=asked)).status_code == 200
    loads, unloads = (
        [call.split()[1] for call in under_test.engine.state.calls if call.startswith(kind)]
        for kind in ("load", "unload")
    )
    assert len(loads) == 2
    assert unloads == loads[:1]
    assert list(under_test.engine.state.adapters) == loads[1:]


async def test_an_adapter_that_nobody_asks_for_leaves_the_engines(under_test: UnderTest) -> None:
    practising = Practising(under_test.gateway.engines, kept_s=0.01)
    async with practising.use(Path(adapter(under_test))) as name:
        assert name in under_test.engine.state.adapters
    await until(lambda: not under_test.engine.state.adapters)


async def test_only_adapters_of_nights_are_read(under_test: UnderTest, tmp_path: Path) -> None:
    for folder in (str(tmp_path), f"{adapter(under_test)}/../../.."):
        refused = await under_test.http.post("/v1/rollouts", json=drawing(folder))
        assert refused.status_code == 403
        assert "--state-dir" in refused.json()["remedy"]
    assert under_test.engine.state.calls == []


async def test_a_person_with_a_token_may_not_ask(under_test: UnderTest) -> None:
    token = add_person(under_test.gateway.config.state_dir, "ada", [CLICK])
    async with client(str(under_test.http.base_url), token) as http:
        refused = await http.post("/v1/rollouts", json=drawing(adapter(under_test)))
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [{"prompts": []}, {"prompts": [[]]}, {"prompts": [[-1]]}, {"each": 0}, {"max_tokens": 0}],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(
    under_test: UnderTest, wrong: dict[str, object]
) -> None:
    asked = drawing(adapter(under_test), **wrong)
    assert (await under_test.http.post("/v1/rollouts", json=asked)).status_code == 400


async def test_a_prompt_beyond_the_context_is_refused(under_test: UnderTest) -> None:
    asked = drawing(adapter(under_test), prompts=[[7] * under_test.gateway.model.context])
    refused = await under_test.http.post("/v1/rollouts", json=asked)
    assert refused.status_code == 400
    assert "shorter prompts" in refused.json()["remedy"]


async def test_a_folder_without_an_adapter_is_named(under_test: UnderTest) -> None:
    folder = f"{adapter(under_test)}/other"
    refused = await under_test.http.post("/v1/rollouts", json=drawing(folder))
    assert refused.status_code == 400
    assert folder in refused.json()["problem"]
