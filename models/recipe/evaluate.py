"""Figures of a model on held-out packages, and a fair comparison of two.

    python -m models.recipe.evaluate run --model models/prompter --out first.json
    python -m models.recipe.evaluate run --model run/model --out next.json
    python -m models.recipe.evaluate table first.json next.json
    python -m models.recipe.evaluate rows --out held.npz        for models.recipe.train --held-out

With `--judges web` they are of TypeScript and JavaScript.

Holes are single lines of code, each asked bare and with snippets in the gateway's prompt format.
Beside the model stands the *copy* agent, and a reranker that chooses among the model's answers and
copied lines; its six weights are fitted on other packages, never on the one they are used for.
"""

import hashlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from models.recipe import copying, figures, holes, snippets
from models.recipe.archives import RecipeError, read_pins
from models.recipe.corpus import CACHE, PACKAGES, Source, held_out_sources
from models.recipe.data import PROMPTER_FOLDER, askable, code_places, tail
from models.recipe.holes import Hole
from models.recipe.packed import MIDDLE, PAD, TEXT
from models.recipe.snippets import Index, Place
from models.recipe.tokenizer import Vocabulary
from models.recipe.whole import ending_in_a_sentence, teaching, whole

from understudy_protocol import fim
from understudy_protocol.completion import Snippet
from understudy_protocol.fim_formats import PROMPTER

JUDGES = {
    "python": ("click", "httpx", "rich", "attrs", "typer", "requests"),
    "web": ("axios", "commander", "immer", "luxon", "redux", "zod"),
}
"""Held-out packages that the figures are of. Those of the web are JavaScript and TypeScript."""
PREFIX, SUFFIX, SNIPPETS = 1400, 600, 4
"""Characters of prefix and suffix, and snippets, that a hole is asked with."""
BUDGET = 1024


def line_holes(index: Index, wanted: int, seed: int) -> list[tuple[int, Hole]]:
    """(file, hole to the end of its line), at most 12 of a file, no text twice."""
    dice = random.Random(seed)
    places: list[tuple[int, int]] = []
    for file, lines in enumerate(index.lines):
        good = holes.code_lines(index.paths[file], lines)
        good = [at for at in good if len(lines[at].strip()) >= 8]
        dice.shuffle(good)
        places += [(file, at) for at in good[:12]]
    dice.shuffle(places)
    seen: set[tuple[str, int]] = set()
    found: list[tuple[int, Hole]] = []
    for file, at in places:
        line = index.lines[file][at]
        column = indent = len(line) - len(line.lstrip())
        end = len(line.rstrip())
        pauses = [m.end() for m in holes.PAUSE.finditer(line, indent) if m.end() < end - 1]
        if dice.random() >= 0.35 and pauses:
            column = dice.choice(pauses)
            column += line[column : column + 1] == " "
        key = (line.strip(), column)
        if end - column >= 3 and key not in seen:
            seen.add(key)
            found.append((file, Hole(at, column, at, end, "line")))
        if len(found) == wanted:
            break
    return found


def asked_parts(
    index: Index, package: str, file: int, hole: Hole, with_snippets: bool
) -> tuple[fim.Parts, str]:
    """What the gateway would be sent for a hole, and the text that belongs there."""
    prefix, middle, suffix = holes.parts(index.lines[file], hole)
    prefix, suffix = tail(prefix, PREFIX), suffix[:SUFFIX]
    window = Place(file, hole.first - prefix.count("\n"), hole.last + 1 + suffix.count("\n"))
    found: list[Snippet] = []
    if with_snippets:
        covered = Place(file, hole.first, hole.last + 1)
        places = snippets.relevant(index, covered, hole.column, window, SNIPPETS)
        found = [Snippet(index.paths[p.file], snippets.text_of(index, p)) for p in places]
    return fim.Parts(prefix, suffix, index.paths[file], package, tuple(found)), middle


