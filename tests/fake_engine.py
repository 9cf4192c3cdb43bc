"""An engine that answers like vLLM 0.32, without a model: for every test that needs an engine.

In process, on a Unix socket: `async with running(Behaviour(), tmp_path / "e.sock") as fake:` gives
`fake.address` and `fake.state`. As a real process: `python tests/fake_engine.py --uds PATH`, with
the behaviour as JSON in `FAKE_ENGINE`. The shape of each answer was recorded from a real vLLM.

Without `pieces`, the text names the adapter that answered and is a function of the prompt, so that
a mixed-up answer shows: `expected_text(prompt, adapter, tokens)`.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import os
import signal
import socket
import sys
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

EXTRA_IN_LAST_CHUNK = {"system_fingerprint": "vllm-0.32.0-e97b3197"}


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the fake does; chunks are counted from 0, one token each."""

    model: str = "prompter"
    root: str = "/models/prompter"
    context: int = 2048
    vocabulary: int = 8192
    pieces: tuple[str, ...] | None = None
    """The text, token by token; None makes one up from the prompt and the adapter."""
    tokens: int = 8
    """Tokens in a made-up text."""
    first_delay_s: float = 0.0
    token_delay_s: float = 0.0
    capacity: int | None = None
    """How many are answered at a time; the others wait. None: any number."""
    break_at: int | None = None
    """The connection is cut instead of sending this chunk."""
    hang_at: int | None = None
    """Nothing more is sent from this chunk on, the connection stays open."""
    garbage_at: int | None = None
    """Bytes that are not JSON are sent instead of this chunk."""
    end_at: int | None = None
    """The response ends in an orderly way before this chunk, without `[DONE]`."""
    error_at: int | None = None
    """An error record, then `[DONE]`, as vLLM ends a stream whose generation failed."""
    exit_at: int | None = None
    """The process exits instead of sending this chunk (only as a real process)."""
    start_delay_s: float = 0.0
    """/health answers 503 until then."""
    ignore_sigterm: bool = False
    exit_at_start: str | None = None
    """The process prints this to stderr and exits with status 1 (only as a real process)."""
    fork_child: bool = False
    """The process starts a child, as vLLM starts its EngineCore (only as a real process)."""


@dataclasses.dataclass
class State:
    """What the fake saw."""

    started: float = dataclasses.field(default_factory=time.monotonic)
    behaviour: Behaviour = dataclasses.field(default_factory=Behaviour)
    adapters: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    requests: int = 0
    finished: int = 0
    aborted: int = 0
    running: int = 0
    most_running: int = 0
    last_aborted_at: float | None = None
    """`time.monotonic()` of the latest abort."""
    calls: list[str] = dataclasses.field(default_factory=list[str])
    """Adapter calls in order, `load NAME PATH` and `unload NAME`."""
    bodies: deque[dict[str, Any]] = dataclasses.field(
        default_factory=lambda: deque[dict[str, Any]](maxlen=100)
    )
    """The latest completion requests."""


