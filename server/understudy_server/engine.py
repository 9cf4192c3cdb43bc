"""vLLM: how it is asked. Nothing else knows its HTTP API; `engine_launch.py` knows how to start it.

Written for vLLM 0.32; the answers are those of its OpenAI-compatible server.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Required, TypedDict, Unpack

import msgspec

from understudy_protocol.errors import EngineError, EngineRefused, EngineUnavailable
from understudy_server.engine_messages import (
    Card,
    Cards,
    Chunk,
    Completion,
    DrawingRequest,
    DrawnList,
    Failure,
    FailureBody,
    LoadAdapter,
    Scored,
    ScoredPrompt,
    Scoring,
    UnloadAdapter,
)
from understudy_server.http1 import Connection, Origin, parse_address
from understudy_server.silence import Silence

MAX_STOP_STRINGS = 4
"""vLLM refuses a request with more."""

WARM_UP_PROMPT = (1, 2, 3)


class EngineDelta(msgspec.Struct, frozen=True, gc=False):
    """One step of a completion."""

    text: str
    """Empty where the tokens make no whole character yet, or may begin a stop string."""
    logprobs: tuple[float, ...]
    """Natural logarithm of the probability of each token of this step, before temperature; -9999
    stands for zero probability."""
    finish: str | None
    """None but for the last delta: `stop` or `length`."""
    stop_reason: int | str | None
    """The stop string or token id that ended the text; None for the model's own end token."""


class Drawn(msgspec.Struct, frozen=True):
    """An answer that chance has chosen."""

    tokens: tuple[int, ...]
    """With the one that ended it."""
    logprobs: tuple[float, ...]
    """Natural logarithm of the probability of each."""


class ServedModel(msgspec.Struct, frozen=True):
    """The base model that an engine serves."""

    name: str
    root: str
    """The directory or hub name that the engine read the weights from."""
    context: int
    """Tokens of prompt and answer together."""


class Sampling(TypedDict, total=False):
    """How a completion is made; greedily if nothing else is said."""

    max_tokens: Required[int]
    temperature: float
    seed: int | None
    stop: Sequence[str]
    """At most `MAX_STOP_STRINGS`; the text ends before one."""
    stop_token_ids: Sequence[int]
    stream_interval: int
    """Tokens in each delta but the first and the last."""


class Drawing(TypedDict):
    """How answers are drawn."""

    n: int
    max_tokens: int
    seed: int
    stop_token_ids: Sequence[int]