def judged(
    model: Path, packages: dict[str, list[Source]], wanted: int
) -> Iterator[dict[str, object]]:
    """One record for each hole."""
    from models.recipe.asking import Asked

    asked = Asked(model)
    for number, (package, sources) in enumerate(packages.items()):
        index = snippets.build_index([(source.path, source.text) for source in sources])
        for file, hole in line_holes(index, wanted, 11 + number):
            prefix, gold, suffix = holes.parts(index.lines[file], hole)
            others = ["\n".join(lines) for at, lines in enumerate(index.lines) if at != file]
            copied = copying.candidates(prefix, suffix, others, 6)
            record: dict[str, object] = {
                "package": package,
                "place": f"{index.paths[file]}:{hole.first + 1}:{hole.column}",
                "gold": gold,
                "copy": copying.copy_line(prefix, suffix, others),
                "copied": [[c.text, c.matched, c.seen] for c in copied],
            }
            for name, given in (("bare", False), ("snippets", True)):
                parts, _ = asked_parts(index, package, file, hole, given)
                record[name] = answered(asked, parts, [gold, *(c.text for c in copied)])
            yield record


def answered(asked, parts: fim.Parts, texts: Sequence[str]) -> dict[str, object]:
    """The greedy line for a hole and (loss, right tokens, tokens) of each text in its place."""
    prompt = fim.render(parts, fmt=PROMPTER, tokenizer=asked.vocabulary, budget=BUDGET)
    end = asked.vocabulary.control_tokens["<|endoftext|>"]
    ids = [[*asked.vocabulary.plain(prompt.healed + text), end] for text in texts]
    line, found = asked.answer(prompt.ids, ids)
    own = fim.clean(asked.text(line), prompt)
    ended = [*asked.vocabulary.plain(prompt.healed + own), end]
    _, (own_loss,) = asked.answer(prompt.ids, [ended], most=0)
    return {
        "line": own,
        "line_loss": [*own_loss, len(ended)],
        "losses": [[*pair, len(i)] for pair, i in zip(found, ids, strict=True)],
    }


def plain_losses(model: Path, packages: dict[str, list[Source]], chunks: int) -> list[list[float]]:
    """[loss, bytes] of `chunks` pieces of 150 lines of held-out code, 512 tokens at most.

    The bytes are those of the judged tokens and no others: a piece that is cut ends with its last
    token, in the middle of a character if need be. Models of one tokenizer are asked the same text;
    one whose tokens are longer reads further, so that between tokenizers the figure compares the
    text of a window, not the same bytes.
    """
    from models.recipe.asking import Asked

    asked = Asked(model)
    dice = random.Random(5)
    files = [source for sources in packages.values() for source in sources]
    found: list[list[float]] = []
    for source in dice.sample(files, min(chunks, len(files))):
        lines = source.text.split("\n")
        start = dice.randrange(max(1, len(lines) - 60))
        head = asked.vocabulary.plain(f"{source.path}\n")
        body = asked.vocabulary.plain("\n".join(lines[start : start + 150]))[: 510 - len(head)]
        ids = [asked.vocabulary.control_tokens["<|file_sep|>"], *head, *body]
        losses, _ = asked.losses(ids)
        size = sum(map(asked.vocabulary.bytes_of, body))
        found.append([float(losses[len(head) :].sum()), float(size)])
    return found


def rerank(records: list[dict]) -> list[bool]:
    """Whether the chosen candidate of each hole is right; weights from the other packages."""
    sets = [features(record) for record in records]
    right: list[bool] = []
    for package in dict.fromkeys(record["package"] for record in records):
        others = [
            (values, texts.index(record["gold"].strip()))
            for record, (texts, values) in zip(records, sets, strict=True)
            if record["package"] != package and record["gold"].strip() in texts
        ]
        if not others:
            raise RecipeError(
                "No hole of the other packages has its answer among the candidates.",
                "Ask more of each: --holes 60.",
            )
        weights = figures.fit_choice(others)
        for record, (texts, values) in zip(records, sets, strict=True):
            if record["package"] == package:
                chosen = texts[int(np.argmax(values @ weights))]
                right.append(chosen == record["gold"].strip())
    return right


def features(record: dict) -> tuple[list[str], np.ndarray]:
    """Candidates of a hole without repeats, and six numbers for each."""
    found: dict[str, list[float]] = {}
    for at, (text, matched, seen) in enumerate(record["copied"]):
        found.setdefault(
            text.strip(),
            [
                -record["bare"]["losses"][at + 1][0] / 10,
                -record["snippets"]["losses"][at + 1][0] / 10,
                np.log1p(matched) / 2,
                np.log1p(seen) / 2,
                0.0,
                0.0,
            ],
        )
    for slot, name in ((4, "bare"), (5, "snippets")):
        loss = record[name]["line_loss"]
        new = [-loss[0] / 10, -loss[0] / 10, 0.0, 0.0, 0.0, 0.0]
        found.setdefault(record[name]["line"].strip(), new)[slot] = 1.0
    return list(found), np.array(list(found.values()))


