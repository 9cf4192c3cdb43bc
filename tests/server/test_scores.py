"""`POST /v1/scores`: candidates judged, not generated."""

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest
from fake_engine import Behaviour, expected_logprob
from gateway_under_test import UnderTest, asked, gateway_under_test, until

CANDIDATES = ["a, b)", "\n", "self)"]


def scoring(**changes: object) -> dict[str, Any]:
    parts = {name: asked()[name] for name in ("repository", "path", "prefix", "suffix")}
    return parts | {"candidates": CANDIDATES} | changes


async def test_each_candidate_is_scored_as_the_middle(under_test: UnderTest) -> None:
    answer = await under_test.http.post("/v1/scores", json=scoring())
    assert answer.status_code == 200
    told = answer.json()
    assert (told["model"], told["release"]) == ("prompter", None)
    prompts = under_test.engine.state.bodies[-1]["prompt"]
    for candidate, prompt, score in zip(CANDIDATES, prompts, told["scores"], strict=True):
        count = len(under_test.gateway.tokenizer.encode(candidate))
        before = prompt[-count - 1 : -1]
        total = sum(map(expected_logprob, prompt[-count:], before))
        assert score["tokens"] == count
        assert math.isclose(score["total"], total)
        assert math.isclose(score["mean"], total / count)


async def test_the_blank_before_the_cursor_is_scored_with_the_candidate(
    under_test: UnderTest,
) -> None:
    body = scoring(prefix="x = 1\nreturn ", candidates=["value"])
    assert (await under_test.http.post("/v1/scores", json=body)).status_code == 200
    [prompt] = under_test.engine.state.bodies[-1]["prompt"]
    assert under_test.gateway.tokenizer.decode(prompt).endswith("return value")


async def test_line_ends_of_windows_are_those_of_the_model(under_test: UnderTest) -> None:
    for end in ("\n", "\r\n"):
        body = scoring(prefix=f"a = 1{end}b = f(", suffix=end, candidates=[f"a){end}c"])
        assert (await under_test.http.post("/v1/scores", json=body)).status_code == 200
    one, other = list(under_test.engine.state.bodies)[-2:]
    assert one["prompt"] == other["prompt"]


async def test_a_prompt_is_that_of_a_completion(under_test: UnderTest) -> None:
    parts: dict[str, Any] = {
        "prefix": "value = compute(1)\n" * 5000,
        "suffix": "value = 2\n" * 5000,
    }
    parts["snippets"] = [{"path": "other.py", "text": "def compute(number): ..."}]
    await under_test.complete(**parts)
    [asked_for] = [body["prompt"] for body in list(under_test.engine.state.bodies)[-1:]]
    body = scoring(**parts, candidates=["x"])
    assert (await under_test.http.post("/v1/scores", json=body)).status_code == 200
    [prompt] = under_test.engine.state.bodies[-1]["prompt"]
    count = len(under_test.gateway.tokenizer.encode("x"))
    assert prompt[:-count] == asked_for


@pytest.mark.parametrize("candidates", [[], ["a"] * 5, [""], ["a" * 401], [3]], ids=str)
async def test_candidates_are_few_and_short(
    under_test: UnderTest, candidates: list[object]
) -> None:
    answer = await under_test.http.post("/v1/scores", json=scoring(candidates=candidates))
    assert answer.status_code == 400
    assert "candidates" in answer.json()["problem"]


async def test_control_tokens_in_a_candidate_stay_text(under_test: UnderTest) -> None:
    gateway = under_test.gateway
    body = scoring(candidates=["<|fim_middle|>"])
    assert (await under_test.http.post("/v1/scores", json=body)).status_code == 200
    [prompt] = under_test.engine.state.bodies[-1]["prompt"]
    middle = gateway.tokenizer.token_id("<|fim_middle|>")
    assert prompt.count(middle) == 1


async def test_a_full_house_scores_nothing(tmp_path: Path) -> None:
    behaviour = Behaviour(pieces=("foo",), hang_at=0)
    async with gateway_under_test(tmp_path, behaviour, max_in_flight=1) as under_test:
        running = asyncio.create_task(under_test.complete())
        await until(lambda: under_test.engine.state.running == 1)
        refused = await under_test.http.post("/v1/scores", json=scoring())
        assert refused.status_code == 429
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
