"""The tokenizer: byte-level BPE for code, with Qwen2.5-Coder's control tokens.

    python -m models.recipe.tokenizer --size 16384 --out tokenizer.json

Digits stand alone, a line end goes with the indentation after it, and punctuation never merges with
a line end: at 8,192 entries this gives 3.92 bytes a token where the split of cl100k gives 3.85.
"""

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click
from models.recipe.archives import RecipeError
from models.recipe.corpus import CACHE, Source, read
from models.recipe.whole import ending_in_a_sentence, teaching, whole
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from understudy_protocol.fim_tokens import encode_plain

CONTROL = (
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
SPLIT = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s*[\r\n]+[ \t]*|\s+(?!\S)|\s+"
LARGEST = 16_384


class Vocabulary:
    """A tokenizer file, as `understudy_protocol.fim` wants it."""

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises nothing narrower
            raise RecipeError(
                f"{path} is not a tokenizer: {error}.",
                "Train one (python -m models.recipe.tokenizer), or take models/prompter's.",
            ) from error
        added = self._tokenizer.get_added_tokens_decoder()
        self._control = {token.content: at for at, token in added.items() if token.special}

    @property
    def control_tokens(self) -> Mapping[str, int]:
        return self._control

    @property
    def size(self) -> int:
        return self._tokenizer.get_vocab_size()

    def token_id(self, token: str) -> int | None:
        return self._tokenizer.token_to_id(token)

    def encode(self, text: str) -> Sequence[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def plain(self, text: str) -> Sequence[int]:
        """As `encode`, but what looks like a control token stays text."""
        forbidden = frozenset(self._control.values())
        return encode_plain(text, tokenizer=self, forbidden=forbidden)

    def bytes_of(self, token: int) -> int:
        """How many bytes of text a token stands for: an entry has a letter for each byte, while
        decoding the half of a character gives a replacement character of three."""
        entry = self._tokenizer.id_to_token(token) or ""
        return len(entry.encode() if token in self._control.values() else entry)

    def decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=False)


def train(texts: Iterable[str], size: int) -> Tokenizer:
    if not len(CONTROL) + 256 < size <= LARGEST:
        raise RecipeError(
            f"A vocabulary of {size} entries is outside {len(CONTROL) + 257} to {LARGEST}.",
            "Ask for 8192 (small models) or 16384.",
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CONTROL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def sample(sources: Sequence[Source], megabytes: float, seed: int) -> list[str]:
    """Files by chance, at most 250 of a package, so that large packages do not make the words."""
    dice = random.Random(seed)
    texts: list[str] = []
    by_package = itertools.groupby(sources, key=lambda source: source.package)
    for _, group in by_package:
        files = [source.text for source in group]
        texts += dice.sample(files, min(len(files), 250))
    dice.shuffle(texts)
    sizes = itertools.accumulate(map(len, texts))
    return [text for text, total in zip(texts, sizes, strict=True) if total <= megabytes * 1e6]


@click.command(help=teaching(__doc__))
@click.option("--corpus", "folder", type=click.Path(path_type=Path), default=CACHE / "corpus")
@click.option("--size", default=8192, help="Entries of the vocabulary, 16384 at most.")
@click.option("--megabytes", default=30.0, help="How much text to learn from.")
@click.option("--seed", default=1)
@click.option("--out", type=click.Path(path_type=Path), default=CACHE / "tokenizer.json")
def main(folder: Path, size: int, megabytes: float, seed: int, out: Path) -> None:
    texts = sample(read(folder), megabytes, seed)
    tokenizer = train(texts, size)
    with whole(out, "Make room for 1 MB and run it again.") as partial:
        partial.write_text(tokenizer.to_str())
    some = texts[:500]
    tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(some))
    click.echo(f"{out}: {sum(len(text.encode()) for text in some) / tokens:.2f} bytes a token")


if __name__ == "__main__":
    ending_in_a_sentence(main)
