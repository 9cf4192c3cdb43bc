r"""The whole recipe on another machine, with or without a GPU: one folder and no network.

    python -m models.recipe.elsewhere pack FOLDER            here, once the corpus is built
    python -m models.recipe.elsewhere run FOLDER --out OUT --start models/prompter --tokens 300 \
        --scale 0.4 --flat 250 --decay 50                    there, with this repository

What travels is the corpus, compressed to a fifth, and the archives of the held-out packages that
models are judged by; rows are made there, because a byte a token is more than the text itself as
soon as it is read twice. The corpus is cut into pieces of 15 MB, so that it can go in several
turns: `run` begins when all have arrived. It makes rows, trains, judges the new model and the one
to beat, and writes `figures.md`, the table of the model card. The model is in OUT/run/model. A run
that was stopped goes on where it was when the same command is given again. With other rows in the
same OUT, the training goes on with these; to begin anew, name another. With `--asked` the rate
falls on rows as an editor asks them.
"""

import json
import lzma
import shlex
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from models.recipe import corpus, data, evaluate, train
from models.recipe.archives import RecipeError, fetch, read_pins, sha256
from models.recipe.corpus import CACHE, PACKAGES
from models.recipe.data import PROMPTER_FOLDER
from models.recipe.export import load_weights
from models.recipe.whole import ending_in_a_sentence, teaching, whole

PIECE = 15_000_000
LIST = "pieces.json"
ROOM = "Make room and give the same command again."
PLAN = ("flat", "decay", "batch", "micro", "scale")
OF_MIDDLES = ("--middles", 10)
"""In the end, as for the embedded model."""


@dataclass(frozen=True)
class Step:
    """One of the recipe's own commands, and what it leaves behind."""

    name: str
    act: Callable[[list[str]], object]
    arguments: list[str]
    makes: Path


@click.group(help=teaching(__doc__))
def main() -> None: ...


path_type = click.Path(path_type=Path)


@main.command("pack")
@click.argument("folder", type=path_type)
@click.option("--corpus", "source", type=path_type, default=CACHE / "corpus")
@click.option("--archives", type=path_type, default=CACHE / "archives")
@click.option("--packages", type=path_type, default=PACKAGES, help="The list of pinned packages.")
@click.option("--tokenizer", type=path_type, default=PROMPTER_FOLDER / "tokenizer.json")
def pack_command(folder: Path, source: Path, archives: Path, packages: Path, tokenizer: Path):
    """Write the folder that travels; some minutes of one core."""
    pieces = pack(folder, source, archives, packages=packages, tokenizer=tokenizer)
    size = sum((folder / name).stat().st_size for name in pieces)
    click.echo(f"{folder}: {len(pieces)} files, {size / 1e6:.1f} MB")


@main.command("run")
@click.argument("folder", type=path_type)
@click.option("--out", type=path_type, required=True, help="Everything that is made.")
@click.option("--start", type=path_type, help="Begin with the weights of this model folder.")
@click.option("--shape", type=click.Choice(list(train.SHAPES)), default="small")
@click.option("--beat", type=path_type, default=PROMPTER_FOLDER, help="The model to compare with.")
@click.option("--language", multiple=True, default=("python",), help="Languages to take; repeat.")
@click.option("--tokens", default=20.0, help="Millions of tokens of rows.")
@click.option("--window", default=1024, help="Tokens of a row.")
@click.option("--asked", default=0.0, help="As many of rows as an editor asks them, for the decay.")
@click.option("--flat", type=float, required=True, help="Million tokens before the decay.")
@click.option("--decay", type=float, required=True, help="Million tokens of decay.")
@click.option("--batch", default=8192, help="Tokens of one optimiser step.")
@click.option("--micro", default=8192, help="Tokens in the model at once: memory.")
@click.option("--scale", default=1.0, help="Of the rates; 0.4 when starting from a trained model.")
@click.option("--holes", default=60, help="Holes of each of the six packages.")
def run_command(folder: Path, out: Path, **given: Any) -> None:
    """Rows, training, judgement and figures, from where an earlier run came to."""
    unpack(folder, out / "corpus", arrived(folder))
    carry_out(steps(folder, out, given), out / "done.json", of=sha256(folder / LIST))
    with whole(out / "figures.md", ROOM) as half:
        half.write_text(card(out) + "\n")
    click.echo((out / "figures.md").read_text())


