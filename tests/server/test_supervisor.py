"""Each test runs the fake engine as a real process below a real keeper."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import fake_engine
import httpx
import msgspec
import psutil
import pytest
import uvloop
from fake_engine import Behaviour

from understudy_protocol.errors import EngineUnavailable
from understudy_server.engine import Engine
from understudy_server.engines import Engines
from understudy_server.supervisor import EngineState, Patience, Supervisor

IMPATIENT = Patience(probe_s=0.1, first_back_off_s=0.05, most_back_off_s=0.2, grace_s=5)


def command(socket: Path) -> list[str]:
    return [sys.executable, fake_engine.__file__, "--uds", str(socket)]


def supervisor(
    tmp_path: Path,
    behaviour: Behaviour,
    *,
    patience: Patience = IMPATIENT,
    command: Callable[[Path], list[str]] = command,
) -> Supervisor:
    environment = {**os.environ, "FAKE_ENGINE": msgspec.json.encode(behaviour).decode()}
    log_file = tmp_path / "logs" / "engine.log"
    return Supervisor(command, environment=environment, log_file=log_file, patience=patience)


@contextlib.asynccontextmanager
async def running(own: Supervisor) -> AsyncIterator[Engines]:
    async with Engines([own]) as engines:
        await engines.wait_ready()
        yield engines


def pid(own: Supervisor) -> int:
    assert own.process is not None
    return own.process.pid


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def gone(number: int) -> bool:
    try:
        return psutil.Process(number).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def text_of(engines: Engines) -> str:
    completion = engines.complete([5, 6, 7], adapter=None, max_tokens=20)
    async with contextlib.aclosing(completion):
        return "".join([delta.text async for delta in completion])


def child_in(log_file: Path) -> int:
    [line] = [line for line in log_file.read_text().splitlines() if line.startswith("child ")]
    return int(line.split()[1])


async def test_an_engine_is_started_answers_and_is_gone_with_its_children_afterwards(
    tmp_path: Path,
) -> None:
    own = supervisor(tmp_path, Behaviour(fork_child=True))
    async with running(own) as engines:
        assert await text_of(engines) == fake_engine.expected_text([5, 6, 7], None)
        engine, child = pid(own), child_in(tmp_path / "logs" / "engine.log")
        socket = Path(psutil.Process(engine).cwd()) / "engine.sock"
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert not gone(child)
    assert gone(engine)
    assert gone(child)
    assert not socket.parent.exists()


def test_it_works_on_uvloop_which_uvicorn_chooses(tmp_path: Path) -> None:
    async def starts_and_restarts() -> tuple[int, int]:
        own = supervisor(tmp_path, Behaviour())
        async with running(own) as engines:
            first = pid(own)
            os.kill(first, signal.SIGKILL)
            await until(lambda: engines.restarts == 1)
            await engines.wait_ready()
            assert await text_of(engines)
            return first, pid(own)

    first, second = uvloop.run(starts_and_restarts())
    assert gone(first)
    assert gone(second)


async def test_an_engine_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    patience = msgspec.structs.replace(IMPATIENT, grace_s=0.2)
    own = supervisor(tmp_path, Behaviour(ignore_sigterm=True), patience=patience)
    async with running(own):
        engine = pid(own)
    assert gone(engine)


async def test_an_engine_that_dies_is_restarted_and_its_adapters_are_back(tmp_path: Path) -> None:
    own = supervisor(tmp_path, Behaviour())
    async with running(own) as engines:
        await engines.load_adapter("r@1", tmp_path)
        os.kill(pid(own), signal.SIGKILL)
        await until(lambda: engines.restarts == 1)
        assert "killed" in engines.state
        await engines.wait_ready()
        completion = engines.complete([5], adapter="r@1", max_tokens=20)
        assert (await anext(completion)).text == "r@1"
        await completion.aclose()


async def test_an_engine_killed_while_streaming_fails_that_stream_and_serves_the_next(
    tmp_path: Path,
) -> None:
    own = supervisor(tmp_path, Behaviour(tokens=2000, token_delay_s=0.01))
    async with running(own) as engines:
        completion = engines.complete([5], adapter=None, max_tokens=2000)
        assert (await anext(completion)).text == "base"
        os.kill(pid(own), signal.SIGKILL)
        with pytest.raises(EngineUnavailable):
            async for _ in completion:
                pass
        await until(lambda: engines.restarts == 1)
        await engines.wait_ready()
        completion = engines.complete([5], adapter=None, max_tokens=2)
        assert [delta.finish async for delta in completion] == [None, "length"]


async def test_a_wedged_engine_is_restarted(tmp_path: Path) -> None:
    patience = msgspec.structs.replace(IMPATIENT, answer_s=0.3, wedged_s=0.5, grace_s=0.1)
    own = supervisor(tmp_path, Behaviour(), patience=patience)
    async with running(own) as engines:
        first = pid(own)
        os.kill(first, signal.SIGSTOP)
        await until(lambda: engines.restarts >= 1)
        assert "has not been healthy" in engines.state
    assert gone(first)


async def behave(own: Supervisor, behaviour: Behaviour) -> None:
    socket = Path(psutil.Process(pid(own)).cwd()) / "engine.sock"
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine") as http:
        await http.put("/fake/behaviour", content=msgspec.json.encode(behaviour))


async def test_an_engine_that_computes_nothing_behind_a_healthy_answer_is_restarted(
    tmp_path: Path,
) -> None:
    patience = msgspec.structs.replace(
        IMPATIENT, wedged_s=0.1, silent_s=0.2, token_s=0.2, grace_s=0.1
    )
    own = supervisor(tmp_path, Behaviour(), patience=patience)
    async with running(own) as engines:
        first = pid(own)
        await behave(own, Behaviour(hang_at=0))
        with pytest.raises(EngineUnavailable):
            await text_of(engines)
        await until(lambda: engines.restarts == 1)
        await engines.wait_ready()
        assert await text_of(engines) == fake_engine.expected_text([5, 6, 7], None)
    assert gone(first)


async def test_a_silence_is_not_ended_by_those_who_stop_waiting(tmp_path: Path) -> None:
    patience = msgspec.structs.replace(
        IMPATIENT, wedged_s=0.1, silent_s=0.5, token_s=0.2, grace_s=0.1
    )
    own = supervisor(tmp_path, Behaviour(), patience=patience)
    async with running(own) as engines:
        await behave(own, Behaviour(hang_at=0))
        while not engines.restarts:
            with contextlib.suppress(EngineUnavailable, TimeoutError):
                async with asyncio.timeout(0.1):
                    await text_of(engines)
            await asyncio.sleep(0.01)


async def test_a_slow_engine_is_left_to_its_work(tmp_path: Path) -> None:
    patience = msgspec.structs.replace(IMPATIENT, wedged_s=0.1, silent_s=0.1, token_s=20.0)
    own = supervisor(tmp_path, Behaviour(capacity=1, first_delay_s=0.4), patience=patience)
    async with running(own) as engines:
        texts = await asyncio.gather(*(text_of(engines) for _ in range(3)))
        assert texts == [fake_engine.expected_text([5, 6, 7], None)] * 3
        assert engines.restarts == 0


async def test_killing_the_keeper_kills_the_engine_and_another_is_started(tmp_path: Path) -> None:
    own = supervisor(tmp_path, Behaviour(fork_child=True))
    async with running(own) as engines:
        assert own.process is not None
        engine, child = pid(own), child_in(tmp_path / "logs" / "engine.log")
        os.kill(own.process.keeper_pid, signal.SIGKILL)
        await until(lambda: gone(engine) and gone(child))
        await until(lambda: engines.restarts == 1)
        await engines.wait_ready()
        assert await text_of(engines)


@pytest.mark.parametrize(
    ("words", "problem", "remedy"),
    [
        ("No module named vllm", "not installed", "engine-cpu"),
        ("ValueError: Available memory on node 0 (8/11 GiB) on kv cache allocation is less than "
         "requested memory for kv (100.0 GiB).", "not enough memory", "smaller model"),
        ("Repo id must be in the form 'repo_name'", "model is neither", "--model"),
        ("Something else: 42", "Something else: 42", "engine.log"),
    ],
)  # fmt: skip
async def test_an_engine_that_exits_at_once_fails_with_its_words_and_a_remedy(
    tmp_path: Path, words: str, problem: str, remedy: str
) -> None:
    own = supervisor(tmp_path, Behaviour(exit_at_start=words))
    async with Engines([own]) as engines:
        with pytest.raises(EngineUnavailable) as caught:
            await engines.wait_ready()
        assert problem in caught.value.problem
        assert remedy in caught.value.remedy
        assert own.status.state is EngineState.FAILED
        assert not engines.ready


async def test_an_engine_whose_program_is_missing_fails(tmp_path: Path) -> None:
    own = supervisor(tmp_path, Behaviour(), command=lambda _: ["/nowhere/vllm"])
    async with Engines([own]) as engines:
        with pytest.raises(EngineUnavailable, match="/nowhere/vllm cannot be started"):
            await engines.wait_ready()


async def test_an_engine_whose_socket_is_taken_fails(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    own = supervisor(tmp_path, Behaviour(), command=lambda _: command(taken))
    async with Engines([own]) as engines:
        with pytest.raises(EngineUnavailable, match="socket is taken"):
            await engines.wait_ready()


async def test_an_engine_that_never_gets_ready_is_ended_and_failed(tmp_path: Path) -> None:
    patience = msgspec.structs.replace(IMPATIENT, start_s=1.5)
    own = supervisor(tmp_path, Behaviour(start_delay_s=3600), patience=patience)
    async with Engines([own]) as engines:
        with pytest.raises(EngineUnavailable, match="did not get ready within"):
            await engines.wait_ready()
        assert gone(pid(own))


async def test_leaving_while_the_engine_starts_leaves_nothing(tmp_path: Path) -> None:
    own = supervisor(tmp_path, Behaviour(start_delay_s=3600))
    async with Engines([own]) as engines:
        await until(lambda: own.process is not None and own.process.pid != 0)
        engine = pid(own)
        assert engines.state == "starting"
    assert gone(engine)


async def test_each_start_has_a_log_of_its_own_and_the_last_few_are_kept(tmp_path: Path) -> None:
    log_file = tmp_path / "logs" / "engine.log"
    for _ in range(6):
        async with Engines([supervisor(tmp_path, Behaviour(exit_at_start="no"))]) as engines:
            with pytest.raises(EngineUnavailable):
                await engines.wait_ready()
    kept = sorted(path.name for path in log_file.parent.iterdir())
    assert kept == ["engine.1.log", "engine.2.log", "engine.3.log", "engine.4.log", "engine.log"]
    assert log_file.stat().st_mode & 0o777 == 0o600


GATEWAY = textwrap.dedent(
    """
    import asyncio, os, sys
    from pathlib import Path
    from understudy_server.engines import Engines
    from understudy_server.supervisor import Supervisor

    async def main():
        command = lambda socket: [sys.executable, sys.argv[1], "--uds", str(socket)]
        log_file = Path(sys.argv[2]) / "engine.log"
        own = Supervisor(command, environment=dict(os.environ), log_file=log_file)
        async with Engines([own]) as engines:
            await engines.wait_ready()
            print(own.process.pid, own.process.keeper_pid, flush=True)
            await asyncio.sleep(3600)

    asyncio.run(main())
    """
)


@pytest.mark.parametrize("with_keeper", [False, True], ids=["gateway", "gateway and keeper"])
async def test_a_gateway_killed_with_9_leaves_no_process(tmp_path: Path, with_keeper: bool) -> None:
    environment = {**os.environ, "FAKE_ENGINE": '{"fork_child": true}'}
    gateway = subprocess.Popen(  # noqa: ASYNC220 - as a shell would start it
        [sys.executable, "-c", GATEWAY, fake_engine.__file__, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with gateway:
        assert gateway.stdout is not None
        engine, keeper = map(int, gateway.stdout.readline().split())
        child = child_in(tmp_path / "engine.log")
        directory = Path(psutil.Process(engine).cwd())
        assert await Engine(f"unix://{directory}/engine.sock").ready()
        if with_keeper:
            os.kill(keeper, signal.SIGKILL)
        gateway.kill()
    await until(lambda: gone(engine) and gone(child) and gone(keeper))
    if with_keeper:
        shutil.rmtree(directory)
    await until(lambda: not directory.exists())