def summary(result: dict) -> dict[str, tuple[float, float, float]]:
    """Every line of the table: (figure, low, high)."""
    records: list[dict] = result["holes"]
    plain = np.array(result["plain"])
    bits = lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum() / np.log(2))  # noqa: E731
    gold = np.array([[*r["bare"]["losses"][0], r["snippets"]["losses"][0][0]] for r in records])
    accuracy = lambda rows: float(rows[:, 1].sum() / rows[:, 2].sum())  # noqa: E731
    quotient = lambda rows: float(rows[:, 3].sum() / rows[:, 0].sum())  # noqa: E731
    loss = lambda rows: float(rows[:, 0].sum() / rows[:, 2].sum())  # noqa: E731
    found = {
        "bits per byte": (bits(plain), *figures.bootstrap(plain, bits)),
        "loss per token of holes, bare": (loss(gold), *figures.bootstrap(gold, loss)),
        "next-token accuracy in holes": (accuracy(gold), *figures.bootstrap(gold, accuracy)),
        "loss with over without snippets": (quotient(gold), *figures.bootstrap(gold, quotient)),
    }
    for name, hits in outcomes(records).items():
        share = sum(hits) / len(hits)
        found[name] = (share, *figures.share_interval(sum(hits), len(hits)))
    return found


def outcomes(records: list[dict]) -> dict[str, list[bool]]:
    """For each agent whether each hole is exactly right."""

    def exact(texts: Sequence[str]) -> list[bool]:
        return [t.strip() == r["gold"].strip() for t, r in zip(texts, records, strict=True)]

    bare = exact([r["bare"]["line"] for r in records])
    given = exact([r["snippets"]["line"] for r in records])
    copy = exact([r["copy"] for r in records])
    either = [any(some) for some in zip(given, copy, strict=True)]
    among = [r["gold"].strip() in features(r)[0] for r in records]
    return {
        "exact, bare": bare,
        "exact, with snippets": given,
        "exact, copy agent": copy,
        "model or copy, at best": either,
        "model or copies, at best": among,
        "model or copies, reranked": rerank(records),
    }


def table(results: list[dict]) -> str:
    """A line for each figure, a column for each result; pairs against the first."""
    first = results[0]
    if any(result["holes_hash"] != first["holes_hash"] for result in results):
        raise RecipeError(
            "The results are of different holes, so they cannot be compared.",
            "Run each model again with the same packages.toml and --holes.",
        )
    names = [result["model"] for result in results]
    lines = [
        "| on held-out packages | " + " | ".join(names) + " |",
        "| --- " * (len(names) + 1) + "|",
    ]
    summaries = [summary(result) for result in results]
    for figure in summaries[0]:
        cells = [
            f"{v:.3f} ({low:.3f} to {high:.3f})" for v, low, high in (s[figure] for s in summaries)
        ]
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    before = outcomes(first["holes"])
    for result in results[1:]:
        for name, after in outcomes(result["holes"]).items():
            told = figures.paired(before[name], after)
            lines.append(f"{result['model']} against {first['model']}, {name}: {told}")
    for result in results:
        found = outcomes(result["holes"])
        told = figures.paired(found["exact, bare"], found["exact, with snippets"])
        lines.append(f"{result['model']}, with snippets against bare: {told}")
    return "\n".join(lines)


