"""`understudy schema`: the wire formats as files, for those who write clients."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from understudy_protocol.schema import protocol_schema
from understudy_server.operations import openapi


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if the files are not current.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("docs"), show_default=True)
def schema(check: bool, folder: Path) -> None:
    """Write docs/schema.json (every protocol type) and docs/openapi.json."""
    documents = {"schema.json": protocol_schema(), "openapi.json": openapi()}
    stale = [
        name
        for name, document in documents.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != _encode(document)
    ]
    if check and stale:
        click.echo(
            f"{', '.join(stale)} in {folder} not current. Run `make schema` and commit.", err=True
        )
        sys.exit(1)
    for name in () if check else stale:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(_encode(documents[name]))
        click.echo(f"wrote {folder / name}")


def _encode(document: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"
