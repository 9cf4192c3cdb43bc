"""A real vLLM with the embedded model, below a real supervisor."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from understudy_protocol.errors import EngineRefused, EngineUnavailable
from understudy_server.bench.random_adapter import write_random_adapter
from understudy_server.engine import EngineDelta
from understudy_server.engine_launch import EngineSettings, engine_command, engine_environment
from understudy_server.engines import Engines
from understudy_server.paths import embedded_model
from understudy_server.supervisor import Supervisor

pytestmark = pytest.mark.engine

PROMPT = tuple(range(300, 340))


def supervisor(tmp_path: Path) -> Supervisor:
    settings = EngineSettings(model=str(embedded_model()), name="prompter", context=1024)
    return Supervisor(
        lambda socket: engine_command(settings, socket),
        environment=engine_environment(settings, os.environ),
        log_file=tmp_path / "engine.log",
    )


async def deltas(engines: Engines, *, adapter: str | None = None, stop: tuple[str, ...] = ()):
    completion = engines.complete(PROMPT, adapter=adapter, max_tokens=24, stop=stop)
    async with contextlib.aclosing(completion):
        return [delta async for delta in completion]


def text(deltas: list[EngineDelta]) -> str:
    return "".join(delta.text for delta in deltas)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the end of a process is no event of ours
            await asyncio.sleep(0.02)


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


async def test_vllm_answers_refuses_is_cancelled_and_comes_back(tmp_path: Path) -> None:
    own = supervisor(tmp_path)
    async with Engines([own]) as engines:
        model = await engines.wait_ready()
        assert (model.name, model.root) == ("prompter", str(embedded_model()))
        assert model.context == 1024

        whole = await deltas(engines)
        assert [delta.finish for delta in whole[:-1]] == [None] * (len(whole) - 1)
        assert whole[-1].finish == "length"
        logprobs = [logprob for delta in whole for logprob in delta.logprobs]
        assert len(logprobs) == 24
        assert all(logprob <= 0 for logprob in logprobs)

        stop = text(whole)[8:12]
        cut = await deltas(engines, stop=(stop,))
        assert text(cut) == text(whole)[: text(whole).index(stop)]
        assert (cut[-1].finish, cut[-1].stop_reason) == ("stop", stop)

        await refuses(engines, "does not exist", prompt=PROMPT, path=tmp_path)
        await holds_an_adapter(engines, tmp_path / "adapter")
        await frees_the_engine_when_cancelled(engines)

        assert own.process is not None
        before = family(own.process.pid)
        assert len(before) > 1
        completion = engines.complete(PROMPT, adapter=None, max_tokens=900)
        await anext(completion)
        os.kill(own.process.pid, signal.SIGKILL)
        with pytest.raises(EngineUnavailable):
            async for _ in completion:
                pass
        await until(lambda: engines.restarts == 1)
        assert gone(before)
        await engines.wait_ready()
        assert text(await deltas(engines)) == text(whole)
        assert await deltas(engines, adapter="r@1")
        after = family(own.process.pid)
    assert gone(after)


async def refuses(engines: Engines, problem: str, *, prompt: tuple[int, ...], path: Path) -> None:
    with pytest.raises(EngineRefused, match="maximum context length is 1024"):
        await anext(engines.complete(prompt * 40, adapter=None, max_tokens=1))
    with pytest.raises(EngineRefused, match="out of vocabulary"):
        await anext(engines.complete([9999], adapter=None, max_tokens=1))
    with pytest.raises(EngineRefused, match="No adapter found"):
        await engines.load_adapter("r@0", path / "nowhere")
    broken = path / "broken"
    broken.mkdir()
    (broken / "adapter_config.json").write_text("{")
    with pytest.raises(EngineRefused):
        await engines.load_adapter("r@0", broken)