def fake_engine(state: State) -> Starlette:
    slots = asyncio.Semaphore(state.behaviour.capacity or 1_000_000)

    async def health(_: Request) -> Response:
        age = time.monotonic() - state.started
        return Response(status_code=503 if age < state.behaviour.start_delay_s else 200)

    async def models(_: Request) -> Response:
        behaviour = state.behaviour
        base = _card(behaviour.model, behaviour.root, None, behaviour.context)
        cards = [_card(name, path, behaviour.model, None) for name, path in state.adapters.items()]
        return JSONResponse({"object": "list", "data": [base, *cards]})

    async def completions(request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        state.requests += 1
        state.bodies.append(body)
        if body.get("prompt_logprobs") is not None:
            return JSONResponse(_envelope(body, state) | {"choices": _scored(body)})
        if refusal := _refusal(body, state):
            return refusal
        if body.get("return_token_ids"):
            return JSONResponse(_envelope(body, state) | {"choices": _drawn(body, state)})
        chunks = _generate(body, state, slots)
        if body.get("stream"):
            lines = _server_sent(chunks, _envelope(body, state), state.behaviour)
            return StreamingResponse(lines, media_type="text/event-stream")
        choices = [choice async for choice in chunks]
        whole = choices[-1] | {"text": "".join(choice["text"] for choice in choices)}
        return JSONResponse(_envelope(body, state) | {"choices": [whole]})

    async def load(request: Request) -> Response:
        body = await request.json()
        name, path = body["lora_name"], body["lora_path"]
        state.calls.append(f"load {name} {path}")
        if name in state.adapters:
            return _error(400, "InvalidUserInput", _already_loaded(name))
        if not os.path.isdir(path):  # noqa: ASYNC240
            problem = f"Loading lora {name} failed: No adapter found for {path}"
            return _error(404, "NotFoundError", problem)
        state.adapters[name] = path
        return Response(f"Success: LoRA adapter '{name}' added successfully.")

    async def unload(request: Request) -> Response:
        name = (await request.json())["lora_name"]
        state.calls.append(f"unload {name}")
        if state.adapters.pop(name, None) is None:
            return _error(404, "NotFoundError", f"The lora adapter '{name}' cannot be found.")
        return Response(f"Success: LoRA adapter '{name}' removed successfully.")

    async def seen(_: Request) -> Response:
        record = {k: v for k, v in vars(state).items() if k not in ("behaviour", "bodies")}
        return JSONResponse(record | {"pid": os.getpid(), "bodies": list(state.bodies)})

    async def behave(request: Request) -> Response:
        state.behaviour = msgspec.json.decode(await request.body(), type=Behaviour)
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/models", models),
            Route("/v1/completions", completions, methods=["POST"]),
            Route("/v1/load_lora_adapter", load, methods=["POST"]),
            Route("/v1/unload_lora_adapter", unload, methods=["POST"]),
            Route("/fake/state", seen),
            Route("/fake/behaviour", behave, methods=["PUT"]),
        ]
    )


def expected_logprob(token: int, before: int) -> float:
    """Of a token in a prompt that is scored."""
    return -((token + 3 * before) % 64) / 8


def expected_draw(prompt: list[int], model: str, which: int, seed: int) -> list[int]:
    """Tokens of one of several answers to a prompt."""
    number = zlib.crc32(f"{prompt} {model} {which} {seed}".encode())
    return [(number >> shift) % 97 + 300 for shift in (0, 7, 14)]


def expected_text(prompt: list[int], adapter: str | None, tokens: int = 8) -> str:
    """The made-up text for a prompt."""
    return "".join(_made_up(prompt, adapter or "base", tokens))


@dataclasses.dataclass
class Fake:
    address: str
    state: State


@contextlib.asynccontextmanager
async def running(behaviour: Behaviour, path: Path) -> AsyncIterator[Fake]:
    """A fake served in this event loop on the Unix socket `path` (at most 100 bytes)."""
    state = State(behaviour=behaviour)
    config = _server_config(state)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = _bound(path)
    await server.startup(sockets=[listener])
    try:
        yield Fake(f"unix://{path}", state)
    finally:
        server.force_exit = True
        await server.shutdown(sockets=[listener])
        os.unlink(path)


async def _generate(
    body: dict[str, Any], state: State, slots: asyncio.Semaphore
) -> AsyncIterator[dict[str, Any]]:
    """The choices of each chunk, one token each."""
    behaviour, done = state.behaviour, False
    state.running += 1
    state.most_running = max(state.most_running, state.running)
    try:
        async with slots:
            await asyncio.sleep(behaviour.first_delay_s)
            for number, choice in enumerate(_choices(body, behaviour)):
                if number:
                    await asyncio.sleep(behaviour.token_delay_s)
                if number == behaviour.break_at:
                    raise ConnectionAbortedError("asked to break the connection")
                if number == behaviour.exit_at:
                    os._exit(9)
                if number == behaviour.hang_at:
                    await asyncio.sleep(3600)
                yield choice
        state.finished += 1
        done = True
    finally:
        state.running -= 1
        if not done:
            state.aborted += 1
            state.last_aborted_at = time.monotonic()


