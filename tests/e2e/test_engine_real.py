"""A real vLLM with the embedded model, below a real supervisor."""

import asyncio
import contextlib
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from understudy_protocol import fim
from understudy_protocol.errors import EngineRefused, EngineUnavailable
from understudy_protocol.fim_formats import PROMPTER
from understudy_releases.paths import embedded_model
from understudy_server.bench.random_adapter import write_adapter
from understudy_server.engine import Drawn, EngineDelta, ServedModel
from understudy_server.engine_launch import EngineSettings, engine_command, engine_environment
from understudy_server.engines import Engines
from understudy_server.supervisor import Supervisor

if TYPE_CHECKING:
    from models.recipe.asking import Asked

pytestmark = pytest.mark.engine

PROMPT = tuple(range(300, 340))


def supervisor(tmp_path: Path) -> Supervisor:
    settings = EngineSettings(model=str(embedded_model()), name="prompter", context=1024)
    return Supervisor(
        lambda socket: engine_command(settings, socket),
        environment=engine_environment(settings, os.environ),
        log_file=tmp_path / "engine.log",
    )


async def deltas(
    engines: Engines, *, adapter: str | None = None, stop: tuple[str, ...] = ()
) -> list[EngineDelta]:
    completion = engines.complete(PROMPT, adapter=adapter, max_tokens=24, stop=stop)
    async with contextlib.aclosing(completion):
        return [delta async for delta in completion]


def text(deltas: list[EngineDelta]) -> str:
    return "".join(delta.text for delta in deltas)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def core(processes: list[psutil.Process]) -> psutil.Process:
    """The process that holds the model, the first that the system kills when memory runs out."""
    [found] = [process for process in processes if "EngineCore" in process.name()]
    return found


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


async def test_vllm_answers_as_the_fake_does_and_comes_back_when_killed(tmp_path: Path) -> None:
    own = supervisor(tmp_path)
    async with Engines([own]) as engines:
        await engines.wait_ready()
        await check_model(engines)
        whole = await check_streaming(engines)
        await check_stop_string(engines, whole)
        await check_refusals(engines, tmp_path)
        await check_adapter(engines, tmp_path / "adapter")
        await check_answers(engines)
        await check_draws(engines)

        assert own.process is not None
        before = family(own.process.pid)
        completion = engines.complete(PROMPT, adapter=None, max_tokens=900)
        await anext(completion)
        core(before).kill()
        with pytest.raises(EngineUnavailable):
            async for _ in completion:
                pass
        await until(lambda: engines.restarts == 1)
        assert gone(before)

        await engines.wait_ready()
        assert text(await deltas(engines)) == whole
        assert await deltas(engines, adapter="r@1")
        after = family(own.process.pid)
    assert gone(after)


async def check_model(engines: Engines) -> None:
    model = await engines.wait_ready()
    assert model == ServedModel("prompter", str(embedded_model().absolute()), 1024)


async def check_streaming(engines: Engines) -> str:
    """The whole text."""
    whole = await deltas(engines)
    assert [delta.finish for delta in whole[:-1]] == [None] * (len(whole) - 1)
    assert whole[-1].finish == "length"
    logprobs = [logprob for delta in whole for logprob in delta.logprobs]
    assert len(logprobs) == 24
    assert all(logprob <= 0 for logprob in logprobs)
    return text(whole)


async def check_stop_string(engines: Engines, whole: str) -> None:
    stop = whole[8:12]
    cut = await deltas(engines, stop=(stop,))
    assert text(cut) == whole[: whole.index(stop)]
    assert (cut[-1].finish, cut[-1].stop_reason) == ("stop", stop)


async def check_draws(engines: Engines) -> None:
    """Several answers to a prompt, with the log-probabilities that scoring them gives."""
    for adapter in (None, "r@1"):

        async def draw(seed: int, adapter: str | None = adapter) -> list[Drawn]:
            return await engines.draw(
                PROMPT, adapter=adapter, n=4, max_tokens=6, seed=seed, stop_token_ids=()
            )

        drawn = await draw(3)
        assert [len(each.tokens) for each in drawn] == [6] * 4
        assert len({each.tokens for each in drawn}) > 1
        assert await draw(3) == drawn
        assert await draw(40) != drawn
        scored = await engines.score(PROMPT, [each.tokens for each in drawn], adapter=adapter)
        for each, logprobs in zip(drawn, scored, strict=True):
            assert each.logprobs == pytest.approx(logprobs, abs=0.1)


