"""Small real vocabularies for the tests: byte-level BPE with the control tokens of a FIM format.

Vocabularies of the real models are megabytes and cannot be had without the hub. What matters for a
prompt is how text and control tokens meet, and that is the same here: the library is the real one,
and most control tokens are ordinary added tokens, which is how Qwen2.5-Coder has them and the
hardest case. The embedded model's own vocabulary is in the repository and is used as it is.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from understudy_protocol.fim_formats import PROMPTER, FimFormat

PROMPTER_FILE = Path(__file__).parents[1] / "models" / "prompter" / "tokenizer.json"

CODE = '''\
import json
from pathlib import Path


def read_settings(path: Path) -> dict[str, str]:
    """Read settings from a file; an absent file gives none."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        settings = json.load(file)
    return {str(name): str(value) for name, value in settings.items()}


class Greeter:
    def __init__(self, name: str, settings: dict[str, str]) -> None:
        self.name = name
        self.greeting = settings.get("greeting", "Hello")

    def greet(self) -> str:
        return f"{self.greeting}, {self.name}!"
'''

# As cl100k splits, so as Qwen2.5, Granite 4 and Seed-Coder nearly do.
_PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Vocabulary:
    """A `fim_tokens.Tokenizer` that decodes, and counts what it was given."""

    def __init__(self, tokenizer: Tokenizer, control_tokens: Mapping[str, int]) -> None:
        self.tokenizer = tokenizer
        self.control_tokens = control_tokens
        self.encoded_chars = 0
        self.encode_calls = 0

    def token_id(self, token: str) -> int | None:
        return self.tokenizer.token_to_id(token)

    def encode(self, text: str) -> Sequence[int]:
        self.encoded_chars += len(text)
        self.encode_calls += 1
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Sequence[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=False)

    def segments(self, ids: Sequence[int]) -> list[tuple[bool, str]]:
        """Control tokens (True) and the texts between them (False), in order."""
        controls = set(self.control_tokens.values())
        runs = groupby(ids, key=lambda token_id: token_id in controls and token_id)
        return [
            (control is not False, text)
            for control, run in runs
            for text in (
                [self.decode([i]) for i in run] if control is not False else [self.decode([*run])]
            )
        ]


def vocabulary(fmt: FimFormat) -> Vocabulary:
    """The vocabulary for a format, with its counters at zero."""
    tokenizer = _prompter() if fmt == PROMPTER else _small(tuple(sorted(fmt.control_tokens())))
    added = tokenizer.get_added_tokens_decoder()
    return Vocabulary(tokenizer, {token.content: token_id for token_id, token in added.items()})


def train(control_tokens: Sequence[str], *, special: Sequence[str] = ()) -> Tokenizer:
    """A byte-level BPE vocabulary of 600 entries and these added tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([CODE], trainer)
    tokenizer.add_tokens(
        [AddedToken(t, special=t in special, normalized=False) for t in control_tokens]
    )
    return tokenizer


@cache
def _small(control_tokens: tuple[str, ...]) -> Tokenizer:
    return train(control_tokens, special=["<|endoftext|>", "</s>", "<eos>", "<s>", "<bos>"])


@cache
def _prompter() -> Tokenizer:
    return Tokenizer.from_file(str(PROMPTER_FILE))