class Engine:
    """One vLLM, reached at `unix:///path` or `http://host:port`."""

    def __init__(
        self, address: str, *, api_key: str | None = None, patience_s: float = 60.0
    ) -> None:
        """`patience_s` bounds the wait for the first part of an answer and for each further one.
        On a CPU the first one includes the reading of the whole prompt."""
        self.address = address
        key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._origin = Origin(parse_address(address), headers=key, patience_s=patience_s)
        self.silence = Silence()

    async def ready(self, *, within_s: float = 2.0) -> bool:
        """Whether the engine answers within that time that it is healthy."""
        try:
            async with (
                asyncio.timeout(within_s),
                self._origin.exchange("GET", "/health") as answer,
            ):
                await answer.body()
                return answer.status == 200
        except OSError:
            return False

    async def model(self) -> ServedModel:
        base = next((card for card in await self._cards() if card.parent is None), None)
        if base is None or base.max_model_len is None:
            raise EngineRefused(
                f"The engine at {self.address} names no base model with a context length.",
                "Use a vLLM server that serves a model for text generation.",
            )
        return ServedModel(name=base.id, root=base.root or base.id, context=base.max_model_len)

    async def adapters(self) -> set[str]:
        return {card.id for card in await self._cards() if card.parent is not None}

    async def load_adapter(self, name: str, path: Path) -> None:
        """A name stands for one adapter for ever, so loading a loaded name changes nothing."""
        body = LoadAdapter(lora_name=name, lora_path=str(path))
        try:
            await self._call("/v1/load_lora_adapter", body)
        except EngineError as error:
            if name in await self.adapters():
                return
            # vLLM answers 500 for an adapter it cannot use, and goes on well.
            raise EngineRefused(error.problem, _UNUSABLE_ADAPTER) from error

    async def unload_adapter(self, name: str) -> None:
        """Unloading what is not loaded changes nothing."""
        try:
            await self._call("/v1/unload_lora_adapter", UnloadAdapter(lora_name=name))
        except EngineRefused:
            if name in await self.adapters():
                raise

    async def complete(
        self, prompt: Sequence[int], *, adapter: str | None, **sampling: Unpack[Sampling]
    ) -> AsyncGenerator[EngineDelta]:
        """The completion of `prompt` (token ids); only the last delta has a `finish`.

        Iterate it within `contextlib.aclosing`: closing or cancelling it closes the connection, at
        which vLLM stops generating.

        Raises `EngineUnavailable` if the engine does not answer or breaks off, `EngineRefused` if
        it says that it will not.
        """
        body = Completion(prompt, adapter, **sampling)
        with self.silence.waiting() as heard:
            async with self._exchange("POST", "/v1/completions", body) as answer:
                rest = b""
                while part := await answer.part():
                    heard()
                    *records, rest = (rest + part).split(b"\n\n")
                    for record in records:
                        delta = _decode_delta(record, self.address)
                        if delta is None:
                            continue
                        yield delta
                        if delta.finish is not None:
                            await _drain(answer)
                            return
                raise ConnectionError("it ended the answer in the middle")

    async def score(
        self, prompt: Sequence[int], middles: Sequence[Sequence[int]], *, adapter: str | None
    ) -> list[tuple[float, ...]]:
        """The logarithms of the probabilities of each middle's tokens after `prompt`.

        vLLM reads each prompt anew, without its cache. Raises as `complete` does.
        """
        body = Scoring([[*prompt, *middle] for middle in middles], adapter)
        with self.silence.waiting() as heard:
            async with self._exchange("POST", "/v1/completions", body) as answer:
                scored = msgspec.json.decode(await answer.body(), type=Scored).choices
                heard()
        ordered = sorted(scored, key=lambda choice: choice.index)
        return [_of_middle(middle, each) for middle, each in zip(middles, ordered, strict=True)]

    async def draw(
        self, prompt: Sequence[int], *, adapter: str | None, **drawing: Unpack[Drawing]
    ) -> list[Drawn]:
        """Answers to `prompt`, drawn at temperature 1. Raises as `complete` does."""
        body = DrawingRequest(prompt, adapter, **drawing)
        with self.silence.waiting() as heard:
            async with self._exchange("POST", "/v1/completions", body) as answer:
                drawn = msgspec.json.decode(await answer.body(), type=DrawnList).choices
                heard()
        ordered = sorted(drawn, key=lambda choice: choice.index)
        return [Drawn(choice.token_ids, choice.logprobs.token_logprobs) for choice in ordered]

    async def read(self, prompt: Sequence[int], *, adapter: str | None) -> None:
        """Has the engine read a prompt, whose cache the next one that begins alike will use."""
        async for _ in self.complete(prompt, adapter=adapter, max_tokens=2):
            pass

    async def warm_up(self) -> None:
        """Has vLLM do what it does only once, at its first requests; it may compile functions of
        its sampler, first for one and then for several completions at a time."""
        for together in (1, 2, 3):
            reads = (self.read(WARM_UP_PROMPT, adapter=None) for _ in range(together))
            await asyncio.gather(*reads)

    async def close(self) -> None:
        """Breaks off running completions."""
        await self._origin.close()

    async def _cards(self) -> tuple["Card", ...]:
        async with self._exchange("GET", "/v1/models", None) as answer:
            return msgspec.json.decode(await answer.body(), type=Cards).data

    async def _call(self, path: str, body: msgspec.Struct) -> None:
        async with self._exchange("POST", path, body) as answer:
            await answer.body()

    @asynccontextmanager
    async def _exchange(
        self, method: str, path: str, body: msgspec.Struct | None
    ) -> AsyncGenerator[Connection]:
        """An exchange whose answer is a success; whatever goes wrong in it is an `EngineError`."""
        json = None if body is None else _encode(body)
        try:
            async with self._origin.exchange(method, path, json=json) as answer:
                if answer.status != 200:
                    raise _failure(_decode_failure(await answer.body(), answer), self.address)
                yield answer
        except TimeoutError as error:
            raise _unavailable(self.address, "it has said nothing for too long") from error
        except OSError as error:
            raise _unavailable(self.address, str(error) or type(error).__name__) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unavailable(self.address, f"what it says is not vLLM's ({error})") from error


_UNUSABLE_ADAPTER = (
    "Check that the release was trained for this base model, with a rank the engine allows, and "
    "that the engine was started with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1."
)
_encode = msgspec.json.Encoder().encode
_decode_chunk = msgspec.json.Decoder(Chunk).decode


def _decode_delta(record: bytes, address: str) -> EngineDelta | None:
    """None for a record that carries no part of the completion (`[DONE]`, a comment, usage)."""
    if not record.startswith(b"data: {"):
        return None
    chunk = _decode_chunk(memoryview(record)[6:])
    if chunk.error is not None:
        raise _failure(chunk.error, address)
    if not chunk.choices:
        return None
    choice = chunk.choices[0]
    logprobs = () if choice.logprobs is None else choice.logprobs.token_logprobs
    return EngineDelta(choice.text, logprobs, choice.finish_reason, choice.stop_reason)


def _of_middle(middle: Sequence[int], scored: ScoredPrompt) -> tuple[float, ...]:
    rows = scored.prompt_logprobs[-len(middle) :]
    return tuple(row[token].logprob for token, row in zip(middle, rows, strict=True) if row)


async def _drain(answer: Connection) -> None:
    """Reads what little follows the completion, so that the connection can be used again."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(1):
            await answer.body()


def _decode_failure(body: bytes, answer: Connection) -> Failure:
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(body, type=FailureBody).error
    return Failure(body[:500].decode(errors="replace"), answer.status)


def _failure(failure: Failure, address: str) -> EngineError:
    if failure.code >= 500:
        return _unavailable(address, failure.message)
    problem = f"The engine at {address} refuses: {failure.message.rstrip('.')}."
    if failure.code in (401, 403):
        return EngineRefused(problem, "Give the gateway the key that the engine was started with.")
    if failure.code == 404 and failure.param == "model":
        return EngineRefused(problem, "Promote the release again: that loads its adapter.")
    if failure.param in ("input_tokens", "max_tokens"):
        return EngineRefused(problem, "Lower the setting prompt_tokens, or ask for fewer tokens.")
    return EngineRefused(problem, "The engine's log says more; `understudy doctor` names it.")


def _unavailable(address: str, cause: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The engine at {address} does not answer: {cause.rstrip('.')}.",
        "Ask again in a few seconds; if it stays away, `understudy doctor` says why.",
    )
