"""`understudy`: one command, whose sub-commands import their component only when they are called.

That keeps `understudy --help` and the language server quick to start, and torch out of everything
that does not train.
"""

import importlib
import logging
import sys

import click
from rich.console import Console

from understudy_protocol.errors import UnderstudyError

# Name, where the click command stands, and what `--help` says (so that help imports nothing).
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (
        "understudy_server.commands.demo:demo",
        "Complete holes of this repository, streamed.",
    ),
    "serve": ("understudy_server.commands.serve:serve", "Run the gateway, and vLLM behind it."),
    "lsp": ("understudy_lsp.commands.lsp:lsp", "Run the language server, for an editor."),
    "explain": (
        "understudy_lsp.commands.explain:explain",
        "Say what went into the last suggestions, or why there was none.",
    ),
    "consent": (
        "understudy_lsp.commands.consent:consent",
        "Say whether a repository may be learned from.",
    ),
    "forget": ("understudy_lsp.commands.forget:forget", "Delete all experience of a repository."),
    "doctor": (
        "understudy_server.commands.doctor:doctor",
        "Say what works, and what mends the rest.",
    ),
    "releases": (
        "understudy_server.commands.releases:releases",
        "List, show, promote and roll back what was learned.",
    ),
    "train": (
        "understudy_trainer.commands.train:train",
        "Learn a repository, prove it, and promote what is better.",
    ),
    "lessons": (
        "understudy_trainer.commands.lessons:lessons",
        "Look at what wrong answers have taught; take one back.",
    ),
    "backtest": (
        "understudy_trainer.commands.backtest:backtest",
        "Say what Understudy would have been worth, from your own history.",
    ),
    "people": ("understudy_server.commands.people:people", "Give tokens to people on a network."),
    "bench": (
        "understudy.commands.bench:bench",
        "Measure this machine; print a table or JSON.",
    ),
    "schema": (
        "understudy_server.commands.schema:schema",
        "Write the JSON Schema and OpenAPI files.",
    ),
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="understudy")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done, to stderr.")
def understudy(verbose: bool) -> None:
    """A self-hosted coding assistant that learns one repository from the people who work in it.

    \b
    See it work:      understudy demo
    Serve an editor:  understudy serve
    Something wrong?  understudy doctor
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


def main() -> None:
    try:
        understudy.main(standalone_mode=False)
    except UnderstudyError as error:
        console = Console(stderr=True)
        console.print(error.problem, style="bold red", markup=False, highlight=False)
        console.print(error.remedy, markup=False, highlight=False)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
