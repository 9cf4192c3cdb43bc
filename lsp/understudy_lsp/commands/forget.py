"""`understudy forget`: everything that was learned from working in one repository, gone."""

import asyncio
from pathlib import Path

import click

from understudy_protocol.experience import Forgotten
from understudy_protocol.repository import RepositoryId


@click.command()
@click.argument(
    "path",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--gateway", metavar="URL", default="", help="Instead of this machine's.")
@click.option("--token", default="", envvar="UNDERSTUDY_TOKEN", help="For --gateway.")
def forget(path: Path, yes: bool, gateway: str, token: str) -> None:
    """Delete all that is known of the repository at PATH, for good.

    That is the answer to whether it may be remembered, what waits on this machine, and what the
    gateway holds: completions, events, releases, and what nights kept.
    """
    from understudy_lsp.repository import find_repository

    found = find_repository(path)
    if not yes:
        click.confirm(f"Forget {found.id} ({found.root}), for good?", abort=True)
    waiting = forget_here(found.id)
    click.echo(f"On this machine: {waiting} events that waited, the journal and the answer.")
    gone = asyncio.run(_forget_there(found.id, gateway, token))
    click.echo(
        f"At the gateway: {gone.completions} completions, {gone.events} events, "
        f"{gone.releases} releases, {gone.nights} nights."
    )


def forget_here(repository: RepositoryId) -> int:
    """Delete what this machine keeps of `repository`; how many facts waited.

    Language servers that run are told, and delete what they hold themselves.
    """
    from understudy_lsp import paths
    from understudy_lsp.consent import Answer, Consents
    from understudy_lsp.experience.fact import decode
    from understudy_lsp.experience.spool_folder import SpoolFolder
    from understudy_lsp.journal import Journal, read_journal

    folder = paths.editing_dir()
    Consents(folder / "consent.json").set(repository, Answer.UNASKED)

    journal = Journal(folder / "journal.json")
    journal.tell_others()
    for entry in read_journal(folder / "journal.json"):
        journal.add(entry)
    journal.forget(repository)
    if (content := journal.encoded()) is not None:
        journal.save(content)

    waiting = 0
    spool = SpoolFolder(folder / "spool")
    spool.adopt()
    for file in spool.files():
        facts = ((line, decode(line)) for line in spool.read(file))
        gone = {line for line, fact in facts if fact is None or fact.repository == repository}
        waiting += len(gone)
        spool.settle(file, gone)
    spool.close()
    return waiting


async def _forget_there(repository: RepositoryId, url: str, token: str) -> Forgotten:
    from understudy_lsp.gateway import Gateway, find_gateway
    from understudy_lsp.options import GatewayOptions

    gateway = Gateway(lambda: find_gateway(GatewayOptions(url=url, token=token)))
    try:
        return await gateway.forget(repository)
    finally:
        await gateway.close()
