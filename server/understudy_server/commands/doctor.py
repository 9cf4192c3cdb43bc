"""`understudy doctor`: what works, and the command that mends the rest."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from understudy_releases.paths import default_config_file
from understudy_server.checks import ask_gateway, look
from understudy_server.config import load_config


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where everything is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def doctor(file: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Say what is installed, what is missing, and whether the model answers.

    Each failing line ends in what mends it. Exit code 1 if there is one.
    """
    if file is None and default_config_file().exists():
        file = default_config_file()
    config = load_config(file, flags={} if state_dir is None else {"state_dir": state_dir})
    findings = [*look(config), *asyncio.run(ask_gateway(config))]
    if as_json:
        sys.stdout.buffer.write(
            msgspec.json.format(msgspec.json.encode(findings), indent=2) + b"\n"
        )
    else:
        table = Table(show_header=False, box=None, padding=(0, 1))
        for finding in findings:
            mark = Text("✓", style="green") if finding.ok else Text("✗", style="bold red")
            table.add_row(
                mark, finding.what, Text(finding.detail), Text(finding.remedy, style="cyan")
            )
        Console(highlight=False).print(table)
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
