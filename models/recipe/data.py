"""Training examples: rows of token ids with a weight for each, packed to travel.

    python -m models.recipe.data --tokens 20 --window 1024 --out data.npz

Seven of ten rows hold fill-in-the-middle examples, rendered by `understudy_protocol.fim` exactly
as the gateway renders a prompt; the others hold the files of one package after each other. Most
examples carry snippets: what an editor would find, mixed with ones that hold the answer, a near
repeat of it under other names, and some that do not help, in any order. Learning to choose among
them is what the first checkpoint did not do. The rows are a pure function of corpus, tokenizer,
window and seed.
"""

import json
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath

import click
import numpy as np
from models.recipe import holes, snippets
from models.recipe.archives import RecipeError, sha256
from models.recipe.corpus import CACHE, Source, read
from models.recipe.mix import MIXES, Mix
from models.recipe.packed import CONTEXT, MIDDLE, PAD, TEXT, save
from models.recipe.snippets import Index, Place
from models.recipe.tokenizer import Vocabulary
from models.recipe.whole import ending_in_a_sentence, teaching

from understudy_protocol import fim
from understudy_protocol.completion import Snippet
from understudy_protocol.fim_formats import PROMPTER

PROMPTER_FOLDER = Path(__file__).parents[1] / "prompter"


@dataclass(frozen=True)
class Job:
    """One slice of one package: everything a worker needs."""

    package: str
    files: list[tuple[str, str]]
    rows: int
    window: int
    seed: str
    tokenizer: Path
    mix: Mix


Row = tuple[list[int], list[int]]
"""Token ids and their weights."""


def rows_of(job: Job) -> tuple[np.ndarray, np.ndarray, Counter[str]]:
    """The rows of a slice: two arrays [rows, window], ids (uint16) and weights (uint8)."""
    vocabulary = Vocabulary(job.tokenizer)
    dice = random.Random(job.seed)
    index = snippets.build_index(job.files)
    counts: Counter[str] = Counter()
    ids, weights = [], []
    plain = plain_text(job, vocabulary, dice)
    examples = fim_examples(job, index, vocabulary, dice, counts)
    waiting: Row | None = None
    while len(ids) < job.rows:
        row, weight = [], []
        if dice.random() < job.mix.plain_rows:
            row, weight = next(plain)(job.window)
            counts["plain rows"] += 1
        else:
            while True:
                example = waiting or next(examples)
                waiting = None
                if len(row) + len(example[0]) > job.window:
                    waiting = example
                    break
                row += example[0]
                weight += example[1]
            rest = job.window - len(row)
            if rest >= 24:
                more = next(plain)(rest)
                row, weight = row + more[0], weight + more[1]
        missing = job.window - len(row)
        ids.append(row + [vocabulary.control_tokens["<|fim_pad|>"]] * missing)
        weights.append(weight + [PAD] * missing)
    return np.array(ids, dtype=np.uint16), np.array(weights, dtype=np.uint8), counts


def plain_text(job: Job, vocabulary: Vocabulary, dice: random.Random):
    """Functions from a length to that many tokens of files in a row, names before each."""
    control = vocabulary.control_tokens
    head = [control["<|repo_name|>"], *vocabulary.encode(f"{job.package}\n")]
    buffer: list[int] = []

    def take(length: int) -> Row:
        nonlocal buffer
        opening = head if length == job.window else []
        if not opening:
            buffer = []  # what is left of a file in the middle does not begin a filler
        while len(buffer) < length:
            path, text = dice.choice(job.files)
            lines = text.split("\n")
            start = dice.randrange(max(1, len(lines) - 40)) if dice.random() < 0.6 else 0
            part = "\n".join(lines[start : start + 150])
            buffer += [control["<|file_sep|>"], *vocabulary.plain(f"{path}\n{part}\n")]
        row = [*opening, *buffer[: length - len(opening)]]
        buffer = buffer[length - len(opening) :] if length == job.window else []
        return row, [TEXT] * len(row)

    while True:
        yield take


def fim_examples(
    job: Job, index: Index, vocabulary: Vocabulary, dice: random.Random, counts: Counter[str]
) -> Iterator[Row]:
    """Examples without end, from lines by chance."""
    places = code_places(index)
    if not places:
        raise RecipeError(f"{job.package} has no code.", "Take it out of packages.toml.")
    prefix_id = vocabulary.control_tokens["<|fim_prefix|>"]
    tries = 0  # left to find a hole whose answer stands in a snippet
    while True:
        file, at = dice.choice(places)
        lines = index.lines[file]
        hole = holes.make_hole(lines, at, dice, job.mix.lines, job.mix.blocks)
        prefix, middle, suffix = holes.parts(lines, hole)
        if not askable(middle, vocabulary, job.window):
            continue
        prefix = tail(prefix, 4 * log_uniform(*job.mix.tokens_of_prefix, dice))
        suffix = head(suffix, 4 * log_uniform(*job.mix.tokens_of_suffix, dice))
        window = Place(file, at - prefix.count("\n"), hole.last + 1 + suffix.count("\n"))
        found: list[Snippet] = []
        if tries or dice.random() < job.mix.with_snippets:
            if not tries and dice.random() < job.mix.copied:
                tries = 12
            found = choose_snippets(index, hole, middle, window, job.mix, dice)
            copied = holds(found, middle)
            tries = 0 if copied else max(0, tries - 1)
            if tries:
                continue
            counts["examples with snippets"] += bool(found)
            counts["answers in a snippet"] += copied
        example = fim.render_example(
            fim.Parts(prefix, suffix, index.paths[file], job.package, tuple(found)),
            middle,
            fmt=PROMPTER,
            tokenizer=vocabulary,
            budget=job.window,
        )
        counts["examples"] += 1
        counts["middle tokens"] += len(example.ids) - example.middle_start
        border = example.ids.index(prefix_id)
        yield (
            example.ids,
            [CONTEXT] * border
            + [TEXT] * (example.middle_start - border)
            + [MIDDLE] * (len(example.ids) - example.middle_start),
        )


