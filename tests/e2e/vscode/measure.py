"""Figures of the extension in VS Code's workbench, as JSON:

    PYTHONPATH=tests python -m e2e.vscode.measure [--episodes 200] [--lines 40]

`screen_p50_ms` is from the gateway's first line to the frame that shows it, with the real language
server and a gateway that notes when it speaks. Growth and telling are measured with the fake
language server; what they mean stands in `episodes.py`.
"""

import asyncio
import json
import random
import string
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import msgspec
from e2e.vscode.episodes import Score, play_episodes, score
from e2e.vscode.fake_language_server import GROWING
from e2e.vscode.installation import Tools, install
from e2e.vscode.packing import fake_program, pack, pack_with_witness
from e2e.vscode.workbench import Workbench, workbench
from fake_gateway import fake_gateway
from workplace import leave_address

from understudy_protocol.completion import CompletionRequest

GROWTHS = 10
TYPED = 3
"""Characters of each line: so few and fast that nothing is asked for before the last."""
SPEAKS_AFTER_S = 0.15


@click.command()
@click.option("--episodes", default=200, show_default=True)
@click.option("--lines", default=40, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(episodes: int, lines: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="understudy-measure-") as folder:
        asyncio.run(_measure(Path(folder), episodes=episodes, lines=lines, seed=seed))


async def _measure(folder: Path, *, episodes: int, lines: int, seed: int) -> None:
    tools = install()
    vsix = pack(folder)
    late = sorted(await _screen(tools, vsix, folder / "screen", lines, seed))
    grown, blank = await _growth(tools, vsix, folder / "growth")
    told = await _told(tools, pack_with_witness(vsix, folder), folder / "told", episodes, seed)
    figures = {
        "screen_p50_ms": round(late[len(late) // 2], 1),
        "screen_p95_ms": round(late[int(len(late) * 0.95)], 1),
        "refreshes": grown,
        "blank_frames": blank,
        "episodes": episodes,
        "told": msgspec.to_builtins(told),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


async def _screen(tools: Tools, vsix: Path, folder: Path, lines: int, seed: int) -> list[float]:
    """Milliseconds from the gateway's first line to the frame with it, for each line."""
    lots = random.Random(seed)
    spoken: dict[str, float] = {}
    sentence = ""

    async def script(asked: CompletionRequest) -> AsyncGenerator[str]:
        await asyncio.sleep(SPEAKS_AFTER_S)
        text = sentence.removeprefix(asked.prefix.rpartition("\n")[2])
        if text != sentence:
            spoken[text] = time.time()
            yield text + "\n"

    state = folder / "gateway"
    state.mkdir(parents=True)
    program = Path(sys.executable).with_name("understudy")
    environment = {"UNDERSTUDY_STATE_DIR": str(state), "UNDERSTUDY_CACHE_DIR": str(folder)}
    late: list[float] = []
    async with fake_gateway() as gateway:
        gateway.script = script
        leave_address(state, gateway.url)
        async with _bench(tools, vsix, folder, program, environment) as bench:
            await bench.status("question")
            for _ in range(lines):
                await bench.play(("press", "Enter"), ("wait", 300))
                await bench.watch()
                sentence = f"{_name(lots)} = {_name(lots)} + {_name(lots)}"
                await bench.do("type", sentence[:TYPED], 20)
                await bench.ghost()
                await bench.play(("wait", 200), ("press", "Tab"))
                for at, text in await bench.frames():
                    if text in spoken:
                        late.append(1000 * (at - spoken.pop(text)))
    return late


async def _growth(tools: Tools, vsix: Path, folder: Path) -> tuple[int, int]:
    """Refreshes, and frames without text between the first text and the last."""
    refreshes = blank = 0
    program = fake_program(folder, folder / "log")
    async with _bench(tools, vsix, folder, program, {}) as bench:
        await bench.status("mortar-board")
        for _ in range(GROWTHS):
            await bench.play(("press", "Escape"), ("press", "Home"), ("press", "Shift+End"))
            await bench.play(("press", "Delete"), ("press", "Enter"), ("wait", 500))
            await bench.watch()
            await bench.play(("type", GROWING[:3], 80), ("wait", 2000))
            texts = [text for _, text in await bench.frames()]
            shown = texts[next(index for index, text in enumerate(texts) if text) :]
            refreshes += len(shown) - 1
            blank += shown.count("")
    return refreshes, blank


async def _told(tools: Tools, vsix: Path, folder: Path, episodes: int, seed: int) -> Score:
    log = folder / "log"
    environment = {"UNDERSTUDY_WITNESS": str(folder)}
    async with _bench(tools, vsix, folder, fake_program(folder, log), environment) as bench:
        await bench.status("mortar-board")
        await play_episodes(bench, episodes, seed)
    return score(log, folder / "truth.jsonl")


@asynccontextmanager
async def _bench(
    tools: Tools, vsix: Path, folder: Path, program: Path, environment: dict[str, str]
) -> AsyncGenerator[Workbench]:
    """An empty Python file in a folder of its own."""
    file = folder / "work" / "main.py"
    file.parent.mkdir()
    file.write_text("")
    async with workbench(
        tools,
        vsix,
        file.parent,
        file,
        state=folder / "state",
        settings={
            "understudy.server.command": str(program),
            "editor.wordBasedSuggestions": "off",
        },
        environment=environment,
    ) as bench:
        yield bench


def _name(lots: random.Random) -> str:
    return "".join(lots.choices(string.ascii_lowercase, k=7))


if __name__ == "__main__":
    main()