def _choices(body: dict[str, Any], behaviour: Behaviour) -> Iterator[dict[str, Any]]:
    """Stop strings as in vLLM: the text lags by the longest one, so that none of it is sent."""
    stops: list[str] = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop", [])
    kept = body.get("include_stop_str_in_output", False)
    held = 0 if kept or not stops else max(map(len, stops)) - 1
    adapter = body.get("model") or behaviour.model
    name = "base" if adapter == behaviour.model else adapter
    pieces = behaviour.pieces or _made_up(body["prompt"], name, behaviour.tokens)
    limit = body.get("max_tokens", 16)
    text, sent = "", 0
    for number, piece in enumerate(pieces[:limit]):
        text += piece
        stop = next((stop for stop in stops if stop in text), None)
        if stop is not None:
            text = text[: text.index(stop) + (len(stop) if kept else 0)]
        last = stop is not None or number + 1 == min(limit, len(pieces))
        length = stop is None and number + 1 == limit
        finish = ("length" if length else "stop") if last else None
        until = len(text) if last else len(text) - held
        yield {
            "index": 0,
            "text": text[sent:until],
            "logprobs": _logprobs(piece, number) if body.get("logprobs") is not None else None,
            "finish_reason": finish,
            "stop_reason": stop,
            "prompt_token_ids": None,
            "token_ids": None,
        }
        sent = max(sent, until)
        if last:
            return


