import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop
from fake_engine import Behaviour, Fake, expected_logprob, expected_text, running

from understudy_protocol.errors import ConfigError, EngineRefused, EngineUnavailable
from understudy_server.engine import Engine, EngineDelta, ServedModel

PROMPT = [300, 301, 302]


@contextlib.asynccontextmanager
async def engine(
    behaviour: Behaviour, tmp_path: Path, *, patience_s: float = 10.0
) -> AsyncIterator[tuple[Engine, Fake]]:
    async with running(behaviour, tmp_path / "e.sock") as fake:
        engine = Engine(fake.address, patience_s=patience_s)
        try:
            yield engine, fake
        finally:
            await engine.close()


async def deltas(engine: Engine, *, adapter: str | None = None) -> list[EngineDelta]:
    completion = engine.complete(PROMPT, adapter=adapter, max_tokens=20)
    async with contextlib.aclosing(completion):
        return [delta async for delta in completion]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_completion_streams_text_logprobs_and_one_finish(tmp_path: Path) -> None:
    behaviour = Behaviour(pieces=("def", " f", "(x):"))
    async with engine(behaviour, tmp_path) as (vllm, _):
        assert await deltas(vllm) == [
            EngineDelta("def", (-0.125,), None, None),
            EngineDelta(" f", (-0.25,), None, None),
            EngineDelta("(x):", (-0.375,), "stop", None),
        ]


async def test_each_middle_is_scored_after_the_prompt(tmp_path: Path) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, fake):
        scores = await vllm.score(PROMPT, [[7, 8], [9]], adapter=None)
        assert scores == [(expected_logprob(7, 302), expected_logprob(8, 7)),
                          (expected_logprob(9, 302),)]  # fmt: skip
        assert fake.state.requests == 1


async def test_what_is_asked_reaches_the_engine(tmp_path: Path) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, fake):
        completion = vllm.complete(
            (5, 6),
            adapter=None,
            max_tokens=3,
            temperature=0.5,
            seed=7,
            stop=["\n"],
            stop_token_ids=[2],
        )
        assert [delta.finish async for delta in completion] == [None, None, "length"]
    [body] = fake.state.bodies
    assert body == {
        "model": None,
        "prompt": [5, 6],
        "max_tokens": 3,
        "temperature": 0.5,
        "seed": 7,
        "stop": ["\n"],
        "stop_token_ids": [2],
        "stream_interval": 1,
        "stream": True,
        "logprobs": 0,
        "add_special_tokens": False,
    }


async def test_a_stop_string_ends_the_text_before_it(tmp_path: Path) -> None:
    async with engine(Behaviour(pieces=("a", "b\n", "c")), tmp_path) as (vllm, _):
        completion = vllm.complete(PROMPT, adapter=None, max_tokens=9, stop=["\n"])
        got = [(delta.text, delta.finish, delta.stop_reason) async for delta in completion]
    assert got == [("a", None, None), ("b", "stop", "\n")]


async def test_the_adapter_that_is_named_answers(tmp_path: Path) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, _):
        await vllm.load_adapter("r@1", tmp_path)
        text = "".join(delta.text for delta in await deltas(vllm, adapter="r@1"))
    assert text == expected_text(PROMPT, "r@1")
    assert text != expected_text(PROMPT, None)


async def test_a_name_is_loaded_and_unloaded_once_however_often_it_is_asked(tmp_path: Path) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, _):
        await vllm.load_adapter("r@1", tmp_path)
        await vllm.load_adapter("r@1", tmp_path)
        assert await vllm.adapters() == {"r@1"}
        await vllm.unload_adapter("r@1")
        await vllm.unload_adapter("r@1")
        assert await vllm.adapters() == set()


async def test_an_adapter_that_cannot_be_loaded_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, _):
        with pytest.raises(EngineRefused, match="No adapter found for /nowhere"):
            await vllm.load_adapter("r@1", Path("/nowhere"))


async def test_the_base_model_is_told_apart_from_adapters(tmp_path: Path) -> None:
    async with engine(Behaviour(context=512), tmp_path) as (vllm, _):
        await vllm.load_adapter("r@1", tmp_path)
        assert await vllm.model() == ServedModel("prompter", "/models/prompter", 512)


