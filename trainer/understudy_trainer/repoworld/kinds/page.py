"""docs/kinds.md, made from the table. `python -m understudy_trainer.repoworld.kinds.page` prints
it; with the name of a file it is written there."""

from pathlib import Path

import click

from understudy_trainer.repoworld.kinds.holes import LEAST, MOST
from understudy_trainer.repoworld.kinds.kind import CLOSE, KINDS, OPEN, Kind

_LANGUAGES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
}
"""LSP language id → name."""


def page() -> str:
    held_out = _listed([f"`{kind.name}`" for kind in KINDS if kind.held_out])
    introduction = f"""# Kinds of holes

<!-- Made by `python -m understudy_trainer.repoworld.kinds.page docs/kinds.md`. -->

RepoWorld measures on holes of {len(KINDS)} kinds. A hole is a place in a file where text is to be
completed, marked {OPEN}…{CLOSE} here. It has at least {LEAST} characters that are not blank, at
most {MOST} in all, and lies within one line unless the kind says *several lines*. Which node of a
syntax tree makes which kind is in `trainer/understudy_trainer/repoworld/kinds/`.

Held out are {held_out}:
no split trains on these, and CL10 and CL45 test on them. JavaScript stands for JSX as well, and
TypeScript for TSX.
"""
    return introduction + "".join(f"\n{_entry(kind)}" for kind in KINDS)


def _entry(kind: Kind) -> str:
    language, example = next(iter(kind.example.items()))
    names = [name for each, name in _LANGUAGES.items() if each in kind.languages]
    notes = ["held out"] * kind.held_out + ["several lines"] * kind.multi_line
    about = "".join([kind.about, *(f" *{note.capitalize()}.*" for note in notes)])
    return f"""## {kind.name}

{about} {_listed(names)}.

```{language}
{example.strip()}
```
"""


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
def main(path: Path | None) -> None:
    if path is None:
        click.echo(page(), nl=False)
    else:
        path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
