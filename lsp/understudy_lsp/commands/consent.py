"""`understudy consent`: whether what becomes of suggestions in a repository may be remembered."""

from pathlib import Path

import click


@click.command()
@click.argument("answer", required=False, type=click.Choice(["yes", "no"]))
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
def consent(answer: str | None, path: Path) -> None:
    """Say or change whether Understudy may learn from the repository at PATH.

    Without an answer it tells what holds now. No stops it from now on; `understudy forget` also
    deletes what there is.
    """
    from understudy_lsp.consent import Answer, Consents
    from understudy_lsp.paths import editing_dir
    from understudy_lsp.repository import find_repository

    found, consents = find_repository(path), Consents(editing_dir() / "consent.json")
    if answer is not None:
        consents.set(found.id, Answer.YES if answer == "yes" else Answer.NO)
    click.echo(f"{found.id} ({found.root}): {_MEANING[consents.answer(found.id)]}")


_MEANING = {
    "yes": "what becomes of suggestions is remembered.",
    "no": "nothing is remembered.",
    "unasked": "nothing is remembered, and nobody has been asked yet.",
}