def pack(
    folder: Path, source: Path, archives: Path, *, packages: Path, tokenizer: Path
) -> dict[str, str]:
    """The files of the folder and their hashes, which are written last."""
    corpus.read(source)  # half a corpus does not travel
    (folder / LIST).unlink(missing_ok=True)
    names = [*compressed(source / "corpus.jsonl", folder)]
    pins = {pin.name: pin for pin in reversed(read_pins(packages)) if pin.held_out}
    for path in [
        source / "corpus.json",
        packages,
        tokenizer,
        *(fetch(pins[name], archives) for name in evaluate.JUDGES["python"]),
    ]:
        name = {packages: "packages.toml", tokenizer: "tokenizer.json"}.get(path, path.name)
        with whole(folder / name, ROOM) as half:
            shutil.copyfile(path, half)
        names.append(name)
    pieces = {name: sha256(folder / name) for name in names}
    with whole(folder / LIST, ROOM) as half:
        half.write_text(json.dumps(pieces, indent=1))
    return pieces


def compressed(source: Path, folder: Path, most: int = PIECE) -> Iterator[str]:
    """Writes a file, compressed, as pieces; yields their names."""
    with source.open("rb") as file:
        press, buffer, number, ended = lzma.LZMACompressor(), b"", 0, False
        while not ended or buffer:
            while not ended and len(buffer) < most:
                read = file.read(1 << 20)
                buffer += press.compress(read) if read else press.flush()
                ended = not read
            name = f"{source.name}.xz.{number:03}"
            with whole(folder / name, ROOM) as half:
                half.write_bytes(buffer[:most])
            buffer, number = buffer[most:], number + 1
            yield name


def arrived(folder: Path) -> list[str]:
    """The files of the folder. Raises RecipeError unless each is there as it was sent."""
    try:
        pieces = json.loads((folder / LIST).read_text())
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{folder} was not packed to its end, or {LIST} has not arrived: {error}.",
            "Pack it with models.recipe.elsewhere pack, and bring all of it.",
        ) from error
    missing = [name for name in pieces if not (folder / name).exists()]
    changed = [n for n in pieces if n not in missing and sha256(folder / n) != pieces[n]]
    if missing or changed:
        raise RecipeError(
            f"Of the {len(pieces)} files of {folder}, missing: {', '.join(missing) or 'none'}; "
            f"cut short or changed: {', '.join(changed) or 'none'}.",
            "Bring these and give the same command again.",
        )
    return list(pieces)


def unpack(folder: Path, out: Path, names: list[str]) -> None:
    """The corpus as it was built, unless it lies there already."""
    about = json.loads((folder / "corpus.json").read_text())
    final = out / "corpus.jsonl"
    if not final.exists() or sha256(final) != about["sha256"]:
        press = lzma.LZMADecompressor()
        with whole(final, ROOM) as half, half.open("wb") as file:
            for name in sorted(name for name in names if ".xz." in name):
                file.write(press.decompress((folder / name).read_bytes()))
    with whole(out / "corpus.json", ROOM) as half:
        shutil.copyfile(folder / "corpus.json", half)


