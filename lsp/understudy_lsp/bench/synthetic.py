"""A workspace and a large file made of random words: the same on every machine."""

import random
from pathlib import Path

FILES = 5_000
"""Files of a workspace; a tenth of them are TypeScript."""
FOLDERS = 200
FUNCTIONS = (2, 14)
"""Least and most functions in a file: about 25 to 130 lines, as in most repositories."""

LARGE_LINES = 10_000

_SYLLABLES = "ba be bi bo da de di do fa fe fi ka ke ki la le li lo ma me mi na ne no pa ra re"


def write_workspace(folder: Path, *, files: int = FILES, seed: int = 0) -> None:
    """So many files of code below `folder`, which import each other."""
    chance = random.Random(seed)
    names = [f"{_word(chance)}_{number}" for number in range(files)]
    for number, name in enumerate(names):
        package = folder / f"package_{number % FOLDERS}"
        package.mkdir(parents=True, exist_ok=True)
        imported = [(chance.randrange(FOLDERS), chance.choice(names)) for _ in range(3)]
        count = chance.randint(*FUNCTIONS)
        if number % 10 == 9:
            lines = [f'import {{ {each} }} from "../package_{at}/{each}";' for at, each in imported]
            body = "\n".join(_typescript(chance) for _ in range(count))
            suffix = ".ts"
        else:
            lines = [f"from package_{at}.{each} import {each}" for at, each in imported]
            body = "\n\n".join(_python(chance) for _ in range(count))
            suffix = ".py"
        text = "\n".join(lines) + "\n\n\n" + body
        (package / f"{name}{suffix}").write_text(text, encoding="utf-8")


def large_file(*, lines: int = LARGE_LINES, seed: int = 1) -> str:
    """A Python file of about so many lines."""
    chance = random.Random(seed)
    functions: list[str] = []
    written = 0
    while written < lines:
        functions.append(_python(chance))
        written += functions[-1].count("\n") + 2
    return "\n\n".join(functions)


def _python(chance: random.Random) -> str:
    names = [_word(chance) for _ in range(4)]
    lines = [
        f"def {_word(chance)}_{_word(chance)}({names[0]}, {names[1]}):",
        f'    """{_words(chance, 8).capitalize()}."""',
        f"    {names[2]} = {names[0]}.{_word(chance)}({names[1]}, {chance.randrange(100)})",
    ]
    for _ in range(chance.randint(1, 6)):
        left, right = chance.choice(names[:3]), chance.choice(names[:3])
        lines.append(f"    if {left} > {right}.{_word(chance)}:")
        lines.append(f"        {names[2]} = {_word(chance)}({left}, {chance.randrange(1000)})")
    lines.append(f"    return {names[2]}")
    return "\n".join(lines) + "\n"


def _typescript(chance: random.Random) -> str:
    first, second = _word(chance), _word(chance)
    return (
        f"export function {_word(chance)}{_word(chance).title()}({first}: number): number {{\n"
        f"  // {_words(chance, 6)}\n"
        f"  const {second} = {_word(chance)}({first}, {chance.randrange(1000)});\n"
        f"  return {second} + {first};\n"
        "}\n"
    )


def _words(chance: random.Random, count: int) -> str:
    return " ".join(_word(chance) for _ in range(count))


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 4)))