def code_places(index: Index) -> list[tuple[int, int]]:
    """(file, line) of every line that is worth a hole."""
    return [
        (file, at)
        for file, lines in enumerate(index.lines)
        for at in holes.code_lines(index.paths[file], lines)
    ]


def choose_snippets(
    index: Index, hole: holes.Hole, middle: str, window: Place, mix: Mix, dice: random.Random
) -> list[Snippet]:
    """One to `most_snippets`: found as at serving time, answering, repeated, useless; shuffled."""
    covered = Place(window.file, hole.first, hole.last + 1)
    wanted = dice.randint(1, mix.most_snippets)
    places = snippets.relevant(index, covered, hole.column, window, wanted)
    if dice.random() < mix.answering:
        places = snippets.answering(index, middle, window, dice.randint(1, 2)) + places
    places = snippets.distinct(places, [window], mix.most_snippets)
    if places and dice.random() < mix.distractor:
        places[-1:] = snippets.anywhere(index, window, dice)
    found = [Snippet(index.paths[place.file], snippets.text_of(index, place)) for place in places]
    if dice.random() < mix.near_repeat:
        found = [near_repeat(index, hole, window.file, dice), *found][: mix.most_snippets]
    dice.shuffle(found)
    return [snippet for snippet in found if snippet.text.strip()]