async def check_refusals(engines: Engines, folder: Path) -> None:
    with pytest.raises(EngineRefused, match="maximum context length is 1024"):
        await anext(engines.complete(PROMPT * 40, adapter=None, max_tokens=1))
    with pytest.raises(EngineRefused, match="out of vocabulary"):
        await anext(engines.complete([9999], adapter=None, max_tokens=1))
    with pytest.raises(EngineRefused, match="No adapter found"):
        await engines.load_adapter("r@0", folder / "nowhere")
    (folder / "broken").mkdir()
    (folder / "broken" / "adapter_config.json").write_text("{")
    with pytest.raises(EngineRefused, match="Expecting"):
        await engines.load_adapter("r@0", folder / "broken")


async def check_adapter(engines: Engines, folder: Path) -> None:
    write_adapter(embedded_model(), folder, seed=1)
    base = await deltas(engines)
    await engines.load_adapter("r@1", folder)
    adapted = await deltas(engines, adapter="r@1")
    assert [delta.logprobs for delta in adapted] != [delta.logprobs for delta in base]


async def check_answers(engines: Engines) -> None:
    """vLLM fills holes as transformers does, but where two tokens are as likely to 16 bits."""
    from models.recipe import evaluate, snippets
    from models.recipe.asking import Asked

    asked = Asked(embedded_model())
    folder = Path(evaluate.__file__).parent
    index = snippets.build_index(
        (path.name, path.read_text()) for path in sorted(folder.glob("*.py"))
    )
    equal, holes = 0, evaluate.line_holes(index, 50, 0)
    for file, hole in holes:
        parts, _ = evaluate.asked_parts(index, "recipe", file, hole, with_snippets=True)
        prompt = fim.render(parts, fmt=PROMPTER, tokenizer=asked.vocabulary, budget=900).ids
        expected, closest = greedy(asked, prompt, tokens=24)
        completion = engines.complete(prompt, adapter=None, max_tokens=24, stop=())
        async with contextlib.aclosing(completion):
            found = "".join([delta.text async for delta in completion])
        equal += found == expected
        assert found == expected or closest < TIE, (found, expected, closest)
    assert len(holes) == 50
    assert equal >= 40


TIE = 0.25
"""Nats between the two likeliest tokens, below which numbers of 16 bits may change their order."""


def greedy(asked: "Asked", prompt: Sequence[int], *, tokens: int) -> tuple[str, float]:
    """What transformers writes, and how near the second choice came to the first."""
    import torch

    model: Any = asked.model  # transformers' types do not know that it can
    written = model.generate(
        torch.tensor([prompt]),
        max_new_tokens=tokens,
        output_logits=True,
        return_dict_in_generate=True,
    )
    best = [logits[0].float().topk(2).values.tolist() for logits in written.logits]
    ids = written.sequences[0, len(prompt) :].tolist()
    end = asked.vocabulary.control_tokens["<|endoftext|>"]
    text = asked.vocabulary.decode(ids[:-1] if ids[-1] == end else ids)
    return text, min(first - second for first, second in best)


GATEWAY = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from e2e.test_engine_real import supervisor
    from understudy_server.engines import Engines

    async def main():
        own = supervisor(Path(sys.argv[1]))
        async with Engines([own]) as engines:
            await engines.wait_ready()
            print(own.process.pid, flush=True)
            await asyncio.sleep(3600)

    asyncio.run(main())
    """
)


async def test_a_gateway_killed_with_9_leaves_no_process_of_vllm(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", GATEWAY, str(tmp_path)]
    gateway = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment
    )
    try:
        assert gateway.stdout is not None
        processes = family(int(await gateway.stdout.readline()))
        assert core(processes).is_running()
    finally:
        gateway.kill()
        await gateway.wait()
    await until(lambda: gone(processes))