def steps(folder: Path, out: Path, given: dict[str, Any]) -> list[Step]:
    """The commands, in their order; each needs what those before it made."""
    tokenizer, rows, held = folder / "tokenizer.json", out / "data.npz", out / "held.npz"
    judges = ["--archives", folder, "--packages", folder / "packages.toml"]
    of_rows = ["--tokenizer", tokenizer, "--window", given["window"]]
    languages = [part for language in given["language"] for part in ("--language", language)]
    begin = ["--shape", given["shape"], "--tokenizer", tokenizer]
    if given["start"]:  # which brings its own tokenizer, and refuses rows of another
        begin = ["--start", given["start"]]
    plan = [part for name in PLAN for part in (f"--{name}", given[name])]
    learn = ["--held-out", held, *begin, *plan]
    judged = [*judges, "--holes", given["holes"], "--model"]
    source = ["--corpus", out / "corpus", *languages, *of_rows]
    training = [step("training", train.main, out / "run", "--data", rows, *learn)]
    if given["asked"]:
        ends = out / "asked.npz"
        mix = ["--mix", "asked", "--tokens", given["asked"]]
        flat, fall = ["--data", rows, *learn, "--decay", 0], ["--data", ends, *learn, *OF_MIDDLES]
        training = [
            step("rows to end with", data.main, ends, *source, *mix),
            step("flat part", train.main, out / "run", *flat),
            step("training", train.main, out / "run", *fall),
        ]
    return [
        step("rows", data.main, rows, *source, "--tokens", given["tokens"]),
        step("held-out rows", evaluate.rows_command, held, *judges, *of_rows),
        *training,
        step("first", evaluate.run_command, out / "first.json", *judged, given["beat"]),
        step("next", evaluate.run_command, out / "next.json", *judged, out / "run" / "model"),
    ]


def step(name: str, command: click.Command, makes: Path, *arguments: object) -> Step:
    act = partial(command.main, standalone_mode=False)
    return Step(name, act, [*map(str, arguments), "--out", str(makes)], makes)


def carry_out(
    steps: list[Step], record: Path, *, of: str, say: Callable[[str], object] = click.echo
) -> None:
    """Each step, unless it and all before it were carried out with these arguments already.

    `of` tells the folder that they are carried out on.
    """
    done = json.loads(record.read_text()) if record.exists() else {}
    if done.get("folder") != of:
        done = {"folder": of}
    kept: dict[str, Any] = {"folder": of}
    for step in steps:
        if done.get(step.name) == step.arguments and step.makes.exists():
            say(f"{step.name}: was done before")
        else:
            done = {}  # what comes after it is made anew
            say(f"{step.name}: {shlex.join(step.arguments)}")
            step.act(step.arguments)
        kept[step.name] = step.arguments
        with whole(record, ROOM) as half:
            half.write_text(json.dumps(kept, indent=1))


def card(out: Path) -> str:
    """What the model is, what it was made from, and its figures beside those of the one to beat."""
    shape, weights = load_weights(out / "run" / "model")
    about = json.loads((out / "corpus" / "corpus.json").read_text())
    last = json.loads((out / "run" / "log.jsonl").read_text().splitlines()[-1])
    size = sum(path.stat().st_size for path in (out / "run" / "model").iterdir())
    licences = Counter(about["licenses"].values()).most_common()
    texts = ", ".join(f"{name} {n / 1e6:.1f} MB" for name, n in about["languages"].items())
    results = [json.loads((out / f"{name}.json").read_text()) for name in ("first", "next")]
    lines = [
        "| | |",
        "| --- | --- |",
        f"| weights | {sum(w.numel() for w in weights.values()) / 1e6:.1f}M, {size / 1e6:.1f} MB |",
        f"| tokenizer | {shape.vocabulary} entries |",
        f"| context | {shape.context} tokens |",
        f"| training | {last['tokens'] / 1e6:.1f}M tokens in {last['step']} steps |",
        f"| corpus | {len(about['packages'])} packages: {texts} |",
        f"| licences | {', '.join(f'{name} ({n})' for name, n in licences)} |",
    ]
    return "\n".join(lines) + "\n\n" + evaluate.table(results)


if __name__ == "__main__":
    ending_in_a_sentence(main)
