"""`understudy demo`: real completions of real holes, in the terminal, from nothing."""

import asyncio
import statistics
import sys
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from understudy_protocol.completion import (
    CompletionEnd,
    CompletionFailed,
    CompletionRequest,
    TextDelta,
)
from understudy_protocol.errors import EngineRefused
from understudy_protocol.repository import Repository, repository_id
from understudy_server.client import GatewayClient
from understudy_server.demo_holes import Hole, find_holes
from understudy_server.launch import running_gateway

SHOWN_LINES = 3


class Answer(msgspec.Struct, frozen=True):
    """How one hole was completed; times as a client sees them."""

    path: str
    line: int
    text: str
    truth: str
    exact: bool
    first_text_ms: float | None
    tokens: int
    tokens_per_second: float | None
    """Over the whole time, the wait for the first one included."""


@click.command()
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
@click.option("--holes", "count", type=click.IntRange(1, 200), default=8, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other holes.")
@click.option("--model", help="Local directory or hub name.  [default: the embedded model]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def demo(folder: Path, count: int, seed: int, model: str | None, as_json: bool) -> None:
    """Complete holes of the source files in FOLDER (here, if not given), streamed.

    Starts the gateway on a free port with a state of its own, which starts vLLM with the embedded
    model; stops both at the end. Nothing is stored and nothing leaves this machine.
    """
    console = Console(highlight=False, stderr=as_json)
    holes = find_holes(folder.resolve(), count, seed)
    answers = asyncio.run(_run(console, folder.resolve(), holes, model))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answers), indent=2) + b"\n")
    else:
        console.print(_summary(answers))


async def _run(
    console: Console, folder: Path, holes: list[Hole], model: str | None
) -> list[Answer]:
    arguments = () if model is None else ("--model", model)
    started = time.perf_counter()
    with console.status("starting the gateway") as status:
        gateway = running_gateway(*arguments, progress=status.update)
        client = await gateway.__aenter__()
    try:
        console.print(f"Gateway and vLLM are ready after {time.perf_counter() - started:.0f} s.\n")
        return [
            await _complete(console, client, folder, hole, f"{number}/{len(holes)}")
            for number, hole in enumerate(holes, 1)
        ]
    finally:
        await gateway.__aexit__(*sys.exc_info())


async def _complete(
    console: Console, client: GatewayClient, folder: Path, hole: Hole, number: str
) -> Answer:
    console.print(Text(f"[{number}] {hole.path}:{hole.line}", style="bold"))
    context = "\n".join(hole.prefix.split("\n")[-SHOWN_LINES:])
    console.print(Text(context, style="dim"), end="")
    request = CompletionRequest(
        repository=repository_id(Repository(folder=str(folder))),
        path=hole.path,
        language=hole.language,
        prefix=hole.prefix,
        suffix=hole.suffix,
        mode=hole.mode,
        max_tokens=96,
    )
    asked = time.perf_counter()
    first: float | None = None
    end: CompletionEnd | None = None
    async for record in client.complete(request):
        match record:
            case TextDelta():
                first = first or time.perf_counter() - asked
                console.print(Text(record.text, style="green"), end="")
            case CompletionEnd():
                end = record
            case CompletionFailed():
                raise EngineRefused(record.problem, record.remedy)
    took = time.perf_counter() - asked
    assert end is not None
    tokens = 0 if end.logprobs is None else end.logprobs.tokens
    exact = end.text.strip() == hole.middle.strip()
    speed = tokens / took if tokens else None
    truth = "the same" if exact else hole.middle.strip("\n")
    figures = f"first text {_ms(first)}, {'–' if speed is None else f'{speed:.0f}'} tokens/s"
    console.print()
    console.print(Text.assemble(("true text: ", "cyan"), truth, (f"   ({figures})", "dim")), "")
    return Answer(
        path=hole.path,
        line=hole.line,
        text=end.text,
        truth=hole.middle,
        exact=exact,
        first_text_ms=None if first is None else first * 1000,
        tokens=tokens,
        tokens_per_second=speed,
    )


def _summary(answers: list[Answer]) -> Table:
    table = Table(
        title=f"{sum(answer.exact for answer in answers)} of {len(answers)} exactly right"
    )
    table.add_column("hole", overflow="fold")
    for name in ("first text", "tokens", "tokens/s", "exact"):
        table.add_column(name, justify="right")
    for answer in answers:
        speed = answer.tokens_per_second
        table.add_row(
            f"{answer.path}:{answer.line}",
            "–" if answer.first_text_ms is None else f"{answer.first_text_ms:.0f} ms",
            str(answer.tokens),
            "–" if speed is None else f"{speed:.0f}",
            "yes" if answer.exact else "",
        )
    firsts = [answer.first_text_ms for answer in answers if answer.first_text_ms is not None]
    speeds = [s for answer in answers if (s := answer.tokens_per_second) is not None]
    table.add_section()
    table.add_row(
        "median",
        f"{statistics.median(firsts):.0f} ms" if firsts else "–",
        f"{statistics.median(answer.tokens for answer in answers):.0f}",
        f"{statistics.median(speeds):.0f}" if speeds else "–",
        "",
    )
    return table


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
