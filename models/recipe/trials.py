"""Small trainings that differ in one thing each, and whether it matters.

    python -m models.recipe.trials plain window-512 deep --tokens 2

Each begins at nothing, sees as many tokens of rows of its own kind, and is asked the same holes;
the first that is named is the one that the others are paired with. At 7,000 tokens a second one of
2M takes five minutes, and its answers as long. What was finished is kept, and not done again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import torch
from models.recipe import data, evaluate, packed
from models.recipe.archives import read_pins, sha256
from models.recipe.corpus import CACHE, PACKAGES, Source, held_out_sources, read
from models.recipe.data import PROMPTER_FOLDER
from models.recipe.export import Shape, export
from models.recipe.mix import Mix
from models.recipe.train import SHAPES, Plan, open_run, train
from models.recipe.whole import ending_in_a_sentence, teaching, whole


@dataclass(frozen=True)
class Trial:
    window: int = 1024
    shape: Shape = SHAPES["small"]
    mix: Mix = field(default_factory=Mix)


TRIALS = {
    "plain": Trial(),
    "window-512": Trial(window=512),
    "window-2048": Trial(window=2048),
    # As many weights in the layers as the plain one has, within a tenth.
    "deep": Trial(
        shape=replace(SHAPES["small"], width=256, layers=13, heads=2, kv_heads=2, inner=704)
    ),
    "wide": Trial(
        shape=replace(SHAPES["small"], width=512, layers=3, heads=4, kv_heads=4, inner=1536)
    ),
    "lines-only": Trial(mix=Mix(lines=1.0, blocks=0.0)),
    "more-blocks": Trial(mix=Mix(lines=0.5, blocks=0.4)),
    "few-snippets": Trial(mix=Mix(with_snippets=0.3)),
}


def taught(
    trial: Trial, sources: Sequence[Source], tokens: float, *, tokenizer: Path, model: Path
) -> None:
    """Makes rows and trains on them; the model appears in its folder at the end."""
    work = model.with_name(model.name + "-work")
    rows = work / "data.npz"
    if not rows.exists():
        ids, weights, _ = data.generate(
            sources,
            tokens * 1e6,
            window=trial.window,
            seed=0,
            tokenizer=tokenizer,
            mix=trial.mix,
            workers=2,
        )
        packed.save(rows, ids, weights, {"tokenizer": sha256(tokenizer)})
    compiled = trial.shape != SHAPES["test"]
    plan = Plan(flat=0.7 * tokens, decay=0.3 * tokens, batch=4096, micro=4096, compiled=compiled)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run = open_run(plan, work, None, trial.shape, device)
    for report in train(run, rows, work, tokenizer=tokenizer):
        if run.step % 50 == 0:
            click.echo(
                f"{model.name}: {run.tokens / 1e6:.2f}M, loss {report['text']:.3f}", err=True
            )
    export(run.model, model, tokenizer)


path_type = click.Path(path_type=Path)


@click.command(help=teaching(__doc__))
@click.argument("names", nargs=-1, required=True, type=click.Choice(list(TRIALS)))
@click.option("--tokens", default=2.0, help="Millions, of each trial.")
@click.option("--holes", "wanted", default=60, help="Holes of each of the six packages.")
@click.option("--corpus", "folder", type=path_type, default=CACHE / "corpus")
@click.option("--archives", type=path_type, default=CACHE / "archives")
@click.option("--tokenizer", type=path_type, default=PROMPTER_FOLDER / "tokenizer.json")
@click.option("--out", type=path_type, default=CACHE / "trials")
def main(
    names: tuple[str, ...],
    tokens: float,
    wanted: int,
    folder: Path,
    archives: Path,
    tokenizer: Path,
    out: Path,
) -> None:
    sources = [source for source in read(folder) if source.language == "python"]
    packages = held_out_sources(read_pins(PACKAGES), archives, evaluate.JUDGES["python"])
    results = []
    for name in names:
        model = out / f"{tokens:g}M" / name
        answers = model.with_name(f"{name}-{wanted}.json")
        if not answers.exists():
            taught(TRIALS[name], sources, tokens, tokenizer=tokenizer, model=model)
            found = evaluate.measured(model, packages, wanted)
            with whole(answers, "Make room for 2 MB and run it again.") as half:
                half.write_text(json.dumps(found))
        results.append(json.loads(answers.read_text()))
    click.echo(evaluate.table(results))


if __name__ == "__main__":
    ending_in_a_sentence(main)
