"""The weights by which the language server chooses between a copied and a written line.

    python -m models.recipe.choice ask --model models/prompter --out asked.json
    python -m models.recipe.choice fit asked.json

They are the model's, so they are fitted again with each new one, and are written into
`lsp/understudy_lsp/choosing.py` by hand. The copy and its probability are the language server's
own, the line is the model's greedy one for the prompt that the gateway would make. Fitted on
held-out packages that no figure is of, judged on the six that figures are of: the model has seen
neither.
"""

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import click
import numpy as np
from models.recipe import figures, holes, snippets
from models.recipe.archives import LANGUAGES, Pin, RecipeError, read_pins
from models.recipe.corpus import CACHE, PACKAGES, Source, held_out_sources
from models.recipe.data import PROMPTER_FOLDER
from models.recipe.evaluate import BUDGET, JUDGES, asked_parts, line_holes
from models.recipe.whole import ending_in_a_sentence, teaching, whole

from understudy_lsp import choosing
from understudy_lsp.copying.copies import Copies
from understudy_lsp.copying.segment import write_segment
from understudy_lsp.snapshot import Snapshot
from understudy_protocol import fim
from understudy_protocol.fim_formats import PROMPTER

DECAY = 1e-3
"""Of the weights, against the mean loss: they stay numbers where a case is never wrong."""


def records(
    model: Path, packages: Mapping[str, list[Source]], wanted: int
) -> Iterator[dict[str, object]]:
    """One for each hole: what belongs there, the copy, the written line, how likely they are."""
    from models.recipe.asking import Asked

    asked = Asked(model)
    for number, (package, sources) in enumerate(packages.items()):
        index = snippets.build_index([(source.path, source.text) for source in sources])
        with tempfile.TemporaryDirectory() as folder:
            copies = Copies(_Saved(Path(folder), sources))
            for file, hole in line_holes(index, wanted, 11 + number):
                before, gold, after = holes.parts(index.lines[file], hole)
                here = _snapshot(index.paths[file], before, after)
                copy = copies.find(here, open_texts={})
                parts, _ = asked_parts(index, package, file, hole, with_snippets=True)
                prompt = fim.render(parts, fmt=PROMPTER, tokenizer=asked.vocabulary, budget=BUDGET)
                line, _ = asked.answer(prompt.ids, [])
                _, ((loss, _),) = asked.answer(prompt.ids, [line], most=0)
                yield {
                    "package": package,
                    "gold": gold.strip(),
                    "copy": copy.text.strip() if copy else None,
                    "copy_says": copy.confidence if copy else 0.0,
                    "line": fim.clean(asked.text(line), prompt).strip(),
                    "line_says": math.exp(-loss),
                }


class _Saved:
    """A package as the language server has it on disk."""

    def __init__(self, folder: Path, sources: Sequence[Source]) -> None:
        self._file = folder / "0.segment"
        write_segment(self._file, [(source.path, source.text) for source in sources])

    def segments(self) -> Sequence[Path]:
        return (self._file,)

    def outdated(self, path: str) -> bool:
        return False

    def allowed(self, path: str) -> bool:
        return True


def _snapshot(path: str, before: str, after: str) -> Snapshot:
    language = LANGUAGES.get(PurePosixPath(path).suffix, "python")
    return Snapshot(
        uri=f"file:///{path}",
        path=path,
        language=language,
        version=1,
        text=before + after,
        offset=len(before),
    )


# The three regressions of `choosing.py`


def fitted(found: Sequence[dict]) -> dict[str, tuple[float, ...]]:
    """Weights by their names there."""
    lines = [r for r in found if r["line"]]
    written = logistic([_of_line(r) for r in lines], [r["line"] == r["gold"] for r in lines])
    both = [r for r in lines if r["copy"] is not None]
    same = [r for r in both if r["copy"] == r["line"]]
    differ = [r for r in both if r["copy"] != r["line"] and r["gold"] in (r["copy"], r["line"])]
    pair = lambda r: [*_of_copy(r), _odds(written, _of_line(r))]  # noqa: E731
    return {
        "WRITTEN": written,
        "BOTH": logistic(list(map(pair, same)), [r["line"] == r["gold"] for r in same]),
        "COPY": logistic(list(map(pair, differ)), [r["copy"] == r["gold"] for r in differ]),
    }


