"""`understudy lessons`: what wrong answers have taught, and taking one of it back."""

import sys
import time
from pathlib import Path

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from understudy_releases.paths import default_state_dir
from understudy_trainer.lessons.lesson import Lesson, Rate, Scope
from understudy_trainer.lessons.lesson_book import forget, home_of, read_book

SHOWN = 3
"""Places of evidence in a row; `--json` has all."""


class LessonRow(msgspec.Struct, frozen=True):
    """One line of the list, as `--json` prints it."""

    id: str
    lesson: Lesson


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


# Hidden until nights make lessons.
@click.group(cls=_ListIsMeant, subcommand_metavar="[PATH] | COMMAND [ARGS]...", hidden=True)
def lessons() -> None:
    """Look at what wrong answers have taught, and take back what you do not want.

    A lesson is a sentence that can stand in a prompt, such as: calls of `get` here pass
    `timeout=`. It is made of a right and a wrong answer to the same hole, and kept only if
    answers to other holes were right more often with it than without.

    \b
    understudy lessons                 of the repository here
    understudy lessons PATH --json     of another one, as JSON
    understudy lessons forget 3f9a     delete one; it is not learned again
    """


@lessons.command("list")
@path_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@state_dir_option
def list_lessons(path: Path, as_json: bool, state_dir: Path) -> None:
    """Every lesson of the repository at PATH, oldest first.

    `without → with` is how many answers were right without the lesson in the prompt, and with it.
    """
    home = _home(path, state_dir)
    book = read_book(home)
    if as_json:
        rows = [LessonRow(lesson.id, lesson) for lesson in book.lessons]
        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
        return
    if not book.lessons:
        click.echo(
            f"No lessons of {home.name}. Nights do not make any yet; what is kept of answers that"
            " were right and wrong will be listed here."
        )
    else:
        Console(highlight=False).print(_table(book.lessons, title=home.name))
    if book.forgotten:
        click.echo(f"Deleted, and not learned again: {', '.join(sorted(book.forgotten))}.")


@lessons.command("forget")
@click.argument("id")
@path_argument
@state_dir_option
def forget_lesson(id: str, path: Path, state_dir: Path) -> None:
    """Delete the lesson ID of the repository at PATH, for good.

    ID may be shortened as long as it is clear. Later nights do not learn the same lesson again.
    """
    gone = forget(_home(path, state_dir), id)
    click.echo(f"Deleted {gone.id}: {gone.heuristic} Nights do not learn it again.")


def _home(path: Path, state_dir: Path) -> Path:
    # Only here: `understudy lessons --help` needs no git.
    from understudy_trainer.night.identity import identity

    return home_of(state_dir, identity(path))


def _table(lessons: tuple[Lesson, ...], *, title: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("id", no_wrap=True)
    table.add_column("lesson", overflow="fold")
    table.add_column("holds where", overflow="fold")
    table.add_column("without → with", no_wrap=True)
    table.add_column("night", no_wrap=True)
    table.add_column("evidence", overflow="fold")
    for each in lessons:
        # Everything is text: names may hold brackets.
        rates = f"{_share(each.without)} → {_share(each.informed)}"
        cells = (each.heuristic, _where(each.scope), rates, _date(each.night), _evidence(each))
        table.add_row(each.id, *(Text(cell) for cell in cells))
    return table


def _where(scope: Scope) -> str:
    places = [f"calls of {scope.callee}"] if scope.callee else []
    places += [f"near {' or '.join(scope.names)}"] if scope.names else []
    places += [f"in {scope.path}/"] if scope.path else []
    return f"{', '.join(places) or 'everywhere'} ({scope.language})"


def _share(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.passed}/{rate.asked}"


def _date(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(milliseconds / 1000)) if milliseconds else "-"


def _evidence(lesson: Lesson) -> str:
    """The places, and the commits that they are from."""
    places = list(
        dict.fromkeys(
            f"{each.path} @{each.commit[:7]}" if each.commit else each.path
            for each in lesson.evidence
        )
    )
    more = [f"{len(places) - SHOWN} more"] if len(places) > SHOWN else []
    return ", ".join([*places[:SHOWN], *more])
