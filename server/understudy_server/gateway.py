"""Everything a running gateway is made of, put together at start and taken apart at the end."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]  (its progress-bar parameter)
from starlette.requests import Request

from understudy_protocol.completion import CompletionRequest
from understudy_protocol.errors import ConfigError
from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import FimFormat, by_name, choose
from understudy_protocol.fim_tokens import stop_ids
from understudy_protocol.repository import RepositoryId
from understudy_releases.fingerprint import fingerprint, linear_modules
from understudy_releases.paths import embedded_model
from understudy_releases.releases import sweep
from understudy_releases.verification import BaseModel
from understudy_server.admission import Admission
from understudy_server.config import Config
from understudy_server.engine import Engine
from understudy_server.engine_launch import EngineSettings, engine_command, engine_environment
from understudy_server.engines import Engines
from understudy_server.metrics import Metrics
from understudy_server.nights import Nights, night_command
from understudy_server.online import Online
from understudy_server.practising import Practising
from understudy_server.remote import Remote
from understudy_server.store import Store, open_store
from understudy_server.supervisor import Supervisor
from understudy_server.swap import Serving
from understudy_server.tokenizer import ModelTokenizer, load_tokenizer

LONGEST_ANSWER = 1024
"""Tokens; what `CompletionRequest.max_tokens` allows at most."""

MAX_RANK = 64
"""The largest LoRA rank that is served."""

MAX_ADAPTERS = 8
"""Adapters that are loaded at a time; with more repositories the least recently used give way."""


class ServedModel(msgspec.Struct, frozen=True):
    name: str
    folder: Path
    """Where its files are: given, or the local snapshot of the hub's."""
    fingerprint: str
    context: int
    """Tokens of prompt and answer together."""


class Gateway(msgspec.Struct, frozen=True):
    config: Config
    model: ServedModel
    format: FimFormat
    tokenizer: ModelTokenizer
    stop_ids: tuple[int, ...]
    engines: Engines
    store: Store
    serving: Serving
    practising: Practising
    admission: Admission
    metrics: Metrics

    def prompt_budget(self, asked: CompletionRequest) -> int:
        """Tokens that a prompt may have."""
        return min(self.config.prompt_tokens, self.model.context - asked.max_tokens)


def gateway_of(request: Request) -> Gateway:
    return request.app.state.gateway


@asynccontextmanager
async def open_gateway(config: Config) -> AsyncGenerator[Gateway]:
    """What can be known to be wrong without an engine is refused before one is started."""
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        model = await _model(config)
        fmt = by_name(config.fim_format) if config.fim_format else choose(model.name)
        tokenizer = load_tokenizer(str(model.folder))
        stops = stop_ids(fmt, tokenizer)
        await asyncio.to_thread(sweep, config.releases_dir)
        store = await asyncio.to_thread(open_store, config.database_url)
        stack.push_async_callback(store.close)

        sources = [Remote(url) for url in config.engine_urls] or [_own_engine(config, model)]
        engines = await stack.enter_async_context(Engines(sources))

        async def warm_up(repository: RepositoryId, adapter: str) -> None:
            parts = Parts(prefix="", suffix="", path="README.md", repository=repository)
            prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=config.prompt_tokens)
            await engines.warm_up(prompt.ids, adapter=adapter)

        serving = Serving(
            config.releases_dir,
            engines,
            base=BaseModel(
                fingerprint=model.fingerprint,
                fim_format=fmt.name,
                max_rank=MAX_RANK,
                modules=linear_modules(model.folder),
            ),
            warm_up=warm_up,
            max_adapters=MAX_ADAPTERS,
        )
        stack.push_async_callback(_end, asyncio.create_task(serving.run()))
        practising = Practising(engines)
        stack.push_async_callback(practising.close)
        metrics = Metrics(config.state_dir / "nights")
        online = Online(store, config.releases_dir, model=model.name)
        stack.push_async_callback(_end, asyncio.create_task(online.run()))
        nights = Nights(
            config,
            night_command(config, model.folder),
            last_used=lambda: metrics.last_completion,
        )
        stack.push_async_callback(_end, asyncio.create_task(nights.run()))
        yield Gateway(
            config=config,
            model=model,
            format=fmt,
            tokenizer=tokenizer,
            stop_ids=stops,
            engines=engines,
            store=store,
            serving=serving,
            practising=practising,
            admission=Admission(config.max_in_flight),
            metrics=metrics,
        )


def _own_engine(config: Config, model: ServedModel) -> Supervisor:
    settings = EngineSettings(
        model=str(model.folder),
        name=model.name,
        context=model.context,
        adapter_rank=MAX_RANK,
        adapters_loaded=MAX_ADAPTERS + 2,
        gpu_share=config.engine_gpu_share,
    )
    return Supervisor(
        lambda socket: engine_command(settings, socket),
        environment=engine_environment(settings, os.environ),
        log_file=config.state_dir / "logs" / "engine.log",
    )


async def _model(config: Config) -> ServedModel:
    """The model that is, or will be, served. Raises ConfigError, EngineUnavailable."""
    if config.engine_urls:
        engine = Engine(config.engine_urls[0])
        try:
            running = await engine.model()
        finally:
            await engine.close()
        folder, name, context = _folder(running.root), running.name, running.context
    else:
        folder = embedded_model() if config.model is None else _folder(config.model)
        name = config.model or folder.name
        context = model_context(folder)
    return ServedModel(
        name=name,
        folder=folder,
        fingerprint=await asyncio.to_thread(fingerprint, folder),
        context=min(context, config.prompt_tokens + LONGEST_ANSWER),
    )


def model_context(folder: Path) -> int:
    """Tokens of context that the model was made for, from its config.json. Raises ConfigError."""
    file = folder / "config.json"
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return int(values.get("text_config", values)["max_position_embeddings"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file} does not tell the model's context ({error!r}).",
            "Give --model a directory as the Hugging Face hub has it, complete.",
        ) from error


def _folder(model: str) -> Path:
    """The files of a model: a local directory, or the hub's snapshot, downloaded if need be."""
    if (path := Path(model).expanduser()).is_dir():
        return path.absolute()
    if model.count("/") != 1:
        raise ConfigError(
            f"There is no model directory {model}.",
            "Give a directory that exists, or a hub name such as Qwen/Qwen2.5-Coder-1.5B.",
        )
    try:
        return Path(snapshot_download(model))
    except Exception as error:  # the hub's client raises many kinds, all with one meaning here
        raise ConfigError(
            f"The model {model} cannot be had from the hub ({type(error).__name__}: {error}).",
            "Check the name and the network, or give a local directory; without --model the "
            "embedded model is served.",
        ) from error


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