def _scored(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each prompt the probability of each token; vLLM may answer in any order."""
    prompts: list[list[int]] = body["prompt"]
    choices = [
        {
            "index": number,
            "text": "x",
            "finish_reason": "length",
            "prompt_logprobs": [
                None,
                *(
                    {str(token): {"logprob": expected_logprob(token, before), "rank": 1}}
                    for before, token in pairwise(prompt)
                ),
            ],
        }
        for number, prompt in enumerate(prompts)
    ]
    return choices[::-1]


def _drawn(body: dict[str, Any], state: State) -> list[dict[str, Any]]:
    model = body.get("model") or state.behaviour.model
    choices: list[dict[str, Any]] = []
    for which in range(body["n"]):
        tokens = expected_draw(body["prompt"], model, which, body["seed"])[: body["max_tokens"]]
        logprobs = {"token_logprobs": [-token / 256 for token in tokens]}
        choices.append(
            {
                "index": which,
                "text": "".join(f" {token}" for token in tokens),
                "logprobs": logprobs,
                "finish_reason": "length",
                "stop_reason": None,
                "token_ids": tokens,
            }
        )
    return choices[::-1]


async def _server_sent(
    choices: AsyncIterator[dict[str, Any]], envelope: dict[str, Any], behaviour: Behaviour
) -> AsyncIterator[bytes]:
    number = 0
    async for choice in choices:
        if number == behaviour.end_at:
            return
        if number == behaviour.garbage_at:
            yield b"data: {\xff\xfe not json\n\n"
            return
        if number == behaviour.error_at:
            failure = {"message": "Internal server error", "type": "InternalServerError"}
            yield _data({"error": failure | {"param": None, "code": 500}})
            break
        last = EXTRA_IN_LAST_CHUNK if choice["finish_reason"] else {}
        yield _data(envelope | {"choices": [choice]} | last)
        number += 1
    yield b"data: [DONE]\n\n"


def _refusal(body: dict[str, Any], state: State) -> Response | None:
    behaviour, prompt = state.behaviour, body.get("prompt") or []
    model = body.get("model")
    if model is not None and model != behaviour.model and model not in state.adapters:
        problem = f"The model `{model}` does not exist. Valid aliases: {behaviour.model}."
        return _error(404, "NotFoundError", problem, "model")
    if not prompt:
        return _error(400, "BadRequestError", "You must pass at least one prompt")
    if len(prompt) >= behaviour.context:
        problem = (
            f"This model's maximum context length is {behaviour.context} tokens. However, your "
            f"prompt contains {len(prompt)} input tokens, which exceeds this limit even without "
            "any output tokens. Please reduce the length of the input prompt. "
            f"(parameter=input_tokens, value={len(prompt)})"
        )
        return _error(400, "BadRequestError", problem, "input_tokens")
    if len(body.get("stop") or []) > 4:
        problem = "List should have at most 4 items after validation"
        return _error(400, "Bad Request", problem, "body.stop")
    if max(prompt) >= behaviour.vocabulary:
        problem = f"Token id {max(prompt)} is out of vocabulary"
        failure = {"message": problem, "type": "BadRequestError", "param": None, "code": 400}
        lines = _data({"error": failure}) + b"data: [DONE]\n\n"
        return Response(lines, media_type="text/event-stream")
    return None


def _made_up(prompt: list[int], name: str, tokens: int) -> list[str]:
    number = zlib.crc32(repr(prompt).encode())
    return [f"{name}", *(f" {(number + i) % 997}" for i in range(1, tokens))]


def _logprobs(piece: str, number: int) -> dict[str, Any]:
    logprob = -0.125 * (number + 1)
    return {
        "text_offset": [0],
        "token_logprobs": [logprob],
        "tokens": [piece],
        "top_logprobs": [{piece: logprob}],
    }


def _envelope(body: dict[str, Any], state: State) -> dict[str, Any]:
    return {
        "id": f"cmpl-{state.requests:016x}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": body.get("model") or state.behaviour.model,
    }


def _card(name: str, root: str, parent: str | None, context: int | None) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": int(time.time()),
        "owned_by": "vllm",
        "root": root,
        "parent": parent,
        "max_model_len": context,
        "permission": [],
    }


def _already_loaded(name: str) -> str:
    return (
        f"The lora adapter '{name}' has already been loaded. If you want to load the adapter in "
        "place, set 'load_inplace' to True."
    )


def _error(status: int, kind: str, message: str, param: str | None = None) -> Response:
    error = {"message": message, "type": kind, "param": param, "code": status}
    return JSONResponse({"error": error}, status_code=status)


def _data(record: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(record) + b"\n\n"


def _server_config(state: State) -> uvicorn.Config:
    app = fake_engine(state)
    return uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")


def _bound(path: Path) -> socket.socket:
    """Fails on a socket file that exists, as vLLM does."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    return listener


def _start_child() -> None:
    """A process of the same group that does not end by itself; its id is in the log."""
    child = os.fork()
    if child == 0:
        signal.pause()
    sys.stderr.write(f"child {child}\n")


class _SignalsUntouched(uvicorn.Server):
    """Leaves SIGTERM to `main`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--uds", type=Path, required=True)
    arguments, _ = parser.parse_known_args()
    behaviour = msgspec.json.decode(os.environ.get("FAKE_ENGINE", "{}"), type=Behaviour)
    if behaviour.exit_at_start is not None:
        sys.exit(behaviour.exit_at_start)
    sys.stderr.write(f"fake engine {os.getpid()} on {arguments.uds}\n")
    handler = signal.SIG_IGN if behaviour.ignore_sigterm else signal.SIG_DFL
    signal.signal(signal.SIGTERM, handler)
    if behaviour.fork_child:
        _start_child()
    server = _SignalsUntouched(_server_config(State(behaviour=behaviour)))
    asyncio.run(server.serve(sockets=[_bound(arguments.uds)]))


if __name__ == "__main__":
    main()