def held_out_rows(
    packages: dict[str, list[Source]], vocabulary: Vocabulary, wanted: int, window: int
) -> dict[str, np.ndarray]:
    """Rows for the evaluation during training: see `judging.HeldOut`."""
    dice = random.Random(3)
    control = vocabulary.control_tokens
    rows: list[tuple[str, list[int], list[int]]] = []
    for package, sources in packages.items():
        index = snippets.build_index([(source.path, source.text) for source in sources])
        places = code_places(index)
        for file, at in dice.sample(places, min(wanted, len(places))):
            hole = holes.make_hole(index.lines[file], at, dice)
            for kind in ("bare", "snippets"):
                parts, middle = asked_parts(index, package, file, hole, kind == "snippets")
                if not askable(middle, vocabulary, window):
                    continue
                example = fim.render_example(
                    parts, middle, fmt=PROMPTER, tokenizer=vocabulary, budget=window
                )
                answer = len(example.ids) - example.middle_start
                rows.append((kind, example.ids, [TEXT] * example.middle_start + [MIDDLE] * answer))
        for source in dice.sample(sources, min(len(sources), wanted // 3)):
            ids = [control["<|file_sep|>"], *vocabulary.plain(source.text[:6000])][:window]
            rows.append(("plain", ids, [PAD] + [TEXT] * (len(ids) - 1)))
    pad = control["<|fim_pad|>"]
    sizes = [vocabulary.bytes_of(token) for token in range(vocabulary.size)]
    return {
        "ids": np.array([i + [pad] * (window - len(i)) for _, i, _ in rows], dtype=np.uint16),
        "weights": np.array([w + [PAD] * (window - len(w)) for _, _, w in rows], dtype=np.uint8),
        "kinds": np.array([kind for kind, _, _ in rows]),
        "sizes": np.array(sizes),
    }


@click.group(help=teaching(__doc__))
def main() -> None: ...


path_type = click.Path(path_type=Path)
judges_option = click.option(
    "--judges", type=click.Choice(list(JUDGES)), default="python", help="Whose code is asked."
)


@main.command("run")
@click.option("--model", type=path_type, default=PROMPTER_FOLDER, help="A model folder.")
@click.option("--holes", "wanted", default=60, help="Holes of each of the six packages.")
@click.option("--archives", type=path_type, default=CACHE / "archives")
@click.option("--packages", "pins", type=path_type, default=PACKAGES)
@click.option("--out", type=path_type, required=True, help="Where every answer is written.")
@judges_option
def run_command(
    model: Path, wanted: int, archives: Path, pins: Path, out: Path, judges: str
) -> None:
    """Ask a model all holes; 5 minutes on two quiet cores."""
    packages = held_out_sources(read_pins(pins), archives, JUDGES[judges])
    result = measured(model, packages, wanted)
    with whole(out, "Make room for 2 MB and run it again.") as partial:
        partial.write_text(json.dumps(result))
    click.echo(table([result]))


def measured(model: Path, packages: dict[str, list[Source]], wanted: int) -> dict[str, object]:
    """Every answer of a model, as `table` takes it."""
    start, records = time.monotonic(), []
    for record in judged(model, packages, wanted):
        records.append(record)
        if len(records) % 30 == 0:
            click.echo(f"{len(records)} holes, {time.monotonic() - start:.0f} s", err=True)
    task = json.dumps([[r["package"], r["place"], r["gold"]] for r in records])
    return {
        "model": model.name,
        "holes_hash": hashlib.sha256(task.encode()).hexdigest()[:16],
        "holes": records,
        "plain": plain_losses(model, packages, 64),
    }


@main.command("table")
@click.argument("results", nargs=-1, required=True, type=path_type)
def table_command(results: tuple[Path, ...]) -> None:
    """Compare results, the first one being the one to beat."""
    click.echo(table([json.loads(path.read_text()) for path in results]))


@main.command("rows")
@click.option("--tokenizer", type=path_type, default=PROMPTER_FOLDER / "tokenizer.json")
@click.option("--archives", type=path_type, default=CACHE / "archives")
@click.option("--packages", "pins", type=path_type, default=PACKAGES)
@click.option("--holes", "wanted", default=12, help="Holes of each package.")
@click.option("--window", default=1024)
@click.option("--out", type=path_type, default=CACHE / "held.npz")
@judges_option
def rows_command(
    tokenizer: Path, archives: Path, pins: Path, wanted: int, window: int, out: Path, judges: str
) -> None:
    """Write the rows that training judges itself by."""
    packages = held_out_sources(read_pins(pins), archives, JUDGES[judges])
    rows = held_out_rows(packages, Vocabulary(tokenizer), wanted, window)
    with whole(out, "Make room for 2 MB and run it again.") as partial, partial.open("wb") as file:
        np.savez(file, **rows)
    click.echo(f"{out}: {len(rows['ids'])} rows")


if __name__ == "__main__":
    ending_in_a_sentence(main)