def logistic(rows: Sequence[Sequence[float]], right: Sequence[bool]) -> tuple[float, ...]:
    """Weights of a logistic regression by Newton's method. Raises RecipeError without rows of
    both kinds, from which nothing can be told."""
    if len(set(right)) < 2:
        raise RecipeError(
            f"Of {len(right)} holes to fit on all are right or none is.",
            "Ask more of each package: --holes 120.",
        )
    x, y = np.array(rows), np.array(right, dtype=float)
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (p - y) / len(y) + DECAY * weights
        bend = (x.T * (p * (1 - p))) @ x / len(y) + DECAY * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return tuple(round(float(each), 2) for each in weights)


def chosen(record: dict, weights: Mapping[str, tuple[float, ...]]) -> str:
    """What the language server would show first."""
    copy, line = record["copy"], record["line"]
    if copy is None or not line:
        return line or copy or ""
    both = [*_of_copy(record), _odds(weights["WRITTEN"], _of_line(record))]
    return copy if _odds(weights["COPY"], both) > 0 else line


def _of_line(record: dict) -> list[float]:
    return [1.0, choosing.log_odds(record["line_says"])]


def _of_copy(record: dict) -> list[float]:
    return [1.0, choosing.log_odds(record["copy_says"])]


def _odds(weights: Sequence[float], values: Sequence[float]) -> float:
    """Log-odds, within the bounds that `choosing.py` has for a probability."""
    odds = sum(w * v for w, v in zip(weights, values, strict=True))
    return choosing.log_odds(1 / (1 + math.exp(-odds)))


def table(judged: Sequence[dict], weights: Mapping[str, tuple[float, ...]]) -> str:
    now = {"WRITTEN": choosing.WRITTEN, "COPY": choosing.COPY}
    rules: dict[str, Callable[[dict], bool]] = {
        "the written line": lambda r: r["line"] == r["gold"],
        "the copy": lambda r: r["copy"] == r["gold"],
        "chosen as in choosing.py": lambda r: chosen(r, now) == r["gold"],
        "chosen by these weights": lambda r: chosen(r, weights) == r["gold"],
        "whichever is right": lambda r: r["gold"] in (r["copy"], r["line"]),
    }
    hits = {name: [rule(record) for record in judged] for name, rule in rules.items()}
    lines = [f"{len(judged)} holes of {len({r['package'] for r in judged})} packages"]
    for name, right in hits.items():
        low, high = figures.share_interval(sum(right), len(right))
        share = sum(right) / len(right)
        lines.append(f"{name:26} {sum(right):5} {share:6.1%} ({low:.1%} to {high:.1%})")
    told = figures.paired(hits["chosen as in choosing.py"], hits["chosen by these weights"])
    lines.append(f"these weights against choosing.py: {told}")
    return "\n".join(lines)


@click.group(help=teaching(__doc__))
def main() -> None: ...


path_type = click.Path(path_type=Path)


@main.command("ask")
@click.option("--model", type=path_type, default=PROMPTER_FOLDER, help="A model folder.")
@click.option("--holes", "wanted", default=60, help="Holes of each package.")
@click.option("--archives", type=path_type, default=CACHE / "archives")
@click.option("--packages", "pins", type=path_type, default=PACKAGES)
@click.option("--out", type=path_type, required=True, help="Where every answer is written.")
def ask_command(model: Path, wanted: int, archives: Path, pins: Path, out: Path) -> None:
    """Ask a model and the language server's index; 10 minutes of one core."""
    every = read_pins(pins)
    packages = held_out_sources(every, archives, _held_out(every))
    found: list[dict[str, object]] = []
    for record in records(model, packages, wanted):
        found.append(record)
        if len(found) % 100 == 0:
            click.echo(f"{len(found)} holes", err=True)
    with whole(out, "Make room for 2 MB and run it again.") as partial:
        partial.write_text(json.dumps(found))


@main.command("fit")
@click.argument("answers", type=path_type)
def fit_command(answers: Path) -> None:
    """Print the weights, and what they are worth beside those of choosing.py."""
    try:
        found = json.loads(answers.read_text())
        judged = [record for record in found if record["package"] in JUDGES["python"]]
        others = [record for record in found if record["package"] not in JUDGES["python"]]
        weights = fitted(others)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RecipeError(
            f"{answers} holds no answers: {error!r}.",
            "Make it: python -m models.recipe.choice ask --out answers.json.",
        ) from error
    for name, values in weights.items():
        click.echo(f"{name} = {values}")
    click.echo(table(judged, weights))


def _held_out(pins: Sequence[Pin]) -> list[str]:
    """All held-out packages of Python, each once: first those that figures are of, in the order
    that gives them the holes of `evaluate run`."""
    names = [pin.name for pin in pins if pin.held_out and pin.index == "pypi"]
    return list(dict.fromkeys([*JUDGES["python"], *names]))


if __name__ == "__main__":
    ending_in_a_sentence(main)