@pytest.mark.parametrize(
    ("prompt", "adapter", "problem"),
    [
        ([1], "r@9", "The model `r@9` does not exist"),
        ([1] * 3000, None, "maximum context length is 2048"),
        ([9999], None, "out of vocabulary"),
        ([], None, "at least one prompt"),
    ],
)
async def test_a_request_the_engine_refuses_says_why(
    tmp_path: Path, prompt: list[int], adapter: str | None, problem: str
) -> None:
    async with engine(Behaviour(), tmp_path) as (vllm, _):
        with pytest.raises(EngineRefused, match=problem) as caught:
            await anext(vllm.complete(prompt, adapter=adapter, max_tokens=4))
    assert caught.value.remedy


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(break_at=2),
        Behaviour(end_at=2),
        Behaviour(garbage_at=2),
        Behaviour(error_at=2),
        Behaviour(hang_at=2),
    ],
    ids=["connection cut", "ends early", "garbage", "error record", "hangs"],
)
async def test_an_engine_that_breaks_off_is_unavailable_after_what_it_said(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    got: list[str] = []
    async with engine(behaviour, tmp_path, patience_s=0.3) as (vllm, _):
        with pytest.raises(EngineUnavailable, match="does not answer"):  # noqa: PT012
            async for delta in vllm.complete(PROMPT, adapter=None, max_tokens=9):
                got.append(delta.text)
    assert "".join(got) == expected_text(PROMPT, None, tokens=2)


async def test_an_engine_that_never_says_anything_is_given_up(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "mute.sock"))
    listener.listen()
    vllm = Engine(f"unix://{tmp_path}/mute.sock", patience_s=0.1)
    try:
        assert not await vllm.ready(within_s=0.1)
        with pytest.raises(EngineUnavailable, match="nothing for too long"):
            await deltas(vllm)
    finally:
        await vllm.close()
        listener.close()


async def test_an_engine_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    vllm = Engine(f"unix://{tmp_path}/none.sock")
    assert not await vllm.ready()
    with pytest.raises(EngineUnavailable, match="No such file"):
        await vllm.model()


async def test_a_server_that_is_not_an_engine_is_unavailable(tmp_path: Path) -> None:
    async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_unix_server(chatter, tmp_path / "mail.sock")
    async with server:
        with pytest.raises(EngineUnavailable, match="not HTTP"):
            await Engine(f"unix://{tmp_path}/mail.sock").model()


async def cancel(completion: "asyncio.Task[list[EngineDelta]]") -> None:
    completion.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await completion


async def test_cancelling_before_the_first_text_frees_the_engine(tmp_path: Path) -> None:
    async with engine(Behaviour(first_delay_s=60), tmp_path) as (vllm, fake):
        task = asyncio.create_task(deltas(vllm))
        await until(lambda: fake.state.running == 1)
        await cancel(task)
        await until(lambda: fake.state.aborted == 1 and fake.state.running == 0)


async def test_closing_in_the_middle_frees_the_engine(tmp_path: Path) -> None:
    async with engine(Behaviour(token_delay_s=0.01, tokens=5000), tmp_path) as (vllm, fake):
        completion = vllm.complete(PROMPT, adapter=None, max_tokens=5000)
        async with contextlib.aclosing(completion):
            assert (await anext(completion)).finish is None
        await until(lambda: fake.state.aborted == 1 and fake.state.running == 0)
        # and the next one is not disturbed by what was left of the last
        async with contextlib.aclosing(vllm.complete([9], adapter=None, max_tokens=1)) as other:
            assert (await anext(other)).text == expected_text([9], None, tokens=1)


async def test_closing_the_engine_ends_what_is_running(tmp_path: Path) -> None:
    async with engine(Behaviour(first_delay_s=60), tmp_path) as (vllm, fake):
        task = asyncio.create_task(deltas(vllm))
        await until(lambda: fake.state.running == 1)
        await vllm.close()
        with pytest.raises(EngineUnavailable):
            await task


async def test_completions_one_after_the_other_share_a_connection(tmp_path: Path) -> None:
    accepted: list[str] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append("connection")
        to_fake = await asyncio.open_unix_connection(tmp_path / "e.sock")
        await asyncio.gather(pump(reader, to_fake[1]), pump(to_fake[0], writer))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with running(Behaviour(), tmp_path / "e.sock"), listener:
        port = listener.sockets[0].getsockname()[1]
        vllm = Engine(f"http://127.0.0.1:{port}/v1")
        for _ in range(5):
            assert (await deltas(vllm))[-1].finish == "stop"
        await vllm.close()
    assert len(accepted) == 1


async def test_a_kept_connection_that_the_engine_closed_is_not_used_again(tmp_path: Path) -> None:
    vllm = Engine(f"unix://{tmp_path}/e.sock")
    for _ in range(2):
        async with running(Behaviour(), tmp_path / "e.sock"):
            assert (await deltas(vllm))[-1].finish == "stop"
    await vllm.close()


def test_it_works_on_uvloop_which_uvicorn_chooses(tmp_path: Path) -> None:
    async def completes_and_cancels() -> str:
        async with engine(Behaviour(), tmp_path) as (vllm, _):
            await anext(vllm.complete(PROMPT, adapter=None, max_tokens=20))
            return "".join(delta.text for delta in await deltas(vllm))

    assert uvloop.run(completes_and_cancels()) == expected_text(PROMPT, None)


@pytest.mark.parametrize("address", ["localhost:8000", "unix:relative.sock", "http://", "ftp://x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="not the address of an engine"):
        Engine(address)
