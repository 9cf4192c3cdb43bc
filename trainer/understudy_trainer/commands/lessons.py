"""`understudy lessons`: what wrong answers have taught, and taking one of it back."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console

from understudy_protocol.lesson import Lesson
from understudy_protocol.repository import RepositoryId
from understudy_releases.paths import default_state_dir
from understudy_trainer.lessons.in_prompts import in_prompts
from understudy_trainer.lessons.lesson_book import (
    Book,
    forget,
    home_of,
    named,
    read_book,
    restore,
)
from understudy_trainer.lessons.lesson_table import sheet_of, table_of


class LessonRow(msgspec.Struct, frozen=True):
    """One line of the list, as `--json` prints it."""

    id: str
    lesson: Lesson
    in_prompts: bool
    """It is in the release that is served."""


class _ListIsMeant(click.Group):
    """`understudy lessons PATH` is short for `understudy lessons list PATH`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


path_argument = click.argument(
    "path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
state_dir_option = click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=default_state_dir,
    show_default=False,
    help="Where everything is kept.",
)


@click.group(cls=_ListIsMeant, subcommand_metavar="[PATH] | COMMAND [ARGS]...")
def lessons() -> None:
    """Look at what wrong answers have taught, and take back what you do not want.

    A lesson is a sentence such as: calls of `get` here pass `timeout=`. It is made of right and
    wrong answers to the same holes, and kept only if fresh answers were right more often with it
    than without: at other holes than it was made of, or at those if it holds at no other. A
    release carries the lessons of its night, and the gateway puts those that hold at a place into
    the prompt; `understudy explain` says which.

    \b
    understudy lessons                 of the repository here
    understudy lessons PATH --json     of another one, as JSON
    understudy lessons show 3f9a       all that is known of one
    understudy lessons forget 3f9a     delete one; it is not learned again
    understudy lessons restore 3f9a    take that back
    """


@lessons.command("list")
@path_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@state_dir_option
def list_lessons(path: Path, as_json: bool, state_dir: Path) -> None:
    """Every lesson of the repository at PATH, oldest first.

    `without → with` is how many answers were right without the lesson in the prompt, and with it.
    """
    repository = _identity(path)
    book, told = read_book(home_of(state_dir, repository)), in_prompts(state_dir, repository)
    if as_json:
        rows = [LessonRow(each.id, each, in_prompts=each.id in told) for each in book.lessons]
        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
        return
    if book.lessons:
        table = table_of(book.lessons, title=repository, in_prompts=told)
        Console(highlight=False).print(table)
    else:
        click.echo(
            f"No lessons of {repository}. `understudy train --reinforce` makes them of answers"
            " that were right and wrong, and keeps those that make answers better."
        )
    for line in _deleted(book):
        click.echo(line)


@lessons.command("show")
@click.argument("id")
@path_argument
@state_dir_option
def show_lesson(id: str, path: Path, state_dir: Path) -> None:
    """All that is known of the lesson ID of the repository at PATH.

    ID may be shortened as long as it is clear.
    """
    repository = _identity(path)
    lesson = named(read_book(home_of(state_dir, repository)).lessons, id)
    sheet = sheet_of(lesson, in_prompts=in_prompts(state_dir, repository))
    Console(highlight=False).print(sheet)


@lessons.command("forget")
@click.argument("id")
@path_argument
@state_dir_option
def forget_lesson(id: str, path: Path, state_dir: Path) -> None:
    """Delete the lesson ID of the repository at PATH.

    ID may be shortened as long as it is clear. It is in no prompt any more, whichever release is
    served, and later nights do not learn it again.
    """
    gone = forget(home_of(state_dir, _identity(path)), id)
    click.echo(
        f"Deleted {gone.id}: {gone.heuristic} No prompt has it any more, and nights do not learn it"
        f" again. `understudy lessons restore {gone.id}` takes that back."
    )


@lessons.command("restore")
@click.argument("id")
@path_argument
@state_dir_option
def restore_lesson(id: str, path: Path, state_dir: Path) -> None:
    """Take back that the lesson ID of the repository at PATH was deleted.

    ID may be shortened as long as it is clear. Prompts have it again if the served release does,
    else from the next one on.
    """
    repository = _identity(path)
    back = restore(home_of(state_dir, repository), id)
    if back is None:
        click.echo(f"Nights may learn {id} again. What it said was not kept.")
        return
    when = "now" if back.id in in_prompts(state_dir, repository) else "from the next release on"
    click.echo(f"Restored {back.id}: {back.heuristic} Prompts have it {when}.")


def _deleted(book: Book) -> Iterator[str]:
    if not book.forgotten:
        return
    yield "Deleted: in no prompt, and not learned again."
    said = {lesson.id: lesson.heuristic for lesson in book.deleted}
    for id in sorted(book.forgotten):
        yield f"  {id}  {said.get(id, 'what it said was not kept')}"


def _identity(path: Path) -> RepositoryId:
    # Only here: `understudy lessons --help` needs no git.
    from understudy_trainer.night.identity import identity

    return identity(path)
