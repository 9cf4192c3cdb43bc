"""`understudy explain`: what went into the last suggestions, or why there was none."""

import sys

import click
import msgspec
from rich.console import Console
from rich.markdown import Markdown

from understudy_lsp.journal import explanation, read_journal
from understudy_lsp.paths import editing_dir


@click.command()
@click.option("-n", "--number", type=click.IntRange(1), default=3, help="How many.  [default: 3]")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def explain(number: int, as_json: bool) -> None:
    """Say what went into the last suggestions of your editor, or why there was none.

    The newest comes last. It is read from a file of your own that the language server writes
    once a second; it holds code, and nobody else is sent it.
    """
    recent = read_journal(editing_dir() / "journal.json")[-number:]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(recent) + b"\n")
        return
    console = Console()
    if not recent:
        console.print("Nothing has been asked for yet: type in an editor that runs Understudy.")
    for opportunity in recent:
        console.print(Markdown(explanation(opportunity)))
        console.rule()