def askable(middle: str, vocabulary: Vocabulary, window: int) -> bool:
    """Whether it is something, and short enough: a digit is a token, another script more."""
    return bool(middle.strip()) and len(vocabulary.plain(middle[:601])) <= min(150, window // 4)


def holds(found: Sequence[Snippet], middle: str) -> bool:
    """Whether the answer, of six characters and more, stands in a snippet as it is."""
    answer = middle.strip()
    return len(answer) > 5 and any(answer in snippet.text for snippet in found)


def near_repeat(index: Index, hole: holes.Hole, file: int, dice: random.Random) -> Snippet:
    """The lines around the hole, some names replaced by others: an older or parallel version."""
    lines = index.lines[file]
    start = max(0, hole.first - dice.randint(1, 8))
    text = "\n".join(lines[start : hole.last + 1 + dice.randint(1, 6)])
    names = sorted({word for word in snippets.WORD.findall(text) if len(word) > 4})
    other = index.lines[dice.randrange(len(index.lines))]
    pool = [word for word in snippets.WORD.findall("\n".join(other)) if len(word) > 4]
    if names and pool:
        changed = dice.sample(names, min(len(names), dice.randint(0, 3)))
        swaps = {name: dice.choice(pool) for name in changed}
        text = snippets.WORD.sub(lambda match: swaps.get(match.group(), match.group()), text)
    return Snippet(dice.choice(index.paths), text)


def jobs(
    sources: Sequence[Source], tokens: float, window: int, seed: int, tokenizer: Path, mix: Mix
) -> list[Job]:
    """Packages cut into slices of whole folders; each gets rows by its size, up to a common cap.

    Where all of them are fewer tokens than asked for, each text gives more rows, with other holes.
    A slice is of Python or of the languages of the web: neither has snippets for the other.
    """
    slices: list[tuple[str, list[tuple[str, str]]]] = []
    for package, group in groupby(sources, key=lambda source: source.package):
        files = sorted(group, key=lambda source: source.language != "python")
        for _, of_a_kind in groupby(files, key=lambda source: source.language == "python"):
            slices += [(package, part) for part in sliced(list(of_a_kind))]
    sizes = [sum(len(text) for _, text in files) / 4 for _, files in slices]
    by_package: dict[str, float] = defaultdict(float)
    for (package, _), size in zip(slices, sizes, strict=True):
        by_package[package] += size
    if not slices:
        raise RecipeError(
            "The corpus has no source of these languages.",
            "Name one that it has with --language, or pin packages that hold it in packages.toml.",
        )
    cap = common_cap(list(by_package.values()), tokens)
    passes = max(1.0, tokens / sum(sizes))
    found: list[Job] = []
    for number, ((package, files), size) in enumerate(zip(slices, sizes, strict=True)):
        part = size * passes * min(1.0, cap / by_package[package])
        rows = int(part / window + random.Random(f"{seed} {number}").random())
        if rows:
            name = f"{seed} {number}"
            found.append(Job(package, files, rows, window, name, tokenizer, mix))
    return found


def sliced(group: list[Source], most: float = 1.2e6) -> Iterator[list[tuple[str, str]]]:
    """(path, text) in runs of neighbouring files of at most `most` characters."""
    group.sort(key=lambda source: PurePosixPath(source.path).parts)
    run: list[tuple[str, str]] = []
    size = 0
    for source in group:
        if run and size + len(source.text) > most:
            yield run
            run, size = [], 0
        run.append((source.path, source.text))
        size += len(source.text)
    if run and size > 4000:
        yield run


def common_cap(sizes: Sequence[float], wanted: float) -> float:
    """The cap at which the capped sizes sum to `wanted`; the largest size where they cannot."""
    low, high = 0.0, max(sizes)
    if sum(sizes) <= wanted:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if sum(min(s, middle) for s in sizes) > wanted else (middle, high)
    return high


def tail(text: str, chars: int) -> str:
    """The last `chars` characters or fewer, from the start of a line if there is one."""
    cut = text[-chars:]
    return cut[cut.find("\n") + 1 :] if len(cut) < len(text) and "\n" in cut[:-1] else cut


def head(text: str, chars: int) -> str:
    cut = text[:chars]
    return cut[: cut.rfind("\n")] if len(cut) < len(text) and cut.rfind("\n") > 0 else cut


def log_uniform(low: int, high: int, dice: random.Random) -> int:
    return int(low * (high / low) ** dice.random())


def generate(
    sources: Sequence[Source],
    tokens: float,
    *,
    window: int,
    seed: int,
    tokenizer: Path,
    mix: Mix,
    workers: int,
) -> tuple[np.ndarray, np.ndarray, Counter[str]]:
    """All rows, shuffled."""
    work = jobs(sources, tokens, window, seed, tokenizer, mix)
    ids, weights = [], []
    counts: Counter[str] = Counter()
    start = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        for done, (some_ids, some_weights, some) in enumerate(pool.map(rows_of, work), 1):
            ids.append(some_ids)
            weights.append(some_weights)
            counts += some
            if done % 50 == 0 or done == len(work):
                rows = sum(map(len, ids))
                click.echo(
                    f"{done:4} of {len(work)} slices, {rows * window / 1e6:5.1f}M tokens, "
                    f"{time.monotonic() - start:4.0f} s",
                    err=True,
                )
    order = np.random.default_rng(seed).permutation(sum(map(len, ids)))
    return np.concatenate(ids)[order], np.concatenate(weights)[order], counts


path_type = click.Path(path_type=Path)


@click.command(help=teaching(__doc__))
@click.option("--corpus", "folder", type=path_type, default=CACHE / "corpus")
@click.option("--tokenizer", type=path_type, default=PROMPTER_FOLDER / "tokenizer.json")
@click.option(
    "--tokens",
    default=20.0,
    help="Millions of tokens; past one pass, the same text with other holes.",
)
@click.option("--window", default=1024, help="Tokens of a row.")
@click.option("--seed", default=0, help="Another seed gives other holes of the same corpus.")
@click.option("--language", multiple=True, default=("python",), help="Languages to take; repeat.")
@click.option("--workers", default=max(1, (os.cpu_count() or 1)), help="Processes.")
@click.option(
    "--mix",
    "mixed",
    type=click.Choice(list(MIXES)),
    default="broad",
    help="What rows hold; asked: mostly what an editor asks for, to end a training with.",
)
@click.option("--snippets", "share", type=float, help="Share of examples that carry snippets.")
@click.option("--out", type=path_type, default=CACHE / "data.npz")
def main(
    folder: Path,
    tokenizer: Path,
    tokens: float,
    window: int,
    seed: int,
    language: tuple[str, ...],
    workers: int,
    mixed: str,
    share: float | None,
    out: Path,
) -> None:
    mix = MIXES[mixed] if share is None else replace(MIXES[mixed], with_snippets=share)
    sources = [source for source in read(folder) if source.language.startswith(language)]
    ids, weights, counts = generate(
        sources,
        tokens * 1e6,
        window=window,
        seed=seed,
        tokenizer=tokenizer,
        mix=mix,
        workers=workers,
    )
    about = {
        "window": window,
        "seed": seed,
        "languages": language,
        "mix": mixed,
        "counts": dict(counts),
    }
    about["tokenizer"] = sha256(tokenizer)
    save(out, ids, weights, about)
    shares = {name: round(float((weights == value).mean()), 3) for name, value in WEIGHTS.items()}
    click.echo(f"{out}: {ids.size / 1e6:.1f}M tokens, {json.dumps({**counts, **shares})}")


WEIGHTS = {"padding": PAD, "snippets": CONTEXT, "text": TEXT, "middles": MIDDLE}

if __name__ == "__main__":
    ending_in_a_sentence(main)
