"""Agents with an engine: the real language server, gateway and vLLM, asked as an editor asks.

A hole is a document that stands open with nothing where the middle was; the cursor is there, and
ghost text is asked for by hand, so that nothing is held back because it may be wrong: how well that
is judged is the backtest's business. Filters apply. Of tokens and loss only what was shown is
known. Time is simulated (see `understudy_lsp.simulation`).
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.bench import Progress
from understudy_protocol.completion import Completion, CompletionList
from understudy_protocol.errors import ConfigError
from understudy_protocol.repository import RepositoryId
from understudy_protocol.scores import ScoreRequest, Scores
from understudy_trainer.repoworld.agent import Agent, Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_typist.desk import BY_HAND, SimulatedDesk
from understudy_typist.editor import Editor
from understudy_typist.gateway_process import GatewayProcess, gateway_process
from understudy_typist.language_server import LanguageServer, language_server

SOURCES: dict[str, dict[str, bool]] = {
    "copy": {"model": False},
    "base": {"copies": False, "snippets": False},
    "base+snippets": {"copies": False},
    "base+copy": {},
}
"""Agent → what its language server leaves out of its suggestions."""

LONGEST_S = 20.0
"""Simulated; after which an agent has nothing to say."""
SCORED = 400
"""Characters of a middle that the gateway scores."""
NOBODY = RepositoryId("repoworld-000000000000")


class Assistant:
    """A language server of its own for each world."""

    def __init__(self, name: str, gateway: GatewayProcess, place: Path) -> None:
        self.name = name
        self._sources = SOURCES[name]
        self._gateway = gateway
        self._place = place
        self._worlds = 0
        self._server: LanguageServer | None = None
        self._running = AsyncExitStack()
        self._folder = place
        self._now = 0.0

    async def init(self, world: str, folder: Path) -> None:
        await self.close()
        self._worlds += 1
        own = self._place / f"{self.name}-{self._worlds}"
        self._server = server = await self._running.enter_async_context(
            language_server(
                folder,
                state=own / "state",
                cache=own / "cache",
                simulated=True,
                gateway={"url": self._gateway.url, "token": self._gateway.token},
                sources=self._sources,
            )
        )
        await server.initialized()
        await server.indexed()
        await server.agree()
        self._folder, self._now = folder, 0.0

    async def adapt(self, experience: Sequence[Hole]) -> None:
        """The first day: nothing is learned."""

    async def complete(self, hole: Hole) -> Answer:
        assert self._server is not None
        file = self._folder / hole.path
        text = hole.prefix + hole.suffix
        editor = Editor(self._server.connection, file, text, language=hole.language)
        desk = SimulatedDesk(editor, BY_HAND, now=self._now)
        await desk.rest(1.0)
        asked, began = desk.ask(len(hole.prefix)), desk.now()
        while not asked.done() and desk.now() < began + LONGEST_S:
            await desk.wait(asked, began + LONGEST_S)
        ghost, took = asked.result() if asked.done() else None, desk.now() - began
        editor.close()
        await desk.rest(1.0)
        self._now = desk.now()
        seen = await self._seen(ghost.completion) if ghost and ghost.completion else None
        loss, tokens = await self._loss(hole, seen)
        return Answer(
            candidates=(ghost.text,) if ghost else (),
            loss=loss,
            loss_tokens=tokens,
            prompt_tokens=seen.prompt_tokens if seen else 0,
            output_tokens=len(seen.token_logprobs) if seen else 0,
            ms=1000 * took,
        )

    async def close(self) -> None:
        await self._running.aclose()

    async def _loss(self, hole: Hole, seen: Completion | None) -> tuple[float | None, int]:
        """Of the true middle, after the prompt that the answer was made from. What is copied has
        none; without snippets the hole itself is the prompt, answered or not."""
        if self._sources.get("copies", True) or len(hole.middle) > SCORED:
            return None, 0
        request = ScoreRequest(
            repository=NOBODY,
            path=hole.path,
            prefix=hole.prefix,
            suffix=hole.suffix,
            candidates=(hole.middle,),
        )
        if self._sources.get("snippets", True):
            if seen is None:
                return None, 0
            request = msgspec.structs.replace(request, snippets=seen.snippets)
        body = msgspec.json.encode(request)
        answer = await self._gateway.http.post("/v1/scores", content=body)
        if answer.status_code != 200:
            return None, 0
        [score] = msgspec.json.decode(answer.content, type=Scores).scores
        return -score.mean, score.tokens

    async def _seen(self, completion: str) -> Completion | None:
        """What the model saw."""
        answer = await self._gateway.http.get("/v1/completions", params={"ids": completion})
        found = msgspec.json.decode(answer.content, type=CompletionList).completions
        return found[0] if found else None


@asynccontextmanager
async def assistants(names: Sequence[str], progress: Progress) -> AsyncGenerator[list[Agent]]:
    """In the order of their names, all with one engine."""
    if unknown := [name for name in names if name not in SOURCES]:
        raise ConfigError(
            f"There is no agent {unknown[0]!r}.",
            f"With an engine there are {', '.join(SOURCES)}.",
        )
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(gateway_process(progress))
        place = Path(stack.enter_context(TemporaryDirectory(prefix="understudy-")))
        made = [Assistant(name, gateway, place) for name in names]
        for each in made:
            stack.push_async_callback(each.close)
        yield [*made]
